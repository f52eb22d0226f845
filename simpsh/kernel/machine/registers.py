"""A tracer can change what a held process is about to do: its registers are the call it makes.

Where an architecture keeps a call's number, arguments and result, and what its system call
instruction is, differs: here it is said for x86-64, 32-bit x86 and aarch64. See ptrace(2),
PTRACESETREGSET, and syscall(2), "Architecture calling conventions".
"""

from __future__ import annotations

import ctypes
import struct

from simpsh.kernel.machine.ptrace import GETREGSET, SETREGSET, read_memory, request
from simpsh.kernel.machine.syscall_table import ARCHITECTURE

_NT_PRSTATUS, _NT_PRFPREG, _NT_X86_XSTATE, _NT_PRXFPREG = 1, 2, 0x202, 0x46E62B7F
_NT_ARM_SYSTEM_CALL = 0x404
_LARGEST_STATE = 16384
WORD = struct.calcsize("P")
"""The bytes of a register, and of an address."""
NO_CALL = (1 << 8 * WORD) - 1
"""What stands for the number of the call in a process that makes none."""


_IS_AARCH64 = ARCHITECTURE == "aarch64"
_IS_I386 = ARCHITECTURE == "i386"

# Places are indexes of words. CALL: the call that is being made, or NO_CALL;
# CALL_NUMBER: where the system call instruction finds its number. Of _KIND, the register tells the
# kind of code; the bits of it, and what they are for code of this machine. _IN_DWARF_ORDER: the
# registers by the numbers that DWARF gives them, and at last the program counter.
# NOT_PRESERVED: what a function need not preserve, where that is used. THREAD: what leads to a
# thread's own memory. READS_CYCLE_COUNTER: the instructions that do, and can be forbidden; where
# they leave the count, and which processor it is. _COUNTER_IN_FRAME: where in struct rt_sigframe,
# which a handler finds on its stack, the program counter stands.
_KIND: tuple[int, int, int]
NOT_PRESERVED: tuple[int, ...]
if _IS_AARCH64:
    # struct user_pt_regs (x0 to x30, sp, pc, pstate), and behind it the number of the call, which
    # is a register set of its own; DWARF for the Arm 64-bit Architecture, 4.1.
    _WORDS, CALL, CALL_NUMBER, RESULT, ARGUMENTS = 35, 34, 8, 0, (0, 1, 2, 3, 4, 5)
    STACK_POINTER, PROGRAM_COUNTER = 31, 32
    NOT_PRESERVED, THREAD = (), 18
    _INSTRUCTION, _ALIGNMENT = b"\x01\x00\x00\xd4", 4
    _KIND, _NT_VECTORS = (33, 0x10, 0), _NT_PRFPREG
    _IN_DWARF_ORDER = tuple(range(33))
    READS_CYCLE_COUNTER: tuple[bytes, ...] = ()
    DWARF_STACK_POINTER, DWARF_RETURN_ADDRESS = 31, 30
    _PSTATE, _IS_STEPPED = 33, 1 << 21
    _COUNTER_IN_FRAME = 568
    CODE_BITS = (1 << 48) - 1
    """The bits of an address of code: a return address may be signed in those above."""
elif _IS_I386:
    # struct user_regs_struct; the System V ABI for the Intel386, table 2.14. A call is made through
    # the page that the kernel maps (vDSO), so no program has this instruction itself.
    _WORDS, CALL, CALL_NUMBER, RESULT, ARGUMENTS = 17, 11, 6, 6, (0, 1, 2, 3, 4, 5)
    STACK_POINTER, PROGRAM_COUNTER = 15, 12
    NOT_PRESERVED, THREAD = (), 10
    FIRST_OF_I386 = 0
    _INSTRUCTION, _ALIGNMENT = b"\xcd\x80", 1
    _KIND, _NT_VECTORS = (13, 0, 0), _NT_X86_XSTATE
    _IN_DWARF_ORDER = (6, 1, 2, 0, 15, 5, 3, 4, 12)
    READS_CYCLE_COUNTER = (b"\x0f\x31", b"\x0f\x01\xf9")
    _LOW, _HIGH, _PROCESSOR = 6, 2, 1
    DWARF_STACK_POINTER, DWARF_RETURN_ADDRESS = 4, 8
    _COUNTER_IN_FRAME = 220
    # struct sigframe, of a handler without SA_SIGINFO: no siginfo_t, to which a pointer would lead.
    _COUNTER_IN_SMALL_FRAME, _POINTER_TO_SIGINFO, _SIGINFO = 64, 8, 16
    CODE_BITS = (1 << 32) - 1
else:
    # struct user_regs_struct; the System V ABI for x86-64, figure 3.36.
    _WORDS, CALL, CALL_NUMBER, RESULT, ARGUMENTS = 27, 15, 10, 10, (14, 13, 12, 7, 9, 8)
    STACK_POINTER, PROGRAM_COUNTER = 19, 16
    NOT_PRESERVED, THREAD = (6, 7, 8, 9, 11, 12, 13, 14), 21
    FIRST_OF_I386 = 5
    """Where a program for 32-bit x86 has the first argument of a call."""
    _INSTRUCTION, _ALIGNMENT = b"\x0f\x05", 1
    _KIND, _NT_VECTORS = (17, 0xFFFF, 0x33), _NT_X86_XSTATE
    _IN_DWARF_ORDER = (10, 12, 11, 5, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16)
    # rdtsc, and rdtscp, which also tells which processor it is.
    READS_CYCLE_COUNTER = (b"\x0f\x31", b"\x0f\x01\xf9")
    _LOW, _HIGH, _PROCESSOR = 10, 12, 11
    DWARF_STACK_POINTER, DWARF_RETURN_ADDRESS = 7, 16
    _COUNTER_IN_FRAME = 176
    CODE_BITS = (1 << 64) - 1
DWARF_PROGRAM_COUNTER = len(_IN_DWARF_ORDER) - 1
VDSO_CALL_RETURN = b"\x5d\x5a\x59\xc3" if _IS_I386 else b""
"""What stands behind a call in the page that makes the calls of programs; empty: there is none."""
CALL_LENGTH = len(_INSTRUCTION)
"""How many bytes the system call instruction has."""

_words = struct.Struct(f"{_WORDS}{'I' if _IS_I386 else 'Q'}")
_all = ctypes.create_string_buffer(_words.size)
_of_call = ctypes.c_int()
_in_one_set = _WORDS - _IS_AARCH64
_general = (ctypes.c_ulong * 2)(ctypes.addressof(_all), WORD * _in_one_set)
_set_of_call = (ctypes.c_ulong * 2)(ctypes.addressof(_of_call), ctypes.sizeof(_of_call))
_state = ctypes.create_string_buffer(_LARGEST_STATE)


def getregs(pid: int) -> list[int]:
    """Return a stopped process's registers, in the machine's order (CALL, RESULT and others)."""
    request(GETREGSET, pid, _NT_PRSTATUS, ctypes.addressof(_general))
    values = list(_words.unpack(_all))
    if _IS_AARCH64:
        request(GETREGSET, pid, _NT_ARM_SYSTEM_CALL, ctypes.addressof(_set_of_call))
        values[CALL] = _of_call.value & NO_CALL  # -1 becomes NO_CALL
        # Whether it is being stepped is the kernel's matter: it sets the bit when it steps.
        values[_PSTATE] &= ~_IS_STEPPED
    return values


def setregs(pid: int, values: list[int]) -> None:
    """Set all registers of a stopped process."""
    _words.pack_into(_all, 0, *[value & NO_CALL for value in values])
    request(SETREGSET, pid, _NT_PRSTATUS, ctypes.addressof(_general))
    if _IS_AARCH64:
        _of_call.value = values[CALL]
        request(SETREGSET, pid, _NT_ARM_SYSTEM_CALL, ctypes.addressof(_set_of_call))


def vector_registers(pid: int) -> bytes:
    """Return a stopped process's floating-point and vector registers, as the kernel stores them."""
    described = (ctypes.c_ulong * 2)(ctypes.addressof(_state), _LARGEST_STATE)
    try:
        request(GETREGSET, pid, _NT_VECTORS, ctypes.addressof(described))
    except OSError:  # ENODEV: an old or emulated processor has no XSAVE
        request(GETREGSET, pid, _NT_PRXFPREG, ctypes.addressof(described))
    return _state.raw[: described[1]]


# Of what XSAVE stores: the kinds of registers in use, and those that AVX-512 has added.
_IN_USE, _OF_AVX_512 = 512, 0b111 << 5


def forget_wide_vectors(pid: int) -> None:
    """Clear the vector registers that only AVX-512 has, where a stopped process uses them."""
    state = bytearray(vector_registers(pid))
    if len(state) > _IN_USE and state[_IN_USE] & _OF_AVX_512:
        state[_IN_USE] &= ~_OF_AVX_512
        place = (ctypes.c_char * len(state)).from_buffer(state)
        described = (ctypes.c_ulong * 2)(ctypes.addressof(place), len(state))
        request(SETREGSET, pid, _NT_VECTORS, ctypes.addressof(described))


def in_dwarf_order(values: list[int]) -> list[int]:
    """Return the general registers by the numbers that DWARF gives them, then the next address."""
    return [values[place] for place in _IN_DWARF_ORDER]


def linked_address(values: list[int]) -> int:
    """Return where the innermost function returns to, if a register may say so; 0 on x86-64."""
    return values[DWARF_RETURN_ADDRESS] if _IS_AARCH64 else 0


def behind_handler(pid: int) -> int:
    """Return where a thread that is about to begin a signal's handler goes on after it."""
    frame = getregs(pid)[STACK_POINTER]

    def word(place: int) -> int:
        return int.from_bytes(read_memory(pid, frame + place, WORD), "little")

    if _IS_I386 and word(_POINTER_TO_SIGINFO) != frame + _SIGINFO:
        return word(_COUNTER_IN_SMALL_FRAME)
    return word(_COUNTER_IN_FRAME)


def is_in_call(values: list[int]) -> bool:
    """Return whether a process with these registers is in a system call."""
    return values[CALL] != NO_CALL


def runs_own_code(values: list[int]) -> bool:
    """Return whether a process with these registers runs code of this machine, not 32-bit code."""
    place, bits, expected = _KIND
    return values[place] & bits == expected


def is_call(code: bytes) -> bool:
    """Return whether code begins with the system call instruction."""
    return code.startswith(_INSTRUCTION)


def find_call_instruction(code: bytes) -> int:
    """Return the place of the first system call instruction in code; -1 if there is none."""
    place = code.find(_INSTRUCTION)
    while place % _ALIGNMENT and place >= 0:
        place = code.find(_INSTRUCTION, place + 1)
    return place


def cycle_counter_read(code: bytes) -> bytes:
    """Return the instruction at the beginning of code, if it reads the cycle counter, or empty."""
    return next(
        (instruction for instruction in READS_CYCLE_COUNTER if code.startswith(instruction)), b""
    )


def answer_cycle_counter(values: list[int], instruction: bytes, count: int) -> None:
    """Change registers so that a process has read this count."""
    values[PROGRAM_COUNTER] += len(instruction)
    values[_LOW], values[_HIGH] = count & 0xFFFFFFFF, count >> 32
    if instruction != READS_CYCLE_COUNTER[0]:
        values[_PROCESSOR] = 0


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
    """Change registers so that a process makes this call next; one that it stands at is not made.

    `behind` is an address behind a system call instruction of its program.
    """
    for place, argument in zip(ARGUMENTS, args, strict=False):
        values[place] = argument
    values[CALL] = NO_CALL
    values[PROGRAM_COUNTER] = behind - CALL_LENGTH
    values[CALL_NUMBER] = number


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
