"""Where the next instruction of a stopped process uses memory, and how, on this machine."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cache

from simpsh.base.record import Record
from simpsh.kernel.machine import arm_memory_use, intel_memory_use
from simpsh.kernel.machine.memory_use import NO_REGISTER, MemoryUse
from simpsh.kernel.machine.registers import PROGRAM_COUNTER, STACK_POINTER, in_instruction_order
from simpsh.kernel.machine.syscall_table import ARCHITECTURE

LONGEST_INSTRUCTION = 15
_IS_AARCH64 = ARCHITECTURE == "aarch64"
_AT_HWCAP, _HAS_ATOMICS = 16, 1 << 8
# These two registers are the linker's, between a call and its function: so a table is read that
# says where the function is, see the Procedure Call Standard for the Arm 64-bit Architecture.
_LINKER_BASE, _LINKER_TARGET = 16, 17


class MemoryOperand(Record):
    """A place in memory that an instruction uses."""

    address: int
    width: int
    """In bytes; of an instruction that is hardly known, rather too many."""
    writes: bool
    """Whether it may change what is there."""


@cache
def is_known() -> bool:
    """Return whether this machine's instructions are known here.

    Of aarch64 those of the extension LSE are: without it the C library's locks are pairs of
    exclusive loads and stores, which nothing may come between.
    """
    if not _IS_AARCH64:
        return ARCHITECTURE == "x86_64"
    getauxval = ctypes.CDLL(None).getauxval
    getauxval.argtypes, getauxval.restype = [ctypes.c_ulong], ctypes.c_ulong
    return bool(getauxval(_AT_HWCAP) & _HAS_ATOMICS)


def _uses_of(code: bytes) -> tuple[MemoryUse, ...] | None:
    return arm_memory_use.uses_of(code) if _IS_AARCH64 else intel_memory_use.uses_of(code)


def access_of(code: bytes) -> MemoryUse | None:
    """Return what the instruction at the beginning of some code does to its one place in memory.

    None if it is not known, or uses none or several.
    """
    uses = _uses_of(code)
    return uses[0] if uses and len(uses) == 1 and uses[0].is_known else None


def operands_of(code: bytes, values: Sequence[int]) -> tuple[MemoryOperand, ...] | None:
    """Return where an instruction uses memory, with these registers; None if that is not known."""
    uses = _uses_of(code)
    if uses is None:
        return None
    registers = in_instruction_order(values)
    operands = []
    for use in uses:
        if _IS_AARCH64 and (use.base, use.loaded) == (_LINKER_BASE, _LINKER_TARGET):
            continue
        address = use.address(registers, values[PROGRAM_COUNTER], values[STACK_POINTER])
        if use.segment != NO_REGISTER:
            address = address + values[use.segment] & 2**64 - 1
        operands.append(MemoryOperand(address, use.width, use.writes))
    return tuple(operands)
