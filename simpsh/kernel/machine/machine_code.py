"""Targets of calls and jumps in machine code of x86-64 and aarch64.

Decodes only what compilers and linkers write between functions: direct calls and jumps, calls
through a register or memory, and entries of the procedure linkage table, through which a program
calls functions of shared libraries. See the architectures' manuals for the encodings.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from simpsh.kernel.machine.syscall_table import ARCHITECTURE

NO_CALL, CALL_OF_VALUE = 0, -1
"""Results of call_before(): no call, or a call with a computed target."""


class IntelCode:
    """x86-64."""

    longest_call = 7
    """The longest call, in bytes."""
    # endbr64, bnd, then a jump through memory relative to the instruction pointer.
    longest_entry = 11
    """The longest entry of the procedure linkage table, in bytes."""
    _entry = re.compile(rb"(?:\xf3\x0f\x1e\xfa)?\xf2?\xff\x25(....)", re.DOTALL)
    _direct = re.compile(rb".*\xe8(....)$", re.DOTALL)
    _indirect = re.compile(
        rb".*(?:\xff[\x10-\x17\xd0-\xd7]|\xff[\x50-\x57].|\xff[\x90-\x97]....)$", re.DOTALL
    )
    # call rel32, and call through memory relative to the instruction pointer; jmp rel32.
    _call = re.compile(rb"(?=(?:\xe8|(\xff\x15))(....))", re.DOTALL)
    _jump = re.compile(rb"(?=\xe9(....))", re.DOTALL)

    def call_before(self, code: bytes, address: int) -> int:
        """Return the target of the call that ends at an address, or one of the constants."""
        direct = self._direct.match(code)
        if direct is not None:
            return address + _signed(direct[1])
        return CALL_OF_VALUE if self._indirect.match(code) is not None else NO_CALL

    def linkage_place(self, code: bytes, address: int) -> int:
        """Return the address of the pointer that a linkage table entry jumps through, or -1."""
        entry = self._entry.match(code)
        return -1 if entry is None else address + entry.end() + _signed(entry[1])

    def calls(self, code: bytes, address: int) -> Iterator[tuple[int, bool]]:
        """Yield possible call targets, and whether the target is the address of a pointer."""
        for call in self._call.finditer(code):
            yield address + call.end(2) + _signed(call[2]), call[1] is not None

    def jumps(self, code: bytes, address: int) -> Iterator[int]:
        """Yield the possible targets of jumps out of a function."""
        for jump in self._jump.finditer(code):
            yield address + jump.end(1) + _signed(jump[1])


class ArmCode:
    """aarch64."""

    longest_call = 4
    # bti c, then adrp x16, ldr x17 from there, add x16, br x17.
    longest_entry = 20
    _bti = 0xD503245F
    _branch, _branch_with_link = 0b000101, 0b100101

    def call_before(self, code: bytes, address: int) -> int:
        """See IntelCode.call_before()."""
        word = int.from_bytes(code[-4:], "little")
        if word >> 26 == self._branch_with_link:
            return address - 4 + self._distance(word)
        # blr, and blraaz, which authenticates the pointer first.
        is_computed = word & 0xFFFFFC1F == 0xD63F0000 or word & 0xFFFFF800 == 0xD63F0800
        return CALL_OF_VALUE if is_computed else NO_CALL

    def linkage_place(self, code: bytes, address: int) -> int:
        """See IntelCode.linkage_place()."""
        words: tuple[int, ...] = struct.unpack(f"<{len(code) // 4}I", code[: len(code) // 4 * 4])
        if words[:1] == (self._bti,):
            words, address = words[1:], address + 4
        if len(words) < 2:
            return -1
        page, load = words[:2]
        if page & 0x9F00001F != 0x90000010 or load & 0xFFC003FF != 0xF9400211:
            return -1
        pages = (page >> 5 & 0x7FFFF) << 2 | page >> 29 & 3
        pages -= (pages & 1 << 20) << 1
        return (address & ~0xFFF) + (pages << 12) + (load >> 10 & 0xFFF) * 8

    def calls(self, code: bytes, address: int) -> Iterator[tuple[int, bool]]:
        """See IntelCode.calls()."""
        for target in self._branches(code, address, self._branch_with_link):
            yield target, False

    def jumps(self, code: bytes, address: int) -> Iterator[int]:
        """See IntelCode.jumps()."""
        return self._branches(code, address, self._branch)

    def _branches(self, code: bytes, address: int, kind: int) -> Iterator[int]:
        for offset in range(0, len(code) - 3, 4):
            (word,) = struct.unpack_from("<I", code, offset)
            if word >> 26 == kind:
                yield address + offset + self._distance(word)

    def _distance(self, word: int) -> int:
        value = word & 0x3FFFFFF
        return (value - ((value & 1 << 25) << 1)) * 4


def _signed(code: bytes) -> int:
    return int.from_bytes(code, "little", signed=True)


MACHINE: IntelCode | ArmCode = ArmCode() if ARCHITECTURE == "aarch64" else IntelCode()
"""The decoder for this machine."""
