"""Checks are spread over processes, one for each processor; the reports come in order.

A worker is forked from this process, in which everything is loaded, and leads a session of its
own: no terminal, no key reaches it. It is killed when this process ends, in whatever way.
"""

from __future__ import annotations

import gc
import heapq
import os
import select
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import NoReturn

from simpsh.base.signal_names import SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGTERM
from simpsh.base.wait_status import Killed
from simpsh.course.check.check_report import FAILED, CheckResult, LessonReport
from simpsh.course.guard.process_containment import die_with
from simpsh.course.run import c_compilation
from simpsh.course.run.worker_process import be_lone_process, receive_value, send_value
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, dup2, open_file, pipe2
from simpsh.kernel.process_groups import setsid
from simpsh.kernel.processes import exit_now, fork
from simpsh.kernel.wait_calls import waitpid
from simpsh.process import proc
from simpsh.process.subreaper import Subreaper

_FAREWELL_SECONDS = 1.0


class _Worker:
    """A process that gets the numbers of tasks, and gives a report for each."""

    def __init__(
        self, work: Callable[[int], LessonReport], others: Sequence[_Worker], folder: str
    ) -> None:
        tasks, reports = pipe2(), pipe2()
        parent = os.getpid()
        own_folder = tempfile.mkdtemp(dir=folder)
        self.task = -1
        self.ends: tuple[int, int] = (tasks.write_end, reports.read_end)
        self.pid = fork()
        if self.pid == 0:  # in the child
            for end in (
                tasks.write_end,
                reports.read_end,
                *(e for one in others for e in one.ends),
            ):
                close(end)
            _serve(work, (tasks.read_end, reports.write_end), parent, own_folder)
        close(tasks.read_end)
        close(reports.write_end)

    def give(self, task: int) -> None:
        """Give it something to do."""
        self.task = task
        send_value(self.ends[0], task)

    def report(self) -> LessonReport | None:
        """Take its report; None if it has died."""
        found = receive_value(self.ends[1])
        return found if isinstance(found, LessonReport) else None

    def end(self, *, at_once: bool = False) -> str:
        """End and collect it; return how it ended, in words, if not by itself."""
        for end in self.ends:
            close(end)
        if at_once:
            signals.kill(self.pid, SIGKILL)
        changed = waitpid(self.pid)
        if changed is not None and isinstance(changed[1], Killed):
            return f"its process was killed by {changed[1].signal.name}"
        return "its process ended"


@contextmanager
def spread(
    tasks: Sequence[float],
    work: Callable[[int], LessonReport],
    name_of: Callable[[int], str],
    processes: int,
) -> Iterator[Iterator[LessonReport]]:
    """Do all tasks; the block is given their reports, in the order of the tasks.

    What is left when the block is interrupted is ended, and then removed.

    Args:
        tasks: for each a guess of what it costs; the costly ones are begun first.
        work: does the task of a number, in a worker.
        name_of: names the lesson of a task, should its worker die.
        processes: how many workers there are at most.
    """
    with (
        tempfile.TemporaryDirectory(prefix="simpsh-check-", ignore_cleanup_errors=True) as folder,
        Subreaper(deadline_seconds=_FAREWELL_SECONDS),
        closing(_spread(tasks, work, name_of, processes, folder)) as found,
    ):
        yield found


def _spread(
    tasks: Sequence[float],
    work: Callable[[int], LessonReport],
    name_of: Callable[[int], str],
    processes: int,
    folder: str,
) -> Generator[LessonReport]:
    waiting = [(-cost, number) for number, cost in enumerate(tasks)]
    heapq.heapify(waiting)
    workers: list[_Worker] = []

    def begin() -> None:
        if waiting:
            workers.append(_Worker(work, workers, folder))
            workers[-1].give(heapq.heappop(waiting)[1])

    try:
        for _ in range(processes):
            begin()
        found = _reports(workers, waiting, begin)
        yield from _in_order(
            (task, report or _died(name_of(task), how)) for task, report, how in found
        )
    finally:
        for worker in workers:
            worker.end(at_once=True)


def _reports(
    workers: list[_Worker], waiting: list[tuple[float, int]], begin: Callable[[], None]
) -> Iterator[tuple[int, LessonReport | None, str]]:
    """Yield the reports as they come: the task, its report, or how its worker ended without."""
    while workers:
        ready, _, _ = select.select([one.ends[1] for one in workers], [], [])
        for worker in [one for one in workers if one.ends[1] in ready]:
            task, report, how = worker.task, worker.report(), ""
            if report is not None and waiting:
                worker.give(heapq.heappop(waiting)[1])
            else:
                workers.remove(worker)
                how = worker.end()
                begin()
            yield task, report, how


def _died(name: str, how: str) -> LessonReport:
    return LessonReport(
        name, checks=[CheckResult("lesson", "the lesson is checked to its end", FAILED, how)]
    )


def _in_order(found: Iterator[tuple[int, LessonReport]]) -> Iterator[LessonReport]:
    held: dict[int, LessonReport] = {}
    turn = 0
    for task, report in found:
        held[task] = report
        while turn in held:
            yield held.pop(turn)
            turn += 1


# ---------------------------------------------------------------------------- in a worker


def _serve(
    work: Callable[[int], LessonReport], ends: tuple[int, int], parent: int, folder: str
) -> NoReturn:
    tasks, reports = ends
    try:
        die_with(parent)
        # The parent may leave in order, with all it has begun: not this process.
        for number in (SIGHUP, SIGINT, SIGQUIT, SIGTERM):
            if signals.disposition(number) != signals.SIG_IGN:
                signals.sigaction(number, signals.SIG_DFL)
        setsid()
        nothing = open_file(os.devnull, os.O_RDWR)
        dup2(nothing, 0)
        dup2(nothing, 1)
        tempfile.tempdir = folder
        os.environ["TMPDIR"] = folder
        # Each demonstration is forked from here: a collection in it would touch, and so copy, the
        # pages of all that is loaded.
        gc.freeze()
        be_lone_process()
        while isinstance(task := receive_value(tasks), int):
            send_value(reports, _watched(work, task, folder))
    finally:
        exit_now(0)


def _watched(work: Callable[[int], LessonReport], task: int, folder: str) -> LessonReport:
    """Do a task, and fault it for what it leaves behind in this process; processes are ended."""
    before = _descriptors()
    with Subreaper(deadline_seconds=0.0) as subtree:
        report = work(task)
    left = [f"descriptor {n} ({to})" for n, to in _descriptors().items() if n not in before]
    # What is compiled is kept for the next lesson; without a home to write to, here.
    kept = c_compilation.temporary_name()
    left += [f"file {name}" for name in os.listdir(folder) if name != kept]
    left += [f"process {one.pid}" for one in subtree.collected]
    for one in left:
        report.checks.append(
            CheckResult("run", "nothing is left over", FAILED, f"left over: {one}")
        )
    return report


def _descriptors() -> dict[int, str]:
    found = ((number, proc.link("self", f"fd/{number}")) for number in proc.numbers("self", "fd"))
    # Without the descriptor of the listing itself.
    return {number: target for number, target in found if target}
