"""The report of an exploration: the verdict and a table of outcomes, or JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from simpsh.base.phrases import command_words, counted, escaped, listed
from simpsh.base.record import Record
from simpsh.base.wait_status import encode
from simpsh.explore.objects.name_words import (
    notation_of,
    path_words,
    quote_output,
    status_clause,
    text_words,
)
from simpsh.explore.search.exploration import Exploration, Outcome
from simpsh.explore.search.program_outcomes import WitnessStep

DIM, BOLD, RED, GREEN, YELLOW, CYAN = "2", "1", "31", "32", "33", "36"


class ReportStyle(Record):
    """The style of a report."""

    width: int = 80
    in_colour: bool = False
    step: str = "simpsh step"
    """The command line of the stepper, with the options that the program needs."""
    explore: str = "simpsh explore"
    """The same of the explorer."""
    with_why: bool = False
    """Whether to print on what the verdict rests."""
    sought: tuple[bytes, ...] = ()
    """The outputs of which only one is to be shown, with its order; empty for all outputs."""

    def painted(self, text: str, *codes: str) -> str:
        """Return text in colour, if the report is in colour."""
        text = escaped(text)
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.in_colour and codes else text

    def wrapped(self, text: str, *codes: str) -> Iterator[str]:
        """Yield the lines of a paragraph."""
        lines = textwrap.wrap(text, self.width, break_on_hyphens=False)
        yield from (self.painted(line, *codes) for line in lines)


_WHOLE = 1 << 30
_NARROWEST = 20
_MOST_WITH_SCHEDULES = 12
"""A table with more rows than this fills more than a screen, so schedules are left out."""
_FREE_RUNS = "free runs"
"""The title of the column that counts free runs."""
_SHOWN = (
    *("outcomes", "count", "reasons", "unchecked", "assumptions", "notes", "amid", "runs"),
    *("natives", "skipped", "seconds", "budget_share", "states"),
)
"""The fields of an exploration that the JSON object has."""


def as_json(exploration: Exploration, words: Sequence[str]) -> str:
    """Return one JSON object, with most fields of Exploration, and those of Outcome.

    A text is a string, in which bytes that are not valid UTF-8 are decoded with the error handler
    surrogateescape.
    """
    import json  # only needed here

    def plain(value: object) -> object:
        match value:
            case bytes():
                return value.decode("utf-8", "surrogateescape")
            case WitnessStep():
                own = ("process", "printed", "line", "status", "collected")
                return {"operation": value.words(), **{name: getattr(value, name) for name in own}}
            case Record():
                return {name: getattr(value, name) for name in type(value)._fields}
            case object():
                raise TypeError(value)

    data = {name: getattr(exploration, name) for name in _SHOWN}
    data |= {"command": words, "is_complete": exploration.is_complete}
    data["amid"] = [str(signal) for signal in exploration.amid]
    return json.dumps(data, default=plain, indent=1) + "\n"


def report_lines(exploration: Exploration, command: str, style: ReportStyle) -> Iterator[str]:
    """Return the lines of the report; `command` is the program's command line."""
    news = _news(exploration)
    room = max(_NARROWEST, style.width - len(f": {news}"))
    shown = command if len(command) <= room else f"{command[: room - 2]} …"
    yield from style.wrapped(f"{shown}: {news}")
    yield from verdict_lines(exploration, style)
    yield ""
    table = _OutcomeTable(exploration, command, style)
    if style.sought:
        yield from style.wrapped(_answer(exploration, style.sought[0], table.rows))
    elif exploration.is_sample and exploration.outcomes:
        count = len(exploration.outputs)
        yield (
            f"{count} of them:"
            if exploration.count
            else f"{counted(count, 'output')} of real runs:"
        )
    yield from table.lines()
    for sentence in (*table.always(), *(f"Note: {note}." for note in exploration.notes)):
        yield from style.wrapped(sentence)


_HANGS = {
    "deadlock": "deadlocks",
    "endless loop": "loops endlessly",
    "no progress in this run": "makes no progress",
}


def _news(exploration: Exploration) -> str:
    """Return the number of outputs, and a deadlock if there is one."""
    if exploration.count is None:
        return "outputs were not counted"
    outputs = counted(exploration.count, "output")
    if not exploration.has_every_order:
        return f"{outputs} found"
    stuck, rows = exploration.deadlocks, exploration.outcomes
    if stuck:
        kinds = {outcome.hang for outcome in stuck}
        hangs = _HANGS[kinds.pop()] if len(kinds) == 1 else "hangs"
        name, wait = stuck[0].deadlock[0]
        if len(stuck) == len(rows):
            return f"always {hangs}: {name} {wait}"
        return f"{outputs}; in {len(stuck)} of {len(rows)} outcomes it {hangs}: {name} {wait}"
    return outputs


def _answer(exploration: Exploration, output: bytes, rows: Sequence[tuple[int, Outcome]]) -> str:
    """Return a sentence that answers whether the output that was asked for can come."""
    output = rows[0][1].output if rows else output
    shown = quote_output(output, _WHOLE) if output else "nothing"
    if rows:
        is_free = all(outcome.is_free for _, outcome in rows)
        return f"A free run printed {shown}:" if is_free else f"An order prints {shown}:"
    if exploration.has_every_order:
        return f"No order prints {shown}."
    return f"No order that is known prints {shown}, but others may: see above."


def free_runs_words(exploration: Exploration) -> str:
    """Return the meaning of the counts of free runs."""
    runs = exploration.natives + exploration.skipped
    skipped = f"; in {exploration.skipped} of them sleeps and alarms took no time"
    how = f"how often it came in {counted(runs, 'free run')}, whose order the kernel chose"
    return f"{_FREE_RUNS}: {how}{skipped * bool(exploration.skipped)}"


class _OutcomeTable:
    """The rows of the table; facts that all rows share are printed once, below the table."""

    def __init__(self, exploration: Exploration, command: str, style: ReportStyle) -> None:
        self._found = exploration
        self._command = command
        self._style = style
        self._free_runs = exploration.natives + exploration.skipped
        self._margin = 6 + (len(_FREE_RUNS) + 2 if self._free_runs else 0)
        outcomes = exploration.outcomes
        # A free run does not report the statuses of descendants.
        followed = [each for each in outcomes if not each.is_free] or outcomes
        self._same_statuses = {
            (name, status)
            for name, status in _shared(each.statuses for each in followed)
            if all(dict(each.statuses).get(name, status) == status for each in outcomes)
        }
        self._same_files = _shared(each.files for each in outcomes)
        sought = {each.output for each in outcomes}.intersection(style.sought)
        self.rows = [
            (number, outcome)
            for number, outcome in enumerate(outcomes, start=1)
            if not style.sought or outcome.output in sought
        ]
        """The outcomes to show, with their numbers."""
        self._is_long = not style.sought and len(self.rows) > _MOST_WITH_SCHEDULES

    def lines(self) -> Iterator[str]:
        """Yield the lines of the table; a long one ends with the command that shows an order."""
        if not self.rows:
            return
        style = self._style
        if any(outcome.witness and outcome.deciding for _, outcome in self.rows):
            yield from style.wrapped(notation_of(names_in(self._found)), DIM)
        if self._free_runs:
            yield from style.wrapped(free_runs_words(self._found), DIM)
            yield style.painted(f"{'':4}  {_FREE_RUNS}  output", DIM)
        before: bytes | None = None
        for number, outcome in self.rows:
            yield from self._row(number, outcome, is_same=outcome.output == before)
            before = outcome.output
        yield ""
        orders = [outcome for _, outcome in self.rows if outcome.witness]
        if self._is_long and orders:
            yield "To see the order that leads to one of them, name the output:"
            example = command_words(["--find", text_words(orders[-1].output)])
            yield style.painted(f"{style.explore} {example} {self._command}", DIM)

    def _row(self, number: int, outcome: Outcome, *, is_same: bool) -> Iterator[str]:
        """Yield an outcome's lines."""
        text = quote_output(outcome.output, _WHOLE) if outcome.output else "nothing"
        if is_same:
            text = f"{text}, but"
        head = f"{number:>4}  "
        if self._free_runs:
            # Pids may make several outputs look alike in a free run.
            count = None if is_same else self._found.seen.get(outcome.output)
            words = f"{count} of {self._free_runs}" if count is not None else ""
            head += f"{words:>{len(_FREE_RUNS)}}  "
        room = max(_NARROWEST, self._style.width - self._margin)
        for begin in range(0, len(text), room):
            yield head + self._style.painted(text[begin : begin + room], BOLD)
            head = " " * self._margin
        for sentence, *codes in self._details(outcome):
            for line in textwrap.wrap(sentence, room, break_on_hyphens=False):
                yield head + self._style.painted(line, *codes)
        if self._is_long:
            return
        if self._style.sought:
            for step in outcome.story[: outcome.deciding or len(outcome.story)]:
                line = f"{step.process} {step.words()}" + f" at {step.line}" * bool(step.line)
                for part in textwrap.wrap(line, room, subsequent_indent="  "):
                    yield head + self._style.painted(part)
        if outcome.witness and outcome.deciding:
            schedule = " ".join(outcome.witness[: outcome.deciding])
            line = f'{self._style.step} --schedule "{schedule}" {self._command}'
            yield head + self._style.painted(line, DIM)

    def _details(self, outcome: Outcome) -> Iterator[tuple[str, ...]]:
        if outcome.deadlock:
            waits = "; ".join(f"{name} {words}" for name, words in outcome.deadlock)
            yield f"{outcome.hang}: {waits}", RED
        ended = [pair for pair in outcome.statuses if pair not in self._same_statuses]
        if ended:
            yield (listed([f"{name} {status_clause(encode(status))}" for name, status in ended]),)
        for name, contents in outcome.files:
            if (name, contents) not in self._same_files:
                yield (f"{path_words(name)} holds {_contents(contents)}",)
        every = {name for outcome in self._found.outcomes for name, _ in outcome.files}
        gone = every - {name for name, _ in outcome.files}
        if gone:
            yield (f"without {listed([path_words(name) for name in sorted(gone)])}",)
        if outcome.is_timed and len(self._found.outcomes) > 1:
            yield "if computing takes no time", CYAN
        if outcome.is_free and self._found.amid:
            yield "seen: a handler in the middle of computing", YELLOW
        elif outcome.is_free:
            yield "seen in a free run only; no order that leads to it is known", YELLOW
        elif not outcome.is_replayed:
            yield "follows from the others; was not run for real", YELLOW

    def always(self) -> Iterator[str]:
        """Return sentences about the facts that all rows share."""
        timed = [n for n, each in enumerate(self._found.outcomes, start=1) if each.is_timed]
        if timed and len(timed) < len(self._found.outcomes):
            numbers = listed([f"number {number}" for number in timed])
            only = "only " if self._found.has_all_timed else "at least "
            yield (
                "If computing takes no time, and sleeps and alarms last as long as they say, "
                f"{only}{numbers} can come. The others need a process that is delayed."
            )
        always = "Always" if self._found.has_every_order else "In all that was found"
        statuses = sorted(self._same_statuses, key=lambda pair: pair[0])
        failures = [
            f"{name} {status_clause(encode(status))}" for name, status in statuses if encode(status)
        ]
        every = {name for outcome in self._found.outcomes for name, _ in outcome.statuses}
        if failures:
            yield f"{always}: {listed(failures)}."
        elif statuses and len(statuses) == len(every) and not self._found.deadlocks:
            is_every = self._found.has_every_order
            yield f"{'Every' if is_every else f'{always}, every'} process ends with status 0."
        for name, contents in sorted(self._same_files):
            yield f"{always}: {path_words(name)} holds {_contents(contents)}."


Fact = TypeVar("Fact")


def _shared(rows: Iterable[Iterable[Fact]]) -> set[Fact]:
    """Return the facts that all rows have."""
    first, *others = [set(row) for row in rows] or [set[Fact]()]
    return first.intersection(*others)


def _contents(data: bytes) -> str:
    return quote_output(data) if data else "nothing"


def names_in(exploration: Exploration) -> set[str]:
    """Return the names of the processes that the outcomes tell of."""
    steps = {step.process for outcome in exploration.outcomes for step in outcome.story}
    return steps | {name for outcome in exploration.outcomes for name, _ in outcome.statuses}


def verdict_lines(exploration: Exploration, style: ReportStyle) -> Iterator[str]:
    """Return the lines of the verdict."""
    share = f"{100 * exploration.budget_share:.0f} % of the budget"
    work = f"{counted(exploration.runs, 'run')} in {exploration.seconds:.1f} s, {share}"
    if not exploration.has_every_order:
        yield f"{style.painted('NOT COMPLETE', BOLD, YELLOW)} (after {work}), because"
        for reason in exploration.reasons:
            yield from textwrap.wrap(
                reason,
                style.width,
                initial_indent="  – ",
                subsequent_indent="    ",
                break_on_hyphens=False,
            )
        return
    headline, more, colour = "COMPLETE", "", GREEN
    rests_on = "no order of the processes gives another output"
    if exploration.unchecked:
        headline, more, colour = "EVERY ORDER OF THE MODEL", ", not checked by a free run", CYAN
        rests_on = f"by the rules of explore, {rests_on}, but {exploration.unchecked}"
    if exploration.amid:
        headline, colour = "EVERY ORDER AT SYSTEM CALLS", CYAN
        named = listed([str(signal) for signal in exploration.amid], "or")
        rests_on = f"a handler of {named} in the middle of computing is not examined"
        if exploration.unchecked:
            rests_on += f"; {exploration.unchecked}"
    outputs = counted(exploration.count or 0, "output")
    verdict = f"{headline}{more} ({outputs}, from {work}): {rests_on}. {_evidence(exploration)}."
    if style.with_why:
        verdict += f" This assumes {listed([f'that {each}' for each in exploration.assumptions])}."
    first, *others = textwrap.wrap(verdict, style.width, subsequent_indent="  ")
    yield first.replace(headline, style.painted(headline, BOLD, colour))
    yield from others


def _evidence(exploration: Exploration) -> str:
    """Return a sentence without its full stop about what real runs have shown."""
    rows = len(exploration.outcomes)
    seen = sum(outcome.is_seen for outcome in exploration.outcomes)
    led = sum(outcome.is_replayed for outcome in exploration.outcomes)
    confirmed = f"Controlled runs led to {_part(led, rows)}"
    if not seen:
        return confirmed
    runs = counted(exploration.natives + exploration.skipped, "free run")
    return f"{confirmed}, and {runs} to {_part(seen, rows)} and to no other"


def _part(count: int, rows: int) -> str:
    return "it" if rows == 1 else "each" if count == rows else f"{count} of {rows}"
