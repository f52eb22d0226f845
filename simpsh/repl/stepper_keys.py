"""Which key does what in the stepper."""

from __future__ import annotations

from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings

from simpsh.repl import stepper_desk as desks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from prompt_toolkit.buffer import Buffer
    from prompt_toolkit.key_binding import KeyPressEvent

    from simpsh.repl.stepper_desk import Desk

_PAGE = 15
_FILE = "schedule.txt"


class Keys:
    """The keys of the stepper's screen."""

    def __init__(
        self,
        desk: Desk,
        line: Buffer,
        settle: Callable[[], None],
        later: Callable[[Callable[[], None]], None],
    ) -> None:
        """Take what the keys act on.

        Args:
            desk: the session, and the cursor.
            line: what is typed behind `until` and `save`.
            settle: called after each key: puts the keyboard where it belongs now.
            later: calls a function once the screen has been drawn.
        """
        self._desk = desk
        self._line = line
        self._settle = settle
        self._later = later
        self._bindings = KeyBindings()
        self._suggested = -1

    def bindings(self) -> KeyBindings:
        """Return them in the line editor's form."""
        is_reading = self._in(*desks.READING)
        self._add(lambda: self._desk.show(desks.STEP), is_reading, "enter", " ", "escape")
        self._moving(is_reading, _PAGE)
        self._moving(self._in(desks.STEP), 3)
        self._stepping(self._in(desks.STEP))
        self._running(self._in(desks.RUN))
        self._typing(self._in(*desks.TYPING))
        for key in ("c-c", "c-d", "c-\\", "<sigint>"):
            self._bindings.add(key)(_leave)
        self._bindings.add("q", filter=~self._in(*desks.TYPING))(_leave)
        self._bindings.add("c-z")(_suspend)
        return self._bindings

    def _in(self, *modes: str) -> Condition:
        return Condition(lambda: self._desk.mode in modes)

    def _add(self, action: Callable[[], object], when: Condition, *keys: str) -> None:
        def act(_event: KeyPressEvent) -> None:
            action()
            self._settle()

        for key in keys:
            self._bindings.add(key, filter=when)(act)

    def _moving(self, when: Condition, page: int) -> None:
        self._add(lambda: self._desk.move(-1), when, "up", "k")
        self._add(lambda: self._desk.move(1), when, "down", "j")
        self._add(lambda: self._desk.move(-page), when, "pageup")
        self._add(lambda: self._desk.move(page), when, "pagedown")

    def _stepping(self, when: Condition) -> None:
        desk = self._desk
        self._add(desk.go, when, "enter", " ")
        self._add(desk.back, when, "b", "left", "backspace")
        self._add(desk.forward, when, "f", "right")
        self._add(desk.restart, when, "0", "home")
        self._add(lambda: desk.show(desks.RUN), when, "r")
        self._add(lambda: self._type(desks.UNTIL, ""), when, "u")
        self._add(lambda: self._type(desks.SAVE, _FILE), when, "s")
        self._add(lambda: desk.show(desks.TIMELINE), when, "t")
        self._add(lambda: desk.show(desks.OUTPUTS), when, "o")
        self._add(lambda: desk.show(desks.HELP), when, "?", "h", "f1")
        for number in range(1, 10):
            self._numbered(number, when)

    def _numbered(self, number: int, when: Condition) -> None:
        self._add(lambda: self._desk.choose(number), when, str(number))

    def _running(self, when: Condition) -> None:
        desk = self._desk
        self._add(lambda: desk.run("turns"), when, "t")
        self._add(lambda: desk.run("random"), when, "r")
        self._add(self._let_go, when, "f")
        self._add(lambda: desk.show(desks.STEP), when, "escape", "b")

    def _let_go(self) -> None:
        self._desk.show(desks.STEP)
        self._desk.say("Everybody was let go; three seconds at the most …")
        self._later(lambda: self._desk.run("free"))

    def _typing(self, when: Condition) -> None:
        until = self._in(desks.UNTIL)
        self._add(self._typed, when, "enter")
        self._add(lambda: self._desk.show(desks.STEP), when, "escape")
        self._add(lambda: self._suggest(-1), until, "up", "s-tab")
        self._add(lambda: self._suggest(1), until, "down", "tab")

    def _type(self, mode: str, text: str) -> None:
        self._desk.show(mode)
        self._suggested = -1
        self._line.text = text
        self._line.cursor_position = len(text)
        if mode == desks.UNTIL:
            self._suggest(1)

    def _suggest(self, by: int) -> None:
        found = self._desk.suggestions()
        self._suggested = (self._suggested + by) % len(found)
        self._line.text = found[self._suggested]
        self._line.cursor_position = len(self._line.text)

    def _typed(self) -> None:
        text = self._line.text.strip()
        if not text:
            self._desk.show(desks.STEP)
        elif self._desk.mode == desks.UNTIL:
            self._desk.until(text)
        else:
            self._desk.save(text)


def _leave(event: KeyPressEvent) -> None:
    """Leave. Two keys can come in one read: the second finds the screen done."""
    if not event.app.is_done:
        event.app.exit()


def _suspend(event: KeyPressEvent) -> None:
    event.app.suspend_to_background()
