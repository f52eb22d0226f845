"""The report of an exploration: a table with the verdict, or JSON."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from math import factorial, prod

from simpsh.base.phrases import command_words, counted, escaped, listed
from simpsh.base.record import Record
from simpsh.base.wait_status import encode
from simpsh.explore.control.program_knowledge import Place
from simpsh.explore.flags import BLOCKS, COMPUTES, Flag
from simpsh.explore.objects.memory_operations import Load, Store
from simpsh.explore.objects.name_words import (
    notation_of,
    path_words,
    quote_output,
    status_clause,
    text_words,
)
from simpsh.explore.search.exploration import UNKNOWN, Exploration, Outcome, Sought
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

    def painted(self, text: str, *codes: str) -> str:
        """Return text in colour, if the report is in colour."""
        text = escaped(text)
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.in_colour and codes else text


_WHOLE = 1 << 30
_NARROWEST = 20
_MOST_STATUSES = 8
_MOST_WITH_SCHEDULES = 12
"""A table with more rows than this fills more than a screen, so schedules are left out."""
IN_REAL_TIME, SKIPPED = "in real time", "sleeps skipped"
SEEN_IN = {
    IN_REAL_TIME: "how often it came in {}; the kernel chose the order",
    SKIPPED: "how often it came in {} whose sleeps and alarms took no time",
}
"""The words for each column that counts free runs."""


def as_json(exploration: Exploration, words: Sequence[str]) -> str:
    """Return one JSON object, with the fields of Exploration, Outcome and the records in them.

    A text is a string, in which bytes that are not valid UTF-8 are decoded with the error handler
    surrogateescape.
    """
    import json  # only needed here

    def fields(record: Record) -> dict[str, object]:
        return {name: getattr(record, name) for name in type(record)._fields}

    def plain(value: object) -> object:
        match value:
            case Flag():
                return value.words
            case bytes():
                return value.decode("utf-8", "surrogateescape")
            case Place():
                return {name: part for name, part in fields(value).items() if name != "at"}
            case WitnessStep():
                own = {name: part for name, part in fields(value).items() if name != "naming"}
                return {**own, "operation": value.words()}
            case Record():
                return fields(value)
            case object():
                raise TypeError(value)

    data = {"command": words, "is_complete": exploration.is_complete, **fields(exploration)}
    data["amid"] = [str(signal) for signal in exploration.amid]
    return json.dumps(data, default=plain, indent=1) + "\n"


def report_lines(exploration: Exploration, command: str, style: ReportStyle) -> Iterator[str]:
    """Return the lines of the report; `command` is the program's command line."""
    news = _news(exploration)
    room = max(_NARROWEST, style.width - len(f": {news}"))
    shown = command if len(command) <= room else f"{command[: room - 2]} …"
    yield from textwrap.wrap(f"{shown}: {news}", style.width, break_on_hyphens=False)
    yield from verdict_lines(exploration, style)
    yield ""
    if exploration.sought is not None:
        yield from textwrap.wrap(_answer(exploration, exploration.sought), style.width)
    elif exploration.is_sample and exploration.outcomes:
        yield f"{len(exploration.outputs)} of them:"
    table = _OutcomeTable(exploration, command, style)
    if any(outcome.witness and outcome.deciding for _, outcome in table.rows):
        notation = notation_of(names_in(exploration))
        yield from (style.painted(line, DIM) for line in textwrap.wrap(notation, style.width))
    for title, runs, _ in columns_of(exploration) if table.rows else ():
        line = f"{title}: {SEEN_IN[title].format(counted(runs, 'free run'))}"
        yield from (style.painted(line, DIM) for line in textwrap.wrap(line, style.width))
    if table.rows:
        yield from table.head()
    before: bytes | None = None
    for number, outcome in table.rows:
        yield from table.row(number, outcome, is_same=outcome.output == before)
        before = outcome.output
    if table.rows:
        yield ""
    yield from table.offer()
    for sentence in (*table.always(), *(f"Note: {note}." for note in exploration.notes)):
        yield from textwrap.wrap(sentence, style.width, break_on_hyphens=False)
    if not exploration.has_every_order or exploration.amid or exploration.more_runs:
        yield style.painted(f"Next: {_next_command(exploration, command, style)}", DIM)


_HANGS = {
    "deadlock": "deadlocks",
    "endless loop": "loops endlessly",
    "no progress in this run": "makes no progress",
}


def _news(exploration: Exploration) -> str:
    """Return what is special about the outcomes, or else the number of outputs."""
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
    losing = [line for outcome in rows if (line := lost_update(outcome.story))]
    if losing and not exploration.is_sample:
        lose = "one loses" if len(losing) == 1 else f"{len(losing)} lose"
        return f"{outputs}; {lose} an update at {losing[0]}"
    orders = {tuple(sorted(outcome.text.splitlines())) for outcome in rows}
    lines = max(orders, default=())
    if len(orders) == 1 and len(lines) > 1 and not exploration.is_sample:
        alike = prod(factorial(count) for count in Counter(lines).values())
        if exploration.count == factorial(len(lines)) // alike > 1:
            return f"{len(lines)} lines in any order ({outputs})"
    return outputs


def lost_update(story: Sequence[WitnessStep]) -> str:
    """Return the line at which an update of shared memory is lost; empty for none.

    A process loads a value and stores another one at the same line, and between the two another
    process stores: the value that it stored is gone.
    """
    loaded: dict[tuple[str, object], str] = {}
    overtaken: set[tuple[str, object]] = set()
    for step in story:
        access = step.operation
        if not isinstance(access, Load | Store):
            continue
        key = step.process, (access.region, access.offset, access.width)
        if isinstance(access, Load):
            loaded[key] = step.line
            overtaken.discard(key)
            continue
        if step.line and key in overtaken and loaded[key] == step.line:
            return step.line
        overtaken |= {other for other in loaded if other[1] == key[1] and other != key}
    return ""


def _answer(exploration: Exploration, sought: Sought) -> str:
    """Return a sentence that answers whether the output that was asked for can come."""
    output = quote_output(sought.output, _WHOLE) if sought.output else "nothing"
    if any(not outcome.is_free for outcome in sought.outcomes):
        return f"An order prints {output}:"
    if sought.outcomes:
        return f"A free run printed {output}; no known order does:"
    end = ""
    if len(sought.beginning) == len(sought.output) > 0:
        end = "; some outputs begin with it"
    elif sought.beginning:
        end = f"; some outputs begin with {quote_output(sought.beginning, _WHOLE)}, but no further"
    if exploration.is_complete:
        return f"{output} cannot come: no order prints it{end}."
    if exploration.has_every_order:
        return f"By the rules of explore, no order prints {output}{end}."
    return f"No order that is known prints {output}, but others may: see above{end}."


def _next_command(exploration: Exploration, command: str, style: ReportStyle) -> str:
    """Return the command that shows most about a verdict that is not COMPLETE."""
    if exploration.more_seconds and not any(exploration.causes):
        return f"{style.explore} --budget {exploration.more_seconds:g} {command}"
    if exploration.has_every_order and exploration.more_runs and not exploration.amid:
        return f"{style.explore} --runs {exploration.more_runs} {command}"
    return f"{style.step} {command}"


def columns_of(exploration: Exploration) -> Iterator[tuple[str, int, dict[bytes, int]]]:
    """Yield the title of each column that counts free runs, their number, and the counts."""
    if exploration.natives:
        yield IN_REAL_TIME, exploration.natives, dict(exploration.seen)
    if exploration.skipped:
        yield SKIPPED, exploration.skipped, dict(exploration.seen_skipped)


class _OutcomeTable:
    """The rows of the table; facts that all rows share are printed once, below the table."""

    def __init__(self, exploration: Exploration, command: str, style: ReportStyle) -> None:
        self._found = exploration
        self._command = command
        self._style = style
        self._columns = [*columns_of(exploration)]
        self._margin = 6 + sum(len(title) + 2 for title, _, _ in self._columns)
        explored = [set(each.statuses) for each in exploration.outcomes if not each.is_free]
        free = [dict(each.statuses) for each in exploration.outcomes if each.is_free]
        files = [set(outcome.files) for outcome in exploration.outcomes]
        same = set.intersection(*(explored or [set(each.items()) for each in free] or [set()]))
        # A free run does not report the statuses of descendants.
        self._same_statuses = {
            (name, status)
            for name, status in same
            if all(each.get(name, status) == status for each in free)
        }
        self._same_files = set.intersection(*files) if files else set()
        sought = exploration.sought
        self.rows = [
            (number, outcome)
            for number, outcome in enumerate(exploration.outcomes, start=1)
            if sought is None or outcome in sought.outcomes
        ]
        """The outcomes to show, with their numbers."""
        self._is_long = sought is None and len(self.rows) > _MOST_WITH_SCHEDULES

    def head(self) -> Iterator[str]:
        """Return the line above the columns."""
        if self._columns:
            titles = "".join(f"{title}  " for title, _, _ in self._columns)
            yield self._style.painted(f"{'':4}  {titles}output", DIM)

    def row(self, number: int, outcome: Outcome, *, is_same: bool) -> Iterator[str]:
        """Return an outcome's lines."""
        text = quote_output(outcome.output, _WHOLE) if outcome.output else "nothing"
        if is_same:
            text = f"{text}, but"
        head = f"{number:>4}  "
        for title, runs, seen in self._columns:
            count = UNKNOWN if is_same else seen.get(outcome.output, 0)
            # Pids may make several outputs look alike in a free run.
            words = f"{count} of {runs}" if count != UNKNOWN else ""
            head += f"{words:>{len(title)}}  "
        for begin in range(0, len(text), self._room):
            yield head + self._style.painted(text[begin : begin + self._room], BOLD)
            head = " " * self._margin
        for sentence, *codes in self._details(outcome):
            for line in textwrap.wrap(sentence, self._room, break_on_hyphens=False):
                yield head + self._style.painted(line, *codes)
        if self._is_long:
            return
        places = _places(outcome, self._room)
        if self._found.sought is not None:
            for step in outcome.story[: outcome.deciding or len(outcome.story)]:
                line = f"{step.process} {step.words()}" + f" at {step.line}" * bool(step.line)
                for part in textwrap.wrap(line, self._room, subsequent_indent="  "):
                    yield head + self._style.painted(part)
        elif places and len(self._found.outcomes) > 1:
            yield head + self._style.painted(places, DIM)
        if outcome.witness and outcome.deciding:
            schedule = " ".join(outcome.witness[: outcome.deciding])
            line = f'{self._style.step} --schedule "{schedule}" {self._command}'
            yield head + self._style.painted(line, DIM)

    def offer(self) -> Iterator[str]:
        """Return lines that name the command which shows the order of one row of a long table."""
        orders = [outcome for _, outcome in self.rows if outcome.witness]
        if not (self._is_long and orders):
            return
        yield "To see the order that leads to one of them, name the output:"
        example = command_words(["--find", text_words(orders[-1].output)])
        yield self._style.painted(f"{self._style.explore} {example} {self._command}", DIM)

    @property
    def _room(self) -> int:
        return max(_NARROWEST, self._style.width - self._margin)

    def _details(self, outcome: Outcome) -> Iterator[tuple[str, ...]]:
        if outcome.deadlock:
            waits = "; ".join(f"{name} {words}" for name, words in outcome.deadlock)
            is_sure = not any(
                flag.is_a(BLOCKS) or flag.is_a(COMPUTES) for flag, _ in self._found.flags
            )
            yield f"{outcome.hang if is_sure else 'no progress in this run'}: {waits}", RED
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
        if outcome.is_free:
            if self._found.amid:
                yield "seen: a handler in the middle of computing", YELLOW
            else:
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
        statuses = sorted(self._same_statuses, key=lambda pair: pair[0])
        failures = [(name, status) for name, status in statuses if encode(status)]
        every = {name for outcome in self._found.outcomes for name, _ in outcome.statuses}
        is_all = len(statuses) == len(every) and not self._found.deadlocks
        always = "Always" if self._found.has_every_order else "In all that was found"
        if statuses and not failures and is_all:
            all_of_them = "Every" if self._found.has_every_order else f"{always}, every"
            yield f"{all_of_them} process ends with status 0."
        elif failures:
            parts = [f"{name} {status_clause(encode(status))}" for name, status in failures]
            more = len(parts) - _MOST_STATUSES
            tail = [f"{more} more did not end with 0"] if more > 0 else []
            yield f"{always}: {listed([*parts[:_MOST_STATUSES], *tail])}."
        for name, contents in sorted(self._same_files):
            yield f"{always}: {path_words(name)} holds {_contents(contents)}."


def _places(outcome: Outcome, room: int) -> str:
    """Return the source lines of the steps that print, or of the witness if nothing is printed."""
    steps = [step for step in outcome.story if step.line]
    steps = [step for step in steps if step.printed] or steps[: outcome.deciding]
    parts = [f"{step.process} {escaped(step.line)}" for step in steps]
    text = ", ".join(parts)
    while len(text) > room and len(parts) > 1:
        parts.pop()
        text = f"{', '.join(parts)}, …"
    return text if len(text) <= room else ""


def _contents(data: bytes) -> str:
    return quote_output(data) if data else "nothing"


def names_in(exploration: Exploration) -> set[str]:
    """Return the names of the processes that the outcomes tell of."""
    steps = {step.process for outcome in exploration.outcomes for step in outcome.story}
    return steps | {name for outcome in exploration.outcomes for name, _ in outcome.statuses}


def verdict_lines(exploration: Exploration, style: ReportStyle) -> Iterator[str]:
    """Return the lines of the verdict."""
    runs = counted(exploration.runs + exploration.replays, "run")
    share = f"{100 * exploration.budget_share:.0f} % of the budget"
    work = f"{runs} in {exploration.seconds:.1f} s, {share}"
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
    outputs = counted(exploration.count or 0, "output")
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
    verdict = f"{headline}{more} ({outputs}, from {work}): {rests_on}. {_evidence(exploration)}."
    if style.with_why:
        verdict += f" {assumed(exploration)}"
    first, *others = textwrap.wrap(verdict, style.width, subsequent_indent="  ")
    yield first.replace(headline, style.painted(headline, BOLD, colour))
    yield from others


def assumed(exploration: Exploration) -> str:
    """Return a sentence about what the set of outcomes rests on besides the rules."""
    nothing = f"nothing depends on {listed(exploration.independent_of, 'or')}"
    clauses = (nothing, *exploration.assumptions)
    return f"This assumes {listed([f'that {clause}' for clause in clauses])}."


def _evidence(exploration: Exploration) -> str:
    """Return a sentence without its full stop about what real runs have shown."""
    rows = exploration.outcomes
    free = sum(outcome.is_seen for outcome in rows)
    led = sum(outcome.is_replayed and not outcome.is_seen for outcome in rows)
    runs = counted(exploration.natives + exploration.skipped, "free run")
    how = f" ({exploration.skipped} with sleeps skipped)" if exploration.skipped else ""
    rest = len(rows) - free
    if not free:
        parts = "it" if rest == 1 else "each" if led == rest else f"{led} of them"
        return f"Controlled runs led to {parts}"
    them = "them" if not exploration.is_sample else f"the {len(rows)} in the table"
    were = "was" if free == 1 else "were"
    seen = "It was" if len(rows) == 1 else "Each was" if not rest else f"{free} of {them} {were}"
    others = "the others" if led == rest else f"{led} of the others"
    led_to = f"; controlled runs led to {others}" if rest else ""
    return f"{seen} seen in a real run, and {runs}{how} gave no other{led_to}"
