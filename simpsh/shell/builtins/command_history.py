"""`history`: the lines that were typed."""

from __future__ import annotations

from simpsh.base.errors import UsageProblem
from simpsh.console import say
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.builtins.builtin_support import options
from simpsh.shell.language.characters import is_number
from simpsh.shell.state import State


@builtin("history [n]", "Only the shell knows what was typed to it.")
def _history(state: State, _services: Services, operands: list[str]) -> int:
    _, rest = options(operands, "", only="number")
    lines = list(enumerate(state.history, 1))
    if rest:
        if not is_number(rest[0]):
            raise UsageProblem(f"{rest[0]}: not a number of lines")
        lines = lines[max(0, len(lines) - int(rest[0])) :]
    # A line of history may be a command of several lines; those after the first are set in.
    say(
        "".join(
            f"{number:5}  {line.replace(chr(10), chr(10) + ' ' * 7)}\n" for number, line in lines
        )
    )
    return 0
