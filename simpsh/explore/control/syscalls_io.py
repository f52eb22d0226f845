"""System calls on descriptors: which operation a process stands at: reading, writing, closing."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable

from simpsh.explore.control import clock_and_random
from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.run_state import FOREIGN, RunState
from simpsh.explore.control.sharing.epoll_calls import note_copied
from simpsh.explore.control.sharing.poll_calls import PipeMadeNotBlocking, end_of
from simpsh.explore.control.sharing.record_lock_calls import locks_records
from simpsh.explore.control.step_readiness import is_not_blocking
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.fifo_operations import ReadNow, WriteNow, is_fifo
from simpsh.explore.operations.pipe_pages import SURE_BYTES
from simpsh.explore.operations.readiness import AsksBlocking, SetsBlocking, TryRead, TryWrite
from simpsh.explore.operations.record_locks import F_GETLK, F_SETLK, F_SETLKW
from simpsh.explore.operations.visible_operations import Operation
from simpsh.explore.workplace import standard_input
from simpsh.kernel.machine import ptrace
from simpsh.process import proc
from simpsh.trace import tracee_proc
from simpsh.trace.tracee_proc import signed

Args = tuple[int, ...]
Arrival = Callable[[RunState, HeldProcess, Args], Operation | None]

USES_TERMINAL, NOT_BLOCKING = "uses the terminal", "uses a descriptor that does not block"
READS_OUTSIDE = "uses a pipe from outside"
TEARS = "writes more than 4 KiB at once, which others may tear apart"
_MOST_BYTES, _PIPE_BUF = 1 << 20, 4096
_MOST_VECTORS = 1024
_F_DUPFD, _F_GETFL, _F_SETFL, _F_DUPFD_CLOEXEC = 0, 3, 4, 1030
PACKETS = "uses a pipe of packets (O_DIRECT)"
SENDS_SIGIO = "asks for a signal when a descriptor is ready (O_ASYNC)"
SHARED_FLAGS = "changes the flags of an open file that processes share (F_SETFL)"
_O_NONBLOCK, _O_DIRECT = 0o4000, 0o40000
_NOT_MODELLED = {
    8: "F_SETOWN",
    9: "F_GETOWN",
    10: "F_SETSIG",
    11: "F_GETSIG",
    15: "F_SETOWN_EX",
    16: "F_GETOWN_EX",
    36: "F_OFD_GETLK",
    37: "F_OFD_SETLK",
    38: "F_OFD_SETLKW",
    1024: "F_SETLEASE",
    1025: "F_GETLEASE",
    1026: "F_NOTIFY",
    1031: "F_SETPIPE_SZ",
    1032: "F_GETPIPE_SZ",
    1033: "F_ADD_SEALS",
    1034: "F_GET_SEALS",
}
"""What programs call the other commands; see fcntl(2)."""
# O_DIRECT and O_ASYNC.
_NAMED_FLAGS = _O_DIRECT | 0o20000
_CLOSE_RANGE_CLOEXEC = 4
_TERMINALS = ("/dev/tty", "/dev/pts/", "/dev/console")


def is_terminal(name: str) -> bool:
    """Return whether a file is a terminal."""
    return name.startswith(_TERMINALS)


def vectors(process: HeldProcess, address: int, count: int) -> list[tuple[int, int]]:
    """Return the places and sizes that readv and writev are given."""
    count = min(count, _MOST_VECTORS)
    data = ptrace.read_memory(process.pid, address, 16 * count)
    return list(struct.iter_unpack("QQ", data[: len(data) // 16 * 16]))


def buffers(process: HeldProcess) -> list[tuple[int, int]]:
    """Return the places and sizes of what a call reads into, or writes from."""
    address, count = process.args[1:3]
    return vectors(process, address, count) if "v" in process.call else [(address, count)]


def wanted(process: HeldProcess) -> int:
    """Return how many bytes a call is to read or write."""
    return sum(size for _, size in buffers(process))


def _written(process: HeldProcess) -> bytes:
    return b"".join(
        ptrace.read_memory(process.pid, base, min(size, _MOST_BYTES))
        for base, size in buffers(process)
    )


def _looks_inside(run: RunState, process: HeldProcess, name: str) -> bool:
    """Return whether reading this is visible; flag what cannot be followed."""
    if name == ops.OUTSIDE:
        run.flag(READS_OUTSIDE)
    elif name == ops.OUT or is_terminal(name):
        run.flag_call(process, USES_TERMINAL)
    return ops.is_pipe(name) or (ops.is_file(name) and run.is_shared(name))


def _changes(run: RunState, process: HeldProcess, name: str) -> bool:
    """Return whether writing there is visible; flag what cannot be followed."""
    if name == ops.OUTSIDE:
        run.flag(READS_OUTSIDE)
    elif is_terminal(name):
        run.flag_call(process, USES_TERMINAL)
    elif ops.is_file(name):
        return run.changes(name)
    return name == ops.OUT or ops.is_pipe(name)


def _can_use(process: HeldProcess, end: str, size: int) -> bool:
    """Return whether a call moves bytes at all: with none, or at the wrong end, it never waits."""
    return size > 0 and end in end_of(process, signed(process.args[0]))


def _read(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]))
    if name in clock_and_random.DEVICES and process.call == "read":
        clock_and_random.answer_read(run, process, args)
        return None
    if name == standard_input.PATH and run.knowledge.program.input is not None:
        run.take_input(run.knowledge.program.input)
    # Reading a file may move another process's place in it.
    is_visible = _looks_inside(run, process, name) or (
        ops.is_file(name) and run.has_shared_offset(process, name)
    )
    if ops.is_pipe(name) and not _can_use(process, "r", wanted(process)):
        return None
    if is_fifo(name) and is_not_blocking(process):
        return ReadNow(name, wanted(process))
    if name in run.knowledge.not_blocking:
        return TryRead(name, wanted(process))
    return ops.Read(name, wanted(process)) if is_visible else None


def _write(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]))
    if not _changes(run, process, name):
        return None
    data = _written(process)
    if ops.is_pipe(name) and not _can_use(process, "w", len(data)):
        return None
    is_flagged_at_the_pipe = ops.is_pipe(name) and len(data) > SURE_BYTES
    is_torn = len(data) > _PIPE_BUF and len(run.living) > 1
    if is_torn and not is_flagged_at_the_pipe:
        run.flag(TEARS)
    names = run.names
    if is_fifo(name) and is_not_blocking(process):
        return WriteNow(name, names.symbolic(data))
    if name in run.knowledge.not_blocking:
        return TryWrite(name, names.symbolic(data))
    return ops.Write(name, names.printed(data) if name == ops.OUT else names.symbolic(data))


def _pread(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]))
    is_visible = ops.is_file(name) and run.is_shared(name)
    return ops.Pread(name, wanted(process), args[3]) if is_visible else None


def _pwrite(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]))
    if not ops.is_file(name) or not run.changes(name):
        return None
    data = run.names.symbolic(_written(process))
    flags = int(proc.fdinfo(process.pid, signed(args[0])).get("flags", "0"), 8)
    # On Linux, what is open to append is appended to, whatever the place.
    return ops.Write(name, data) if flags & os.O_APPEND else ops.Pwrite(name, data, args[3])


def _given_up(run: RunState, process: HeldProcess, descriptors: list[int]) -> Operation | None:
    """Return the closing of these descriptors, as far as a process may notice it."""
    names = []
    for number in descriptors:
        name = run.names.object_of(process, number)
        is_locked = number in process.descriptions or name in process.record_locks
        is_held = ops.is_pipe(name) or is_locked
        is_renamed = name in run.knowledge.renamed
        process.ends_are_stale |= is_held or is_renamed
        process.let_go -= {number}
        if is_held or (is_renamed and not run.is_alone):
            names.append(name)
    return ops.Close(" ".join(dict.fromkeys(names))) if names else None


def _close(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    return _given_up(run, process, [signed(args[0])])


def _close_range(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    if args[2] & _CLOSE_RANGE_CLOEXEC:
        return None
    found = tracee_proc.descriptors(process.pid)
    numbers = sorted(number for number, _ in (*found.pipes, *found.files))
    first, last = args[0] & 0xFFFFFFFF, args[1] & 0xFFFFFFFF
    return _given_up(run, process, [one for one in numbers if first <= one <= last])


def _dup2(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    old, new = signed(args[0]), signed(args[1])
    note_copied(run, process, old)
    closing = _given_up(run, process, [new]) if old != new else None
    return closing or (ops.Duplicated(old) if old in process.descriptions else None)


def _dup(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    old = signed(args[0])
    note_copied(run, process, old)
    return ops.Duplicated(old) if old in process.descriptions else None


def _fcntl(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    command = args[1]
    if command in (_F_DUPFD, _F_DUPFD_CLOEXEC):
        return _dup(run, process, args)
    name = run.names.object_of(process, signed(args[0]))
    if command in (F_GETLK, F_SETLK, F_SETLKW):
        return locks_records(run, process, name, args)
    if command == _F_GETFL:
        asked = name in run.knowledge.not_blocking
        return AsksBlocking(name, end_of(process, signed(args[0]))) if asked else None
    if command != _F_SETFL:
        run.flag(
            f"uses a call that is not modelled ({_NOT_MODELLED.get(command, f'fcntl {command}')})"
        )
    elif ops.is_pipe(name):
        return _sets_flags(run, process, name, args)
    elif args[2] & _O_NONBLOCK and not ops.is_file(name):
        run.flag(NOT_BLOCKING)
    elif not run.is_alone and (not ops.is_file(name) or name in process.shared_files):
        run.flag(SHARED_FLAGS)
    return None


def _sets_flags(run: RunState, process: HeldProcess, name: str, args: Args) -> Operation | None:
    """Let a pipe block or not; what else F_SETFL may set does nothing to a pipe, or is named."""
    number = signed(args[0])
    before = int(proc.fdinfo(process.pid, number).get("flags", "0"), 8)
    if (before ^ args[2]) & _NAMED_FLAGS:
        run.flag(PACKETS if (before ^ args[2]) & _O_DIRECT else SENDS_SIGIO)
    if not (before ^ args[2]) & _O_NONBLOCK:
        return None
    if is_fifo(name):
        run.flag(NOT_BLOCKING)
        return None
    run.knowledge.watch(run.knowledge.not_blocking, name)
    return SetsBlocking(name, end_of(process, number), not args[2] & _O_NONBLOCK)


def _pipe(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    flags = args[1] if process.call == "pipe2" else 0
    if flags & _O_DIRECT:
        run.flag(PACKETS)
    process.ends_are_stale = True
    return PipeMadeNotBlocking(args[0]) if flags & _O_NONBLOCK else ops.PipeMade(args[0])


def _moved(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    """Bytes that the kernel moves from one descriptor to another."""
    places = (1, 0) if process.call == "sendfile" else (0, 2)
    names = [run.names.object_of(process, signed(args[place])) for place in places]
    if process.call == "copy_file_range" and all(map(ops.is_file, names)):
        visible = run.changes(names[1])
        return ops.FileChange(process.call, tuple(names), (args[4],)) if visible else None
    if any(
        ops.is_pipe(name) or name in (ops.OUT, ops.OUTSIDE) or run.is_shared(name) for name in names
    ):
        run.flag(f"calls {process.call}, which is not modelled")
    if ops.is_file(names[1]) or names[1].startswith(FOREIGN):
        run.changes(names[1])
    return None


IO_CALLS: dict[str, Arrival] = {
    "read": _read,
    "readv": _read,
    "write": _write,
    "writev": _write,
    "pread64": _pread,
    "preadv": _pread,
    "pwrite64": _pwrite,
    "pwritev": _pwrite,
    "close": _close,
    "close_range": _close_range,
    "dup": _dup,
    "dup2": _dup2,
    "dup3": _dup2,
    "fcntl": _fcntl,
    "pipe": _pipe,
    "pipe2": _pipe,
    **dict.fromkeys(("sendfile", "splice", "tee", "vmsplice", "copy_file_range"), _moved),
}
