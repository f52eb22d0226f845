"""Memory that a process shares with its children: every use of it stops the process.

Before the process makes its first child, nothing may be done to the pages at all (PROT_NONE). So
each instruction that uses them raises SIGSEGV, at which the process is held. To make the step, the
pages are opened, the one instruction is made, and they are closed again.

System V memory that is attached before the first fork is such memory, too: its calls are replaced
by mmap and munmap. If a process attaches some later, the calls are made as they are, and flagged.

Semaphores and locks of the C library wait and wake by futex(2). Its calls are not let into the
kernel: the explorer keeps the list of the processes that sleep.
"""

from __future__ import annotations

import errno
import os
import zlib

from simpsh.explore import flags
from simpsh.explore.control.held_process import HeldProcess, MemoryRegion, Result, kept_trap
from simpsh.explore.control.run_state import ARRIVALS, Args, RunState
from simpsh.explore.control.times_given import time_left
from simpsh.explore.objects.kernel_state import Operation
from simpsh.explore.objects.memory_operations import (
    FUTEX_SLEEPS,
    FutexSleep,
    FutexWait,
    FutexWake,
    Load,
    MemoryOperation,
    SharesMemory,
    Store,
    StoreBack,
    Update,
)
from simpsh.explore.objects.process_operations import Quiet
from simpsh.explore.workplace.run_limits import RunCutOff
from simpsh.kernel.machine import memory_access, ptrace, registers
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.process import proc
from simpsh.trace.tracee_proc import signed

_SHARED_MEMORY = flags.SHARED_MEMORY.of(
    "" if memory_access.IS_KNOWN else ", which explore follows on x86-64 alone"
)
_MOST_BYTES = 1 << 20
TAKES = {
    **dict.fromkeys(
        ("getpid", "getppid", "fork", "vfork", "pause", "sched_yield", "rt_sigreturn"), 0
    ),
    **dict.fromkeys(("brk", "close", "unlink", "exit", "exit_group", "chdir", "dup", "alarm"), 1),
    **dict.fromkeys(("time", "pipe", "umask", "set_tid_address", "fsync"), 1),
    **dict.fromkeys(("fstat", "stat", "lstat", "link", "kill", "dup2", "pipe2", "ftruncate"), 2),
    **dict.fromkeys(("nanosleep", "clock_gettime", "gettimeofday", "flock", "setpgid"), 2),
    **dict.fromkeys(("read", "write", "open", "lseek", "mprotect", "getrandom", "madvise"), 3),
    **dict.fromkeys(("poll", "ioctl", "fcntl", "tgkill", "dup3", "execve", "setitimer"), 3),
    **dict.fromkeys(("wait4", "openat", "newfstatat", "rt_sigaction", "rt_sigprocmask"), 4),
    **dict.fromkeys(("clock_nanosleep", "prlimit64", "pread64", "pwrite64"), 4),
}
"""How many arguments a call takes. The registers of others hold what was left in them."""
STORES_IN_ORDER = "processors show stores to shared memory at once and in order"
_PAGE = os.sysconf("SC_PAGE_SIZE")
_SIGNALS_LET_IN = 1 << 4 | 1 << 10  # SIGTRAP and SIGSEGV, which the instruction itself may raise


class MemoryMapped(Quiet):
    """Maps memory that its children will share; or unmaps it, if the length is 0."""

    length: int
    before: tuple[int, ...] = ()
    """The registers at a call that mmap or munmap replaces."""


def note_mapped(process: HeldProcess, operation: MemoryMapped, address: int) -> None:
    """Know a region."""
    if operation.before:
        values = registers.getregs(process.pid)
        for place in set(registers.ARGUMENTS) - {registers.RESULT}:
            values[place] = operation.before[place]
        registers.setregs(process.pid, values)
    if not operation.length:
        return
    name = f"{process.name}~{process.count('regions')}"
    length = _whole_pages(operation.length)
    process.regions[address] = MemoryRegion(name, address, length)


def _whole_pages(length: int) -> int:
    return -(-length // _PAGE) * _PAGE


def about_to_share(run: RunState, process: HeldProcess) -> SharesMemory | None:
    """Return the sharing of a region that is open yet; None if there is none."""
    for region in process.regions.values():
        if not region.is_closed:
            data = proc.memory(process.pid, region.address, region.length)
            words = [(at, data[at : at + _WIDTH]) for at in range(0, len(data), _WIDTH)]
            contents = (
                _symbolic(run, process, Store(region.name, at, _WIDTH), word) if any(word) else word
                for at, word in words
            )
            return SharesMemory(region.name, b"".join(contents))
    return None


def region_at(process: HeldProcess, address: int) -> MemoryRegion | None:
    """Return the region that contains an address."""
    return next((region for region in process.regions.values() if region.has(address)), None)


def region_named(process: HeldProcess, name: str) -> MemoryRegion:
    """Return a place where a process has this mapped."""
    return next(region for region in process.regions.values() if region.name == name)


def note_call(run: RunState, process: HeldProcess) -> None:
    """Name a call that the kernel uses shared memory in, which is closed to it as well."""
    given = process.args[: TAKES.get(process.call)]
    if process.call == "shmdt":
        return
    if process.call == "munmap":
        first, end = given[0], given[0] + _whole_pages(given[1])
        for region in list(process.regions.values()):
            if first <= region.address and region.address + region.length <= end:
                del process.regions[region.address]
        # A region at either edge has lost a part.
        given = tuple(place for place in (first, end - 1) if region_at(process, place))
    if process.call != "futex" and any(region_at(process, address) for address in given):
        run.flag(flags.IN_CALL.of(process.call))
        run.is_void = True


def faulting_access(run: RunState, process: HeldProcess) -> Operation | None:
    """Return the use of shared memory that has raised SIGSEGV; None if it was none."""
    address = ptrace.trap_report(process.pid)[1]
    region = region_at(process, address)
    if region is None:
        return None
    name = region.name
    offset = address - region.address
    access = memory_access.access_of(_code_at(process))
    if access is None:
        run.flag(flags.UNKNOWN_ACCESS)
        return Update(name, offset, min(8, region.length - offset))
    if not access.is_atomic(address):
        run.flag(flags.NOT_ATOMIC)
    if access.is_locked:
        return Update(name, offset, access.width)
    return (Load if access.reads else Store)(name, offset, access.width)


def make_access(run: RunState, process: HeldProcess, operation: MemoryOperation) -> Result:
    """Make a held process's access to shared memory; return the result.

    If an instruction reads and writes without a lock, this is only the load: the process is then
    held at a StoreBack.

    Raises ProcessLookupError: it was killed.
    """
    region = region_at(process, ptrace.trap_report(process.pid)[1])
    assert region is not None
    address = region.address + operation.offset
    before = proc.memory(process.pid, address, operation.width)
    if isinstance(operation, Load):
        access = memory_access.access_of(_code_at(process))
        if access is not None and access.writes:
            process.load(before)
            return _symbolic(run, process, operation, before)
        if access is not None and access.loaded >= 0:
            value = int.from_bytes(before, "little")
            memory_access.finish_load(process.pid, access, value)
            return _symbolic(run, process, operation, before)
    with_mask = ptrace.getsigmask(process.pid)
    ptrace.setsigmask(process.pid, 2**64 - 1 & ~_SIGNALS_LET_IN)
    _protect(process, region, _PROT_READ_WRITE)
    if isinstance(operation, StoreBack) and process.loaded is not None:
        # Whatever others have stored since: it works on what it has loaded.
        ptrace.write_memory(process.pid, address, process.loaded)
        process.load(None)
    _one_instruction(process)
    after = proc.memory(process.pid, address, operation.width)
    _protect(process, region, 0)
    ptrace.setsigmask(process.pid, with_mask)
    before, after = (_symbolic(run, process, operation, data) for data in (before, after))
    if isinstance(operation, Load):
        return before
    return (before, after) if isinstance(operation, Update) else after


def _symbolic(
    run: RunState, process: HeldProcess, operation: MemoryOperation, data: bytes
) -> bytes:
    """Return what a place holds; a pid that a process has stored there as that one's name.

    A mutex of the C library holds its owner's pid.
    """
    place, number = (operation.region, operation.offset), int.from_bytes(data, "little")
    if len(data) == _WIDTH and isinstance(operation, Store) and number in run.names.by_pid:
        run.places_of_pids.add(place)
    if isinstance(operation, Update) and number & _OWNER == process.pid:
        run.flag(flags.LOCKED_BY_PID)
    if place in run.places_of_pids and len(data) == _WIDTH and number in run.names.by_pid:
        name = run.names.by_pid[number].name
        return (zlib.crc32(name.encode()) | _NO_PID).to_bytes(_WIDTH, "little")
    return data


def second_half(process: HeldProcess, operation: Operation) -> Operation | None:
    """Return the second half of an instruction whose first half was just made; None if none."""
    if process.loaded is None or not isinstance(operation, Load):
        return None
    return StoreBack(operation.region, operation.offset, operation.width)


def _code_at(process: HeldProcess) -> bytes:
    place = registers.getregs(process.pid)[registers.PROGRAM_COUNTER]
    return proc.memory(process.pid, place, memory_access.LONGEST_INSTRUCTION)


def _protect(process: HeldProcess, region: MemoryRegion, protection: int) -> None:
    """Make mprotect in the process's place, and restore its registers."""
    values = registers.getregs(process.pid)
    args = region.address, region.length, protection
    registers.make_call(process.pid, process.image.behind_call, NUMBERS["mprotect"], args)
    _one_instruction(process)
    registers.setregs(process.pid, values)


def _one_instruction(process: HeldProcess) -> None:
    """Make one instruction.

    Raises ProcessLookupError: it was killed. RunCutOff: what it shares is not there, since a call
    has taken it away.
    """
    try:
        with kept_trap(process.pid):
            ptrace.make_instruction(process.pid)
    except ProcessLookupError:
        raise
    except OSError:
        raise RunCutOff(flags.TAKEN_AWAY) from None


_WAIT, _WAKE, _WAIT_BITSET, _WAKE_BITSET = 0, 1, 9, 10
_PRIVATE, _REALTIME, _LOW_WORD = 128, 256, 0xFFFFFFFF
_WIDTH, _OWNER, _NO_PID = 4, 0x3FFFFFFF, 0xC0000000


@ARRIVALS.of("futex")
def _futex(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    region = region_at(process, args[0])
    if region is None or not region.is_closed:
        return None
    name = region.name
    command, value = args[1] & _LOW_WORD & ~(_PRIVATE | _REALTIME), args[2] & _LOW_WORD
    owner = process.name if args[1] & _PRIVATE else ""
    has_bits = command in (_WAIT_BITSET, _WAKE_BITSET)
    if command not in (_WAIT, _WAKE, _WAIT_BITSET, _WAKE_BITSET) or (
        has_bits and args[5] & _LOW_WORD != _LOW_WORD
    ):
        run.flag(flags.NOT_LISTED.of(f"futex {command}"))
        return None
    offset = args[0] - region.address
    if command in (_WAKE, _WAKE_BITSET):
        return FutexWake(name, offset, _WIDTH, owner, min(value, 0x7FFFFFFF))
    if run.knowledge.signals_matter:
        run.flag(flags.BREAKS_OFF_LOCK)
    expected = value.to_bytes(_WIDTH, "little")
    is_relative = command == _WAIT
    limit = time_left(process, args[3], is_relative=is_relative) if args[3] else None
    return FutexWait(name, offset, _WIDTH, owner, expected, limit)


def make_futex(process: HeldProcess, operation: MemoryOperation) -> Result:
    """Make an operation of futex, and return its result; the call will come back with it."""
    if isinstance(operation, FutexWait):
        address = region_named(process, operation.region).address + operation.offset
        if proc.memory(process.pid, address, operation.width) == operation.value:
            return FUTEX_SLEEPS
        result = -errno.EAGAIN
    else:
        # The kernel is not asked: who sleeps there is known by the rules alone.
        result = process.prediction if isinstance(process.prediction, int) else 0
    registers.skip_call(process.pid, result)
    return result


def sleep_after(operation: Operation, result: Result) -> Operation | None:
    """Return the sleep that a wait has begun; None if it has not."""
    if not isinstance(operation, FutexWait) or result != FUTEX_SLEEPS:
        return None
    region, offset, width, owner = operation.region, operation.offset, _WIDTH, operation.owner
    return FutexSleep(region, offset, width, owner, operation.time)


_MAP_SHARED, _MAP_ANONYMOUS, _PROT_WRITE, _PROT_READ_WRITE = 1, 0x20, 2, 3


@ARRIVALS.of("mmap")
def _mmap(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    """Memory that others see, or a file of the program's that others change."""
    kind = args[3] & (_MAP_SHARED | _MAP_ANONYMOUS)
    if kind == _MAP_SHARED | _MAP_ANONYMOUS and not args[0]:
        if args[1] > _MOST_BYTES:
            run.flag(flags.TOO_LARGE)
        elif args[2] == _PROT_READ_WRITE and memory_access.IS_KNOWN and process.image.behind_call:
            run.knowledge.must_restart |= not run.knowledge.shares_memory
            run.knowledge.shares_memory = True
            run.knowledge.assumed.add(STORES_IN_ORDER)
            return MemoryMapped(args[1])
    name = run.names.object_of(process, signed(args[4])) if not args[3] & _MAP_ANONYMOUS else ""
    if not args[3] & _MAP_SHARED:
        if name in run.knowledge.shared:
            run.flag_call(process, flags.MAPS_FILE)
        return None
    if name.startswith("./") and args[2] & _PROT_WRITE:
        run.changes(name)
    if args[2] & _PROT_WRITE or not name or name.startswith("./"):
        run.flag_call(process, flags.MAPS_FILE if name.startswith("./") else _SHARED_MEMORY)
    return None


_NO_OTHER_SYSTEM_V = "System V memory of other programs does not matter"
_IPC_CREAT, _IPC_EXCL, _IPC_RMID = 0o1000, 0o2000, 0


@ARRIVALS.of("shmget", "shmat", "shmdt", "shmctl")
def _system_v(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    """Memory with a number, or a key, as mapped memory; the kernel is not asked."""
    known, number = run.knowledge, args[0] & _LOW_WORD
    is_late = not run.is_alone and process.call in ("shmget", "shmat")
    is_late |= process.call == "shmget" and args[1] > _MOST_BYTES
    if is_late and not known.attaches_late:
        known.attaches_late = known.must_restart = True
    is_private = known.setup.workspace.is_private and memory_access.IS_KNOWN
    if known.attaches_late or not is_private:
        run.flag_family(process, flags.SYSTEM_V)
        return None
    if process.call == "shmget":
        registers.skip_call(process.pid, _segment(run, number, args[1], args[2]))
    elif process.call == "shmdt" and (region := process.regions.pop(args[0], None)) is not None:
        return _replaced(process, "munmap", (region.address, region.length), 0)
    elif process.call == "shmctl" and args[1] == _IPC_RMID and number in run.segments:
        run.segments[number] = 0, 0  # it cannot be found or attached any more
        registers.skip_call(process.pid, 0)
    elif process.call == "shmat" and run.segments.get(number, (0, 0))[1] and not any(args[1:3]):
        key, size = run.segments[number]
        run.segments[number] = key, 0  # a second time it would be other memory
        known.must_restart |= not known.shares_memory
        known.shares_memory = True
        known.assumed |= {STORES_IN_ORDER, _NO_OTHER_SYSTEM_V}
        anonymous = (0, size, _PROT_READ_WRITE, _MAP_SHARED | _MAP_ANONYMOUS, -1, 0)
        return _replaced(process, "mmap", anonymous, size)
    else:
        known.attaches_late = known.must_restart = True
    return None


def _segment(run: RunState, key: int, size: int, bits: int) -> int:
    """Return the number of the memory that shmget finds or makes, or minus the errno."""
    found = next((number for number, (its, _) in run.segments.items() if key and its == key), None)
    if found is not None:
        return -errno.EEXIST if bits & _IPC_CREAT and bits & _IPC_EXCL else found
    if key and not bits & _IPC_CREAT:
        return -errno.ENOENT
    if not size:
        return -errno.EINVAL
    run.segments[len(run.segments)] = key, size
    return len(run.segments) - 1


def _replaced(process: HeldProcess, call: str, args: tuple[int, ...], length: int) -> MemoryMapped:
    """Let a process make another call in place of the one that it is about to make."""
    values = registers.getregs(process.pid)
    before = tuple(values)
    registers.replace_call(values, NUMBERS[call], args)
    registers.setregs(process.pid, values)
    return MemoryMapped(length, before)
