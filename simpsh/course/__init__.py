"""The course: what a lesson file may say, and the engine that runs, teaches and checks it.

A lesson file imports its words from here: `from simpsh.course import Lesson, Say, Run, …`.

lesson/ – the contract: what a lesson says, and what is claimed of its runs
guard/ – what this machine permits, and containment
run/ – running a demonstration and observing it
screen/ – what the student sees, as values
teach/ – teaching a lesson at a terminal
check/ – proving a lesson
site/ – the course as pages that work from a file
"""

from __future__ import annotations

from simpsh.course.lesson.expectation import Expectation, Fact, Happening, Unknown
from simpsh.course.lesson.lesson_steps import (
    Ask,
    C,
    Choice,
    Claim,
    Compare,
    Edit,
    Explore,
    Kill,
    Lesson,
    NotShown,
    Predict,
    Program,
    Resume,
    Run,
    Say,
    Shell,
    Show,
    Try,
    Type,
    delete,
    insert,
    move,
    replace,
)
from simpsh.course.lesson.process_ref import (
    Process,
    anyone,
    anyone_but,
    everyone_called,
    processes,
    reaper,
)
from simpsh.course.lesson.run_properties import (
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
    took,
    unordered,
    value,
    words,
)

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
    "Program",
    "Kill",
    "Type",
    "Resume",
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
    "took",
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
