"""The keys of the prompt, besides the Emacs or vi keys of prompt_toolkit."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.application.current import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, emacs_mode, has_focus, is_searching
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.key_binding.bindings.named_commands import get_by_name
from prompt_toolkit.search import accept_search

from simpsh.repl.plain_reader import KeyAnswer, Unfinished


def prompt_keys(
    answer: Callable[[KeyAnswer | Unfinished], None],
    is_complete: Callable[[str], bool],
    complete: Callable[[str], None],
    explain: Callable[[], None],
) -> KeyBindings:
    """Return the key bindings of the prompt.

    `answer` ends the prompt. `is_complete` returns whether Enter runs a text. `complete` offers
    completions of the text before the cursor. `explain` is for F1.
    """
    bindings = KeyBindings()
    editing = has_focus(DEFAULT_BUFFER)

    def on(action: Callable[[Buffer], object], *keys: str, when: Condition | None = None) -> None:
        def handler(event: KeyPressEvent) -> object:
            action(event.current_buffer)
            # A key that ends the prompt must not have the next prompt drawn twice.
            return NotImplemented if event.app.is_done else None

        bindings.add(*keys, filter=editing if when is None else editing & when)(handler)

    def enter(buffer: Buffer) -> None:
        if buffer.complete_state and buffer.complete_state.current_completion:
            # Accept the choice of the menu; the next Enter runs the line.
            buffer.complete_state = None
        elif is_complete(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.cursor_position = len(buffer.text)
            buffer.newline(copy_margin=False)

    @bindings.add("enter", filter=is_searching)
    def run_match(event: KeyPressEvent) -> None:
        # As in other shells; prompt_toolkit's own binding only ends the search.
        accept_search()
        enter(event.current_buffer)

    # Two ^C can arrive in one read; the first may have ended the prompt.
    bindings.add("c-c")(lambda _event: answer(KeyAnswer.INTERRUPT))
    # ^Z does nothing: the prompt has no job to stop.
    bindings.add("c-z")(lambda _event: None)
    # As in other shells, insert the next key, such as a tab.
    bindings.add("c-v", filter=editing & emacs_mode)(get_by_name("quoted-insert"))
    bindings.add("f1")(lambda _event: explain())
    on(lambda _: answer(KeyAnswer.END), "c-d", when=Condition(is_line_empty))
    on(lambda buffer: answer(Unfinished(buffer.text)), "c-d", when=Condition(is_input_unfinished))
    on(enter, "enter")
    on(lambda buffer: buffer.newline(copy_margin=False), "escape", "enter")
    on(lambda buffer: complete_with(buffer, complete), "tab")
    return bindings


def complete_with(buffer: Buffer, complete: Callable[[str], None]) -> None:
    """Select the next choice of an open menu, or complete the text before the cursor."""
    if buffer.complete_state:
        buffer.complete_next()
    else:
        complete(buffer.document.text_before_cursor)


def is_line_empty() -> bool:
    """Return whether the prompt is empty."""
    return not get_app().current_buffer.text


def is_input_unfinished() -> bool:
    """Return whether the cursor is on an empty continuation line."""
    document = get_app().current_buffer.document
    return document.is_cursor_at_the_end and document.text.endswith("\n")
