"""A seccomp filter is a small program that the kernel runs at each system call of a process.

Here it decides which calls stop for the tracer: all others run at full speed. A filter can never
be taken off again, is inherited by children, and makes the chosen calls fail with ENOSYS once the
tracer is gone; it is therefore installed only in a traced command's child, never in a shell.
See seccomp(2) and the kernel's Documentation/userspace-api/seccomp_filter.rst.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Mapping, Sequence

from simpsh.kernel.c_library import last_error
from simpsh.kernel.machine.syscall_table import AUDIT_ARCHITECTURE, AUDIT_I386, I386_NAMES, NUMBERS

_Instruction = tuple[int, int, int, int]

_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _MODE_FILTER = 22, 38, 2

# BPF_LD|W|ABS, BPF_JMP|JA, BPF_JMP|JEQ|K, BPF_JMP|JSET|K, BPF_ALU|AND|K, BPF_RET|K
_LOAD, _JUMP, _JUMP_EQUAL, _JUMP_SET, _AND, _RETURN = 0x20, 0x05, 0x15, 0x45, 0x54, 0x06
_ALLOW, _TRACE, _ERROR = 0x7FFF0000, 0x7FF00000, 0x00050000
# The same calls by another numbering of this processor (x32); a number has no other high bits.
_NUMBER_BITS = 0x3FFFFFFF

# Offsets in struct seccomp_data: the number, the architecture, then six arguments of 8 bytes.
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

_prctl = ctypes.PyDLL(None, use_errno=True).prctl
_prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)
_prctl.restype = ctypes.c_int


def program(
    calls: Sequence[str],
    conditional: Mapping[str, Sequence[int]],
    by_first: Mapping[str, Sequence[int]] | None = None,
    *,
    has_32_bit: bool = False,
) -> bytes:
    """Return the filter, assembled: stop at these calls, allow all others.

    Args:
        calls: names of calls; those that this machine does not have are passed over.
        conditional: calls that stop only if their second argument is one of these numbers
            (the request of an ioctl, the command of an fcntl).
        by_first: calls that stop only if their first argument is one of these numbers.
        has_32_bit: whether calls made with the numbers of 32-bit x86 stop as well.
    """
    then = {name: [(_RETURN, 0, 0, _TRACE)] for name in calls}
    then.update((name, _one_of(values, 1)) for name, values in conditional.items())
    then.update((name, _one_of(values, 0)) for name, values in (by_first or {}).items())
    native = _table(then, [(number, name) for name, number in NUMBERS.items()])
    code = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_EQUAL, 3, 0, AUDIT_ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, AUDIT_I386 if has_32_bit else AUDIT_ARCHITECTURE),
        # Calls made with yet another architecture's numbers are not looked at.
        (_RETURN, 0, 0, _ALLOW),
        (_JUMP, 0, 0, len(native)),
        *native,
        *_table(then, list(I386_NAMES.items())),
    ]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code)


def _table(
    then: Mapping[str, list[_Instruction]], numbers: Sequence[tuple[int, str]]
) -> list[_Instruction]:
    code: list[_Instruction] = [(_LOAD, 0, 0, _NUMBER)]
    for number, name in numbers:
        if name in then:
            code += [(_JUMP_EQUAL, 0, len(then[name]), number), *then[name]]
    return [*code, (_RETURN, 0, 0, _ALLOW)]


def allow_list(
    allowed: Sequence[str],
    values: Mapping[str, Sequence[int]],
    masked: Mapping[str, Sequence[tuple[int, int, bool]]],
) -> bytes:
    """Return a filter, assembled, that allows what is listed and stops at every other call.

    A call made with another architecture's number stops, too.

    Args:
        allowed: names of calls; those that this machine does not have are passed over.
        values: calls that are allowed if their second argument is one of these numbers.
        masked: calls that are allowed if each of these arguments (from 0) has one of these bits,
            or, where False is given, none of them.
    """
    code = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, AUDIT_ARCHITECTURE),
        (_RETURN, 0, 0, _TRACE),
        (_LOAD, 0, 0, _NUMBER),
    ]
    for name in allowed:
        code += _if_call(name, [(_RETURN, 0, 0, _ALLOW)])
    for name, numbers in values.items():
        then = [(_LOAD, 0, 0, _ARGUMENTS + 8)]
        for number in numbers:
            then += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
        code += _if_call(name, [*then, (_RETURN, 0, 0, _TRACE)])
    for name, tests in masked.items():
        then = []
        for argument, bits, has in tests:
            then.append((_LOAD, 0, 0, _ARGUMENTS + 8 * argument))
            then.append((_JUMP_SET, int(has), int(not has), bits))
            then.append((_RETURN, 0, 0, _TRACE))
        code += _if_call(name, [*then, (_RETURN, 0, 0, _ALLOW)])
    code.append((_RETURN, 0, 0, _TRACE))
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code)


def refusing(calls: Sequence[str]) -> bytes:
    """Return a filter, assembled, with which these calls fail as if the kernel had none (ENOSYS).

    Whoever calls the kernel with the numbers of 32-bit x86 is refused the same calls; with those of
    yet another architecture, every call. Those that this machine does not have are passed over.
    """
    refused = (_RETURN, 0, 0, _ERROR | errno.ENOSYS)
    others = [number for number, name in I386_NAMES.items() if name in calls]
    native = _refused([NUMBERS[name] for name in calls if name in NUMBERS], refused)
    code = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_EQUAL, 2, 0, AUDIT_ARCHITECTURE),
        (_JUMP_EQUAL, len(native) + 1, 0, AUDIT_I386 if others else AUDIT_ARCHITECTURE),
        refused,
        *native,
        *_refused(others, refused),
    ]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code)


def _refused(numbers: Sequence[int], refused: _Instruction) -> list[_Instruction]:
    code: list[_Instruction] = [(_LOAD, 0, 0, _NUMBER), (_AND, 0, 0, _NUMBER_BITS)]
    for number in numbers:
        code += [(_JUMP_EQUAL, 0, 1, number), refused]
    return [*code, (_RETURN, 0, 0, _ALLOW)]


def _if_call(name: str, then: list[_Instruction]) -> list[_Instruction]:
    if name not in NUMBERS:
        return []
    return [(_JUMP_EQUAL, 0, len(then), NUMBERS[name]), *then]


def _one_of(values: Sequence[int], argument: int) -> list[_Instruction]:
    """Stop if an argument, counted from 0, is one of these."""
    code = [(_LOAD, 0, 0, _ARGUMENTS + 8 * argument)]
    for value in values:
        code += [(_JUMP_EQUAL, 0, 1, value), (_RETURN, 0, 0, _TRACE)]
    return [*code, (_RETURN, 0, 0, _ALLOW)]


def install(assembled: bytes) -> None:
    """Put the filter on this process and its future children, for ever.

    Without privilege this sets no_new_privs first: set-user-id programs (sudo, su, ping) then
    keep the user's own rights, as they do under any tracer without privilege.

    Raises OSError: EINVAL; the kernel is built without seccomp filters. EACCES; not allowed. See
    seccomp(2), SECCOMP_SET_MODE_FILTER, and prctl(2), PR_SET_NO_NEW_PRIVS.
    """
    code = ctypes.create_string_buffer(assembled, len(assembled))
    described = struct.pack("HxxxxxxQ", len(assembled) // 8, ctypes.addressof(code))
    given = ctypes.create_string_buffer(described, len(described))
    for needs_no_new_privs in (False, True):
        if needs_no_new_privs:
            _prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if _prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(given), 0, 0) == 0:
            return
    raise last_error()
