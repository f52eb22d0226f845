"""Looking ahead: which outputs are still possible, and which choices matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from simpsh.base.phrases import counted, listed
from simpsh.base.record import Record
from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.objects.name_words import quote_output
from simpsh.explore.search.output_automaton import OutputAutomaton, TooManyStates
from simpsh.explore.search.state_search import StateSearch

MOST_STATES = 10_000
"""The most states; the student waits about 30 us for each of them."""
_MOST_RESTS_SHOWN, _MOST_OUTCOMES = 40, 2000


class Outlook(Record):
    """The outputs that are still possible."""

    rests: tuple[bytes, ...]
    """The rest of each possible output; if there are many, only the first rests."""
    count: int
    is_complete: bool
    """Whether other outputs are impossible."""
    may_deadlock: bool
    after: Mapping[str, int]
    """How many outputs are possible after each choice."""

    def left(self, choice: str) -> str:
        """Return the share of outputs that a choice leaves possible; empty if it decides nothing.

        >>> Outlook((b"a", b"b"), 2, True, False, {"P0": 1, "P1": 2}).left("P0")
        '1 of 2'
        """
        count = self.after.get(choice, self.count)
        return f"{count} of {self.count}" if self.is_complete and count < self.count else ""

    @property
    def head(self) -> str:
        """The number of possible outputs, in a few words."""
        at_least = "" if self.is_complete else "at least "
        deadlock = ", a deadlock possible" if self.may_deadlock else ""
        return f"{at_least}{counted(self.count, 'output')}{deadlock}"

    @property
    def listed(self) -> str:
        """The first outputs, in one line."""
        return " · ".join(self.list_rests()) + (" …" if self.count > len(self.rests) else "")

    def list_rests(self, most: int | None = None) -> list[str]:
        """Return the first `most` outputs that can still be printed, each in quotes."""
        return [quote_output(rest) if rest else "nothing more" for rest in self.rests[:most]]

    @property
    def verdict(self) -> str:
        """A sentence about whether the next choice matters; empty if that is not known."""
        if not self.is_complete or not self.after:
            return ""
        if len(self.after) == 1:
            return "There is no choice here: only one can go."
        if self.count == 1 and not self.may_deadlock:
            return "No choice matters any more: the rest is decided."
        if any(self.left(choice) for choice in self.after):
            return "This choice matters: it decides what can still be printed."
        return "This choice does not matter: the possible outputs stay the same."


class LookAhead:
    """A search for the outputs that are still possible, which follows every choice."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._search = StateSearch(knowledge, is_reduced=False)
        self._knowledge = knowledge
        self._every: OutputAutomaton | None = None
        """The outcomes from all known states; None if they are not known."""
        self.is_done = False
        """Whether the search has ended."""

    def advance(self, seconds: float) -> bool:
        """Search for about `seconds`; return whether there is more to search."""
        search = self._search
        self.is_done = self._is_too_large or not search.advance(seconds)
        self._every = None
        if search.graph is not None and not self._is_too_large:
            automaton = search.automaton(range(len(search.graph.states)))
            with suppress(TooManyStates):
                self._every = OutputAutomaton(automaton, has_ends=True)
        return not self.is_done

    @property
    def _is_too_large(self) -> bool:
        graph = self._search.graph
        return graph is not None and len(graph.states) > MOST_STATES

    @property
    def state(self) -> str:
        """The reason why the outputs are unknown, as a sentence."""
        flags = [flag.words for flag in sorted(self._knowledge.flags)]
        if flags:
            return f"The program {listed(flags)}: there may be others."
        return "There are more orders than could be looked at."

    def outlook(self, schedule: Sequence[str]) -> Outlook | None:
        """Return the outputs that are possible after a schedule; None if they are not known."""
        search, every = self._search, self._every
        number = search.visit(schedule) if every is not None else None
        component = every.automaton.component if every is not None else {}
        if every is None or number not in component:
            return None
        choices = search.list_choices(number)
        states = {choice: search.visit([*schedule, choice]) for choice in choices}
        known = {choice: component[state] for choice, state in states.items() if state in component}
        try:
            if every.count(component[number]) > _MOST_OUTCOMES:
                return None
            here = every.endings(component[number])
            after = {
                choice: len({ending.output for ending in every.endings(state)})
                for choice, state in known.items()
            }
        except TooManyStates:
            return None
        rests = sorted({ending.output for ending in here})
        if not rests:
            return None
        is_complete = search.is_finished and len(known) == len(choices)
        is_complete = is_complete and not self._knowledge.flags
        return Outlook(
            tuple(rests[:_MOST_RESTS_SHOWN]),
            len(rests),
            is_complete,
            any(ending.deadlock for ending in here),
            after,
        )
