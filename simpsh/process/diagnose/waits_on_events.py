"""Some waits are for whatever comes first: time, a signal, one of many descriptors."""

from __future__ import annotations

import struct
import time
from contextlib import suppress

from simpsh.base.phrases import listed
from simpsh.base.record import changed
from simpsh.base.signal_names import SIGCHLD
from simpsh.process.diagnose.blocked_process import (
    BlockedProcess,
    Finding,
    Statement,
    alternatives,
    edges_to,
    file_words,
    inferred,
    numbered,
)
from simpsh.process.diagnose.waits_on_files import waiting_at
from simpsh.process.proc import signals_in
from simpsh.process.process_tree import children

_POLLIN, _POLLPRI, _POLLOUT = 1, 2, 4
# With POLLRDNORM and POLLWRNORM.
_READABLE, _WRITABLE = _POLLIN | 0x40, _POLLOUT | 0x100
_EPOLLET, _EPOLLONESHOT = 1 << 31, 1 << 30
_TIMER_ABSTIME = 1
_MOST_DESCRIPTORS = 16

_QUEUES = {
    "msgrcv": ("for a message in the System V queue", "msgrcv(2)", "ipcs -q"),
    "msgsnd": ("for room in the System V queue", "msgsnd(2)", "ipcs -q"),
    **dict.fromkeys(
        ("semop", "semtimedop"), ("at the System V semaphore set", "semop(2)", "ipcs -s")
    ),
}
"""What a call waits for, its manual page, and the command that lists such queues and semaphores."""


def find(case: BlockedProcess) -> Finding | None:
    """Find out which event a process waits for; None if its call is of another kind."""
    if case.call in ("nanosleep", "clock_nanosleep"):
        address = case.argument(0 if case.call == "nanosleep" else 2)
        seconds = case.seconds(address)
        brief = "sleeps until a time that it has set"
        if (
            seconds is not None
            and case.call == "clock_nanosleep"
            and ((case.argument(1) or 0) & _TIMER_ABSTIME)
        ):
            with suppress(OSError):
                left = max(0.0, seconds - time.clock_gettime(case.integer(0) or 0))
                brief = f"sleeps for another {left:.1f} s"
        elif seconds is not None:
            brief = f"sleeps for {seconds:g} s, counted from when it began"
        rule = "It continues when the time is over, or at a signal it catches."
        return Finding("timer", brief, (inferred("nanosleep(2)", rule),))
    if case.call == "rt_sigtimedwait":
        raw = case.memory(case.argument(0), 8)
        wanted = [signal.name for signal in signals_in(raw[::-1].hex())] if len(raw) == 8 else []
        limit = case.seconds(case.argument(2))
        end = "" if limit is None else f", for {limit:g} s at most"
        brief = f"waits to be sent a signal{': ' if wanted else ''}{listed(wanted)}{end}"
        return Finding("signal", brief)
    if case.call in ("pause", "rt_sigsuspend"):
        caught = listed([signal.name for signal in case.seen.caught])
        rule = "It catches none: only one that ends it will do."
        if caught:
            rule = f"It catches {caught}."
        brief = f"waits for a signal ({case.call.removeprefix('rt_')}(2))"
        details = [Statement(rule)]
        waits_for: tuple[int, ...] = ()
        if SIGCHLD in case.seen.caught and SIGCHLD not in case.seen.blocked:
            details.append(inferred("signal(7)", "A child that ends or stops sends it SIGCHLD."))
            waits_for = tuple(child.pid for child in children(case.process))
        edges = edges_to(waits_for, "may send SIGCHLD by its end")
        return Finding("signal", brief, tuple(details), edges)
    if case.call in _POLLS:
        if not case.arguments:
            # The call may not be seen, only the kernel function.
            brief = "waits for one of several descriptors, a time or a signal; for which cannot be"
            brief += f" seen ({case.call}(2) or a call like it)"
            return Finding("poll", brief)
        return _one_of(case, *_POLLS[case.call](case))
    if case.call in _QUEUES:
        place, page, command = _QUEUES[case.call]
        identity = "" if case.argument(0) is None else f" {case.integer(0)}"
        brief = f"waits {place}{identity} ({page}; {command} lists all)"
        return Finding("message queue", brief)
    return None


_Polled = tuple[int, int]
"""A descriptor, and the events of poll(2) that are awaited of it."""
_Watched = tuple[list[_Polled], float | None]
"""What is polled, and for how many seconds; None for no limit."""


def _by_poll(case: BlockedProcess) -> _Watched:
    count = min(case.argument(1) or 0, 1024)
    raw = case.memory(case.argument(0), 8 * count)
    entries = (struct.unpack_from("ihH", raw, 8 * at) for at in range(len(raw) // 8))
    watched = [(number, events) for number, events, _ in entries if number >= 0]
    return watched, case.limit(2) if case.call == "poll" else case.seconds(case.argument(2))


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
    watched = []
    for key, value in case.fdinfo(case.integer(0)):
        if key == "tfd":
            # tfd: NUMBER events: HEX data: HEX pos:N ino:HEX sdev:HEX
            number, _, events, *_ = value.split()
            watched.append((int(number), int(events, 16)))
    return watched, (
        case.seconds(case.argument(3)) if case.call == "epoll_pwait2" else case.limit(3)
    )


_POLLS = {
    **dict.fromkeys(("poll", "ppoll"), _by_poll),
    **dict.fromkeys(("select", "pselect6"), _by_select),
    **dict.fromkeys(("epoll_wait", "epoll_pwait", "epoll_pwait2"), _by_epoll),
}


def _one_of(case: BlockedProcess, watched: list[_Polled], limit: float | None) -> Finding:
    """Put together what each of the polled descriptors waits for."""
    time_words = "without a time limit" if limit is None else f"for {limit:g} s at most"
    if not watched:
        situation = "timer" if limit is not None else "poll"
        return Finding(situation, f"waits for no descriptor, {time_words} ({case.call}(2))")
    looked_at = watched[:_MOST_DESCRIPTORS]
    parts = [part for polled in looked_at for part in _parts(case, polled)]
    named = numbered("descriptor", sorted(number for number, _ in looked_at))
    more = len(watched) - _MOST_DESCRIPTORS
    which = f"{'one of ' if len(watched) > 1 else ''}its {named}"
    which += f" and {more} more" if more > 0 else ""
    end = ", without a time limit" if limit is None else f", or after {limit:g} s"
    rule = f"{case.call}(2) returns when {which} is ready{end}."
    details = [inferred(f"{case.call}(2)", rule)]
    for part in parts:
        details.append(Statement(f"It {part.brief}.", part.evidence))
        details += [statement for statement in part.details if statement not in details]
    # What the process holds itself, such as the pipe that its own threads or handlers wake it by.
    own = [part for part in parts if part.by_own_threads and not part.edges]
    outer = [part for part in parts if part not in own]
    edges = [changed(edge, kind=part.situation) for part in parts for edge in part.edges]
    others = [other for part in outer for other in part.others]
    others += ["one of its further descriptors"] if more > 0 else []
    others += [] if limit is None else [f"{limit:g} s"]
    brief = f"waits for {which}, {time_words}"
    if edges or others:
        brief = f"waits {alternatives(edges, lambda pid: f'process {case.name_of(pid)}', others)}"
    return Finding(
        situation="poll",
        brief=brief,
        details=tuple(details),
        edges=tuple(edges),
        holders=tuple(dict.fromkeys(holder for part in parts for holder in part.holders)),
        not_permitted=tuple(dict.fromkeys(pid for part in parts for pid in part.not_permitted)),
        is_closed=limit is None and more <= 0 and all(part.is_closed for part in outer or parts),
        by_own_threads=any(part.by_own_threads for part in parts)
        and (case.seen.threads > 1 or not (edges or others)),
        others=tuple(others),
    )


def _parts(case: BlockedProcess, polled: _Polled) -> list[Finding]:
    number, events = polled
    file = case.descriptor(number)
    if file is None:
        brief = f"polls descriptor {number}, which cannot be seen"
        return [Finding("poll", brief, others=(f"its descriptor {number}",))]
    beginning = f"polls {file_words(file)} as descriptor {number}"
    if file.target == "anon_inode:[pidfd]":
        pid = case.process_of(number)
        if pid is None:
            brief = f"polls a pidfd as descriptor {number}"
            return [Finding("poll", brief, others=("the end of a process",))]
        brief = f"waits for the end of process {pid}, by a pidfd as descriptor {number}"
        if pid <= 0:
            return [Finding("poll", brief)]
        return [Finding("poll", brief, (), edges_to([pid], "must end first"), is_closed=True)]
    if events & (_EPOLLET | _EPOLLONESHOT):
        brief = f"{beginning}, for what is new there only"
        return [Finding("poll", brief, others=(f"what is new at {file_words(file)}",))]
    parts = []
    for mask, is_reader, end in ((_READABLE, True, "write end"), (_WRITABLE, False, "read end")):
        # Nothing is written to a read end, and poll(2) does not say that it could be.
        if events & mask and file.end != end:
            part = waiting_at(case, file, is_reader=is_reader, is_polled=True)
            if part.situation == "connection" and not is_reader:
                continue
            if not part.edges and not part.by_own_threads:
                awaited = "a connection" if part.situation == "connection" else "input"
                awaited = f"{awaited} at" if is_reader else "room in"
                part = changed(part, others=(f"{awaited} {file_words(file)}",))
            parts.append(part)
    other = "neither input nor room: urgent data, an error or the other end's closing"
    brief, others = f"{beginning}, for {other}", (f"an event at {file_words(file)}",)
    return parts or [Finding("poll", brief, others=others)]
