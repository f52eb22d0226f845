"""Texts of a program in which marks replace what differs from run to run.

A text without marks is bytes: a printed `<P1>` is never equal to the mark of a pid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from simpsh.explore.objects.symbolic_names import Name


class ProcessId(Name):
    """The pid of a process of the run, in decimal."""

    process: str


class ProcessWord(Name):
    """The pid of a process of the run, as a C int."""

    process: str


class OutsideId(Name):
    """The pid of a process outside, in decimal."""


class Report(Name):
    """The lines of a program that reports on the machine."""

    program: str


Mark = ProcessId | ProcessWord | OutsideId | Report
OUTSIDE_ID = OutsideId()


class MarkedText:
    """A text with at least one mark, which counts as one byte. Made by text_of(), or by `+`."""

    __slots__ = ("_length", "pieces")

    def __init__(self, pieces: tuple[bytes | Mark, ...]) -> None:
        self.pieces = pieces
        """No piece is empty, and bytes do not follow bytes."""
        self._length = sum(len(each) if isinstance(each, bytes) else 1 for each in pieces)

    def __len__(self) -> int:
        return self._length

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MarkedText) and self.pieces == other.pieces

    def __hash__(self) -> int:
        return hash(self.pieces)

    def __repr__(self) -> str:
        return f"MarkedText({self.pieces!r})"

    def __add__(self, other: Text) -> Text:
        return text_of((self, other))

    def __radd__(self, other: bytes) -> Text:
        return text_of((other, self))

    def __getitem__(self, part: slice[int | None, int | None]) -> Text:
        first, end, _ = part.indices(self._length)
        at, pieces = 0, list[bytes | Mark]()
        for piece in self.pieces:
            if isinstance(piece, bytes):
                pieces.append(piece[max(first - at, 0) : max(end - at, 0)])
                at += len(piece)
            else:
                pieces += [piece] if first <= at < end else []
                at += 1
        return text_of(pieces)

    def __lt__(self, other: Text) -> bool:
        return _rank(self) < _rank(other)

    def __gt__(self, other: Text) -> bool:
        return _rank(self) > _rank(other)

    def __reduce__(self) -> tuple[type, tuple[tuple[bytes | Mark, ...]]]:
        return MarkedText, (self.pieces,)


Text = bytes | MarkedText


def text_of(texts: Iterable[Text | Mark]) -> Text:
    """Join texts and marks.

    >>> text_of((b"a", b"b")), text_of((b"", ProcessId("P1"), b"a", b"b"))
    (b'ab', MarkedText((ProcessId('P1'), b'ab')))
    """
    joined = list[bytes | Mark]()
    for text in texts:
        for piece in pieces_of(text) if isinstance(text, bytes | MarkedText) else (text,):
            last = joined[-1] if joined else None
            if isinstance(piece, bytes) and isinstance(last, bytes):
                joined[-1] = last + piece
            elif piece:
                joined.append(piece)
    if len(joined) == 1 and isinstance(joined[0], bytes):
        return joined[0]
    return MarkedText(tuple(joined)) if joined else b""


def pieces_of(text: Text) -> tuple[bytes | Mark, ...]:
    """Return the bytes and marks of a text, in order."""
    return (text,) if isinstance(text, bytes) else text.pieces


def in_bytes(text: Text, change: Callable[[bytes], Text]) -> Text:
    """Return a text with all its bytes changed, but not its marks."""
    if isinstance(text, bytes):
        return change(text)
    return text_of(change(each) if isinstance(each, bytes) else each for each in text.pieces)


def _rank(text: Text) -> tuple[tuple[int, bytes | Mark], ...]:
    return tuple((not isinstance(each, bytes), each) for each in pieces_of(text))
