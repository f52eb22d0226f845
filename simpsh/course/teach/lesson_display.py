"""The display of a lesson: listings with new lines marked, and results of runs.

The picture of a run uses the remaining rows of the screen.
"""

from __future__ import annotations

from collections.abc import Sequence

from simpsh.base.record import Record
from simpsh.course.claims.claim import Result
from simpsh.course.claims.demonstration import MAIN, Demonstration, Listing, c_listing, listing
from simpsh.course.claims.observation import Observation, SearchResult
from simpsh.course.lesson.lesson import Lesson, Running, Step, code_referred_to
from simpsh.course.screen.answer_lines import CheckedClaim, Part, RunView, summary
from simpsh.course.teach.teaching_stage import TeachingStage
from simpsh.view.document import Paragraph, Table, lines_of
from simpsh.view.styled_text import Block, add_label, marked, styled, wrapped

_FEWEST_ROWS = 5
"""The minimum number of rows for a picture."""
_LONGEST_LISTING = 12
"""The maximum number of lines of a listing together with a question."""


# Listings.


def is_long(code: Listing, lines: int) -> bool:
    """Return whether a listing shows more than a number of lines."""
    return len(code.lines) - code.folded > lines


class CodePresenter:
    """Shows listings, each with the lines marked that the listing before it did not have."""

    def __init__(self, stage: TeachingStage, before: Listing | None = None) -> None:
        self._stage = stage
        self._listing = before
        self._changed: frozenset[int] = frozenset()
        self._shown: set[str] = set()

    def is_new(self, step: Demonstration) -> bool:
        """Return whether the listing of a step has not been shown yet."""
        return listing(step).source not in self._shown

    def show(self, step: Demonstration, part: str | None = None) -> None:
        """Show the listing of a step, or a part of it, with new lines marked.

        Functions and a question may not fit on a screen: of a long listing, show the main part.
        """
        whole = listing(step)
        part = part or (MAIN if is_long(whole, _LONGEST_LISTING) else None)
        if self._listing is None or whole.source != self._listing.source:
            before, self._listing = self._listing, whole
            self._changed = whole.changed_since(before) if before is not None else frozenset()
        self._shown.add(whole.source)
        stage = self._stage
        stage.show(stage.form.code(whole, whole.rows_of(part), self._changed), [()])


def show_in_c(stage: TeachingStage, lesson: Lesson, step: Step) -> None:
    """Show the C version of the program that a step refers to, if there is one."""
    demonstration = code_referred_to(lesson, step)
    if demonstration is None:
        stage.say("There is no code here.")
        return
    in_c = c_listing(demonstration)
    if in_c is None:
        stage.say("This program has no C version.")
    else:
        stage.show(stage.form.code(in_c, (), ()))
        if demonstration.edit:
            stage.say(f"The run changes the Python: {demonstration.edit}.")
        stage.show([()])


# Results of runs.


class ShownRun(Record):
    """The last run, to which `:timeline` and `:facts` refer."""

    result: Result
    facts: Sequence[CheckedClaim] = ()
    parts: Sequence[Part] = (RunView.PICTURE,)
    """The visible parts of the result."""
    watch: Sequence[str] = ()
    """The additions of the picture to the usual events: variables, and the claims' calls."""


def shown_run(step: Running, result: Result, facts: Sequence[CheckedClaim] = ()) -> ShownRun:
    """Return the run of a step as it is shown."""
    watch = (*step.watch, *sorted(step.calls))
    return ShownRun(result, facts, step.parts(result), watch)


def parts_block(stage: TeachingStage, shown: ShownRun, parts: Sequence[Part], rows: int) -> Block:
    """Stack the parts vertically, in at most about `rows` lines."""
    form, width = stage.form, stage.width
    remarks = [lines_of([part], width) for part in parts if isinstance(part, Paragraph)]
    rows = max(_FEWEST_ROWS, rows - sum(len(remark) + 1 for remark in remarks))
    run = shown.result
    block: Block = []
    for part in parts:
        match part:
            case Table():
                table = form.table(part, width)
                if not block:
                    block += table
                elif len(block) + 1 + len(table) <= rows:
                    block += [(), *table]
                elif len(block) < rows:
                    caption = f"{part.caption[:1].lower()}{part.caption[1:]}"
                    block.append(styled(f":timeline also shows {caption}", "dim"))
            case Paragraph():
                block += [(), *lines_of([part], width)]
            case SearchResult():
                block += form.search(part, width)
            case RunView.PICTURE if isinstance(run, Observation):
                block += form.picture(run, shown.watch, width, rows)
            case RunView.OUTPUT if isinstance(run, Observation):
                block += output_block(stage, run, rows)
    return block


def output_block(stage: TeachingStage, run: Observation, rows: int) -> Block:
    """Return a demonstration's output, line by line; the middle of a long one is omitted."""
    if not run.output:
        return [styled("It wrote nothing.", "dim")]
    lines = run.output.removesuffix("\n").split("\n")
    if len(lines) > rows:
        shown = max(2, rows - 1)
        left_out = f"… {len(lines) - shown} lines more"
        lines = [*lines[: shown - shown // 3], left_out, *lines[-(shown // 3) :]]
    return stage.form.output(lines, stage.width)


def facts_block(stage: TeachingStage, shown: ShownRun, rows: int, *, is_all: bool = False) -> Block:
    """Return the checked claims: in full if there is no picture and they fit, else as one line.

    With `is_all`, they are always shown in full.
    """
    if not shown.facts:
        return []
    if stage.form.is_plain or stage.mode == "auto" or is_all:
        block = [*stage.form.facts(shown.facts, stage.width), ()]
        if len(block) <= rows:
            return block
    return [summary(shown.facts)]


def problem_block(stage: TeachingStage, result: Result) -> Block:
    """Return the problem of a run; empty if there is none."""
    if not isinstance(result, Observation) or not result.problem:
        return []
    words = f"This run went wrong: {result.problem}. What follows may not hold for it."
    return wrapped(styled(words, "bold"), stage.width)


def unshown(stage: TeachingStage, reason: str, steps: Sequence[Step]) -> Block:
    """Return the reason why runs cannot be shown here, and their claims."""
    width = stage.text_width
    block = wrapped(styled(f"Not shown here: {reason.rstrip('.')}.", "bold"), width)
    for step in steps:
        for claim in step.claims if isinstance(step, Running) else ():
            block += add_label("–", marked(claim.sentence), 2, width)
    return [*block, ()]
