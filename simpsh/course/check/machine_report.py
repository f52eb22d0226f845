"""`simpsh doctor`: before a class, what this machine permits, and which lessons lose what."""

from __future__ import annotations

import os
import platform
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from simpsh.course.lesson.lesson import Lesson
from simpsh.course.lesson.lesson_library import Library
from simpsh.process.machine_permits import NEEDS, missing


@dataclass(frozen=True, slots=True)
class LostStep:
    """A step, or claims of it, that cannot be shown here."""

    lesson: str
    step: int
    """Its number, from 1."""
    what: str
    """The id of the run, or what kind of step it is."""
    need: str
    is_whole: bool
    """Whether the whole step is lost, or only some of its claims."""


@dataclass(frozen=True, slots=True)
class MachineReport:
    """What was found."""

    missing: dict[str, str]
    """Why a need is not met, by its name."""
    losses: list[LostStep]
    lessons: int
    problems: list[str]
    """Lessons that cannot be loaded."""

    @property
    def is_good(self) -> bool:
        """Whether every lesson shows everything."""
        return not self.losses and not self.problems


def examine(library: Library) -> MachineReport:
    """Try every need, and look through all lessons for what they lose."""
    lacking = {name: reason for name in NEEDS if (reason := missing(name))}
    lessons, problems = library.all()
    losses = [loss for lesson in lessons for loss in losses_of(lesson, lacking)]
    return MachineReport(lacking, losses, len(lessons), problems)


def losses_of(lesson: Lesson, missing: dict[str, str]) -> Iterator[LostStep]:
    """Yield the steps of a lesson that cannot be shown, or not wholly."""
    for number, step in enumerate(lesson.steps, 1):
        wanted = step.all_needs
        of_claims = {need for claim in step.claims for need in claim.needs}
        for need in (*wanted, *sorted(of_claims - {*wanted})):
            if need in missing:
                is_whole = need in wanted
                yield LostStep(lesson.id, number, step.name, need, is_whole=is_whole)


def lines_of(report: MachineReport) -> Iterator[str]:
    """Yield the report, for people: at most 80 columns where the reasons allow it."""

    def wrapped(text: str, indent: int) -> list[str]:
        return textwrap.wrap(
            text,
            80,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + 2),
            break_long_words=False,
            break_on_hyphens=False,
        )

    yield f"{machine()}:"
    for name, need in NEEDS.items():
        if name not in report.missing:
            yield f"  ✓ {name:13} {need.what}"
    for name, reason in report.missing.items():
        yield f"  ✗ {name:13} {NEEDS[name].what}"
        yield from wrapped(f"missing: {reason}", 18)
        yield from wrapped(f"to do:   {NEEDS[name].remedy}", 18)
    yield from report.problems
    touched = list(dict.fromkeys(loss.lesson for loss in report.losses))
    whole = report.lessons - len(touched)
    if not report.lessons:
        yield "There are no lessons here; --path DIR names a folder of them."
    elif not touched:
        yield f"All {report.lessons} lessons show everything on this machine."
    else:
        yield f"{whole} of {report.lessons} lessons show everything; in the others is only told:"
    for lesson in touched:
        parts = []
        of_lesson = [loss for loss in report.losses if loss.lesson == lesson]
        for number in dict.fromkeys(loss.step for loss in of_lesson):
            of_step = [loss for loss in of_lesson if loss.step == number]
            wanted = ", ".join(dict.fromkeys(loss.need for loss in of_step))
            part = "" if any(loss.is_whole for loss in of_step) else "some claims of "
            parts.append(f"{part}step {number} “{of_step[0].what}” ({wanted})")
        yield from wrapped(f"{lesson}: {'; '.join(parts)}", 2)


def machine() -> str:
    """Say in a phrase what this machine is."""
    user = "root" if os.geteuid() == 0 else "an ordinary user"
    count = len(os.sched_getaffinity(0))
    processors = "one processor" if count == 1 else f"{count} processors"
    terminal = (
        f"a terminal ({os.environ.get('TERM', 'unnamed')})" if os.isatty(1) else "no terminal"
    )
    version = ".".join(map(str, sys.version_info[:3]))
    return f"Linux {platform.release()}, Python {version}, {processors}, {user}, {terminal}"
