"""What a word of a line is: a variable, a command, an argument; in lines, for inspection."""

from __future__ import annotations

import os

from simpsh.repl.cursor_word import COMMAND, TARGET, partial_word, word_at_cursor
from simpsh.shell.builtins.builtin_registry import is_builtin
from simpsh.shell.builtins.command_lookup import meaning
from simpsh.shell.builtins.help_pages import help_text
from simpsh.shell.language.characters import LEFT_OUT_RESERVED, RESERVED
from simpsh.shell.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def meaning_of(text: str, state: State, summary: Callable[[str], str]) -> list[str]:
    """Say what the word is that ends a text.

    Args:
        text: the input up to the end of the word.
        state: what the shell knows.
        summary: gives the manual's line about a program; empty for none.

    Returns:
        Lines; none where there is no word, or one that means nothing.
    """
    here = word_at_cursor(text)
    word = partial_word(here.word)
    if word.dollar >= 0:
        return _variable(here.word[word.dollar + 1 :].strip("{}"), state)
    if here.kind == COMMAND:
        # Of an operator or a reserved word, no word is left at the cursor.
        return _command(word.value or text.split()[-1] if text.split() else "", state, summary)
    lines = _operand(word.value)
    if here.kind != TARGET and here.words:
        lines += [f"an argument of {here.words[0]}:", *_command(here.words[0], state, summary)]
    return lines


def _variable(name: str, state: State) -> list[str]:
    value = state.parameter(name)
    if value is None:
        return [f"${name} is not set"] if name else []
    marks = [
        word
        for word, names in (("exported", state.exported), ("read-only", state.readonly))
        if name in names
    ]
    return [f"${name} is {value!r}{' – ' if marks else ''}{', '.join(marks)}"]


def _command(name: str, state: State, summary: Callable[[str], str]) -> list[str]:
    found = meaning(name, state, state.variables.get("PATH", "")) if name else None
    lines = [] if found is None else [found[0]]
    is_ours = is_builtin(name) or name in RESERVED | LEFT_OUT_RESERVED
    if found is not None and not is_ours:
        told = "" if name in state.functions or name in state.aliases else summary(name)
        return [*lines, *told.splitlines()]
    page = help_text(name) if name else ""
    return [*lines, *([""] if lines and page else []), *page.splitlines()]


def _operand(name: str) -> list[str]:
    """Say what an argument could be: a file, a signal."""
    try:
        size = os.stat(name).st_size
    except (OSError, ValueError):
        return []
    if os.path.isdir(name):
        return [f"{name} is a directory"]
    return [f"{name} is a file of {size} bytes"]
