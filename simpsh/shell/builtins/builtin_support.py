"""Options, operands and quoting, for all built-ins."""

from __future__ import annotations

from simpsh.base.errors import UsageProblem
from simpsh.base.posix_options import take_options
from simpsh.shell.language.characters import RESERVED, TYPED_RESERVED, is_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


_MOST_DIGITS = 18
"""The maximum number of digits that a built-in accepts."""


def options(operands: Sequence[str], letters: str, *, only: str = "") -> tuple[str, list[str]]:
    """Split operands into option letters, in order, and the rest (POSIX XBD 12.2).

    Raises UsageProblem: a letter is not among `letters`, or there are too many operands.

    >>> options(["-Lx", "--", "-y"], "Lx")
    ('Lx', ['-y'])
    """
    found = ""
    rest = list(operands)
    for sign, name in take_options(rest):
        if sign != "-" or name not in letters:
            raise UsageProblem(f"{sign}{name}: no such option")
        found += name
    if only and len(rest) > 1:
        raise UsageProblem(f"{rest[1]}: one {only} is enough")
    return found, rest


def plain_operands(operands: Sequence[str]) -> list[str]:
    """Return the operands of a built-in without options; skip `--`."""
    return [*operands[operands[:1] == ["--"] :]]


def last_of(letters: str, choices: str) -> str:
    """Return the last of several mutually exclusive options, which overrides the others; or "".

    >>> last_of("Pe", "LP"), last_of("e", "LP")
    ('P', '')
    """
    return "".join(letter for letter in letters if letter in choices)[-1:]


def parse_unsigned(text: str) -> int | None:
    """Parse a number as other shells do, after blanks and `+`; None if it is not a number.

    >>> parse_unsigned("+5"), parse_unsigned(" 05"), parse_unsigned("-1"), parse_unsigned("")
    (5, 5, None, None)
    """
    digits = text.lstrip(" \t\n").removeprefix("+")
    return int(digits) if is_number(digits) and len(digits) <= _MOST_DIGITS else None


def retype(word: str, *, is_name: bool = False) -> str:
    """Quote a word for typing, if that is necessary.

    `is_name`: it is the name of a command, and must not become a reserved word or an assignment.

    >>> retype("a b"), retype("a=b"), retype("if", is_name=True), retype("[")
    ("'a b'", 'a=b', "'if'", '[')
    """
    if is_name and (word in KEYWORDS or "=" in word):
        return quoted(word)
    if word in ("[", "]", "!") or (word and all(c.isalnum() or c in _PLAIN for c in word)):
        return word
    if word.isprintable() or not word.isascii():
        return quoted(word)
    from simpsh.shell.language.dollar_quotes import escaped

    return f"$'{escaped(word)}'"


_PLAIN = "_@%+=:,./-"
KEYWORDS = RESERVED | TYPED_RESERVED
"""Reserved words, including those of the prompt."""


def quoted(value: str) -> str:
    r"""Quote a value for the shell, as dash does: single-quoted, with single quotes in double ones.

    >>> print(quoted("it's"), quoted(""), quoted("'"))
    'it'"'"'s' '' ''"'"
    """
    import re  # slow to import

    text = re.sub("'+", """'"\\g<0>"'""", value)
    return f"'{text}'".removesuffix("''") or "''"
