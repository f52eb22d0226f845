"""Draw the house: docs/house.svg, from the import contracts and the folders' own maps.

`python -m tools.draw_house` writes the file. A test compares the file with what this script
draws, so the picture cannot grow old. pyproject.toml gives the order of
rooms and wings; the first sentence of its `__init__.py` describes a room.
"""

from __future__ import annotations

import ast
import html
import textwrap
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PROJECT = Path(__file__).resolve().parent.parent
PICTURE = PROJECT / "docs" / "house.svg"

STOREYS: Mapping[str, tuple[str, ...]] = {
    "The door": ("__main__", "cli", "notebook", "repl"),
    "Teaching": ("grade", "course", "explore"),
    "The shell": ("highlight", "shell"),
    "Seeing": ("view", "trace", "chronicle"),
    "Processes": ("process", "console", "kernel"),
    "The ground": ("base",),
}
"""Rooms that belong together, highest first: only for the eye. Every room must be in one."""

_WIDTH, _MARGIN, _PAD = 640, 14, 16
_INNER = _WIDTH - 2 * _MARGIN - 2 * _PAD
_SENTENCE, _NAME, _SMALL = 15, 19, 14
"""Sizes of letters, in units of the picture; a phone shows a unit as about half a pixel."""
_LETTER = 0.54
"""The width of a letter of a sans-serif font, as a part of its size: a little over the mean."""
_CHIP_HEIGHT, _CHIP_GAP = 26, 14

_STYLE = """
  svg { font-family: system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
  .paper { fill: #ffffff; } .ink { fill: #1b1f24; } .soft { fill: #57606a; }
  .box { fill: #f6f8fa; stroke: #d0d7de; } .chip { fill: #ffffff; stroke: #afb8c1; }
  .storey0 { fill: #6e40c9; } .storey1 { fill: #bf3989; } .storey2 { fill: #bc4c00; }
  .storey3 { fill: #1a7f37; } .storey4 { fill: #0969da; } .storey5 { fill: #57606a; }
  .arrow { stroke: #57606a; fill: none; } .bold { font-weight: 700; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; } .ink { fill: #e6edf3; } .soft { fill: #9da7b1; }
    .box { fill: #161b22; stroke: #30363d; } .chip { fill: #0d1117; stroke: #484f58; }
    .storey0 { fill: #a371f7; } .storey1 { fill: #f778ba; } .storey2 { fill: #f0883e; }
    .storey3 { fill: #56d364; } .storey4 { fill: #58a6ff; } .storey5 { fill: #9da7b1; }
    .arrow { stroke: #9da7b1; }
  }
"""


@dataclass(frozen=True)
class Wing:
    """A folder of a room, or a file next to such folders."""

    name: str


@dataclass(frozen=True)
class Room:
    """A package of simpsh, or a module that stands for itself."""

    name: str
    answers: str
    """The first sentence of its docstring."""
    wings: tuple[Wing, ...]
    """Its folders; none where a room has only files."""
    is_ordered: bool
    """Whether a contract puts the wings into an order: imports go from the first to the last."""


def rooms() -> list[Room]:
    """Return the rooms in the order of the contract, highest first.

    Raises:
        LookupError: a contract is missing, or a room is in no storey.
    """
    with (PROJECT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    layers = {
        contract["containers"][0]: contract["layers"]
        for contract in contracts
        if contract["type"] == "layers" and "containers" in contract
    }
    placed = {name for names in STOREYS.values() for name in names}
    found = [_room(name, layers.get(f"simpsh.{name}", ())) for name in layers["simpsh"]]
    homeless = [room.name for room in found if room.name not in placed]
    if homeless:
        raise LookupError(f"{', '.join(homeless)}: in no storey; add it to STOREYS")
    return found


def _room(name: str, order: Sequence[str]) -> Room:
    folder = PROJECT / "simpsh" / name
    if not folder.is_dir():
        return Room(name, _first_sentence(folder.with_suffix(".py")), (), is_ordered=False)
    there = {path.name: path for path in folder.iterdir() if (path / "__init__.py").exists()}
    names = [one for one in order if one in there] or sorted(there)
    wings = tuple(Wing(one) for one in names)
    sentence = _first_sentence(folder / "__init__.py")
    return Room(name, sentence, wings, is_ordered=bool(order))


def _first_sentence(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(docstring.split("\n\n")[0].replace("`", "").split())


def draw(found: Sequence[Room]) -> str:
    """Return the picture as the text of an SVG file."""
    by_name = {room.name: room for room in found}
    body: list[str] = []
    top = 84
    for number, (storey, names) in enumerate(STOREYS.items()):
        body.append(_text(_MARGIN + 2, top + 12, storey, f"storey{number} bold", _SMALL))
        top += 24
        for name in names:
            lines, height = _floor(by_name[name], top, number)
            body += lines
            top += height + 10
        top += 8
    return "\n".join((*_head(top, len(found)), *body, "</svg>", ""))


def _head(height: int, count: int) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" role="img" aria-labelledby="title desc">'
    )
    yield '<title id="title">The rooms of simpsh</title>'
    yield (
        '<desc id="desc">One floor for each room, highest first. A room may import every room '
        "below it and none above it; the same holds for its wings, from left to right.</desc>"
    )
    yield f"<style>{_STYLE}</style>"
    yield f'<rect class="paper" width="{_WIDTH}" height="{height}" rx="10"/>'
    yield _text(_MARGIN + 2, 34, f"The {count} rooms of simpsh", "ink bold", 23)
    yield _text(
        _MARGIN + 2, 60, "A room imports only rooms below it. Wings: only to the right.", "soft", 15
    )
    yield (
        f'<path class="arrow" stroke-width="2" d="M{_WIDTH - 30} 22v40m-6 -8l6 8l6 -8" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
    )


def _floor(room: Room, top: int, storey: int) -> tuple[list[str], int]:
    """Return the lines that draw a room, and how tall it is."""
    left = _MARGIN + _PAD
    wrapped = textwrap.wrap(room.answers, int(_INNER / (_SENTENCE * _LETTER)))
    inside = [_text(left, top + 27, room.name, "ink bold", _NAME)]
    bottom = top + 32
    for line in wrapped:
        bottom += 20
        inside.append(_text(left, bottom, line, "ink", _SENTENCE))
    bottom += 12
    chips, bottom = _chips(room, left, bottom)
    height = bottom - top
    box = f'x="{_MARGIN}" y="{top}" width="{_WIDTH - 2 * _MARGIN}" height="{height}" rx="8"'
    stripe = f'<rect class="storey{storey}" x="{_MARGIN}" y="{top}" width="5" height="{height}"/>'
    return [f'<rect class="box" {box}/>', stripe, *inside, *chips], height


def _chips(room: Room, left: int, top: int) -> tuple[list[str], int]:
    """Return the lines that draw the wings of a room, and where they end."""
    if not room.wings:
        return [], top
    drawn: list[str] = []
    x = left
    for wing in room.wings:
        width = round(len(wing.name) * _SMALL * 0.56) + 18
        if x + width > _WIDTH - _MARGIN - _PAD:
            x, top = left, top + _CHIP_HEIGHT + _CHIP_GAP
        elif room.is_ordered and x > left:
            drawn.append(_text(x - _CHIP_GAP // 2, top + 18, "›", "soft", 17, anchor="middle"))
        drawn.append(
            f'<rect class="chip" x="{x}" y="{top}" width="{width}" height="{_CHIP_HEIGHT}" '
            'rx="13"/>'
        )
        drawn.append(
            f'<text class="ink" x="{x + width // 2}" y="{top + 18}" font-size="{_SMALL}" '
            f'text-anchor="middle">{html.escape(wing.name)}</text>'
        )
        x += width + _CHIP_GAP
    return drawn, top + _CHIP_HEIGHT + 14


def _text(x: int, y: int, words: str, kind: str, size: int, *, anchor: str = "start") -> str:
    return (
        f'<text class="{kind}" x="{x}" y="{y}" font-size="{size}" '
        f'text-anchor="{anchor}">{html.escape(words)}</text>'
    )


if __name__ == "__main__":
    PICTURE.write_text(draw(rooms()), encoding="utf-8")
