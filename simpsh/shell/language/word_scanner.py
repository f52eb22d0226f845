"""What a word is made of: plain text, backslashes, quotes, expansions, and backquotes.

The text between backquotes is taken out, then read as a text of its own (POSIX XCU 2.6.3).
"""

from __future__ import annotations

from simpsh.shell.language.characters import END, WORD_ENDS
from simpsh.shell.language.expansion_scanner import TEXT, ExpansionScanner
from simpsh.shell.language.input_source import line_reader
from simpsh.shell.language.syntax_tree import (
    CommandSubstitution,
    DoubleQuoted,
    Escaped,
    List,
    Literal,
    Part,
    SingleQuoted,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Scanner = TypeVar("Scanner", bound="WordScanner")


class WordScanner(ExpansionScanner):
    """Scans the parts of words."""

    quoted_mark = "double_quoted"
    """What plain text inside double quotes, or in a here-document, is marked as."""

    def parts(self) -> tuple[Part, ...]:
        """Scan one word, up to the blank, operator or end after it."""
        pieces: list[Part | str] = []
        while True:
            start = self.position
            end = self.plain.find(" ", start)
            if end > start:
                pieces.append(self.text[start:end])
                if self.marks is not None:
                    self.marks.append((TEXT, self.base + start, self.base + end))
                self.position = end
            char = self.text[end]
            if char in WORD_ENDS:
                return merged(pieces)
            _PART[char](self, pieces)

    # --------------------------------------------------------------------- quotes

    def _escape(self, pieces: list[Part | str]) -> None:
        r"""Scan `\c`; a `\` before a newline joins two lines and leaves nothing."""
        start = self.base + self.position
        char = self.text[self.position + 1]
        if char == "\n":
            self.mark("escaped", start, start + 2)
            self.continue_line()
        elif char == END:
            # A backslash that nothing follows stands for itself, as in dash.
            self.position += 1
            self.no_more_lines()
            self.mark("escaped", start, start + 1)
            pieces.append(Escaped("\\"))
        else:
            self.position += 2
            self.mark("escaped", start, start + 2)
            pieces.append(Escaped(char))

    def _single_quoted(self, pieces: list[Part | str]) -> None:
        """Scan up to the next `'`, over as many lines as it takes."""
        first = len(self.marks) if self.marks is not None else 0
        opening = self.base + self.position
        start = self.position + 1
        texts: list[str] = []
        end = self.text.find("'", start)
        while end < 0:
            texts.append(self.text[start:].rstrip(END))
            if not self.load():
                self.unclosed("'", opening, first)
                pieces.append(SingleQuoted("".join(texts)))
                return
            start = 0
            end = self.text.find("'")
        texts.append(self.text[start:end])
        self.position = end + 1
        self.mark("single_quoted", opening, self.base + self.position)
        pieces.append(SingleQuoted("".join(texts)))

    def _double_quoted(self, pieces: list[Part | str]) -> None:
        """Scan up to the `"` that ends the string."""
        first = len(self.marks) if self.marks is not None else 0
        opening = self.base + self.position
        self.deepen(opening)
        self.mark("double_quoted", opening, opening + 1)
        self.position += 1
        inside = self.quoted_parts('"')
        if self.text[self.position] == '"':
            self.position += 1
            end = self.base + self.position
            self.mark("double_quoted", end - 1, end)
        else:
            self.unclosed('"', opening, first)
        self.depth -= 1
        pieces.append(DoubleQuoted(inside))

    def quoted_parts(self, stop: str) -> tuple[Part, ...]:
        """Scan what is inside quotes.

        Args:
            stop: What ends it: `"` of double quotes, END of a here-document, `}` of the word in
                `${…}` that stands inside one of them, where double quotes may stand again.
        """
        stops = _QUOTED_STOPS[stop]
        pieces: list[Part | str] = []
        while True:
            char = self._run(pieces, stops, self.quoted_mark)
            if char == "$":
                self.dollar(pieces, self.quoted_mark)
            elif char == "`":
                # Inside double quotes and here-documents `\"` loses its backslash, too.
                self._backquoted(pieces, '\\`$"')
            elif char == "\\":
                self._quoted_escape(pieces, stop)
            elif char == '"' != stop:
                self._double_quoted(pieces)
            else:
                return merged(pieces)

    def operand_parts(self) -> tuple[Part, ...]:
        """Scan the word in `${name-word}` up to the `}`; blanks and operators are plain there."""
        pieces: list[Part | str] = []
        while True:
            char = self._run(pieces, _OPERAND_STOPS, "word")
            if char == "}" or char == END:
                return merged(pieces)
            _PART[char](self, pieces)

    def arithmetic_parts(self) -> tuple[Part, ...]:
        """Scan an arithmetic expression up to the `)` that closes no bracket of it."""
        pieces: list[Part | str] = []
        brackets = 0
        while True:
            char = self._run(pieces, _ARITHMETIC_STOPS, "arithmetic")
            if char == "$":
                self.dollar(pieces, "arithmetic")
            elif char == "`":
                self._backquoted(pieces)
            elif char == "\\":
                self._quoted_escape(pieces, ")")
            elif char == END or (char == ")" and not brackets):
                return merged(pieces)
            else:
                brackets += 1 if char == "(" else -1
                pieces.append(char)
                at = self.base + self.position
                self.mark("arithmetic", at, at + 1)
                self.position += 1

    def _run(self, pieces: list[Part | str], stops: frozenset[str], kind: str) -> str:
        """Take the plain text that comes next, over lines; return the character that ends it.

        Args:
            pieces: The text is appended to them.
            stops: The characters that end it, out of those that QUOTED makes spaces of.
            kind: What the text is marked as.
        """
        while True:
            text = self.text
            start = self.position
            end = self.quoted_runs().find(" ", start)
            while text[end] not in stops and text[end] != "\n" and text[end] != END:
                end = self.quoted_runs().find(" ", end + 1)
            char = text[end]
            if char == "\n":
                end += 1
            if end > start:
                pieces.append(text[start:end])
                self.mark(kind, self.base + start, self.base + end)
                self.position = end
            if char != "\n" and char != END:
                return char
            if not self.load():
                return END

    def _quoted_escape(self, pieces: list[Part | str], stop: str) -> None:
        r"""Scan a `\` inside double quotes: it acts before `$`, backquote, `"`, `\`, newline."""
        start = self.base + self.position
        char = self.text[self.position + 1]
        if char == "\n":
            self.mark("escaped", start, start + 2)
            self.continue_line()
        elif char in "$`\\" or char in _ESCAPED_BEFORE[stop]:
            self.position += 2
            self.mark("escaped", start, start + 2)
            pieces.append(Escaped(char))
        else:
            self.position += 1
            self.mark(self.quoted_mark, start, start + 1)
            if char == END:
                self.no_more_lines()
                pieces.append(Escaped("\\"))
            else:
                pieces.append("\\")

    # ----------------------------------------------------------------- backquotes

    def _backquoted(self, pieces: list[Part | str], escapable: str = "\\`$") -> None:
        """Scan up to the next backquote and read what lies between as a text of its own."""
        start = self.base + self.position
        self.deepen(start)
        pieces.append(CommandSubstitution(between_backquotes(self, escapable), backquoted=True))
        self.depth -= 1

    def whole(self) -> List:
        """Scan everything up to the end of the input; whoever knows lists answers this."""
        raise NotImplementedError

    def unclosed(self, quote: str, opening: int, first_mark: int) -> None:  # noqa: ARG002
        """Report a quote that nothing closes; `first_mark` is the index of its first mark."""
        name = {"'": "single quote '", '"': 'double quote "', "`": "backquote `"}[quote]
        self.unfinished(f"the {name} is never closed", opening, opening + 1)


_PART: dict[str, Callable[[WordScanner, list[Part | str]], None]] = {
    "\\": WordScanner._escape,  # noqa: SLF001 - the class's own table
    "'": WordScanner._single_quoted,  # noqa: SLF001
    '"': WordScanner._double_quoted,  # noqa: SLF001
    "$": WordScanner.dollar,
    "`": WordScanner._backquoted,  # noqa: SLF001
}


_QUOTED_STOPS = {
    '"': frozenset('"$`\\'),
    END: frozenset("$`\\"),
    "}": frozenset('}"$`\\'),
}
_OPERAND_STOPS = frozenset("}'\"\\$`")
_ARITHMETIC_STOPS = frozenset("()\\$`")
_ESCAPED_BEFORE = {'"': '"', END: "", "}": '}"', ")": ""}
"""What loses a backslash before it besides `$`, a backquote and `\\`, by what ends the quotes."""


def merged(pieces: list[Part | str]) -> tuple[Part, ...]:
    """Turn the pieces into parts: text that stands side by side becomes one Literal."""
    parts: list[Part] = []
    texts: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            texts.append(piece)
            continue
        if texts:
            parts.append(Literal("".join(texts)))
            texts = []
        parts.append(piece)
    if texts:
        parts.append(Literal("".join(texts)))
    return tuple(parts)


def between_backquotes(scanner: WordScanner, escapable: str) -> List:
    """Scan from one backquote to the next; return the list that stands between.

    Inside, a backslash acts only before `$`, a backquote and a backslash (within double quotes
    also before `"`), and the search for the closing backquote heeds nothing else (POSIX XCU
    2.6.3).

    Raises:
        IncompleteInput: The input ends first.
        SyntaxMistake: What is between is no command list.
    """
    first_mark = len(scanner.marks) if scanner.marks is not None else 0
    opening = scanner.base + scanner.position
    number = scanner.line - 1
    scanner.mark("substitution", opening, opening + 1)
    scanner.position += 1
    cuttings = Cuttings()
    is_closed = _cut(scanner, escapable, cuttings)
    inner = taken_out(scanner, cuttings, first_line=number)
    if not is_closed:
        scanner.unclosed("`", opening, first_mark)
    body = inner.whole()
    if is_closed:
        end = scanner.base + scanner.position
        scanner.mark("substitution", end - 1, end)
    return body


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


def taken_out(scanner: Scanner, cuttings: Cuttings, *, first_line: int) -> Scanner:
    """Make a scanner of the same kind for a text taken out of this one's."""
    inner = type(scanner)(line_reader(cuttings.text()), first_line=first_line)
    inner.outer = scanner
    inner.aliases = scanner.aliases
    if scanner.open_aliases:
        # Their text is not read to its end as long as this is part of it.
        inner.aliases = dict(inner.aliases)
        for one in scanner.open_aliases:
            inner.aliases.pop(one.name, None)
    inner.depth = scanner.depth
    inner.outward = cuttings.outward
    inner.marks = None if scanner.marks is None else []
    return inner


def _cut(scanner: WordScanner, escapable: str, cuttings: Cuttings) -> bool:
    """Collect the text up to the closing backquote; False if there is none."""
    while True:
        start = scanner.position
        end = scanner.quoted_runs().find(" ", start)
        char = scanner.text[end]
        if char == "\\":
            _cut_backslash(scanner, end, escapable, cuttings)
            continue
        scanner.position = end + 1
        stop = end if char in ("`", END) else end + 1
        cuttings.add(scanner.text[start:stop], scanner.base + start)
        if char == "`":
            return True
        if char in ("\n", END) and not scanner.load():
            return False


def _cut_backslash(scanner: WordScanner, end: int, escapable: str, cuttings: Cuttings) -> None:
    """Collect the text before the backslash at `end` and what the backslash leaves."""
    text = scanner.text
    start = scanner.position
    following = text[end + 1]
    if following == "\n":
        cuttings.add(text[start:end], scanner.base + start)
        scanner.continue_line()
    elif following in escapable:
        cuttings.add(text[start:end], scanner.base + start)
        cuttings.add(following, scanner.base + end + 1)
        scanner.position = end + 2
    else:
        cuttings.add(text[start : end + 1], scanner.base + start)
        scanner.position = end + 1
