"""`simpsh doctor`: before a class, what this machine permits, and which lessons lose what."""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simpsh.course import needs
from simpsh.course.loading import Library
from simpsh.course.steps import Compare, Explore, Run, Try
from simpsh.errors import UsageProblem
from simpsh.kernel.descriptors import write_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simpsh.course.lesson import Lesson
    from simpsh.course.steps import AnyStep

USAGE = """\
usage: simpsh doctor [--format text|json] [--path DIR]

Tries what the lessons need of this machine, says what to do about what is missing, and which
steps of which lessons will only be told. The status is 0 if every lesson shows everything, else 1.
"""
SCHEMA = "simpsh.doctor/1"
_NARROW = 78


@dataclass(frozen=True, slots=True)
class Loss:
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
class Examination:
    """What was found."""

    missing: dict[str, str]
    """Why a need is not met, by its name."""
    losses: list[Loss]
    lessons: int
    problems: list[str]
    """Lessons that cannot be loaded."""

    @property
    def is_good(self) -> bool:
        """Whether every lesson shows everything."""
        return not self.losses and not self.problems


def main(argv: Sequence[str]) -> int:
    """Do what `simpsh doctor …` says, and return its exit status.

    Raises:
        UsageProblem: the command line is none of its own.
        OSError: standard output cannot be written.
    """
    form, folders, rest = "text", [], list(argv)
    while rest:
        name, equals, value = rest.pop(0).partition("=")
        if name in ("--help", "-h"):
            write_all(1, USAGE.encode())
            return 0
        if name not in ("--format", "--path") or not (equals or rest):
            raise UsageProblem(f"doctor: {name}: see simpsh doctor --help")
        value = value if equals else rest.pop(0)
        if name == "--path":
            folders.append(value)
        else:
            form = value
    if form not in ("text", "json"):
        raise UsageProblem(f"doctor: --format {form}: it is text or json")
    found = examine(Library(folders))
    text = as_json(found) if form == "json" else "".join(f"{one}\n" for one in lines_of(found))
    write_all(1, text.encode("utf-8", "backslashreplace"))
    return 0 if found.is_good else 1


def examine(library: Library) -> Examination:
    """Try every need, and look through all lessons for what they lose."""
    missing = {name: reason for name in needs.NEEDS if (reason := needs.missing(name))}
    lessons, problems = library.all()
    losses = [loss for lesson in lessons for loss in losses_of(lesson, missing)]
    return Examination(missing, losses, len(lessons), problems)


def losses_of(lesson: Lesson, missing: dict[str, str]) -> Iterator[Loss]:
    """Yield the steps of a lesson that cannot be shown, or not wholly."""
    for number, step in enumerate(lesson.steps, 1):
        wanted = needs.needs_of(step)
        if isinstance(step, Run | Compare) and "ptrace" in missing:
            # Its processes run and print, but nobody sees them.
            wanted = (*wanted, "ptrace")
        what = _name_of(step)
        for need in wanted:
            if need in missing:
                yield Loss(lesson.id, number, what, need, is_whole=True)
        of_claims = {need for claim in getattr(step, "claims", ()) for need in claim.needs}
        for need in sorted(of_claims - {*wanted}):
            if need in missing:
                yield Loss(lesson.id, number, what, need, is_whole=False)


def _name_of(step: AnyStep) -> str:
    if isinstance(step, Run | Compare | Explore):
        return step.id
    return "a task at the prompt" if isinstance(step, Try) else type(step).__name__.lower()


# -------------------------------------------------------------------------------- telling


def lines_of(found: Examination) -> Iterator[str]:
    """Yield the report, for people: at most 80 columns where the reasons allow it."""
    yield f"{machine()}:"
    for name, need in needs.NEEDS.items():
        if name not in found.missing:
            yield f"  ✓ {name:13} {need.what}"
    for name, reason in found.missing.items():
        yield f"  ✗ {name:13} {needs.NEEDS[name].what}"
        yield from _wrapped(f"missing: {reason}", 18)
        yield from _wrapped(f"to do:   {needs.NEEDS[name].remedy}", 18)
    yield from found.problems
    touched = list(dict.fromkeys(loss.lesson for loss in found.losses))
    whole = found.lessons - len(touched)
    if not found.lessons:
        yield "There are no lessons here; --path DIR names a folder of them."
    elif not touched:
        yield f"All {found.lessons} lessons show everything on this machine."
    else:
        yield f"{whole} of {found.lessons} lessons show everything; in the others is only told:"
    for lesson in touched:
        yield from _wrapped(
            f"{lesson}: {_losses([o for o in found.losses if o.lesson == lesson])}", 2
        )


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


def _losses(losses: Sequence[Loss]) -> str:
    parts = []
    for step in dict.fromkeys(loss.step for loss in losses):
        of_step = [loss for loss in losses if loss.step == step]
        wanted = ", ".join(dict.fromkeys(loss.need for loss in of_step))
        part = "" if any(loss.is_whole for loss in of_step) else "some claims of "
        parts.append(f"{part}step {step} “{of_step[0].what}” ({wanted})")
    return "; ".join(parts)


def _wrapped(text: str, indent: int) -> Iterator[str]:
    import textwrap

    room = _NARROW - indent
    first = True
    for line in textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False):
        yield " " * indent + ("" if first else "  ") + line
        first = False


def as_json(found: Examination) -> str:
    """Return the report as JSON of schema simpsh.doctor/1.

    An object: schema, machine, complete (a truth value), needs (name, what, met, reason, remedy),
    lost (lesson, step from 1, what, need, whole) and problems (lines).
    """
    needed = [
        {
            "name": name,
            "what": need.what,
            "met": name not in found.missing,
            "reason": found.missing.get(name, ""),
            "remedy": need.remedy,
        }
        for name, need in needs.NEEDS.items()
    ]
    lost = [
        {
            "lesson": loss.lesson,
            "step": loss.step,
            "what": loss.what,
            "need": loss.need,
            "whole": loss.is_whole,
        }
        for loss in found.losses
    ]
    whole = {
        "schema": SCHEMA,
        "machine": machine(),
        "complete": found.is_good,
        "needs": needed,
        "lost": lost,
        "problems": found.problems,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"
