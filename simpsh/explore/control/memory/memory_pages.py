"""The pages of held processes, with pids as names; each is looked through once.

Pids differ from run to run. Where one stands as an aligned word of four bytes or in decimal, it is
taken as the name of its process. A number that only happens to be a pid stands there in the next
run, too, when it is none: then the two pages differ, which is always safe. Such a pid is not
given to a run's first process; a child may get one if others fork meanwhile. So the number of
states that a search holds apart may differ from the next search's.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import NamedTuple

LEAST_PID = 300
"""Smaller numbers stand everywhere in memory: no process of a run is to have one as its pid."""
_WORD = 4
# Both begin with what is to be found, and look back from there: so the rest is passed over quickly.
# A word, at any place, from 256 on and below 1 << 22, which no pid reaches.
_SMALL_WORD = re.compile(rb"\0(?<!\0\0\0)(?<=(..[\0-\x3f])\0)", re.DOTALL)
_DECIMAL = re.compile(rb"[1-9](?<![0-9].)[0-9]{2,6}(?![0-9])", re.DOTALL)


class Page(NamedTuple):
    """What was found in a page, or in registers; it depends on nothing but the bytes there."""

    digest: bytes
    is_zero: bool
    numbers: array[int]
    """What may be pids, in order: the words at any place, and what stands there in decimal.

    Thousands of pages are kept, and each process that is forked copies them: four bytes a number.
    """

    def has(self, number: int) -> bool:
        """Return whether a number stands there."""
        place = bisect_left(self.numbers, number)
        return place < len(self.numbers) and self.numbers[place] == number


Told = tuple[object, ...]


class Places(tuple[tuple[int, int, str], ...]):
    """Where pids stand in a page: where one begins and ends, and whose. Empty ones are none."""

    __slots__ = ()


class Pages:
    """The pages that were met in any run; those of the C library hardly ever change.

    Args:
        known: what was found in pages so far, by the digest of their bytes.
    """

    def __init__(self, known: dict[bytes, Page] | None = None) -> None:
        self._known = {} if known is None else known
        self._counted: set[bytes] = set()
        """The pages whose numbers all were no pids, by their digests: they are in `_plain`."""
        self._plain: set[int] = set()
        """The numbers that stood in some page and were no pids then."""
        self._taken: set[int] = set()
        """Those that were taken for pids."""
        self.has_mistaken = False
        """Whether one of these has turned out to be a number like others."""

    def begin_anew(self) -> bool:
        """Forget what was taken for pids, with all that was learned; return whether that must be.

        Else the one mistake would be found again on every page that has the number.
        """
        has_mistaken, self.has_mistaken = self.has_mistaken, False
        if has_mistaken:
            self._taken.clear()
        return has_mistaken

    def may_be_pids(self, first: int, count: int) -> bool:
        """Return whether so many numbers, from one on, would not be taken for others."""
        return first >= LEAST_PID and self._plain.isdisjoint(range(first, first + count))

    def told(self, data: bytes, names: Mapping[int, str]) -> Told:
        """Return what a page says, with pids as names; nothing for one of zeros.

        Args:
            data: the page, or registers.
            names: the name of each process of the run, by its pid.
        """
        page = self._look(data)
        if page.is_zero:
            return ()
        there = {number: name for number, name in names.items() if page.has(number)}
        if there or page.digest not in self._counted:
            self._count(page, there)
        if not there:
            return (page.digest,)
        rest, places = bytearray(data), Places(sorted(_places(data, there)))
        for begin, end, _ in places:
            rest[begin:end] = bytes(end - begin)
        return _digest(rest), places

    def _count(self, page: Page, there: Mapping[int, str]) -> None:
        """Note which numbers of a page are pids, and which are not."""
        plain = set(page.numbers) - there.keys()
        if not plain <= self._plain:
            self.has_mistaken = self.has_mistaken or not self._taken.isdisjoint(plain)
            self._plain |= plain
        self._taken |= there.keys()
        if not there:
            self._counted.add(page.digest)

    def _look(self, data: bytes) -> Page:
        digest = _digest(data)
        found = self._known.get(digest)
        if found is None:
            words = {int.from_bytes(word, "little") for word in set(_SMALL_WORD.findall(data))}
            numbers = words.union(map(int, _DECIMAL.findall(data)))
            may_be = array("I", sorted(one for one in numbers if one >= LEAST_PID))
            found = self._known[digest] = Page(digest, data.count(0) == len(data), may_be)
        return found


def _places(data: bytes, names: Mapping[int, str]) -> Iterator[tuple[int, int, str]]:
    for number, whose in names.items():
        word = number.to_bytes(_WORD, "little")
        begin = data.find(word)
        while begin >= 0:
            # Where none should stand, it remains a number, which makes the page differ.
            yield begin, begin if begin % _WORD else begin + _WORD, whose
            begin = data.find(word, begin + 1)
    for match in _DECIMAL.finditer(data):
        begin, end = match.span()
        name = names.get(int(match[0]))
        # At the edge of a page it may be a part of a longer number.
        if name is not None and begin > 0 and end < len(data):
            yield begin, end, name


def _digest(data: bytes | bytearray) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
