"""What a demonstration is: a function of a lesson file, C, a line of a shell; edits and claims.

An edit is a small change: a wrong variant, a fix, a row of a comparison. The old text must be there
exactly once, so that an edit cannot outlive what it changes.
"""

from __future__ import annotations

import ast
import difflib
import re
import textwrap
from collections.abc import Mapping, Sequence
from functools import cache, cached_property, lru_cache
from itertools import takewhile
from types import CodeType
from typing import Protocol

from simpsh.base.errors import SimpshError
from simpsh.base.record import Record
from simpsh.course.claims.expectation import Expectation
from simpsh.course.claims.process_ref import Process


class ListingFault(SimpshError):
    """An edit or a text speaks of code that is not there exactly once, or there is no source."""


class CodeChange(Record):
    """One change of a source: of a piece of text, or of whole lines."""

    old: str
    new: str
    kind: str = "replace"
    """`replace` a piece of text; `delete` the line that contains it; `insert` lines above it;
    `move` the line that contains `new` above it."""

    def apply(self, source: str) -> str:
        """Return the source with this change; raises ListingFault."""
        lines = source.split("\n")
        if self.kind == "move":
            moved = lines[_line_with(source, self.new)].strip()
            source = CodeChange(self.new, "", "delete").apply(source)
            return CodeChange(self.old, moved, "insert").apply(source)
        at = _line_with(source, self.old)
        match self.kind:
            case "insert":
                lines[at:at] = _indented(self.new.split("\n"), _indentation(lines[at]))
            case "delete":

                def is_code(line: str) -> bool:
                    return bool(line.strip()) and not line.strip().startswith("#")

                indent = _indentation(lines[at])
                above = next((line for line in reversed(lines[:at]) if is_code(line)), "")
                below = next((line for line in lines[at + 1 :] if is_code(line)), "")
                opens = above.split("#")[0].rstrip().endswith(":") and len(
                    _indentation(above)
                ) < len(indent)
                continues = bool(below) and len(_indentation(below)) >= len(indent)
                lines[at : at + 1] = [f"{indent}pass"] if opens and not continues else []
            case _:
                first, *further = self.new.split("\n")
                new = [first, *_indented(further, _indentation(lines[at]))]
                return source.replace(self.old, "\n".join(new))
        return "\n".join(lines)

    def __str__(self) -> str:
        old = self.old.strip().replace("\n", "⏎")
        new = self.new.strip().replace("\n", "⏎")
        sentences = {
            "delete": f"without “{old}”",
            "insert": f"“{new}” added above “{old}”",
            "move": f"“{new}” moved above “{old}”",
        }
        return sentences.get(self.kind, f"“{new}” in place of “{old}”")


class Edit(Record):
    """Changes, done one after the other; added with `+`. `Edit()` changes nothing."""

    changes: tuple[CodeChange, ...] = ()

    def __add__(self, other: Edit) -> Edit:
        return Edit(self.changes + other.changes)

    def __bool__(self) -> bool:
        return bool(self.changes)

    def apply(self, source: str) -> str:
        """Return the source with the changes made; raises ListingFault."""
        for change in self.changes:
            source = change.apply(source)
        return source

    def __str__(self) -> str:
        return " and ".join(map(str, self.changes)) or "nothing"


NO_EDIT = Edit()


def replace(old: str, new: str) -> Edit:
    """Put `new` in the place of `old`; further lines get the indentation of the first."""
    return Edit((CodeChange(old, new),))


def delete(line: str) -> Edit:
    """Take out the line that contains this text; `pass` stays if its block would be empty."""
    return Edit((CodeChange(line, "", "delete"),))


def insert(new: str, *, above: str) -> Edit:
    """Put lines above the line that contains a text, with its indentation."""
    return Edit((CodeChange(above, new, "insert"),))


def move(line: str, *, above: str) -> Edit:
    """Move the line that contains a text above another one, with that one's indentation."""
    return Edit((CodeChange(above, line, "move"),))


def _line_with(source: str, text: str) -> int:
    """Return the line, from 0, in which a text begins; raises ListingFault."""
    times = source.count(text) if text else 0
    if times != 1:
        how_often = "not" if times == 0 else f"{times} times"
        raise ListingFault(
            f"“{text}” is {how_often} in the demonstration: an edit needs a text that is there "
            "exactly once"
        )
    return source[: source.index(text)].count("\n")


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" "))]


def _indented(lines: Sequence[str], indent: str) -> list[str]:
    return [indent + line if line.strip() else line for line in lines]


# What a demonstration can be beside a function of the lesson file.


class DemonstrationSource(Record):
    """A demonstration that is no Python function; its forks are named in order of birth."""

    source: str
    """Complete; of C the lines from the first that is no include are shown."""
    births: tuple[str, ...] = ()
    """What its processes after the first are called, in order of birth."""

    language = ""


class C(DemonstrationSource):
    """A C program: compiled when it is first wanted (needs "compiler"), shown as its source."""

    flags: tuple[str, ...] = ()
    """Further arguments of the compiler, such as `-D_XOPEN_SOURCE`."""

    language = "c"


class Shell(DemonstrationSource):
    """A line or script that simpsh itself runs; the first process is called `shell`."""

    program: tuple[str, ...] = ()
    """Another shell that runs it, such as ("bash", "-c"); simpsh if empty."""

    language = "shell"


class Function(Protocol):
    """A function of the lesson file, whatever it takes."""

    @property
    def __name__(self) -> str:
        """What it is called."""

    @property
    def __code__(self) -> CodeType:
        """Where its source is."""

    @property
    def __globals__(self) -> dict[str, object]:
        """The lesson file's names."""


Code = Function | DemonstrationSource
"""A demonstration: a function of the lesson file, or C or Shell."""


class Demonstration(Protocol):
    """What every step that runs one piece of code says of it."""

    @property
    def code(self) -> Code:
        """What runs."""

    @property
    def also(self) -> Sequence[Function]:
        """Functions that belong to the listing, before the first."""

    @property
    def edit(self) -> Edit:
        """The same demonstration, changed."""

    @property
    def main(self) -> str:
        """What the first process is called."""

    @property
    def births(self) -> tuple[str, ...]:
        """Names for forks whose result goes into no variable, in order of birth."""


class Unique(Record):
    """A record that equals no other: each is itself alone."""

    __eq__ = object.__eq__
    __hash__ = object.__hash__


class Claim(Unique):
    """A sentence about a run, with the worlds in which it is not so.

    `Claim("The parent still has 1.", parent.prints("x = 1"), wrong=replace("…", "…"))`
    """

    sentence: str
    """What the student reads, the grader prints and the test is called."""
    expectation: Expectation
    wrong: Edit | Sequence[Edit] = ()
    """Edits of the demonstration, each of which must make the expectation false."""
    facts: tuple[str, ...] = ()
    """The claims of lessons/claims.py that this one proves."""
    needs: tuple[str, ...] = ()
    """What the machine must have to tell, beyond what the step needs."""
    hint: str = ""
    """Of a Repair: what is said to a student whose program fails this claim first."""

    @property
    def wrongs(self) -> tuple[Edit, ...]:
        """The wrong variants."""
        return (self.wrong,) if isinstance(self.wrong, Edit) else tuple(self.wrong)


# What you do when no process can move any more.


class Kill(Unique):
    """At rest, you send a signal to a process."""

    process: Process
    signal: str = "SIGTERM"


class Type(Unique):
    """At rest, you type at the demonstration's terminal; a ^ with a letter is a control key."""

    keys: str


# A listing is the code of a demonstration as it is shown and run, with its lines numbered through.


MARKS = "①②③④⑤⑥⑦⑧⑨"
REFERENCE = re.compile(r"\{line:([^{}]+)\}")
"""A line of the listing that a text names by its words."""
_LEAST_LIKENESS = 0.5
"""Two listings that have less in common are two programs: no line of the second is called new."""
_FORKS = frozenset(
    (
        "os.fork",
        "os.forkpty",
        "pty.fork",
        "os.posix_spawn",
        "os.posix_spawnp",
        "subprocess.Popen",
        "libc.fork",
    )
)


class Listing:
    """The numbered lines of a demonstration.

    Of a single function the body alone is shown, and its first line is line 1.

    `language` is `python`, `c` or `shell`.
    """

    def __init__(self, source: str, language: str = "python") -> None:
        self.source = source
        self.language = language
        self.offset = 0
        """How many lines of the source come before line 1."""
        self.text = source
        """The lines that are shown."""
        if language == "python":
            head, _, body = source.partition("\n")
            is_block = all(line.startswith(" ") for line in body.split("\n") if line.strip())
            if head.startswith("def ") and head.rstrip().endswith(":") and is_block:
                self.offset, self.text = 1, textwrap.dedent(body)
        elif language == "c":
            lines = source.split("\n")
            above = takewhile(lambda row: not row.strip() or row.startswith("#include"), lines)
            self.offset = len([*above])
            self.text = "\n".join(lines[self.offset :])
        self.lines = self.text.split("\n")

    def compiled(self, filename: str) -> CodeType:
        """Return the source as Python code whose lines are numbered as they are shown.

        Raises ListingFault: an edit has made it something that Python cannot read.
        """
        try:
            tree = ast.parse(self.source)
        except SyntaxError as mistake:
            raise ListingFault(
                f"the demonstration is not Python after the edit: {mistake.msg}, line "
                f"{(mistake.lineno or 0) - self.offset}"
            ) from None
        ast.increment_lineno(tree, -self.offset)
        return compile(tree, filename, "exec")

    def number_of(self, snippet: str) -> int:
        """Return the number of the line that contains a text; raises ListingFault."""
        numbers = self.numbers_of(snippet)
        if len(numbers) != 1:
            where = f"in lines {', '.join(map(str, numbers))}" if numbers else "in no line"
            raise ListingFault(f"“{snippet}” is {where}: a reference needs exactly one line")
        return numbers[0]

    def numbers_of(self, snippet: str) -> list[int]:
        """Return the numbers of all lines that contain a text."""
        return [number for number, line in enumerate(self.lines, 1) if snippet in line]

    def fill(self, text: str) -> str:
        """Put `line 7` for each `{line:os.read}` of a text; raises ListingFault."""
        return REFERENCE.sub(lambda match: f"line {self.number_of(match[1])}", text)

    def spoken_of(self, text: str) -> list[int]:
        """Return the lines that a text refers to, in order; a reference that fits none is none."""
        numbers = [self.numbers_of(snippet) for snippet in REFERENCE.findall(text)]
        return sorted({lines[0] for lines in numbers if len(lines) == 1})

    def changed_since(self, earlier: Listing) -> frozenset[int]:
        """Return the lines that are new against an earlier listing; none if little is common."""
        matcher = difflib.SequenceMatcher(None, earlier.lines, self.lines, autojunk=False)
        if matcher.ratio() < _LEAST_LIKENESS:
            return frozenset()
        new = set(range(1, len(self.lines) + 1))
        for block in matcher.get_matching_blocks():
            new -= set(range(block.b + 1, block.b + block.size + 1))
        return frozenset(number for number in new if self.lines[number - 1].strip())

    @cached_property
    def callouts(self) -> Mapping[int, str]:
        """The marks ① … ⑨ by the line before which a process is held.

        A mark in a comment of its own belongs to the next line of code.
        """
        marks: dict[int, str] = {}
        waiting = ""
        for number, line in enumerate(self.lines, 1):
            sign = "#"
            if self.language == "c":
                sign = "/*" if "/*" in line else "//"
            code, _, comment = line.partition(sign)
            mark = next((char for char in comment.strip()[:1] if char in MARKS), "")
            if not code.strip():
                waiting = mark or waiting
            else:
                if mark or waiting:
                    marks[number] = mark or waiting
                waiting = ""
        return marks

    @cached_property
    def fork_names(self) -> Mapping[int, str]:
        """What a child is called, by the line of its fork: the variable that gets the result.

        So in `child = os.fork()` and `(p := os.fork())`; of a tuple, the first.
        """
        names: dict[int, str] = {}
        tree = ast.parse(self.source) if self.language == "python" else ast.Module([], [])
        for node in ast.walk(tree):
            if isinstance(node, ast.NamedExpr):
                target: ast.expr = node.target
            elif isinstance(node, ast.Assign):
                target = node.targets[0]
            else:
                continue
            if isinstance(target, ast.Tuple) and target.elts:
                target = target.elts[0]
            is_fork = isinstance(node.value, ast.Call) and ast.unparse(node.value.func) in _FORKS
            if is_fork and isinstance(target, ast.Name):
                names[target.lineno - self.offset] = target.id
        return names

    def rows_of(self, only: Code | None) -> Sequence[int]:
        """Return the lines of one function of the listing; none if all of it is meant."""
        if only is None or isinstance(only, DemonstrationSource) or self.language != "python":
            return ()
        for node in ast.parse(self.source).body:
            if isinstance(node, ast.FunctionDef) and node.name == only.__name__:
                if self.offset:
                    return range(1, len(self.lines) + 1)
                return range(node.lineno, (node.end_lineno or node.lineno) + 1)
        return ()


def listing(step: Demonstration, edit: Edit = NO_EDIT) -> Listing:
    """Return the listing of a demonstration: its functions from top to bottom, edited.

    The step's own edit is made, and then `edit`: a claim's wrong variant, a row of a comparison.
    Raises ListingFault: an edit does not fit, or the source cannot be had.
    """
    return _edited(step, step.edit + edit)


def unedited_listing(step: Demonstration) -> Listing:
    """Return the listing of a demonstration without the step's own edit; raises ListingFault."""
    return _edited(step, NO_EDIT)


def _edited(step: Demonstration, edit: Edit) -> Listing:
    code = step.code
    if isinstance(code, DemonstrationSource):
        own, language = code.source.strip("\n"), code.language
    else:
        own, language = function_source(code), "python"
    whole = "\n\n".join([*map(function_source, step.also), own])
    return _listing_of(edit.apply(whole), language)


# A run, its questions and its screens ask for the same listing.
_listing_of = lru_cache(maxsize=128)(Listing)


def function_source(function: Function) -> str:
    """Return the source of a function of a lesson file, without its docstring.

    Raises ListingFault: it has none.
    """
    try:
        code = function.__code__
        return _source_text(code, code.co_filename)
    except (OSError, TypeError, AttributeError):
        raise ListingFault(
            f"the source of {function!r} cannot be found: is it a function?"
        ) from None


# Two code objects that say the same in two files are equal: the file is part of the key.
@cache
def _source_text(code: CodeType, _file: str) -> str:
    import inspect

    text = textwrap.dedent(inspect.getsource(code)).rstrip("\n")
    node = ast.parse(text).body[0]
    has_docstring = isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None
    if not isinstance(node, ast.FunctionDef) or not has_docstring or len(node.body) == 1:
        return text
    lines, docstring = text.split("\n"), node.body[0]
    end = docstring.end_lineno or docstring.lineno
    return "\n".join(lines[: docstring.lineno - 1] + lines[end:])
