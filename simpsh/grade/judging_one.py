"""Judging one submission: a fresh copy, in a cage, by a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import time
from typing import TYPE_CHECKING

from simpsh.course.own_process import Broken
from simpsh.errors import SimpshError
from simpsh.grade.cage import Cage
from simpsh.grade.enclosure import Inside, Sight, work_inside
from simpsh.grade.results import Result, mark_from, mark_value
from simpsh.grade.submissions import copy_into
from simpsh.grade.tasks import in_words
from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.grade.marks import Mark
    from simpsh.grade.submissions import Submission
    from simpsh.grade.tasks import Task

_FIRST_UID, _UIDS = 61184, 4336  # where systemd's own "dynamic users" live, too
_MOST_FEEDBACK = 1 << 16
_ENDED = "it ended the process that watched it"


class Assignment(Record):
    """What is asked of every submission, and how each is kept apart."""

    task: Task
    cage: Cage
    hidden: tuple[str, ...] = ()
    """What no submission may see: results, other submissions, solutions."""

    def key_of(self, submission: Submission) -> str:
        """Return what a result of it is known by."""
        words = (submission.content, self.task.key, self.cage.limits.words)
        return hashlib.sha256("\0".join(words).encode()).hexdigest()


def judge_one(assignment: Assignment, submission: Submission) -> Result:
    """Judge a submission; whatever it does, there is a result, if we do not fail ourselves.

    This process must have no children, and becomes a subreaper.

    Raises:
        OSError: EAGAIN EMFILE …; no process or descriptor can be made.
        SimpshError: it could not be confined, and so was not run; or the judge broke.
    """
    start = time.monotonic()
    task, cage = assignment.task, with_user(assignment.cage)

    def work(inside: Inside) -> None:
        _judge_inside(task, cage, submission.name, inside)

    sight = Sight(assignment.hidden, task.files, submission.path)
    found = work_inside(cage, sight, work)
    told = _told(found.lines)
    marks, problem = told.marks, told.problem or found.problem
    if not problem and not marks:
        problem = "it ended the process that judged it"
    filled = _filled(marks, task.blank(problem or "it was not judged"))
    is_full = all(mark.is_full for mark in filled)
    return Result(
        submission.name,
        assignment.key_of(submission),
        task.title,
        filled,
        problem,
        # What an exercise asks for may look out of proportion: a bomb that stops at a limit.
        () if is_full else tuple(told.remarks),
        "\n".join(filter(None, told.feedback)),
        cage.missing,
        time.monotonic() - start,
    )


def with_user(cage: Cage) -> Cage:
    """Give a cage a user who owns no process, if its user is to be another."""
    if not cage.uid:
        return cage
    taken = _owners()
    start = os.getpid()
    # As long as this process lives nobody else has its pid, and so begins here.
    uids = (_FIRST_UID + (start + turn) % _UIDS for turn in range(_UIDS))
    free = next((uid for uid in uids if uid not in taken), 0)
    if not free:
        raise SimpshError("there is no user without processes left")
    values = {name: getattr(cage, name) for name in Cage._fields}
    return Cage(**values | {"uid": free})


def _owners() -> set[int]:
    found = set()
    for name in os.listdir("/proc"):
        try:
            if name.isdigit():
                found.add(os.stat(f"/proc/{name}").st_uid)
        except OSError:
            continue  # it has ended meanwhile
    return found


def _judge_inside(task: Task, cage: Cage, name: str, inside: Inside) -> None:
    try:
        place = copy_into(inside.source, name, inside.directory)
        cage.give(inside.directory)
        for one in task.judge(place, cage):
            value = {
                "mark": mark_value(one.mark),
                "feedback": one.feedback[:_MOST_FEEDBACK],
                "remarks": list(one.remarks),
            }
            inside.send(json.dumps(value).encode())
    except Broken as problem:
        is_ended = str(problem).endswith("was ended")
        found = {"problem": _ENDED} if is_ended else {"failure": str(problem)}
        inside.send(json.dumps(found).encode())
    except SimpshError as problem:
        inside.send(json.dumps({"problem": str(problem)}).encode())
    except OSError as error:
        inside.send(json.dumps({"problem": in_words(error)}).encode())


class _Told:
    """What the judge has sent."""

    def __init__(self) -> None:
        self.marks: list[Mark] = []
        self.feedback: list[str] = []
        self.remarks: list[str] = []
        self.problem = ""


def _told(lines: Sequence[bytes]) -> _Told:
    told = _Told()
    for line in lines:
        value = json.loads(line)
        if "failure" in value:
            raise SimpshError(value["failure"])
        if "mark" in value:
            told.marks.append(mark_from(value["mark"]))
            told.feedback.append(value["feedback"])
            told.remarks += value["remarks"]
        told.problem = value.get("problem", told.problem)
    return told


def _filled(marks: Sequence[Mark], blank: Sequence[Mark]) -> tuple[Mark, ...]:
    """Return the marks that there are, and for what was not reached those of who did nothing."""
    found = {mark.id: mark for mark in marks}
    return tuple(found.get(mark.id, mark) for mark in blank)
