"""A session in which the student is the scheduler: choose, go back, run to the end, look ahead.

To go back, a new controlled run makes the same choices except the last; unless flags were raised, a
schedule determines everything that a program does.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.phrases import counted
from simpsh.base.process_names import PATTERN
from simpsh.base.record import Record
from simpsh.explore.control.controlled_run import ControlledRun, MadeStep
from simpsh.explore.control.program_knowledge import Knowledge, Restart
from simpsh.explore.control.scheduler import in_turns
from simpsh.explore.objects.symbolic_names import process_of
from simpsh.explore.step.look_ahead import LookAhead, Outlook
from simpsh.explore.step.panel_snapshot import (
    DEADLOCK,
    END,
    FamilySnapshot,
    StepNarration,
    narrate_beginning,
    narrate_step,
    snapshot_of,
)
from simpsh.explore.workplace.run_limits import RunCutOff

_CHOICE = re.compile(rf"{PATTERN}[!~]?")
MOST_STEPS = 400
"""The most steps of one `run`."""
_MOST_RESTARTS = 50
"""The most restarts because more operations became visible."""
TURNS, RANDOM = "turns", "random"
_LOOKING = 0.5
"""How many seconds looking ahead may delay a schedule: its steps may be finer than those known."""
_ALWAYS_NEW = "each run of this program shows new operations; it cannot be held"
_FINER = (
    "More operations of this program turn out to be steps. The steps before were made again, as "
    "far as they still fit."
)


def is_choice(word: str) -> bool:
    """Return whether a word has the form of a choice: P0, P1, P1.2, P1! for its signal."""
    return _CHOICE.fullmatch(word) is not None


def parse_schedule(text: str) -> tuple[str, ...]:
    """Return the choices in a schedule.

    `P0 P1 P0` lets P0 make its next step, then P1, then P0 again; `P0!` lets a pending signal of P0
    act before its step. Raises UsageProblem: a word is not the name of a process.
    """
    words = tuple(text.split())
    for number, word in enumerate(words, start=1):
        if not is_choice(word):
            raise UsageProblem(
                f"schedule, step {number}: {word!r} is no process; they are called P0, P1, P1.2 …"
            )
    return words


class Moment(Record):
    """The state of all processes after a step."""

    panel: FamilySnapshot
    narration: StepNarration
    """The step in words; at the beginning, the state in words."""
    step: MadeStep | None = None
    """The step; None at the beginning."""


class SteppingSession:
    """One held program; leaving the context manager ends all processes."""

    def __init__(self, knowledge: Knowledge, command: str) -> None:
        """Make a session; the program starts when the session is entered."""
        self.knowledge = knowledge
        self.moments: list[Moment] = []
        """The beginning, and the moment after each step."""
        self.note = ""
        """A remark about the last command; usually empty."""
        self.command = command
        self._run: ControlledRun | None = None
        """None while no process exists."""
        self.future: list[str] = []
        """The steps of forward(): undone choices, or the remaining choices of a schedule."""
        self.look_ahead = LookAhead(knowledge)
        self._reported: set[str] = set()

    def __enter__(self) -> SteppingSession:
        self._lead(())
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    # -- looking

    @property
    def panel(self) -> FamilySnapshot:
        """The current state."""
        return self.moments[-1].panel

    @property
    def schedule(self) -> tuple[str, ...]:
        """The choices so far."""
        return tuple(moment.step.choice for moment in self.moments if moment.step is not None)

    @property
    def is_over(self) -> bool:
        """Whether no process can continue."""
        return self.panel.verdict in (END, DEADLOCK)

    def news(self) -> str:
        """Return the remarks about the program that are new since the last call."""
        remarks = [*map(str, sorted(self.knowledge.flags)), *sorted(self.knowledge.notes)]
        new = [words for words in remarks if words not in self._reported]
        self._reported.update(new)
        return " ".join(f"Note: the program {words}." for words in new)

    def outlook(self) -> Outlook | None:
        """Return the outputs that are still possible; None if they are not known."""
        return self.look_ahead.outlook(self.schedule)

    def look(self, seconds: float) -> bool:
        """Search ahead for some seconds, without held processes; return whether there is more."""
        if self.look_ahead.is_done:
            return False
        self._end()
        return self.look_ahead.advance(seconds)

    def hold(self) -> None:
        """Hold all processes again after look(), in the same state."""
        if self._run is None:
            before = self.panel
            self._lead(self.schedule)
            if self.panel != before:
                self.note = _FINER

    # -- steps

    def choose(self, choice: str) -> None:
        """Make one step; raise SimpshError with the reason if that is impossible now."""
        if choice not in self.panel.ready:
            raise SimpshError(f"{process_of(choice)} cannot go: {self.panel.why_not(choice)}")
        self.future = self.future[1:] if self.future[:1] == [choice] else []
        self._step(choice)

    def back(self, count: int = 1) -> None:
        """Undo the last steps by replaying all others."""
        if self.schedule:
            self._rewind(max(0, len(self.schedule) - count))

    def restart(self) -> None:
        """Go back to the beginning."""
        self._rewind(0)

    def _rewind(self, count: int) -> None:
        self.note = ""
        done = self.schedule
        self.future = [*done[count:], *self.future]
        self._lead(done[:count])
        if len(self.schedule) < count:
            raise SimpshError(
                f"the program does not do the same again: at step {len(self.schedule) + 1} "
                f"{done[len(self.schedule)]} could not go"
            )

    def follow(self, schedule: Sequence[str]) -> None:
        """Make all steps of a schedule; raise SimpshError if one is impossible."""
        if schedule:
            # Its steps may be finer than those that are known.
            self.look(_LOOKING)
        while self._lead(schedule) < len(schedule):
            if not self.look(_LOOKING):
                self.panel.check(schedule[len(self.schedule)])

    def forward(self) -> None:
        """Make the next step of the future; raise SimpshError if that is impossible."""
        if not self.future:
            raise SimpshError("there is no step to repeat: none was taken back")
        self.panel.check(self.future[0])
        self._step(self.future.pop(0))

    def finish(self, order: str) -> None:
        """Run to the end: in TURNS, always the process with the fewest steps; or at RANDOM."""
        if self.is_over:
            raise SimpshError("no process can continue")
        choose = random.choice if order == RANDOM else in_turns(self.schedule)
        before = len(self.schedule)
        self.future = []
        notes: list[str] = []
        still = ", and still not: the end"
        for _ in range(MOST_STEPS):
            self._step(choose(self.panel.ready))
            notes += [self.note] if self.note else []
            if self.panel.verdict:
                still = ""
                break
        made = counted(len(self.schedule) - before, "step")
        self.note = " ".join([*notes, f"{made} were made{still}."])

    # -- the run

    def _step(self, choice: str) -> None:
        self.note = ""
        self.hold()
        if self.note:
            return
        try:
            self._make(choice)
        except Restart:
            # More operations are now visible.
            self._lead((*self.schedule, choice))
            self.note = _FINER

    def _lead(self, schedule: Sequence[str]) -> int:
        """Start the program again, and make the steps that fit; return how many were made."""
        for _ in range(_MOST_RESTARTS):
            self._end()
            try:
                run = ControlledRun(self.knowledge)
                try:
                    panel = snapshot_of(run)
                except BaseException:
                    run.close()
                    raise
                self._run = run
                self.moments = [Moment(panel, narrate_beginning(self.command, panel))]
                for choice in schedule:
                    if choice not in self.panel.ready:
                        break
                    self._make(choice)
                return len(self.schedule)
            except Restart:
                continue
        raise SimpshError(_ALWAYS_NEW)

    def _make(self, choice: str) -> None:
        run, before = self._run, self.panel
        assert run is not None
        try:
            step = run.step(choice)
        except RunCutOff:
            self._end()  # the step is incomplete; hold() repeats the steps before it
            raise
        now = snapshot_of(run)
        words = narrate_step(step, before, now, self.knowledge.naming)
        self.moments.append(Moment(now, words, step))

    def _end(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            run.close()
