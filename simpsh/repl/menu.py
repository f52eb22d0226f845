"""Completion in the line editor: what is certain is typed, the rest is shown in a menu."""

from __future__ import annotations

from prompt_toolkit.buffer import CompletionState
from prompt_toolkit.completion import Completion as Choice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from prompt_toolkit.buffer import Buffer

    from simpsh.repl.completion import Completion


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
