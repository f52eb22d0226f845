"""Judging a class: one process for each submission, each result saved as soon as it exists.

Each submission is copied into a sandbox. If the grader is killed, the results so far are complete
and no process is left: each worker dies with the grader, and the submission's namespace with the
worker.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial

from simpsh.base.errors import SimpshError, place_of
from simpsh.base.file_store import make_private
from simpsh.base.outside_json import fields_of, json_object, list_of, record_of
from simpsh.base.patience import patience
from simpsh.base.phrases import printable, status_words
from simpsh.base.record import Record, changed
from simpsh.base.version import __version__
from simpsh.base.wait_status import WaitStatus, encode
from simpsh.console import in_words
from simpsh.grade.classes.class_tasks import Task
from simpsh.grade.classes.submissions import Submission, content_of, copy_into
from simpsh.grade.reports.class_results import Result, change_words, remove, save, stored
from simpsh.grade.reports.grade_marks import Mark, stored_mark
from simpsh.grade.sandbox.archive import unpack
from simpsh.grade.sandbox.namespace_sandbox import FileVisibility, SandboxSession, work_in_sandbox
from simpsh.grade.sandbox.sandbox import JudgeRefused, Sandbox, SubmissionRefused, with_user
from simpsh.kernel.descriptors import readable
from simpsh.kernel.processes import set_child_subreaper
from simpsh.kernel.wait_calls import waitpid
from simpsh.process.subreaper import collect_all
from simpsh.process.worker import Channel, Worker, WorkerEnded, WorkerLate, in_own_process
from simpsh.trace.recording.recording_file import lines_of

_LACKS = (errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.EDQUOT)
"""Errors that say what the machine has too little of."""
_MOST_FEEDBACK = 1 << 16
_MOST_RECORDING = 1 << 18
"""A longer recording is cut, in the middle of a line; its reader says so."""
_READ_SECONDS = int(60 * patience())
_MORE_SECONDS = int(60 * patience())
"""The extra time for making and removing a sandbox on a busy machine."""


class ClassAssignment(Record):
    """The task of every submission, and the sandbox that isolates each."""

    task: Task
    sandbox: Sandbox
    hidden: tuple[str, ...] = ()
    """Folders hidden from submissions: results, other submissions, solutions."""


class ClassRun:
    """Judges the submissions that have no result in a folder, which is created if needed."""

    def __init__(self, assignment: ClassAssignment, folder: str) -> None:
        self._assignment = assignment
        self._folder = folder
        self._working: dict[int, tuple[Submission, Worker]] = {}
        self._ended: dict[int, WaitStatus] = {}
        """The statuses of workers whose answers have not been received yet."""
        self.results: list[Result] = []
        self.replaced: list[str] = []
        """A sentence for each stored result that another one with other points replaced."""
        self.failed: dict[str, str] = {}
        """The reason why a submission has no result, by its name."""

    def run(
        self, submissions: Sequence[Submission], at_once: int, tell: Callable[[], object]
    ) -> None:
        """Judge submissions; call `tell` after each."""
        make_private(self._folder)
        set_child_subreaper(True)
        try:
            for submission in submissions:
                while len(self._working) >= at_once:
                    self._take(tell)
                # A worker that hangs must not stop the class.
                limit = self._assignment.sandbox.limits.clock
                seconds = _READ_SECONDS + limit + _MORE_SECONDS
                try:
                    worker = Worker(partial(self._work, submission), seconds=seconds)
                except OSError as error:
                    self._fail(submission.name, in_words(error))
                else:
                    self._working[worker.pid] = submission, worker
            while self._working:
                self._take(tell)
        finally:
            # Processes are left only if the run was interrupted.
            collect_all()
            for _, worker in self._working.values():
                worker.hang_up()

    def _take(self, tell: Callable[[], object]) -> None:
        """Wait until one submission is judged; also reap the orphans of dead workers.

        Receive before waiting: a worker with an answer larger than the buffer cannot end before.
        """
        pids = {worker.channel.descriptor: pid for pid, (_, worker) in self._working.items()}
        ready = readable([*pids])
        pid = next(pid for descriptor, pid in pids.items() if descriptor in ready)
        submission, worker = self._working.pop(pid)
        answer = worker.channel.receive()
        worker.hang_up()
        while pid not in self._ended and (ended := waitpid(-1)) is not None:
            if ended[0] == pid or ended[0] in self._working:
                self._ended[ended[0]] = ended[1]
        status = self._ended.pop(pid)
        if not isinstance(answer, _Answer):
            words = status_words(encode(status))
            self._fail(submission.name, f"its judge ended early: {words}")
        elif answer.result is None:
            self._fail(submission.name, answer.complaint)
        else:
            self.results.append(answer.result)
            self.replaced += filter(None, [answer.replaced])
        tell()

    def _fail(self, name: str, reason: str) -> None:
        """Note that a submission has no result; a stored one may belong to other contents."""
        try:
            remove(self._folder, name)
        except SimpshError as problem:
            reason += f"; its earlier result is no mark of it, and could not be removed: {problem}"
        self.failed[name] = reason

    def _work(self, submission: Submission, channel: Channel) -> None:
        """Judge a submission in a worker and save its result, unless it has one; send an _Answer.

        The grader does not read the result from the folder, to which others may be able to write.
        """
        try:
            answer = self._answer(submission)
        except SimpshError as failure:
            answer = _Answer(None, str(failure) or repr(failure))
        except OSError as failure:
            answer = _Answer(None, failure_words(failure))
        except Exception as failure:  # noqa: BLE001 - our own mistake, reported nowhere else
            answer = _Answer(None, repr(failure))
        channel.send(answer)

    def _answer(self, submission: Submission) -> _Answer:
        assignment, name = self._assignment, submission.name
        limits, content, problem = assignment.sandbox.limits, "", ""
        try:
            read = partial(content_of, submission.path, limits.room)
            content = in_own_process(read, _READ_SECONDS)
        except SubmissionRefused as refusal:
            problem = str(refusal)
        except WorkerLate:
            problem = f"it could not be read in {_READ_SECONDS} seconds"
        text = "\0".join((content or problem, assignment.task.key, repr(limits)))
        key = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
        before = stored(self._folder, name)
        if before is not None and before.key == key:
            return _Answer(before)
        remove(self._folder, name)
        if problem:
            result = unjudged(assignment, submission, key, problem)
        else:
            result = judge_one(assignment, submission, key)
        save(result, self._folder)
        is_new = before is not None and before.points != result.points
        words = change_words(before, result) if before is not None and is_new else ""
        return _Answer(result, replaced=words)


class _Answer(Record):
    """What a worker sends to the grader about its submission."""

    result: Result | None
    complaint: str = ""
    """Why there is no result."""
    replaced: str = ""
    """How its points differ from those of the stored result; empty if they do not."""


def judge_one(assignment: ClassAssignment, submission: Submission, key: str) -> Result:
    """Judge a submission. Only a failure of the judge itself prevents a result.

    This process must have no children, and becomes a subreaper. Raises SimpshError: the submission
    could not be confined, and so was not run; or the judge failed.
    """
    start = time.monotonic()
    task, sandbox = assignment.task, with_user(assignment.sandbox)

    def work(inside: SandboxSession) -> None:
        def send(value: dict[str, object]) -> None:
            inside.send(json.dumps(value, default=fields_of).encode())

        try:
            if inside.shares_inodes and not sandbox.shares_inodes:
                raise JudgeRefused("the kernel made no overlay, as it did when grading began")
            most = sandbox.limits.room
            copied, left_out = copy_into(inside.source, submission.name, inside.directory, most)
            sandbox.give(inside.directory)
            copied, not_unpacked = unpack(copied, sandbox)
            send({"left_out": [*left_out, *not_unpacked]})
            if task.of_check is None and (found := task.found(copied)):
                send({"program": os.path.relpath(found, os.path.dirname(copied))})
            sends_recording = True
            for mark, feedback in task.judge(copied, sandbox):
                if mark.recording is not None and sends_recording:
                    send({"recording": "".join(lines_of(mark.recording))[:_MOST_RECORDING]})
                    # The recording of the first mark that is not full replaces it.
                    sends_recording = mark.is_full
                send({"mark": stored_mark(mark), "feedback": feedback[:_MOST_FEEDBACK]})
        except (SimpshError, OSError) as problem:
            send(_report_of(problem, sandbox))

    visibility = FileVisibility(assignment.hidden, source=submission.path, of_check=task.of_check)
    lines, unfinished = work_in_sandbox(sandbox, visibility, work)
    reports = [_without_controls(json_object(line, "the judge")) for line in lines]
    # If a key is sent several times, the last value wins.
    facts = {key: value for report in reports for key, value in report.items()}
    if "failure" in facts:
        raise SimpshError(str(facts["failure"]))
    judged = [value for value in reports if "mark" in value]
    marks = {mark.id: mark for mark in (record_of(Mark, value["mark"]) for value in judged)}
    problem = str(facts.get("problem", unfinished))
    if not problem and not marks:
        raise JudgeRefused("its judge has sent nothing")
    # Behaviours that were not reached get the marks of a submission that was not judged.
    blank = task.blank(f"not judged: {problem}" if unfinished else problem or "it was not judged")
    filled = tuple(marks.get(mark.id, mark) for mark in blank)
    left_out = map(str, list_of(facts.get("left_out", [])))
    return changed(
        unjudged(assignment, submission, key, problem),
        marks=filled,
        remarks=() if all(mark.is_full for mark in filled) else tuple(left_out),
        feedback="\n".join(str(value["feedback"]) for value in judged if value["feedback"]),
        seconds=round(time.monotonic() - start, 2),
        recording=str(facts.get("recording", "")),
        program=str(facts.get("program", "")),
    )


def unjudged(assignment: ClassAssignment, submission: Submission, key: str, problem: str) -> Result:
    """Return the result of a submission that could not be judged, for this reason."""
    machine = os.uname()
    return Result(
        submission.name,
        key,
        assignment.task.title,
        assignment.task.blank(problem),
        problem,
        not_isolated=assignment.sandbox.missing,
        judged_by=f"simpsh {__version__}, {machine.sysname} {machine.release}, {machine.machine}, "
        f"Python {platform.python_version()}",
    )


def _without_controls(report: dict[str, object]) -> dict[str, object]:
    """Return a report without what a terminal would obey; pages escape a recording themselves."""

    def clean(value: object) -> object:
        if isinstance(value, str):
            return printable(value)
        if isinstance(value, list):
            return [clean(each) for each in value]
        if isinstance(value, dict):
            return {key: clean(each) for key, each in value.items()}
        return value

    return {key: value if key == "recording" else clean(value) for key, value in report.items()}


def _report_of(problem: SimpshError | OSError, sandbox: Sandbox) -> dict[str, object]:
    """Return the report to the worker: the submission's problem, or our own failure."""
    match problem:
        case SubmissionRefused():
            return {"problem": str(problem)}
        case WorkerLate():
            return {"problem": "it was ended after its time was over: its judge could not keep up"}
        case WorkerEnded() if sandbox.may_signal_judge:
            return {"problem": "it ended the process that watched it"}
        case OSError() if sandbox.has_namespaces and _is_full(tempfile.gettempdir()):
            return {"problem": "it has filled its /tmp, and nothing more could be run there"}
        case SimpshError():
            return {"failure": str(problem)}
        case OSError():
            return {"failure": failure_words(problem)}


def failure_words(error: OSError) -> str:
    """Return an error of the judge, with its place in simpsh if no file or lack explains it."""
    words = in_words(error)
    is_explained = error.filename is not None or error.errno in _LACKS
    place = "" if is_explained else place_of(error)
    return f"{words} ({place})" if place else words


def _is_full(folder: str) -> bool:
    """Return whether a file system that only the submission fills has no room or no inode left."""
    facts = os.statvfs(folder)
    return not facts.f_bavail or not facts.f_favail
