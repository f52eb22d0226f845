r"""Backquotes: the text between them is taken out, then read as a text of its own.

POSIX XCU 2.6.3: inside, a backslash acts only before `$`, a backquote and a backslash (within
double quotes also before `"`), and the search for the closing backquote heeds nothing else.
"""

from __future__ import annotations

from bisect import bisect_right

from simpsh.language.characters import END
from simpsh.language.source import line_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from simpsh.language.dollars import DollarScanner
    from simpsh.language.tree import List

    Scanner = TypeVar("Scanner", bound=DollarScanner)


def between_backquotes(scanner: DollarScanner, escapable: str) -> List:
    """Scan from one backquote to the next; return the list that stands between.

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
        stretch = max(0, bisect_right(self._inner, offset) - 1)
        return self._outer[stretch] + offset - self._inner[stretch]


def taken_out(scanner: Scanner, cuttings: Cuttings, *, first_line: int) -> Scanner:
    """Make a scanner of the same kind for a text taken out of this one's."""
    inner = type(scanner)(line_reader(cuttings.text()), first_line=first_line)
    inner.outer = scanner
    inner.depth = scanner.depth
    inner.outward = cuttings.outward
    inner.marks = None if scanner.marks is None else []
    return inner


def _cut(scanner: DollarScanner, escapable: str, cuttings: Cuttings) -> bool:
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


def _cut_backslash(scanner: DollarScanner, end: int, escapable: str, cuttings: Cuttings) -> None:
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
