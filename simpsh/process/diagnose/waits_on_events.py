"""Waits for whichever event comes first: time, a signal, one of many descriptors."""

from __future__ import annotations

import select
import struct
import sys
import time
from contextlib import suppress

from simpsh.base import waits
from simpsh.base.record import changed
from simpsh.base.signal_names import SIGCHLD, Signal
from simpsh.kernel.semaphore_sets import semaphore_state
from simpsh.process import proc
from simpsh.process.diagnose.blocked_process import (
    OF_FAULTS,
    BlockedProcess,
    Finding,
    caught_signals,
    edges_to,
    inner_wakers,
    takes_a_signal,
)
from simpsh.process.diagnose.facts import (
    Aside,
    AtFile,
    AtNumber,
    AwaitsEnd,
    Deed,
    Does,
    Elsewhere,
    ElsewhereKind,
    EventAt,
    Fact,
    ForNew,
    Gap,
    InputAt,
    Law,
    Limited,
    NewAt,
    NextConnection,
    Other,
    OwnDescriptor,
    Part,
    PollReturns,
    PollsAll,
    PollsHidden,
    PollSleeps,
    PollsPidfd,
    PollsPrivate,
    PollsUnseen,
    Proof,
    RoomIn,
    Rule,
    SemaphoreAt,
    SignalsBy,
    Sleeps,
    TakesNoSignal,
    Thing,
    ThingKind,
    WaitsForAny,
    WaitsForSignals,
    Watched,
)
from simpsh.process.diagnose.verdict import is_open
from simpsh.process.diagnose.waits_on_files import (
    edges_of_children,
    info_of,
    lost_signal,
    signal_wakers,
    until_closed,
    waiting_at,
)
from simpsh.process.file_holders import holders_of_copies
from simpsh.process.proc import signals_in

_READABLE = select.POLLIN | select.POLLRDNORM
_WRITABLE = select.POLLOUT | select.POLLWRNORM
_TIMER_ABSTIME = 1
_MOST_DESCRIPTORS = 16

_BY_NUMBER = {
    "msgrcv": (waits.MESSAGE_QUEUE, waits.BY_CLIENT),
    "msgsnd": (waits.MESSAGE_QUEUE, waits.BY_UNSEEN),
    **dict.fromkeys(("semop", "semtimedop"), (waits.SEMAPHORE_SET, waits.BY_UNSEEN)),
    **dict.fromkeys(("io_getevents", "io_uring_enter"), (waits.EVENT, waits.BY_OPERATION)),
}
"""By call: the situation, and what ends it. Its first argument is the number of its object."""
_ENTER_EXT_ARG = 1 << 3


def find(case: BlockedProcess) -> Finding | None:
    """Find out which event a process waits for; None if its call is of another kind."""
    if case.call in ("nanosleep", "clock_nanosleep"):
        address = case.argument(0 if case.call == "nanosleep" else 2)
        seconds = case.seconds(address)
        is_absolute = case.call == "clock_nanosleep" and (case.argument(1) or 0) & _TIMER_ABSTIME
        act = Sleeps(seconds)
        if seconds is not None and is_absolute:
            act = Sleeps(None)
            with suppress(OSError):
                seconds = max(0.0, seconds - time.clock_gettime(case.integer(0) or 0))
                act = Sleeps(seconds, is_left=True)
        return Finding(waits.TIMER, act, (Law.SLEEP_OVER,), limit=seconds)
    if case.call == "rt_sigtimedwait":
        wanted = signals_in(case.memory(case.argument(0), 8)[::-1].hex() or "0")
        limit = case.seconds(case.argument(2))
        return _by_signals(case, wanted, "sigtimedwait", limit)
    if case.call in ("pause", "rt_sigsuspend"):
        return _by_handlers(case, case.call.removeprefix("rt_"))
    if case.call in _POLLS:
        if not case.arguments:
            # Only the kernel function is visible.
            return Finding(waits.POLL, PollsUnseen(case.call), wakers=(waits.BY_UNSEEN,))
        finding = _one_of(case, *_POLLS[case.call](case))
        return _of_sharers(case, finding) if _POLLS[case.call] is _by_epoll else finding
    if case.call in _BY_NUMBER:
        number = None if case.argument(0) is None else case.integer(0)
        situation, waker = _BY_NUMBER[case.call]
        at, limit = AtNumber(case.call, number), _limit_by_number(case)
        return Finding(
            situation=situation,
            act=at if limit is None else Limited(at, limit),
            proof=_semaphore(case) if situation == waits.SEMAPHORE_SET else (),
            limit=limit,
            wakers=(waker,),
        )
    return None


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


def _semaphore(case: BlockedProcess) -> tuple[SemaphoreAt, ...]:
    """Return the state of the semaphore that an operation waits for, if we can see it."""
    identifier = case.integer(0)
    if identifier is None or proc.link(case.pid, "ns/ipc") != proc.link("self", "ns/ipc"):
        return ()
    raw = case.memory(case.argument(1), struct.calcsize("Hhh") * (case.argument(2) or 0))
    for number, change, _ in struct.iter_unpack("Hhh", raw):
        with suppress(OSError):
            state = semaphore_state(identifier, number)
            if state.value + change < 0 or (not change and state.value):
                has_ended = proc.state(state.last_pid) in ("", "Z", "X")
                return (SemaphoreAt(number, state.value, state.last_pid, has_ended),)
    return ()


def _by_signals(
    case: BlockedProcess, wanted: tuple[Signal, ...], call: str, limit: float | None
) -> Finding:
    """Find out which event sends one of these signals, which the call itself accepts."""
    edges = edges_of_children(case) if SIGCHLD in wanted else ()
    wakers = signal_wakers(case, wanted, edges) if case.arguments else (waits.BY_SIGNAL,)
    if SIGCHLD in wanted and not wakers and limit is None:
        lost = lost_signal(case, edges, call)
        if lost is not None:
            return lost
    taken = tuple(signal for signal in wanted if signal != SIGCHLD or not edges)
    others = () if edges and not taken else (SignalsBy(taken, call),)
    return Finding(
        situation=waits.CHILD if edges and not others else waits.SIGNAL,
        act=WaitsForAny(edges, others, limit),
        edges=edges,
        others=others if edges else (),
        limit=limit,
        is_closed=bool(edges) and not others and limit is None,
        wakers=wakers,
    )


def _by_handlers(case: BlockedProcess, call: str) -> Finding:
    """Find out which event ends a call that lasts until a handler has run."""
    caught, seen = caught_signals(case.seen), case.seen
    edges = edges_of_children(case) if SIGCHLD in caught else ()
    sent = [signal for signal in caught if signal not in OF_FAULTS]
    wakers = signal_wakers(case, sent, edges)
    if SIGCHLD in caught and not wakers:
        lost = lost_signal(case, edges, call)
        if lost is not None:
            return lost
    kept = [it for it in seen.pending if it in seen.blocked and it in seen.caught]
    if not sent:
        if not takes_a_signal(seen):
            return Finding(waits.SIGNAL, TakesNoSignal(call), (Law.UNTIL_HANDLED,))
        # A signal that ends the process, or a blocked one that has come and that it has a handler
        # for.
        wakers = () if kept else (waits.BY_SIGNAL,)
    return Finding(
        situation=waits.CHILD if edges else waits.SIGNAL,
        act=WaitsForAny(edges, call=call) if edges else WaitsForSignals(caught, call),
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


def _of_sharers(case: BlockedProcess, finding: Finding) -> Finding:
    """Add the processes that share the epoll instance, and may register more descriptors."""
    file = case.descriptor(case.integer(0))
    if file is None or is_open(finding):
        return finding
    known = {case.process, *finding.waits_for}
    sharers = [it.pid for it in holders_of_copies(case.process, file).seen if it.pid not in known]
    more = edges_to(sharers, Deed.SHARES, Thing(ThingKind.EPOLL))
    if not more:
        return finding
    edges = (*finding.edges, *more)
    act = WaitsForAny(edges, finding.others, finding.limit)
    return changed(finding, act=act, edges=edges, needs_all=())


def _registered(case: BlockedProcess, epoll: int | None) -> list[_Polled]:
    """Return the descriptors registered with an epoll descriptor. See proc_pid_fdinfo(5)."""
    # tfd: NUMBER events: HEX data: HEX pos:N ino:HEX sdev:HEX
    lines = (value.split() for key, value in case.fdinfo(epoll) if key == "tfd")
    # The kernel lists them in no order that means anything.
    return sorted((int(number), int(events, 16)) for number, _, events, *_ in lines)


_POLLS = {
    **dict.fromkeys(("poll", "ppoll"), _by_poll),
    **dict.fromkeys(("select", "pselect6"), _by_select),
    **dict.fromkeys(("epoll_wait", "epoll_pwait", "epoll_pwait2"), _by_epoll),
}


def _one_of(case: BlockedProcess, watched: list[_Polled], limit: float | None) -> Finding:
    """Combine the findings at all polled descriptors."""
    if not watched:
        if limit is None:
            return _by_handlers(case, case.call)
        return Finding(waits.TIMER, PollSleeps(limit, case.call), limit=limit)
    examined = watched[:_MOST_DESCRIPTORS]
    parts = [part for polled in examined for part in _parts(case, polled)]
    more = max(0, len(watched) - _MOST_DESCRIPTORS)
    polled = Watched(tuple(sorted(number for number, _ in examined)), more, limit, case.call)
    proof: list[Proof] = [PollReturns(polled)]
    for part in parts:
        proof.append(Part(part.act, part.evidence))
        proof += [fact for fact in part.proof if fact not in proof]
    # A pipe that only the process itself holds serves its own threads and handlers.
    private = [it for it in parts if it.by_own_threads and it.holders and not it.edges]
    outer = [part for part in parts if part not in private]
    edges = tuple(dict.fromkeys(edge for part in parts for edge in part.edges))
    is_closed = all(part.is_closed for part in outer or parts)
    if SIGCHLD in (case.seen.caught if private else caught_signals(case.seen) if is_closed else ()):
        # A SIGCHLD handler ends the call, or writes to a private pipe, as in libuv.
        edges += edges_of_children(case)
    others = [*dict.fromkeys(other for part in outer for other in part.others)]
    others += [Elsewhere(ElsewhereKind.FURTHER_DESCRIPTORS)] if more else []
    limits = [part.limit for part in parts if part.limit is not None]
    limit = min([*limits, *([] if limit is None else [limit])], default=None)
    wakers = [waker for part in outer for waker in part.all_wakers]
    if more:
        wakers.append(waits.BY_UNSEEN)
    if private:
        wakers += inner_wakers(case)
    act: Fact = WaitsForAny(edges, tuple(others), limit)
    if not edges and not others and limit is None:
        act = PollsPrivate(polled) if private else PollsAll(polled)
    return Finding(
        situation=waits.POLL,
        act=act,
        proof=tuple(proof),
        edges=edges,
        needs_all=parts[0].needs_all if len(parts) == 1 else (),
        holders=tuple(dict.fromkeys(holder for part in parts for holder in part.holders)),
        not_permitted=tuple(dict.fromkeys(pid for part in parts for pid in part.not_permitted)),
        is_closed=limit is None and not more and is_closed,
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


def _at_pidfd(case: BlockedProcess, number: int) -> Finding:
    pid = case.process_of(number)
    if pid is None:
        return Finding(
            situation=waits.POLL,
            act=PollsPidfd(number),
            others=(Elsewhere(ElsewhereKind.END_OF_A_PROCESS),),
            wakers=(waits.BY_UNSEEN,),
        )
    if pid <= 0:
        return Finding(waits.POLL, AwaitsEnd(pid, number))
    edges = edges_to([pid], Deed.ENDS)
    return Finding(waits.CHILD, AwaitsEnd(pid, number), (), edges, is_closed=True)


def _parts(case: BlockedProcess, polled: _Polled, depth: int = 2) -> list[Finding]:
    """Return the findings at one polled descriptor; `depth` limits nested epoll descriptors."""
    number, events = polled
    file = case.descriptor(number)
    if file is None:
        others = (OwnDescriptor(number),)
        return [Finding(waits.POLL, PollsHidden(number), others=others, wakers=(waits.BY_UNSEEN,))]
    polls = AtFile(Does.POLLS, file)
    if file.target == "anon_inode:[pidfd]":
        return [_at_pidfd(case, number)]
    if file.target == "anon_inode:[eventpoll]":
        nested = _registered(case, number)[:_MOST_DESCRIPTORS] if depth else []
        return [part for inner in nested for part in _parts(case, inner, depth - 1)]
    if events & select.EPOLLONESHOT and not events & (_READABLE | _WRITABLE):
        act = changed(polls, aside=Aside.EVENT_HAS_COME)
        # Another thread may handle that event, and ask for the next one.
        return [Finding(waits.IDLE_LOOP, act, by_own_threads=case.seen.threads > 1)]
    if events & select.EPOLLET and events & _READABLE:
        # Registered for reading and writing; it was writable from the beginning.
        part = waiting_at(case, file, is_reader=True, is_polled=True)
        seen = [fact for fact in part.proof if not isinstance(fact, Law | Rule | Gap)]
        part = changed(part, act=ForNew(part.act), proof=(Law.NEW_INPUT_ONLY, *seen))
        if part.situation == waits.CONNECTION:
            return [changed(part, others=(NextConnection(file, info_of(case, file)),))]
        if not (part.edges or part.by_own_threads or part.others) and part.limit is None:
            part = changed(part, others=(NewAt(file),))
        return [part]
    parts = []
    for mask, is_reader, end in ((_READABLE, True, "write end"), (_WRITABLE, False, "read end")):
        # A read end is never writable, and poll(2) does not report POLLOUT for it.
        if events & mask and file.end != end:
            part = waiting_at(case, file, is_reader=is_reader, is_polled=True)
            if part.situation == waits.CONNECTION and not is_reader:
                continue
            if not (part.edges or part.by_own_threads or part.others) and part.limit is None:
                info = info_of(case, file)
                other: Other = InputAt(file, info) if is_reader else RoomIn(file, info)
                if part.situation == waits.CONNECTION:
                    other = NextConnection(file, info)
                part = changed(part, others=(other,))
            parts.append(part)
    if not parts and file.kind == "pipe":
        # asyncio polls its write end of a child's input.
        return [until_closed(case, file)]
    act = changed(polls, aside=Aside.NEITHER_INPUT_NOR_ROOM)
    waker = waits.BY_KERNEL if file.kind in ("file", "device") else waits.BY_UNSEEN
    return parts or [Finding(waits.POLL, act, others=(EventAt(file),), wakers=(waker,))]
