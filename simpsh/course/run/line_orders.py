"""Runs a line of a task, and judges it over every order in which its processes can run.

One recorded run shows one order. A line that solves its task in that run is run again in forced
orders, with the whole record. Then the explorer searches all orders for what the line prints,
writes into files, and whether it hangs. It runs the line in /bin/sh, so its answer counts only if
what the recorded runs print is among its outputs.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from simpsh.base.events import Close, Exit, Fork, SetPgid, Wait, Write
from simpsh.base.record import Record
from simpsh.course.claims.expectation import Expectation, Scene, Unknown, quoted
from simpsh.course.claims.observation import Observation, SeenOutcome
from simpsh.course.run.demonstration_monitor import observe
from simpsh.course.run.demonstration_process import run_line
from simpsh.course.run.demonstration_setup import POLLS, DemonstrationSetup

_EARLY = "children first"
_ALL = range(1, 1_000_000)
_MOST_LATE = 6
"""The number of processes that are late once each, while no other is."""
_NO_OUTCOME = SeenOutcome(output="\0", hangs=True)
"""An outcome that no line has: an expectation that it does not refute needs no search."""
_MOST_NAMED = 5
_PREPARES = (Close, SetPgid, Wait)
"""The events of a shell between a fork and its wait for the child."""
_IN_EVERY_ORDER = "This is so in every order."
_IN_SOME_ORDERS = "Not every order could be tried here; this is so in the {} that were."


class LineVerdict(Record):
    """Whether a line solves its task in every order."""

    line: str
    seen: Observation
    """The recorded run of the line."""
    holds: bool
    because: str
    """The reason, for the author of a lesson."""
    breaking: Observation | None = None
    """A run in an order in which the line does not solve the task."""
    order: str = ""
    """The order that breaks the line, as a sentence; empty if the recorded run decides."""
    scope: str = ""
    """Which orders were tried, as a sentence; empty if the line has one order only."""
    doubt: str = ""
    """Why this machine cannot decide; empty if it can."""


def perform_line(line: str, order: str = "", late: Collection[int] = ()) -> Observation:
    """Run a line as `simpsh -c` does, observed; processes are named after their programs.

    `order` and `late` force an order; see DemonstrationSetup.
    """
    setup = DemonstrationSetup(
        main="shell", source=line, order=order, late=late, names_programs=True
    )
    return observe(partial(run_line, line), setup)


def perform_lines(lines: Sequence[str]) -> list[Observation]:
    """Run lines one after the other, each like perform_line()."""
    return list(map(perform_line, lines))


def judged(expect: Expectation, line: str, seen: Observation) -> LineVerdict:
    """Judge a line by its recorded run and, unless that is decisive, in other orders."""
    verdict = partial(LineVerdict, line, seen)
    try:
        first = expect.judge(seen)
        if seen.hangs or not (first.holds or first.is_open):
            return verdict(holds=first.holds, because=first.because)
        late = perform_line(line, late=_ALL)
        if not late.problem and not _has_orders(late):
            return verdict(holds=first.holds, because=first.because)
        births = range(1, min(len(late.names), _MOST_LATE + 1))
        forced = [late, perform_line(line, _EARLY)]
        forced += [perform_line(line, late=(birth,)) for birth in births]
        runs = (seen, *(run for run in forced if not run.problem))
        for run in runs:
            here = expect.at(Scene(run, runs=runs))
            if not here.holds and run is seen:
                return verdict(holds=False, because=here.because)
            if not here.holds:
                return verdict(
                    holds=False, because=here.because, breaking=run, order=_order_of(run)
                )
        because, scope = _searched(expect, line, runs)
    except Unknown as doubt:
        return verdict(holds=False, because=str(doubt), doubt=str(doubt))
    if because:
        return verdict(holds=False, because=because, order=f"In another order, {because}.")
    return verdict(holds=True, because=first.because, scope=scope)


def _searched(expect: Expectation, line: str, runs: Sequence[Observation]) -> tuple[str, str]:
    """Return why an outcome that the explorer finds refutes an expectation, and what was tried."""
    number = len(runs)
    if _refuted(expect, _NO_OUTCOME):
        from simpsh.course.run.outcome_search import outcomes_of_line

        outcomes, is_complete = outcomes_of_line(line)
        if {run.output for run in runs[1:]} <= {outcome.output for outcome in outcomes}:
            reasons = (_refuted(expect, outcome) for outcome in outcomes)
            if because := next(filter(None, reasons), ""):
                return because, ""
            if is_complete:
                return "", _IN_EVERY_ORDER
            number += len(outcomes)
    return "", _IN_SOME_ORDERS.format(number)


def _refuted(expect: Expectation, outcome: SeenOutcome) -> str:
    """Return why an outcome refutes an expectation; empty if it does not."""
    try:
        verdict = expect.judge(outcome)
    except Unknown:
        # It also expects what only a record shows.
        return ""
    return "" if verdict.holds else verdict.because


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
