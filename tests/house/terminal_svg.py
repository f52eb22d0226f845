"""Draw a terminal session as one animated SVG: no script, no external font, light and dark.

The frames are one below the other in a strip, and a CSS animation moves the strip by whole frames.
A row that several frames share is drawn once. The last frame comes first: a viewer that does not
animate, or a reader who asks for reduced motion, sees the whole session and no empty window.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.support.screen import Terminal

_CELL, _LINE, _BASE = 8.4, 18, 13.5
"""Width and height of a character cell and its baseline, in units of the picture, for 14 px."""
_BAR, _PAD = 30, 12
_GAP = 2 * _LINE
"""Room between two frames: tall letters of the next one must not be seen below the last row."""
_SHADES: Mapping[str, tuple[str, str]] = {
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
"""A terminal's colours, each for a light page and for a dark page."""


@dataclass(frozen=True)
class Run:
    """Neighbouring cells with the same style."""

    column: int
    text: str
    colour: str
    """A name of `_SHADES`, six hexadecimal digits, or empty for the usual colour."""
    ground: str
    weight: str
    """The letters of its styles: `b` bold, `i` italics, `u` underlined, `r` reverse."""


@dataclass(frozen=True)
class Frame:
    """A screen, and how long it is shown."""

    rows: tuple[tuple[Run, ...], ...]
    cursor: tuple[int, int] | None
    """Row and column; None if it is hidden."""
    seconds: float
    is_still: bool = True
    """Whether a command's output is complete, rather than being typed."""

    def lines(self) -> list[str]:
        """Return its text, without colours and trailing blanks."""
        return ["".join(run.text for run in row).strip() for row in self.rows]


def frame_of(terminal: Terminal, size: tuple[int, int], seconds: float, *, is_still: bool) -> Frame:
    """Return the current screen of a terminal of this size."""
    rows = tuple(_runs(terminal, row, size[1]) for row in range(size[0]))
    cursor = terminal.cursor() if terminal.has_cursor() else None
    return Frame(rows, cursor, seconds, is_still)


def _runs(terminal: Terminal, row: int, columns: int) -> tuple[Run, ...]:
    found: list[Run] = []
    for column in range(columns):
        cell = terminal.cell(row, column)
        looks = {"b": cell.bold, "i": cell.italics, "u": cell.underscore, "r": cell.reverse}
        weight = "".join(letter for letter, has in looks.items() if has)
        colour, ground = (_named(one) for one in (cell.fg, cell.bg))
        last = found[-1] if found else None
        if last and (last.colour, last.ground, last.weight) == (colour, ground, weight):
            found[-1] = Run(last.column, last.text + cell.data, colour, ground, weight)
        else:
            found.append(Run(column, cell.data, colour, ground, weight))
    return tuple(run for run in found if run.text.strip() or run.ground or "r" in run.weight)


def _named(colour: str) -> str:
    plain = colour if colour in _SHADES else colour.removeprefix("bright")
    return "" if plain == "default" else plain


def svg_of(frames: Sequence[Frame], size: tuple[int, int], title: str, words: Sequence[str]) -> str:
    """Return the picture of a session.

    Args:
        frames: the screens, in order.
        size: the screen's rows and columns.
        title: the title of the window, also for a screen reader.
        words: the lines of the description.
    """
    frames = [frames[-1], *frames[:-1]]
    height, width = size[0] * _LINE, round(size[1] * _CELL)
    whole = (width + 2 * _PAD, height + _BAR + 2 * _PAD)
    drawn = _Rows()
    places = [
        f'<g transform="translate(0 {number * (height + _GAP)})">{drawn.frame(frame)}</g>'
        for number, frame in enumerate(frames)
    ]
    shown = html.escape(title)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole[0]} {whole[1]}" '
            f'width="{whole[0]}" role="img" aria-label="{shown}">',
            f"<title>{shown}</title>",
            f"<desc>{html.escape(chr(10).join(words))}</desc>",
            f"<style>{_style(drawn.colours)}{_motion(frames, height + _GAP)}</style>",
            f"<defs>{drawn.definitions()}</defs>",
            f'<rect class="page" x=".5" y=".5" rx="9" width="{whole[0] - 1}" '
            f'height="{whole[1] - 1}"/>',
            *(f'<circle class="dot" cx="{18 + 18 * index}" cy="16" r="5"/>' for index in range(3)),
            f'<text class="title" x="{whole[0] // 2}" y="20">{shown}</text>',
            f'<svg x="{_PAD}" y="{_BAR + _PAD // 2}" width="{width}" height="{height}">',
            '<g class="strip">',
            *places,
            "</g></svg></svg>",
            "",
        ]
    )


class _Rows:
    """The rows that were drawn, each once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.colours: set[str] = set()

    def frame(self, frame: Frame) -> str:
        """Return a frame, as references to its rows."""
        parts = []
        for index, row in enumerate(frame.rows):
            if row:
                number = self._numbers.setdefault(self._row(row), len(self._numbers))
                parts.append(f'<use href="#r{number}" y="{index * _LINE}"/>')
        if frame.cursor:
            row_of_cursor, column = frame.cursor
            parts.append(
                f'<rect class="cursor" x="{column * _CELL:g}" y="{row_of_cursor * _LINE + 1}" '
                f'width="{_CELL}" height="{_LINE - 2}"/>'
            )
        return "".join(parts)

    def _row(self, row: tuple[Run, ...]) -> str:
        return "".join(map(self._run, row))

    def _run(self, run: Run) -> str:
        colour, ground = run.colour or "text", run.ground or "page"
        if "r" in run.weight:
            colour, ground = ground, colour
        self.colours |= {colour, ground} - {"text", "page"}
        wide = len(run.text)
        left, parts = f"{run.column * _CELL:g}", ""
        if ground != "page":
            parts = (
                f'<rect class="c{ground}" x="{left}" width="{wide * _CELL:g}" height="{_LINE}"/>'
            )
        text = run.text.rstrip()
        if not text:
            return parts
        # Leading blanks are skipped.
        start = wide - len(run.text.lstrip()) if wide > len(run.text.lstrip()) else 0
        words = html.escape(text[start:], quote=False)
        looks = " ".join([f"c{colour}", *(run.weight.replace("r", ""))])
        return (
            f'{parts}<text class="{looks}" x="{(run.column + start) * _CELL:g}" y="{_BASE}" '
            f'textLength="{(len(text) - start) * _CELL:g}">{words}</text>'
        )

    def definitions(self) -> str:
        return "".join(f'<g id="r{number}">{row}</g>' for row, number in self._numbers.items())


def _style(colours: set[str]) -> str:
    usual = {"text": ("#1f2328", "#e6edf3"), "page": ("#ffffff", "#12161c")}
    shades = {**usual, **{one: _SHADES.get(one, (f"#{one}", f"#{one}")) for one in sorted(colours)}}
    light = "".join(f".c{one}{{fill:{shade[0]}}}" for one, shade in shades.items())
    dark = "".join(f".c{one}{{fill:{shade[1]}}}" for one, shade in shades.items())
    return (
        "text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
        "white-space:pre}"
        ".b{font-weight:bold}.i{font-style:italic}.u{text-decoration:underline}"
        ".title{font-size:13px;text-anchor:middle;fill:#6e7781}.dot{fill:#8c959f;opacity:.5}"
        ".cursor{fill:#8c959f;opacity:.6}.page{fill:#fff;stroke:#d0d7de}"
        f"{light}@media(prefers-color-scheme:dark){{.page{{fill:#12161c;stroke:#3d444d}}{dark}}}"
    )


def _motion(frames: Sequence[Frame], stride: int) -> str:
    whole = sum(frame.seconds for frame in frames)
    now, stops = 0.0, []
    for number, frame in enumerate(frames):
        stops.append(f"{100 * now / whole:.2f}%{{transform:translateY({-number * stride}px)}}")
        now += frame.seconds
    stops.append(f"100%{{transform:translateY({-(len(frames) - 1) * stride}px)}}")
    return (
        f"@keyframes play{{{''.join(stops)}}}"
        f".strip{{animation:play {whole:g}s steps(1,end) infinite}}"
        f"@media(prefers-reduced-motion:reduce){{.strip{{animation:none}}}}"
    )
