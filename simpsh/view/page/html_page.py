"""A run as one HTML file: a picture that is complete by itself, and a way through it.

Nothing is loaded from anywhere, and the page's own policy forbids it: only the style and the script
that were put into it here may act, known by their hashes. Whatever came from a program – its
arguments, what it wrote, its source – is escaped on its way into the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from simpsh.base.phrases import counted, short_status
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.view.page.legend import legend
from simpsh.view.page.page_data import as_script, files_of, page_data
from simpsh.view.page.page_frame import THEME_SWITCH, framed
from simpsh.view.picture.svg_elements import DEFINITIONS, plain, svg, tag
from simpsh.view.picture.svg_picture import LABELS, TimelinePicture
from simpsh.view.picture.svg_style import MARKS
from simpsh.view.timeline.step_reasons import reason
from simpsh.view.timeline.timeline_rows import TimelineRow, folded, rows_of

MOST_STEPS = 12_000
"""More steps than these are folded: see `timeline_rows.folded`."""
_LONG_TITLE = 48
_ITEMS = 100
_FOLDER = Path(__file__).parent
_SCRIPTS = ("run_model", "picture_layout", "overview_strip", "step_panels", "page_controls")


def page_of(chronicle: Chronicle, title: str = "", remarks: Sequence[str] = ()) -> str:
    """Return the HTML page of a run.

    Args:
        chronicle: the run.
        title: what was run.
        remarks: sentences to put under the title, such as what the recording could not see.
    """
    rows, omission = folded(rows_of(chronicle), MOST_STEPS)
    picture = TimelinePicture(chronicle, rows)
    said = [*remarks, *([omission] if omission else [])]
    body = _filled(
        _file("page.html"),
        {
            "theme": THEME_SWITCH,
            "command": plain(title) or "Process timeline",
            "long": " long" if len(title) > _LONG_TITLE else "",
            "facts": plain(_facts(picture)),
            "remarks": "".join(tag("p", plain(one), class_="remark") for one in said),
            "definitions": svg(DEFINITIONS, 0, 0, class_="definitions", aria_hidden="true"),
            "labels": picture.labels(),
            "axis": picture.axis(),
            "picture": picture.timeline(),
            "legend": legend(picture.kinds()),
            "last": str(max(0, len(rows) - 1)),
            "count": str(len(rows)),
            "steps": "\n".join(step_items(chronicle, rows)),
            "processes": "\n".join(_process_rows(picture)),
            "kind": "with-source" if files_of(chronicle) else "without-source",
            "sources": _sources(chronicle),
            "data": as_script(page_data(picture)),
        },
    )
    script = "".join(_file(f"{name}.js") for name in _SCRIPTS)
    return framed(title or "Process timeline", body, style=_style(picture), script=script)


def _file(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _style(picture: TimelinePicture) -> str:
    # For paper without a script: the picture's two parts share the page's width.
    widths = f"--names-width:{LABELS};--all-width:{LABELS + picture.width:.0f}"
    return "".join((MARKS, _file("page.css"), _file("print.css"), f":root{{{widths}}}"))


def _filled(template: str, values: Mapping[str, str]) -> str:
    """Replace each `{{name}}` of the template, in one pass: what is put in is not looked at."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], template)


def _facts(picture: TimelinePicture) -> str:
    rows = picture.rows
    processes = counted(len(picture.processes), "process", "processes")
    span = rows[-1].milliseconds - rows[0].milliseconds if rows else 0.0
    return f"{processes} · {counted(len(rows), 'step')} · {span:.1f} ms"


def step_items(
    chronicle: Chronicle, rows: Sequence[TimelineRow], *, with_names: bool = True
) -> Iterator[str]:
    """Write each step as an item: its time, its sentence, its line of the source, the reason.

    A browser lays out one list of ten thousand items anew at each step, but not a hundred short
    ones of which most are out of sight.

    Args:
        chronicle: the run.
        rows: its steps.
        with_names: whether each item has a name in the page: `s1`, `s2` …
    """
    for place, row in enumerate(rows, start=1):
        if place % _ITEMS == 1:
            yield f'<ol start="{place}">' if place == 1 else f'</ol><ol start="{place}">'
        time = tag("span", f"{row.milliseconds:.1f} ms", class_="time")
        site = tag("i", plain(row.place)) if row.place else ""
        why = reason(chronicle, row)
        name = f' id="s{place}"' if with_names else ""
        yield (
            f'<li{name} value="{place}"{" class=free" if row.is_free else ""}>{time}'
            f"<b>{plain(row.text)}</b>{site}{tag('p', plain(why)) if why else ''}</li>"
        )
    if rows:
        yield "</ol>"


def _process_rows(picture: TimelinePicture) -> Iterator[str]:
    """Write each process as a row of a table, for paper and for a browser without scripts."""
    label = picture.chronicle.label
    for process in picture.processes:
        names = dict.fromkeys(one.name for one in process.programs if not one.is_copy)
        programs = " → ".join(names)
        status = "" if process.status is None else short_status(process.status)
        cells = (
            process.label,
            str(process.pid),
            programs or "(a copy)",
            label(process.parent) or "simpsh",
            status,
            label(process.collector),
        )
        yield tag("tr", "".join(tag("td", plain(cell)) for cell in cells))


def _sources(chronicle: Chronicle) -> str:
    """Write the text of each source file that an event names."""
    texts = [
        f"<details open><summary>{plain(file)}</summary>\n"
        f"<pre>\n{plain(chronicle.sources[file].expandtabs(4))}</pre></details>"
        for file in files_of(chronicle)
    ]
    return (
        tag("section", "\n".join(texts), class_="panel texts", id="texts", aria_label="Source")
        if texts
        else ""
    )
