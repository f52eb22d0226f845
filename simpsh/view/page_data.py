"""What the page's stepper needs to know of each step, as plain data for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.view.reasons import reason
from simpsh.view.svg_geometry import LANE, TOP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simpsh.chronicle.model import Chronicle, Process
    from simpsh.view.svg import Picture
    from simpsh.view.timeline_rows import Row

_MOST_DESCRIPTORS = 40
_LAST_STANDARD = 2
_ENDS = {"r": "read", "w": "write"}


def page_data(picture: Picture) -> dict[str, object]:
    """Return the steps and the processes of a picture."""
    chronicle, rows = picture.chronicle, picture.rows
    return {
        "x0": picture.x(-0.5),
        "column": picture.column,
        "top": TOP,
        "lane": LANE,
        "steps": [
            _step(chronicle, row, causes)
            for row, causes in zip(rows, _causes(chronicle, rows), strict=True)
        ],
        "processes": [_process(picture, chronicle.processes[name]) for name in picture.lanes],
    }


def _step(chronicle: Chronicle, row: Row, causes: list[int]) -> dict[str, object]:
    step: dict[str, object] = {
        "text": row.text,
        "why": reason(chronicle, row),
        "ms": round(row.milliseconds, 2),
        "of": [name for name in (row.name, row.other) if name],
    }
    if causes:
        step["causes"] = causes
    if row.is_free:
        step["free"] = True
    return step


def _process(picture: Picture, process: Process) -> dict[str, object]:
    place = picture.place
    return {
        "name": process.name,
        "label": process.label,
        "path": process.path,
        "pid": process.pid,
        "birth": place(process.birth),
        "states": [list(stretch) for stretch in picture.stretches(process)],
        "programs": [
            [place(one.begin), f"{one.name} (a copy)" if one.is_copy else one.name]
            for one in process.programs
        ],
        "parents": _parents(picture, process),
        "tables": _tables(picture, process),
    }


def _parents(picture: Picture, process: Process) -> list[list[object]]:
    label = picture.chronicle.label
    found: list[list[object]] = [[picture.place(process.birth), label(process.parent) or "simpsh"]]
    for index, adopter in process.adoptions:
        found.append([picture.place(index), f"{label(adopter)} (adopted)"])
    return found


def _tables(picture: Picture, process: Process) -> list[list[object]]:
    """Return the descriptors after each step that changed them: the last change before a step."""
    found: dict[int, list[list[object]]] = {}
    root = next(iter(picture.chronicle.processes.values()))
    # What simpsh's own surroundings left open says nothing about this run.
    usual = dict(root.tables[0][1]) if root.tables else {}
    for index, table in process.tables:
        found[picture.place(index)] = [
            _descriptor(picture.chronicle, number, target)
            for number, target in sorted(table.items())[:_MOST_DESCRIPTORS]
            if number <= _LAST_STANDARD or usual.get(number) != target
        ]
    return [[place, rows] for place, rows in sorted(found.items())]


def _descriptor(chronicle: Chronicle, number: int, target: str) -> list[object]:
    """Return number, words, and for the end of a known pipe its letter and direction."""
    inode, _, end = target.rpartition(" ")
    life = chronicle.pipes.get(inode) if end in _ENDS else None
    if life is None:
        return [number, target]
    if not life.name:
        return [number, f"{_ENDS[end]} end of a pipe from outside"]
    return [number, f"{_ENDS[end]} end of pipe {life.name}", life.name, end]


def _causes(chronicle: Chronicle, rows: Sequence[Row]) -> list[list[int]]:
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
            found.append(sorted(causes)[-4:])
            latest[owner] = place
        if owner in latest:
            step_of[index] = latest[owner]
    return found
