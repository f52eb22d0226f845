"""`test` and `[` (POSIX XCU test); more than four operands are parsed as in dash."""

from __future__ import annotations

import os
import stat
from operator import eq, ge, gt, le, lt, ne

from simpsh.base.errors import UsageProblem
from simpsh.base.phrases import named
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.state import State
from simpsh.shell.subshell_trial import Refused

_REASON = "A process for each call would slow down loops; at a prompt, it is a program."


@builtin("test [condition]", _REASON)
def _test(state: State, _services: Services, operands: list[str]) -> int:
    return _status(state, operands)


@builtin("[ [condition] ]", _REASON)
def _bracket(state: State, _services: Services, operands: list[str]) -> int:
    if operands[-1:] != ["]"]:
        raise UsageProblem("the ] at the end is missing; it needs a blank before it")
    return _status(state, operands[:-1])


def _status(state: State, operands: list[str]) -> int:
    words = _replace_typed(state, operands)
    if state.trial is not None and not _LOOKING.isdisjoint(words):
        raise Refused
    return 0 if holds(words) else 1


def _replace_typed(state: State, words: list[str]) -> list[str]:
    """Replace the operator `==` of one comparison with `=` if typed constructs are accepted."""
    if len(words) in (3, 4) and words[-2] == "==" and state.is_typed:
        return [*words[:-2], "=", words[-1]]
    return words


def holds(words: list[str]) -> bool:
    """Return whether a condition is true; raise UsageProblem for a syntax error.

    >>> holds(["2", "-lt", "10"]), holds(["2", "<", "10"]), holds(["!", "x"]), holds([])
    (True, False, False, False)
    """
    if len(words) == 3 and words[1] in _BINARY:
        return _compare(*words)
    if len(words) in (3, 4):
        if words[0] == "!":
            return not holds(words[1:])
        if words[0] == "(" and words[-1] == ")":
            words = words[1:-1]
    rest = list(words)
    result = _any(rest)
    if rest[:1] == ["=="]:
        from simpsh.shell.language.bash_forms import FORMS

        raise UsageProblem(FORMS["=="])
    if rest:
        raise UsageProblem(f"{named(rest[0])}: an operator is expected here")
    return result


def _any(words: list[str]) -> bool:
    """Parse and evaluate the condition at the beginning of `words`, and remove its words."""
    result = _all(words)
    while words[:1] == ["-o"]:
        del words[0]
        result |= _all(words)
    return result


def _all(words: list[str]) -> bool:
    result = _primary(words)
    while words[:1] == ["-a"]:
        del words[0]
        result &= _primary(words)
    return result


def _primary(words: list[str]) -> bool:
    name = words.pop(0) if words else ""
    # An operator at the end is an operand.
    if name == "!" and words:
        return not _primary(words)
    if name in _UNARY and words and not (len(words) > 1 and words[0] in _BINARY):
        return _has(name, words.pop(0))
    if name == "(" and words:
        result = words[0] != ")" and _any(words)
        if words[:1] != [")"]:
            raise UsageProblem("a closing parenthesis is missing")
        del words[0]
        return result
    if words and words[0] in _BINARY:
        operator = words.pop(0)
        if not words:
            raise UsageProblem(f"{operator}: an operand is missing after it")
        return _compare(name, operator, words.pop(0))
    return name != ""


NUMERIC = {"-eq": eq, "-ne": ne, "-lt": lt, "-le": le, "-gt": gt, "-ge": ge}
_TEXTUAL = {"=": eq, "!=": ne, "<": lt, ">": gt}
_BINARY = frozenset((*NUMERIC, *_TEXTUAL, "-nt", "-ot", "-ef"))
_WHITE = " \t\n\v\f\r"


def _compare(left: str, operator: str, right: str) -> bool:
    if operator in NUMERIC:
        return bool(NUMERIC[operator](_number(left), _number(right)))
    if operator in _TEXTUAL:
        return bool(_TEXTUAL[operator](os.fsencode(left), os.fsencode(right)))
    if operator == "-ot":
        left, right = right, left
    file, other = _file(left), _file(right)
    if file is None or operator == "-ef":
        return None not in (file, other) and os.path.samefile(left, right)
    # A file is newer than a missing one (POSIX.1-2024).
    return other is None or file.st_mtime_ns > other.st_mtime_ns


def _number(text: str) -> int:
    """Parse a decimal number of 64 bits; raise UsageProblem for others."""
    digits = text.strip(_WHITE)
    digits = digits[digits[:1] in ("-", "+") :]
    if digits.isdecimal() and digits.isascii() and -(1 << 63) <= (number := int(text)) < 1 << 63:
        return number
    raise UsageProblem(f"{named(text)}: not a whole number of 64 bits")


def _file(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (OSError, ValueError):
        return None


_TYPES = {"-f": "-", "-d": "d", "-c": "c", "-b": "b", "-p": "p", "-S": "s"}
"""The first character of the mode in `ls -l`, by operator."""
_BITS = {"-u": stat.S_ISUID, "-g": stat.S_ISGID, "-k": stat.S_ISVTX}
_ACCESS = {"-r": os.R_OK, "-w": os.W_OK, "-x": os.X_OK}
_UNARY = frozenset(
    (*_TYPES, *_BITS, *_ACCESS, *["-n", "-z", "-t", "-h", "-L", "-e", "-s", "-O", "-G"])
)
_LOOKING = _UNARY.difference(("-n", "-z")) | {"-nt", "-ot", "-ef"}
"""The operators that look at files and descriptors."""


def _has(name: str, operand: str) -> bool:
    if name in ("-n", "-z"):
        return (operand == "") == (name == "-z")
    if name == "-t":
        return 0 <= _number(operand) < 1 << 31 and os.isatty(int(operand))
    if name in ("-h", "-L"):
        return os.path.islink(operand)
    file = _file(operand)
    if file is None or name == "-e":
        return file is not None
    if name in _TYPES:
        return stat.filemode(file.st_mode)[0] == _TYPES[name]
    if name in _BITS:
        return bool(file.st_mode & _BITS[name])
    if name in _ACCESS:
        return os.access(operand, _ACCESS[name], effective_ids=True)
    if name == "-s":
        return file.st_size > 0
    return file.st_uid == os.geteuid() if name == "-O" else file.st_gid == os.getegid()
