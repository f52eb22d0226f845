"""The memory used by the next instruction of a stopped process; x86-64 only.

This module decodes only prefixes, opcode, ModRM, SIB and displacement, and the field that selects
an operation of a group. It ignores the stack accesses of push, pop, call and ret, and reads of the
tables for library calls. See the Intel 64 Software Developer's Manual,
volume 2, chapter 2 and appendix A; and volume 3, "Guaranteed Atomic Operations". Disassemblers such
as capstone have no pure Python wheel, so simpsh.pyz could not contain them.
"""

from __future__ import annotations

from collections.abc import Sequence

from simpsh.base.record import Record, changed
from simpsh.kernel.machine import registers
from simpsh.kernel.machine.registers import PROGRAM_COUNTER
from simpsh.kernel.machine.syscall_table import ARCHITECTURE

IS_KNOWN = ARCHITECTURE == "x86_64"
"""Whether this machine's instructions can be decoded."""
LONGEST_INSTRUCTION = 15
GENERAL_REGISTERS = (10, 11, 12, 5, 19, 4, 13, 14, 9, 8, 7, 6, 3, 2, 1, 0)
"""Indices of the registers that instructions number, in the list of registers.getregs()."""
SEGMENT_BASES = {0x64: 21, 0x65: 22}
"""Indices of the segment bases, by prefix."""
COUNTER = 32
"""A value of `base`: the address of the instruction itself."""
NO_REGISTER = -1
_ALL = 2**64 - 1
_WIDEST_ATOMIC, _CACHE_LINE = 16, 64


class MemoryUse(Record):
    """One memory operand of an instruction."""

    reads: bool
    writes: bool
    width: int
    """In bytes; an upper bound if the instruction is not fully known."""
    base: int
    """The base register; or COUNTER or NO_REGISTER."""
    displacement: int = 0
    index: int = NO_REGISTER
    """The index register."""
    shift: int = 0
    is_locked: bool = False
    """Whether reading and writing are one atomic operation."""
    loaded: int = NO_REGISTER
    """The general register, if the instruction only loads it, with zero extension."""
    length: int = 0
    """The instruction's length in bytes; only set if it loads a register."""
    segment: int = NO_REGISTER
    """The index of a segment base to add."""
    is_known: bool = True
    """Whether the operation is known; otherwise it may do anything."""

    def address(self, values: Sequence[int]) -> int:
        """Return the address that is used, given the registers."""
        address = self.displacement
        if self.base == COUNTER:
            address += values[PROGRAM_COUNTER]
        elif self.base != NO_REGISTER:
            address += values[GENERAL_REGISTERS[self.base]]
        if self.index != NO_REGISTER:
            address += values[GENERAL_REGISTERS[self.index]] << self.shift
        if self.segment != NO_REGISTER:
            address += values[self.segment]
        return address & _ALL

    def is_atomic(self, address: int) -> bool:
        """Return whether other processors see the whole access or nothing."""
        is_whole = address % _CACHE_LINE + self.width <= _CACHE_LINE
        if self.width > _WIDEST_ATOMIC // 2:
            is_whole = address % self.width == 0
        return is_whole and self.width <= _WIDEST_ATOMIC


_PREFIXES = frozenset(b"\x66\xf2\xf3\xf0\x2e\x36\x3e\x26\x64\x65\x67")
_SHORT_OPERAND, _SHORT_ADDRESS, _REPEAT, _REPEAT_NOT, _LOCK = 0x66, 0x67, 0xF3, 0xF2, 0xF0
_ESCAPE, _VEX_2, _VEX_3, _EVEX = 0x0F, 0xC5, 0xC4, 0x62
_OF_VEX = ((), (_SHORT_OPERAND,), (_REPEAT,), (_REPEAT_NOT,))
# Tables of opcodes: without an escape, after 0F, after 0F 38, after 0F 3A.
_ONE_BYTE, _TWO_BYTES, _SECOND, _THIRD = range(4)

# Kind of access and width in bytes; 0 for the operand's width.
_LOADS, _STORES, _UPDATES, _LOCKS = "loads", "stores", "updates", "locks"
_Access = tuple[str, int]
_SHORT: dict[int, _Access] = {
    # add, or, adc, sbb, and, sub, xor; and cmp, which only reads.
    **dict.fromkeys(range(0x00, 0x38, 8), (_UPDATES, 1)),
    **dict.fromkeys(range(0x01, 0x38, 8), (_UPDATES, 0)),
    **dict.fromkeys((*range(0x02, 0x40, 8), 0x38), (_LOADS, 1)),
    **dict.fromkeys((*range(0x03, 0x40, 8), 0x39), (_LOADS, 0)),
    **dict.fromkeys((0x84, 0x8A), (_LOADS, 1)),
    **dict.fromkeys((0x69, 0x6B, 0x85, 0x8B), (_LOADS, 0)),
    0x63: (_LOADS, 4),
    **dict.fromkeys((0x88, 0xC6), (_STORES, 1)),
    **dict.fromkeys((0x89, 0xC7), (_STORES, 0)),
    0x8F: (_STORES, 8),
    **dict.fromkeys((0xC0, 0xD0, 0xD2, 0xFE), (_UPDATES, 1)),
    **dict.fromkeys((0xC1, 0xD1, 0xD3), (_UPDATES, 0)),
    0x86: (_LOCKS, 1),  # xchg is always locked
    0x87: (_LOCKS, 0),
}
_LONG: dict[int, _Access] = {
    **dict.fromkeys((0xB6, 0xBE), (_LOADS, 1)),
    **dict.fromkeys((0xB7, 0xBF), (_LOADS, 2)),
    **dict.fromkeys((*range(0x40, 0x50), 0x2A, 0xA3, 0xAF, 0xB8, 0xBC, 0xBD), (_LOADS, 0)),
    **dict.fromkeys(range(0x90, 0xA0), (_STORES, 1)),
    0xC3: (_STORES, 0),
    **dict.fromkeys((0xB0, 0xC0), (_UPDATES, 1)),
    **dict.fromkeys((0xA4, 0xA5, 0xAB, 0xAC, 0xAD, 0xB1, 0xB3, 0xBB, 0xC1), (_UPDATES, 0)),
}
# Maps an opcode to group fields, the access if the field is one of them, and the access otherwise.
_GROUPS: dict[tuple[int, int], tuple[tuple[int, ...], _Access, _Access]] = {
    (_ONE_BYTE, 0x80): ((7,), (_LOADS, 1), (_UPDATES, 1)),
    (_ONE_BYTE, 0x81): ((7,), (_LOADS, 0), (_UPDATES, 0)),
    (_ONE_BYTE, 0x83): ((7,), (_LOADS, 0), (_UPDATES, 0)),
    (_ONE_BYTE, 0xF6): ((2, 3), (_UPDATES, 1), (_LOADS, 1)),
    (_ONE_BYTE, 0xF7): ((2, 3), (_UPDATES, 0), (_LOADS, 0)),
    (_ONE_BYTE, 0xFF): ((0, 1), (_UPDATES, 0), (_LOADS, 8)),
    (_TWO_BYTES, 0xBA): ((4,), (_LOADS, 0), (_UPDATES, 0)),
}
_LEA, _JUMPS, _TRANSLATE, _MOVE = 0x8D, 0xFF, 0xD7, 0x8B
# Opcodes with a ModRM byte, but of unknown effect.
_WITH_FORM = frozenset((0x82, 0x8C, _LEA, 0x8E, *range(0xD8, 0xE0)))
_LONG_WITHOUT_FORM = frozenset(
    (*range(5, 0xC), 0xE, *range(0x30, 0x38), 0x77, *range(0x80, 0x90), *range(0xA0, 0xA3))
) | frozenset((*range(0xA8, 0xAB), *range(0xC8, 0xD0)))
# Hints and no-ops.
_LONG_UNUSED = frozenset((0x0D, *range(0x18, 0x20)))
_BYTE_AT_END = frozenset((0x6B, 0x80, 0x82, 0x83, 0xC0, 0xC1, 0xC6))
_WORD_AT_END = frozenset((0x69, 0x81, 0xC7))
_LONG_BYTE_AT_END = frozenset((*range(0x70, 0x74), 0xA4, 0xAC, 0xBA, 0xC2, 0xC4, 0xC5, 0xC6))
# String operations: pointer registers, and whether they write there.
_SOURCE, _TARGET = 6, 7
_STRINGS = {
    0xA4: ((_SOURCE, False), (_TARGET, True)),
    0xA6: ((_SOURCE, False), (_TARGET, False)),
    0xAA: ((_TARGET, True),),
    0xAC: ((_SOURCE, False),),
    0xAE: ((_TARGET, False),),
}
_AT_ADDRESSES = range(0xA0, 0xA4)
_VECTOR, _WIDEST, _GATHERS, _ZERO_UPPER = 16, 64, range(0x90, 0x94), 0x77
_VECTOR_STORES = frozenset((0x11, 0x29, 0x2B, 0x7F, 0xE7))
_SCALARS = frozenset((0x10, 0x11, *range(0x51, 0x60)))
_HALF_LOADS, _HALF_STORES = frozenset((0x12, 0x16)), frozenset((0x13, 0x17))
_PARTIAL = frozenset((*range(0x20, 0x26), *range(0x30, 0x36)))
_BROADCASTS = {0x78: 1, 0x79: 2, 0x58: 4, 0x59: 8}


def uses_of(code: bytes) -> tuple[MemoryUse, ...] | None:
    """Return the memory uses of the instruction at the beginning of some code.

    None if the memory that it uses is unknown.

    >>> [use] = uses_of(bytes.fromhex("f0480fb111"))  # lock cmpxchg %rdx,(%rcx)
    >>> use.reads, use.writes, use.width, use.is_locked, use.base
    (True, True, 8, True, 1)
    >>> uses_of(bytes.fromhex("488d4708"))  # lea 8(%rdi),%rax
    ()
    """
    try:
        return _Instruction(code).uses()
    except IndexError:
        return None


def access_of(code: bytes) -> MemoryUse | None:
    """Return the single known memory use of the instruction at the beginning of some code."""
    uses = uses_of(code)
    return uses[0] if uses and len(uses) == 1 and uses[0].is_known else None


def finish_load(pid: int, load: MemoryUse, value: int) -> None:
    """Complete a load: set the register and advance the program counter."""
    values = registers.getregs(pid)
    values[GENERAL_REGISTERS[load.loaded]] = value
    values[PROGRAM_COUNTER] += load.length
    registers.setregs(pid, values)


class _Instruction:
    def __init__(self, code: bytes) -> None:
        self._bytes = code
        position = 0
        self._segment = NO_REGISTER
        while code[position] in _PREFIXES:
            self._segment = SEGMENT_BASES.get(code[position], self._segment)
            position += 1
        self._prefixes = frozenset(code[:position])
        self._rex = 0
        if code[position] >> 4 == 4:
            self._rex = code[position]
            position += 1
        self._vector = 0
        """The width of vectors, if the encoding has it."""
        self._scale = 1
        """The unit of a displacement of one byte."""
        self._table, first = _ONE_BYTE, code[position]
        if first == _ESCAPE:
            self._table = {0x38: _SECOND, 0x3A: _THIRD}.get(code[position + 1], _TWO_BYTES)
            position += 1 if self._table == _TWO_BYTES else 2
        elif first in (_VEX_2, _VEX_3, _EVEX):
            self._take_vector_prefix(first, position)
            position += {_VEX_2: 2, _VEX_3: 3, _EVEX: 4}[first]
        self._code = code[position]
        self._form = position + 1
        """The position of ModRM."""
        if first == _EVEX:
            self._scale = self._unit(*code[position - 2 : position])

    def _take_vector_prefix(self, first: int, position: int) -> None:
        """Decode the prefix of AVX, in two or three bytes, or of AVX-512."""
        described = self._bytes[position + 1]
        last = described if first == _VEX_2 else self._bytes[position + 2]
        self._table, self._rex = _TWO_BYTES, ~described >> 5 & 4
        if first != _VEX_2:
            self._table = described & (31 if first == _VEX_3 else 7)
            self._rex = ~described >> 5 & 7 | last >> 4 & 8
        self._vector = 32 if last & 4 else 16
        if first == _EVEX:
            self._vector = 16 << (self._bytes[position + 3] >> 5 & 3)
        self._prefixes = frozenset(_OF_VEX[last & 3])

    def _unit(self, second: int, third: int) -> int:
        """Return the unit of a one-byte displacement in an instruction of AVX-512."""
        is_scalar = self._table == _TWO_BYTES and self._code in _SCALARS and second & 2
        if third & 0x10 or is_scalar:
            return 8 if second & 0x80 else 4
        if self._table == _SECOND and self._code in _BROADCASTS:
            return _BROADCASTS[self._code]
        return self._vector

    def uses(self) -> tuple[MemoryUse, ...] | None:
        table, code = self._table, self._code
        is_scattered = self._vector and table == _SECOND and code in _GATHERS
        # AVX-512 scales displacements; some instructions by parts of a vector.
        is_partial = self._scale > 1 and table == _SECOND and code in _PARTIAL
        if _SHORT_ADDRESS in self._prefixes or is_scattered or is_partial:
            return None
        if table == _ONE_BYTE and code & ~1 in _STRINGS:
            width = self._width if code & 1 else 1
            return tuple(
                MemoryUse(not writes, writes, width, register, segment=self._segment)
                for register, writes in _STRINGS[code & ~1]
            )
        if table == _ONE_BYTE and code in _AT_ADDRESSES:
            address = int.from_bytes(self._bytes[self._form : self._form + 8], "little")
            writes, width = code >= 0xA2, self._width if code & 1 else 1
            use = MemoryUse(not writes, writes, width, NO_REGISTER, address, segment=self._segment)
            return (use,)
        if (table, code) == (_ONE_BYTE, _TRANSLATE):
            return None
        is_jump = (table, code) == (_ONE_BYTE, _JUMPS) and self._group in (4, 5)
        is_lea = (table, code) == (_ONE_BYTE, _LEA)
        return self._with_form() if self._has_form and not is_lea and not is_jump else ()

    @property
    def _has_form(self) -> bool:
        table, code = self._table, self._code
        if table == _ONE_BYTE:
            return code in _SHORT or code in _WITH_FORM or (table, code) in _GROUPS
        if self._vector:
            return (table, code) != (_TWO_BYTES, _ZERO_UPPER)
        return table != _TWO_BYTES or code not in _LONG_WITHOUT_FORM | _LONG_UNUSED

    @property
    def _width(self) -> int:
        """The width of the operand in bytes."""
        if self._rex & 8:
            return 8
        return 2 if _SHORT_OPERAND in self._prefixes else 4

    @property
    def _group(self) -> int:
        """The field that selects an operation of a group."""
        return self._bytes[self._form] >> 3 & 7

    def _with_form(self) -> tuple[MemoryUse, ...]:
        """Return the memory use given by ModRM; empty if it names a register."""
        form = self._bytes[self._form]
        kind, base, index, shift = form >> 6, form & 7, NO_REGISTER, 0
        if kind == 3:
            return ()
        position = self._form + 1
        if base == 4:
            both = self._bytes[position]
            position += 1
            base, index, shift = both & 7, both >> 3 & 7 | (self._rex & 2) << 2, both >> 6
            index = NO_REGISTER if index == 4 else index
        has_base = base != 5 or kind != 0
        count = 1 if kind == 1 else 4 if kind == 2 or not has_base else 0
        displacement = int.from_bytes(
            self._bytes[position : position + count], "little", signed=True
        )
        displacement *= self._scale if kind == 1 else 1
        position += count
        register = base | (self._rex & 1) << 3
        if not has_base:
            # Relative to the next instruction, unless there is an index.
            is_relative = form & 7 == 5
            register = COUNTER if is_relative else NO_REGISTER
            displacement += position + self._immediate_size() if is_relative else 0
        access = self._access()
        is_known = access is not None
        effect, width = access or (_UPDATES, _WIDEST if self._vector else _VECTOR)
        is_plain_load = (self._table, self._code) == (_ONE_BYTE, _MOVE) and not self._prefixes
        use = MemoryUse(
            effect != _STORES, effect != _LOADS, width or self._width, register, displacement,
            index=index,
            shift=shift,
            is_locked=effect == _LOCKS or (effect == _UPDATES and _LOCK in self._prefixes),
            segment=self._segment,
            is_known=is_known,
        )  # fmt: skip
        if is_plain_load:
            use = changed(use, loaded=form >> 3 & 7 | (self._rex & 4) << 1, length=position)
        return (use,)

    def _immediate_size(self) -> int:
        """Return how many bytes follow the displacement."""
        if self._table == _TWO_BYTES:
            return int(self._code in _LONG_BYTE_AT_END)
        if self._table != _ONE_BYTE:
            return int(self._table == _THIRD)
        if self._code in _BYTE_AT_END:
            return 1
        if self._code in _WORD_AT_END:
            return min(self._width, 4)
        if self._code in (0xF6, 0xF7) and self._group < 2:
            return 1 if self._code == 0xF6 else min(self._width, 4)
        return 0

    def _access(self) -> _Access | None:
        """Return the kind and width of the access; None if unknown."""
        group = _GROUPS.get((self._table, self._code))
        if group is not None and not self._vector:
            fields, access, other_access = group
            return access if self._group in fields else other_access
        if self._table == _ONE_BYTE:
            return _SHORT.get(self._code)
        if self._table != _TWO_BYTES:
            return (_LOADS, self._vector) if self._vector else None
        if not self._vector:
            if self._code == 0xC7 and self._group == 1:  # cmpxchg8b, cmpxchg16b
                return _UPDATES, 16 if self._rex & 8 else 8
            if self._code == 0x6E:  # movd, movq
                return _LOADS, 8 if self._rex & 8 else 4
            if self._code in _LONG:
                return _LONG[self._code]
        return self._of_vectors(self._vector or _VECTOR)

    def _of_vectors(self, width: int) -> _Access | None:
        code, prefixes = self._code, self._prefixes
        if code in _HALF_LOADS | _HALF_STORES:
            return _LOADS if code in _HALF_LOADS else _STORES, 8
        if code == 0x7E and _REPEAT in prefixes:
            return _LOADS, 8
        if code in (0x7E, 0xD6):
            return _STORES, 8 if code == 0xD6 or self._rex & 8 else 4
        if code in range(0x2C, 0x30):
            return _LOADS, 4 if prefixes.isdisjoint((_REPEAT_NOT, _SHORT_OPERAND)) else 8
        if code in _SCALARS and not prefixes.isdisjoint((_REPEAT, _REPEAT_NOT)):
            width = 4 if _REPEAT in prefixes else 8
        if code in _VECTOR_STORES:
            return _STORES, width
        is_vector = 0x10 <= code <= 0x17 or 0x28 <= code <= 0x2F or 0x51 <= code <= 0x7F
        return (_LOADS, width) if is_vector or code >= 0xD0 else None
