"""All orders of a demonstration or a line: their outcomes, and the judgement of a task's line.

The explorer executes a program built from a demonstration, the parts of the lesson file that it
uses, and a call. The frequency of outputs in free runs is shown but never used for a claim.

One recorded run shows one order. A line that solves its task in that run is run again in forced
orders and recorded again. Then the explorer searches all orders for what the line prints,
writes into files, and whether it hangs. It runs the line in /bin/sh, so its answer counts only if
what the recorded runs print is among its outputs.
"""

from __future__ import annotations

import ast
import builtins
import os
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

from simpsh.base.events import (
    Assign,
    Close,
    Exec,
    Exit,
    Fork,
    Line,
    Read,
    Reap,
    SetPgid,
    SignalDeliver,
    SignalSend,
    TcSetPgrp,
    Wait,
    WaitReturn,
    What,
    Write,
)
from simpsh.base.patience import patience
from simpsh.base.phrases import counted
from simpsh.base.process_names import FIRST, birth_number, birth_path, parent_of
from simpsh.base.record import Record, changed
from simpsh.base.surroundings import search_folders
from simpsh.base.targets import Member
from simpsh.course.claims.claim import Proof, Run, Unknown, calls_of, verdict_of
from simpsh.course.claims.demonstration import (
    NO_EDIT,
    C,
    Demonstration,
    Edit,
    Listing,
    Python,
    Shell,
    listing,
    names_by_line,
)
from simpsh.course.claims.line_claims import TaskClaims, Variation
from simpsh.course.claims.observation import (
    Observation,
    OrderStep,
    SearchResult,
    SeenOutcome,
    StuckOutput,
    quoted,
)
from simpsh.course.run.demonstration_monitor import observe
from simpsh.course.run.demonstration_process import run_line
from simpsh.course.run.demonstration_setup import (
    DEADLINE_SECONDS,
    POLLS,
    DemonstrationSetup,
    NotObservable,
)
from simpsh.course.run.search_progress import report_progress
from simpsh.kernel.processes import sched_getaffinity
from simpsh.kernel.program_execution import file_to_execute
from simpsh.process.machine_permits import who_traces_us
from simpsh.process.own_directory import own_directory
from simpsh.process.worker import WorkerLate
from simpsh.trace.tracer.traced_command import NotTraceable

if TYPE_CHECKING:
    from simpsh.explore.search.exploration import Exploration, ExplorationLimits, SearchProgress
    from simpsh.explore.search.program_outcomes import WitnessStep


_PROGRAM_CHARACTERS = 2048
_BUDGET_SECONDS = 120.0 * patience()
"""Far more than any search of the course needs, so that it suffices on a busy machine."""
_FREE_SECONDS = 10.0 * patience()
FIRST_RUN_SECONDS = 20.0
"""How long the first run may take if nobody waits for an answer."""
PATIENT_SECONDS = 60.0 * patience()
"""The budget for a line that a lesson's check must refuse, on a busy machine too."""
_results: dict[tuple[object, ...], SearchResult] = {}


def forget() -> None:
    """Forget the results, so that the next search of each demonstration runs again."""
    _results.clear()


def search(step: Demonstration, native: int, edit: Edit = NO_EDIT) -> SearchResult:
    """Search all orders of a demonstration and run it freely; results are cached."""
    listed = listing(step, edit)
    key = (listed.source, type(step.code), native, step.main, step.births)
    if key not in _results:
        _results[key] = _search(step, native, listed)
    return _results[key]


def outcomes_of_line(
    line: str, seconds: float, first_run_seconds: float = FIRST_RUN_SECONDS
) -> tuple[list[SeenOutcome], bool]:
    """Return the outcomes of a line in /bin/sh, and whether the list is complete.

    A sleep does not enforce an order. Raises NotObservable, WorkerBroken.
    """
    sh = file_to_execute("sh", os.environ)
    return outcomes_of((sh, "-c", line), seconds, first_run_seconds)


def outcomes_of(
    argv: tuple[str, ...], seconds: float, first_run_seconds: float = FIRST_RUN_SECONDS
) -> tuple[list[SeenOutcome], bool]:
    """Return the outcomes of a command in all orders, and whether the list is complete.

    Raises NotObservable, WorkerBroken.
    """
    from simpsh.explore.objects.name_words import decode_name
    from simpsh.explore.search.exploration import ExplorationLimits

    limits = ExplorationLimits(seconds, first_run_seconds, natives=0)
    exploration = _explore(argv, limits)
    outcomes = [
        SeenOutcome(
            outcome.text,
            {os.path.normpath(name): decode_name(content) for name, content in outcome.files},
            hangs=any(name == FIRST for name, _ in outcome.deadlock),
            is_stuck=bool(outcome.deadlock),
        )
        for outcome in exploration.outcomes
    ]
    # They are judged by the rules: no free run is made for it.
    has_all = exploration.has_every_order and not exploration.amid
    return outcomes, has_all and not exploration.is_sample


def _explore(argv: tuple[str, ...], limits: ExplorationLimits) -> Exploration:
    """Explore a command in an empty directory; raises NotObservable."""
    if ours := who_traces_us():
        raise NotObservable(ours)
    from simpsh.explore.control.explored_program import ExploredProgram
    from simpsh.explore.search.exploration import explore

    with own_directory("simpsh-lesson-") as folder:
        environment = {"PATH": ":".join(search_folders()), "PYTHONHASHSEED": "0"}
        try:
            report_progress("the first run")
            program = ExploredProgram(argv, argv[0], folder, environment=environment)
            return explore(program, limits, partial(_report, limits.natives))
        except NotTraceable as error:
            raise NotObservable(str(error)) from None


def _report(most_free: int | None, far: SearchProgress) -> None:
    words = f"{counted(far.runs, 'run')} in chosen orders"
    report_progress(f"{far.free_runs} of {most_free} free runs" if far.free_runs else words)


def _search(step: Demonstration, native: int, listed: Listing) -> SearchResult:
    from simpsh.explore.search.exploration import ExplorationLimits

    limits = ExplorationLimits(_BUDGET_SECONDS, natives=native, native_seconds=_FREE_SECONDS)
    exploration = _explore(explored_argv(step, listed), limits)
    names = _names(exploration, step, listed)
    pids = {name: number for number, name in enumerate(names.values(), 1)}
    births = tuple(
        OrderStep(names[parent_of(path)], f"forks {name}", Fork(pids[name], name))
        for path, name in names.items()
        if parent_of(path) in names
    )
    possible, seen = {}, {}
    counts = dict(exploration.seen), dict(exploration.seen_skipped)
    for outcome in exploration.outcomes:
        key = StuckOutput(outcome.text) if outcome.deadlock else outcome.text
        possible[key] = births + tuple(_order_step(step, names, pids) for step in outcome.story)
        # The count is negative if it is unknown how many of these runs were stuck.
        seen[key] = sum(max(0, times.get(outcome.output, 0)) for times in counts)
    reasons, lacks_amid = exploration.reasons, bool(exploration.amid)
    if lacks_amid and isinstance(step.code, Python):
        # If a handler uses no variable, no line can notice that it runs in the middle of computing.
        lacks_amid = not handlers_use_nothing(listed.source)
    return SearchResult(
        possible=possible,
        seen=seen,
        native=exploration.natives + exploration.skipped,
        is_complete=not reasons and not exploration.is_sample,
        lacks_amid=lacks_amid,
        flags=reasons,
        names=tuple(names.values()),
    )


def _order_step(step: WitnessStep, names: Mapping[str, str], pids: Mapping[str, int]) -> OrderStep:
    """Return a step of a witness with the shown names, and with its event if it has a row."""
    from simpsh.explore.objects.name_words import decode_name

    process = names.get(step.process, step.process)
    words = step.words(names)
    event: What | None = None
    if step.printed:
        text = decode_name(step.printed)
        event = Write(1, len(text), "", text)
    elif step.status is not None:
        event = Exit(step.status)
    elif child := names.get(step.collected, ""):
        event = Reap(pids[child], child, Member(process))
    return OrderStep(process, words, event)


def explored_argv(step: Demonstration, listed: Listing) -> tuple[str, ...]:
    """Return the command line that the explorer executes for a demonstration."""
    code = step.code
    if isinstance(code, C):
        from simpsh.course.run.c_compilation import compile_source

        return (compile_source(listed.source),)
    if isinstance(code, Shell):
        return (file_to_execute(code.interpreter or "sh", os.environ), "-c", listed.source)
    # Pad all programs to one length: the interpreter's memory is then the same at the start of
    # each, so searches can share knowledge about it.
    return (sys.executable, "-S", "-s", "-P", "-c", listed.source.ljust(_PROGRAM_CHARACTERS))


def _names(exploration: Exploration, step: Demonstration, listed: Listing) -> dict[str, str]:
    """Return the shown names by birth path: P0 is the first, P1.2 its first child's second."""
    paths = {part.process for outcome in exploration.outcomes for part in outcome.story}
    for outcome in exploration.outcomes:
        paths |= {name for name, _ in (*outcome.statuses, *outcome.deadlock)}
    names = {FIRST: step.main}
    chosen = [*dict.fromkeys(names_by_line(step, listed).values()), *step.births]
    # Generation by generation.
    for path in sorted(paths - {FIRST}, key=lambda path: (len(birth_path(path)), birth_path(path))):
        parent = parent_of(path)
        default = f"{names.get(parent, parent)}.{birth_number(path)}"
        names[path] = chosen.pop(0) if chosen else default
    return names


def handlers_use_nothing(program: str) -> bool:
    """Return whether no possible handler uses a variable that another function could change.

    The explorer knows the variables of a Python handler only from the handler's own code. Any
    function that the program uses as a value, not only calls, may be a handler.
    """
    tree = ast.parse(program)
    calls = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    values = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in calls
    }
    handlers = []
    constants = set(dir(builtins))
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            constants |= {(name.asname or name.name).split(".")[0] for name in node.names}
        elif isinstance(node, ast.FunctionDef) and node.name in values:
            handlers.append(node)
        elif any(isinstance(inner, _FUNCTIONS) for inner in list(ast.walk(node))[1:]):
            return False  # a nested function shares the variables of the outer one

    def uses_nothing(node: ast.FunctionDef) -> bool:
        inside = list(ast.walk(node))[1:]
        parameters = {inner.arg for inner in inside if isinstance(inner, ast.arg)}
        reaches_out = ast.Global | ast.Nonlocal | _FUNCTIONS
        return _free_names(node) <= constants | parameters and not any(
            isinstance(inner, reaches_out) for inner in inside
        )

    return all(map(uses_nothing, handlers))


_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def _free_names(node: ast.AST) -> set[str]:
    """Return the names that a piece of code uses but does not define."""
    names = [inner for inner in ast.walk(node) if isinstance(inner, ast.Name)]
    used = {name.id for name in names if isinstance(name.ctx, ast.Load)}
    return used - {name.id for name in names if isinstance(name.ctx, ast.Store)}


CHILDREN_FIRST = "children first"
ALL_LATE = range(1, 1_000_000)
"""All births: in this order each child begins as late as possible."""
_MOST_LATE = 6
"""How many processes are delayed, one in each run."""
_LINE_SECONDS = 4.0
"""How long a student waits for an answer. Each order takes its time from this budget."""
_SEARCH_SECONDS = 1.5
"""The most processor time of a search."""
_LEAST_SECONDS = 0.3
"""No further order is begun when less than this is left."""
_NO_OUTCOME = SeenOutcome(output="\0", hangs=True)
"""An outcome that no line can have. If a proof accepts it, a search is useless."""
_MOST_NAMED = 5
_PREPARES = (Close, SetPgid, TcSetPgrp, Wait)
"""The events of a shell between a fork and its wait for the child."""
_PASSIVE = (*_PREPARES, SignalDeliver, Reap, Assign, Line)
"""The events of a process that waits."""
_IN_EVERY_ORDER = "This is so in every order ({} were run; all outputs were computed)."
_IN_THIS_RUN = "This was so in your run. Other orders were not tried: they need your terminal."
_NO_TERMINAL = "the line uses /dev/tty, and its runs in other orders have no terminal"
_IN_SOME_ORDERS = "This is so in the orders that were tried, {}; not every order was."


_AS_TYPED = Variation()


class JudgedClaim(Record):
    """A sub-claim of a task about a line."""

    name: str
    holds: bool
    instead: str = ""
    """What happened instead."""
    is_unseen: bool = False
    """Whether it is not known to hold, although nothing speaks against it.

    It holds for an empty line, too, and an earlier sub-claim does not hold: it may be about
    something that does not exist. Or it asks for the varied run, which was not made.
    """


class LineVerdict(Record):
    """Whether a line does what its task asks, in every order."""

    line: str
    seen: Observation
    """The recorded run of the line."""
    claims: tuple[JudgedClaim, ...] = ()
    """The sub-claims, in the order of the task."""
    breaking: Observation | None = None
    """A run in an order in which the line does not solve the task."""
    order: str = ""
    """The order that breaks the line, as a sentence; empty if the recorded run decides."""
    scope: str = ""
    """Which orders were tried, as a sentence; empty if the line has one order only."""
    doubt: str = ""
    """Why this machine cannot decide; empty if it can."""

    @property
    def holds(self) -> bool:
        """Whether every sub-claim holds."""
        return not self.doubt and all(claim.holds for claim in self.claims)

    @property
    def failed(self) -> list[JudgedClaim]:
        """The sub-claims that do not hold."""
        return [claim for claim in self.claims if not claim.holds]

    @property
    def because(self) -> str:
        """The reason, for the author of a lesson."""
        return self.doubt or "; ".join(f"{one.name}: {one.instead}" for one in self.failed)


def perform_line(
    line: str,
    order: str = "",
    late: Collection[int] = (),
    calls: frozenset[str] = frozenset(),
    variation: Variation = _AS_TYPED,
    seconds: float = DEADLINE_SECONDS,
) -> Observation:
    """Run a line as `simpsh -c` does, observed; processes are named after their programs.

    `order` and `late` force an order; see DemonstrationSetup. With a variation the line has drawn
    values. After `seconds` it is ended.
    """
    typed, drawn = variation.apply(line)
    setup = DemonstrationSetup(
        main="shell",
        source=typed,
        order=order,
        late=late,
        names_programs=True,
        calls=calls,
        alters_statuses=variation.alters_statuses,
        withheld=variation.signal,
        deadline_seconds=seconds,
    )
    seen = observe(partial(run_line, typed, is_typed=True), setup)
    return changed(seen, drawn=drawn) if drawn else seen


@cache
def seen_of_nothing(calls: frozenset[str]) -> Observation:
    """Return the observation of a line that does nothing."""
    return perform_line(":", calls=calls)


def perform_lines(lines: Sequence[str]) -> list[Observation]:
    """Run lines one after the other, each like perform_line()."""
    return list(map(perform_line, lines))


def judged(
    task: TaskClaims,
    line: str,
    seen: Observation,
    seconds: float = _LINE_SECONDS,
    on_order: Callable[[int], object] = lambda _: None,
) -> LineVerdict:
    """Judge a line by its recorded run and, unless that is decisive, in other orders.

    `on_order` is called with the number of orders tried before each further one.
    """
    return _Judging(task, line, seen, time.monotonic() + seconds, on_order).judge()


class _Judging:
    """The judgement of one line, with its budget of time."""

    def __init__(
        self,
        task: TaskClaims,
        line: str,
        seen: Observation,
        ends: float,
        on_order: Callable[[int], object],
    ) -> None:
        self._task = task
        self._line = line
        self._seen = seen
        self._ends = ends
        self._on_order = on_order
        self._runs = [seen]
        self._varied: Observation | None = None
        self._has_one_order = False
        self._with_calls = seen
        """A run with the further calls that some sub-claims need."""

    @property
    def _time(self) -> float:
        return self._ends - time.monotonic()

    def judge(self) -> LineVerdict:
        """Return the verdict."""
        verdict = self._judge()
        claims = [
            changed(one, is_unseen=one.is_unseen and not verdict.holds) for one in verdict.claims
        ]
        return changed(verdict, claims=self._weighed(claims))

    def _weighed(self, claims: Sequence[JudgedClaim]) -> tuple[JudgedClaim, ...]:
        weighed: list[JudgedClaim] = []
        for claim in claims:
            if claim.holds and not all(earlier.holds for earlier in weighed):
                nothing = Run(seen_of_nothing(self._task.calls))
                is_unseen = verdict_of(self._task.claims[claim.name], nothing).holds is True
                claim = changed(claim, is_unseen=claim.is_unseen or is_unseen)
            weighed.append(claim)
        return tuple(weighed)

    def _judge(self) -> LineVerdict:
        verdict = partial(LineVerdict, self._line, self._seen)
        try:
            if self._task.calls and not self._seen.hangs:
                # The prompt does not record these calls.
                self._with_calls = self._perform()
            first = self._claims(self._seen, is_first=True)
            if self._seen.hangs or not all(claim.holds for claim in first):
                return verdict(first)
            if self._task.at_prompt_only:
                return verdict(first, scope=_IN_THIS_RUN)
            if _uses_own_terminal(self._seen):
                return verdict(first, doubt=_NO_TERMINAL)
            if self._task.variation:
                self._varied = self._perform(variation=self._task.variation)
                first = self._claims(self._runs[0], is_first=True)
            if _has_one_order(self._runs[0]) or not all(claim.holds for claim in first):
                return verdict(self._claims(self._runs[0]))
            self._force_orders()
            for run in self._runs:
                claims = self._claims(run)
                if not all(claim.holds for claim in claims):
                    if run is self._runs[0]:
                        return verdict(claims)
                    return verdict(claims, breaking=run, order=_order_of(run))
            claims, scope = self._judge_search(claims)
        except Unknown as doubt:
            return verdict(doubt=str(doubt))
        return verdict(claims, scope=scope)

    def _perform(
        self, order: str = "", late: Collection[int] = (), variation: Variation = _AS_TYPED
    ) -> Observation:
        """Run the line; raises Unknown if a run that every verdict needs does not end."""
        self._on_order(len(self._runs))
        is_order = bool(order or late)
        seconds = max(1.0, self._time) if is_order else DEADLINE_SECONDS
        seconds = min(DEADLINE_SECONDS, seconds)
        try:
            seen = perform_line(self._line, order, late, self._task.calls, variation, seconds)
        except WorkerLate as problem:
            seen = Observation(problem=str(problem))
        if seen.problem and not is_order:
            raise Unknown(f"it did not end within {seconds:g} seconds")
        return seen

    def _claims(self, seen: Observation, *, is_first: bool = False) -> tuple[JudgedClaim, ...]:
        """Judge each sub-claim; at first, one that another order may fulfil holds."""
        claims = []
        runs = self._runs if len(self._runs) > 1 and not is_first else ()
        for name, proof in self._task.claims.items():
            needs_calls = calls_of(proof) and seen is self._seen
            asked: list[str] = []
            run = Run(
                self._with_calls if needs_calls else seen,
                runs,
                self._varied,
                partial(asked.append, name),
                is_first=is_first,
            )
            verdict = verdict_of(proof, run)
            if verdict.holds is None:
                raise Unknown(verdict.because)
            is_unseen = verdict.holds and bool(asked) and self._varied is None
            because = "" if verdict.holds else verdict.because
            claims.append(JudgedClaim(name, verdict.holds, because, is_unseen))
        return tuple(claims)

    def _force_orders(self) -> None:
        """Run the line with each process late in turn, while there is time."""
        late = self._perform(late=ALL_LATE)
        if not late.problem and not _has_orders(late):
            self._has_one_order = True
            return
        births = range(1, min(len(late.names), _MOST_LATE + 1))
        ways: list[tuple[str, Sequence[int]]] = [
            (CHILDREN_FIRST, ()),
            *(("", (birth,)) for birth in births),
        ]
        if not late.problem:
            self._runs.append(late)
        for order, births_late in ways:
            if self._time < _LEAST_SECONDS:
                break
            run = self._perform(order, births_late)
            if not run.problem:
                self._runs.append(run)

    def _judge_search(self, claims: tuple[JudgedClaim, ...]) -> tuple[tuple[JudgedClaim, ...], str]:
        """Judge the outcomes of a search; return the claims, and which orders were tried."""
        number, ran = len(self._runs), len(self._runs)
        if self._has_one_order:
            return claims, ""
        about = {
            name: proof for name, proof in self._task.claims.items() if _refute(proof, _NO_OUTCOME)
        }
        load = os.getloadavg()[0] / len(sched_getaffinity())
        seconds, first_run_seconds = search_budget(self._time, load)
        if about and seconds > 0:
            self._on_order(number)
            outcomes, is_complete = outcomes_of_line(self._line, seconds, first_run_seconds)
            if {run.output for run in self._runs[1:]} <= {outcome.output for outcome in outcomes}:
                for outcome in outcomes:
                    reasons = {name: _refute(one, outcome) for name, one in about.items()}
                    if any(reasons.values()):
                        refuted = tuple(
                            JudgedClaim(
                                one.name,
                                not reasons.get(one.name),
                                f"in another order, {reasons[one.name]}"
                                if reasons.get(one.name)
                                else "",
                            )
                            for one in claims
                        )
                        return refuted, ""
                if is_complete:
                    return claims, _IN_EVERY_ORDER.format(ran)
                number += len(outcomes)
        return claims, _IN_SOME_ORDERS.format(number)


def search_budget(left: float, load: float) -> tuple[float, float]:
    """Return the processor seconds of a search, and of its first run.

    They depend on the seconds left and on the load of a processor.

    >>> search_budget(4.0, 0.2), search_budget(4.0, 3.7), search_budget(0.2, 1.0)
    ((1.5, 2.2), (0.75, 0.25), (0.0, 0.0))
    """
    most = max(0.0, left - _LEAST_SECONDS) / max(1.0, load)
    seconds = min(_SEARCH_SECONDS, 0.75 * most)
    return seconds, most - seconds


def _uses_own_terminal(run: Observation) -> bool:
    """Return whether a process has opened /dev/tty; its runs in other orders could not."""
    for event in run.events:
        what = event.what
        if isinstance(what, Exec):
            files = [file for _, file in what.files]
        elif isinstance(what, Read | Write) and what.file is not None:
            files = [what.file]
        else:
            continue
        if any(file.path == "/dev/tty" for file in files):
            return True
    return False


def _has_one_order(run: Observation) -> bool:
    """Return whether a run shows that nothing can happen between a fork and the child's end.

    Then each parent waits for its only child, and no other order exists. A poll is no wait: it
    found the child only because the child was fast.
    """
    alive: list[tuple[str, str]] = []
    polling: set[str] = set()
    for event in run.events:
        actor, what = event.proc, event.what
        is_running = not alive or actor == alive[-1][1]
        if isinstance(what, Fork):
            if what.thread or not is_running:
                return False
            alive.append((actor, what.child))
        elif isinstance(what, Wait):
            (polling.add if "WNOHANG" in what.options else polling.discard)(actor)
        elif isinstance(what, WaitReturn) and what.child_pid > 0:
            if not alive or alive[-1] != (actor, what.child) or actor in polling:
                return False
            alive.pop()
        elif (isinstance(what, SignalSend) and what.signal) or (
            not is_running and not isinstance(what, _PASSIVE)
        ):
            return False
    return not alive and len(run.left) <= 1


def _refute(proof: Proof, outcome: SeenOutcome) -> str:
    """Return why an outcome refutes a proof; empty if it does not, or does not say."""
    verdict = verdict_of(proof, outcome)
    return verdict.because if verdict.holds is False else ""


def _has_orders(late: Observation) -> bool:
    """Return whether something happened while a new process was held at its birth."""
    if POLLS in late.lacks:
        return True
    events = late.events
    for birth, event in enumerate(events):
        if isinstance(event.what, Fork):
            child, later = event.what.child, range(birth + 1, len(events))
            begins = next((index for index in later if events[index].proc == child), len(events))
            if not all(isinstance(act.what, _PREPARES) for act in events[birth + 1 : begins]):
                return True
    return False


def _order_of(run: Observation) -> str:
    """Return what the processes of a line wrote and how they ended, in order, as a sentence."""
    events = [event for event in run.events if event.proc in run.names[1:]]
    written = {event.proc for event in events if isinstance(event.what, Write)}
    acts = [
        f"`{event.proc}` writes {quoted(event.what.text.rstrip())}"
        if isinstance(event.what, Write)
        else f"`{event.proc}` ends"
        for event in events
        if isinstance(event.what, Write)
        or (isinstance(event.what, Exit) and event.proc not in written)
    ]
    return f"In another order, {', then '.join(acts[:_MOST_NAMED])}."
