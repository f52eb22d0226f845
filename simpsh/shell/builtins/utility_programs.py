r"""Decides whether `echo`, `test` and the like run as programs under `set -o visible`.

The outcome of a script must not depend on this option, but GNU programs have options and escapes
that differ from the built-ins, such as `echo 'a\b'`.
"""

from __future__ import annotations

import re

from simpsh.kernel.program_execution import find_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_SAME_FORMAT = re.compile(r"(?:[^\\%]|\\[abfnrtv\\]|%%|%[-+ 0]*\d*(?:\.\d+)?[sdiouxX])*", re.ASCII)
_UNARY = frozenset(f"-{letter}" for letter in "nzefdcbpShLugksrwxOGt")
_NUMERIC = frozenset(("-eq", "-ne", "-lt", "-le", "-gt", "-ge"))
_BINARY = _NUMERIC | {"=", "!=", "-nt", "-ot", "-ef"}
_MOST_DIGITS = 18
"""Longer numbers may exceed 64 bits."""
_MOST_CHARACTERS = 30_000
"""The kernel accepts at least so many in the words of a program, see execve(2)."""


def runs_as_program(words: Sequence[str], path: str, *, is_script: bool) -> bool:
    """Return whether `words`, one of UTILITIES, run as the program of PATH, not as the built-in.

    >>> runs_as_program(["echo", "-n", "a"], "/usr/bin:/bin", is_script=True)
    True
    >>> runs_as_program(["echo", "-e", "a"], "/usr/bin:/bin", is_script=True)
    False
    """
    is_same = not is_script or _is_same(words[0], words[1:])
    is_short = sum(map(len, words)) < _MOST_CHARACTERS
    return is_same and is_short and find_program(words[0], path) is not None


def _is_same(name: str, operands: Sequence[str]) -> bool:
    match name:
        case "true" | "false":
            return not operands
        case "echo":
            texts = operands[operands[:1] == ["-n"] :]
            return "\\" not in "".join(texts) and "".join(texts[:1])[:1] != "-"
        case "printf":
            is_plain = not operands or operands[0][:1] == "-" or "'" in "".join(operands)
            return not is_plain and _SAME_FORMAT.fullmatch(operands[0]) is not None
        case _:
            return _is_surely_read(operands[: -1 if name == "[" else None])


def _is_surely_read(words: Sequence[str]) -> bool:
    """Return whether POSIX specifies the meaning of these operands of `test` (XCU test)."""
    if len(words) in (2, 3, 4) and words[0] == "!":
        return _is_surely_read(words[1:])
    if len(words) == 3:
        is_long = max(len(words[0]), len(words[2])) > _MOST_DIGITS
        return words[1] in _BINARY and not (is_long and words[1] in _NUMERIC)
    return words[0] in _UNARY if len(words) == 2 else len(words) < 2
