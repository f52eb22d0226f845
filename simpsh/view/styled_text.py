"""Lines of styled pieces, independent of the terminal: measuring, cutting, wrapping, colouring.

A style is a few words: `bold`, `dim`, `italic`, `lane2` (the colour of the third process), and for
code `keyword`, `string`, `comment`. Texts have some markup: `**bold**`, `*term*`, `` `code` ``; an
empty line ends a paragraph; a line that begins with four blanks is preformatted.
"""

from __future__ import annotations

from contextvars import ContextVar
from itertools import groupby

from simpsh.base.phrases import printable
from simpsh.base.process_names import colour_of
from simpsh.base.record import Record
from simpsh.base.screen_cells import beginning, width_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_SGR = {
    "bold": ("1", "1"),
    "dim": ("2", "2"),
    "italic": ("3", "3"),
    "term": ("4", "4"),
    "keyword": ("1", "1"),
    "code": ("38;5;132", "35"),
    "comment": ("2;3", "2;3"),
    "string": ("38;5;29", "32"),
    "lane0": ("38;5;32", "36"),
    "lane1": ("38;5;166", "33"),
    "lane2": ("38;5;134", "95"),
    "lane3": ("38;5;30", "36"),
    "lane4": ("38;5;100", "33"),
    "good": ("38;5;29", "32"),
    "bad": ("1;38;5;160", "1;31"),
    "held": ("38;5;134", "35"),
}
"""Each style's SGR codes (console_codes(4)) with 256 colours and with 16.

The colours of processes have a contrast of at least 3.8 : 1 to both black and white, because the
terminal's theme is unknown.
"""
_COLOURED = ("lane", "string", "good", "bad", "held")


class Piece(Record):
    """Characters of one style."""

    text: str
    style: str = ""
    link: str = ""
    """The target of a link on a page."""


Line = tuple[Piece, ...]
Block = list[Line]


_QUOTES_CODE = ContextVar("quotes_code", default=False)


def quote_code(*, is_on: bool) -> None:
    """Choose whether wrapped texts have backquotes around code, for a terminal without colours."""
    _QUOTES_CODE.set(is_on)


def line(*parts: str | Piece | Line) -> Line:
    """Join plain text, pieces and other lines to a line.

    >>> line("so ", Piece("it", "bold"))
    (Piece(text='so ', style='', link=''), Piece(text='it', style='bold', link=''))
    """
    pieces: list[Piece] = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(Piece(part))
        elif isinstance(part, Piece):
            pieces.append(part)
        else:
            pieces.extend(part)
    return tuple(piece for piece in pieces if piece.text)


def styled(text: str, style: str) -> Line:
    """Return a line of one style."""
    return (Piece(text, style),) if text else ()


def plain(text_line: Line) -> str:
    """Return the characters of a line."""
    return "".join(piece.text for piece in text_line)


def plain_block(block: Iterable[Line]) -> str:
    """Return the characters of a block, without trailing blanks."""
    return "\n".join(plain(text_line).rstrip() for text_line in block)


def painted(text_line: Line, colours: int) -> str:
    r"""Return a line for a terminal of 256, 16 or 0 colours; unknown styles are ignored.

    >>> painted(line("a ", Piece("child", "bold lane1")), 256)
    'a \x1b[1;38;5;166mchild\x1b[0m'
    >>> painted(line(Piece("child", "bold lane1")), 0)
    '\x1b[1mchild\x1b[0m'
    """
    parts = []
    for piece in text_line:
        words = [word for word in piece.style.split() if word in _SGR]
        if not colours:
            words = [word for word in words if not word.startswith(_COLOURED)]
        codes = ";".join(
            "1" if word == "code" and not colours else _SGR[word][0 if colours > 16 else 1]
            for word in words
        )
        text = printable(piece.text)
        parts.append(f"\x1b[{codes}m{text}\x1b[0m" if codes else text)
    return "".join(parts)


def line_width(text_line: Sequence[Piece]) -> int:
    """Return the width of a line in columns."""
    return sum(width_of(piece.text) for piece in text_line)


def padded(text_line: Line, width: int) -> Line:
    """Pad a line with blanks to a width."""
    return line(text_line, " " * max(0, width - line_width(text_line)))


def cut(text_line: Line, width: int) -> Line:
    """Cut a line to at most `width` columns, with an ellipsis."""
    if line_width(text_line) <= width:
        return text_line
    pieces: list[Piece] = []
    room = max(0, width - 1)
    for piece in text_line:
        part = beginning(piece.text, room)
        room -= width_of(part)
        if part:
            pieces.append(Piece(part, piece.style))
        if part != piece.text:
            return (*pieces, Piece("…", piece.style))
    return tuple(pieces)


def stripped(text_line: Line) -> Line:
    """Return a line without trailing blanks, so that copies have none; equal styles are joined."""
    pieces = [
        Piece("".join(piece.text for piece in alike), style)
        for style, alike in groupby(text_line, lambda piece: piece.style)
    ]
    while pieces and not pieces[-1].text.strip():
        pieces.pop()
    if pieces:
        pieces[-1] = Piece(pieces[-1].text.rstrip(), pieces[-1].style)
    return tuple(pieces)


def lane_style(names: Sequence[str], name: str) -> str:
    """Return the style of a process's colour; bold for a process outside the run.

    >>> lane_style(["parent", "child"], "child"), lane_style(["parent"], "you")
    ('lane1', 'bold')
    """
    colour = colour_of(name, names)
    return f"lane{colour}" if colour is not None else "bold"


WIDTH = 76
"""The width of texts; longer lines are hard to read."""

_MARKUP = r"(?s)(\*\*.+?\*\*|`[^`]+`|(?<![\w*])\*(?![\s*])[^*]+?(?<![\s*])\*(?!\w))"


def marked(text: str) -> Line:
    """Convert the markup of a text to styles; return one line.

    >>> marked("**Who** may `wait`?")
    ... # doctest: +NORMALIZE_WHITESPACE
    (Piece(text='Who', style='bold', link=''), Piece(text=' may ', style='', link=''),
     Piece(text='wait', style='code', link=''), Piece(text='?', style='', link=''))
    >>> marked("**Is `x` 2?**")
    (Piece(text='Is x 2?', style='bold', link=''),)
    """
    import re  # slow to import; a list of lessons has no markup

    pieces = []
    for part in re.split(_MARKUP, text):
        if part.startswith("**") and len(part) > 4:
            # The whole part becomes bold, so marks of code inside are removed.
            pieces.append(Piece(re.sub(r"`([^`]+)`", r"\1", part[2:-2]), "bold"))
        elif part[:1] in ("`", "*") and len(part) > 2:
            pieces.append(Piece(part[1:-1], "code" if part[0] == "`" else "term"))
        else:
            pieces.append(Piece(part))
    return line(*pieces)


def code_marked(text: str, style: str = "") -> Line:
    """Convert a text that quotes a program, whose only markup is `code`, to one line.

    >>> code_marked("`child` wrote *", "dim")
    (Piece(text='child', style='code', link=''), Piece(text=' wrote *', style='dim', link=''))
    """
    import re

    parts = re.split(r"`([^`\n]+)`", text)
    return line(*(Piece(part, "code" if index % 2 else style) for index, part in enumerate(parts)))


def set_text(text: str, width: int = WIDTH) -> Block:
    """Wrap a text of one or more paragraphs, with an empty line between paragraphs."""
    import re

    block: Block = []
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        if block:
            block.append(())
        for is_verbatim, lines in groupby(paragraph.split("\n"), lambda row: row[:4] == "    "):
            if is_verbatim:
                block.extend((Piece(row.rstrip(), "code"),) for row in lines)
            else:
                block.extend(wrapped(marked(" ".join(map(str.strip, lines))), width))
    return block


def wrapped(text_line: Line, width: int) -> Block:
    """Wrap a line at blanks to at most `width` columns.

    A word longer than a line is broken, so that nothing exceeds the screen.

    >>> print(plain_block(wrapped(marked("in signal.signal(signal.SIGCHLD, wait)"), 24)))
    in
    signal.signal(signal.
    SIGCHLD, wait)
    """
    if _QUOTES_CODE.get():
        text_line = tuple(
            Piece(f"`{piece.text}`", piece.style) if piece.style == "code" else piece
            for piece in text_line
        )
    block: Block = []
    current: list[Piece] = []
    room = width
    for word, is_blank in _words(text_line):
        length = line_width(word)
        if length > room and not is_blank and current:
            block.append(_trim(current))
            current, room = [], width
        if is_blank and not current:
            continue
        while length > room and not is_blank:
            head, word = _cut(word, room)
            block.append(tuple(head))
            length = line_width(word)
            room = width
        current.extend(word)
        room -= length
    if current:
        block.append(_trim(current))
    return block or [()]


def hanging(pieces: Sequence[tuple[str, str]], width: int) -> Block:
    """Wrap text of several styles; further lines are indented to the second piece.

    >>> rows = hanging((("[1] ", "bold"), ("one two three", "")), 12)
    >>> print(plain_block(rows))
    [1] one two
        three
    """
    first, *rest = (Piece(text, style) for text, style in pieces)
    indent = min(width_of(first.text), width // 2)
    rows = wrapped(tuple(rest), width - indent)
    return [
        stripped(line(first if not number else " " * indent, row))
        for number, row in enumerate(rows)
    ]


def _words(text_line: Line) -> Iterator[tuple[list[Piece], bool]]:
    """Yield words, which may have several styles, and blanks; and whether each is blank."""
    word: list[Piece] = []
    for piece in text_line:
        for is_blank, characters in groupby(piece.text, str.isspace):
            part = "".join(characters)
            if is_blank:
                if word:
                    yield word, False
                    word = []
                yield [Piece(part.replace("\n", " "), piece.style)], True
            else:
                word.append(Piece(part, piece.style))
    if word:
        yield word, False


_JOINS = "-./([{,=:;&|+@_"
"""Signs between two names, after which a long word may be broken."""


def _cut(word: list[Piece], room: int) -> tuple[list[Piece], list[Piece]]:
    """Break a word that is longer than `room`, between its names if it has several."""
    text = "".join(piece.text for piece in word)
    # A wide character that does not fit is added anyway, to make progress.
    most = len(beginning(text, room)) or 1
    breaks = (
        end
        for end in range(most, 1, -1)
        if text[end - 1] in _JOINS and text[end - 2].isalnum() and text[end] not in f"{_JOINS})]}}"
    )
    left = next(breaks, most)
    head, rest = [], []
    for piece in word:
        head.append(Piece(piece.text[:left], piece.style))
        rest.append(Piece(piece.text[left:], piece.style))
        left = max(0, left - len(piece.text))
    return [part for part in head if part.text], [part for part in rest if part.text]


def _trim(pieces: list[Piece]) -> Line:
    while pieces and pieces[-1].text.isspace():
        pieces.pop()
    return tuple(pieces)


def add_label(label: str, text: Line, label_width: int, width: int, style: str = "dim") -> Block:
    """Wrap a text with a label before its first line; further lines are indented.

    >>> from simpsh.view.styled_text import plain_block
    >>> print(plain_block(add_label("but", marked("one two three"), 5, 14)))
      but  one two
           three
    """
    rows = wrapped(text, width - label_width - 2)
    block = [line(Piece(label.rjust(label_width), style), "  ", rows[0])]
    block.extend(line(" " * (label_width + 2), row) for row in rows[1:])
    return block
