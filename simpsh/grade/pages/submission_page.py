"""The page of one submission: what was asked, what it did instead, its run, its source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from simpsh.base.phrases import counted, listed
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.grade.reports.class_results import Result, not_isolated
from simpsh.grade.reports.grade_marks import Mark, number
from simpsh.trace.recording.recording_file import RecordingProblem, read
from simpsh.view.document import (
    Cell,
    CodeLine,
    CodeListing,
    Folded,
    Group,
    Items,
    Paragraph,
    Part,
    Picture,
    Section,
    Table,
    Verbatim,
    html_of,
)
from simpsh.view.page.html_page import legend
from simpsh.view.page.page_frame import framed, header
from simpsh.view.picture.svg_elements import DEFINITIONS, MARKS, svg, tag
from simpsh.view.picture.svg_picture import LABELS, TimelinePicture
from simpsh.view.styled_text import Piece, line
from simpsh.view.timeline.timeline_rows import folded, rows_of

STYLE = Path(__file__).with_name("grade_pages.css").read_text(encoding="utf-8")
"""What the pages of a report have, and other pages have not."""
_MOST_STEPS = 400
_TAB = 4


def submission_page(result: Result, class_page: str) -> str:
    """Return the page of one submission."""
    facts = f"{number(result.points)} of {number(result.of)} points · {result.task}"
    back = tag("a", "All submissions", class_="button", href=class_page)
    run, widths = _run(result.recording)
    parts = [*_notices(result), *map(_checks, result.marks), *run, *_source(result)]
    for mark in result.marks:
        if mark.picture:
            summary = f"{mark.id}: what the processes did, as text"
            parts.append(_folded(summary, mark.picture))
    if result.feedback:
        parts.append(_folded("What its author is told", result.feedback))
    body = (
        svg(DEFINITIONS, 0, 0, class_="definitions", aria_hidden="true")
        + f"<main>{header(result.name, facts, back, is_code=True)}{html_of(parts)}</main>"
    )
    return framed(result.name, body, style=MARKS + STYLE + widths)


def _notices(result: Result) -> Iterator[Part]:
    problems = [result.problem, *result.remarks, *(mark.disqualified for mark in result.marks)]
    for problem in dict.fromkeys(filter(None, problems)):
        yield Paragraph(problem, "notice bad")
    for mark in result.marks:
        if mark.decisive:
            yield Verbatim(_with_blanks(mark.decisive), "said notice bad")
    if words := not_isolated([result]):
        yield Paragraph(words, "notice bad")


def _checks(mark: Mark) -> Part:
    rows = []
    for check in mark.checks:
        sign = Piece("✗", "bad")
        if check.is_passed:
            sign = Piece("✓", "good")
        elif check.is_open:
            sign = Piece("?")
        points = number(check.points if check.is_passed else 0)
        sentence = line(sign, f" {check.sentence}")
        rows.append((f"{points} of {number(check.points)}", Cell(sentence, check.instead)))
    parts: list[Part] = [
        Table(("points", "asked"), rows, columns=("number", "told"), names_rows=False)
    ]
    if mark.omitted:
        parts.insert(0, Paragraph(f"not tried: {mark.omitted}"))
    if mark.look_at:
        parts.append(Paragraph(f"Look at: {mark.look_at}", "remark"))
    return Section(f"{mark.id}: {mark.title}", parts)


def _run(recording: str) -> tuple[list[Part], str]:
    """Draw a recording, and list its steps; nothing if there is none."""
    if not recording:
        return [], ""
    try:
        run = read(recording.splitlines(keepends=True))
    except RecordingProblem:
        return [], ""
    chronicle = chronicle_of(run.events, run.header.level)
    rows, omission = folded(rows_of(chronicle), _MOST_STEPS)
    picture = TimelinePicture(chronicle, rows)
    canvas = (
        '<div class="corner"><span>process</span><span>step →</span></div>'
        + picture.axis()
        + picture.labels()
        + picture.timeline()
    )
    drawn = tag("div", tag("div", canvas, class_="canvas"), class_="picture", tabindex=0)
    drawn += tag("ul", legend(picture.kinds()), class_="legend")
    cut = "The recording is cut short here." if run.is_cut_short else ""
    steps = Items([row.text for row in rows], "steps", is_numbered=True)
    parts: list[Part] = [Paragraph(note, "remark") for note in (omission, cut) if note]
    parts += [Picture(drawn), Folded(counted(len(rows), "step"), [steps])]
    widths = f":root{{--names-width:{LABELS};--all-width:{LABELS + picture.width:.0f}}}"
    return [Section(f"What it did: {run.header.command}", parts)], widths


def _source(result: Result) -> Iterator[Part]:
    name, text = result.source
    if not text:
        return
    words = [check.instead for mark in result.marks for check in mark.checks]
    words += [mark.decisive for mark in result.marks]
    pattern = re.compile(rf"{re.escape(name)}(?::|\", line )(\d{{1,6}})")
    numbers = {int(place) for sentence in words for place in pattern.findall(sentence)}
    parts: list[Part] = []
    if numbers:
        lines = f"{'line' if len(numbers) == 1 else 'lines'} {listed([*map(str, sorted(numbers))])}"
        parts.append(Paragraph(f"The report speaks of {lines}.", "remark"))
    listing = [
        CodeLine(number, row.expandtabs(_TAB), is_marked=number in numbers)
        for number, row in enumerate(text.splitlines(), 1)
    ]
    yield Section(name, [*parts, CodeListing(listing, id="listing")])


def _folded(summary: str, text: str) -> Part:
    return Group([Folded(summary, [Verbatim(_with_blanks(text), "said")])], "panel")


def _with_blanks(text: str) -> str:
    return "\n".join(row.expandtabs(_TAB) for row in text.splitlines())
