"""Descriptors refer to open file descriptions, which hold the offset and the flock(2) lock.

Descriptors, even of different processes, can share a description; kcmp(2) shows whether they do.
"""

from __future__ import annotations

import errno
import fcntl
import os

from simpsh.base import complete_write
from simpsh.base.record import Record, suppress
from simpsh.kernel.call_observer import observable, observing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


FD_CLOEXEC = fcntl.FD_CLOEXEC
HIGHEST = (1 << 31) - 2
"""The largest possible descriptor; larger than a limit that was lowered later."""
_OWN_LOWEST_UNDER_LIMIT = 10
_LIMIT = min(os.sysconf("SC_OPEN_MAX"), 1024)
"""At most 1024, because fork copies the descriptor table up to the highest number."""
OWN_LOWEST = max(_OWN_LOWEST_UNDER_LIMIT, _LIMIT - min(64, _LIMIT // 2))
"""The lowest descriptor of the shell itself. Scripts use lower ones, as in `200>lock`, and may also
use free ones from here on.
"""


class PipeEnds(Record):
    """The two ends of a pipe."""

    read_end: int
    write_end: int


@observable("open")
def open_file(path: str, flags: int, mode: int = 0o666) -> int:
    """Open a file; return the lowest free descriptor, which is close-on-exec. See open(2)."""
    return os.open(path, flags | os.O_CLOEXEC, mode)


@observable("close")
def close(descriptor: int) -> None:
    """Close a descriptor; see close(2)."""
    os.close(descriptor)


@observable("dup2")
def dup2(old: int, new: int) -> int:
    """Make `new` a duplicate of `old` that stays open across exec; see dup2(2)."""
    return os.dup2(old, new, inheritable=True)


@observable("fcntl(F_DUPFD_CLOEXEC)")
def dup_above(descriptor: int, lowest: int = OWN_LOWEST) -> int:
    """Return a close-on-exec duplicate numbered `lowest` or higher; 10 if the limit is too low."""
    try:
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, lowest)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    try:
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _OWN_LOWEST_UNDER_LIMIT)
    except OSError as error:
        # Here EINVAL means that no number above 9 is allowed.
        number = errno.EMFILE if error.errno == errno.EINVAL else error.errno
        raise OSError(number, os.strerror(number or 0)) from error


def move_above(descriptor: int, lowest: int = OWN_LOWEST) -> int:
    """Call dup_above(), and close the descriptor in any case."""
    try:
        return dup_above(descriptor, lowest)
    finally:
        close(descriptor)


def open_above_standard(path: str, flags: int, mode: int = 0o666) -> int:
    """Open a file as 3 or higher, where no later redirection overwrites it."""
    descriptor = open_file(path, flags, mode)
    return descriptor if descriptor > 2 else move_above(descriptor, 3)


@observable("fcntl(F_SETFD)")
def set_flags(descriptor: int, flags: int) -> None:
    """Set the descriptor flags: FD_CLOEXEC, or 0 to keep it open across execve. See fcntl(2)."""
    fcntl.fcntl(descriptor, fcntl.F_SETFD, flags)


def is_open(descriptor: int) -> bool:
    """Return whether the descriptor is open. See fcntl(2), F_GETFD."""
    return _flags(descriptor, fcntl.F_GETFD) is not None


def is_close_on_exec(descriptor: int) -> bool:
    """Return whether execve closes the descriptor; false if it is not open. See fcntl(2)."""
    return bool((_flags(descriptor, fcntl.F_GETFD) or 0) & fcntl.FD_CLOEXEC)


def _flags(descriptor: int, command: int) -> int | None:
    try:
        return fcntl.fcntl(descriptor, command)
    except OSError:
        return None


@observable("pipe2")
def pipe2(flags: int = os.O_CLOEXEC) -> PipeEnds:
    """Make a pipe whose two ends are close-on-exec. See pipe2(2)."""
    return PipeEnds(*os.pipe2(flags))


def own_pair(*, lowest: int = OWN_LOWEST) -> tuple[int, int]:
    """Return two connected close-on-exec descriptors, numbered `lowest` or higher.

    They are unobserved sockets: a shell's visible pipes belong to its commands. See socketpair(2).
    """
    import _socket

    with observing(None):
        ends = [end.detach() for end in _socket.socketpair()]
        try:
            ends[0] = move_above(ends[0], lowest)
        except OSError:
            close(ends[1])
            raise
        try:
            return ends[0], move_above(ends[1], lowest)
        except OSError:
            close(ends[0])
            raise


@observable("read", announced=True)
def read(descriptor: int, count: int) -> bytes:
    """Read at most `count` bytes; return b"" at end of file. See read(2)."""
    return os.read(descriptor, count)


def readable(descriptors: Iterable[int], seconds: float | None = None) -> list[int]:
    """Wait until descriptors are readable; return these, or an empty list after `seconds`."""
    import select

    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    limit = None if seconds is None else max(0.0, seconds) * 1000
    try:
        ready = poll.poll(limit)
    except OSError:
        ready = poll.poll(limit)
    return [descriptor for descriptor, _ in ready]


@observable("write")
def write(descriptor: int, data: bytes) -> int:
    """Write; return the number of bytes written, which may be less than given. See write(2)."""
    return os.write(descriptor, data)


def read_exactly(descriptor: int, count: int) -> bytes:
    """Read `count` bytes, or less at end of file; raises like read()."""
    data = b""
    while len(data) < count:
        piece = read(descriptor, count - len(data))
        if not piece:
            break
        data += piece
    return data


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of `data`, and wait if the descriptor refuses for now (O_NONBLOCK).

    Raises like write(); EIO: the descriptor takes nothing.
    """
    complete_write.write_all(descriptor, data, write)


@observable("lseek")
def lseek(descriptor: int, offset: int, whence: int) -> int:
    """Move the offset of the open file description, and return it. See lseek(2)."""
    return os.lseek(descriptor, offset, whence)


@observable("ftruncate")
def ftruncate(descriptor: int, size: int) -> None:
    """Make the file this long. See ftruncate(2)."""
    os.ftruncate(descriptor, size)


@observable("memfd_create")
def memfd_create(name: str) -> int:
    """Return a descriptor for an unnamed file in memory. See memfd_create(2)."""
    return os.memfd_create(name, os.MFD_CLOEXEC)


@observable("close_range")
def close_range(first: int, last: int) -> None:
    """Close every open descriptor from `first` to `last`, both included. See close_range(2)."""
    from simpsh.kernel.c_library import call
    from simpsh.kernel.machine.syscall_table import NUMBERS

    try:
        call("syscall", NUMBERS["close_range"], first, last, 0)
    except (OSError, KeyError):
        # Before Linux 5.9, or refused by a container. os.closerange() would try all numbers up to
        # the limit, which may take minutes.
        for number in open_descriptors():
            if first <= number <= last:
                with suppress(OSError):
                    os.close(number)


def open_descriptors() -> list[int]:
    """Return the open descriptors of this process; without /proc, only those below 1024."""
    try:
        return [*map(int, os.listdir("/proc/self/fd"))]
    except OSError:
        # /proc is not mounted, or no descriptor is left to read it.
        return [number for number in range(_LIMIT) if is_open(number)]


def closed_by_exec() -> list[int]:
    """Return the open descriptors that are close-on-exec."""
    found = []
    for number in open_descriptors():
        # Without another function, because a forked copy of the shell copies a page for each.
        try:
            if fcntl.fcntl(number, fcntl.F_GETFD) & FD_CLOEXEC:
                found.append(number)
        except OSError:
            pass  # it was the directory
    return found


def close_all_but(kept: Iterable[int]) -> None:
    """Close every open descriptor from 3 on except `kept`. See close_range(2)."""
    first = 3
    for descriptor in sorted(kept):
        if descriptor >= first:
            if descriptor > first:
                close_range(first, descriptor - 1)
            first = descriptor + 1
    close_range(first, HIGHEST)


# Standard descriptors that were closed at the start.

_has_placeholders = False


def reserve_standard_descriptors() -> None:
    """Open a placeholder for each closed descriptor of 0 to 2, so that no file gets its number.

    It can be neither read nor written (EBADF), and execve closes it.
    """
    global _has_placeholders
    for descriptor in (0, 1, 2):
        if not is_open(descriptor):
            os.open("/", os.O_PATH | os.O_CLOEXEC)
            _has_placeholders = True


def is_placeholder(descriptor: int) -> bool:
    """Return whether the descriptor is a placeholder for a closed one."""
    return _has_placeholders and bool((_flags(descriptor, fcntl.F_GETFL) or 0) & os.O_PATH)


# Advisory locks; a lock belongs to the open file description.

LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN = fcntl.LOCK_SH, fcntl.LOCK_EX, fcntl.LOCK_NB, fcntl.LOCK_UN


@observable("flock", announced=True)
def flock(descriptor: int, operation: int) -> None:
    """Take or release a lock on an open file, which duplicates share; see flock(2)."""
    fcntl.flock(descriptor, operation)


_KCMP_FILE, _KCMP_VM = 0, 1


def kcmp_file(pid: int, descriptor: int, other: int, other_descriptor: int) -> bool | None:
    """Return whether two descriptors are one open file; None if it cannot be known. See kcmp(2)."""
    return _kcmp(pid, other, _KCMP_FILE, descriptor, other_descriptor)


def shares_memory(task: int, other: int) -> bool | None:
    """Return whether two processes share their memory, as after vfork(2); None if unknown."""
    return _kcmp(task, other, _KCMP_VM)


def _kcmp(task: int, other: int, kind: int, first: int = 0, second: int = 0) -> bool | None:
    from simpsh.kernel.c_library import call
    from simpsh.kernel.machine.syscall_table import NUMBERS

    if "kcmp" not in NUMBERS:
        return None
    try:
        return call("syscall", NUMBERS["kcmp"], task, other, kind, first, second) == 0
    except OSError:
        return None


def borrow(pid: int, descriptor: int) -> int:
    """Return our own descriptor for another process's open file description. See pidfd_getfd(2)."""
    from simpsh.kernel.c_library import call
    from simpsh.kernel.machine.syscall_table import NUMBERS

    opened = os.pidfd_open(pid)
    try:
        return call("syscall", NUMBERS["pidfd_getfd"], opened, descriptor, 0)
    finally:
        close(opened)


def _copy_of(pid: int, descriptor: int, inode: int) -> int:
    """Return borrow() if that is still the file with this inode; raises OSError."""
    own = borrow(pid, descriptor)
    if os.fstat(own).st_ino != inode:
        # An end of a pipe that we kept would hold up its readers.
        close(own)
        raise OSError(errno.EBADF, "another file has this number now")
    return own


def socket_time_limit(pid: int, descriptor: int, inode: int, *, is_reader: bool) -> float:
    """Return after how many seconds a call on another process's socket gives up; 0 for never.

    Raises OSError: it is not this socket any more, or may not be copied. See SO_RCVTIMEO in
    socket(7).
    """
    import socket
    import struct

    with socket.socket(fileno=_copy_of(pid, descriptor, inode)) as borrowed:
        option = socket.SO_RCVTIMEO if is_reader else socket.SO_SNDTIMEO
        raw = borrowed.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("ll"))
    seconds, microseconds = struct.unpack("ll", raw)
    return float(seconds + microseconds / 1e6)


def terminal_time_limit(pid: int, descriptor: int, inode: int) -> float:
    """Return after how many seconds a read of another process's terminal gives up; 0 for never.

    Raises OSError: it is not this terminal any more, or may not be copied. See VMIN and VTIME in
    termios(3).
    """
    import termios

    own = _copy_of(pid, descriptor, inode)
    try:
        *_, local_modes, _, _, characters = termios.tcgetattr(own)
    except termios.error as error:
        raise OSError(*error.args) from None
    finally:
        close(own)
    # Only while lines are not edited, the characters are numbers.
    if local_modes & termios.ICANON or characters[termios.VMIN]:
        return 0.0
    return float(characters[termios.VTIME] / 10)


IN_MODIFY = 0x2
"""The event mask of inotify(7) for writes to a file."""


def inotify_init1() -> int:
    """Return a close-on-exec descriptor from which events are read. See inotify_init1(2)."""
    from simpsh.kernel.c_library import call

    return call("inotify_init1", os.O_CLOEXEC)


def inotify_add_watch(descriptor: int, path: str, mask: int) -> int:
    """Watch a file for the events in `mask`; return the watch's number."""
    from simpsh.kernel.c_library import call

    return call("inotify_add_watch", descriptor, os.fsencode(path), mask)
