"""An error message as data: the sentence, an excerpt with a caret, a hint, usage lines."""

from __future__ import annotations

from simpsh.base.phrases import printable, seen
from simpsh.base.record import Record
from simpsh.base.screen_cells import between_words, fit_end, fitted, width_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_USUAL_WIDTH = 74
_INDENT = "  "


class Excerpt(Record):
    """A line of the input, and the part to point at."""

    text: str
    column: int
    """The number of characters before the part."""
    width: int = 1
    """The length of the part, in characters."""

    def lines(self, room: int) -> tuple[str, str]:
        """Return the line, cut to `room` cells around the part, and a line of carets.

        >>> for line in Excerpt("ls | | wc", 5).lines(40): print(line)
        ls | | wc
             ^
        >>> for line in Excerpt("echo a b c d | | wc a b c d", 15).lines(12): print(line)
        …d | | wc a…
             ^
        """
        end = self.column + self.width
        before = _on_a_line(self.text[: self.column])
        part = _on_a_line(self.text[self.column : end])
        after = _on_a_line(self.text[end:])
        # Reserve a cell for each ellipsis; a caret after the end also needs one.
        part = fitted(part, max(1, room - 2))
        left = room - max(1, width_of(part))
        before = fit_end(before, max(left // 2, left - width_of(after)))
        after = fitted(after, left - width_of(before))
        return before + part + after, " " * width_of(before) + "^" * max(1, width_of(part))


def _on_a_line(text: str) -> str:
    return "".join("    " if char == "\t" else seen(char) for char in text)


class Failure(Record):
    """A command that failed, or could not be run."""

    argv: tuple[str, ...]
    status: int
    """127: not found; 126: found, but not executed; its own status if it has run."""
    assignments: tuple[tuple[str, str], ...] = ()
    """The assignments before the command."""
    has_run: bool = False
    """Whether the command was run, such as a built-in, which may itself return 127."""


if TYPE_CHECKING:
    HintSource = Callable[[Failure], str]
    """Returns the text of the hint for a failure, or an empty string."""


class Complaint(Record):
    """An error message: a sentence, and optionally an excerpt and a hint."""

    sentence: str
    excerpt: Excerpt | None = None
    hint: str = ""
    usage: str = ""
    """Lines that are printed without wrapping."""

    def lines(self, origin: str = "", columns: int = 0) -> list[str]:
        """Return the lines of the message, at most `columns` cells wide; 0: no limit.

        Sentences are wrapped. The excerpt is cut, so that the caret stays below its word.

        >>> excerpt = Excerpt("echo a; done", 8, 4)
        >>> for line in Complaint("'done' without 'while'", excerpt).lines("sh: ", 20): print(line)
        sh: 'done' without
          'while'
          echo a; done
                  ^^^^
        """
        lines = _wrap(f"{origin}{self.sentence}", columns)
        if self.excerpt is not None:
            room = (columns or _USUAL_WIDTH) - len(_INDENT)
            lines += [f"{_INDENT}{line}" for line in self.excerpt.lines(room)]
        lines += _wrap(f"hint: {self.hint}", columns) if self.hint else []
        return lines + printable(self.usage).splitlines()


def _wrap(text: str, columns: int) -> list[str]:
    lines = printable(text).split("\n")
    if not columns:
        return lines
    return [
        part
        for line in lines
        for part in between_words(line.expandtabs(), columns, further=_INDENT)
    ]
