"""The operations of system calls on descriptors: reading, writing, closing.

Opening a FIFO: a process that would wait for its other end is not let sleep in the kernel.
A reader opens it without blocking, which is taken back when it is open; for a writer, the explorer
has the reading end open for a moment. So the process has its end, and counts, as it does while it
sleeps in open; it is held before it comes back, until a partner has come.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from simpsh.base.process_names import FIRST
from simpsh.explore import flags
from simpsh.explore.control import clock_and_random
from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.run_state import ARRIVALS, FOREIGN, Args, RunState, ends_of, open_flags
from simpsh.explore.objects.file_operations import FileChange, Pread, Pwrite
from simpsh.explore.objects.kernel_state import Operation
from simpsh.explore.objects.pipe_operations import Close, FifoWaits, OpenFifo, Read, Write
from simpsh.explore.objects.process_operations import Duplicated, PipeMade
from simpsh.explore.objects.symbolic_names import (
    OUT,
    OUTSIDE,
    TERMINAL,
    is_file,
    is_pipe,
    is_socket,
)
from simpsh.kernel import descriptors
from simpsh.kernel.machine import ptrace, registers
from simpsh.process import proc
from simpsh.trace import tracee_proc
from simpsh.trace.tracee_proc import number_at, signed

_ENDS = ("r", "w", "rw")
_PLACE_OF_FLAGS = {"open": 1, "openat": 2}


def opens_fifo(run: RunState, name: str, bits: int) -> OpenFifo | None:
    """Return the opening of a FIFO; None if the file is none."""
    if not is_fifo_file(run, name):
        return None
    if name not in run.knowledge.fifos:
        run.knowledge.fifos.add(name)
    ends = _ENDS[bits & os.O_ACCMODE] if bits & os.O_ACCMODE < len(_ENDS) else "r"
    blocks = not bits & os.O_NONBLOCK
    if not blocks:
        run.flag(flags.NOT_BLOCKING)
    return OpenFifo(name, ends, blocks)


def is_fifo_file(run: RunState, name: str) -> bool:
    """Return whether a file is a FIFO now."""
    try:
        return stat.S_ISFIFO(os.stat(run.names.real(name)).st_mode)
    except OSError:
        return False


def lacks_partner(run: RunState, operation: OpenFifo) -> bool:
    """Return whether opening it would wait."""
    if not operation.blocks or operation.ends == "rw" or not is_fifo_file(run, operation.path):
        return False
    return not run.kernel.is_held(operation.fifo, "w" if operation.ends == "r" else "r")


@contextmanager
def not_waiting(run: RunState, process: HeldProcess, operation: OpenFifo) -> Iterator[None]:
    """Make an open return at once that would wait for a partner."""
    if operation.ends == "r":
        place = _PLACE_OF_FLAGS.get(process.call, 1)
        values = registers.getregs(process.pid)
        values[registers.ARGUMENTS[place]] |= os.O_NONBLOCK
        registers.setregs(process.pid, values)
        yield
        return
    held = os.open(run.names.real(operation.path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        yield
    finally:
        descriptors.close(held)


def waits_after(
    run: RunState, process: HeldProcess, operation: Operation, result: int
) -> FifoWaits | None:
    """Return the wait that follows an open that was made without a partner."""
    if not isinstance(operation, OpenFifo) or result < 0 or not lacks_partner(run, operation):
        return None
    if operation.ends == "r":
        _set_blocking(process, result, blocks=True)
    return FifoWaits(operation.fifo, operation.ends)


def _set_blocking(process: HeldProcess, descriptor: int, *, blocks: bool) -> None:
    borrowed = descriptors.borrow(process.pid, descriptor)
    os.set_blocking(borrowed, blocks)
    descriptors.close(borrowed)


def can_be_read(process: HeldProcess) -> bool | None:
    """Return whether a read from the first argument's descriptor would return, by poll(2).

    None means that the descriptor cannot be borrowed.
    """
    try:
        borrowed = descriptors.borrow(process.pid, signed(process.args[0]))
    except OSError:
        return None
    poll = select.poll()
    poll.register(borrowed, select.POLLIN)
    events = poll.poll(0)
    descriptors.close(borrowed)
    return bool(events)


_MOST_BYTES = 1 << 20
_MOST_VECTORS = 1024
_VECTOR = struct.Struct("PP")
_F_DUPFD, _F_GETFL, _F_SETFL, _F_DUPFD_CLOEXEC = 0, 3, 4, 1030
_O_NONBLOCK, _O_DIRECT, _O_ASYNC = 0o4000, 0o40000, 0o20000
_COMMANDS = {
    getattr(fcntl, name): name
    for name in sorted(vars(fcntl), reverse=True)
    if name.startswith(("F_SET", "F_GET", "F_OFD", "F_NOTIFY", "F_ADD"))
}
"""The names of the commands; see fcntl(2)."""
_RECORD_LOCKS = ("F_GETLK", "F_SETLK", "F_SETLKW", "F_OFD_GETLK", "F_OFD_SETLK", "F_OFD_SETLKW")
_CLOSE_RANGE_CLOEXEC = 4
_TERMINALS = ("/dev/tty", "/dev/pts/", "/dev/console")


def is_terminal(name: str) -> bool:
    """Return whether a file is a terminal."""
    return name.startswith(_TERMINALS)


def buffers(process: HeldProcess) -> list[tuple[int, int]]:
    """Return the places and sizes of what a call reads into, or writes from."""
    address, count = process.args[1:3]
    if not process.call.endswith("v"):
        return [(address, count)]
    data = ptrace.read_memory(process.pid, address, _VECTOR.size * min(count, _MOST_VECTORS))
    return list(_VECTOR.iter_unpack(data[: len(data) // _VECTOR.size * _VECTOR.size]))


def wanted(process: HeldProcess) -> int:
    """Return how many bytes a call is to read or write."""
    return sum(size for _, size in buffers(process))


def moved_bytes(process: HeldProcess, count: int = _MOST_BYTES) -> bytes:
    """Return what a call is to write, or has read: so many bytes at most."""
    data = b""
    for base, size in buffers(process):
        data += ptrace.read_memory(process.pid, base, min(size, count - len(data)))
    return data


def is_not_blocking(process: HeldProcess) -> bool:
    """Return whether the first argument's descriptor is set not to block."""
    return bool(open_flags(process, signed(process.args[0])) & os.O_NONBLOCK)


def _can_use(process: HeldProcess, end: str, size: int) -> bool:
    """Return whether a call moves bytes at all: with none, or at the wrong end, it never waits."""
    return size > 0 and end in ends_of(process, signed(process.args[0]))


@ARRIVALS.of("recvfrom", "sendto")
def _socket_call(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    is_plain = not any(args[3:5])  # no flags, no address
    if is_plain and is_socket(run.names.object_of(process, signed(args[0]))):
        return (_read if process.call == "recvfrom" else _write)(run, process, args)
    run.flag_call(process, flags.SOCKETS.of(process.call))
    return None


@ARRIVALS.of("read", "readv")
def _read(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]), "r")
    if name in clock_and_random.DEVICES and process.call == "read":
        clock_and_random.answer_read(run, process, args)
        return None
    run.take_input(name)
    if name == OUTSIDE:
        run.flag(flags.READS_OUTSIDE)
    elif name == OUT or is_terminal(name):
        run.flag_call(process, flags.USES_TERMINAL)
    if name == TERMINAL and os.getpgid(process.pid) != run.processes[FIRST].pid:
        run.need_groups()
    # Reading a file may move another process's place in it.
    is_visible = is_pipe(name) or (
        is_file(name)
        and (name == TERMINAL or run.is_shared(name) or run.has_shared_offset(process, name))
    )
    if is_pipe(name) and not _can_use(process, "r", wanted(process)):
        return None
    if not is_visible:
        return None
    place = own_offset(run, process, name)
    return Read(name, wanted(process)) if place is None else Pread(name, wanted(process), place)


def own_offset(run: RunState, process: HeldProcess, name: str) -> int | None:
    """Return the place in a file that a call begins at, if its process's own calls decide on it.

    It may be moved by others who share it, and in a file that is appended to by their writes.
    """
    number = signed(process.args[0])
    is_plain = is_file(name) and not os.path.isdir(run.names.real(name))
    if not is_plain or name in process.files.shared or open_flags(process, number) & os.O_APPEND:
        return None
    return int(proc.fdinfo(process.pid, number).get("pos", "0"))


@ARRIVALS.of("write", "writev")
def _write(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]), "w")
    if name == OUTSIDE:
        run.flag(flags.READS_OUTSIDE)
    elif is_terminal(name):
        run.flag_call(process, flags.USES_TERMINAL)
    if not (run.changes(name) if is_file(name) else name == OUT or is_pipe(name)):
        return None
    data = moved_bytes(process)
    if is_pipe(name) and not _can_use(process, "w", len(data)):
        return None
    # A pipe with room takes it all at once; see Write.
    is_followed = is_pipe(name) and process.call != "writev"
    if len(data) > select.PIPE_BUF and len(run.living) > 1 and not is_followed:
        run.flag(flags.TEARS)
    names = run.names
    if is_pipe(name) and len(data) >= select.PIPE_BUF:
        names.take_as_numbers(data)
    symbolic = names.printed(data) if name == OUT else names.symbolic(data)
    return Write(name, symbolic)


@ARRIVALS.of("pread64", "preadv")
def _pread(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]))
    is_visible = is_file(name) and run.is_shared(name)
    return Pread(name, wanted(process), args[3]) if is_visible else None


@ARRIVALS.of("pwrite64", "pwritev")
def _pwrite(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]))
    if not is_file(name) or not run.changes(name):
        return None
    data = run.names.symbolic(moved_bytes(process))
    # On Linux, what is open to append is appended to, whatever the place.
    is_appended = open_flags(process, signed(args[0])) & os.O_APPEND
    return Write(name, data) if is_appended else Pwrite(name, data, args[3])


def _given_up(run: RunState, process: HeldProcess, descriptors: list[int]) -> Operation | None:
    """Return the closing of these descriptors, as far as a process may notice it."""
    names = []
    for number in descriptors:
        name = run.names.object_of(process, number)
        is_held = is_pipe(name) or number in process.files.descriptions
        is_renamed = name in run.knowledge.renamed
        if is_held or is_renamed:
            process.files.mark_stale()
        process.files.replace(number)
        if is_held or (is_renamed and not run.is_alone):
            names.append(name)
    return Close(" ".join(dict.fromkeys(names))) if names else None


@ARRIVALS.of("close")
def _close(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    return _given_up(run, process, [signed(args[0])])


@ARRIVALS.of("close_range")
def _close_range(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    if args[2] & _CLOSE_RANGE_CLOEXEC:
        return None
    held = tracee_proc.descriptors(process.pid)
    numbers = sorted(number for number, _ in (*held.pipes, *held.files))
    first, last = args[0] & 0xFFFFFFFF, args[1] & 0xFFFFFFFF
    return _given_up(run, process, [number for number in numbers if first <= number <= last])


@ARRIVALS.of("dup", "dup2", "dup3")
def _dup(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    old = signed(args[0])
    new = old if process.call == "dup" else signed(args[1])
    closing = _given_up(run, process, [new]) if old != new else None
    return closing or (Duplicated(old) if old in process.files.descriptions else None)


@ARRIVALS.of("fcntl")
def _fcntl(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    command = args[1]
    if command in (_F_DUPFD, _F_DUPFD_CLOEXEC):
        return _dup(run, process, args)
    if command == _F_GETFL:
        return None
    name = run.names.object_of(process, signed(args[0]))
    called = _COMMANDS.get(command, f"fcntl {command}")
    if called in _RECORD_LOCKS:
        run.flag(flags.LOCKS_RECORDS.of(called))
    elif command != _F_SETFL:
        run.flag(flags.NOT_LISTED.of(called))
    elif is_pipe(name):
        changed = open_flags(process, signed(args[0])) ^ args[2]
        if changed & (_O_DIRECT | _O_ASYNC):
            run.flag(flags.ODD_FLAGS)
        if changed & _O_NONBLOCK:
            run.flag(flags.NOT_BLOCKING)
    elif args[2] & _O_NONBLOCK and not is_file(name):
        run.flag(flags.NOT_BLOCKING)
    elif not run.is_alone and (
        not is_file(name)
        or name in process.files.shared
        or (open_flags(process, signed(args[0])) ^ args[2]) & os.O_APPEND
    ):
        run.flag(flags.SHARED_FLAGS)
    return None


@ARRIVALS.of("pipe", "pipe2")
def _pipe(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    bits = args[1] if process.call == "pipe2" else 0
    if bits & _O_DIRECT:
        run.flag(flags.ODD_FLAGS)
    process.files.mark_stale()
    if bits & _O_NONBLOCK:
        run.flag(flags.NOT_BLOCKING)
    return PipeMade(args[0])


@ARRIVALS.of("socketpair")
def _socketpair(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    process.files.mark_stale()
    if args[0] != _AF_UNIX or args[1] & ~_SOCK_CLOEXEC != _SOCK_STREAM:
        run.flag_call(process, flags.SOCKETS.of("socketpair"))
        return None
    return PipeMade(args[3])


@ARRIVALS.of("socket")
def _socket(run: RunState, process: HeldProcess, args: Args) -> None:
    """A socket that names a service by its path is private until it is connected or bound."""
    if args[0] != _AF_UNIX:
        run.flag_call(process, flags.SOCKETS.of("socket"))


@ARRIVALS.of("sendfile", "splice", "tee", "vmsplice", "copy_file_range")
def _moved(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    """Bytes that the kernel moves from one descriptor to another."""
    places = (1, 0) if process.call == "sendfile" else (0, 2)
    names = [run.names.object_of(process, signed(args[place])) for place in places]
    are_shared = [run.is_shared(name) or run.has_shared_offset(process, name) for name in names]
    if process.call == "copy_file_range" and all(map(is_file, names)):
        visible = run.changes(names[1])
        return FileChange(process.call, tuple(names), (args[4],)) if visible else None
    if any(are_shared) or any(is_pipe(name) or name in (OUT, OUTSIDE) for name in names):
        run.flag(flags.MOVES_BYTES.of(process.call))
    if is_file(names[1]) or names[1].startswith(FOREIGN):
        run.changes(names[1])
    return None


_AF_UNIX, _SOCK_STREAM, _SOCK_CLOEXEC = 1, 1, 0o2000000
_FIONREAD, _FIONBIO, _OF_TERMINALS = 0x541B, 0x5421, 0x54
_FICLONE, _FS_IOC_FIEMAP = 0x40049409, 0xC020660B


@ARRIVALS.of("ioctl")
def _ioctl(run: RunState, process: HeldProcess, args: Args) -> None:
    name = run.names.object_of(process, signed(args[0]))
    if args[1] == _FIONREAD:
        run.flag_call(process, flags.ASKS_FILLING)
    elif args[1] == _FIONBIO:
        if number_at(process.pid, args[2]):
            run.flag_call(process, flags.NOT_BLOCKING)
    elif args[1] in (_FICLONE, _FS_IOC_FIEMAP):
        registers.skip_call(process.pid, -errno.EOPNOTSUPP)  # as on most file systems
    elif is_terminal(name) or (
        name in (OUT, TERMINAL) and is_terminal(proc.link(process.pid, f"fd/{signed(args[0])}"))
    ):
        run.flag_call(process, flags.USES_TERMINAL)
    elif name and args[1] >> 8 != _OF_TERMINALS:  # those fail: it is none
        if name.startswith("./"):
            run.changes(name)
        run.flag_call(process, flags.USES_IOCTL.of(f"{args[1]:#x}"))
