"""Where the next instruction of a stopped process uses memory.

Of x86-64, enough is read of an instruction to find its address: prefixes, the code of the
operation, ModRM, SIB and displacement. Its uses of the stack by push, pop, call and ret are left
out. See the Intel 64 Software Developer's Manual, volume 2, chapter 2. For aarch64 see
arm_memory_use.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from simpsh.base.record import Record
from simpsh.kernel.machine import arm_memory_use
from simpsh.kernel.machine.memory_access import intel_access_of
from simpsh.kernel.machine.registers import (
    PROGRAM_COUNTER,
    SEGMENT_BASES,
    STACK_POINTER,
    in_instruction_order,
)
from simpsh.kernel.machine.syscall_table import ARCHITECTURE


class MemoryOperand(Record):
    """A place in memory that an instruction uses."""

    address: int
    width: int
    """In bytes; of an instruction that is hardly known, rather too many."""
    writes: bool
    """Whether it may change what is there."""


_PREFIXES = frozenset(b"\x66\xf2\xf3\xf0\x2e\x36\x3e\x26\x64\x65")
_OTHER_ADDRESSES, _OPERAND, _EVEX = 0x67, 0x66, 0x62
_ESCAPE, _VEX_2, _VEX_3, _JUMPS, _LEA = 0x0F, 0xC5, 0xC4, 0xFF, 0x8D
_ALU_LAST = 0x3F
_WITH_FORM = frozenset(
    (0x63, 0x69, 0x6B, *range(0x80, 0x90), 0xC0, 0xC1, 0xC6, 0xC7, *range(0xD0, 0xD4))
) | frozenset((*range(0xD8, 0xE0), 0xF6, 0xF7, 0xFE, 0xFF))
_LONG_WITHOUT_FORM = frozenset(
    (*range(5, 0xC), 0xE, *range(0x30, 0x38), 0x77, *range(0x80, 0x90), 0xA0, 0xA1, 0xA2)
) | frozenset((0xA8, 0xA9, 0xAA, *range(0xC8, 0xD0)))
# Hints, and instructions that do nothing.
_LONG_UNUSED = frozenset((0x0D, *range(0x18, 0x20)))
_BYTE_AT_END = frozenset((0x6B, 0x80, 0x82, 0x83, 0xC0, 0xC1, 0xC6))
_WORD_AT_END = frozenset((0x69, 0x81, 0xC7))
_LONG_BYTE_AT_END = frozenset((*range(0x70, 0x74), 0xA4, 0xAC, 0xBA, 0xC2, 0xC4, 0xC5, 0xC6))
# By the code of an operation on strings: the registers that point, and whether it writes there.
_SOURCE, _TARGET, _BASE = 6, 7, 3
_STRINGS = {
    0xA4: ((_SOURCE, False), (_TARGET, True)),
    0xA6: ((_SOURCE, False), (_TARGET, False)),
    0xAA: ((_TARGET, True),),
    0xAC: ((_SOURCE, False),),
    0xAE: ((_TARGET, False),),
}
_TRANSLATE, _AT_ADDRESSES = 0xD7, range(0xA0, 0xA4)
_WIDE, _WIDEST, _GATHERS = 16, 64, range(0x90, 0x94)
_PARTIAL = frozenset((*range(0x20, 0x26), *range(0x30, 0x36)))
_BROADCASTS = {0x78: 1, 0x79: 2, 0x58: 4, 0x59: 8}
_SCALARS = frozenset((0x10, 0x11, *range(0x51, 0x60)))
_ALL = 2**64 - 1


def operands_of(code: bytes, values: Sequence[int]) -> tuple[MemoryOperand, ...] | None:
    """Return where an instruction uses memory; None if that cannot be told."""
    if ARCHITECTURE == "aarch64":
        return _arm_operands_of(code, values)
    try:
        return _Instruction(code, values).operands()
    except IndexError:
        return None


def _arm_operands_of(code: bytes, values: Sequence[int]) -> tuple[MemoryOperand, ...] | None:
    use = arm_memory_use.first_use(code)
    if use is None:
        return None
    # These two registers are the linker's, between a call and its function: so a table is read that
    # says where the function is, see the Procedure Call Standard for the Arm 64-bit Architecture.
    if not use.width or (use.base, use.loaded) == (16, 17):
        return ()
    address = use.address(
        in_instruction_order(values), values[PROGRAM_COUNTER], values[STACK_POINTER]
    )
    return (MemoryOperand(address, use.width, use.writes),)


class _Instruction:
    """One instruction, and the registers that it finds."""

    def __init__(self, code: bytes, values: Sequence[int]) -> None:
        self._code, self._values = code, values
        self._registers = in_instruction_order(values)
        place, self._segment, self._is_small = 0, 0, False
        while code[place] in _PREFIXES:
            self._is_small = self._is_small or code[place] == _OPERAND
            self._segment = SEGMENT_BASES.get(code[place], self._segment)
            place += 1
        self._rex, self._scale = 0, 1
        if code[place] >> 4 == 4:
            self._rex = code[place]
            place += 1
        self._place = place
        """Of the code of the operation, then of what follows it."""
        self._others: dict[int, Callable[[], tuple[MemoryOperand, ...] | None]] = {
            _ESCAPE: self._long,
            _VEX_2: partial(self._of_vectors, _VEX_2),
            _VEX_3: partial(self._of_vectors, _VEX_3),
            _EVEX: self._of_wide_vectors,
        }

    def operands(self) -> tuple[MemoryOperand, ...] | None:
        code = self._code[self._place]
        self._place += 1
        if code == _OTHER_ADDRESSES:
            return None
        if code in self._others:
            return self._others[code]()
        if code in _WITH_FORM or (code <= _ALU_LAST and code & 7 < 4):
            return self._short(code)
        if code & ~1 in _STRINGS:
            width = self._width if code & 1 else 1
            pointed = _STRINGS[code & ~1]
            return tuple(
                MemoryOperand(self._registers[register], width, how) for register, how in pointed
            )
        if code in _AT_ADDRESSES:
            address = int.from_bytes(self._code[self._place : self._place + 8], "little")
            return (MemoryOperand(self._base + address & _ALL, 8, code >= 0xA2),)
        if code == _TRANSLATE:
            address = self._registers[_BASE] + (self._registers[0] & 0xFF)
            return (MemoryOperand(address, 1, writes=False),)
        return ()

    @property
    def _base(self) -> int:
        return self._values[self._segment] if self._segment else 0

    @property
    def _width(self) -> int:
        if self._rex & 8:
            return 8
        return 2 if self._is_small else 4

    def _short(self, code: int) -> tuple[MemoryOperand, ...]:
        behind = 0
        if code in _BYTE_AT_END:
            behind = 1
        elif code in _WORD_AT_END:
            behind = 2 if self._is_small else 4
        elif code in (0xF6, 0xF7) and self._group < 2:
            behind = 1 if code == 0xF6 else min(self._width, 4)
        # To jump to what a table says is what calls of libraries do.
        if code == _LEA or (code == _JUMPS and self._group in (4, 5)):
            return ()
        return self._with_form(behind)

    @property
    def _group(self) -> int:
        return self._code[self._place] >> 3 & 7

    def _long(self) -> tuple[MemoryOperand, ...]:
        code = self._code[self._place]
        self._place += 1
        if code in (0x38, 0x3A):
            self._place += 1
            return self._with_form(int(code == 0x3A), _WIDE)
        if code in _LONG_WITHOUT_FORM | _LONG_UNUSED:
            return ()
        return self._with_form(int(code in _LONG_BYTE_AT_END), _WIDE)

    def _of_vectors(self, first: int) -> tuple[MemoryOperand, ...] | None:
        described = ~self._code[self._place]
        maps = 1
        self._rex = described >> 5 & 4
        if first == _VEX_3:
            maps = self._code[self._place] & 31
            self._rex = described >> 5 & 7
            self._place += 1
        code = self._code[self._place + 1]
        self._place += 2
        if maps == 2 and code in _GATHERS:
            return None
        if maps == 1 and code == 0x77:
            return ()
        ends_with_byte = maps == 3 or (maps == 1 and code in _LONG_BYTE_AT_END)
        return self._with_form(int(ends_with_byte), _WIDEST)

    def _of_wide_vectors(self) -> tuple[MemoryOperand, ...] | None:
        """Return what an operation of AVX-512 uses; short displacements count in its width."""
        first, second, third, code = self._code[self._place : self._place + 4]
        maps, is_wide = first & 7, bool(second & 0x80)
        self._rex = ~first >> 5 & 7
        self._place += 4
        if maps == 2 and (code in _GATHERS or code in _PARTIAL):
            return None
        if third & 0x10:
            self._scale = 8 if is_wide else 4
        elif maps == 2 and code in _BROADCASTS:
            self._scale = _BROADCASTS[code]
        elif maps == 1 and code in _SCALARS and second & 2:
            self._scale = 8 if is_wide else 4
        else:
            self._scale = 16 << (third >> 5 & 3)
        ends_with_byte = maps == 3 or (maps == 1 and code in _LONG_BYTE_AT_END)
        return self._with_form(int(ends_with_byte), _WIDEST)

    def _with_form(self, behind: int, width: int = 0) -> tuple[MemoryOperand, ...]:
        """Return the place that ModRM says; `behind` are the bytes that follow the displacement."""
        form = self._code[self._place]
        kind, low = form >> 6, form & 7
        if kind == 3:
            return ()
        self._place += 1
        if low == 4:
            address, low = self._with_index(kind)
        elif low == 5 and kind == 0:
            # Relative to the next instruction.
            displacement = self._displacement(4)
            address = displacement + self._values[PROGRAM_COUNTER] + self._place + behind
        else:
            address = self._registers[low | (self._rex & 1) << 3]
        if kind:
            address += self._displacement(1) * self._scale if kind == 1 else self._displacement(4)
        access = intel_access_of(self._code)
        if access is None:
            return (MemoryOperand(self._base + address & _ALL, width or _WIDE, writes=True),)
        return (MemoryOperand(self._base + address & _ALL, access.width, access.writes),)

    def _with_index(self, kind: int) -> tuple[int, int]:
        both = self._code[self._place]
        self._place += 1
        base, index = both & 7, both >> 3 & 7 | (self._rex & 2) << 2
        address = 0
        if index != 4:
            address = self._registers[index] << (both >> 6)
        if base == 5 and kind == 0:
            return address + self._displacement(4), base
        return address + self._registers[base | (self._rex & 1) << 3], base

    def _displacement(self, count: int) -> int:
        data = self._code[self._place : self._place + count]
        self._place += count
        return int.from_bytes(data, "little", signed=True)
