"""A quick way to draw a prompt that needs one row.

Each key causes a drawing. The library's layout has about twenty parts, most of them hidden, and
measures each several times. Nearly always there are one row and the toolbar. With the library's
layout, a typed line costs 3.2 times the CPU time of fish instead of at most 2.1 times.
"""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit import PromptSession
from prompt_toolkit.application.current import get_app
from prompt_toolkit.data_structures import Point
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.formatted_text import (
    StyleAndTextTuples,
    fragment_list_to_text,
    to_formatted_text,
)
from prompt_toolkit.layout import Container, Dimension
from prompt_toolkit.layout.mouse_handlers import MouseHandlers
from prompt_toolkit.layout.screen import Char, Screen, WritePosition
from prompt_toolkit.utils import get_cwidth

from simpsh.repl.plain_reader import Answer


class OneRow(Container):
    """Draws a line that fits in one row, with the cells that the library would draw."""

    def __init__(
        self, session: PromptSession[Answer], after: Callable[[], StyleAndTextTuples]
    ) -> None:
        """Draw the prompt of `session`; `after` returns the text that follows the line."""
        self._session = session
        self._after = after
        self._whole = session.layout.container
        self._row: StyleAndTextTuples = []
        """The row of this drawing; empty if the library draws."""
        self._bar: StyleAndTextTuples = []
        self._cursor = 0

    def reset(self) -> None:
        """Reset the library's layout."""
        self._whole.reset()

    def get_children(self) -> list[Container]:
        """Return the library's layout, whose windows can have the focus."""
        return [self._whole]

    def preferred_width(self, max_available_width: int) -> Dimension:
        """Return the width that the library prefers."""
        return self._whole.preferred_width(max_available_width)

    def preferred_height(self, width: int, max_available_height: int) -> Dimension:
        """Return the number of rows. This is the beginning of each drawing."""
        self._row = []
        if self._is_simple():
            self._compose()
        cells = fragment_list_to_text(self._row)
        if cells and len(cells) < width and _has_plain_cells([*self._row, *self._bar]):
            return Dimension.exact(1 + bool(self._bar))
        self._row = []
        return self._whole.preferred_height(width, max_available_height)

    def write_to_screen(
        self,
        screen: Screen,
        mouse_handlers: MouseHandlers,
        write_position: WritePosition,
        parent_style: str,
        erase_bg: bool,  # noqa: FBT001 - the library's interface
        z_index: int | None,
    ) -> None:
        """Draw the row, and the toolbar at the bottom."""
        if not self._row:
            self._whole.write_to_screen(
                screen, mouse_handlers, write_position, parent_style, erase_bg, z_index
            )
            return
        screen.height = write_position.height
        for y, fragments in ((0, self._row), (write_position.height - 1, self._bar)):
            cells = ((style, character) for style, text, *_ in fragments for character in text)
            for x, (style, character) in enumerate(cells):
                screen.data_buffer[y][x] = Char(character, style)
        window = self._session.layout.current_window
        screen.set_cursor_position(window, Point(self._cursor, 0))
        screen.show_cursor = True
        screen.visible_windows_to_write_positions[window] = write_position

    def _is_simple(self) -> bool:
        """Return whether the drawing has only the prompt, the line and the toolbar."""
        app, buffer = get_app(), self._session.default_buffer
        return (
            app.editing_mode is EditingMode.EMACS
            and app.layout.has_focus(buffer)
            and app.key_processor.arg is None
            and not app.quoted_insert
            and buffer.complete_state is None
            and buffer.selection_state is None
            and "\n" not in buffer.text
        )

    def _compose(self) -> None:
        """Make the fragments of the row and of the toolbar, in the styles of the library."""
        session, is_done = self._session, get_app().is_done
        buffer, lexer = session.default_buffer, session.lexer
        # The library does so when it draws, because a loop is running then.
        buffer.load_history_if_not_yet_loaded()
        document, suggestion = buffer.document, buffer.suggestion
        prompt = to_formatted_text(session.message, "class:prompt")
        self._cursor = len(fragment_list_to_text(prompt)) + document.cursor_position
        self._row = [*prompt, *([] if lexer is None else lexer.lex_document(document)(0))]
        if suggestion is not None and document.is_cursor_at_the_end and not is_done:
            self._row.append(("class:auto-suggestion", suggestion.text))
        self._row += self._after()
        style = "class:bottom-toolbar class:bottom-toolbar.text"
        self._bar = [] if is_done else to_formatted_text(session.bottom_toolbar, style)


def _has_plain_cells(fragments: StyleAndTextTuples) -> bool:
    """Return whether each character takes one cell, and no style has a special meaning."""
    return not any("[" in style for style, *_ in fragments) and all(
        get_cwidth(character) == 1 and character.isprintable()
        for character in fragment_list_to_text(fragments)
    )
