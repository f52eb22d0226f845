"""Exploring a program: learn it, work out all its outcomes, see each for real, judge."""

from __future__ import annotations

import time
from itertools import groupby
from typing import TYPE_CHECKING

from simpsh.explore.agreement import agrees
from simpsh.explore.exploration import Exploration, Outcome, statuses_of
from simpsh.explore.knowledge import Knowledge, Restart
from simpsh.explore.native import native_runs
from simpsh.explore.outcomes import Outcomes
from simpsh.explore.search import Search
from simpsh.explore.verdict import Findings, notes_of, reasons_of
from simpsh.explore.witness import told
from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simpsh.explore.ending import Ending
    from simpsh.explore.native import Native
    from simpsh.explore.program import Program

BUDGET_SECONDS = 5.0
_SAMPLES = 20
_SLICE_SECONDS = 0.25
_CLOSING_SECONDS = 1.0


class Limits(Record):
    """How much work an exploration may be."""

    budget_seconds: float = BUDGET_SECONDS
    """For learning the program, and then for confirming outcomes."""
    most: int = 200
    """How many outputs are listed; of more, their number and samples."""
    replays: int = 100
    """How many outcomes are confirmed by a real run, even if the budget is used up."""
    natives: int = 100
    """How many free runs are made at most, to see what usually happens."""
    native_seconds: float = 0.5
    """How long those may take."""


def explore(
    program: Program, limits: Limits | None = None, progress: Callable[[Search], None] | None = None
) -> Exploration:
    """Return every outcome of a program, over all orders in which its processes can go.

    The calling process must have no other children, and call this from its first thread.

    Args:
        program: see program_of().
        limits: how much work it may be.
        progress: called now and then while the program is learned.

    Raises:
        UsageProblem: the program cannot be executed, or its directory cannot be copied.
        NotTraceable: this system lets no process trace its child.
    """
    with Knowledge(program) as knowledge:
        exploring = _Exploring(knowledge, limits or Limits(), progress)
        while not exploring.has_gone_through():
            pass
        knowledge.check_program()
        exploring.seconds = time.monotonic() - exploring.began
    exploring.run_freely()
    return exploring.result()


class _Exploring:
    """An exploration under way."""

    def __init__(
        self,
        knowledge: Knowledge,
        limits: Limits,
        progress: Callable[[Search], None] | None,
    ) -> None:
        self._progress = progress
        self.knowledge = knowledge
        self.limits = limits
        self.search = Search(knowledge)
        self.began = time.monotonic()
        self.seconds = 0.0
        """How long it has taken, free runs left aside."""
        self.deadline = self.began + limits.budget_seconds
        self.natives: tuple[Native, ...] = ()
        self.ran_freely = False
        self.replays = 0
        self.tried = 0
        """How many orders were tried one by one, where the model is wrong."""
        self.has_tried_all = False

    def has_gone_through(self) -> bool:
        """Learn, work out, confirm; return False if a replay showed that it must begin again."""
        self._learn()
        if self.search.model.learned.differences:
            self._search_without_model()
        self.outcomes = Outcomes(
            self.search, self.limits.most, _SAMPLES, min(5.0, self.limits.budget_seconds)
        )
        self.learning_runs = self.search.runs
        self.witnesses: dict[Ending, tuple[str, ...]] = dict(self.search.reality.endings)
        self.seen = set(self.witnesses)
        self.failed = 0
        try:
            self._confirm()
        except Restart:
            self.search.restart()
            return False
        return True

    def _learn(self) -> None:
        left = self.deadline - time.monotonic()
        while self.search.advance(max(0.0, min(left, _SLICE_SECONDS))):
            left = self.deadline - time.monotonic()
            if left <= 0:
                self.search.close_up(min(_CLOSING_SECONDS, self.limits.budget_seconds))
                return
            if self._progress is not None:
                self._progress(self.search)

    def _search_without_model(self) -> None:
        """Where the model is wrong, try the orders one by one for the rest of the time."""
        from simpsh.explore.dpor import explore_real

        found = explore_real(self.knowledge, self.deadline)
        self.search.reality.endings.update(found.endings)
        self.tried = found.runs
        self.has_tried_all = found.is_complete

    def _confirm(self) -> None:
        """Lead the program to every outcome that no run has shown yet."""
        reality = self.search.reality
        for ending in self.outcomes.endings:
            if ending in self.seen:
                continue
            schedule = self.outcomes.witness(ending)
            if schedule is None:
                self.failed += 1
                continue
            self.witnesses[ending] = schedule
            late = time.monotonic() >= self.deadline
            if late and self.replays >= self.limits.replays:
                continue
            self.replays += 1
            if reality.run(schedule) == ending:
                self.seen.add(ending)
            else:
                self.failed += 1

    def run_freely(self) -> None:
        """Let the program run with nobody watching."""
        if self.limits.natives and not any("refused" in flag for flag in self.knowledge.flags):
            self.ran_freely = True
            names = {name for ending in self.outcomes.endings for name, _ in ending.files}
            self.natives = native_runs(
                self.knowledge.program,
                self.limits.natives,
                self.limits.native_seconds,
                sorted(names),
            )

    def result(self) -> Exploration:
        """Put together what was found."""
        endings = self.outcomes.endings
        findings = Findings(
            search=self.search,
            outcomes=self.outcomes,
            failed=self.failed,
            unconfirmed=len(set(endings) - self.seen),
            strange=tuple(one.output for one in self.natives if self._is_strange(one)),
            seconds=self.limits.budget_seconds,
            is_slow=self.ran_freely and not self.natives,
            tried=self.tried,
            has_tried_all=self.has_tried_all,
        )
        return Exploration(
            argv=self.knowledge.program.argv,
            outcomes=tuple(self._outcome(ending) for ending in endings),
            count=self.outcomes.count,
            reasons=reasons_of(findings),
            notes=notes_of(findings),
            flags=tuple(sorted(self.knowledge.flags.items())),
            runs=self.learning_runs,
            replays=self.replays,
            natives=len(self.natives),
            seen=tuple(self._seen()),
            seconds=self.seconds,
            states=self.outcomes.states,
            tree=self.outcomes.tree(),
        )

    def _is_strange(self, native: Native) -> bool:
        """Tell whether a free run came to something that is in no way among the outcomes."""
        if any(agrees(native, ending) for ending in self.outcomes.endings):
            return False
        if not self.outcomes.is_sample and not self.outcomes.is_shortened:
            return True
        prints_pids = any(b"<P" in ending.output for ending in self.outcomes.endings)
        return not prints_pids and not self.outcomes.can_print(native.output)

    def _seen(self) -> Iterator[tuple[bytes, int]]:
        """Count the free runs that had each output, in a deadlock or not."""
        for output, same in groupby(self.outcomes.endings, key=lambda ending: ending.output):
            endings = list(same)
            yield (
                output,
                sum(any(agrees(native, one) for one in endings) for native in self.natives),
            )

    def _outcome(self, ending: Ending) -> Outcome:
        schedule = self.witnesses.get(ending, ())
        return Outcome(
            output=ending.output,
            statuses=statuses_of(ending),
            files=ending.files,
            deadlock=ending.deadlock,
            witness=schedule,
            story=told(self.search.model, schedule, self.knowledge.letters),
            deciding=self.outcomes.deciding(schedule),
            native=sum(agrees(native, ending) for native in self.natives),
            is_replayed=ending in self.seen,
        )
