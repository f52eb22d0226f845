"""For each system call: what a process in it waits for."""

from __future__ import annotations

import os
import select
import stat
import struct
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

from simpsh.base import waits
from simpsh.base.record import changed
from simpsh.base.signal_names import SIGCHLD, Signal
from simpsh.base.targets import File
from simpsh.base.waits import Situation
from simpsh.diagnosis import file_locks, memory_waits, process_waits, rare_holders
from simpsh.diagnosis.blocked_process import (
    OF_FAULTS,
    BlockedProcess,
    caught_signals,
    fits_one,
    takes_a_signal,
)
from simpsh.diagnosis.finding import Finding, Statement, edges_to, inferred, limit_words
from simpsh.diagnosis.objects import (
    IN,
    MUST_END,
    OUT,
    any_of,
    dead_words,
    edges_of_children,
    file_words,
    lost_signal,
    signal_wakers,
    until_accepted,
    until_closed,
    waiting_at,
    with_limit_of_socket,
)
from simpsh.kernel.machine.held_calls import RECEIVE
from simpsh.process.file_holders import holders_of_copies
from simpsh.process.open_files import Descriptor
from simpsh.process.proc import signals_in
from simpsh.process.process_tree import children
from simpsh.process.socket_table import listener, socket_address, socket_info

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.diagnosis.objects import Way

_READABLE = select.POLLIN | select.POLLRDNORM
_WRITABLE = select.POLLOUT | select.POLLWRNORM
_TIMER_ABSTIME = 1
_MOST_DESCRIPTORS = 16
_ENTER_EXT_ARG = 1 << 3


def find(case: BlockedProcess) -> Finding | None:
    """Find out what a process waits for, from its call; None for a call that is not known."""
    if "zap_pid_ns" in case.seen.wchan:
        return process_waits.emptying_namespace(case)
    finder = CALLS.get(case.call)
    return finder(case) if finder is not None else None


# Reading, writing, opening.


def _at(way: Way, index: int, case: BlockedProcess) -> Finding:
    return waiting_at(case, case.descriptor(case.integer(index)), way)


def _transfer(source: int, target: int, case: BlockedProcess) -> Finding:
    """Find out at which side a call waits that reads from one descriptor and writes to another."""
    is_reader = "writable" not in case.seen.wchan and "send" not in case.seen.wchan
    return _at(IN, source, case) if is_reader else _at(OUT, target, case)


def _ioctl(case: BlockedProcess) -> Finding | None:
    return _at(IN, 0, case) if case.argument(1) == RECEIVE else None


def _queue(way: Way, case: BlockedProcess) -> Finding:
    finding, until = _at(way, 0, case), case.seconds(case.argument(4))
    limit = None if until is None else max(0.0, until - time.time())
    return changed(finding, limit=limit)


def _accept(case: BlockedProcess) -> Finding:
    file = case.descriptor(case.integer(0))
    if file is None:
        act = "waits for the next connection at a socket that cannot be seen"
        return Finding(waits.CONNECTION, act)
    return waiting_at(case, file, IN)


def _connect(case: BlockedProcess) -> Finding:
    file = case.descriptor(case.integer(0))
    raw = case.memory(case.argument(1), case.argument(2) or 0)
    address, inode = socket_address(raw), listener(case.pid, raw)
    name = "a socket that cannot be seen"
    if file is not None:
        name = file_words(file, socket_info(case.pid, file.inode))
    act = f"connects {name} to {address or 'an address'}, and no process has answered yet"
    finding = until_accepted(case, act, address, inode)
    return finding if file is None else with_limit_of_socket(case, file, finding, OUT)


def _open(path: int, directory: int | None, flags: int, case: BlockedProcess) -> Finding:
    name, file = case.named_file(path, directory)
    wchan, is_at_partner = case.seen.wchan, "partner" in case.seen.wchan
    is_fifo = file is not None and stat.S_ISFIFO(file.st_mode) and fits_one(("fifo",), wchan)
    # The path may lead us to another file, as below /proc/self; the kernel function is reliable.
    if not (is_fifo or is_at_partner):
        act = f"opens {name or 'a file'}, and open(2) has not returned yet"
        return Finding(waits.OPEN, act, rare_holders.function_statements(wchan))
    is_reader = (case.argument(flags) or 0) & os.O_ACCMODE == os.O_RDONLY
    mine, missing = ("reading", "writing") if is_reader else ("writing", "reading")
    rule = f"open(2) returns when another process opens it for {missing}."
    return Finding(
        waits.NO_WRITER if is_reader else waits.NO_READER,
        f"opens the FIFO {name} for {mine}, and no process has opened it for {missing}",
        (inferred("fifo(7)", rule),),
        target=File(name, "fifo") if name else None,
    )


# Time and signals.


def _sleep(case: BlockedProcess) -> Finding:
    is_old = case.call == "nanosleep"
    seconds = case.seconds(case.argument(0 if is_old else 2))
    act = "sleeps until a time that it has set"
    if seconds is not None:
        act = f"sleeps for {seconds:g} s, counted from when it began"
        if not is_old and (case.argument(1) or 0) & _TIMER_ABSTIME:
            with suppress(OSError):
                seconds = max(0.0, seconds - time.clock_gettime(case.integer(0) or 0))
            act = f"sleeps for another {seconds:.1f} s"
    rule = "It continues when the time is over, or at a signal it catches."
    return Finding(waits.TIMER, act, (inferred("nanosleep(2)", rule),), limit=seconds)


def _sigwait(case: BlockedProcess) -> Finding:
    """Find out which event sends one of the signals that the call itself accepts."""
    wanted = signals_in(case.memory(case.argument(0), 8)[::-1].hex() or "0")
    limit = case.seconds(case.argument(2))
    edges = edges_of_children(case) if SIGCHLD in wanted else ()
    wakers = signal_wakers(case, wanted, edges) if case.arguments else (waits.BY_SIGNAL,)
    if SIGCHLD in wanted and not wakers and limit is None:
        lost = lost_signal(case, edges, "sigtimedwait")
        if lost is not None:
            return lost
    taken = tuple(signal for signal in wanted if signal != SIGCHLD or not edges)
    event = f"{any_of(taken)} (sigtimedwait(2))"
    return Finding(
        situation=waits.SIGNAL if taken or not edges else waits.CHILD,
        act=f"waits for {event}" if taken or not edges else "waits for SIGCHLD (sigtimedwait(2))",
        edges=edges,
        others=(event,) if taken and edges else (),
        limit=limit,
        wakers=wakers,
    )


def _suspended(case: BlockedProcess) -> Finding:
    """Find out which event ends a call that lasts until a handler has run."""
    call = case.call.removeprefix("rt_")
    caught, seen = caught_signals(case.seen), case.seen
    edges = edges_of_children(case) if SIGCHLD in caught else ()
    sent = [signal for signal in caught if signal not in OF_FAULTS]
    wakers = signal_wakers(case, sent, edges)
    if SIGCHLD in caught and not wakers:
        lost = lost_signal(case, edges, call)
        if lost is not None:
            return lost
    kept = [it for it in seen.pending if it in seen.blocked and it in seen.caught]
    if kept and not sent and seen.threads == 1:
        return _kept_signal(case, call, kept)
    if not sent and not takes_a_signal(seen):
        act = f"waits for a signal ({call}(2)), but blocks or ignores each that it could take"
        rule = "It continues when a handler has run. Only SIGKILL can end the process."
        return Finding(waits.SIGNAL, act, (inferred("signal(7)", rule),))
    if not sent:
        act = f"waits for a signal that ends it ({call}(2))"
        return Finding(waits.SIGNAL, act, wakers=(waits.BY_SIGNAL,))
    act = f"waits for {any_of(caught)} ({call}(2))"
    situation = waits.CHILD if edges else waits.SIGNAL
    return Finding(situation, act, edges=edges, wakers=wakers)


def _kept_signal(case: BlockedProcess, call: str, kept: list[Signal]) -> Finding:
    """Return the finding of a process that waits for a signal that has come, and blocks it."""
    act = f"waits for {any_of(kept)} ({call}(2)), which has come, but which it blocks"
    dead = [child.pid for child in children(case.process) if child.state == "Z"]
    if SIGCHLD in kept and dead:
        act = f"{act}: its {dead_words(dead)}"
    return Finding(waits.SIGNAL, act)


# Calls whose first argument is the number of an object.

_NUMBERED: Mapping[str, tuple[Situation, waits.Waker, str]] = {
    "msgrcv": (
        waits.MESSAGE_QUEUE,
        waits.BY_CLIENT,
        "for a message in the System V queue{} (msgrcv(2); ipcs -q lists all)",
    ),
    "msgsnd": (
        waits.MESSAGE_QUEUE,
        waits.BY_UNSEEN,
        "for room in the System V queue{} (msgsnd(2); ipcs -q lists all)",
    ),
    **dict.fromkeys(
        ("semop", "semtimedop"),
        (
            waits.SEMAPHORE_SET,
            waits.BY_UNSEEN,
            "at the System V semaphore set{} (semop(2); ipcs -s lists all)",
        ),
    ),
    "io_getevents": (
        waits.EVENT,
        waits.BY_OPERATION,
        "until an asynchronous operation completes (io_getevents(2))",
    ),
    "io_uring_enter": (
        waits.EVENT,
        waits.BY_OPERATION,
        "until an operation completes that was submitted to the io_uring at descriptor{} "
        "(io_uring_enter(2))",
    ),
}


def _at_number(case: BlockedProcess) -> Finding:
    situation, waker, words = _NUMBERED[case.call]
    number = "" if case.argument(0) is None else f" {case.integer(0)}"
    limit = _limit_by_number(case)
    return Finding(situation, f"waits {words.format(number)}", limit=limit, wakers=(waker,))


def _limit_by_number(case: BlockedProcess) -> float | None:
    """Return the time limit of such a call; None for no limit."""
    address = None
    if case.call == "semtimedop":
        address = case.argument(3)
    elif case.call == "io_getevents":
        address = case.argument(4)
    elif case.call == "io_uring_enter" and (case.argument(3) or 0) & _ENTER_EXT_ARG:
        # struct io_uring_getevents_arg
        raw = case.memory(case.argument(4), 24)
        address = int.from_bytes(raw[16:], sys.byteorder)
    return case.seconds(address)


# One of many descriptors.

_Polled = tuple[int, int]
"""A descriptor, and the poll(2) events that a process awaits there."""
_Watched = tuple[list[_Polled], float | None]
"""The polled descriptors, and the timeout in seconds; None for no timeout."""


def _by_poll(case: BlockedProcess) -> _Watched:
    count = min(case.argument(1) or 0, 1024)
    raw = case.memory(case.argument(0), 8 * count)
    entries = (struct.unpack_from("ihH", raw, 8 * at) for at in range(len(raw) // 8))
    watched: dict[int, int] = {}
    for number, events, _ in entries:
        if number >= 0:
            watched[number] = watched.get(number, 0) | events
    limit = case.limit(2) if case.call == "poll" else case.seconds(case.argument(2))
    return [*watched.items()], limit


def _by_select(case: BlockedProcess) -> _Watched:
    highest = min(case.argument(0) or 0, 1024)
    watched: dict[int, int] = {}
    for index, event in ((1, select.POLLIN), (2, select.POLLOUT), (3, select.POLLPRI)):
        raw = case.memory(case.argument(index), 8 * ((highest + 63) // 64))
        bits = int.from_bytes(raw, "little")
        for number in range(highest):
            if bits >> number & 1:
                watched[number] = watched.get(number, 0) | event
    limit = case.seconds(case.argument(4), 1e6 if case.call == "select" else 1e9)
    return [*watched.items()], limit


def _by_epoll(case: BlockedProcess) -> _Watched:
    is_precise = case.call == "epoll_pwait2"
    limit = case.seconds(case.argument(3)) if is_precise else case.limit(3)
    return _registered(case, case.integer(0)), limit


def _registered(case: BlockedProcess, epoll: int | None) -> list[_Polled]:
    """Return the descriptors registered with an epoll descriptor. See proc_pid_fdinfo(5)."""
    # tfd: NUMBER events: HEX data: HEX pos:N ino:HEX sdev:HEX
    lines = (value.split() for key, value in case.fdinfo(epoll) if key == "tfd")
    # The kernel lists them in no order that means anything.
    return sorted((int(number), int(events, 16)) for number, _, events, *_ in lines)


def _poll(watched_by: Callable[[BlockedProcess], _Watched], case: BlockedProcess) -> Finding:
    if not case.arguments:
        # Only the kernel function is visible.
        act = (
            "waits for one of several descriptors, a time or a signal; for which cannot be seen "
            f"({case.call}(2) or a call like it)"
        )
        return Finding(waits.POLL, act, wakers=(waits.BY_UNSEEN,))
    watched, limit = watched_by(case)
    finding = _one_of(case, watched, limit)
    return _of_sharers(case, finding) if watched_by is _by_epoll else finding


def _of_sharers(case: BlockedProcess, finding: Finding) -> Finding:
    """Add the processes that share the epoll instance, and may register more descriptors."""
    file = case.descriptor(case.integer(0))
    if file is None or finding.is_open:
        return finding
    known = {case.process, *finding.waits_for}
    sharers = [it.pid for it in holders_of_copies(case.process, file).seen if it.pid not in known]
    more = edges_to(sharers, "shares the epoll instance")
    return changed(finding, edges=(*finding.edges, *more), needs_all=()) if more else finding


def _one_of(case: BlockedProcess, watched: list[_Polled], limit: float | None) -> Finding:
    """Combine the findings at all polled descriptors."""
    call = f"{case.call}(2)"
    if not watched and limit is None:
        return _suspended(case)
    if not watched and limit is not None:
        return Finding(waits.TIMER, f"waits for {limit_words(limit)} ({call})", limit=limit)
    examined = watched[:_MOST_DESCRIPTORS]
    parts = [part for polled in examined for part in _parts(case, polled)]
    # A pipe that only the process itself holds serves its own threads and handlers.
    private = [it for it in parts if it.by_own_threads and it.holders and not it.edges]
    outer = [part for part in parts if part not in private]
    edges = tuple(dict.fromkeys(edge for part in parts for edge in part.edges))
    is_served = bool(private) or all(part.is_closed for part in parts)
    if is_served and SIGCHLD in caught_signals(case.seen):
        # A SIGCHLD handler ends the call, or writes to a private pipe, as in libuv.
        edges += edges_of_children(case)
    others = [*dict.fromkeys(other for part in outer for other in part.others)]
    wakers = [waker for part in outer for waker in part.all_wakers]
    if len(watched) > _MOST_DESCRIPTORS:
        others.append("one of its further descriptors")
        wakers.append(waits.BY_UNSEEN)
    limits = [part.limit for part in parts if part.limit is not None]
    limit = min([*limits, *([] if limit is None else [limit])], default=None)
    numbers = ", ".join(str(number) for number, _ in sorted(examined))
    act = f"waits for its descriptor{'s' if len(examined) > 1 else ''} {numbers} ({call})"
    if private and not outer:
        act = f"waits until a thread or handler of its own writes to its descriptor {numbers}"
        if limit is not None:
            act = f"waits for {limit_words(limit)} ({call})"
    rule = f"{call} returns when one of the descriptors is ready."
    statements = (inferred(call, rule), *(it for part in parts for it in part.proof))
    return Finding(
        situation=waits.TIMER if limit is not None and not outer else waits.POLL,
        act=act,
        proof=tuple(dict.fromkeys(statements)),
        edges=edges,
        needs_all=parts[0].needs_all if len(parts) == 1 else (),
        holders=tuple(dict.fromkeys(holder for part in parts for holder in part.holders)),
        not_permitted=tuple(dict.fromkeys(pid for part in parts for pid in part.not_permitted)),
        by_own_threads=any(part.by_own_threads for part in parts)
        and (case.seen.threads > 1 or not (edges or others or limits)),
        others=tuple(others),
        limit=limit,
        # A private pipe or socket only serves its threads and handlers, which wake the process.
        parts=tuple(dict.fromkeys(part.situation for part in outer))
        or ((waits.CHILD if edges else waits.IDLE_LOOP if limit is None else waits.TIMER),),
        ways_out=tuple(dict.fromkeys(way for part in parts for way in part.ways_out)),
        wakers=tuple(dict.fromkeys(wakers)),
        is_left_open=bool(outer) and all(part.is_left_open for part in outer),
    )


def _at_pidfd(case: BlockedProcess, number: int) -> Finding:
    pid = case.process_of(number)
    if pid is None:
        act = f"polls a pidfd as descriptor {number}"
        others = ("the end of a process",)
        return Finding(waits.POLL, act, others=others, wakers=(waits.BY_UNSEEN,))
    act = f"waits for the end of process {pid}, by a pidfd as descriptor {number}"
    edges = edges_to([pid] if pid > 0 else [], MUST_END, is_by_end=True)
    proof = (Statement(f"It {act}."),)
    return Finding(waits.CHILD if edges else waits.POLL, act, proof, edges)


def _parts(case: BlockedProcess, polled: _Polled, depth: int = 2) -> list[Finding]:
    """Return the findings at one polled descriptor; `depth` limits nested epoll descriptors."""
    number, events = polled
    file = case.descriptor(number)
    if file is None:
        act, others = f"polls descriptor {number}, which cannot be seen", (f"descriptor {number}",)
        return [Finding(waits.POLL, act, others=others, wakers=(waits.BY_UNSEEN,))]
    if file.target == "anon_inode:[pidfd]":
        return [_at_pidfd(case, number)]
    if file.target == "anon_inode:[eventpoll]":
        nested = _registered(case, number)[:_MOST_DESCRIPTORS] if depth else []
        return [part for inner in nested for part in _parts(case, inner, depth - 1)]
    if events & select.EPOLLONESHOT and not events & (_READABLE | _WRITABLE):
        act = f"polls {file_words(file)}, whose one event has come (EPOLLONESHOT)"
        # Another thread may handle that event, and ask for the next one.
        return [Finding(waits.IDLE_LOOP, act, by_own_threads=case.seen.threads > 1)]
    ways: tuple[Way, ...] = (IN,)
    if not (events & select.EPOLLET and events & _READABLE):
        # Otherwise registered for reading and writing, it was writable from the beginning. A read
        # end is never writable, and poll(2) does not report POLLOUT for it.
        asked: tuple[tuple[int, Way, str], ...] = (
            (_READABLE, IN, "write end"),
            (_WRITABLE, OUT, "read end"),
        )
        ways = tuple(way for mask, way, end in asked if events & mask and file.end != end)
    parts = [_part(case, file, way) for way in ways]
    if parts:
        return parts
    if file.kind == "pipe":
        # asyncio polls its write end of a child's input.
        return [until_closed(case, file)]
    name = file_words(file)
    waker = waits.BY_KERNEL if file.kind in ("file", "device") else waits.BY_UNSEEN
    act = f"polls {name}, for neither input nor room"
    return [Finding(waits.POLL, act, others=(f"an event at {name}",), wakers=(waker,))]


def _part(case: BlockedProcess, file: Descriptor, way: Way) -> Finding:
    part = waiting_at(case, file, way, is_polled=True)
    if part.edges or part.by_own_threads or part.others or part.limit is not None:
        return part
    name = file_words(file, socket_info(case.pid, file.inode) if file.kind == "socket" else None)
    event = f"{'input at' if way == IN else 'room in'} {name}"
    if part.situation == waits.CONNECTION:
        event = f"the next connection at {name}"
    return changed(part, others=(event,))


_READS = ("read", "readv", "pread64", "preadv", "preadv2", "recvfrom", "recvmsg", "recvmmsg")
_WRITES = ("write", "writev", "pwrite64", "pwritev", "pwritev2", "sendto", "sendmsg", "sendmmsg")
CALLS: Mapping[str, Callable[[BlockedProcess], Finding | None]] = {
    **dict.fromkeys(_READS, partial(_at, IN, 0)),
    **dict.fromkeys((*_WRITES, "vmsplice"), partial(_at, OUT, 0)),
    "splice": partial(_transfer, 0, 2),
    "tee": partial(_transfer, 0, 1),
    "sendfile": partial(_transfer, 1, 0),
    "ioctl": _ioctl,
    "mq_timedreceive": partial(_queue, IN),
    "mq_timedsend": partial(_queue, OUT),
    "open": partial(_open, 0, None, 1),
    "openat": partial(_open, 1, 0, 2),
    **dict.fromkeys(("accept", "accept4"), _accept),
    "connect": _connect,
    **dict.fromkeys(("nanosleep", "clock_nanosleep"), _sleep),
    "rt_sigtimedwait": _sigwait,
    **dict.fromkeys(("pause", "rt_sigsuspend"), _suspended),
    **dict.fromkeys(("poll", "ppoll"), partial(_poll, _by_poll)),
    **dict.fromkeys(("select", "pselect6"), partial(_poll, _by_select)),
    **dict.fromkeys(("epoll_wait", "epoll_pwait", "epoll_pwait2"), partial(_poll, _by_epoll)),
    **dict.fromkeys(_NUMBERED, _at_number),
    **dict.fromkeys(("flock", "fcntl"), file_locks.find),
    **dict.fromkeys(("futex", "futex_waitv"), memory_waits.find),
    **dict.fromkeys(("wait4", "waitid"), process_waits.find),
    **dict.fromkeys(("vfork", "clone", "clone3"), process_waits.find_vfork),
}
