"""The memory used by the next instruction of a stopped process; x86-64 only."""

from __future__ import annotations

from collections.abc import Sequence

from simpsh.base.record import Record
from simpsh.kernel.machine import registers
from simpsh.kernel.machine.intel_memory_use import GENERAL_REGISTERS, MemoryUse, uses_of
from simpsh.kernel.machine.registers import PROGRAM_COUNTER
from simpsh.kernel.machine.syscall_table import ARCHITECTURE

IS_KNOWN = ARCHITECTURE == "x86_64"
"""Whether this machine's instructions can be decoded."""
LONGEST_INSTRUCTION = 15


class MemoryOperand(Record):
    """Memory that an instruction uses."""

    address: int
    width: int
    """In bytes; an upper bound if the instruction is not fully known."""
    writes: bool
    """Whether it may write there."""


def access_of(code: bytes) -> MemoryUse | None:
    """Return the single known memory use of the instruction at the beginning of some code."""
    uses = uses_of(code)
    return uses[0] if uses and len(uses) == 1 and uses[0].is_known else None


def operands_of(code: bytes, values: Sequence[int]) -> tuple[MemoryOperand, ...] | None:
    """Return the memory that an instruction uses, given the registers; None if unknown."""
    uses = uses_of(code)
    if uses is None:
        return None
    return tuple(MemoryOperand(use.address(values), use.width, use.writes) for use in uses)


def finish_load(pid: int, load: MemoryUse, value: int) -> None:
    """Complete a load: set the register and advance the program counter."""
    values = registers.getregs(pid)
    values[GENERAL_REGISTERS[load.loaded]] = value
    values[PROGRAM_COUNTER] += load.length
    registers.setregs(pid, values)
