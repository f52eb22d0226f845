"""Demonstrations: a program in Python or C, a line of the shell; edits and claims.

An edit is a small change of the source: a wrong variant, a fix, or a row of a comparison. Its old
text must occur exactly once, so an edit fails as soon as the code it refers to has changed.
"""

from __future__ import annotations

import ast
import difflib
import re
import warnings
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from types import CodeType
from typing import Literal, Protocol

from simpsh.base.errors import SimpshError
from simpsh.base.record import Record
from simpsh.course.claims.claim import Proof


class ListingFault(SimpshError):
    """An edit or reference does not match exactly one position, or the source is not available."""


class CodeChange(Record):
    """One change of a source: of a piece of text, or of whole lines."""

    old: str
    new: str
    kind: Literal["replace", "delete", "insert", "move"] = "replace"
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
                lines[at:at] = _indent(self.new.split("\n"), _indentation(lines[at]))
            case "delete":
                del lines[at]
            case "replace":
                first, *further = self.new.split("\n")
                new = [first, *_indent(further, _indentation(lines[at]))]
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
    """Changes that are applied in order; joined with `+`. `Edit()` changes nothing."""

    changes: tuple[CodeChange, ...] = ()

    def __add__(self, other: Edit) -> Edit:
        return Edit(self.changes + other.changes)

    def __bool__(self) -> bool:
        return bool(self.changes)

    def apply(self, source: str) -> str:
        """Return the source with all changes applied; raises ListingFault."""
        for change in self.changes:
            source = change.apply(source)
        return source

    def __str__(self) -> str:
        return " and ".join(map(str, self.changes)) or "nothing"


NO_EDIT = Edit()


def replace(old: str, new: str) -> Edit:
    """Replace `old` with `new`; further lines get the indentation of the first."""
    return Edit((CodeChange(old, new),))


def delete(line: str) -> Edit:
    """Delete the line that contains this text."""
    return Edit((CodeChange(line, "", "delete"),))


def insert(new: str, *, above: str) -> Edit:
    """Insert lines above the line that contains `above`, with its indentation."""
    return Edit((CodeChange(above, new, "insert"),))


def move(line: str, *, above: str) -> Edit:
    """Move the line that contains `line` above another line, with that line's indentation."""
    return Edit((CodeChange(above, line, "move"),))


def _line_with(source: str, text: str) -> int:
    """Return the index of the line in which a text begins; raises ListingFault."""
    times = source.count(text) if text else 0
    if times != 1:
        how_often = "not" if times == 0 else f"{times} times"
        raise ListingFault(
            f"“{text}” is {how_often} in the code: an edit needs a text that is there exactly once"
        )
    return source[: source.index(text)].count("\n")


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" "))]


def _indent(lines: Sequence[str], indent: str) -> list[str]:
    return [indent + line if line.strip() else line for line in lines]


# Programs.


class Code(Record):
    """A whole program, as its file has it."""

    source: str
    """Line 1 of its listing is the first line of the file."""

    language = ""


class C(Code):
    """A C program, compiled on first use (needs "compiler")."""

    language = "c"


class Python(Code):
    """A Python program, run as `python FILE` would run it: its `__name__` is `__main__`."""

    in_c: str = ""
    """The same program in C; empty if there is none."""
    is_students: bool = False
    """Whether a student wrote it, with variables of any names: children have names in order of
    birth, as in C."""

    language = "python"


class Shell(Code):
    """A line or script that simpsh itself runs; the first process is called `shell`."""

    language = "shell"


class Demonstration(Protocol):
    """The fields shared by all steps that run one program."""

    @property
    def code(self) -> Code:
        """The program to run."""

    @property
    def edit(self) -> Edit:
        """An edit that is applied to the program."""

    @property
    def main(self) -> str:
        """The name of the first process."""

    @property
    def births(self) -> tuple[str, ...]:
        """Names for forks whose result is not stored in a variable, in order of birth."""


class Unique(Record):
    """A record that is equal only to itself."""

    __eq__ = object.__eq__
    __hash__ = object.__hash__


class Claim(Unique):
    """A sentence about a run, with edits that make it false.

    `Claim("The parent still has 1.", "parent.prints('x = 1')", wrong=replace("…", "…"))`
    """

    sentence: str
    """The sentence for the student; also the grader's message and the name of the test."""
    proof: Proof
    wrong: Edit | Sequence[Edit] = ()
    """Edits of the demonstration, each of which must make the proof false."""
    needs: tuple[str, ...] = ()
    """Capabilities of the machine that the claim needs in addition to the needs of its step."""
    hint: str = ""
    """For a Repair: the hint for a student whose program fails this claim first."""

    @property
    def wrongs(self) -> tuple[Edit, ...]:
        """The wrong variants, as a tuple."""
        return (self.wrong,) if isinstance(self.wrong, Edit) else tuple(self.wrong)


# Input from the user at the moments when no process can move.


class Kill(Unique):
    """Send a signal to a process when no process can move."""

    process: str
    """Its name."""
    signal: str = "SIGTERM"


class Type(Unique):
    """Type at the demonstration's terminal when no process can move; `^C` is Ctrl+C."""

    keys: str


# A listing is the code of a demonstration as it is shown and run, with numbered lines.


MARKS = "①②③④⑤⑥⑦⑧⑨"
_LEAST_LIKENESS = 0.5
"""If listings are less similar than this, no line is marked as new: the programs differ."""
_FORKS = ("os.fork", "os.forkpty", "os.posix_spawn", "libc.fork")


MAIN = "__main__"
"""Names the part of a program that is in no function; see Listing.rows_of()."""


class Listing:
    """The numbered lines of a program, as its file has them.

    `language` is `python`, `c` or `shell`.
    """

    def __init__(self, source: str, language: str = "python") -> None:
        self.source = source
        self.language = language
        self.lines = source.rstrip("\n").split("\n")

    @cached_property
    def folded(self) -> int:
        """The number of first lines that no screen shows: #include, the imports' paragraph."""
        head = 0
        if self.language != "python":
            head = next((n for n, row in enumerate(self.lines) if not row.startswith("#")), 0)
        elif self.lines[0].startswith(("import ", "from ")) and "" in self.lines:
            head = self.lines.index("")
        rows = enumerate(self.lines[head:], head)
        return next((number for number, row in rows if row), 0) if head else 0

    @property
    def imported(self) -> list[str]:
        """The modules that a Python program imports in its first lines."""
        rows = self.lines[: self.folded]
        return [row.split()[1].rstrip(",") for row in rows if row.startswith(("import ", "from "))]

    def compiled(self, filename: str) -> CodeType:
        """Return the source as Python code; raises ListingFault if it is not valid Python."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return compile(self.source, filename, "exec", dont_inherit=True)
        except SyntaxError as mistake:
            place = f"line {mistake.lineno}: " if mistake.lineno else ""
            raise ListingFault(f"{place}{mistake.msg}") from None
        except ValueError as mistake:
            # Before Python 3.12, a null character.
            raise ListingFault(str(mistake)) from None
        except (RecursionError, MemoryError):
            raise ListingFault("its expressions are nested too deeply") from None

    def changed_since(self, earlier: Listing) -> frozenset[int]:
        """Return the lines that `earlier` lacks; empty if the two listings share few lines."""
        matcher = difflib.SequenceMatcher(None, earlier.lines, self.lines, autojunk=False)
        if matcher.ratio() < _LEAST_LIKENESS:
            return frozenset()
        new = set(range(1, len(self.lines) + 1))
        for block in matcher.get_matching_blocks():
            new -= set(range(block.b + 1, block.b + block.size + 1))
        return frozenset(number for number in new if self.lines[number - 1].strip())

    @cached_property
    def callouts(self) -> Mapping[int, str]:
        """The marks ① … ⑨ by line; a process is held before it executes a marked line.

        A mark in a comment on its own line belongs to the next line of code.
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
        """Names of children by the line of their fork: the variable that gets the result.

        An example is `child = os.fork()`; a tuple gives its first variable.
        """
        names: dict[int, str] = {}
        tree = ast.parse(self.source) if self.language == "python" else ast.Module([], [])
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                target = node.targets[0]
                if isinstance(target, ast.Tuple) and target.elts:
                    target = target.elts[0]
                is_fork = ast.unparse(node.value.func) in _FORKS
                if is_fork and isinstance(target, ast.Name):
                    names[target.lineno] = target.id
        return names

    def rows_of(self, part: str | None) -> Sequence[int]:
        """Return the lines of a function, or of MAIN; empty, for all, if `part` is empty."""
        if not part or self.language != "python":
            return ()
        functions = {
            node.name: range(node.lineno, (node.end_lineno or node.lineno) + 1)
            for node in ast.parse(self.source).body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        if part in functions:
            return functions[part]
        last = max((rows.stop for rows in functions.values()), default=0)
        first = next((n for n in range(last, len(self.lines)) if self.lines[n].strip()), 0)
        return range(first + 1, len(self.lines) + 1) if last else ()


def listing(step: Demonstration, edit: Edit = NO_EDIT) -> Listing:
    """Return the listing of a step's program, edited.

    The step's own edit is applied first, then `edit`: a claim's wrong variant or a row of a
    comparison. Raises ListingFault if an edit does not match.
    """
    return listing_of(step.code, step.edit + edit)


def listing_of(code: Code, edit: Edit = NO_EDIT) -> Listing:
    """Return the listing of an edited program; raises ListingFault."""
    source = edit.apply(code.source)
    if edit and isinstance(code, Python):
        source = _with_imports(source)
    return _listing_of(source, code.language)


_MODULES = (
    *("atexit", "ctypes", "fcntl", "gc", "mmap", "os", "resource", "select", "shlex", "signal"),
    *("socket", "sys", "termios", "time"),
)
"""Modules that an edit may use although the program does not import them."""


def _with_imports(source: str) -> str:
    """Import the modules that only an edit uses, in the first import, so that no line moves."""
    head, _, rest = source.partition("\n\n")
    lacking = [
        name for name in _MODULES if re.search(rf"\b{name}\.", rest) and name not in head.split()
    ]
    return source.replace("import ", f"import {', '.join(lacking)}, ", 1) if lacking else source


def c_listing(step: Demonstration) -> Listing | None:
    """Return the C version of a step's program, without the step's edit; None if there is none."""
    code = step.code
    if isinstance(code, C):
        return listing(step)
    return _listing_of(code.in_c, "c") if isinstance(code, Python) and code.in_c else None


def names_by_line(step: Demonstration, listed: Listing) -> Mapping[int, str]:
    """Return the names of a demonstration's children by the line of their fork."""
    is_students = isinstance(step.code, Python) and step.code.is_students
    return {} if is_students else listed.fork_names


# A run, its questions and its screens use the same listing.
_listing_of = lru_cache(maxsize=128)(Listing)
