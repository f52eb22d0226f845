"""ptrace lets one process watch others: each stops at events and waits for the tracer's word.

All requests must come from the thread that seized the process. See ptrace(2).
"""

from __future__ import annotations

import ctypes
import os
import struct
from errno import EINTR

from simpsh.base.record import Record
from simpsh.base.signal_names import SIGTRAP
from simpsh.kernel.c_library import last_error
from simpsh.kernel.machine.seccomp import refusal
from simpsh.kernel.machine.syscall_table import AUDIT_ARCHITECTURE

_PEEKUSER, _CONT, _SINGLESTEP, _SYSCALL = 3, 7, 9, 24
_SETOPTIONS, _GETEVENTMSG, _GETSIGINFO, _SETSIGINFO = 0x4200, 0x4201, 0x4202, 0x4203
_GETSIGMASK, _SETSIGMASK = 0x420A, 0x420B
_INFO_ENTRY = 1
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
"""Options of PTRACE_SEIZE: which events stop; EXITKILL: the tracees die with the tracer."""

EVENT_FORK, EVENT_VFORK, EVENT_CLONE, EVENT_EXEC, EVENT_VFORK_DONE, EVENT_EXIT = range(1, 7)
EVENT_SECCOMP, EVENT_STOP = 7, 128
"""What `status >> 16` tells; 0 is the delivery of a signal or, with SYSCALL_STOP, a call."""
SYSCALL_STOP = 5 | 0x80
"""The stop signal of a syscall stop under TRACESYSGOOD: SIGTRAP with the high bit."""
_TRAP = 1 << SIGTRAP - 1

SI_USER, SI_QUEUE, SI_TKILL, SI_KERNEL = 0, -1, -6, 128
"""Where a signal comes from: kill, sigqueue, tgkill; the kernel, of itself or for a terminal."""
WALL = 0x40000000
"""wait(2)'s option __WALL: children of every kind, threads too."""

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

_waitpid = _library.waitpid
_waitpid.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_int)

_PIECE = 4096
_piece = ctypes.create_string_buffer(_PIECE)
_piece_address = ctypes.addressof(_piece)
_put_vectors = struct.Struct("4L").pack_into
_vectors = ctypes.create_string_buffer(struct.calcsize("4L"))
_ours_address = ctypes.addressof(_vectors)
_theirs_address = _ours_address + struct.calcsize("2L")
"""What read_memory() is called with most often; the calls below hold the interpreter's lock."""

_word = ctypes.c_int()
_word_address = ctypes.addressof(_word)
_message = ctypes.c_ulong()
_message_address = ctypes.addressof(_message)
_mask = ctypes.c_uint64()
_mask_address = ctypes.addressof(_mask)
_siginfo = ctypes.create_string_buffer(128)
_siginfo_address = ctypes.addressof(_siginfo)
_call = ctypes.create_string_buffer(128)
_call_address = ctypes.addressof(_call)
# siginfo_t: what follows the first three numbers begins at a multiple of a pointer's size.
_BEHIND_CODE = -(-12 // struct.calcsize("P")) * struct.calcsize("P")
_unpack_signal = struct.Struct(f"iii{_BEHIND_CODE - 12}xiI").unpack_from
_unpack_pointer = struct.Struct("P").unpack_from
GETREGSET, SETREGSET = 0x4204, 0x4205
"""Requests for a set of registers, each of which has a number of its own; see ptrace(2)."""
TRAP_TRACE, TRAP_HWBKPT = 2, 4
"""Codes of SIGTRAP: a step was made; watched memory was used. See sigaction(2)."""
_unpack_place = struct.Struct("QQ").unpack_from
_unpack_entry = struct.Struct("=4xIQ8x7Q").unpack_from
_unpack_exit = struct.Struct("q").unpack_from


class SignalInfo(Record):
    """What the kernel tells of a signal that is being delivered; see sigaction(2), siginfo_t."""

    signal: int
    code: int
    """si_code: SI_USER or SI_TKILL from a process, greater than 0 from the kernel."""
    sender: int
    """The sender's pid; meaningful for SI_USER, SI_QUEUE, SI_TKILL and for SIGCHLD."""


class Status(Record):
    """One answer of waitpid(2) to a tracer: a stop, or the end."""

    pid: int
    word: int
    """The status, with the event in the bits above the sixteenth."""


def is_known_architecture() -> bool:
    """Return whether processes can be traced on this machine."""
    return AUDIT_ARCHITECTURE != 0


def request(kind: int, pid: int, address: int = 0, data: int = 0) -> None:
    """Make one request of ptrace(2); the functions below name and explain those used.

    Raises ProcessLookupError: ESRCH; it is not stopped, or was killed meanwhile. OSError: EIO
    EFAULT EPERM; the request cannot be carried out.
    """
    if _ptrace(kind, pid, address, data) == -1:
        raise last_error()


def peek_user(pid: int, offset: int) -> int:
    """Return a word of what the kernel keeps for a stopped process (struct user)."""
    # The C library returns the word; an error leaves errno, which nothing else does here.
    ctypes.set_errno(0)
    word: int = _ptrace(_PEEKUSER, pid, offset, 0)
    if word == -1 and ctypes.get_errno():
        raise last_error()
    return word


def seize(pid: int, options: int) -> None:
    """Become the tracer of `pid` and of the children it will have, without stopping it.

    Raises PermissionError: EPERM; already traced, not ours, or forbidden by Yama or a container.
    ProcessLookupError: ESRCH; no such process. OSError: EIO ENOSYS; no PTRACE_SEIZE here.
    """
    request(_SEIZE, pid, 0, options)


def cont(pid: int, signal: int = 0) -> None:
    """Let a stopped process run on, delivering `signal` if it is not 0 (PTRACE_CONT).

    Raises ProcessLookupError: ESRCH; it was killed meanwhile, and its end will be reported.
    """
    if _ptrace(_CONT, pid, 0, signal) == -1:
        raise last_error()


def cont_to_syscall(pid: int, signal: int = 0) -> None:
    """Let it run to the next entry or exit of a system call; errors as for cont()."""
    if _ptrace(_SYSCALL, pid, 0, signal) == -1:
        raise last_error()


def single_step(pid: int, signal: int = 0) -> None:
    """Let it make one instruction of its program, and stop by SIGTRAP; errors as for cont().

    If `signal` is delivered that way, it stops before its handler's first instruction.
    """
    request(_SINGLESTEP, pid, 0, signal)


def is_step(pid: int) -> bool:
    """Return whether the SIGTRAP that stopped it is the report of a step, and not a signal."""
    return getsiginfo(pid).code > 0


def trap_report(pid: int) -> tuple[int, int]:
    """Return why SIGTRAP or SIGSEGV stopped it, si_code, and at which address, si_addr.

    For TRAP_TRACE that is its next instruction. Errors as for cont(). See sigaction(2).
    """
    code = getsiginfo(pid).code
    return code, _unpack_pointer(_siginfo, _BEHIND_CODE)[0]


def leave_stopped(pid: int) -> None:
    """Answer a group stop (PTRACE_LISTEN): leave it stopped, or let it end if it was killed."""
    try:
        request(_LISTEN, pid)
    except ProcessLookupError:
        raise
    except OSError:
        # EIO: killed between the report and this answer.
        cont(pid)


def interrupt(pid: int) -> None:
    """Stop it as soon as possible, without a signal; errors as for cont()."""
    request(_INTERRUPT, pid)


def setoptions(pid: int, options: int) -> None:
    """Change the options of a stopped process; errors as for cont()."""
    request(_SETOPTIONS, pid, 0, options)


def geteventmsg(pid: int) -> int:
    """Return what the event carries: a new child's pid, a status word, the thread before exec."""
    request(_GETEVENTMSG, pid, 0, _message_address)
    return _message.value


def getsiginfo(pid: int) -> SignalInfo:
    """Return what is known of the signal that stopped it; errors as for cont()."""
    request(_GETSIGINFO, pid, 0, _siginfo_address)
    signal, _, code, sender, _ = _unpack_signal(_siginfo)
    return SignalInfo(signal, code, sender)


def setsiginfo(pid: int, data: bytes) -> None:
    """Replace what a process is told of the signal that stopped it: a siginfo_t of 128 bytes."""
    _siginfo.raw = data
    request(_SETSIGINFO, pid, 0, _siginfo_address)


def syscall_entry(pid: int) -> tuple[int, ...]:
    """Return what is known of the call it is about to make.

    First whose numbers it has, as AUDIT_ARCH_…: a program for 32-bit x86 makes calls with other
    numbers and smaller structures. Then the address behind its instruction, its number and its six
    arguments. Raises OSError: EIO; the kernel is older than 5.3 and has no PTRACE_GET_SYSCALL_INFO.
    """
    if _ptrace(_GET_SYSCALL_INFO, pid, 128, _call_address) == -1:
        raise last_error()
    entry: tuple[int, ...] = _unpack_entry(_call)
    return entry


def is_entry(pid: int) -> bool:
    """Return whether a syscall stop is at the entry of the call, rather than at its return."""
    request(_GET_SYSCALL_INFO, pid, 128, _call_address)
    return _call.raw[0] == _INFO_ENTRY


def instruction_and_stack(pid: int) -> tuple[int, int]:
    """Return a stopped process's next instruction's address, and its stack pointer."""
    request(_GET_SYSCALL_INFO, pid, 128, _call_address)
    place: tuple[int, int] = _unpack_place(_call, 8)
    return place


def syscall_result(pid: int) -> int:
    """Return what the finished call returns: its result, or minus the errno."""
    request(_GET_SYSCALL_INFO, pid, 128, _call_address)
    result: int = _unpack_exit(_call, 24)[0]
    return result


def getsigmask(pid: int) -> int:
    """Return the signals that a stopped thread blocks: bit 0 is signal 1. Linux 3.11."""
    request(_GETSIGMASK, pid, 8, _mask_address)
    return _mask.value


def setsigmask(pid: int, mask: int) -> None:
    """Set the signals that a stopped thread blocks: bit 0 is signal 1. Linux 3.11."""
    _mask.value = mask
    request(_SETSIGMASK, pid, 8, _mask_address)


def make_instruction(pid: int) -> None:
    """Let a stopped thread make its next instruction, and the system call that this may be.

    Raises ProcessLookupError: it was killed. OSError: the instruction ended otherwise, by a
    signal.
    """
    while True:
        single_step(pid)
        status = next_status(pid)
        if status is None or not os.WIFSTOPPED(status.word):
            raise ProcessLookupError
        # An interruption that was asked for before, and the filter's stop, come first.
        if status.word >> 16 not in (EVENT_SECCOMP, EVENT_STOP):
            break
    if status.word >> 8 != SIGTRAP:
        raise OSError(f"an instruction of process {pid} ended by {status.word:#x}")


def keep_trap(pid: int, before: int) -> None:
    """Block SIGTRAP again in a stopped thread if its mask `before` did."""
    # This bit alone: the thread may have changed the others since.
    mask = getsigmask(pid)
    if before & ~mask & _TRAP:
        setsigmask(pid, mask | _TRAP)


def read_memory(pid: int, address: int, count: int) -> bytes:
    """Return up to `count` bytes of another process's memory; none if they cannot be read.

    See process_vm_readv(2).
    """
    if count <= 0:
        return b""
    place = _piece_address
    if count > _PIECE:
        large = ctypes.create_string_buffer(count)
        place = ctypes.addressof(large)
    _put_vectors(_vectors, 0, place, count, address, count)
    taken = _readv(pid, _ours_address, 1, _theirs_address, 1, 0)
    return ctypes.string_at(place, taken) if taken > 0 else b""


def write_memory(pid: int, address: int, data: bytes) -> None:
    """Change a stopped process's memory.

    Raises OSError: EFAULT; nothing writable is there. ESRCH; the process is gone. See
    process_vm_writev(2).
    """
    local = ctypes.create_string_buffer(data, len(data))
    ours = (ctypes.c_ulong * 2)(ctypes.addressof(local), len(data))
    theirs = (ctypes.c_ulong * 2)(address, len(data))
    if _writev(pid, ctypes.addressof(ours), 1, ctypes.addressof(theirs), 1, 0) != len(data):
        raise last_error()


_WORD = ctypes.create_string_buffer(b"word")


def why_not_followed(pid: int) -> str:
    """Return what a tracer may not do with a child that it has seized; empty for nothing."""
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
    """Return a thread that next_status() has a status of; 0 for none yet. Nothing is taken.

    See waitid(2), WNOWAIT.
    """
    options = os.WEXITED | os.WSTOPPED | os.WNOWAIT | os.WNOHANG | WALL
    report = os.waitid(os.P_ALL, 0, options)
    return report.si_pid if report is not None else 0


def next_status(pid: int = -1, *, is_patient: bool = True) -> Status | None:
    """Take the next stop or end of a thread, -1 for any; None if it need not be waited for.

    Raises ChildProcessError: ECHILD; no process is traced, and there is no child. See
    waitpid(2).
    """
    reporter, word = os.waitpid(pid, WALL if is_patient else WALL | os.WNOHANG)
    return Status(reporter, word) if reporter else None


def next_status_or_signal() -> Status | None:
    """Sleep until next_status() has one, and take it; None if a signal's handler came first.

    os.waitpid() would go on waiting then. Errors as for next_status().
    """
    pid = _waitpid(-1, _word_address, WALL)
    if pid == -1:
        error = last_error()
        if error.errno == EINTR:
            return None
        raise error
    return Status(pid, _word.value)
