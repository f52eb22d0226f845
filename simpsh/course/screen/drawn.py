"""The drawn form: pictures, columns, tables, bars. From 110 columns on, code beside picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course.screen import answers as answering
from simpsh.course.screen import code as coding
from simpsh.course.screen import facts as telling
from simpsh.course.screen import glyphs
from simpsh.course.screen.orders import orders
from simpsh.course.screen.picture import Picture, draw
from simpsh.course.screen.styled import Piece, beside, cut, line, line_width, styled
from simpsh.course.screen.table import set_table
from simpsh.course.screen.text import WIDTH, marked, set_text, wrapped

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from simpsh.course.listing import Listing
    from simpsh.course.observation import Search
    from simpsh.course.screen.answers import Answer
    from simpsh.course.screen.facts import Told
    from simpsh.course.screen.form import Room, Seen
    from simpsh.course.screen.styled import Block
    from simpsh.course.screen.table import Table
    from simpsh.course.steps import Choice

WIDE = 110
"""From this width on the listing stands beside the picture."""
_GAP, _PICTURE_WIDTH = 3, 52
_MOST_LEGEND = 3
_LONGEST_BAR = 40
_NO_LINES: Block = []
_BLOCK, _SECOND = "█", "▒"


class Drawn:
    """Sets things for eyes.

    Args:
        width: the terminal's, which decides whether facts are unfolded.
    """

    is_bounded = True

    def __init__(self, width: int) -> None:
        self.unfolds = width >= WIDE
        self._explained: set[str] = set()

    def text(self, text: str, width: int) -> Block:
        """Set a text with its markup, in lines that are not too long to read."""
        return set_text(text, min(width, WIDTH))

    def code(self, listing: Listing, rows: Collection[int], changed: Collection[int]) -> Block:
        """Set a listing with numbers and marks at new lines."""
        return coding.show_code(listing, rows=rows, changed=changed, width=1000)

    def who_ran(self, seen: Seen, width: int) -> Block:
        """Set a listing with a margin."""
        if seen.listing is None:
            return []
        return coding.show_code(
            seen.listing, changed=seen.changed, ran=seen.run, width=max(width, 1)
        )

    def is_beside(self, seen: Seen, width: int) -> bool:
        """Tell whether there is a listing, and it and the picture fit side by side."""
        if seen.listing is None:
            return False
        return width - self._code_width(seen) - _GAP >= _PICTURE_WIDTH and width >= WIDE

    def _code_width(self, seen: Seen) -> int:
        return max(map(line_width, self.who_ran(seen, 1000)), default=0)

    def picture(self, seen: Seen, room: Room) -> Block:
        """Draw the run, each new sign explained below it."""
        if not self.is_beside(seen, room.width):
            return self._below(seen, room)
        code = self.who_ran(seen, room.width)
        width = room.width - self._code_width(seen) - _GAP
        drawn = self._drawn(seen, width, max(len(code), room.rows - 1 - len(glyphs.MEANINGS)))
        legend = self._legend(drawn, 0)
        self._explained |= drawn.seen
        return beside(code, [*drawn.lines, *legend], _GAP)

    def _below(self, seen: Seen, room: Room) -> Block:
        """Draw with as many rows as the explanations leave."""
        drawn, legend = Picture([]), _NO_LINES
        for lines in range(_MOST_LEGEND + 1):
            drawn = self._drawn(seen, room.width, room.rows - 1 - lines)
            legend = self._legend(drawn, room.width)
            if len(legend) <= lines:
                break
        self._explained |= drawn.seen
        return [*drawn.lines, *legend]

    def _drawn(self, seen: Seen, width: int, most: int) -> Picture:
        return draw(seen.run, watch=seen.watch, width=width, most=max(4, most), bold=seen.bold)

    def _legend(self, drawn: Picture, width: int) -> Block:
        """Explain the signs that no picture has had before: in one line, or one a line."""
        words = glyphs.legend(drawn.seen, self._explained)
        rows: list[str] = []
        for word in words:
            joined = f"{rows[-1]}   {word}" if rows else word
            if rows and width and 6 + len(joined) <= width:
                rows[-1] = joined
            else:
                rows.append(word)
        return [line("      ", Piece(row, "dim italic")) for row in rows]

    def search(self, search: Search, room: Room) -> Block:
        """Draw every output that is possible."""
        return orders(search, room.width, room.rows)

    def output(self, lines: Sequence[str], width: int) -> Block:
        """Set output behind a rule, so that it is not taken for the lesson's own words."""
        return [cut(line(Piece("  │ ", "dim"), one), width) for one in lines]

    def table(self, table: Table, width: int) -> Block:
        """Set a table in columns."""
        return set_table(table, width)

    def choices(self, choices: Sequence[Choice], width: int) -> Block:
        """Set the choices of a question."""
        return answering.choice_lines(choices, width)

    def answer(self, answers: Sequence[Answer], width: int) -> Block:
        """Set the answer to a question."""
        return answering.answer_lines(answers, width)

    def facts(self, facts: Sequence[Told], width: int) -> Block:
        """Set what was checked, with signs."""
        return telling.fact_lines(facts, width)

    def praise(self, text: str, width: int) -> Block:
        """Set praise with its sign."""
        return wrapped(line(Piece("✓ ", "bold"), marked(text)), min(width, WIDTH))

    def bars(self, rows: Sequence[tuple[str, Sequence[int], str]], width: int) -> Block:
        """Draw hands as bars; a second vote below the first."""
        most = max((count for _, counts, _ in rows for count in counts), default=0)
        scale = max(1.0, most / min(_LONGEST_BAR, width - 30))
        block: Block = []
        for letter, counts, note in rows:
            for place, count in enumerate(counts):
                is_last = place == len(counts) - 1
                sign = _BLOCK if is_last else _SECOND
                bar = sign * round(count / scale) if count else ""
                head = f"  {letter if place == 0 else ' '} "
                tail = f"   ← {note}" if note and is_last else ""
                number = f" {count}" if bar else f"{count}"
                block.append(line(head, bar, number, styled(tail, "bold")))
        return block
