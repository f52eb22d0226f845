"""Examining a shell: each behaviour is tried on a fresh start of it, in a directory of its own."""

from __future__ import annotations

import os
import tempfile
from itertools import islice
from typing import TYPE_CHECKING

from simpsh.chronicle.telling import chronicle_of
from simpsh.errors import SimpshError
from simpsh.grade import job_control, plumbing, running
from simpsh.grade.behaviour import Trial
from simpsh.grade.marks import Check, Mark
from simpsh.grade.seat import SECONDS, Seat, Stuck
from simpsh.trace.starting import find_program
from simpsh.view.formats import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simpsh.chronicle.model import Chronicle
    from simpsh.grade.behaviour import Behaviour
    from simpsh.grade.cage import Cage
    from simpsh.grade.rubric import Rubric

BEHAVIOURS = (*running.BEHAVIOURS, *plumbing.BEHAVIOURS, *job_control.BEHAVIOURS)
"""All that a shell can be asked for, in the order in which one builds it."""
_PICTURE_LINES = 30


def environment_in(directory: str) -> Mapping[str, str]:
    """Return what a shell under examination gets: nobody's start-up files, and a plain terminal."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": directory,
        "LC_ALL": "C",
        "TERM": "dumb",
        "PWD": directory,
    }


def check_shell(argv: Sequence[str]) -> tuple[str, ...]:
    """Return the shell's command line with the path of its program.

    Raises:
        SimpshError: there is no such program, or it may not be executed.
    """
    path = find_program(argv[0], os.environ)
    if not path or not os.path.exists(path):
        raise SimpshError(f"{argv[0]}: there is no such program")
    if not os.access(path, os.X_OK) or os.path.isdir(path):
        raise SimpshError(f"{argv[0]}: it may not be executed; try chmod +x")
    return (os.path.abspath(path), *argv[1:])


def examine(
    argv: Sequence[str],
    behaviour: Behaviour,
    rubric: Rubric,
    *,
    prompt: str = "",
    seconds: float = SECONDS,
    cage: Cage | None = None,
) -> Mark:
    """Try one behaviour of a shell, and return what it is worth.

    Args:
        argv: the shell, as check_shell() returns it.
        behaviour: what to try.
        rubric: the points.
        prompt: what the shell prints when it is ready; empty if that is not to be looked for.
        seconds: how long anything may take before the shell counts as stuck.
        cage: what the shell is to enter before it begins; see grade.cage.

    Raises:
        NotTraceable: this process may not trace its children.
        OSError: no terminal, process or directory can be made.
    """
    with tempfile.TemporaryDirectory(prefix="simpsh-grade-") as directory:
        _furnish(directory)
        if cage is not None:
            cage.give(directory)
        environment = environment_in(directory)
        enter = cage.enter if cage is not None else None
        with Seat(
            argv, directory, environment, prompt=prompt, seconds=seconds, prepare=enter
        ) as seat:
            trial = Trial(behaviour, seat)
            stuck = ""
            try:
                behaviour.play(trial)
            except Stuck as problem:
                stuck = str(problem)
            recording = seat.end()
    chronicle = chronicle_of(recording.events, recording.header.level)
    if behaviour.judge is not None:
        behaviour.judge(trial, chronicle)
    return _mark(trial, chronicle, stuck, rubric)


def _furnish(directory: str) -> None:
    for name, text in (("data", "some data\n"), ("full", "this text is in the way\n")):
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            file.write(text)
    os.mkdir(os.path.join(directory, "folder"))


def _mark(trial: Trial, chronicle: Chronicle, stuck: str, rubric: Rubric) -> Mark:
    behaviour = trial.behaviour
    checks = []
    for key, (sentence, _) in behaviour.checks.items():
        instead = trial.found.get(key, stuck or "it did not come to that")
        points = rubric.points(behaviour, key)
        checks.append(Check(sentence, points, not instead, instead))
    failed = any(not check.is_passed for check in checks)
    return Mark(
        behaviour.id,
        behaviour.title,
        tuple(checks),
        look_at=behaviour.look_at if failed else "",
        picture=_picture(chronicle) if failed else "",
    )


def _picture(chronicle: Chronicle) -> str:
    lines = "".join(render(chronicle)).splitlines()
    text = [line.rstrip() for line in islice(lines, _PICTURE_LINES)]
    if len(lines) > _PICTURE_LINES:
        text.append(f"… and {len(lines) - _PICTURE_LINES} lines more")
    return "\n".join(text)
