"""What the stages of an exploration find, and its verdict in words: reasons, and notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from simpsh.base.phrases import counted, counted_seconds, listed
from simpsh.base.record import Record
from simpsh.base.signal_names import Signal
from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.flags import BLOCKS
from simpsh.explore.objects.name_words import MARKS, quote_output
from simpsh.explore.search.native_runs import ENOUGH_RUNS, Native, agrees
from simpsh.explore.search.outcome_automaton import Ending
from simpsh.explore.search.program_outcomes import Outcomes
from simpsh.explore.search.state_search import VARIES, StateSearch
from simpsh.explore.workplace.private_world import why_not_private

ON_TERMINAL = (
    "prints several lines at once; it may print them in other orders if its output is a terminal: "
    "see --pty"
)
REFUTED = "to which no order of the model leads"
USUAL_RUNS = 20
"""The number of free runs that are tried by default."""
MOST_SHOWN = 3
_MORE = 4
"""The factor for the next budget if one does not suffice."""


class Timed(Record):
    """The outcomes that are possible if computing takes no time."""

    endings: tuple[Ending, ...]
    has_all: bool
    seen: frozenset[Ending]
    """The endings of real runs."""
    runs: int


class Confirmed(Record):
    """The outcomes for which there are witnesses, and those that real runs had."""

    witnesses: Mapping[Ending, tuple[str, ...]]
    seen: frozenset[Ending]
    failed: int
    """The number of outcomes that could not be confirmed."""


class Found(Record):
    """The answers of all stages, to be judged."""

    budget_seconds: float
    asked_runs: int | None
    """The number of free runs that the user asked for; None for the default."""
    search: StateSearch
    timed: Timed | None
    """None if no process waits for a time."""
    outcomes: Outcomes
    has_tried_values: bool
    """Whether the time sufficed to try other values."""
    confirmed: Confirmed
    free: tuple[Native, ...] = ()
    """The free runs."""

    @property
    def known(self) -> Knowledge:
        """The knowledge about the program."""
        return self.search.knowledge

    @property
    def amid(self) -> tuple[Signal, ...]:
        """The signals whose handlers may run in the middle of computing."""
        return tuple(map(Signal, sorted(self.known.amid)))

    def reasons(self) -> Iterator[str]:
        """Yield the reasons why outcomes may be missing, as clauses with advice."""
        search, outcomes, flags = self.search, self.outcomes, self.known.flags.keys()
        # A process often blocks because of another flag.
        for flag in sorted({flag for flag in flags if not flag.is_a(BLOCKS)} or flags):
            place = self.known.flags[flag]
            words = place.after(flag, self.known.callers.words(place.at))
            yield f"{words}; {flag.advice}"
        if search.trouble is not None and not flags:
            yield f"{search.trouble.clause}; {search.trouble.advice}"
        if not (search.trouble or search.is_finished):
            runs, seconds = counted(search.runs, "run"), counted_seconds(self.budget_seconds)
            yield (
                f"the budget of {seconds} of processor time was used up by {runs}; {self._more}, "
                "fewer processes, or fewer rounds of loops"
            )
        if outcomes.is_endless:
            yield "a loop prints, so that outputs have no end; let its loops end"
        if flags or not search.is_finished or outcomes.is_endless:
            return  # these explain everything else
        undone = ["count the outputs"] if outcomes.count is None else []
        undone += [] if self.has_tried_values else ["try other pids, times and random numbers"]
        if undone:
            yield f"the budget did not suffice to {listed(undone)}; {self._more}"
        if lost := outcomes.unseen + self.confirmed.failed + outcomes.outside:
            yield f"{counted(lost, 'outcome')} could not be confirmed by a real run; {VARIES}"
        strange = {} if self.amid else {run.output: run for run in self.strange()}
        for _, run in sorted(strange.items(), key=lambda pair: pair[0])[:MOST_SHOWN]:
            how = " whose sleeps were skipped" * run.skips_time
            printed = quote_output(run.output) if run.output else "nothing"
            waited = " and then waited" * run.is_stuck
            yield f"a free run{how} printed {printed}{waited}, {REFUTED}"

    @property
    def _more(self) -> str:
        return f"try --budget {_MORE * self.budget_seconds:g}"

    def shortage(self) -> str:
        """Return why fewer than ENOUGH_RUNS free runs have checked the set; empty if they have."""
        checks, asked = len(self.free), self.asked_runs
        if checks >= ENOUGH_RUNS:
            return ""
        if asked is not None and asked < ENOUGH_RUNS:
            were = "was" if asked < 2 else "were"
            runs = f"only {counted(asked, 'free run')}" if asked else "no free run"
            return f"{runs} {were} asked for"
        if reason := why_not_private():
            return f"no free run is made in a copy, and there is no private world: {reason}"
        if self.known.asks_as_orphan and not checks:
            return "its output depends on the process that adopts orphans, another one in free runs"
        ended = f"only {checks} of them" if checks else "no free run could be made, or none of them"
        return f"{ended} ended in time; --runs {USUAL_RUNS} gives them 10 seconds"

    def notes(self) -> Iterator[str]:
        """Yield remarks that are not reasons."""
        yield from (f"it {note}" for note in sorted(self.known.notes))
        walk = self.search.reality.walk
        if self.search.trouble is not None and walk is not None and not self.outcomes.endings:
            yield f"it printed {quote_output(walk.output) or 'nothing'} until it was ended"
        if self._differs_at_terminal():
            yield f"it {ON_TERMINAL}"
        if self.outcomes.is_shortened and not self.outcomes.is_sample:
            yield "for each output one outcome is listed; more differ in statuses or files"

    def _differs_at_terminal(self) -> bool:
        """Return whether the program prints several lines in one piece to a pipe, as stdio does."""
        if self.search.graph is None or self.known.program.has_terminal:
            return False
        edges = (edge for edges in self.search.graph.edges for edge in edges or ())
        return any(b"\n" in edge.printed[:-1] for edge in edges)

    def strange(self) -> list[Native]:
        """Return the free runs with unknown outcomes."""
        return [run for run in self.free if self.is_strange(run)]

    def is_strange(self, native: Native) -> bool:
        """Return whether a free run had an unknown outcome."""
        outcomes = self.outcomes
        if any(agrees(native, ending) for ending in outcomes.endings):
            return False
        if not (outcomes.is_sample or outcomes.is_shortened):
            return True
        prints_pids = any(MARKS.search(ending.output) for ending in outcomes.endings)
        return not prints_pids and outcomes.some_ending(native.output) is None
