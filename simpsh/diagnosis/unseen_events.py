"""Events that may end any wait and do not show in /proc: then "stuck" becomes "not known"."""

from __future__ import annotations

from collections.abc import Iterator

from simpsh.base import waits
from simpsh.base.signal_names import SIGALRM, SIGCHLD, SIGINT, SIGPIPE, SIGVTALRM
from simpsh.base.waits import Waker
from simpsh.diagnosis.blocked_process import BlockedProcess
from simpsh.diagnosis.finding import Finding
from simpsh.diagnosis.signal_waits import caught_signals
from simpsh.process.file_holders import Holders, holders_of_kind, holders_of_messages
from simpsh.process.proc import contents, memory_regions
from simpsh.process.process_snapshot import ProcessSnapshot
from simpsh.process.process_tree import all_processes, seen_lately

_BY_ANY_THREAD = frozenset((waits.MEMORY, waits.SHARED_MEMORY))
_IS_SENT = frozenset((waits.EMPTY_PIPE, waits.FULL_PIPE, waits.EVENT))
"""Waits at an object whose other descriptor may be on its way through a socket. See unix(7)."""


def unseen_events(case: BlockedProcess, finding: Finding) -> Iterator[Waker]:
    """Yield what may end a wait although neither its call nor its object shows it."""
    if case.seen.state != "D" and _may_be_interrupted_by_timer(case):
        yield waits.BY_HANDLER
    holds_it = any(holder.pid == case.process for holder in finding.holders)
    # SIGINT does not count: it interrupts a program, and Python always catches it. SIGCHLD is an
    # edge to a child.
    handled = {*caught_signals(case.seen)} - {SIGINT, SIGCHLD, SIGPIPE}
    if handled and (holds_it or finding.situation in _BY_ANY_THREAD):
        yield waits.BY_HANDLER
    if (finding.holders or finding.situation in _BY_ANY_THREAD) and _has_operations(case):
        yield waits.BY_OPERATION
    is_sent = not _IS_SENT.isdisjoint((finding.situation, *finding.parts))
    if is_sent and not finding.edges and _is_in_session(case, holders_of_messages()):
        yield waits.BY_UNSEEN


def _has_operations(case: BlockedProcess) -> bool:
    """Return whether the kernel may carry out operations for a process of the same session.

    An io_uring may have the awaited file among its own. See io_uring_register(2), aio(7).
    """
    regions = seen_lately(lambda: memory_regions(case.process), memory_regions, case.process)
    has_aio = any(region.name.startswith("/[aio]") for region in regions)
    return has_aio or _is_in_session(case, holders_of_kind("[io_uring]"))


def _is_in_session(case: BlockedProcess, holders: Holders) -> bool:
    """Return whether a process of the same session is among these."""
    found = map(all_processes().get, (holder.pid for holder in holders.seen))
    return any(process is not None and process.sid == case.seen.sid for process in found)


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
