"""Call frame information: how to find, from one function's registers, those of its caller.

A compiler writes it down for every address of a program (.eh_frame, .debug_frame), with or without
frame pointers. Of a large file only the entries that are asked for are read: .eh_frame_hdr is an
index. See the DWARF standard, 6.4, and the Linux Standard Base, 10.6.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO

from elftools.dwarf.callframe import FDE, CallFrameInfo, RegisterRule
from elftools.dwarf.dwarf_expr import DWARFExprParser
from elftools.dwarf.structs import DWARFStructs

from simpsh.kernel.machine.registers import DWARF_RETURN_ADDRESS
from simpsh.trace.source.dwarf_problems import DWARF_PROBLEMS
from simpsh.trace.source.elf_file import ElfFile, ElfProblem

_STRUCTS = DWARFStructs(little_endian=True, dwarf_format=32, address_size=8)
_EXPRESSIONS = DWARFExprParser(_STRUCTS)
_MOST_UNINDEXED = 128 << 10
"""How large a section may be that is read as a whole, while a process is held."""
_INDEX_HEADER = struct.Struct("<BBBBiI")
_USUAL_ENCODINGS = (1, 0x1B, 0x03, 0x3B)
"""Version 1; relative to itself; a count of 4 bytes; pairs of 4 bytes, relative to the index."""
_ADDRESSES = (1 << 64) - 1

Expression = tuple[tuple[str, int], ...]
"""The operations of a DWARF expression: name, and argument; 0 for none."""


@dataclass(frozen=True, slots=True)
class FrameRule:
    """How to get from a frame to its caller's, at one address."""

    base: int | Expression
    """The register from which the canonical frame address is counted, or how it is computed."""
    offset: int
    saved: tuple[tuple[int, int], ...]
    """Registers that are saved on the stack: number, place from the canonical frame address."""
    computed: tuple[tuple[int, str, int | Expression], ...]
    """Registers with any other rule: number, kind as elftools names it, argument."""
    is_signal_frame: bool
    """Whether the kernel made the frame, for the handler of a signal."""

    @property
    def is_outermost(self) -> bool:
        """Whether there is no caller."""
        return any(
            number == DWARF_RETURN_ADDRESS and kind == RegisterRule.UNDEFINED
            for number, kind, _ in self.computed
        )


class FrameRules:
    """The call frame information of one file."""

    def __init__(self, file: ElfFile) -> None:
        self._file = file
        self._known: dict[int, FrameRule | None] = {}

    def at(self, address: int) -> FrameRule | None:
        """Return the rule for an address of the file; None where there is none."""
        if address not in self._known:
            try:
                self._known[address] = self._find(address)
            except DWARF_PROBLEMS:
                self._known[address] = None
        return self._known[address]

    def _find(self, address: int) -> FrameRule | None:
        entry = self._indexed(address)
        if entry is None or not _covers(entry, address):
            entry = next((one for one in self._unindexed if _covers(one, address)), None)
        return _rule(entry, address) if entry is not None else None

    def _indexed(self, address: int) -> FDE | None:
        firsts, entries = self._index
        place = bisect_right(firsts, address) - 1
        return self._entry(entries[place]) if place >= 0 else None

    @cached_property
    def _index(self) -> tuple[list[int], list[int]]:
        """The first addresses of the functions, ascending, and the addresses of their entries."""
        span = self._file.headers.frame_index
        if span is None:
            return [], []
        *encodings, _, count = _INDEX_HEADER.unpack(self._file.bytes_at(span.address, 12))
        if tuple(encodings) != _USUAL_ENCODINGS or 12 + 8 * count > span.size:
            return [], []
        pairs = array("i", self._file.bytes_at(span.address + 12, 8 * count))
        places = [span.address + value for value in pairs]
        return places[0::2], places[1::2]

    def _entry(self, address: int) -> FDE | None:
        """Read the entry at an address, and the common entry that it refers to."""
        length, distance = struct.unpack("<II", self._file.bytes_at(address, 8))
        common_at = address + 4 - distance
        (common_length,) = struct.unpack("<I", self._file.bytes_at(common_at, 4))
        if max(length, common_length) > _MOST_UNINDEXED:
            raise ElfProblem("a frame entry that is too long")
        common = self._file.bytes_at(common_at, 4 + common_length)
        own = self._file.bytes_at(address, 4 + length)
        # Put side by side, the two are a whole section; addresses in them count from their place.
        beside = own[:4] + struct.pack("<I", len(common) + 4) + own[8:]
        return _last_entry(common + beside, address - len(common))

    @cached_property
    def _unindexed(self) -> list[FDE]:
        """The entries of sections that have no index, where they are not too large."""
        found: list[FDE] = []
        for name in (".debug_frame", ".eh_frame"):
            data = self._file.section(name)
            is_eh = name == ".eh_frame"
            if not data or len(data) > _MOST_UNINDEXED or (is_eh and self._index[0]):
                continue
            place = self._file.headers.sections[name].address
            information = CallFrameInfo(BytesIO(data), len(data), place, _STRUCTS, is_eh)
            found += [one for one in information.get_entries() if isinstance(one, FDE)]
        return found


def _last_entry(section: bytes, address: int) -> FDE | None:
    information = CallFrameInfo(BytesIO(section), len(section), address, _STRUCTS, True)  # noqa: FBT003
    entries = information.get_entries()
    return entries[-1] if isinstance(entries[-1], FDE) else None


def _covers(entry: FDE, address: int) -> bool:
    first: int = entry["initial_location"] & _ADDRESSES
    size: int = entry["address_range"]
    return first <= address < first + size


def _rule(entry: FDE, address: int) -> FrameRule | None:
    table = entry.get_decoded().table
    first: int = entry["initial_location"]
    place = bisect_right([row["pc"] - first for row in table], address - (first & _ADDRESSES)) - 1
    if place < 0:
        return None
    row = table[place]
    cfa = row["cfa"]
    rules = [(number, rule) for number, rule in row.items() if isinstance(number, int)]
    saved = [(number, rule.arg) for number, rule in rules if rule.type == RegisterRule.OFFSET]
    computed = [
        (number, rule.type, _argument(rule.arg))
        for number, rule in rules
        if rule.type not in (RegisterRule.OFFSET, RegisterRule.SAME_VALUE)
    ]
    assert entry.cie is not None
    return FrameRule(
        cfa.reg if cfa.expr is None else _expression(cfa.expr),
        cfa.offset or 0,
        tuple(saved),
        tuple(computed),
        b"S" in entry.cie.header["augmentation"],
    )


def _argument(value: object) -> int | Expression:
    if value is None:
        return 0
    return value if isinstance(value, int) else _expression(value)


def _expression(code: object) -> Expression:
    if not isinstance(code, list):
        raise ElfProblem("a rule that is no expression")
    operations = _EXPRESSIONS.parse_expr(code)
    return tuple((one.op_name, int(one.args[0]) if one.args else 0) for one in operations)
