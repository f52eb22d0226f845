"""A run that can be taken up again anywhere: a cage that is made anew, and led to where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.errors import SimpshError
from simpsh.explore.cage import Cage
from simpsh.explore.knowledge import Restart
from simpsh.explore.moments import first_moment, next_moment, why_not

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.explore.knowledge import Knowledge
    from simpsh.explore.moments import Moment

_RESTARTS, _REFINED = 50, 50
_PATIENCE = 3.0
"""Seconds that processes which were let go may take to their ends."""
_FINER = (
    "Something new has come up: more of what this program does must be seen as steps of their "
    "own. The steps before this one were made again, with these between them."
)


class Deviation(SimpshError):
    """The program has not done the same again."""


class Run:
    """A program, held at some moment; nothing is alive before begin() and after end()."""

    def __init__(self, knowledge: Knowledge, command: str) -> None:
        self.knowledge = knowledge
        self.moments: list[Moment] = []
        """The beginning, and the moment after each step."""
        self.note = ""
        """What must be said of the last call; empty most of the time."""
        self._command = command
        self._cage: Cage | None = None

    @property
    def schedule(self) -> tuple[str, ...]:
        """The choices so far."""
        return tuple(one.step.choice for one in self.moments if one.step is not None)

    def begin(self) -> None:
        """Start the program, and hold it at its first moment."""
        self._lead([])

    def rest(self) -> None:
        """End everybody for a while; the next step, or go_to(), makes them anew."""
        self.end()

    def wake(self) -> None:
        """Hold everybody again after rest(), where they were."""
        if self._cage is None:
            self._lead(self.moments[1:])

    def end(self) -> None:
        """End everybody."""
        cage, self._cage = self._cage, None
        if cage is not None:
            cage.close()

    def step(self, choice: str) -> None:
        """Let one process make its step; it must be ready."""
        self.note = ""
        try:
            self.wake()
            self._make(choice)
        except Restart:
            self._refine(choice)

    def go_to(self, schedule: Sequence[str]) -> None:
        """Be where a beginning of the schedule led to, by a replay."""
        self.note = ""
        self._lead(self.moments[1 : len(schedule) + 1])

    def release(self) -> tuple[bytes, bool]:
        """Let everybody go; return what they wrote from now on, and whether they have ended."""
        self.wake()
        cage = self._cage
        if cage is None:
            return b"", True
        printed = len(cage.output)
        try:
            return cage.release(_PATIENCE), True
        except TimeoutError:
            return cage.output[printed:], False
        finally:
            self.end()

    # ------------------------------------------------------------------------ the replay

    def _refine(self, choice: str) -> None:
        """More is visible now: repeat what was done, and let the choice make a step after it."""
        for _ in range(_RESTARTS):
            try:
                self._lead(self.moments[1:], is_finer=True)
                if choice in self.moments[-1].panel.ready:
                    self._make(choice)
            except Restart:
                continue
            self.note = _FINER
            return
        raise Deviation("each run of this program brings up something new; it cannot be held")

    def _make(self, choice: str) -> None:
        if self._cage is not None:
            self.moments.append(next_moment(self._cage, self.moments, choice))

    def _lead(self, done: Sequence[Moment], *, is_finer: bool = False) -> None:
        """Start anew, and do again what was done at some moments."""
        for _ in range(_RESTARTS):
            self.end()
            try:
                self._open()
                for moment in done:
                    self._repeat(moment, is_finer=is_finer)
            except Restart:
                is_finer = True
                continue
            return
        raise Deviation("each run of this program brings up something new; it cannot be held")

    def _open(self) -> None:
        cage = Cage(self.knowledge)
        try:
            cage.__enter__()
            self.moments = [first_moment(cage, self._command)]
        except BaseException:
            cage.close()
            raise
        self._cage = cage

    def _repeat(self, moment: Moment, *, is_finer: bool) -> None:
        """Let a process go until it has done what it did at a moment."""
        if moment.step is None:
            return
        choice = moment.step.choice
        for _ in range(_REFINED if is_finer else 1):
            panel = self.moments[-1].panel
            if choice not in panel.ready:
                raise Deviation(
                    f"the program does not do the same again: at step {panel.number + 1} "
                    f"{choice} could not go; {why_not(panel, choice)}"
                )
            self._make(choice)
            made = self.moments[-1].step
            if made is not None and made.operation == moment.step.operation:
                return
        raise Deviation(
            f"the program does not do the same again: at step {self.moments[-1].panel.number} "
            f"{choice} did something else"
        )
