"""Reading and writing wait for whoever is at the other side of the descriptor.

A pipe makes its readers wait while it is empty, its writers while it is full. A reader sees the
end of file only when the last write end anywhere is closed: any process that inherited one,
knowingly or not, keeps the reader waiting.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence

from simpsh.base.phrases import listed
from simpsh.process.diagnose.blocked_process import (
    BlockedProcess,
    Finding,
    file_words,
    numbered,
    unseen_words,
    where_words,
)
from simpsh.process.diagnose.kernel_functions import fits_one, tells_nothing
from simpsh.process.diagnose.waits_on_sockets import at_socket, connecting
from simpsh.process.diagnose.waits_on_terminals import reads_terminal
from simpsh.process.diagnose.ways_out import (
    of_handlers,
    of_hidden_holders,
    of_threads,
    unless_words,
)
from simpsh.process.file_holders import Holder, all_locks, pipe_holders
from simpsh.process.open_files import Descriptor
from simpsh.process.process_tree import named, origin

_RECEIVES = frozenset(("recvfrom", "recvmsg", "recvmmsg"))
_READS = frozenset(("read", "readv", "pread64", "preadv", "preadv2")) | _RECEIVES
_SENDS = frozenset(("sendto", "sendmsg", "sendmmsg", "vmsplice"))
_WRITES = frozenset(("write", "writev", "pwrite64", "pwritev", "pwritev2")) | _SENDS
_MOVES = frozenset(["sendfile", "splice", "tee", "copy_file_range"])
OPENS = frozenset(["open", "openat", "openat2", "creat"])
_CONNECTS = frozenset(["accept", "accept4", "connect"])

_O_ACCMODE = 3
_NEVER_WAITING = ("file", "device", "directory")
_FULL = ("writable", "opipe", "wait_for_space", "send", "wait_memory", "write")
_PARTNER, _LEASE = "partner", "break_lease"
_FIFOS = (_PARTNER, "fifo")
_STORAGE = "The file's storage, or its driver, has to answer."

_ANONYMOUS = {
    "[eventfd]": "a process adds to the counter (eventfd(2))",
    "[timerfd]": "the timer expires (timerfd_create(2))",
    "[signalfd]": "a process sends it one of its signals (signalfd(2))",
    "inotify": "what is watched changes (inotify(7))",
}


def find(case: BlockedProcess) -> Finding | None:
    """Find out what a call on a descriptor waits for; None if the call is not of that kind."""
    if case.call in OPENS:
        return _opening(case)
    if case.call in _READS:
        return reading(case, case.descriptor(case.integer(0)))
    if case.call in _WRITES:
        return writing(case, case.descriptor(case.integer(0)))
    if case.call in _MOVES:
        return _moving(case)
    if case.call in _CONNECTS:
        return connecting(case, case.descriptor(case.integer(0)))
    return None


def reading(case: BlockedProcess, one: Descriptor | None, *, is_polled: bool = False) -> Finding:
    """Find out what a read from this descriptor waits for, or a poll until it can be read."""
    act = "polls" if is_polled else "reads"
    if one is None:
        return Finding("read", f"{act}, from a descriptor that cannot be seen")
    if one.kind in ("pipe", "fifo"):
        return _at_pipe(case, one, is_reader=True, is_polled=is_polled)
    brief = f"{act} {file_words(one)} as descriptor {one.number}"
    match one.kind:
        case "terminal":
            return reads_terminal(case, one, is_polled=is_polled)
        case "socket":
            return at_socket(case, one, is_reader=True, is_polled=is_polled)
        case "anonymous":
            what = _ANONYMOUS.get(one.target.removeprefix("anon_inode:"))
            begin = "It becomes ready" if is_polled else "read(2) returns"
            return Finding("event", brief, (f"{begin} when {what}.",) if what else ())
        case _:
            return Finding("file", brief, () if is_polled else (_STORAGE,))


def writing(case: BlockedProcess, one: Descriptor | None, *, is_polled: bool = False) -> Finding:
    """Find out what a write to this descriptor waits for, or a poll until it can be written."""
    act = "polls" if is_polled else "writes to"
    if one is None:
        return Finding("write", f"{act.split()[0]}, to a descriptor that cannot be seen")
    if one.kind in ("pipe", "fifo"):
        return _at_pipe(case, one, is_reader=False, is_polled=is_polled)
    brief = f"{act} {file_words(one)} as descriptor {one.number}"
    match one.kind:
        case "socket":
            return at_socket(case, one, is_reader=False, is_polled=is_polled)
        case "terminal":
            reason = "Its output is held up: by ^S, or because no process reads the other side."
            return Finding("terminal output", brief, (reason,))
        case "anonymous":
            return Finding("event", brief)
        case _:
            return Finding("file", brief, () if is_polled else (_STORAGE,))


def _moving(case: BlockedProcess) -> Finding:
    """Decide which of the two descriptors makes splice(2) and its kin wait."""
    # sendfile names the target first, the others the source.
    places = {"sendfile": (1, 0), "tee": (0, 1)}.get(case.call, (0, 2))
    source, target = (case.descriptor(case.integer(place)) for place in places)
    if source is None or source.kind in _NEVER_WAITING:
        return writing(case, target)
    if target is None or target.kind in _NEVER_WAITING:
        return reading(case, source)
    if tells_nothing(case.seen.wchan):
        brief = f"moves data from {file_words(source)} to {file_words(target)}"
        return Finding("moving", brief, ("The first is empty, or the second is full.",))
    # Both can make it wait: the kernel function that it sleeps in tells.
    is_full = any(word in case.seen.wchan for word in _FULL)
    return writing(case, target) if is_full else reading(case, source)


def _held_by(holders: Sequence[Holder], end: str, asked_by: int) -> tuple[str, ...]:
    """Return a sentence for each process that holds one end of a pipe."""
    sentences = []
    for holder in holders:
        numbers = numbered("descriptor", holder.numbers)
        if holder.pid == asked_by:
            sentences.append(f"It holds a {end} itself, as {numbers}.")
            continue
        whose = origin(holder.pid, asked_by)
        whose = f": {whose}" if whose else ""
        name = named(holder.pid, holder.command)
        sentences.append(f"Process {name} holds a {end} as {numbers}{whose}.")
    return tuple(sentences)


_ENDS = {
    (True, False): (
        "The pipe is empty: read(2) returns when a process writes, or with the end of file "
        "when the last write end is closed."
    ),
    (True, True): (
        "The pipe is empty: it becomes ready when a process writes, or when the last write end "
        "is closed."
    ),
    (False, False): (
        "The pipe is full: write(2) continues when a process reads, or fails with EPIPE when "
        "the last read end is closed."
    ),
    (False, True): (
        "The pipe is full: it becomes ready when a process reads, or when the last read end is "
        "closed."
    ),
}
"""The rule for a reader or a writer, and for one that polls."""


def _at_pipe(case: BlockedProcess, one: Descriptor, *, is_reader: bool, is_polled: bool) -> Finding:
    """Find out who keeps the reader of an empty pipe, or the writer into a full one, waiting."""
    ends = pipe_holders(one)
    if is_reader:
        act, state, end, held = "reads", "empty", "write end", ends.writers
    else:
        act, state, end, held = "writes into", "full", "read end", ends.readers
    others = tuple(holder for holder in held if holder.pid != case.process)
    details = [_ENDS[is_reader, is_polled], *_held_by(held, end, case.process)]
    if not is_polled:
        if is_reader and len(others) < len(held):
            details.append("As long as it holds that, it never gets the end of file.")
        if not others:
            details += _alone(case, held, ends.not_permitted, end)
    names = listed([f"process {named(holder.pid, holder.command)}" for holder in others])
    whose = f", whose {end} is held by {names}" if others else ""
    act = "polls" if is_polled else act
    return Finding(
        situation=f"{state} {'pipe' if one.kind == 'pipe' else 'FIFO'}",
        brief=f"{act} {file_words(one)} as descriptor {one.number}{whose}",
        details=(*details, *unseen_words(ends.not_permitted)),
        waits_for=tuple(holder.pid for holder in others),
        holders=held,
        not_permitted=ends.not_permitted,
    )


def _alone(
    case: BlockedProcess, own: Sequence[Holder], not_permitted: Sequence[int], end: str
) -> tuple[str, ...]:
    """Say what it means that no other process was seen to hold the other end."""
    ways = of_hidden_holders(not_permitted)
    if not own:
        hidden = f", unless one of these holds it: {listed(ways, 'or')}" if ways else ""
        return (
            f"No process that can be seen holds a {end} any more.",
            f"The wait is about to end{hidden}.",
        )
    ways = (*of_threads(case.seen), *of_handlers(case.seen), *ways)
    first = f"No other process that can be seen holds a {end}."
    return (first, f"It waits for itself{', ' if ways else ''}{unless_words(ways)}.")


def _opening(case: BlockedProcess) -> Finding:
    """Find out which side of a FIFO is missing, or what else an open waits for."""
    path, flags = _opened(case)
    try:
        what = case.directory.status_of(_seen_from_here(case, path)) if path else None
    except (OSError, ValueError):
        what = None
    shown = os.fsdecode(path)
    wchan = case.seen.wchan
    is_fifo = what is not None and stat.S_ISFIFO(what.st_mode) and fits_one(_FIFOS, wchan)
    # The function tells also where the path means another file to us, as below /proc/self.
    if not (is_fifo or _PARTNER in wchan):
        brief = f"opens {shown or 'a file'}, and open(2) has not returned yet"
        lessees = () if what is None or _LEASE not in wchan else _lessees(what.st_ino)
        return Finding("open", brief, where_words(wchan), lessees)
    is_reader = flags & _O_ACCMODE == os.O_RDONLY
    mine, missing = ("reading", "writing") if is_reader else ("writing", "reading")
    return Finding(
        situation="FIFO without a reader" if not is_reader else "FIFO without a writer",
        brief=f"opens the FIFO {shown} for {mine}, and no process has opened it for {missing}",
        details=(
            f"open(2) returns when another process opens {shown} for {missing}; see fifo(7).",
        ),
    )


def _lessees(inode: int) -> tuple[int, ...]:
    """Return who has a lease on a file, which an open breaks."""
    return tuple(
        lock.pid for lock in all_locks() if (lock.kind, lock.inode) == ("LEASE", inode) and lock.pid
    )


def _opened(case: BlockedProcess) -> tuple[bytes, int]:
    """Return the path and the flags that an open was called with."""
    first = {"open": 0, "creat": 0, "openat": 1, "openat2": 1}.get(case.call)
    if first is None:
        return b"", 0
    path = case.text(case.argument(first))
    if case.call == "creat":
        return path, os.O_WRONLY
    if case.call == "openat2":
        return path, int.from_bytes(case.memory(case.argument(2), 8), "little")
    return path, case.argument(first + 1) or 0


def _seen_from_here(case: BlockedProcess, path: bytes) -> str:
    """Return the path relative to /proc/PID, through that process's root or directories."""
    if path.startswith(b"/"):
        return "root" + os.fsdecode(path)
    base = case.integer(0) if case.call in ("openat", "openat2") else -100
    # -100 is AT_FDCWD.
    return f"{'cwd' if base in (-100, None) else f'fd/{base}'}/{os.fsdecode(path)}"
