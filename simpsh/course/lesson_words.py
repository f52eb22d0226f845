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
    Unfinished as Unfinished,
    WaitReturn as WaitReturn,
    Write as Write,
)
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
from simpsh.course.claims.expectation import (
    Expectation as Expectation,
    Fact as Fact,
    Happening as Happening,
    Unknown as Unknown,
)
from simpsh.course.claims.line_claims import (
    LineRun as LineRun,
    Variation as Variation,
    a_word as a_word,
    asked as asked,
    file_is as file_is,
    is_ignored as is_ignored,
    never_sent as never_sent,
    printed as printed,
    prints as prints,
    prints_the_status as prints_the_status,
    reads_own_status as reads_own_status,
    returns_to_prompt as returns_to_prompt,
    runs as runs,
    shown_output as shown_output,
    stays as stays,
)
from simpsh.course.claims.observation import in_words as in_words
from simpsh.course.claims.process_ref import (
    Process as Process,
    anyone as anyone,
    anyone_but as anyone_but,
    everyone_called as everyone_called,
    processes as processes,
    programs as programs,
    reaper as reaper,
)
from simpsh.course.claims.run_properties import (
    all_of as all_of,
    any_of as any_of,
    at as at,
    before as before,
    count as count,
    file as file,
    hangs as hangs,
    happens as happens,
    holders as holders,
    how_many as how_many,
    how_many_alive as how_many_alive,
    how_many_outputs as how_many_outputs,
    how_many_processes as how_many_processes,
    never as never,
    none_of as none_of,
    of as of,
    output as output,
    outputs as outputs,
    returns as returns,
    seen_here as seen_here,
    told_at as told_at,
    unordered as unordered,
    value as value,
    words as words,
)
from simpsh.course.lesson.ask_step import Ask as Ask
from simpsh.course.lesson.compare_step import Compare as Compare
from simpsh.course.lesson.explore_step import Explore as Explore
from simpsh.course.lesson.lesson import Choice as Choice, Lesson as Lesson
from simpsh.course.lesson.predict_step import Predict as Predict
from simpsh.course.lesson.run_step import Repair as Repair, Run as Run
from simpsh.course.lesson.say_step import NotShown as NotShown, Say as Say
from simpsh.course.lesson.show_step import Show as Show
from simpsh.course.lesson.try_step import Try as Try
