"""Reads the lines of the input one at a time, and locates offsets in them.

The next line is read only when the lexer needs it, because a program that a script runs may read
the rest of the script.
"""

from __future__ import annotations

import io

from simpsh.base.errors import IncompleteInput, SyntaxMistake, TooDeep
from simpsh.base.record import Record
from simpsh.shell.language.characters import END, QUOTED, UNQUOTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType
    from typing import TypedDict

    from simpsh.base.errors import LeftOut

    ReadLine = Callable[[], "str | None"]
    Outward = Callable[[int], int]

MAX_DEPTH = 80
"""The nesting limit of `(`, `{`, `$(`, backquotes and double quotes, counted together.

Each level takes up to nine nested Python calls.
"""


LONG = 16_000
"""A script is long after so many characters: loading a pattern takes as long as reading them."""


class OpenAlias(Record):
    """An alias whose text is being read."""

    name: str
    left: tuple[int, int]
    """The value of InputSource.left() at the end of its text."""
    has_blank: bool
    """Whether its text ends with a blank."""
    name_span: tuple[int, int]
    """The offsets of the beginning and the end of its name in the input."""


class InputSource:
    """The line being scanned, and its location in the input."""

    is_tolerant = False
    """Whether the lexer marks mistakes instead of raising them."""

    def __init__(
        self, read_line: ReadLine, *, first_line: int = 1, at_prompt: bool = False
    ) -> None:
        self._read_line = read_line
        self.at_prompt = at_prompt
        """Whether the user can type more lines, so that an unclosed construct is incomplete."""
        self.line = first_line
        """The number of the next line."""
        self.aliases: Mapping[str, str] = {}
        self.open_aliases: list[OpenAlias] = []
        """The aliases whose texts are being read, the innermost last."""
        self.is_alias_checked = False
        """Whether the next word may be an alias, even as an argument."""
        self._inserted: list[str] = []
        """Lines of aliases, to be read before the next line of the input."""
        self._ahead: list[str] = []
        """Lines of the input that rewind() has returned."""
        self._log: list[str] = []
        """Lines of the input that were read since the first open checkpoint."""
        self._checkpoints = 0
        """The number of open checkpoints."""
        self.is_typed = False
        """Whether typed constructs such as `[[ ]]` are accepted."""
        self.left_out: list[LeftOut] = []
        """Constructs found that scripts do not support or interpret differently."""
        self.functions: set[str] = set()
        """Functions whose names are reserved words of other shells."""
        self.accepted: dict[str, None] = {}
        """The typed constructs found."""
        self.outer: InputSource | None = None
        """The source that this text was extracted from, such as the line around backquotes."""
        self.outward: Outward | None = None
        """Converts offsets in this text to offsets in `outer`, if there is one."""
        self.depth = 0
        self.quick: ModuleType | None = None
        """The module quick_tokens in a long script."""
        self.text = END
        """The line being scanned; ends with a newline or END."""
        self._plain: str | None = None
        self._quoted: str | None = None
        self.position = 0
        self.base = 0
        """The offset of `text[0]` in the whole input."""
        self.offset = 0
        """The offset of the next line in the whole input."""
        self.warnings: list[tuple[int, str]] = []
        """Warnings about the text, with their lines."""
        self.lines: list[tuple[int, int, str]] = []
        """Offset, number and text of each line of the command being read."""

    def pull(self) -> str | None:
        """Return the next line; None at the end of the input."""
        if self._inserted:
            return self._inserted.pop(0)
        if self.open_aliases:
            # Their texts have been read. A `\` newline may have joined this line to theirs.
            self.is_alias_checked = any(alias.has_blank for alias in self.open_aliases)
            self.open_aliases.clear()
        line = self._ahead.pop(0) if self._ahead else self._read_line()
        if not line:
            return None
        if self._checkpoints:
            self._log.append(line)
        self.lines.append((self.offset, self.line, line))
        self.offset += len(line)
        self.line += 1
        if END in line:
            column = self.offset - len(line) + line.index(END)
            self.refuse("a NUL byte cannot be part of a command", column, column + 1)
            return line.replace(END, "?")
        return line

    def load(self) -> bool:
        """Start scanning the next line; return False at the end of the input."""
        self.base = self.offset
        self.position = 0
        self._plain = self._quoted = None
        line = self.pull()
        if line is None:
            self.text = END
            return False
        self.text = line if line[-1] == "\n" else line + END
        if self.quick is None and self.offset > LONG and not (self.is_tolerant or self.is_typed):
            from simpsh.shell.language import quick_tokens

            self.quick = quick_tokens
        return True

    def checkpoint(self) -> dict[str, object]:
        """Return the current state; the caller must call rewind() or commit() later."""
        self._checkpoints += 1
        return {
            "log": len(self._log),
            **{
                name: value[:] if type(value) is list else value
                for name, value in vars(self).items()
                if name not in ("_ahead", "_log", "_checkpoints")
            },
        }

    def rewind(self, checkpoint: dict[str, object]) -> None:
        """Restore the state of a checkpoint and close it."""
        read = checkpoint.pop("log")
        assert isinstance(read, int)
        self._ahead[:0] = self._log[read:]
        del self._log[read:]
        for name, value in checkpoint.items():
            if type(value) is list:
                # Other objects refer to the same lists.
                getattr(self, name)[:] = value
            else:
                setattr(self, name, value)
        self.commit()

    def commit(self) -> None:
        """Close a checkpoint without restoring it."""
        self._checkpoints -= 1
        if not self._checkpoints:
            self._log.clear()

    def leave_line(self) -> None:
        """Drop the rest of the line."""
        self.base = self.offset
        self.text = END
        self._plain = self._quoted = None
        self.position = 0

    def insert(self, text: str) -> None:
        """Insert a text before the rest of the line."""
        self.base += self.position - len(text)
        text += self.text[self.position :]
        first, *others = text.split("\n")
        if others:
            first += "\n"
            last = others.pop().removesuffix(END)
            self._inserted[:0] = [f"{line}\n" for line in others] + ([last] if last else [])
        self.text = first
        self._plain = self._quoted = None
        self.position = 0

    def close_aliases(self) -> bool:
        """Close the aliases whose text has been read; return whether one ended with a blank."""
        left = self.left()
        is_next = False
        while self.open_aliases and left < self.open_aliases[-1].left:
            is_next |= self.open_aliases.pop().has_blank
        return is_next

    def left(self) -> tuple[int, int]:
        """Return the numbers of lines of aliases and of characters of the line left to read."""
        return len(self._inserted), len(self.text) - self.position

    def join(self, end: int) -> None:
        r"""Append the next line to the text between `position` and the `\` newline at `end`."""
        before = self.text[self.position : end]
        if not self.load():
            self.no_more_lines()
        self.text = before + self.text
        self.base -= len(before)

    def no_more_lines(self) -> None:
        """At a prompt, raise IncompleteInput for a final backslash; in a script do nothing."""
        if self.at_prompt:
            raise IncompleteInput(
                "the line continues after '\\', but no line follows", **self.location(self.base)
            )

    def mask_unquoted(self) -> str:
        """Return the line with each special character replaced with a space."""
        if self._plain is None:
            self._plain = self.text.translate(UNQUOTED)
        return self._plain

    def mask_quoted(self) -> str:
        """Return the line with each special character of double quotes replaced with a space."""
        if self._quoted is None:
            self._quoted = self.text.translate(QUOTED)
        return self._quoted

    def refuse(self, message: str, start: int, end: int) -> None:
        """Raise SyntaxMistake; in the tolerant mode do nothing."""
        if not self.is_tolerant:
            raise SyntaxMistake(message, **self.location(start, end))

    def refuse_unfinished(self, construct: str, message: str, start: int, end: int) -> None:
        """Report an end of input inside a construct that began at `start`.

        `construct` is its name for IncompleteInput.opened. Raises IncompleteInput; inside
        backquotes and here-documents, whose text cannot continue, SyntaxMistake. In
        the tolerant mode do nothing.
        """
        if self.outer is not None:
            self.refuse(message, start, end)
        elif not self.is_tolerant:
            unfinished = IncompleteInput(message, **self.location(start, end))
            unfinished.is_inside(construct, start)
            raise unfinished

    def deepen(self, start: int) -> None:
        """Add one level of nesting; raise TooDeep after MAX_DEPTH."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            message = f"nested too deeply: {MAX_DEPTH} levels are the limit"
            raise TooDeep(message, **self.location(start))

    def outermost(self, offset: int) -> int:
        """Convert an offset in this text to an offset in the whole input."""
        source = self
        while source.outer is not None and source.outward is not None:
            offset = source.outward(offset)
            source = source.outer
        return offset

    def warn(self, line: int, message: str) -> None:
        """Add a warning about a line, which the caller of next_command() prints."""
        self.whole_input().warnings.append((line, message))

    def leave_out(self, construct: str, start: int, end: int) -> LeftOut:
        """Record a construct that scripts do not support or interpret differently.

        Returns the error to report when the construct is reached. At the prompt, raises it.
        """
        from simpsh.base.errors import LeftOut
        from simpsh.shell.language.left_out_constructs import LEFT_OUT_CONSTRUCTS

        mistake = LeftOut(LEFT_OUT_CONSTRUCTS[construct], **self.location(start, end))
        if self.is_typed and not self.is_tolerant:
            raise mistake
        self.whole_input().left_out.append(mistake)
        return mistake

    def accept(self, construct: str) -> None:
        """Record a typed construct, which scripts do not support."""
        self.whole_input().accepted[construct] = None

    def note(self, construct: str, start: int, end: int) -> None:
        """Record a construct that the prompt accepts but scripts interpret differently."""
        if self.is_typed:
            self.accept(construct)
        else:
            self.leave_out(construct, start, end)

    def whole_input(self) -> InputSource:
        """Return the source of the whole input that this text was extracted from."""
        source = self
        while source.outer is not None:
            source = source.outer
        return source

    def location(self, start: int, end: int = 0) -> Location:
        """Return line, column, width and the line's text for two offsets in this text."""
        start, end = self.outermost(start), self.outermost(max(start, end - 1)) + 1
        source = self.whole_input()
        offset, number, text = 0, source.line, ""
        for offset, number, text in reversed(source.lines):  # noqa: B007 - wanted afterwards
            if offset <= start:
                break
        text = text.rstrip("\n")
        column = min(max(0, start - offset), len(text))
        width = max(1, min(end - start, len(text) - column))
        return {"line": number, "column": column, "width": width, "text": text}


if TYPE_CHECKING:

    class Location(TypedDict):
        """The named arguments of a SyntaxMistake."""

        line: int
        column: int
        width: int
        text: str


class Cuttings:
    """A text composed of pieces of another text, with their offsets."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._inner: list[int] = []
        self._outer: list[int] = []
        self._length = 0
        self._end = -1
        """The offset after the last piece, where an adjacent one begins."""

    def add(self, text: str, offset: int) -> None:
        """Append a piece that begins at `offset` of the other text."""
        self._texts.append(text)
        if offset != self._end:
            self._inner.append(self._length)
            self._outer.append(offset)
        self._length += len(text)
        self._end = offset + len(text)

    def text(self) -> str:
        """Return the composed text."""
        return "".join(self._texts)

    def outward(self, offset: int) -> int:
        """Convert an offset of the composed text to an offset of the other text."""
        if not self._inner:
            return offset
        from bisect import bisect_right

        index = max(0, bisect_right(self._inner, offset) - 1)
        return self._outer[index] + offset - self._inner[index]


def line_reader(text: str) -> ReadLine:
    r"""Return a function that returns the lines of a text, each with its newline, then "".

    >>> read_line = line_reader("a\nb")
    >>> read_line(), read_line(), read_line()
    ('a\n', 'b', '')
    """
    return io.StringIO(text, newline="\n").readline
