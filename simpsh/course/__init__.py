"""The course: what a lesson file may say, and the engine that runs, teaches and checks it.

A lesson file imports its words from here: `from simpsh.course import Lesson, Say, Run, …`.

claims/ – a demonstration, what is seen of it, and what is claimed of it
run/ – running a demonstration and observing it
screen/ – what the student sees, as values
lesson/ – a lesson and the kinds of its steps
teach/ – teaching a lesson at a terminal
check/ – proving a lesson
site/ – the course as pages that work from a file
"""

from __future__ import annotations

from simpsh.course.claims.demonstration import (
    C,
    Claim,
    Edit,
    Kill,
    Shell,
    Type,
    delete,
    insert,
    move,
    replace,
)
from simpsh.course.claims.expectation import Expectation, Fact, Happening, Unknown
from simpsh.course.claims.process_ref import (
    Process,
    anyone,
    anyone_but,
    everyone_called,
    processes,
    reaper,
)
from simpsh.course.claims.run_properties import (
    all_of,
    any_of,
    at,
    before,
    can_print,
    count,
    file,
    hangs,
    happens,
    holders,
    how_many,
    how_many_alive,
    how_many_outputs,
    how_many_processes,
    never,
    none_of,
    of,
    output,
    outputs,
    returns,
    seen_here,
    told_at,
    unordered,
    value,
    words,
)
from simpsh.course.lesson.ask_step import Ask
from simpsh.course.lesson.compare_step import Compare
from simpsh.course.lesson.explore_step import Explore
from simpsh.course.lesson.lesson import Choice, Lesson
from simpsh.course.lesson.predict_step import Predict
from simpsh.course.lesson.run_step import Run
from simpsh.course.lesson.say_step import NotShown, Say
from simpsh.course.lesson.show_step import Show
from simpsh.course.lesson.try_step import Try

__all__ = [
    # a lesson and its steps
    "Lesson",
    "Say",
    "Predict",
    "Choice",
    "Ask",
    "Run",
    "Compare",
    "Explore",
    "Show",
    "Try",
    "NotShown",
    "Claim",
    # what can be run, and what you do when no process can move
    "C",
    "Shell",
    "Kill",
    "Type",
    # changes of it
    "Edit",
    "replace",
    "delete",
    "insert",
    "move",
    # processes
    "Process",
    "processes",
    "anyone",
    "anyone_but",
    "everyone_called",
    "reaper",
    # sentences
    "happens",
    "never",
    "count",
    "before",
    "unordered",
    "at",
    "of",
    "all_of",
    "any_of",
    "none_of",
    "hangs",
    "returns",
    "output",
    "outputs",
    "can_print",
    "how_many_outputs",
    "seen_here",
    "how_many_processes",
    "how_many_alive",
    "how_many",
    "file",
    "value",
    "holders",
    "words",
    "told_at",
    "Expectation",
    "Fact",
    "Happening",
    "Unknown",
]
