"""What the command line of `simpsh grade` asks for."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from simpsh.errors import UsageProblem
from simpsh.grade.class_reports import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE = """\
usage: simpsh grade WHAT [option …] SUBMISSIONS     judge every file and folder in SUBMISSIONS
       simpsh grade one WHAT [option …] SUBMISSION  judge one of them
       simpsh grade merge [--format FORM] RESULTS … put results together
       simpsh grade shell SHELL                     judge a shell here and now; see there

WHAT is one of
  --exercise ID     an exercise of the course (--path DIR: of one's own); --seed N: its variant
  --shell           a shell; --rubric FILE: what is asked of it; --prompt TEXT: its prompt
  --check COMMAND   passed if COMMAND, given the submission, ends with status 0

  --program NAME    which file of a submission is the program, without .py or .c
  -j N              judge so many at a time (default: one for each processor)
  -o DIR            keep results there, a file for each (default: results)
  --part K/N        judge the Kth of N parts: for a job array
  --again           judge those, too, that have a result
  --format FORM     text, csv, json, junit; of one submission gradescope
  --table FILE      write the report there
  --seconds N       how long one submission may take in all (default 120; a shell 600)
  --memory MIB      address space of a process (default 1024)
  --file-size MIB   of a file; all files together have four times that (default 64)
  --processes N     how many at a time (default 64)

Each submission is judged in a copy, by a process of its own, in a cage. A grader that is started
again goes on where it was. The exit status is 0 if every submission has a result, 1 if not, 2 for
a mistake in this line.
"""


class Wishes:
    """What the command line asks for."""

    def __init__(self) -> None:
        self.what = "class"
        """class, one or merge."""
        self.operands: list[str] = []
        self.exercise = self.rubric = self.check = self.program = self.prompt = ""
        self.is_shell = False
        self.paths: list[str] = []
        self.seed = 0
        self.at_once = len(os.sched_getaffinity(0))
        self.results = "results"
        self.part = ""
        self.again = False
        self.form = "text"
        self.table = ""
        self.seconds = 0
        self.memory, self.file_size, self.processes = 1024, 64, 64


_TEXTS = {
    "--exercise": "exercise",
    "--rubric": "rubric",
    "--check": "check",
    "--program": "program",
    "--prompt": "prompt",
    "-o": "results",
    "--part": "part",
    "--table": "table",
}
_NUMBERS = {
    "--seed": ("seed", 0, 1_000_000),
    "-j": ("at_once", 1, 1024),
    "--seconds": ("seconds", 1, 86_400),
    "--memory": ("memory", 32, 1 << 20),
    "--file-size": ("file_size", 1, 1 << 16),
    "--processes": ("processes", 2, 4096),
}


def parse(words: Sequence[str]) -> Wishes:
    """Return what the words after `grade` ask for.

    Raises:
        UsageProblem: they make no sense.
    """
    wishes, rest = Wishes(), list(words)
    if rest and rest[0] in ("one", "merge"):
        wishes.what = rest.pop(0)
    while rest:
        word = rest.pop(0)
        if word == "--":
            wishes.operands += rest
            break
        if word.startswith("-") and word != "-":
            _take_option(wishes, word, rest)
        else:
            wishes.operands.append(word)
    return _checked(wishes)


def _take_option(wishes: Wishes, word: str, rest: list[str]) -> None:
    if word in ("--shell", "--again"):
        setattr(wishes, {"--shell": "is_shell", "--again": "again"}[word], True)
        return
    name, equals, value = word.partition("=")
    if found := re.fullmatch(r"-j(\d+)", word):
        name, equals, value = "-j", "=", found[1]
    if name not in (*_TEXTS, *_NUMBERS, "--format", "--path"):
        raise UsageProblem(f"grade: {name}: no such option; see simpsh grade --help")
    if not equals:
        if not rest:
            raise UsageProblem(f"grade: {name}: its operand is missing")
        value = rest.pop(0)
    _set(wishes, name, value)


def _set(wishes: Wishes, name: str, value: str) -> None:
    if name in _NUMBERS:
        field, least, most = _NUMBERS[name]
        setattr(wishes, field, _number(name, value, least, most))
    elif name == "--path":
        wishes.paths.append(value)
    elif name == "--format":
        if value not in FORMATS:
            raise UsageProblem(f"grade: --format {value}: it is {', '.join(FORMATS)}")
        wishes.form = value
    else:
        setattr(wishes, _TEXTS[name], value)


def _number(name: str, value: str, least: int, most: int) -> int:
    if not (value.isascii() and value.isdigit()) or not least <= int(value) <= most:
        raise UsageProblem(f"grade: {name} {value}: a number from {least} to {most}")
    return int(value)


def _checked(wishes: Wishes) -> Wishes:
    if wishes.what == "merge":
        if not wishes.operands:
            raise UsageProblem("grade merge: which results? Name their folders")
        return wishes
    if len(wishes.operands) != 1:
        what = "which submission" if wishes.what == "one" else "where are the submissions"
        found = f"not {len(wishes.operands)} of them" if wishes.operands else "name one folder"
        raise UsageProblem(f"grade: {what}? {found}; see simpsh grade --help")
    wishes.is_shell |= bool(wishes.rubric)
    asked = [bool(wishes.exercise), wishes.is_shell, bool(wishes.check)]
    if sum(asked) != 1:
        raise UsageProblem("grade: what is asked? One of --exercise ID, --shell, --check COMMAND")
    wishes.seconds = wishes.seconds or (600 if wishes.is_shell else 120)
    return wishes
