"""Judging a class: one process a submission, so many at a time, each result as soon as it is there.

Whoever is killed in the middle of it leaves whole results, and no process: each worker dies with
this process, and the submission's namespace with the worker.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simpsh.errors import SimpshError
from simpsh.grade.judging_one import judge_one
from simpsh.grade.results import Result, earlier, save
from simpsh.kernel import signals
from simpsh.kernel.groups import setsid
from simpsh.kernel.processes import exit_now, fork, set_child_subreaper, set_parent_death_signal
from simpsh.kernel.waiting import waitpid
from simpsh.wait_status import Exited

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

    from simpsh.grade.judging_one import Assignment
    from simpsh.grade.submissions import Submission
    from simpsh.wait_status import WaitStatus

_SIGKILL, _SIGINT = 9, 2


class ClassRun:
    """Judges submissions, and keeps their results in a folder.

    Args:
        assignment: what is asked.
        folder: where results lie; it is made if it is not there.
        hear: is called with each result, earlier ones included.
    """

    def __init__(
        self, assignment: Assignment, folder: str, hear: Callable[[Result], object]
    ) -> None:
        self._assignment = assignment
        self._folder = folder
        self._hear = hear
        self._working: dict[int, Submission] = {}
        self.failed: dict[str, str] = {}
        """Who has no result, by name, and why."""

    def run(self, submissions: Sequence[Submission], at_once: int, *, again: bool) -> None:
        """Judge all that have no result yet.

        Args:
            submissions: what was handed in.
            at_once: how many are judged at the same time.
            again: judge those, too, that have one.

        Raises:
            OSError: EAGAIN …; no process can be made.
        """
        make_private(self._folder)
        set_child_subreaper(True)
        try:
            for one in submissions:
                known = None if again else self._known(one)
                if known is not None:
                    self._hear(known)
                    continue
                while len(self._working) >= at_once:
                    self._take()
                self._begin(one)
            while self._working:
                self._take()
        finally:
            self._end()

    def _known(self, one: Submission) -> Result | None:
        return earlier(self._folder, one.name, self._assignment.key_of(one))

    def _begin(self, one: Submission) -> None:
        parent = os.getpid()
        pid = fork()
        if pid == 0:  # in the child
            self._work(one, parent)
        self._working[pid] = one

    def _take(self) -> None:
        """Wait until one of them is judged; orphans of a worker that died are collected, too."""
        changed = waitpid(-1)
        one = self._working.pop(changed[0], None) if changed is not None else None
        if one is None or changed is None:
            return
        result = self._known(one)
        if result is not None:
            self._hear(result)
        else:
            self.failed[one.name] = _how(changed[1])

    def _end(self) -> None:
        """End and collect whoever is left; nobody, but when this was interrupted."""
        for pid in self._working:
            signals.kill(pid, _SIGKILL)
        try:
            while True:
                waitpid(-1)
        except ChildProcessError:
            return

    # ------------------------------------------------------------------- in the own process

    def _work(self, one: Submission, parent: int) -> NoReturn:
        status = 1
        try:
            set_parent_death_signal(_SIGKILL)
            if os.getppid() != parent:
                exit_now(status)
            # No key reaches it: whoever started the grader decides what ends.
            setsid()
            signals.sigaction(_SIGINT, signals.SIG_DFL)
            save(judge_one(self._assignment, one), self._folder)
            status = 0
        except (OSError, SimpshError) as problem:
            os.write(2, f"simpsh: grade: {one.name}: {problem}\n".encode(errors="replace"))
        except Exception as problem:  # noqa: BLE001 - a mistake of ours; nobody else would tell it
            os.write(2, f"simpsh: grade: {one.name}: {problem!r}\n".encode(errors="replace"))
        finally:
            exit_now(status)


def make_private(folder: str) -> None:
    """Make a folder for results that only its owner can look into; raises SimpshError."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as error:
        raise SimpshError(f"{folder}: {error.strerror}") from error


def _how(status: WaitStatus) -> str:
    if isinstance(status, Exited):
        return "its judge could not do its work"
    return f"its judge was ended: {status}"
