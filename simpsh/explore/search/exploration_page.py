"""The report as one HTML file: the outcomes, each with an order that leads to it.

The page loads no other files, and its content security policy forbids loading. Without JavaScript,
the page shows all outcomes in one column. With JavaScript, the reader chooses an outcome with its
line, the slider, or keys.
"""

from __future__ import annotations

from pathlib import Path

from simpsh.base.process_names import birth_path
from simpsh.base.wait_status import encode
from simpsh.explore.objects.name_words import notation_of, path_words, quote_output, status_clause
from simpsh.explore.search.exploration import Exploration, Outcome
from simpsh.explore.search.exploration_report import (
    ReportStyle,
    free_runs_words,
    names_in,
    verdict_lines,
)
from simpsh.view.document import Group, Item, Items, Paragraph, Part, Picture, Section, html_of
from simpsh.view.page.page_frame import frame_page, header
from simpsh.view.picture.svg_elements import plain, svg, tag
from simpsh.view.styled_text import Line, Piece, line, styled

_SHOWN_BYTES = 6
_UNLIMITED = 1 << 20
"""A width at which no text is wrapped or cut."""


def exploration_page(exploration: Exploration, command: str) -> str:
    """Return the page; `command` is the program's command line."""
    kind = "verdict" if exploration.is_complete else "verdict open"
    style = ReportStyle(width=_UNLIMITED, with_why=True)
    notes = [notation_of(names_in(exploration)), *(f"Note: {note}." for note in exploration.notes)]
    if exploration.seen:
        notes.insert(1, f"{free_runs_words(exploration)}.")
    verdict = Group(
        [
            *(Paragraph(words, kind) for words in verdict_lines(exploration, style)),
            *(Paragraph(words, "remark") for words in notes),
        ],
        "verdicts",
    )
    items = [
        _entry(exploration, number, outcome)
        for number, outcome in enumerate(exploration.outcomes, 1)
    ]
    parts: list[Part] = [
        *_slider(exploration),
        Section("Outcomes", [Items(items, is_numbered=True)], id="outcomes"),
        *(_witness(number, outcome) for number, outcome in enumerate(exploration.outcomes, 1)),
    ]
    top = header(command, is_code=True)
    body = f"{top}{html_of([verdict])}<main>{html_of(parts)}</main>"
    return frame_page(f"{command}: every outcome", body, style=_file("css"), script=_file("js"))


def _file(suffix: str) -> str:
    return Path(__file__).with_suffix(f".{suffix}").read_text(encoding="utf-8")


def _entry(exploration: Exploration, number: int, outcome: Outcome) -> Line:
    """Return an outcome with its marks, as a link to its witness."""
    marks = [outcome.hang] if outcome.hang else []
    if not outcome.is_replayed:
        marks.append("not run for real")
    if (count := exploration.seen.get(outcome.output)) is not None:
        marks.append(f"{count} of {exploration.natives + exploration.skipped} free runs")
    link = f"#outcome-{number}"
    return line(
        Piece(_quote(outcome), "code", link), *(Piece(mark, "small", link) for mark in marks)
    )


def _slider(exploration: Exploration) -> list[Part]:
    """Return the slider over all outcomes, which works only with JavaScript."""
    count = len(exploration.outcomes)
    if count < 2:
        return []
    slider = tag("input", type="range", min=1, max=count, value=1, id="order", aria_label="order")
    shown = tag("output", "1", for_="order", class_="code")
    return [Picture(tag("div", slider + shown, class_="panel orders"))]


_LANE, _STEP, _NAMES, _LANES = 34, 34, 64, 5


def _lanes(outcome: Outcome) -> Part:
    """Return an order as a picture: a lane for each process, with a mark for each of its steps."""
    names = sorted({step.process for step in outcome.story}, key=birth_path)
    drawn = []
    for row, name in enumerate(names):
        indices = [index for index, step in enumerate(outcome.story) if step.process == name]
        y, kind = (row + 0.7) * _LANE, f"lane-{row % _LANES}"
        first, last = (_NAMES + index * _STEP for index in (indices[0], indices[-1]))
        drawn.append(tag("text", plain(name), x=4, y=y + 4, class_=f"name {kind}"))
        drawn.append(tag("line", x1=first, y1=y, x2=last, y2=y, class_=kind))
        for index in indices:
            step, x = outcome.story[index], _NAMES + index * _STEP
            title = tag("title", plain(f"{index + 1}: {name} {step.words()}"))
            mark = "mark decided" if index >= outcome.deciding else "mark"
            size = 7 if step.printed else 4
            drawn.append(tag("circle", title, cx=x, cy=y, r=size, class_=f"{mark} {kind}"))
            if step.printed:
                text = quote_output(step.printed, _SHOWN_BYTES)[1:-1]
                drawn.append(tag("text", plain(text), x=x, y=y - 11, class_="printed"))
    width, height = _NAMES + len(outcome.story) * _STEP, (len(names) + 0.4) * _LANE
    label = f"which process makes each of the {len(outcome.story)} steps, in order"
    picture = svg("".join(drawn), width, height, role="img", aria_label=label)
    return Picture(tag("div", picture, class_="scrolled lanes", tabindex=0))


def _quote(outcome: Outcome) -> str:
    return quote_output(outcome.output, _UNLIMITED) if outcome.output else "nothing"


def _witness(number: int, outcome: Outcome) -> Part:
    steps = []
    for index, step in enumerate(outcome.story):
        words = line(Piece(step.process, "bold"), f" {step.words()} ", styled(step.line, "italic"))
        steps.append(Item(words, kind="decided" if index >= outcome.deciding else ""))
    ends = [
        f"{name} {status_clause(encode(status))}"
        for name, status in outcome.statuses
        if encode(status)
    ]
    can = "did not continue" if outcome.is_free else "can never continue"
    ends += [f"{name} {can}: it {words}" for name, words in outcome.deadlock]
    ends += [f"{path_words(name)} holds {quote_output(data)}" for name, data in outcome.files]
    parts: list[Part] = [_lanes(outcome)] if outcome.story else []
    parts.append(Items(steps, is_numbered=True))
    parts += [Paragraph(end, "end") for end in ends]
    if outcome.deciding < len(outcome.story):
        parts.append(Paragraph("Steps in grey decide nothing any more.", "remark"))
    return Section(
        line(f"{number}: ", Piece(_quote(outcome), "code")),
        parts,
        kind="panel witness",
        id=f"outcome-{number}",
    )
