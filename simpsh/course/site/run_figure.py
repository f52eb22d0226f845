"""A recorded run as a figure of a page: the picture, its steps as text, and a cursor.

The picture and all steps are visible without JavaScript. With it, a cursor moves from step to step,
and the figure marks the line of code of the current step and the line that caused it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simpsh.base import events
from simpsh.base.phrases import counted
from simpsh.base.process_names import colour_of
from simpsh.course.claims.demonstration import Listing
from simpsh.course.claims.observation import YOU, Observation
from simpsh.course.screen.picture_rows import PictureRow, picture_rows
from simpsh.view.page.html_page import as_script, causes_of, legend
from simpsh.view.picture.svg_elements import plain, tag
from simpsh.view.picture.svg_picture import LABELS, LEFT, TimelinePicture
from simpsh.view.timeline.timeline_rows import TimelineRow, folded, reason

_CONTROLS = (
    Path(__file__).with_name("assets").joinpath("run_controls.html").read_text(encoding="utf-8")
)
MOST_OUTPUT = 1500
"""The maximum number of characters of an output that are shown."""
MOST_STEPS = 150
"""The number of steps beyond which they are folded: see `timeline_rows.folded`."""
_EXPLAINED = frozenset(
    ("fork", "exec", "adoption", "pipe", "stop", "continue", "session", "rest", "reap", "signal")
)
"""Kinds of steps whose rule the figure explains; the lesson explains the others."""


def _timeline_row(run: Observation, row: PictureRow) -> TimelineRow:
    subject = "You" if row.who == YOU else run.chronicle.label(row.who)
    text = f"{subject} {row.phrase}" if subject else f"{row.phrase[:1].upper()}{row.phrase[1:]}"
    kind, other = row.kind, next(iter(row.others), "")
    name = row.who if row.who != YOU else ""
    if row.who == YOU and row.kind == "signal":
        # It comes from outside, so it is drawn in the lane of its receiver.
        kind, name, other = "delivery", other, ""
    first = run.events[0].ts if run.events else 0
    milliseconds = (run.events[row.index].ts - first) / 1e6
    return TimelineRow(row.index, kind, name, other, text, milliseconds, row.is_free)


class RunFigure:
    """The figure of one run: `name` is its id, `title` a description, also for screen readers.

    The listing is the code that ran, if it is on the page; changes of watched variables are steps.
    """

    def __init__(
        self,
        run: Observation,
        name: str,
        title: str,
        listing: Listing | None = None,
        watch: Sequence[str] = (),
    ) -> None:
        self._run = run
        self._name = name
        self._title = title
        self._listing = listing
        shown = sorted(picture_rows(run, watch), key=lambda row: row.index)
        drawn = {_timeline_row(run, row): row for row in shown}
        rows, self._omission = folded([*drawn], MOST_STEPS)
        self._steps = [(row, drawn[row]) for row in rows]
        """The steps as drawn by the timeline, each with its row of a terminal's picture."""
        self._picture = TimelinePicture(run.chronicle, rows)

    def style(self) -> str:
        """Return the widths of the picture's two parts, which are needed for printing."""
        width = LABELS + self._picture.width
        return f"#{self._name}{{--names-width:{LABELS};--all-width:{width:.0f}}}"

    def html(self, *, can_step: bool = True) -> str:
        """Return the figure; empty if the run has no steps."""
        if not self._steps:
            return self._output()
        picture, count = self._picture, counted(len(self._steps), "step")
        label = f"{self._title}: a lane for each process, a column for each step"
        more = f"{_CONTROLS}{self._output()}{self._steps_as_text()}{self._data()}"
        return (
            f'<figure class="run{" steps-through" if can_step else ""}" id="{self._name}">'
            f'<figcaption class="spoken">{plain(self._title)}: {count}.</figcaption>'
            f'<div class="panel stage"><div class="picture" role="group" tabindex="0" '
            f'aria-label="{plain(label)}"><div class="canvas">'
            '<div class="corner" aria-hidden="true"><span>process</span><span>step →</span></div>'
            f"{picture.axis()}{picture.labels()}{picture.timeline(f'{self._name}-picture')}"
            f'</div></div><ul class="legend" aria-label="Legend">{legend(picture.kinds())}</ul>'
            f"</div>{more if can_step else ''}</figure>"
        )

    def _steps_as_text(self) -> str:
        items = []
        for number, (step, row) in enumerate(self._steps, 1):
            line = f" <i>line {row.line}</i>" if row.line else ""
            look = f' <i class="mark">{row.mark} everything is looked at</i>' if row.mark else ""
            free = (
                ' <span class="free" title="It could also have come before the step above">∥'
                '<span class="spoken"> could also have come before the step above</span></span>'
                if step.is_free
                else ""
            )
            items.append(f'<li value="{number}"><b>{plain(step.text)}</b>{free}{line}{look}</li>')
        omitted = tag("p", plain(self._omission), class_="remark") if self._omission else ""
        return (
            f'<details class="step-list"><summary>The {counted(len(items), "step")} as text'
            f"</summary><ol data-steps>{''.join(items)}</ol>{omitted}</details>"
        )

    def _output(self) -> str:
        text = self._run.output
        if not text:
            return ""
        more = f"\n… {len(text) - MOST_OUTPUT} characters more" if len(text) > MOST_OUTPUT else ""
        return (
            '<div class="printed"><h3>Output</h3><pre tabindex="0" role="group" '
            f'aria-label="Output">{plain(text[:MOST_OUTPUT] + more)}</pre></div>'
        )

    def _data(self) -> str:
        """Return the data for the page's script."""
        run, chronicle, names = self._run, self._run.chronicle, list(self._run.names)
        code = ["", *(self._listing.lines if self._listing is not None else ())]
        # If several rows belong to one event, causes refer to the first.
        numbers: dict[int, int] = {}
        for number, (step, _) in enumerate(self._steps):
            numbers.setdefault(step.index, number)
        once = [self._steps[number][0] for number in numbers.values()]
        causes = {
            step.index: [numbers[once[cause].index] for cause, _ in direct]
            for step, direct in zip(once, causes_of(chronicle, once), strict=True)
        }
        steps = []
        for step, row in self._steps:
            is_explained = step.kind in _EXPLAINED and row.who != YOU
            written = (run.events[i].what for i in run.outputs if i <= step.index)
            lines = {process: line for i, process, line in run.arrivals if i <= step.index}
            living = [
                process.label
                for process in chronicle.processes.values()
                if process.birth <= step.index
                and (process.exit is None or step.index < process.exit)
            ]
            line = row.line or 0
            steps.append(
                {
                    "line": line,
                    "code": code[line].strip() if line < len(code) else "",
                    "causes": causes[step.index],
                    "why": reason(chronicle, step) if is_explained else "",
                    "here": [[names.index(name), lines[name]] for name in living if name in lines],
                    "printed": sum(len(w.text) for w in written if isinstance(w, events.Write)),
                }
            )
        data: dict[str, object] = {
            "left": LEFT,
            "column": self._picture.column,
            "lanes": [[name, colour_of(name, names)] for name in names],
            "steps": steps,
        }
        return f'<script type="application/json">{as_script(data)}</script>'
