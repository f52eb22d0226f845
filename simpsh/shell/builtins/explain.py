"""`explain`: prints the calls that a line would make."""

from __future__ import annotations

from simpsh.base.errors import SimpshError, SyntaxMistake, UsageProblem
from simpsh.base.record import changed
from simpsh.console import show_lines
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.builtins.builtin_support import plain_operands, retype
from simpsh.shell.language.grammar import parse
from simpsh.shell.state import State


@builtin(
    "explain LINE | explain command [argument...]",
    "It plans a line by the rules and the state of this shell, and runs nothing.",
)
def _explain(state: State, services: Services, operands: list[str]) -> int:
    words = plain_operands(operands)
    if not words:
        raise UsageProblem("which line? Put it in quotes")
    line = words[0]
    if len(words) > 1:
        # The operands are the expanded words of one command.
        line = " ".join(retype(word, is_name=not index) for index, word in enumerate(words))
    try:
        # ^C must also end the listing of a long line.
        with services.launcher.context.interrupts:
            tree = parse(line, aliases=state.aliases, is_typed=state.is_typed)
            lines = services.explained(tree)
    except SyntaxMistake as mistake:
        state.complain(changed(mistake.complaint(), sentence=f"explain: {mistake.message}"))
        return mistake.status
    except RecursionError:
        raise SimpshError("this is nested too deeply to be explained") from None
    show_lines(lines)
    return 0
