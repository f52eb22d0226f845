"""Replaying a run: its schedule as text, and its moments.

`P0 P1 P0` lets P0 make its next step, then P1, then P0 again; `P0!` lets a signal that is pending
for P0 act before its step. A moment is a state of the family, with the step that led to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.process_names import PATTERN
from simpsh.base.record import Record
from simpsh.explore.control.controlled_run import ControlledRun, MadeStep
from simpsh.explore.control.program_knowledge import Knowledge, Restart
from simpsh.explore.objects.symbolic_names import process_of
from simpsh.explore.step.panel_snapshot import (
    FamilySnapshot,
    StepNarration,
    narrate_beginning,
    narrate_step,
    snapshot_of,
)

_CHOICE = re.compile(rf"{PATTERN}[!~]?")


def is_choice(word: str) -> bool:
    """Return whether a word could name a process: P0, P1, P1.2, with ! for its signal."""
    return _CHOICE.fullmatch(word) is not None


def parse_schedule(text: str) -> tuple[str, ...]:
    """Return the choices that a schedule names.

    Raises UsageProblem: a word of it is no process's name.
    """
    words = tuple(text.split())
    for place, word in enumerate(words, start=1):
        if not is_choice(word):
            raise UsageProblem(
                f"schedule, step {place}: {word!r} is no process; they are called P0, P1, P1.2 …"
            )
    return words


RESTARTS = 50
"""How often a run may begin again because more has to be watched."""
_MOST_AHEAD = 400


class Moment(Record):
    """The family after a step."""

    panel: FamilySnapshot
    narration: StepNarration
    """The step in words; at the beginning, the state."""
    step: MadeStep | None = None
    """The step; None at the beginning."""


def first_moment(run: ControlledRun, command: str = "") -> Moment:
    """Return the moment before the first step; `command` names the program."""
    panel = snapshot_of(run, ())
    return Moment(panel, narrate_beginning(command or " ".join(run.knowledge.program.argv), panel))


def next_moment(run: ControlledRun, moments: Sequence[Moment], choice: str) -> Moment:
    """Make one step in a run whose last moment is the last of `moments`; return the new moment.

    Raises ValueError, Restart: see ControlledRun.step.
    """
    step = run.step(choice)
    steps = [moment.step for moment in moments if moment.step is not None]
    before, now = moments[-1].panel, snapshot_of(run, (*steps, step))
    return Moment(now, narrate_step(step, before, now, run.knowledge.letters), step)


def watched(knowledge: Knowledge, schedule: Sequence[str]) -> list[Moment]:
    """Run a program by a schedule from its start, and return the moments.

    Raises SimpshError: the schedule names a process that could not go.
    """
    for _ in range(RESTARTS):
        try:
            with ControlledRun(knowledge) as run:
                moments = [first_moment(run)]
                for choice in schedule:
                    if choice not in moments[-1].panel.ready:
                        while (choices := run.enabled()) and len(run.schedule) < _MOST_AHEAD:
                            signals = [choice for choice in choices if choice[-1] == "!"] or choices
                            run.step(signals[len(run.schedule) % len(signals)])
                    fits(moments[-1].panel, choice)
                    moments.append(next_moment(run, moments, choice))
                return moments
        except Restart:
            continue
    raise SimpshError("the program behaves differently each time it is run")


def fits(panel: FamilySnapshot, choice: str) -> None:
    """Check that a choice is possible now; raise SimpshError with the reason and the choices."""
    if choice not in panel.ready:
        could = f"ready: {' '.join(panel.ready)}" if panel.ready else "no process was ready"
        raise SimpshError(
            f"the schedule does not fit at step {panel.number + 1}: {choice} – "
            f"{why_not(panel, choice)}; {could}"
        )


def why_not(panel: FamilySnapshot, choice: str) -> str:
    """Return why a process cannot go now, as a clause."""
    name = process_of(choice)
    line = panel.line(name)
    if line is None:
        gone = dict(panel.gone).get(name)
        return f"it no longer exists: it {gone}" if gone else "there is no such process"
    if line.choices and choice != name:
        return "no signal is pending for it"
    if line.why:
        return f"it {line.next}; {line.why}"
    return f"it {line.next}"
