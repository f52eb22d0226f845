"""Completion in the line editor: what is certain is typed, the rest is shown in a menu."""

from __future__ import annotations

from prompt_toolkit.buffer import CompletionState
from prompt_toolkit.completion import Completion as Choice

from simpsh.repl.prompts import PS1

TYPE_CHECKING = False
if TYPE_CHECKING:
    from prompt_toolkit.buffer import Buffer

    from simpsh.repl.completion import Completion


ROWS = 9
"""How many rows the menu takes at most."""


def offer(buffer: Buffer, found: Completion) -> bool:
    """Type what all candidates have in common, and open the menu if there are several.

    At once, not in a task of the event loop: the keys typed behind Tab belong behind it.

    Returns:
        Whether there was any candidate.
    """
    if not found.candidates:
        return False
    before = buffer.document.text_before_cursor
    typed = before[len(before) - found.replaced :]
    common = found.common
    if len(found.candidates) == 1 or (len(common) > len(typed) and common.startswith(typed)):
        buffer.delete_before_cursor(found.replaced)
        buffer.insert_text(common)
        typed = common
    if len(found.candidates) > 1:
        choices = [
            Choice(one.text, -len(typed), display=one.shown, display_meta=one.description)
            for one in found.candidates
        ]
        buffer.complete_state = CompletionState(buffer.document, choices)
        buffer.on_completions_changed.fire()
    return True


def rows_of(buffer: Buffer, columns: int) -> int:
    """Return about how many rows the text and its menu take on a screen of so many columns.

    To know exactly one would have to lay it out, at every key.
    """
    menu = ROWS if buffer.complete_state else 0
    return menu + sum(1 + (len(line) + len(PS1)) // columns for line in buffer.text.split("\n"))
