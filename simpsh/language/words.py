"""What a word is made of: plain text, backslashes, quotes, and what a `$` begins."""

from __future__ import annotations

from simpsh.language.characters import END, WORD_ENDS
from simpsh.language.dollars import TEXT, DollarScanner
from simpsh.language.tree import DoubleQuoted, Escaped, Literal, SingleQuoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.language.tree import Part


class WordScanner(DollarScanner):
    """Scans the parts of words."""

    def parts(self) -> tuple[Part, ...]:
        """Scan one word, up to the blank, operator or end behind it."""
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
        """Scan the inside of double quotes (`stop` is `"`) or of a here-document (END)."""
        pieces: list[Part | str] = []
        while True:
            char = self._quoted_run(pieces, stop)
            if char == "$":
                self._dollar(pieces, self.quoted_mark)
            elif char == "`":
                # Inside double quotes and here-documents `\"` loses its backslash, too.
                self._backquoted(pieces, '\\`$"')
            elif char == "\\":
                self._quoted_escape(pieces, stop)
            else:
                return merged(pieces)

    def _quoted_run(self, pieces: list[Part | str], stop: str) -> str:
        """Take the plain text that comes next, over lines; return the character that ends it."""
        while True:
            start = self.position
            end = self.quoted_runs().find(" ", start)
            char = self.text[end]
            is_plain = char == "\n" or char == '"' != stop
            if is_plain:
                end += 1
            if end > start:
                pieces.append(self.text[start:end])
                self.mark(self.quoted_mark, self.base + start, self.base + end)
                self.position = end
            if char == "\n" or char == END:
                if not self.load():
                    return END
            elif not is_plain:
                return char

    def _quoted_escape(self, pieces: list[Part | str], stop: str) -> None:
        r"""Scan a `\` inside double quotes: it acts before `$`, backquote, `"`, `\`, newline."""
        start = self.base + self.position
        char = self.text[self.position + 1]
        if char == "\n":
            self.mark("escaped", start, start + 2)
            self.continue_line()
        elif char in "$`\\" or char == stop == '"':
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


_PART: dict[str, Callable[[WordScanner, list[Part | str]], None]] = {
    "\\": WordScanner._escape,  # noqa: SLF001 - the class's own table
    "'": WordScanner._single_quoted,  # noqa: SLF001
    '"': WordScanner._double_quoted,  # noqa: SLF001
    "$": WordScanner._dollar,  # noqa: SLF001
    "`": WordScanner._backquoted,  # noqa: SLF001
}


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
