"""Programs that students write for a task, judged by what their processes do.

exercise – what an exercise is: the contract of `exercise.py`
exercise_expectations – what can be asked of a program's run
exercise_catalogue – where exercises lie; loading one, beginning one
template.txt – what a new exercise begins with
exercise_judge – running a program, its marks, and the failure that decides
exercise_answer – what a student reads
exercise_progress – hints told, tries made, what is done
exercise_check – proof that starts fail, solutions pass, wrong ones fail

An exercise takes all that it needs from here and from `simpsh.course`:
`from simpsh.grade.exercises import Asked, Exercise, Trial, so`.
"""

from __future__ import annotations

from simpsh.base.events import (
    Call,
    Exec,
    Exit,
    Fork,
    Open,
    Reap,
    Reparent,
    Rest,
    SignalDeliver,
    SignalSend,
    TcSetPgrp,
    Wait,
    WaitReturn,
    What,
    Write,
)
from simpsh.course.claims.observation import END, Observation, ProcessLook
from simpsh.grade.exercises.exercise import PROGRAM, Asked, Exercise, Trial
from simpsh.grade.exercises.exercise_expectations import (
    POLLS,
    WITH_A_GAP,
    Found,
    born_before_collected,
    collected,
    ended,
    gives_statuses,
    left_behind,
    no_cause,
    pid_of,
    prints,
    so,
    stopped_bomb,
    uncollected,
    unsuccessful,
)

__all__ = [
    # an exercise, its runs, and what is asked
    "Exercise",
    "Trial",
    "Asked",
    "PROGRAM",
    # expectations of one's own, and what they are made of
    "so",
    "Found",
    "prints",
    "stopped_bomb",
    "born_before_collected",
    "collected",
    "ended",
    "gives_statuses",
    "left_behind",
    "no_cause",
    "pid_of",
    "uncollected",
    "unsuccessful",
    "POLLS",
    "WITH_A_GAP",
    # what was seen of a run
    "Observation",
    "ProcessLook",
    "END",
    # its events
    "What",
    "Fork",
    "Exec",
    "Exit",
    "Wait",
    "WaitReturn",
    "Reap",
    "Reparent",
    "Rest",
    "SignalSend",
    "SignalDeliver",
    "TcSetPgrp",
    "Open",
    "Write",
    "Call",
]
