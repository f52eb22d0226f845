"""`printf` (POSIX XBD 5, XCU printf)."""

from __future__ import annotations

import os
import re

from simpsh.base.errors import UsageProblem
from simpsh.base.phrases import named
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.builtins.builtin_support import options
from simpsh.shell.builtins.script_utilities import unescape, write_output
from simpsh.shell.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@builtin(
    "printf format [argument...]",
    "A process for each call would slow down scripts; at a prompt, it is a program.",
)
def _printf(state: State, services: Services, operands: list[str]) -> int:
    _, words = options(operands, "")
    if not words:
        raise UsageProblem("a format is missing")
    printing = _Printing(words[1:], lambda problem: state.complain(f"printf: {problem}"))
    try:
        printing.print(words[0])
    finally:
        write_output(state, services, bytes(printing.output))
    return printing.status


_CONVERSION = re.compile(r"%(?:(\d+)\$)?([-+ #0]*)(\*|\d*)(?:\.(\*|\d*))?(.?)", re.DOTALL)
_OF_STRINGS, _OF_INTEGERS, _OF_FLOATS = "bcs", "diouxX", "aAeEfFgG"
_WIDEST = 1 << 24
"""The maximum width or precision, to limit the use of memory."""
_SAFE_DIGITS = 19
"""A decimal number with fewer digits fits into 64 bits."""
_LONGEST = 400
"""The buffer size for a number without width and precision: `%f` prints at most 316 bytes."""


class _Printing:
    """One run of `printf` (POSIX XBD 5, XCU printf), also with numbered arguments, `%2$s`."""

    def __init__(self, arguments: Sequence[str], complain: Callable[[str], None]) -> None:
        self._arguments = arguments
        self._complain = complain
        self._first = self._next = 0
        self.output = bytearray()
        self.status = 0

    def print(self, text: str) -> None:
        """Format the arguments; reuse the format until all arguments are consumed.

        Raises UsageProblem: an unknown conversion.
        """
        while self._print_once(text) and self._first < self._next < len(self._arguments):
            self._first = self._next

    def _print_once(self, text: str) -> bool:
        r"""Format arguments once; return whether no `\c` ended the output."""
        at = 0
        for conversion in _CONVERSION.finditer(text):
            self.output += unescape(text[at : conversion.start()], in_format=True)[0]
            at = conversion.end()
            if conversion[0] == "%%":
                self.output += b"%"
            elif not self._convert(conversion):
                return False
        self.output += unescape(text[at:], in_format=True)[0]
        return True

    def _convert(self, conversion: re.Match[str]) -> bool:
        number, flags, wanted, most, kind = conversion.groups("")
        written = conversion[0]
        width = self._size(wanted)
        if width < 0:
            flags, width = flags + "-", -width
        # A negative precision counts as omitted (printf(3)); one of a string makes it no longer.
        precision: int | None = self._size(most, is_limited=kind not in _OF_STRINGS)
        if "." not in written or (precision is not None and precision < 0):
            precision = None
        if not kind or kind not in _OF_STRINGS + _OF_INTEGERS + _OF_FLOATS:
            hint = ": that is no conversion of POSIX" if kind else ": a conversion is missing"
            raise UsageProblem(f"{named(written)}{hint}")
        argument = self._argument(number)
        is_cut = False
        if kind in _OF_STRINGS:
            data, is_cut = unescape(argument) if kind == "b" else (os.fsencode(argument), False)
            data = (data[:1] or b"\0") if kind == "c" else data[:precision]
            data = data.ljust(width) if "-" in flags else data.rjust(width)
        elif kind in "di" and not flags and not width and precision is None:
            data = b"%d" % self._number(argument)
        else:
            from simpsh.kernel.c_library import format_number

            form = f"%{flags}{width or ''}{'' if precision is None else f'.{precision}'}"
            form += kind if kind in _OF_FLOATS else f"l{kind}"
            size = width + (precision or 0) + _LONGEST
            data = format_number(form.encode(), self._number(argument, kind), size)
        self.output += data
        return not is_cut

    def _argument(self, number: str = "") -> str:
        index = self._first + int(number) - 1 if number else self._next
        self._next = max(self._next, index + 1)
        return self._arguments[index] if 0 <= index < len(self._arguments) else ""

    def _size(self, text: str, *, is_limited: bool = True) -> int:
        size = int(self._number(self._argument())) if text == "*" else int(text or 0)
        if is_limited and abs(size) > _WIDEST:
            raise UsageProblem(f"{size}: the largest width or precision is {_WIDEST}")
        return size

    def _number(self, text: str, kind: str = "d") -> float:
        """Return the value of an argument, such as `12` or `'c`, for a conversion of this kind."""
        if text[:1] in ("'", '"') and text:
            code = ord(text[1]) if text[1:] else 0
            # Python's surrogate escape of an invalid byte.
            code = code & 0xFF if 0xDC80 <= code <= 0xDCFF else code
            return float(code) if kind in _OF_FLOATS else code
        if text.isdecimal() and text.isascii() and text[0] != "0" and len(text) < _SAFE_DIGITS:
            return float(text) if kind in _OF_FLOATS else int(text)
        from simpsh.kernel.c_library import number_in

        function = "strtod" if kind in _OF_FLOATS else "strtoll" if kind in "di" else "strtoull"
        data = os.fsencode(text)
        value, rest, is_in_range = number_in(data, function)
        if rest or not is_in_range:
            problem = f"not a number from {named(os.fsdecode(rest))} on"
            if rest == data:
                problem = "not a number"
            elif not rest:
                problem = "beyond 64 bits"
            self._complain(f"{named(text)}: {problem}")
            self.status = 1
        return value
