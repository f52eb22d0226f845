"""Which processes are stuck: no event from outside can reach them through the chain of waits.

A task (a process or a thread) can move if an event from outside may end its wait, or if it waits
for a task that can move. A task is not known if the missing event lies where we cannot look, or if
perhaps several tasks must act and only some can move. All others are stuck.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from simpsh.base import waits
from simpsh.base.record import Record
from simpsh.diagnosis.finding import Finding


class Standing(Record):
    """The examined tasks, by whether they can move."""

    stuck: frozenset[int]
    surely_movable: frozenset[int]
    """Those that can move, even if no thread that only sleeps wakes a futex of its process. Which
    of several threads will do so is not known, and runtimes have some that only watch the clock."""


def standing(
    findings: Mapping[int, Finding], awaited: Callable[[int], Sequence[int]], still: Collection[int]
) -> Standing:
    """Return which tasks can move and which are stuck; of the others, it is not known.

    `awaited` returns the tasks that may end a wait. No process for which a task of `still` waits
    will end its wait.
    """
    followed = {task: [] if task in still else [*awaited(task)] for task in findings}
    opened = {task for task in findings if findings[task].is_open}
    doubtful = {
        task
        for task, finding in findings.items()
        if task not in still and (finding.all_wakers or finding.not_permitted)
    }
    # A task that could not be examined may move.
    unseen = {task for those in followed.values() for task in those} - findings.keys()
    may_move = _spread(opened | doubtful | unseen, followed)
    sleepers = {task for task in findings if _only_sleeps(findings[task])}
    certain = {
        task: [it for it in those if it not in sleepers]
        # If there is one other thread, it is the one.
        if _is_unnamed(findings[task]) and len(those) > 1
        else those
        for task, those in followed.items()
    }
    need_all = {task for task, finding in findings.items() if finding.needs_all}
    return Standing(
        stuck=frozenset(findings) - may_move, surely_movable=_spread(opened, certain, need_all)
    )


def _is_unnamed(finding: Finding) -> bool:
    """Return whether some other thread of the process must wake a task, and no fact says which."""
    # In an event loop, a thread that ends a task writes to the loop's own socket.
    is_other = finding.situation in (waits.POLL, waits.THREADS_ONLY)
    return finding.by_own_threads and not finding.edges and not is_other


def _only_sleeps(finding: Finding) -> bool:
    """Return whether only the time lets a task move."""
    known = {waker for waker in finding.all_wakers if waker.is_known}
    return finding.is_open and not finding.edges and known <= {waits.BY_CLOCK}


def _spread(
    tasks: set[int], followed: Mapping[int, Sequence[int]], need_all: Collection[int] = ()
) -> frozenset[int]:
    """Return these tasks and all that wait for them, directly or not."""
    reached, is_growing = set(tasks), True
    while is_growing:
        more = {
            task
            for task, those in followed.items()
            if task not in reached and those
            if (all if task in need_all else any)(it in reached for it in those)
        }
        reached |= more
        is_growing = bool(more)
    return frozenset(reached)
