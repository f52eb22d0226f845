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
from simpsh.base.patience import patience
from simpsh.base.private_state import make_private
from simpsh.base.record import Record, changed
from simpsh.base.signal_names import SIGALRM, SIGINT
from simpsh.base.wait_status import Exited
from simpsh.console import in_words
from simpsh.course.guard.process_containment import die_with
from simpsh.course.run.worker_process import WorkerBroken, WorkerLate, collect_all, in_own_process
from simpsh.grade.classes.class_tasks import Task
from simpsh.grade.classes.program_fingerprint import ENDINGS, MOST_BYTES, fingerprint
from simpsh.grade.classes.submission_tree import (
    SubmissionRefused,
    content_of,
    copy_into,
    sources_in,
)
from simpsh.grade.classes.submissions import Submission
from simpsh.grade.reports.class_results import Result, earlier, load, path_of, save
from simpsh.grade.reports.grade_marks import mark_from, value_of
from simpsh.grade.sandbox.namespace_sandbox import FileVisibility, SandboxSession, work_in_sandbox
from simpsh.grade.sandbox.sandbox import Sandbox, with_user
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, lseek, memfd_create, read_to_end, write_all
from simpsh.kernel.process_groups import setsid
from simpsh.kernel.processes import exit_now, fork, set_child_subreaper
from simpsh.kernel.wait_calls import waitpid
from simpsh.trace.recording.recording_file import Recording, lines_of

_MOST_FEEDBACK = 1 << 16
_MOST_RECORDING = 1 << 18
_READ_SECONDS = int(60 * patience())
_MORE_SECONDS = int(60 * patience())
"""For making and removing a sandbox on a busy machine."""


class ClassAssignment(Record):
    """What is asked of every submission, and how each is kept apart."""

    task: Task
    sandbox: Sandbox
    hidden: tuple[str, ...] = ()
    """What no submission may see: results, other submissions, solutions."""
    given: frozenset[int] = frozenset()
    """What students began with, as program_fingerprint.sequences() has it."""

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
        hear: is called for each submission that is done: with its result, earlier ones included;
            with None if it has none.
    """

    def __init__(
        self, assignment: ClassAssignment, folder: str, hear: Callable[[Result | None], object]
    ) -> None:
        self._assignment = assignment
        self._folder = folder
        self._hear = hear
        self._working: dict[int, tuple[Submission, int]] = {}
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
        parent, complaint = os.getpid(), memfd_create("complaint")
        pid = fork()
        if pid == 0:  # in the child
            self._work(one, parent, complaint, again=again)
        self._working[pid] = one, complaint

    def _take(self) -> None:
        """Wait until one of them is judged; orphans of a worker that died are collected, too."""
        changed = waitpid(-1)
        if changed is None or changed[0] not in self._working:
            return
        one, complaint = self._working.pop(changed[0])
        lseek(complaint, 0, os.SEEK_SET)
        words, result = read_to_end(complaint).decode(errors="surrogateescape"), None
        close(complaint)
        if changed[1] == Exited(0):
            try:
                result = load(path_of(self._folder, one.name))
            except SimpshError as problem:
                self.failed[one.name] = str(problem)
        elif isinstance(changed[1], Exited):
            self.failed[one.name] = words or "its judge could not do its work"
        else:
            self.failed[one.name] = f"its judge was ended: {changed[1]}"
        self._hear(result)

    def _work(self, one: Submission, parent: int, complaint: int, *, again: bool) -> NoReturn:
        """Be the worker: judge a submission and save its result, if it has none yet.

        Why it cannot is written to a file: the terminal has the line of progress.
        """
        status, words = 1, ""
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
                if result is None:
                    result = judge_one(self._assignment, one, key)
                    result = changed(result, fingerprint=_fingerprint(self._assignment, one))
                save(result, self._folder)
            status = 0
        except (OSError, SimpshError) as problem:
            words = str(problem) if isinstance(problem, SimpshError) else in_words(problem)
        except Exception as problem:  # noqa: BLE001 - a mistake of ours, told nowhere else
            words = repr(problem)
        finally:
            try:
                write_all(complaint, words.encode(errors="surrogateescape"))
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


def _fingerprint(assignment: ClassAssignment, one: Submission) -> tuple[int, ...]:
    """Return what a submission is compared by; nothing if that cannot be found out."""
    most = assignment.sandbox.limits.room

    def work() -> tuple[int, ...]:
        files = sources_in(one.path, most, ENDINGS, MOST_BYTES)
        return fingerprint(files, assignment.given)

    try:
        return in_own_process(work, _READ_SECONDS)
    except (SubmissionRefused, WorkerBroken):
        return ()


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
    source = next((list_of(one["source"]) for one in told if "source" in one), ["", ""])
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
        recording=next((str(one["recording"]) for one in told[::-1] if "recording" in one), ""),
        source=(str(source[0]), str(source[1])),
    )


def _judge_inside(task: Task, sandbox: Sandbox, name: str, inside: SandboxSession) -> None:
    def send(value: dict[str, object]) -> None:
        inside.send(json.dumps(value).encode())

    try:
        most = sandbox.limits.room
        place, left_out = copy_into(inside.source, name, inside.directory, most)
        send({"left_out": list(left_out)})
        send({"source": list(task.source(place))})
        sandbox.give(inside.directory)
        is_telling = True
        for one in task.judge(place, sandbox):
            if one.mark.recording is not None and is_telling:
                send({"recording": _beginning_of(one.mark.recording)})
                # A later one takes its place where something is missing for the first time.
                is_telling = one.mark.is_full
            mark, feedback = value_of(one.mark, can_be_read=True), one.feedback[:_MOST_FEEDBACK]
            send({"mark": mark, "feedback": feedback, "remarks": list(one.remarks)})
    except (SimpshError, OSError) as problem:
        send(_told_of(problem))


def _beginning_of(recording: Recording) -> str:
    """Return a recording as text, and of a long one its beginning."""
    lines, left = [], _MOST_RECORDING
    for line in lines_of(recording):
        left -= len(line)
        if left < 0:
            break
        lines.append(line)
    return "".join(lines)


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
