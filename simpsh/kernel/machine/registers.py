"""A tracer can change what a held process is about to do: its registers are the call it makes.

Only x86-64 is known here: where an architecture keeps a call's number, arguments and result, and
how long its system call instruction is, differs. See ptrace(2), PTRACE_SETREGS.
"""

from __future__ import annotations

import ctypes

from simpsh.kernel.machine.ptrace import request
from simpsh.kernel.machine.syscall_table import ARCHITECTURE

_POKEUSER, _GETREGS, _SETREGS, _GETREGSET = 6, 12, 13, 0x4204
_NT_X86_XSTATE = 0x202
_LARGEST_STATE = 16384

# Places in struct user_regs_struct, in words of 8 bytes.
R10, R8, RAX, RDX, RSI, RDI, ORIG_RAX, RIP, RSP = 7, 9, 10, 12, 13, 14, 15, 16, 19
_RBP, _RBX, _RCX, _CS = 4, 5, 11, 17
_IN_DWARF_ORDER = (
    *(RAX, RDX, _RCX, _RBX, RSI, RDI, _RBP, RSP, R8, 8, R10, 6, 3, 2, 1, 0),
    RIP,
)
_CODE_OF_64_BITS = 0x33
_WORDS = 27
_SYSCALL_LENGTH = 2
SYSCALL_INSTRUCTION = b"\x0f\x05"
_NO_CALL = 2**64 - 1

_all = (ctypes.c_ulonglong * _WORDS)()
_address = ctypes.addressof(_all)
_state = ctypes.create_string_buffer(_LARGEST_STATE)


def are_known() -> bool:
    """Return whether this machine's registers are known here."""
    return ARCHITECTURE == "x86_64"


def getregs(pid: int) -> list[int]:
    """Return a stopped process's registers, in the order of struct user_regs_struct."""
    request(_GETREGS, pid, 0, _address)
    return list(_all)


def vector_registers(pid: int) -> bytes:
    """Return a stopped process's floating-point and vector registers, as the kernel stores them."""
    described = (ctypes.c_ulong * 2)(ctypes.addressof(_state), _LARGEST_STATE)
    request(_GETREGSET, pid, _NT_X86_XSTATE, ctypes.addressof(described))
    return _state.raw[: described[1]]


def in_dwarf_order(values: list[int]) -> list[int]:
    """Return the 16 general registers by the numbers that DWARF gives them, then the next address.

    See the System V ABI for x86-64, figure 3.36.
    """
    return [values[place] for place in _IN_DWARF_ORDER]


def is_in_call(values: list[int]) -> bool:
    """Return whether a process with these registers is in a system call."""
    return values[ORIG_RAX] != _NO_CALL


def runs_64_bit_code(values: list[int]) -> bool:
    """Return whether a process with these registers runs 64-bit code."""
    return values[_CS] == _CODE_OF_64_BITS


def setregs(pid: int, values: list[int]) -> None:
    """Set all registers of a stopped process."""
    for place, value in enumerate(values):
        _all[place] = value
    request(_SETREGS, pid, 0, _address)


def skip_call(pid: int, result: int) -> None:
    """Let the call that a process is about to make not happen: it finds `result` instead.

    The process must be at a seccomp stop or at the entry of a call.
    """
    request(_POKEUSER, pid, 8 * ORIG_RAX, _NO_CALL)
    request(_POKEUSER, pid, 8 * RAX, result)


def set_result(pid: int, result: int) -> None:
    """Let the call that a process is about to return from have come back with something else."""
    request(_POKEUSER, pid, 8 * RAX, result)


def make_call(pid: int, address: int, number: int, args: tuple[int, int, int]) -> None:
    """Let a stopped process make another call next; it cannot continue as before after that.

    Args:
        pid: a process at any stop; a call that it stands at is not made.
        address: behind a system call instruction of its program.
        number: the call's.
        args: the call's first three arguments.
    """
    request(_GETREGS, pid, 0, _address)
    _all[ORIG_RAX] = _NO_CALL
    _all[RIP] = address - _SYSCALL_LENGTH
    _all[RAX] = number
    _all[RDI], _all[RSI], _all[RDX] = args
    request(_SETREGS, pid, 0, _address)


def repeat_call(pid: int, number: int) -> None:
    """Let a process make its call only after the signals that are pending for it.

    The call is skipped and the instruction pointer put back before it: signals are delivered on
    the way out, their handlers run, and then the call is made as if for the first time.
    """
    request(_GETREGS, pid, 0, _address)
    _all[ORIG_RAX] = _NO_CALL
    _all[RIP] -= _SYSCALL_LENGTH
    _all[RAX] = number
    request(_SETREGS, pid, 0, _address)
