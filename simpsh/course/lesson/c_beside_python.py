"""C beside Python: the file that says each demonstration of a lesson in C, read and shown.

Beside `lessons/rule_5_order.py` there is `lessons/c/rule_5_order.c`. A function in it says in C
what the Python function of the same name says. Or a comment gives the reason why C has no such
thing:

    /* two_writers is about Python itself: the garbage collector closes the file. */

A comment or a declaration directly above a function belongs to it, and is shown with it. A name
that the C library has gets a `_` at its end: `remove_` for `remove`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from simpsh.base.errors import SimpshError
from simpsh.base.record import Record
from simpsh.course.lesson.code_listing import Listing, language_of, listing
from simpsh.course.lesson.lesson_outline import base_of, runs_of
from simpsh.course.lesson.lesson_steps import (
    Code,
    DemonstrationSource,
    Explore,
    Function,
    Lesson,
    Run,
)

FOLDER = "c"
_FUNCTION = re.compile(r"[a-z][\w *]*?\b(\w+)\([^;]*\) \{")
_PYTHON = re.compile(r"/\*\s*(\w+) is about Python itself:\s*(.*?)\s*\*/", re.DOTALL)
_FREE = re.compile(r"/\*\s*(\w+) is not compared:\s*(.*?)\s*\*/", re.DOTALL)
_FORK = re.compile(r"\b(\w+) = v?fork\(\)|\bposix_spawnp?\(&(\w+)")
_ANY_FORK = re.compile(r"\b(?:(?:v?fork|posix_spawnp?)\(|SYS_clone3\b)")
_STATEMENT_ENDS = (";", "{", "}", ":")


class NotInC(SimpshError):
    """A demonstration has no C beside it; the message says why, in one line."""


class CSource(Record):
    """One lesson's C file."""

    path: str
    text: str
    functions: Mapping[str, range]
    """By name, the lines of each function, from 1, with what stands directly above it."""
    about_python: Mapping[str, str]
    """By name of the demonstration, the reason why it has no C."""
    not_compared: Mapping[str, str]
    """By name of the demonstration, the reason why its calls differ from run to run."""

    def listing(self, names: Sequence[str]) -> Listing:
        """Return functions as a listing, from top to bottom.

        Raises:
            NotInC: one of them is not there, or is about Python.
        """
        lines = self.text.split("\n")
        parts = [lines[rows.start - 1 : rows.stop - 1] for rows in map(self._rows_of, names)]
        return Listing("\n\n".join("\n".join(part) for part in parts), "c")

    def _rows_of(self, name: str) -> range:
        if name in self.about_python:
            raise NotInC(f"{name} is about Python itself: {self.about_python[name]}")
        if name not in self.functions:
            raise NotInC(f"{name} is not in {os.path.basename(self.path)}")
        return self.functions[name]

    @property
    def callable_functions(self) -> Mapping[str, str]:
        """The functions `void name(void)`, which can be called for themselves: their names in C."""
        lines = self.text.split("\n")
        found = {}
        for name, rows in self.functions.items():
            heads = {lines[row - 1] for row in rows}
            for in_c in (name, f"{name}_"):
                if f"void {in_c}(void) {{" in heads:
                    found[name] = in_c
        return found

    @property
    def marks(self) -> Mapping[int, str]:
        """The marks ① … ⑨ by the line of the file before which a process is held."""
        whole = Listing(self.text, "c")
        return {line + whole.offset: mark for line, mark in whole.callouts.items()}

    @property
    def fork_names(self) -> Mapping[int, str]:
        """What a child is called, by the line of its fork; empty for a result that is dropped."""
        found: dict[int, str] = {}
        for number, line in enumerate(self.text.split("\n"), 1):
            if _ANY_FORK.search(line):
                match = _FORK.search(line)
                found[number] = (match[1] or match[2]) if match is not None else ""
        return found


def read_c_source(path: str) -> CSource:
    """Return the C file of a lesson.

    Raises:
        NotInC: there is none, or it cannot be read.
    """
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        raise NotInC(f"there is no {FOLDER}/{os.path.basename(path)} yet") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise NotInC(f"{path} cannot be read: {problem}") from None
    reasons = [
        {name: " ".join(why.split()) for name, why in kind.findall(text)}
        for kind in (_PYTHON, _FREE)
    ]
    return CSource(path, text, dict(_functions(text.split("\n"))), *reasons)


def _functions(lines: Sequence[str]) -> Iterator[tuple[str, range]]:
    for number, line in enumerate(lines, 1):
        match = _FUNCTION.fullmatch(line)
        if match is None:
            continue
        end = next((at for at, one in enumerate(lines[number:], number + 1) if one == "}"), number)
        start = number
        while start > 1 and _belongs_to_next(lines[start - 2]):
            start -= 1
        yield match[1].rstrip("_"), range(start, end + 1)


def _belongs_to_next(line: str) -> bool:
    return bool(line.strip()) and line != "}" and not line.startswith("#")


@lru_cache(maxsize=4)
def _kept(path: str, _changed_at: int) -> CSource:
    return read_c_source(path)


def c_source_of(code: Function) -> CSource:
    """Return the C file beside the lesson file of a demonstration; raises NotInC."""
    folder, name = os.path.split(code.__code__.co_filename)
    path = os.path.join(folder, FOLDER, f"{name.removesuffix('.py')}.c")
    try:
        return _kept(path, os.stat(path).st_mtime_ns)
    except OSError:
        return read_c_source(path)


def c_listing(step: Run | Explore, only: Code | None = None) -> Listing:
    """Return what a step runs, in C; a demonstration that is no Python as it is.

    Args:
        step: whose demonstration; its edits are changes of the Python and are not made.
        only: one function of it.

    Raises:
        NotInC: there is no C beside it.
    """
    if isinstance(step.code, DemonstrationSource):
        return listing(step)
    if only is None or isinstance(only, DemonstrationSource):
        return c_source_of(step.code).listing(c_names(step))
    return c_source_of(step.code).listing([only.__name__])


def reason_without_c(step: Run | Explore) -> str:
    """Return why a demonstration is about Python itself; empty if it is in C or should be."""
    if isinstance(step.code, DemonstrationSource):
        return ""
    try:
        return c_source_of(step.code).about_python.get(step.code.__name__, "")
    except NotInC:
        return ""


def has_c(step: Run | Explore) -> bool:
    """Return whether a demonstration that is Python has its C beside it."""
    if isinstance(step.code, DemonstrationSource):
        return False
    try:
        return step.code.__name__ in c_source_of(step.code).functions
    except NotInC:
        return False


def c_names(step: Run | Explore) -> list[str]:
    """Return the functions of a step, as its listing has them."""
    functions = [*step.also, step.code]
    return [one.__name__ for one in functions if not isinstance(one, DemonstrationSource)]


def is_python(step: Run | Explore) -> bool:
    """Return whether a step runs a function of the lesson file."""
    return language_of(step.code) == "python"


def demonstrations(lesson: Lesson) -> list[Run | Explore]:
    """Return the steps of a lesson that run something, the first of each demonstration.

    A step without an edit comes before those with one: its claims are about the code itself.
    """
    found: dict[object, Run | Explore] = {}
    steps = [base_of(step) for step in runs_of(lesson).values()]
    for step in sorted(steps, key=lambda one: bool(one.edit)):
        found.setdefault(tuple(c_names(step)) if is_python(step) else step.code, step)
    return list(found.values())


def c_pages(lesson: Lesson) -> list[Listing]:
    """Return the C file of a lesson as one listing, and then what is not Python, as it is.

    Raises:
        NotInC: there is Python, and no C beside it.
    """
    steps = demonstrations(lesson)
    functions = [step.code for step in steps if not isinstance(step.code, DemonstrationSource)]
    files = {source.path: source.text for source in map(c_source_of, functions)}
    found = [Listing(text.rstrip("\n"), "c") for text in files.values()]
    return found + [listing(step) for step in steps if not is_python(step)]


def not_a_statement(lines: Sequence[str], line: int) -> str:
    """Return why a report cannot be put before a line of C; empty if it can.

    >>> not_a_statement(["if (a)", "    b();"], 2)
    'line 2 is no statement of its own: put it into braces'
    """
    above = (one.partition("//")[0].rstrip() for one in reversed(lines[: line - 1]))
    last = next((one for one in above if one.strip()), ";")
    is_statement = last.endswith((*_STATEMENT_ENDS, "*/"))
    return "" if is_statement else f"line {line} is no statement of its own: put it into braces"
