"""C beside Python: the file that says each demonstration of a lesson in C, read and shown.

Beside `fork/rule_5_order.py` of the course there is `fork/c/rule_5_order.c`. A function in it says
in C what the Python function of the same name says. Or a comment gives the reason why C has no such
thing:

    /* two_writers is about Python itself: the garbage collector closes the file. */

A comment or a declaration directly above a function belongs to it, and is shown with it. A name
that the C library has gets a `_` at its end: `remove_` for `remove`. That the C does the same is
proved by `make check-c`.
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
"""What an author says of another demonstration of the file."""


class NotInC(SimpshError):
    """A demonstration has no C beside it; the message says why, in one line."""


class CSource(Record):
    """The C file of one lesson."""

    path: str
    text: str
    functions: Mapping[str, range]
    """By name, the lines of each function, from 1, with what stands directly above it."""
    about_python: Mapping[str, str]
    """By name of the demonstration, the reason why it has no C."""

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
    """Return the C file beside the lesson file of a demonstration; raises NotInC."""
    folder, name = os.path.split(code.__code__.co_filename)
    return read_c_source(os.path.join(folder, FOLDER, f"{name.removesuffix('.py')}.c"))


def c_listing(step: Demonstration, only: Code | None = None) -> Listing:
    """Return what a step, or `only` one function of it, runs in C; what is no Python, as it is.

    Edits are changes of the Python, and are not made. Raises NotInC.
    """
    if isinstance(step.code, DemonstrationSource):
        return listing(step)
    if only is None or isinstance(only, DemonstrationSource):
        return c_source_of(step.code).listing(c_names(step))
    return c_source_of(step.code).listing([only.__name__])


def c_program(step: Demonstration, edit: Edit) -> str:
    """Return a demonstration as a C program, with an edit: its function becomes `main`."""
    code: Function = step.code  # type: ignore[assignment]  # no Source
    source, names = c_source_of(code), c_names(step)
    for name in reversed([*source.functions]):
        if name not in names and re.search(rf"\b{name}\b", source.listing(names).source):
            names.insert(0, name)
    first = min(rows.start for rows in source.functions.values())
    head = _NOTE.sub("", "\n".join(source.text.split("\n")[1 : first - 1])).strip()
    main = re.compile(rf"^void {code.__name__}_?\(void\)", re.MULTILINE)
    body = edit.apply(source.listing(names).source)
    return f"{head}\n\n{main.sub('int main(void)', body)}\n"


def reason_without_c(step: Demonstration) -> str:
    """Return why a demonstration is about Python itself; empty if it is in C or should be."""
    if isinstance(step.code, DemonstrationSource):
        return ""
    try:
        return c_source_of(step.code).about_python.get(step.code.__name__, "")
    except NotInC:
        return ""


def c_names(step: Demonstration) -> list[str]:
    """Return the functions of a step, as its listing has them."""
    functions = [*step.also, step.code]
    return [code.__name__ for code in functions if not isinstance(code, DemonstrationSource)]


def is_python(step: Demonstration) -> bool:
    """Return whether a step runs a function of the lesson file."""
    return not isinstance(step.code, DemonstrationSource)


def demonstrations(lesson: Lesson) -> list[Demonstration]:
    """Return the steps of a lesson that run something, the first of each demonstration.

    A step without an edit comes before those with one: its claims are about the code itself.
    """
    first: dict[object, Demonstration] = {}
    steps = [step.demonstration for step in runs_of(lesson).values()]
    for step in sorted(steps, key=lambda step: bool(step.edit)):
        first.setdefault(tuple(c_names(step)) if is_python(step) else step.code, step)
    return list(first.values())


def c_pages(lesson: Lesson) -> list[Listing]:
    """Return the C file of a lesson as one listing, and then what is not Python, as it is.

    Raises NotInC: there is Python, and no C beside it.
    """
    steps = demonstrations(lesson)
    functions = [step.code for step in steps if not isinstance(step.code, DemonstrationSource)]
    files = {source.path: source.text for source in map(c_source_of, functions)}
    pages = [Listing(text.rstrip("\n"), "c") for text in files.values()]
    return pages + [listing(step) for step in steps if not is_python(step)]
