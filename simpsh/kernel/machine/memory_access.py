"""What the next instruction of a stopped process does with its memory operand; x86-64 only.

The process is stopped because it may not use an address, which the kernel reports: so prefixes,
opcode and the field that selects an operation of a group are enough. There is no rule for AVX, for
two operands in memory, and for rare instructions. See the Intel 64 Software Developer's Manual,
volume 2, chapter 2 and appendix A; and volume 3, "Guaranteed Atomic Operations". Disassemblers such
as capstone have no pure Python wheel, so simpsh.pyz could not contain them.
"""

from __future__ import annotations

from simpsh.base.record import Record
from simpsh.kernel.machine import registers
from simpsh.kernel.machine.registers import PROGRAM_COUNTER
from simpsh.kernel.machine.syscall_table import ARCHITECTURE

IS_KNOWN = ARCHITECTURE == "x86_64"
"""Whether this machine's instructions can be decoded."""
LONGEST_INSTRUCTION = 15
GENERAL_REGISTERS = (10, 11, 12, 5, 19, 4, 13, 14, 9, 8, 7, 6, 3, 2, 1, 0)
"""Indices of the registers that instructions number, in the list of registers.getregs()."""
NO_REGISTER = -1
_WIDEST_ATOMIC, _CACHE_LINE = 16, 64


class MemoryUse(Record):
    """The use of an instruction's memory operand."""

    reads: bool
    writes: bool
    width: int
    """In bytes."""
    is_locked: bool = False
    """Whether reading and writing are one atomic operation."""
    loaded: int = NO_REGISTER
    """The general register, if the instruction only loads it, with zero extension."""
    length: int = 0
    """The instruction's length in bytes; only set if it loads a register."""

    def is_atomic(self, address: int) -> bool:
        """Return whether other processors see the whole access or nothing."""
        is_whole = address % _CACHE_LINE + self.width <= _CACHE_LINE
        if self.width > _WIDEST_ATOMIC // 2:
            is_whole = address % self.width == 0
        return is_whole and self.width <= _WIDEST_ATOMIC


_PREFIXES = frozenset(b"\x66\xf2\xf3\xf0\x2e\x36\x3e\x26\x64\x65\x67")
_SHORT_OPERAND, _REPEAT, _REPEAT_NOT, _LOCK = 0x66, 0xF3, 0xF2, 0xF0
_ESCAPE, _MOVE, _IN_REGISTER = 0x0F, 0x8B, 3

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
    **dict.fromkeys((0x69, 0x6B, 0x85, _MOVE), (_LOADS, 0)),
    0x63: (_LOADS, 4),
    **dict.fromkeys((0x88, 0xC6), (_STORES, 1)),
    **dict.fromkeys((0x89, 0xC7), (_STORES, 0)),
    0x8F: (_STORES, 8),
    **dict.fromkeys((0xC0, 0xD0, 0xD2, 0xFE), (_UPDATES, 1)),
    **dict.fromkeys((0xC1, 0xD1, 0xD3), (_UPDATES, 0)),
    0x86: (_LOCKS, 1),  # xchg is always locked
    0x87: (_LOCKS, 0),
}
# The address is in the instruction (mov), or in a register (stos, lods, scas).
_WITHOUT_FORM: dict[int, _Access] = {
    **dict.fromkeys((0xA0, 0xAC, 0xAE), (_LOADS, 1)),
    **dict.fromkeys((0xA1, 0xAD, 0xAF), (_LOADS, 0)),
    **dict.fromkeys((0xA2, 0xAA), (_STORES, 1)),
    **dict.fromkeys((0xA3, 0xAB), (_STORES, 0)),
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
_GROUPS: dict[int, tuple[tuple[int, ...], _Access, _Access]] = {
    0x80: ((7,), (_LOADS, 1), (_UPDATES, 1)),
    0x81: ((7,), (_LOADS, 0), (_UPDATES, 0)),
    0x83: ((7,), (_LOADS, 0), (_UPDATES, 0)),
    0xF6: ((2, 3), (_UPDATES, 1), (_LOADS, 1)),
    0xF7: ((2, 3), (_UPDATES, 0), (_LOADS, 0)),
    0xFF: ((0, 1), (_UPDATES, 0), (_LOADS, 8)),
}
_BIT_TEST, _BIT_GROUP, _EXCHANGE_WIDE, _FROM_GENERAL = 4, 0xBA, 0xC7, 0x6E
_VECTOR = 16
_VECTOR_STORES = frozenset((0x11, 0x29, 0x2B, 0x7F, 0xE7))
_SCALARS = frozenset((0x10, 0x11, *range(0x51, 0x60)))
_HALF_LOADS, _HALF_STORES = frozenset((0x12, 0x16)), frozenset((0x13, 0x17))


def access_of(code: bytes) -> MemoryUse | None:
    """Return the memory use of the instruction at the beginning of some code.

    None if there is no rule for it.

    >>> use = access_of(bytes.fromhex("f0480fb111"))  # lock cmpxchg %rdx,(%rcx)
    >>> use.reads, use.writes, use.width, use.is_locked
    (True, True, 8, True)
    >>> access_of(bytes.fromhex("c5fe6f06"))  # vmovdqu (%rsi),%ymm0
    """
    at = 0
    while code[at : at + 1] and code[at] in _PREFIXES:
        at += 1
    prefixes = frozenset(code[:at])
    rex = code[at] if code[at : at + 1] and code[at] >> 4 == 4 else 0
    at += rex != 0
    is_long = code[at : at + 1] == bytes((_ESCAPE,))
    at += is_long
    if len(code) < at + 2:
        return None
    opcode, form = code[at], code[at + 1]
    is_wide = bool(rex & 8)
    access = _long(opcode, form, prefixes, is_wide=is_wide) if is_long else _short(opcode, form)
    if access is None:
        return None
    effect, width = access
    load = NO_REGISTER, 0
    if opcode == _MOVE and not is_long and not prefixes:
        load = form >> 3 & 7 | (rex & 4) << 1, at + 1 + _size_of_form(code[at + 1 :])
    return MemoryUse(
        effect != _STORES,
        effect != _LOADS,
        width or (8 if is_wide else 2 if _SHORT_OPERAND in prefixes else 4),
        effect == _LOCKS or (effect == _UPDATES and _LOCK in prefixes),
        *load,
    )


def _short(opcode: int, form: int) -> _Access | None:
    if opcode in _WITHOUT_FORM:
        return _WITHOUT_FORM[opcode]
    if form >> 6 == _IN_REGISTER:
        return None
    if opcode in _GROUPS:
        fields, access, other_access = _GROUPS[opcode]
        return access if form >> 3 & 7 in fields else other_access
    return _SHORT.get(opcode)


def _long(opcode: int, form: int, prefixes: frozenset[int], *, is_wide: bool) -> _Access | None:
    """Return the access of an opcode after 0F."""
    if form >> 6 == _IN_REGISTER:
        return None
    field = form >> 3 & 7
    if opcode == _BIT_GROUP:
        return (_LOADS if field == _BIT_TEST else _UPDATES), 0
    if opcode == _EXCHANGE_WIDE and field == 1:  # cmpxchg8b, cmpxchg16b
        return _UPDATES, 16 if is_wide else 8
    if opcode == _FROM_GENERAL:  # movd, movq
        return _LOADS, 8 if is_wide else 4
    return _LONG.get(opcode) or _of_vectors(opcode, prefixes, is_wide=is_wide)


def _of_vectors(code: int, prefixes: frozenset[int], *, is_wide: bool) -> _Access | None:
    if code in _HALF_LOADS | _HALF_STORES:
        return _LOADS if code in _HALF_LOADS else _STORES, 8
    if code == 0x7E and _REPEAT in prefixes:
        return _LOADS, 8
    if code in (0x7E, 0xD6):
        return _STORES, 8 if code == 0xD6 or is_wide else 4
    if code in range(0x2C, 0x30):
        return _LOADS, 4 if prefixes.isdisjoint((_REPEAT_NOT, _SHORT_OPERAND)) else 8
    width = _VECTOR
    if code in _SCALARS and not prefixes.isdisjoint((_REPEAT, _REPEAT_NOT)):
        width = 4 if _REPEAT in prefixes else 8
    if code in _VECTOR_STORES:
        return _STORES, width
    is_vector = 0x10 <= code <= 0x17 or 0x28 <= code <= 0x2F or 0x51 <= code <= 0x7F
    return (_LOADS, width) if is_vector or code >= 0xD0 else None


def _size_of_form(code: bytes) -> int:
    """Return the size of ModRM, SIB and displacement; they are bytes at the beginning of `code`."""
    kind, base, size = code[0] >> 6, code[0] & 7, 1
    if base == 4:
        base, size = code[1] & 7, 2
    return size + (1 if kind == 1 else 4 if kind == 2 or base == 5 else 0)


def finish_load(pid: int, load: MemoryUse, value: int) -> None:
    """Complete a load: set the register and advance the program counter."""
    values = registers.getregs(pid)
    values[GENERAL_REGISTERS[load.loaded]] = value
    values[PROGRAM_COUNTER] += load.length
    registers.setregs(pid, values)
