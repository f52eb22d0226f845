"""Points to run to: how they are said, and when they are reached."""

from __future__ import annotations

import pytest

from simpsh.base.errors import UsageProblem
from simpsh.explore.step.breakpoints import Breakpoint, parse_breakpoint
from simpsh.explore.step.panel_snapshot import BLOCKED, READY, ZOMBIE, FamilySnapshot, ProcessLine


def process(name, state, words):
    choices = (name,) if state == READY else ()
    return ProcessLine(name, name.rpartition(".")[0], state, None, words, "", choices)


def panel(*lines, number=0, output=b"", statuses=None):
    return FamilySnapshot(number, tuple(lines), (), (), output, statuses or {})


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("exit of P.1", Breakpoint("exit", "P.1")),
        ("the end of P", Breakpoint("exit", "P")),
        ("until P.1.2 exits", Breakpoint("exit", "P.1.2")),
        ("P.1 ends", Breakpoint("exit", "P.1")),
        ("P.1 reads", Breakpoint("verb", "P.1", "reads")),
        ("P.1  read", Breakpoint("verb", "P.1", "reads")),
        ("P execs", Breakpoint("verb", "P", "executes")),
        ("somebody waits", Breakpoint("verb", "", "waits")),
        ("anybody writes", Breakpoint("verb", "", "writes")),
        ("P.1 is blocked", Breakpoint("blocked", "P.1")),
        ("somebody is blocked", Breakpoint("blocked")),
        ("output", Breakpoint("output")),
        ("choice", Breakpoint("choice")),
        ("12", Breakpoint("steps", "", "", 12)),
        ("1 step", Breakpoint("steps", "", "", 1)),
        ("end", Breakpoint("end")),
    ],
)
def test_a_point_is_said_in_plain_words(text, point):
    assert parse_breakpoint(text) == point


@pytest.mark.parametrize("text", ["", "P.1 sings", "exit of Q", "0 steps", "tomorrow"])
def test_what_is_no_point_is_refused_with_examples(text):
    with pytest.raises(UsageProblem, match=r"no such point; say one of: exit of P\.1"):
        parse_breakpoint(text)


def test_an_exit_is_reached_by_zombies_and_by_those_who_are_no_more():
    point = parse_breakpoint("exit of P.1")
    before = panel(process("P", READY, "writes"), process("P.1", READY, "ends"))

    assert not point.is_reached(before, before)
    zombie = panel(process("P.1", ZOMBIE, "ended with status 0"), statuses={"P.1": 0})
    assert point.is_reached(before, zombie)


def test_an_operation_is_reached_when_it_is_next():
    before = panel(process("P", READY, "writes x"))

    assert parse_breakpoint("P reads").is_reached(
        before, panel(process("P", BLOCKED, "reads 1 byte"))
    )
    assert parse_breakpoint("somebody reads").is_reached(
        before, panel(process("P.4", READY, "reads"))
    )
    assert not parse_breakpoint("P.1 reads").is_reached(
        before, panel(process("P", READY, "reads 1 byte"))
    )


def test_any_process_is_blocked_means_one_that_was_not():
    before = panel(process("P", BLOCKED, "waits"), process("P.1", READY, "reads"))
    after = panel(process("P", BLOCKED, "waits"), process("P.1", BLOCKED, "reads"))

    assert not parse_breakpoint("somebody is blocked").is_reached(before, before)
    assert parse_breakpoint("somebody is blocked").is_reached(before, after)


def test_output_choice_and_steps():
    before = panel(process("P", READY, "writes"), number=3)

    assert parse_breakpoint("output").is_reached(before, panel(output=b"x"))
    assert not parse_breakpoint("output").is_reached(before, panel())
    two = panel(process("P", READY, "writes"), process("P.1", READY, "writes"), number=5)
    assert parse_breakpoint("choice").is_reached(before, two)
    assert not parse_breakpoint("choice").is_reached(before, before)
    assert parse_breakpoint("2 steps").is_reached(before, two)
    assert not parse_breakpoint("3 steps").is_reached(before, two)
