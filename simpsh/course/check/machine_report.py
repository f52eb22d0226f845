"""`simpsh doctor`: what this machine permits before a class, and what each lesson loses."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator

from simpsh.base.record import Record
from simpsh.base.screen_cells import between_words
from simpsh.console import room
from simpsh.course.lesson.lesson import Lesson
from simpsh.course.lesson.lesson_library import Library
from simpsh.kernel.processes import sched_getaffinity
from simpsh.process.machine_permits import NEEDS, UNCONFINED, all_refused, lack


class Loss(Record):
    """A step of a lesson that cannot be shown completely."""

    number: int
    """From 1."""
    name: str
    needs: tuple[str, ...]
    """The missing needs."""
    is_of_claims: bool = False
    """Whether the step is shown, without some of its claims."""

    @property
    def words(self) -> str:
        """The step and its missing needs."""
        part = "some claims of " if self.is_of_claims else ""
        return f"{part}step {self.number} “{self.name}” ({', '.join(self.needs)})"


class MachineReport(Record):
    """The results of the examination."""

    missing: dict[str, str]
    """Reasons for unmet needs, by name."""
    remedies: dict[str, str]
    """Advice about each of them."""
    refused: dict[str, str]
    """The cause of each refusal, by the name of the call."""
    losses: dict[str, list[Loss]]
    """The steps that each affected lesson cannot show; see losses_of()."""
    lessons: int
    problems: list[str]
    """Lessons that cannot be loaded."""

    @property
    def is_good(self) -> bool:
        """Whether every lesson can be shown completely."""
        return not self.losses and not self.problems


def examine(library: Library) -> MachineReport:
    """Test every need, and determine what each lesson loses."""
    lacking = {name: found for name in NEEDS if (found := lack(name))}
    reasons = {name: found.reason for name, found in lacking.items()}
    remedies = {name: found.remedy for name, found in lacking.items()}
    refused = all_refused()
    unmet = reasons | refused
    lessons, problems = library.all()
    losses = {lesson.id: lost for lesson in lessons if (lost := losses_of(lesson, unmet))}
    return MachineReport(reasons, remedies, refused, losses, len(lessons), problems)


def losses_of(lesson: Lesson, missing: dict[str, str]) -> list[Loss]:
    """Return the steps of a lesson that cannot be shown completely, in order."""
    losses = []
    for number, step in enumerate(lesson.steps, 1):
        of_step = [need for need in step.all_needs if need in missing]
        of_claims = {need for claim in step.claims for need in claim.needs if need in missing}
        if lacking := dict.fromkeys([*of_step, *sorted(of_claims)]):
            losses.append(Loss(number, step.name, tuple(lacking), is_of_claims=not of_step))
    return losses


def lines_of(report: MachineReport) -> Iterator[str]:
    """Yield the report as text: at most 80 columns, fewer on a narrow terminal."""
    columns, names = min(80, room()), max(map(len, NEEDS))

    def wrapped(text: str, indent: int, first: str = "") -> list[str]:
        return between_words(text, columns, first or " " * indent, " " * (indent + 2))

    yield from wrapped(f"{machine()}:", 0)
    for name, need in NEEDS.items():
        if name not in report.missing:
            yield from wrapped(need.purpose, names + 3, f"  ✓ {name:{names}} ")
    for name, reason in report.missing.items():
        yield from wrapped(NEEDS[name].purpose, names + 3, f"  ✗ {name:{names}} ")
        yield from wrapped(f"missing: {reason}", 18)
        yield from wrapped(f"to do:   {report.remedies[name]}", 18)
    if report.refused:
        reasons = "; ".join(report.refused.values())
        yield from wrapped(f"{reasons}. To do: {UNCONFINED}", 0)
    for problem in report.problems:
        yield from between_words(problem, room(), further="  ")
    whole = report.lessons - len(report.losses)
    if not report.lessons:
        yield from wrapped("There are no lessons here; --path DIR names a folder of them.", 0)
    elif not report.losses:
        yield from wrapped(f"All {report.lessons} lessons show everything on this machine.", 0)
    elif not whole and all(
        any("ptrace" in loss.needs for loss in losses) for losses in report.losses.values()
    ):
        yield "No lesson shows its runs, for each needs ptrace."
        return
    else:
        words = f"{whole} of {report.lessons} lessons show everything; not shown in the others:"
        yield from wrapped(words, 0)
    for lesson, losses in report.losses.items():
        yield from wrapped(f"{lesson}: {'; '.join(loss.words for loss in losses)}", 2)


def machine() -> str:
    """Describe this machine in a phrase."""
    user = "root" if os.geteuid() == 0 else "an ordinary user"
    count = len(sched_getaffinity())
    processors = "one processor" if count == 1 else f"{count} processors"
    terminal = (
        f"a terminal ({os.environ.get('TERM', 'unnamed')})" if os.isatty(1) else "no terminal"
    )
    version = ".".join(map(str, sys.version_info[:3]))
    return f"Linux {platform.release()}, Python {version}, {processors}, {user}, {terminal}"
