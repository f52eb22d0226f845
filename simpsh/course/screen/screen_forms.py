"""The two forms of a screen: drawn, for eyes, and plain, for a reading voice or a log.

Both make blocks of lines from the same values, and have the same methods. Drawn: pictures, columns,
tables, bars; from 110 columns on, code beside picture. Plain: sentences, no columns, no signs that
have to be seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from simpsh.course.claims.demonstration import Listing
from simpsh.course.claims.observation import YOU, Observation, SearchResult
from simpsh.course.screen import lane_picture
from simpsh.course.screen.answer_lines import (
    LETTERS,
    Answer,
    CheckedClaim,
    answer_lines,
    fact_lines,
    plain_facts,
)
from simpsh.course.screen.code_display import lines_with_text, margin_names, show_code, who_ran
from simpsh.course.screen.lane_picture import LanePicture, draw
from simpsh.course.screen.open_files_picture import open_files_picture, open_files_sentences
from simpsh.course.screen.picture_rows import EVERYTHING, PictureRow, fitted, rows_of, with_marks
from simpsh.course.screen.possible_outputs import conclusions, orders, output_words, seen_words
from simpsh.course.screen.variant_changes import Change, changes_block, changes_sentences
from simpsh.view.document import Table, table_lines, table_sentences
from simpsh.view.styled_text import (
    WIDTH,
    Block,
    Line,
    Piece,
    beside,
    cut,
    labelled,
    line,
    line_width,
    marked,
    plain,
    set_text,
    styled,
    wrapped,
)


@dataclass(frozen=True, slots=True)
class SeenRun:
    """A run to be shown, and what is known about it."""

    run: Observation
    listing: Listing | None = None
    watch: Collection[str] = ()
    bold: Collection[int] = ()
    """Events to be set off: a chain of causes."""
    changed: Collection[int] = ()
    """Lines that are new against the listing before."""


WIDE = 110
"""From this width on the listing stands beside the picture."""
_GAP, _PICTURE_WIDTH = 3, 52
_MOST_LEGEND = 3
_LONGEST_BAR = 40
_INDENT = "      "
"""Before a line that explains signs."""
_NO_LINES: Block = []
_BLOCK, _SECOND = "█", "▒"


class DrawnForm:
    """Sets things for eyes."""

    is_bounded = True
    """Whether what stands between two stops should fit the window."""

    def __init__(self, width: int) -> None:
        self.unfolds = width >= WIDE
        """Whether facts are shown without being asked for, where there is room."""
        self._explained: set[str] = set()

    def text(self, text: str, width: int) -> Block:
        """Set a text with its markup, in lines that are not too long to read."""
        return set_text(text, min(width, WIDTH))

    def code(self, listing: Listing, rows: Collection[int], changed: Collection[int]) -> Block:
        """Set a listing with numbers and marks at new lines."""
        return show_code(listing, rows=rows, changed=changed, width=1000)

    def who_ran(self, seen: SeenRun, width: int) -> Block:
        """Set a listing with a margin, and what the letters of the margin mean if they are new."""
        return [*self._with_margin(seen, width), *self._margin_key(seen, width)]

    def _with_margin(self, seen: SeenRun, width: int) -> Block:
        if seen.listing is None:
            return []
        return show_code(seen.listing, changed=seen.changed, ran=seen.run, width=max(width, 1))

    def is_beside(self, seen: SeenRun, width: int) -> bool:
        """Return whether there is a listing, and it and the picture fit side by side."""
        if seen.listing is None or width < WIDE:
            return False
        return width - self._code_width(seen) - _GAP >= _PICTURE_WIDTH

    def _code_width(self, seen: SeenRun) -> int:
        return max(map(line_width, self._with_margin(seen, 1000)), default=0)

    def _margin_key(self, seen: SeenRun, width: int) -> Block:
        """Explain the letters of a margin, if one of them has not been there before."""
        names = margin_names(seen.run) if seen.listing is not None else {}
        meanings = [f"{short} {name}" for name, short in names.items()]
        if self._explained.issuperset(meanings):
            return []
        self._explained.update(meanings)
        words = f"left of the code: {', '.join(meanings)} ran that line"
        rows = wrapped(styled(words, "dim italic"), width - len(_INDENT))
        return [line(_INDENT, row) for row in rows]

    def picture(self, seen: SeenRun, width: int, rows: int) -> Block:
        """Draw the run in at most about `rows` lines, each new sign explained below it."""
        if not self.is_beside(seen, width):
            return self._below(seen, width, rows)
        code = self._with_margin(seen, width)
        left = width - self._code_width(seen) - _GAP
        drawn = self._drawn(seen, left, max(len(code), rows - 1 - len(lane_picture.MEANINGS)))
        legend = [*self._legend(drawn, 0), *self._margin_key(seen, left)]
        self._explained |= drawn.seen
        return beside(code, [*drawn.lines, *legend], _GAP)

    def _below(self, seen: SeenRun, width: int, rows: int) -> Block:
        """Draw with as many rows as the explanations leave."""
        drawn, legend = LanePicture([]), _NO_LINES
        for lines in range(_MOST_LEGEND + 1):
            drawn = self._drawn(seen, width, rows - 1 - lines)
            legend = self._legend(drawn, width)
            if len(legend) <= lines:
                break
        self._explained |= drawn.seen
        return [*drawn.lines, *legend]

    def _drawn(self, seen: SeenRun, width: int, most: int) -> LanePicture:
        return draw(seen.run, watch=seen.watch, width=width, most=max(4, most), bold=seen.bold)

    def _legend(self, drawn: LanePicture, width: int) -> Block:
        """Explain the signs that no picture has had before: in one line, or one a line."""
        words = lane_picture.legend(drawn.seen, self._explained)
        rows: list[str] = []
        for word in words:
            joined = f"{rows[-1]}   {word}" if rows else word
            if rows and width and 6 + len(joined) <= width:
                rows[-1] = joined
            else:
                rows.append(word)
        return [line(_INDENT, Piece(row, "dim italic")) for row in rows]

    def search(self, search: SearchResult, width: int, rows: int) -> Block:
        """Draw every output that is possible."""
        return orders(search, width, rows)

    def output(self, lines: Sequence[str], width: int) -> Block:
        """Set output behind a rule, so that it is not taken for the lesson's own words."""
        return [cut(line(Piece("  │ ", "dim"), row), width) for row in lines]

    def table(self, table: Table, width: int) -> Block:
        """Set a table in columns."""
        return table_lines(table, width)

    def choices(self, choices: Sequence[str], width: int) -> Block:
        """Set the choices of a question with their letters."""
        return [
            row
            for letter, choice in zip(LETTERS, choices, strict=False)
            for row in labelled(letter, marked(choice), 3, width, "bold")
        ]

    def answer(self, answers: Sequence[Answer], width: int) -> Block:
        """Set the answer to a question."""
        return answer_lines(answers, width)

    def facts(self, facts: Sequence[CheckedClaim], width: int) -> Block:
        """Set what was checked, with signs."""
        return fact_lines(facts, width)

    def changes(self, changes: Mapping[str, Sequence[Change]], width: int) -> Block:
        """Set what each row of a comparison changes in the code."""
        return changes_block(changes, width)

    def open_files(self, run: Observation, moment: str, width: int) -> Block:
        """Draw descriptors, open file descriptions and files."""
        return open_files_picture(run, moment, width)

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


class PlainForm:
    """Sets things in sentences."""

    unfolds = True
    is_bounded = False

    def __init__(self) -> None:
        self._has_told_freedom = False

    def text(self, text: str, width: int) -> Block:
        """Set a text; a star follows a term that `:what` explains."""
        return set_text(text, width, _starred)

    def code(self, listing: Listing, rows: Collection[int], changed: Collection[int]) -> Block:
        """Say each line with its number; a new one says so."""
        return [
            styled(f"line {number}{' (new)' if number in changed else ''}: {text}", "")
            for number, text in lines_with_text(listing)
            if not rows or number in rows
        ]

    def who_ran(self, seen: SeenRun, width: int) -> Block:
        """Say who has been on each line."""
        ran = who_ran(seen.run)
        sentences = []
        for number, text in lines_with_text(seen.listing) if seen.listing is not None else ():
            who = [name for name in seen.run.names if name in ran.get(number, ())]
            sentences.append(f"line {number}: {text}  ({', '.join(who) or 'no process'})")
        return _lines(sentences, width)

    def is_beside(self, seen: SeenRun, width: int) -> bool:
        """Return False: nothing stands beside anything."""
        del seen, width
        return False

    def picture(self, seen: SeenRun, width: int, rows: int) -> Block:
        """Say what happened, one sentence an event, however many there are."""
        del rows
        rows_told = with_marks(seen.run, rows_of(seen.run, seen.watch), seen.watch)
        every = fitted(seen.run.chronicle, rows_told, EVERYTHING)
        return _lines([self._sentence(seen, row) for row in every], width)

    def _sentence(self, seen: SeenRun, row: PictureRow) -> str:
        chronicle = seen.run.chronicle
        if row.kind == "rest":
            return "No process can move any more."
        who = row.who if row.who == YOU else chronicle.label(row.who)
        notes = [f"line {row.line}"] if row.line else []
        if row.mark:
            notes.append(f"at {row.mark}")
        if row.is_free:
            notes.append(self._freedom())
        where = f" ({', '.join(notes)})" if notes else ""
        if row.kind == "look":
            return f"we look at {who}{where}."
        colon = ":" if row.kind == "set" else ""
        return f"{who}{colon} {row.phrase}{where}."

    def _freedom(self) -> str:
        if self._has_told_freedom:
            return "or earlier"
        self._has_told_freedom = True
        return "or earlier: it could also have come before the sentence above"

    def search(self, search: SearchResult, width: int, rows: int) -> Block:
        """Say every output that is possible, and how often it came."""
        del rows
        sentences = []
        for output, way in sorted(search.possible.items()):
            steps = ", then ".join(f"{who} {words}" for who, words, _ in way.steps)
            seen = f"; {seen_words(search, output)}" if search.native else ""
            how = f". One way: {steps}" if steps else ""
            sentences.append(f"possible output: {output_words(output)}{seen}{how}.")
        return _lines([*sentences, *conclusions(search)], width)

    def output(self, lines: Sequence[str], width: int) -> Block:
        """Say what was written, line by line."""
        return _lines([f"output: {row}" for row in lines], width)

    def table(self, table: Table, width: int) -> Block:
        """Say each row."""
        return _lines(table_sentences(table), width)

    def choices(self, choices: Sequence[str], width: int) -> Block:
        """Set the choices, each with its letter."""
        return [
            row
            for letter, choice in zip(LETTERS, choices, strict=False)
            for row in wrapped(line(f"{letter}: ", marked(choice)), width)
        ]

    def answer(self, answers: Sequence[Answer], width: int) -> Block:
        """Say the answer to a question."""
        return _lines([f"{answer.label}: {plain(answer.text)}" for answer in answers], width)

    def facts(self, facts: Sequence[CheckedClaim], width: int) -> Block:
        """Say what was checked."""
        return [row for fact in plain_facts(facts) for row in wrapped(marked(fact), width)]

    def changes(self, changes: Mapping[str, Sequence[Change]], width: int) -> Block:
        """Say what each row of a comparison changes in the code."""
        return _lines(changes_sentences(changes), width)

    def open_files(self, run: Observation, moment: str, width: int) -> Block:
        """Say which descriptors refer to which open file description."""
        return _lines(open_files_sentences(run, moment), width)

    def praise(self, text: str, width: int) -> Block:
        """Say praise."""
        return wrapped(marked(text), width)

    def bars(self, rows: Sequence[tuple[str, Sequence[int], str]], width: int) -> Block:
        """Say how many hands there were."""
        sentences = [
            f"{letter}: {', then '.join(map(str, counts))} hands{f' – {note}' if note else ''}"
            for letter, counts, note in rows
        ]
        return _lines(sentences, width)


def _starred(text: str) -> Line:
    """Return a text as one line with a star after each term."""
    return line(*(p.text + "*" if p.style == "term" else p for p in marked(text)))


def _lines(sentences: Iterable[str], width: int) -> Block:
    return [row for sentence in sentences for row in wrapped(styled(sentence, ""), width)]


ScreenForm = DrawnForm | PlainForm
"""How things are set on a screen."""
