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
)
from simpsh.process.diagnose.waits_on_sockets import at_socket, connecting
from simpsh.process.file_holders import Holder, pipe_holders
from simpsh.process.open_files import Descriptor
from simpsh.process.process_tree import named, origin

_RECEIVES = frozenset(("recvfrom", "recvmsg", "recvmmsg"))
_READS = frozenset(("read", "readv", "pread64", "preadv", "preadv2")) | _RECEIVES
_SENDS = frozenset(("sendto", "sendmsg", "sendmmsg", "vmsplice"))
_WRITES = frozenset(("write", "writev", "pwrite64", "pwritev", "pwritev2")) | _SENDS
_MOVES = frozenset(["sendfile", "splice", "tee", "copy_file_range"])
_OPENS = frozenset(["open", "openat", "openat2", "creat"])
_CONNECTS = frozenset(["accept", "accept4", "connect"])

KEYBOARD = "it waits for the keyboard"
"""What a finding says of a process that reads a terminal, or polls it for input."""

_O_ACCMODE = 3
_NEVER_WAITING = ("file", "device", "directory")
_FULL = ("writable", "opipe", "wait_for_space", "send", "wait_memory", "write")

_ANONYMOUS = {
    "[eventfd]": "a process adds to the counter (eventfd(2))",
    "[timerfd]": "the timer expires (timerfd_create(2))",
    "[signalfd]": "a process sends it one of its signals (signalfd(2))",
    "inotify": "what is watched changes (inotify(7))",
}


def find(case: BlockedProcess) -> Finding | None:
    """Find out what a call on a descriptor waits for; None if the call is not of that kind."""
    if case.call in _OPENS:
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


def reading(case: BlockedProcess, one: Descriptor | None) -> Finding:
    """Find out what a read from this descriptor waits for."""
    if one is None:
        return Finding("read", "reads, from a descriptor that cannot be seen")
    if one.kind in ("pipe", "fifo"):
        return _at_pipe(case, one, is_reader=True)
    brief = f"reads {file_words(one)} as descriptor {one.number}"
    match one.kind:
        case "terminal":
            return _reads_terminal(case, one, brief)
        case "socket":
            return at_socket(case, one, is_reader=True)
        case "anonymous":
            name = one.target.removeprefix("anon_inode:")
            what = _ANONYMOUS.get(name)
            return Finding("event", brief, (f"read(2) returns when {what}.",) if what else ())
        case _:
            return Finding("file", brief, ("The file's storage, or its driver, has to answer.",))


def _reads_terminal(case: BlockedProcess, one: Descriptor, brief: str) -> Finding:
    if case.seen.tty and not case.seen.is_foreground and one.target != "/dev/console":
        foreground = f"the terminal's foreground group is {case.seen.tpgid}"
        rule = f"It is in group {case.seen.pgid}, {foreground}."
    else:
        rule = "Its group is the terminal's foreground group." if case.seen.tty else ""
    details = ("read(2) returns when a line is typed, or at ^D.", rule)
    return Finding("keyboard", f"{brief}: {KEYBOARD}", tuple(filter(None, details)))


def writing(case: BlockedProcess, one: Descriptor | None) -> Finding:
    """Find out what a write to this descriptor waits for."""
    if one is None:
        return Finding("write", "writes, to a descriptor that cannot be seen")
    if one.kind in ("pipe", "fifo"):
        return _at_pipe(case, one, is_reader=False)
    brief = f"writes to {file_words(one)} as descriptor {one.number}"
    match one.kind:
        case "socket":
            return at_socket(case, one, is_reader=False)
        case "terminal":
            reason = "Its output is held up: by ^S, or because no process reads the other side."
            return Finding("terminal output", brief, (reason,))
        case "anonymous":
            return Finding("event", brief)
        case _:
            return Finding("file", brief, ("The file's storage, or its driver, has to answer.",))


def _moving(case: BlockedProcess) -> Finding:
    """Decide which of the two descriptors makes splice(2) and its kin wait."""
    # sendfile names the target first, the others the source.
    places = {"sendfile": (1, 0), "tee": (0, 1)}.get(case.call, (0, 2))
    source, target = (case.descriptor(case.integer(place)) for place in places)
    if source is None or source.kind in _NEVER_WAITING:
        return writing(case, target)
    if target is None or target.kind in _NEVER_WAITING:
        return reading(case, source)
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


def _at_pipe(case: BlockedProcess, one: Descriptor, *, is_reader: bool) -> Finding:
    """Find out who keeps the reader of an empty pipe, or the writer into a full one, waiting."""
    ends = pipe_holders(one)
    if is_reader:
        act, state, end, verb, held = "reads", "empty", "write end", "write", ends.writers
        rule = (
            "The pipe is empty: read(2) returns when a process writes, or with the end of file "
            "when the last write end is closed."
        )
    else:
        act, state, end, verb, held = "writes into", "full", "read end", "read", ends.readers
        rule = (
            "The pipe is full: write(2) continues when a process reads, or fails with EPIPE when "
            "the last read end is closed."
        )
    others = tuple(holder for holder in held if holder.pid != case.pid)
    details = [rule, *_held_by(held, end, case.pid)]
    if is_reader and len(others) < len(held):
        details.append("As long as it holds that, it never gets the end of file.")
    if not others:
        details.append(_alone(held, ends.not_permitted, end, verb))
    names = listed([f"process {named(holder.pid, holder.command)}" for holder in others])
    whose = f", whose {end} is held by {names}" if others else ""
    return Finding(
        situation=f"{state} {'pipe' if one.kind == 'pipe' else 'FIFO'}",
        brief=f"{act} {file_words(one)} as descriptor {one.number}{whose}",
        details=(*details, *unseen_words(ends.not_permitted)),
        waits_for=tuple(holder.pid for holder in others),
        holders=held,
        not_permitted=ends.not_permitted,
    )


def _alone(own: Sequence[Holder], not_permitted: Sequence[int], end: str, verb: str) -> str:
    if not_permitted:
        return f"No other process that we may look into holds a {end}."
    if own:
        return f"No other process holds a {end}: no process will ever {verb}, it waits for itself."
    return f"No process holds a {end} any more: the wait is about to end."


def _opening(case: BlockedProcess) -> Finding:
    """Find out which side of a FIFO is missing."""
    path, flags = _opened(case)
    try:
        what = case.directory.status_of(_seen_from_here(case, path)) if path else None
    except (OSError, ValueError):
        what = None
    if what is None:
        return Finding("open", "opens a file, and open(2) has not returned yet")
    shown = os.fsdecode(path)
    if not stat.S_ISFIFO(what.st_mode):
        return Finding("open", f"opens {shown}, and open(2) has not returned yet")
    is_reader = flags & _O_ACCMODE == os.O_RDONLY
    mine, missing = ("reading", "writing") if is_reader else ("writing", "reading")
    return Finding(
        situation="FIFO without a reader" if not is_reader else "FIFO without a writer",
        brief=f"opens the FIFO {shown} for {mine}, and no process has opened it for {missing}",
        details=(
            f"open(2) returns when another process opens {shown} for {missing}; see fifo(7).",
        ),
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
