"""Explore a program: learn it, compute all its outcomes, confirm each by a real run, judge.

First the results as values, then `explore()`.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from signal import SIGINT
from types import FrameType

from simpsh.base.errors import AskedToEnd, SimpshError, UsageProblem
from simpsh.base.given_numbers import number_of_seconds, whole_number
from simpsh.base.phrases import counted, counted_seconds, listed
from simpsh.base.process_names import FIRST
from simpsh.base.record import Record, changed
from simpsh.base.signal_names import Signal
from simpsh.base.wait_status import WaitStatus, decode
from simpsh.explore.control.explored_program import ExploredProgram, program_of
from simpsh.explore.control.program_knowledge import Knowledge, Place, Restart
from simpsh.explore.flags import BLOCKS, COMPUTES, READS_CLOCK, Flag
from simpsh.explore.objects.code_place import CodePlace
from simpsh.explore.objects.held_call import TIME_OF_DAY
from simpsh.explore.objects.name_words import MARKS, PLAIN, Naming, decode_name, quote_output
from simpsh.explore.objects.stuck_process import Manner, StuckProcess, describe
from simpsh.explore.objects.symbolic_names import process_of
from simpsh.explore.objects.virtual_clock import DURATIONS, SLEEPS
from simpsh.explore.search.free_output import RunPids, with_adopter, without_times
from simpsh.explore.search.native_runs import ENOUGH_RUNS, FreeProgram, Native, agrees, native_runs
from simpsh.explore.search.other_values import Witnesses
from simpsh.explore.search.outcome_automaton import Ending
from simpsh.explore.search.program_outcomes import Outcomes, WitnessStep, story_of
from simpsh.explore.search.state_search import VARIES, StateSearch
from simpsh.explore.workplace.private_world import current_world, in_private_world, why_not_private
from simpsh.explore.workplace.run_limits import (
    DEFAULT_BUDGET_SECONDS,
    ClockLimit,
    OutOfTime,
    RunCutOff,
    spent_seconds,
)
from simpsh.kernel.signals import Handled
from simpsh.process.machine_permits import missing
from simpsh.process.worker import WorkerEnded
from simpsh.trace.tracer.traced_command import NotTraceable


class Outcome(Record):
    """One outcome of a program, with an order that leads to it."""

    output: bytes
    """Standard output and standard error; the pid of a process is `<P1>`."""
    statuses: tuple[tuple[str, WaitStatus], ...]
    """The end of each process, by name. P0 is the program, P1.2 the second child of P1."""
    files: tuple[tuple[str, bytes], ...]
    """The files that were written, with their contents at the end. Paths are relative to the
    program's directory, or absolute."""
    deadlock: tuple[tuple[str, str], ...]
    """The processes that can never continue, each with a description of its wait."""
    is_endless: bool = False
    """Whether one of them does not wait, but is in an endless loop."""
    witness: tuple[str, ...] = ()
    """Choices that lead to the outcome, for `step --schedule`; `P1!` lets a pending signal act
    first."""
    story: tuple[WitnessStep, ...] = ()
    """The witness in words."""
    deciding: int = 0
    """The number of the witness's steps after which any order leads to this outcome."""
    is_replayed: bool = False
    """Whether the witness was run for real, and led to this outcome."""
    is_seen: bool = False
    """Whether a free run had the outcome."""
    is_free: bool = False
    """Whether only free runs had this outcome, so that its order is not known."""
    is_timed: bool = False
    """Whether the outcome is possible if only sleeps, alarms and timeouts take time; see
    Exploration.has_all_timed."""

    @property
    def hang(self) -> str:
        """The kind of its hang, in words; empty if each process ends.

        The calls of a free run were not looked at, so its processes may also be in a loop.
        """
        if not self.deadlock:
            return ""
        if self.is_free:
            return "no progress in this run"
        return "endless loop" if self.is_endless else "deadlock"

    @property
    def text(self) -> str:
        r"""The output as text; bytes that are not valid UTF-8 are `\xff`."""
        return decode_name(self.output)


class Exploration(Record):
    """Every outcome of a program, and the evidence that the set is complete."""

    outcomes: tuple[Outcome, ...]
    """Sorted by output; a sample if there are more than the maximum."""
    count: int | None
    """The number of different outputs; None if counting them took too long."""
    sought: Sought | None
    """The answer about one output, if it was asked for."""
    reasons: tuple[str, ...]
    """Reasons why outcomes may be missing, as clauses; empty if every order was followed."""
    unchecked: str
    """Why fewer than five free runs have checked the set, as a clause; empty if they have."""
    more_runs: int
    """The number of free runs with which to try again; 0 if more of them do not help."""
    advice: tuple[str, ...]
    """A suggestion for each reason, or an empty string."""
    causes: tuple[Flag | None, ...]
    """The flag behind each reason; None for other reasons."""
    more_seconds: float
    """The budget with which to try again; 0 if more time does not help."""
    differences: tuple[str, ...]
    """Steps at which a run and the model differed, for a bug report."""
    independent_of: tuple[str, ...]
    """Values on which nothing is assumed to depend, as nouns: `the time of day`."""
    assumptions: tuple[str, ...]
    """Other conditions on which the set depends, as clauses."""
    notes: tuple[str, ...]
    """Remarks that are not reasons."""
    amid: tuple[Signal, ...]
    """The signals whose handlers may run in the middle of computing; only the orders in which they
    run at system calls are followed."""
    flags: tuple[tuple[Flag, int], ...]
    """Actions that cannot be explored, and how often they were seen; each is also a reason."""
    places: tuple[tuple[Flag, Place], ...]
    """The place where each flag was first raised, if it is known."""
    runs: int
    """The number of real runs that taught the model."""
    replays: int
    """The number of real runs that confirmed outcomes."""
    natives: int
    """The number of free runs in real time, without a tracer."""
    skipped: int
    """The number of free runs whose sleeps and alarms took no time."""
    seen: tuple[tuple[bytes, int], ...]
    """The number of free runs in real time that printed each output; UNKNOWN if pids make it
    ambiguous."""
    seen_skipped: tuple[tuple[bytes, int], ...]
    """The same of the free runs whose sleeps and alarms took no time."""
    is_broken_off: bool
    """Whether ^C ended the search."""
    seconds: float
    """The duration in seconds, without the free runs."""
    budget_share: float
    """The processor time of everything, the free runs included, as a share of the budget."""
    states: int
    """The number of known states."""
    open_states: int
    """The number of known states with unknown steps."""
    has_all_timed: bool
    """Whether all outcomes that are possible if computing takes no time are marked; False if
    nothing takes time."""
    steps: tuple[tuple[str, int], ...]
    """The number of known steps at each source line, most first."""

    @property
    def has_every_order(self) -> bool:
        """Whether every order of the model was followed, so that by its rules no outcome lacks."""
        return not self.reasons

    @property
    def is_complete(self) -> bool:
        """Whether there is no other outcome: no order is missing, and free runs agree."""
        return not (self.reasons or self.amid or self.unchecked)

    @property
    def is_sample(self) -> bool:
        """Whether `outcomes` lacks some outputs."""
        return self.count != len(self.outputs)

    @property
    def outputs(self) -> frozenset[bytes]:
        """The different outputs of `outcomes`."""
        return frozenset(outcome.output for outcome in self.outcomes)

    @property
    def texts(self) -> frozenset[str]:
        """The different outputs as text."""
        return frozenset(outcome.text for outcome in self.outcomes)

    @property
    def deadlocks(self) -> tuple[Outcome, ...]:
        """The outcomes in which a process can never continue."""
        return tuple(outcome for outcome in self.outcomes if outcome.deadlock)


class Sought(Record):
    """Whether a program can print one output that somebody has asked for."""

    output: bytes
    """The output; without its last line end if only that is lacking."""
    outcomes: tuple[Outcome, ...]
    """The outcomes with this output; empty if no known order has it."""
    beginning: bytes
    """The longest beginning that is also the beginning of a known output."""


def outcome_of(ending: Ending, naming: Naming = PLAIN) -> Outcome:
    """Return an ending as an outcome without a witness."""
    statuses = tuple((name, decode(word)) for name, word in ending.statuses)
    files = tuple((name.path, contents) for name, contents in ending.files)
    waits = describe(ending.deadlock, naming)
    return Outcome(ending.output, statuses, files, waits, ending.is_endless)


UNKNOWN = -1
"""The number of free runs with an output if pids make it ambiguous."""
ON_TERMINAL = (
    "prints several lines in one piece, as stdio does if its output is not a terminal: "
    "on a terminal it may have another set of outputs; see --pty"
)
_LOST = (
    "prints other lines if its output is a terminal, for instance because stdio keeps a line in "
    "memory elsewhere, and a process that ends by _exit loses it; see --pty"
)
_SLICE_SECONDS = 0.25
_TIMED = 0.3
"""The share of the budget for the orders in which computing takes no time."""
_LEARNING, _CLOSING, _COUNTING, _CONFIRMING = 0.8, 0.84, 0.92, 0.95
"""When learning, closing up, counting and confirming must end, as shares of the budget. The rest is
for the free runs and the report."""
_SECONDS_FOR_AN_ANSWER, _SECONDS_WITH_ALARMS = 1.5, 2.0
_NUMBERS = "the values of pids and addresses"
_TIME_IS_PRINTED = "the time of day is only printed"
_REPEATED = 10
_LEAST_SECONDS = 0.3
"""The least time for counting and confirming."""
_MANY_NATIVES, _FEW_NATIVES = 30, 10
_MOST_SHOWN = 3
REFUTED = "to which no order of the model leads"
NOT_OVER = "with a process stopped, as no order does; a signal could still have continued it"


class ExplorationLimits(Record):
    """The limits of an exploration's work."""

    budget_seconds: float = DEFAULT_BUDGET_SECONDS
    """Seconds for learning the program and confirming outcomes, accurate to about a fifth."""
    first_run_seconds: float = 20.0
    """Seconds for the first run, which may take longer than the budget."""
    most: int = 200
    """The maximum of listed outputs; if there are more, a sample is listed."""
    sought: bytes | None = None
    """An output to look for: either this text, or this text and a line end."""
    replays: int = 100
    """The number of outcomes that are confirmed by real runs even after the budget."""
    natives: int | None = None
    """The most free runs; by default 30, or 10 if there is one outcome and the set is complete."""
    native_seconds: float = 0.5
    """The time for the free runs."""
    ends_at_interrupt: bool = False
    """Whether the first ^C ends the search and returns its results; the second one raises."""


class SearchProgress(Record):
    """How far an exploration is."""

    states: int = 0
    runs: int = 0
    """The controlled runs so far, also those that only confirm or compare."""
    free_runs: int = 0


Progress = Callable[[SearchProgress], object]


def explore(
    program: ExploredProgram,
    limits: ExplorationLimits | None = None,
    progress: Progress | None = None,
) -> Exploration:
    """Return every outcome of a program, over all orders of its processes.

    A separate process explores, in a private world if the kernel permits it. It calls `progress`
    from time to time.

    Raises UsageProblem: the program cannot be executed, or its directory cannot be copied.
    NotTraceable: the system does not permit a process to trace its child. AskedToEnd: a second ^C.
    """
    exploring = partial(_explore, program, limits or ExplorationLimits(), progress)
    return in_private_world(exploring, program.directory)


def _explore(
    program: ExploredProgram, limits: ExplorationLimits, progress: Progress | None
) -> Exploration:
    """Explore in this process, which must have no other children; see explore()."""
    with Knowledge(program) as knowledge:
        exploring = _Exploring(knowledge, limits, progress)
        with Handled({SIGINT: exploring.break_off} if limits.ends_at_interrupt else {}):
            while not exploring.has_gone_through():
                pass
            knowledge.check_program()
            exploring.seconds = time.monotonic() - exploring.began_at
    exploring.run_freely()
    with knowledge:
        exploring.check_adopter()
    return exploring.result()


class _Reason(Record):
    """Why outcomes may be missing."""

    words: str
    advice: str = ""
    flag: Flag | None = None
    """The flag that is the reason; None for other reasons."""
    is_of_budget: bool = False
    """Whether a larger budget may help."""


class _Exploring:
    def __init__(
        self, knowledge: Knowledge, limits: ExplorationLimits, progress: Progress | None
    ) -> None:
        self._progress = progress
        self.knowledge = knowledge
        self.limits = limits
        self.search = StateSearch(knowledge)
        self.began_at = time.monotonic()
        self.began = spent_seconds()
        self.seconds = 0.0
        """The duration so far in seconds, without free runs."""
        self.first_run_ends = self.began + limits.first_run_seconds
        self.is_broken_off = False
        self._set_deadlines(limits.budget_seconds)
        knowledge.clock_limit = ClockLimit(limits.budget_seconds)
        self.natives: tuple[Native, ...] = ()
        self.at_terminal: Native | None = None
        """A free run whose output was a terminal, if there was one."""
        self.timed: Outcomes | None = None
        """The outcomes if computing takes no time; None if no process waits with a timeout."""
        self.has_all_timed = False
        self.timed_witnesses: dict[Ending, tuple[str, ...]] = {}
        self.timed_runs = 0
        self.ran_freely = False
        self.checks = 0
        """The number of free runs that could have refuted the set."""
        self.late_seconds = 0.0
        """The limit by the clock that ended the free runs; 0 if none did."""
        self.is_untried = False
        """Whether other values could not be tried in the time."""
        self._compared = 0
        """The number of runs that only compare the steps of an order."""
        self.prints_time = False
        """Whether the program only prints other numbers at another time of day."""
        self.replays = 0

    def _set_deadlines(self, budget: float) -> None:
        self.deadline = self.began + budget * _LEARNING
        self.closed_up = self.began + budget * _CLOSING
        least = self.deadline + _LEAST_SECONDS
        self.counted = max(self.began + budget * _COUNTING, least)
        """When the outcomes must have been listed or counted."""
        self.closing = max(self.began + budget * _CONFIRMING, least)
        """When the last outcome must have been confirmed."""

    def break_off(self, number: int, _frame: FrameType | None) -> None:
        """End the budget now; raise AskedToEnd if an earlier call has ended it."""
        if self.is_broken_off:
            raise AskedToEnd(number)
        self.is_broken_off = True
        now = self.knowledge.deadline = self.first_run_ends = spent_seconds()
        self._set_deadlines((now - self.began) / _LEARNING)

    def has_gone_through(self) -> bool:
        """Learn, compute and confirm; return False if a replay showed that it must begin again."""
        left = _SLICE_SECONDS
        self.knowledge.deadline = max(self.deadline, self.first_run_ends)
        while self.search.advance(max(0.0, min(left, _SLICE_SECONDS))):
            # Make at least one run, even if the budget is too small.
            if self.search.reality.endings:
                self.knowledge.deadline = self.deadline
            if self._search_timed():
                self.search.restart()
            left = self.knowledge.deadline - spent_seconds()
            if left <= 0:
                self.search.close_up(self.closed_up)
                break
            self._report(self.search)
        self._search_timed()
        self._flag_what_was_learned()
        self.outcomes = Outcomes(self.search, self.limits.most, self.counted, self._wanted())
        self.learning_runs = self.search.runs
        self.witnesses: dict[Ending, tuple[str, ...]] = dict(self.search.reality.endings)
        self.seen = set(self.witnesses)
        self.failed = 0
        self.knowledge.deadline = self.closing
        try:
            # Without this nothing is complete. Outcomes need not be replayed; the verdict says it.
            self._try_other_values()
            limit = self.limits.replays
            for ending in [*self.outcomes.endings]:
                if ending in self.seen:
                    continue
                schedule = self.outcomes.witness(ending)
                if schedule is None:
                    self.failed += 1
                    continue
                self.witnesses[ending] = schedule
                now = spent_seconds()
                if now >= self.closing or (now >= self.deadline and self.replays >= limit):
                    continue
                self.replays += 1
                is_confirmed = self._leads_to(schedule, ending)
                if is_confirmed:
                    self.seen.add(ending)
                    continue
                self.failed += 1
                if is_confirmed is not None:
                    self.outcomes.drop(ending)
        except Restart:
            self.search.restart()
            return False
        except OutOfTime:
            pass
        return True

    def _report(self, search: StateSearch, free_runs: int = 0) -> None:
        if self._progress is not None:
            states = len(search.graph.states) if search.graph is not None else 0
            self._progress(SearchProgress(states, search.runs + self._compared, free_runs))

    def _flag_what_was_learned(self) -> None:
        known, learned = self.knowledge, self.search.model.learned
        for flag in learned.doubts - known.flags.keys():
            known.flags[flag] += 1
            at = learned.places_of_doubts.get(flag, CodePlace())
            known.places[flag] = Place(at.line, at)

    def _search_timed(self) -> bool:
        """Search the orders in which computing takes no time; return False after the first call."""
        if not self.knowledge.times_matter or self.timed is not None:
            return False
        end = min(self.deadline, spent_seconds() + _TIMED * self.limits.budget_seconds)
        search = StateSearch(self.knowledge, is_timed=True)
        before, self.knowledge.deadline = self.knowledge.deadline, end
        while search.advance(_SLICE_SECONDS) and spent_seconds() < end:
            self._report(search)
        self.knowledge.deadline = before
        self.timed = Outcomes(search, self.limits.most, end + _LEAST_SECONDS)
        self.has_all_timed = search.is_finished and not self.timed.is_sample
        self.timed_witnesses = dict(search.reality.endings)
        self.timed_runs = search.runs
        return True

    def _try_other_values(self) -> None:
        """Flag a program that does something else with other values."""
        known = self.knowledge
        if known.flags or not self.search.is_finished:
            return
        self.is_untried = True
        found = self._witnesses().try_other_values()
        self.is_untried, self.prints_time = False, found.prints_time
        if found.flag is not None:
            known.flags[found.flag] += 1
            known.places[found.flag] = found.place
        if found.prints_time:
            known.independent_of.discard(TIME_OF_DAY)
            known.assumed.add(_TIME_IS_PRINTED)

    def _witnesses(self) -> Witnesses:
        def count() -> None:
            self._compared += 1
            self._report(self.search)

        search = self.search
        return Witnesses(self.knowledge, search.model, search.reality.endings, count)

    def _leads_to(self, schedule: tuple[str, ...], ending: Ending) -> bool | None:
        """Return whether a run has an ending; None if it is cut off."""
        known = self.knowledge.so_far()
        self._report(self.search)
        try:
            return self.search.reality.run(schedule) == ending
        except OutOfTime:
            # If the run had continued, it might have taken back the flags that it raised.
            self.knowledge.take_back(known)
            raise
        except RunCutOff as error:
            self.knowledge.flags[error.flag] += 1
            return None

    def run_freely(self) -> None:
        """Run the program without a tracer."""
        count, seconds = self.limits.natives, self.limits.native_seconds
        if count is None:
            is_certain = len(self.outcomes.endings) == 1 and not any(self._reasons())
            count = _FEW_NATIVES if is_certain else _MANY_NATIVES
        if not self.outcomes.endings:
            # The output of a free run is better than no answer.
            count, seconds = min(count, _FEW_NATIVES), max(seconds, _SECONDS_FOR_AN_ANSWER)
        known, reality = self.knowledge, self.search.reality
        # In a copied directory, a free run might change files or signal processes outside.
        is_confined = any(flag.confines for flag in known.flags) or current_world() is None
        if known.timers_matter and self.limits.natives is None:
            seconds = max(seconds, _SECONDS_WITH_ALARMS)
        # Never run a program freely if no controlled run could end.
        is_endless = bool(self.outcomes.endings) and (not reality.endings or reality.is_endless)
        if count and not (is_endless or is_confined):
            self.ran_freely = True
            names = {name for ending in self.outcomes.endings for name, _ in ending.files}
            free = FreeProgram(known.program, known.timers_matter, self._may_skip_time())
            on_run = partial(self._report, self.search)
            series = native_runs(free, count, seconds, sorted(names), on_run)
            runs, self.late_seconds = series.runs, series.late_seconds
            if self.prints_time:
                runs = tuple(_at_same_time(run, self.outcomes.endings) for run in runs)
            if known.adopter:
                runs = tuple(_with_adopter(run, known.adopter) for run in runs)
            self.natives = runs
            self.checks = len(runs)
            if runs and not (known.program.has_terminal or SLEEPS in known.notes):
                program = changed(known.program, has_terminal=True)
                [*at_terminal] = native_runs(FreeProgram(program), 1, seconds).runs
                self.at_terminal = next(iter(at_terminal), None)

    def _may_skip_time(self) -> bool:
        """Return whether sleeps of free runs may take no time; then their calls are held."""
        known = self.knowledge
        waits = SLEEPS in known.notes or known.times_matter or known.timers_matter
        # A program that measures how long it sleeps, or that asks who rings, would notice.
        is_noticed = DURATIONS in known.independent_of or known.origins_matter
        is_noticed |= any(flag.is_a(READS_CLOCK) for flag in known.flags)
        # Without sendmsg a process cannot send its listener, and the run would hang.
        return waits and not is_noticed and not missing("held calls") and not missing("sendmsg")

    def check_adopter(self) -> None:
        """Drop free runs if the program does more than print which process adopts orphans.

        Another process adopts the orphans of free runs.
        """
        known = self.knowledge
        if not (known.asks_as_orphan and self.ran_freely and self.search.is_finished):
            return
        known.deadline = spent_seconds() + _SECONDS_FOR_AN_ANSWER
        try:
            depends = self._witnesses().depend_on_adopter()
        except OutOfTime:
            depends = True
        if depends:
            self.natives, self.checks, self.ran_freely = (), 0, False

    def result(self) -> Exploration:
        """Return all results as a value."""
        outcomes = [self._outcome(ending) for ending in self.outcomes.endings]
        outcomes += self._only_timed_outcomes()
        outcomes += self._free_outcomes()
        count, known = self.outcomes.count, self.knowledge
        reasons = tuple(self._reasons())
        if count is not None:
            outputs = {ending.output for ending in self.outcomes.endings}
            count += len({outcome.output for outcome in outcomes} - outputs)
        return Exploration(
            outcomes=tuple(sorted(outcomes, key=lambda outcome: outcome.output)),
            count=count,
            sought=self._sought(outcomes),
            reasons=tuple("; ".join(filter(None, (each.words, each.advice))) for each in reasons),
            advice=tuple(reason.advice for reason in reasons),
            causes=tuple(reason.flag for reason in reasons),
            more_seconds=self._more_seconds if any(each.is_of_budget for each in reasons) else 0.0,
            unchecked=self._shortage_words(),
            more_runs=self._more_runs,
            independent_of=(_NUMBERS, *sorted(known.independent_of)),
            assumptions=tuple(sorted(known.assumed)),
            differences=tuple(self.search.model.learned.differences),
            notes=tuple(self._notes()),
            amid=self._amid(),
            flags=tuple(sorted(known.flags.items())),
            places=tuple((flag, self._place_of(flag)) for flag in sorted(known.places)),
            runs=self.learning_runs + self.timed_runs,
            replays=self.replays,
            natives=len(self._natives(skip_time=False)),
            skipped=len(self._natives(skip_time=True)),
            seen=tuple(self._count_seen(self._natives(skip_time=False))),
            seen_skipped=tuple(self._count_seen(self._natives(skip_time=True))),
            is_broken_off=self.is_broken_off,
            seconds=self.seconds,
            budget_share=(spent_seconds() - self.began) / self.limits.budget_seconds,
            states=self.outcomes.states,
            open_states=self.search.open_states,
            has_all_timed=self.has_all_timed,
            steps=tuple(self.search.lines_of_steps().most_common()),
        )

    def _wanted(self) -> tuple[bytes, ...]:
        """Return the outputs to look for, the likelier one first."""
        sought = self.limits.sought
        return () if sought is None else (sought, sought + b"\n")

    def _sought(self, outcomes: Sequence[Outcome]) -> Sought | None:
        """Return the answer about the output to look for; None if there is none."""
        for output in self._wanted():
            found = tuple(outcome for outcome in outcomes if outcome.output == output)
            if found:
                return Sought(output, found, output)
        wanted = self._wanted()[:1]
        return Sought(wanted[0], (), self.outcomes.beginning(wanted[0])) if wanted else None

    def _is_strange(self, native: Native) -> bool:
        """Return whether a free run had an unknown outcome."""
        if any(agrees(native, ending) for ending in self.outcomes.endings):
            return False
        if not self.outcomes.is_sample and not self.outcomes.is_shortened:
            return True
        outputs = (ending.output for ending in self.outcomes.endings)
        prints_pids = any(MARKS.search(output) for output in outputs)
        return not prints_pids and not self.outcomes.can_print(native.output)

    def _different_strange(self) -> list[Native]:
        alike = (changed(each, skips_time=False, pids=RunPids()) for each in self._strange())
        return [*dict.fromkeys(alike)]

    def _strange(self) -> list[Native]:
        return [run for run in self.natives if self._is_strange(run)]

    def _natives(self, *, skip_time: bool) -> list[Native]:
        return [run for run in self.natives if run.skips_time == skip_time]

    def _count_seen(self, natives: Iterable[Native]) -> Iterator[tuple[bytes, int]]:
        """Count the free runs that had each output, in a deadlock or not."""
        counts: dict[bytes, int] = {ending.output: 0 for ending in self.outcomes.endings}
        for native in natives:
            outputs: set[bytes]
            outputs = {ending.output for ending in self.outcomes.endings if agrees(native, ending)}
            for output in outputs or {native.output}:
                if len(outputs) > 1:
                    counts[output] = UNKNOWN
                elif counts.setdefault(output, 0) != UNKNOWN:
                    counts[output] += 1
        yield from counts.items()

    def _free_outcomes(self) -> Iterator[Outcome]:
        for native in self._different_strange()[:_MOST_SHOWN]:
            yield _free_outcome(native)

    def _outcome(self, ending: Ending) -> Outcome:
        schedule = self.witnesses.get(ending, ())
        story = story_of(self.search.model, schedule, self.knowledge.letters)
        pairs = zip(story, schedule, strict=False)
        by_birth = [step.process + choice[len(process_of(choice)) :] for step, choice in pairs]
        return changed(
            outcome_of(ending, self.knowledge.naming),
            witness=(*by_birth, *schedule[len(by_birth) :]),
            story=story,
            deciding=self.outcomes.deciding(schedule),
            is_replayed=ending in self.seen,
            is_seen=any(agrees(run, ending) for run in self.natives),
            is_timed=self.timed is not None and ending in self.timed.endings,
        )

    def _only_timed_outcomes(self) -> Iterator[Outcome]:
        """Yield outcomes that are possible if computing takes no time, but have no known order.

        Programs that read the clock have such outcomes: the clock differs between the two searches.
        """
        explored = set(self.outcomes.endings)
        for ending in self.timed.endings if self.timed is not None else ():
            if ending in explored:
                continue
            witness = self.timed_witnesses.get(ending, ())
            yield changed(
                outcome_of(ending, self.knowledge.naming),
                witness=() if self.knowledge.clock_matters else witness,
                deciding=len(witness),
                is_replayed=bool(witness),
                is_timed=True,
            )

    # ------------------------------------------------------------------------- judging

    def _reasons(self) -> Iterator[_Reason]:
        """Yield the reasons why outcomes may be missing."""
        # Flags come first, because they often explain the other reasons.
        flags = set(self.knowledge.flags)
        search, outcomes = self.search, self.outcomes
        walk, so_far = search.reality.walk, ""
        if walk is not None:
            printed = quote_output(walk.output) if walk.output else "nothing"
            so_far = f": it printed {printed} until then"
        for flag in sorted({flag for flag in flags if not flag.is_a(BLOCKS)} or flags):
            words = self._place_of(flag).after(flag)
            if flag == search.cut_off:
                words += f", so its runs were ended{so_far}"
            yield _Reason(words, flag.advice, flag)
        if search.trouble:
            # If there are flags, they name the cause.
            is_all = not (flags and outcomes.endings)
            if search.reality.is_endless and walk is not None and is_all:
                words = f"{search.trouble.clause}{so_far}{_busiest(walk.steps_at_lines)}"
                yield _Reason(words, search.trouble.advice)
            elif not flags:
                at = "".join(f" ({words})" for words in search.model.learned.differences[:1])
                words = f"{search.trouble.clause}{at}, so not all of its orders could be followed"
                yield _Reason(words, search.trouble.advice)
        elif not (search.is_finished or COMPUTES in flags):
            yield _Reason(*self._end_words(), is_of_budget=True)
        if outcomes.is_endless:
            busiest = _busiest(search.lines_of_steps(are_printing=True))
            words = f"a loop prints, so that outputs have no end{busiest}"
            yield _Reason(words, "let its loops end")
        if search.is_finished and not flags:
            yield from self._budget_reasons()
        if outcomes.unseen and search.is_finished and not outcomes.is_endless:
            words = f"{counted(outcomes.unseen, 'final state')} could not be looked at"
            yield _Reason(words, VARIES)
        # Flags explain failed replays and strange free runs.
        if self.failed and not flags:
            failed = counted(self.failed, "outcome")
            yield _Reason(f"{failed} could not be confirmed by a real run", VARIES)
        # The set contains only the first of infinitely many outputs; a run may have printed more.
        if self.outcomes.outside and not (self.outcomes.is_endless or flags):
            runs = counted(self.outcomes.outside, "real run")
            yield _Reason(f"{runs} had an outcome that is not in the set", VARIES)
        is_refuted = search.is_finished and not (flags or outcomes.is_endless or self._amid())
        strange = {run.output: run for run in self._strange()} if is_refuted else {}
        for _, run in sorted(strange.items(), key=lambda pair: pair[0])[:_MOST_SHOWN]:
            yield _Reason(f"{_free_run(run)}, {self._verdict_of(run)}")

    def _budget_reasons(self) -> Iterator[_Reason]:
        """Yield the reasons why a finished search did not suffice."""
        undone = []
        if self.outcomes.count is None:
            undone.append("count the outputs")
        if self.is_untried:
            undone.append("try other pids, times and random numbers")
        if undone:
            words = f"the budget did not suffice to {listed(undone)}"
            yield _Reason(words, f"try --budget {self._more_seconds:g}", is_of_budget=True)

    def _place_of(self, flag: Flag) -> Place:
        """Return where a flag was raised, with the line that calls a helper."""
        place = self.knowledge.places.get(flag, Place())
        return changed(place, line=self.knowledge.callers.words(place.at))

    def _verdict_of(self, strange: Native) -> str:
        """Return what it means that no order leads to the outcome of a free run."""
        return NOT_OVER if strange.has_stopped else REFUTED

    def _shortage_words(self) -> str:
        """Return why fewer than ENOUGH_RUNS free runs have checked the set; empty if they have."""
        if self.checks >= ENOUGH_RUNS:
            return ""
        if not self.checks and self._loops_for_ever:
            return "free runs of an endless loop do not end"
        ended = "none" if not self.checks else f"only {self.checks}"
        if self.limits.natives is not None and self.limits.natives < ENOUGH_RUNS:
            asked = self.limits.natives
            are = "run was" if asked == 1 else "runs were"
            return f"only {asked} free {are} asked for" if asked else "no free run was asked for"
        if reason := missing("pidfd_open"):
            return f"no free run can be made: {reason}"
        if reason := why_not_private():
            return f"no free run is made in a copy, and there is no private world: {reason}"
        if self.knowledge.asks_as_orphan and not self.ran_freely:
            return "its output depends on the process that adopts orphans, another one in free runs"
        if not self.ran_freely:
            return "free runs of it are not safe"
        if self.late_seconds:
            within = f"within {counted_seconds(self.late_seconds)} by the clock"
            return f"{ended} of them ended {within}, most of which they did not use"
        return f"{ended} of them ended in time; --runs {_MANY_NATIVES} gives them 10 seconds"

    @property
    def _loops_for_ever(self) -> bool:
        """Whether each outcome that was found is an endless loop."""
        endings = self.outcomes.endings
        return bool(endings) and all(ending.is_endless for ending in endings)

    @property
    def _more_runs(self) -> int:
        asked = self.limits.natives or ENOUGH_RUNS
        has_too_few = self.ran_freely and self.checks < ENOUGH_RUNS <= asked < _MANY_NATIVES
        has_too_few &= bool(self.checks) or not self._loops_for_ever
        return _MANY_NATIVES if has_too_few else 0

    def _amid(self) -> tuple[Signal, ...]:
        """Return the signals whose handlers may run in the middle of computing."""
        return tuple(map(Signal, sorted(self.knowledge.amid)))

    @property
    def _more_seconds(self) -> float:
        return 4 * self.limits.budget_seconds

    def _end_words(self) -> tuple[str, str]:
        """Return a clause about the extent and the end of the search, and advice."""
        search, seconds = self.search, self.limits.budget_seconds
        runs, more = counted(search.runs, "run"), f"try --budget {self._more_seconds:g}"
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

    def _notes(self) -> Iterator[str]:
        yield from (f"it {note}" for note in sorted(self.knowledge.notes))
        more = len(self._different_strange()) - _MOST_SHOWN
        if more > 0:
            yield f"free runs had {counted(more, 'further outcome')} to which no known order leads"
        graph = self.search.graph
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
        if self.at_terminal is None or self.outcomes.is_sample:
            return False
        known = [ending.output for ending in self.outcomes.endings]
        # A pid is another one in each run.
        has_pids = any(MARKS.search(output) for output in known)
        return not has_pids and _lines(self.at_terminal.output) not in map(_lines, known)


def _lines(output: bytes) -> list[bytes]:
    """Return the lines of an output, in any order; a terminal ends them by CR LF."""
    return sorted(output.replace(b"\r\n", b"\n").splitlines())


def _has_lines(text: bytes) -> bool:
    """Return whether a text has the end of a line before its last byte."""
    return b"\n" in text[:-1]


def _at_same_time(native: Native, endings: Iterable[Ending]) -> Native:
    """Return `native`, with the times of an ending that differs only in times."""
    for ending in endings:
        if _without_times(native) == _without_times(ending):
            return changed(native, output=ending.output, files=ending.files)
    return native


def _with_adopter(native: Native, adopter: int) -> Native:
    """Return `native` as if a process with this pid had adopted its orphans."""
    pids, output = native.pids, with_adopter(native.output, native.pids.adopter, adopter)
    return changed(native, output=output, pids=changed(pids, outside=pids.outside | {adopter}))


def _without_times(end: Native | Ending) -> tuple[object, ...]:
    files = {name: without_times(content) for name, content in end.files}
    return without_times(end.output), files


def _free_outcome(native: Native) -> Outcome:
    statuses = () if native.is_stuck else ((FIRST, native.status),)
    stuck = (StuckProcess("", Manner.IN_FREE_RUN),) if native.is_stuck else ()
    ending = Ending(native.output, statuses, native.files, stuck)
    return changed(outcome_of(ending), is_seen=True, is_free=True)


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


def all_outcomes(  # noqa: PLR0913 - how a program may be explored, by keyword
    argv: str | Sequence[str],
    *,
    budget_seconds: float = DEFAULT_BUDGET_SECONDS,
    directory: str | os.PathLike[str] = "",
    has_terminal: bool = False,
    environment: Mapping[str, str] | None = None,
    most: int = 200,
    free_runs: int = ENOUGH_RUNS,
) -> Exploration:
    """Return every outcome of a program, over all orders of its processes.

    `argv` is the program and its arguments, or a text, which is a line for /bin/sh. The files in
    the directory, by default the working directory, remain unchanged. If there are more outputs
    than `most`, their number and samples are returned. `free_runs` is the number of additional runs
    without a tracer; with fewer than five, the result is never complete.

    Raises:
        TypeError: a limit is not a number.
        CommandProblem: there is no such program, or it may not be executed.
        UsageProblem: its directory is too large to be copied, and it changes files there.
        NotTraceable: the system does not permit a process to trace its child.
        SimpshError: the exploring process was killed.
    """
    words = (argv,) if isinstance(argv, str) else tuple(argv)
    budget_seconds = number_of_seconds(budget_seconds)
    most = whole_number(most, "the most outputs is a number")
    free_runs = whole_number(free_runs, "the number of free runs is a whole number")
    if not words:
        raise UsageProblem("all_outcomes: a program is missing")
    if obstacle := missing("every order"):
        raise NotTraceable(obstacle)
    program = program_of(
        words, directory=os.fspath(directory), has_terminal=has_terminal, environment=environment
    )
    limits = ExplorationLimits(
        budget_seconds=budget_seconds,
        most=most,
        natives=free_runs,
        native_seconds=max(1.0, budget_seconds),
    )
    try:
        return explore(program, limits)
    except WorkerEnded:
        raise SimpshError("all_outcomes: the process that explored was killed") from None
