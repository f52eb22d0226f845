"""Where the system lets nobody trace, what can be seen without is shown, and the rest is said."""

from __future__ import annotations

import pytest

from simpsh.course import Explore, Kill, Run, replace
from simpsh.course.run.demonstration_setup import NotObservable
from tests.course import demonstrations as demo
from tests.course.demonstrations import perform
from tests.support.untraceable import without_ptrace


def test_output_and_files_are_shown_and_everything_else_is_said_to_be_unseen():
    edit = replace("x = 1", "x = 5")
    seen = without_ptrace(lambda: perform(Run(demo.copied, id="x"), edit))
    assert seen.output == "child:  x = 6\nparent: x = 5\n"
    assert seen.events == ()
    for topic in ("events", "causes", "lines", "values", "looks"):
        assert "lets no process trace its child" in seen.lacks[topic]
    assert "files" not in seen.lacks
    files = without_ptrace(lambda: perform(Run(demo.failing, id="x"))).moments["end"].files
    assert files == {"log": "kept"}


@pytest.mark.parametrize(
    "step",
    [
        Run(demo.same_address, id="marks"),
        Run(demo.capture, id="hang", also=[demo.start_server], main="caller"),
        Run(demo.copied, id="acts", at_rest=[Kill(demo.child)]),
        Run(demo.multiplies, id="bomb", guard=8),
        Explore(demo.race, id="search", native=5),
    ],
    ids=lambda step: step.id,
)
def test_what_needs_a_tracer_is_refused_with_the_reason(step):
    with pytest.raises(NotObservable, match="lets no process trace its child"):
        without_ptrace(lambda: perform(step))
