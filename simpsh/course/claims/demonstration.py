"""Demonstrations: a Python function, a program in Python or C, a shell script; edits and claims.

An edit is a small change of the source: a wrong variant, a fix, or a row of a comparison. Its old
text must occur exactly once, so an edit fails as soon as the code it refers to has changed.
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
    """Delete the line that contains this text; `pass` remains if its block would be empty."""
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


# Demonstrations that are not functions of the lesson file.


class DemonstrationSource(Record):
    """A demonstration in another language; its processes are named in order of birth."""

    source: str
    """The complete source; for C, the listing omits the #include lines at the top."""
    births: tuple[str, ...] = ()
    """Names of its processes after the first, in order of birth."""

    language = ""


class C(DemonstrationSource):
    """A C program, compiled on first use (needs "compiler")."""

    flags: tuple[str, ...] = ()
    """Further arguments of the compiler, such as `-D_XOPEN_SOURCE`."""
    has_lines: bool = False
    """Whether the source line of each call can be found."""

    language = "c"


class Python(DemonstrationSource):
    """A whole Python program, run as `python FILE` would run it: its `__name__` is `__main__`."""

    fork_names: Mapping[int, str] = {}
    """Names of children by the line of their fork; `births` names the others."""

    language = "python"


class Shell(DemonstrationSource):
    """A line or script that simpsh itself runs; the first process is called `shell`."""

    program: tuple[str, ...] = ()
    """Another shell to run it with, such as ("bash", "-c"); empty for simpsh."""

    language = "shell"


class Function(Protocol):
    """A function of the lesson file, with any parameters."""

    @property
    def __name__(self) -> str:
        """Its name in the lesson file."""

    @property
    def __code__(self) -> CodeType:
        """Its code object, which locates the source."""

    @property
    def __globals__(self) -> dict[str, object]:
        """The global names of the lesson file."""


Code = Function | DemonstrationSource
"""A demonstration: a function of the lesson file, or C or Shell."""


class Demonstration(Protocol):
    """The fields shared by all steps that run one piece of code."""

    @property
    def code(self) -> Code:
        """The code to run."""

    @property
    def also(self) -> Sequence[Function]:
        """Further functions of the listing, shown before the first."""

    @property
    def edit(self) -> Edit:
        """An edit that is applied to the code."""

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
REFERENCE = re.compile(r"\{line:([^{}]+)\}")
"""A reference in a text to the line of the listing that contains this code."""
_LEAST_LIKENESS = 0.5
"""If listings are less similar than this, no line is marked as new: the programs differ."""
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

    A single function is shown without its `def` line: line 1 is the first of its body.

    `language` is `python`, `c` or `shell`.
    """

    def __init__(self, source: str, language: str = "python") -> None:
        self.source = source
        self.language = language
        self.offset = 0
        """The number of source lines before line 1."""
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
        """Return the source as Python code with the line numbers of the listing.

        Raises ListingFault if the edited source is not valid Python.
        """
        try:
            tree = ast.parse(self.source)
        except SyntaxError as mistake:
            raise ListingFault(
                f"the demonstration is not Python after the edit: {mistake.msg}, line "
                f"{(mistake.lineno or 0) - self.offset}"
            ) from None
        ast.increment_lineno(tree, -self.offset)
        return compile(tree, filename, "exec", dont_inherit=True)

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
        """Replace references such as `{line:os.read}` with `line 7`; raises ListingFault."""
        return REFERENCE.sub(lambda match: f"line {self.number_of(match[1])}", text)

    def referenced_lines(self, text: str) -> list[int]:
        """Return the lines that a text refers to, in order; skips ambiguous references."""
        numbers = [self.numbers_of(snippet) for snippet in REFERENCE.findall(text)]
        return sorted({lines[0] for lines in numbers if len(lines) == 1})

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

        Examples: `child = os.fork()` and `(p := os.fork())`; a tuple gives its first variable.
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
        """Return the lines of the function `only`; empty if it is None."""
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

    The step's own edit is applied first, then `edit`: a claim's wrong variant or a row of a
    comparison. Raises ListingFault if an edit does not match or the source is not available.
    """
    return _edit(step, step.edit + edit)


def unedited_listing(step: Demonstration) -> Listing:
    """Return the listing of a demonstration without the step's own edit; raises ListingFault."""
    return _edit(step, NO_EDIT)


def _edit(step: Demonstration, edit: Edit) -> Listing:
    code = step.code
    if isinstance(code, DemonstrationSource):
        # The lines of a Python program are numbered as in its file.
        source = code.source if isinstance(code, Python) else code.source.strip("\n")
        language = code.language
    else:
        source, language = function_source(code), "python"
    whole = "\n\n".join([*map(function_source, step.also), source])
    return _listing_of(edit.apply(whole), language)


def names_by_line(step: Demonstration, listed: Listing) -> Mapping[int, str]:
    """Return the names of a demonstration's children by the line of their fork."""
    return step.code.fork_names if isinstance(step.code, Python) else listed.fork_names


# A run, its questions and its screens use the same listing.
_listing_of = lru_cache(maxsize=128)(Listing)


def function_source(function: Function) -> str:
    """Return the source of a function of a lesson file, without its docstring.

    Raises ListingFault if the source is not available.
    """
    try:
        code = function.__code__
        return _source_text(code, code.co_filename)
    except (OSError, TypeError, AttributeError):
        raise ListingFault(
            f"the source of {function!r} cannot be found: is it a function?"
        ) from None


# Equal code objects can come from two files, so the file is part of the key.
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
