"""A run as one HTML file: a picture that is complete by itself, and a stepper through it.

Nothing is loaded from anywhere. Whatever came from a program – its arguments, what it wrote –
is escaped on its way into the page. The page itself is page.html, with the style of page.css
and the script of page.js, which steps through the run; what it needs of each step is JSON.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from simpsh.chronicle.chronicle_model import Chronicle, ProcessLife
from simpsh.view.picture.svg_picture import LANE, TOP, TimelinePicture, tag
from simpsh.view.picture.svg_style import MARKS, THEME
from simpsh.view.timeline.step_reasons import reason
from simpsh.view.timeline.timeline_rows import TimelineRow, folded, rows_of

_FOLDER = Path(__file__).parent


def page_of(chronicle: Chronicle, title: str = "", remarks: Sequence[str] = ()) -> str:
    """Return the HTML page of a run.

    Args:
        chronicle: the run.
        title: what was run.
        remarks: sentences to put under the title, such as what the recording could not see.
    """
    rows, omission = folded(rows_of(chronicle))
    picture = TimelinePicture(chronicle, rows)
    said = [*remarks, *([omission] if omission else [])]
    data = json.dumps(page_data(picture), separators=(",", ":"))
    return _filled(
        _file("page.html"),
        {
            "title": _text(title) or "Process timeline",
            "style": THEME + MARKS + _file("page.css"),
            "command": _text(title),
            "remarks": "".join(tag("p", _text(one), class_="remark") for one in said),
            "picture": _picture(picture),
            "last": str(max(0, len(rows) - 1)),
            "count": str(len(rows)),
            "steps": "\n".join(_item(place, row) for place, row in enumerate(rows, start=1)),
            # Inside <script>, "</" could end the element, and "<!--" change how it is read.
            "data": data.replace("<", "\\u003c"),
            "script": _file("page.js"),
        },
    )


def _file(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _filled(template: str, values: Mapping[str, str]) -> str:
    """Replace each `{{name}}` of the template, in one pass: what is put in is not looked at."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], template)


def _text(words: str) -> str:
    """Escape what came from outside; what UTF-8 cannot hold is shown as an escape."""
    return html.escape(words.encode("utf-8", "backslashreplace").decode())


def _picture(picture: TimelinePicture) -> str:
    """Draw the lanes' names, the timeline, and over each step what takes a click."""
    hits = "".join(
        tag(
            "rect",
            data_i=place,
            x=picture.x(place - 0.5),
            y=0,
            width=picture.column,
            height=picture.height,
        )
        for place in range(len(picture.rows))
    )
    drawn = picture.timeline().removesuffix("</svg>") + tag("g", hits, class_="hits") + "</svg>"
    return picture.labels() + drawn


def _item(place: int, row: TimelineRow) -> str:
    kind = " class=free" if row.is_free else ""
    time = tag("span", f"{row.milliseconds:.1f} ms", class_="time-of")
    return f'<li{kind} value="{place}">{time} {_text(row.text)}</li>'


_MOST_DESCRIPTORS = 40
_LAST_STANDARD = 2
_ENDS = {"r": "read", "w": "write"}


def page_data(picture: TimelinePicture) -> dict[str, object]:
    """Return what the page's script needs: the steps and the processes of a picture."""
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


def _step(chronicle: Chronicle, row: TimelineRow, causes: list[int]) -> dict[str, object]:
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


def _process(picture: TimelinePicture, process: ProcessLife) -> dict[str, object]:
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


def _parents(picture: TimelinePicture, process: ProcessLife) -> list[list[object]]:
    label = picture.chronicle.label
    found: list[list[object]] = [[picture.place(process.birth), label(process.parent) or "simpsh"]]
    for index, adopter in process.adoptions:
        found.append([picture.place(index), f"{label(adopter)} (adopted)"])
    return found


def _tables(picture: TimelinePicture, process: ProcessLife) -> list[list[object]]:
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


def _causes(chronicle: Chronicle, rows: Sequence[TimelineRow]) -> list[list[int]]:
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
