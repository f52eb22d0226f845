"""What a word is made of: plain text, backslashes, quotes, parameters, and substitutions.

The scanner stands at `position`; each method begins at the character that calls for it and
leaves `position` after what it took. `marks`, if they are wanted, get every elementary thing in
order: the highlighter sees what the parser sees. The text between backquotes is taken out, then
read as a text of its own (POSIX XCU 2.6.3).
"""

from __future__ import annotations

from simpsh.shell.language.characters import (
    DIGITS,
    END,
    LETTERS,
    NAME,
    SPECIAL_PARAMETERS,
    WORD_ENDS,
    is_name,
)
from simpsh.shell.language.input_source import InputSource, line_reader
from simpsh.shell.language.syntax_tree import (
    CommandSubstitution,
    DollarQuoted,
    DoubleQuoted,
    Escaped,
    List,
    Literal,
    Parameter,
    Part,
    SingleQuoted,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Mark = tuple[str, int, int]
    Scanner = TypeVar("Scanner", bound="WordScanner")

TEXT = "text"
"""The mark of a plain run; its word decides what it is shown as."""


class WordScanner(InputSource):
    """Scans the parts of words."""

    marks: list[Mark] | None = None
    """The elementary things met so far, None where they are not wanted."""

    quoted_mark = "double_quoted"
    """What plain text inside double quotes, or in a here-document, is marked as."""

    def mark(self, kind: str, start: int, end: int) -> None:
        """Note an elementary thing by its offsets."""
        if self.marks is not None:
            self.marks.append((kind, start, end))

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

    # ---------------------------------------------------- parameters and substitutions

    def _dollar(self, pieces: list[Part | str], plain_mark: str = TEXT) -> None:
        """Scan what a `$` begins; before anything else it stands for itself."""
        start = self.base + self.position
        char = self.text[self.position + 1]
        while char == "\\" and self.text[self.position + 2] == "\n":
            self.join(self.position + 1)
            char = self.text[1]
        if char in LETTERS:
            self.position += 1
            name = self._take_name()
            self.mark("parameter", start, self.base + self.position)
            pieces.append(Parameter(name))
        elif char in SPECIAL_PARAMETERS or char in DIGITS:
            self.position += 2
            self.mark("parameter", start, self.base + self.position)
            pieces.append(Parameter(char))
        elif char == "{":
            self._braced(pieces, start)
        elif char == "(" and self._opens_list(start):
            # The `)` that ends the list takes the level back.
            pieces.append(CommandSubstitution(self.substitution(start)))
        elif char == "(":
            pieces.append("$")
        elif char == "'" and plain_mark == TEXT:
            self._dollar_quoted(pieces, start)
        else:
            self.position += 1
            self.mark(plain_mark, start, start + 1)
            pieces.append("$")

    def _dollar_quoted(self, pieces: list[Part | str], opening: int) -> None:
        """Scan `$'…'`, over as many lines as it takes."""
        from simpsh.shell.language.dollar_quotes import closing_quote, unescaped

        first = len(self.marks) if self.marks is not None else 0
        start = self.position + 2
        texts: list[str] = []
        end = closing_quote(self.text, start)
        while end < 0:
            texts.append(self.text[start:].rstrip(END))
            if not self.load():
                self.unclosed("'", opening, first)
                pieces.append(DollarQuoted(unescaped("".join(texts))))
                return
            start = 0
            end = closing_quote(self.text, start)
        texts.append(self.text[start:end])
        self.position = end + 1
        self.mark("single_quoted", opening, self.base + self.position)
        pieces.append(DollarQuoted(unescaped("".join(texts))))

    def _take_name(self) -> str:
        """Take letters, digits and underscores, as many as there are, over joined lines."""
        pieces = []
        while True:
            text = self.text
            start = end = self.position
            while text[end] in NAME:
                end += 1
            self.position = end
            pieces.append(text[start:end])
            if text[end] != "\\" or text[end + 1] != "\n":
                return "".join(pieces)
            self.continue_line()

    def _braced(self, pieces: list[Part | str], start: int) -> None:
        """Scan `${parameter}`; anything but the closing brace after it is left out."""
        self.position += 2
        name = self._take_name()
        if not name and self.text[self.position] in SPECIAL_PARAMETERS:
            name = self.text[self.position]
            self.position += 1
            while self.text.startswith("\\\n", self.position):
                self.continue_line()
        is_parameter = name in SPECIAL_PARAMETERS or name.isdigit() or is_name(name)
        if is_parameter and self.text[self.position] == "}":
            self.position += 1
            self.mark("parameter", start, self.base + self.position)
        else:
            self._bad_parameter(start, name)
        pieces.append(Parameter(name or "?", braced=True))

    def _bad_parameter(self, start: int, name: str) -> None:
        """Report `${…}` with something else than a parameter inside."""
        from simpsh.shell.language.left_out_constructs import parameter_operator

        stop = self.text.find("}", self.position)
        after = stop + 1 if stop >= 0 else len(self.text) - 1
        text = "${" + name + self.text[self.position : after]
        self.position = after
        message = parameter_operator(name, text)
        self.mark("left_out" if message else "error", start, self.base + after)
        if message:
            self.left_out(message, start, self.base + after)
        elif stop < 0:
            self.mistake(f"'}}' is missing after '${{{name}'", start, self.base + after)
        else:
            self.mistake(f"'{text}' names no parameter", start, self.base + after)

    def _opens_list(self, start: int) -> bool:
        """Go after the `(` of `$(`; False where it begins arithmetic instead."""
        while self.text.startswith("\\\n", self.position + 2):
            self.join(self.position + 2)
        if self.text[self.position + 2] != "(":
            self.position += 2
            self.deepen(start)
            return True
        stop = self.text.find("))", self.position)
        self.position = stop + 2 if stop >= 0 else len(self.text) - 1
        self.mark("left_out", start, self.base + self.position)
        self.leave_out("$((", start, self.base + self.position)
        return False

    def substitution(self, start: int) -> List:
        """Scan a command list and the `)` after it; whoever knows lists answers this."""
        raise NotImplementedError(start)

    def leave_out(self, construct: str, start: int, end: int) -> None:
        """Report a construct by its name; what to do instead is looked up only now."""
        from simpsh.shell.language.left_out_constructs import alternative

        self.left_out(alternative(construct), start, end)

    def left_out(self, message: str, start: int, end: int) -> None:
        """Report a construct that simpsh leaves out on purpose.

        Raises:
            LeftOut: Always here; a tolerant reader notes the place and continues.
        """
        from simpsh.base.errors import LeftOut

        raise LeftOut(message, **self.place(start, end))

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
