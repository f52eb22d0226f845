"""What the keys of the stepper do: the session, where the cursor is, and what was said last."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from simpsh.base.errors import SimpshError
from simpsh.explore.step.panel_snapshot import FamilySnapshot, StepNarration
from simpsh.explore.step.stepping_session import Outlook, SteppingSession


class Mode(Enum):
    """What the screen shows, and what the keys mean."""

    INTRO = "intro"
    STEP = "step"
    RUN = "run"
    HELP = "help"
    OUTPUTS = "outputs"


READING = (Mode.INTRO, Mode.HELP, Mode.OUTPUTS)
"""Modes that show a page to read."""


class StepperController:
    """The session, where the cursor is, and what was said last."""

    def __init__(self, session: SteppingSession) -> None:
        self.session = session
        self.mode = Mode.INTRO
        self.selected = ""
        """The choice under the cursor, or a process that cannot go."""
        self.scroll = 0
        """The first line of a page that is read."""
        self._said: StepNarration | None = None
        self._settle()

    # ------------------------------------------------------------------------ looking

    @property
    def panel(self) -> FamilySnapshot:
        """The state now."""
        return self.session.panel

    @property
    def told(self) -> StepNarration:
        """What to say: an answer to the last key, else what the last step did."""
        return self._said or self.session.moments[-1].narration

    @property
    def outlook(self) -> Outlook | None:
        """What can still be printed, if that is known."""
        return self.session.outlook()

    def stops(self) -> list[str]:
        """Return where the cursor can be: every process, and every further choice."""
        choices: list[str] = []
        for _, line in self.panel.tree():
            choices += [line.name, *(choice for choice in line.choices if choice != line.name)]
        return choices

    # ------------------------------------------------------------------------ moving about

    def move(self, by: int) -> None:
        """Move the cursor up or down, or a page that is read."""
        if self.mode in READING:
            self.scroll = max(0, self.scroll + by)
            return
        stops = self.stops()
        if stops:
            place = stops.index(self.selected) if self.selected in stops else 0
            self.selected = stops[(place + by) % len(stops)]

    def show(self, mode: Mode) -> None:
        """Change the mode."""
        self.mode, self.scroll = mode, 0
        if mode is Mode.STEP:
            # No process is held while it is looked ahead, which the pages that are read allow.
            self.do(self.session.hold)

    def _settle(self) -> None:
        """Put the cursor on a process that can go: the same as before, else the next one."""
        ready, stops = self.panel.ready, self.stops()
        if self.selected in ready:
            return
        name = self.selected.rstrip("!")
        self.selected = next((choice for choice in ready if choice.rstrip("!") > name), "")
        self.selected = self.selected or (ready[0] if ready else (stops[0] if stops else ""))

    # ------------------------------------------------------------------------ steps

    def go(self) -> None:
        """Let the one under the cursor make its step."""
        self.do(lambda: self.session.choose(self.selected))

    def choose(self, number: int) -> None:
        """Let the choice of this number make its step."""
        ready = self.panel.ready
        if number > len(ready):
            self.say(f"There is no choice {number}.", f"Ready: {', '.join(ready) or 'none'}.")
            return
        self.selected = ready[number - 1]
        self.go()

    def run(self, order: str) -> None:
        """Let the family run to its end: in turns, or by chance."""
        self.mode = Mode.STEP
        self.do(lambda: self.session.finish(order))

    def do(self, action: Callable[[], object]) -> None:
        """Do something with the session; a problem is what is said instead."""
        self._said, self.session.note = None, ""
        try:
            action()
        except SimpshError as problem:
            words = str(problem)
            self.say(f"{words[:1].upper()}{words[1:]}{'' if words.endswith('.') else '.'}")
        note = " ".join(words for words in (self.session.note, self.session.news()) if words)
        if note and self._said is None:
            self.say(note, self.session.moments[-1].narration.sentence)
        self._settle()

    def say(self, sentence: str, why: str = "") -> None:
        """Say something in place of what the last step did."""
        self._said = StepNarration("", sentence, why)
