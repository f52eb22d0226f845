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
from simpsh.process.machine_permits import CALLS, NEEDS, UNCONFINED, all_refused, missing


class MachineReport(Record):
    """The results of the examination."""

    missing: dict[str, str]
    """Reasons for unmet needs, by name."""
    refused: dict[str, str]
    """The cause of each refusal, by the name of the call."""
    losses: dict[str, dict[int, str]]
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
    lacking = {name: reason for name in NEEDS if (reason := missing(name))}
    refused = all_refused()
    unmet = lacking | refused
    lessons, problems = library.all()
    losses = {lesson.id: lost for lesson in lessons if (lost := losses_of(lesson, unmet))}
    return MachineReport(lacking, refused, losses, len(lessons), problems)


def losses_of(lesson: Lesson, missing: dict[str, str]) -> dict[int, str]:
    """Return the steps of a lesson that cannot be shown completely, by number from 1."""
    losses = {}
    for number, step in enumerate(lesson.steps, 1):
        of_step = [need for need in step.all_needs if need in missing]
        of_claims = {need for claim in step.claims for need in claim.needs if need in missing}
        if lacking := dict.fromkeys([*of_step, *sorted(of_claims)]):
            part = "" if of_step else "some claims of "
            losses[number] = f"{part}step {number} “{step.name}” ({', '.join(lacking)})"
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
        # If a seccomp filter refuses the call, only removing the filter helps.
        is_filtered = "a seccomp filter refuses" in reason
        yield from wrapped(f"to do:   {UNCONFINED if is_filtered else NEEDS[name].remedy}", 18)
    for call, reason in report.refused.items():
        # The losses from the other calls are listed above.
        if CALLS[call].without:
            yield from wrapped(f"– {call}: {reason}; without it, {CALLS[call].without}", 2)
    for problem in report.problems:
        yield from between_words(problem, room(), further="  ")
    whole = report.lessons - len(report.losses)
    if not report.lessons:
        yield from wrapped("There are no lessons here; --path DIR names a folder of them.", 0)
    elif not report.losses:
        yield from wrapped(f"All {report.lessons} lessons show everything on this machine.", 0)
    elif not whole and all("ptrace" in str(losses) for losses in report.losses.values()):
        yield "No lesson shows its runs, for each needs ptrace."
        return
    else:
        words = f"{whole} of {report.lessons} lessons show everything; not shown in the others:"
        yield from wrapped(words, 0)
    for lesson, losses in report.losses.items():
        yield from wrapped(f"{lesson}: {'; '.join(losses.values())}", 2)


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
