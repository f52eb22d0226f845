"""ptrace: one process traces others, which stop at events until the tracer resumes them.

All requests must come from the thread that attached. They raise ProcessLookupError if the process
is not stopped, or was killed: then its end will be reported. See ptrace(2).
"""

from __future__ import annotations

import ctypes
import os
import struct

from simpsh.base.record import Node, Record
from simpsh.base.signal_names import SIGTRAP
from simpsh.kernel.c_library import last_error
from simpsh.kernel.machine.seccomp import refusal
from simpsh.kernel.machine.syscall_table import AUDIT_ARCHITECTURE

_CONT, _SINGLESTEP, _SYSCALL = 7, 9, 24
_GETEVENTMSG, _GETSIGINFO = 0x4201, 0x4202
_GETSIGMASK, _SETSIGMASK = 0x420A, 0x420B
_SEIZE, _INTERRUPT, _LISTEN, _GET_SYSCALL_INFO = 0x4206, 0x4207, 0x4208, 0x420E

TRACESYSGOOD = 1 << 0
TRACEFORK = 1 << 1
TRACEVFORK = 1 << 2
TRACECLONE = 1 << 3
TRACEEXEC = 1 << 4
TRACEVFORKDONE = 1 << 5
TRACEEXIT = 1 << 6
TRACESECCOMP = 1 << 7
EXITKILL = 1 << 20
"""Options of PTRACE_SEIZE; EXITKILL kills the tracees with the tracer."""

EVENT_FORK, EVENT_VFORK, EVENT_CLONE, EVENT_EXEC, EVENT_VFORK_DONE, EVENT_EXIT = range(1, 7)
EVENT_SECCOMP, EVENT_STOP = 7, 128
"""The event in `status >> 16`; 0 is a signal's delivery or, with SYSCALL_STOP, a system call."""
SYSCALL_STOP = 5 | 0x80
"""The stop signal of a syscall stop under TRACESYSGOOD: SIGTRAP with the high bit."""
_TRAP = 1 << SIGTRAP - 1

SI_USER, SI_QUEUE, SI_TKILL, SI_KERNEL = 0, -1, -6, 128
"""Origins of a signal: kill, sigqueue, tgkill; the kernel, also for a terminal."""
WALL = 0x40000000
"""The option __WALL of wait(2): children of every kind, also threads."""

_library = ctypes.PyDLL(None, use_errno=True)
_ptrace = _library.ptrace
_ptrace.restype = ctypes.c_long
_ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
_readv = _library.process_vm_readv
_readv.restype = ctypes.c_ssize_t
_vector = (ctypes.c_void_p, ctypes.c_ulong)
_readv.argtypes = (ctypes.c_long, *_vector, *_vector, ctypes.c_ulong)
_writev = _library.process_vm_writev
_writev.restype = ctypes.c_ssize_t
_writev.argtypes = _readv.argtypes

_PIECE = 8192
_piece = ctypes.create_string_buffer(_PIECE)
_piece_address = ctypes.addressof(_piece)
_put_vectors = struct.Struct("4L").pack_into
_vectors = ctypes.create_string_buffer(struct.calcsize("4L"))
_ours_address = ctypes.addressof(_vectors)
_theirs_address = _ours_address + struct.calcsize("2L")
"""Preallocated for the most frequent calls. The calls below keep the GIL."""

_message = ctypes.c_ulong()
_message_address = ctypes.addressof(_message)
_mask = ctypes.c_uint64()
_mask_address = ctypes.addressof(_mask)
_siginfo = ctypes.create_string_buffer(128)
_siginfo_address = ctypes.addressof(_siginfo)
_call = ctypes.create_string_buffer(128)
_call_address = ctypes.addressof(_call)
# In siginfo_t, the union after the first three ints is aligned to the size of a pointer.
_UNION_OFFSET = -(-12 // struct.calcsize("P")) * struct.calcsize("P")
_unpack_signal = struct.Struct(f"iii{_UNION_OFFSET - 12}xiI").unpack_from
_unpack_pointer = struct.Struct("P").unpack_from
GETREGSET, SETREGSET = 0x4204, 0x4205
"""Requests for a register set; each set has a number; see ptrace(2)."""
_unpack_position = struct.Struct("QQ").unpack_from
_unpack_entry = struct.Struct("=4xIQ8x7Q").unpack_from
_unpack_exit = struct.Struct("q").unpack_from


class SignalInfo(Record):
    """A signal that is being delivered; see sigaction(2), siginfo_t."""

    signal: int
    code: int
    """si_code: SI_USER or SI_TKILL from a process, greater than 0 from the kernel."""
    sender: int
    """The sender's pid; meaningful for SI_USER, SI_QUEUE, SI_TKILL and for SIGCHLD."""


class Status(Node):
    """A result of waitpid(2): a stop or an end."""

    pid: int
    word: int
    """The status, with the event in the bits above the sixteenth."""


def is_known_architecture() -> bool:
    """Return whether processes can be traced on this machine."""
    return AUDIT_ARCHITECTURE != 0


def request(kind: int, pid: int, address: int = 0, data: int = 0) -> None:
    """Make a ptrace(2) request; the functions below wrap the requests in use."""
    if _ptrace(kind, pid, address, data) == -1:
        raise last_error()


def seize(pid: int, options: int) -> None:
    """Trace `pid` and its future children, without stopping it."""
    request(_SEIZE, pid, 0, options)


def cont(pid: int, signal: int = 0) -> None:
    """Resume a stopped process, delivering `signal` if it is not 0 (PTRACE_CONT)."""
    if _ptrace(_CONT, pid, 0, signal) == -1:
        raise last_error()


def cont_to_syscall(pid: int, signal: int = 0) -> None:
    """Resume until the next entry or exit of a system call."""
    if _ptrace(_SYSCALL, pid, 0, signal) == -1:
        raise last_error()


def single_step(pid: int) -> None:
    """Execute one instruction and stop with SIGTRAP."""
    request(_SINGLESTEP, pid)


def trap_report(pid: int) -> tuple[int, int]:
    """Return si_code and si_addr of the SIGSEGV that stopped the process; see sigaction(2)."""
    code = getsiginfo(pid).code
    return code, _unpack_pointer(_siginfo, _UNION_OFFSET)[0]


def leave_stopped(pid: int) -> None:
    """Answer a group stop (PTRACE_LISTEN): keep it stopped, or resume it if it was killed."""
    try:
        request(_LISTEN, pid)
    except ProcessLookupError:
        raise
    except OSError:
        # EIO: it was killed after the stop.
        cont(pid)


def interrupt(pid: int) -> None:
    """Stop the process as soon as possible, without a signal."""
    request(_INTERRUPT, pid)


def geteventmsg(pid: int) -> int:
    """Return an event's message: a new child's pid, a status word, the thread before exec."""
    request(_GETEVENTMSG, pid, 0, _message_address)
    return _message.value


def getsiginfo(pid: int) -> SignalInfo:
    """Return the signal that stopped the process."""
    request(_GETSIGINFO, pid, 0, _siginfo_address)
    signal, _, code, sender, _ = _unpack_signal(_siginfo)
    return SignalInfo(signal, code, sender)


def syscall_entry(pid: int) -> tuple[int, ...]:
    """Return the system call that the process is about to make.

    The first value is the architecture: another one has other numbers and structures. Then follow
    the address after the instruction, the number and six arguments.
    """
    if _ptrace(_GET_SYSCALL_INFO, pid, 128, _call_address) == -1:
        raise last_error()
    entry: tuple[int, ...] = _unpack_entry(_call)
    return entry


def instruction_and_stack(pid: int) -> tuple[int, int]:
    """Return a stopped process's program counter and stack pointer."""
    request(_GET_SYSCALL_INFO, pid, 128, _call_address)
    position: tuple[int, int] = _unpack_position(_call, 8)
    return position


def syscall_result(pid: int) -> int:
    """Return the finished call's result, or minus the errno."""
    if _ptrace(_GET_SYSCALL_INFO, pid, 128, _call_address) == -1:
        raise last_error()
    result: int = _unpack_exit(_call, 24)[0]
    return result


def getsigmask(pid: int) -> int:
    """Return the signal mask of a stopped thread: bit 0 is signal 1. Linux 3.11."""
    request(_GETSIGMASK, pid, 8, _mask_address)
    return _mask.value


def setsigmask(pid: int, mask: int) -> None:
    """Set the signal mask of a stopped thread: bit 0 is signal 1. Linux 3.11."""
    _mask.value = mask
    request(_SETSIGMASK, pid, 8, _mask_address)


def make_instruction(pid: int) -> None:
    """Execute an instruction of a stopped thread, and its call; OSError if a signal ended it."""
    while True:
        single_step(pid)
        status = next_status(pid)
        if status is None or not os.WIFSTOPPED(status.word):
            raise ProcessLookupError
        # A requested interruption and the filter's stop come first.
        if status.word >> 16 not in (EVENT_SECCOMP, EVENT_STOP):
            break
    if status.word >> 8 != SIGTRAP:
        raise OSError(f"an instruction of process {pid} ended by {status.word:#x}")


def keep_trap(pid: int, before: int) -> None:
    """Block SIGTRAP again in a stopped thread if its mask `before` did."""
    # Only this bit, because the thread may have changed the others.
    mask = getsigmask(pid)
    if before & ~mask & _TRAP:
        setsigmask(pid, mask | _TRAP)


def read_memory(pid: int, address: int, count: int) -> bytes:
    """Return up to `count` bytes of another process's memory; empty if it is unreadable."""
    if count <= 0:
        return b""
    buffer_address = _piece_address
    if count > _PIECE:
        large = ctypes.create_string_buffer(count)
        buffer_address = ctypes.addressof(large)
    _put_vectors(_vectors, 0, buffer_address, count, address, count)
    taken = _readv(pid, _ours_address, 1, _theirs_address, 1, 0)
    return ctypes.string_at(buffer_address, taken) if taken > 0 else b""


def write_memory(pid: int, address: int, data: bytes) -> None:
    """Change a stopped process's memory. See process_vm_writev(2)."""
    count, local = len(data), _piece_address
    if count > _PIECE:
        large = ctypes.create_string_buffer(data, count)
        local = ctypes.addressof(large)
    else:
        ctypes.memmove(local, data, count)
    _put_vectors(_vectors, 0, local, count, address, count)
    if _writev(pid, _ours_address, 1, _theirs_address, 1, 0) != count:
        raise last_error()


_WORD = ctypes.create_string_buffer(b"word")


def why_not_followed(pid: int) -> str:
    """Return which request fails for a seized child, in one line; empty if all work."""
    address, content = ctypes.addressof(_WORD), _WORD.value
    try:
        next_reporter()
    except OSError as error:
        return refusal("waitid", error.errno or 0)
    if read_memory(pid, address, len(content)) != content:
        return refusal("process_vm_readv", ctypes.get_errno())
    try:
        write_memory(pid, address, content)
    except OSError as error:
        return refusal("process_vm_writev", error.errno or 0)
    return ""


def next_reporter() -> int:
    """Return a thread for which next_status() has a status, without taking it; 0 for none."""
    options = os.WEXITED | os.WSTOPPED | os.WNOWAIT | os.WNOHANG | WALL
    report = os.waitid(os.P_ALL, 0, options)
    return report.si_pid if report is not None else 0


def next_status(pid: int = -1, *, is_patient: bool = True) -> Status | None:
    """Take the next stop or end of a thread, -1 for any; None if impatient and none is ready."""
    reporter, word = os.waitpid(pid, WALL if is_patient else WALL | os.WNOHANG)
    return Status(reporter, word) if reporter else None
