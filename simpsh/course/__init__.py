"""The course: what a lesson file may say, and the engine that runs, teaches and checks it.

A lesson file imports its words from here: `from simpsh.course import Lesson, Say, Run, …`.
"""

from __future__ import annotations

from simpsh.course.edits import Edit, delete, insert, move, replace
from simpsh.course.expectation import Expectation, Fact, Happening, Unknown
from simpsh.course.lesson import Lesson
from simpsh.course.processes import Process, anyone, anyone_but, everyone_called, processes, reaper
from simpsh.course.sentences import (
    all_of,
    any_of,
    at,
    before,
    count,
    happens,
    never,
    none_of,
    of,
    took,
    unordered,
)
from simpsh.course.sources import C, Program, Shell
from simpsh.course.steps import (
    Ask,
    Choice,
    Claim,
    Compare,
    Explore,
    Kill,
    NotShown,
    Predict,
    Resume,
    Run,
    Say,
    Show,
    Try,
    Type,
)
from simpsh.course.whole_run import (
    can_print,
    file,
    hangs,
    holders,
    how_many,
    how_many_alive,
    how_many_outputs,
    how_many_processes,
    output,
    outputs,
    returns,
    seen_here,
    told_at,
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
    # what can be run, and what you do when nobody can move
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
    # people
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
