"""The figure of a run has each step also as text, with its reason."""

import re

from simpsh.course.site.step_sections import run_figure
from tests.course.handmade_observations import forks, made, prints, waits

RUN = made(
    ("parent", "child"),
    [(2, "parent", forks("child")), (4, "child", prints("<x>\n")), (5, "parent", waits("child"))],
)


def test_a_figure_has_its_steps_as_text():
    figure, _ = run_figure(RUN, "run", "a <title>")
    assert '<figcaption class="spoken">a &lt;title&gt;: 2 steps.</figcaption>' in figure
    [steps] = re.findall(r'<details class="step-list">.*?</details>', figure)
    assert re.fullmatch(
        r'<details class="step-list"><summary>The 2 steps, and why</summary><ol>'
        r'<li value="1"><b>parent forks child</b> <i>line 2</i>'
        r'<p class="remark">fork\(2\) returns twice[^<]*</p></li>'
        r'<li value="2"><b>child prints “&lt;x&gt;”</b> <i>line 4</i></li></ol></details>',
        steps,
    )


def test_a_run_without_steps_and_output_has_no_figure():
    assert run_figure(made(("parent",), []), "run", "a title") == ("", "")
