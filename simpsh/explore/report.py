"""The answer as a table: each output, how often it was seen, how it comes about; the verdict."""

from __future__ import annotations

import shlex
import textwrap
from typing import TYPE_CHECKING

from simpsh.explore.outlook import shown
from simpsh.explore.wording import listed, status_clause
from simpsh.record import Record
from simpsh.wait_status import encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simpsh.explore.exploration import Exploration, Outcome

_WHOLE = 1 << 30
_NARROWEST = 20
_MOST_STATUSES = 8
_SEEN = "seen here"
DIM, BOLD, RED, GREEN, YELLOW = "2", "1", "31", "32", "33"


class Style(Record):
    """How to print."""

    width: int = 80
    in_colour: bool = False
    is_ascii: bool = False
    step: str = "simpsh step"
    """How the stepper is called, with the options that the program needs."""

    def painted(self, text: str, *codes: str) -> str:
        """Return text in colour, if there are colours."""
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.in_colour and codes else text


def report(found: Exploration, command: str, style: Style) -> Iterator[str]:
    """Return the lines of the answer.

    Args:
        found: what was found.
        command: the program, as it can be typed.
        style: how to print.
    """
    yield from _heading(found, command, style)
    table = _Table(found, command, style)
    yield from table.head()
    before: bytes | None = None
    for number, outcome in enumerate(found.outcomes, start=1):
        yield from table.row(number, outcome, is_same=outcome.output == before)
        before = outcome.output
    if found.outcomes:
        yield ""
    for sentence in (*table.always(), *_notes(found)):
        yield from textwrap.wrap(sentence, style.width, break_on_hyphens=False)
    yield from verdict(found, style)


def _heading(found: Exploration, command: str, style: Style) -> Iterator[str]:
    if found.count is None:
        outputs = "more outputs than can be counted"
    else:
        outputs = "1 output" if found.count == 1 else f"{found.count:,} outputs"
        outputs += "" if found.is_complete else " found"
    room = max(_NARROWEST, style.width - len(f": {outputs}"))
    yield f"{command if len(command) <= room else f'{command[: room - 2]} …'}: {outputs}"
    if found.is_sample and found.outcomes:
        yield f"{len(found.outputs)} of them, taken by chance:"
    yield ""


class _Table:
    """The rows; what is the same in all of them is said once, below."""

    def __init__(self, found: Exploration, command: str, style: Style) -> None:
        self._found = found
        self._command = command
        self._style = style
        self._seen = dict(found.seen)
        most = f"{found.natives} of {found.natives}"
        self._column = max(len(most), len(_SEEN)) if found.natives else 0
        self._margin = 6 + (self._column + 2 if found.natives else 0)
        statuses = [set(outcome.statuses) for outcome in found.outcomes]
        files = [set(outcome.files) for outcome in found.outcomes]
        self._same_statuses = set.intersection(*statuses) if statuses else set()
        self._same_files = set.intersection(*files) if files else set()

    def head(self) -> Iterator[str]:
        """Return the line above the columns."""
        if self._found.natives:
            line = f"{'':4}  {_SEEN:>{self._column}}  output"
            yield self._style.painted(line, DIM)

    def row(self, number: int, outcome: Outcome, *, is_same: bool) -> Iterator[str]:
        """Return an outcome's lines."""
        natives = self._found.natives
        seen = f"{self._seen.get(outcome.output, 0)} of {natives}" if natives else ""
        text = shown(outcome.output, _WHOLE) if outcome.output else "nothing"
        if is_same:
            seen, text = "", f"{text}, but"
        head = f"{number:>4}  {seen:>{self._column}}  " if natives else f"{number:>4}  "
        for line in self._folded(text):
            yield head + self._style.painted(line, BOLD)
            head = " " * self._margin
        for sentence, *codes in self._details(outcome):
            for line in textwrap.wrap(sentence, self._room, break_on_hyphens=False):
                yield head + self._style.painted(line, *codes)
        if outcome.witness and outcome.deciding:
            schedule = " ".join(outcome.witness[: outcome.deciding])
            line = f'{self._style.step} --schedule "{schedule}" {self._command}'
            yield head + self._style.painted(line, DIM)

    @property
    def _room(self) -> int:
        return max(_NARROWEST, self._style.width - self._margin)

    def _folded(self, text: str) -> list[str]:
        return [text[place : place + self._room] for place in range(0, len(text), self._room)]

    def _details(self, outcome: Outcome) -> Iterator[tuple[str, ...]]:
        """Return sentences, each with its colours."""
        if outcome.deadlock:
            waits = "; ".join(f"{name} {words}" for name, words in outcome.deadlock)
            yield f"deadlock: {waits}", RED
        ended = [one for one in outcome.statuses if one not in self._same_statuses]
        if ended:
            yield (listed([f"{name} {status_clause(encode(status))}" for name, status in ended]),)
        for name, contents in outcome.files:
            if (name, contents) not in self._same_files:
                yield (f"{_plain(name)} holds {_contents(contents)}",)
        gone = {name for name, _ in self._all_files()} - {name for name, _ in outcome.files}
        if gone:
            yield (f"without {listed([_plain(name) for name in sorted(gone)])}",)
        if not outcome.is_replayed:
            yield "follows from the others; was not run for real", YELLOW

    def _all_files(self) -> set[tuple[str, bytes]]:
        return {one for outcome in self._found.outcomes for one in outcome.files}

    def always(self) -> Iterator[str]:
        """Say what is the same in every row."""
        statuses = sorted(self._same_statuses, key=lambda one: one[0])
        telling = [(name, status) for name, status in statuses if encode(status)]
        is_all = len(statuses) == len(self._everybody()) and not self._found.deadlocks
        if statuses and not telling and is_all:
            yield "Every process ends with status 0."
        elif telling:
            parts = [f"{name} {status_clause(encode(status))}" for name, status in telling]
            more = len(parts) - _MOST_STATUSES
            tail = [f"{more} more did not end with 0"] if more > 0 else []
            yield f"Always: {listed([*parts[:_MOST_STATUSES], *tail])}."
        for name, contents in sorted(self._same_files):
            yield f"Always: {_plain(name)} holds {_contents(contents)}."

    def _everybody(self) -> set[str]:
        return {name for outcome in self._found.outcomes for name, _ in outcome.statuses}


def _plain(name: str) -> str:
    return name.removeprefix("./")


def _contents(data: bytes) -> str:
    return shown(data) if data else "nothing"


def _notes(found: Exploration) -> Iterator[str]:
    for note in found.notes:
        yield f"Note: {note}."


def verdict(found: Exploration, style: Style) -> Iterator[str]:
    """Return the lines of the verdict."""
    outputs = "1 output" if found.count == 1 else f"{found.count or 0:,} outputs"
    runs = found.runs + found.replays
    work = f"{runs:,} run{'' if runs == 1 else 's'} in {found.seconds:.1f} s"
    if found.is_complete:
        said = f"COMPLETE ({outputs}, from {work}): {_sure(found)}"
        first, *more = textwrap.wrap(said, style.width, subsequent_indent="  ")
        yield first.replace("COMPLETE", style.painted("COMPLETE", BOLD, GREEN))
        yield from more
        return
    yield f"{style.painted('NOT COMPLETE', BOLD, YELLOW)} (after {work}), because"
    for reason in found.reasons:
        yield from textwrap.wrap(
            reason,
            style.width,
            initial_indent="  – " if not style.is_ascii else "  - ",
            subsequent_indent="    ",
            break_on_hyphens=False,
        )


def _sure(found: Exploration) -> str:
    real = sum(outcome.is_replayed for outcome in found.outcomes)
    if found.is_sample or real < len(found.outcomes):
        return f"no order gives another; {real} of them were run for real"
    one = "it was" if real == 1 else "each was"
    return f"no order gives another, and {one} seen in a real run"


def typed(words: Sequence[str]) -> str:
    """Return a command as it can be typed."""
    return shlex.join(words)
