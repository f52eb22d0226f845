"""`simpsh grade shell`: how well does a shell do what a shell does?"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from simpsh.errors import SimpshError, UsageProblem
from simpsh.grade.examining import BEHAVIOURS, check_shell, examine
from simpsh.grade.reports import FORMATS, report
from simpsh.grade.rubric import Rubric, read_rubric
from simpsh.grade.seat import SECONDS
from simpsh.grade.writing import write_whole
from simpsh.kernel.descriptors import write_all
from simpsh.trace.tracing import why_not

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.grade.behaviour import Behaviour
    from simpsh.grade.marks import Mark

USAGE = """\
usage: simpsh grade shell [option …] SHELL [argument …]

Start SHELL at a terminal of its own, type at it, and judge what its processes do.

  --prompt TEXT    what it prints when it is ready; without it, only its sleep is looked at
  --rubric FILE    which behaviours are asked, and their points (TOML)
  --only ID,…      these behaviours alone
  --seconds N      how long anything may take before the shell counts as stuck (default 5)
  --format FORM    text, json, junit or gradescope
  -o FILE          write the report there
  --list           show every behaviour and its checks, and end

The exit status is 0 if nothing is missing, 1 if something is, 2 for a mistake in this line.
"""


class _Wishes:
    """What the command line asks for."""

    def __init__(self) -> None:
        self.prompt = ""
        self.rubric = ""
        self.only: tuple[str, ...] = ()
        self.seconds = SECONDS
        self.form = "text"
        self.output = ""
        self.lists = False
        self.shell: tuple[str, ...] = ()


def main(words: Sequence[str]) -> int:
    """Do what the words after `grade shell` say, and return the exit status.

    Raises:
        SimpshError: a file or program is missing, or this process may trace nobody.
        UsageProblem: an option is unknown or lacks its operand.
    """
    if list(words) in (["--help"], ["-h"]):
        write_all(1, USAGE.encode())
        return 0
    wishes = _parse(words)
    rubric = read_rubric(wishes.rubric, BEHAVIOURS) if wishes.rubric else Rubric()
    asked = _asked(wishes, rubric)
    if wishes.lists:
        write_all(1, _listing(asked, rubric).encode())
        return 0
    if not wishes.shell:
        raise UsageProblem("grade shell: which shell? See simpsh grade shell --help")
    argv = check_shell(wishes.shell)
    if refusal := why_not():
        raise SimpshError(f"grade shell: {refusal}")
    marks = _examine_all(argv, asked, rubric, wishes)
    title = rubric.title or f"the shell {' '.join(wishes.shell)}"
    text = report(title, marks, wishes.form)
    if wishes.output:
        write_whole(wishes.output, text)
    else:
        write_all(1, text.encode())
    return 0 if all(mark.is_full for mark in marks) else 1


def _examine_all(
    argv: tuple[str, ...], asked: Sequence[Behaviour], rubric: Rubric, wishes: _Wishes
) -> list[Mark]:
    marks = []
    shows = sys.stderr.isatty()
    for place, behaviour in enumerate(asked, 1):
        if shows:
            line = f"\r\x1b[K{place}/{len(asked)} {behaviour.id}"
            write_all(2, line.encode())
        mark = examine(argv, behaviour, rubric, prompt=wishes.prompt, seconds=wishes.seconds)
        marks.append(mark)
    if shows:
        write_all(2, b"\r\x1b[K")
    return marks


def _parse(words: Sequence[str]) -> _Wishes:
    wishes = _Wishes()
    rest = list(words)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        word = rest.pop(0)
        if word == "--":
            break
        name, equals, value = word.partition("=")
        if name == "--list":
            wishes.lists = True
            continue
        if name not in ("--prompt", "--rubric", "--only", "--seconds", "--format", "-o"):
            raise UsageProblem(f"grade shell: {name}: no such option; see --help")
        if not equals:
            if not rest:
                raise UsageProblem(f"grade shell: {name}: its operand is missing")
            value = rest.pop(0)
        _set(wishes, name, value)
    wishes.shell = tuple(rest)
    return wishes


def _set(wishes: _Wishes, name: str, value: str) -> None:
    match name:
        case "--prompt":
            wishes.prompt = value
        case "--rubric":
            wishes.rubric = value
        case "--only":
            wishes.only = tuple(filter(None, value.split(",")))
        case "--seconds":
            if not (value.isascii() and value.isdigit()) or not 0 < int(value) <= 3600:
                raise UsageProblem(f"grade shell: --seconds {value}: a number from 1 to 3600")
            wishes.seconds = float(value)
        case "-o":
            wishes.output = os.path.abspath(value)
        case _:
            if value not in FORMATS:
                raise UsageProblem(f"grade shell: --format {value}: it is {', '.join(FORMATS)}")
            wishes.form = value


def _asked(wishes: _Wishes, rubric: Rubric) -> list[Behaviour]:
    known = {behaviour.id for behaviour in BEHAVIOURS}
    for name in wishes.only:
        if name not in known:
            raise UsageProblem(f"grade shell: {name}: no such behaviour; --list has them")
    return [
        behaviour
        for behaviour in BEHAVIOURS
        if rubric.asks(behaviour) and (not wishes.only or behaviour.id in wishes.only)
    ]


def _listing(asked: Sequence[Behaviour], rubric: Rubric) -> str:
    lines = []
    for behaviour in asked:
        lines.append(f"{behaviour.id}: {behaviour.title}")
        for key, (sentence, _) in behaviour.checks.items():
            points = rubric.points(behaviour, key)
            lines.append(f"  {points:>4g}  {behaviour.id}.{key}: {sentence}")
    return "\n".join(lines) + "\n"
