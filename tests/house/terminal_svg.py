"""Draw a terminal's screen as an SVG: no script, no external font, light and dark."""

import html
from collections.abc import Mapping
from dataclasses import dataclass

from tests.harness.terminal import Terminal

_CELL, _LINE, _BASE = 8.4, 18, 13.5
"""Width and height of a character cell and its baseline, in units of the picture, for 14 px."""
_BAR, _PAD = 30, 12
_SHADES: Mapping[str, tuple[str, str]] = {
    "text": ("#1f2328", "#e6edf3"),
    "page": ("#ffffff", "#12161c"),
    "black": ("#24292f", "#6e7681"),
    "red": ("#b4232c", "#ff7b72"),
    "green": ("#197a42", "#56d364"),
    "brown": ("#8a5a00", "#e3b341"),
    "blue": ("#2459c4", "#84afff"),
    "magenta": ("#7d31bd", "#d2a8ff"),
    "cyan": ("#0b6f79", "#56d4dd"),
    "white": ("#57606a", "#d0d7de"),
    "brightwhite": ("#ffffff", "#ffffff"),
}
"""The usual colours and a terminal's, each for a light page and for a dark page."""


@dataclass(frozen=True)
class Run:
    """Neighbouring cells with the same style."""

    column: int
    text: str
    colour: str
    """A name of `_SHADES`, or six hexadecimal digits."""
    ground: str
    weight: str
    """The letters of its styles: `b` bold, `i` italics, `u` underlined."""


def svg_of(terminal: Terminal, size: tuple[int, int], title: str) -> str:
    """Return the picture of a terminal's screen.

    Args:
        terminal: the terminal.
        size: the screen's rows and columns.
        title: the title of the window, also for a screen reader.
    """
    rows = [_runs(terminal, row, size[1]) for row in range(size[0])]
    height, width = size[0] * _LINE, round(size[1] * _CELL)
    whole = (width + 2 * _PAD, height + _BAR + 2 * _PAD)
    shown = html.escape(title)
    cursor = ""
    if terminal.has_cursor():
        row_of_cursor, column = terminal.cursor()
        cursor = (
            f'<rect class="cursor" x="{column * _CELL:g}" y="{row_of_cursor * _LINE + 1}" '
            f'width="{_CELL}" height="{_LINE - 2}"/>'
        )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole[0]} {whole[1]}" '
            f'width="{whole[0]}" role="img" aria-label="{shown}">',
            f"<title>{shown}</title>",
            f"<style>{_style({name for row in rows for run in row for name in _colours(run)})}"
            "</style>",
            f'<rect class="page" x=".5" y=".5" rx="9" width="{whole[0] - 1}" '
            f'height="{whole[1] - 1}"/>',
            *(f'<circle class="dot" cx="{18 + 18 * index}" cy="16" r="5"/>' for index in range(3)),
            f'<text class="title" x="{whole[0] // 2}" y="20">{shown}</text>',
            f'<svg x="{_PAD}" y="{_BAR + _PAD // 2}" width="{width}" height="{height}">',
            *(
                f'<g class="row" transform="translate(0 {index * _LINE})">'
                f"{''.join(map(_drawn, row))}</g>"
                for index, row in enumerate(rows)
                if row
            ),
            f"{cursor}</svg></svg>",
            "",
        ]
    )


def _runs(terminal: Terminal, row: int, columns: int) -> list[Run]:
    found: list[Run] = []
    for column in range(columns):
        cell = terminal.cell(row, column)
        looks = {"b": cell.bold, "i": cell.italics, "u": cell.underscore}
        weight = "".join(letter for letter, has in looks.items() if has)
        colour, ground = _named(cell.fg, "text"), _named(cell.bg, "page")
        if cell.reverse:
            colour, ground = ground, colour
        last = found[-1] if found else None
        if last and (last.colour, last.ground, last.weight) == (colour, ground, weight):
            found[-1] = Run(last.column, last.text + cell.data, colour, ground, weight)
        else:
            found.append(Run(column, cell.data, colour, ground, weight))
    return [run for run in found if run.text.strip() or run.ground != "page"]


def _named(colour: str, usual: str) -> str:
    plain = colour if colour in _SHADES else colour.removeprefix("bright")
    return usual if plain == "default" else plain


def _colours(run: Run) -> tuple[str, str]:
    return run.colour, run.ground


def _drawn(run: Run) -> str:
    wide = len(run.text)
    parts = ""
    if run.ground != "page":
        parts = (
            f'<rect class="c{run.ground}" x="{run.column * _CELL:g}" width="{wide * _CELL:g}" '
            f'height="{_LINE}"/>'
        )
    text = run.text.strip()
    if not text:
        return parts
    # The places of blanks at the beginning.
    start = run.column + wide - len(run.text.lstrip())
    words = html.escape(text, quote=False)
    looks = " ".join([f"c{run.colour}", *run.weight])
    return (
        f'{parts}<text class="{looks}" x="{start * _CELL:g}" y="{_BASE}" '
        f'textLength="{len(text) * _CELL:g}">{words}</text>'
    )


def _style(colours: set[str]) -> str:
    shades = {name: _SHADES.get(name, (f"#{name}", f"#{name}")) for name in sorted(colours)}
    light = "".join(f".c{name}{{fill:{shade[0]}}}" for name, shade in shades.items())
    dark = "".join(f".c{name}{{fill:{shade[1]}}}" for name, shade in shades.items())
    return (
        "text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
        "white-space:pre}"
        ".b{font-weight:bold}.i{font-style:italic}.u{text-decoration:underline}"
        ".title{font-size:13px;text-anchor:middle;fill:#6e7781}.dot{fill:#8c959f;opacity:.5}"
        ".cursor{fill:#8c959f;opacity:.6}.page{fill:#fff;stroke:#d0d7de}"
        f"{light}@media(prefers-color-scheme:dark){{.page{{fill:#12161c;stroke:#3d444d}}{dark}}}"
    )
