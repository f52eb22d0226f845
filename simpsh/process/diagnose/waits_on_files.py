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
from operator import itemgetter

from simpsh.base import waits
from simpsh.base.record import changed, suppress
from simpsh.base.signal_names import SIGCHLD, SIGINT, Signal
from simpsh.base.waits import Waker
from simpsh.kernel.descriptors import socket_time_limit, terminal_time_limit
from simpsh.kernel.machine.held_calls import RECEIVE
from simpsh.process.diagnose.blocked_process import (
    BlockedProcess,
    Finding,
    edges_to,
    fits_one,
    functions_in,
    inner_wakers,
)
from simpsh.process.diagnose.facts import (
    Accepts,
    Aside,
    AtFile,
    AtHiddenDescriptor,
    AtMaster,
    AtQueue,
    ByOpener,
    BySocketLimit,
    ConnectionComes,
    Connects,
    Deed,
    Does,
    Edge,
    Fact,
    FifoOpener,
    FifoOpens,
    ForkServerReports,
    GroupAtTerminal,
    Happening,
    Held,
    Holding,
    InRing,
    Law,
    LeftOver,
    Limited,
    LineTyped,
    Listener,
    NoHolder,
    NoPeer,
    Opens,
    OpensFifo,
    OtherNetwork,
    PeerSends,
    PeerUnknown,
    PerhapsHeld,
    PipeContinues,
    PipeEnd,
    Proof,
    Queue,
    QueueContinues,
    ReadyWhen,
    SignalHasCome,
    SignalIgnored,
    SignalsAt,
    SignalsBy,
    SocketPeer,
    TerminalOf,
    TerminalUsed,
    Thing,
    ThingKind,
    TimerSet,
    UnderWay,
)
from simpsh.process.diagnose.fork_servers import started_for
from simpsh.process.diagnose.origins import is_left_over, origin
from simpsh.process.file_holders import (
    Holder,
    hiding_places,
    holders_by,
    holders_if,
    holders_of,
    holders_of_copies,
    holders_of_messages,
    is_master,
    pipe_holders,
    possible_heirs,
    terminal_holders,
    terminal_of,
)
from simpsh.process.open_files import Descriptor
from simpsh.process.proc import ProcDirectory, signals_in, state
from simpsh.process.process_snapshot import snapshot
from simpsh.process.process_tree import children, near_processes
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

_O_ACCMODE = 3
_DEV_FUSE = os.makedev(10, 229)
_PARTNER = "partner"
_FIFOS = (_PARTNER, "fifo")

_ANONYMOUS = {
    "[eventfd]": Happening.COUNTER_GROWS,
    "[timerfd]": Happening.TIMER_EXPIRES,
    "[signalfd]": Happening.SIGNAL_SENT,
    "inotify": Happening.FILE_CHANGES,
    "[fanotify]": Happening.FILE_USED,
    "[userfaultfd]": Happening.PAGE_USED,
    "seccomp notify": Happening.CALL_MADE,
}
"""By the kernel's name of such a file: the event for its reader."""
_OF_FILES = ("inotify", "[fanotify]")
_SERVED = ("[userfaultfd]", "seccomp notify")
"""Not known is which processes have the watched memory, or the filter; perhaps no other one."""


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
    if case.call == "ioctl" and case.argument(1) == RECEIVE:
        file = case.descriptor(case.integer(0))
        return waiting_at(case, file, is_reader=True)
    if case.call in _QUEUES:
        return _at_queue(case, case.descriptor(case.integer(0)))
    if case.call in _CONNECTS:
        return _connecting(case, case.descriptor(case.integer(0)))
    return None


def waiting_at(
    case: BlockedProcess, file: Descriptor | None, *, is_reader: bool, is_polled: bool = False
) -> Finding:
    """Find out what a read or a write at this descriptor waits for, or a poll until it is ready."""
    does = _does(is_reader=is_reader, is_polled=is_polled)
    if file is None:
        kind = waits.READ if is_reader else waits.WRITE
        return Finding(kind, AtHiddenDescriptor(does, is_reader))
    if file.kind in ("pipe", "fifo"):
        return _at_pipe(case, file, is_reader=is_reader, is_polled=is_polled)
    if file.kind == "socket":
        finding = _at_socket(case, file, is_reader=is_reader, is_polled=is_polled)
        return finding if is_polled else _limited(case, file, finding, is_reader=is_reader)
    act = AtFile(does, file)
    if file.kind == "terminal":
        return _at_terminal(case, file, act, is_reader=is_reader)
    if is_master(case.directory, file.number):
        return _at_master(case, file, does, is_reader=is_reader)
    if file.kind == "anonymous":
        return _at_anonymous(case, file, act, is_reader=is_reader)
    if case.seen.state != "D" and (is_polled or file.kind == "device"):
        return _at_device(case, file, act, is_reader=is_reader)
    return Finding(waits.FILE, act, () if is_polled else (Law.STORAGE,), wakers=(waits.BY_STORAGE,))


def _does(*, is_reader: bool, is_polled: bool) -> Does:
    return Does.POLLS if is_polled else Does.READS if is_reader else Does.WRITES


def _at_device(case: BlockedProcess, file: Descriptor, act: AtFile, *, is_reader: bool) -> Finding:
    """Find out what ends a wait for a device, or for a change of a file of the kernel's."""
    if case.directory.status_of(f"fd/{file.number}").st_rdev == _DEV_FUSE and is_reader:
        return Finding(waits.EVENT, act, (Law.SERVES_FILES,), wakers=(waits.BY_CLIENT,))
    return Finding(waits.EVENT, act, wakers=(waits.BY_KERNEL if is_reader else waits.BY_UNSEEN,))


def _pids_of(holders: Iterable[Holder]) -> set[int]:
    return {holder.pid for holder in holders}


def _at_anonymous(
    case: BlockedProcess, file: Descriptor, act: AtFile, *, is_reader: bool
) -> Finding:
    """Find out what ends a wait at an eventfd, a signalfd, a timerfd or an inotify instance."""
    is_polled = act.does is Does.POLLS
    name = file.target.removeprefix("anon_inode:")
    event: Happening | TimerSet | SignalsAt | None = _ANONYMOUS.get(name)
    info = dict(case.fdinfo(file.number))
    if not is_reader:
        event = Happening.COUNTER_READ if "eventfd-id" in info else None
    if not event:
        return Finding(waits.EVENT, act, wakers=(waits.BY_UNSEEN,))
    # A program that follows a file is healthy: its situation is not a symptom.
    situation, limit = waits.EVENT, None
    if name in _OF_FILES:
        situation = waits.FILE_CHANGE
    if left := re.fullmatch(r"\((\d+), (\d+)\)", info.get("it_value", "")):
        limit = float(f"{left[1]}.{left[2]:>09}") or None
        situation = waits.TIMER if limit else situation
        event = TimerSet(limit)
        if not limit:
            return _at_unset_timer(case, file, act, event, is_polled=is_polled)
    signals = signals_in(info.get("sigmask", "0"))
    if signals:
        event = SignalsAt(signals)
    rule = ReadyWhen(event, is_reader, is_polled)
    if not is_polled:
        act = changed(act, until=event)
    if "eventfd-id" in info:
        holders = holders_by("[eventfd]", "eventfd-id", info["eventfd-id"])
        hidden = possible_heirs(holders.not_permitted, case.process, _pids_of(holders.seen))
        is_closed = bool(holders.seen)
        finding = Finding(waits.EVENT, act, (rule,), not_permitted=hidden, is_closed=is_closed)
        event_counter = Thing(ThingKind.EVENTFD)
        finding = _by_holders(case, finding, holders.seen, Deed.HOLDS, event_counter)
        is_held = finding.edges or is_polled
        return finding if is_held else _under_way(case, finding, event_counter)
    if name in _SERVED:
        return Finding(situation, act, (rule,), wakers=(waits.BY_UNSEEN,))
    edges = edges_of_children(case) if SIGCHLD in signals else ()
    wakers = signal_wakers(case, signals, edges)
    if SIGCHLD in signals and not wakers:
        lost = lost_signal(case, edges, "signalfd")
        return lost or Finding(waits.CHILD, act, (rule,), edges)
    return Finding(
        situation=situation,
        act=act,
        proof=(rule,),
        edges=edges,
        limit=limit,
        others=(SignalsBy(signals, "signalfd"),) if is_polled and signals else (),
        wakers=wakers if signals else (),
        by_own_threads=situation == waits.EVENT and not signals and case.seen.threads > 1,
    )


def _at_unset_timer(
    case: BlockedProcess, file: Descriptor, act: AtFile, event: TimerSet, *, is_polled: bool
) -> Finding:
    """Find out which processes may set a timer that nobody has set."""
    holders = holders_of_copies(case.process, file)
    others = [holder.pid for holder in holders.seen if holder.pid != case.process]
    return Finding(
        situation=waits.EVENT,
        act=act if is_polled else changed(act, until=event),
        proof=(ReadyWhen(event, is_reader=True, is_polled=is_polled),),
        edges=edges_to(others, Deed.HOLDS, Thing(ThingKind.TIMER)),
        not_permitted=possible_heirs(holders.not_permitted, case.process, others),
        by_own_threads=case.seen.threads > 1,
    )


def _at_queue(case: BlockedProcess, file: Descriptor | None) -> Finding:
    """Find out which processes have opened the POSIX message queue of a wait."""
    is_reader = case.call == "mq_timedreceive"
    if file is None:
        return Finding(waits.MESSAGE_QUEUE, AtQueue("", is_reader))
    holders = holders_of(file.device, file.inode)
    until = case.seconds(case.argument(4))
    limit = None if until is None else max(0.0, until - time.time())
    hidden, queue, act = holders.not_permitted, Queue(file.target), AtQueue(file.target, is_reader)
    is_unlinked = _is_unlinked(case, file)
    if is_unlinked:
        hidden = possible_heirs(hidden, case.process, _pids_of(holders.seen))
    finding = Finding(
        situation=waits.MESSAGE_QUEUE,
        act=act if limit is None else Limited(act, limit),
        proof=(QueueContinues(is_reader),),
        not_permitted=hidden,
        is_closed=is_unlinked and limit is None,
        limit=limit,
        ways_out=() if is_unlinked else (ByOpener(queue),),
        wakers=() if is_unlinked else (waits.BY_CLIENT if is_reader else waits.BY_UNSEEN,),
    )
    return _by_holders(case, finding, holders.seen, Deed.HAS_OPENED, queue)


def _is_unlinked(case: BlockedProcess, file: Descriptor) -> bool:
    """Return whether a file has no name any more; its link in /proc may be any text."""
    with suppress(OSError):
        return case.directory.status_of(f"fd/{file.number}").st_nlink == 0
    return False


def edges_of_children(case: BlockedProcess) -> tuple[Edge, ...]:
    """Return an edge to each child of a process that waits for SIGCHLD. See signal(7)."""
    pids = (child.pid for child in children(case.process))
    return edges_to(pids, Deed.ENDS_WITH_SIGNAL)


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


def lost_signal(case: BlockedProcess, edges: Sequence[Edge], call: str) -> Finding | None:
    """Return the finding that SIGCHLD will not come from any child; None if it may.

    `edges` lead to the children of a process that awaits SIGCHLD.
    """
    if SIGCHLD in case.seen.ignored:
        return Finding(waits.LOST_SIGNAL, SignalIgnored(call), (Law.SIGCHLD_IGNORED,))
    dead = tuple(edge.pid for edge in edges if state(edge.pid) in _DEAD)
    if not edges or len(dead) < len(edges) or SIGCHLD in case.seen.pending:
        return None
    return Finding(
        situation=waits.LOST_SIGNAL,
        act=SignalHasCome(call, dead),
        proof=(Law.SIGNALS_MERGE,),
        # Another thread may start a child that ends.
        by_own_threads=case.seen.threads > 1,
    )


_DEAD = ("Z", "X")


def _at_pipe(
    case: BlockedProcess, file: Descriptor, *, is_reader: bool, is_polled: bool
) -> Finding:
    ends = pipe_holders(file)
    holders = ends.writers if is_reader else ends.readers
    others = tuple(holder for holder in holders if holder.pid != case.process)
    hidden = ends.not_permitted
    if file.kind == "pipe":
        sharing = _pids_of((*ends.readers, *ends.writers))
        hidden = possible_heirs(hidden, case.process, sharing)
    proof: list[Proof] = []
    if is_reader and len(others) < len(holders) and not is_polled:
        proof.append(Law.NEVER_END_OF_FILE)
    if not others and not is_polled:
        proof.append(NoHolder(is_reader, bool(holders)))
        if not holders:
            proof.append(PerhapsHeld(hidden, hiding_places()))
    aside = Aside.NOTHING
    if holders and not others and file.kind == "fifo":
        aside = Aside.NO_WRITER if is_reader else Aside.NO_READER
    act = AtFile(_does(is_reader=is_reader, is_polled=is_polled), file, aside=aside)
    pipe, fifo = (
        (waits.EMPTY_PIPE, waits.EMPTY_FIFO) if is_reader else (waits.FULL_PIPE, waits.FULL_FIFO)
    )
    situation = pipe if file.kind == "pipe" else fifo
    # Any process may open a FIFO. But if one writes there, it is the one that a reader waits for.
    is_open = file.kind == "fifo" and not _is_unlinked(case, file)
    is_closed = bool(others if is_open else holders)
    rules = (PipeContinues(is_reader, is_polled),)
    finding = Finding(situation, act, rules, not_permitted=hidden, is_closed=is_closed)
    if is_open:
        waker = waits.BY_CLIENT if is_reader and not others else waits.BY_UNSEEN
        finding = changed(finding, wakers=(waker,), ways_out=(ByOpener(file.target),))
    elif not holders:
        finding = changed(finding, wakers=(waits.BY_UNSEEN,))
    end = PipeEnd(file, is_reader, len(holders) == 1)
    finding = _by_holders(case, finding, holders, Deed.HOLDS, end)
    finding = _of_fork_server(case, _left_open(case, finding)) if is_reader else finding
    finding = _in_rings(changed(finding, proof=(*finding.proof, *proof)), file.target)
    return finding if others or is_polled else _under_way(case, finding, end)


def _in_rings(finding: Finding, target: str) -> Finding:
    """Return the finding of a wait at a pipe or socket that an io_uring may have registered.

    The kernel lists such a file, but not which end of a pipe. See io_uring_register(2).
    """
    holders = holders_if("[io_uring]", lambda lines: target in map(itemgetter(1), lines)).seen
    if not holders:
        return finding
    return changed(
        finding,
        proof=(*finding.proof, *(InRing(holder.pid, holder.numbers) for holder in holders)),
        is_closed=False,
        wakers=(*finding.wakers, waits.BY_OPERATION),
    )


def _under_way(case: BlockedProcess, finding: Finding, end: Held) -> Finding:
    """Return the finding of a wait whose other end may have been sent to another process."""
    near = {case.process, *near_processes(case.process)}
    sockets = {file.inode for file in case.descriptors() if file.kind == "socket"}
    holders = [
        holder
        for holder in holders_of_messages().seen
        # Of all sockets with descriptors, these may have been sent the one that is missing.
        if holder.pid in near
        or any(
            (info := socket_info(holder.pid, file.inode)) is not None and info.peer in sockets
            for file in holder.descriptors
        )
    ]
    if not holders:
        return finding
    others = [holder.pid for holder in holders if holder.pid != case.process]
    return changed(
        finding,
        proof=(*finding.proof, *(UnderWay(holder.pid, holder.numbers) for holder in holders)),
        edges=edges_to(others, Deed.MAY_RECEIVE, end),
        is_closed=False,
        wakers=(*finding.wakers, waits.BY_UNSEEN),
    )


def until_closed(case: BlockedProcess, file: Descriptor) -> Finding:
    """Find out who has to close the other end of a pipe, if a poll reports nothing else."""
    finding = _at_pipe(case, file, is_reader=file.end == "read end", is_polled=True)
    rule, *proof = finding.proof
    assert isinstance(rule, PipeContinues)
    act = AtFile(Does.POLLS, file, aside=Aside.NEITHER_INPUT_NOR_ROOM)
    return changed(
        finding,
        situation=waits.POLL,
        act=act,
        proof=(Law.ONLY_CLOSED, *proof),
        needs_all=tuple((holder.pid,) for holder in finding.holders),
    )


def _of_fork_server(case: BlockedProcess, finding: Finding) -> Finding:
    """Return the finding of a reader; it waits for the children of a fork server, not for that."""
    others = finding.waits_for
    started = started_for(case.process, others[0]) if len(others) == 1 else ()
    if not started:
        return finding
    return changed(
        finding,
        situation=waits.CHILD,
        edges=edges_to(started, Deed.ENDS),
        holders=(),
        proof=(*finding.proof, ForkServerReports(others[0])),
    )


def _left_open(case: BlockedProcess, finding: Finding) -> Finding:
    """Return the finding of a reader, marked if only orphans hold the other end."""
    others = tuple(holder.pid for holder in finding.holders if holder.pid != case.process)
    if not others or not all(is_left_over(pid, case.process) for pid in others):
        return finding
    return changed(finding, is_left_open=True, proof=(*finding.proof, LeftOver(others)))


def _by_holders(
    case: BlockedProcess, finding: Finding, holders: tuple[Holder, ...], deed: Deed, held: Held
) -> Finding:
    """Return the finding of a wait that holders can end; `deed` and `held` as in Edge."""
    others = [holder.pid for holder in holders if holder.pid != case.process]
    # A process may read a pipe of its own that its signal handlers write to.
    is_private = bool(holders) and not others
    return changed(
        finding,
        proof=(*finding.proof, *_held(case, holders, held)),
        edges=edges_to(others, deed, held),
        holders=holders,
        by_own_threads=len(others) < len(holders),
        wakers=(*finding.wakers, *(inner_wakers(case) if is_private else ())),
    )


def _held(case: BlockedProcess, holders: Iterable[Holder], held: Held) -> Iterator[Holding]:
    """Yield each holder and its descriptors."""
    for holder in holders:
        is_own = holder.pid == case.process
        whose = None if is_own else origin(holder.pid, case.process)
        yield Holding(holder.pid, holder.command, holder.numbers, held, is_own, whose)


def _opening(case: BlockedProcess) -> Finding:
    name, file = _opened(case)
    flags = case.argument(1 if case.call == "open" else 2) or 0
    wchan = case.seen.wchan
    is_fifo = file is not None and stat.S_ISFIFO(file.st_mode) and fits_one(_FIFOS, wchan)
    # The path may lead us to another file, as below /proc/self; the kernel function is reliable.
    if not (is_fifo or _PARTNER in wchan):
        return Finding(waits.OPEN, Opens(name), functions_in(wchan))
    is_reader = flags & _O_ACCMODE == os.O_RDONLY
    situation = waits.NO_WRITER if is_reader else waits.NO_READER
    act = OpensFifo(name, is_reader, tuple(_openers_of_others(case, file)))
    return Finding(situation, act, (FifoOpens(name, is_reader),))


def _openers_of_others(case: BlockedProcess, fifo: os.stat_result | None) -> Iterator[FifoOpener]:
    """Yield the near processes that wait to open another FIFO."""
    for pid in near_processes(case.process):
        with suppress(ProcessLookupError, PermissionError), ProcDirectory(pid) as directory:
            other = BlockedProcess(directory, snapshot(pid))
            if _PARTNER in other.seen.wchan and other.call in _OPENS:
                name, file = _opened(other)
                if file and fifo and not os.path.samestat(file, fifo):
                    yield FifoOpener(pid, name)


def _opened(case: BlockedProcess) -> tuple[str, os.stat_result | None]:
    """Return the path that a process opens, and the file there, None if it cannot be found."""
    index = 0 if case.call == "open" else 1
    return case.named_file(index, index - 1 if index else None)


# Sockets.

_MESSAGES = ("UDP", "UNIX datagram")
_BY_LIMIT = BySocketLimit()
"""Not known if we may not look at the socket."""


def _at_socket(
    case: BlockedProcess, file: Descriptor, *, is_reader: bool, is_polled: bool
) -> Finding:
    info = socket_info(case.pid, file.inode)
    if info is not None and info.state == LISTENING:
        return _listening(file, info, is_polled=is_polled)
    act = AtFile(_does(is_reader=is_reader, is_polled=is_polled), file, info)
    has_messages = info is not None and info.kind in _MESSAGES
    rule: Proof = PeerSends(has_messages) if is_reader else Law.BUFFER_FULL
    if info is not None and has_messages and not (info.peer and not info.local):
        # Any process may send to it, and any process may own the socket that it sends to.
        waker = waits.BY_CLIENT if is_reader and info.local else waits.BY_UNSEEN
        return Finding(waits.SOCKET, act, (Law.MESSAGE_COMES,) * is_reader, wakers=(waker,))
    if info is not None and info.kind in OF_KERNEL:
        waker = waits.BY_KERNEL if is_reader else waits.BY_UNSEEN
        return Finding(waits.SOCKET, act, (Law.MESSAGE_COMES,) * is_reader, wakers=(waker,))
    if info is None and not is_in_our_network(case.pid):
        return Finding(waits.SOCKET, act, (rule, OtherNetwork()), wakers=(waits.BY_UNSEEN,))
    if info is None or not (info.state == CONNECTED or info.peer):
        return Finding(waits.SOCKET, act, (rule,), wakers=(waits.BY_UNSEEN,))
    if info.peer == 0:
        return _not_accepted(case, info, act)
    if info.peer is None:
        return Finding(
            waits.SOCKET, act, (rule, PeerUnknown(info.remote)), wakers=(waits.BY_UNSEEN,)
        )
    # A socket may have several descriptors, in several processes.
    holders = holders_of(0, info.peer)
    hidden, proof = holders.not_permitted, [rule]
    if holders.seen:
        sharing = _pids_of(holders.seen)
        sharing |= _pids_of(holders_of(0, file.inode).seen) if hidden else set()
        hidden = possible_heirs(hidden, holders.seen[0].pid, sharing)
    else:
        proof.append(NoPeer(info.peer))
    finding = Finding(
        situation=waits.SOCKET,
        act=act,
        proof=tuple(proof),
        not_permitted=hidden,
        is_closed=bool(holders.seen),
        ways_out=() if is_polled else (_BY_LIMIT,),
        wakers=() if holders.seen else (waits.BY_UNSEEN,),
    )
    peer = SocketPeer(file, info.peer)
    finding = _by_holders(case, finding, holders.seen, Deed.HOLDS, peer)
    finding = _in_rings(finding, f"socket:[{info.peer}]")
    return _left_open(case, finding) if is_reader else finding


def _limited(
    case: BlockedProcess, file: Descriptor, finding: Finding, *, is_reader: bool
) -> Finding:
    """Return the finding of a call on a socket with the time limit that was set for the socket."""
    try:
        seconds = socket_time_limit(case.process, file.number, file.inode, is_reader=is_reader)
    except OSError:
        return finding
    finding = changed(finding, ways_out=tuple(it for it in finding.ways_out if it != _BY_LIMIT))
    return _with_limit(finding, seconds)


def _not_accepted(case: BlockedProcess, info: SocketInfo, act: AtFile) -> Finding:
    act = changed(act, aside=Aside.NOT_ACCEPTED)
    listening = None if info.remote else unix_listener(case.pid, info.inode)
    address, inode = info.remote, inet_listener(case.pid, info.remote) if info.remote else None
    if listening is not None:
        address, inode = listening.local, listening.inode
    return _until_accepted(case, Listener(address, inode), act, Law.ACCEPT_FIRST)


def _until_accepted(case: BlockedProcess, at: Listener, act: Fact, rule: Law) -> Finding:
    """Find out which processes hold the listening socket, and have to accept a connection."""
    holders = holders_of(0, at.inode).seen if at.inode else ()
    finding = Finding(
        waits.SOCKET,
        act,
        (rule,),
        is_closed=bool(holders),
        ways_out=(_BY_LIMIT,),
        wakers=() if holders else (waits.BY_UNSEEN,),
    )
    return _by_holders(case, finding, holders, Deed.ACCEPTS, at)


def _connecting(case: BlockedProcess, file: Descriptor | None) -> Finding:
    info = None if file is None else socket_info(case.pid, file.inode)
    if case.call == "connect":
        raw = case.memory(case.argument(1), case.argument(2) or 0)
        address, inode = socket_address(raw), listener(case.pid, raw)
        act = Connects(file, info, address)
        finding = _until_accepted(case, Listener(address, inode), act, Law.QUEUE_FULL)
        return finding if file is None else _limited(case, file, finding, is_reader=False)
    return _listening(file, info)


def _listening(
    file: Descriptor | None, info: SocketInfo | None, *, is_polled: bool = False
) -> Finding:
    return Finding(waits.CONNECTION, Accepts(file, info), (ConnectionComes(is_polled),))


def info_of(case: BlockedProcess, file: Descriptor) -> SocketInfo | None:
    """Return what is known about a descriptor's socket; None for another file."""
    return socket_info(case.pid, file.inode) if file.kind == "socket" else None


# Terminals.

_CONSOLE, _DEV_TTY = "/dev/console", os.makedev(5, 0)


def _at_terminal(
    case: BlockedProcess, file: Descriptor, act: AtFile, *, is_reader: bool
) -> Finding:
    """Find out what a process at a terminal waits for: a program with the master, or a person."""
    proof: list[Proof] = [LineTyped(act.does is Does.POLLS) if is_reader else Law.OUTPUT_HELD]
    if is_reader and file.target != _CONSOLE and is_own_terminal(case, file):
        seen = case.seen
        proof.append(GroupAtTerminal(seen.pgid, seen.tpgid, seen.is_foreground))
    masters = terminal_holders(case.directory, file)
    holding = _pids_of(masters.seen)
    finding = Finding(
        situation=waits.KEYBOARD if is_reader else waits.TERMINAL_OUTPUT,
        act=changed(act, aside=Aside.FOR_KEYBOARD) if is_reader else act,
        proof=(*proof, *_held(case, masters.seen, Thing(ThingKind.MASTER))),
        holders=masters.seen,
        not_permitted=possible_heirs(masters.not_permitted, case.process, holding)
        if masters.seen
        else (),
        is_closed=holding == {case.process},
        by_own_threads=case.process in holding,
    )
    others = [holder for holder in holding if holder != case.process]
    if others and not any(map(case.is_typed_at, others)):
        # A program such as `script` holds the master.
        finding = changed(
            finding,
            situation=waits.TERMINAL_INPUT if is_reader else waits.TERMINAL_OUTPUT,
            act=changed(act, aside=Aside.FOR_PROGRAM),
            proof=(Law.HAS_MASTER, *finding.proof),
            edges=edges_to(others, Deed.HOLDS, Thing(ThingKind.MASTER)),
            is_closed=True,
        )
    seconds = 0.0
    if is_reader and act.does is Does.READS:
        with suppress(OSError):
            seconds = terminal_time_limit(case.process, file.number, file.inode)
    return _with_limit(finding, seconds)


def _with_limit(finding: Finding, seconds: float) -> Finding:
    """Return the finding of a call that gives up after these seconds, if they are not 0."""
    if not seconds:
        return finding
    return changed(finding, act=Limited(finding.act, seconds), limit=seconds, is_closed=False)


def _at_master(case: BlockedProcess, file: Descriptor, does: Does, *, is_reader: bool) -> Finding:
    name = terminal_of(case.directory, file)
    holders = terminal_holders(case.directory, file)
    finding = Finding(
        situation=waits.TERMINAL_MASTER,
        act=AtMaster(does, name, file.number),
        proof=(TerminalUsed(name, is_reader),),
        not_permitted=possible_heirs(holders.not_permitted, case.process, _pids_of(holders.seen)),
        is_closed=bool(holders.seen),
        ways_out=(ByOpener(name),),
        wakers=() if holders.seen else (waits.BY_UNSEEN,),
    )
    finding = _by_holders(case, finding, holders.seen, Deed.HOLDS, TerminalOf(name))
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
