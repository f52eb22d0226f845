"""A typed line is a run: a fresh shell at a terminal runs it once, recorded.

    teacher ──► supervisor, the tracer ──► the shell, which runs the line ──► its jobs …

The shell has job control and the syntax of a prompt. It reports when the line is done, and is held
there, as a shell that waits for the next line. When its children sleep, have ended or compute on,
all processes are inspected, and ended.

A line that does what its task asks in this run is run again, twice, with late children. Then the
explorer searches every order for what the line prints, writes into files, and whether it hangs. It
runs the line in /bin/sh, so its answer counts only if it has what the runs printed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial

from simpsh.base.errors import Interrupted
from simpsh.base.events import Close, Event, Exec, Fork, Read, SetPgid, TcSetPgrp, Wait, Write
from simpsh.base.patience import patience
from simpsh.base.record import Record, changed
from simpsh.base.signal_names import SIGQUIT, SIGTERM
from simpsh.base.waits import KEYBOARD, TERMINAL_INPUT, Situation, Wait as Waiting
from simpsh.course.claims.claim import Proof, Some, Verdict, calls_of, verdict_of
from simpsh.course.claims.observation import Observation, SeenOutcome
from simpsh.course.run.demonstration_monitor import NEWBORN, DemonstrationMonitor, observe
from simpsh.course.run.demonstration_process import (
    BEGIN,
    ReportedVariables,
    report_expansions_and_traps,
    send_report,
)
from simpsh.course.run.demonstration_setup import (
    DEADLINE_SECONDS,
    DemonstrationSetup,
    NotObservable,
)
from simpsh.course.run.order_search import outcomes_of_line
from simpsh.diagnosis.finding import Finding
from simpsh.kernel import signals
from simpsh.kernel.descriptors import OWN_LOWEST
from simpsh.process import proc
from simpsh.process.worker import WorkerLate
from simpsh.trace.tracer.process_family import TracedProcess
from simpsh.trace.tracer.rest_detection import RestWatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.base.complaint import HintSource
    from simpsh.shell.state import State

    Hints = Callable[[State], HintSource]

DONE = b"D"
"""The shell's report: the line is done."""
_AT_PROMPT = "at the prompt"
"""The mark at which the shell is held then."""
_LONG_SLEEP_SECONDS = 60.0
_LINE_SECONDS = 30.0 * patience()
"""The safety limit of a run: on a busy machine a script that finds a program takes ten."""
_STUDENT_SECONDS = 600.0
"""The limit of a run at which a student sits, who can press ^C."""
_SETTLING_CPU_SECONDS = 1.0 * patience()
"""The processor time that background processes get before they are inspected."""
_SETTLING_SECONDS = DEADLINE_SECONDS
"""The limit of elapsed time, for busy machines."""
_LOOK_SECONDS = 0.05
_LONGEST_HOLD_SECONDS = 4.0
"""How long a late child is held while others sleep and look again: they may wait for it."""
YOUNGEST_FIRST, OLDEST_FIRST = (
    f"late children, the {first} first" for first in ("youngest", "oldest")
)
"""Orders in which children begin one by one, only when nothing else can move, not even after a
sleep."""


# --- Running a line ------------------------------------------------------------------------------


def perform_line(
    line: str,
    calls: frozenset[str] = frozenset(),
    order: str = "",
    *,
    is_here: bool = False,
    hints: Hints | None = None,
) -> Observation:
    """Run a line in a fresh shell, observed; processes are named after their programs.

    `is_here`: on the terminal of this process, in the foreground; otherwise on a new one. `order`
    is empty for the kernel's choice, or YOUNGEST_FIRST, OLDEST_FIRST. `hints` are those of
    make_shell().

    Raises NotObservable, WorkerBroken.
    """
    setup = DemonstrationSetup(
        main="shell",
        source=line,
        order=order,
        names_programs=True,
        calls=calls,
        terminal=not is_here,
        is_here=is_here,
        deadline_seconds=_STUDENT_SECONDS if is_here else _LINE_SECONDS,
    )
    return observe(partial(_run_typed, line, hints), setup, LineMonitor)


def _run_typed(line: str, hints: Hints | None) -> None:
    """Run a line in this process as a shell at a prompt does, and report that it is done."""
    from simpsh.shell.jobs.launcher import FORK
    from simpsh.shell.shell import make_shell
    from simpsh.shell.state import ShellExit

    report_expansions_and_traps()
    shell = make_shell(os.environ, engine=FORK, is_interactive=True, hints=hints)
    shell.state.variables = ReportedVariables(shell.state.variables)
    launcher = shell.launcher
    interrupts = launcher.context.interrupts
    interrupts.install()
    interrupts.is_shown = True
    signals.set_dispositions(dict.fromkeys((SIGTERM, SIGQUIT), signals.SIG_IGN))
    launcher.end_at_hangup()
    shell.state.options.monitor = launcher.context.take_terminal() is None
    send_report(BEGIN)
    try:
        shell.run(line)
        shell.run_traps()
        send_report(DONE)
    except ShellExit as leaving:
        shell.state.last_status = leaving.status
    except Interrupted:
        send_report(DONE)
    sys.exit(shell.run_exit_trap())


class LineMonitor(DemonstrationMonitor):
    """Follows the shell of a typed line, and ends all when the line is done."""

    _is_done = False
    _settling_ends = _next_look = 0.0
    _held_at = 0.0
    """When a child was held last."""
    _quiet = -1, 0.0
    """How many events there were when all processes first slept, and when that was."""
    _used_at_end = 0.0
    """The processor time of all processes when the line was done."""

    def follow(self, pid: int) -> None:
        """Follow the shell and its jobs until all are gone."""
        seconds = min(_LONG_SLEEP_SECONDS, self.setup.deadline_seconds)
        watch = _AtKeyboard if self.setup.is_here else RestWatch
        self._rest = watch(self.tracer.account, seconds)
        self.tracer.when_busy = self._look_while_busy
        super().follow(pid)

    def _note(self, event: Event) -> None:
        root, what = self.tracer.account.root, event.what
        is_own = root is not None and event.proc == root.name and event.proc not in self._programs
        # The shell reports jobs, and repairs the terminal.
        if not (is_own and isinstance(what, Write) and (what.fd == 2 or what.fd >= OWN_LOWEST)):
            super()._note(event)

    def _take_report(self, member: TracedProcess, tid: int, report: bytes) -> None:
        if report == DONE and member is self.tracer.account.root:
            self.tracer.family.held[tid] = _AT_PROMPT
            self._begin_settling()
        else:
            super()._take_report(member, tid, report)

    def _begin_settling(self) -> None:
        self._is_done = True
        self._settling_ends = time.monotonic() + _SETTLING_SECONDS
        self._used_at_end = self._seconds_used()

    def _delay(self, parent: int, child: int) -> int:  # noqa: ARG002 - of the tracer
        if self.setup.order:
            self._hold(child)
            self._held_at = time.monotonic()
        return 0

    def _polls(self) -> bool:
        return super()._polls() or time.monotonic() - self._held_at > _LONGEST_HOLD_SECONDS

    def _idle(self) -> None:
        held = self.tracer.family.held
        if self._drain() or not self.has_begun:
            return
        if newborn := [tid for tid, mark in held.items() if mark == NEWBORN]:
            if self._rest.look() or self._polls():
                self._release(newborn[-1 if self.setup.order == YOUNGEST_FIRST else 0])
                self._held_at = time.monotonic()
        elif self._is_done:
            self._end_if_settled()
        else:
            super()._idle()

    def _look_while_busy(self) -> None:
        if time.monotonic() < self._next_look or not self.has_begun:
            return
        self._next_look = time.monotonic() + _LOOK_SECONDS
        root = self.tracer.account.root
        if not self._is_done and root is not None and root.pid not in self.tracer.family.living:
            self._begin_settling()  # the line has ended the shell
        if self._is_done and NEWBORN not in self.tracer.family.held.values():
            self._end_if_settled()

    def _end_if_settled(self) -> None:
        """End all processes if they sleep, have ended, or will run on for long."""
        root, living = self.tracer.account.root, self.tracer.family.living
        others = [member for member in living.values() if member is not root]
        now, count = time.monotonic(), len(self.events)
        # A stop by the tracer, from which a process continues, is `t`.
        if not all(one.is_stopped or proc.state(one.pid) == "S" for one in others):
            self._quiet = -1, now
        elif self._quiet[0] != count:
            self._quiet = count, now
        # Between two events of a script, all may sleep for an instant.
        is_quiet = self._quiet[0] == count and now - self._quiet[1] >= _LOOK_SECONDS
        is_busy = self._seconds_used() - self._used_at_end > _SETTLING_CPU_SECONDS
        if is_quiet or is_busy or not others or now > self._settling_ends:
            self.tracer.kill_all()


_KEYS = (KEYBOARD, TERMINAL_INPUT)


class _AtKeyboard(RestWatch):
    """Takes no process for one at rest that waits for keys of the student."""

    def _wait_of(self, finding: Finding) -> Waiting | None:
        return None if finding.situation in _KEYS else super()._wait_of(finding)

    def _may_be_part(self, part: Situation) -> bool:
        return part not in _KEYS and super()._may_be_part(part)


# --- Judging a line ------------------------------------------------------------------------------

SEARCH_SECONDS = 1.5
"""The processor time of a search for which a student waits."""
PATIENT_SECONDS = 60.0 * patience()
"""That of a search for a line that a lesson's check must refuse, on a busy machine too."""
_FIRST_RUN_SECONDS = 2.5
_NO_OUTCOME = SeenOutcome(output="\0", hangs=True)
"""An outcome that no line can have. If a proof accepts it, a search is useless."""
_PREPARES = (Close, SetPgid, TcSetPgrp, Wait)
"""The events of a shell between a fork and its wait for the child."""
_IN_EVERY_ORDER = "This is so in every order: all outputs were computed."
_IN_THREE_RUNS = (
    "This was so in three runs, in two of them with late children. Not every order was tried."
)
_IN_THIS_RUN = "This was so in your run. Other orders were not tried: they need your keys."


class LineVerdict(Record):
    """Whether a line does what its task asks."""

    line: str
    seen: Observation
    """The recorded run of the line."""
    claims: Mapping[str, Verdict] = {}
    """The verdict on each sub-claim, in the order of the task."""
    breaking: Observation | None = None
    """The run in another order, if the line does not solve the task there only."""
    scope: str = ""
    """Which orders were tried, as a sentence; empty if the line has one order only."""
    problem: str = ""
    """Why the line could not be run as it must be; empty if it could."""

    @property
    def holds(self) -> bool:
        """Whether every sub-claim holds."""
        return not self.doubt and all(claim.holds for claim in self.claims.values())

    @property
    def doubt(self) -> str:
        """Why it could not be judged; empty if it could."""
        if self.failed:
            return ""
        open_ = (claim.because for claim in self.claims.values() if claim.holds is None)
        return self.problem or next(open_, "")

    @property
    def failed(self) -> Mapping[str, str]:
        """The sub-claims that do not hold, with the reasons."""
        return {name: one.because for name, one in self.claims.items() if one.holds is False}

    @property
    def because(self) -> str:
        """The reason, for the author of a lesson."""
        return self.doubt or "; ".join(f"{name}: {why}" for name, why in self.failed.items())


def calls_of_task(asks: Mapping[str, Proof]) -> frozenset[str]:
    """Return the further system calls that must be observed for a task."""
    return frozenset[str]().union(*map(calls_of, asks.values()))


def judged(
    asks: Mapping[str, Proof],
    line: str,
    seen: Observation,
    seconds: float = SEARCH_SECONDS,
    on_step: Callable[[str], object] = lambda _: None,
) -> LineVerdict:
    """Judge a line by its recorded run and, unless that is decisive, in other orders.

    `seconds` is the processor time of the search; `on_step` is called before each further step,
    with words about it.
    """

    def verdicts_on(run: Observation) -> dict[str, Verdict]:
        return {name: verdict_of(proof, run) for name, proof in asks.items()}

    first = verdicts_on(seen)
    verdict = partial(LineVerdict, line, seen)
    if seen.problem:
        return verdict(first, problem=seen.problem)
    if seen.hangs or any(
        one.holds is False and not _needs_one_order(asks[name]) for name, one in first.items()
    ):
        return verdict(first)
    if _reads_terminal(seen):
        return verdict(first, scope=_IN_THIS_RUN)
    claims, outputs = first, {seen.output}
    for order in (YOUNGEST_FIRST, OLDEST_FIRST):
        on_step(f"running the line with {order} …")
        try:
            run = perform_line(line, calls_of_task(asks), order)
        except WorkerLate as late:
            return verdict(first, problem=str(late))
        if run.problem:
            return verdict(first, problem=run.problem)
        outputs.add(run.output)
        before, found = claims, verdicts_on(run)
        claims = {name: _joined(asks[name], one, found[name]) for name, one in before.items()}
        if any(claim.holds is False for claim in claims.values()):
            is_new = all(one.holds is not False for one in before.values())
            return verdict(claims, breaking=run if is_new else None)
        if not _has_orders(run):
            return verdict(claims)
    return _judged_by_search(verdict(claims, scope=_IN_THREE_RUNS), asks, outputs, seconds, on_step)


def _needs_one_order(proof: Proof) -> bool:
    return isinstance(proof, Some) and proof.in_some_order


def _joined(proof: Proof, *verdicts: Verdict) -> Verdict:
    """Join the verdicts of two runs on a sub-claim, which must hold in both or in one."""
    decisive = _needs_one_order(proof)
    found = [one for one in verdicts if one.holds is decisive]
    return (found or [one for one in verdicts if one.holds is None] or [*verdicts])[0]


def _judged_by_search(
    verdict: LineVerdict,
    asks: Mapping[str, Proof],
    outputs: set[str],
    seconds: float,
    on_step: Callable[[str], object],
) -> LineVerdict:
    """Judge the outcomes of every order, if they contain what the runs printed."""
    about = {name: proof for name, proof in asks.items() if _refutes(proof, _NO_OUTCOME)}
    if not about:
        return verdict
    on_step("trying every order …")
    try:
        outcomes, is_complete = outcomes_of_line(
            verdict.line, seconds, max(seconds, _FIRST_RUN_SECONDS)
        )
    except NotObservable:
        return verdict
    if not outputs <= {outcome.output for outcome in outcomes}:
        return verdict
    refuted = {
        name: Verdict(holds=False, because=f"in another order, {reason}")
        for outcome in reversed(outcomes)
        for name, proof in about.items()
        if (reason := _refutes(proof, outcome))
    }
    scope = "" if refuted else _IN_EVERY_ORDER if is_complete else verdict.scope
    return changed(verdict, claims={**verdict.claims, **refuted}, scope=scope)


def _refutes(proof: Proof, outcome: SeenOutcome) -> str:
    """Return why an outcome refutes a proof; empty if it does not, or does not say."""
    verdict = verdict_of(proof, outcome)
    return verdict.because or "it does not hold" if verdict.holds is False else ""


def _reads_terminal(seen: Observation) -> bool:
    """Return whether a process has read keys."""
    terminals: set[tuple[str, int]] = set()
    for event in seen.events:
        what = event.what
        if isinstance(what, Read) and not what.errno:
            if what.file is not None and what.file.kind == "terminal":
                terminals.add((event.proc, what.fd))
            if (event.proc, what.fd) in terminals:
                return True
    return False


def _has_orders(late: Observation) -> bool:
    """Return whether something happened while a new process was held, at its birth or exec."""
    if late.has_polled:
        return True
    events = late.events
    for birth, event in enumerate(events):
        if isinstance(event.what, Fork):
            child, later = event.what.child, events[birth + 1 :]
            acts = [act for act in later if act.proc != child or not isinstance(act.what, Exec)]
            begins = next((n for n, act in enumerate(acts) if act.proc == child), len(acts))
            if not all(isinstance(act.what, _PREPARES) for act in acts[:begins]):
                return True
    return False
