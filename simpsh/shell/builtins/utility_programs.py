r"""Decides whether `echo`, `test` and the like can run as programs under `set -o visible`.

The outcome of a script must not depend on this option. GNU programs have options and escapes that
differ from the built-ins, such as `echo 'a\b'`, and the kernel may refuse to execute a program.
"""

from __future__ import annotations

import os
import re

from simpsh.kernel.program_execution import ONE_ARGUMENT_LIMIT, find_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_SAME_FORMAT = re.compile(r"(?:[^\\%]|\\[abfnrtv\\]|%%|%[-+ 0]*\d*(?:\.\d+)?[sdiouxX])*", re.ASCII)
_UNARY = frozenset(f"-{letter}" for letter in "nzefdcbpShLugksrwxOGt")
_NUMERIC = frozenset(("-eq", "-ne", "-lt", "-le", "-gt", "-ge"))
_BINARY = _NUMERIC | {"=", "!=", "-nt", "-ot", "-ef"}
_MOST_DIGITS = 18
"""Longer numbers may exceed 64 bits."""
_MOST_OF_ALL = 6 << 20
"""The maximum size of arguments and environment under any stack limit, see execve(2)."""


def why_not(
    words: Sequence[str], environment: Mapping[str, str], path: str, *, is_script: bool
) -> str:
    """Return why the program for `words`, one of UTILITIES, cannot run; "" if it can.

    >>> why_not(["echo", "-n", "a"], {}, "/usr/bin:/bin", is_script=True)
    ''
    >>> why_not(["echo", "-e", "a"], {}, "/usr/bin:/bin", is_script=True)
    'the program would interpret these words differently'
    """
    if find_program(words[0], path) is None:
        return "PATH has no program of this name"
    texts = (*words, *(f"{name}={value}" for name, value in environment.items()))
    sizes = [len(os.fsencode(text)) + 1 for text in texts]
    most = min(os.sysconf("SC_ARG_MAX"), _MOST_OF_ALL)
    if max(sizes) > ONE_ARGUMENT_LIMIT or sum(sizes) + 8 * len(sizes) > most:
        return "the words are longer than the kernel allows (E2BIG)"
    is_same = not is_script or _is_same(words[0], words[1:])
    return "" if is_same else "the program would interpret these words differently"


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
