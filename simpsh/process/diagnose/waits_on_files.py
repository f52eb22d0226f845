"""Reading and writing wait for the process at the other end of the descriptor.

Readers of a pipe wait while it is empty, its writers while it is full. A reader sees the end of
file only when the last write end anywhere is closed: any process that inherited one, knowingly or
not, keeps the reader waiting. A terminal returns a line when it is complete, or single bytes if a
program has asked for that. A process that reads from a socket, writes to it, or listens at it waits
for the other end.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterable, Iterator, Sequence

from simpsh.base import waits
from simpsh.base.phrases import listed
from simpsh.base.record import changed, suppress
from simpsh.base.signal_names import SIGCHLD, SIGINT, Signal
from simpsh.base.waits import Waker
from simpsh.process.diagnose.blocked_process import (
    NOT_SEEN,
    BlockedProcess,
    Edge,
    Finding,
    Statement,
    edges_to,
    file_words,
    fits_one,
    inferred,
    numbered,
    of_hidden_holders,
    seconds_words,
    shown,
    where_words,
)
from simpsh.process.file_holders import (
    Holder,
    all_locks,
    holders_by,
    holders_of,
    is_master,
    pipe_holders,
    possible_heirs,
    terminal_holders,
    terminal_of,
)
from simpsh.process.open_files import Descriptor
from simpsh.process.proc import signals_in, state
from simpsh.process.process_tree import children, is_left_over, origin
from simpsh.process.socket_table import (
    CONNECTED,
    LISTENING,
    OF_KERNEL,
    SocketInfo,
    inet_listener,
    is_in_our_network,
    listener,
    socket_address,
    socket_info,
    unix_listener,
)

_RECEIVES = frozenset(("recvfrom", "recvmsg", "recvmmsg"))
_READS = frozenset(("read", "readv", "pread64", "preadv", "preadv2")) | _RECEIVES
_SENDS = frozenset(("sendto", "sendmsg", "sendmmsg", "vmsplice"))
_WRITES = frozenset(("write", "writev", "pwrite64", "pwritev", "pwritev2")) | _SENDS
_TRANSFERS = {"splice": (0, 2), "tee": (0, 1), "sendfile": (1, 0)}
"""Calls that read from one descriptor and write to another, and the indices of these arguments."""
_OPENS = frozenset(["open", "openat"])
_QUEUES = frozenset(["mq_timedreceive", "mq_timedsend"])
_CONNECTS = frozenset(["accept", "accept4", "connect"])

_O_ACCMODE, _AT_FDCWD = 3, -100
_DEV_FUSE = os.makedev(10, 229)
_PARTNER = "partner"
_FIFOS = (_PARTNER, "fifo")
_STORAGE = inferred("read(2)", "The file's storage, or its driver, has to answer.")

_ANONYMOUS = {
    "[eventfd]": "a process adds to its counter (eventfd(2))",
    "[timerfd]": "the timer expires (timerfd_create(2))",
    "[signalfd]": "one of its signals is sent (signalfd(2))",
    "inotify": "a file that is watched changes (inotify(7))",
    "[fanotify]": "a file that is watched is used (fanotify(7))",
    "[userfaultfd]": "a page that is watched is used (userfaultfd(2))",
    "seccomp notify": "a process with the filter makes a watched call (seccomp_unotify(2))",
}
"""By the kernel's name of such a file: the event for its reader."""
_OF_FILES = ("inotify", "[fanotify]")
_SERVED = ("[userfaultfd]", "seccomp notify")
"""Not known is which processes have the watched memory, or the filter; perhaps no other one."""
_EVENTFD_IS_FULL = "a process reads its counter, which is too high for more (eventfd(2))"


def find(case: BlockedProcess) -> Finding | None:
    """Find out what a call on a descriptor waits for; None if the call is not of that kind."""
    if case.call in _OPENS:
        return _opening(case)
    if case.call in _READS or case.call in _WRITES:
        file = case.descriptor(case.integer(0))
        return waiting_at(case, file, is_reader=case.call in _READS)
    if case.call in _TRANSFERS:
        source, target = _TRANSFERS[case.call]
        is_reader = "writable" not in case.seen.wchan and "send" not in case.seen.wchan
        file = case.descriptor(case.integer(source if is_reader else target))
        return waiting_at(case, file, is_reader=is_reader)
    if case.call in _QUEUES:
        return _at_queue(case, case.descriptor(case.integer(0)))
    if case.call in _CONNECTS:
        return _connecting(case, case.descriptor(case.integer(0)))
    return None


def waiting_at(
    case: BlockedProcess, file: Descriptor | None, *, is_reader: bool, is_polled: bool = False
) -> Finding:
    """Find out what a read or a write at this descriptor waits for, or a poll until it is ready."""
    act = "polls" if is_polled else "reads" if is_reader else "writes to"
    if file is None:
        kind, way = (waits.READ, "from") if is_reader else (waits.WRITE, "to")
        return Finding(kind, f"{act.split()[0]}, {way} a descriptor that cannot be seen")
    if file.kind in ("pipe", "fifo"):
        return _at_pipe(case, file, is_reader=is_reader, is_polled=is_polled)
    if file.kind == "socket":
        return _at_socket(case, file, is_reader=is_reader, is_polled=is_polled)
    brief = f"{act} {file_words(file)} as descriptor {file.number}"
    if file.kind == "terminal":
        return _at_terminal(case, file, brief, is_reader=is_reader, is_polled=is_polled)
    if is_master(case.directory, file.number):
        return _at_master(case, file, act, is_reader=is_reader)
    if file.kind == "anonymous":
        return _at_anonymous(case, file, brief, is_reader=is_reader, is_polled=is_polled)
    if case.seen.state != "D" and (is_polled or file.kind == "device"):
        return _at_device(case, file, brief, is_reader=is_reader)
    return Finding(waits.FILE, brief, () if is_polled else (_STORAGE,), wakers=(waits.BY_STORAGE,))


def _at_device(case: BlockedProcess, file: Descriptor, brief: str, *, is_reader: bool) -> Finding:
    """Find out what ends a wait for a device, or for a change of a file of the kernel's."""
    if case.directory.status_of(f"fd/{file.number}").st_rdev == _DEV_FUSE and is_reader:
        rule = "It serves a file system, and continues when a process uses a file there."
        return Finding(waits.EVENT, brief, (inferred("fuse(4)", rule),), wakers=(waits.BY_CLIENT,))
    return Finding(waits.EVENT, brief, wakers=(waits.BY_KERNEL if is_reader else waits.BY_UNSEEN,))


def _pids_of(holders: Iterable[Holder]) -> set[int]:
    return {holder.pid for holder in holders}


def _at_anonymous(
    case: BlockedProcess, file: Descriptor, brief: str, *, is_reader: bool, is_polled: bool
) -> Finding:
    """Find out what ends a wait at an eventfd, a signalfd, a timerfd or an inotify instance."""
    name = file.target.removeprefix("anon_inode:")
    event = _ANONYMOUS.get(name)
    info = dict(case.fdinfo(file.number))
    if not is_reader:
        event = _EVENTFD_IS_FULL if "eventfd-id" in info else None
    if not event:
        return Finding(waits.EVENT, brief, wakers=(waits.BY_UNSEEN,))
    # A program that follows a file is healthy: its situation is not a symptom.
    situation, limit = waits.EVENT, None
    if name in _OF_FILES:
        situation = waits.FILE_CHANGE
    if left := re.fullmatch(r"\((\d+), (\d+)\)", info.get("it_value", "")):
        limit = float(f"{left[1]}.{left[2]:>09}") or None
        situation = waits.TIMER if limit else situation
        when = f"in {seconds_words(limit)}" if limit else "after it has been set"
        event = f"the timer expires, {when} (timerfd_create(2))"
    signals = signals_in(info.get("sigmask", "0"))
    names = listed(shown([signal.name for signal in signals]), "or")
    if signals:
        event = f"{names} is sent to it (signalfd(2))"
    call = "read(2) returns" if is_reader else "write(2) continues"
    rule = inferred(
        "read(2)" if is_reader else "write(2)",
        f"{'It becomes ready' if is_polled else call} when {event}.",
    )
    if not is_polled:
        brief = f"{brief}: it waits until {event}"
    if "eventfd-id" in info:
        holders = holders_by("[eventfd]", "eventfd-id", info["eventfd-id"])
        hidden = possible_heirs(holders.not_permitted, case.process, _pids_of(holders.seen))
        is_closed = bool(holders.seen)
        finding = Finding(waits.EVENT, brief, (rule,), not_permitted=hidden, is_closed=is_closed)
        return _by_holders(case, finding, holders.seen, "holds", "the eventfd")
    if name in _SERVED:
        return Finding(situation, brief, (rule,), wakers=(waits.BY_UNSEEN,))
    edges = edges_of_children(case) if SIGCHLD in signals else ()
    wakers = signal_wakers(case, signals, edges)
    if SIGCHLD in signals and not wakers:
        lost = lost_signal(case, edges, "signalfd(2)")
        return lost or Finding(waits.CHILD, brief, (rule,), edges)
    others = (f"{names} (signalfd(2))",) if is_polled and signals else ()
    return Finding(
        situation=situation,
        brief=brief,
        details=(rule,),
        edges=edges,
        limit=limit,
        others=others,
        wakers=wakers if signals else (),
        by_own_threads=situation == waits.EVENT and not signals and case.seen.threads > 1,
    )


def _at_queue(case: BlockedProcess, file: Descriptor | None) -> Finding:
    """Find out which processes have opened the POSIX message queue of a wait."""
    is_reader = case.call == "mq_timedreceive"
    wanted, act = ("a message in", "sends one") if is_reader else ("room in", "receives one")
    if file is None:
        return Finding(waits.MESSAGE_QUEUE, f"waits for {wanted} a queue that cannot be seen")
    holders = holders_of(file.device, file.inode)
    until = case.seconds(case.argument(4))
    limit = None if until is None else max(0.0, until - time.time())
    name, hidden = f"the message queue {file.target}", holders.not_permitted
    is_unlinked = _is_unlinked(case, file)
    if is_unlinked:
        hidden = possible_heirs(hidden, case.process, _pids_of(holders.seen))
    finding = Finding(
        situation=waits.MESSAGE_QUEUE,
        brief=f"waits for {wanted} {name}{'' if limit is None else f', or for {limit:.1f} s'}",
        details=(inferred("mq_overview(7)", f"It continues when a process {act}."),),
        not_permitted=hidden,
        is_closed=is_unlinked and limit is None,
        limit=limit,
        ways_out=() if is_unlinked else (f"a process that opens {name}",),
        wakers=() if is_unlinked else (waits.BY_CLIENT if is_reader else waits.BY_UNSEEN,),
    )
    return _by_holders(case, finding, holders.seen, "has opened", name)


def _is_unlinked(case: BlockedProcess, file: Descriptor) -> bool:
    """Return whether a file has no name any more; its link in /proc may be any text."""
    with suppress(OSError):
        return case.directory.status_of(f"fd/{file.number}").st_nlink == 0
    return False


def edges_of_children(case: BlockedProcess) -> tuple[Edge, ...]:
    """Return an edge to each child of a process that waits for SIGCHLD. See signal(7)."""
    return edges_to(
        (child.pid for child in children(case.process)),
        "sends SIGCHLD when it ends",
        is_by_end=True,
    )


def signal_wakers(
    case: BlockedProcess, signals: Sequence[Signal], edges: Sequence[Edge]
) -> tuple[Waker, ...]:
    """Return what sends one of these awaited signals besides children.

    `edges` lead to the children of a process that awaits SIGCHLD.
    """
    others = set(signals) - {SIGCHLD}
    if len(others) == len(signals):
        return (waits.BY_SIGNAL,) if signals else ()
    if others - {SIGINT}:
        return (waits.BY_SIGNAL,)
    if edges or SIGCHLD in case.seen.ignored:
        return ()
    # Any process may send SIGCHLD, but none is expected to.
    return (waits.BY_SIGNAL,) if others else (waits.BY_UNSEEN,)


def lost_signal(case: BlockedProcess, edges: Sequence[Edge], page: str) -> Finding | None:
    """Return the finding that SIGCHLD will not come from any child; None if it may.

    `edges` lead to the children of a process that awaits SIGCHLD.
    """
    beginning = f"waits for SIGCHLD ({page}), which"
    if SIGCHLD in case.seen.ignored:
        rule = "It ignores SIGCHLD: the kernel sends none when a child ends."
        rules = (inferred("signal(7)", rule),)
        return Finding(waits.LOST_SIGNAL, f"{beginning} never comes: it ignores it", rules)
    dead = [edge.pid for edge in edges if state(edge.pid) in _DEAD]
    if not edges or len(dead) < len(edges) or SIGCHLD in case.seen.pending:
        return None
    names = listed(shown([case.name_of(pid) for pid in dead]))
    are = "is" if len(dead) == 1 else "are"
    rule = "Signals of one kind are merged: one SIGCHLD may stand for several children."
    brief = f"{beginning} has come already: {names} {are} dead and not collected"
    return Finding(waits.LOST_SIGNAL, brief, (inferred("signal(7)", rule),))


_DEAD = ("Z", "X")


def _at_pipe(
    case: BlockedProcess, file: Descriptor, *, is_reader: bool, is_polled: bool
) -> Finding:
    ends = pipe_holders(file)
    if is_reader:
        act, state, end, holders = "reads", "empty", "write end", ends.writers
        begin, other, then = "read(2) returns", "writes", "with the end of file "
    else:
        act, state, end, holders = "writes into", "full", "read end", ends.readers
        begin, other, then = "write(2) continues", "reads", "fails with EPIPE "
    if is_polled:
        act, begin, then = "polls", "it becomes ready", ""
    rule = f"The pipe is {state}: {begin} when a process {other}, or {then}when the last {end} "
    others = tuple(holder for holder in holders if holder.pid != case.process)
    hidden = ends.not_permitted
    if file.kind == "pipe":
        sharing = _pids_of((*ends.readers, *ends.writers))
        hidden = possible_heirs(hidden, case.process, sharing)
    rules = (inferred("pipe(7)", f"{rule}is closed."),)
    details = []
    if is_reader and len(others) < len(holders) and not is_polled:
        rule = "As long as it holds that, it never gets the end of file."
        details.append(inferred("pipe(7)", rule))
    if not others and not is_polled:
        other = "other process" if holders else "process"
        more = "" if holders else " any more"
        details.append(Statement(f"No {other} that can be seen holds a {end}{more}."))
        if not holders:
            ways = (*of_hidden_holders(hidden), "a UNIX socket (SCM_RIGHTS)")
            rule = f"Perhaps it is held by {listed(ways, 'or')}; if not, the wait is about to end."
            details.append(inferred("pipe(7)", rule))
    brief = f"{act} {file_words(file)} as descriptor {file.number}"
    if holders and not others and file.kind == "fifo":
        brief += f", and no other process has opened it for {'writing' if is_reader else 'reading'}"
    pipe, fifo = (
        (waits.EMPTY_PIPE, waits.EMPTY_FIFO) if is_reader else (waits.FULL_PIPE, waits.FULL_FIFO)
    )
    situation = pipe if file.kind == "pipe" else fifo
    # A FIFO may be opened by any process.
    is_closed = bool(holders) and file.kind == "pipe"
    finding = Finding(situation, brief, rules, not_permitted=hidden, is_closed=is_closed)
    if file.kind == "fifo" and not _is_unlinked(case, file):
        finding = changed(finding, wakers=(waits.BY_CLIENT if is_reader else waits.BY_UNSEEN,))
    elif not holders:
        finding = changed(finding, wakers=(waits.BY_UNSEEN,))
    target = f"{'the' if len(holders) == 1 else 'a'} {end} of {file_words(file)}"
    finding = _by_holders(case, finding, holders, "holds", target, f"a {end}")
    finding = _left_open(case, finding) if is_reader else finding
    return changed(finding, details=(*finding.details, *details))


def _left_open(case: BlockedProcess, finding: Finding) -> Finding:
    """Return the finding of a reader, marked if only orphans hold the other end."""
    others = [holder.pid for holder in finding.holders if holder.pid != case.process]
    if not others or not all(is_left_over(pid, case.process) for pid in others):
        return finding
    who = f"Process {others[0]} is" if len(others) == 1 else "They are"
    rule = f"{who} left over: the process that was to write there has ended, and the other end"
    rule += " was only inherited."
    details = (*finding.details, inferred("fork(2)", rule))
    return changed(finding, is_left_open=True, details=details)


def _by_holders(
    case: BlockedProcess,
    finding: Finding,
    holders: tuple[Holder, ...],
    act: str,
    target: str,
    held: str = "",
) -> Finding:
    """Return the finding of a wait that holders can end; `act` and `target` as in Edge.

    `held` is the object in the words of the proof, if they differ.
    """
    others = [holder.pid for holder in holders if holder.pid != case.process]
    return changed(
        finding,
        details=(*finding.details, *_held(case, holders, held or target)),
        edges=edges_to(others, act, target),
        holders=holders,
        by_own_threads=len(others) < len(holders),
    )


def _held(case: BlockedProcess, holders: Iterable[Holder], target: str) -> Iterator[Statement]:
    """Yield statements that name each holder and its descriptors."""
    for holder in holders:
        numbers = numbered("descriptor", holder.numbers)
        if holder.pid == case.process:
            yield Statement(f"It holds {target} itself, as {numbers}.")
            continue
        name = case.name_of(holder.pid, holder.command)
        whose = origin(holder.pid, case.process, case.names)
        yield Statement(f"Process {name} holds {target} as {numbers}{whose and ': '}{whose}.")


def lease_in_the_way(case: BlockedProcess) -> Finding | None:
    """Find the holders of a lease that an open(2) waits for; None if that is not the wait.

    See F_SETLEASE in fcntl(2), proc_locks(5).
    """
    if "break_lease" not in case.seen.wchan or case.call not in _OPENS:
        return None
    name, file, _ = _opened(case)
    leases = [lock for lock in all_locks() if lock.kind in ("LEASE", "DELEG")]
    inode = 0 if file is None else file.st_ino
    pids = dict.fromkeys(lock.pid for lock in leases if lock.inode == inode and lock.pid > 0)
    if not pids:
        return None
    rule = "The kernel has asked the holder to give it up, and takes it after lease-break-time."
    return Finding(
        situation=waits.LOCK,
        brief=f"opens {name}, and waits until a lease on it is given up",
        details=(inferred("fcntl(2)", rule),),
        edges=edges_to(pids, "holds", f"the lease on {name}"),
        wakers=(waits.BY_CLOCK,),
    )


def _opened(case: BlockedProcess) -> tuple[str, os.stat_result | None, int]:
    """Return the path of an open(2), the file there if we can see it, and the flags."""
    index = 0 if case.call == "open" else 1
    path, flags = case.text(case.argument(index)), case.argument(index + 1) or 0
    name = os.fsdecode(path)
    # Relative to /proc/PID, through that process's root or directories.
    directory = case.integer(0) if index == 1 else _AT_FDCWD
    start = "cwd" if directory in (_AT_FDCWD, None) else f"fd/{directory}"
    try:
        base = "root" if name.startswith("/") else start
        file = case.directory.status_of(f"{base}/{name}") if name else None
    except (OSError, ValueError):
        file = None
    return name, file, flags


def _opening(case: BlockedProcess) -> Finding:
    name, file, flags = _opened(case)
    wchan = case.seen.wchan
    is_fifo = file is not None and stat.S_ISFIFO(file.st_mode) and fits_one(_FIFOS, wchan)
    # The path may lead us to another file, as below /proc/self; the kernel function is reliable.
    if not (is_fifo or _PARTNER in wchan):
        brief = f"opens {name or 'a file'}, and open(2) has not returned yet"
        return Finding(waits.OPEN, brief, where_words(wchan))
    is_reader = flags & _O_ACCMODE == os.O_RDONLY
    mine, missing = ("reading", "writing") if is_reader else ("writing", "reading")
    situation = waits.NO_WRITER if is_reader else waits.NO_READER
    brief = f"opens the FIFO {name} for {mine}, and no process has opened it for {missing}"
    rule = f"open(2) returns when another process opens {name} for {missing}."
    return Finding(situation, brief, (inferred("fifo(7)", rule),))


# Sockets.

_MESSAGES = ("UDP", "UNIX datagram")
_UNSEEN = "a socket that cannot be seen"
_SOCKET_TIMEOUT = "a time limit of the socket (SO_RCVTIMEO in socket(7))"


def _at_socket(
    case: BlockedProcess, file: Descriptor, *, is_reader: bool, is_polled: bool
) -> Finding:
    info = socket_info(case.pid, file.inode)
    if info is not None and info.state == LISTENING:
        return _listening(file, info, is_polled=is_polled)
    act = "polls" if is_polled else "reads" if is_reader else "writes to"
    brief = f"{act} {_words(file, info)} as descriptor {file.number}"
    rule = inferred("socket(7)", "The socket's buffer is full; the other end must read.")
    has_messages = info is not None and info.kind in _MESSAGES
    if is_reader:
        closed = ", and not when it is closed" if has_messages else " or is closed"
        rule = inferred("socket(7)", f"It continues when the other end sends{closed}.")
    if info is not None and has_messages and not (info.peer and not info.local):
        # Any process may send to it, and any process may own the socket that it sends to.
        rule = inferred("socket(7)", "It continues when a message comes.")
        waker = waits.BY_CLIENT if is_reader and info.local else waits.BY_UNSEEN
        return Finding(waits.SOCKET, brief, (rule,) if is_reader else (), wakers=(waker,))
    if info is not None and info.kind in OF_KERNEL:
        rule = inferred("socket(7)", "It continues when a message comes.")
        waker = waits.BY_KERNEL if is_reader else waits.BY_UNSEEN
        return Finding(waits.SOCKET, brief, (rule,) if is_reader else (), wakers=(waker,))
    if info is None and not is_in_our_network(case.pid):
        where = "The other end is not seen, because the socket is in another network namespace."
        details = (rule, Statement(where, NOT_SEEN))
        return Finding(waits.SOCKET, brief, details, wakers=(waits.BY_UNSEEN,))
    if info is None or not (info.state == CONNECTED or info.peer):
        return Finding(waits.SOCKET, brief, (rule,), wakers=(waits.BY_UNSEEN,))
    if info.peer == 0:
        return _not_accepted(case, info, brief)
    if info.peer is None:
        where = "Which process has the other end is not known."
        if info.remote:
            where = (
                f"The other end, {info.remote}, cannot be seen here: it is on another machine, or "
                "in another network namespace."
            )
        details = (rule, Statement(where, NOT_SEEN))
        return Finding(waits.SOCKET, brief, details, wakers=(waits.BY_UNSEEN,))
    # A socket may have several descriptors, in several processes.
    holders = holders_of(0, info.peer)
    hidden, proof = holders.not_permitted, [rule]
    other_end = f"the other end, the socket [{info.peer}],"
    if holders.seen:
        sharing = _pids_of(holders.seen)
        sharing |= _pids_of(holders_of(0, file.inode).seen) if hidden else set()
        hidden = possible_heirs(hidden, holders.seen[0].pid, sharing)
    else:
        proof.append(Statement(f"No process that can be seen has {other_end} open."))
    finding = Finding(
        situation=waits.SOCKET,
        brief=brief,
        details=tuple(proof),
        not_permitted=hidden,
        is_closed=bool(holders.seen),
        ways_out=() if is_polled else (_SOCKET_TIMEOUT,),
        wakers=() if holders.seen else (waits.BY_UNSEEN,),
    )
    target = f"the other end of {file_words(file)}"
    finding = _by_holders(case, finding, holders.seen, "holds", target, other_end)
    return _left_open(case, finding) if is_reader else finding


def _not_accepted(case: BlockedProcess, info: SocketInfo, brief: str) -> Finding:
    rule = "The other end sends nothing before a process has accepted the connection."
    brief = f"{brief}: no process has accepted the connection"
    listening = None if info.remote else unix_listener(info.inode)
    evidence = inferred("accept(2)", rule)
    if listening is not None:
        return _until_accepted(case, listening.local, listening.inode, brief, evidence)
    inode = inet_listener(case.pid, info.remote) if info.remote else None
    return _until_accepted(case, info.remote, inode, brief, evidence)


def _until_accepted(
    case: BlockedProcess, address: str, inode: int | None, brief: str, rule: Statement
) -> Finding:
    """Find out which processes hold the listening socket, and have to accept a connection."""
    holders = holders_of(0, inode).seen if inode else ()
    finding = Finding(
        waits.SOCKET,
        brief,
        (rule,),
        is_closed=bool(holders),
        ways_out=(_SOCKET_TIMEOUT,),
        wakers=() if holders else (waits.BY_UNSEEN,),
    )
    target = f"the connection to {address}"
    where = f"the socket [{inode}], which listens at {address},"
    return _by_holders(case, finding, holders, "has to accept", target, where)


def _connecting(case: BlockedProcess, file: Descriptor | None) -> Finding:
    info = None if file is None else socket_info(case.pid, file.inode)
    if case.call == "connect":
        words = _UNSEEN if file is None else _words(file, info)
        raw = case.memory(case.argument(1), case.argument(2) or 0)
        address, inode = socket_address(raw), listener(case.pid, raw)
        where = f" to {address}" if address else ""
        brief = f"connects {words}{where}, and no process has answered yet"
        rule = "A connection waits while the queue of those not accepted is full."
        return _until_accepted(case, address, inode, brief, inferred("listen(2)", rule))
    return _listening(file, info)


def _listening(
    file: Descriptor | None, info: SocketInfo | None, *, is_polled: bool = False
) -> Finding:
    where = f"{_words(file, info)} as descriptor {file.number}" if file is not None else _UNSEEN
    brief = f"waits for the next connection at {where}"
    begin = "It becomes ready" if is_polled else "accept(2) returns"
    rule = inferred("accept(2)", f"{begin} when a process connects.")
    return Finding(waits.CONNECTION, brief, (rule,))


def socket_words(case: BlockedProcess, file: Descriptor) -> str:
    """Return the words for a descriptor's file; for a socket with its addresses."""
    return _words(file, socket_info(case.pid, file.inode) if file.kind == "socket" else None)


def _words(file: Descriptor, info: SocketInfo | None) -> str:
    """Return the words for a socket and its addresses: `the socket [77] (TCP 127.0.0.1:80)`."""
    if info is None:
        return file_words(file)
    parts = " ".join(filter(None, (info.kind, info.local)))
    remote = f", connected to {info.remote}" if info.remote else ""
    return f"{file_words(file)} ({parts}{remote})"


# Terminals.

_CONSOLE, _DEV_TTY = "/dev/console", os.makedev(5, 0)


def _at_terminal(
    case: BlockedProcess, file: Descriptor, brief: str, *, is_reader: bool, is_polled: bool
) -> Finding:
    """Find out what a process at a terminal waits for: a program with the master, or a person."""
    begin = "It becomes ready" if is_polled else "read(2) returns"
    when = f"{begin} when a line is typed, or sooner if the terminal does not wait for lines."
    details = [inferred("termios(3)", when)]
    if not is_reader:
        reason = "Its output is held up: by ^S, or because no process reads the other side."
        details = [inferred("tcflow(3)", reason)]
    elif file.target != _CONSOLE and is_own_terminal(case, file):
        group = "Its group is the terminal's foreground group."
        if not case.seen.is_foreground:
            foreground = f"the terminal's foreground group is {case.seen.tpgid}"
            group = f"It is in group {case.seen.pgid}, {foreground}."
        details.append(Statement(group))
    masters = terminal_holders(case.directory, file)
    holding = _pids_of(masters.seen)
    return Finding(
        situation=waits.KEYBOARD if is_reader else waits.TERMINAL_OUTPUT,
        brief=f"{brief}: it waits for the keyboard" if is_reader else brief,
        act=brief,
        details=(*details, *_held(case, masters.seen, "its master, the other side,")),
        holders=masters.seen,
        not_permitted=possible_heirs(masters.not_permitted, case.process, holding)
        if masters.seen
        else (),
        is_closed=holding == {case.process},
        by_own_threads=case.process in holding,
    )


def of_program(finding: Finding, process: int) -> Finding:
    """Adapt a finding about a terminal whose master is held by a program such as `script`."""
    others = [holder.pid for holder in finding.holders if holder.pid != process]
    is_reader = finding.situation == waits.KEYBOARD
    rule = "A program writes to the master what a person would type, and reads what is shown."
    return changed(
        finding,
        situation=waits.TERMINAL_INPUT if is_reader else waits.TERMINAL_OUTPUT,
        brief=f"{finding.act}: a program holds the terminal's master",
        details=(inferred("pty(7)", rule), *finding.details),
        edges=edges_to(others, "holds", "the terminal's master"),
        is_closed=True,
    )


def _at_master(case: BlockedProcess, file: Descriptor, act: str, *, is_reader: bool) -> Finding:
    name = terminal_of(case.directory, file)
    holders = terminal_holders(case.directory, file)
    does = "writes to it, or when the last one closes it" if is_reader else "reads from it"
    rule = f"It continues when a process that has {name} open {does}."
    finding = Finding(
        situation=waits.TERMINAL_MASTER,
        brief=f"{act} the master of {name} as descriptor {file.number}",
        details=(inferred("pty(7)", rule),),
        not_permitted=possible_heirs(holders.not_permitted, case.process, _pids_of(holders.seen)),
        is_closed=bool(holders.seen),
        ways_out=(f"another process that opens {name}",),
        wakers=() if holders.seen else (waits.BY_UNSEEN,),
    )
    finding = _by_holders(case, finding, holders.seen, "holds", f"the terminal {name}", name)
    return _left_open(case, finding) if is_reader else finding


def is_own_terminal(case: BlockedProcess, file: Descriptor) -> bool:
    """Return whether a descriptor leads to the controlling terminal of the process."""
    if not case.seen.tty or file.kind != "terminal":
        return False
    try:
        device = case.directory.status_of(f"fd/{file.number}").st_rdev
    except OSError:
        return False
    return device in (_DEV_TTY, case.seen.tty)
