"""What one instruction does to one place in memory, and where that is: the value.

arm_memory_use.py and intel_memory_use.py read it from code. See the Intel 64 Software Developer's
Manual, volume 3, "Guaranteed Atomic Operations", and the Arm Architecture Reference Manual, B2.2,
"Atomicity in the Arm architecture".
"""

from __future__ import annotations

from collections.abc import Sequence

from simpsh.base.record import Record

WIDEST_ATOMIC = 16
CACHE_LINE = 64
STACK_POINTER = 31
"""The number by which a base register of aarch64 is the stack pointer."""
COUNTER = 32
"""As a base: the address of the instruction itself."""
NO_REGISTER = -1
_ALL = 2**64 - 1


class MemoryUse(Record):
    """What an instruction does to its place in memory."""

    reads: bool
    writes: bool
    width: int
    """In bytes; of a pair of registers, that of both; of what is hardly known, rather too many."""
    base: int
    """The register that the address comes from; STACK_POINTER, COUNTER or NO_REGISTER."""
    displacement: int = 0
    index: int = NO_REGISTER
    """The register that is added."""
    extension: int = 3
    """How that one is extended: the field `option` of the instruction of aarch64."""
    shift: int = 0
    is_one: bool = True
    """Whether it is one access, which others see as a whole if it is aligned and not too wide."""
    is_locked: bool = False
    """Whether no other processor comes between its reading and its writing."""
    order: str = ""
    """How the processor keeps it in order; see memory_operations.Order."""
    loaded: int = NO_REGISTER
    """The general register that it loads, filled with zeros, and does nothing else."""
    length: int = 4
    """How many bytes the instruction has; only said where it loads a register."""
    segment: int = NO_REGISTER
    """Where among a process's registers the base of a segment is, which is added."""
    is_known: bool = True
    """Whether it is known what it does there; else it may do anything."""

    def address(self, registers: Sequence[int], counter: int, stack_pointer: int) -> int:
        """Return where it uses memory, a segment left aside; registers as instructions count."""
        if self.base == COUNTER:
            return counter + self.displacement & _ALL
        address = 0
        if self.base != NO_REGISTER:
            address = stack_pointer if self.base == STACK_POINTER else registers[self.base]
        if 0 <= self.index < STACK_POINTER:
            address += _extended(registers[self.index], self.extension) << self.shift
        return address + self.displacement & _ALL

    def is_atomic(self, address: int) -> bool:
        """Return whether other processors see all of it or nothing."""
        if self.order:
            is_narrow = self.width <= WIDEST_ATOMIC // 2 or self.is_locked
            return self.is_one and is_narrow and address % self.width == 0
        is_whole = address % CACHE_LINE + self.width <= CACHE_LINE
        if self.width > WIDEST_ATOMIC // 2:
            is_whole = address % self.width == 0
        return is_whole and self.width <= WIDEST_ATOMIC


NO_USE = MemoryUse(reads=False, writes=False, width=0, base=NO_REGISTER)


def _extended(value: int, option: int) -> int:
    """Return a register as an address adds it: 32 or 64 bits of it, with a sign or without."""
    bits = 64 if option & 1 else 32
    value &= (1 << bits) - 1
    return value - (1 << bits) if option & 4 and value >> bits - 1 else value
