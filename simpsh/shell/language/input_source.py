"""The lines of the input, pulled one at a time, and the places in them.

An `InputSource` holds one physical line, the one being scanned. It asks for the next only when
the scanner must have it: a program that a script runs may read the rest of the script itself.
"""

from __future__ import annotations

import io

from simpsh.base.errors import IncompleteInput, SyntaxMistake, TooDeep
from simpsh.base.record import Record
from simpsh.shell.language.characters import END, QUOTED, UNQUOTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypedDict

    from simpsh.base.errors import LeftOut

    ReadLine = Callable[[], "str | None"]
    Outward = Callable[[int], int]

MAX_DEPTH = 80
"""How deep `(`, `{`, `$(`, backquotes and double quotes may nest, counted together.

Each level costs the parser up to nine calls within each other, of the thousand that the
interpreter allows.
"""


class OpenAlias(Record):
    """An alias whose text is being read."""

    name: str
    left: tuple[int, int]
    """What is left to read when its text is read: lines put in, characters of the line."""
    has_blank: bool
    """Whether its text ends with a blank."""
    place: tuple[int, int]
    """Where the name stood: offsets of its begin and end."""


class InputSource:
    """The line being scanned, and where it came from."""

    is_tolerant = False
    """Whether mistakes are noted by the lexer, and not raised."""

    def __init__(
        self, read_line: ReadLine, *, first_line: int = 1, at_prompt: bool = False
    ) -> None:
        self._read_line = read_line
        self.at_prompt = at_prompt
        """Whether more lines may be asked for, so that a missing end is no end."""
        self.line = first_line
        """The number of the next line to be read."""
        self.aliases: Mapping[str, str] = {}
        """The names that stand for another text at a command's place."""
        self.open_aliases: list[OpenAlias] = []
        """The aliases whose text is being read, the innermost last."""
        self._put_in: list[str] = []
        """Lines, of aliases, that come before the next line of the input."""
        self._ahead: list[str] = []
        """Lines of the input that were read and given back."""
        self._log: list[str] = []
        """Lines of the input that were read since the first of the open checkpoints."""
        self._checkpoints = 0
        """How many checkpoints are open."""
        self.is_typed = False
        """Whether the constructs are accepted that people type at a prompt."""
        self.left_out: list[LeftOut] = []
        """The constructs met that are left out, or mean something else in a script."""
        self.functions: set[str] = set()
        """The words that other shells reserve, and that name functions here."""
        self.accepted: dict[str, None] = {}
        """The constructs met that only a prompt accepts."""
        self.outer: InputSource | None = None
        """Where this text was taken out of: the line around backquotes, for example."""
        self.outward: Outward | None = None
        """Turns offsets in this text into offsets in the one around it, where there is one."""
        self.depth = 0
        self.text = END
        """The line being scanned; ends with a newline or END."""
        self.plain = " "
        """The same, with a space for every special character."""
        self._quoted: str | None = None
        self.position = 0
        self.base = 0
        """The offset of `text[0]` in the whole input."""
        self.offset = 0
        """The offset of the next line in the whole input."""
        self.warnings: list[tuple[int, str]] = []
        """What is odd about the text, each with its line."""
        self.lines: list[tuple[int, int, str]] = []
        """Offset, number and text of each line of the command being read."""

    def pull(self) -> str | None:
        """Take the next line from the input, None at its end."""
        if self._put_in:
            return self._put_in.pop(0)
        self.open_aliases.clear()
        line = self._ahead.pop(0) if self._ahead else self._read_line()
        if not line:
            return None
        if self._checkpoints:
            self._log.append(line)
        start = self.offset
        self.lines.append((start, self.line, line))
        self.offset += len(line)
        self.line += 1
        if END in line:
            column = start + line.index(END)
            self.refuse("a NUL byte cannot be part of a command", column, column + 1)
            return line.replace(END, "?")
        return line

    def load(self) -> bool:
        """Begin to scan the next line; False at the end of the input."""
        self.leave_line()
        line = self.pull()
        if line is None:
            return False
        self.text = line if line[-1] == "\n" else line + END
        self.plain = self.text.translate(UNQUOTED)
        return True

    def checkpoint(self) -> dict[str, object]:
        """Return the state of reading, for rewind(); end it with rewind() or commit()."""
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
        """Continue to read at a checkpoint, as if nothing had been read since, and end it."""
        read = checkpoint.pop("log")
        assert isinstance(read, int)
        self._ahead[:0] = self._log[read:]
        del self._log[read:]
        for name, value in checkpoint.items():
            if type(value) is list:
                # The tolerant mode and the readers of warnings hold on to the same lists.
                getattr(self, name)[:] = value
            else:
                setattr(self, name, value)
        self.commit()

    def commit(self) -> None:
        """End a checkpoint; what was read since is read."""
        self._checkpoints -= 1
        if not self._checkpoints:
            self._log.clear()

    def leave_line(self) -> None:
        """Drop what is left of the line; the next token is looked for in the next one."""
        self.base = self.offset
        self.text = END
        self.plain = " "
        self._quoted = None
        self.position = 0

    def put_in(self, text: str) -> None:
        """Continue with this text, and behind it with what is left of the line."""
        self.base += self.position - len(text)
        text += self.text[self.position :]
        first, *others = text.split("\n")
        if others:
            first += "\n"
            last = others.pop().removesuffix(END)
            self._put_in[:0] = [f"{line}\n" for line in others] + ([last] if last else [])
        self.text = first
        self.plain = first.translate(UNQUOTED)
        self._quoted = None
        self.position = 0

    def close_aliases(self) -> bool:
        """Forget the aliases whose text ended before this token; True if one ended with a blank.

        How much is left of the line tells: the text of an alias is followed by what was left when
        it was put in.
        """
        left = self.left()
        is_next = False
        while self.open_aliases and left < self.open_aliases[-1].left:
            is_next |= self.open_aliases.pop().has_blank
        return is_next

    def left(self) -> tuple[int, int]:
        """Return how much is left to read before the next line of the input."""
        return len(self._put_in), len(self.text) - self.position

    def join(self, end: int) -> None:
        r"""Append the next line to what is between `position` and the `\` newline at `end`."""
        before = self.text[self.position : end]
        if not self.load():
            self.no_more_lines()
        self.text = before + self.text
        self.plain = self.text.translate(UNQUOTED)
        self.base -= len(before)

    def no_more_lines(self) -> None:
        """Raise IncompleteInput after a last backslash at a prompt; scripts go on, as in dash."""
        if self.at_prompt:
            raise IncompleteInput(
                "the line continues after '\\', but no line follows", **self.place(self.base)
            )

    def quoted_runs(self) -> str:
        """Return `text` with a space for every character special inside double quotes."""
        if self._quoted is None:
            self._quoted = self.text.translate(QUOTED)
        return self._quoted

    # ------------------------------------------------------------------- mistakes

    def refuse(self, message: str, start: int, end: int) -> None:
        """Raise SyntaxMistake for text that is no command; in the tolerant mode do nothing."""
        if not self.is_tolerant:
            raise SyntaxMistake(message, **self.place(start, end))

    def unfinished(self, message: str, start: int, end: int) -> None:
        """Report an end of input in the middle of something that began at `start`.

        Raises IncompleteInput: more input may help; SyntaxMistake inside backquotes and
        here-documents, whose text has its end. Nothing in the tolerant mode.
        """
        if self.outer is not None:
            self.refuse(message, start, end)
        elif not self.is_tolerant:
            raise IncompleteInput(message, **self.place(start, end))

    def deepen(self, start: int) -> None:
        """Count one more level of nesting; refuse more than MAX_DEPTH."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            message = f"nested too deeply: {MAX_DEPTH} levels are the limit"
            raise TooDeep(message, **self.place(start))

    def outermost(self, offset: int) -> int:
        """Turn an offset in this text into one in the text that the user wrote."""
        source = self
        while source.outer is not None and source.outward is not None:
            offset = source.outward(offset)
            source = source.outer
        return offset

    def warn(self, line: int, message: str) -> None:
        """Note what is odd about a line and no mistake, for who reads the commands to tell."""
        self.whole_input().warnings.append((line, message))

    def leave_out(self, construct: str, start: int, end: int) -> LeftOut:
        """Note a construct that is left out, or means something else in a script.

        Returns:
            The error to report when it is reached. At a prompt it is raised at once.
        """
        from simpsh.base.errors import LeftOut
        from simpsh.shell.language.left_out_constructs import LEFT_OUT_CONSTRUCTS

        mistake = LeftOut(LEFT_OUT_CONSTRUCTS[construct], **self.place(start, end))
        if self.is_typed and not self.is_tolerant:
            raise mistake
        self.whole_input().left_out.append(mistake)
        return mistake

    def accept(self, construct: str) -> None:
        """Note a construct that is accepted here, and left out in scripts."""
        self.whole_input().accepted[construct] = None

    def whole_input(self) -> InputSource:
        """Return the source of the whole input, which this text was taken out of."""
        source = self
        while source.outer is not None:
            source = source.outer
        return source

    def place(self, start: int, end: int = 0) -> Place:
        """Say where offsets of this text are: line, column, width and the line's text."""
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

    class Place(TypedDict):
        """The named arguments of a SyntaxMistake."""

        line: int
        column: int
        width: int
        text: str


class Cuttings:
    """A text put together from stretches of another one, and where each came from."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._inner: list[int] = []
        self._outer: list[int] = []
        self._length = 0

    def add(self, text: str, offset: int) -> None:
        """Append a stretch that stands at `offset` of the text around."""
        self._texts.append(text)
        self._inner.append(self._length)
        self._outer.append(offset)
        self._length += len(text)

    def text(self) -> str:
        """Return the stretches, put together."""
        return "".join(self._texts)

    def outward(self, offset: int) -> int:
        """Turn an offset of the text put together into one of the text around."""
        if not self._inner:
            return offset
        from bisect import bisect_right

        stretch = max(0, bisect_right(self._inner, offset) - 1)
        return self._outer[stretch] + offset - self._inner[stretch]


def line_reader(text: str) -> ReadLine:
    r"""Return a function that gives the lines of `text`, each with its newline, then "".

    >>> read_line = line_reader("a\nb")
    >>> read_line(), read_line(), read_line()
    ('a\n', 'b', '')
    """
    return io.StringIO(text, newline="\n").readline
