"""All orders of a demonstration or a line: the outcomes that the explorer computes.

The explorer executes a program built from a demonstration, the parts of the lesson file that it
uses, and a call. The frequency of outputs in free runs is shown but never used for a claim. It runs
a line in /bin/sh.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from simpsh.base.patience import patience
from simpsh.base.phrases import counted
from simpsh.base.process_names import FIRST, birth_number, birth_path, parent_of
from simpsh.base.surroundings import search_folders
from simpsh.course.claims.demonstration import (
    NO_EDIT,
    C,
    Demonstration,
    Edit,
    Listing,
    Shell,
    listing,
    names_by_line,
)
from simpsh.course.claims.observation import SearchResult, SeenOutcome, StuckOutput
from simpsh.course.run.demonstration_setup import NotObservable
from simpsh.course.run.search_progress import report_progress
from simpsh.kernel.program_execution import file_to_execute
from simpsh.process.machine_permits import who_traces_us
from simpsh.process.own_directory import own_directory
from simpsh.trace.tracer.traced_command import NotTraceable

if TYPE_CHECKING:
    from simpsh.explore.search.exploration import Exploration, ExplorationLimits, SearchProgress


_PROGRAM_CHARACTERS = 2048
_BUDGET_SECONDS = 120.0 * patience()
"""Far more than any search of the course needs, so that it suffices on a busy machine."""
_FREE_SECONDS = 10.0 * patience()
FIRST_RUN_SECONDS = 20.0
"""How long the first run may take if nobody waits for an answer."""
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
    from simpsh.explore.objects.name_words import decode_name
    from simpsh.explore.search.exploration import ExplorationLimits

    # They are judged by the rules: no free run is made for it.
    limits = ExplorationLimits(seconds, first_run_seconds, natives=0)
    exploration = _explore((file_to_execute("sh", os.environ), "-c", line), limits)
    outcomes = [
        SeenOutcome(
            outcome.text,
            {os.path.normpath(name): decode_name(content) for name, content in outcome.files},
            hangs=any(name == FIRST for name, _ in outcome.deadlock),
        )
        for outcome in exploration.outcomes
    ]
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
    possible, seen = {}, {}
    for outcome in exploration.outcomes:
        key = StuckOutput(outcome.text) if outcome.deadlock else outcome.text
        possible[key] = tuple(names.get(step.process, step.process) for step in outcome.story)
        seen[key] = exploration.seen.get(outcome.output, 0)
    return SearchResult(
        possible=possible,
        seen=seen,
        native=exploration.natives + exploration.skipped,
        is_complete=not exploration.reasons and not exploration.is_sample,
        lacks_amid=bool(exploration.amid),
        flags=exploration.reasons,
    )


def explored_argv(step: Demonstration, listed: Listing) -> tuple[str, ...]:
    """Return the command line that the explorer executes for a demonstration."""
    code = step.code
    if isinstance(code, C):
        from simpsh.course.run.c_compilation import compile_source

        return (compile_source(listed.source),)
    if isinstance(code, Shell):
        return (file_to_execute("sh", os.environ), "-c", listed.source)
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
