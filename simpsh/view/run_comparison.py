"""Two runs side by side, with processes matched by birth path; and the first difference.

Compared are the steps of each process that both recordings contain, by their phrases; the
descriptors that changed since the start; and finally the order of all steps. Steps that one
recording lacks are listed, not treated as equal. Ignored is what depends on chance: pids, times,
whether a wait(2) blocked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest

from simpsh.base import events
from simpsh.base.event_kind import ENTRIES, EventKind
from simpsh.base.events import CallSite, place_words
from simpsh.base.phrases import counted, listed, status_words
from simpsh.base.process_names import FIRST, birth_path
from simpsh.base.record import Record
from simpsh.chronicle.chronicle_model import ENDS, Chronicle
from simpsh.view.document import Bar, Cell, Paragraph, Table, Text
from simpsh.view.timeline.timeline_rows import rows_of

_LEVELS = ("events", "calls", "io")
_BEFORE, _AFTER = 3, 2
_BY_CHANCE = (events.Start, events.Wait, events.WaitReturn, events.Rest)
_NUMBER = re.compile(r"\d+")


class ComparedStep(Record):
    """A step of one of the runs."""

    index: int
    name: str
    words: str
    at: CallSite | None
    table: Mapping[int, str] | None
    """The descriptors that changed since the start; None if they were not recorded."""


class ComparedRun:
    """One of the two runs."""

    def __init__(self, letter: str, command: str, chronicle: Chronicle) -> None:
        self.letter, self.command, self.chronicle = letter, command, chronicle
        self.level = _LEVELS.index(chronicle.level) if chronicle.level in _LEVELS else 1
        self.steps: list[ComparedStep] = []
        self.start: Mapping[int, str] = {}
        """The descriptors at the command's start."""

    def take_steps(self, kinds: set[type[EventKind]], *, with_program: bool) -> None:
        """Collect the steps of these kinds; the command's own exec only if `with_program`."""
        begun = False
        for row in rows_of(self.chronicle):
            event = self.chronicle.events[row.index]
            table = self._table(event.what)
            if isinstance(event.what, events.Exec) and not begun and row.name == FIRST:
                begun, self.start = True, table or {}
                if not with_program:
                    continue
            if type(event.what) in kinds:
                shown = self._changed(table) if table is not None else None
                words = re.sub(r"process \d+", "a process outside", row.text)
                self.steps.append(ComparedStep(row.index, row.name, words, event.at, shown))

    def of(self, name: str) -> list[ComparedStep]:
        """Return the steps of one process."""
        return [step for step in self.steps if step.name == name]

    def cell(self, step: ComparedStep | None) -> Cell:
        """Return a step as a cell, with its source line."""
        if step is None:
            return Cell("–")
        location = place_words(step.at)
        if location and step.at is not None and step.at.file in self.chronicle.sources:
            lines = self.chronicle.sources[step.at.file].splitlines()
            location += f"  {lines[step.at.line - 1].strip()}" if step.at.line <= len(lines) else ""
        return Cell(step.words, location)

    def _table(self, what: object) -> Mapping[int, str] | None:
        pipes, files = getattr(what, "pipes", None), getattr(what, "files", None)
        return None if pipes is None or files is None else {**dict(pipes), **dict(files)}

    def _changed(self, table: Mapping[int, str]) -> Mapping[int, str]:
        same = {number for number, target in table.items() if self.start.get(number) == target}
        changed = {number: self._target(table[number]) for number in table if number not in same}
        changed.update((number, "closed") for number in self.start if number not in table)
        return changed

    def _target(self, target: str) -> str:
        if target[-2:] in ENDS:
            return self.chronicle.target_words(target)
        for number, start in self.start.items():
            if start == target:
                return f"what {number} was at the start"
        # Inodes, pids and the numbers of terminals differ from run to run.
        return (
            target if target.startswith("/") and "/pts/" not in target else _NUMBER.sub("…", target)
        )


class RunDifference(Record):
    """The first difference as a sentence and a table, and a summary of the comparison."""

    parts: Sequence[Paragraph | Table]
    is_equal: bool


def compare(left: ComparedRun, right: ComparedRun) -> RunDifference:
    """Return the first difference of two runs."""
    watched = {kind for kind in ENTRIES if _level(kind) <= min(left.level, right.level)}
    for run in (left, right):
        run.take_steps(watched - {*_BY_CHANCE}, with_program=left.command == right.command)
    names = sorted({*left.chronicle.processes, *right.chronicle.processes}, key=birth_path)
    found = [found for name in names if (found := _in_process(left, right, name)) is not None]
    parts: list[Paragraph | Table] = [
        Paragraph(f"{run.letter}: {run.command}") for run in (left, right)
    ]
    if found:
        _, sentence, table = min(found, key=lambda difference: difference[0])
        parts += [Paragraph(sentence), table]
    elif order := _order(left, right):
        sentence, table = order
        parts += [Paragraph(sentence), table]
    else:
        parts.append(Paragraph("No step differs of those that both runs watched."))
    is_equal = len(parts) == 3
    pairs = [(name, _end(left.chronicle, name), _end(right.chronicle, name)) for name in names]
    ends = [f"{name}: {first}, {second}" for name, first, second in pairs if first != second]
    if ends:
        parts.append(Paragraph(f"Ends that differ: {'; '.join(ends)}."))
    parts.append(Paragraph(_compared(left, right, names), "remark"))
    return RunDifference(parts, is_equal)


def _end(chronicle: Chronicle, name: str) -> str:
    process = chronicle.processes.get(name)
    if process is None:
        return "never born"
    return "not seen" if process.status is None else status_words(process.status)


def _level(kind: type[EventKind]) -> int:
    calls = [call.level for call in ENTRIES[kind].calls]
    return min((_LEVELS.index(level) for level in calls if level in _LEVELS), default=0)


def _in_process(
    left: ComparedRun, right: ComparedRun, name: str
) -> tuple[float, str, Table] | None:
    """Return the first difference in a process, with its position in the first run."""
    pairs = list(zip_longest(left.of(name), right.of(name)))
    last = -1.0
    for location, (step, its) in enumerate(pairs):
        last = step.index if step is not None else last + 0.5
        if step is None or its is None or step.words != its.words:
            sentence = f"The first difference is step {location + 1} of {name}."
            return last, sentence, _table(left, right, pairs, location)
        if step.table is not None and its.table is not None and step.table != its.table:
            sentence = f"The first difference: the descriptors at step {location + 1} of {name}."
            return last, sentence, _table(left, right, pairs, location, (step.table, its.table))
    return None


def _order(left: ComparedRun, right: ComparedRun) -> tuple[str, Table] | None:
    pairs = list(zip_longest(left.steps, right.steps))
    for location, (step, its) in enumerate(pairs):
        if step is not None and its is not None and step.words != its.words:
            same = next(late for late in left.steps[location:] if late.words == its.words)
            sentence = "Each process makes the same steps. The first difference is their order"
            chronicle = left.chronicle
            if chronicle.shows_all_causes and chronicle.causes.unordered(step.index, same.index):
                sentence += ": nothing that was recorded forces one of the two"
            return f"{sentence}.", _table(left, right, pairs, location)
    return None


def _table(
    left: ComparedRun,
    right: ComparedRun,
    pairs: Sequence[tuple[ComparedStep | None, ComparedStep | None]],
    location: int,
    tables: tuple[Mapping[int, str], Mapping[int, str]] | None = None,
) -> Table:
    rows: list[Sequence[Text | Cell | Bar]] = []
    first = max(0, location - _BEFORE)
    for number, (step, its) in enumerate(pairs[first : location + _AFTER + 1], first):
        mark = "→" if number == location else ""
        rows.append((f"{number + 1} {mark}".strip(), left.cell(step), right.cell(its)))
    if tables is not None:
        for number in sorted({*tables[0], *tables[1]}):
            targets = [
                table.get(number, "as at the start" if number in run.start else "not open")
                for run, table in zip((left, right), tables, strict=True)
            ]
            if targets[0] != targets[1]:
                rows.append((f"descriptor {number}", *map(Cell, targets)))
    return Table(("step", left.letter, right.letter), rows, caption="The two runs side by side")


def _compared(left: ComparedRun, right: ComparedRun, names: Sequence[str]) -> str:
    """Return what was compared, and what was not recorded."""
    looks = [
        (step.table is not None, its.table is not None)
        for name in names
        for step, its in zip(left.of(name), right.of(name), strict=False)
    ]
    both, single = sum(map(all, looks)), sum(a != b for a, b in looks)
    steps = counted(min(len(left.steps), len(right.steps)), "step")
    words = [f"Compared: {steps}, and the descriptors at {both} of them."]
    if single:
        words.append(f"At {single} more only one of the runs looked at the descriptors.")
    for run, more in ((left, right), (right, left)):
        unwatched = [
            entry.word.replace("_", " ")
            for kind, entry in ENTRIES.items()
            if entry.row and run.level < _level(kind) <= more.level
        ]
        if unwatched:
            words.append(f"Not watched in {run.letter}: {listed(unwatched)}.")
    return " ".join(words)
