"""A listing is the code of a demonstration as it is shown and run, with its lines numbered through.

The same text is shown, run and named: line numbers in pictures and texts are this listing's.
"""

from __future__ import annotations

import ast
import difflib
import re
import textwrap
from collections.abc import Mapping
from functools import cache, cached_property, lru_cache
from types import CodeType

from simpsh.base.errors import SimpshError
from simpsh.course.lesson.lesson_steps import (
    C,
    Code,
    DemonstrationSource,
    Edit,
    Explore,
    Function,
    Program,
    Run,
    Shell,
)

MARKS = "①②③④⑤⑥⑦⑧⑨"
_REFERENCE = re.compile(r"\{line:([^{}]+)\}")


class ListingFault(SimpshError):
    """A text speaks of a line that is not there exactly once, or the source cannot be had."""


class Listing:
    """The numbered lines of a demonstration.

    Of a single function the body alone is shown, and its first line is line 1.

    Args:
        source: the code that runs.
        language: `python`, `c` or `shell`.
    """

    def __init__(self, source: str, language: str = "python") -> None:
        self.source = source
        self.language = language
        self.offset, self.text = _shown(source, language)
        """How many lines of the source stand before line 1; and the lines that are shown."""
        self.lines = self.text.split("\n")
        self._compiled: dict[str, CodeType] = {}

    def compiled(self, filename: str) -> CodeType:
        """Return the source as Python code whose lines are numbered as they are shown.

        Raises:
            ListingFault: an edit has made it something that Python cannot read.
        """
        compiled = self._compiled.get(filename)
        if compiled is None:
            compiled = self._compiled[filename] = self._compile(filename)
        return compiled

    def _compile(self, filename: str) -> CodeType:
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
        """Return the number of the one line that contains a text.

        Raises:
            ListingFault: no line does, or several do.
        """
        found = self.numbers_of(snippet)
        if len(found) != 1:
            where = f"in lines {', '.join(map(str, found))}" if found else "in no line"
            raise ListingFault(f"“{snippet}” is {where}: a reference needs exactly one line")
        return found[0]

    def numbers_of(self, snippet: str) -> list[int]:
        """Return the numbers of all lines that contain a text."""
        return [number for number, line in enumerate(self.lines, 1) if snippet in line]

    def fill(self, text: str) -> str:
        """Put `line 7` for each `{line:os.read}` of a text.

        Raises:
            ListingFault: a reference does not fit exactly one line.
        """
        return _REFERENCE.sub(lambda found: f"line {self.number_of(found[1])}", text)

    def spoken_of(self, text: str) -> list[int]:
        """Return the lines that a text refers to, in order; a reference that fits none is none."""
        found = [self.numbers_of(match) for match in _REFERENCE.findall(text)]
        return sorted({lines[0] for lines in found if len(lines) == 1})

    def changed_since(self, earlier: Listing) -> frozenset[int]:
        """Return the lines that are new against an earlier listing; none if little is common."""
        matcher = difflib.SequenceMatcher(None, earlier.lines, self.lines, autojunk=False)
        if matcher.ratio() < 0.5:
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
        found: dict[int, str] = {}
        waiting = ""
        for number, line in enumerate(self.lines, 1):
            code, _, comment = _parted(line, self.language)
            mark = next((char for char in comment.strip()[:1] if char in MARKS), "")
            if not code.strip():
                waiting = mark or waiting
            else:
                if mark or waiting:
                    found[number] = mark or waiting
                waiting = ""
        return found

    @cached_property
    def fork_names(self) -> Mapping[int, str]:
        """What a child is called, by the line of its fork: the variable that gets the result."""
        if self.language != "python":
            return {}
        names: dict[int, str] = {}
        for node in ast.walk(ast.parse(self.source)):
            target = _target_of_fork(node)
            if target is not None:
                names[target.lineno - self.offset] = target.id
        return names

    def lines_of(self, function: Function) -> range:
        """Return the numbers of a function's lines.

        Raises:
            ListingFault: the function is not in this listing.
        """
        for node in ast.parse(self.source).body if self.language == "python" else ():
            if isinstance(node, ast.FunctionDef) and node.name == function.__name__:
                if self.offset:
                    return range(1, len(self.lines) + 1)
                return range(node.lineno, (node.end_lineno or node.lineno) + 1)
        raise ListingFault(f"{function.__name__} does not belong to this demonstration")


def _shown(source: str, language: str) -> tuple[int, str]:
    """Return how many lines come before those that are shown, and these."""
    if language == "python":
        return _body(source)
    lines = source.split("\n")
    hidden = 0
    while language == "c" and hidden < len(lines) and _is_include(lines[hidden]):
        hidden += 1
    return hidden, "\n".join(lines[hidden:])


def _is_include(line: str) -> bool:
    return line.startswith("#include") or not line.strip()


def _body(source: str) -> tuple[int, str]:
    """Return how many lines come before the body of a single function, and the body."""
    head, _, body = source.partition("\n")
    is_single = head.startswith("def ") and head.rstrip().endswith(":") and _is_one_block(body)
    return (1, textwrap.dedent(body)) if is_single else (0, source)


def _is_one_block(body: str) -> bool:
    return all(line.startswith(" ") for line in body.split("\n") if line.strip())


def _parted(line: str, language: str) -> tuple[str, str, str]:
    if language == "c":
        code, sep, comment = line.partition("/*")
        return (code, sep, comment) if sep else line.partition("//")
    return line.partition("#")


def _target_of_fork(node: ast.AST) -> ast.Name | None:
    """Return the variable that a fork's result goes into: `child = os.fork()`, `(p := os.fork())`.

    os.posix_spawn and forkpty count as forks, subprocess.Popen as well; of a tuple the first.
    """
    if isinstance(node, ast.NamedExpr):
        target: ast.expr = node.target
    elif isinstance(node, ast.Assign):
        target = node.targets[0]
    else:
        return None
    if isinstance(target, ast.Tuple) and target.elts:
        target = target.elts[0]
    is_fork = isinstance(node.value, ast.Call) and ast.unparse(node.value.func) in _FORKS
    return target if is_fork and isinstance(target, ast.Name) else None


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


def listing(step: Run | Explore, edit: Edit | None = None) -> Listing:
    """Return the listing of a step: its functions from top to bottom, edited.

    Args:
        step: `also` stands first, then the demonstration itself; the step's own edit is made.
        edit: a further change, made after that: a claim's wrong variant, a row of a comparison.

    Raises:
        EditMisfit: an edit does not fit.
        ListingFault: the source cannot be had.
    """
    text = "\n\n".join([*(function_source(one) for one in step.also), source_of(step.code)])
    change = step.edit + edit if edit else step.edit
    return _listing_of(change.apply(text), language_of(step.code))


@lru_cache(maxsize=128)
def _listing_of(source: str, language: str) -> Listing:
    """Return the one listing of a source: a run, its questions and its screens ask for it anew."""
    return Listing(source, language)


def source_of(code: Code) -> str:
    """Return the text of a demonstration, as it is shown."""
    if isinstance(code, C):
        return code.source.strip("\n")
    if isinstance(code, Shell):
        return code.line.strip("\n")
    if isinstance(code, Program):
        return " ".join(code.argv)
    if isinstance(code, DemonstrationSource):
        raise ListingFault(f"{code!r} is not a demonstration: use a function, C, Shell or Program")
    return function_source(code)


def language_of(code: Code) -> str:
    """Return `python`, `c` or `shell`."""
    return (
        "c" if isinstance(code, C) else "shell" if isinstance(code, Shell | Program) else "python"
    )


def function_source(function: Function) -> str:
    """Return the source of a function of a lesson file, without its docstring.

    Raises:
        ListingFault: it has none.
    """
    try:
        code = function.__code__
        return _source_text(code, code.co_filename)
    except (OSError, TypeError, AttributeError):
        raise ListingFault(
            f"the source of {function!r} cannot be found: is it a function?"
        ) from None


@cache
def _source_text(code: CodeType, _file: str) -> str:
    import inspect

    return _without_docstring(textwrap.dedent(inspect.getsource(code)).rstrip("\n"))


def _without_docstring(text: str) -> str:
    node = ast.parse(text).body[0]
    if not isinstance(node, ast.FunctionDef) or ast.get_docstring(node) is None:
        return text
    lines, docstring = text.split("\n"), node.body[0]
    if len(node.body) == 1:
        return text
    end = docstring.end_lineno or docstring.lineno
    return "\n".join(lines[: docstring.lineno - 1] + lines[end:])
