"""Judging a class: one process a submission, so many at a time, each result as soon as it is there.

Each submission is a fresh copy in a sandbox. A grader that is killed in the middle of it leaves
whole results, and no process: each worker dies with the grader, and the submission's namespace with
the worker.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NoReturn

from simpsh.base.errors import SimpshError
from simpsh.base.outside_json import json_object, list_of
from simpsh.base.private_state import make_private
from simpsh.base.record import Record
from simpsh.base.signal_names import SIGALRM, SIGINT
from simpsh.base.wait_status import Exited
from simpsh.console import complain
from simpsh.course.guard.process_containment import die_with
from simpsh.course.run.worker_process import WorkerBroken, WorkerLate, collect_all, in_own_process
from simpsh.grade.classes.class_tasks import Task
from simpsh.grade.classes.submission_tree import SubmissionRefused, content_of, copy_into
from simpsh.grade.classes.submissions import Submission
from simpsh.grade.reports.class_results import Result, earlier, load, path_of, save
from simpsh.grade.reports.grade_marks import mark_from, value_of
from simpsh.grade.sandbox.namespace_sandbox import FileVisibility, SandboxSession, work_in_sandbox
from simpsh.grade.sandbox.sandbox import Sandbox, with_user
from simpsh.kernel import signals
from simpsh.kernel.process_groups import setsid
from simpsh.kernel.processes import exit_now, fork, set_child_subreaper
from simpsh.kernel.wait_calls import waitpid

_MOST_FEEDBACK = 1 << 16
_READ_SECONDS = 60
_MORE_SECONDS = 60
"""For making and removing a sandbox on a busy machine."""


class ClassAssignment(Record):
    """What is asked of every submission, and how each is kept apart."""

    task: Task
    sandbox: Sandbox
    hidden: tuple[str, ...] = ()
    """What no submission may see: results, other submissions, solutions."""

    def key_of(self, content: str) -> str:
        """Return what a result is known by.

        Args:
            content: a hash of what was handed in, or why there is none.
        """
        words = (content, self.task.key, self.sandbox.limits.words)
        return hashlib.sha256("\0".join(words).encode("utf-8", "surrogateescape")).hexdigest()


class ClassRun:
    """Judges submissions, and keeps their results in a folder.

    Args:
        assignment: what is asked.
        folder: where results lie; it is made if it is not there.
        hear: is called with each result, earlier ones included.
    """

    def __init__(
        self, assignment: ClassAssignment, folder: str, hear: Callable[[Result], object]
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
                while len(self._working) >= at_once:
                    self._take()
                self._begin(one, again=again)
            while self._working:
                self._take()
        finally:
            # No process is left, unless this was interrupted.
            collect_all()

    def _begin(self, one: Submission, *, again: bool) -> None:
        parent = os.getpid()
        pid = fork()
        if pid == 0:  # in the child
            self._work(one, parent, again=again)
        self._working[pid] = one

    def _take(self) -> None:
        """Wait until one of them is judged; orphans of a worker that died are collected, too."""
        changed = waitpid(-1)
        if changed is None or changed[0] not in self._working:
            return
        one = self._working.pop(changed[0])
        if changed[1] == Exited(0):
            try:
                self._hear(load(path_of(self._folder, one.name)))
            except SimpshError as problem:
                self.failed[one.name] = str(problem)
        elif isinstance(changed[1], Exited):
            self.failed[one.name] = "its judge could not do its work"
        else:
            self.failed[one.name] = f"its judge was ended: {changed[1]}"

    def _work(self, one: Submission, parent: int, *, again: bool) -> NoReturn:
        """Be the worker: judge a submission and save its result, if it has none yet."""
        status = 1
        try:
            die_with(parent)
            # No key reaches it: the grader's terminal decides what ends.
            setsid()
            signals.sigaction(SIGINT, signals.SIG_DFL)
            # Whatever this worker hangs in, the class goes on.
            signals.sigaction(SIGALRM, signals.SIG_DFL)
            signals.alarm(_READ_SECONDS + self._assignment.sandbox.limits.seconds + _MORE_SECONDS)
            key, problem = _key(self._assignment, one)
            if again or earlier(self._folder, one.name, key) is None:
                result = _unread(self._assignment, one, key, problem)
                save(result or judge_one(self._assignment, one, key), self._folder)
            status = 0
        except (OSError, SimpshError) as problem:
            complain(problem, f"simpsh: grade: {one.name}: ")
        except Exception as problem:  # noqa: BLE001 - a mistake of ours, told nowhere else
            complain(repr(problem), f"simpsh: grade: {one.name}: ")
        finally:
            exit_now(status)


def _key(assignment: ClassAssignment, one: Submission) -> tuple[str, str]:
    """Return what the result is known by; and why the submission cannot be read, if it cannot."""
    most = assignment.sandbox.limits.room
    try:
        content = in_own_process(partial(content_of, one.path, most), _READ_SECONDS)
    except SubmissionRefused as refusal:
        return assignment.key_of(str(refusal)), str(refusal)
    except WorkerLate:
        words = f"it could not be read in {_READ_SECONDS} seconds"
        return assignment.key_of(words), words
    return assignment.key_of(content), ""


def _unread(assignment: ClassAssignment, one: Submission, key: str, problem: str) -> Result | None:
    """Return the result of a submission that cannot be read; None for one that can."""
    if not problem:
        return None
    task = assignment.task
    missing = assignment.sandbox.missing
    return Result(one.name, key, task.title, task.blank(problem), problem, missing=missing)


def judge_one(assignment: ClassAssignment, submission: Submission, key: str) -> Result:
    """Judge a submission; whatever it does, there is a result, if we do not fail ourselves.

    This process must have no children, and becomes a subreaper.

    Args:
        assignment: what is asked.
        submission: what was handed in.
        key: what the result is known by.

    Raises:
        OSError: EAGAIN EMFILE …; no process or descriptor can be made.
        SimpshError: it could not be confined, and so was not run; or the judge broke.
    """
    start = time.monotonic()
    task, sandbox = assignment.task, with_user(assignment.sandbox)

    def work(inside: SandboxSession) -> None:
        _judge_inside(task, sandbox, submission.name, inside)

    visibility = FileVisibility(assignment.hidden, task.files, submission.path)
    found = work_in_sandbox(sandbox, visibility, work)
    told = [json_object(line, "the judge") for line in found.lines]
    for value in told:
        if "failure" in value:
            raise SimpshError(str(value["failure"]))
    judged = [value for value in told if "mark" in value]
    marks = {mark.id: mark for mark in (mark_from(value["mark"]) for value in judged)}
    problem = next((str(one["problem"]) for one in told[::-1] if "problem" in one), found.problem)
    if not problem and not marks:
        problem = "it ended the process that judged it"
    # What was not reached has the marks of who did nothing of it.
    blank = task.blank(problem or "it was not judged")
    filled = tuple(marks.get(mark.id, mark) for mark in blank)
    left_out = [str(words) for value in told for words in list_of(value.get("left_out", []))]
    remarks = left_out + [str(remark) for value in judged for remark in list_of(value["remarks"])]
    return Result(
        submission.name,
        key,
        task.title,
        filled,
        problem,
        # What an exercise asks for may look out of proportion: a bomb that stops at a limit.
        () if all(mark.is_full for mark in filled) else tuple(remarks),
        "\n".join(str(value["feedback"]) for value in judged if value["feedback"]),
        sandbox.missing,
        time.monotonic() - start,
    )


def _judge_inside(task: Task, sandbox: Sandbox, name: str, inside: SandboxSession) -> None:
    def send(value: dict[str, object]) -> None:
        inside.send(json.dumps(value).encode())

    try:
        most = sandbox.limits.room
        place, left_out = copy_into(inside.source, name, inside.directory, most)
        send({"left_out": list(left_out)})
        sandbox.give(inside.directory)
        for one in task.judge(place, sandbox):
            mark, feedback = value_of(one.mark, can_be_read=True), one.feedback[:_MOST_FEEDBACK]
            send({"mark": mark, "feedback": feedback, "remarks": list(one.remarks)})
    except (SimpshError, OSError) as problem:
        send(_told_of(problem))


def _told_of(problem: SimpshError | OSError) -> dict[str, object]:
    """Return what the worker is told: the submission's problem, or our own failure."""
    match problem:
        case WorkerLate():
            return {"problem": "it was ended after its time was over: its judge could not keep up"}
        case WorkerBroken() if str(problem).endswith("was ended"):
            return {"problem": "it ended the process that watched it"}
        case WorkerBroken():
            return {"failure": str(problem)}
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return {"problem": "it has filled its /tmp, and nothing more could be run there"}
        case OSError():
            return {"problem": f"it could not be run: {problem.strerror or problem}"}
        case _:
            return {"problem": str(problem)}
