"""`lesson check --c`: each demonstration makes the same calls in C, or is about Python itself.

Both run under the same monitor. What must be equal is in run_likeness.py. Where the order of events
is free, each language has several possible runs: one run of each that are the same are enough, and
what differs in every run fails. The claims about the Python must hold of the C as well, as far as
they speak of no line and no variable.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from simpsh.base.record import changed
from simpsh.course.check.check_report import LessonReport
from simpsh.course.check.lesson_check import CheckFailed, CheckNotes, insist_on, problems_of, why_of
from simpsh.course.check.run_likeness import RunLikeness, difference, likeness_of
from simpsh.course.guard import machine_needs
from simpsh.course.lesson.c_beside_python import (
    FOLDER,
    NotInC,
    c_listing,
    c_names,
    c_source_of,
    demonstrations,
    has_c,
    is_python,
    reason_without_c,
)
from simpsh.course.lesson.code_listing import listing
from simpsh.course.lesson.expectation import Unknown
from simpsh.course.lesson.lesson_steps import NO_EDIT, DemonstrationSource, Explore, Lesson, Run
from simpsh.course.lesson.observation import Observation
from simpsh.course.run.c_counterpart import perform_in_c
from simpsh.course.run.step_performance import perform, plain_run

MOST_RUNS = 8
"""How often each language runs until two runs are the same: for demonstrations that race."""
_MOST_LINES, _MOST_COLUMNS = 34, 76


class CLessonCheck:
    """Checks the C beside one lesson."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson
        self._notes = CheckNotes()

    def run(self) -> LessonReport:
        """Check each demonstration of the lesson, and return what was found."""
        start = time.monotonic()
        notes = self._notes
        for fault in strays(self._lesson):
            notes.failed("c stray", self._lesson.id, fault)
        for step in demonstrations(self._lesson):
            notes.where = step.id
            reason = reason_without_c(step)
            if not is_python(step):
                with notes.check("as it is", f"“{step.id}” is shown as it is") as why:
                    why.append(f"{len(c_listing(step).lines)} lines")
            elif reason:
                with notes.check("python", f"“{c_names(step)[-1]}” is about Python") as why:
                    why.append(reason)
            else:
                self._demonstration(step)
        seconds = time.monotonic() - start
        return LessonReport(self._lesson.id, self._lesson.title, notes.checks, seconds=seconds)

    def _demonstration(self, step: Run | Explore) -> None:
        found: list[Observation] = []
        reason = reason_not_compared(step)
        kind, what = ("c run", "runs") if reason else ("c", "does the same")
        if not has_c(step):
            kind = "c missing"
        with self._notes.check(kind, f"“{c_names(step)[-1]}” {what} in C") as why:
            insist_on([*machine_needs.needs_of(step), "compiler"])
            must_fit(step)
            found.append(runs_in_c(step) if reason else same_in_c(step))
            count = sum(map(len, likeness_of(found[0]).acts.values()))
            why.append(f"not compared: {reason}" if reason else f"{count} calls are the same")
        if found and isinstance(step, Run) and not step.edit:
            self._claims(step, found[0])

    def _claims(self, step: Run, run: Observation) -> None:
        for claim in step.claims:
            try:
                claim.expectation.judge(run)
            except Unknown:
                # It speaks of lines or variables.
                continue
            with self._notes.check("c claim", f"{claim.sentence} (in C)") as why:
                insist_on(claim.needs)
                verdict = claim.expectation.judge(run)
                why += why_of(verdict, run)
                if not verdict.holds:
                    raise CheckFailed(verdict.because)


def strays(lesson: Lesson) -> Iterator[str]:
    """Yield what a C file has that the lesson does not have (any more)."""
    for step in demonstrations(lesson):
        code = step.code
        if isinstance(code, DemonstrationSource):
            continue
        with suppress(NotInC):
            source = c_source_of(code)
            helpers = {
                name
                for name, in_c in source.callable_functions.items()
                if source.text.count(f"{in_c}(") > 1
            }
            named = {*source.callable_functions, *source.about_python, *source.not_compared}
            for name in sorted(named - helpers):
                if name not in code.__globals__:
                    yield f"{FOLDER}/{os.path.basename(source.path)}: the lesson has no {name}()"
            return


def must_fit(step: Run | Explore) -> None:
    """Check a demonstration's C before it runs.

    Raises:
        NotInC: there is none, it has other marks, or it does not fit a screen.
    """
    shown = c_listing(step)
    there, here = sorted(listing(step).callouts.values()), sorted(shown.callouts.values())
    if there != here and not step.edit:
        raise NotInC(f"its marks are {' '.join(here) or 'none'}, not {' '.join(there) or 'none'}")
    widest = max(map(len, shown.lines))
    if len(shown.lines) > _MOST_LINES or widest > _MOST_COLUMNS:
        raise NotInC(
            f"it has {len(shown.lines)} lines of {widest} columns, "
            f"at most {_MOST_LINES} of {_MOST_COLUMNS} are shown"
        )


def reason_not_compared(step: Run | Explore) -> str:
    """Return why the calls of a demonstration differ from run to run; empty if they do not."""
    if isinstance(step.code, DemonstrationSource):
        return ""
    with suppress(NotInC):
        return c_source_of(step.code).not_compared.get(step.code.__name__, "")
    return ""


def runs_in_c(step: Run | Explore) -> Observation:
    """Run a demonstration's C once; raises CheckFailed if something goes wrong in it."""
    run = _performed(lambda: perform_in_c(step))
    problems = list(problems_of(changed(plain_run(step), edit=NO_EDIT), run))
    if problems and not step.edit:
        raise CheckFailed("; ".join(problems))
    return run


def same_in_c(step: Run | Explore) -> Observation:
    """Run a demonstration in both languages until two runs are the same; return that in C.

    Raises:
        CheckFailed: they differ however often they run; the message has the first difference.
    """
    plain = changed(plain_run(step), edit=NO_EDIT)
    in_python: list[RunLikeness] = []
    in_c: list[RunLikeness] = []
    for _ in range(MOST_RUNS):
        ran, run = _performed(lambda: perform(plain)), _performed(lambda: perform_in_c(step))
        in_python.append(likeness_of(ran))
        in_c.append(likeness_of(run))
        if in_c[-1] in in_python or in_python[-1] in in_c:
            problems = list(problems_of(plain, run))
            if problems and not step.edit:
                raise CheckFailed("; ".join(problems))
            return run
    raise CheckFailed(difference(in_python[0], in_c[0], ("Python", "C")))


def _performed(work: Callable[[], object]) -> Observation:
    found = work()
    if not isinstance(found, Observation):
        raise CheckFailed("it is no single run")
    if found.problem:
        raise CheckFailed(found.problem)
    return found
