"""From a step to what it shows: a demonstration is run, edited if that is asked for.

perform(run)                an Observation
perform(run, claim.wrong)   the same of the wrong variant
perform(compare)            one for each row, by label
perform(explore)            a Search
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from simpsh.base.errors import UsageProblem
from simpsh.base.signal_names import by_name
from simpsh.course.lesson.code_listing import Listing, listing
from simpsh.course.lesson.expectation import Result
from simpsh.course.lesson.lesson_outline import calls_named
from simpsh.course.lesson.lesson_steps import (
    NO_EDIT,
    Compare,
    Edit,
    Explore,
    Kill,
    Program,
    Resume,
    Run,
    Running,
    Shell,
    Type,
)
from simpsh.course.lesson.observation import Observation, SearchResult
from simpsh.course.run.demonstration_monitor import observe
from simpsh.course.run.demonstration_process import body_of
from simpsh.course.run.demonstration_setup import (
    DEADLINE_SECONDS,
    DemonstrationSetup,
    NotObservable,
    PressKeys,
    SendSignal,
)
from simpsh.course.run.outcome_search import search, unwatched
from simpsh.course.run.shell_line import run_line
from simpsh.course.run.worker_process import in_own_process

SHELL = "shell"
_CARET = re.compile(r"\^([@-_?])")


def perform(step: Running, edit: Edit = NO_EDIT) -> Result:
    """Run what a step shows.

    Args:
        step: a Run, Compare or Explore.
        edit: a further change of the demonstration, after the step's own.

    Raises:
        NotObservable, NotGuarded: this machine cannot show it; the message says why.
        EditMisfit, ListingFault: the edit does not fit.
    """
    if isinstance(step, Compare):
        return {
            label: _perform_one(step.run, variant + edit)
            for label, variant in step.variants.items()
        }
    return _perform_one(step, edit)


def _perform_one(step: Run | Explore, edit: Edit) -> Observation | SearchResult:
    return search(step, edit) if isinstance(step, Explore) else _perform_run(step, edit)


def _perform_run(step: Run, edit: Edit) -> Observation:
    """Run a demonstration once, watched."""
    listed = listing(step, edit)
    # First of all: an edit may have made it something that cannot be read.
    body = body_of(step, listed)
    setup = setup_of(step, listed)
    try:
        return observe(body, setup)
    except NotObservable as refusal:
        found = None if _needs_watching(setup) else _unwatched(step, listed, str(refusal))
        if found is None:
            raise
        return found


def plain_run(step: Run | Explore) -> Run:
    """Return a step as a Run: of an Explore, one run as this machine makes it."""
    if isinstance(step, Run):
        return step
    return Run(
        step.code,
        id=step.id,
        claims=step.claims,
        edit=step.edit,
        main=step.main,
        also=step.also,
        births=step.births,
        needs=step.needs,
    )


def setup_of(step: Run, listed: Listing) -> DemonstrationSetup:
    """Return how to run a step and how to look at it."""
    return DemonstrationSetup(
        main=step.main,
        source=listed.text,
        fork_names=listed.fork_names,
        births=step.births or getattr(step.code, "births", ()),
        marks=listed.callouts,
        acts=tuple(act_of(one) for one in step.at_rest),
        terminal=step.terminal,
        guard=step.guard,
        calls=calls_named(step),
        opens=not isinstance(step.code, Shell | Program),
        names_programs=isinstance(step.code, Shell | Program),
        reads_commands=isinstance(step.code, Shell) and step.code.is_interactive,
    )


def _needs_watching(setup: DemonstrationSetup) -> bool:
    """Return whether nothing of it could be shown, or nothing could end it, without a tracer."""
    return bool(setup.acts or setup.marks or setup.terminal or setup.guard is not None)


def _unwatched(step: Run, listed: Listing, reason: str) -> Observation | None:
    body = body_of(step, listed, is_told=False)
    work = partial(unwatched, body, listed.text, reason, DEADLINE_SECONDS)
    return in_own_process(work, DEADLINE_SECONDS)


def act_of(act: Kill | Type | Resume) -> SendSignal | PressKeys:
    """Return what the supervisor is to do; raises UsageProblem for a signal there is not."""
    if isinstance(act, Type):
        return PressKeys(keys(act.keys))
    name = getattr(act, "signal", "SIGCONT")
    number = by_name(name)
    if number is None:
        raise UsageProblem(f"{name} is not a signal")
    return SendSignal(act.process.name, number)


def keys(text: str) -> str:
    r"""Return the keys that a text names: `^C` is one key, `^^` the circumflex itself.

    >>> keys("fg\n^Z"), keys("^^")
    ('fg\n\x1a', '^')
    """
    return _CARET.sub(lambda found: "^" if found[1] == "^" else chr(ord(found[1]) ^ 0x40), text)


def perform_lines(lines: Sequence[str]) -> list[Observation]:
    """Run lines as perform_line() does, one after the other."""
    return [perform_line(line) for line in lines]


def perform_line(line: str) -> Observation:
    """Run a line as `simpsh -c` does, watched; processes are called after their programs."""
    setup = DemonstrationSetup(main=SHELL, source=line, opens=False, names_programs=True)
    return observe(partial(run_line, line), setup)
