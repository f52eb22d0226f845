"""Judging a program by what its processes do: run it under the tracer, ask, and say what it did."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING

from simpsh.course import needs
from simpsh.course.expectation import Unknown
from simpsh.course.guarding import NotGuarded, parse
from simpsh.course.performing import act_of
from simpsh.course.playing import Executed
from simpsh.course.staging import Staging
from simpsh.course.supervising import observe
from simpsh.errors import UsageProblem
from simpsh.grade.examining import BEHAVIOURS, examine
from simpsh.grade.exercise import PROGRAM
from simpsh.grade.marks import Check, Mark
from simpsh.grade.rubric import Rubric
from simpsh.kernel.descriptors import dup2, lseek, memfd_create, write_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.course.observation import Observation
    from simpsh.grade.cage import Cage
    from simpsh.grade.exercise import Asked, Exercise, Trial

_SECONDS = 10.0
"""How long a shell has for anything; that it is stuck is found sooner."""


class Judgement(Mark):
    """What a program got in an exercise, with the runs that it is about."""

    runs: tuple[Observation, ...] = ()


def trials_of(exercise: Exercise, seed: int = 0) -> Sequence[Trial]:
    """Return what is to be run, for a seed."""
    if callable(exercise.trials):
        return exercise.trials(Random(f"{exercise.id} {seed}"))
    return exercise.trials


def judge(
    exercise: Exercise, argv: Sequence[str], seed: int = 0, cage: Cage | None = None
) -> Judgement:
    """Run a program as often as an exercise says, and judge what it did.

    Args:
        exercise: what is asked.
        argv: the program, with the path of its file; see grade.building.
        seed: which variant, where there are several.
        cage: what the program is to enter before it begins; see grade.cage.

    Raises:
        NotObservable: this process may trace nobody.
        OSError: EAGAIN ENOSPC …; the program cannot be run at all.
    """
    if exercise.behaviours:
        return _examined(exercise, argv, cage)
    checks: list[Check] = []
    runs: list[Observation] = []
    for place, trial in enumerate(trials_of(exercise, seed)):
        if reason := _lacking(trial, cage):
            return Judgement(exercise.id, exercise.title, (), omitted=reason)
        try:
            seen = run(trial, argv, cage)
        except NotGuarded as refusal:
            return Judgement(exercise.id, exercise.title, (), omitted=str(refusal))
        runs.append(seen)
        checks += [_checked(asked, seen, place) for asked in trial.asks]
    failed = [check for check in checks if not check.is_passed]
    look_at = next((one.look_at for one in _asks(exercise, seed) if _is(one, failed)), "")
    return Judgement(exercise.id, exercise.title, tuple(checks), look_at=look_at, runs=tuple(runs))


def _examined(exercise: Exercise, argv: Sequence[str], cage: Cage | None) -> Judgement:
    """Judge a shell: what it does at a terminal."""
    asked = set(exercise.behaviours)
    marks = [
        examine(argv, behaviour, Rubric(), seconds=_SECONDS, cage=cage)
        for behaviour in BEHAVIOURS
        if behaviour.id in {name.partition(".")[0] for name in asked}
    ]
    checks = [
        Check(
            f"{mark.id}: {one.sentence}",
            one.points,
            one.is_passed,
            one.instead and f"“{mark.id}”: {one.instead}",
            f"{mark.id}.{key}",
        )
        for mark in marks
        for key, one in zip(_keys(mark.id), mark.checks, strict=True)
        if asked & {mark.id, f"{mark.id}.{key}"}
    ]
    failed = {check.key.partition(".")[0] for check in checks if not check.is_passed}
    first = next((mark for mark in marks if mark.id in failed), None)
    return Judgement(
        exercise.id,
        exercise.title,
        tuple(checks),
        look_at=first.look_at if first is not None else "",
        picture=first.picture if first is not None else "",
    )


def _keys(behaviour: str) -> list[str]:
    return [key for one in BEHAVIOURS if one.id == behaviour for key in one.checks]


def run(trial: Trial, argv: Sequence[str], cage: Cage | None = None) -> Observation:
    """Run a program once as a trial says, in a cage if there is one; return what was seen.

    Raises:
        NotObservable: this process may trace nobody.
        NotGuarded: nothing here would contain what multiplies.
    """
    if cage is not None:
        # Its limit of processes is the guard; and what ends the cage ends everybody.
        return _observed(trial, argv, None, cage)
    if trial.guard is None or str(trial.guard).startswith("cgroup"):
        return _observed(trial, argv, trial.guard)
    if isinstance(trial.guard, int):
        # It binds root as well, and leaves the program its user, who may read it.
        with suppress(NotGuarded):
            return _observed(trial, argv, f"cgroup {trial.guard}")
    with tempfile.TemporaryDirectory(prefix="simpsh-program-", dir=_public_place()) as directory:
        # It runs as a user who may see neither this one's home nor its cache.
        os.chmod(directory, 0o755)
        copies = [_copy(word, directory) if os.path.isfile(word) else word for word in argv]
        return _observed(trial, copies, trial.guard)


def _public_place() -> str:
    """Return a directory for temporary files that every user can get to."""
    place = os.path.realpath(tempfile.gettempdir())
    above = [place]
    while above[-1] != "/":
        above.append(os.path.dirname(above[-1]))
    return place if all(os.stat(one).st_mode & 1 for one in above) else "/tmp"


def _copy(path: str, directory: str) -> str:
    return shutil.copy(path, directory) if not path.startswith(("/usr/", "/bin/")) else path


def _observed(
    trial: Trial, argv: Sequence[str], guard: int | str | None, cage: Cage | None = None
) -> Observation:
    calls = frozenset().union(*(asked.expectation.calls for asked in trial.asks))
    staging = Staging(
        main=PROGRAM,
        births=trial.births,
        acts=tuple(map(act_of, trial.at_rest)),
        terminal=trial.terminal,
        guard=guard,
        calls=calls,
        deadline_seconds=min(trial.seconds, cage.limits.seconds / 2) if cage else trial.seconds,
    )
    return observe(_Given(trial, (*trial.within, *argv, *trial.arguments), cage), staging)


class _Given:
    """The program, with the input and the files that the trial gives it."""

    def __init__(self, trial: Trial, argv: Sequence[str], cage: Cage | None) -> None:
        if not os.path.isfile(argv[0]):
            raise UsageProblem(f"{argv[0]}: there is no such program")
        self._trial = trial
        self._argv = argv
        self._cage = cage

    def __call__(self) -> None:
        if self._cage is not None:
            guard = self._trial.guard
            # The directory is the judge's, and only here known.
            os.chmod(".", 0o777)
            self._cage.enter(parse(guard)[1] if guard is not None else 0)
        for name, text in self._trial.files.items():
            with open(name, "w", encoding="utf-8") as file:
                file.write(text)
        if self._trial.input:
            source = memfd_create("input")
            write_all(source, self._trial.input.encode())
            lseek(source, 0, os.SEEK_SET)
            dup2(source, 0)
        Executed(self._argv[0], self._argv)()


def _lacking(trial: Trial, cage: Cage | None) -> str:
    if cage is not None and "cgroup" in trial.needs:
        return "cgroup: what is caged may make no control group"
    return needs.why_not(trial.needs)


def _checked(asked: Asked, seen: Observation, trial: int) -> Check:
    if seen.problem.startswith(f"{PROGRAM}: "):
        # It was never executed: what it did not do wrong is no merit.
        return _tried(asked, trial, seen.problem)
    try:
        verdict = asked.expectation.judge(seen)
    except Unknown as doubt:
        return _tried(asked, trial, f"not shown: {doubt}")
    if verdict.holds:
        return _tried(asked, trial, "")
    did = asked.did(seen) if callable(asked.did) else asked.did
    words = seen.problem or did or verdict.because
    event = verdict.events[0] if verdict.events else -1
    return _tried(asked, trial, words, event)


def _tried(asked: Asked, trial: int, instead: str, event: int = -1) -> Check:
    return Check(asked.sentence, asked.points, not instead, instead, asked.key, trial, event)


def _asks(exercise: Exercise, seed: int) -> list[Asked]:
    return [asked for trial in trials_of(exercise, seed) for asked in trial.asks]


def _is(asked: Asked, failed: Sequence[Check]) -> bool:
    return any(asked.key == check.key for check in failed)
