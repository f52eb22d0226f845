"""The timeline of a run that still goes on: each step is drawn once, as soon as it is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simpsh.base.events import Event, ExecError
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.view.timeline.terminal_timeline import ASCII, UNICODE, TimelineDrawing, live_layout
from simpsh.view.timeline.timeline_rows import rows_of


class LiveTimeline:
    """Draws what is new, below what was drawn.

    Args:
        width: the terminal's, in characters.
        level: the level of the recording, as its header has it.
        is_ascii: draw with ASCII characters alone.
        in_colour: repeat the states in colour.
        with_details: show groups, duplicated descriptors and opened files as well.
    """

    def __init__(
        self,
        width: int,
        level: str = "",
        *,
        is_ascii: bool = False,
        in_colour: bool = False,
        with_details: bool = False,
    ) -> None:
        self._width = width
        self._level = level
        self._glyphs = ASCII if is_ascii else UNICODE
        self._in_colour = in_colour
        self._with_details = with_details
        self._drawn: set[int] = set()
        self._seen: set[str] = set()

    def begin(self, title: str) -> Iterator[str]:
        """Return the lines above the first step."""
        yield from self._drawing(()).head(title, "as it happens")

    def more(self, events: Sequence[Event]) -> Iterator[str]:
        """Return the lines of the steps that are new, given all events until now."""
        drawing = self._drawing(events)
        yield from drawing.body(self._drawn)
        self._drawn.update(row.index for row in drawing.rows)
        self._seen |= drawing.seen

    def end(self) -> Iterator[str]:
        """Return the lines below the last step."""
        drawing = self._drawing(())
        drawing.seen |= self._seen
        yield from drawing.foot()

    def _drawing(self, events: Sequence[Event]) -> TimelineDrawing:
        chronicle = chronicle_of(events, self._level)
        rows = rows_of(chronicle, with_details=self._with_details)
        # An execve that failed may be an attempt of a search: what comes next tells.
        kept = [row for row in rows if not _is_open(events, row.index)]
        layout = live_layout(chronicle, kept, self._width)
        return TimelineDrawing(
            chronicle, kept, layout, self._glyphs, self._width, self._in_colour, "ms", set()
        )


def _is_open(events: Sequence[Event], index: int) -> bool:
    event = events[index]
    if not isinstance(event.what, ExecError):
        return False
    return not any(later.pid == event.pid for later in events[index + 1 :])
