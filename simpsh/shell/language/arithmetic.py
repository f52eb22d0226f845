"""Evaluates the expression of `$(( ))` on signed integers of 64 bits (POSIX XCU 2.6.4).

The operators are those of C; `++`, `--` and the comma are accepted only at the prompt. An
expression is parsed into functions that compute its parts, and cached. The grammar, from the lowest
precedence:

list         assignment , assignment …
assignment   name = assignment, also *= /= %= += -= <<= >>= &= ^= |=
condition    binary ? assignment : condition
binary       unary (* / % + - << >> < <= > >= == != & ^ | && ||) unary …, by rank
unary        + - ! ~ unary, ( list ), a constant, a name, ++name, --name, name++, name--
"""

from __future__ import annotations

from simpsh.base.errors import ExpansionProblem
from simpsh.shell.language.characters import DIGITS, LETTERS, NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn, Protocol

    class Variables(Protocol):
        """The variables that an expression reads and sets."""

        def parameter(self, name: str, /) -> str | None:
            """Return a variable or a special parameter except `@` and `*`; None if unset."""

        @property
        def is_nounset(self) -> bool:
            """Whether an unset variable is an error: `set -u`."""

        @property
        def is_typed(self) -> bool:
            """Whether `++`, `--` and the comma are accepted."""

        def assign(self, name: str, value: str, /) -> None:
            """Set a variable."""

    Compute = Callable[[Variables], int]

_HIGHEST = 2**63 - 1
_LOWEST = -(2**63)
_CACHE_SIZE = 500


def value(text: str, variables: Variables) -> int:
    """Return the value of an expression.

    Raises ExpansionProblem: a syntax error, a division by zero, a variable whose value is not a
    number, or an unset variable under `set -u`.
    """
    is_typed = variables.is_typed
    compute = _parsed.get((text, is_typed))
    if compute is None:
        if len(_parsed) >= _CACHE_SIZE:
            _parsed.clear()
        compute = _parsed[text, is_typed] = Expression(text, is_typed=is_typed).parse()
    try:
        return int(compute(variables))
    except ZeroDivisionError:
        raise ExpansionProblem(f"arithmetic: division by zero: '{shown(text)}'") from None
    except RecursionError:
        raise ExpansionProblem("arithmetic: the expression is nested too deeply") from None


_parsed: dict[tuple[str, bool], Compute] = {}


def shown(text: str) -> str:
    """Return an expression on one line, for a message."""
    return " ".join(text.split())


def integer(text: str, name: str) -> int:
    """Return the number in a variable's value, 0 if it is empty; raise ExpansionProblem."""
    if text.isascii() and text.isdecimal() and text[0] != "0" and len(text) < 19:
        return int(text)
    digits = text.strip(" \t\n\v\f\r")
    if not digits:
        return 0
    sign = digits[:1]
    magnitude = digits[1:] if sign in ("+", "-") else digits
    constant, length = _constant(magnitude, 0)
    number = -constant if sign == "-" else constant
    if length != len(magnitude) or not length or _clamp(number) != number:
        raise ExpansionProblem(f"arithmetic: the value of {name} is not a number: '{text}'")
    return number


def _clamp(number: int) -> int:
    """Clamp a number to 64 bits."""
    return max(_LOWEST, min(number, _HIGHEST))


def _wrap(number: int) -> int:
    """Truncate a number to 64 bits, in two's complement."""
    return ((number - _LOWEST) & (2**64 - 1)) + _LOWEST


def _constant(text: str, start: int) -> tuple[int, int]:
    """Read a decimal, octal or hexadecimal constant; return it and the index after it."""
    digits, base, end = DIGITS, 10, start
    if text[start : start + 1] == "0":
        digits, base = _OCTAL, 8
        if text[start + 1 : start + 2] in ("x", "X") and text[start + 2 : start + 3] in _HEX:
            digits, base, end = _HEX, 16, start + 2
    first = end
    while end < len(text) and text[end] in digits:
        end += 1
    return (int(text[first:end], base) if end > first else 0), end


_OCTAL = frozenset("01234567")
_HEX = frozenset("0123456789abcdefABCDEF")


def _divide(left: int, right: int) -> int:
    # Round towards zero, as C does.
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "*": lambda left, right: left * right,
    "/": _divide,
    "%": lambda left, right: left - right * _divide(left, right),
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    # As on a processor, only six bits of the distance count.
    "<<": lambda left, right: left << (right & 63),
    ">>": lambda left, right: left >> (right & 63),
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "&": lambda left, right: left & right,
    "^": lambda left, right: left ^ right,
    "|": lambda left, right: left | right,
}
_RANKS = {
    **dict.fromkeys(("*", "/", "%"), 10),
    **dict.fromkeys(("+", "-"), 9),
    **dict.fromkeys(("<<", ">>"), 8),
    **dict.fromkeys(("<", "<=", ">", ">="), 7),
    **dict.fromkeys(("==", "!="), 6),
    "&": 5,
    "^": 4,
    "|": 3,
    "&&": 2,
    "||": 1,
}
"""The precedence of the binary operators."""

_ASSIGNING = frozenset(("=", "*=", "/=", "%=", "+=", "-=", "<<=", ">>=", "&=", "^=", "|="))
_OPERATORS = frozenset((*_RANKS, *_ASSIGNING, "?", ":", "(", ")", "!", "~"))
_STEPS = frozenset(("++", "--"))
_UNARY: dict[str, Callable[[int], int]] = {
    "-": lambda number: -number,
    "~": lambda number: -1 - number,  # ~ of a bool is deprecated
    "!": lambda number: not number,
}


def _variable(name: str) -> Compute:
    def compute(variables: Variables) -> int:
        text = variables.parameter(name)
        if text is None and variables.is_nounset:
            raise ExpansionProblem(f"{name}: parameter not set")
        return integer(text, name) if text else 0

    return compute


def _nought(_variables: Variables) -> int:
    return 0


def _make_step(name: str, step: int, *, is_before: bool) -> Compute:
    """Return the function for `++name`, `name++`, `--name` or `name--`."""
    before = _variable(name)

    def compute(variables: Variables) -> int:
        old = before(variables)
        new = _wrap(old + step)
        variables.assign(name, str(new))
        return new if is_before else old

    return compute


def _binary(operator: str, left: Compute, right: Compute) -> Compute:
    if operator == "&&":
        return lambda variables: int(left(variables) != 0 and right(variables) != 0)
    if operator == "||":
        return lambda variables: int(left(variables) != 0 or right(variables) != 0)
    operation = _OPERATIONS[operator]

    def compute(variables: Variables) -> int:
        number = operation(left(variables), right(variables))
        return number if _LOWEST <= number <= _HIGHEST else _wrap(number)

    return compute


class Expression:
    """Parses one expression, with a method for each line of the grammar above."""

    def __init__(self, text: str, *, is_typed: bool = False) -> None:
        self._text = text
        self._is_typed = is_typed
        self._operators = _OPERATORS | _STEPS if is_typed else _OPERATORS
        self._skipped = (" ", "\t", "\n", '"') if is_typed else (" ", "\t", "\n")
        self._at = 0
        self._token = ""
        """The current operator, name or constant; empty at the end."""

    def parse(self) -> Compute:
        """Return the function that computes the expression; raise ExpansionProblem."""
        try:
            self._advance()
            result = self._list()
        except RecursionError:
            raise ExpansionProblem("arithmetic: the expression is nested too deeply") from None
        if self._token:
            self._refuse(f"'{self._token}' is not allowed here")
        return result

    def _advance(self) -> None:
        text = self._text
        at = self._at
        while text[at : at + 1] in self._skipped:
            at += 1
        first = text[at : at + 1]
        if first in DIGITS:
            end = _constant(text, at)[1]
        elif first in LETTERS:
            end = at + 1
            while end < len(text) and text[end] in NAME:
                end += 1
        else:
            end = min(len(text), at + 3)
            while end > at + 1 and text[at:end] not in self._operators:
                end -= 1
        self._token = text[at:end]
        self._at = end

    def _list(self) -> Compute:
        """Read `assignment , assignment …`; the last one is the value."""
        parts = [self._assignment()]
        while self._is_typed and self._token == ",":
            self._advance()
            parts.append(self._assignment())
        if len(parts) == 1:
            return parts[0]
        return lambda variables: [part(variables) for part in parts][-1]

    def _assignment(self) -> Compute:
        name = self._token
        if name[:1] not in LETTERS:
            return self._condition()
        self._advance()
        operator = self._token
        if operator not in _ASSIGNING:
            return self._condition(self._after_name(name))
        self._advance()
        result = self._assignment()
        before = _variable(name)
        operation = _OPERATIONS.get(operator[:-1])

        def assign(variables: Variables) -> int:
            number = int(result(variables))
            if operation is not None:
                # As in dash, the right side is evaluated first and may change the variable.
                number = _wrap(operation(before(variables), number))
            variables.assign(name, str(number))
            return number

        return assign

    def _after_name(self, name: str) -> Compute:
        """Read `++` or `--` after a variable's name, if present."""
        if self._token not in _STEPS:
            return _variable(name)
        step = 1 if self._token == "++" else -1
        self._advance()
        return _make_step(name, step, is_before=False)

    def _condition(self, first: Compute | None = None) -> Compute:
        """Read `binary ? assignment : condition`; `first` is its first operand if already read."""
        condition = self._binary(1, self._unary() if first is None else first)
        if self._token != "?":
            return condition
        self._advance()
        chosen = self._assignment()
        if self._token != ":":
            self._refuse("':' is missing after '?'")
        self._advance()
        other = self._condition()

        return lambda variables: (chosen if condition(variables) else other)(variables)

    def _binary(self, least: int, left: Compute) -> Compute:
        """Read binary operators of at least this precedence, with their right operands."""
        while True:
            operator = self._token
            sign = operator[1:] if operator in _STEPS else ""
            operator = operator.removesuffix(sign)
            rank = _RANKS.get(operator, 0)
            if rank < least:
                return left
            self._advance()
            right = self._unary()
            if sign == "-":
                right = _binary("-", _nought, right)  # `5--1` is `5 - -1`
            if _RANKS.get(self._token, 0) > rank:
                right = self._binary(rank + 1, right)
            left = _binary(operator, left, right)

    def _unary(self) -> Compute:
        """Read unary operators and their operand: a number, a name or parentheses."""
        token = self._token
        self._advance()
        if token == "+":
            return self._unary()
        if token in _STEPS and self._token[:1] in LETTERS:
            name = self._token
            self._advance()
            return _make_step(name, 1 if token == "++" else -1, is_before=True)
        if token in _STEPS:
            inner = self._unary()
            return inner if token == "++" else _binary("-", _nought, _binary("-", _nought, inner))
        if token in _UNARY:
            operation, inner = _UNARY[token], self._unary()
            return lambda variables: _wrap(operation(inner(variables)))
        if token[:1] in DIGITS:
            number = _clamp(_constant(token, 0)[0])
            return lambda _variables: number
        if token[:1] in LETTERS:
            return self._after_name(token)
        if token == "(":
            inner = self._list()
            if self._token != ")":
                self._refuse("')' is missing")
            self._advance()
            return inner
        where = f"before '{token}'" if token else "at the end"
        return self._refuse(f"a number or a name is missing {where}")

    def _refuse(self, why: str) -> NoReturn:
        forms = [form for form in _STEPS if form in self._text and not self._is_typed]
        if forms:
            from simpsh.shell.language.bash_forms import FORMS

            why = FORMS[forms[0]]
        raise ExpansionProblem(f"arithmetic: {why}: '{shown(self._text)}'")
