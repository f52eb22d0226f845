"""Explore a program: learn it, compute all its outcomes, confirm each by a real run, judge.

First the results as values, then `explore()`, whose stages are functions from value to value.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.given_numbers import number_of_seconds, whole_number
from simpsh.base.phrases import listed
from simpsh.base.process_names import FIRST
from simpsh.base.record import Record, changed
from simpsh.base.signal_names import Signal
from simpsh.base.wait_status import WaitStatus, decode
from simpsh.explore.control.explored_program import ExploredProgram, program_of
from simpsh.explore.control.program_knowledge import Knowledge, Place, Restart
from simpsh.explore.flags import READS_CLOCK, Flag
from simpsh.explore.objects.code_place import CodePlace
from simpsh.explore.objects.name_words import PLAIN, Naming, decode_name
from simpsh.explore.objects.stuck_process import Manner, StuckProcess, describe
from simpsh.explore.objects.symbolic_names import process_of
from simpsh.explore.objects.virtual_clock import DURATIONS, SLEEPS
from simpsh.explore.search.exploration_verdict import (
    MOST_SHOWN,
    USUAL_RUNS,
    Confirmed,
    Found,
    Timed,
)
from simpsh.explore.search.native_runs import ENOUGH_RUNS, FreeProgram, Native, agrees, native_runs
from simpsh.explore.search.other_values import try_other_values
from simpsh.explore.search.outcome_automaton import Ending
from simpsh.explore.search.program_outcomes import Outcomes, WitnessStep, outcomes_of, story_of
from simpsh.explore.search.state_search import StateSearch
from simpsh.explore.workplace.private_world import current_world, in_private_world
from simpsh.explore.workplace.run_limits import (
    DEFAULT_BUDGET_SECONDS,
    ClockLimit,
    OutOfTime,
    RunCutOff,
    spent_seconds,
)
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
    hang: str = ""
    """`deadlock`, `endless loop` or `no progress in this run`; empty if each process ends. The
    calls of a free run were not looked at, so its processes may also be in a loop."""
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
    def text(self) -> str:
        r"""The output as text; bytes that are not valid UTF-8 are `\xff`."""
        return decode_name(self.output)


class Exploration(Record):
    """Every outcome of a program, and the evidence that the set is complete."""

    outcomes: tuple[Outcome, ...]
    """Sorted by output; a sample if there are more than the maximum."""
    count: int | None
    """The number of different outputs; None if counting them took too long."""
    reasons: tuple[str, ...]
    """Reasons why outcomes may be missing, as clauses with advice; empty if every order was
    followed."""
    unchecked: str
    """Why fewer than five free runs have checked the set, as a clause; empty if they have."""
    assumptions: tuple[str, ...]
    """The conditions on which the set depends, as clauses."""
    notes: tuple[str, ...]
    """Remarks that are not reasons."""
    amid: tuple[Signal, ...]
    """The signals whose handlers may run in the middle of computing; only the orders in which they
    run at system calls are followed."""
    flags: tuple[Flag, ...]
    """Actions that cannot be explored; each is also a reason."""
    runs: int
    """The number of controlled runs."""
    natives: int
    """The number of free runs in real time, without a tracer."""
    skipped: int
    """The number of free runs whose sleeps and alarms took no time."""
    seen: Mapping[bytes, int]
    """The number of free runs that printed each output; an output that pids make ambiguous is
    missing."""
    seconds: float
    """The duration in seconds, without the free runs."""
    budget_share: float
    """The processor time of everything, the free runs included, as a share of the budget."""
    states: int
    """The number of known states."""
    has_all_timed: bool
    """Whether all outcomes that are possible if computing takes no time are marked; False if
    nothing takes time."""

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


def outcome_of(ending: Ending, naming: Naming = PLAIN) -> Outcome:
    """Return an ending as an outcome without a witness."""
    statuses = tuple((name, decode(word)) for name, word in ending.statuses)
    files = tuple((name.path, contents) for name, contents in ending.files)
    waits = describe(ending.deadlock, naming)
    hang = "endless loop" if ending.is_endless else "deadlock" if waits else ""
    return Outcome(ending.output, statuses, files, waits, hang)


_SLICE_SECONDS = 0.25
_LEARNING, _CONFIRMING = 0.8, 0.95
"""When learning, and counting and confirming must end, as shares of the budget. The rest is for the
free runs and the report."""
_LEAST_SECONDS = 0.3
"""The least time for counting and confirming."""
_NUMBERS = "the values of pids and addresses"


class ExplorationLimits(Record):
    """The limits of an exploration's work."""

    budget_seconds: float = DEFAULT_BUDGET_SECONDS
    """Seconds for learning the program and confirming outcomes, accurate to about a fifth."""
    first_run_seconds: float = 20.0
    """Seconds for the first run, which may take longer than the budget."""
    most: int = 200
    """The maximum of listed outputs; if there are more, a sample is listed."""
    sought: tuple[bytes, ...] = ()
    """Outputs to look for: the first possible one is listed even among too many."""
    natives: int | None = None
    """The most free runs; None for USUAL_RUNS."""
    native_seconds: float = 0.5
    """The time for the free runs."""


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
    NotTraceable: the system does not permit a process to trace its child.
    """
    exploring = partial(_explore, program, limits or ExplorationLimits(), progress)
    return in_private_world(exploring, program.directory)


class _Budget:
    """The time of an exploration, and its progress."""

    def __init__(
        self, knowledge: Knowledge, limits: ExplorationLimits, progress: Progress | None
    ) -> None:
        self.began, self.limits = spent_seconds(), limits
        self.first_run_ends = self.began + limits.first_run_seconds
        self._seconds, self._progress = limits.budget_seconds, progress
        knowledge.clock_limit = ClockLimit(self._seconds)

    @property
    def learning_ends(self) -> float:
        """When learning must end, after the first run."""
        return self.began + _LEARNING * self._seconds

    @property
    def ends(self) -> float:
        """When counting and confirming must end."""
        return max(self.began + _CONFIRMING * self._seconds, self.learning_ends + _LEAST_SECONDS)

    def report(self, search: StateSearch, free_runs: int = 0) -> None:
        """Tell the progress."""
        if self._progress is not None:
            states = len(search.graph.states) if search.graph is not None else 0
            self._progress(SearchProgress(states, search.runs, free_runs))


def _explore(
    program: ExploredProgram, limits: ExplorationLimits, progress: Progress | None
) -> Exploration:
    """Explore in this process, which must have no other children; see explore()."""
    began_at = time.monotonic()
    with Knowledge(program) as knowledge:
        budget, search = _Budget(knowledge, limits, progress), StateSearch(knowledge)
        while True:
            _learn(search, budget)
            try:
                timed = _learn_timed(search, budget)
                knowledge.deadline = budget.ends
                outcomes = outcomes_of(search, limits.most, budget.ends, limits.sought)
                has_tried = _try_other_values(search)
                confirmed = _confirm(search, outcomes, budget)
                break
            except Restart:
                search.restart()
        knowledge.check_program()
        seconds = time.monotonic() - began_at
    asked, seconds_given = limits.natives, limits.budget_seconds
    found = Found(seconds_given, asked, search, timed, outcomes, has_tried, confirmed)
    found = changed(found, free=_run_freely(found, budget))
    return _judge(found, seconds, spent_seconds() - budget.began)


def _learn(search: StateSearch, budget: _Budget) -> None:
    """Search all orders as far as the time suffices, but make at least one run."""
    known = search.knowledge
    known.deadline = max(budget.learning_ends, budget.first_run_ends)
    left = _SLICE_SECONDS
    while search.advance(max(0.0, min(left, _SLICE_SECONDS))):
        if search.reality.endings:
            known.deadline = budget.learning_ends
        left = known.deadline - spent_seconds()
        if left <= 0:
            break
        budget.report(search)
    learned = search.model.learned
    for flag in learned.doubts - known.flags.keys():
        known.flag(flag, Place(learned.places_of_doubts.get(flag, CodePlace())))


def _learn_timed(every: StateSearch, budget: _Budget) -> Timed | None:
    """Search the orders in which computing takes no time; None if no process waits for a time.

    Raises Restart: it has shown that the search of every order must follow more operations.
    """
    known, limits = every.knowledge, budget.limits
    if not known.times_matter or every.graph is None or spent_seconds() >= budget.learning_ends:
        return None
    search = StateSearch(known, is_timed=True)
    known.deadline = budget.ends
    while search.advance(_SLICE_SECONDS) and spent_seconds() < budget.learning_ends:
        budget.report(search)
    if search.restarts:
        raise Restart
    outcomes = outcomes_of(search, limits.most, budget.ends)
    has_all = search.is_finished and not outcomes.is_sample
    return Timed(outcomes.endings, has_all, frozenset(search.reality.endings), search.runs)


def _try_other_values(search: StateSearch) -> bool:
    """Flag a program that does something else with other values; False if the time is over."""
    known = search.knowledge
    if known.flags or not search.is_finished:
        return True
    try:
        try_other_values(known, search.model, search.reality.endings)
    except OutOfTime:
        return False
    return True


def _confirm(search: StateSearch, outcomes: Outcomes, budget: _Budget) -> Confirmed:
    """Run to each outcome that no run had."""
    witnesses = dict(search.reality.endings)
    seen, failed = set(witnesses), 0
    for ending in outcomes.endings:
        if ending in seen:
            continue
        schedule = outcomes.witness(ending)
        if schedule is None:
            failed += 1
            continue
        witnesses[ending] = schedule
        if spent_seconds() >= budget.ends:
            continue  # outcomes need not be confirmed; the verdict says it
        budget.report(search)
        try:
            if leads_to(search, schedule, ending):
                seen.add(ending)
            else:
                failed += 1
        except OutOfTime:
            break
    return Confirmed(witnesses, frozenset(seen), failed)


def leads_to(search: StateSearch, schedule: tuple[str, ...], ending: Ending) -> bool:
    """Return whether a run has an ending."""
    known = search.knowledge.so_far()
    try:
        return search.reality.run(schedule) == ending
    except OutOfTime:
        # If the run had continued, it might have taken back the flags that it raised.
        search.knowledge.take_back(known)
        raise
    except RunCutOff as error:
        search.knowledge.flag(error.flag)
        return False


def _run_freely(found: Found, budget: _Budget) -> tuple[Native, ...]:
    """Run the program without a tracer; return no runs if they could not be compared."""
    known, reality, endings = found.known, found.search.reality, found.outcomes.endings
    count = USUAL_RUNS if found.asked_runs is None else found.asked_runs
    # In a copied directory, a free run might change files or signal processes outside.
    is_confined = any(flag.confines for flag in known.flags) or current_world() is None
    # Never run a program freely if no controlled run could end.
    is_endless = bool(endings) and (not reality.endings or reality.is_endless)
    if not count or is_endless or is_confined:
        return ()
    names = tuple(sorted({name for ending in endings for name, _ in ending.files}))
    free = FreeProgram(known.program, known.timers_matter, _may_skip_time(known), names)
    report = partial(budget.report, found.search)
    runs = native_runs(free, count, budget.limits.native_seconds, report)
    # Another process adopts the orphans of free runs.
    return () if known.asks_as_orphan and any(map(found.is_strange, runs)) else runs


def _may_skip_time(known: Knowledge) -> bool:
    """Return whether sleeps of free runs may take no time; then their calls are held."""
    waits = SLEEPS in known.notes or known.times_matter or known.timers_matter
    # A program that measures how long it sleeps, or that asks who rings, would notice.
    is_noticed = DURATIONS in known.independent_of
    is_noticed |= any(flag.is_a(READS_CLOCK) for flag in known.flags)
    # Without sendmsg a process cannot send its listener, and the run would hang.
    return waits and not is_noticed and not missing("held calls") and not missing("sendmsg")


def _judge(found: Found, seconds: float, spent: float) -> Exploration:
    """Return all results as a value."""
    known, search, timed, count = found.known, found.search, found.timed, found.outcomes.count
    outcomes = [_outcome(found, ending) for ending in found.outcomes.endings]
    outcomes += _only_timed_outcomes(found)
    outcomes += [*dict.fromkeys(map(_free_outcome, found.strange()))][:MOST_SHOWN]
    if count is not None:
        outputs = {ending.output for ending in found.outcomes.endings}
        count += len({outcome.output for outcome in outcomes} - outputs)
    skipped = sum(run.skips_time for run in found.free)
    nothing = f"nothing depends on {listed((_NUMBERS, *sorted(known.independent_of)), 'or')}"
    return Exploration(
        outcomes=tuple(sorted(outcomes, key=lambda outcome: outcome.output)),
        count=count,
        reasons=tuple(found.reasons()),
        unchecked=found.shortage(),
        assumptions=(nothing, *sorted(known.assumed)),
        notes=tuple(found.notes()),
        amid=found.amid,
        flags=tuple(sorted(known.flags)),
        runs=search.runs + (timed.runs if timed is not None else 0),
        natives=len(found.free) - skipped,
        skipped=skipped,
        seen=_count_seen(found.free, found.outcomes.endings),
        seconds=seconds,
        budget_share=spent / found.budget_seconds,
        states=len(search.graph.states) if search.graph is not None else 0,
        has_all_timed=timed is not None and timed.has_all,
    )


def _count_seen(natives: Sequence[Native], endings: Sequence[Ending]) -> dict[bytes, int]:
    """Count the free runs that had each output, in a deadlock or not."""
    if not natives:
        return {}
    counts, ambiguous = dict.fromkeys((ending.output for ending in endings), 0), set[bytes]()
    for native in natives:
        outputs = {ending.output for ending in endings if agrees(native, ending)}
        if len(outputs) > 1:
            ambiguous |= outputs
        for output in outputs or {native.output}:
            counts[output] = counts.get(output, 0) + 1
    return {output: count for output, count in counts.items() if output not in ambiguous}


def _outcome(found: Found, ending: Ending) -> Outcome:
    known, timed = found.known, found.timed
    schedule = found.confirmed.witnesses.get(ending, ())
    story = story_of(found.search.model, schedule, known.letters)
    pairs = zip(story, schedule, strict=False)
    by_birth = [step.process + choice[len(process_of(choice)) :] for step, choice in pairs]
    is_finished = found.search.is_finished
    return changed(
        outcome_of(ending, known.naming),
        witness=(*by_birth, *schedule[len(by_birth) :]),
        story=story,
        deciding=found.outcomes.deciding(schedule) if is_finished else len(schedule),
        is_replayed=ending in found.confirmed.seen,
        is_seen=any(agrees(run, ending) for run in found.free),
        is_timed=timed is not None and ending in timed.endings,
    )


def _only_timed_outcomes(found: Found) -> Iterator[Outcome]:
    """Yield outcomes that are possible if computing takes no time, but have no known order.

    Programs that read the clock have such outcomes: the clock differs between the two searches.
    """
    timed = found.timed
    for ending in timed.endings if timed is not None else ():
        if timed is not None and ending not in found.outcomes.endings:
            outcome = outcome_of(ending, found.known.naming)
            yield changed(outcome, is_replayed=ending in timed.seen, is_timed=True)


def _free_outcome(native: Native) -> Outcome:
    statuses = () if native.is_stuck else ((FIRST, native.status),)
    stuck = (StuckProcess("", Manner.IN_FREE_RUN),) if native.is_stuck else ()
    ending = Ending(native.output, statuses, native.files, stuck)
    hang = "no progress in this run" if stuck else ""
    return changed(outcome_of(ending), hang=hang, is_seen=True, is_free=True)


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
