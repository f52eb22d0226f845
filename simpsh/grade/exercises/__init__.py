"""Programs that students write for a task, judged by what their processes do.

exercise – an exercise: the contract of `exercise.py`
exercise_expectations – expectations of a program's run
solution_marks – the marks of a model solution, from which the start is made
exercise_catalogue – the folders with exercises; loading one
exercise_judge – running a program, its marks, and the decisive failure
exercise_answer – the answer to the student
exercise_check – a check that starts fail and solutions pass

An exercise imports everything from here and from `simpsh.course`:
`from simpsh.grade.exercises import Asked, Exercise, Trial, so`.
"""

from __future__ import annotations

from simpsh.base.events import (
    Call as Call,
    Close as Close,
    Exec as Exec,
    Exit as Exit,
    Fork as Fork,
    Open as Open,
    Read as Read,
    Reap as Reap,
    Reparent as Reparent,
    SignalDeliver as SignalDeliver,
    SignalSend as SignalSend,
    TcSetPgrp as TcSetPgrp,
    Wait as Wait,
    WaitReturn as WaitReturn,
    What as What,
    Write as Write,
)
from simpsh.base.targets import Kernel as Kernel, Member as Member
from simpsh.course.claims.claim import Proof as Proof
from simpsh.course.claims.observation import (
    END as END,
    GAP as GAP,
    Observation as Observation,
    ProcessLook as ProcessLook,
)
from simpsh.grade.exercises.exercise import (
    PROGRAM as PROGRAM,
    Asked as Asked,
    Exercise as Exercise,
    Trial as Trial,
)
from simpsh.grade.exercises.exercise_expectations import (
    EXITS_AT_RANDOM as EXITS_AT_RANDOM,
    RANDOM as RANDOM,
    Found as Found,
    born_before_collected as born_before_collected,
    collected as collected,
    draws as draws,
    ended as ended,
    ends_as as ends_as,
    gives_statuses as gives_statuses,
    left_behind as left_behind,
    no_cause as no_cause,
    pid_of as pid_of,
    prints as prints,
    so as so,
    wakes_up as wakes_up,
    writes_to_output as writes_to_output,
)
from simpsh.trace.tracer.forced_orders import (
    AT_BIRTH as AT_BIRTH,
    BEFORE_SLEEP as BEFORE_SLEEP,
    CHILDREN_LATE as CHILDREN_LATE,
    PARENT_LATE as PARENT_LATE,
)
