"""The page of one submission: what was asked, what it did instead, its run, its source."""

from __future__ import annotations

import re
from collections.abc import Iterator

from simpsh.base.phrases import counted, listed
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.grade.pages.class_page import STYLE
from simpsh.grade.reports.class_results import Result, not_isolated
from simpsh.grade.reports.grade_marks import GradedCheck, Mark, number
from simpsh.trace.recording.recording_file import RecordingProblem, read
from simpsh.view.page.legend import legend
from simpsh.view.page.page_frame import framed, header
from simpsh.view.picture.svg_elements import DEFINITIONS, plain, svg, tag
from simpsh.view.picture.svg_picture import LABELS, TimelinePicture
from simpsh.view.picture.svg_style import MARKS
from simpsh.view.timeline.timeline_rows import folded, rows_of

_MOST_STEPS = 400
_TAB = 4
_SIGNS = {"✓": "good", "✗": "bad", "?": ""}


def submission_page(result: Result, class_page: str) -> str:
    """Return the page of one submission.

    Args:
        result: what it got.
        class_page: the file of the page that it belongs to.
    """
    facts = f"{number(result.points)} of {number(result.of)} points · {result.task}"
    drawing, widths = _run(result.recording)
    back = tag("a", "All submissions", class_="button", href=class_page)
    body = (
        svg(DEFINITIONS, 0, 0, class_="definitions", aria_hidden="true")
        + "<main>"
        + header(result.name, facts, back, is_code=True)
        + "".join(_notices(result))
        + "".join(map(_checks, result.marks))
        + drawing
        + _source(result)
        + "".join(map(_picture_as_text, result.marks))
        + _feedback(result.feedback)
        + "</main>"
    )
    return framed(result.name, body, style=MARKS + STYLE + widths)


def _notices(result: Result) -> Iterator[str]:
    said = [result.problem, *result.remarks, *(mark.disqualified for mark in result.marks)]
    for words in dict.fromkeys(filter(None, said)):
        yield tag("p", plain(words), class_="notice bad")
    for mark in result.marks:
        if mark.decisive:
            yield tag("pre", plain(_shown(mark.decisive)), class_="said notice bad")
    if words := not_isolated([result]):
        yield tag("p", plain(words), class_="notice bad")


def _checks(mark: Mark) -> str:
    head = '<thead><tr><th class="number">points</th><th>asked</th></tr></thead>'
    rows = "".join(map(_check, mark.checks))
    table = tag("table", head + tag("tbody", rows), class_="data")
    content = (
        tag("h2", plain(f"{mark.id}: {mark.title}"))
        + (tag("p", plain(f"not tried: {mark.omitted}")) if mark.omitted else "")
        + tag("div", table, class_="wide", tabindex=0)
        + (tag("p", plain(f"Look at: {mark.look_at}"), class_="remark") if mark.look_at else "")
    )
    return tag("section", content, class_="panel", aria_label=plain(mark.id))


def _check(check: GradedCheck) -> str:
    sign = "✓" if check.is_passed else "?" if check.is_open else "✗"
    got = number(check.points if check.is_passed else 0)
    words = tag("span", sign, class_=_SIGNS[sign] or None) + f" {plain(check.sentence)}"
    if check.instead:
        words += tag("p", plain(check.instead), class_="instead")
    points = tag("td", f"{got} of {number(check.points)}", class_="number")
    return tag("tr", points + tag("td", words, class_="told"))


def _run(recording: str) -> tuple[str, str]:
    """Draw a recording, and list its steps; nothing if there is none.

    Returns:
        The markup, and a rule by which the two parts of the picture share a sheet of paper.
    """
    if not recording:
        return "", ""
    try:
        found = read(recording.splitlines(keepends=True))
    except RecordingProblem:
        return "", ""
    chronicle = chronicle_of(found.events, found.header.level)
    rows, omission = folded(rows_of(chronicle), _MOST_STEPS)
    picture = TimelinePicture(chronicle, rows)
    canvas = (
        '<div class="corner"><span>process</span><span>step →</span></div>'
        + picture.axis()
        + picture.labels()
        + picture.timeline()
    )
    drawn = tag("div", tag("div", canvas, class_="canvas"), class_="picture", tabindex=0)
    cut = "The recording is cut short here." if found.is_cut_short else ""
    notes = "".join(tag("p", plain(one), class_="remark") for one in (omission, cut) if one)
    items = "".join(tag("li", plain(row.text)) for row in rows)
    steps = tag("summary", counted(len(rows), "step")) + tag("ol", items, class_="steps")
    content = (
        tag("h2", plain(f"What it did: {found.header.command}"))
        + notes
        + drawn
        + tag("ul", legend(picture.kinds()), class_="legend")
        + tag("details", steps)
    )
    widths = f":root{{--names-width:{LABELS};--all-width:{LABELS + picture.width:.0f}}}"
    return tag("section", content, class_="panel", aria_label="The run"), widths


def _source(result: Result) -> str:
    name, text = result.source
    if not text:
        return ""
    named = _lines_named(result, name)
    lines = "".join(
        tag(
            "div",
            tag("i", str(place)) + tag("code", plain(one.expandtabs(_TAB)) or " "),
            class_="line now" if place in named else "line",
        )
        for place, one in enumerate(text.splitlines(), 1)
    )
    listing = tag("div", lines, class_="listing", id="listing", tabindex=0)
    numbers = listed([*map(str, sorted(named))])
    lines_named = f"{'line' if len(named) == 1 else 'lines'} {numbers}"
    told = tag("p", f"The report speaks of {lines_named}.", class_="remark") if named else ""
    return tag("section", tag("h2", plain(name)) + told + listing, class_="panel")


def _lines_named(result: Result, name: str) -> set[int]:
    """Return the lines of the source that the report speaks of."""
    said = [check.instead for mark in result.marks for check in mark.checks]
    said += [mark.decisive for mark in result.marks]
    pattern = re.compile(rf"{re.escape(name)}(?::|\", line )(\d{{1,6}})")
    return {int(one) for words in said for one in pattern.findall(words)}


def _picture_as_text(mark: Mark) -> str:
    if not mark.picture:
        return ""
    summary = tag("summary", plain(f"{mark.id}: what the processes did, as text"))
    return _folded(summary, mark.picture)


def _feedback(feedback: str) -> str:
    return _folded(tag("summary", "What its author is told"), feedback) if feedback else ""


def _folded(summary: str, text: str) -> str:
    content = summary + tag("pre", plain(_shown(text)), class_="said")
    return tag("section", tag("details", content), class_="panel")


def _shown(text: str) -> str:
    return "\n".join(line.expandtabs(_TAB) for line in text.splitlines())
