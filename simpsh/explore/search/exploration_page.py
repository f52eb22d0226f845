"""What was found as one HTML file: the outcomes, how each comes about, and the graph of choices.

Nothing is loaded from anywhere, and the page's own policy forbids it. Without a script, all is
there in one column; with it, one outcome is chosen, by keys, too, and its way marked in the graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from simpsh.base.wait_status import encode
from simpsh.explore.operations.step_phrases import quoted_output, status_clause
from simpsh.explore.operations.visible_operations import NOTATION
from simpsh.explore.search.choice_graph import REST, ChoiceGraph, Way
from simpsh.explore.search.exploration import UNKNOWN, Exploration, Outcome
from simpsh.explore.search.exploration_report import ReportStyle, verdict_lines
from simpsh.view.page.page_frame import framed, header
from simpsh.view.picture.svg_elements import plain, svg, tag

_WIDTH, _ROW, _GAP, _WORDS = 250, 18, 24, 32
_WIDE = 1 << 20


def exploration_page(found: Exploration, command: str) -> str:
    """Return the page; `command` is the program as it can be typed."""
    top = header(command, is_code=True)
    body = "\n".join(
        [
            f'{top}<div class="verdicts">{"".join(_verdict(found))}</div>',
            '<main><section class="panel" id="outcomes"><h2>Outcomes</h2>',
            f"<ol>{''.join(_items(found))}</ol></section>",
            *(_witness(number, one) for number, one in enumerate(found.outcomes, start=1)),
            f"{_graph(found.choices) if found.choices is not None else ''}</main>",
        ]
    )
    return framed(f"{command}: every outcome", body, style=_file("css"), script=_file("js"))


def _file(suffix: str) -> str:
    return Path(__file__).with_suffix(f".{suffix}").read_text(encoding="utf-8")


def _verdict(found: Exploration) -> Iterator[str]:
    for line in verdict_lines(found, ReportStyle(width=_WIDE)):
        yield tag("p", plain(line), class_="verdict" if found.is_complete else "verdict open")
    for note in (NOTATION, *(f"Note: {one}." for one in found.notes)):
        yield tag("p", plain(note), class_="remark")


def _items(found: Exploration) -> Iterator[str]:
    seen = dict(found.seen)
    for number, outcome in enumerate(found.outcomes, start=1):
        count = seen.get(outcome.output, UNKNOWN)
        told = f"seen here {count} of {found.natives}" if found.natives and count >= 0 else ""
        marks = "".join(tag("small", plain(one)) for one in (*_kinds(outcome), told) if one)
        words = tag("code", plain(_printed(outcome)))
        ways = " ".join(f"{source}-{target}" for source, target in outcome.ways)
        link = tag("a", words + marks, href=f"#outcome-{number}", data_ways=ways)
        yield tag("li", link)


def _kinds(outcome: Outcome) -> Iterator[str]:
    if outcome.deadlock:
        yield "deadlock"
    if not outcome.is_replayed:
        yield "not run for real"


def _printed(outcome: Outcome) -> str:
    return quoted_output(outcome.output, _WIDE) if outcome.output else "nothing"


def _witness(number: int, outcome: Outcome) -> str:
    """Return how an outcome comes about, step by step."""
    steps = []
    for place, step in enumerate(outcome.story):
        line = tag("i", plain(step.line)) if step.line else ""
        kind = "decided" if place >= outcome.deciding else None
        text = f"<b>{plain(step.process)}</b> {plain(step.operation)} {line}"
        steps.append(tag("li", text, class_=kind))
    ends = [f"{name} {status_clause(encode(one))}" for name, one in outcome.statuses if encode(one)]
    ends += [f"{name} can never continue: it {words}" for name, words in outcome.deadlock]
    ends += [
        f"{name.removeprefix('./')} holds {quoted_output(data)}" for name, data in outcome.files
    ]
    more = "".join(tag("p", plain(one), class_="end") for one in ends)
    title = tag("h2", f"{number}: <code>{plain(_printed(outcome))}</code>")
    remark = ""
    if outcome.deciding < len(outcome.story):
        remark = tag("p", "Steps in grey decide nothing any more.", class_="remark")
    body = f"{title}<ol>{''.join(steps)}</ol>{more}{remark}"
    return tag("section", body, class_="panel witness", id=f"outcome-{number}")


def _graph(choices: ChoiceGraph) -> str:
    """Return the graph, from left to right: a box is a place, a line in it one choice."""
    boxes = _boxes(choices)
    drawn, lines = [], []
    for place, (x, y, ways) in boxes.items():
        kind = "final" if place in choices.finals else "rest" if place == REST else None
        told = {REST: f"{choices.left_out} more places"}.get(place, "end")
        words = [way.words for way in ways] or [told]
        drawn.append(tag("rect", x=x, y=y, width=_WIDTH, height=_height(ways), rx=6, class_=kind))
        for row, text in enumerate(words):
            shown = text if len(text) <= _WORDS else text[: _WORDS - 1] + "…"
            content = tag("title", plain(text)) + plain(shown)
            drawn.append(tag("text", content, x=x + 8, y=y + 17 + row * _ROW))
        for row, way in enumerate(ways):
            right, (left, top, others) = x + _WIDTH, boxes[way.target]
            begin, end = y + 13 + row * _ROW, top + _height(others) / 2
            bend = f"M{right} {begin}C{right + 40} {begin} {left - 40} {end} {left} {end}"
            lines.append(tag("path", d=bend, id=f"way-{way.source}-{way.target}"))
    width = max(x for x, _, _ in boxes.values()) + _WIDTH + _GAP
    height = max(y + _height(ways) for _, y, ways in boxes.values()) + _GAP
    label = f"{len(choices.places)} places where it matters who goes next"
    picture = svg("".join((*lines, *drawn)), width, height, role="img", aria_label=label)
    return (
        '<section class="panel" id="graph"><h2>Choices</h2><p class="remark">A box is a state in '
        "which several processes can go, with all that can happen there; equal states are one. "
        f'The marked way leads to the chosen outcome.</p><div class="scrolled" tabindex="0">'
        f"{picture}</div></section>"
    )


_Box = tuple[float, float, list[Way]]


def _boxes(choices: ChoiceGraph) -> dict[int, _Box]:
    """Return where each place is drawn, and the ways from it: behind all that lead to it."""
    places = sorted((place for place, _ in choices.places), key=choices.finals.__contains__)
    order = [*places, *([REST] if choices.left_out else [])]
    rank = {place: number for number, place in enumerate(order)}
    column = dict.fromkeys(order, 0)
    for place in order:
        for way in choices.ways:
            if way.source == place and rank[way.target] > rank[place]:
                column[way.target] = max(column[way.target], column[place] + 1)
    below: dict[int, float] = {}
    found: dict[int, _Box] = {}
    for place in order:
        ways = [way for way in choices.ways if way.source == place]
        top = below.get(column[place], _GAP / 2)
        found[place] = column[place] * (_WIDTH + 3 * _GAP) + _GAP / 2, top, ways
        below[column[place]] = top + _height(ways) + _GAP
    return found


def _height(ways: Sequence[Way]) -> float:
    return max(1, len(ways)) * _ROW + 8
