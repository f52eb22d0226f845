"""The forms in which a run can be shown or written, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.view.folding import folded
from simpsh.view.page import page_of
from simpsh.view.perfetto import perfetto_of
from simpsh.view.svg import slide
from simpsh.view.timeline import draw
from simpsh.view.timeline_plain import tell
from simpsh.view.timeline_rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simpsh.chronicle.model import Chronicle

NAMES = ("text", "plain", "html", "svg", "perfetto")
"""What render() knows; a recording itself (jsonl) is written by the room that keeps recordings."""


def render(  # noqa: PLR0913 - how a run may be shown, by keyword
    chronicle: Chronicle,
    form: str = "text",
    *,
    title: str = "",
    remarks: Sequence[str] = (),
    width: int = 80,
    is_ascii: bool = False,
    in_colour: bool = False,
    with_details: bool = False,
) -> Iterator[str]:
    """Return a run in one of the forms, piece by piece, to be written one after the other.

    Args:
        chronicle: the run.
        form: one of NAMES.
        title: what was run.
        remarks: sentences about the recording: what it could not see, that it was cut short.
        width: characters of a line; for text.
        is_ascii: draw with ASCII characters alone; for text.
        in_colour: repeat the states in colour; for text.
        with_details: show groups, duplicated descriptors and opened files; for text and plain.

    Raises:
        ValueError: there is no such form.
    """
    match form:
        case "text":
            lines = draw(
                chronicle,
                width=width,
                title=title,
                is_ascii=is_ascii,
                in_colour=in_colour,
                with_details=with_details,
            )
            yield from (f"{line}\n" for line in lines)
            yield from (f"note: {remark}\n" for remark in remarks)
        case "plain":
            told = tell(chronicle, title=title, with_details=with_details)
            yield from (f"{line}\n" for line in (*told, *remarks))
        case "html":
            yield page_of(chronicle, title, remarks)
        case "svg":
            yield slide(chronicle, folded(rows_of(chronicle))[0], title)
        case "perfetto":
            yield from perfetto_of(chronicle, title)
        case _:
            raise ValueError(f"there is no form {form!r}")
