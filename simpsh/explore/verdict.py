"""Is the set complete? Only if nothing at all speaks against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore.outlook import shown
from simpsh.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simpsh.explore.outcomes import Outcomes
    from simpsh.explore.search import Search

_SHOWN_DIFFERENCES = 3


class Findings(Record):
    """What an exploration has come to."""

    search: Search
    outcomes: Outcomes
    failed: int
    """How many outcomes a replay did not lead to."""
    unconfirmed: int
    """How many of those listed no real run has shown."""
    strange: tuple[bytes, ...]
    """What free runs printed that had no outcome of the set."""
    seconds: float
    """The budget."""
    is_slow: bool = False
    """Whether no free run was over in the time that there was for them."""
    tried: int = 0
    """How many orders were tried one by one, where the model is wrong."""
    has_tried_all: bool = False
    """Whether those were all that can make a difference."""


def reasons_of(findings: Findings) -> tuple[str, ...]:
    """Return why the set of outcomes may lack something, as clauses; nothing if it is complete."""
    flags = sorted(findings.search.knowledge.flags)
    # What cannot be explored comes first: the rest often follows from it.
    return (*map(_clause, flags), *_limits(findings), *_doubts(findings))


def _limits(findings: Findings) -> Iterator[str]:
    """Say what was not looked at."""
    search, outcomes = findings.search, findings.outcomes
    if search.trouble:
        yield from _trouble(findings)
    elif not search.is_finished:
        yield f"the budget of {findings.seconds:g} seconds was used up (--budget allows more)"
    if search.model.left_out_polls:
        yield "a loop that polls, and counts or remembers its polls, was followed for a few only"
    if outcomes.is_endless:
        yield "a loop prints, so that outputs have no end"
    if outcomes.count is None:
        yield "there are too many outputs to be counted"
    if outcomes.unseen and search.is_finished:
        yield f"{_final_states(outcomes.unseen)} could not be looked at"


def _trouble(findings: Findings) -> Iterator[str]:
    """Say why the search could not go on, and what was done instead."""
    yield findings.search.trouble
    for difference in findings.search.model.learned.differences[:_SHOWN_DIFFERENCES]:
        yield str(difference)
    if findings.tried:
        extent = "all of them" if findings.has_tried_all else "not all of them"
        yield (
            "so the orders that can make a difference were tried one by one: "
            f"{findings.tried} runs, {extent}"
        )


def _doubts(findings: Findings) -> Iterator[str]:
    """Say where reality was otherwise than the set."""
    if findings.failed:
        yield f"{_outcomes(findings.failed)} could not be confirmed by a real run"
    if findings.outcomes.outside:
        runs = findings.outcomes.outside
        yield f"{runs} real run{'' if runs == 1 else 's'} had an outcome that is not in the set"
    for output in sorted(set(findings.strange))[:_SHOWN_DIFFERENCES]:
        yield f"a run with nobody watching came to something else, and printed {shown(output)}"


def notes_of(findings: Findings) -> tuple[str, ...]:
    """Return what is worth knowing and does no harm."""
    notes = [_clause(note) for note in sorted(findings.search.knowledge.notes)]
    if findings.unconfirmed > findings.failed:
        notes.append(
            f"{_outcomes(findings.unconfirmed - findings.failed)} follow from the others "
            "and were not run for real"
        )
    if findings.outcomes.is_shortened:
        notes.append("for each output one outcome is listed; more differ in statuses or files")
    if findings.is_slow:
        notes.append("no free run was over in time, so none are counted; --runs N waits for N")
    return tuple(notes)


def _clause(words: str) -> str:
    """Make a clause of what the cage says of the program: `reads the clock`."""
    return words if words.startswith("its ") else f"it {words}"


def _outcomes(count: int) -> str:
    return f"{count} outcome{'' if count == 1 else 's'}"


def _final_states(count: int) -> str:
    return f"{count} final state{'' if count == 1 else 's'}"
