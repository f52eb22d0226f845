"""What the processes of a cell did: the picture and the steps, folded, for the output of a cell.

The style names what it is for: it must change nothing else on the page of the notebook. Colours
follow the theme of the notebook, which is not always that of the browser.
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from simpsh.base.phrases import counted, escaped
from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.trace.recording.last_command import Stretch, renamed
from simpsh.trace.recording.session_record import command_record
from simpsh.view.design.design_tokens import TOKENS
from simpsh.view.page.html_page import legend, step_items
from simpsh.view.picture.svg_elements import DEFINITIONS, MARKS, plain, svg, tag
from simpsh.view.picture.svg_picture import TimelinePicture
from simpsh.view.timeline.timeline_rows import folded, rows_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.chronicle.chronicle_model import Chronicle

_MOST_STEPS = 400
"""More steps than these are folded: a notebook is kept, sent and read as one file."""

_ROOT = ".simpsh-run"
_DARK = ('[data-jp-theme-light="false"]', ".vscode-dark", 'html[data-theme="dark"]')
"""How JupyterLab, Visual Studio Code and pages made of notebooks say that they are dark."""

_UNTRUSTED = (
    "Pictures and colours are not shown, because this notebook is not trusted here: "
    "jupyter trust FILE, then open it again."
)
"""Seen where a notebook is shown without its styles, which hide it."""

_TEXT = "color: var(--text); font: 13px/1.45 var(--sans);"
_RULES = (Path(__file__).parent / "cell_display.css").read_text(encoding="utf-8")


def run_of(path: str, stretch: Stretch, sign: int) -> tuple[Chronicle, list[str]]:
    """Return what a kernel's record has of a cell, and remarks on what it lacks."""
    recorded = command_record(path, stretch, sign)
    remarks = (
        [] if recorded.is_whole else ["the end may be missing: the tracer has ended, or is late"]
    )
    return chronicle_of(renamed(recorded.events, recorded.shell), "events"), remarks


def summary_of(chronicle: Chronicle | None, status: int) -> str:
    """Return the line that a folded picture shows, and a plain frontend; empty for no news."""
    parts = [f"exit status {status}"] if status else []
    if chronicle is not None and _has_children(chronicle):
        count = counted(len(chronicle.processes) - 1, "process", "processes")
        parts.append(f"{count} started by the shell, {counted(len(rows_of(chronicle)), 'step')}")
    return " · ".join(parts)


def _has_children(chronicle: Chronicle) -> bool:
    return len(chronicle.processes) > 1


def html_of(chronicle: Chronicle | None, status: int, remarks: list[str]) -> str:
    """Return the output of a cell as HTML: the status, and the folded picture with its steps."""
    words = tag("span", f"exit status {status}", class_="status") if status else ""
    if chronicle is None or not _has_children(chronicle):
        return framed(tag("div", words)) if words else ""
    what = plain(summary_of(chronicle, 0))
    return framed(_details(chronicle, f"{words} · {what}" if words else what, remarks))


def folded_picture(chronicle: Chronicle) -> str:
    """Return the picture of a run with its steps, folded; to be framed with what stands around."""
    count = counted(len(chronicle.processes), "process", "processes")
    steps = counted(len(rows_of(chronicle)), "step")
    return _details(chronicle, plain(f"the picture, and why: {count}, {steps}"), [])


def _details(chronicle: Chronicle, summary: str, remarks: list[str]) -> str:
    rows, omission = folded(rows_of(chronicle), _MOST_STEPS)
    picture = TimelinePicture(chronicle, rows)
    timeline = picture.timeline().replace(' id="timeline"', "", 1)
    lines = [*remarks, *([omission] if omission else [])]
    inside = (
        tag("p", _UNTRUSTED, class_="untrusted")
        + tag("div", svg(DEFINITIONS, 0, 0) + picture.labels() + timeline, class_="scroll")
        + tag("ul", legend(picture.kinds()), class_="legend")
        + "".join(tag("p", plain(escaped(line)), class_="remark") for line in lines)
        + "\n".join(step_items(chronicle, rows, with_names=False))
    )
    return tag("details", tag("summary", summary) + tag("div", inside, class_="inside"))


def framed(content: str) -> str:
    """Put it into an element with a style of its own, whose names no other output has.

    A picture that is folded lends its arrowheads and patterns to no other one.
    """
    key = secrets.token_hex(4)
    framed = tag("div", tag("style", _STYLE) + content, class_=_ROOT.removeprefix("."))
    framed = framed.replace(_ROOT.removeprefix("."), f"{_ROOT.removeprefix('.')}-{key}")
    return re.sub(r'(id="|url\(#)([mp])-', rf"\1\2-{key}-", framed)


def _style() -> str:
    """Return the rules, each of them for what lies in our own element only."""
    values = "".join(re.findall(r"--[\w-]+: [^;]+;", TOKENS))
    dark = ", ".join(f"{selector} {_ROOT}" for selector in _DARK)
    rules = re.sub(r"/\*.*?\*/", "", MARKS + _RULES, flags=re.DOTALL)
    parts = [
        f"{_ROOT} {{ color-scheme: light; {values} {_TEXT} }}",
        f"{dark} {{ color-scheme: dark; }}",
        re.sub(r"(?m)^([^\s{}][^{}]*?)(,|\s*\{)", rf"{_ROOT} \1\2", rules),
    ]
    return re.sub(r"\s*\n\s*", " ", "\n".join(parts))


_STYLE = _style()
