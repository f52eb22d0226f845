"""What a cell's processes did: a picture, the steps with reasons, and the lanes as text.

The picture is an image: it is shown even if the notebook is not trusted, prints unchanged, and is
stored in the notebook's file.
"""

from __future__ import annotations

from simpsh.base.line_record import Stretch
from simpsh.base.phrases import counted, escaped
from simpsh.base.record import changed
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.trace.recording.session_record import command_record, renamed
from simpsh.view.picture.svg_elements import plain, tag
from simpsh.view.picture.svg_picture import TimelinePicture
from simpsh.view.styled_text import plain as characters
from simpsh.view.timeline.terminal_timeline import timeline_lines
from simpsh.view.timeline.timeline_rows import TimelineRow, folded, reason, rows_of

_MOST_STEPS = 48
"""Longer runs are folded, because a notebook is one file."""
_WIDTH = 80
"""The width of the lanes in characters."""


def run_of(path: str, stretch: Stretch) -> tuple[Chronicle, list[str]]:
    """Return the recorded run of a cell, and remarks about missing parts."""
    recorded = command_record(path, stretch)
    remarks = (
        [] if recorded.is_whole else ["the end may be missing: the tracer has ended, or is late"]
    )
    return chronicle_of(renamed(recorded), "events"), remarks


def display_of(
    chronicle: Chronicle | None, status: int, remarks: list[str], rest: str = ""
) -> dict[str, str]:
    """Return the output of a cell by MIME type; `rest` says where to find omitted steps."""
    words = [f"exit status {status}"] if status else []
    if chronicle is None or len(chronicle.processes) <= 1:
        return {"text/plain": words[0]} if words else {}
    count = counted(len(chronicle.processes) - 1, "process", "processes")
    rows = rows_of(chronicle)
    words.append(f"{count} started, {counted(len(rows), 'step')}")
    rows, omission = folded(rows, _MOST_STEPS)
    if omission:
        remarks = [*remarks, f"{omission} {rest}"]
    # Show the column's number instead of the time, which differs from run to run.
    rows = [changed(row, milliseconds=number) for number, row in enumerate(rows, start=1)]
    summary = " · ".join(words)
    lanes = map(characters, timeline_lines(chronicle, rows, width=_WIDTH, clock="step"))
    text = "\n".join([summary, *lanes, *map(escaped, remarks)])
    html = tag("div", plain(summary)) + _picture_with_steps(chronicle, rows, remarks)
    return {"text/plain": text, "text/html": html}


def _picture_with_steps(chronicle: Chronicle, rows: list[TimelineRow], remarks: list[str]) -> str:
    """Return the picture of a run, and its steps with reasons in a folded list."""
    picture = TimelinePicture(chronicle, rows, is_image=True)
    alt = f"{counted(len(rows), 'step')}, each a column; the list below has them as text"
    source = _as_url(picture.slide())
    # Written by hand, because tag() would escape each `<` to three characters.
    image = f'<img alt="{alt}" style="max-width:100%;height:auto" src="{source}">'
    items = [
        tag("li", plain(row.text) + (f"<br>{tag('small', plain(why))}" if why else ""))
        for row in rows
        for why in [reason(chronicle, row)]
    ]
    steps = tag("summary", "the steps, and why") + tag("ol", "\n".join(items))
    notes = "".join(tag("p", plain(escaped(remark))) for remark in remarks)
    return f"{image}\n{notes}{tag('details', steps)}"


def _as_url(drawing: str) -> str:
    """Return an SVG file as a URL within a quoted attribute; a browser leaves its newlines out."""
    lines = drawing.replace("><", ">\n<").replace('"', "'")
    escapes = {"%": "%25", "#": "%23", "&": "&amp;"}
    return "data:image/svg+xml," + "".join(escapes.get(each, each) for each in lines)
