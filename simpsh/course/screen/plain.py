"""The plain form: sentences, no columns, no signs that have to be seen. See `--plain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course.screen import answers as answering
from simpsh.course.screen.code import plain_code, who_ran
from simpsh.course.screen.facts import plain_facts
from simpsh.course.screen.folding import fitted
from simpsh.course.screen.marks import with_marks
from simpsh.course.screen.orders import conclusions, output_words, seen_words
from simpsh.course.screen.rows import rows_of
from simpsh.course.screen.styled import line, plain, styled
from simpsh.course.screen.table import plain_table
from simpsh.course.screen.text import marked, set_text, wrapped
from simpsh.course.screen.wording import YOU

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from simpsh.course.listing import Listing
    from simpsh.course.observation import Search
    from simpsh.course.screen.answers import Answer
    from simpsh.course.screen.facts import Told
    from simpsh.course.screen.form import Room, Seen
    from simpsh.course.screen.rows import Row
    from simpsh.course.screen.styled import Block
    from simpsh.course.screen.table import Table
    from simpsh.course.steps import Choice

_ANY = 10_000


class Plain:
    """Sets things in sentences."""

    unfolds = True
    is_bounded = False

    def __init__(self) -> None:
        self._has_told_freedom = False

    def text(self, text: str, width: int) -> Block:
        """Set a text."""
        return set_text(text, width)

    def code(self, listing: Listing, rows: Collection[int], changed: Collection[int]) -> Block:
        """Say each line with its number; a new one says so."""
        return [
            styled(text.replace(":", " (new):", 1) if _number(text) in changed else text, "")
            for text in plain_code(listing, rows)
        ]

    def who_ran(self, seen: Seen, width: int) -> Block:
        """Say who has been on each line."""
        ran = who_ran(seen.run)
        said = []
        for text in plain_code(seen.listing) if seen.listing is not None else ():
            who = [name for name in seen.run.names if name in ran.get(_number(text), ())]
            said.append(f"{text}  ({', '.join(who) or 'nobody'})")
        return _lines(said, width)

    def is_beside(self, seen: Seen, width: int) -> bool:
        """Nothing stands beside anything."""
        del seen, width
        return False

    def picture(self, seen: Seen, room: Room) -> Block:
        """Say what happened, one sentence an event."""
        chronicle = seen.run.chronicle
        rows = fitted(
            chronicle, with_marks(seen.run, rows_of(seen.run, seen.watch), seen.watch), _ANY
        )
        return _lines([self._sentence(seen, row) for row in rows], room.width)

    def _sentence(self, seen: Seen, row: Row) -> str:
        chronicle = seen.run.chronicle
        if row.kind == "rest":
            return "Nobody can move any more."
        who = row.who if row.who == YOU else chronicle.label(row.who)
        notes = [f"line {row.line}"] if row.line else []
        if row.mark:
            notes.append(f"at {row.mark}")
        if row.is_free:
            notes.append(self._freedom())
        colon = ":" if row.kind == "set" else ""
        where = f" ({', '.join(notes)})" if notes else ""
        return f"{who}{colon} {row.phrase}{where}."

    def _freedom(self) -> str:
        if self._has_told_freedom:
            return "or earlier"
        self._has_told_freedom = True
        return "or earlier: it could also have come before the sentence above"

    def search(self, search: Search, room: Room) -> Block:
        """Say every output that is possible, and how often it came."""
        said = []
        for output, way in sorted(search.possible.items()):
            steps = ", then ".join(f"{who} {words}" for who, words, _ in way.steps)
            seen = f"; {seen_words(search, output)}" if search.native else ""
            how = f". One way: {steps}" if steps else ""
            said.append(f"possible output: {output_words(output)}{seen}{how}.")
        return _lines([*said, *conclusions(search)], room.width)

    def output(self, lines: Sequence[str], width: int) -> Block:
        """Say what was written, line by line."""
        return _lines([f"output: {one}" for one in lines], width)

    def table(self, table: Table, width: int) -> Block:
        """Say each row."""
        return _lines(plain_table(table), width)

    def choices(self, choices: Sequence[Choice], width: int) -> Block:
        """Set the choices, each with its letter."""
        block: Block = []
        for letter, choice in zip(answering.LETTERS, choices, strict=False):
            block.extend(wrapped(line(f"{letter}: ", marked(choice.text)), width))
        return block

    def answer(self, answers: Sequence[Answer], width: int) -> Block:
        """Say the answer to a question."""
        return _lines([f"{answer.label}: {plain(answer.text)}" for answer in answers], width)

    def facts(self, facts: Sequence[Told], width: int) -> Block:
        """Say what was checked."""
        block: Block = []
        for fact in plain_facts(facts):
            block.extend(wrapped(marked(fact), width))
        return block

    def praise(self, text: str, width: int) -> Block:
        """Say praise."""
        return wrapped(marked(text), width)

    def bars(self, rows: Sequence[tuple[str, Sequence[int], str]], width: int) -> Block:
        """Say how many hands there were."""
        said = [
            f"{letter}: {', then '.join(map(str, counts))} hands{f' – {note}' if note else ''}"
            for letter, counts, note in rows
        ]
        return _lines(said, width)


def _number(text: str) -> int:
    return int(text.removeprefix("line ").partition(":")[0])


def _lines(sentences: Iterable[str], width: int) -> Block:
    return [row for sentence in sentences for row in wrapped(styled(sentence, ""), width)]
