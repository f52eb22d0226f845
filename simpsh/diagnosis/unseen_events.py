"""Events that may end any wait and do not show in /proc: then "stuck" becomes "not known"."""

from __future__ import annotations

from collections.abc import Iterator

from simpsh.base import waits
from simpsh.base.signal_names import SIGALRM, SIGCHLD, SIGINT, SIGPIPE, SIGVTALRM
from simpsh.base.waits import Waker
from simpsh.diagnosis.blocked_process import OF_FAULTS, BlockedProcess, caught_signals
from simpsh.diagnosis.finding import Finding
from simpsh.process.file_holders import holders_if, holders_of_messages
from simpsh.process.proc import contents, memory_regions
from simpsh.process.process_snapshot import ProcessSnapshot
from simpsh.process.process_tree import all_processes, seen_lately
from simpsh.process.socket_table import socket_info

_BY_ANY_THREAD = frozenset((waits.MEMORY, waits.SHARED_MEMORY))
_IS_SENT = frozenset((waits.EMPTY_PIPE, waits.FULL_PIPE, waits.EVENT))
"""Waits at an object whose other descriptor may be on its way through a socket. See unix(7)."""


def unseen_events(case: BlockedProcess, finding: Finding) -> Iterator[Waker]:
    """Yield what may end a wait although neither its call nor its object shows it."""
    if finding.situation.is_of_one_thread:
        return
    if case.seen.state != "D" and _may_be_interrupted_by_timer(case):
        yield waits.BY_HANDLER
    holds_it = any(holder.pid == case.process for holder in finding.holders)
    if holds_it or finding.situation in _BY_ANY_THREAD:
        # SIGINT does not count: it interrupts a program, and Python always catches it. SIGCHLD is
        # an edge to a child.
        if {*caught_signals(case.seen)} - {SIGINT, SIGCHLD, SIGPIPE, *OF_FAULTS}:
            yield waits.BY_HANDLER
        if _has_operations(case):
            yield waits.BY_OPERATION
    is_sent = not _IS_SENT.isdisjoint((finding.situation, *finding.parts))
    if is_sent and not finding.edges and _is_under_way(case):
        yield waits.BY_UNSEEN


def _is_under_way(case: BlockedProcess) -> bool:
    """Return whether descriptors wait at a socket of the session, or at the other end of its own.

    Of all sockets with descriptors, these may have been sent the one that is missing.
    """
    processes = all_processes()
    own = {file.inode for file in case.descriptors() if file.kind == "socket"}
    return any(
        (holder.pid in processes and processes[holder.pid].sid == case.seen.sid)
        or any(
            (info := socket_info(holder.pid, file.inode)) is not None and info.peer in own
            for file in holder.descriptors
        )
        for holder in holders_of_messages().seen
    )


def _may_be_interrupted_by_timer(case: BlockedProcess) -> bool:
    """Return whether a timer (timer_create(2)) or a handler of an alarm(2) may end the call.

    /proc shows the timers, but not whether one is set, nor an alarm. So a handler for SIGALRM
    counts, unless SIGVTALRM has one, too: such a program, as bash, catches all that end it.
    """
    seen, caught = case.seen, caught_signals(case.seen)
    if SIGALRM in caught and SIGVTALRM not in caught:
        return True
    lines = contents(case.process, "timers").decode().splitlines()
    sent = {line.split()[1].partition("/")[0] for line in lines if line.startswith("signal:")}
    kept = {*seen.ignored, *(seen.blocked if seen.threads == 1 else ())} - {*caught}
    # Its default action ends the process.
    return any(int(number) not in kept for number in sent)


def may_have_an_alarm(seen: ProcessSnapshot) -> bool:
    """Return whether an alarm(2), which /proc does not show, would end the process."""
    return SIGALRM not in (*seen.caught, *seen.ignored, *seen.blocked)


def _has_operations(case: BlockedProcess) -> bool:
    """Return whether the kernel may carry out operations that the process has passed to it.

    An io_uring counts what it took and what it answered. See proc_pid_fdinfo(5), aio(7).
    """
    rings = (it for it in holders_if("[io_uring]", bool).seen if it.pid == case.process)
    counts = [dict(case.fdinfo(number)) for ring in rings for number in ring.numbers]
    is_idle = all(
        count.get("SqTail", "") == count.get("CachedSqHead") == count.get("CachedCqTail")
        for count in counts
    )
    regions = seen_lately(lambda: memory_regions(case.process), memory_regions, case.process)
    return not is_idle or any(region.name.startswith("/[aio]") for region in regions)


def is_in_ring(target: str) -> bool:
    """Return whether an io_uring has this pipe or socket among its files.

    The kernel lists such a file, but not which end of a pipe. See io_uring_register(2).
    """
    return bool(holders_if("[io_uring]", lambda lines: target in (it for _, it in lines)).seen)
