"""A seccomp filter is a small program that the kernel runs at each system call of a process.

Here it chooses the calls that stop for the tracer; all others run at full speed. A filter cannot be
removed, is inherited by children, and makes the chosen calls fail with ENOSYS once the tracer is
gone; so it is installed only in a traced command's child, never in a shell. See seccomp(2) and the
kernel's Documentation/userspace-api/seccomp_filter.rst.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from itertools import chain

from simpsh.base.record import Record
from simpsh.kernel.c_library import last_error
from simpsh.kernel.machine.syscall_table import AUDIT_ARCHITECTURE, NAMES, NUMBERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_Instruction = tuple[int, int, int, int]

PR_SET_SECCOMP, MODE_FILTER = 22, 2
_PR_SET_NO_NEW_PRIVS = 38

# BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_JMP|JSET|K, BPF_ALU|AND|K, BPF_RET|K
_LOAD, _JUMP_EQUAL, _JUMP_SET, _AND, _RETURN = 0x20, 0x15, 0x45, 0x54, 0x06
_ALLOW, _TRACE, _ERROR = 0x7FFF0000, 0x7FF00000, 0x00050000
_ALLOWED = (_RETURN, 0, 0, _ALLOW)
HOLD = 0x7FC00000
"""SECCOMP_RET_USER_NOTIF: the call waits for a listener; see simpsh.kernel.machine.held_calls."""
_NUMBER_BITS = 0x3FFFFFFF

# Offsets in struct seccomp_data: the number, the architecture, then six arguments of 8 bytes.
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

_prctl = ctypes.PyDLL(None, use_errno=True).prctl
_prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)
_prctl.restype = ctypes.c_int
_syscall = ctypes.PyDLL(None, use_errno=True).syscall
_syscall.argtypes = (ctypes.c_long,) * 4
_syscall.restype = ctypes.c_int
_SET_FILTER, _NEW_LISTENER, _WAIT_KILLABLE = 1, 8, 32


def program(
    calls: Sequence[str],
    conditional: Mapping[str, Sequence[int]],
    by_first: Mapping[str, Sequence[int]] | None = None,
    *,
    flagged: Mapping[str, int] | None = None,
    changing: Sequence[str] = (),
    stop: int = _TRACE,
) -> bytes:
    """Assemble a filter that stops at these calls and allows all others.

    `conditional` and `by_first` stop if their second or first argument is one of some numbers,
    `flagged` if the first has one of some bits, `changing` if the second is not 0: with a null
    pointer, rt_sigaction and rt_sigprocmask only query. `stop` is the action for `calls` and
    `by_first`: stop for the tracer, or with HOLD for a listener.
    """
    then = {name: [(_RETURN, 0, 0, stop)] for name in calls}
    then.update((name, _not_null(1)) for name in changing)
    then.update((name, _one_of(values, 1)) for name, values in conditional.items())
    then.update((name, _one_of(values, 0, stop)) for name, values in (by_first or {}).items())
    then.update(
        (name, [*_by_bits(0, bits, _TRACE), _ALLOWED]) for name, bits in (flagged or {}).items()
    )
    # Ignore calls with the numbers of other architectures.
    return _assemble(_table(then, NAMES), _ALLOWED)


def _assemble(native: Sequence[_Instruction], others: _Instruction) -> bytes:
    """Return a filter of the code for this machine's numbers, which ends with a return."""
    code = [(_LOAD, 0, 0, _ARCHITECTURE), (_JUMP_EQUAL, 1, 0, AUDIT_ARCHITECTURE), others, *native]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code)


def _table(
    then: Mapping[str, list[_Instruction]],
    numbers: Mapping[int, str],
    otherwise: _Instruction = _ALLOWED,
) -> list[_Instruction]:
    code: list[_Instruction] = [(_LOAD, 0, 0, _NUMBER)]
    for number, name in numbers.items():
        if name in then:
            code += [(_JUMP_EQUAL, 0, len(then[name]), number), *then[name]]
    return [*code, otherwise]


def allow_list(
    allowed: Sequence[str],
    values: Mapping[str, Sequence[int]],
    masked: Mapping[str, Sequence[tuple[int, int, bool]]],
) -> bytes:
    """Assemble a filter that allows the listed calls and stops at every other call.

    Calls in `values` are allowed if their second argument is one of the numbers. `masked` maps a
    call to arguments, bits and a flag: each argument must have one of its bits or, if the flag is
    false, none of them. Calls with another architecture's numbers stop, too.
    """
    then = {name: [_ALLOWED] for name in allowed}
    then.update((name, _one_of(numbers, 1, _ALLOW, _TRACE)) for name, numbers in values.items())
    for name, tests in masked.items():
        checks = (_by_bits(argument, bits, _TRACE, has=has) for argument, bits, has in tests)
        then[name] = [*chain.from_iterable(checks), _ALLOWED]
    stop = (_RETURN, 0, 0, _TRACE)
    return _assemble(_table(then, NAMES, stop), stop)


def refusing(calls: Sequence[str], error: int = errno.ENOSYS) -> bytes:
    """Assemble a filter that makes these calls fail, by default as if they did not exist.

    All calls with the numbers of other architectures fail.
    """
    refuse = (_RETURN, 0, 0, _ERROR | error)
    then = {name: [refuse] for name in calls}
    load, *native = _table(then, NAMES)
    # The numbers of x32 differ in the high bits.
    native = [load, (_AND, 0, 0, _NUMBER_BITS), *native]
    return _assemble(native, refuse)


class Condition(Record):
    """A condition on an argument for permitting a call, and the error otherwise."""

    argument: int
    """Counted from 0."""
    error: int
    values: tuple[int, ...] = ()
    """The argument must be one of these; empty for any value."""
    without: int = 0
    """The argument must have none of these bits."""

    @property
    def code(self) -> list[_Instruction]:
        """The instructions that return the error, or continue if the condition holds."""
        refuse = _ERROR | self.error
        if not self.values:
            return _by_bits(self.argument, self.without, refuse)
        load, count = (_LOAD, 0, 0, _ARGUMENTS + 8 * self.argument), len(self.values)
        known = [
            (_JUMP_EQUAL, count - number, 0, value) for number, value in enumerate(self.values)
        ]
        return [load, *known, (_RETURN, 0, 0, refuse)]


def permitting(
    calls: Iterable[str], conditions: Mapping[str, Sequence[Condition]], errors: Mapping[str, int]
) -> bytes:
    """Assemble a filter that permits these calls; every other one fails with ENOSYS.

    `conditions` permits calls under conditions; `errors` maps calls to errors other than ENOSYS.
    Calls with the numbers of other architectures or x32 are refused.
    """
    then = {name: [_ALLOWED] for name in calls}
    then.update((name, [(_RETURN, 0, 0, _ERROR | error)]) for name, error in errors.items())
    for name, several in conditions.items():
        then[name] = [*chain.from_iterable(condition.code for condition in several), _ALLOWED]
    refuse = (_RETURN, 0, 0, _ERROR | errno.ENOSYS)
    return _assemble(_table(then, NAMES, refuse), refuse)


def _by_bits(argument: int, bits: int, action: int, *, has: bool = False) -> list[_Instruction]:
    """Return `action` if an argument has one of `bits` or, with `has`, if it has none of them."""
    return [
        (_LOAD, 0, 0, _ARGUMENTS + 8 * argument),
        (_JUMP_SET, int(has), int(not has), bits),
        (_RETURN, 0, 0, action),
    ]


def _one_of(
    values: Sequence[int], argument: int, then: int = _TRACE, otherwise: int = _ALLOW
) -> list[_Instruction]:
    """Return `then` if an argument, counted from 0, is one of these values; else `otherwise`."""
    code = [(_LOAD, 0, 0, _ARGUMENTS + 8 * argument)]
    for value in values:
        code += [(_JUMP_EQUAL, 0, 1, value), (_RETURN, 0, 0, then)]
    return [*code, (_RETURN, 0, 0, otherwise)]


def _not_null(argument: int) -> list[_Instruction]:
    """Stop if an argument, counted from 0, is not zero in either half."""
    half = _ARGUMENTS + 8 * argument
    return [
        (_LOAD, 0, 0, half),
        (_JUMP_EQUAL, 0, 2, 0),
        (_LOAD, 0, 0, half + 4),
        (_JUMP_EQUAL, 1, 0, 0),
        (_RETURN, 0, 0, _TRACE),
        _ALLOWED,
    ]


def install(assembled: bytes) -> None:
    """Install the filter on this process and its future children, permanently.

    Without privilege this sets no_new_privs first: set-user-id programs (sudo, su, ping) then run
    with the user's own permissions, as under any unprivileged tracer.
    """
    _install(assembled, lambda address: _prctl(PR_SET_SECCOMP, MODE_FILTER, address, 0, 0))


def install_with_listener(assembled: bytes) -> int:
    """Install a filter, and return a listener for the calls that HOLD makes wait.

    These calls fail with ENOSYS once all copies of the listener are closed.
    """
    flags = _NEW_LISTENER | _WAIT_KILLABLE
    number = NUMBERS["seccomp"]
    return _install(assembled, lambda address: _syscall(number, _SET_FILTER, flags, address))


def described(assembled: bytes, address: int) -> bytes:
    """Return the struct sock_fprog for a filter at an address."""
    return struct.pack("HP", len(assembled) // 8, address)


def _install(assembled: bytes, ask: Callable[[int], int]) -> int:
    """Call `ask` with the address of a struct sock_fprog, if needed after no_new_privs."""
    code = ctypes.create_string_buffer(assembled, len(assembled))
    program = ctypes.create_string_buffer(described(assembled, ctypes.addressof(code)))
    for needs_no_new_privs in (False, True):
        if needs_no_new_privs:
            _prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        result = ask(ctypes.addressof(program))
        if result >= 0:
            return result
    raise last_error()


def has_filter() -> bool:
    """Return whether a filter restricts this process; see proc_pid_status(5), Seccomp."""
    with open("/proc/self/status", encoding="utf-8", errors="replace") as status:
        return f"Seccomp:\t{MODE_FILTER}\n" in status.read()


def refusal(call: str, error: int) -> str:
    """Return one line about a refused call: whether a filter or the system refuses it."""
    if has_filter():
        return f"a seccomp filter refuses {call} ({os.strerror(error)})"
    if error == errno.ENOSYS:
        return f"this kernel, Linux {os.uname().release}, has no {call}"
    return f"this system refuses {call} ({os.strerror(error)})"
