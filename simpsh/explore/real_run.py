"""One run of the real program along a schedule and on to its end, compared with the model.

Whatever is seen is learned: results, where they lead, what files hold at the end. Whatever does
not agree with what the model says is a difference, and the verdict will be “not complete”.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simpsh.explore.cage import Cage
from simpsh.explore.caged import DEAD
from simpsh.explore.ending import ending_of
from simpsh.explore.learning import Stance
from simpsh.explore.model import named
from simpsh.explore.rule import is_exact
from simpsh.explore.rulebook import can_poll
from simpsh.explore.terminals import spin_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from simpsh.explore.cage import Step
    from simpsh.explore.caged import Caged
    from simpsh.explore.ending import Ending
    from simpsh.explore.kernel_state import State
    from simpsh.explore.knowledge import Knowledge
    from simpsh.explore.learning import Edge, Key, Label, Node
    from simpsh.explore.model import Model
    from simpsh.explore.terminals import Terminals

MOST_STEPS = 1000
"""A run with more steps may never end."""
_ROUNDS = 50
"""So many steps, made by chance, that lead to states of the same run: nobody leaves this loop."""


class Reality:
    """Runs the real program, and teaches the model."""

    def __init__(
        self, knowledge: Knowledge, model: Model, terminals: Terminals, random: Random
    ) -> None:
        self.knowledge = knowledge
        self.model = model
        self.terminals = terminals
        self.random = random
        self.runs = 0
        self.steps = 0
        self.endings: dict[Ending, tuple[str, ...]] = {}
        """Every ending that a real run had, with its schedule."""
        self.is_endless = False
        """Whether a run was given up because it had too many steps."""

    def run(self, schedule: Sequence[str]) -> Ending | None:
        """Run along a schedule, then on to the end, preferring steps that are not known.

        Returns:
            How it ended; None if it was given up, because of a difference or too many steps.

        Raises:
            Restart: everything learned so far is void.
        """
        self.runs += 1
        with Cage(self.knowledge) as cage:
            walk = _Walk(cage, self.model)
            ending = self._walk(walk, schedule)
            if ending is not None:
                self.endings.setdefault(ending, tuple(cage.schedule))
            return ending

    def _walk(self, walk: _Walk, schedule: Sequence[str]) -> Ending | None:
        been: set[State] = set()
        again = 0
        while choices := walk.agreed_choices():
            place = len(walk.cage.schedule)
            again = again + 1 if walk.state in been else 0
            been.add(walk.state)
            if again > _ROUNDS:
                deadlock = spin_of(walk.state, self.knowledge.letters)
                return ending_of(walk.cage, deadlock)
            if place >= MOST_STEPS:
                self.is_endless = True
                return None
            choice = schedule[place] if place < len(schedule) else self._choose(walk.state)
            if choice not in choices:
                walk.differ(f"the schedule lets {choice} go next, which cannot")
            if walk.has_failed:
                return None
            walk.step(choice)
            self.steps += 1
        if walk.has_failed:
            return None
        ending = ending_of(walk.cage)
        self.terminals.learn(walk.state, ending, self.model.learned)
        return ending

    def _choose(self, state: State) -> str:
        moves = self.model.moves(state)
        unknown = [choice for choice, edge in moves if edge is None]
        return self.random.choice(unknown or [choice for choice, _ in moves])


class _Walk:
    """A real run and the model, side by side."""

    def __init__(self, cage: Cage, model: Model) -> None:
        self.cage = cage
        self.model = model
        self.has_failed = False
        learned = model.learned
        before = len(learned.differences)
        stances = {name: _stance(caged) for name, caged in cage.processes.items() if _lives(caged)}
        self.state: State = model.begin(learned.begin(stances))
        self.has_failed = len(learned.differences) > before

    def differ(self, what: str) -> None:
        """Note a difference at this place."""
        self.has_failed = True
        self.model.learned.differ(what, self.cage.schedule)

    def agreed_choices(self) -> list[str]:
        """Return the choices; none at the end, or where model and cage do not agree on them."""
        if self.has_failed:
            return []
        really = sorted(self.cage.enabled())
        modelled = sorted(self.model.enabled(self.state))
        if really == modelled:
            return really
        self.differ(
            f"ready to go: {' '.join(really) or 'nobody'}; "
            f"by the model: {' '.join(modelled) or 'nobody'}"
        )
        return []

    def step(self, choice: str) -> None:
        """Make a step on both sides."""
        name, is_first = named(choice)
        node, key = self.model.place(self.state, name, signals_first=is_first)
        step = self.cage.step(choice)
        caged = self.cage.processes[name]
        result: object = step.result
        if is_exact(key[0]):
            if result is not None and result != key[0]:
                did = f"{name} {node.stance.operation.words()}"
                self.differ(f"{did}: got {result!r}, by the model {key[0]!r}")
                return
            result = key[0]
        edge = self._learn(node, key, (result, step.signals), caged)
        if (edge.target is None) == _lives(caged):
            self.differ(f"{name} has ended, or not, otherwise than after the same history before")
            return
        _, _, self.state = self.model.after(self.state, choice, edge)
        self._compare(step)

    def _learn(self, node: Node, key: Key, label: Label, caged: Caged) -> Edge:
        stances = {one: _stance(self.cage.processes[one]) for one in self._newborn(caged)}
        if _lives(caged):
            stances[caged.name] = _stance(caged)
        return self.model.learned.learn(node, key, label, stances, self._fingerprint)

    def _fingerprint(self, name: str) -> int | None:
        """Return what a process that may poll in a loop has in memory; None for any other."""
        operation = self.cage.processes[name].operation
        if operation is None or not can_poll(operation):
            return None
        pid = self.cage.processes[name].pid
        return hash((self.cage.fingerprint(name), tuple(_places(pid))))

    def _newborn(self, caged: Caged) -> list[str]:
        found = []
        for child in caged.born:
            found += [child, *self._newborn(self.cage.processes[child])]
        return found

    def _compare(self, step: Step) -> None:
        """Compare everybody's place and pending signals with the model's."""
        living = {name: caged for name, caged in self.cage.processes.items() if _lives(caged)}
        modelled = dict(self.state[0])
        if living.keys() != modelled.keys():
            self.differ(
                f"after {step.choice}, alive: {' '.join(sorted(living))}; "
                f"by the model: {' '.join(sorted(modelled))}"
            )
            return
        for name, caged in living.items():
            node, pending = modelled[name]
            if caged.operation != node.stance.operation or caged.pending != pending:
                self.differ(f"after {step.choice}, {name} stands elsewhere than the model has it")


def _lives(caged: Caged) -> bool:
    return caged.state != DEAD


def _stance(caged: Caged) -> Stance:
    operation = caged.operation
    if operation is None:
        raise ValueError(f"{caged.name} is not held")
    return Stance(
        operation,
        caged.ends,
        caged.caught,
        caged.ignored,
        caged.blocked,
        is_released=caged.is_released,
    )


def _places(pid: int) -> Iterator[str]:
    """Return how far a process is in each file it has open."""
    for number in sorted(os.listdir(f"/proc/{pid}/fdinfo")):
        with open(f"/proc/{pid}/fdinfo/{number}") as file:
            yield file.readline()
