"""Judging a program by what its processes do: run it under the tracer, ask, and say what it did.

The answer to a program has three parts: what was asked, what it did, what to look at.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random

from simpsh.base.errors import UsageProblem
from simpsh.base.events import Exec, Exit
from simpsh.base.phrases import place_words
from simpsh.base.record import changed
from simpsh.course.guard import machine_needs
from simpsh.course.guard.process_containment import NotGuarded, parse
from simpsh.course.lesson.expectation import Unknown
from simpsh.course.lesson.observation import Observation
from simpsh.course.run.demonstration_monitor import observe
from simpsh.course.run.demonstration_process import become_program
from simpsh.course.run.demonstration_setup import DemonstrationSetup
from simpsh.course.run.step_performance import act_of
from simpsh.grade.exercises.exercise import PROGRAM, Asked, Exercise, Trial
from simpsh.grade.reports.grade_marks import GradedCheck, Mark, beginning, number
from simpsh.grade.sandbox.program_build import events_as_typed
from simpsh.grade.sandbox.sandbox import Sandbox
from simpsh.grade.shells.installed_shells import installed_shell
from simpsh.grade.shells.shell_behaviour import Behaviour, Rubric
from simpsh.grade.shells.shell_examination import (
    BEHAVIOURS,
    ExaminationOptions,
    examine,
    graded,
    home_of,
)
from simpsh.grade.shells.substitute_shell import ShellRun, substitute
from simpsh.kernel.descriptors import dup2, lseek, memfd_create, write_all
from simpsh.process import proc
from simpsh.trace.source.call_sites import CallSites
from simpsh.view.timeline.terminal_timeline import draw_timeline

_SECONDS = 10.0
"""How long a shell has for anything; that it is stuck is found sooner."""
_MOST_ROWS = 40
_SYSTEM = ("/usr/", "/bin/")


class Judgement(Mark):
    """What a program got in an exercise, with the runs that it is about."""

    runs: tuple[Observation, ...] = ()


def trials_of(exercise: Exercise, seed: int = 0) -> Sequence[Trial]:
    """Return what is to be run, for a seed."""
    if callable(exercise.trials):
        return exercise.trials(Random(f"{exercise.id} {seed}"))
    return exercise.trials


def judge(
    exercise: Exercise, argv: Sequence[str], seed: int = 0, sandbox: Sandbox | None = None
) -> Judgement:
    """Run a program as often as an exercise says, and judge what it did.

    Args:
        exercise: what is asked.
        argv: the program, with the path of its file; see program_build.
        seed: which variant, where there are several.
        sandbox: what the program is to enter before it begins.

    Raises:
        NotObservable: this process may trace no other.
        OSError: EAGAIN ENOSPC …; the program cannot be run at all.
    """
    if exercise.behaviours:
        return _examined(exercise, argv, sandbox)
    trials = trials_of(exercise, seed)
    checks: list[GradedCheck] = []
    runs: list[Observation] = []
    another = ""
    for place, trial in enumerate(trials):
        reason = machine_needs.why_not(trial.needs)
        if sandbox is not None and "cgroup" in trial.needs:
            reason = "cgroup: what runs in a sandbox may make no control group"
        if reason:
            return Judgement(exercise.id, exercise.title, (), omitted=reason)
        try:
            seen = run(trial, argv, sandbox)
        except NotGuarded as refusal:
            return Judgement(exercise.id, exercise.title, (), omitted=str(refusal))
        runs.append(seen)
        if exercise.by_itself:
            another = another or _another_shell(trial, argv, seen)
        checks += [_checked(asked, seen, place) for asked in trial.asks]
    if another:
        checks = [changed(check, instead=another) for check in checks]
    failed = {check.key for check in checks if not check.is_passed}
    asked_all = (asked for trial in trials for asked in trial.asks)
    look_at = next((asked.look_at for asked in asked_all if asked.key in failed), "")
    return Judgement(
        exercise.id,
        exercise.title,
        tuple(checks),
        look_at=look_at,
        disqualified=another,
        runs=tuple(runs),
    )


def _another_shell(trial: Trial, argv: Sequence[str], seen: Observation) -> str:
    """Return in a sentence which other shell did the work of a trial; empty if none did."""
    shells = {
        event.seq: installed_shell(event.what.exe) or _gone(event.what.exe)
        for event in seen.events
        if isinstance(event.what, Exec)
    }
    typed = (*trial.input.splitlines(), " ".join(trial.arguments))
    root = next((event.proc for event in seen.events if seen.name_of(event.proc) == PROGRAM), "")
    known = ShellRun(home_of(argv), may_be_installed=False, typed=typed, shells=shells, root=root)
    return substitute(seen.events, known)


def _gone(program: str) -> str:
    """Return a program that cannot be looked at any more: a copy that was removed."""
    return "" if os.path.isfile(program) else program


def unjudged(exercise: Exercise, seed: int, reason: str) -> Mark:
    """Return what a program gets that did nothing of what is asked, for this reason."""
    if exercise.behaviours:
        checks = [
            _named(one, check, reason)
            for one, keys in _behaviours_of(exercise)
            for check in graded(one, Rubric(), {}, reason)
            if check.key in keys
        ]
    else:
        trials = trials_of(exercise, seed)
        checks = [_graded(one, 0, reason) for trial in trials for one in trial.asks]
    return Mark(exercise.id, exercise.title, tuple(checks))


def _behaviours_of(exercise: Exercise) -> list[tuple[Behaviour, list[str]]]:
    """Return the behaviours that are asked of a shell, and which of their checks."""
    asked = set(exercise.behaviours)
    found = [
        (one, [key for key in one.checks if asked & {one.id, f"{one.id}.{key}"}])
        for one in BEHAVIOURS
    ]
    return [(one, keys) for one, keys in found if keys]


def _examined(exercise: Exercise, argv: Sequence[str], sandbox: Sandbox | None) -> Judgement:
    """Judge a shell: what it does at a terminal."""
    checks, look_at, picture, disqualified = [], "", "", ""
    options = ExaminationOptions(seconds=_SECONDS, sandbox=sandbox)
    for behaviour, keys in _behaviours_of(exercise):
        mark = examine(argv, behaviour, Rubric(), options)
        wanted = [check for check in mark.checks if check.key in keys]
        disqualified = disqualified or mark.disqualified
        if not look_at and not picture and not all(check.is_passed for check in wanted):
            look_at, picture = mark.look_at, mark.picture
        checks += [
            _named(behaviour, check, check.instead and f"“{behaviour.id}”: {check.instead}")
            for check in wanted
        ]
    return Judgement(
        exercise.id, exercise.title, tuple(checks), look_at, picture, disqualified=disqualified
    )


def _named(behaviour: Behaviour, check: GradedCheck, instead: str) -> GradedCheck:
    """Return a check of a behaviour as one of an exercise, which asks for several behaviours."""
    key, sentence = f"{behaviour.id}.{check.key}", f"{behaviour.id}: {check.sentence}"
    return changed(check, sentence=sentence, instead=instead, key=key)


def run(trial: Trial, argv: Sequence[str], sandbox: Sandbox | None = None) -> Observation:
    """Run a program once as a trial says, in a sandbox if there is one; return what was seen.

    Raises:
        NotObservable: this process may trace no other.
        NotGuarded: nothing here would contain what multiplies.
    """
    if sandbox is not None:
        # Its limit of processes is the guard; and what ends the sandbox ends all processes.
        return _observed(trial, argv, None, sandbox)
    if trial.guard is None or str(trial.guard).startswith("cgroup"):
        return _observed(trial, argv, trial.guard)
    if isinstance(trial.guard, int):
        # It binds root as well, and leaves the program its user, who may read it.
        with suppress(NotGuarded):
            return _observed(trial, argv, f"cgroup {trial.guard}")
    with tempfile.TemporaryDirectory(prefix="simpsh-program-", dir=_public_place()) as directory:
        # It runs as a user who may see neither this one's home nor its cache.
        os.chmod(directory, 0o755)
        own = {one for one in argv if os.path.isfile(one) and not one.startswith(_SYSTEM)}
        copies = [shutil.copy(one, directory) if one in own else one for one in argv]
        return _observed(trial, copies, trial.guard)


def _public_place() -> str:
    """Return a directory for temporary files that every user can get to."""
    place = Path(tempfile.gettempdir()).resolve()
    is_public = all(one.stat().st_mode & 1 for one in (place, *place.parents))
    return str(place) if is_public else "/tmp"


def _observed(
    trial: Trial, argv: Sequence[str], guard: int | str | None, sandbox: Sandbox | None = None
) -> Observation:
    seconds = min(trial.seconds, sandbox.limits.seconds / 2) if sandbox else trial.seconds
    sites = CallSites(proc.memory)
    setup = DemonstrationSetup(
        main=PROGRAM,
        call_sites=sites,
        births=trial.births,
        acts=tuple(map(act_of, trial.at_rest)),
        terminal=trial.terminal,
        guard=guard,
        calls=frozenset().union(*(asked.expectation.calls for asked in trial.asks)),
        deadline_seconds=seconds,
    )
    words = (*trial.within, *argv, *trial.arguments)
    if not os.path.isfile(words[0]):
        raise UsageProblem(f"{words[0]}: there is no such program")
    # Read here, once, and not in the process that watches each run.
    sites.prepare(argv[0])
    seen = observe(partial(_begin, trial, words, sandbox), setup)
    return replace(seen, events=events_as_typed(seen.events, argv))


def _begin(trial: Trial, argv: Sequence[str], sandbox: Sandbox | None) -> None:
    """Become the program, with the input and the files that the trial gives it."""
    if sandbox is not None:
        # The directory is the judge's, and only here known.
        os.chmod(".", 0o777)
        sandbox.enter(parse(trial.guard)[1] if trial.guard is not None else 0)
    for name, text in trial.files.items():
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)
    if trial.input:
        source = memfd_create("input")
        write_all(source, trial.input.encode())
        lseek(source, 0, os.SEEK_SET)
        dup2(source, 0)
    become_program(argv[0], argv)


def _checked(asked: Asked, seen: Observation, trial: int) -> GradedCheck:
    if seen.problem.startswith(f"{PROGRAM}: "):
        # It was never executed: what it did not do wrong is no merit.
        return _graded(asked, trial, seen.problem)
    try:
        verdict = asked.expectation.judge(seen)
    except Unknown as doubt:
        return _graded(asked, trial, f"not shown: {doubt}")
    if verdict.holds:
        return _graded(asked, trial, "")
    did = asked.did(seen) if callable(asked.did) else asked.did
    words = seen.problem or did or verdict.because
    event = verdict.events[0] if verdict.events else -1
    if not seen.problem and event >= 0 and (place := place_words(seen.events[event].at)):
        words = f"{words.rstrip('.')} ({place})"
    return _graded(asked, trial, words, event)


def _graded(asked: Asked, trial: int, instead: str, event: int = -1) -> GradedCheck:
    return GradedCheck(asked.sentence, asked.points, instead, asked.key, trial, event)


def answer(judgement: Judgement, *, width: int = 80, in_colour: bool = False) -> Iterator[str]:
    """Return what a student reads after a check, line by line.

    Args:
        judgement: what the program got.
        width: of the lines of the picture.
        in_colour: repeat states in colour.
    """
    if judgement.omitted:
        yield f"{judgement.title}: not tried here: {judgement.omitted}"
        return
    yield "What was asked"
    for check in judgement.checks:
        yield f"  {'✓' if check.is_passed else '–'} {check.sentence}"
    failed = [check for check in judgement.checks if not check.is_passed]
    if not failed:
        yield ""
        yield f"All of it: {number(judgement.of)} of {number(judgement.of)} points."
        return
    yield ""
    yield "What your program did"
    for words in dict.fromkeys(check.instead for check in failed):
        # A process's name stays as it is written everywhere else.
        first = words[:1] if words.startswith(PROGRAM) else words[:1].upper()
        yield f"  {first}{words[1:].rstrip('.')}."
    yield ""
    yield from _picture(judgement, failed, width, in_colour=in_colour)
    if judgement.look_at:
        yield ""
        yield "What to look at"
        yield f"  {judgement.look_at}"
    yield ""
    yield f"{number(judgement.points)} of {number(judgement.of)} points."


def _picture(
    judgement: Judgement, failed: list[GradedCheck], width: int, *, in_colour: bool
) -> Iterator[str]:
    if not judgement.runs:
        yield from judgement.picture.splitlines()
        return
    first = failed[0]
    seen = judgement.runs[first.run]
    marked = first.event if first.event >= 0 else _end_of(seen)
    places = (marked,) if marked >= 0 else ()
    lines = list(draw_timeline(seen.chronicle, width=width, in_colour=in_colour, marked=places))
    yield from beginning(lines, _MOST_ROWS)


def _end_of(seen: Observation) -> int:
    """Return the event with which the program ended: what had not come by then, never came."""
    last = len(seen.events) - 1
    for index in range(last, -1, -1):
        event = seen.events[index]
        if isinstance(event.what, Exit) and seen.name_of(event.proc) == PROGRAM:
            return index
    return last
