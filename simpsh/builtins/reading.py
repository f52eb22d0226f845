"""`read`: one line of standard input becomes variables, and not a byte more is taken.

What follows the line is for the next program. From a pipe or a terminal it must therefore be
read byte by byte; in a file one may read ahead and move the shared offset back.
"""

from __future__ import annotations

import os
import stat

from simpsh.builtins.registry import Builtin
from simpsh.builtins.usage import options
from simpsh.errors import SimpshError, UsageProblem
from simpsh.kernel import descriptors
from simpsh.state import is_name, why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.state import State

_BLOCK = 4096
_STANDARD_INPUT = 0

Line = list[tuple[str, bool]]
"""The characters of a line, each with whether a backslash stood before it."""


def _read(state: State, operands: Sequence[str]) -> int:
    letters, names = options(operands, "r")
    if not names:
        raise UsageProblem("the name of a variable is missing")
    for name in names:
        if not is_name(name):
            raise UsageProblem(f"{name or repr(name)}: not a variable's name")
    source = _Input()
    try:
        with state.launcher.interruptible():
            raw, is_complete = _line(source, is_raw="r" in letters)
    except OSError as error:
        raise SimpshError(f"standard input: {why(error)}") from None
    finally:
        source.give_back()
    values = fields(_characters(raw, is_raw="r" in letters), _separators(state), len(names))
    for name, value in zip(names, values, strict=True):
        state.assign(name, value)
    return 0 if is_complete else 1


def _separators(state: State) -> str:
    separators = state.variables.get("IFS")
    return " \t\n" if separators is None else separators


class _Input:
    """Standard input, byte by byte; what was read ahead is given back."""

    def __init__(self) -> None:
        self._ahead = b""
        self._used = 0
        self._block = 1
        # lseek succeeds on some devices that have no offset; only a regular file surely has.
        if descriptors.is_open(_STANDARD_INPUT):
            is_file = stat.S_ISREG(os.fstat(_STANDARD_INPUT).st_mode)
            self._block = _BLOCK if is_file else 1

    def byte(self) -> bytes:
        """Return the next byte; an empty string at the end of file."""
        if self._used == len(self._ahead):
            self._ahead, self._used = descriptors.read(_STANDARD_INPUT, self._block), 0
        self._used += 1
        return self._ahead[self._used - 1 : self._used]

    def give_back(self) -> None:
        """Let the next reader begin right behind what was used."""
        unused = len(self._ahead) - self._used
        if unused > 0:
            descriptors.lseek(_STANDARD_INPUT, -unused, os.SEEK_CUR)


def _line(source: _Input, *, is_raw: bool) -> tuple[bytes, bool]:
    """Return a line without its newline, and whether there was one before the end of file."""
    line = bytearray()
    while byte := source.byte():
        if byte == b"\\" and not is_raw:
            after = source.byte()
            if after != b"\n":
                line += byte + after
        elif byte == b"\n":
            return bytes(line), True
        elif byte != b"\0":  # no variable can hold it, as no environment could
            line += byte
    return bytes(line), False


def _characters(raw: bytes, *, is_raw: bool) -> Line:
    line: Line = []
    is_escaped = False
    for character in os.fsdecode(raw):
        if character == "\\" and not is_raw and not is_escaped:
            is_escaped = True
            continue
        line.append((character, is_escaped))
        is_escaped = False
    return line


def fields(line: Line, separators: str, count: int) -> list[str]:
    r"""Split a line into `count` values; the last takes the rest, separators included.

    Args:
        line: its characters; those behind a backslash separate nothing.
        separators: the value of IFS.
        count: how many values are wanted; missing ones are empty.

    See POSIX XCU read, and 2.6.5 Field Splitting.

    >>> fields([(char, False) for char in " a, b c "], ", ", 2)
    ['a', 'b c']
    """
    white = {char for char in separators if char in " \t\n"}
    at = _past_white(line, 0, white)
    values = []
    for _ in range(count - 1):
        value, at = _field(line, at, separators, white)
        values.append(value)
    value, end = _field(line, at, separators, white)
    if end < len(line):
        # More than one field is left: they stay as they are, but for white space at the end.
        last = len(line)
        while last > at and line[last - 1][0] in white and not line[last - 1][1]:
            last -= 1
        value = _text(line[at:last])
    return [*values, value]


def _field(line: Line, at: int, separators: str, white: set[str]) -> tuple[str, int]:
    """Return the field that begins at `at`, and where the next one begins."""
    end = at
    while end < len(line) and (line[end][1] or line[end][0] not in separators):
        end += 1
    following = _past_white(line, end, white)
    if following < len(line):
        character, is_escaped = line[following]
        if character in separators and not is_escaped:
            following = _past_white(line, following + 1, white)
    return _text(line[at:end]), following


def _past_white(line: Line, at: int, white: set[str]) -> int:
    while at < len(line) and line[at][0] in white and not line[at][1]:
        at += 1
    return at


def _text(characters: Line) -> str:
    return "".join(character for character, _ in characters)


BUILTINS = (
    Builtin(
        "read",
        "read [-r] name...",
        _read,
        "It sets the shell's own variables; in a pipeline it sets only those of a forked copy.",
    ),
)
