"""`umask`: the mode bits that new files do not get."""

from __future__ import annotations

from simpsh.builtins.registry import Builtin
from simpsh.builtins.usage import options, say
from simpsh.errors import UsageProblem
from simpsh.kernel import processes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.state import State

_SHIFTS = {"u": 6, "g": 3, "o": 0}
_BITS = {"r": 4, "w": 2, "x": 1}


def _umask(_state: State, operands: Sequence[str]) -> int:
    if operands and len(operands[0]) > 1 and operands[0][0] == "-" and operands[0][1] in "rwxX":
        # `umask -w` is an operand: it takes a permission away from everybody.
        letters, rest = "", list(operands)
    else:
        letters, rest = options(operands, "S")
    if len(rest) > 1:
        raise UsageProblem(f"{rest[1]}: one mask is enough")
    # The call can only be asked by setting.
    mask = processes.umask(0)
    processes.umask(mask)
    if rest:
        processes.umask(_parsed(rest[0], mask))
    else:
        say((symbolic(mask) if letters else f"{mask:04o}") + "\n")
    return 0


def _parsed(text: str, mask: int) -> int:
    if text[:1].isdigit():
        if not text.isascii() or set(text) - set("01234567") or int(text, 8) > 0o777:
            raise UsageProblem(f"{text}: not an octal number from 0 to 777")
        return int(text, 8)
    permitted = 0o777 & ~mask
    for clause in text.split(","):
        permitted = _changed(clause, permitted, text)
    return 0o777 & ~permitted


def _changed(clause: str, permitted: int, text: str) -> int:
    """Apply one clause such as `g+w-x` to the permitted bits; see POSIX XCU chmod."""
    actions = clause.lstrip("ugoa")
    who = clause[: len(clause) - len(actions)]
    shifts = [_SHIFTS[one] for one in ("ugo" if not who or "a" in who else who)]
    if not actions:
        raise UsageProblem(f"{text}: '+', '-' or '=' is missing")
    while actions:
        operator, actions = actions[0], actions[1:]
        length = next((at for at, one in enumerate(actions) if one in "+-="), len(actions))
        bits = _permission(actions[:length], permitted, text)
        actions = actions[length:]
        for shift in shifts:
            if operator == "+":
                permitted |= bits << shift
            elif operator == "-":
                permitted &= ~(bits << shift)
            elif operator == "=":
                permitted = permitted & ~(7 << shift) | bits << shift
            else:
                raise UsageProblem(f"{text}: '{operator}' is not '+', '-' or '='")
    return permitted


def _permission(letters: str, permitted: int, text: str) -> int:
    if letters in _SHIFTS:
        return permitted >> _SHIFTS[letters] & 7
    bits = 0
    for letter in letters:
        if letter in _BITS:
            bits |= _BITS[letter]
        elif letter == "X":
            bits |= 1 if permitted & 0o111 else 0
        elif letter not in "st":  # a mask has no such bits, but chmod's notation does
            raise UsageProblem(f"{text}: '{letter}' is none of r w x X s t")
    return bits


def symbolic(mask: int) -> str:
    """Return the permissions that a mask leaves, as `umask -S` prints them.

    >>> symbolic(0o027)
    'u=rwx,g=rx,o='
    """
    left = 0o777 & ~mask
    parts = []
    for who, shift in _SHIFTS.items():
        permitted = left >> shift & 7
        parts.append(f"{who}=" + "".join(name for name, bit in _BITS.items() if permitted & bit))
    return ",".join(parts)


BUILTINS = (
    Builtin(
        "umask",
        "umask [-S] [mask]",
        _umask,
        "The mask belongs to the process, and children inherit a copy of it.",
    ),
)
