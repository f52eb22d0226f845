"""The report of a class in a folder: a page of the class, and one for each submission.

The page of the class is for the instructor: which checks most submissions lost, and a table. The
page of a submission is for its student: what was asked, what the program did instead, and its run.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from simpsh.base.file_store import make_private, write_whole
from simpsh.base.phrases import counted, printable
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.grade.reports.class_results import (
    Result,
    for_student,
    not_isolated,
    remark,
    summary,
    with_student,
)
from simpsh.grade.reports.grade_marks import FAILED, OPEN, PASSED, Mark, number, points_words
from simpsh.grade.reports.roster import ClassList
from simpsh.trace.recording.recording_file import RecordingProblem, read
from simpsh.view.document import (
    Cell,
    Folded,
    Group,
    Item,
    Items,
    Paragraph,
    Part,
    Parts,
    Picture,
    Section,
    Table,
    Verbatim,
    html_of,
)
from simpsh.view.page.html_page import legend
from simpsh.view.page.page_frame import frame_page, header
from simpsh.view.picture.svg_elements import DEFINITIONS, MARKS, svg, tag
from simpsh.view.picture.svg_picture import LABELS, TimelinePicture
from simpsh.view.styled_text import Line, Piece, line
from simpsh.view.timeline.timeline_rows import folded, rows_of

INDEX, PAGES = "index.html", "pages"
"""The page of the class, and the folder of the others."""
_LONGEST_NAME = 40
_HASH_DIGITS = 8
_MOST_CHECKS = 12
STYLE = Path(__file__).with_name("grade_pages.css").read_text(encoding="utf-8")
"""The style sheet of reports, in addition to the style sheet of all pages."""
_MOST_STEPS = 400
_TAB = 4
_STYLES = {PASSED: "good", FAILED: "bad", OPEN: ""}


def write_pages(
    results: Sequence[Result], folder: str, class_list: ClassList | None = None
) -> dict[str, str]:
    """Write the pages into a folder; return those of the submissions by name.

    A class list adds the students of each submission. Pages of an earlier report are replaced.
    Raises SimpshError: a page cannot be written.
    """
    for each in (folder, os.path.join(folder, PAGES)):
        make_private(each)
    pages = {}
    for result in results:
        who = class_list.describe(result.name) if class_list is not None else ""
        pages[result.name] = _submission_page(for_student(result), who)
        path = os.path.join(folder, PAGES, page_name(result.name))
        write_whole(path, pages[result.name], 0o600)
    # Written last, because it links to the other pages.
    write_whole(os.path.join(folder, INDEX), _class_page(results, class_list), 0o600)
    return pages


def page_name(name: str) -> str:
    """Return the file name of a submission's page, unique and without characters to escape.

    >>> page_name("ann"), page_name("../<b>.c")
    ('ann.html', 'b-.c-db8b0298.html')
    """
    if re.fullmatch(r"(?!index$)\w[\w.@+-]{0,99}", name):
        return f"{name}.html"
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:_HASH_DIGITS]
    readable = re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-.")[:_LONGEST_NAME]
    return f"{readable or 'submission'}-{digest}.html"


def _class_page(results: Sequence[Result], class_list: ClassList | None) -> str:
    task = results[0].task
    facts = (
        f"{counted(len(results), 'submission')} · {summary(results)} · "
        f"half of them have {number(median(result.points for result in results))} or more"
    )
    notice = not_isolated(results)
    parts: list[Part] = [Paragraph(notice, "notice bad")] if notice else []
    parts += [
        Section("Lost most often", _lost_parts(results)),
        Section("Submissions", [_submissions(results, class_list)]),
    ]
    body = f"<main>{header(task, facts)}{html_of(parts)}</main>"
    return frame_page(task, body, style=STYLE)


def _link(name: str) -> Line:
    return (Piece(name or "(no name)", "", f"{PAGES}/{page_name(name)}"),)


def _lost_parts(results: Sequence[Result]) -> Parts:
    lost = lost_checks(results, _MOST_CHECKS)
    if not lost:
        return [Paragraph("Nothing.", "remark")]
    items = []
    for asked, names in lost:
        links = Items([_link(name) for name in names], "names")
        below = Folded(f"{len(names)} of {len(results)}", [links])
        items.append(Item((Piece(asked, "bold"),), [below]))
    return [Items(items, "lost", is_numbered=True)]


def _submissions(results: Sequence[Result], class_list: ClassList | None) -> Table:
    rows = []
    for result in results:
        words = with_student(result, class_list)
        is_full = result.points == result.of and not remark(result)
        sign = Piece("✓", "good") if is_full else Piece("✗", "bad")
        rows.append(
            (
                line(sign, " ", _link(result.name)),
                f"{number(result.points)} of {number(result.of)}",
                f"{result.seconds:.1f}",
                words,
            )
        )
    return Table(
        ("submission", "points", "seconds", "remark"),
        rows,
        caption="Submissions",
        columns=("", "number", "number", "told"),
        id="submissions",
    )


# --------------------------------------------------------------------- the class in numbers


def lost_checks(results: Sequence[Result], most: int) -> list[tuple[str, tuple[str, ...]]]:
    """Return the requirements that most submissions did not meet, each with the submissions."""
    names: dict[str, list[str]] = {}
    for result in results:
        for mark in result.marks:
            # With several behaviours, each requirement names its own.
            before = f"{mark.id}: " if len(result.marks) > 1 else ""
            lost = (check for check in mark.checks if not check.is_passed)
            for asked in dict.fromkeys(f"{before}{check.sentence}" for check in lost):
                names.setdefault(asked, []).append(result.name)
    # Later checks depend on earlier ones: equally frequent ones keep their order.
    found = [(asked, tuple(each)) for asked, each in names.items()]
    return sorted(found, key=lambda each: -len(each[1]))[:most]


# ---------------------------------------------------------------------------------- one submission


def _submission_page(result: Result, who: str) -> str:
    """Return the page of one submission, without links, and with its student in the heading."""
    facts = f"{points_words(result.points, result.of)} · {result.task}"
    facts = f"{who} · {facts}" if who else facts
    run, widths = _run(result.recording)
    parts = [*_notices(result), *map(_checks, result.marks), *run, _how(result)]
    if result.feedback:
        report = Folded("The report as text", [Verbatim(_with_blanks(result.feedback), "said")])
        parts.append(Group([report], "panel"))
    body = (
        svg(DEFINITIONS, 0, 0, class_="definitions", aria_hidden="true")
        + f"<main>{header(result.name, facts, is_code=True)}{html_of(parts)}</main>"
    )
    return frame_page(result.name, body, style=MARKS + STYLE + widths)


def _notices(result: Result) -> Iterator[Part]:
    problems = [result.problem, *result.remarks, *(mark.disqualified for mark in result.marks)]
    for problem in dict.fromkeys(filter(None, problems)):
        yield Paragraph(problem, "notice bad")
    for mark in result.marks:
        if mark.decisive:
            yield Verbatim(_with_blanks(mark.decisive), "said notice bad")
    if result.withheld[1]:
        hidden = points_words(*result.withheld)
        yield Paragraph(f"for checks that are not shown: {hidden}", "remark")


def _checks(mark: Mark) -> Part:
    rows = []
    for check in mark.checks:
        points = number(check.got)
        sentence = line(Piece(check.sign, _STYLES[check.sign]), f" {check.sentence}")
        rows.append((f"{points} of {number(check.points)}", Cell(sentence, check.instead)))
    parts: list[Part] = [
        Table(("points", "asked"), rows, columns=("number", "told"), names_rows=False)
    ]
    if mark.look_at:
        parts.append(Paragraph(f"Look at: {mark.look_at}", "remark"))
    return Section(f"{mark.id}: {mark.title}", parts)


def _how(result: Result) -> Part:
    """Return which file was judged, and by what."""
    words = filter(None, (result.program, result.judged_by))
    return Section("How it was judged", [Paragraph(printable(", ".join(words)), "remark")])


def _run(recording: str) -> tuple[list[Part], str]:
    """Return the drawing and the steps of a recording, and its style; empty for no recording."""
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


def _with_blanks(text: str) -> str:
    return "\n".join(row.expandtabs(_TAB) for row in text.splitlines())
