"""The pages of held processes, with pids as names; each is looked through once.

Pids differ from run to run. Where one stands as an aligned word of four bytes or in decimal, it is
taken as the name of its process. A number that only happens to be a pid stands there in the next
run, too, when it is none: then the two pages differ, which is always safe.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import NamedTuple

LEAST_PID = 300
"""Smaller numbers stand everywhere in memory: no process of a run is to have one as its pid."""
_LARGEST_PID = 1 << 22
_WORD = 4
_DECIMAL = re.compile(rb"(?<!\d)[1-9]\d{2,6}(?!\d)")


class _Page(NamedTuple):
    """What was found in a page, or in registers."""

    digest: bytes
    is_zero: bool
    words: frozenset[int]
    """The aligned words that may be pids."""
    decimals: frozenset[int]
    """The same in decimal."""


Told = tuple[object, ...]


class Pages:
    """The pages that were met in any run; those of the C library hardly ever change."""

    def __init__(self) -> None:
        self._known: dict[bytes, _Page] = {}

    def told(self, data: bytes, names: Mapping[int, str]) -> Told:
        """Return what a page says, with pids as names; nothing for one of zeros.

        Args:
            data: the page, or registers.
            names: the name of each process of the run, by its pid.
        """
        page = self._look(data)
        if page.is_zero:
            return ()
        if page.words.isdisjoint(names) and page.decimals.isdisjoint(names):
            return (page.digest,)
        plain = bytearray(data)
        places: list[tuple[int, int, str]] = []
        for number, word in enumerate(_words(data)):
            if word in names:
                begin, end = number * _WORD, (number + 1) * _WORD
                places.append((begin, end, names[word]))
                plain[begin:end] = bytes(_WORD)
        for match in _DECIMAL.finditer(data):
            begin, end = match.span()
            name = names.get(int(match[0]))
            # At the edge of a page it may be a part of a longer number.
            if name is not None and begin > 0 and end < len(data):
                places.append((begin, -1, name))
                plain[begin:end] = bytes(end - begin)
        return _digest(plain), tuple(places)

    def _look(self, data: bytes) -> _Page:
        digest = _digest(data)
        found = self._known.get(digest)
        if found is None:
            found = self._known[digest] = _Page(
                digest,
                data.count(0) == len(data),
                frozenset(word for word in _words(data) if LEAST_PID <= word < _LARGEST_PID),
                frozenset(map(int, _DECIMAL.findall(data))),
            )
        return found


def _words(data: bytes) -> memoryview:
    return memoryview(data[: len(data) // _WORD * _WORD]).cast("I")


def _digest(data: bytes | bytearray) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
