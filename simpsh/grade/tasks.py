"""What a class is asked: an exercise, a shell, or whatever a command of the tutor's checks."""

from __future__ import annotations

import errno
import hashlib
import os
import shlex
from typing import TYPE_CHECKING

from simpsh import __version__
from simpsh.grade.conduct import conduct
from simpsh.grade.confined import run_confined
from simpsh.grade.examining import BEHAVIOURS, examine
from simpsh.grade.exercise_telling import answer
from simpsh.grade.judging import judge, trials_of
from simpsh.grade.marks import Check, Mark
from simpsh.grade.preparing import prepared
from simpsh.grade.rubric import Rubric
from simpsh.grade.submissions import program_in
from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from simpsh.grade.behaviour import Behaviour
    from simpsh.grade.cage import Cage
    from simpsh.grade.exercise import Exercise
    from simpsh.grade.exercise_shelf import Folder


class Judged(Record):
    """A mark, and what else is to be said."""

    mark: Mark
    feedback: str = ""
    """What its author is told."""
    remarks: Sequence[str] = ()
    """What was out of proportion; see grade.conduct."""


class Task:
    """What is asked of every submission.

    Args:
        title: what people call it.
        wanted: what the program is called, without an ending where the language is free.
        facts: all that the result depends on, but the submission.
    """

    def __init__(self, title: str, wanted: str, *facts: str) -> None:
        self.title = title
        self.wanted = wanted
        self.starts: Mapping[str, str] = {}
        self.files: tuple[str, ...] = ()
        """What must be seen inside the cage, though what is above it may be hidden."""
        self.key = hashlib.sha256("\0".join((__version__, wanted, *facts)).encode()).hexdigest()

    def blank(self, reason: str) -> tuple[Mark, ...]:
        """Return the marks of who did nothing of it, for this reason."""
        raise NotImplementedError

    def judge(self, place: str, cage: Cage) -> Iterator[Judged]:
        """Judge a submission, inside the cage's namespaces: mark by mark.

        Args:
            place: the copy of what was handed in; it belongs to the cage's user.
            cage: what the submission's processes must enter.

        Raises:
            SimpshError: there is no program in it.
            OSError: it cannot be judged.
        """
        raise NotImplementedError

    def program(self, place: str, cage: Cage) -> tuple[str, ...]:
        """Return the command line of the program, built if it must be; raises as judge()."""
        return prepared(program_in(place, self.wanted, self.starts), cage)


class ExerciseTask(Task):
    """An exercise of the course, or one's own."""

    def __init__(self, exercise: Exercise, folder: Folder, wanted: str, seed: int) -> None:
        text = folder.text("exercise.py")
        super().__init__(exercise.title, wanted or exercise.id, exercise.id, text, str(seed))
        self._exercise = exercise
        self._seed = seed
        ends = [end for end in ("py", "c") if folder.file(f"start.{end}")]
        self.starts = {end: folder.text(f"start.{end}") for end in ends}

    def blank(self, reason: str) -> tuple[Mark, ...]:
        """Return the marks of who did nothing of it; see Task."""
        if self._exercise.behaviours:
            wanted = [one for one in BEHAVIOURS if one.id in self._exercise.behaviours]
            checks = [check for one in wanted for check in _not_shown(one, Rubric(), reason)]
        else:
            checks = [
                Check(asked.sentence, asked.points, False, reason, asked.key)  # noqa: FBT003
                for trial in trials_of(self._exercise, self._seed)
                for asked in trial.asks
            ]
        return (Mark(self._exercise.id, self._exercise.title, tuple(checks)),)

    def judge(self, place: str, cage: Cage) -> Iterator[Judged]:
        """Judge a submission, mark by mark; see Task."""
        argv = self.program(place, cage)
        found = judge(self._exercise, argv, self._seed, cage)
        yield Judged(found, "\n".join(answer(found)), conduct(found.runs))


class ShellTask(Task):
    """A shell, and what a rubric asks of it."""

    def __init__(self, rubric: Rubric, wanted: str, prompt: str) -> None:
        super().__init__(
            rubric.title or "a shell", wanted, rubric.title, repr(rubric.weights), prompt
        )
        self._rubric = rubric
        self._prompt = prompt
        self._asked = [one for one in BEHAVIOURS if rubric.asks(one)]

    def blank(self, reason: str) -> tuple[Mark, ...]:
        """Return the marks of who did nothing of it; see Task."""
        return tuple(
            Mark(one.id, one.title, _not_shown(one, self._rubric, reason)) for one in self._asked
        )

    def judge(self, place: str, cage: Cage) -> Iterator[Judged]:
        """Judge a submission, mark by mark; see Task."""
        argv = self.program(place, cage)
        for one in self._asked:
            yield Judged(examine(argv, one, self._rubric, prompt=self._prompt, cage=cage))


class CommandTask(Task):
    """Whatever a command checks: it gets the submission as its last argument, and ends with 0."""

    def __init__(self, command: str) -> None:
        super().__init__(command, "", command)
        words = shlex.split(command)
        # Inside, the directory is another.
        self._argv = tuple(os.path.abspath(one) if os.path.isfile(one) else one for one in words)
        self.files = tuple(one for one in self._argv if os.path.isfile(one))
        self._asked = f"{os.path.basename(self._argv[0])} ends with status 0"

    def blank(self, reason: str) -> tuple[Mark, ...]:
        """Return the marks of who did nothing of it; see Task."""
        return (self._mark(reason),)

    def _mark(self, instead: str) -> Mark:
        check = Check(self._asked, 1, not instead, instead, "check")
        return Mark("check", "passes the check", (check,))

    def judge(self, place: str, cage: Cage) -> Iterator[Judged]:
        """Judge a submission, mark by mark; see Task."""
        directory = place if os.path.isdir(place) else os.path.dirname(place)
        done = run_confined(cage, (*self._argv, place), directory, cage.limits.seconds)
        lines = [line for line in done.output.splitlines() if line.strip()]
        words = lines[-1] if lines else f"it ended so: {done.status or 'not in time'}"
        yield Judged(self._mark("" if done.is_good else words), done.output)


def _not_shown(behaviour: Behaviour, rubric: Rubric, reason: str) -> tuple[Check, ...]:
    return tuple(
        Check(sentence, rubric.points(behaviour, key), False, reason, f"{behaviour.id}.{key}")  # noqa: FBT003
        for key, (sentence, _) in behaviour.checks.items()
    )


def in_words(error: OSError) -> str:
    """Say why a submission could not be judged to its end."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "it has filled its /tmp, and nothing more could be run there"
    return f"it could not be run: {error.strerror or error}"
