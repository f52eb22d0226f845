"""`^R`: a search through the lines typed before, as readers of bash know it.

The prompt says what is looked for; the line that was found stands behind it, with all its lines,
and can be run, edited or left. It is the line editor's own search in none of these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from prompt_toolkit.application.current import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition, has_focus, vi_navigation_mode
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.formatted_text.utils import fragment_list_to_text
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.key_binding.vi_state import InputMode
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.utils import explode_text_fragments

from simpsh.base.phrases import printable

LINE = "DEFAULT_BUFFER"
"""What the line editor calls the line being edited."""

BACK, FORTH = -1, 1


class HistorySearch:
    """A search that begins with ^R or ^S, and ends with the first key that is not its own."""

    def __init__(self, entries: Sequence[str]) -> None:
        """Take the entries, oldest first."""
        self._entries = entries
        self.is_active = False
        self.query = ""
        self._last_query = ""
        self._direction = BACK
        self._has_failed = False
        self._place = 0
        """The entry that is shown; `len(entries)` for the line that was being typed."""
        self._steps: list[tuple[str, int, bool]] = []
        """The query, the place and the failure before each character that was typed."""
        self._typed = Document()
        self._began_at = 0
        self._vi_mode = InputMode.INSERT
        self._is_own_key = False

    # --------------------------------------------------------------------- what is shown

    @property
    def prompt(self) -> StyleAndTextTuples:
        """What stands in front of the line instead of the prompt: (reverse-i-search)`query':."""
        kind = "reverse-i-search" if self._direction == BACK else "i-search"
        words = f"(failed {kind})" if self._has_failed else f"({kind})"
        return [("class:history-search", words), ("", f"`{printable(self.query)}': ")]

    # ---------------------------------------------------------------------- the movements

    def begin(self, buffer: Buffer, direction: int) -> None:
        """Begin to search, from the line being typed."""
        self.is_active = True
        self.query, self._direction, self._has_failed = "", direction, False
        self._steps.clear()
        self._place = len(self._entries)
        self._typed, self._began_at = buffer.document, buffer.working_index
        # In vi's command mode letters are commands.
        self._vi_mode = get_app().vi_state.input_mode
        get_app().vi_state.input_mode = InputMode.INSERT
        buffer.complete_state = None

    def again(self, buffer: Buffer, direction: int) -> None:
        """Go to the next entry in a direction; without a query, take the last one."""
        self._direction = direction
        if not self.query:
            self.type(buffer, self._last_query)
            return
        self._look(buffer, self._place + direction)

    def repeat(self, buffer: Buffer, direction: int) -> None:
        """Go on with the last search, from the line that is shown, as in vi."""
        place = buffer.working_index
        self.begin(buffer, direction)
        self._place, self.query = place, self._last_query
        self._look(buffer, place + direction)
        self.accept()

    def type(self, buffer: Buffer, text: str) -> None:
        """Add to the query, and look from where the search is."""
        for char in text:
            self._steps.append((self.query, self._place, self._has_failed))
            self.query += char
        if self.query:
            self._look(buffer, min(self._place, len(self._entries) - 1))

    def rub_out(self, buffer: Buffer) -> None:
        """Take back the last character, and go where the search was before it."""
        if self._steps:
            self.query, self._place, self._has_failed = self._steps.pop()
            self._show(buffer)

    def _look(self, buffer: Buffer, place: int) -> None:
        shown = buffer.text if self._place < len(self._entries) else None
        while 0 <= place < len(self._entries):
            entry = self._entries[place]
            # What was run twice is found once.
            if self.query in entry and (entry != shown or place == self._place):
                self._place, self._has_failed = place, False
                self._show(buffer)
                return
            place += self._direction
        self._has_failed = True

    def _show(self, buffer: Buffer) -> None:
        if self._place >= len(self._entries):
            self._restore(buffer)
            return
        entry = self._entries[self._place]
        buffer.go_to_history(self._place)
        if buffer.text != entry:
            # It was edited before, or the editor has not read its history yet.
            buffer.document = Document(entry)
        buffer.cursor_position = max(0, entry.find(self.query))

    def _restore(self, buffer: Buffer) -> None:
        buffer.go_to_history(self._began_at)
        buffer.document = self._typed

    # --------------------------------------------------------------------------- the end

    def accept(self) -> None:
        """End the search; what was found stays in the line."""
        if self.is_active:
            self.is_active = False
            self._last_query = self.query or self._last_query
            get_app().vi_state.input_mode = self._vi_mode

    def give_up(self, buffer: Buffer) -> None:
        """End the search with the line that was there before."""
        self._restore(buffer)
        self.accept()

    def after_key(self, _processor: object = None) -> None:
        """End the search after a key that is not one of its own: the key did its work already."""
        if self.is_active and not self._is_own_key:
            self.accept()
        self._is_own_key = False

    # -------------------------------------------------------------------------- the keys

    def bindings(self) -> KeyBindings:
        """Return the keys of the search in the line editor's form."""
        bindings = KeyBindings()
        editing = has_focus(LINE)
        searching = editing & Condition(lambda: self.is_active)
        for keys, direction in (("c-r", BACK), ("c-s", FORTH)):
            bindings.add(keys, filter=editing & ~searching)(self._beginning(direction))
            again = partial(self.again, direction=direction)
            bindings.add(keys, filter=searching)(self._own(again))
        for keys, direction in (("/", BACK), ("?", FORTH)):
            bindings.add(keys, filter=editing & vi_navigation_mode)(self._beginning(direction))
        for keys, direction in (("n", BACK), ("N", FORTH)):
            repeat = partial(self.repeat, direction=direction)
            bindings.add(keys, filter=editing & vi_navigation_mode)(self._own(repeat))
        own: dict[Keys | str, Callable[[Buffer], None]] = {
            "backspace": self.rub_out,
            "c-g": self.give_up,
            "escape": lambda _: self.accept(),
            "c-j": lambda _: self.accept(),
        }
        for key, action in own.items():
            bindings.add(key, filter=searching)(self._own(action))

        @bindings.add(Keys.Any, filter=searching)
        @bindings.add(Keys.BracketedPaste, filter=searching)
        def type_it(event: KeyPressEvent) -> None:
            self._is_own_key = True
            self.type(event.current_buffer, event.data.partition("\n")[0].rstrip("\r"))

        return bindings

    def _beginning(self, direction: int) -> Callable[[KeyPressEvent], None]:
        return self._own(partial(self.begin, direction=direction))

    def _own(self, action: Callable[[Buffer], None]) -> Callable[[KeyPressEvent], None]:
        def handler(event: KeyPressEvent) -> None:
            self._is_own_key = True
            action(event.current_buffer)

        return handler


class MarkFound(Processor):
    """Marks what is looked for in the line that was found."""

    def __init__(self, search: HistorySearch) -> None:
        self._search = search

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """Return the fragments of a line, those at the cursor marked."""
        fragments = transformation_input.fragments
        document, query = transformation_input.document, self._search.query
        is_here = document.cursor_position_row == transformation_input.lineno
        if not (self._search.is_active and query and is_here):
            return Transformation(fragments)
        start = transformation_input.source_to_display(document.cursor_position_col)
        if not fragment_list_to_text(fragments)[start:].startswith(query):
            return Transformation(fragments)
        single = explode_text_fragments(fragments)
        for place in range(start, start + len(query)):
            style, text, *_ = single[place]
            single[place] = (f"{style} class:history-match", text)
        return Transformation(single)
