"""What can still come of each state: sets of rests of outcomes, worked out from the ends backwards.

Two states with the same set differ in nothing that can be seen from outside any more: it no
longer matters which of them the program is in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simpsh.explore.automaton import Automaton, Finish
    from simpsh.explore.ending import Ending
    from simpsh.explore.model import Ended

    Rest = tuple[bytes, int]
    """What is still printed, and the number of how it all ends."""
    End = tuple[frozenset[Ended], Finish]
    """Statuses that are not the same in every run, files and deadlock."""


class TooMany(Exception):
    """There are more outcomes than were asked for."""


class Futures:
    """For each state of an automaton, every rest that is possible from there."""

    def __init__(self, automaton: Automaton, most: int, *, only_output: bool = False) -> None:
        """Work them out.

        Args:
            automaton: the outcomes.
            most: how many there may be.
            only_output: whether statuses, files and deadlocks are left aside.

        Raises:
            TooMany: there are more. No state has more of them than the first one, since different
                rests behind the same beginning are different outcomes.
        """
        self._automaton = automaton
        self._only_output = only_output
        self._ends: list[End] = []
        self._end_numbers: dict[End, int] = {}
        self._with_status: dict[tuple[int, Ended], int] = {}
        self._same: dict[frozenset[Rest], frozenset[Rest]] = {}
        self._sets: list[frozenset[Rest]] = []
        self._outputs: dict[int, frozenset[bytes]] = {}
        for number in range(len(automaton.arcs)):
            rests = self._rests(number)
            if len(rests) > most:
                raise TooMany
            self._sets.append(self._same.setdefault(rests, rests))

    def of(self, place: int) -> frozenset[Rest]:
        """Return the rests of a state of the automaton; equal sets are one object."""
        return self._sets[place]

    def outputs(self, place: int) -> frozenset[bytes]:
        """Return what a state of the automaton can still print."""
        known = self._outputs.get(place)
        if known is None:
            known = self._outputs[place] = frozenset(rest for rest, _ in self._sets[place])
        return known

    def may(self, place: int, output: bytes) -> bool:
        """Tell whether a state of the automaton can still print exactly that."""
        return output in self.outputs(place)

    def through(self, printed: bytes, ended: Ended | None, place: int) -> dict[Rest, Rest]:
        """Return the rests before a step, each with what is left of it after the step.

        Args:
            printed: what the step prints.
            ended: who ends by it.
            place: the state of the automaton that it leads to.
        """
        label = ended if ended is not None and self._automaton.varies(ended[0]) else None
        return {
            (printed + rest, end if label is None else self._after(end, label)): (rest, end)
            for rest, end in self._sets[place]
        }

    def is_stuck(self, end: int) -> bool:
        """Tell whether an end is a deadlock."""
        _, (_, deadlock) = self._ends[end]
        return bool(deadlock)

    def endings(self) -> list[Ending]:
        """Return all outcomes of the program, sorted."""
        found = []
        for output, number in self._sets[self._automaton.start]:
            statuses, finish = self._ends[number]
            found.append(self._automaton.ending(output, tuple(statuses), finish))
        return sorted(found, key=lambda one: (one.output, one.deadlock, one.statuses, one.files))

    # -------------------------------------------------------------------------- making

    def _rests(self, number: int) -> frozenset[Rest]:
        parts: list[frozenset[Rest]] = []
        finish = self._automaton.finishes[number]
        if finish is not None:
            parts.append(frozenset(((b"", self._number((frozenset(), finish))),)))
        silent: set[int] = set()
        for printed, ended, target in self._automaton.arcs[number]:
            rests = self._sets[target]
            if printed or (ended is not None and not self._only_output):
                parts.append(self._longer(rests, printed, ended))
            elif id(rests) not in silent:
                silent.add(id(rests))
                parts.append(rests)
        return parts[0] if len(parts) == 1 else frozenset().union(*parts)

    def _longer(
        self, rests: frozenset[Rest], printed: bytes, ended: Ended | None
    ) -> frozenset[Rest]:
        if ended is None or self._only_output:
            return frozenset((printed + rest, end) for rest, end in rests)
        return frozenset((printed + rest, self._after(end, ended)) for rest, end in rests)

    def _after(self, end: int, ended: Ended) -> int:
        """Return the number of an end with one more status."""
        number = self._with_status.get((end, ended))
        if number is None:
            statuses, finish = self._ends[end]
            number = self._with_status[end, ended] = self._number((statuses | {ended}, finish))
        return number

    def _number(self, end: End) -> int:
        if self._only_output:
            end = frozenset(), ((), ())
        number = self._end_numbers.setdefault(end, len(self._ends))
        if number == len(self._ends):
            self._ends.append(end)
        return number
