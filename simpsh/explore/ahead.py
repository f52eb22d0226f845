"""The look ahead: the explorer's graph, asked what can still be printed after a schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore.outlook import Branch, Outlook
from simpsh.explore.search import Search
from simpsh.explore.wording import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.explore.knowledge import Knowledge

MOST_STATES = 10_000
"""More would make the student wait after each step: an answer takes about 30 us a state."""
_SHOWN = 40


class LookAhead:
    """What can be known without asking the student; advanced in slices, while nobody is held."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._search = Search(knowledge)
        self._knowledge = knowledge
        self._known: dict[tuple[str, ...], Outlook | None] = {}
        self._has_begun = False
        self.is_done = False
        """Whether there is nothing more to look at, as far as is known."""

    def advance(self, seconds: float) -> bool:
        """Look on for about so long; return whether there is more to look at."""
        self._has_begun = True
        self._known.clear()
        self.is_done = self._is_too_large or not self._search.advance(seconds)
        return not self.is_done

    @property
    def _is_too_large(self) -> bool:
        graph = self._search.graph
        return graph is not None and len(graph.states) > MOST_STATES

    def lags(self, schedule: Sequence[str]) -> bool:
        """Tell whether a schedule leads to where the search had no reason to look."""
        is_hopeless = self._search.trouble or self._knowledge.flags or self._is_too_large
        if not self.is_done or is_hopeless:
            return False
        self.outlook(schedule)
        return not self._search.is_finished

    @property
    def state(self) -> str:
        """Why not more is known, as a sentence."""
        flags = sorted(self._knowledge.flags)
        if flags:
            return f"The program {listed(flags)}: there may be others."
        if not self._has_begun:
            return "Nobody has looked ahead yet."
        if self._search.trouble:
            return f"The search has stopped: {self._search.trouble}."
        if self._is_too_large:
            return f"There are more than {MOST_STATES:,} states: too many to be foreseen here."
        if not self.is_done:
            return "There are more orders than could be looked at so far."
        return "Not everything could be looked at, or there are too many outputs to be listed."

    def outlook(self, schedule: Sequence[str]) -> Outlook | None:
        """Return what can still be printed after a schedule; None if too little is known."""
        key = tuple(schedule)
        if key not in self._known:
            can_ask = self._has_begun and not self._is_too_large
            self._known[key] = self._ask(key) if can_ask else None
        return self._known[key]

    def _ask(self, schedule: tuple[str, ...]) -> Outlook | None:
        ahead = self._search.ahead(schedule)
        if ahead is None or not ahead.count:
            return None
        after = {name: Branch(branch.count, branch.key) for name, branch in ahead.choices.items()}
        is_certain = not self._knowledge.flags and not self._search.model.left_out_polls
        return Outlook(
            ahead.outputs[:_SHOWN],
            ahead.count,
            ahead.is_complete and is_certain,
            ahead.stuck,
            after,
        )
