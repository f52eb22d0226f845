"""The tasks of a class: an exercise, a shell, or anything that a tutor's own command checks."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence

from simpsh.base.errors import SimpshError, naming
from simpsh.base.file_facts import is_file, is_folder, matching, walk
from simpsh.base.patience import patience
from simpsh.base.record import changed
from simpsh.grade.assignments.assignment import Assignment
from simpsh.grade.assignments.assignment_file import require_names
from simpsh.grade.classes.submissions import program_in
from simpsh.grade.exercises.exercise import Exercise
from simpsh.grade.exercises.exercise_answer import answer
from simpsh.grade.exercises.exercise_catalogue import ExerciseFolder
from simpsh.grade.exercises.exercise_judge import judge, mark_unjudged
from simpsh.grade.reports.grade_marks import GradedCheck, Mark
from simpsh.grade.sandbox.nested_program import VARIABLE, client_for
from simpsh.grade.sandbox.program_build import build_with, prepared
from simpsh.grade.sandbox.sandbox import Sandbox
from simpsh.grade.sandbox.sandboxed_command import run_in_sandbox
from simpsh.grade.shells.shell_examination import (
    ExaminationOptions,
    behaviours_of,
    examine_within,
    graded,
)

_LEAST_SECONDS = 10 * patience()
"""The time for one behaviour, even if less is left."""


class Task:
    """The task of every submission.

    `wanted` is the name of the program, without an ending if the language is free. `facts` are
    everything else that the result depends on, besides the submission.
    """

    is_shell = False

    def __init__(self, title: str, wanted: str, *facts: str) -> None:
        self.title = title
        self.wanted = wanted
        self.build = ""
        """The command that builds the program; empty if simpsh chooses."""
        self.starts: Mapping[str, str] = {}
        self.of_check: tuple[str, ...] | None = None
        """Files that a tutor's check sees; None if no check judges."""
        self.key = hashlib.sha256("\0".join((wanted, *facts)).encode()).hexdigest()

    def blank(self, reason: str) -> tuple[Mark, ...]:
        """Return the marks of a submission that could not be judged, with this reason."""
        raise NotImplementedError

    def judge(self, folder: str, sandbox: Sandbox) -> Iterator[tuple[Mark, str]]:
        """Judge a copied submission inside the sandbox's namespaces.

        Yield the marks, each with a further text for the student.

        Raises SimpshError: there is no program in it. OSError: it cannot be judged.
        """
        raise NotImplementedError

    def found(self, folder: str) -> str:
        """Return the path of a submission's program; empty if it cannot be told."""
        try:
            return program_in(folder, self.wanted, self.starts)
        except (SimpshError, OSError):
            return ""

    def program(self, folder: str, sandbox: Sandbox) -> tuple[str, ...]:
        """Build the program if needed, and return its command line; raises like judge()."""
        if self.build:
            return build_with(self.build, folder, self.wanted, sandbox)
        return prepared(program_in(folder, self.wanted, self.starts), sandbox)


class ExerciseTask(Task):
    """An exercise of the course, or an instructor's own."""

    def __init__(
        self,
        exercise: Exercise,
        folder: ExerciseFolder,
        seed: int,
        assignment: Assignment,
        word: str = "",
    ) -> None:
        if word:
            keys = [check.key for check in mark_unjudged(exercise, seed, "").checks]
            names = dict.fromkeys([*keys, *(key.partition(".")[0] for key in keys)])
            words = f"no such check; {exercise.id} has {', '.join(names)}"
            require_names(word, assignment.names, names, words)
        # Exercises share modules in the folder above theirs.
        files = [os.path.join(top, name) for top, _, names in walk(folder.path) for name in names]
        files += matching(os.path.dirname(folder.path), "*.py")
        facts = (exercise.id, _content(files), str(seed), repr(assignment))
        wanted = assignment.program or exercise.id
        super().__init__(assignment.title or exercise.title, wanted, *facts)
        self.build = assignment.build
        self._assignment = assignment
        self._exercise = exercise
        self._seed = seed
        self.starts = folder.starts

    def blank(self, reason: str) -> tuple[Mark, ...]:
        """Return the marks of a submission that could not be judged; see Task."""
        return (self._assignment.weigh(mark_unjudged(self._exercise, self._seed, reason)),)

    def judge(self, folder: str, sandbox: Sandbox) -> Iterator[tuple[Mark, str]]:
        """Judge a submission, mark by mark; see Task."""
        argv = self.program(folder, sandbox)
        judgement = self._assignment.weigh(judge(self._exercise, argv, self._seed, sandbox))
        yield judgement, "\n".join(answer(judgement))


class ShellTask(Task):
    """A shell, with the requirements of an assignment."""

    is_shell = True

    def __init__(self, assignment: Assignment, options: ExaminationOptions) -> None:
        title = assignment.title or f"a {assignment.kind}"
        title += f" (questions drawn by --seed {options.seed})"
        super().__init__(title, assignment.program, repr(assignment), repr(options))
        self.build = assignment.build
        self._options = options
        self._assignment = assignment
        self._asked = behaviours_of(assignment)

    def blank(self, reason: str) -> tuple[Mark, ...]:
        """Return the marks of a submission that could not be judged; see Task."""
        return tuple(
            self._assignment.disclose(
                Mark(behaviour.id, behaviour.title, graded(behaviour, self._assignment, {}, reason))
            )
            for behaviour in self._asked
        )

    def judge(self, folder: str, sandbox: Sandbox) -> Iterator[tuple[Mark, str]]:
        """Judge a submission, mark by mark; see Task."""
        argv = self.program(folder, sandbox)
        options = changed(self._options, sandbox=sandbox)
        end = time.monotonic() + sandbox.limits.clock
        for number, behaviour in enumerate(self._asked):
            # Share the remaining time, so that later behaviours have some.
            share = (end - time.monotonic()) / (len(self._asked) - number)
            seconds = max(share, _LEAST_SECONDS)
            yield examine_within(seconds, argv, behaviour, self._assignment, options), ""


class CommandTask(Task):
    """A tutor's command, which takes the submission as its last argument and exits with 0."""

    def __init__(self, command: str, title: str = "") -> None:
        words = shlex.split(command)
        # A word may be a whole line for a shell, or an option: --expected=FILE.
        files = [part for word in words for part in (word, *re.split(r"[\s='\"();&|<>]+", word))]
        super().__init__(title or command, "", command, _content(files))
        # The working directory inside the sandbox differs.
        self._argv = tuple(os.path.abspath(word) if is_file(word) else word for word in words)
        self.of_check = tuple(word for word in self._argv if is_file(word))
        self._asked = f"{os.path.basename(self._argv[0])} ends with status 0"

    def blank(self, reason: str) -> tuple[Mark, ...]:
        """Return the marks of a submission that could not be judged; see Task."""
        return (self._mark(reason),)

    def _mark(self, instead: str) -> Mark:
        check = GradedCheck(self._asked, 1, instead, "check")
        return Mark("check", "passes the check", (check,))

    def judge(self, folder: str, sandbox: Sandbox) -> Iterator[tuple[Mark, str]]:
        """Judge a submission, mark by mark; see Task."""
        directory = folder if is_folder(folder) else os.path.dirname(folder)
        check = changed(sandbox, is_of_check=True)
        client = client_for(check)
        argv, seconds = (*self._argv, folder), sandbox.limits.clock
        done = run_in_sandbox(check, argv, directory, seconds, {VARIABLE: client.path})
        client.require_started()
        lines = [line for line in done.output.splitlines() if line.strip()]
        words = lines[-1] if lines else done.words
        yield self._mark("" if done.is_good else words), done.output


def _content(paths: Sequence[str]) -> str:
    """Return a hash of the names and contents of the files in `paths`; raises SimpshError."""
    digest = hashlib.sha256()
    for path in sorted({path for path in paths if is_file(path)}):
        # Python may write its caches at any time.
        if not path.endswith(".pyc"):
            with naming(path), open(path, "rb") as file:
                name = os.path.basename(path)
                digest.update(f"{name}\0{hashlib.file_digest(file, 'sha256').hexdigest()}".encode())
    return digest.hexdigest()
