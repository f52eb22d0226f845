"""A run as one HTML file: a complete picture, and controls to step through it.

Everything that came from a program – arguments, output, source – is escaped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simpsh.base.phrases import counted
from simpsh.base.process_names import colour_of
from simpsh.base.targets import Member, PipeEnd
from simpsh.chronicle.chronicle_model import (
    CAUSES,
    STATES,
    Chronicle,
    DescriptorTable,
    ProcessLife,
    shows_run,
)
from simpsh.view.page.page_frame import THEME_SWITCH, frame_page
from simpsh.view.picture.svg_elements import (
    DEFINITIONS,
    MARKS,
    SHAPES,
    moved,
    pill,
    pipe,
    plain,
    svg,
    tag,
)
from simpsh.view.picture.svg_picture import AXIS, HEIGHTS, LABELS, LANE, LEFT, TOP, TimelinePicture
from simpsh.view.timeline.timeline_rows import TimelineRow, folded, reason, rows_of

if TYPE_CHECKING:
    from simpsh.base.event_kind import RecordLevel

MOST_STEPS = 12_000
"""Longer runs are folded, see `timeline_rows.folded`."""
_LONG_TITLE = 48
_SHORT = 20
"""A run of at most so many steps is seen whole, and needs no search, filter or zoom."""
_ITEMS = 100
_FOLDER = Path(__file__).parent
_SCRIPTS = ("run_model", "picture_layout", "step_panels", "page_controls")


def page_of(chronicle: Chronicle, title: str = "", remarks: Sequence[str] = ()) -> str:
    """Return the HTML page of a run; the remarks are shown under the title."""
    rows, omission = folded(rows_of(chronicle), MOST_STEPS)
    picture = TimelinePicture(chronicle, rows)
    notes = [*remarks, *([omission] if omission else [])]
    processes = counted(len(picture.processes), "process", "processes")
    span = rows[-1].milliseconds - rows[0].milliseconds if rows else 0.0
    # The source files that events name.
    sources = [
        f"<details open><summary>{plain(file)}</summary>\n"
        f"<pre>\n{plain(chronicle.sources[file].expandtabs(4))}</pre></details>"
        for file in files_of(chronicle)
    ]
    about = {"class_": "panel texts", "id": "texts", "aria_label": "Source"}
    values = {
        "theme": THEME_SWITCH,
        "command": plain(title) or "Process timeline",
        "long": " long" if len(title) > _LONG_TITLE else "",
        "facts": f"{processes} · {counted(len(rows), 'step')} · {span:.1f} ms",
        "remarks": "".join(tag("p", plain(remark), class_="remark") for remark in notes),
        "definitions": svg(DEFINITIONS, 0, 0, class_="definitions", aria_hidden="true"),
        "labels": picture.labels(),
        "axis": picture.axis(),
        "picture": picture.timeline(),
        "legend": legend(picture.kinds()),
        "last": str(max(0, len(rows) - 1)),
        "count": str(len(rows)),
        "steps": "\n".join(step_items(chronicle, rows)),
        "descriptors": DESCRIPTORS_OF[chronicle.level],
        "kind": ("with-source" if sources else "without-source")
        + (" short" if len(rows) <= _SHORT else ""),
        "sources": tag("section", "\n".join(sources), **about) if sources else "",
        "data": as_script(page_data(picture)),
    }
    # Replace all `{{name}}` in one pass, so that inserted texts are not searched.
    body = re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], _file("page.html"))
    # For printing without a script: the two parts of the picture share the page's width.
    widths = f":root{{--names-width:{LABELS};--all-width:{LABELS + picture.width:.0f}}}"
    style = "".join((MARKS, _file("page.css"), _file("print.css"), widths))
    script = "".join(_file(f"{name}.js") for name in _SCRIPTS)
    return frame_page(title or "Process timeline", body, style=style, script=script)


def _file(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def step_items(chronicle: Chronicle, rows: Sequence[TimelineRow]) -> Iterator[str]:
    """Yield each step as an item with id `s1`, `s2` …: time, sentence, source line, reason.

    The items are in lists of a hundred: a browser lays out one long list again at each step.
    """
    for position, row in enumerate(rows, start=1):
        if position % _ITEMS == 1:
            yield f'<ol start="{position}">' if position == 1 else f'</ol><ol start="{position}">'
        time = tag("span", f"{row.milliseconds:.1f} ms", class_="time")
        site = tag("i", plain(row.site)) if row.site else ""
        why = reason(chronicle, row)
        yield (
            f'<li id="s{position}" value="{position}">{time}'
            f"<b>{plain(row.text)}</b>{site}{tag('p', plain(why)) if why else ''}</li>"
        )
    if rows:
        yield "</ol>"


def _bar(state: str, height: int) -> str:
    return tag("rect", class_=f"bar {state}", x=2, y=9 - height / 2, width=26, height=height, rx=3)


def _arrow(kind: str) -> str:
    return tag("path", class_=f"edge {kind}", d="M15 0V15", marker_end=f"url(#m-{kind})")


def _mark(shape: str, down: float = 9) -> str:
    return tag("g", shape, transform=moved(15, down))


_SIGNAL = _arrow("signal")
_ENTRIES: dict[str, tuple[str, str]] = {
    **{
        state: (_bar(state, HEIGHTS[state]), f"{words} ({evidence})")
        for state, (evidence, words) in STATES.items()
    },
    "fork": (_arrow("fork"), "fork: a new process"),
    "exec": (_mark(SHAPES["exec"]), "exec: a new program"),
    "exec-error": (_mark(SHAPES["exec-error"]), "exec fails"),
    "exit": (_mark(SHAPES["exit"]), "exit"),
    "reap": (_mark(pill("0", is_good=True)), "collected: its status"),
    "signal": (_SIGNAL, "signal"),
    "delivery": (_SIGNAL, "signal"),
    "adoption": (_arrow("adoption"), "orphan adopted"),
    "pipe": (_mark(pipe("A"), 18), "makes a pipe"),
    "write": (_mark(SHAPES["write"], 15), "writes"),
    "read": (_mark(SHAPES["read"], 3), "reads"),
    "close": (_mark(SHAPES["close"], 16), "closes a pipe end"),
    "rest": (tag("path", class_="rest-line", d="M15 0V18"), "at rest: all processes sleep"),
}


def legend_entries(occurring: Collection[str]) -> list[tuple[str, str]]:
    """Return the legend's signs and words for the states and kinds of steps that occur."""
    return list(dict.fromkeys(entry for kind, entry in _ENTRIES.items() if kind in occurring))


def legend(occurring: Collection[str]) -> str:
    """Return the legend for the states and kinds of steps that occur, as list items."""
    items = []
    for shape, words in legend_entries(occurring):
        drawn = tag("svg", shape, viewBox="0 0 30 18", width=30, height=18, aria_hidden="true")
        items.append(tag("li", drawn + words))
    return "\n".join(items)


_LOOKS = "Recorded at birth, exec, wait and end; between, "
DESCRIPTORS_OF: Mapping[RecordLevel, str] = {
    "": "Inferred from the shell's own calls; after an exec, not watched.",
    "events": f"{_LOOKS}not watched.",
    "calls": f"{_LOOKS}not watched.",
    "io": f"{_LOOKS}inferred from the calls that were made.",
}
"""The source of the descriptors, by the recording's level; the shell's own view has none."""
_MOST_DESCRIPTORS = 40
_MOST_CAUSES = 4
_LAST_STANDARD = 2


def page_data(picture: TimelinePicture) -> dict[str, object]:
    """Return the data for the script: steps, processes, descriptors, source lines."""
    chronicle, rows, lanes = picture.chronicle, picture.rows, picture.lanes
    tables = _TableNumbers(chronicle)
    files = files_of(chronicle)
    return {
        "lanes": len(lanes),
        "size": {"left": LEFT, "top": TOP, "lane": LANE, "labels": LABELS, "axis": AXIS},
        "steps": [
            [
                lanes.get(Member(row.name), -1),
                lanes.get(Member(row.other), -1),
                round(row.milliseconds, 3),
            ]
            for row in rows
        ],
        "causes": {
            position: causes for position, causes in enumerate(causes_of(chronicle, rows)) if causes
        },
        # Steps that affect a process although it does not run.
        "passive": [
            position
            for position, row in enumerate(rows)
            if not shows_run(chronicle.events[row.index].what)
        ],
        "processes": [_process(picture, process, tables) for process in picture.processes],
        "tables": tables.tables,
        "files": files,
        # Source lines: step, lane, file, line, function.
        "sites": [
            [picture.step_of(index), lane, files.index(at.file), at.line, at.function]
            for index, event in enumerate(chronicle.events)
            if (at := event.at) is not None
            and at.file in files
            and (lane := lanes.get(Member(chronicle.owners[index]))) is not None
        ],
    }


def as_script(data: dict[str, object]) -> str:
    """Return data as JSON that cannot end or alter its script element."""
    text = json.dumps(data, separators=(",", ":"))
    # "</" could end the element, and "<!--" changes how it is parsed.
    return text.replace("<", "\\u003c")


def files_of(chronicle: Chronicle) -> list[str]:
    """Return the source files that events name and whose text is known, in order of appearance."""
    named = dict.fromkeys(event.at.file for event in chronicle.events if event.at is not None)
    return [file for file in named if file in chronicle.sources]


def _process(
    picture: TimelinePicture, process: ProcessLife, tables: _TableNumbers
) -> dict[str, object]:
    step, label = picture.step_of, picture.chronicle.label
    maker = process.parent
    parents = [[step(process.birth), label(maker) if maker is not None else "simpsh"]]
    parents += [[step(index), f"{label(name)} (adopted)"] for index, name in process.adoptions]
    names = [each.label for each in picture.chronicle.processes.values()]
    return {
        "name": process.label,
        "colour": colour_of(process.label, names),
        "pid": process.pid,
        "parent": picture.lanes.get(maker, -1) if maker is not None else -1,
        "birth": step(process.birth),
        "states": [list(stretch) for stretch in picture.stretches(process)],
        "programs": [
            [step(program.begin), f"{program.name} (a copy)" if program.is_copy else program.name]
            for program in process.programs
        ],
        "parents": parents,
        # First step, table number, the step of the recorded state, and later steps by descriptor.
        "tables": [
            [step(table.begin), number, *picture.as_of(table)]
            for table, number in tables.of(process)
        ],
    }


class _TableNumbers:
    """Numbers the distinct descriptor tables, because most processes have the same ones."""

    def __init__(self, chronicle: Chronicle) -> None:
        self.tables: list[list[list[object]]] = []
        self._numbers: dict[str, int] = {}
        self._chronicle = chronicle
        root = next(iter(chronicle.processes.values()), None)
        # Descriptors that the recording's environment left open are not of interest.
        self._usual = dict(root.tables[0].targets) if root is not None and root.tables else {}

    def of(self, process: ProcessLife) -> Iterator[tuple[DescriptorTable, int]]:
        """Yield a process's descriptor tables with their numbers."""
        for table in process.tables:
            # Number, words, and for an end of a known pipe also letter and direction.
            rows: list[list[object]] = []
            for number, target in sorted(table.targets.items())[:_MOST_DESCRIPTORS]:
                if number > _LAST_STANDARD and self._usual.get(number) == target:
                    continue
                words = self._chronicle.target_words(target)
                rows.append([number, words])
                if isinstance(target, PipeEnd) and (
                    name := self._chronicle.pipe_name(target.inode)
                ):
                    rows[-1] += [name, target.end]
            number = self._numbers.setdefault(repr(rows), len(self.tables))
            if number == len(self.tables):
                self.tables.append(rows)
            yield table, number


def causes_of(chronicle: Chronicle, rows: Sequence[TimelineRow]) -> list[list[tuple[int, str]]]:
    """Return the direct causes of each step among the shown steps, with descriptions."""
    positions = {row.index: position for position, row in enumerate(rows)}
    return [
        [
            (positions[edge.source], CAUSES[edge.kind])
            for edge in chronicle.causes_of(row.index)
            if edge.source in positions
        ][-_MOST_CAUSES:]
        for row in rows
    ]
