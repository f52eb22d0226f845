"""What the processes of a cell did: a picture, its steps with their reasons, its lanes as text.

No style sheet and no name goes into the page of the notebook. The picture is an image of its own,
which needs no trust, looks the same on paper, and lies in the notebook's file line by line.
"""

from __future__ import annotations

import re

from simpsh.base.phrases import counted, escaped
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.chronicle.chronicle_model import Chronicle
from simpsh.trace.recording.last_command import Stretch, renamed
from simpsh.trace.recording.session_record import command_record
from simpsh.view.page.html_page import legend_entries
from simpsh.view.picture.svg_elements import moved, plain, svg, tag, text_tag
from simpsh.view.picture.svg_picture import AXIS, CHARACTER, LABELS, TimelinePicture
from simpsh.view.timeline.terminal_timeline import TimelineDrawing, layout_of
from simpsh.view.timeline.timeline_rows import TimelineRow, folded, reason, rows_of

_MOST_STEPS = 48
"""More steps than these are folded: a notebook is kept, sent and read as one file."""
_WIDTH = 80
"""Characters of a line of the lanes."""


def run_of(path: str, stretch: Stretch) -> tuple[Chronicle, list[str]]:
    """Return what a kernel's record has of a cell, and remarks on what it lacks."""
    recorded = command_record(path, stretch)
    remarks = (
        [] if recorded.is_whole else ["the end may be missing: the tracer has ended, or is late"]
    )
    return chronicle_of(renamed(recorded.events, recorded.shell), "events"), remarks


def display_of(
    chronicle: Chronicle | None, status: int, remarks: list[str], rest: str = ""
) -> dict[str, str]:
    """Return the output of a cell by MIME type; nothing where there is no news.

    `status` is the exit status to be shown, 0 for none; `rest` says where steps are that are not.
    """
    words = [f"exit status {status}"] if status else []
    if chronicle is None or len(chronicle.processes) <= 1:
        return {"text/plain": words[0]} if words else {}
    count = counted(len(chronicle.processes) - 1, "process", "processes")
    rows = rows_of(chronicle)
    words.append(f"{count} started, {counted(len(rows), 'step')}")
    rows, omission = folded(rows, _MOST_STEPS)
    if omission:
        remarks = [*remarks, f"{omission} {rest}"]
    for number, row in enumerate(rows, start=1):
        # The picture counts its columns; times differ from run to run, and `timeline` has them.
        row.milliseconds = number
    summary = " · ".join(words)
    layout = layout_of(chronicle, rows, _WIDTH)
    lanes = TimelineDrawing(
        chronicle, rows, layout, _WIDTH, in_colour=False, clock="step", marked=set()
    )
    text = "\n".join([summary, *lanes.lines(""), *map(escaped, remarks)])
    html = tag("div", plain(summary)) + _picture_with_steps(chronicle, rows, remarks)
    return {"text/plain": text, "text/html": html}


def _picture_with_steps(chronicle: Chronicle, rows: list[TimelineRow], remarks: list[str]) -> str:
    """Return the picture of a run, which is in view, and its steps with reasons, folded."""
    picture = TimelinePicture(chronicle, rows)
    alt = f"{counted(len(rows), 'step')}, each a column; the list below has them as text"
    source = _as_url(_small(_with_legend(picture)))
    # Written here: for an attribute, tag() would make three characters of each `<`.
    image = f'<img alt="{alt}" style="max-width:100%;height:auto" src="{source}">'
    items = [
        tag("li", plain(row.text) + (f"<br>{tag('small', plain(why))}" if why else ""))
        for row in rows
        for why in [reason(chronicle, row)]
    ]
    steps = tag("summary", "the steps, and why") + tag("ol", "\n".join(items))
    notes = "".join(tag("p", plain(escaped(remark))) for remark in remarks)
    return f"{image}\n{notes}{tag('details', steps)}"


_ENTRY, _SIGN = 18, 36
"""Pixels: the height of an entry of the legend, and the width of its sign."""


def _with_legend(picture: TimelinePicture) -> str:
    """Return the picture as an SVG file of its own, with what its signs mean below it."""
    width, x, y = LABELS + picture.width, 14.0, AXIS + picture.height
    parts = [re.sub(r"^<\?xml.*?>\s*", "", picture.slide())]
    for shape, words in legend_entries(picture.kinds()):
        needed = _SIGN + CHARACTER * len(words) + 14
        if x > 14 and x + needed > width:
            x, y = 14.0, y + _ENTRY
        entry = shape + text_tag(words, class_="note", x=_SIGN, y=13)
        parts.append(tag("g", entry, transform=moved(x, y)))
        x += needed
    height = y + _ENTRY + 6
    card = tag("rect", class_="card", width=round(width), height=round(height))
    return svg(card + "".join(parts), width, height)


def _small(drawing: str) -> str:
    """Leave out of an SVG file what an image does not need: no script and no pointer reads it."""
    drawing = re.sub(r' data-\w="[^"]*"|<title>.*?</title>', "", drawing)
    style = re.search(r"<style>(.*?)</style>", drawing, re.DOTALL)
    definitions = re.search(r"<defs>(.*?)</defs>", drawing, re.DOTALL)
    assert style is not None
    assert definitions is not None
    drawing = drawing.replace(style[0], "@", 1).replace(definitions[0], "", 1)
    all_rules = re.findall(r"([^{}]+)\{([^}]*)\}", re.sub(r"/\*.*?\*/", "", style[1]))

    def rules(markup: str) -> str:
        """Return the rules for the classes that occur."""
        classes = set(" ".join(re.findall(r'class="([^"]*)"', markup)).split())
        return "".join(
            re.sub(r"\s*([\s{};:,])\s*", r"\1", f"{selectors.strip()}{{{body.strip()}}}")
            for selectors, body in all_rules
            if any(set(re.findall(r"\.([\w-]+)", each)) <= classes for each in selectors.split(","))
        )

    referred = set(re.findall(r"url\(#([\w-]+)\)", drawing + rules(drawing)))
    needed = "".join(
        match[0]
        for match in re.finditer(r'<(pattern|marker) id="([\w-]+)".*?</\1>', definitions[1])
        if match[2] in referred
    )
    style_sheet = tag("style", rules(drawing + needed))
    drawing = drawing.replace("@", f"{style_sheet}<defs>{needed}</defs>", 1)
    return re.sub(r'<g[^>]*(?:/>|></g>)| class="(?:step [\w-]+|lane|[a-z]+s)"', "", drawing)


def _as_url(drawing: str) -> str:
    """Return an SVG file as a URL within a quoted attribute; a browser leaves its newlines out."""
    lines = drawing.replace("><", ">\n<").replace('"', "'")
    escapes = {"%": "%25", "#": "%23", "&": "&amp;"}
    return "data:image/svg+xml," + "".join(escapes.get(each, each) for each in lines)
