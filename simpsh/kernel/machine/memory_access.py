"""Where the next instruction of a stopped process uses memory, and how; x86-64 alone."""

from __future__ import annotations

from collections.abc import Sequence

from simpsh.base.record import Record
from simpsh.kernel.machine import registers
from simpsh.kernel.machine.intel_memory_use import GENERAL_REGISTERS, MemoryUse, uses_of
from simpsh.kernel.machine.registers import PROGRAM_COUNTER
from simpsh.kernel.machine.syscall_table import ARCHITECTURE

IS_KNOWN = ARCHITECTURE == "x86_64"
"""Whether this machine's instructions are known here."""
LONGEST_INSTRUCTION = 15


class MemoryOperand(Record):
    """A place in memory that an instruction uses."""

    address: int
    width: int
    """In bytes; of an instruction that is hardly known, rather too many."""
    writes: bool
    """Whether it may change what is there."""


def access_of(code: bytes) -> MemoryUse | None:
    """Return what the instruction at the beginning of some code does to its one place in memory.

    None if it is not known, or uses none or several.
    """
    uses = uses_of(code)
    return uses[0] if uses and len(uses) == 1 and uses[0].is_known else None


def operands_of(code: bytes, values: Sequence[int]) -> tuple[MemoryOperand, ...] | None:
    """Return where an instruction uses memory, with these registers; None if that is not known."""
    uses = uses_of(code)
    if uses is None:
        return None
    return tuple(MemoryOperand(use.address(values), use.width, use.writes) for use in uses)


def finish_load(pid: int, load: MemoryUse, value: int) -> None:
    """Let a process that is about to load a register have done so."""
    values = registers.getregs(pid)
    values[GENERAL_REGISTERS[load.loaded]] = value
    values[PROGRAM_COUNTER] += load.length
    registers.setregs(pid, values)
