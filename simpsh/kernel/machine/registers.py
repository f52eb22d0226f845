"""A tracer can change what a held process is about to do: its registers are the call it makes.

Where an architecture keeps a call's number, arguments and result, and what its system call
instruction is, differs: a `_Layout` says it, for x86-64 and aarch64. See ptrace(2),
PTRACE_SETREGSET, and syscall(2), "Architecture calling conventions".
"""

from __future__ import annotations

import ctypes
from typing import NamedTuple

from simpsh.kernel.machine.ptrace import request
from simpsh.kernel.machine.syscall_table import ARCHITECTURE

_GETREGSET, _SETREGSET = 0x4204, 0x4205
_NT_PRSTATUS, _NT_PRFPREG, _NT_X86_XSTATE, _NT_ARM_SYSTEM_CALL = 1, 2, 0x202, 0x404
_LARGEST_STATE = 16384
_WORD = 8
NO_CALL = 2**64 - 1
"""What stands for the number of the call in a process that makes none."""


class _Layout(NamedTuple):
    """Where one architecture keeps what; places are indexes of words of 8 bytes."""

    words: int
    call: int
    """The call that is being made, or NO_CALL."""
    number: int
    """Where the system call instruction finds the number."""
    result: int
    arguments: tuple[int, ...]
    program_counter: int
    stack_pointer: int
    instruction: bytes
    """The system call instruction."""
    alignment: int
    """Instructions begin at multiples of it."""
    kind: tuple[int, int, int]
    """Which register tells the kind of code, which of its bits, and what they are for 64 bits."""
    vector_set: int
    in_dwarf_order: tuple[int, ...]
    """The registers by the numbers that DWARF gives them, and at last the program counter."""
    dwarf_stack_pointer: int
    dwarf_return_address: int


# struct user_regs_struct; the System V ABI for x86-64, figure 3.36.
_X86_64 = _Layout(
    words=27,
    call=15,
    number=10,
    result=10,
    arguments=(14, 13, 12, 7, 9, 8),
    program_counter=16,
    stack_pointer=19,
    instruction=b"\x0f\x05",
    alignment=1,
    kind=(17, 0xFFFF, 0x33),
    vector_set=_NT_X86_XSTATE,
    in_dwarf_order=(10, 12, 11, 5, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16),
    dwarf_stack_pointer=7,
    dwarf_return_address=16,
)
# struct user_pt_regs (x0 to x30, sp, pc, pstate), and behind it the number of the call, which is a
# register set of its own; DWARF for the Arm 64-bit Architecture, 4.1.
_AARCH64 = _Layout(
    words=35,
    call=34,
    number=8,
    result=0,
    arguments=(0, 1, 2, 3, 4, 5),
    program_counter=32,
    stack_pointer=31,
    instruction=b"\x01\x00\x00\xd4",
    alignment=4,
    kind=(33, 0x10, 0),
    vector_set=_NT_PRFPREG,
    in_dwarf_order=tuple(range(33)),
    dwarf_stack_pointer=31,
    dwarf_return_address=30,
)
_LAYOUTS = {"x86_64": _X86_64, "aarch64": _AARCH64}
_LAYOUT = _LAYOUTS.get(ARCHITECTURE, _X86_64)
_HAS_SET_FOR_CALL = _LAYOUT is _AARCH64

CALL, RESULT, ARGUMENTS = _LAYOUT.call, _LAYOUT.result, _LAYOUT.arguments
PROGRAM_COUNTER, STACK_POINTER = _LAYOUT.program_counter, _LAYOUT.stack_pointer
"""Places in what getregs() returns."""
CALL_LENGTH = len(_LAYOUT.instruction)
"""How many bytes the system call instruction has."""
DWARF_STACK_POINTER, DWARF_RETURN_ADDRESS = (
    _LAYOUT.dwarf_stack_pointer,
    _LAYOUT.dwarf_return_address,
)
DWARF_PROGRAM_COUNTER = len(_LAYOUT.in_dwarf_order) - 1
"""Places in what in_dwarf_order() returns."""

_all = (ctypes.c_ulonglong * _LAYOUT.words)()
_of_call = ctypes.c_int()
_in_one_set = _LAYOUT.words - _HAS_SET_FOR_CALL
_general = (ctypes.c_ulong * 2)(ctypes.addressof(_all), _WORD * _in_one_set)
_number = (ctypes.c_ulong * 2)(ctypes.addressof(_of_call), ctypes.sizeof(_of_call))
_state = ctypes.create_string_buffer(_LARGEST_STATE)


def are_known() -> bool:
    """Return whether this machine's registers are known here."""
    return ARCHITECTURE in _LAYOUTS


def getregs(pid: int) -> list[int]:
    """Return a stopped process's registers, in the machine's order: see CALL, RESULT …"""
    request(_GETREGSET, pid, _NT_PRSTATUS, ctypes.addressof(_general))
    if _HAS_SET_FOR_CALL:
        request(_GETREGSET, pid, _NT_ARM_SYSTEM_CALL, ctypes.addressof(_number))
        _all[CALL] = _of_call.value  # -1 becomes NO_CALL
    return list(_all)


def setregs(pid: int, values: list[int]) -> None:
    """Set all registers of a stopped process."""
    _all[:] = values
    request(_SETREGSET, pid, _NT_PRSTATUS, ctypes.addressof(_general))
    if _HAS_SET_FOR_CALL:
        _of_call.value = values[CALL]
        request(_SETREGSET, pid, _NT_ARM_SYSTEM_CALL, ctypes.addressof(_number))


def vector_registers(pid: int) -> bytes:
    """Return a stopped process's floating-point and vector registers, as the kernel stores them."""
    described = (ctypes.c_ulong * 2)(ctypes.addressof(_state), _LARGEST_STATE)
    request(_GETREGSET, pid, _LAYOUT.vector_set, ctypes.addressof(described))
    return _state.raw[: described[1]]


def in_dwarf_order(values: list[int]) -> list[int]:
    """Return the general registers by the numbers that DWARF gives them, then the next address."""
    return [values[place] for place in _LAYOUT.in_dwarf_order]


def is_in_call(values: list[int]) -> bool:
    """Return whether a process with these registers is in a system call."""
    return values[CALL] != NO_CALL


def runs_64_bit_code(values: list[int]) -> bool:
    """Return whether a process with these registers runs 64-bit code."""
    place, bits, expected = _LAYOUT.kind
    return values[place] & bits == expected


def is_call(code: bytes) -> bool:
    """Return whether code begins with the system call instruction."""
    return code.startswith(_LAYOUT.instruction)


def find_call_instruction(code: bytes) -> int:
    """Return the place of the first system call instruction in code; -1 if there is none."""
    place = code.find(_LAYOUT.instruction)
    while place % _LAYOUT.alignment and place >= 0:
        place = code.find(_LAYOUT.instruction, place + 1)
    return place


def skip_call(pid: int, result: int) -> None:
    """Let the call that a process is about to make not happen: it finds `result` instead.

    The process must be at a seccomp stop or at the entry of a call.
    """
    values = getregs(pid)
    values[CALL] = NO_CALL
    values[RESULT] = result
    setregs(pid, values)


def set_result(pid: int, result: int) -> None:
    """Let the call that a process is about to return from have come back with something else."""
    values = getregs(pid)
    values[RESULT] = result
    setregs(pid, values)


def replace_call(values: list[int], number: int, args: tuple[int, ...]) -> None:
    """Change the registers of a process that stands at a call: it makes this one instead."""
    values[CALL] = number
    for place, argument in zip(ARGUMENTS, args, strict=False):
        values[place] = argument


def begin_call(values: list[int], behind: int, number: int, args: tuple[int, ...]) -> None:
    """Change registers so that a process makes this call next.

    Args:
        values: registers of a process at any stop; a call that it stands at is not made.
        behind: an address behind a system call instruction of its program.
        number: the call's.
        args: the call's first arguments.
    """
    for place, argument in zip(ARGUMENTS, args, strict=False):
        values[place] = argument
    values[CALL] = NO_CALL
    values[PROGRAM_COUNTER] = behind - CALL_LENGTH
    values[_LAYOUT.number] = number


def make_call(pid: int, behind: int, number: int, args: tuple[int, ...]) -> None:
    """Let a stopped process make another call next, see begin_call(); it cannot go on after it."""
    values = getregs(pid)
    begin_call(values, behind, number, args)
    setregs(pid, values)


def repeat_call(pid: int, number: int) -> None:
    """Let a process make its call only after the signals that are pending for it.

    The call is skipped and the instruction pointer put back before it: signals are delivered on
    the way out, their handlers run, and then the call is made as if for the first time.
    """
    values = getregs(pid)
    begin_call(values, values[PROGRAM_COUNTER], number, ())
    setregs(pid, values)
