"""For each system call: what a process in it waits for."""

from __future__ import annotations

import os
import select
import stat
import struct
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

from simpsh.base import waits
from simpsh.base.record import changed
from simpsh.base.signal_names import SIGCHLD
from simpsh.base.targets import File
from simpsh.base.waits import Situation
from simpsh.diagnosis import file_locks, memory_waits, process_waits, signal_waits
from simpsh.diagnosis.blocked_process import BlockedProcess, fits_one
from simpsh.diagnosis.finding import MUST_END, Finding, Statement, edges_to, inferred, limit_words
from simpsh.diagnosis.objects import (
    IN,
    OUT,
    file_words,
    until_closed,
    waiting_at,
    with_limit_of_socket,
)
from simpsh.process.file_holders import holders_of_copies
from simpsh.process.open_files import Descriptor
from simpsh.process.socket_table import socket_info

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.diagnosis.objects import Way

_READABLE = select.POLLIN | select.POLLRDNORM
_WRITABLE = select.POLLOUT | select.POLLWRNORM
_TIMER_ABSTIME = 1
_MOST_DESCRIPTORS = 16


def find(case: BlockedProcess) -> Finding | None:
    """Find out what a process waits for, from its call; None for a call that is not known."""
    finder = CALLS.get(case.call)
    return _held(case) or (finder(case) if finder is not None else None)


# Calls that the kernel holds until another process has acted. /proc does not show to which call
# such a process belongs, so whether the call is stuck is not known.

_SERVER = "the server of the file system answers (fuse(4))"
_FREEZER = "its control group is thawed (cgroups(7))"
_HOLDS: Mapping[str, str] = {
    "seccomp": "a supervisor answers the call (seccomp_unotify(2))",
    "handle_userfault": "a process fills a page of its memory (userfaultfd(2))",
    "break_lease": "the holder of a lease on the file gives it up (F_SETLEASE in fcntl(2))",
    "fanotify": "a listener permits the access (fanotify(7))",
    "zap_pid_ns": "each process of its PID namespace is collected (pid_namespaces(7))",
    **dict.fromkeys(("fuse", "request_wait_answer"), _SERVER),
    **dict.fromkeys(("get_signal", "freezer_trap", "refrigerator"), _FREEZER),
}
"""By a part of the name of the kernel function that sleeps: what ends it, after “until”."""
_OF_SERVERS = ("fuse_dev", "seccomp_notify_ioctl", "seccomp_notify_recv", "fanotify_read")
"""The server of a FUSE file system, a supervisor and a listener sleep there until a request."""


def function_statements(wchan: str) -> tuple[Statement, ...]:
    """Return the statement that names the kernel function in which a process sleeps."""
    return (Statement(f"The kernel function it sleeps in is {wchan}."),) if wchan else ()


def _held(case: BlockedProcess) -> Finding | None:
    """Find out what must release the call; None if the call waits by itself."""
    wchan = case.seen.wchan
    until = next((_HOLDS[part] for part in _HOLDS if part in wchan), "")
    if not until or wchan.startswith(_OF_SERVERS):
        return None
    where = f" in {case.call}(2)" if case.call else ""
    return Finding(
        waits.HELD_CALL,
        f"is held{where} until {until}",
        function_statements(wchan),
        wakers=(waits.BY_UNSEEN,),
    )


# Reading, writing, opening, sleeping.


def _at(way: Way, index: int, case: BlockedProcess) -> Finding:
    return waiting_at(case, case.descriptor(case.integer(index)), way)


def _transfer(source: int, target: int, case: BlockedProcess) -> Finding:
    """Find out at which side a call waits that reads from one descriptor and writes to another."""
    is_reader = "writable" not in case.seen.wchan and "send" not in case.seen.wchan
    return _at(IN, source, case) if is_reader else _at(OUT, target, case)


def _connect(case: BlockedProcess) -> Finding:
    file = case.descriptor(case.integer(0))
    name = file_words(file) if file is not None else "a socket that cannot be seen"
    act = f"connects {name}, and the other side has not answered yet"
    finding = Finding(waits.SOCKET, act, wakers=(waits.BY_UNSEEN,))
    return finding if file is None else with_limit_of_socket(case, file, finding, OUT)


def _open(path: int, directory: int | None, flags: int, case: BlockedProcess) -> Finding:
    name, file = case.named_file(path, directory)
    wchan, is_at_partner = case.seen.wchan, "partner" in case.seen.wchan
    is_fifo = file is not None and stat.S_ISFIFO(file.st_mode) and fits_one(("fifo",), wchan)
    # The path may lead us to another file, as below /proc/self; the kernel function is reliable.
    if not (is_fifo or is_at_partner):
        act = f"opens {name or 'a file'}, and open(2) has not returned yet"
        return Finding(waits.OPEN, act, function_statements(wchan))
    is_reader = (case.argument(flags) or 0) & os.O_ACCMODE == os.O_RDONLY
    mine, missing = ("reading", "writing") if is_reader else ("writing", "reading")
    rule = f"open(2) returns when another process opens it for {missing}."
    return Finding(
        waits.NO_WRITER if is_reader else waits.NO_READER,
        f"opens the FIFO {name} for {mine}, and no process has opened it for {missing}",
        (inferred("fifo(7)", rule),),
        target=File(name, "fifo") if name else None,
    )


def _sleep(case: BlockedProcess) -> Finding:
    is_old = case.call == "nanosleep"
    seconds = case.seconds(case.argument(0 if is_old else 2))
    act = "sleeps until a time that it has set"
    if seconds is not None:
        act = f"sleeps for {seconds:g} s"
        if not is_old and (case.argument(1) or 0) & _TIMER_ABSTIME:
            with suppress(OSError):
                seconds = max(0.0, seconds - time.clock_gettime(case.integer(0) or 0))
            act = f"sleeps for another {seconds:.1f} s"
    rule = "It continues so long after it began, or at a signal it catches."
    return Finding(waits.TIMER, act, (inferred("nanosleep(2)", rule),), limit=seconds)


def _other(situation: Situation, waker: waits.Waker, words: str, case: BlockedProcess) -> Finding:
    """Return the wait of a call that names no process: /proc shows no more of it."""
    return Finding(situation, f"waits {words} ({case.call}(2))", wakers=(waker,))


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
        # Only the kernel function is visible, which other calls have in common.
        act = f"waits for descriptors, a time or a signal, which cannot be seen ({case.call}(2))"
        return Finding(waits.POLL, act, wakers=(waits.BY_UNSEEN,))
    finding = _one_of(case, *watched_by(case))
    file = case.descriptor(case.integer(0)) if watched_by is _by_epoll else None
    if file is None or finding.is_open or len(holders_of_copies(case.process, file).seen) < 2:
        return finding
    # A process that shares the epoll instance may register more descriptors.
    return changed(finding, wakers=(*finding.wakers, waits.BY_UNSEEN))


def _one_of(case: BlockedProcess, watched: list[_Polled], limit: float | None) -> Finding:
    """Combine the findings at all polled descriptors."""
    call = f"{case.call}(2)"
    if not watched and limit is None:
        return signal_waits.suspended(case)
    if not watched and limit is not None:
        return Finding(waits.TIMER, f"waits for {limit_words(limit)} ({call})", limit=limit)
    examined = watched[:_MOST_DESCRIPTORS]
    parts = [part for polled in examined for part in _parts(case, polled)]
    # A pipe that only the process itself holds serves its own threads and handlers.
    private = [it for it in parts if it.by_own_threads and it.holders and not it.edges]
    outer = [part for part in parts if part not in private]
    edges = tuple(dict.fromkeys(edge for part in parts for edge in part.edges))
    is_served = bool(private) or all(part.is_closed for part in parts)
    if is_served and SIGCHLD in signal_waits.caught_signals(case.seen):
        # A SIGCHLD handler ends the call, or writes to a private pipe, as in libuv.
        edges += signal_waits.edges_of_children(case)
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
        act = f"polls its own descriptor {numbers}"
        if limit is not None:
            act = f"waits for {limit_words(limit)} ({call})"
    rule = f"{call} returns when one of the descriptors is ready."
    statements = (inferred(call, rule), *(it for part in parts for it in part.proof))
    return Finding(
        situation=waits.TIMER if limit is not None and not outer else waits.POLL,
        act=act,
        proof=tuple(dict.fromkeys(statements)),
        edges=edges,
        needs_all=any(part.needs_all for part in parts),
        holders=tuple(dict.fromkeys(holder for part in parts for holder in part.holders)),
        not_permitted=tuple(dict.fromkeys(pid for part in parts for pid in part.not_permitted)),
        by_own_threads=any(part.by_own_threads for part in parts)
        and (case.seen.threads > 1 or not (edges or others or limits)),
        others=tuple(others),
        limit=limit,
        # A private pipe or socket only serves its threads and handlers, which wake the process.
        parts=tuple(dict.fromkeys(part.situation for part in outer))
        or ((waits.CHILD if edges else waits.IDLE_LOOP if limit is None else waits.TIMER),),
        wakers=tuple(dict.fromkeys(wakers)),
        is_left_open=bool(outer) and all(part.is_left_open for part in outer),
    )


def _at_pidfd(case: BlockedProcess, number: int) -> Finding:
    act, pid = f"polls a pidfd as descriptor {number}", case.process_of(number) or -1
    if pid < 0:
        others = ("the end of a process",)
        return Finding(waits.POLL, act, others=others, wakers=(waits.BY_UNSEEN,))
    proof = (Statement(f"It waits for the end of process {pid} by the pidfd {number}."),)
    return Finding(waits.CHILD, act, proof, edges_to([pid], MUST_END, is_by_end=True))


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
    if file.kind == "pipe" and not events & select.EPOLLONESHOT:
        # asyncio polls its write end of a child's input. After EPOLLONESHOT nothing is reported.
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
_IPCS = "of System V IPC, see ipcs"
CALLS: Mapping[str, Callable[[BlockedProcess], Finding | None]] = {
    **dict.fromkeys(_READS, partial(_at, IN, 0)),
    **dict.fromkeys((*_WRITES, "vmsplice"), partial(_at, OUT, 0)),
    "splice": partial(_transfer, 0, 2),
    "tee": partial(_transfer, 0, 1),
    "sendfile": partial(_transfer, 1, 0),
    "open": partial(_open, 0, None, 1),
    "openat": partial(_open, 1, 0, 2),
    **dict.fromkeys(("accept", "accept4"), partial(_at, IN, 0)),
    "connect": _connect,
    **dict.fromkeys(("nanosleep", "clock_nanosleep"), _sleep),
    "rt_sigtimedwait": signal_waits.sigwait,
    **dict.fromkeys(("pause", "rt_sigsuspend"), signal_waits.suspended),
    **dict.fromkeys(("poll", "ppoll"), partial(_poll, _by_poll)),
    **dict.fromkeys(("select", "pselect6"), partial(_poll, _by_select)),
    **dict.fromkeys(("epoll_wait", "epoll_pwait", "epoll_pwait2"), partial(_poll, _by_epoll)),
    "msgrcv": partial(_other, waits.MESSAGE_QUEUE, waits.BY_CLIENT, f"for a message {_IPCS}"),
    "mq_timedreceive": partial(_other, waits.MESSAGE_QUEUE, waits.BY_UNSEEN, "for a message"),
    **dict.fromkeys(
        ("mq_timedsend", "msgsnd"),
        partial(_other, waits.MESSAGE_QUEUE, waits.BY_UNSEEN, "for room in a message queue"),
    ),
    **dict.fromkeys(
        ("semop", "semtimedop"),
        partial(_other, waits.SEMAPHORE_SET, waits.BY_UNSEEN, f"at a semaphore {_IPCS}"),
    ),
    **dict.fromkeys(
        ("io_getevents", "io_uring_enter"),
        partial(_other, waits.EVENT, waits.BY_OPERATION, "until an operation completes"),
    ),
    **dict.fromkeys(("flock", "fcntl"), file_locks.find),
    "futex": memory_waits.find,
    **dict.fromkeys(("wait4", "waitid"), process_waits.find),
    **dict.fromkeys(("vfork", "clone", "clone3"), process_waits.find_vfork),
}
