"""`history` and `fc`: list the typed lines."""

from __future__ import annotations

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.phrases import named
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
            raise UsageProblem(f"{named(rest[0])}: not a number of lines")
        lines = lines[max(0, len(lines) - int(rest[0])) :]
    # Indent the continuation lines of a command.
    indent = "\n" + " " * 7
    say("".join(f"{number:5}  {line.replace(chr(10), indent)}\n" for number, line in lines))
    return 0


_LISTED = 16
"""The number of lines that `fc -l` lists (POSIX XCU fc)."""


@builtin("fc -l [-nr] [first [last]]", "Only the shell knows what was typed to it.")
def _fc(state: State, _services: Services, operands: list[str]) -> int:
    are_lines = [word[:1] == "-" and is_number(word[1:]) for word in operands]
    end = are_lines.index(True) if True in are_lines else len(operands)
    letters, words = options(operands[:end], "elnrs")
    if "l" not in letters:
        raise UsageProblem("it only lists: !! and the arrow keys bring a line back")
    operands = [*words, *operands[end:]]
    if len(operands) > 2:
        raise UsageProblem(f"{named(operands[2])}: a first and a last line are enough")
    # Skip the line of this `fc`.
    lines = state.history[: len(state.history) - state.is_line_in_history]
    if not lines:
        raise SimpshError("no line was typed before")
    first = _number(lines, operands[0]) if operands else max(1, len(lines) + 1 - _LISTED)
    last = _number(lines, operands[1]) if len(operands) > 1 else len(lines)
    numbers = range(min(first, last), max(first, last) + 1)
    for number in reversed(numbers) if (first > last) != ("r" in letters) else numbers:
        lead = "" if "n" in letters else str(number)
        say(f"{lead}\t" + lines[number - 1].replace("\n", "\n\t") + "\n")
    return 0


def _number(lines: list[str], text: str) -> int:
    digits = text.removeprefix("-").removeprefix("+")
    if is_number(digits):
        number = len(lines) + 1 - int(digits) if text[0] == "-" else int(digits)
        # POSIX XCU fc: a number out of range means the nearest line.
        return min(max(1, number), len(lines))
    for number in range(len(lines), 0, -1):
        if lines[number - 1].startswith(text):
            return number
    raise SimpshError(f"{named(text)}: no line begins with this")
