"""What a judgement consists of: checks with points, gathered under what was asked."""

from __future__ import annotations

from simpsh.record import Record


class Check(Record):
    """One thing that was looked at."""

    sentence: str
    """What should be the case: `the shell waits for it before it prompts again`."""
    points: float
    is_passed: bool
    instead: str = ""
    """What was the case instead, in a sentence; empty if it passed."""
    key: str = ""
    """A short name for it."""
    run: int = 0
    """The run that it is about, of several."""
    event: int = -1
    """The event of that run where it differs from what was asked; -1 where none stands for it."""


class Mark(Record):
    """What one behaviour, or one exercise, is worth and what it got."""

    id: str
    title: str
    checks: tuple[Check, ...]
    look_at: str = ""
    """Where to look if it failed: a man page, a call."""
    picture: str = ""
    """What the processes did, drawn; empty if nothing failed."""
    omitted: str = ""
    """Why it was not tried; then it is worth nothing."""

    @property
    def points(self) -> float:
        """How many points it got."""
        return sum(check.points for check in self.checks if check.is_passed)

    @property
    def of(self) -> float:
        """How many points there are."""
        return sum(check.points for check in self.checks)

    @property
    def is_full(self) -> bool:
        """Whether it was tried and nothing failed."""
        return not self.omitted and all(check.is_passed for check in self.checks)
