"""Showing what a run, a comparison or a search gave, within the lines that are left for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simpsh.course.listing import Listing, listing
from simpsh.course.observation import Observation, Search
from simpsh.course.screen import looks
from simpsh.course.screen.comparing import comparison, reasons
from simpsh.course.screen.facts import HOLDS, Told, summary, told
from simpsh.course.screen.form import Room, Seen
from simpsh.course.screen.styled import styled
from simpsh.course.screen.text import wrapped
from simpsh.course.sections import base_of, listing_of
from simpsh.course.steps import Compare, Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simpsh.course.scene import Result
    from simpsh.course.screen.styled import Block
    from simpsh.course.stage import Stage
    from simpsh.course.steps import Running, Show

_FEWEST = 5
"""Lines that a picture gets in any case; `check` says where that is too much."""
_LEFT = {"Z": "zombie", "S": "asleep", "D": "asleep", "T": "stopped", "R": "running"}


@dataclass(slots=True)
class Shown:
    """The run that was shown last; `:timeline`, `:facts` and `:who` come back to it."""

    step: Running
    result: Result
    facts: list[Told] = field(default_factory=list)
    changed: frozenset[int] = frozenset()
    """The lines of its listing that are new against the one before."""


def judged(
    stage: Stage, step: Running, result: Result, changed: frozenset[int] = frozenset()
) -> Shown:
    """Return a result with what became of the step's claims."""
    return Shown(step, result, told(step.claims, result, stage.lacking), changed)


def seen(shown: Shown) -> Seen | None:
    """Return a run as it is drawn; None for a comparison or a search."""
    if not isinstance(shown.result, Observation) or not isinstance(shown.step, Run):
        return None
    # Where several orders are claimed, the first chain is the one the picture sets off.
    chain = next((fact.events for fact in shown.facts if fact.events and fact.sign == HOLDS), ())
    return Seen(shown.result, listing_of(shown.step), shown.step.watch, chain, shown.changed)


def main_block(stage: Stage, shown: Shown, rows: int) -> Block:
    """Return what is to be seen of a run, in at most about `rows` lines."""
    room = Room(stage.screen.width, max(_FEWEST, rows))
    result = shown.result
    if isinstance(result, Search):
        return stage.form.search(result, room)
    if isinstance(result, Observation):
        drawn = seen(shown)
        if not isinstance(shown.step, Run) or drawn is None or shown.step.shows == "nothing":
            return []
        if shown.step.shows == "output":
            return output_block(stage, result, room)
        return stage.form.picture(drawn, room)
    if isinstance(shown.step, Compare):
        table = stage.form.table(comparison(shown.step, result), room.width)
        said = [f"Not shown here: {reason}." for reason in reasons(shown.step, result)]
        below = [row for one in said for row in wrapped(styled(one, "bold"), room.width)]
        return [*table, (), *below] if below else table
    return []


def output_block(stage: Stage, run: Observation, room: Room) -> Block:
    """Return what a demonstration wrote, line by line; of much, the beginning and the end."""
    lines = run.output.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    if not lines:
        return [styled("It wrote nothing.", "dim")]
    if len(lines) > room.rows:
        kept = max(2, room.rows - 1)
        left_out = f"… {len(lines) - kept} lines more"
        lines = [*lines[: kept - kept // 3], left_out, *lines[-(kept // 3) :]]
    return stage.form.output(lines, room.width)


def facts_block(stage: Stage, shown: Shown, rows: int, *, is_all: bool = False) -> Block:
    """Return what was checked: all of it in `rows` lines where that is usual, else in one line.

    Args:
        stage: where.
        shown: the run.
        rows: lines that are left.
        is_all: Whether nothing else is to be seen of the run: then it is told in any form.
    """
    if not shown.facts:
        return []
    if stage.form.unfolds or stage.mode == "auto" or is_all:
        block = [*stage.form.facts(shown.facts, stage.screen.width), ()]
        if len(block) <= rows:
            return block
    return [summary(shown.facts)]


def left_block(stage: Stage, shown: Shown) -> Block:
    """Say who was there to the end, and has been ended."""
    result = shown.result
    if not isinstance(result, Observation) or not result.left:
        return []
    left = ", ".join(f"{name} ({_LEFT.get(state, state)})" for name, state in result.left.items())
    return wrapped(styled(f"now ended and collected: {left}", "dim"), stage.screen.width)


def problem_block(stage: Stage, result: Result) -> Block:
    """Say honestly that a run went wrong, or that much of it could not be seen."""
    problem = getattr(result, "problem", "")
    lacks: Mapping[str, str] = getattr(result, "lacks", {})
    said = []
    if problem:
        said.append(f"This run went wrong: {problem}. What follows may not hold for it.")
    for topic in ("events", "causes"):
        if lacks.get(topic):
            said.append(f"Not shown here: {lacks[topic]}.")
            break
    return [row for words in said for row in wrapped(styled(words, "bold"), stage.screen.width)]


def code_block(stage: Stage, shown: Listing, rows: Sequence[int], changed: frozenset[int]) -> Block:
    """Return a listing, or one function of it."""
    return stage.form.code(shown, rows, changed)


def show_block(stage: Stage, step: Show, shown: Shown, rows: int) -> Block:
    """Return what a Show looks at once more."""
    run, width = shown.result, stage.screen.width
    if not isinstance(run, Observation):
        return main_block(stage, shown, rows)
    match step.what:
        case "memory":
            return stage.form.table(looks.memory(run, step.at), width)
        case "descriptors":
            return stage.form.table(looks.descriptors(run, step.at), width)
        case "family":
            return stage.form.table(looks.family(run, step.at), width)
        case "code":
            return stage.form.code(listing(base_of(shown.step)), (), frozenset())
        case "who ran":
            drawn = seen(shown)
            return stage.form.who_ran(drawn, width) if drawn is not None else []
        case _:
            return main_block(stage, shown, rows)
