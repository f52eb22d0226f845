"""Showing what a run, a comparison or a search gave, within the lines that are left for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from simpsh.course.lesson.code_listing import listing
from simpsh.course.lesson.expectation import Result
from simpsh.course.lesson.lesson_outline import base_of, calls_named, listing_of
from simpsh.course.lesson.lesson_steps import Compare, Run, Running, Show
from simpsh.course.lesson.observation import Observation, SearchResult
from simpsh.course.screen import screen_tables
from simpsh.course.screen.answer_lines import HOLDS, CheckedClaim, judged_claims, summary
from simpsh.course.screen.screen_forms import SeenRun
from simpsh.course.screen.screen_tables import comparison, reasons
from simpsh.course.teach.teaching_stage import TeachingStage
from simpsh.view.styled_text import Block, labelled, marked, styled, wrapped

_FEWEST = 5
"""Lines that a picture gets in any case; `check` says where that is too much."""
_CHANGES_ELSEWHERE = ":timeline also shows what each row changes in the code"
_LEFT = {"Z": "zombie", "S": "asleep", "D": "asleep", "T": "stopped", "R": "running"}


@dataclass(slots=True)
class ShownRun:
    """The run that was shown last; `:timeline`, `:facts` and `:who` come back to it."""

    step: Running
    result: Result
    facts: list[CheckedClaim] = field(default_factory=list)
    changed: frozenset[int] = frozenset()
    """The lines of its listing that are new against the one before."""


def judged(
    stage: TeachingStage, step: Running, result: Result, changed: frozenset[int] = frozenset()
) -> ShownRun:
    """Return a result with what became of the step's claims."""
    return ShownRun(step, result, judged_claims(step.claims, result, stage.lacking), changed)


def seen(shown: ShownRun) -> SeenRun | None:
    """Return a run as it is drawn; None for a comparison or a search."""
    if not isinstance(shown.result, Observation) or not isinstance(shown.step, Run):
        return None
    # Where several orders are claimed, the first chain is the one the picture sets off.
    chain = next((fact.events for fact in shown.facts if fact.events and fact.sign == HOLDS), ())
    # What a claim speaks of is changed by calls: these are seen, too.
    watch = (*shown.step.watch, *sorted(calls_named(shown.step)))
    return SeenRun(shown.result, listing_of(shown.step), watch, chain, shown.changed)


def is_beside_code(stage: TeachingStage, step: Running, result: Result) -> bool:
    """Return whether the picture of a run stands beside its listing."""
    if not isinstance(result, Observation) or not isinstance(step, Run):
        return False
    return stage.form.is_beside(SeenRun(result, listing_of(step)), stage.screen.width)


def main_block(stage: TeachingStage, shown: ShownRun, rows: int) -> Block:
    """Return what is to be seen of a run, in at most about `rows` lines."""
    width, rows = stage.screen.width, max(_FEWEST, rows)
    result = shown.result
    if isinstance(result, SearchResult):
        return stage.form.search(result, width, rows)
    if isinstance(result, Observation):
        drawn = seen(shown)
        if not isinstance(shown.step, Run) or drawn is None or shown.step.shows == "nothing":
            return []
        if shown.step.shows == "output":
            return output_block(stage, result, rows)
        return stage.form.picture(drawn, width, rows)
    return (
        _comparison_block(stage, shown.step, result, rows)
        if isinstance(shown.step, Compare)
        else []
    )


def _comparison_block(
    stage: TeachingStage,
    step: Compare,
    results: Mapping[str, Observation | SearchResult],
    rows: int,
) -> Block:
    """Return the table of a comparison, and what each row changes where there is room for it."""
    width = stage.screen.width
    block = stage.form.table(comparison(step, results), width)
    said = [f"Not shown here: {reason}." for reason in reasons(step, results)]
    below = [row for one in said for row in wrapped(styled(one, "bold"), width)]
    block = [*block, (), *below] if below else block
    changed = stage.form.changes(step, width)
    if not changed:
        return block
    if len(block) + 1 + len(changed) <= rows:
        return [*block, (), *changed]
    return [*block, styled(_CHANGES_ELSEWHERE, "dim")] if len(block) < rows else block


def output_block(stage: TeachingStage, run: Observation, rows: int) -> Block:
    """Return what a demonstration wrote, line by line; of much, the beginning and the end."""
    if not run.output:
        return [styled("It wrote nothing.", "dim")]
    lines = run.output.removesuffix("\n").split("\n")
    if len(lines) > rows:
        kept = max(2, rows - 1)
        left_out = f"… {len(lines) - kept} lines more"
        lines = [*lines[: kept - kept // 3], left_out, *lines[-(kept // 3) :]]
    return stage.form.output(lines, stage.screen.width)


def facts_block(stage: TeachingStage, shown: ShownRun, rows: int, *, is_all: bool = False) -> Block:
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


def left_block(stage: TeachingStage, shown: ShownRun) -> Block:
    """Say who was there to the end, and has been ended."""
    left = left_words(shown.result)
    return wrapped(styled(left, "dim"), stage.screen.width) if left else []


def left_words(result: Result) -> str:
    """Say in words who was there to the end; empty for no process."""
    if not isinstance(result, Observation) or not result.left:
        return ""
    left = ", ".join(f"{name} ({_LEFT.get(state, state)})" for name, state in result.left.items())
    return f"now ended and collected: {left}"


def problem_block(stage: TeachingStage, result: Result) -> Block:
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


def show_block(stage: TeachingStage, step: Show, shown: ShownRun, rows: int) -> Block:
    """Return what a Show looks at once more."""
    run, width = shown.result, stage.screen.width
    if not isinstance(run, Observation):
        return main_block(stage, shown, rows)
    match step.what:
        case "memory":
            return stage.form.table(screen_tables.memory(run, step.at), width)
        case "descriptors":
            return stage.form.table(screen_tables.descriptors(run, step.at), width)
        case "open files":
            drawn_files = stage.form.open_files(run, step.at, width)
            # Without kcmp nobody can tell which descriptors share one.
            return drawn_files or stage.form.table(screen_tables.descriptors(run, step.at), width)
        case "family":
            return stage.form.table(screen_tables.family(run, step.at), width)
        case "code":
            return stage.form.code(listing(base_of(shown.step)), (), frozenset())
        case "who ran":
            drawn = seen(shown)
            return stage.form.who_ran(drawn, width) if drawn is not None else []
        case _:
            return main_block(stage, shown, rows)


def unshown_blocks(reason: str, steps: Sequence[Running], width: int) -> list[Block]:
    """Return why runs cannot be shown here, and what they would have shown."""
    width = min(76, width)
    blocks: list[Block] = [
        [*wrapped(styled(f"Not shown here: {reason.rstrip('.')}.", "bold"), width), ()]
    ]
    claims = [claim for step in steps for claim in step.claims]
    if claims:
        blocks.append([styled("Not shown here:", "")])
        blocks.extend(labelled("–", marked(claim.sentence), 2, width) for claim in claims)
        blocks.append([()])
    return blocks
