"""Setting the course's texts: a little markup, wrapped to a width.

`**bold**`, `*stress*`, `` `code` ``; an empty line ends a paragraph; four blanks begin a line that
is set as it is, for instance one to be typed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from simpsh.course.screen.styled import Piece, line, width_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simpsh.course.screen.styled import Block, Line

WIDTH = 76
"""Texts are set in lines of this length at most: longer ones are hard to read."""

_MARKUP = re.compile(
    r"(\*\*.+?\*\*|`[^`]+`|(?<![\w*])\*(?![\s*])[^*]+?(?<![\s*])\*(?!\w))", re.DOTALL
)


def marked(text: str) -> Line:
    """Return a text as one line, its markup turned into styles.

    >>> marked("**Who** may `wait`?")
    ... # doctest: +NORMALIZE_WHITESPACE
    (Piece(text='Who', style='bold'), Piece(text=' may ', style=''),
     Piece(text='wait', style='code'), Piece(text='?', style=''))
    """
    return line(*map(_piece, _MARKUP.split(text)))


def _piece(part: str) -> Piece:
    if part.startswith("**") and len(part) > 4:
        return Piece(part[2:-2], "bold")
    if part.startswith("`") and len(part) > 2:
        return Piece(part[1:-1], "code")
    if part.startswith("*") and len(part) > 2:
        return Piece(part[1:-1], "italic")
    return Piece(part)


def set_text(text: str, width: int = WIDTH) -> Block:
    """Return a text of one or more paragraphs as lines, a blank line between paragraphs.

    Args:
        text: with markup.
        width: the longest line, in columns; lines set as they are may be longer.
    """
    block: Block = []
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        if block:
            block.append(())
        for is_verbatim, part in _parts(paragraph):
            if is_verbatim:
                block.append((Piece(part, "code"),))
            else:
                block.extend(wrapped(marked(part), width))
    return block


def _parts(paragraph: str) -> Iterator[tuple[bool, str]]:
    """Cut a paragraph into lines set as they are, and the text between them."""
    flowing: list[str] = []
    for one in paragraph.split("\n"):
        if one.startswith("    "):
            if flowing:
                yield False, " ".join(flowing)
                flowing = []
            yield True, one.rstrip()
        else:
            flowing.append(one.strip())
    if flowing:
        yield False, " ".join(flowing)


def wrapped(one: Line, width: int) -> Block:
    """Break a line at blanks into lines of at most `width` columns; styles go on.

    A word that is longer than a line is broken, so that nothing ever leaves the screen.
    """
    block: Block = []
    current: list[Piece] = []
    room = width
    for word in _words(one):
        length = sum(width_of(piece.text) for piece in word)
        is_blank = all(piece.text.isspace() for piece in word)
        if length > room and not is_blank and current:
            block.append(_trimmed(current))
            current, room = [], width
        if is_blank and not current:
            continue
        while length > room and not is_blank:
            head, word = _split(word, room)
            block.append(tuple(head))
            length = sum(width_of(piece.text) for piece in word)
            room = width
        current.extend(word)
        room -= length
    if current:
        block.append(_trimmed(current))
    return block or [()]


def _words(one: Line) -> Iterator[list[Piece]]:
    """Go through a line in words, which may have several styles, and the blanks between them."""
    word: list[Piece] = []
    for piece in one:
        for part in re.split(r"(\s+)", piece.text):
            if not part:
                continue
            if part.isspace():
                if word:
                    yield word
                    word = []
                yield [Piece(part.replace("\n", " "), piece.style)]
            else:
                word.append(Piece(part, piece.style))
    if word:
        yield word


def _split(word: list[Piece], room: int) -> tuple[list[Piece], list[Piece]]:
    head: list[Piece] = []
    for place, piece in enumerate(word):
        if width_of(piece.text) >= room:
            head.append(Piece(piece.text[:room], piece.style))
            rest = Piece(piece.text[room:], piece.style)
            return head, [one for one in (rest, *word[place + 1 :]) if one.text]
        head.append(piece)
        room -= width_of(piece.text)
    return head, []


def _trimmed(pieces: list[Piece]) -> Line:
    while pieces and pieces[-1].text.isspace():
        pieces.pop()
    return tuple(pieces)


def labelled(label: str, text: Line, label_width: int, width: int, style: str = "dim") -> Block:
    """Set a text with a label before its first line, the others indented below it.

    >>> from simpsh.course.screen.styled import plain_block
    >>> print(plain_block(labelled("but", marked("one two three"), 5, 14)))
      but  one two
           three
    """
    rows = wrapped(text, width - label_width - 2)
    block = [line(Piece(label.rjust(label_width), style), "  ", rows[0])]
    block.extend(line(" " * (label_width + 2), row) for row in rows[1:])
    return block


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    >>> counted(1, "fact"), counted(3, "fact"), counted(2, "process", "processes")
    ('1 fact', '3 facts', '2 processes')
    """
    return f"{number} {one if number == 1 else many or one + 's'}"
