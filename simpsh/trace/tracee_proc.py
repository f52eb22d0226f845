"""A tracer's view of a held process: pipe ends, the call it sleeps in, its memory.

The process may be killed at any moment; then the results are empty. process/proc.py reads the
files. See proc(5) and ptrace(2).
"""

from __future__ import annotations

import os

from simpsh.base.own_program import simpsh_operands
from simpsh.base.record import Record
from simpsh.base.signal_names import SIGCHLD, SIGURG, SIGWINCH
from simpsh.base.targets import File, PipeEnd, Target
from simpsh.kernel.descriptors import OWN_LOWEST
from simpsh.kernel.machine import registers
from simpsh.kernel.machine.ptrace import read_memory, write_memory
from simpsh.kernel.machine.syscall_table import NAMES, NUMBERS
from simpsh.process import proc
from simpsh.process.open_files import file_kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Disposition = Literal["ignored", "caught", "default"]

Ends = tuple[tuple[int, PipeEnd], ...]
Files = tuple[tuple[int, File], ...]

_READABLE = 0o400
_LOWEST_ADDRESS = 65536
_LOW_WORD = 0xFFFFFFFF
CLONE_FILES, CLONE_PARENT, CLONE_THREAD, CLONE_UNTRACED = 0x400, 0x8000, 0x10000, 0x800000
_RESTARTED = str(NUMBERS.get("restart_syscall"))
_RESTARTABLE = (("poll_", "poll"), ("do_sys_poll", "poll"), ("futex", "futex"))
"""Prefix of the kernel function, and the call; the other calls that restart are sleeps."""
HARMLESS = (SIGCHLD, SIGURG, SIGWINCH)
"""Signals that are ignored by default."""


def signed(value: int) -> int:
    """Return the C int that a 64-bit argument carries.

    >>> signed(0xFFFFFFFF), signed(5)
    (-1, 5)
    """
    return (value & _LOW_WORD ^ 0x80000000) - 0x80000000


class Descriptors(Record):
    """A process's descriptors, by number."""

    pipes: Ends = ()
    files: Files = ()


def descriptors(pid: int) -> Descriptors:
    """Return the descriptors of a process, without the private ones of a simpsh."""
    pipes, files = [], []
    for number in proc.numbers(pid, "fd"):
        match target_of(pid, number):
            case PipeEnd() as end:
                pipes.append((number, end))
            case File() as file:
                if number < OWN_LOWEST or not _belongs_to_simpsh(pid, number):
                    files.append((number, file))
            case None:
                pass
    return Descriptors(tuple(pipes), tuple(files))


def target_of(tid: int, number: int) -> Target | None:
    """Return what a thread's descriptor refers to; None if it is not open."""
    path = f"/proc/{tid}/fd/{number}"
    try:
        text, status = os.readlink(path), os.stat(path)
        kind = file_kind(text, status)
        if kind == "pipe":
            is_readable = os.lstat(path).st_mode & _READABLE
            return PipeEnd(str(status.st_ino), "r" if is_readable else "w")
    except OSError:
        return None
    return File(text, kind, status.st_dev, status.st_ino)


def is_file(tid: int, number: int, file: File) -> bool:
    """Return whether a thread's descriptor still refers to a file, whatever its name is now."""
    try:
        status = os.stat(f"/proc/{tid}/fd/{number}")
    except OSError:
        return False
    return (status.st_dev, status.st_ino) == (file.device, file.inode)


def _belongs_to_simpsh(pid: int, number: int) -> bool:
    # Children of a simpsh lose these at exec; on a page they would hide the program's descriptors.
    flags = int(proc.field_of(proc.contents(pid, f"fdinfo/{number}"), "flags") or "0", 8)
    return bool(flags & os.O_CLOEXEC) and simpsh_operands(proc.argv(pid)) is not None


def descriptors_seen(pid: int) -> tuple[Ends, Files] | tuple[None, None]:
    """Return a process's pipe ends and its other descriptors; None for both if it has ended."""
    table = descriptors(pid)
    is_seen = table.pipes or table.files or not proc.is_ending(pid)
    return (table.pipes, table.files) if is_seen else (None, None)


def pipe_of(pid: int, number: int) -> str:
    """Return the inode of a descriptor's pipe; empty if it is not a pipe."""
    target = target_of(pid, number)
    return target.inode if isinstance(target, PipeEnd) else ""


def clone_flags(tid: int) -> int:
    """Return the flags of the clone(2) in which a thread is stopped; 0 for another call."""
    try:
        values = registers.getregs(tid)
    except ProcessLookupError:
        return 0
    # A 32-bit program on a 64-bit machine has other numbers.
    number = values[registers.CALL] if registers.runs_own_code(values) else -1
    name, first = NAMES.get(number, ""), values[registers.ARGUMENTS[0]]
    if name == "clone3":
        return int.from_bytes(read_memory(tid, first, 8), "little")
    return first if name == "clone" else 0


def have_child_traced(tid: int, name: str, first: int) -> None:
    """Clear CLONE_UNTRACED in the clone(2) that a stopped thread is about to make.

    Otherwise its child would not be traced. `first` is the first argument of the call.
    """
    if name == "clone" and first & CLONE_UNTRACED:
        values = registers.getregs(tid)
        values[registers.ARGUMENTS[0]] &= ~CLONE_UNTRACED
        registers.setregs(tid, values)
    elif name == "clone3":
        flags = int.from_bytes(read_memory(tid, first, 8), "little")
        if flags & CLONE_UNTRACED:
            write_memory(tid, first, (flags & ~CLONE_UNTRACED).to_bytes(8, "little"))


def pid_namespace(pid: int) -> int:
    """Return the inode number of a process's PID namespace; 0 if it is gone."""
    # A link such as `pid:[4026531836]`: faster than stat(2).
    return int(proc.link(pid, "ns/pid")[5:-1] or 0)


def disposition(pid: int, signal: int) -> Disposition:
    """Return the disposition of a signal: `caught` is by a handler."""
    status = proc.contents(pid, "status")

    def is_in(field: str) -> bool:
        return bool(int(proc.field_of(status, field) or "0", 16) >> signal - 1 & 1)

    return "ignored" if is_in("SigIgn") else "caught" if is_in("SigCgt") else "default"


def call_under_way(tid: int) -> str:
    """Return the line of /proc for the call in which a thread sleeps; empty while it runs.

    The kernel waits until the thread is off the processor, so a thread that is about to sleep is
    not taken for a sleeping one. A thread that was woken on an idle processor is still shown in its
    call until this processor runs it; its state is R already.
    """
    line = proc.contents(tid, "syscall").decode().strip()
    if line == "running" or proc.state(tid) == "R":
        return ""
    number, _, arguments = line.partition(" ")
    if number != _RESTARTED:
        return line
    function = proc.parse_kernel_function(proc.contents(tid, "wchan"))
    name = next((call for start, call in _RESTARTABLE if function.startswith(start)), "")
    if not name and int(arguments.split()[0], 16) < _LOWEST_ADDRESS:
        name = "clock_nanosleep"  # its first argument, a clock, is a small number
    elif not name and function:
        name = "nanosleep"
    return f"{NUMBERS.get(name, number)} {arguments}"


def sleeping_call(tid: int) -> proc.SystemCall | None:
    """Return the call that a thread sleeps in; None while it runs."""
    return proc.parse_system_call(call_under_way(tid).encode())


def is_asleep(tid: int) -> bool:
    """Return whether a thread sleeps in the kernel, or is gone."""
    return bool(call_under_way(tid)) or proc.is_gone(tid)


def sleeps_in_call(tid: int) -> bool:
    """Return whether a thread sleeps in a system call, and is not stopped by its tracer."""
    asleep = ("S", "D")
    return proc.state(tid) in asleep and bool(call_under_way(tid)) and proc.state(tid) in asleep


_PAGE = 4096


def number_at(pid: int, address: int) -> int:
    """Return the C int at an address; 0 if it cannot be read."""
    return int.from_bytes(read_memory(pid, address, 4), "little", signed=True)


def string_at(pid: int, address: int) -> str:
    """Return the string that begins at an address, up to a page's length of it."""
    # In two pieces: the page after the string's end may not exist.
    count = _PAGE - address % _PAGE
    data = read_memory(pid, address, count)
    if len(data) == count and b"\0" not in data:
        data += read_memory(pid, address + count, _PAGE - count)
    return os.fsdecode(data.partition(b"\0")[0])
