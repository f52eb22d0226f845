"""The figure of a run has each step also as text, and its data for the page's script."""

import json
import re

from simpsh.course.site.step_sections import RunFigure
from tests.course.handmade_observations import forks, made, prints, waits

RUN = made(
    ("parent", "child"),
    [(2, "parent", forks("child")), (4, "child", prints("<x>\n")), (5, "parent", waits("child"))],
)


def test_a_figure_has_its_steps_as_text_and_as_data():
    figure = RunFigure(RUN, "run", "a <title>").html()
    assert '<figcaption class="spoken">a &lt;title&gt;: 2 steps.</figcaption>' in figure
    assert re.search(r'<details class="step-list">.*?</details>', figure).group() == (
        '<details class="step-list"><summary>The 2 steps as text</summary><ol data-steps>'
        '<li value="1"><b>parent forks child</b> <i>line 2</i></li>'
        '<li value="2"><b>child prints “&lt;x&gt;”</b> <i>line 4</i></li></ol></details>'
    )
    data = json.loads(re.search(r'<script type="application/json">(.*)</script>', figure).group(1))
    assert data["lanes"] == [["parent", 0], ["child", 1]]
    first, second = data["steps"]
    assert first.pop("why").startswith("fork(2) returns twice. child is a copy")
    assert first == {"line": 2, "code": "", "causes": [], "here": [], "printed": 0}
    assert second == {"line": 4, "code": "", "causes": [0], "why": "", "here": [], "printed": 4}


def test_a_run_without_steps_and_output_has_no_figure():
    nothing = made(("parent",), [])
    assert RunFigure(nothing, "run", "a title").html() == ""
