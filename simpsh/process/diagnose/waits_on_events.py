"""Waits for whichever event comes first: time, a signal, one of many descriptors."""

from __future__ import annotations

import struct
import time
from contextlib import suppress

from simpsh.base import waits
from simpsh.base.phrases import listed
from simpsh.base.record import changed
from simpsh.base.signal_names import SIGCHLD, Signal
from simpsh.process.diagnose.blocked_process import (
    OF_FAULTS,
    SEEN,
    BlockedProcess,
    Finding,
    Statement,
    alternatives,
    by_handlers,
    caught_signals,
    edges_to,
    file_words,
    inferred,
    numbered,
    seconds_words,
    shown,
)
from simpsh.process.diagnose.waits_on_files import (
    edges_of_children,
    lost_signal,
    signal_wakers,
    socket_words,
    waiting_at,
)
from simpsh.process.proc import signals_in

_POLLIN, _POLLPRI, _POLLOUT = 1, 2, 4
# These include POLLRDNORM and POLLWRNORM.
_READABLE, _WRITABLE = _POLLIN | 0x40, _POLLOUT | 0x100
_EPOLLET, _EPOLLONESHOT = 1 << 31, 1 << 30
_WHEN_NEW = (
    "It becomes ready when more comes or the other end is closed; what is left does not count."
)
_TIMER_ABSTIME = 1
_MOST_DESCRIPTORS = 16

_SEMAPHORES = waits.SEMAPHORE_SET, "at the System V semaphore set{} (semop(2); ipcs -s lists all)"
_BY_NUMBER = {
    "msgrcv": (
        waits.MESSAGE_QUEUE,
        "for a message in the System V queue{} (msgrcv(2); ipcs -q lists all)",
    ),
    "msgsnd": (
        waits.MESSAGE_QUEUE,
        "for room in the System V queue{} (msgsnd(2); ipcs -q lists all)",
    ),
    "semop": _SEMAPHORES,
    "semtimedop": _SEMAPHORES,
    "io_getevents": (
        waits.EVENT,
        "until an asynchronous operation completes (io_getevents(2)); /proc does not show which",
    ),
    "io_uring_enter": (
        waits.EVENT,
        "until an operation completes that was submitted to the io_uring at descriptor{} "
        "(io_uring_enter(2)); /proc does not show which",
    ),
}
"""By call: the situation, and the object, which names the call's first argument."""


def find(case: BlockedProcess) -> Finding | None:
    """Find out which event a process waits for; None if its call is of another kind."""
    if case.call in ("nanosleep", "clock_nanosleep"):
        address = case.argument(0 if case.call == "nanosleep" else 2)
        seconds = case.seconds(address)
        brief = "sleeps until a time that it has set"
        is_absolute = case.call == "clock_nanosleep" and (case.argument(1) or 0) & _TIMER_ABSTIME
        if seconds is not None and is_absolute:
            with suppress(OSError):
                seconds = max(0.0, seconds - time.clock_gettime(case.integer(0) or 0))
                brief = f"sleeps for another {seconds:.1f} s"
        elif seconds is not None:
            brief = f"sleeps for {seconds:g} s, counted from when it began"
        rule = "It continues when the time is over, or at a signal it catches."
        return Finding(waits.TIMER, brief, (inferred("nanosleep(2)", rule),), limit=seconds)
    if case.call == "rt_sigtimedwait":
        wanted = signals_in(case.memory(case.argument(0), 8)[::-1].hex() or "0")
        limit = case.seconds(case.argument(2))
        return _by_signals(case, wanted, "sigtimedwait(2)", limit)
    if case.call in ("pause", "rt_sigsuspend"):
        return _by_handlers(case, f"{case.call.removeprefix('rt_')}(2)")
    if case.call in _POLLS:
        if not case.arguments:
            # Only the kernel function is visible.
            brief = "waits for one of several descriptors, a time or a signal; for which cannot be"
            brief += f" seen ({case.call}(2) or a call like it)"
            return Finding(waits.POLL, brief, wakers=(waits.BY_UNSEEN,))
        return _one_of(case, *_POLLS[case.call](case))
    if case.call in _BY_NUMBER:
        situation, words = _BY_NUMBER[case.call]
        number = "" if case.argument(0) is None else f" {case.integer(0)}"
        limit = case.seconds(case.argument(3)) if case.call == "semtimedop" else None
        waker = waits.BY_CLIENT if case.call == "msgrcv" else waits.BY_UNSEEN
        return Finding(situation, f"waits {words.format(number)}", limit=limit, wakers=(waker,))
    return None


def _by_signals(
    case: BlockedProcess, wanted: tuple[Signal, ...], page: str, limit: float | None
) -> Finding:
    """Find out which event sends one of these signals, which the call itself accepts."""
    edges = edges_of_children(case) if SIGCHLD in wanted else ()
    wakers = signal_wakers(case, wanted, edges) if case.arguments else (waits.BY_SIGNAL,)
    if SIGCHLD in wanted and not wakers and limit is None:
        lost = lost_signal(case, edges, page)
        if lost is not None:
            return lost
    names = [signal.name for signal in wanted if signal != SIGCHLD or not edges]
    others: tuple[str, ...] = (f"{listed(shown(names), 'or') or 'a signal'} ({page})",)
    if edges and not names:
        others = ()
    return Finding(
        situation=waits.CHILD if edges and not others else waits.SIGNAL,
        brief=f"waits {alternatives(edges, case.words_for, others, limit)}",
        edges=edges,
        others=others if edges else (),
        limit=limit,
        is_closed=bool(edges) and not others and limit is None,
        wakers=wakers,
    )


def _by_handlers(case: BlockedProcess, page: str) -> Finding:
    """Find out which event ends a call that lasts until a handler has run."""
    caught, seen = caught_signals(case.seen), case.seen
    edges = edges_of_children(case) if SIGCHLD in caught else ()
    sent = [signal for signal in caught if signal not in OF_FAULTS]
    wakers = signal_wakers(case, sent, edges)
    if SIGCHLD in caught and not wakers:
        lost = lost_signal(case, edges, page)
        if lost is not None:
            return lost
    kept = [it for it in seen.pending if it in seen.blocked and it in seen.caught]
    if not sent:
        # A signal that ends the process, or a blocked one that has come and that it has a handler
        # for.
        wakers = () if kept else (waits.BY_SIGNAL,)
    names = listed(shown([signal.name for signal in caught]), "or")
    return Finding(
        situation=waits.CHILD if edges else waits.SIGNAL,
        brief=f"waits {alternatives(edges, case.words_for)} ({page})"
        if edges
        else f"waits for {names or 'a signal that ends it'} ({page})",
        edges=edges,
        # of_handlers() covers the other handlers, which may end any wait.
        is_closed=bool(edges) and not wakers,
        wakers=wakers,
    )


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
    for index, event in ((1, _POLLIN), (2, _POLLOUT), (3, _POLLPRI)):
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
    return [(int(number), int(events, 16)) for number, _, events, *_ in lines]


_POLLS = {
    **dict.fromkeys(("poll", "ppoll"), _by_poll),
    **dict.fromkeys(("select", "pselect6"), _by_select),
    **dict.fromkeys(("epoll_wait", "epoll_pwait", "epoll_pwait2"), _by_epoll),
}


def _one_of(case: BlockedProcess, watched: list[_Polled], limit: float | None) -> Finding:
    """Combine the findings at all polled descriptors."""
    if not watched:
        if limit is None:
            return _by_handlers(case, f"{case.call}(2)")
        brief = f"waits for {seconds_words(limit)} ({case.call}(2))"
        return Finding(waits.TIMER, brief, limit=limit)
    examined = watched[:_MOST_DESCRIPTORS]
    parts = [part for polled in examined for part in _parts(case, polled)]
    named = numbered("descriptor", sorted(number for number, _ in examined))
    more = len(watched) - _MOST_DESCRIPTORS
    which = f"{'one of ' if len(watched) > 1 else ''}its {named}"
    which += f" and {more} more" if more > 0 else ""
    end = "without a time limit" if limit is None else f"or after {seconds_words(limit)}"
    rule = f"{case.call}(2) returns when {which} is ready, {end}."
    details = [inferred(f"{case.call}(2)", rule)]
    for part in parts:
        details.append(Statement(f"It {part.brief}.", part.evidence.words))
        details += [statement for statement in part.details if statement not in details]
    # A pipe that only the process itself holds serves its own threads and handlers.
    private = [part for part in parts if part.by_own_threads and not part.edges]
    outer = [part for part in parts if part not in private]
    edges = tuple(dict.fromkeys(edge for part in parts for edge in part.edges))
    is_closed = all(part.is_closed for part in outer or parts)
    if SIGCHLD in (case.seen.caught if private else caught_signals(case.seen) if is_closed else ()):
        # A SIGCHLD handler ends the call, or writes to a private pipe, as in libuv.
        edges += edges_of_children(case)
    others = [*dict.fromkeys(other for part in outer for other in part.others)]
    others += ["one of its further descriptors"] if more > 0 else []
    limits = [part.limit for part in parts if part.limit is not None]
    limit = min([*limits, *([] if limit is None else [limit])], default=None)
    wakers = [waker for part in outer for waker in part.all_wakers]
    if more > 0:
        wakers.append(waits.BY_UNSEEN)
    if private:
        wakers += by_handlers(case.seen)
    waited = alternatives(edges, case.words_for, others, limit)
    if private and not waited:
        waited = f"until a thread or handler of its own writes to {which}"
    return Finding(
        situation=waits.POLL,
        brief=f"waits {waited or f'for {which}, {end}'}",
        details=tuple(details),
        edges=edges,
        holders=tuple(dict.fromkeys(holder for part in parts for holder in part.holders)),
        not_permitted=tuple(dict.fromkeys(pid for part in parts for pid in part.not_permitted)),
        is_closed=limit is None and more <= 0 and is_closed,
        by_own_threads=any(part.by_own_threads for part in parts)
        and (case.seen.threads > 1 or not (edges or others or limits)),
        others=tuple(others),
        limit=limit,
        # A private pipe or socket only serves its threads and handlers, which wake the process.
        parts=tuple(dict.fromkeys(part.situation for part in outer))
        or ((waits.CHILD if edges else waits.IDLE_LOOP if limit is None else waits.TIMER),),
        ways_out=tuple(dict.fromkeys(way for part in parts for way in part.ways_out)),
        wakers=tuple(dict.fromkeys(wakers)),
        is_left_open=all(part.is_left_open for part in outer) if outer else False,
    )


def _parts(case: BlockedProcess, polled: _Polled, depth: int = 2) -> list[Finding]:
    """Return the findings at one polled descriptor; `depth` limits nested epoll descriptors."""
    number, events = polled
    file = case.descriptor(number)
    if file is None:
        brief = f"polls descriptor {number}, which cannot be seen"
        others = (f"its descriptor {number}",)
        return [Finding(waits.POLL, brief, others=others, wakers=(waits.BY_UNSEEN,))]
    beginning = f"polls {file_words(file)} as descriptor {number}"
    if file.target == "anon_inode:[pidfd]":
        pid = case.process_of(number)
        if pid is None:
            brief = f"polls a pidfd as descriptor {number}"
            others = ("the end of a process",)
            return [Finding(waits.POLL, brief, others=others, wakers=(waits.BY_UNSEEN,))]
        brief = f"waits for the end of process {pid}, by a pidfd as descriptor {number}"
        if pid <= 0:
            return [Finding(waits.POLL, brief)]
        edges = edges_to([pid], "must end first", is_by_end=True)
        return [Finding(waits.CHILD, brief, (), edges, is_closed=True)]
    if file.target == "anon_inode:[eventpoll]":
        nested = _registered(case, number)[:_MOST_DESCRIPTORS] if depth else []
        return [part for inner in nested for part in _parts(case, inner, depth - 1)]
    if events & _EPOLLONESHOT and not events & (_READABLE | _WRITABLE):
        return [Finding(waits.POLL, f"{beginning}, whose one event has come (EPOLLONESHOT)")]
    if events & _EPOLLET and events & _READABLE:
        # Registered for reading and writing; it was writable from the beginning.
        part = waiting_at(case, file, is_reader=True, is_polled=True)
        seen = [statement for statement in part.details if statement.evidence == SEEN]
        part = changed(
            part,
            brief=f"{part.brief}, for what is new there only",
            details=(inferred("epoll(7)", _WHEN_NEW), *seen),
        )
        if not (part.edges or part.by_own_threads or part.others) and part.limit is None:
            part = changed(part, others=(f"what is new at {file_words(file)}",))
        return [part]
    parts = []
    for mask, is_reader, end in ((_READABLE, True, "write end"), (_WRITABLE, False, "read end")):
        # A read end is never writable, and poll(2) does not report POLLOUT for it.
        if events & mask and file.end != end:
            part = waiting_at(case, file, is_reader=is_reader, is_polled=True)
            if part.situation == waits.CONNECTION and not is_reader:
                continue
            if not (part.edges or part.by_own_threads or part.others) and part.limit is None:
                is_server = part.situation == waits.CONNECTION
                awaited = "the next connection" if is_server else "input"
                awaited = f"{awaited} at" if is_reader else "room in"
                part = changed(part, others=(f"{awaited} {socket_words(case, file)}",))
            parts.append(part)
    other = "neither input nor room: urgent data, an error or the other end's closing"
    brief, others = f"{beginning}, for {other}", (f"an event at {file_words(file)}",)
    is_of_kernel = file.kind in ("file", "device")
    waker = waits.BY_KERNEL if is_of_kernel else waits.BY_UNSEEN
    return parts or [Finding(waits.POLL, brief, others=others, wakers=(waker,))]
