"""A session in which the student is the scheduler: choose, go back, run to the end, look ahead.

To go back, a new controlled run makes the same choices except the last; unless flags were raised, a
schedule determines everything that a program does. LookAhead finds in the explorer's graph which
outputs are still possible, and which choices matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.phrases import counted, listed
from simpsh.base.process_names import PATTERN, parent_of
from simpsh.base.record import Record
from simpsh.explore.control.controlled_run import ControlledRun, MadeStep
from simpsh.explore.control.program_knowledge import Knowledge, Restart
from simpsh.explore.control.scheduler import AtRandom, InTurns
from simpsh.explore.objects.name_words import quote_output
from simpsh.explore.objects.symbolic_names import process_of
from simpsh.explore.search.outcome_automaton import Futures, TooManyOutcomes
from simpsh.explore.search.state_search import StateSearch
from simpsh.explore.step.panel_snapshot import (
    DEADLOCK,
    END,
    FamilySnapshot,
    StepNarration,
    narrate_beginning,
    narrate_step,
    snapshot_of,
)
from simpsh.explore.workplace.run_limits import RunCutOff

_CHOICE = re.compile(rf"{PATTERN}[!~]?")
MOST_STEPS = 400
"""The most steps of one `run`."""
_MOST_RESTARTS = 50
"""The most restarts because more operations became visible."""
TURNS, RANDOM = "turns", "random"
_FOLLOWING, _LOOKING = 0.1, 0.5
"""How many seconds looking ahead may delay a step, and a schedule with steps that are too fine."""
_REFINED = 50
"""The maximum number of finer steps into which one earlier step may be split."""
_ALWAYS_NEW = "each run of this program shows new operations; it cannot be held"
_FINER = (
    "More operations of this program turn out to be steps. The steps before this one were made "
    "again, together with the new ones."
)


def is_choice(word: str) -> bool:
    """Return whether a word has the form of a choice: P0, P1, P1.2, P1! for its signal."""
    return _CHOICE.fullmatch(word) is not None


def parse_schedule(text: str) -> tuple[str, ...]:
    """Return the choices in a schedule.

    `P0 P1 P0` lets P0 make its next step, then P1, then P0 again; `P0!` lets a pending signal of P0
    act before its step. Raises UsageProblem: a word is not the name of a process.
    """
    words = tuple(text.split())
    for number, word in enumerate(words, start=1):
        if not is_choice(word):
            raise UsageProblem(
                f"schedule, step {number}: {word!r} is no process; they are called P0, P1, P1.2 …"
            )
    return words


class Moment(Record):
    """The state of all processes after a step."""

    panel: FamilySnapshot
    narration: StepNarration
    """The step in words; at the beginning, the state in words."""
    step: MadeStep | None = None
    """The step; None at the beginning."""


class SteppingSession:
    """One held program; leaving the context manager ends all processes."""

    def __init__(self, knowledge: Knowledge, command: str) -> None:
        """Make a session; the program starts when the session is entered."""
        self.knowledge = knowledge
        self.moments: list[Moment] = []
        """The beginning, and the moment after each step."""
        self.note = ""
        """A remark about the last command; usually empty."""
        self.command = command
        self._run: ControlledRun | None = None
        """None while no process exists."""
        self.future: list[str] = []
        """The steps of forward(): undone choices, or the remaining choices of a schedule."""
        self.look_ahead = LookAhead(knowledge)
        self._reported: set[str] = set()

    def __enter__(self) -> SteppingSession:
        self._lead([])
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    # ------------------------------------------------------------------------- looking

    @property
    def panel(self) -> FamilySnapshot:
        """The current state."""
        return self.moments[-1].panel

    @property
    def schedule(self) -> tuple[str, ...]:
        """The choices so far."""
        return tuple(moment.step.choice for moment in self.moments if moment.step is not None)

    @property
    def is_over(self) -> bool:
        """Whether no process can continue."""
        return self.panel.verdict in (END, DEADLOCK)

    def news(self) -> str:
        """Return the remarks about the program that are new since the last call."""
        remarks = [*map(str, sorted(self.knowledge.flags)), *sorted(self.knowledge.notes)]
        new = [words for words in remarks if words not in self._reported]
        self._reported.update(new)
        return " ".join(f"Note: the program {words}." for words in new)

    def outlook(self) -> Outlook | None:
        """Return the outputs that are still possible; None if they are not known."""
        return self.look_ahead.outlook(self.schedule)

    def look(self, seconds: float) -> bool:
        """Search ahead for some seconds, without held processes; return whether there is more."""
        if self.look_ahead.is_done:
            return False
        self._end()
        has_more = self.look_ahead.advance(seconds)
        if not has_more and self.look_ahead.lags(self.schedule):
            has_more = self.look_ahead.advance(seconds)
        return has_more

    def hold(self) -> None:
        """Hold all processes again after look(), in the same state."""
        if self._run is None:
            self._lead(self.moments[1:])

    def _follow(self) -> None:
        """Search from the current state if the search has omitted it."""
        if self.look_ahead.lags(self.schedule):
            self._end()
            self.look_ahead.advance(_FOLLOWING)
        self.hold()

    # ------------------------------------------------------------------------- steps

    def choose(self, choice: str) -> None:
        """Make one step; raise SimpshError with the reason if that is impossible now."""
        self.note = ""
        if choice not in self.panel.ready:
            raise SimpshError(f"{process_of(choice)} cannot go: {self.panel.why_not(choice)}")
        is_next = self.future[:1] == [choice]
        self.future = self.future[1:] if is_next else []
        self._step(choice)
        self._follow()

    def back(self, count: int = 1) -> None:
        """Undo the last steps by replaying all others."""
        self.note = ""
        if self.schedule:
            self._rewind(max(0, len(self.schedule) - count))

    def restart(self) -> None:
        """Go back to the beginning."""
        self.note = ""
        self._rewind(0)

    def _rewind(self, count: int) -> None:
        self.future = [*self.schedule[count:], *self.future]
        self._lead(self.moments[1 : count + 1])
        self._follow()

    def follow(self, schedule: Sequence[str]) -> None:
        """Make all steps of a schedule; raise SimpshError if one is impossible.

        If its steps are finer than the known ones, search ahead, and begin again.
        """
        has_more = True
        while True:
            self.future = list(schedule)
            try:
                while self.future:
                    self.forward()
                    if self.note == _FINER:
                        break
                else:
                    return
            except SimpshError:
                if not has_more:
                    raise
                has_more = self.look(_LOOKING)
            self._lead([])

    def forward(self) -> None:
        """Make the next step of the future; raise SimpshError if that is impossible."""
        self.note = ""
        if not self.future:
            raise SimpshError("there is no step to repeat: none was taken back")
        self.panel.check(self.future[0])
        self._step(self.future.pop(0))
        self._follow()

    # ------------------------------------------------------------------------- running

    def finish(self, order: str) -> None:
        """Run to the end: in TURNS, always the process with the fewest steps; or at RANDOM."""
        if self.is_over:
            raise SimpshError("no process can continue")
        scheduler = AtRandom(1) if order == RANDOM else InTurns(self.schedule)
        scheduler.begin()
        before = len(self.schedule)
        self.future = []
        notes: list[str] = []
        still = ", and still not: the end"
        for _ in range(MOST_STEPS):
            self._step(scheduler.choose(self.panel.ready))
            notes += [self.note] if self.note else []
            if self.panel.verdict:
                still = ""
                break
        made = counted(len(self.schedule) - before, "step")
        self.note = " ".join([*notes, f"{made} were made{still}."])

    # ------------------------------------------------------------------------- the replay

    def _step(self, choice: str) -> None:
        self.note = ""
        try:
            self.hold()
            if choice not in self.panel.ready:
                self.note = _FINER
                return
            self._make(choice)
        except Restart:
            # More operations are now visible: repeat the earlier steps, then make this one.
            for _ in range(_MOST_RESTARTS):
                try:
                    self._lead(self.moments[1:], is_finer=True)
                    if choice in self.moments[-1].panel.ready:
                        self._make(choice)
                except Restart:
                    continue
                self.note = _FINER
                return
            raise SimpshError(_ALWAYS_NEW) from None

    def _end(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            run.close()

    def _make(self, choice: str) -> None:
        run = self._run
        if run is not None:
            before = self.panel
            try:
                step = run.step(choice)
            except RunCutOff:
                self._end()  # the step is incomplete; hold() repeats the steps before it
                raise
            now = snapshot_of(run)
            words = narrate_step(step, before, now, self.knowledge.naming)
            self.moments.append(Moment(now, words, step))

    def _lead(self, done: Sequence[Moment], *, is_finer: bool = False) -> None:
        """Start the program again, and repeat the steps of these moments."""
        for _ in range(_MOST_RESTARTS):
            self._end()
            try:
                run = ControlledRun(self.knowledge)
                try:
                    panel = snapshot_of(run)
                    self.moments = [Moment(panel, narrate_beginning(self.command, panel))]
                except BaseException:
                    run.close()
                    raise
                self._run = run
                for moment in done:
                    self._repeat(moment, is_finer=is_finer)
            except Restart:
                is_finer = True
                continue
            return
        raise SimpshError(_ALWAYS_NEW)

    def _maker_of(self, name: str) -> str:
        """Return the ready ancestor that must run until it has made a process; empty if none."""
        panel = self.panel
        if name in panel.ended:
            return ""
        makers = {line.name for line in panel.lines}
        while name and name not in makers:
            name = parent_of(name)
            if name in panel.ready:
                return name
        return ""

    def _repeat(self, moment: Moment, *, is_finer: bool) -> None:
        """Repeat the step of a moment; if `is_finer`, also the finer steps that lead to it."""
        if moment.step is None:
            return
        choice = moment.step.choice
        for _ in range(_REFINED if is_finer else 1):
            panel = self.moments[-1].panel
            if is_finer and (maker := self._maker_of(process_of(choice))):
                self._make(maker)
                continue
            if choice not in panel.ready:
                raise SimpshError(
                    f"the program does not do the same again: at step {panel.number + 1} "
                    f"{choice} could not go; {panel.why_not(choice)}"
                )
            self._make(choice)
            made = self.moments[-1].step
            if made is not None and made.operation == moment.step.operation:
                return
        raise SimpshError(
            f"the program does not do the same again: at step {self.moments[-1].panel.number} "
            f"{choice} did something else"
        )


MOST_STATES = 10_000
"""The most states; the student waits about 30 us for each of them."""
_MOST_RESTS_SHOWN = 40
_MOST_OUTPUTS = 2000


class LookAhead:
    """A search for the outputs that are still possible."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._search = StateSearch(knowledge)
        self._knowledge = knowledge
        self._outlooks: dict[tuple[str, ...], Outlook | None] = {}
        self._version: object = None
        self._all: Futures | None = None
        self._has_begun = False
        self.is_done = False
        """Whether the search has ended."""

    def advance(self, seconds: float) -> bool:
        """Search for about `seconds`; return whether there is more to search."""
        self._has_begun = True
        self._outlooks.clear()
        self.is_done = self._is_too_large or not self._search.advance(seconds)
        return not self.is_done

    @property
    def _is_too_large(self) -> bool:
        graph = self._search.graph
        return graph is not None and len(graph.states) > MOST_STATES

    def lags(self, schedule: Sequence[str]) -> bool:
        """Return whether the search left out the state after a schedule."""
        is_hopeless = self._search.trouble or self._knowledge.flags or self._is_too_large
        if not self.is_done or is_hopeless:
            return False
        self.outlook(schedule)
        return not self._search.is_finished

    @property
    def state(self) -> str:
        """The reason why the outputs are unknown, as a sentence."""
        flags = [flag.words for flag in sorted(self._knowledge.flags)]
        if flags:
            return f"The program {listed(flags)}: there may be others."
        if not self._has_begun:
            return "Nothing has been looked at yet."
        if self._search.trouble:
            return f"The search has stopped: {self._search.trouble.clause}."
        if self._is_too_large:
            return f"There are more than {MOST_STATES:,} states: too many to be foreseen here."
        if not self.is_done:
            return "There are more orders than could be looked at so far."
        return "Not everything could be looked at, or there are too many outputs to be listed."

    def outlook(self, schedule: Sequence[str]) -> Outlook | None:
        """Return the outputs that are possible after a schedule; None if they are not known."""
        key = tuple(schedule)
        if key not in self._outlooks:
            is_possible = self._has_begun and not self._is_too_large
            self._outlooks[key] = self._compute(key) if is_possible else None
        return self._outlooks[key]

    def _compute(self, schedule: tuple[str, ...]) -> Outlook | None:
        """Compute outlook(); add states that the search has omitted to the search."""
        search = self._search
        number = search.visit(schedule)
        if number is None:
            return None
        choices = search.list_choices(number)
        after = {choice: search.visit([*schedule, choice]) for choice in choices}
        futures = self._futures()
        if futures is None:
            return None
        component = futures.automaton.component
        rests = futures.outputs(component[number])
        if not rests:
            return None
        branches = {}
        for choice, state in after.items():
            if state is not None:
                count = len(futures.outputs(component[state]))
                branches[choice] = ChoiceOutlook(count, id(futures.of(component[state])))
        is_complete = search.is_finished and len(branches) == len(after)
        return Outlook(
            tuple(sorted(rests))[:_MOST_RESTS_SHOWN],
            len(rests),
            is_complete and not self._knowledge.flags,
            any(futures.is_stuck(end) for _, end in futures.of(component[number])),
            branches,
        )

    def _futures(self) -> Futures | None:
        """Return the continuations of all known states, once for each version of the graph."""
        search = self._search
        graph = search.graph
        if graph is None:
            return None
        version = id(graph), len(graph.states), search.is_finished, search.runs
        if self._version != version or self._all is None:
            automaton = search.automaton(range(len(graph.states)))
            try:
                self._all = Futures(automaton, _MOST_OUTPUTS)
            except TooManyOutcomes:
                return None
            self._version = version
        return self._all


class Outlook(Record):
    """The outputs that are still possible."""

    rests: tuple[bytes, ...]
    """The rest of each possible output; if there are many, only the first rests."""
    count: int
    is_complete: bool
    """Whether other outputs are impossible."""
    may_deadlock: bool
    after: Mapping[str, ChoiceOutlook]
    """The outlook after each choice."""

    @property
    def is_free(self) -> bool:
        """Whether the next choice has no effect: all choices have the same future."""
        futures = {branch.future for branch in self.after.values()}
        return self.is_complete and len(futures) == 1

    def left(self, choice: str) -> str:
        """Return the share of outputs that a choice leaves possible; empty if it decides nothing.

        >>> after = {"P0": ChoiceOutlook(1, 7), "P1": ChoiceOutlook(2, 8)}
        >>> Outlook((b"a", b"b"), 2, True, False, after).left("P0")
        '1 of 2'
        """
        branch = self.after.get(choice)
        if branch is None or not self.is_complete or self.count < 2 or self.is_free:
            return ""
        if branch.count == self.count:
            return "both" if self.count == 2 else f"all {self.count}"
        return f"{branch.count} of {self.count}"

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
        if self.is_free:
            return "This choice does not matter: the possible outputs stay the same."
        return "This choice matters: it decides what can still be printed."


class ChoiceOutlook(Record):
    """The outputs that are possible after a choice."""

    count: int
    future: int
    """Equal for two branches if the same outputs can follow after both."""
