"""A loop that can never be left is proved: registers and memory come again, with no call between.

`while (1);` computes for ever, and nothing but a signal changes that: the process has no other
memory than its own. It is stepped by single instructions, as a debugger does. A loop that counts
is not recognized; that one is given up after some seconds of computing.
"""

from __future__ import annotations

from simpsh.base.signal_names import SIGTRAP
from simpsh.kernel.machine import ptrace, registers
from simpsh.kernel.machine.registers import PROGRAM_COUNTER, STACK_POINTER
from simpsh.kernel.machine.watchpoints import reports_use
from simpsh.process import proc

_MOST_INSTRUCTIONS = 100
_RED_ZONE = 128
_UNREADABLE = ("[vvar]", "[vsyscall]", "[vvar_vclock]")


def look_for_loop(pid: int) -> bool | ptrace.Status:
    """Return whether a stopped process is in a loop that nothing but a signal can end.

    Returns:
        The status instead, if something else than an instruction happened to it: that stop is to
        be answered.

    Raises:
        ProcessLookupError: it was killed.
    """
    with ptrace.KeptTrap(pid):
        return _stepped(pid)


def _stepped(pid: int) -> bool | ptrace.Status:
    before = _state(pid)
    memory = memory_hash(pid, before[0][STACK_POINTER])
    for _ in range(_MOST_INSTRUCTIONS):
        if registers.is_call(proc.memory(pid, _state(pid)[0][PROGRAM_COUNTER], 4)):
            return False
        ptrace.single_step(pid)
        status = ptrace.next_status(pid)
        if status is None:
            return False
        if status.word >> 8 != SIGTRAP or reports_use(pid, SIGTRAP):
            return status
        if _state(pid) == before:
            return memory_hash(pid, before[0][STACK_POINTER]) == memory
    return False


def _state(pid: int) -> tuple[list[int], bytes]:
    return registers.getregs(pid), registers.vector_registers(pid)


def memory_hash(pid: int, stack_pointer: int) -> int:
    """Return a hash of a held process's writable memory."""
    found: list[tuple[int, bytes]] = []
    for region in proc.memory_regions(pid):
        if region.permissions[1] != "w" or region.name in _UNREADABLE:
            continue
        first = region.first
        if region.name == "[stack]":
            # Below the red zone lies what returned functions left.
            first = max(first, stack_pointer - _RED_ZONE)
        found.append((first, proc.memory(pid, first, region.end - first)))
    return hash(tuple(found))
