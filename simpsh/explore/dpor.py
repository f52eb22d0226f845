"""Source-DPOR: every outcome of a program by running it again and again, without a model.

The search of Abdulla, Aronis, Jonsson and Sagonas (POPL 2014), algorithm 1, with sleep sets: run
the program along one order; wherever two dependent steps came in one order and could have come in
the other, note at the earlier place who should be tried there, too; go back to the last place
where something is left to try. It needs far more runs than the learned model, but believes
nothing about the kernel except the dependency table, and stands in where model and reality differ.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from simpsh.explore.cage import Cage
from simpsh.explore.dependency import Event, depends
from simpsh.explore.ending import ending_of
from simpsh.explore.knowledge import Restart
from simpsh.explore.operation import Flock
from simpsh.explore.races import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from simpsh.explore.ending import Ending
    from simpsh.explore.knowledge import Knowledge
    from simpsh.explore.operation import Operation

MOST_STEPS = 400
"""A run with more steps may never end."""


class Run(Protocol):
    """One run of a program, made step by step."""

    def choices(self) -> Sequence[str]:
        """Return what can go next, always in the same order."""

    def step(self, choice: str) -> Event:
        """Make a step; the event's place and clock are the search's to fill in."""

    def waiting(self) -> dict[str, Operation]:
        """Return what everybody who is alive stands at."""

    def ending(self) -> Ending:
        """Return how it ended, when there are no choices any more."""

    def close(self) -> None:
        """End it."""


@dataclass(slots=True)
class Found:
    """What a search has found."""

    endings: dict[Ending, tuple[str, ...]] = field(default_factory=dict)
    """Each with a schedule that leads to it."""
    runs: int = 0
    blocked: int = 0
    """Runs that were broken off because all that could follow was covered already."""
    is_complete: bool = False
    why_not: str = ""


@dataclass(slots=True)
class Place:
    """A place on the current path: what could go there, what has, what still should."""

    choices: tuple[str, ...]
    asleep: dict[str, Event]
    """Choices whose continuations are covered by others, and what they would do."""
    chosen: str
    to_try: set[str]
    tried: dict[str, Event] = field(default_factory=dict)

    def also(self, processes: Iterable[str]) -> None:
        """Note that the first of these processes that can go, or else everybody, must be tried."""
        wanted = list(processes)
        if not {process_of(one) for one in self.to_try}.isdisjoint(wanted):
            return
        for process in wanted:
            ready = [one for one in self.choices if process_of(one) == process]
            if ready:
                self.to_try.update(ready)
                return
        self.to_try.update(self.choices)

    def turn(self) -> bool:
        """Take the next choice that is left to try; return whether there is one."""
        self.asleep[self.chosen] = self.tried[self.chosen]
        left = [one for one in self.choices if one in self.to_try and one not in self.asleep]
        if left:
            self.chosen = left[0]
        return bool(left)


def process_of(choice: str) -> str:
    """Return whose turn a choice is.

    >>> process_of("P.1!"), process_of("P")
    ('P.1', 'P')
    """
    return choice.removesuffix("!")


def search(begin: Callable[[], Run], deadline: float, most_runs: int = 1_000_000) -> Found:
    """Find every ending of a program.

    Args:
        begin: starts a run from the beginning.
        deadline: on the monotonic clock; what is found until then is returned, as not complete.
        most_runs: gives up after that many.

    Raises:
        Restart: more operations must be visible; what was found is void.
    """
    found = Found()
    path: list[Place] = []
    while True:
        found.why_not = _run(begin, path, found)
        while path and not found.why_not and not path[-1].turn():
            path.pop()
        found.is_complete = not path and not found.why_not
        if not path or found.why_not:
            return found
        if found.runs >= most_runs or time.monotonic() >= deadline:
            found.why_not = "the budget was used up"
            return found


def _run(begin: Callable[[], Run], path: list[Place], found: Found) -> str:
    """Make one run along the path and on to its end; return what is wrong with it, or nothing."""
    found.runs += 1
    run = begin()
    trace = Trace(path)
    try:
        while choices := tuple(run.choices()):
            depth = len(trace.events)
            if depth >= MOST_STEPS:
                return f"a run has more than {MOST_STEPS} steps"
            if depth == len(path) and not _lengthen(path, choices):
                found.blocked += 1
                return ""
            if path[depth].choices != choices:
                return "the same order of steps led to another behaviour"
            place = path[depth]
            event = run.step(place.chosen)
            place.tried[place.chosen] = event
            trace.add(event, is_new=depth == len(path) - 1)
        trace.ends(run.waiting())
        found.endings.setdefault(run.ending(), tuple(event.choice for event in trace.events))
        return ""
    finally:
        run.close()


def _lengthen(path: list[Place], choices: tuple[str, ...]) -> bool:
    """Add the next place; return whether there is anything to do there that is not covered."""
    asleep: dict[str, Event] = {}
    if path:
        last = path[-1]
        came = last.tried[last.chosen]
        asleep = {
            choice: event
            for choice, event in last.asleep.items()
            if event.process != came.process and not depends(event, came)
        }
    awake = [choice for choice in choices if choice not in asleep]
    if not awake:
        return False
    process = process_of(awake[0])
    to_try = {choice for choice in awake if process_of(choice) == process}
    path.append(Place(choices, asleep, awake[0], to_try))
    return True


# -- the real program ------------------------------------------------------------------------------


class RealRun:
    """A run of the real program in the cage."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._cage = Cage(knowledge)
        self._locked: dict[str, str] = {}
        self._known = set(self._cage.processes)

    def choices(self) -> list[str]:
        """Return what can go next, sorted."""
        return sorted(self._cage.enabled())

    def step(self, choice: str) -> Event:
        """Make a step."""
        process = process_of(choice)
        caged = self._cage.processes[process]
        held = caged.ends
        step = self._cage.step(choice)
        if isinstance(step.operation, Flock):
            self._locked[step.operation.description] = step.operation.object
        given_up = held - caged.ends
        files = {self._locked[thing] for thing, _ in given_up if thing in self._locked}
        born = tuple(name for name in self._cage.processes if name not in self._known)
        self._known.update(born)
        matters = self._cage.knowledge.signals_matter
        return Event(
            choice, process, step.operation, step.result, born, given_up, frozenset(files), matters
        )

    def waiting(self) -> dict[str, Operation]:
        """Return what everybody who is alive stands at."""
        return {one.name: one.operation for one in self._cage.living if one.operation}

    def ending(self) -> Ending:
        """Return how it ended."""
        return ending_of(self._cage)

    def close(self) -> None:
        """End and collect everybody."""
        self._cage.close()


def explore_real(knowledge: Knowledge, deadline: float, most_runs: int = 1_000_000) -> Found:
    """Find every ending of the real program, without a model.

    Args:
        knowledge: of the program; flags and notes are added to it.
        deadline: on the monotonic clock.
        most_runs: gives up after that many.
    """
    runs = 0
    while True:
        try:
            found = search(lambda: RealRun(knowledge), deadline, most_runs)
        except Restart:
            runs += 1
            continue
        found.runs += runs
        return found
