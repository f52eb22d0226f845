"""Examining a shell: each behaviour is tried on a fresh start of it, in a directory of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence

from simpsh.base.errors import SimpshError
from simpsh.base.record import changed
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.grade.reports.grade_marks import GradedCheck, Mark, beginning
from simpsh.grade.sandbox.program_build import events_as_typed
from simpsh.grade.sandbox.sandbox import Sandbox
from simpsh.grade.shells import command_behaviours, job_control_behaviours, redirection_behaviours
from simpsh.grade.shells.shell_behaviour import Behaviour, BehaviourTrial, Rubric
from simpsh.grade.shells.terminal_session import SECONDS, Stuck, TerminalSession
from simpsh.kernel.program_execution import file_to_execute
from simpsh.trace.tracer.traced_command import TracedCommand
from simpsh.view.run_formats import render

BEHAVIOURS = (
    *command_behaviours.BEHAVIOURS,
    *redirection_behaviours.BEHAVIOURS,
    *job_control_behaviours.BEHAVIOURS,
)
"""All that a shell can be asked for, in the order in which one builds it."""
_PICTURE_LINES = 30


def environment_in(directory: str) -> Mapping[str, str]:
    """Return what a shell under examination gets: no start-up files, and a plain terminal."""
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
    path = file_to_execute(argv[0], os.environ)
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
    sandbox: Sandbox | None = None,
) -> Mark:
    """Try one behaviour of a shell, and return what it is worth.

    Args:
        argv: the shell, as check_shell() returns it.
        behaviour: what to try.
        rubric: the points.
        prompt: what the shell prints when it is ready; empty if that is not to be looked for.
        seconds: how long anything may take before the shell counts as stuck.
        sandbox: what the shell is to enter before it begins.

    Raises:
        NotTraceable: this process may not trace its children.
        OSError: no terminal, process or directory can be made.
    """
    with tempfile.TemporaryDirectory(prefix="simpsh-grade-") as directory:
        _furnish(directory)
        if sandbox is not None:
            sandbox.give(directory)
        command = TracedCommand(tuple(argv), environment_in(directory), directory)
        enter = sandbox.enter if sandbox is not None else None
        with TerminalSession(command, prompt=prompt, seconds=seconds, prepare=enter) as shell:
            trial, stuck = BehaviourTrial(behaviour), ""
            try:
                shell.wait_prompt()
                behaviour.play(trial, shell)
            except Stuck as problem:
                stuck = str(problem)
            recording = shell.end()
    chronicle = chronicle_of(events_as_typed(recording.events, argv), recording.header.level)
    if behaviour.judge is not None:
        behaviour.judge(trial, chronicle)
    checks = graded(behaviour, rubric, trial.found, stuck or "it did not come to that")
    mark = Mark(behaviour.id, behaviour.title, checks)
    if mark.is_full:
        return mark
    return changed(mark, look_at=behaviour.look_at, picture=_picture(chronicle))


def _furnish(directory: str) -> None:
    for name, text in (("data", "some data\n"), ("full", "this text is in the way\n")):
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            file.write(text)
    os.mkdir(os.path.join(directory, "folder"))


def graded(
    behaviour: Behaviour, rubric: Rubric, found: Mapping[str, str], otherwise: str
) -> tuple[GradedCheck, ...]:
    """Return the checks of a behaviour with their points.

    Args:
        behaviour: which.
        rubric: the points.
        found: what was the case instead, by key; empty for a check that passed.
        otherwise: what is said of a check that was not made.
    """
    return tuple(
        GradedCheck(sentence, rubric.points(behaviour, key), found.get(key, otherwise), key)
        for key, (sentence, _) in behaviour.checks.items()
    )


def _picture(chronicle: Chronicle) -> str:
    lines = [line.rstrip() for line in "".join(render(chronicle)).splitlines()]
    return "\n".join(beginning(lines, _PICTURE_LINES))
