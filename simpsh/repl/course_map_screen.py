"""The course map, full screen: the core lessons, with side paths folded under their unit."""

from __future__ import annotations

from functools import partial

from simpsh.course.teach.course_map import CourseMap, Place, Stone
from simpsh.repl.full_screen import FullScreen
from simpsh.repl.stepper.stepper_layout import fitted
from simpsh.view.styled_text import Line, line, marked, plain, styled, wrapped

_PAGE = 10
_MOST_ABOUT = 2
"""The number of rows that describe the lesson under the cursor."""
_KEYS = ("Enter {}", "↑↓ move", "→ more", "← fewer", "t test", "q quit")


class CourseMapScreen(FullScreen):
    """The map, on which a student chooses a lesson or the test; the course must not be empty."""

    def __init__(self, course: CourseMap) -> None:
        self._course = course
        self._unfolded = set[str]()
        self._selected = course.start
        """The lesson, or the test, under the cursor."""
        self._chosen: Place | None = None
        super().__init__()

    def choose(self) -> Place | None:
        """Return the chosen lesson, or the test; None if the student leaves the map."""
        self.run()
        return self._chosen

    def _page(self) -> list[Line]:
        """Draw the title, the part of the map around the cursor, its lesson, and the keys."""
        size = self._screen.get_size()
        width = size.columns
        here = self._selected
        about = [line(" ", row) for row in wrapped(marked(here.about), width - 2)]
        about = about[:_MOST_ABOUT] + [()] * (_MOST_ABOUT - len(about))
        room = max(1, size.rows - 3 - _MOST_ABOUT)
        drawn, cursor = list[Line](), 0
        for stone, row in self._course.rows(width, self._unfolded):
            if stone == self._selected:
                is_first = not cursor
                cursor = cursor or len(drawn)
                text = f"{'▸' if is_first else ' '}{plain(row)[1:]}"
                drawn.append(styled(plain(fitted(line(text), width)), "selected"))
            else:
                drawn.append(row)
        # Keep the first unit's heading in sight if there is room.
        first = max(0, min(cursor - room // 2, len(drawn) - room))
        body = drawn[first : first + room]
        body += [()] * (room - len(body))
        title = styled(plain(fitted(line(f" The course   {self._course.summary}"), width)), "title")
        doing = "continues" if here == self._course.start else "runs it"
        doing = "takes it" if here == self._course.test else doing
        words = "  ".join(_KEYS).format(doing)
        command = fitted(line(f" simpsh lesson {here.command}"), width)
        keys = styled(plain(fitted(line(f" {words}"), width)), "keys")
        return [title, *body, *about, command, keys]

    def _bind_keys(self) -> None:
        self._on(partial(self._move, -1), "up", "k")
        self._on(partial(self._move, 1), "down", "j")
        self._on(partial(self._move, -_PAGE), "pageup")
        self._on(partial(self._move, _PAGE), "pagedown")
        self._on(partial(self._fold, is_open=True), "right", "l", " ")
        self._on(partial(self._fold, is_open=False), "left", "h")
        self._on(self._go_to_the_test, "t")
        self._on(self._choose, "enter")
        self._on(self._leave, "escape")

    def _choose(self) -> None:
        self._chosen = self._selected
        self._leave()

    def _go_to_the_test(self) -> None:
        self._selected = self._course.test

    def _places(self) -> list[Place]:
        """Return what the cursor can select: the lessons that are shown, and the test."""
        rows = self._course.rows(self._screen.get_size().columns, self._unfolded)
        return list(dict.fromkeys(stone for stone, _ in rows if stone is not None))

    def _move(self, by: int) -> None:
        """Move the cursor among the lessons that are shown, and the test."""
        shown = self._places()
        index = shown.index(self._selected) + by
        self._selected = shown[max(0, min(index, len(shown) - 1))]

    def _fold(self, *, is_open: bool) -> None:
        """Show or hide the side paths of the unit under the cursor."""
        if not isinstance(self._selected, Stone):
            return
        chapter = self._selected.head.chapter
        if is_open:
            self._unfolded.add(chapter)
            return
        self._unfolded.discard(chapter)
        shown = self._places()
        if self._selected not in shown:
            # The selected lesson is hidden now: select the nearest lesson of its unit.
            unit = self._course.units[chapter]
            before = unit[: unit.index(self._selected)]
            nearest = [stone for stone in [*before[::-1], *unit, *shown] if stone in shown]
            self._selected = nearest[0]
