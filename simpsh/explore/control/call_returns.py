"""Whether a held process's call would return, what others wait for, what it came back with.

An operation that would block is never let into the kernel. The results are symbolic: names stand
instead of numbers that differ from run to run.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import struct
import zlib
from collections.abc import Iterable

from simpsh.base.phrases import listed
from simpsh.base.process_names import birth_path
from simpsh.base.signal_names import SIGKILL, SIGPIPE
from simpsh.explore.control.clock_and_random import answer_rest, answer_rest_of_select, answer_usage
from simpsh.explore.control.held_process import AT, BLOCKED, DEAD, HeldProcess, Result
from simpsh.explore.control.run_state import CLOSES_AFTER_VFORK, RunState
from simpsh.explore.control.shared_memory import MemoryMapped, is_awake, note_mapped
from simpsh.explore.control.signal_calls import (
    deliverable,
    group_result,
    has_news,
    is_of_group,
    notice_timer,
    pending_result,
    send,
    signals_of,
    taken_signal,
)
from simpsh.explore.control.syscalls_io import (
    buffers,
    events_at,
    is_not_blocking,
    returns_at_once,
    wanted,
)
from simpsh.explore.control.syscalls_processes import set_disposition
from simpsh.explore.model.file_operations import (
    LOCK_EX,
    LOCK_NB,
    LOCK_SH,
    LOCK_UN,
    TAKES_NAMES,
    FileChange,
    FileLook,
    Flock,
    Open,
    Pread,
)
from simpsh.explore.model.group_operations import (
    GROUP_CALLS,
    STOP_STATES,
    Stopped,
    Stops,
)
from simpsh.explore.model.kernel_state import INTERRUPTED, Operation
from simpsh.explore.model.memory_operations import FutexSleep, StoreBack
from simpsh.explore.model.pipe_operations import (
    FILLS_PIPE,
    LOW_BYTES,
    PAGE,
    SURE_BYTES,
    Close,
    FifoWaits,
    Polls,
    Read,
    TryRead,
    TryWrite,
    Write,
    with_read,
    with_written,
)
from simpsh.explore.model.process_operations import (
    ANY,
    WNOHANG,
    WNOWAIT,
    Alone,
    Duplicated,
    Dying,
    Exit,
    Exiting,
    Forking,
    GetParent,
    GivingUp,
    OwnCode,
    PipeMade,
    Sleep,
    VforkWait,
    Wait,
)
from simpsh.explore.model.signal_operations import (
    AskPending,
    Kill,
    Pause,
    SetTimer,
    SignalAction,
    Suspend,
    TakeSignal,
)
from simpsh.explore.model.symbolic_names import OUT, OUTSIDE, RINGS, is_group, is_pipe, shown
from simpsh.kernel.machine import ptrace, registers
from simpsh.trace.tracee_proc import number_at, signed


def choices(run: RunState) -> list[str]:
    """Return what can be chosen, in the order of the processes' births."""
    names = []
    for name, process in run.processes.items():
        if process.is_runaway and process.state == BLOCKED and deliverable(process):
            names.append(name + "!")
        if process.is_alarmed and process.is_runaway and process.state == BLOCKED:
            names.append(name + RINGS)
        if process.state != AT or process.operation is None:
            continue
        if process.has_timer:
            notice_timer(process)
        names += _of_held(run, process, process.operation)
        if process.is_alarmed and not isinstance(process.operation, Dying | GivingUp | Exit):
            names.append(name + RINGS)
    held = {process.name: process.operation for process in run.living if process.operation}
    if any(operation.keeps_process_list for operation in held.values()):
        waits = {name for name, operation in held.items() if operation.needs_process_list}
        names = [name for name in names if name not in waits]
    return names


def _of_held(run: RunState, process: HeldProcess, operation: Operation) -> list[str]:
    """Return the choices of a process that is held at an operation."""
    name = process.name
    if isinstance(operation, STOP_STATES):
        if isinstance(operation, Stops):
            return [name]
        if SIGKILL in process.pending:
            return [name + "!"]
        is_waiting = isinstance(operation, Stopped) and not process.is_continued
        return [] if is_waiting else [name]
    if isinstance(operation, OwnCode) and deliverable(process):
        return [name + "!"]
    names = [name] if is_ready(run, process, operation) else []
    if operation.can_be_interrupted and deliverable(process):
        names.append(name + "!")
    return names


def waiting(run: RunState) -> list[tuple[str, str]]:
    """Return the name of each process that cannot continue, and what it waits for."""
    blocked = []
    # Births may come in another order in another run: the same deadlock is told the same.
    for name in sorted(run.processes, key=birth_path):
        process = run.processes[name]
        operation = process.operation
        if operation is None:
            continue
        is_stopped = isinstance(operation, Stopped)
        if process.state == BLOCKED or (
            process.state == AT and (is_stopped or not is_ready(run, process, operation))
        ):
            blocked.append((name, _words(run, process, operation)))
    return blocked


def _words(run: RunState, process: HeldProcess, operation: Operation) -> str:
    letters = run.knowledge.letters
    if isinstance(operation, Read):
        writers = _listed(run, process, operation.object, "w")
        can = f"which {writers} can still write to" if writers else "which no process can write to"
        return f"reads {shown(operation.object, letters)}, which is empty and {can}"
    if isinstance(operation, Write):
        readers = _listed(run, process, operation.object, "r")
        full = f"writes to {shown(operation.object, letters)}, which is full"
        return f"{full} and which {readers} could read"
    if isinstance(operation, Flock):
        return f"waits for the lock on {shown(operation.object, letters)}"
    if isinstance(operation, Wait):
        children = waited_children(run, process, operation.target)
        return f"waits for {listed([child.name for child in children], 'or')} to end"
    return operation.words(letters)


def _listed(run: RunState, process: HeldProcess, name: str, end: str) -> str:
    names = sorted((holder.name for holder in run.holders(name, end)), key=birth_path)
    return listed([f"{holder} itself" if holder == process.name else holder for holder in names])


def is_ready(run: RunState, process: HeldProcess, operation: Operation) -> bool:
    """Return whether an operation would return, be it because of a signal."""
    may_be_interrupted = not isinstance(operation, Dying | GivingUp | Exit | VforkWait | StoreBack)
    if may_be_interrupted and deliverable(process, inside=True):
        return True
    return returns_by_itself(run, process, operation)


def returns_by_itself(run: RunState, process: HeldProcess, operation: Operation) -> bool:
    """Return whether an operation would return without a signal."""
    if isinstance(operation, Wait):
        children = waited_children(run, process, operation.target)
        may_return = operation.options & WNOHANG or found_child(children, operation.options)
        return bool(may_return) or not children
    if isinstance(operation, Read | Write) and is_pipe(operation.object):
        if isinstance(operation, TryRead | TryWrite) and is_not_blocking(process):
            return True
        if isinstance(operation, Read):
            return _polls(process, select.POLLIN)
        pipe, count = operation.object, len(operation.data)
        has_reader = bool(run.holders(pipe, "r"))
        if not has_reader and pipe in run.left_late:
            run.flag(CLOSES_AFTER_VFORK)
        if run.filling[pipe] + count <= SURE_BYTES or not has_reader:
            return True
        if count <= PAGE:
            return with_written(run.pages.get(pipe, ()), count) is not None
        run.flag(FILLS_PIPE)
        return _polls(process, select.POLLOUT)
    if isinstance(operation, Flock) and not operation.operation & (LOCK_UN | LOCK_NB):
        return _is_free(run, process, operation)
    if isinstance(operation, VforkWait):
        return run.processes[operation.child].is_released
    if isinstance(operation, Polls):
        return returns_at_once(process, operation)
    if isinstance(operation, FifoWaits):
        return process.has_met
    if isinstance(operation, FutexSleep):
        return is_awake(run, process, operation)
    if isinstance(operation, TakeSignal):
        return not operation.is_patient or not operation.signals.isdisjoint(process.pending)
    return not isinstance(operation, Pause | Suspend)


def waited_children(run: RunState, process: HeldProcess, target: str) -> list[HeldProcess]:
    """Return the children, living or dead, that a wait means."""
    if not is_group(target):
        return run.children_of(process, "" if target == ANY else target)
    children = run.children_of(process)
    return [child for child in children if is_of_group(run, child, process, target)]


def found_child(children: Iterable[HeldProcess], options: int) -> HeldProcess | None:
    """Return the eldest child that has ended, or has stopped or continued if that is wanted."""
    for child in children:
        if child.state == DEAD or has_news(child, options):
            return child
    return None


def _polls(process: HeldProcess, wanted: int) -> bool:
    """Return what poll(2) says of the first argument's descriptor; all are held meanwhile."""
    try:
        return bool(events_at(process, signed(process.args[0]), wanted))
    except OSError:
        return True  # the call will find the same


def _is_free(run: RunState, process: HeldProcess, lock: Flock) -> bool:
    if lock.description in run.locks.get(lock.object, ()):
        return True
    path = f"/proc/{process.pid}/fd/{signed(process.args[0])}"
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, lock.operation | LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)


_FIRST_RESTART, _LAST_RESTART = -516, -512
_EINTR = -4
_STAT = {"stat": 1, "lstat": 1, "fstat": 1, "newfstatat": 2}
_SIGINFO = struct.Struct("16xi4xi")
_LONGEST_LISTING = 1 << 16
_ENTRY = 19
_TIME = 1_600_000_000
BLOCKED_SIGPIPE = "writes where no process can read, with SIGPIPE blocked: it stays pending"


def syscall_result(
    run: RunState, process: HeldProcess, operation: Operation, result: int
) -> Result:
    """Note what the operation did, and return its result in symbolic form."""
    if _FIRST_RESTART <= result <= _LAST_RESTART or result == _EINTR:
        if isinstance(operation, Sleep):
            answer_rest(run, process)
        answer_rest_of_select(run, process)
        return INTERRUPTED
    if isinstance(operation, Alone):
        operation = operation.operation
    if isinstance(operation, Close | Dying | GivingUp | Exiting):
        process.ends_are_stale = True
    if result == -errno.EPIPE and SIGPIPE in signals_of(ptrace.getsigmask(process.pid)):
        run.flag(BLOCKED_SIGPIPE)
    symbolic = _symbolic(run, process, operation, result)
    if result >= 0:
        _note(run, process, operation, result)
    return symbolic


def _symbolic(run: RunState, process: HeldProcess, operation: Operation, result: int) -> Result:
    if isinstance(operation, Dying | GivingUp | Exiting):
        return None  # its descriptors are given up, and the end follows
    if isinstance(operation, Wait):
        return _collected(run, process, operation.options, result)
    if isinstance(operation, GROUP_CALLS):
        return group_result(run, process, operation, result)
    if isinstance(operation, GetParent | Forking):
        return _relative(run, process, operation, result)
    if isinstance(operation, TakeSignal):
        return taken_signal(run, process, result)
    if isinstance(operation, AskPending):
        return pending_result(process)
    if isinstance(operation, SetTimer):
        return int(process.was_alarmed)
    if result < 0:
        return result
    if isinstance(operation, Read | Pread):
        return _bytes_read(run, process, operation.object, result)
    if isinstance(operation, Write):
        return _bytes_written(run, process, operation, result)
    if isinstance(operation, FileLook):
        if process.call.startswith("getdents"):
            return _names(run, process, result)
        seen = _asked(process, result)
        _set_times(run, process, operation.file)
        return seen
    if isinstance(operation, Polls) and result:
        answer_rest_of_select(run, process)
    return result


def _relative(
    run: RunState, process: HeldProcess, operation: GetParent | Forking, result: int
) -> Result:
    """Return the name of a new child, or of a parent."""
    if result in run.names.by_pid:
        return run.names.by_pid[result].name
    if isinstance(operation, Forking):
        return result
    run.knowledge.asks_as_orphan = True
    # The explorer adopts orphans only because it explores.
    adopter = run.knowledge.setup.adopter
    run.names.add_outside(adopter)
    registers.set_result(process.pid, adopter)
    return OUTSIDE


def _collected(run: RunState, process: HeldProcess, options: int, result: int) -> Result:
    """Return (child, status word) of a wait that found one."""
    if process.told is not None:
        news, process.told = process.told, None
        return news
    usage = process.args[4 if process.call == "waitid" else 3]
    if process.call == "waitid" and result == 0:
        pid = status = 0
        place = process.args[2]
        data = ptrace.read_memory(process.pid, place, _SIGINFO.size) if place else b""
        if len(data) == _SIGINFO.size:
            pid, status = _SIGINFO.unpack(data)
    else:
        pid = result
        status = number_at(process.pid, process.args[1]) if process.args[1] else 0
    child = run.names.by_pid.get(pid) if pid > 0 else None
    if child is None:
        return min(pid, 0)
    answer_usage(run, process, usage)
    if not options & WNOWAIT:
        child.is_reaped = True
    return (child.name, child.status if child.status is not None else status)


def _bytes_read(run: RunState, process: HeldProcess, name: str, count: int) -> bytes:
    data = b""
    for base, size in buffers(process):
        data += ptrace.read_memory(process.pid, base, min(size, count - len(data)))
    if is_pipe(name):
        run.filling[name] -= count
        run.pages[name] = with_read(run.pages.get(name, ()), count)
    return run.names.symbolic(data)


def _bytes_written(run: RunState, process: HeldProcess, operation: Write, count: int) -> int:
    name, data = operation.object, operation.data
    if is_pipe(name):
        run.filling[name] += count
        run.pages[name] = with_written(run.pages.get(name, ()), count) or ()
        if run.filling[name] > LOW_BYTES:
            run.knowledge.watch(run.knowledge.filled, name)
    is_whole = count == wanted(process)
    if name == OUT:
        run.wrote(data if is_whole else data[:count], count)
    # A pid may have another number of digits in another run.
    return len(data) if is_whole else count


def _asked(process: HeldProcess, result: int) -> Result:
    if process.call in _STAT:
        data = ptrace.read_memory(process.pid, process.args[_STAT[process.call]], 56)
        return struct.unpack("16xQI20xq", data) if len(data) == 56 else result
    if process.call == "statx":
        data = ptrace.read_memory(process.pid, process.args[4], 48)
        return struct.unpack("16xI8xH10xQ", data) if len(data) == 48 else result
    if process.call.startswith("readlink"):
        place = 2 if process.call == "readlinkat" else 1
        return ptrace.read_memory(process.pid, process.args[place], result)
    return result


def _set_times(run: RunState, process: HeldProcess, name: str) -> None:
    """Let the times of a file that processes change be others in the next run, and a size.

    Times tell when a file was changed, which no rule knows: in one run no change shows in them, in
    the next each does. The size of a directory tells of its file system. A program that hangs on
    these is found out: it does not do the same again.
    """
    if process.call in _STAT:
        start, times, size = process.args[_STAT[process.call]], 72, 48
    elif process.call == "statx":
        start, times, size = process.args[4], 64, 40
    else:
        return
    is_other = not run.knowledge.turn()
    if os.path.isdir(run.names.real(name)):
        ptrace.write_memory(process.pid, start + size, struct.pack("q", 4096 << is_other))
    if name in run.knowledge.shared:
        distance = zlib.crc32(name.encode()) % 1000
        seconds = _TIME - distance + run.touched[name] if is_other else _TIME + distance
        count = 4 if process.call == "statx" else 3
        ptrace.write_memory(process.pid, start + times, struct.pack("qq", seconds, 0) * count)


def _names(run: RunState, process: HeldProcess, count: int) -> tuple[object, ...]:
    """Return the names that getdents64 found; the process gets them in another order in turns.

    The copy of a directory lists its files in an order of its own.
    """
    data = ptrace.read_memory(process.pid, process.args[1], min(count, _LONGEST_LISTING))
    entries, place = [], 0
    while place + _ENTRY <= len(data):
        length = int.from_bytes(data[place + 16 : place + 18], "little")
        entries.append(data[place : place + max(length, 1)])
        place += len(entries[-1])
    names = sorted(entry[_ENTRY:].split(b"\0", 1)[0] for entry in entries)
    if len(names) > 1 and not run.knowledge.turn():
        # The place to go on from stays where it is: it belongs to the position.
        turned = zip(entries, reversed(entries), strict=True)
        moved = b"".join(name[:8] + place[8:16] + name[16:] for place, name in turned)
        ptrace.write_memory(process.pid, process.args[1], moved)
    return tuple(names)


def _note(run: RunState, process: HeldProcess, operation: Operation, result: int) -> None:
    """Note what a call that has succeeded changes for others."""
    if isinstance(operation, Close):
        _note_closed(process)
    elif isinstance(operation, Open):
        known = run.knowledge
        process.ends_are_stale |= operation.path in known.locked | known.renamed
        if operation.path in known.locked:
            process.opens_made += 1
            process.descriptions[result] = f"{process.name}#{process.opens_made}"
    elif isinstance(operation, Duplicated):
        if operation.old in process.descriptions:
            process.descriptions[result] = process.descriptions[operation.old]
    elif isinstance(operation, PipeMade):
        run.names.add_pipe(process, number_at(process.pid, operation.address))
    elif isinstance(operation, Kill) and not is_group(operation.target):
        is_own = operation.target == process.name
        send(run.processes[operation.target], operation.signal, is_own=is_own)
    elif isinstance(operation, SignalAction):
        set_disposition(process, operation.signal, operation.disposition)
    elif isinstance(operation, FileChange) and operation.call in TAKES_NAMES:
        run.note_removed(process)
    elif isinstance(operation, MemoryMapped):
        note_mapped(process, operation, result)
    elif isinstance(operation, Flock):
        holders = run.locks.setdefault(operation.object, {})
        if operation.operation & LOCK_UN:
            holders.pop(operation.description, None)
        else:
            holders[operation.description] = operation.operation & (LOCK_SH | LOCK_EX)


def _note_closed(process: HeldProcess) -> None:
    old, new = signed(process.args[0]), signed(process.args[1])
    if process.call == "close":
        process.descriptions.pop(old, None)
    elif process.call in ("dup2", "dup3"):
        process.descriptions.pop(new, None)
        if old in process.descriptions:
            process.descriptions[new] = process.descriptions[old]
