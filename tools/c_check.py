"""`make check-c`: each demonstration must make the same calls in C, or be about Python itself.

Both run under the same monitor. run_likeness.py defines equality. If the order of events
is free, each language has several possible runs: one equal pair is enough. Claims about the
Python version must hold for the C version, too, unless they name a line or a variable.

    python -m tools.c_check [--why] [ID …]
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from simpsh.base.phrases import counted
from simpsh.base.record import changed
from simpsh.course import Explore, Lesson, Run
from simpsh.course.check.check_report import FAILED, PASSED, CheckResult, LessonReport
from simpsh.course.check.course_check import load_once, spread
from simpsh.course.check.lesson_check import CheckNotes
from simpsh.course.claims.claim import verdict_of
from simpsh.course.claims.demonstration import NO_EDIT, Demonstration, DemonstrationSource, listing
from simpsh.course.claims.observation import Observation
from simpsh.course.lesson.c_beside_python import (
    FOLDER,
    NotInC,
    c_listing,
    c_names,
    c_source_of,
    demonstrations,
    is_python,
    reason_without_c,
)
from simpsh.course.lesson.lesson import CheckFailed
from simpsh.course.lesson.lesson_library import Library
from tools.c_counterpart import callable_functions, perform_in_c, plain_run
from tools.run_likeness import RunLikeness, difference, likeness_of

MOST_RUNS = 8
"""How often each language runs at most, if a demonstration races, to find two equal runs."""
_MOST_LINES, _MOST_COLUMNS = 34, 76
_FREE = re.compile(r"/\*\s*(\w+) is not compared:\s*(.*?)\s*\*/", re.DOTALL)


class CLessonCheck:
    """Checks the C version of one lesson."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson
        self._notes = CheckNotes()

    def run(self) -> LessonReport:
        """Check each demonstration of the lesson, and return the report."""
        start = time.monotonic()
        notes = self._notes
        for fault in strays(self._lesson):
            notes.note_failure("c stray", self._lesson.id, fault)
        for step in demonstrations(self._lesson):
            assert isinstance(step, Run | Explore)
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
        runs: list[Observation] = []
        reason = reason_not_compared(step)
        kind, what = ("c run", "runs") if reason else ("c", "does the same")
        if not has_c(step):
            kind = "c missing"
        with self._notes.check(kind, f"“{c_names(step)[-1]}” {what} in C") as why:
            self._notes.insist_on([*step.all_needs, "compiler"])
            must_fit(step)
            runs.append(runs_in_c(step) if reason else same_in_c(step))
            count = sum(map(len, likeness_of(runs[0]).acts.values()))
            why.append(f"not compared: {reason}" if reason else f"{count} calls are the same")
        if not runs or not isinstance(step, Run) or step.edit:
            return
        run = runs[0]
        for claim in step.claims:
            verdict = verdict_of(claim.proof, run)
            if verdict.holds is None:
                # The claim mentions lines or variables.
                continue
            with self._notes.check("c claim", f"{claim.sentence} (in C)") as why:
                self._notes.insist_on(claim.needs)
                why.append(verdict.because)
                if not verdict.holds:
                    raise CheckFailed(verdict.because)


def strays(lesson: Lesson) -> Iterator[str]:
    """Yield the functions of a C file that the lesson does not have."""
    for step in demonstrations(lesson):
        code = step.code
        if isinstance(code, DemonstrationSource):
            continue
        with suppress(NotInC):
            source = c_source_of(code)
            functions = callable_functions(source)
            helpers = {
                name for name, in_c in functions.items() if source.text.count(f"{in_c}(") > 1
            }
            not_compared = {name for name, _ in _FREE.findall(source.text)}
            for name in sorted({*functions, *source.about_python, *not_compared} - helpers):
                if name not in code.__globals__:
                    yield f"{FOLDER}/{os.path.basename(source.path)}: the lesson has no {name}()"
            return


def must_fit(step: Run | Explore) -> None:
    """Check a demonstration's C before it runs.

    Raises:
        NotInC: there is no C version, its marks differ, or it does not fit a screen.
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


def has_c(step: Demonstration) -> bool:
    """Return whether a Python demonstration has a C version."""
    if isinstance(step.code, DemonstrationSource):
        return False
    with suppress(NotInC):
        return step.code.__name__ in c_source_of(step.code).functions
    return False


def reason_not_compared(step: Demonstration) -> str:
    """Return why the calls of a demonstration differ from run to run; empty if they do not."""
    if isinstance(step.code, DemonstrationSource):
        return ""
    with suppress(NotInC):
        for name, reason in _FREE.findall(c_source_of(step.code).text):
            if name == step.code.__name__:
                return " ".join(reason.split())
    return ""


def runs_in_c(step: Run | Explore) -> Observation:
    """Run a demonstration's C once; raises CheckFailed if the run fails."""
    run = _performed(lambda: perform_in_c(step))
    problems = list(changed(plain_run(step), edit=NO_EDIT).problems(run))
    if problems and not step.edit:
        raise CheckFailed("; ".join(problems))
    return run


def same_in_c(step: Run | Explore) -> Observation:
    """Run a demonstration in both languages until two runs are the same; return the run in C.

    Raises:
        CheckFailed: the runs differ in every attempt; the message has the first difference.
    """
    plain = changed(plain_run(step), edit=NO_EDIT)
    in_python: list[RunLikeness] = []
    in_c: list[RunLikeness] = []
    for _ in range(MOST_RUNS):
        ran, run = _performed(plain.perform), _performed(lambda: perform_in_c(step))
        in_python.append(likeness_of(ran))
        in_c.append(likeness_of(run))
        if in_c[-1] in in_python or in_python[-1] in in_c:
            problems = list(plain.problems(run))
            if problems and not step.edit:
                raise CheckFailed("; ".join(problems))
            return run
    raise CheckFailed(difference(in_python[0], in_c[0], ("Python", "C")))


def _performed(work: Callable[[], Observation]) -> Observation:
    run = work()
    if run.problem:
        raise CheckFailed(run.problem)
    return run


def report_lines(reports: Sequence[LessonReport], *, with_why: bool = False) -> Iterator[str]:
    """Yield the report of each lesson, and then how many demonstrations are in C."""
    for report in reports:
        counts = Counter(check.kind for check in report.checks if check.verdict == PASSED)
        word = "ok  " if report.is_good else "FAIL"
        yield (
            f"{word}  {report.lesson:28}{counted(counts['c'], 'demonstration')} the same in C, "
            f"{counted(counts['c claim'], 'claim')} true of it, {counts['c run']} run and not "
            f"compared, {counts['python']} about Python, {report.seconds:.1f} s"
        )
        for check in report.checks:
            if check.verdict != PASSED or with_why:
                yield from _check_lines(check, with_why=with_why)
    kinds = Counter(check.kind for report in reports for check in report.checks)
    in_c, about_python, missing = kinds["c"] + kinds["c run"], kinds["python"], kinds["c missing"]
    yield (
        f"demonstrations in C: {in_c} of {in_c + about_python + missing}; "
        f"about Python itself: {about_python}; missing: {missing}"
    )
    verdicts = Counter(check.verdict for report in reports for check in report.checks)
    yield f"{verdicts[PASSED]} checks passed, {verdicts[FAILED]} failed"


def _check_lines(check: CheckResult, *, with_why: bool) -> Iterator[str]:
    where = f"({check.where}) " if check.where else ""
    reason = f": {check.reason}" if check.reason else ""
    yield f"      {check.verdict.upper()} {where}{check.sentence.rstrip('.')}{reason}"
    if with_why:
        yield from (f"          {line}" for line in check.why)


def main(words: Sequence[str]) -> int:
    """Check the lessons of these ids, or all; return the exit status."""
    library = Library()
    ids = [word for word in words if word != "--why"]
    lessons = [library.find(name) for name in ids] if ids else library.all()[0]
    load_once()
    with spread(
        [1.0] * len(lessons),
        lambda number: CLessonCheck(lessons[number]).run(),
        lambda number: lessons[number].id,
        len(os.sched_getaffinity(0)),
    ) as found:
        reports = list(found)
    for line in report_lines(reports, with_why="--why" in words):
        print(line)  # noqa: T201 - a program for developers
    return 0 if all(report.is_good for report in reports) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
