"""A moment: the family between two steps, and the step that led there. A run is a list of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore import schedules
from simpsh.explore.cage import Cage
from simpsh.explore.knowledge import Restart
from simpsh.explore.seeing import panel_of
from simpsh.explore.telling import Happening, beginning, happening
from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.explore.cage import Step
    from simpsh.explore.knowledge import Knowledge
    from simpsh.explore.panel import Panel

_RESTARTS = 50


class Moment(Record):
    """The family after a step."""

    panel: Panel
    happening: Happening
    """The step, told; at the beginning, what stands there."""
    step: Step | None = None
    """The step; None at the beginning."""


def first_moment(cage: Cage, command: str = "") -> Moment:
    """Look at a cage in which nobody has gone yet.

    Args:
        cage: the run.
        command: what to call the program, for people.
    """
    panel = panel_of(cage, ())
    return Moment(panel, beginning(command or " ".join(cage.knowledge.program.argv), panel))


def next_moment(cage: Cage, moments: Sequence[Moment], choice: str) -> Moment:
    """Let one process go, and look again.

    Args:
        cage: the run, which stands at the last of `moments`.
        moments: all of it so far.
        choice: who goes.

    Raises:
        ValueError, Restart: as Cage.step has them.
    """
    step = cage.step(choice)
    steps = [moment.step for moment in moments if moment.step is not None]
    before, now = moments[-1].panel, panel_of(cage, (*steps, step))
    return Moment(now, happening(step, before, now, cage.knowledge.letters), step)


def watched(knowledge: Knowledge, schedule: Sequence[str]) -> list[Moment]:
    """Run a program by a schedule from its start, and return the moments.

    Args:
        knowledge: the program; more may be found out about it on the way.
        schedule: who goes, step by step.

    Raises:
        ScheduleMisfit: somebody could not go when the schedule says so.
    """
    for _ in range(_RESTARTS):
        try:
            with Cage(knowledge) as cage:
                moments = [first_moment(cage)]
                for choice in schedule:
                    fits(moments[-1].panel, choice)
                    moments.append(next_moment(cage, moments, choice))
                return moments
        except Restart:
            continue
    raise schedules.ScheduleMisfit("the program behaves differently each time it is run")


def fits(panel: Panel, choice: str) -> None:
    """Make sure that somebody can go now.

    Raises:
        ScheduleMisfit: not so; it says why, and who could.
    """
    if choice not in panel.ready:
        raise schedules.misfit(panel.number + 1, choice, panel.ready, why_not(panel, choice))


def why_not(panel: Panel, choice: str) -> str:
    """Say why somebody cannot go now, as a clause."""
    name = choice.rstrip("!")
    line = panel.line(name)
    if line is None:
        gone = dict(panel.gone).get(name)
        return f"it is no more: it {gone}" if gone else "there is no such process"
    if line.choices and choice != name:
        return "no signal is pending for it"
    if line.why:
        return f"it {line.next}; {line.why}"
    return f"it {line.next}"
