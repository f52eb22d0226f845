"""Trying an assignment file on shells: right ones get all points, and useless ones few.

A mistake in the file gives wrong marks to a whole class. Signs of one are a right shell that loses
a point, and a check that no wrong shell loses.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

from simpsh.base.phrases import counted
from simpsh.base.record import Record
from simpsh.grade.assignments.assignment import Assignment
from simpsh.grade.reports.grade_marks import Mark, number
from simpsh.grade.sandbox.program_build import program_of
from simpsh.grade.shells.shell_examination import (
    ExaminationOptions,
    behaviours_of,
    check_shell,
    examine_within,
)
from simpsh.process.own_directory import own_directory

_READS = "import sys\nwhile True:\n    print('$ ', end='', flush=True)\n    line = input()\n"
USELESS: Mapping[str, str] = {
    "a shell that reads lines and does nothing": _READS,
    "a shell that prints each line": f"{_READS}    print(line)\n",
    "a shell that ends after a line": "input()\n",
}
"""Programs that deserve almost no points."""
USELESS_PROGRAMS: Mapping[str, str] = {
    "a program that does nothing": "",
    "a program that prints its arguments and its input": (
        "import sys\nprint(*sys.argv[1:])\nif not sys.stdin.isatty(): print(sys.stdin.read())\n"
    ),
    "a program that waits for a signal": "import signal\nsignal.pause()\n",
}
_TEXTS = ("file", "output", "output-like")
_MOST_USELESS = 0.5
"""A useless shell with a larger share of the points shows that the file asks too little."""


class Trial(Record):
    """The marks of one shell."""

    name: str
    is_right: bool
    """Whether it should get all points."""
    marks: tuple[Mark, ...]

    @property
    def points(self) -> float:
        """How many points it got."""
        return sum(mark.points for mark in self.marks)

    @property
    def of(self) -> float:
        """How many points there are."""
        return sum(mark.of for mark in self.marks)

    @property
    def lost(self) -> dict[str, str]:
        """The failures, by check."""
        pairs = [(mark, check) for mark in self.marks for check in mark.checks]
        return {f"{mark.id}.{it.key}": it.instead for mark, it in pairs if not it.is_passed}

    @property
    def problem(self) -> str:
        """The fault of the file that its marks show, in a sentence; empty if there is none."""
        if self.is_right:
            return "; ".join(f"{key}: {reason}" for key, reason in self.lost.items())
        if not self.lost:
            return "a wrong one gets all points"
        if self.name in {*USELESS, *USELESS_PROGRAMS} and self.points > _MOST_USELESS * self.of:
            return "a useless one gets more than half of the points"
        return ""


def try_assignment(
    assignment: Assignment,
    right: Sequence[str],
    wrong: Sequence[str],
    options: ExaminationOptions,
    tell: Callable[[str], object],
) -> list[Trial]:
    """Judge right, wrong and useless shells by an assignment.

    Raises SimpshError: there is no such shell, or it is not built. OSError: like examine().
    """
    shells = [(word, True, _command(word)) for word in right]
    shells += [(word, False, _command(word)) for word in wrong]
    trials = []
    with own_directory("simpsh-useless-") as folder:
        useless = USELESS_PROGRAMS if assignment.is_program else USELESS
        for number, (name, text) in enumerate(useless.items()):
            path = os.path.join(folder, f"useless-{number}.py")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            shells.append((name, False, (sys.executable, path)))
        for name, is_right, argv in shells:
            marks = []
            for behaviour in behaviours_of(assignment):
                tell(f"{name}: {behaviour.id}")
                seconds = 60 * options.seconds
                marks.append(examine_within(seconds, argv, behaviour, assignment, options))
            trials.append(Trial(name, is_right, tuple(marks)))
    return trials


def anonymous_texts(assignment: Assignment) -> Iterator[str]:
    """Yield a line for each check of a program's output that says nothing about who wrote it."""
    for behaviour in assignment.behaviours if assignment.is_program else ():
        for step in behaviour.steps:
            is_text = step.verb in _TEXTS and not {"mode", "not"} & {*step.details}
            if is_text and step.check:
                yield (
                    f"{behaviour.id}.{step.check}: any process may have printed this text; a step "
                    "`written = { text, by }` asks who did"
                )


def _command(word: str) -> tuple[str, ...]:
    return program_of(word) if word.endswith((".c", ".py")) else check_shell([word])


def trial_lines(trials: Sequence[Trial]) -> Iterator[str]:
    """Yield a line for the points of each shell, and one for the checks that no wrong one lost."""
    for trial in trials:
        sign = "✗" if trial.problem else "✓"
        score = f"{number(trial.points)}/{number(trial.of)}"
        kind = "right" if trial.is_right else "wrong"
        words = f" {sign} {score:>9}  {kind}: {trial.name}"
        yield f"{words}: {trial.problem}" if trial.problem else words
    wrong = [trial for trial in trials if not trial.is_right]
    every = [f"{mark.id}.{check.key}" for mark in wrong[0].marks for check in mark.checks]
    never_lost = [key for key in every if not any(key in trial.lost for trial in wrong)]
    yield ""
    if never_lost:
        yield f"no wrong one loses {counted(len(never_lost), 'check')}: {', '.join(never_lost)}"
    else:
        yield f"each of {counted(len(every), 'check')} is lost by a wrong one"
