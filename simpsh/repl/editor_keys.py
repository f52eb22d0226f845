"""What keys do at the prompt, beyond the Emacs or vi keys of the line editor."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.application.current import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition, has_focus
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.key_binding.key_bindings import KeyBindingsBase

from simpsh.repl.history_search import LINE, HistorySearch
from simpsh.repl.prompt_answer import Answer, KeyAnswer


class PromptKeys:
    """The keys of a shell's prompt."""

    def __init__(
        self,
        *,
        is_complete: Callable[[str], bool],
        complete: Callable[[Buffer], None],
        answer: Callable[[Answer], None],
        explain: Callable[[], None],
        search: HistorySearch,
    ) -> None:
        """Take what the keys call.

        Args:
            is_complete: whether Enter may run the text, or must begin another line.
            complete: completes the word before the cursor, when the menu is not open yet.
            answer: ends the prompt; does nothing if it has ended.
            explain: tells why the last command ended as it did.
            search: the search through the lines typed before.
        """
        self._explain = explain
        self._search = search
        self._is_complete = is_complete
        self._complete = complete
        self._answer = answer

    def bindings(self) -> KeyBindingsBase:
        """Return them in the line editor's form."""
        bindings = KeyBindings()
        editing = has_focus(LINE)
        bindings.add("c-c")(self._interrupt)
        bindings.add("c-d", filter=editing & Condition(_is_empty))(self._end)
        bindings.add("c-z")(self._nothing)
        bindings.add("enter", filter=editing)(self._enter)
        bindings.add("escape", "enter", filter=editing)(self._new_line)
        bindings.add("tab", filter=editing)(self._tab)
        bindings.add("f1")(self._tell_why)
        return merge_key_bindings([bindings, self._search.bindings()])

    def _interrupt(self, _event: KeyPressEvent) -> None:
        """Give up the line. Two ^C can come in one read: the second finds the prompt ended."""
        self._answer(KeyAnswer.INTERRUPT)

    def _tell_why(self, _event: KeyPressEvent) -> None:
        self._explain()

    def _end(self, _event: KeyPressEvent) -> None:
        self._answer(KeyAnswer.END)

    def _nothing(self, _event: KeyPressEvent) -> None:
        """Ignore ^Z: at the prompt there is no job that could be stopped."""

    def _enter(self, event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.complete_state and buffer.complete_state.current_completion:
            # What was chosen in the menu stays; the next Enter runs the line.
            buffer.complete_state = None
        else:
            self._run_or_continue(buffer)

    def _run_or_continue(self, buffer: Buffer) -> None:
        self._search.accept()
        if self._is_complete(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.cursor_position = len(buffer.text)
            buffer.newline(copy_margin=False)

    def _new_line(self, event: KeyPressEvent) -> None:
        event.current_buffer.newline(copy_margin=False)

    def _tab(self, event: KeyPressEvent) -> None:
        if event.current_buffer.complete_state:
            event.current_buffer.complete_next()
        else:
            self._complete(event.current_buffer)


def _is_empty() -> bool:
    return not get_app().current_buffer.text
