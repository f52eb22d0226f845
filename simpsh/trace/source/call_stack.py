"""The call stack of a held thread, as addresses.

Unwinding begins with the registers, and goes from frame to frame by call frame information. It ends
at an address without such information: values that look like addresses are never guessed to be
frames. It also ends at a rule with a DWARF expression; the C library, which is between the call and
the program's own function, has such rules only at signal frames.

A compiler writes call frame information (.eh_frame) for every address of a program, with or without
frame pointers. Only the required entries are read, by the index in .eh_frame_hdr. A program that is
linked with -static has no index, and so no source lines. See the DWARF standard, 6.4, and the Linux
Standard Base, 10.6.

The mappings of a process are read when the first address is looked up, and again when an address is
not found: a program loads libraries while it runs. A file is read once for all processes that have
it mapped.
"""

from __future__ import annotations

import os
import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from io import BytesIO
from typing import ClassVar, Literal

from elftools.dwarf.callframe import FDE, CallFrameInfo, RegisterRule
from elftools.dwarf.structs import DWARFStructs

from simpsh.base.events import CallSite
from simpsh.base.record import Mutable, Record, fresh
from simpsh.kernel.machine.registers import (
    CODE_BITS,
    DWARF_PROGRAM_COUNTER,
    DWARF_RETURN_ADDRESS,
    DWARF_STACK_POINTER,
    VDSO_CALL_RETURN,
    WORD,
)
from simpsh.process import proc
from simpsh.process.proc import HeldMemory
from simpsh.trace.source.debug_lines import DWARF_PROBLEMS, DebugLines, is_of_system
from simpsh.trace.source.elf_file import ElfFile, ElfProblem, Identity, identity_of

_STRUCTS = DWARFStructs(little_endian=True, dwarf_format=32, address_size=WORD)
_LONGEST_ENTRY = 128 << 10
"""The longest entry that is read, since a process is held meanwhile."""
_INDEX_HEADER = struct.Struct("<BBBBiI")
_USUAL_ENCODINGS = (1, 0x1B, 0x03, 0x3B)
"""Version 1; a pointer relative to itself; a 4-byte count; 4-byte pairs relative to the index."""
_ADDRESSES = (1 << 8 * WORD) - 1


class FrameRule(Record):
    """How to find the caller's frame at one address."""

    base: int
    """The register that the canonical frame address is relative to."""
    offset: int
    saved: tuple[tuple[int, int], ...]
    """Registers saved on the stack: number, and offset from the canonical frame address."""
    moved: tuple[tuple[int, int], ...] = ()
    """Registers saved in another register: vfork(2) keeps its return address this way."""


class FrameRules:
    """The call frame information of one file."""

    def __init__(self, file: ElfFile) -> None:
        self._file = file
        self._rules: dict[int, FrameRule | None] = {}

    def at(self, address: int) -> FrameRule | None:
        """Return the rule for an address of the file; None if no rule leads to a caller."""
        if address not in self._rules:
            try:
                firsts, entries = self._index
                index = bisect_right(firsts, address) - 1
                entry = self._entry(entries[index]) if index >= 0 else None
                self._rules[address] = (
                    _rule(entry, address) if entry and _covers(entry, address) else None
                )
            except DWARF_PROBLEMS:
                self._rules[address] = None
        return self._rules[address]

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
        addresses = [span.address + value for value in pairs]
        return addresses[0::2], addresses[1::2]

    def _entry(self, address: int) -> FDE | None:
        """Read the entry at an address, and its common entry."""
        length, distance = struct.unpack("<II", self._file.bytes_at(address, 8))
        common_at = address + 4 - distance
        (common_length,) = struct.unpack("<I", self._file.bytes_at(common_at, 4))
        if max(length, common_length) > _LONGEST_ENTRY:
            raise ElfProblem("a frame entry that is too long")
        common = self._file.bytes_at(common_at, 4 + common_length)
        entry = self._file.bytes_at(address, 4 + length)
        # Joined, the two are a complete section; addresses in them are relative to their position.
        moved = entry[:4] + struct.pack("<I", len(common) + 4) + entry[8:]
        section, start = common + moved, address - len(common)
        is_eh = True
        information = CallFrameInfo(BytesIO(section), len(section), start, _STRUCTS, is_eh)
        last = information.get_entries()[-1]
        return last if isinstance(last, FDE) else None


def _covers(entry: FDE, address: int) -> bool:
    first: int = entry["initial_location"] & _ADDRESSES
    size: int = entry["address_range"]
    return first <= address < first + size


def _rule(entry: FDE, address: int) -> FrameRule | None:
    table = entry.get_decoded().table
    first: int = entry["initial_location"]
    index = bisect_right([row["pc"] - first for row in table], address - (first & _ADDRESSES)) - 1
    if index < 0:
        return None
    row = table[index]
    cfa = row["cfa"]
    rules = [(number, rule) for number, rule in row.items() if isinstance(number, int)]
    saved = tuple((number, rule.arg) for number, rule in rules if rule.type == RegisterRule.OFFSET)
    moved = tuple(
        (number, rule.arg) for number, rule in rules if rule.type == RegisterRule.REGISTER
    )
    kinds = RegisterRule.OFFSET, RegisterRule.REGISTER, RegisterRule.SAME_VALUE
    # The return address of the outermost function is undefined. The kernel's frame for a signal
    # handler ("S") leads to the interrupted function, which did not call the handler.
    assert entry.cie is not None
    is_of_signal = b"S" in entry.cie.header["augmentation"]
    if is_of_signal or cfa.expr is not None or any(rule.type not in kinds for _, rule in rules):
        return None
    return FrameRule(cfa.reg, cfa.offset or 0, saved, moved)


# The mappings of a process.

_MOST_BYTES = 256 << 20


class MappedFile:
    """A program or a library, with the information about its code."""

    def __init__(self, file: ElfFile) -> None:
        self.file = file
        self.rules = FrameRules(file)

    @cached_property
    def lines(self) -> DebugLines | None:
        """Its debug information; None if it has none."""
        return DebugLines(self.file) if self.file.headers.has_lines else None


_files: dict[tuple[Identity, str], MappedFile | None] = {}
"""Cache of files, by identity and name: the next run mostly has the same C library."""


def prepare(program: str) -> None:
    """Read a program and its debug information before it is executed."""
    file = _map_file(program, os.path.realpath(program))
    if file is not None and file.lines is not None:
        file.lines.end_of("main")


def _map_file(path: str, name: str) -> MappedFile | None:
    """Return a file, read once; None if it cannot be read or is not an ELF file."""
    identity = identity_of(path)
    if identity is None:
        return None
    key = identity, name
    if key not in _files:
        if sum(size for (*_, size), _ in _files) + identity[-1] > _MOST_BYTES:
            # A long exploration copies its program again and again: drop the whole cache.
            _files.clear()
        try:
            _files[key] = MappedFile(ElfFile(path, name))
        except ElfProblem:
            _files[key] = None
        except OSError:
            return None
    return _files[key]


class _Mapping(Record):
    first: int
    end: int
    file: MappedFile
    bias: int
    """The difference between an address in the process and in the file."""


class ProcessImage(Mutable):
    """The program of one process; a forked child gets a copy."""

    is_python: ClassVar[Literal[False]] = False
    pid: int
    program: str
    """The path of its program."""
    born_at: CallSite | None = None
    """The call that made it, for a child of posix_spawn."""
    _mappings: list[_Mapping] = fresh(list)
    _unknown: set[int] = fresh(set)
    """Addresses that were not found."""

    def copied(self, pid: int, born_at: CallSite | None) -> ProcessImage:
        """Return the image of a child that was just made.

        `born_at` is the call that made it, if it does not have its parent's call stack: a child of
        posix_spawn makes all its calls on behalf of that call.
        """
        return ProcessImage(pid, self.program, born_at, self._mappings, set(self._unknown))

    def locate(self, address: int) -> tuple[MappedFile, int] | None:
        """Return the file mapped at an address, and the address in it; None if there is none."""
        mapping = self._at(address)
        if mapping is None and address not in self._unknown:
            self._mappings = list(self._read_maps())
            mapping = self._at(address)
            if mapping is None:
                self._unknown.add(address)
        return (mapping.file, address - mapping.bias) if mapping is not None else None

    @property
    def main_file(self) -> MappedFile | None:
        """The program itself."""
        files = (mapping.file for mapping in self._mappings)
        return next((file for file in files if file.file.name == self.program), None)

    def _at(self, address: int) -> _Mapping | None:
        index = bisect_right(self._mappings, address, key=lambda mapping: mapping.first) - 1
        if index >= 0 and address < self._mappings[index].end:
            return self._mappings[index]
        return None

    def _read_maps(self) -> list[_Mapping]:
        mappings = []
        for region in proc.memory_regions(self.pid):
            if "x" not in region.permissions or not region.name.startswith("/"):
                continue
            link = "exe" if region.name == self.program else f"root{region.name}"
            file = _map_file(f"/proc/{self.pid}/{link}", region.name)
            address = file.file.at_offset(region.offset) if file is not None else None
            if file is not None and address is not None:
                mappings.append(_Mapping(region.first, region.end, file, region.first - address))
        return mappings

    def is_own(self, file: MappedFile) -> bool:
        """Return whether a file belongs to the program, not to the system's libraries."""
        return file.file.name == self.program or not is_of_system(file.file.name)


# From the registers outwards.

MOST_FRAMES = 64

_HAS_LINK_REGISTER = DWARF_RETURN_ADDRESS != DWARF_PROGRAM_COUNTER
_CALL = struct.Struct("<Bi")
_CALL_OPCODE, _LONGEST_LEAF = 0xE8, 128
_LEAF = FrameRule(DWARF_STACK_POINTER, WORD, ((DWARF_RETURN_ADDRESS, -WORD),))
# On 32-bit x86 the vDSO makes the call, after it has pushed three registers: %ecx, %edx, %ebp,
# given by their DWARF numbers.
_IN_VDSO = FrameRule(
    DWARF_STACK_POINTER, 16, ((DWARF_RETURN_ADDRESS, -4), (1, -8), (2, -12), (5, -16))
)


def frames(
    registers: list[int], memory: HeldMemory, image: ProcessImage, *, is_in_call: bool
) -> Iterator[tuple[MappedFile, int]]:
    """Yield the frames of a thread, innermost first: the file, and the address in it.

    The address is inside the instruction that was being executed; for a call it is the last byte.
    The registers are in DWARF order, with the program counter last; `is_in_call`: the thread is at
    the end of a system call instruction.
    """
    has_called = is_in_call
    if is_in_call and VDSO_CALL_RETURN:
        following = memory.bytes_at(registers[DWARF_PROGRAM_COUNTER], len(VDSO_CALL_RETURN))
        if following == VDSO_CALL_RETURN:
            registers = _caller(registers, memory, _IN_VDSO)
    for depth in range(MOST_FRAMES):
        located = image.locate(registers[DWARF_PROGRAM_COUNTER])
        if located is None:
            return
        file, address = located
        address -= has_called
        yield file, address
        try:
            rule = file.rules.at(address)
            if rule is None and depth == 0 and is_in_call:
                rule = _rule_of_leaf(registers, memory, image)
            if rule is None:
                return
            saved = {number for number, _ in (*rule.saved, *rule.moved)}
            is_in_register = _HAS_LINK_REGISTER and DWARF_RETURN_ADDRESS not in saved
            # Only the innermost function may still have its return address in a register.
            if depth > 0 and is_in_register:
                return
            caller = _caller(registers, memory, rule)
        except DWARF_PROBLEMS:
            return
        # A stack grows down.
        if caller[DWARF_STACK_POINTER] < registers[DWARF_STACK_POINTER]:
            return
        registers, has_called = caller, True


def _rule_of_leaf(
    registers: list[int], memory: HeldMemory, image: ProcessImage
) -> FrameRule | None:
    """Return a rule for a function that has none and was just called; None for any other.

    The C library's clone(2) has no rule, since the child returns on another stack. A function was
    just called if the top of the stack is the return address of a call to it.
    """
    if _HAS_LINK_REGISTER:
        return None
    caller = image.locate(memory.word_at(registers[DWARF_STACK_POINTER]))
    if caller is None:
        return None
    file, behind_call = caller
    opcode, distance = _CALL.unpack(file.file.bytes_at(behind_call - _CALL.size, _CALL.size))
    target = memory.word_at(registers[DWARF_STACK_POINTER]) + distance
    called = registers[DWARF_PROGRAM_COUNTER] - target
    if opcode != _CALL_OPCODE or not 0 <= called < _LONGEST_LEAF:
        return None
    return _LEAF


def _caller(registers: list[int], memory: HeldMemory, rule: FrameRule) -> list[int]:
    cfa = registers[rule.base] + rule.offset & _ADDRESSES
    caller = [*registers]
    caller[DWARF_STACK_POINTER] = cfa
    for number, offset in rule.saved:
        caller[number] = memory.word_at(cfa + offset & _ADDRESSES)
    for number, other in rule.moved:
        caller[number] = registers[other]
    caller[DWARF_PROGRAM_COUNTER] = caller[DWARF_RETURN_ADDRESS] & CODE_BITS
    return caller
