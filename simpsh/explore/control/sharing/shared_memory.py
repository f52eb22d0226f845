"""Memory that a process shares with its children: every use of it stops the process.

Before the process makes its first child, nothing may be done to the pages at all (PROT_NONE). So
each instruction that uses them raises SIGSEGV, at which the process is held. To make the step, the
pages are opened, the one instruction is made, and they are closed again.
"""

from __future__ import annotations

import os

from simpsh.explore.control.held_process import HeldProcess, MemoryRegion, Result
from simpsh.explore.control.run_state import RunState
from simpsh.explore.model.memory.memory_rules import BEHIND_END
from simpsh.explore.operations.memory_steps import (
    Load,
    MemoryOperation,
    SharesMemory,
    Store,
    StoreBack,
    Update,
)
from simpsh.explore.operations.visible_operations import Operation, Quiet
from simpsh.kernel.machine import memory_access, ptrace, registers
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.process import proc

UNKNOWN = "uses shared memory by an instruction that is not followed"
NOT_ATOMIC = "reads or writes more of shared memory at once than a processor does in one"
SHARED_MEMORY = "shares writable memory"
TOO_LARGE = "shares more than 1 MB of memory"
IN_CALL = "gives a system call a place in shared memory"
_MOST_BYTES = 1 << 20
_TAKES = {
    **dict.fromkeys(("getpid", "getppid", "fork", "vfork", "pause", "sched_yield"), 0),
    **dict.fromkeys(("brk", "close", "unlink", "exit", "exit_group", "chdir", "dup", "alarm"), 1),
    **dict.fromkeys(("fstat", "stat", "lstat", "link", "kill", "dup2", "pipe2", "ftruncate"), 2),
    **dict.fromkeys(("read", "write", "open", "lseek", "mprotect", "getrandom", "madvise"), 3),
}
"""How many arguments a call takes. The registers of others hold what was left in them."""
_PROT_WRITE, _PROTECTIONS, _PAGE = 2, (1, 3), os.sysconf("SC_PAGE_SIZE")
_SIGNALS_LET_IN = 1 << 4 | 1 << 10  # SIGTRAP and SIGSEGV, which the instruction itself may raise


class MemoryMapped(Quiet):
    """Maps memory that its children will share, or that stands for a file in /dev/shm."""

    length: int
    protection: int
    region: str = ""
    """That file's; empty for new memory."""


def can_be_mapped(run: RunState, process: HeldProcess, length: int, protection: int) -> bool:
    """Return whether memory that is mapped, to be shared, can be followed."""
    if not memory_access.is_known() or protection not in _PROTECTIONS or not process.behind_call:
        return False
    if length > _MOST_BYTES:
        run.flag(TOO_LARGE)
        return False
    if not run.knowledge.shares_memory:
        run.knowledge.shares_memory = run.knowledge.must_restart = True
    return True


def note_mapped(process: HeldProcess, operation: MemoryMapped, address: int) -> None:
    """Know a region; what has a name is closed at once, for others may have it open."""
    name = operation.region
    if not name:
        process.regions_made += 1
        name = f"{process.name}~{process.regions_made}"
    length = _whole_pages(operation.length)
    process.regions[address] = region = MemoryRegion(name, address, length, operation.protection)
    if operation.region:
        region.is_closed = True
        _protect(process, region, 0)


def _whole_pages(length: int) -> int:
    return -(-length // _PAGE) * _PAGE


def about_to_share(process: HeldProcess) -> SharesMemory | None:
    """Return the sharing of a region that is open yet; None if there is none."""
    for region in process.regions.values():
        if not region.is_closed:
            contents = proc.memory(process.pid, region.address, region.length)
            return SharesMemory(region.name, contents)
    return None


def region_at(process: HeldProcess, address: int) -> MemoryRegion | None:
    """Return the region that an address lies in."""
    return next((one for one in process.regions.values() if one.has(address)), None)


def region_named(process: HeldProcess, name: str) -> MemoryRegion:
    """Return a place where a process has this mapped."""
    return next(one for one in process.regions.values() if one.name == name)


def note_call(run: RunState, process: HeldProcess) -> None:
    """Name a call that the kernel uses shared memory in, which is closed to it as well."""
    if process.call == "munmap":
        first, length = process.args[0], _whole_pages(process.args[1])
        for region in list(process.regions.values()):
            if first <= region.address and region.address + region.length <= first + length:
                del process.regions[region.address]
    elif process.call != "futex":
        given = process.args[: _TAKES.get(process.call)]
        if any(region_at(process, one) for one in given):
            run.flag(IN_CALL)


def faulting_access(run: RunState, process: HeldProcess) -> Operation | None:
    """Return the use of shared memory that has raised SIGSEGV; None if it was none."""
    address = ptrace.fault_address(process.pid)
    region = region_at(process, address)
    if region is None:
        return None
    name = region.name
    offset = address - region.address
    access = memory_access.access_of(_code_at(process))
    if access is not None and access.writes and not region.protection & _PROT_WRITE:
        return None
    if access is None:
        run.flag(UNKNOWN)
        return Update(name, offset, min(8, region.length - offset))
    if not access.is_atomic(address):
        run.flag(NOT_ATOMIC)
    if access.is_locked:
        return Update(name, offset, access.width, access.order)
    return (Load if access.reads else Store)(name, offset, access.width, access.order)


def make_access(process: HeldProcess, operation: MemoryOperation) -> Result:
    """Let a held process make its use of shared memory; return the result.

    Of an instruction that reads and writes without a lock, it is the reading only: then the
    process stands at a StoreBack afterwards, and has not gone on.

    Raises:
        ProcessLookupError: it was killed.
    """
    region = region_at(process, ptrace.fault_address(process.pid))
    assert region is not None
    address = region.address + operation.offset
    before = proc.memory(process.pid, address, operation.width)
    if isinstance(operation, Load):
        code = _code_at(process)
        access = memory_access.access_of(code)
        if access is not None and access.writes:
            process.loaded = before
            return before
        load = memory_access.register_load_of(code)
        if load is not None:
            value = int.from_bytes(before, "little")
            registers.finish_load(process.pid, load.register, value, load.length)
            return before
    with_mask = ptrace.getsigmask(process.pid)
    ptrace.setsigmask(process.pid, 2**64 - 1 & ~_SIGNALS_LET_IN)
    _protect(process, region, region.protection)
    if isinstance(operation, StoreBack) and process.loaded is not None:
        # Whatever others have stored since: it works on what it has loaded.
        ptrace.write_memory(process.pid, address, process.loaded)
        process.loaded = None
    _one_instruction(process)
    after = proc.memory(process.pid, address, operation.width)
    _protect(process, region, 0)
    ptrace.setsigmask(process.pid, with_mask)
    if isinstance(operation, Load):
        return before
    return (before, after) if isinstance(operation, Update) else after


def is_behind_end(run: RunState, operation: MemoryOperation) -> bool:
    """Return whether a place is behind the end of its file, which raises SIGBUS."""
    size = run.sizes.get(operation.region)
    if size is None or operation.offset + operation.width <= size:
        return False
    run.flag(BEHIND_END)
    return True


def is_opened(process: HeldProcess) -> bool:
    """Open the region whose use has raised SIGSEGV, for good; return whether there was one."""
    found = region_at(process, ptrace.fault_address(process.pid))
    if found is None:
        return False
    _protect(process, found, found.protection)
    return True


def second_half(process: HeldProcess, operation: Operation) -> Operation | None:
    """Return the second half of an instruction whose first half was just made; None if none."""
    if process.loaded is None or not isinstance(operation, Load):
        return None
    return StoreBack(operation.region, operation.offset, operation.width)


def _code_at(process: HeldProcess) -> bytes:
    place = registers.getregs(process.pid)[registers.PROGRAM_COUNTER]
    return proc.memory(process.pid, place, memory_access.LONGEST_INSTRUCTION)


def _protect(process: HeldProcess, region: MemoryRegion, protection: int) -> None:
    """Make mprotect in the process's place, which stands where it stood afterwards."""
    values = registers.getregs(process.pid)
    args = region.address, region.length, protection
    registers.make_call(process.pid, process.behind_call, NUMBERS["mprotect"], args)
    _one_instruction(process)
    registers.setregs(process.pid, values)


def _one_instruction(process: HeldProcess) -> None:
    with ptrace.KeptTrap(process.pid):
        ptrace.make_instruction(process.pid)
