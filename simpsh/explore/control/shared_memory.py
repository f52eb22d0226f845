"""Memory that a process shares with its children: every use of it stops the process.

Before the process makes its first child, the pages become inaccessible (PROT_NONE). So each
instruction that uses them raises SIGSEGV, at which the process is held. For the step, the pages are
made accessible, one instruction is made, and they are made inaccessible again.

Semaphores and locks of the C library wait and wake with futex(2). These calls do not reach the
kernel; the explorer itself keeps the list of sleeping processes.
"""

from __future__ import annotations

import errno

from simpsh.explore import flags
from simpsh.explore.control.held_process import HeldProcess, no_signals, one_instruction, protect
from simpsh.explore.control.run_state import RunState
from simpsh.explore.objects.call_classes import TAKES
from simpsh.explore.objects.held_call import HeldCall
from simpsh.explore.objects.kernel_state import Operation
from simpsh.explore.objects.memory_operations import (
    FUTEX_SLEEPS,
    FutexSleep,
    FutexWait,
    Load,
    MemoryOperation,
    Store,
    StoreBack,
    Update,
    flag_owner,
    region_at,
    region_named,
    whole_pages,
)
from simpsh.explore.objects.process_state import Result
from simpsh.explore.workplace.run_limits import RunCutOff
from simpsh.kernel.machine import memory_access, ptrace, registers
from simpsh.process import proc

_PROT_READ_WRITE = 3


def note_call(process: HeldProcess) -> None:
    """End the run at a call in which the kernel uses shared memory."""
    args = process.args[: TAKES.get(process.call)]
    if process.call == "msync":
        return  # processes see what msync writes to the disk without that
    if process.call == "munmap":
        first, end = args[0], args[0] + whole_pages(args[1])
        for region in list(process.regions.values()):
            if first <= region.address and region.address + region.length <= end:
                process.unshare(region.address)
        # A region that is still at either edge has lost a part.
        args = tuple(address for address in (first, end - 1) if region_at(process.regions, address))
    if process.call != "futex" and any(region_at(process.regions, address) for address in args):
        raise RunCutOff(flags.ODD_MEMORY.of("in the arguments of a call"))


def faulting_access(process: HeldProcess) -> Operation | None:
    """Return the use of shared memory that has raised SIGSEGV; None if SIGSEGV is a real fault."""
    address = ptrace.trap_report(process.pid)[1]
    region = region_at(process.regions, address)
    if region is None:
        return None
    name = region.name
    offset = address - region.address
    access = memory_access.access_of(_code_at(process))
    if access is None:
        raise RunCutOff(flags.ODD_MEMORY.of("an instruction without a rule"))
    if not access.is_atomic(address):
        raise RunCutOff(flags.ODD_MEMORY.of("more bytes at once than are atomic"))
    if access.is_locked:
        return Update(name, offset, access.width)
    return (Load if access.reads else Store)(name, offset, access.width)


def make_access(run: RunState, process: HeldProcess, operation: MemoryOperation) -> Result:
    """Make a held process's access to shared memory; return the result.

    If an instruction reads and writes without a lock, this is only the load: the process is then
    held at a StoreBack.

    Raises ProcessLookupError: it was killed.
    """
    region = region_at(process.regions, ptrace.trap_report(process.pid)[1])
    assert region is not None
    address = region.address + operation.offset
    before = proc.memory(process.pid, address, operation.width)
    if isinstance(operation, Load):
        access = memory_access.access_of(_code_at(process))
        if access is not None and access.writes:
            process.loaded = before
            return before
        if access is not None and access.loaded >= 0:
            value = int.from_bytes(before, "little")
            memory_access.finish_load(process.pid, access, value)
            return before
    with no_signals(process.pid):
        protect(process, region, _PROT_READ_WRITE)
        if isinstance(operation, StoreBack) and process.loaded is not None:
            # The instruction uses the value that it loaded, even if others have stored a new one.
            ptrace.write_memory(process.pid, address, process.loaded)
            process.loaded = None
        one_instruction(process)
        after = proc.memory(process.pid, address, operation.width)
        protect(process, region, 0)
    if isinstance(operation, Load):
        return before
    if not isinstance(operation, Update):
        return after
    flag_owner(HeldCall(run, process), after)
    return before, after


def second_half(process: HeldProcess, operation: Operation) -> Operation | None:
    """Return the store of an instruction whose load was just made; None if it has no store."""
    if process.loaded is None or not isinstance(operation, Load):
        return None
    return StoreBack(operation.region, operation.offset, operation.width)


def _code_at(process: HeldProcess) -> bytes:
    address = registers.getregs(process.pid)[registers.PROGRAM_COUNTER]
    return proc.memory(process.pid, address, memory_access.LONGEST_INSTRUCTION)


def make_futex(process: HeldProcess, operation: MemoryOperation) -> Result:
    """Make a futex operation, and return its result, which the call will return."""
    if isinstance(operation, FutexWait):
        address = region_named(process.regions, operation.region).address + operation.offset
        if proc.memory(process.pid, address, operation.width) == operation.value:
            return FUTEX_SLEEPS
        result = -errno.EAGAIN
    else:
        # Only the rules know the sleeping processes; the kernel does not make the call.
        result = process.prediction if isinstance(process.prediction, int) else 0
    registers.skip_call(process.pid, result)
    return result


def sleep_after(operation: Operation, result: Result) -> Operation | None:
    """Return the sleep that a futex wait has begun; None if the operation is no such wait."""
    if not isinstance(operation, FutexWait) or result != FUTEX_SLEEPS:
        return None
    return FutexSleep(operation.region, operation.offset, operation.width, operation.owner)
