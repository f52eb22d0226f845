"""What the page's script needs to know of a run, as JSON.

The sentences are not in it: the script reads them from the list of the steps.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from simpsh.chronicle.chronicle_model import Chronicle, ProcessLife
from simpsh.view.picture.svg_picture import AXIS, LABELS, LANE, LEFT, TOP, TimelinePicture
from simpsh.view.timeline.timeline_rows import TimelineRow

_MOST_DESCRIPTORS = 40
_MOST_CAUSES = 4
_LAST_STANDARD = 2
_ENDS = {"r": "read", "w": "write"}
_TELLING = frozenset(("pipe", "fork", "signal", "delivery", "read", "write", "stop", "rest"))
"""Kinds of steps that begin the story of a run."""


def page_data(picture: TimelinePicture) -> dict[str, object]:
    """Return the steps, the processes, their descriptors and the lines that they came to."""
    chronicle, rows = picture.chronicle, picture.rows
    tables = _TableNumbers(chronicle)
    kinds = list(dict.fromkeys(row.kind for row in rows))
    return {
        "first": next((at for at, row in enumerate(rows) if row.kind in _TELLING), 0),
        "kinds": kinds,
        "lanes": len(picture.lanes),
        "size": {"left": LEFT, "top": TOP, "lane": LANE, "labels": LABELS, "axis": AXIS},
        "steps": [_step(picture, kinds, row) for row in rows],
        "causes": {
            place: causes for place, causes in enumerate(causes_of(chronicle, rows)) if causes
        },
        "free": [place for place, row in enumerate(rows) if row.is_free],
        "processes": [_process(picture, process, tables) for process in picture.processes],
        "tables": tables.found,
        "files": files_of(chronicle),
        "sites": _sites(picture),
    }


def as_script(data: dict[str, object]) -> str:
    """Return the data for a `<script type="application/json">`, which nothing in it can end."""
    text = json.dumps(data, separators=(",", ":"))
    # "</" could end the element, and "<!--" change how it is read.
    return text.replace("<", "\\u003c")


def files_of(chronicle: Chronicle) -> list[str]:
    """Return the source files that events name and whose text is known, in order of appearance."""
    named = dict.fromkeys(event.at.file for event in chronicle.events if event.at is not None)
    return [file for file in named if file in chronicle.sources]


def _step(picture: TimelinePicture, kinds: list[str], row: TimelineRow) -> list[object]:
    lanes = [picture.lanes.get(name, -1) for name in (row.name, row.other)]
    return [kinds.index(row.kind), *lanes, round(row.milliseconds, 3)]


def _process(
    picture: TimelinePicture, process: ProcessLife, tables: _TableNumbers
) -> dict[str, object]:
    place = picture.place
    return {
        "name": process.label,
        "path": process.path,
        "pid": process.pid,
        "parent": picture.lanes.get(process.parent, -1),
        "birth": place(process.birth),
        "gone": place(process.reap),
        "states": [list(stretch) for stretch in picture.stretches(process)],
        "programs": [
            [place(one.begin), f"{one.name} (a copy)" if one.is_copy else one.name]
            for one in process.programs
        ],
        "parents": _parents(picture, process),
        "tables": [[place(index), number] for index, number in tables.of(process)],
    }


def _parents(picture: TimelinePicture, process: ProcessLife) -> list[list[object]]:
    label = picture.chronicle.label
    found: list[list[object]] = [[picture.place(process.birth), label(process.parent) or "simpsh"]]
    for index, adopter in process.adoptions:
        found.append([picture.place(index), f"{label(adopter)} (adopted)"])
    return found


class _TableNumbers:
    """Gives each different table of descriptors a number: most processes have the same ones."""

    def __init__(self, chronicle: Chronicle) -> None:
        self.found: list[list[list[object]]] = []
        self._numbers: dict[str, int] = {}
        self._chronicle = chronicle
        root = next(iter(chronicle.processes.values()), None)
        # What simpsh's own surroundings left open says nothing about this run.
        self._usual = dict(root.tables[0][1]) if root is not None and root.tables else {}

    def of(self, process: ProcessLife) -> Iterator[tuple[int, int]]:
        """Yield the events that changed a process's descriptors, and the number of the table."""
        for index, table in process.tables:
            rows = [
                _descriptor(self._chronicle, number, target)
                for number, target in sorted(table.items())[:_MOST_DESCRIPTORS]
                if number <= _LAST_STANDARD or self._usual.get(number) != target
            ]
            number = self._numbers.setdefault(repr(rows), len(self.found))
            if number == len(self.found):
                self.found.append(rows)
            yield index, number


def _descriptor(chronicle: Chronicle, number: int, target: str) -> list[object]:
    """Return number, words, and for the end of a known pipe its letter and direction."""
    inode, _, end = target.rpartition(" ")
    life = chronicle.pipes.get(inode) if end in _ENDS else None
    if life is None:
        return [number, target]
    if not life.name:
        return [number, f"{_ENDS[end]} end of a pipe from outside"]
    return [number, f"{_ENDS[end]} end of pipe {life.name}", life.name, end]


def causes_of(chronicle: Chronicle, rows: Sequence[TimelineRow]) -> list[list[int]]:
    """Return for each step the steps of other processes that directly caused it.

    What causes a step is often an event without a row: then its process's step before counts.
    """
    step_of: dict[int, int] = {}
    latest: dict[str, int] = {}
    places = {row.index: place for place, row in enumerate(rows)}
    found: list[list[int]] = []
    hidden: dict[str, list[int]] = {}
    for index in range(len(chronicle.events)):
        owner, place = chronicle.owners[index], places.get(index)
        direct = [step_of[one] for one in chronicle.causes.direct(index) if one in step_of]
        if place is None:
            hidden.setdefault(owner, []).extend(direct)
        else:
            causes = {*direct, *hidden.pop(owner, [])} - {latest.get(owner, -1), place}
            found.append(sorted(causes)[-_MOST_CAUSES:])
            latest[owner] = place
        if owner in latest:
            step_of[index] = latest[owner]
    return found


def _sites(picture: TimelinePicture) -> list[list[object]]:
    """Return where processes came to in their sources: step, lane, file, line, function."""
    chronicle = picture.chronicle
    numbers = {file: number for number, file in enumerate(files_of(chronicle))}
    found: list[list[object]] = []
    for index, event in enumerate(chronicle.events):
        lane = picture.lanes.get(chronicle.owners[index])
        if event.at is None or lane is None or event.at.file not in numbers:
            continue
        site = [numbers[event.at.file], event.at.line, event.at.function]
        found.append([picture.place(index), lane, *site])
    return found
