"""The state of the stepper's screen, and the actions of its keys."""

from __future__ import annotations

from collections.abc import Callable

from simpsh.base.errors import SimpshError
from simpsh.explore.step.look_ahead import Outlook
from simpsh.explore.step.panel_snapshot import FamilySnapshot, StepNarration
from simpsh.explore.step.stepping_session import SteppingSession


class StepperController:
    """The session, the cursor and the current message."""

    def __init__(self, session: SteppingSession) -> None:
        self.session = session
        self.is_reading = False
        """Whether the screen shows the page of help."""
        self.selected = ""
        """The choice under the cursor, or a process that is not ready."""
        self.scroll = 0
        """The first visible line of the page."""
        self._message: StepNarration | None = None
        self.do(session.hold)

    # ------------------------------------------------------------------------ looking

    @property
    def panel(self) -> FamilySnapshot:
        """The current state."""
        return self.session.panel

    @property
    def narration(self) -> StepNarration:
        """The message about the last key, else about the last step."""
        return self._message or self.session.moments[-1].narration

    @property
    def outlook(self) -> Outlook | None:
        """The outputs that are still possible, if known."""
        return self.session.outlook()

    def stops(self) -> list[str]:
        """Return the cursor's positions: every process and every other choice."""
        choices: list[str] = []
        for _, line in self.panel.tree():
            choices += [line.name, *(choice for choice in line.choices if choice != line.name)]
        return choices

    # ------------------------------------------------------------------------ moving about

    def move(self, by: int) -> None:
        """Move the cursor, or scroll the page."""
        if self.is_reading:
            self.scroll = max(0, self.scroll + by)
            return
        stops = self.stops()
        if stops:
            index = stops.index(self.selected) if self.selected in stops else 0
            self.selected = stops[(index + by) % len(stops)]

    def show_help(self, *, is_shown: bool) -> None:
        """Show the page of help, or the processes again."""
        self.is_reading, self.scroll = is_shown, 0

    def _settle(self) -> None:
        """Put the cursor on a ready process: the selected one, else the next."""
        ready, stops = self.panel.ready, self.stops()
        if self.selected in ready:
            return
        name = self.selected.rstrip("!")
        self.selected = next((choice for choice in ready if choice.rstrip("!") > name), "")
        self.selected = self.selected or (ready[0] if ready else (stops[0] if stops else ""))

    # ------------------------------------------------------------------------ steps

    def go(self) -> None:
        """Step the choice under the cursor."""
        self.do(lambda: self.session.choose(self.selected))

    def choose(self, number: int) -> None:
        """Step the choice with this number."""
        ready = self.panel.ready
        if number > len(ready):
            self.say(f"There is no choice {number}.", f"Ready: {', '.join(ready) or 'none'}.")
            return
        self.selected = ready[number - 1]
        self.go()

    def run(self, order: str) -> None:
        """Run to the end: in turns, or in random order."""
        self.do(lambda: self.session.finish(order))

    def do(self, action: Callable[[], object]) -> None:
        """Run an action of the session, and show its problem or note."""
        self._message, self.session.note = None, ""
        try:
            action()
        except SimpshError as problem:
            words = str(problem)
            self.say(f"{words[:1].upper()}{words[1:].rstrip('.')}.")
        note = " ".join(words for words in (self.session.note, self.session.news()) if words)
        if note and self._message is None:
            self.say(note, self.session.moments[-1].narration.sentence)
        self._settle()

    def say(self, sentence: str, why: str = "") -> None:
        """Show a message instead of the last step's narration."""
        self._message = StepNarration("", sentence, why)
