"""Two forms of display: drawn, for a screen, and plain, for a screen reader or a log.

Both format the same values as blocks of lines. The drawn form uses pictures, columns and tables.
The plain form uses sentences only, without columns or graphic signs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from simpsh.course.claims.demonstration import Listing
from simpsh.course.claims.observation import Observation, SearchResult
from simpsh.course.screen.answer_lines import FAILS, HOLDS, LETTERS, UNSEEN, Answer, CheckedClaim
from simpsh.course.screen.code_display import lines_with_text, show_code
from simpsh.course.screen.lane_picture import draw
from simpsh.course.screen.picture_rows import picture_rows
from simpsh.course.screen.screen_tables import conclusions, outputs
from simpsh.view.document import Table, table_lines, table_sentences
from simpsh.view.styled_text import (
    WIDTH,
    Block,
    Piece,
    add_label,
    code_marked,
    cut,
    line,
    marked,
    set_text,
    styled,
    wrapped,
)
from simpsh.view.timeline.lane_canvas import joined, legend
from simpsh.view.timeline.timeline_rows import TimelineRow

_FEWEST_ROWS = 3
_LEGEND_ROWS = 3
"""The rows of a picture's head and legend."""
_INDENT = "  "
"""The indentation of the legend."""
_LABEL_WIDTH = 8
_BECAME = {HOLDS: "checked", FAILS: "failed", UNSEEN: "not shown"}


class ScreenForm:
    """Formats content as lines, drawn or plain.

    It remembers the signs that it has explained, so that each is explained once.
    """

    def __init__(self, *, is_plain: bool = False) -> None:
        self.is_plain = is_plain
        """Whether the form is plain; the text between two stops then may exceed the window."""
        self._explained: set[str] = set()

    def text(self, text: str, width: int) -> Block:
        """Format a text with markup."""
        # Limit the length of lines for readability.
        return set_text(text, min(width, WIDTH))

    def code(self, listing: Listing, rows: Collection[int], changed: Collection[int]) -> Block:
        """Format a numbered listing, or only `rows` of it, with new lines marked."""
        if not self.is_plain:
            return show_code(listing, rows=rows, changed=changed)
        return [
            styled(f"line {number}{' (new)' if number in changed else ''}: {text}", "")
            for number, text in lines_with_text(listing)
            if not rows or number in rows
        ]

    def picture(self, run: Observation, watch: Collection[str], width: int, rows: int) -> Block:
        """Draw the run in about `rows` lines, and explain new signs below it.

        The plain form has one sentence per event, without a limit. `watch` names variables and
        calls that the picture shows.
        """
        if self.is_plain:
            every = picture_rows(run, watch)
            return _lines([self._sentence(run, row) for row in every], width)
        drawn = draw(run, watch=watch, width=width, most=max(_FEWEST_ROWS, rows - _LEGEND_ROWS))
        new = [entry for entry in legend(drawn.drawn) if entry not in self._explained]
        self._explained.update(new)
        explained = joined(new, width - len(_INDENT))
        return [*drawn.lines, *(line(_INDENT, Piece(row, "dim italic")) for row in explained)]

    @staticmethod
    def _sentence(run: Observation, row: TimelineRow) -> str:
        if row.kind == "rest":
            return f"{row.text}."
        notes = [f"line {row.line}"] if row.line else []
        if row.mark:
            notes.append(f"at {row.mark}")
        where = f" ({', '.join(notes)})" if notes else ""
        if row.kind == "look":
            return f"we look at {run.chronicle.label(row.name)}{where}."
        return f"{row.text}{where}."

    def search(self, search: SearchResult, width: int) -> Block:
        """Format all possible outputs and their frequencies."""
        if self.is_plain:
            return _lines([*table_sentences(outputs(search)), *conclusions(search)], width)
        below = [
            row for words in conclusions(search) for row in wrapped(styled(words, "dim"), width)
        ]
        return [*table_lines(outputs(search), width), (), *below]

    def output(self, lines: Sequence[str], width: int) -> Block:
        """Format output so that it differs from the lesson's text."""
        if self.is_plain:
            return _lines([f"output: {row}" for row in lines], width)
        return [cut(line(Piece("  │ ", "dim"), row), width) for row in lines]

    def table(self, table: Table, width: int) -> Block:
        """Format a table."""
        return _lines(table_sentences(table), width) if self.is_plain else table_lines(table, width)

    def choices(self, choices: Sequence[str], width: int) -> Block:
        """Format the choices of a question with their letters."""
        return [
            row
            for letter, choice in zip(LETTERS, choices, strict=False)
            for row in add_label(letter, marked(choice), 3, width, "bold")
        ]

    def answer(self, answers: Sequence[Answer], width: int) -> Block:
        """Format the parts of a reply below each other, with labels on the left."""
        return [
            row
            for answer in answers
            for row in add_label(answer.label, answer.text, _LABEL_WIDTH, min(width, WIDTH))
        ]

    def facts(self, facts: Sequence[CheckedClaim], width: int) -> Block:
        """Format the checked claims with signs."""
        block: Block = []
        for fact in facts:
            if self.is_plain:
                note = f" ({fact.note})" if fact.note else ""
                text = f"{_BECAME[fact.sign]}: {fact.sentence}{note}"
                block += wrapped(marked(text), width)
                continue
            room = min(width, WIDTH)
            remark = line("  (", code_marked(fact.note, "dim"), ")") if fact.note else ()
            block += add_label(fact.sign, line(marked(fact.sentence), remark), 2, room, "bold")
        return block


def _lines(sentences: Iterable[str], width: int) -> Block:
    return [row for sentence in sentences for row in wrapped(styled(sentence, ""), width)]
