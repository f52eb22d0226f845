"""Changing a stopped process's next system call through its registers.

The registers for a call's number, arguments and result, and the system call instruction, depend on
the architecture: here x86-64, 32-bit x86 and aarch64. See ptrace(2), PTRACE_SETREGSET, and
syscall(2), "Architecture calling conventions".
"""

from __future__ import annotations

import ctypes
import struct

from simpsh.kernel.machine.ptrace import GETREGSET, SETREGSET, getsigmask, request, setsigmask
from simpsh.kernel.machine.syscall_table import ARCHITECTURE

_NT_PRSTATUS, _NT_PRFPREG, _NT_X86_XSTATE, _NT_PRXFPREG = 1, 2, 0x202, 0x46E62B7F
_NT_ARM_SYSTEM_CALL = 0x404
_LARGEST_STATE = 16384
WORD = struct.calcsize("P")
"""The size of a register and of an address, in bytes."""
NO_CALL = (1 << 8 * WORD) - 1
"""The call number of a process that makes no call."""


_IS_AARCH64 = ARCHITECTURE == "aarch64"
_IS_I386 = ARCHITECTURE == "i386"

# Registers are given by their index. CALL: the number of the current call, or NO_CALL; CALL_NUMBER:
# the register that the system call instruction reads. _KIND: the register with the kind of code,
# its bits, and their value for code of this machine. IN_DWARF_ORDER: the registers by their DWARF
# numbers, then the program counter. NOT_PRESERVED: registers that a function need not preserve;
# empty if simpsh does not use them. THREAD: the base of thread-local memory. READS_CYCLE_COUNTER:
# instructions that read the cycle counter and can be disabled; _LOW, _HIGH and _PROCESSOR: their
# results.
_KIND: tuple[int, int, int]
NOT_PRESERVED: tuple[int, ...]
if _IS_AARCH64:
    # struct user_pt_regs (x0 to x30, sp, pc, pstate), then the number of the call, which is a
    # separate register set; DWARF for the Arm 64-bit Architecture, 4.1.
    _WORDS, CALL, CALL_NUMBER, RESULT, ARGUMENTS = 35, 34, 8, 0, (0, 1, 2, 3, 4, 5)
    STACK_POINTER, PROGRAM_COUNTER = 31, 32
    NOT_PRESERVED, THREAD = (), 18
    _INSTRUCTION = b"\x01\x00\x00\xd4"
    _KIND, _NT_VECTORS = (33, 0x10, 0), _NT_PRFPREG
    IN_DWARF_ORDER = tuple(range(33))
    READS_CYCLE_COUNTER: tuple[bytes, ...] = ()
    DWARF_STACK_POINTER, DWARF_RETURN_ADDRESS = 31, 30
    _PSTATE, _IS_STEPPED = 33, 1 << 21
    CODE_BITS = (1 << 48) - 1
    """The address bits of a code pointer; the bits above may hold a signature."""
elif _IS_I386:
    # struct user_regs_struct; the System V ABI for the Intel386, table 2.14. Programs make calls
    # through the vDSO, so their own code does not contain int 0x80.
    _WORDS, CALL, CALL_NUMBER, RESULT, ARGUMENTS = 17, 11, 6, 6, (0, 1, 2, 3, 4, 5)
    STACK_POINTER, PROGRAM_COUNTER = 15, 12
    NOT_PRESERVED, THREAD = (), 10
    _INSTRUCTION = b"\xcd\x80"
    _KIND, _NT_VECTORS = (13, 0, 0), _NT_X86_XSTATE
    IN_DWARF_ORDER = (6, 1, 2, 0, 15, 5, 3, 4, 12)
    READS_CYCLE_COUNTER = (b"\x0f\x31", b"\x0f\x01\xf9")
    _LOW, _HIGH, _PROCESSOR = 6, 2, 1
    DWARF_STACK_POINTER, DWARF_RETURN_ADDRESS = 4, 8
    CODE_BITS = (1 << 32) - 1
else:
    # struct user_regs_struct; the System V ABI for x86-64, figure 3.36.
    _WORDS, CALL, CALL_NUMBER, RESULT, ARGUMENTS = 27, 15, 10, 10, (14, 13, 12, 7, 9, 8)
    STACK_POINTER, PROGRAM_COUNTER = 19, 16
    NOT_PRESERVED, THREAD = (6, 7, 8, 9, 11, 12, 13, 14), 21
    _INSTRUCTION = b"\x0f\x05"
    _KIND, _NT_VECTORS = (17, 0xFFFF, 0x33), _NT_X86_XSTATE
    IN_DWARF_ORDER = (10, 12, 11, 5, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16)
    # rdtsc; and rdtscp, which also returns the processor.
    READS_CYCLE_COUNTER = (b"\x0f\x31", b"\x0f\x01\xf9")
    _LOW, _HIGH, _PROCESSOR = 10, 12, 11
    DWARF_STACK_POINTER, DWARF_RETURN_ADDRESS = 7, 16
    CODE_BITS = (1 << 64) - 1
DWARF_PROGRAM_COUNTER = len(IN_DWARF_ORDER) - 1
VDSO_CALL_RETURN = b"\x5d\x5a\x59\xc3" if _IS_I386 else b""
"""The code after the vDSO's system call instruction; empty if programs make calls directly."""
CALL_LENGTH = len(_INSTRUCTION)
"""The length of the system call instruction."""

_words = struct.Struct(f"{_WORDS}{'I' if _IS_I386 else 'Q'}")
_all = ctypes.create_string_buffer(_words.size)
_of_call = ctypes.c_int()
_in_one_set = _WORDS - _IS_AARCH64
_general = (ctypes.c_ulong * 2)(ctypes.addressof(_all), WORD * _in_one_set)
_set_of_call = (ctypes.c_ulong * 2)(ctypes.addressof(_of_call), ctypes.sizeof(_of_call))
_state = ctypes.create_string_buffer(_LARGEST_STATE)
_state_address = ctypes.addressof(_state)


def getregs(pid: int) -> list[int]:
    """Return a stopped process's registers, in the machine's order (CALL, RESULT and others)."""
    request(GETREGSET, pid, _NT_PRSTATUS, ctypes.addressof(_general))
    values = list(_words.unpack(_all))
    if _IS_AARCH64:
        request(GETREGSET, pid, _NT_ARM_SYSTEM_CALL, ctypes.addressof(_set_of_call))
        values[CALL] = _of_call.value & NO_CALL  # -1 becomes NO_CALL
        # The kernel sets this bit while it single-steps.
        values[_PSTATE] &= ~_IS_STEPPED
    return values


def setregs(pid: int, values: list[int]) -> None:
    """Set all registers of a stopped process."""
    _words.pack_into(_all, 0, *[value & NO_CALL for value in values])
    request(SETREGSET, pid, _NT_PRSTATUS, ctypes.addressof(_general))
    if _IS_AARCH64:
        _of_call.value = values[CALL]
        request(SETREGSET, pid, _NT_ARM_SYSTEM_CALL, ctypes.addressof(_set_of_call))


# In the XSAVE area: the mask of components in use, its size, and the components of AVX-512.
_IN_USE, _IN_USE_BYTES, _OF_AVX_512 = 512, 8, 0b111 << 5


def vector_registers(pid: int) -> bytes:
    """Return a stopped process's floating-point and vector registers, in the kernel's format."""
    return ctypes.string_at(_state, _read_state(pid)[1])


def _read_state(pid: int) -> ctypes.Array[ctypes.c_ulong]:
    """Read the vector registers into `_state`; return its address and their size."""
    described = (ctypes.c_ulong * 2)(_state_address, _LARGEST_STATE)
    try:
        request(GETREGSET, pid, _NT_VECTORS, ctypes.addressof(described))
    except OSError:  # ENODEV: old or emulated processors have no XSAVE
        request(GETREGSET, pid, _NT_PRXFPREG, ctypes.addressof(described))
    return described


def vector_values(pid: int) -> bytes:
    """Return what a stopped process reads in its floating-point and vector registers.

    The mask of components in use is left out. The kernel writes the initial values of a component
    that is not in use, and processors differ in when they count a component as used.
    """
    state = vector_registers(pid)
    if _NT_VECTORS != _NT_X86_XSTATE:
        return state
    return state[:_IN_USE] + state[_IN_USE + _IN_USE_BYTES :]


def forget_wide_vectors(pid: int) -> None:
    """Clear the vector registers that only AVX-512 has, if a stopped process uses them."""
    described = _read_state(pid)
    in_use = _state[_IN_USE][0]
    if described[1] > _IN_USE and in_use & _OF_AVX_512:
        _state[_IN_USE] = bytes((in_use & ~_OF_AVX_512,))
        request(SETREGSET, pid, _NT_VECTORS, ctypes.addressof(described))


def in_dwarf_order(values: list[int]) -> list[int]:
    """Return the general registers by their DWARF numbers, then the program counter."""
    return [values[index] for index in IN_DWARF_ORDER]


def is_in_call(values: list[int]) -> bool:
    """Return whether a process with these registers is in a system call."""
    return values[CALL] != NO_CALL


def runs_own_code(values: list[int]) -> bool:
    """Return whether a process with these registers runs native code, not 32-bit code."""
    index, bits, expected = _KIND
    return values[index] & bits == expected


def is_call(code: bytes) -> bool:
    """Return whether code begins with the system call instruction."""
    return code.startswith(_INSTRUCTION)


def cycle_counter_read(code: bytes) -> bytes:
    """Return the instruction at the beginning of code if it reads the cycle counter; else empty."""
    return next(
        (instruction for instruction in READS_CYCLE_COUNTER if code.startswith(instruction)), b""
    )


def answer_cycle_counter(values: list[int], instruction: bytes, count: int) -> None:
    """Change registers as if the process had read this count."""
    values[PROGRAM_COUNTER] += len(instruction)
    values[_LOW], values[_HIGH] = count & 0xFFFFFFFF, count >> 32
    if instruction != READS_CYCLE_COUNTER[0]:
        values[_PROCESSOR] = 0


def skip_call(pid: int, result: int) -> None:
    """Skip the call that a process is about to make, and make it return `result`."""
    values = getregs(pid)
    values[CALL] = NO_CALL
    values[RESULT] = result
    setregs(pid, values)


def set_result(pid: int, result: int) -> None:
    """Replace the result of the call from which a process is about to return."""
    values = getregs(pid)
    values[RESULT] = result
    setregs(pid, values)


def replace_call(values: list[int], number: int, args: tuple[int, ...]) -> None:
    """Replace the call of a process at a call's entry."""
    values[CALL] = number
    for index, argument in zip(ARGUMENTS, args, strict=False):
        values[index] = argument


def begin_call(values: list[int], after_call: int, number: int, args: tuple[int, ...]) -> None:
    """Make a process make this call next, instead of one that it is entering.

    `after_call` is an address after a system call instruction of its program.
    """
    for index, argument in zip(ARGUMENTS, args, strict=False):
        values[index] = argument
    values[CALL] = NO_CALL
    values[PROGRAM_COUNTER] = after_call - CALL_LENGTH
    values[CALL_NUMBER] = number


def make_call(pid: int, after_call: int, number: int, args: tuple[int, ...]) -> None:
    """Make a stopped process execute a call, see begin_call(); its own code cannot be resumed."""
    values = getregs(pid)
    begin_call(values, after_call, number, args)
    setregs(pid, values)


def return_before_call(pid: int) -> None:
    """Put a thread, stopped in a call that it slept in, back before that call.

    Some calls, such as sigsuspend(2), have another signal mask while they sleep: the mask becomes
    again what it was before.
    """
    values = getregs(pid)
    if values[CALL] != NO_CALL:
        # Otherwise the kernel itself has done it, to restart the call.
        begin_call(values, values[PROGRAM_COUNTER], values[CALL], ())
        setregs(pid, values)
    setsigmask(pid, getsigmask(pid))


def repeat_call(pid: int, number: int) -> None:
    """Delay a process's call until its pending signals have been handled.

    The call is skipped and the program counter moved back to it: signals are delivered when the
    process leaves the kernel, their handlers run, and then the call is made.
    """
    values = getregs(pid)
    begin_call(values, values[PROGRAM_COUNTER], number, ())
    setregs(pid, values)
