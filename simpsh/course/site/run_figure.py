"""A recorded run as a figure of a page: the picture, a way through its steps, the steps as text.

Without a script the picture and all steps are there. With one, a cursor goes from step to step; the
line of the code that made the step is marked, and the line that caused it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simpsh.base.phrases import counted
from simpsh.course.lesson.code_listing import Listing
from simpsh.course.lesson.observation import Observation
from simpsh.course.site.run_steps import RunStep, line_text, steps_of
from simpsh.view.page.legend import legend
from simpsh.view.page.page_data import as_script
from simpsh.view.picture.svg_elements import plain, tag
from simpsh.view.picture.svg_picture import LABELS, LEFT, TimelinePicture
from simpsh.view.styled_text import LANE_STYLES

_CONTROLS = (
    Path(__file__).with_name("assets").joinpath("run_controls.html").read_text(encoding="utf-8")
)
MOST_OUTPUT = 1500
"""More characters of an output than these are not shown."""


class RunFigure:
    """The figure of one run.

    Args:
        run: what was observed.
        name: the figure's id on the page.
        title: what it shows, for people and screen readers.
        listing: the code that ran; None if it stands nowhere on the page.
        watch: variables and calls whose changes are steps, too.
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
        self._steps, self._omission = steps_of(run, watch)
        self._picture = TimelinePicture(run.chronicle, [step.row for step in self._steps])

    def style(self) -> str:
        """Return the widths of the picture's two parts, which paper needs."""
        width = LABELS + self._picture.width
        return f"#{self._name}{{--names-width:{LABELS};--all-width:{width:.0f}}}"

    def html(self, *, can_step: bool = True) -> str:
        """Return the figure; empty where nothing happened that has a step.

        Args:
            can_step: whether it has the controls, the output and the steps as text.
        """
        if not self._steps:
            return self._output()
        count = counted(len(self._steps), "step")
        return (
            f'<figure class="run{" steps-through" if can_step else ""}" id="{self._name}">'
            f'<figcaption class="spoken">{plain(self._title)}: {count}.</figcaption>'
            f"{self._frame()}"
            f"{_CONTROLS if can_step else ''}"
            f"{self._output() if can_step else ''}"
            f"{self._list() if can_step else ''}"
            f"{self._data() if can_step else ''}</figure>"
        )

    def _frame(self) -> str:
        picture = self._picture
        label = f"{self._title}: a lane for each process, a column for each step"
        entries = legend(picture.kinds())
        return (
            f'<div class="panel stage"><div class="picture" role="group" tabindex="0" '
            f'aria-label="{plain(label)}"><div class="canvas">'
            '<div class="corner" aria-hidden="true"><span>process</span><span>step →</span></div>'
            f"{picture.axis()}{picture.labels()}{picture.timeline(f'{self._name}-picture')}"
            f'</div></div><ul class="legend" aria-label="Legend">{entries}</ul></div>'
        )

    def _list(self) -> str:
        items = "".join(self._item(number, step) for number, step in enumerate(self._steps, 1))
        omitted = tag("p", plain(self._omission), class_="remark") if self._omission else ""
        summary = f"The {counted(len(self._steps), 'step')} as text"
        return (
            f'<details class="step-list"><summary>{summary}</summary>'
            f"<ol data-steps>{items}</ol>{omitted}</details>"
        )

    def _item(self, number: int, step: RunStep) -> str:
        place = f" <i>line {step.line}</i>" if step.line else ""
        looked = f' <i class="mark">{step.mark} everything is looked at</i>' if step.mark else ""
        free = (
            ' <span class="free" title="It could also have come before the step above">∥'
            '<span class="spoken"> could also have come before the step above</span></span>'
            if step.row.is_free
            else ""
        )
        return f'<li value="{number}"><b>{plain(step.row.text)}</b>{free}{place}{looked}</li>'

    def _output(self) -> str:
        text = self._run.output
        if not text:
            return ""
        shown = text[:MOST_OUTPUT]
        more = f"\n… {len(text) - MOST_OUTPUT} characters more" if len(text) > MOST_OUTPUT else ""
        return (
            '<div class="printed"><h3>Output</h3>'
            f'<pre tabindex="0" role="group" aria-label="Output">{plain(shown + more)}</pre></div>'
        )

    def _data(self) -> str:
        names = list(self._run.names)
        data: dict[str, object] = {
            "left": LEFT,
            "column": self._picture.column,
            "lanes": [[name, number % LANE_STYLES] for number, name in enumerate(names)],
            "steps": [
                {
                    "line": step.line,
                    "code": line_text(self._listing, step.line) if self._listing else "",
                    "causes": list(step.causes),
                    "why": step.why,
                    "here": [[names.index(name), line] for name, line in step.here],
                    "printed": step.printed,
                }
                for step in self._steps
            ],
        }
        return f'<script type="application/json">{as_script(data)}</script>'
