"""The width of text in cells of a screen; cutting and wrapping by width.

A cell is a column of a terminal. An ideograph or an emoji takes two, a combining mark none.
"""

from __future__ import annotations


class _Widths(dict[str, int]):
    """A cache of characters' widths."""

    def __missing__(self, char: str) -> int:
        # Fast path for Latin letters and box drawing, because importing wcwidth is slow.
        if char < "\u0300" or "\u2500" <= char <= "\u25fc" or char in "“”‘’–—…→←↑↓✓✗":
            self[char] = 1
        else:
            from wcwidth import wcwidth

            # -1 is the width of a control character.
            self[char] = max(0, wcwidth(char))
        return self[char]


_WIDTHS = _Widths()


def width_of(text: str) -> int:
    """Return the width of a text in cells.

    >>> width_of("┣━ “ab”"), width_of("漢"), width_of("e\u0301")
    (7, 2, 1)
    """
    return len(text) if text.isascii() else sum(_WIDTHS[char] for char in text)


def beginning(text: str, room: int) -> str:
    """Return the longest prefix of a text that fits into `room` cells.

    >>> beginning("漢字", 3)
    '漢'
    """
    for index, char in enumerate(text):
        room -= _WIDTHS[char]
        if room < 0:
            return text[:index]
    return text


def fitted(text: str, room: int) -> str:
    """Cut a text to at most `room` cells, with an ellipsis at the end.

    >>> fitted("漢字漢字", 6), fitted("漢字", 4)
    ('漢字…', '漢字')
    """
    return text if width_of(text) <= room else f"{beginning(text, max(0, room - 1))}…"


def fit_end(text: str, room: int) -> str:
    """Cut a text to at most `room` cells, with an ellipsis at the beginning.

    >>> fit_end("漢字漢字", 6)
    '…漢字'
    """
    if width_of(text) <= room:
        return text
    start = len(text)
    while start and (room := room - _WIDTHS[text[start - 1]]) > 0:
        start -= 1
    # Keep combining marks with the character before.
    while start < len(text) and not _WIDTHS[text[start]]:
        start += 1
    return f"…{text[start:]}"


def padded(text: str, room: int) -> str:
    """Pad a text with blanks to at least `room` cells.

    >>> padded("漢", 3) + "|"
    '漢 |'
    """
    return text + " " * (room - width_of(text))


def between_words(text: str, columns: int, first: str = "", further: str = "") -> list[str]:
    """Wrap a text at blanks into lines of at most `columns` cells.

    The first line begins with `first`, the others with `further`. A word wider than a line is not
    broken, so that it can be copied from a terminal.

    >>> between_words("a command-line and a word", 9, "- ", "  ")
    ['- a', '  command-line', '  and a', '  word']
    """
    lines, current, blanks, has_words = list[str](), first, "", False
    for number, word in enumerate(text.split(" ")):
        if number:
            blanks += " "
        if not word:
            continue
        if has_words and width_of(current) + len(blanks) + width_of(word) > columns:
            lines.append(current)
            current, blanks = further, ""
        current += blanks + word
        blanks, has_words = "", True
    return [*lines, current]
