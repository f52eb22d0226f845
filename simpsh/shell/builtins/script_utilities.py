"""`echo`, `true`, `false`. As in dash, `echo` interprets backslashes and has the option `-n`."""

from __future__ import annotations

import os

from simpsh import console
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.state import State

_REASON = "A process for each call would slow down scripts; at a prompt, it is a program."


@builtin("true", _REASON)
def _true(_state: State, _services: Services, _operands: list[str]) -> int:
    return 0


@builtin("false", _REASON)
def _false(_state: State, _services: Services, _operands: list[str]) -> int:
    return 1


@builtin("echo [-n] [word...]", _REASON)
def _echo(state: State, services: Services, operands: list[str]) -> int:
    has_newline = operands[:1] != ["-n"]
    data, is_cut = unescape(" ".join(operands if has_newline else operands[1:]))
    write_output(state, services, data + b"\n" if has_newline and not is_cut else data)
    return 0


def write_output(state: State, services: Services, data: bytes) -> None:
    """Write to standard output. Raises OutputError."""
    if not data:
        return
    if state.trial is not None:
        state.trial.write(data)
    else:
        # ^C must end a write to a pipe whose reader is slow.
        with services.launcher.context.interrupts:
            console.write_output(data)


_LETTERS = dict(zip("abefnrtv\\", b"\a\b\x1b\f\n\r\t\v\\", strict=True))
_OCTAL = frozenset("01234567")


def unescape(text: str, *, in_format: bool = False) -> tuple[bytes, bool]:
    r"""Replace escapes; also return whether `\c` ends the output. A format has no `\c`."""
    data, at = b"", 0
    while (backslash := text.find("\\", at)) >= 0:
        data += os.fsencode(text[at:backslash])
        begin = at = backslash + 1
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
