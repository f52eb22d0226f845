"""The C versions of a lesson's demonstrations.

The C version of `fork/rule_5_order.py` is `fork/c/rule_5_order.c`. Each function in it corresponds
to the Python function of the same name. If a demonstration cannot be written in C, a comment gives
the reason:

    /* two_writers is about Python itself: the garbage collector closes the file. */

A comment or declaration directly above a function belongs to it and is shown with it. A name that
the C library already uses gets a `_` at its end: `remove_` for `remove`. `make check-c` proves that
both versions behave alike.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

from simpsh.base.errors import SimpshError
from simpsh.base.record import Record
from simpsh.course.claims.demonstration import (
    Code,
    Demonstration,
    DemonstrationSource,
    Edit,
    Function,
    Listing,
    listing,
)
from simpsh.course.lesson.lesson import Lesson, runs_of

FOLDER = "c"
_FUNCTION = re.compile(r"[a-z][\w *]*?\b(\w+)\([^;]*\) \{")
_PYTHON = re.compile(r"/\*\s*(\w+) is about Python itself:\s*(.*?)\s*\*/", re.DOTALL)
_NOTE = re.compile(r"/\* \w+ is (?:about Python itself|not compared):.*?\*/\s*", re.DOTALL)
"""A comment with the reason why another demonstration of the file has no C version."""


class NotInC(SimpshError):
    """A demonstration has no C version; the message gives the reason in one line."""


class CSource(Record):
    """The C file of one lesson."""

    path: str
    text: str
    functions: Mapping[str, range]
    """The lines of each function, from 1, by name; includes comments directly above it."""
    about_python: Mapping[str, str]
    """The reasons for missing C versions, by name of the demonstration."""

    def listing(self, names: Sequence[str]) -> Listing:
        """Return functions as a listing, from top to bottom; raises NotInC."""
        lines = self.text.split("\n")
        parts = []
        for name in names:
            if name in self.about_python:
                raise NotInC(f"{name} is about Python itself: {self.about_python[name]}")
            if name not in self.functions:
                raise NotInC(f"{name} is not in {os.path.basename(self.path)}")
            rows = self.functions[name]
            parts.append("\n".join(lines[rows.start - 1 : rows.stop - 1]))
        return Listing("\n\n".join(parts), "c")


def read_c_source(path: str) -> CSource:
    """Return the C file of a lesson; raises NotInC."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        raise NotInC(f"there is no {FOLDER}/{os.path.basename(path)} yet") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise NotInC(f"{path} cannot be read: {problem}") from None
    about_python = {name: " ".join(why.split()) for name, why in _PYTHON.findall(text)}
    lines = text.split("\n")
    functions = {}
    for number, line in enumerate(lines, 1):
        match = _FUNCTION.fullmatch(line)
        if match is None:
            continue
        end = number
        while end < len(lines) and lines[end - 1] != "}":
            end += 1
        start = number
        while start > 1 and (above := lines[start - 2]).strip() and not re.match("#|}$", above):
            start -= 1
        functions[match[1].rstrip("_")] = range(start, end + 1)
    return CSource(path, text, functions, about_python)


def c_source_of(code: Function) -> CSource:
    """Return the C file that belongs to the lesson file of a demonstration; raises NotInC."""
    folder, name = os.path.split(code.__code__.co_filename)
    return read_c_source(os.path.join(folder, FOLDER, f"{name.removesuffix('.py')}.c"))


def c_listing(step: Demonstration, only: Code | None = None) -> Listing:
    """Return the C version of a step or of its function `only`; C and Shell stay as they are.

    Edits are not applied, because they change the Python source. Raises NotInC.
    """
    if isinstance(step.code, DemonstrationSource):
        return listing(step)
    if only is None or isinstance(only, DemonstrationSource):
        return c_source_of(step.code).listing(c_names(step))
    return c_source_of(step.code).listing([only.__name__])


def c_program(step: Demonstration, edit: Edit) -> str:
    """Return a demonstration as a C program, with an edit: its function becomes `main`.

    Raises NotInC.
    """
    code: Function = step.code  # type: ignore[assignment]  # no Source
    source, names = c_source_of(code), c_names(step)
    source.listing(names)  # raises NotInC
    for name in reversed([*source.functions]):
        if name not in names and re.search(rf"\b{name}\b", source.listing(names).source):
            names.insert(0, name)
    first = min(rows.start for rows in source.functions.values())
    head = _NOTE.sub("", "\n".join(source.text.split("\n")[1 : first - 1])).strip()
    main = re.compile(rf"^void {code.__name__}_?\(void\)", re.MULTILINE)
    body = edit.apply(source.listing(names).source)
    return f"{head}\n\n{main.sub('int main(void)', body)}\n"


def reason_without_c(step: Demonstration) -> str:
    """Return why a demonstration has no C version; empty if it has or should have one."""
    if isinstance(step.code, DemonstrationSource):
        return ""
    try:
        return c_source_of(step.code).about_python.get(step.code.__name__, "")
    except NotInC:
        return ""


def c_names(step: Demonstration) -> list[str]:
    """Return the names of a step's functions, in the order of its listing."""
    functions = [*step.also, step.code]
    return [code.__name__ for code in functions if not isinstance(code, DemonstrationSource)]


def is_python(step: Demonstration) -> bool:
    """Return whether a step runs a function of the lesson file."""
    return not isinstance(step.code, DemonstrationSource)


def demonstrations(lesson: Lesson) -> list[Demonstration]:
    """Return the running steps of a lesson, one for each demonstration.

    A step without an edit is preferred, because its claims are about the code itself.
    """
    first: dict[object, Demonstration] = {}
    steps = [step.demonstration for step in runs_of(lesson).values()]
    for step in sorted(steps, key=lambda step: bool(step.edit)):
        first.setdefault(tuple(c_names(step)) if is_python(step) else step.code, step)
    return list(first.values())
