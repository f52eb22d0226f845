"""The forms in which a run can be shown or written, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simpsh.view.folding import folded
from simpsh.view.page import page_of
from simpsh.view.perfetto import perfetto_of
from simpsh.view.svg import slide
from simpsh.view.timeline import draw
from simpsh.view.timeline_plain import tell
from simpsh.view.timeline_rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simpsh.chronicle.model import Chronicle

NAMES = ("text", "plain", "html", "svg", "perfetto")
"""What render() knows; a recording itself (jsonl) is written by the room that keeps recordings."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """How a run is to be shown."""

    form: str = "text"
    """One of NAMES."""
    title: str = ""
    """What was run."""
    remarks: tuple[str, ...] = ()
    """Sentences about the recording: what it could not see, that it was cut short."""
    width: int = 80
    """Characters of a line; for text."""
    is_ascii: bool = False
    in_colour: bool = False
    with_details: bool = False


def render(chronicle: Chronicle, how: Rendering) -> Iterator[str]:
    """Return a run in one of the forms, piece by piece, to be written one after the other.

    Raises:
        ValueError: there is no such form.
    """
    match how.form:
        case "text":
            yield from _text(chronicle, how)
        case "plain":
            lines = tell(chronicle, title=how.title, with_details=how.with_details)
            yield from (f"{line}\n" for line in (*lines, *how.remarks))
        case "html":
            yield page_of(chronicle, how.title, how.remarks)
        case "svg":
            yield slide(chronicle, folded(rows_of(chronicle))[0], how.title)
        case "perfetto":
            yield from perfetto_of(chronicle, how.title)
        case _:
            raise ValueError(f"there is no form {how.form!r}")


def _text(chronicle: Chronicle, how: Rendering) -> Iterator[str]:
    lines = draw(
        chronicle,
        width=how.width,
        title=how.title,
        is_ascii=how.is_ascii,
        in_colour=how.in_colour,
        with_details=how.with_details,
    )
    yield from (f"{line}\n" for line in lines)
    yield from (f"note: {remark}\n" for remark in how.remarks)
