"""Compare: variants of one demonstration, side by side in a table."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence

from simpsh.base.record import changed
from simpsh.course.claims.claim import NotThere, Result, Unknown, value
from simpsh.course.claims.demonstration import NO_EDIT, Claim, Edit, listing
from simpsh.course.claims.observation import Observation, SearchResult
from simpsh.course.lesson.ask_step import as_typed
from simpsh.course.lesson.explore_step import Explore
from simpsh.course.lesson.lesson import Lesson, Running
from simpsh.course.lesson.lesson_faults import edit_faults, proof_faults
from simpsh.course.lesson.run_step import Run
from simpsh.course.run.search_progress import in_part
from simpsh.course.screen.answer_lines import Part
from simpsh.view.document import Paragraph, Table, Text
from simpsh.view.styled_text import styled

NOT_SHOWN = "not shown"


class Compare(Running):
    """One demonstration with several edits, each a row of a table."""

    run: Run | Explore
    id: str
    variants: Mapping[str, Edit]
    """The edits by the text of their rows; `nothing` or similar for Edit(())."""
    columns: Mapping[str, str]
    """By title: an expression about the run of each row."""
    claims: Sequence[Claim] = ()
    """Each names a row, `row('…')`; the other rows are its wrong variants."""
    title: str = ""
    needs: tuple[str, ...] = ()

    heading = "Compare"

    @property
    def demonstration(self) -> Run | Explore:
        return self.run

    @property
    def rows(self) -> Mapping[str, Edit]:
        return self.variants

    @property
    def watch(self) -> Sequence[str]:
        return self.run.watch

    @property
    def waiting_words(self) -> str:
        return self.run.waiting_words

    @property
    def all_needs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.needs, *self.run.all_needs]))

    def texts(self) -> Iterator[tuple[str, str]]:
        yield "title", self.title
        yield from (("row", row) for row in self.variants)
        yield from (("column", column) for column in self.columns)
        yield from super().texts()

    def faults(self, lesson: Lesson) -> Iterator[str]:
        if len(self.variants) < 2 or not self.columns:
            yield "a comparison needs at least two variants and one column"
        for label, edit in self.variants.items():
            for fault in edit_faults(self.run, edit):
                yield f"row “{label}”: {fault}"
        for claim in self.claims:
            where = f"claim “{claim.sentence}”"
            for fault in proof_faults(self, claim.proof):
                yield f"{where}: {fault}"
            if claim.wrongs:
                yield f"{where}: the other rows are the wrong variants; leave out wrong"

    def perform(self, edit: Edit = NO_EDIT) -> dict[str, Observation | SearchResult]:
        # Every row's run observes the calls that the claims of the table name.
        run = changed(self.run, claims=[*self.run.claims, *self.claims])
        results: dict[str, Observation | SearchResult] = {}
        for number, (label, variant) in enumerate(self.variants.items(), 1):
            with in_part(number, len(self.variants)):
                results[label] = run.perform(variant + edit)
        return results

    def parts(self, result: Result) -> Sequence[Part]:
        if not isinstance(result, Mapping):
            return []
        columns, reasons = self.columns.values(), dict[str, None]()
        rows = [
            [label, *(cell(column, run, reasons) for column in columns)]
            for label, run in result.items()
        ]
        return [
            Table([self.title, *self.columns], rows, caption="Comparison"),
            *(Paragraph(f"Not shown here: {reason}.", "remark") for reason in reasons),
            *self.changes(),
        ]

    def changes(self) -> list[Table]:
        """Return the table of code changes by row; empty if no row changes the code."""
        base, head = listing(self.run).lines, listing(self.run).folded
        rows: list[list[Text]] = [
            ["" if index else label, where, styled(text, "code")]
            for label, edit in self.variants.items()
            for index, (where, text) in enumerate(
                changed_lines(base, base[:head] + listing(self.run, edit).lines[head:])
                if edit
                else ()
            )
        ]
        heads = [self.title, "line", "changed in the code"]
        return [Table(heads, rows, caption="What each row changes in the code")] if rows else []

    def problems(self, result: Result) -> Iterator[str]:
        if isinstance(result, Mapping):
            for row, one_run in result.items():
                yield from (f"row “{row}”: {problem}" for problem in self.run.problems(one_run))

    def with_fewer_runs(self, runs: int) -> Compare:
        return changed(self, run=self.run.with_fewer_runs(runs))


def cell(column: str, result: Result, doubts: dict[str, None] | None = None) -> str:
    """Return the cell of a row, as one line; adds the reason to `doubts` if it is unknown."""
    try:
        return _content(column, result)
    except NotThere:
        return "–"
    except Unknown as doubt:
        if doubts is not None:
            doubts[str(doubt)] = None
        return NOT_SHOWN


def _content(column: str, result: Result) -> str:
    content = value(column, result)
    if not isinstance(content, str):
        return as_typed(content)
    # A cell is one line: do not show a single final newline as a line break.
    has_one_line = content.find("\n") == len(content) - 1
    return content[:-1] if content and has_one_line else content.replace("\n", "⏎")


def changed_lines(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each difference and its new line of code, from top to bottom.

    Numbers are those of the listing before the edit, which the student has seen. Only the first
    line of a longer change is given.

    >>> list(changed_lines(["a", "b"], ["a", "new", "c"]))
    [('line 2 is', 'new'), ('after line 2', 'c')]
    """
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        common = min(end - start, new_end - new_start)
        for index in range(common):
            yield f"line {start + index + 1} is", after[new_start + index].strip()
        for index in range(start + common, end):
            yield f"no line {index + 1}", before[index].strip()
        where = f"after line {start + common}" if start + common else "first"
        new = after[new_start:new_end]
        indent = len(new[0]) - len(new[0].lstrip()) if new else 0
        for text in new[common:]:
            yield where, text[min(indent, len(text) - len(text.lstrip())) :].rstrip()
            where = ""
