"""Programs that students write for a task, judged by what their processes do.

exercise – an exercise: the contract of `exercise.py`
exercise_words – the words of claims about a program's run
solution_marks – the marks of a model solution, from which the start is made
exercise_catalogue – the folders with exercises; loading one
exercise_judge – running a program, its marks, and the decisive failure
exercise_answer – the answer to the student

An exercise imports everything from here and from `simpsh.course`:
`from simpsh.grade.exercises import Asked, Exercise, Trial`.
"""

from __future__ import annotations

from simpsh.grade.exercises.exercise import (
    PROGRAM as PROGRAM,
    Asked as Asked,
    Claim as Claim,
    Exercise as Exercise,
    Trial as Trial,
)
from simpsh.grade.exercises.exercise_words import (
    EXITS_AT_RANDOM as EXITS_AT_RANDOM,
    RANDOM as RANDOM,
    WAKES_UP as WAKES_UP,
    draws as draws,
    ends_as as ends_as,
    no_cause as no_cause,
    prints as prints,
    reported as reported,
)
from simpsh.trace.tracer.forced_orders import (
    AT_BIRTH as AT_BIRTH,
    BEFORE_SLEEP as BEFORE_SLEEP,
    CHILDREN_LATE as CHILDREN_LATE,
    PARENT_LATE as PARENT_LATE,
)
