"""The formats in which a run can be shown or written, by name and by a file's suffix."""

from __future__ import annotations

from simpsh.base.file_store import known_suffix
from simpsh.base.phrases import escaped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simpsh.chronicle.chronicle_model import Chronicle

NAMES = ("text", "plain", "html", "svg")
"""The formats that render() draws."""
SUFFIXES = {".txt": "text", ".html": "html", ".htm": "html", ".svg": "svg", ".jsonl": "jsonl"}
"""The formats by suffix; `jsonl` is the recording itself."""


def form_of(file: str) -> str:
    """Return the format in which a run is written to `file`, by its suffix.

    Raises UsageProblem: the suffix is that of a format that simpsh does not write, such as .pdf.
    """
    return SUFFIXES[suffix] if (suffix := known_suffix(file, SUFFIXES)) else "text"


def render(  # noqa: PLR0913 - how a run may be shown, by keyword
    chronicle: Chronicle,
    form: str = "text",
    *,
    title: str = "",
    remarks: Sequence[str] = (),
    width: int = 80,
    in_colour: bool = False,
    with_details: bool = False,
) -> Iterator[str]:
    """Return a run in a format, as pieces to be written one after the other.

    `remarks` are sentences about the recording, such as that it is incomplete.
    """
    title, remarks = escaped(title), [*map(escaped, remarks), *_find_unrecorded(chronicle)]
    match form:
        case "text":
            # Each format imports only what it needs.
            from simpsh.view.timeline.terminal_timeline import draw_timeline, fitted

            lines = draw_timeline(
                chronicle, width=width, title=title, in_colour=in_colour, with_details=with_details
            )
            yield from (f"{line}\n" for line in lines)
            for remark in remarks:
                yield from (f"{line}\n" for line in fitted(f"note: {remark}", width))
        case "plain":
            from simpsh.view.timeline.terminal_timeline import timeline_sentences

            sentences = timeline_sentences(chronicle, title=title, with_details=with_details)
            yield from (f"{line}\n" for line in (*sentences, *remarks))
        case "html":
            from simpsh.view.page.html_page import page_of

            yield page_of(chronicle, title, remarks)
        case "svg":
            from simpsh.view.picture.svg_picture import TimelinePicture
            from simpsh.view.timeline.timeline_rows import folded, rows_of

            yield TimelinePicture(chronicle, folded(rows_of(chronicle))[0]).slide(title)
        case _:
            raise ValueError(f"there is no form {form!r}")


def _find_unrecorded(chronicle: Chronicle) -> list[str]:
    """Return a remark for each pipe whose recorded writes and reads differ."""
    return [
        f"pipe {chronicle.pipe_name(pipe)}: the recorded writes and reads differ; "
        "level io does not record splice(2), sendfile(2) and the like"
        for pipe in sorted(chronicle.unrecorded)
        if chronicle.level == "io" and chronicle.pipe_name(pipe)
    ]
