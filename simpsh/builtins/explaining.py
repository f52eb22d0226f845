"""`explain`: what a line would do, call by call; nothing of it is run."""

from __future__ import annotations

import os

from simpsh.builtins.registry import Builtin
from simpsh.builtins.usage import options, say
from simpsh.errors import SimpshError, SyntaxMistake, UsageProblem
from simpsh.language.parser import parse
from simpsh.language.tree import (
    AndOr,
    Item,
    List,
    Literal,
    Pipeline,
    SimpleCommand,
    SingleQuoted,
    Word,
)
from simpsh.plan.describing import described

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.state import State

_NARROWEST, _WIDEST = 60, 100


def _explain(state: State, operands: Sequence[str]) -> int:
    _, words = options(operands, "") if operands[:1] == ["--"] else ("", list(operands))
    if not words:
        raise UsageProblem("which line? Put it in quotes")
    try:
        tree = parse(words[0]) if len(words) == 1 else command_of(words)
    except SyntaxMistake as mistake:
        state.complain(f"explain: {mistake.message}\n{caret(mistake)}")
        return mistake.status
    try:
        lines = described(state.plan_of(tree), _width())
    except RecursionError:
        raise SimpshError("this is nested too deeply to be explained") from None
    say("".join(f"{line}\n" for line in lines))
    return 0


def command_of(words: Sequence[str]) -> List:
    """Return the tree of one command of these words, which are expanded already."""
    parts = [Word((Literal(word) if _is_plain(word) else SingleQuoted(word),)) for word in words]
    command = SimpleCommand(words=tuple(parts))
    return List((Item(AndOr(Pipeline((command,)))),))


def _is_plain(word: str) -> bool:
    return word.replace("-", "").replace("/", "").replace(".", "").replace("_", "").isalnum()


def caret(mistake: SyntaxMistake) -> str:
    """Return the line with the mistake, and a mark under it."""
    before = mistake.text[: mistake.column]
    margin = "".join("\t" if character == "\t" else " " for character in before)
    mark = "^" * max(1, min(mistake.width, len(mistake.text) - mistake.column))
    return f"  {mistake.text}\n  {margin}{mark}"


def _width() -> int:
    try:
        return min(_WIDEST, max(_NARROWEST, os.get_terminal_size(1).columns))
    except OSError:
        return 80


BUILTINS = (
    Builtin(
        "explain",
        "explain LINE | explain command [argument...]",
        _explain,
        "It plans a line by the rules of this shell, as it is now, and runs nothing.",
    ),
)
