"""A session of the student as the scheduler: choose, go back, run to a point; over a cage.

Going back is a replay: a new cage, and the same choices but the last. That works because a
schedule decides everything that a program without flags can do.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from simpsh.errors import SimpshError
from simpsh.explore import schedules
from simpsh.explore.moments import fits, why_not
from simpsh.explore.panel import DEADLOCK, END
from simpsh.explore.replaying import Run
from simpsh.explore.telling import Happening
from simpsh.record import changed

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.explore.ahead import LookAhead
    from simpsh.explore.knowledge import Knowledge
    from simpsh.explore.moments import Moment
    from simpsh.explore.outlook import Outlook
    from simpsh.explore.panel import Panel
    from simpsh.explore.points import Point

LIMIT = 400
"""How many steps are made in one go before the student is asked again."""
TURNS, RANDOM = "turns", "random"
_FOLLOWING = 0.1
"""Seconds that a step may be delayed to look where it led."""
_FREED = Happening(
    "",
    "You let go of everybody, and the kernel decided who went when.",
    "Nobody was held any more, so nobody knows the order. b goes back to where you let go.",
)


class NotReady(SimpshError):
    """Who was chosen cannot go now."""


class Session:
    """One program, held; a context manager: leaving it ends everybody."""

    def __init__(
        self, knowledge: Knowledge, command: str, look_ahead: LookAhead | None = None
    ) -> None:
        """Take the program; it starts when the session is entered.

        Args:
            knowledge: the program, and what is known of it.
            command: what to call it, for people.
            look_ahead: what knows what can still be printed; it shares `knowledge`.
        """
        self.command = command
        self.future: list[str] = []
        """What forward() would do: choices taken back, or the rest of a schedule."""
        self.note = ""
        """What must be said beside the last step; empty most of the time."""
        self.is_free = False
        """Whether everybody was let go: nobody is held any more."""
        self._run = Run(knowledge, command)
        self._look_ahead = look_ahead
        self._random = random.Random()
        self._told: set[str] = set()

    def __enter__(self) -> Session:
        self._run.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._run.end()

    # ------------------------------------------------------------------------- looking

    @property
    def moments(self) -> list[Moment]:
        """The beginning, and the moment after each step."""
        return self._run.moments

    @property
    def panel(self) -> Panel:
        """The state now."""
        return self.moments[-1].panel

    @property
    def schedule(self) -> tuple[str, ...]:
        """The choices so far."""
        return self._run.schedule

    @property
    def is_over(self) -> bool:
        """Whether nobody can go any more."""
        return self.is_free or self.panel.verdict in (END, DEADLOCK)

    def news(self) -> str:
        """Say what was found out about the program since this was asked last; mostly empty."""
        knowledge = self._run.knowledge
        found = [*sorted(knowledge.flags), *sorted(knowledge.notes)]
        new = [words for words in found if words not in self._told]
        self._told.update(new)
        return " ".join(f"Note: the program {words}." for words in new)

    def outlook(self) -> Outlook | None:
        """Return what can still be printed from here; None if that is not known."""
        if self._look_ahead is None or self.is_free:
            return None
        return self._look_ahead.outlook(self.schedule)

    @property
    def outlook_state(self) -> str:
        """Why not more is known of what can still be printed."""
        return self._look_ahead.state if self._look_ahead is not None else "Not looked at."

    def look(self, seconds: float) -> bool:
        """Look further ahead for a while, with nobody held meanwhile.

        Returns:
            Whether there is more to look at.
        """
        if self._look_ahead is None or self._look_ahead.is_done:
            return False
        self._run.rest()
        has_more = self._look_ahead.advance(seconds)
        if not has_more and self._look_ahead.lags(self.schedule):
            has_more = self._look_ahead.advance(seconds)
        return has_more

    def hold(self) -> None:
        """Hold everybody again after look()."""
        if not self.is_free:
            self._run.wake()

    def _follow(self) -> None:
        """Look ahead from here, if the student went where the search had no reason to look."""
        if self._look_ahead is not None and self._look_ahead.lags(self.schedule):
            self._run.rest()
            self._look_ahead.advance(_FOLLOWING)
        self._run.wake()

    # ------------------------------------------------------------------------- going

    def choose(self, choice: str) -> None:
        """Let one process make its step.

        Raises:
            NotReady: it cannot go now; the message says why.
        """
        self.note = ""
        if self.is_free:
            raise NotReady("nobody is held any more: b goes back to where you let go of them")
        if choice not in self.panel.ready:
            raise NotReady(f"{choice.rstrip('!')} cannot go: {why_not(self.panel, choice)}")
        is_known = self.future[:1] == [choice]
        self.future = self.future[1:] if is_known else []
        self._step(choice)
        self._follow()

    def _step(self, choice: str) -> None:
        self._run.step(choice)
        self.note = self._run.note

    def back(self) -> None:
        """Take the last step back, by a replay of all others."""
        self.note = ""
        if self.is_free:
            self.is_free = False
            self._run.go_to(self.schedule)
        elif self.schedule:
            self._rewind(len(self.schedule) - 1)

    def restart(self) -> None:
        """Go back to the beginning."""
        self.note = ""
        self.is_free = False
        self._rewind(0)

    def _rewind(self, count: int) -> None:
        self.future = [*self.schedule[count:], *self.future]
        self._run.go_to(self.schedule[:count])
        self._follow()

    def forward(self) -> None:
        """Make the next step of the future.

        Raises:
            ScheduleMisfit: the schedule says something that cannot be done.
        """
        self.note = ""
        if not self.future:
            raise NotReady("nothing lies ahead: there is no step that was taken back")
        fits(self.panel, self.future[0])
        self._step(self.future.pop(0))
        self._follow()

    def walk(self, schedule: tuple[str, ...]) -> None:
        """Begin anew, with a schedule for forward() to walk along."""
        self.restart()
        self.future = list(schedule)

    # ------------------------------------------------------------------------- running

    def go_to(self, point: Point) -> None:
        """Run until a point is reached: the process it names goes when it can, else in turns."""
        before = self.panel
        if point.kind in ("exit", "verb") and point.is_reached(before, before):
            self.note = f"This is the point already: {point.words}."
            return

        def next_one() -> str:
            return point.name if point.name in self.panel.ready else self._in_turns()

        self._make_steps(next_one, lambda: point.is_reached(before, self.panel), point.words)
        self._follow()

    def finish(self, order: str) -> None:
        """Run to the end by free choices, which the schedule remembers.

        Args:
            order: TURNS: who has made the fewest steps goes; RANDOM: anybody.
        """
        if self.is_over:
            raise NotReady("nobody can go any more")

        def next_one() -> str:
            return self._random.choice(self.panel.ready) if order == RANDOM else self._in_turns()

        self._make_steps(next_one, lambda: self.is_over, "")

    def _in_turns(self) -> str:
        made = [choice.rstrip("!") for choice in self.schedule]
        plain = [choice for choice in self.panel.ready if not choice.endswith("!")]
        return min(plain or self.panel.ready, key=lambda choice: made.count(choice.rstrip("!")))

    def _make_steps(
        self, next_one: Callable[[], str], is_there: Callable[[], bool], where: str
    ) -> None:
        """Go on until it is there, or nobody can; what is to be said of it comes in `note`."""
        self.note, self.future = "", []
        notes: list[str] = []
        count = 0
        while count < LIMIT and not self.is_over and not (count and is_there()):
            self._step(next_one())
            notes += [self.note] if self.note else []
            count += 1
        made = f"{count} step{'' if count == 1 else 's'}"
        if is_there():
            notes.append(f"{made}: {where}." if where else f"{made} were made.")
        elif self.is_over:
            notes.append(f"{made}, and never this: {where}.")
        else:
            notes.append(f"{made} were made, and still not: {where or 'the end'}.")
        self.note = " ".join(notes)

    def free(self) -> None:
        """Let go of everybody, and wait until they have ended by themselves."""
        if self.is_over:
            raise NotReady("nobody is there to be let go")
        self.note, self.future = "", []
        written, has_ended = self._run.release()
        self.is_free = True
        panel = changed(
            self.panel, output=self.panel.output + written, lines=(), pipes=(), verdict=END
        )
        last = self.moments.pop()
        self.moments.append(changed(last, panel=panel, happening=_FREED))
        if not has_ended:
            self.note = "Three seconds later they had not ended, so they were killed."

    # ------------------------------------------------------------------------- keeping

    def save(self, path: str) -> None:
        """Write the schedule to a file; errors as schedules.save() has them."""
        remark = f"simpsh step --schedule @{path} {self.command}"
        schedules.save(path, self.schedule, [remark])

    def timeline(self, width: int) -> list[str]:
        """Draw the steps so far."""
        from simpsh.explore.step_events import draw_moments

        return draw_moments(self.moments, self.command, width)
