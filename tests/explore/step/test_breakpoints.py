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
        ("exit of P1", Breakpoint("exit", "P1")),
        ("the end of P0", Breakpoint("exit", "P0")),
        ("until P1.2 exits", Breakpoint("exit", "P1.2")),
        ("P1 ends", Breakpoint("exit", "P1")),
        ("P1 reads", Breakpoint("verb", "P1", "reads")),
        ("P1  read", Breakpoint("verb", "P1", "reads")),
        ("P0 execs", Breakpoint("verb", "P0", "executes")),
        ("somebody waits", Breakpoint("verb", "", "waits")),
        ("anybody writes", Breakpoint("verb", "", "writes")),
        ("P1 is blocked", Breakpoint("blocked", "P1")),
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


@pytest.mark.parametrize("text", ["", "P1 sings", "exit of Q", "0 steps", "tomorrow"])
def test_what_is_no_point_is_refused_with_examples(text):
    with pytest.raises(UsageProblem, match=r"no such point; say one of: exit of P1"):
        parse_breakpoint(text)


def test_an_exit_is_reached_by_zombies_and_by_those_who_are_no_more():
    point = parse_breakpoint("exit of P1")
    before = panel(process("P0", READY, "writes"), process("P1", READY, "ends"))

    assert not point.is_reached(before, before)
    zombie = panel(process("P1", ZOMBIE, "ended with status 0"), statuses={"P1": 0})
    assert point.is_reached(before, zombie)


def test_an_operation_is_reached_when_it_is_next():
    before = panel(process("P0", READY, "writes x"))

    assert parse_breakpoint("P0 reads").is_reached(
        before, panel(process("P0", BLOCKED, "reads 1 byte"))
    )
    assert parse_breakpoint("somebody reads").is_reached(
        before, panel(process("P4", READY, "reads"))
    )
    assert not parse_breakpoint("P1 reads").is_reached(
        before, panel(process("P0", READY, "reads 1 byte"))
    )


def test_any_process_is_blocked_means_one_that_was_not():
    before = panel(process("P0", BLOCKED, "waits"), process("P1", READY, "reads"))
    after = panel(process("P0", BLOCKED, "waits"), process("P1", BLOCKED, "reads"))

    assert not parse_breakpoint("somebody is blocked").is_reached(before, before)
    assert parse_breakpoint("somebody is blocked").is_reached(before, after)


def test_output_choice_and_steps():
    before = panel(process("P0", READY, "writes"), number=3)

    assert parse_breakpoint("output").is_reached(before, panel(output=b"x"))
    assert not parse_breakpoint("output").is_reached(before, panel())
    two = panel(process("P0", READY, "writes"), process("P1", READY, "writes"), number=5)
    assert parse_breakpoint("choice").is_reached(before, two)
    assert not parse_breakpoint("choice").is_reached(before, before)
    assert parse_breakpoint("2 steps").is_reached(before, two)
    assert not parse_breakpoint("3 steps").is_reached(before, two)
