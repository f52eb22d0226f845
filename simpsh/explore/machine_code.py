"""What the functions of an ELF file call: names in other files, and each other.

Read from the file alone, also from a stripped one: where functions begin says the table for
unwinding (.eh_frame_hdr), and whom an entry of the procedure linkage table leads to says the
relocation of the place it jumps through.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_right
from functools import lru_cache

_HEADER = "<16xHHIQQQIHHHHHH"
_PROGRAM_HEADER = "<IIQQQQQQ"
_SECTION_HEADER = "<IIQQQQIIQQ"
_RELOCATION, _SYMBOL = "<QQq", "<IBBHQQ"
_MAGIC_64_LITTLE = b"\x7fELF\x02\x01"
_PT_LOAD, _PT_GNU_EH_FRAME = 1, 0x6474E550
_SHT_RELA = 4
# What every linker writes: version 1, offsets from here, a plain count, offsets from the table.
_UNWINDING = b"\x01\x1b\x03\x3b"
_ENTRIES = 12
# endbr64, bnd, then a jump through memory relative to the instruction pointer.
_JUMP = re.compile(rb"(?:\xf3\x0f\x1e\xfa)?\xf2?\xff\x25(....)", re.DOTALL)
_LONGEST_JUMP = 11
# call rel32, and call through memory relative to the instruction pointer; jmp rel32.
_CALL = re.compile(rb"(?=(?:\xe8|(\xff\x15))(....))", re.DOTALL)
_TAIL = re.compile(rb"(?=\xe9(....))", re.DOTALL)
_LARGEST_FUNCTION = 2048
_UNREADABLE = (OSError, ValueError, struct.error, IndexError, StopIteration)


@lru_cache(maxsize=32)
def called_by(path: str, offset: int) -> frozenset[str]:
    """Return the names that the function at an offset of a file calls in other files.

    Empty for what cannot be read, is no 64-bit ELF file or has no table for unwinding.
    """
    try:
        return _elf(path).called_by(offset)
    except _UNREADABLE:
        return frozenset()


@lru_cache(maxsize=256)
def leads_to(path: str, called: int, offset: int) -> bool:
    """Tell whether an offset lies in the function that is called, or in one that this jumps to.

    Judged by the distance in a file that cannot be read, see called_by().
    """
    try:
        return _elf(path).leads_to(called, offset)
    except _UNREADABLE:
        return 0 <= offset - called < _LARGEST_FUNCTION


@lru_cache(maxsize=4)
def _elf(path: str) -> _Elf:
    with open(path, "rb") as file:
        return _Elf(file.read())


class _Elf:
    """A file's functions and the places through which it calls others."""

    def __init__(self, data: bytes) -> None:
        if not data.startswith(_MAGIC_64_LITTLE):
            raise ValueError
        self._data = data
        header = struct.unpack_from(_HEADER, data)
        self._segments = [
            struct.unpack_from(_PROGRAM_HEADER, data, header[4] + number * header[8])
            for number in range(header[9])
        ]
        self._sections = [
            struct.unpack_from(_SECTION_HEADER, data, header[5] + number * header[10])
            for number in range(header[11])
        ]
        self._functions = self._beginnings()
        self._names = self._relocations()

    def called_by(self, offset: int) -> frozenset[str]:
        first, end = self._function(offset)
        code = self._at(first, end - first)
        found = set()
        for call in _CALL.finditer(code):
            target = first + call.end(2) + int.from_bytes(call[2], "little", signed=True)
            place = target if call[1] is not None else self._jump(target)
            found.add(self._names.get(place, ""))
        return frozenset(found - {""})

    def leads_to(self, called: int, offset: int) -> bool:
        inner, (first, end) = self._function(offset), self._function(called)
        if inner == (first, end):
            return True
        return any(
            first + jump.end(1) + int.from_bytes(jump[1], "little", signed=True) == inner[0]
            for jump in _TAIL.finditer(self._at(first, end - first))
        )

    def _function(self, offset: int) -> tuple[int, int]:
        """Return where the function at an offset of the file begins and ends in memory."""
        address = offset + next(
            place - start
            for kind, _, start, place, _, size, *_ in self._segments
            if kind == _PT_LOAD and start <= offset < start + size
        )
        number = bisect_right(self._functions, address)
        return self._functions[number - 1], self._functions[number]

    def _at(self, address: int, count: int) -> bytes:
        for kind, _, start, place, _, size, *_ in self._segments:
            if kind == _PT_LOAD and place <= address < place + size:
                begin = start + address - place
                return self._data[begin : begin + count]
        return b""

    def _jump(self, target: int) -> int:
        """Return the place in memory that an entry of the linkage table jumps through, or -1."""
        jump = _JUMP.match(self._at(target, _LONGEST_JUMP))
        if jump is None:
            return -1
        return target + jump.end() + int.from_bytes(jump[1], "little", signed=True)

    def _beginnings(self) -> list[int]:
        start, place = next(
            (segment[2], segment[3]) for segment in self._segments if segment[0] == _PT_GNU_EH_FRAME
        )
        if self._data[start : start + 4] != _UNWINDING:
            raise ValueError
        (count,) = struct.unpack_from("<I", self._data, start + 8)
        pairs = struct.unpack_from(f"<{2 * count}i", self._data, start + _ENTRIES)
        return [place + one for one in pairs[::2]]

    def _relocations(self) -> dict[int, str]:
        names = {}
        for _, kind, _, _, start, size, link, *_ in self._sections:
            if kind != _SHT_RELA or not link:
                continue
            symbols = self._sections[link]
            texts = self._sections[symbols[6]][4]
            for place, info, _ in struct.iter_unpack(_RELOCATION, self._data[start : start + size]):
                if info >> 32:
                    names[place] = self._symbol(symbols[4], texts, info >> 32)
        return names

    def _symbol(self, symbols: int, texts: int, number: int) -> str:
        place = symbols + number * struct.calcsize(_SYMBOL)
        (name,) = struct.unpack_from("<I", self._data, place)
        begin = texts + name
        return self._data[begin : self._data.index(b"\0", begin)].decode(errors="replace")
