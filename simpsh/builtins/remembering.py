"""`history`: the lines that were typed."""

from __future__ import annotations

from simpsh.builtins.registry import Builtin
from simpsh.builtins.usage import options, say
from simpsh.errors import UsageProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.state import State


def _history(state: State, operands: Sequence[str]) -> int:
    _, rest = options(operands, "")
    if len(rest) > 1:
        raise UsageProblem(f"{rest[1]}: one number is enough")
    lines = list(enumerate(state.history, 1))
    if rest:
        if not (rest[0].isascii() and rest[0].isdigit()):
            raise UsageProblem(f"{rest[0]}: not a number of lines")
        lines = lines[max(0, len(lines) - int(rest[0])) :]
    # A line of history may be a command of several lines; those after the first are set in.
    say(
        "".join(
            f"{number:5}  {line.replace(chr(10), chr(10) + ' ' * 7)}\n" for number, line in lines
        )
    )
    return 0


BUILTINS = (
    Builtin(
        "history",
        "history [n]",
        _history,
        "Only the shell knows what was typed to it.",
    ),
)
