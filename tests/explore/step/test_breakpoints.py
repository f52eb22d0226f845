"""Points to run to: how they are said."""

from __future__ import annotations

import pytest

from simpsh.base.errors import UsageProblem
from simpsh.explore.step.breakpoints import Breakpoint, parse_breakpoint


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("exit of P1", Breakpoint("exit", "P1")),
        ("P1.2  reads", Breakpoint("verb", "P1.2", "reads")),
        ("any process waits", Breakpoint("verb", "", "waits")),
        ("P1 is blocked", Breakpoint("blocked", "P1")),
        ("any process is blocked", Breakpoint("blocked")),
        ("output", Breakpoint("output")),
        ("choice", Breakpoint("choice")),
        ("1 step", Breakpoint("steps", "", "", 1)),
        ("end", Breakpoint("end")),
    ],
)
def test_a_point_is_said_in_plain_words(text, point):
    assert parse_breakpoint(text) == point


@pytest.mark.parametrize("text", ["", "P1 sings", "exit of Q", "0 steps", "tomorrow"])
def test_what_is_no_point_is_refused_with_examples(text):
    with pytest.raises(UsageProblem, match=r"no such point; say one of: exit of P1"):
        parse_breakpoint(text)
