"""The page of a class: its points, its mistakes, what is alike, and a table that can be sorted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from simpsh.base.phrases import counted
from simpsh.grade.pages.class_summary import (
    Mistake,
    PointsBar,
    frequent_mistakes,
    median_points,
    points_bars,
)
from simpsh.grade.reports.class_results import Result, not_isolated, remark, summary
from simpsh.grade.reports.grade_marks import number
from simpsh.grade.reports.similar_submissions import SimilarPair
from simpsh.view.page.page_frame import framed, header
from simpsh.view.picture.svg_elements import plain, tag

STYLE = Path(__file__).with_name("grade_pages.css").read_text(encoding="utf-8")
"""What the pages of a report have and others have not."""
_SORTING = Path(__file__).with_name("class_table.js").read_text(encoding="utf-8")
_MOST_MISTAKES = 12
_MOST_PAIRS = 200
_COLUMNS = (("submission", ""), ("points", "number"), ("seconds", "number"), ("remark", ""))


def class_page(
    results: Sequence[Result],
    page_name: Callable[[str], str],
    similar: Sequence[SimilarPair] | None = None,
) -> str:
    """Return the page of a class.

    Args:
        results: at least one, all of the same task.
        page_name: gives the file of a submission's own page, by its name.
        similar: the pairs that are alike; None if that was not asked.
    """

    def link(name: str) -> str:
        return tag("a", plain(name), href=page_name(name))

    facts = f"{counted(len(results), 'submission')} · {summary(results)} · "
    facts += f"half of them have {number(median_points(results))} or more"
    notice = not_isolated(results)
    body = (
        "<main>"
        + header(results[0].task, facts)
        + (tag("p", plain(notice), class_="notice bad") if notice else "")
        + '<div class="beside">'
        + _panel("Points", _points(points_bars(results)))
        + _panel("Most frequent mistakes", _mistakes(results, link))
        + "</div>"
        + _panel("Submissions", _table(results, link))
        + ("" if similar is None else _panel("Worth a look: alike", _similar(similar, link)))
        + "</main>"
    )
    return framed(results[0].task, body, style=STYLE, script=_SORTING)


def _panel(title: str, content: str) -> str:
    inside = tag("h2", plain(title)) + content
    return tag("section", inside, class_="panel", aria_label=title)


def _points(bars: Sequence[PointsBar]) -> str:
    most = max(bar.count for bar in bars)
    rows = "".join(
        tag("tr", tag("th", bar.label, scope="row") + _bar_cell(bar.count, most)) for bar in bars
    )
    head = "<thead><tr><th>points</th><th>submissions</th></tr></thead>"
    return tag("table", head + tag("tbody", rows), class_="bars")


def _bar_cell(count: int, most: int) -> str:
    """Return two cells: a bar of its share of the most, and the number."""
    share = 100 * count / most if most else 0
    shape = tag("rect", class_="bar-back", width="100%", height=14, rx=3)
    if count:
        shape += tag("rect", class_="bar-filled", width=f"{share:.1f}%", height=14, rx=3)
    drawn = tag("svg", shape, width="100%", height=14, aria_hidden="true")
    return tag("td", drawn, class_="bar-cell") + tag("td", str(count), class_="number")


def _mistakes(results: Sequence[Result], link: Callable[[str], str]) -> str:
    found = frequent_mistakes(results, _MOST_MISTAKES)
    if not found:
        return tag("p", "None: nothing failed.", class_="remark")
    rows = "".join(_mistake(one, len(results), link) for one in found)
    return tag("ol", rows, class_="mistakes")


def _mistake(mistake: Mistake, count: int, link: Callable[[str], str]) -> str:
    often = f"{len(mistake.names)} of {count}"
    said = mistake.instead if mistake.instead != mistake.asked else ""
    who = tag("li", "</li><li>".join(map(link, mistake.names)))
    return tag(
        "li",
        tag("b", plain(mistake.asked))
        + (tag("p", plain(f"Most often: {said}"), class_="remark") if said else "")
        + tag("details", tag("summary", often) + tag("ul", who, class_="names")),
    )


def _similar(pairs: Sequence[SimilarPair], link: Callable[[str], str]) -> str:
    words = (
        "The share is how much of the shorter program is in the other one, too, whatever its "
        "names and comments. It says nothing about how that came. What students began with, and "
        "what many of the class have, does not count."
    )
    told = tag("p", plain(words), class_="remark")
    if not pairs:
        return told + tag("p", "No two are so much alike.")
    names = "<th>submission</th>" * 2
    head = f'<thead><tr><th class="number">share</th>{names}</tr></thead>'
    rows = "".join(
        tag(
            "tr",
            tag("td", f"{pair.percent} %", class_="number")
            + tag("td", link(pair.first))
            + tag("td", link(pair.second)),
        )
        for pair in pairs[:_MOST_PAIRS]
    )
    more = len(pairs) - _MOST_PAIRS
    last = tag("p", f"and {counted(more, 'more pair')}", class_="remark") if more > 0 else ""
    return told + _scrolled(head + tag("tbody", rows)) + last


def _scrolled(content: str) -> str:
    return tag("div", tag("table", content, class_="data"), class_="wide tall", tabindex=0)


def _table(results: Sequence[Result], link: Callable[[str], str]) -> str:
    head = "".join(
        tag("th", tag("button", word, type="button"), class_=kind or None, scope="col")
        for word, kind in _COLUMNS
    )
    rows = "".join(tag("tr", "".join(_cells(result, link))) for result in results)
    content = tag("thead", tag("tr", head)) + tag("tbody", rows)
    table = tag("table", content, class_="data sortable", id="submissions")
    return tag("div", table, class_="wide", tabindex=0, role="region", aria_label="Submissions")


def _cells(result: Result, link: Callable[[str], str]) -> Iterator[str]:
    words = remark(result)
    is_full = result.points == result.of and not words
    sign = tag("span", "✓" if is_full else "✗", class_="good" if is_full else "bad")
    yield tag("th", f"{sign} {link(result.name)}", scope="row")
    points = f"{number(result.points)} of {number(result.of)}"
    yield tag("td", points, class_="number", data_value=number(result.points))
    yield tag("td", f"{result.seconds:.1f}", class_="number", data_value=round(result.seconds, 2))
    yield tag("td", plain(words), class_="told")
