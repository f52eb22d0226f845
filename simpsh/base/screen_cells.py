"""Text measured in the cells of a screen: its width, cutting it, breaking it between words.

A cell is a column of a terminal. An ideograph or an emoji takes two, a combining mark none.
"""

from __future__ import annotations


class _Widths(dict[str, int]):
    """The cells of each character, looked up when it is first met."""

    def __missing__(self, char: str) -> int:
        # Latin letters and the lines of pictures need no table, which is slow to load.
        if char < "\u0300" or "\u2500" <= char <= "\u25fc" or char in "“”‘’–—…→←↑↓✓✗":
            self[char] = 1
        else:
            from wcwidth import wcwidth

            # It returns -1 for a control character.
            self[char] = max(0, wcwidth(char))
        return self[char]


_WIDTHS = _Widths()


def width_of(text: str) -> int:
    """Return how many cells a text takes.

    >>> width_of("┣━ “ab”"), width_of("漢"), width_of("e\u0301")
    (7, 2, 1)
    """
    return len(text) if text.isascii() else sum(_WIDTHS[char] for char in text)


def beginning(text: str, room: int) -> str:
    """Return the longest beginning of a text that fits into so many cells.

    >>> beginning("漢字", 3)
    '漢'
    """
    for place, char in enumerate(text):
        room -= _WIDTHS[char]
        if room < 0:
            return text[:place]
    return text


def fitted(text: str, room: int) -> str:
    """Return a text in at most so many cells, with an ellipsis for the end if it is cut.

    >>> fitted("漢字漢字", 6), fitted("漢字", 4)
    ('漢字…', '漢字')
    """
    return text if width_of(text) <= room else f"{beginning(text, max(0, room - 1))}…"


def fitted_end(text: str, room: int) -> str:
    """Return a text in at most so many cells, with an ellipsis for the beginning if it is cut.

    >>> fitted_end("漢字漢字", 6)
    '…漢字'
    """
    if width_of(text) <= room:
        return text
    start = len(text)
    while start and (room := room - _WIDTHS[text[start - 1]]) > 0:
        start -= 1
    # A combining mark stays with the character before it.
    while start < len(text) and not _WIDTHS[text[start]]:
        start += 1
    return f"…{text[start:]}"


def padded(text: str, room: int) -> str:
    """Return a text with blanks after it, so many cells wide at least.

    >>> padded("漢", 3) + "|"
    '漢 |'
    """
    return text + " " * (room - width_of(text))


def between_words(text: str, columns: int, first: str = "", further: str = "") -> list[str]:
    """Break a text at blanks into lines of at most so many cells.

    The first line begins with `first`, each other one with `further`. A word that is wider than a
    line is not broken: it can still be copied from a terminal.

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
