"""Judge a corpus of lines at the tasks of lessons; exit with 1 if a verdict is wrong.

python -m tests.support.task_lines ID...

A row of the corpus has the lesson's id (and the number of its task, if it has several), `yes` or
`no`, and the line; further columns are remarks. `⏎` stands for a newline in the line.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from simpsh.base.record import Record
from simpsh.course.check.check_report import LessonReport, lesson_lines
from simpsh.course.check.course_check import checked
from simpsh.course.check.lesson_check import LessonCheck
from simpsh.course.lesson.lesson import CheckFailed
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.text_steps import Try
from tests.harness.sh import PROJECT

LINES = Path(PROJECT, "tests/lessons/lines.tsv")
FEWEST_RIGHT, FEWEST_WRONG = 8, 8
"""The minimum numbers of lines for a task, with those of its lesson."""
_WAIT = re.compile(r"\bwait(?: -n| %\d| \$!)?(?=;)")
_DELAYS = ("sleep 0.2", "ls >/dev/null", "for i in $(seq 2000); do :; done", "true")
"""Commands that only seem to enforce an order."""


class TaskLine(Record):
    """A line for a task, and whether it is right."""

    lesson: str
    task: int
    """The number of the lesson's task, from 1."""
    is_right: bool
    line: str


def read_lines() -> Iterator[TaskLine]:
    """Read the corpus."""
    for row in LINES.read_text(encoding="utf-8").splitlines():
        if not row.strip() or row.startswith("#"):
            continue
        place, is_right, line, *_ = row.split("\t")
        assert is_right in ("yes", "no"), row
        name, _, rest = place.partition(" ")
        task = int(rest) if rest.isdigit() else 1 + ("second" in rest)
        yield TaskLine(name, task, is_right == "yes", line.replace("⏎", "\n"))


def judge_lines(check: LessonCheck) -> LessonReport:
    """Judge the corpus of a lesson's tasks, and lines that are made of each solution."""
    lesson = check.lesson
    tasks = [step for step in lesson.steps if isinstance(step, Try)]
    for number, task in enumerate(tasks, 1):
        check.step = lesson.steps.index(task) + 1
        typed = {
            one.line: one.is_right
            for one in read_lines()
            if (one.lesson, one.task) == (lesson.id, number)
        }
        made = dict.fromkeys((*with_luck(task.solution), *without_effect(task.solution)), False)
        lines = dict.fromkeys(task.wrong, False) | made | typed
        lines |= dict.fromkeys((task.solution, *in_other_words(task.solution)), True)
        verdicts = check.judge(task, lines)
        right = {task.solution} | {line for line, is_right in typed.items() if is_right}
        wrong = {*task.wrong} | {line for line, is_right in typed.items() if not is_right}
        with check.check("lines", f"{FEWEST_RIGHT} right and {FEWEST_WRONG} wrong lines"):
            if len(right) < FEWEST_RIGHT or len(wrong) < FEWEST_WRONG:
                raise CheckFailed(f"it has {len(right)} right and {len(wrong)} wrong lines")
        for name in task.asks:
            with check.check("lines", f"a line fails this: {name}"):
                if verdicts and name not in [failed for v in verdicts for failed in v.failed]:
                    raise CheckFailed("every line of the corpus meets this sub-claim")
    return LessonReport(lesson.id, lesson.title, check.checks)


def in_other_words(line: str) -> list[str]:
    """Return lines that differ from a line only in spelling."""
    again = _eval_of(line)
    return [again, f"{{ {again}; }}", f"if :; then {again}; fi", f"f() {{ {again}; }}; f"]


def with_luck(line: str) -> list[str]:
    """Return lines in which a delay replaces each wait that is followed by a command."""
    return [_WAIT.sub(delay, line) for delay in _DELAYS] if _WAIT.search(line) else []


def without_effect(line: str) -> list[str]:
    """Return lines that contain a line but do not run it."""
    again = _eval_of(line)
    return [f"# {line}", f"echo {again}", f"f() {{ {again}; }}", f"false && {again}"]


def _eval_of(line: str) -> str:
    """Return a command that runs a line from a string."""
    return f"eval {shlex.quote(line)}"


def main(*names: str) -> int:
    library = Library(())
    with checked(library, [library.find(name) for name in names], judge_lines) as reports:
        lines = [line for report in reports for line in lesson_lines(report, with_why=False)]
    print(*lines, sep="\n")
    return int(any("FAILED" in line for line in lines))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
