"""`explain`: what a line would do, call by call; nothing of it is run."""

from __future__ import annotations

from simpsh.base.errors import SimpshError, SyntaxMistake, UsageProblem
from simpsh.console import show_lines, width
from simpsh.shell.builtins.builtin_registry import Services, builtin
from simpsh.shell.builtins.builtin_support import options
from simpsh.shell.language.parser import parse
from simpsh.shell.language.syntax_tree import (
    AndOr,
    Item,
    List,
    Literal,
    Pipeline,
    SimpleCommand,
    SingleQuoted,
    Word,
)
from simpsh.shell.state import State
from simpsh.view.error_caret import pointed

_NARROWEST, _WIDEST = 60, 100
_PUNCTUATION = str.maketrans("", "", "-/._")
"""What a word may have beside letters and digits without quotes."""


@builtin(
    "explain LINE | explain command [argument...]",
    "It plans a line by the rules of this shell, as it is now, and runs nothing.",
)
def _explain(state: State, services: Services, operands: list[str]) -> int:
    _, words = options(operands, "") if operands[:1] == ["--"] else ("", list(operands))
    if not words:
        raise UsageProblem("which line? Put it in quotes")
    try:
        # A line can be as long as it likes: ^C gets the user out of it.
        with services.launcher.interruptible():
            tree = parse(words[0], aliases=state.aliases) if len(words) == 1 else command_of(words)
            lines = services.explained(tree, min(_WIDEST, width(narrowest=_NARROWEST)))
    except SyntaxMistake as mistake:
        shown, carets = pointed(mistake.text, mistake.column, mistake.width)
        state.complain(f"explain: {mistake.message}\n  {shown}\n  {carets}")
        return mistake.status
    except RecursionError:
        raise SimpshError("this is nested too deeply to be explained") from None
    show_lines(lines)
    return 0


def command_of(words: list[str]) -> List:
    """Return the tree of one command of these words, which are expanded already."""
    parts = []
    for word in words:
        is_plain = word.translate(_PUNCTUATION).isalnum()
        parts.append(Word((Literal(word) if is_plain else SingleQuoted(word),)))
    command = SimpleCommand(words=tuple(parts))
    return List((Item(AndOr(Pipeline((command,)))),))
