"""`echo`, `true`, `false`: builtins in scripts, programs where a person watches.

What POSIX leaves open is as in dash: `echo` carries out backslashes, and has `-n`.
"""

from __future__ import annotations

import os

from simpsh import console
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.state import State

_REASON = "A script would pay for a process at each; where a person watches, it is a program."


@builtin("true", _REASON)
def _true(_state: State, _services: Services, _operands: list[str]) -> int:
    return 0


@builtin("false", _REASON)
def _false(_state: State, _services: Services, _operands: list[str]) -> int:
    return 1


@builtin("echo [-n] [word...]", _REASON)
def _echo(state: State, services: Services, operands: list[str]) -> int:
    has_newline = operands[:1] != ["-n"]
    data, is_cut = unescaped(" ".join(operands if has_newline else operands[1:]))
    write_output(state, services, data + b"\n" if has_newline and not is_cut else data)
    return 0


def write_output(state: State, services: Services, data: bytes) -> None:
    """Write to standard output, or to what `$( )` and a pipe keep. Raises OutputError."""
    if state.captured is not None:
        state.captured += data
    elif data:
        # The reader of a pipe may be slow: ^C ends the wait for it.
        with services.launcher.context.interrupts:
            console.write_output(data)


_LETTERS = dict(zip("abefnrtv\\", b"\a\b\x1b\f\n\r\t\v\\", strict=True))
_OCTAL = frozenset("01234567")


def unescaped(text: str, *, in_format: bool = False) -> tuple[bytes, bool]:
    r"""Carry out backslashes; return also whether a `\c`, not in a format, ends the output here."""
    data, at = b"", 0
    while (place := text.find("\\", at)) >= 0:
        data += os.fsencode(text[at:place])
        begin = at = place + 1
        letter = text[begin : begin + 1]
        longest = 4 if letter == "0" and not in_format else 3
        while text[at : at + 1] in _OCTAL and at < begin + longest:
            at += 1
        if at > begin:
            data += bytes((int(text[begin:at], 8) & 0xFF,))
            continue
        at += 1
        if letter == "c" and not in_format:
            return data, True
        code = _LETTERS.get(letter)
        data += os.fsencode(f"\\{letter}") if code is None else bytes((code,))
    return data + os.fsencode(text[at:]), False
