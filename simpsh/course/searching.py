"""Every order the kernel may choose, searched by the explorer; beside it what this machine does.

The explorer executes a program of its own: the demonstration, its lesson file's imports, and a
call. The plain runs are forked from this warm process. Both are made in a process of their own,
once for each source: the result is a set, and does not change.
"""

from __future__ import annotations

import os
import sys
import tempfile
from functools import partial
from typing import TYPE_CHECKING

from simpsh.course.edits import NO_EDIT
from simpsh.course.listing import listing
from simpsh.course.observation import STUCK, Search, Way
from simpsh.course.own_process import in_own_process
from simpsh.course.performing import body_of
from simpsh.course.plain_runs import plain_runs
from simpsh.course.sources import C, Program, Shell
from simpsh.course.staging import NotObservable
from simpsh.course.standing_alone import program_text
from simpsh.trace.starting import NotTraceable, find_program
from simpsh.trace.tracing import who_traces_us

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simpsh.course.edits import Edit
    from simpsh.course.listing import Listing
    from simpsh.course.steps import Explore
    from simpsh.explore.exploration import Exploration, Outcome

_BUDGET_SECONDS = 20.0
_PLAIN_SECONDS = 10.0
_kept: dict[tuple[object, ...], Search] = {}


def search(step: Explore, edit: Edit = NO_EDIT) -> Search:
    """Search all orders of a demonstration, and run it plainly; the same again is not repeated.

    Args:
        step: what to search.
        edit: a further change, after the step's own.

    Raises:
        NotObservable: the system lets no process trace its child.
        EditMisfit, ListingFault: the edit does not fit.
        Broken: the search broke.
    """
    listed = listing(step, edit)
    key = (listed.source, step.native, step.main, step.births)
    if key not in _kept:
        ours = who_traces_us()
        if ours:
            raise NotObservable(ours)
        _kept[key] = in_own_process(
            partial(_search, step, listed), _BUDGET_SECONDS + _PLAIN_SECONDS
        )
    return _kept[key]


def _search(step: Explore, listed: Listing) -> Search:
    from simpsh.explore.exploring import Limits, explore
    from simpsh.explore.program import Program as Explored

    argv = _argv_of(step, listed)
    # In-process runs first: the explorer must be the only one who waits here.
    seen = plain_runs(body_of(step, listed, is_told=False), step.native, _PLAIN_SECONDS)
    limits = Limits(budget_seconds=_BUDGET_SECONDS, natives=0)
    with tempfile.TemporaryDirectory(prefix="simpsh-lesson-") as folder:
        environment = {"PATH": os.environ.get("PATH", os.defpath), "PYTHONHASHSEED": "0"}
        try:
            found = explore(Explored(argv, argv[0], folder, environment=environment), limits)
        except NotTraceable as error:
            raise NotObservable(str(error)) from None
    names = _names(found, step, listed)
    return Search(
        possible={_key(one): _way(one, names) for one in found.outcomes},
        seen=dict(seen),
        native=sum(seen.values()),
        is_complete=found.is_complete and not found.is_sample,
        flags=found.reasons,
        runs=found.runs,
        names=tuple(names.values()),
    )


def _key(outcome: Outcome) -> str:
    return outcome.text + (STUCK if outcome.deadlock else "")


def _way(outcome: Outcome, names: Mapping[str, str]) -> Way:
    births = tuple(
        (names[path.rpartition(".")[0]], f"forks {name}", "")
        for path, name in names.items()
        if path.rpartition(".")[0] in names
    )
    story = tuple(
        (
            names.get(told.process, told.process),
            _named(told.operation, names),
            told.printed.decode(errors="backslashreplace"),
        )
        for told in outcome.story
    )
    return Way(births + story)


def _named(words: str, names: Mapping[str, str]) -> str:
    """Put the shown names into a sentence that has birth paths."""
    for path in sorted(names, key=len, reverse=True):
        words = words.replace(path, names[path]) if "." in path else words
    return words


def _names(found: Exploration, step: Explore, listed: Listing) -> dict[str, str]:
    """Return the shown names by birth path: P is the first, P.1.2 its first child's second."""
    paths = {told.process for outcome in found.outcomes for told in outcome.story}
    paths |= {name for one in found.outcomes for name, _ in (*one.statuses, *one.deadlock)}
    names = {"P": step.main}
    chosen = [*dict.fromkeys(listed.fork_names.values()), *step.births]
    for path in sorted(paths - {"P"}, key=_order):
        parent, _, number = path.rpartition(".")
        names[path] = chosen.pop(0) if chosen else f"{names.get(parent, parent)}.{number}"
    return names


def _order(path: str) -> list[int]:
    numbers = [int(number) for number in path.split(".")[1:]]
    return [len(numbers), *numbers]


def _argv_of(step: Explore, listed: Listing) -> tuple[str, ...]:
    """Return the program that the explorer executes: its path, and its arguments."""
    code = step.code
    if isinstance(code, C):
        from simpsh.course.compiling import compiled

        return (compiled(listed.source, code.flags),)
    if isinstance(code, Program):
        return (find_program(code.argv[0], os.environ) or code.argv[0], *code.argv[1:])
    if isinstance(code, Shell):
        program = code.program or (find_program("sh", os.environ), "-c")
        return (find_program(program[0], os.environ), *program[1:], listed.source)
    text = program_text(code, listed.source)  # type: ignore[arg-type]  # no Source: a function
    return (sys.executable, "-S", "-s", "-P", "-c", text)
