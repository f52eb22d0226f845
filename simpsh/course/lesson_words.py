"""The names that a lesson file imports with `from simpsh.course import …`."""

from __future__ import annotations

from simpsh.base.events import (
    Assign as Assign,
    Call as Call,
    Chdir as Chdir,
    Exec as Exec,
    Exit as Exit,
    Fork as Fork,
    Open as Open,
    Pipe as Pipe,
    Read as Read,
    SignalDeliver as SignalDeliver,
    WaitReturn as WaitReturn,
    Write as Write,
)
from simpsh.course.claims.claim import all_of as all_of, some as some, value as value
from simpsh.course.claims.demonstration import (
    C as C,
    Claim as Claim,
    Edit as Edit,
    Kill as Kill,
    Shell as Shell,
    Type as Type,
    delete as delete,
    insert as insert,
    move as move,
    replace as replace,
)
from simpsh.course.claims.line_claims import (
    LineRun as LineRun,
    Variation as Variation,
    a_word as a_word,
    asked as asked,
    is_ignored as is_ignored,
    printed as printed,
    prints as prints,
    prints_the_status as prints_the_status,
    reads_own_status as reads_own_status,
    runs as runs,
    shown_output as shown_output,
    stays as stays,
)
from simpsh.course.claims.observation import REAPER as REAPER, in_words as in_words
from simpsh.course.lesson.ask_step import Ask as Ask
from simpsh.course.lesson.compare_step import Compare as Compare
from simpsh.course.lesson.explore_step import Explore as Explore
from simpsh.course.lesson.lesson import Choice as Choice, Lesson as Lesson
from simpsh.course.lesson.predict_step import Predict as Predict
from simpsh.course.lesson.run_step import Repair as Repair, Run as Run
from simpsh.course.lesson.say_step import NotShown as NotShown, Say as Say
from simpsh.course.lesson.show_step import Show as Show
from simpsh.course.lesson.try_step import Try as Try
