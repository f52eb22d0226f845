"""What one instruction does to memory: whether it reads or writes there, how much, how.

Of x86-64, enough is read of an instruction to tell that, and no more: prefixes, the code of the
operation, and the field that tells the operations of a group apart. An instruction that is not
known here is None. See the Intel 64 Software Developer's Manual, volume 2, and volume 3,
"Guaranteed Atomic Operations"; for aarch64 arm_memory_use.py, and the Arm Architecture Reference
Manual, B2.2, "Atomicity in the Arm architecture".
"""

from __future__ import annotations

import ctypes
from functools import cache

from simpsh.base.record import Record
from simpsh.kernel.machine import arm_memory_use
from simpsh.kernel.machine.syscall_table import ARCHITECTURE

LONGEST_INSTRUCTION = 15
WIDEST_ATOMIC = 16
CACHE_LINE = 64
_IS_AARCH64 = ARCHITECTURE == "aarch64"
_AT_HWCAP, _HAS_ATOMICS = 16, 1 << 8


class MemoryAccess(Record):
    """What an instruction does to its place in memory."""

    reads: bool
    writes: bool
    width: int
    """In bytes."""
    is_locked: bool = False
    """Whether no other processor comes between its reading and its writing."""

    def is_atomic(self, address: int) -> bool:
        """Return whether other processors see all of it or nothing."""
        is_whole = address % CACHE_LINE + self.width <= CACHE_LINE
        if self.width > WIDEST_ATOMIC // 2:
            is_whole = address % self.width == 0
        return is_whole and self.width <= WIDEST_ATOMIC

    @property
    def order(self) -> str:
        """How the processor keeps it in order: as x86-64 does; see memory_steps.Order."""
        return ""


class ArmAccess(MemoryAccess):
    """What an instruction of aarch64 does."""

    is_one: bool = True
    """Whether it is one access, not several."""
    acquires: bool = False
    releases: bool = False

    def is_atomic(self, address: int) -> bool:
        """Return whether other processors see all of it or nothing."""
        is_narrow = self.width <= WIDEST_ATOMIC // 2 or self.is_locked
        return self.is_one and is_narrow and address % self.width == 0

    @property
    def order(self) -> str:
        """How the processor keeps it in order; see memory_steps.Order."""
        if self.acquires and self.releases:
            return "both"
        return "acquire" if self.acquires else "release" if self.releases else "weak"


class RegisterLoad(Record):
    """The instruction that does nothing but load a general register (mov, 8B /r; ldr)."""

    register: int
    """Its number in instructions, as registers.finish_load() takes it."""
    width: int
    """In bytes: 8, or 4, which clears the upper half."""
    length: int
    """How many bytes the instruction has."""


def is_known() -> bool:
    """Return whether this machine's instructions are known here.

    Of aarch64 those of the extension LSE are: without it the C library's locks are pairs of
    exclusive loads and stores, which nothing may come between.
    """
    return ARCHITECTURE == "x86_64" or (_IS_AARCH64 and _has_arm_atomics())


@cache
def _has_arm_atomics() -> bool:
    getauxval = ctypes.CDLL(None).getauxval
    getauxval.argtypes, getauxval.restype = [ctypes.c_ulong], ctypes.c_ulong
    return bool(getauxval(_AT_HWCAP) & _HAS_ATOMICS)


def arm_access_of(code: bytes) -> MemoryAccess | None:
    """Return what an instruction of aarch64 does; None if it is not known, or uses no memory.

    >>> arm_access_of(0xB8E00041.to_bytes(4, "little")).order  # ldaddal w0, w1, [x2]
    'both'
    """
    use = arm_memory_use.first_use(code)
    if use is None or not use.width:
        return None
    return ArmAccess(
        *(use.reads, use.writes, use.width, use.is_locked),
        *(use.is_one, use.acquires, use.releases),
    )


def arm_register_load_of(code: bytes) -> RegisterLoad | None:
    """Return the load of a general register, if it does nothing else; None for any other."""
    use = arm_memory_use.first_use(code)
    if use is None or use.loaded < 0:
        return None
    return RegisterLoad(use.loaded, use.width, arm_memory_use.LENGTH)


def access_of(code: bytes) -> MemoryAccess | None:
    """Return what the instruction at the beginning of some code does; None if it is not known."""
    return arm_access_of(code) if _IS_AARCH64 else intel_access_of(code)


def register_load_of(code: bytes) -> RegisterLoad | None:
    """Return the load of a whole general register, if code begins with one; None for any other."""
    return arm_register_load_of(code) if _IS_AARCH64 else intel_register_load_of(code)


def intel_access_of(code: bytes) -> MemoryAccess | None:
    """Return what the instruction at the beginning of some code does; None if it is not known.

    >>> [intel_access_of(bytes.fromhex(code)) for code in ("830001", "f0480fb111")]
    [MemoryAccess(reads=True, writes=True, width=4, is_locked=False), \
MemoryAccess(reads=True, writes=True, width=8, is_locked=True)]
    >>> intel_access_of(bytes.fromhex("8b00")).writes, intel_access_of(bytes.fromhex("d900"))
    (False, None)
    """
    try:
        return _Instruction(code).access()
    except IndexError:
        return None


def intel_register_load_of(code: bytes) -> RegisterLoad | None:
    """Return the load of a whole general register, if code begins with one; None for any other.

    >>> [intel_register_load_of(bytes.fromhex(code)) for code in ("488b07", "448b442408")]
    [RegisterLoad(register=0, width=8, length=3), RegisterLoad(register=8, width=4, length=5)]
    >>> [intel_register_load_of(bytes.fromhex(code)) for code in ("668b07", "8bc7")]
    [None, None]
    """
    rex = code[0] if code and code[0] >> 4 == _REX else 0
    place = 1 if rex else 0
    if code[place] != _MOVE:
        return None
    form = code[place + 1]
    kind, low = form >> 6, form & 7
    if kind == _IS_REGISTER:
        return None
    length = place + 2
    base = low
    if low == _HAS_INDEX:
        base = code[length] & 7
        length += 1
    if kind == 0:
        length += 4 if base == _NO_BASE else 0
    else:
        length += 1 if kind == 1 else 4
    return RegisterLoad(form >> 3 & 7 | (rex & 4) << 1, 8 if rex & 8 else 4, length)


_REX, _MOVE, _IS_REGISTER, _HAS_INDEX, _NO_BASE = 4, 0x8B, 3, 4, 5
_PREFIXES = frozenset(b"\x66\xf2\xf3\xf0\x2e\x36\x3e\x26\x64\x65\x67")
_REPEAT, _REPEAT_NOT, _LOCK, _OPERAND = 0xF3, 0xF2, 0xF0, 0x66
_ESCAPE, _VEX_2, _VEX_3, _EVEX = 0x0F, 0xC5, 0xC4, 0x62
_OF_VEX = (0, _OPERAND, _REPEAT, _REPEAT_NOT)
_BYTE_LOADS = frozenset((0x84, 0x8A, 0xA0, 0xAC, 0xAE))
_LOADS = frozenset((0x63, 0x69, 0x6B, 0x85, 0x8B, 0xA1, 0xAD, 0xAF))
_BYTE_STORES = frozenset((0x88, 0xA2, 0xAA, 0xC6))
_STORES = frozenset((0x89, 0x8F, 0xA3, 0xAB, 0xC7))
_BYTE_UPDATES = frozenset((0xC0, 0xD0, 0xD2, 0xFE))
_UPDATES = frozenset((0xC1, 0xD1, 0xD3))
_LONG_LOADS = frozenset((*range(0x40, 0x50), 0xA3, 0xAF, 0xB8, 0xBC, 0xBD, 0x2A))
_LONG_UPDATES = frozenset((0xAB, 0xB3, 0xBB, 0xA4, 0xA5, 0xAC, 0xAD, 0xB1, 0xC1))
_VECTOR_STORES = frozenset((0x11, 0x29, 0x2B, 0x7F, 0xE7))
_SCALARS = frozenset((0x10, 0x11, *range(0x51, 0x60)))
_HALF_LOADS, _HALF_STORES = frozenset((0x12, 0x16)), frozenset((0x13, 0x17))
_ALU_LAST, _COMPARE = 0x3F, 7


def _load(width: int) -> MemoryAccess:
    return MemoryAccess(reads=True, writes=False, width=width)


def _store(width: int) -> MemoryAccess:
    return MemoryAccess(reads=False, writes=True, width=width)


class _Instruction:
    """One instruction, taken apart."""

    def __init__(self, code: bytes) -> None:
        self._code = code
        self._prefixes: set[int] = set()
        self._is_wide = False
        place = 0
        while code[place] in _PREFIXES:
            self._prefixes.add(code[place])
            place += 1
        if code[place] >> 4 == 4:
            self._is_wide = bool(code[place] & 8)
            place += 1
        self._vector = 0
        """How wide the vectors are, of an instruction that says so."""
        self._place = place

    def access(self) -> MemoryAccess | None:
        first = self._code[self._place]
        if first in (_VEX_2, _VEX_3, _EVEX):
            return self._of_vectors(first)
        if first == _ESCAPE:
            return self._long(self._code[self._place + 1])
        return self._short(first)

    @property
    def _width(self) -> int:
        if self._is_wide:
            return 8
        return 2 if _OPERAND in self._prefixes else 4

    def _group(self, behind: int) -> int:
        """Return the field that tells operations of a group apart."""
        return self._code[self._place + behind] >> 3 & 7

    def _update(self, width: int, *, is_locked: bool = False) -> MemoryAccess:
        locks = is_locked or _LOCK in self._prefixes
        return MemoryAccess(reads=True, writes=True, width=width, is_locked=locks)

    def _short(self, code: int) -> MemoryAccess | None:
        if code <= _ALU_LAST:
            return self._of_alu(code)
        if code in (0x86, 0x87):  # xchg locks by itself
            return self._update(1 if code == 0x86 else self._width, is_locked=True)
        for codes, width in ((_BYTE_LOADS, 1), (_LOADS, self._width)):
            if code in codes:
                return _load(4 if code == 0x63 else width)
        for codes, width in ((_BYTE_STORES, 1), (_STORES, self._width)):
            if code in codes:
                return _store(8 if code == 0x8F else width)
        if code in _BYTE_UPDATES | _UPDATES:
            return self._update(1 if code in _BYTE_UPDATES else self._width)
        return self._of_group(code)

    def _of_alu(self, code: int) -> MemoryAccess | None:
        kind = code & 7
        if kind > 3:
            return None
        width = self._width if kind & 1 else 1
        if kind >= 2 or code >> 3 == _COMPARE:
            return _load(width)
        return self._update(width)

    def _of_group(self, code: int) -> MemoryAccess | None:
        group = self._group(1)
        width = 1 if code in (0x80, 0xF6) else self._width
        if code in (0x80, 0x81, 0x83):
            return _load(width) if group == _COMPARE else self._update(width)
        if code in (0xF6, 0xF7):
            return self._update(width) if group in (2, 3) else _load(width)
        if code == 0xFF:
            return self._update(width) if group in (0, 1) else _load(8)
        return None

    def _long(self, code: int) -> MemoryAccess | None:
        if code in (0xB6, 0xBE, 0xB7, 0xBF):
            return _load(2 if code & 1 else 1)
        if code in (0xB0, 0xC0):
            return self._update(1)
        if code == 0xC7 and self._group(2) == 1:  # cmpxchg8b, cmpxchg16b
            return self._update(16 if self._is_wide else 8)
        if code == 0xBA:
            only_tests = self._group(2) == 4
            return _load(self._width) if only_tests else self._update(self._width)
        if 0x90 <= code <= 0x9F or code == 0xC3:
            return _store(self._width if code == 0xC3 else 1)
        if code == 0x6E:  # movd, movq
            return _load(8 if self._is_wide else 4)
        if code in _LONG_LOADS | _LONG_UPDATES:
            return _load(self._width) if code in _LONG_LOADS else self._update(self._width)
        return self._vector_move(code, 16)

    def _of_vectors(self, first: int) -> MemoryAccess | None:
        place = self._place
        if first == _VEX_2:
            described, code = self._code[place + 1], self._code[place + 2]
            maps, width = 1, 32 if described & 4 else 16
        elif first == _VEX_3:
            described, code = self._code[place + 2], self._code[place + 3]
            maps, width = self._code[place + 1] & 31, 32 if described & 4 else 16
            self._is_wide = bool(described & 0x80)
        else:
            described, code = self._code[place + 2], self._code[place + 4]
            maps, width = self._code[place + 1] & 7, 16 << (self._code[place + 3] >> 5 & 3)
        self._prefixes = {_OF_VEX[described & 3]}
        if maps != 1:
            return _load(width)
        return self._vector_move(code, width)

    def _vector_move(self, code: int, width: int) -> MemoryAccess | None:
        is_scalar = not self._prefixes.isdisjoint((_REPEAT, _REPEAT_NOT))
        if code in _HALF_LOADS | _HALF_STORES:
            return _load(8) if code in _HALF_LOADS else _store(8)
        if code == 0xD6 or (code == 0x7E and _REPEAT not in self._prefixes):
            return _store(8 if code == 0xD6 or self._is_wide else 4)
        if code in (0x2C, 0x2D, 0x2E, 0x2F):
            is_double = not self._prefixes.isdisjoint((_REPEAT_NOT, _OPERAND))
            return _load(8 if is_double else 4)
        if code == 0x7E:
            return _load(8)
        if code in _SCALARS and is_scalar:
            width = 4 if _REPEAT in self._prefixes else 8
        if code in _VECTOR_STORES:
            return _store(width)
        is_vector = 0x10 <= code <= 0x17 or 0x28 <= code <= 0x2F or 0x51 <= code <= 0x7F
        return _load(width) if is_vector or code >= 0xD0 else None
