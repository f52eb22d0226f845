"""What the stages of an exploration find, and its verdict in words: reasons, and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from simpsh.base.phrases import counted, counted_seconds, listed
from simpsh.base.record import Record, changed
from simpsh.base.signal_names import Signal
from simpsh.explore.control.program_knowledge import Knowledge, Place
from simpsh.explore.flags import BLOCKS, COMPUTES, Flag
from simpsh.explore.objects.name_words import MARKS, quote_output
from simpsh.explore.search.free_output import RunPids
from simpsh.explore.search.native_runs import ENOUGH_RUNS, Native, agrees
from simpsh.explore.search.other_values import OtherValues
from simpsh.explore.search.outcome_automaton import Ending
from simpsh.explore.search.program_outcomes import Outcomes
from simpsh.explore.search.state_search import VARIES, StateSearch
from simpsh.explore.workplace.private_world import why_not_private
from simpsh.process.machine_permits import missing

ON_TERMINAL = (
    "prints several lines in one piece, as stdio does if its output is not a terminal: "
    "on a terminal it may have another set of outputs; see --pty"
)
_LOST = (
    "prints other lines if its output is a terminal, for instance because stdio keeps a line in "
    "memory elsewhere, and a process that ends by _exit loses it; see --pty"
)
REFUTED = "to which no order of the model leads"
NOT_OVER = "with a process stopped, as no order does; a signal could still have continued it"
MANY_NATIVES = 30
"""The number of free runs of a program that may have several outcomes."""
MOST_SHOWN = 3


class Timed(Record):
    """The outcomes that are possible if computing takes no time."""

    outcomes: Outcomes
    has_all: bool
    witnesses: Mapping[Ending, tuple[str, ...]]
    runs: int


class Learned(Record):
    """A program that was searched, and its outcomes."""

    search: StateSearch
    timed: Timed | None
    """None if no process waits with a timeout."""
    outcomes: Outcomes
    runs: int
    """The number of real runs until then."""


class Confirmed(Record):
    """The outcomes for which there are witnesses, and those that real runs had."""

    witnesses: Mapping[Ending, tuple[str, ...]]
    seen: frozenset[Ending]
    failed: int
    """The number of outcomes that could not be confirmed."""
    replays: int


class Free(Record):
    """What the program did without a tracer."""

    natives: tuple[Native, ...] = ()
    """The runs that could have refuted the set."""
    late_seconds: float = 0.0
    """The limit by the clock that ended them; 0 if none did."""
    ran: bool = False
    at_terminal: Native | None = None
    """A run whose output was a terminal, if there was one."""


class Reason(Record):
    """Why outcomes may be missing."""

    words: str
    advice: str = ""
    flag: Flag | None = None
    """The flag that is the reason; None for other reasons."""
    is_of_budget: bool = False
    """Whether a larger budget may help."""


class Found(Record):
    """What all stages have found, to be judged."""

    knowledge: Knowledge
    budget_seconds: float
    asked_runs: int | None
    """The number of free runs that the user asked for; None for the default."""
    is_broken_off: bool
    learned: Learned
    other: OtherValues | None
    """None if other values could not be tried in the time."""
    confirmed: Confirmed
    free: Free = Free()

    @property
    def outcomes(self) -> Outcomes:
        """The outcomes of the program."""
        return self.learned.outcomes

    @property
    def more_seconds(self) -> float:
        """The budget with which to try again."""
        return 4 * self.budget_seconds

    @property
    def amid(self) -> tuple[Signal, ...]:
        """The signals whose handlers may run in the middle of computing."""
        return tuple(map(Signal, sorted(self.knowledge.amid)))

    def reasons(self) -> Iterator[Reason]:
        """Yield the reasons why outcomes may be missing."""
        # Flags come first, because they often explain the other reasons.
        flags = set(self.knowledge.flags)
        search, outcomes = self.learned.search, self.outcomes
        walk, so_far = search.reality.walk, ""
        if walk is not None:
            printed = quote_output(walk.output) if walk.output else "nothing"
            so_far = f": it printed {printed} until then"
        for flag in sorted({flag for flag in flags if not flag.is_a(BLOCKS)} or flags):
            words = self.place_of(flag).after(flag)
            if flag == search.cut_off:
                words += f", so its runs were ended{so_far}"
            yield Reason(words, flag.advice, flag)
        if search.trouble:
            # If there are flags, they name the cause.
            is_all = not (flags and outcomes.endings)
            if search.reality.is_endless and walk is not None and is_all:
                words = f"{search.trouble.clause}{so_far}{_busiest(walk.steps_at_lines)}"
                yield Reason(words, search.trouble.advice)
            elif not flags:
                at = "".join(f" ({words})" for words in search.model.learned.differences[:1])
                words = f"{search.trouble.clause}{at}, so not all of its orders could be followed"
                yield Reason(words, search.trouble.advice)
        elif not (search.is_finished or COMPUTES in flags):
            yield Reason(*self._end_words(), is_of_budget=True)
        if outcomes.is_endless:
            busiest = _busiest(search.lines_of_steps(are_printing=True))
            words = f"a loop prints, so that outputs have no end{busiest}"
            yield Reason(words, "let its loops end")
        if search.is_finished and not flags:
            yield from self._budget_reasons()
        if outcomes.unseen and search.is_finished and not outcomes.is_endless:
            words = f"{counted(outcomes.unseen, 'final state')} could not be looked at"
            yield Reason(words, VARIES)
        # Flags explain failed replays and strange free runs.
        if self.confirmed.failed and not flags:
            failed = counted(self.confirmed.failed, "outcome")
            yield Reason(f"{failed} could not be confirmed by a real run", VARIES)
        # The set contains only the first of infinitely many outputs; a run may have printed more.
        if self.outcomes.outside and not (self.outcomes.is_endless or flags):
            runs = counted(self.outcomes.outside, "real run")
            yield Reason(f"{runs} had an outcome that is not in the set", VARIES)
        is_refuted = search.is_finished and not (flags or outcomes.is_endless or self.amid)
        strange = {run.output: run for run in self._strange()} if is_refuted else {}
        for _, run in sorted(strange.items(), key=lambda pair: pair[0])[:MOST_SHOWN]:
            yield Reason(f"{_free_run(run)}, {NOT_OVER if run.has_stopped else REFUTED}")

    def _budget_reasons(self) -> Iterator[Reason]:
        """Yield the reasons why a finished search did not suffice."""
        undone = []
        if self.outcomes.count is None:
            undone.append("count the outputs")
        if self.other is None:
            undone.append("try other pids, times and random numbers")
        if undone:
            words = f"the budget did not suffice to {listed(undone)}"
            yield Reason(words, f"try --budget {self.more_seconds:g}", is_of_budget=True)

    def place_of(self, flag: Flag) -> Place:
        """Return where a flag was raised, with the line that calls a helper."""
        place = self.knowledge.places.get(flag, Place())
        return changed(place, line=self.knowledge.callers.words(place.at))

    def shortage(self) -> str:
        """Return why fewer than ENOUGH_RUNS free runs have checked the set; empty if they have."""
        checks, asked = len(self.free.natives), self.asked_runs
        if checks >= ENOUGH_RUNS:
            return ""
        if not checks and self._loops_for_ever:
            return "free runs of an endless loop do not end"
        ended = f"only {checks}" if checks else "none"
        if asked is not None and asked < ENOUGH_RUNS:
            are = "run was" if asked == 1 else "runs were"
            return f"only {asked} free {are} asked for" if asked else "no free run was asked for"
        if reason := missing("pidfd_open"):
            return f"no free run can be made: {reason}"
        if reason := why_not_private():
            return f"no free run is made in a copy, and there is no private world: {reason}"
        if self.knowledge.asks_as_orphan and not self.free.ran:
            return "its output depends on the process that adopts orphans, another one in free runs"
        if not self.free.ran:
            return "free runs of it are not safe"
        if self.free.late_seconds:
            within = f"within {counted_seconds(self.free.late_seconds)} by the clock"
            return f"{ended} of them ended {within}, most of which they did not use"
        return f"{ended} of them ended in time; --runs {MANY_NATIVES} gives them 10 seconds"

    @property
    def _loops_for_ever(self) -> bool:
        """Whether each outcome that was found is an endless loop."""
        endings = self.outcomes.endings
        return bool(endings) and all(ending.is_endless for ending in endings)

    @property
    def more_runs(self) -> int:
        """The number of free runs with which to try again; 0 if more of them do not help."""
        checks, asked = len(self.free.natives), self.asked_runs or ENOUGH_RUNS
        has_too_few = self.free.ran and checks < ENOUGH_RUNS <= asked < MANY_NATIVES
        has_too_few &= bool(checks) or not self._loops_for_ever
        return MANY_NATIVES if has_too_few else 0

    def _end_words(self) -> tuple[str, str]:
        """Return a clause about the extent and the end of the search, and advice."""
        search, seconds = self.learned.search, self.budget_seconds
        runs, more = counted(search.runs, "run"), f"try --budget {self.more_seconds:g}"
        clause = f"the budget of {counted_seconds(seconds)} of processor time was used up by {runs}"
        if self.is_broken_off:
            clause, more = f"^C ended the search, after {runs}", "let it continue"
        if search.graph is None:
            return f"{clause}, none of which reached its end", more
        clause += f" and {counted(len(search.graph.states), 'state')}"
        are = "is" if search.open_states == 1 else "are"
        clause += f", of which {search.open_states:,} {are} open"
        clause += _busiest(search.lines_of_steps())
        return (
            clause,
            more if self.is_broken_off else f"{more}, fewer processes, or fewer rounds of loops",
        )

    def notes(self) -> Iterator[str]:
        """Yield remarks that are not reasons."""
        yield from (f"it {note}" for note in sorted(self.knowledge.notes))
        more = len(self.different_strange()) - MOST_SHOWN
        if more > 0:
            yield f"free runs had {counted(more, 'further outcome')} to which no known order leads"
        graph = self.learned.search.graph
        if graph is not None and not self.knowledge.program.has_terminal:
            printed = (edge.printed for edges in graph.edges for edge in edges or ())
            if any(_has_lines(text) for text in printed):
                yield f"it {ON_TERMINAL}"
            elif self._differs_at_terminal():
                yield f"it {_LOST}"
        if self.outcomes.is_shortened:
            yield "for each output one outcome is listed; more differ in statuses or files"

    def _differs_at_terminal(self) -> bool:
        """Return whether a run at a terminal printed lines that no outcome has."""
        if self.free.at_terminal is None or self.outcomes.is_sample:
            return False
        known = [ending.output for ending in self.outcomes.endings]
        # A pid is another one in each run.
        has_pids = any(MARKS.search(output) for output in known)
        return not has_pids and _lines(self.free.at_terminal.output) not in map(_lines, known)

    def _is_strange(self, native: Native) -> bool:
        """Return whether a free run had an unknown outcome."""
        if any(agrees(native, ending) for ending in self.outcomes.endings):
            return False
        if not self.outcomes.is_sample and not self.outcomes.is_shortened:
            return True
        outputs = (ending.output for ending in self.outcomes.endings)
        prints_pids = any(MARKS.search(output) for output in outputs)
        return not prints_pids and not self.outcomes.can_print(native.output)

    def different_strange(self) -> list[Native]:
        """Return the different free runs with unknown outcomes."""
        alike = (changed(each, skips_time=False, pids=RunPids()) for each in self._strange())
        return [*dict.fromkeys(alike)]

    def _strange(self) -> list[Native]:
        return [run for run in self.free.natives if self._is_strange(run)]


def _lines(output: bytes) -> list[bytes]:
    """Return the lines of an output, in any order; a terminal ends them by CR LF."""
    return sorted(output.replace(b"\r\n", b"\n").splitlines())


def _has_lines(text: bytes) -> bool:
    """Return whether a text has the end of a line before its last byte."""
    return b"\n" in text[:-1]


def _free_run(native: Native) -> str:
    """Return a clause about what a free run printed."""
    how = " whose sleeps were skipped" * native.skips_time
    printed = quote_output(native.output) if native.output else "nothing"
    return f"a free run{how} printed {printed}" + " and then waited" * native.is_stuck


def _busiest(lines: Counter[str]) -> str:
    """Return the end of a clause about a line with over a quarter of the steps; may be empty."""
    for line, count in lines.most_common(1):
        if line and count > lines.total() / 4:
            return f"; {100 * count // lines.total()} % of the steps are made at {line}"
    return ""
