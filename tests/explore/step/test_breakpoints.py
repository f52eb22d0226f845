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


READS, WRITES = process("P0", BLOCKED, "reads 1 byte"), process("P0", READY, "writes x")
OTHER = process("P1", READY, "reads")
ASLEEP = process("P1", BLOCKED, "reads")
ZOMBIES = panel(process("P1", ZOMBIE, "ended with status 0"), statuses={"P1": 0})


@pytest.mark.parametrize(
    ("point", "before", "now", "is_reached"),
    [
        ("exit of P1", panel(WRITES, OTHER), panel(WRITES, OTHER), False),
        ("exit of P1", panel(WRITES, OTHER), ZOMBIES, True),
        ("P0 reads", panel(WRITES), panel(READS), True),
        ("P1 reads", panel(WRITES), panel(READS), False),
        ("somebody reads", panel(WRITES), panel(OTHER), True),
        # One that was not blocked before.
        ("somebody is blocked", panel(READS, OTHER), panel(READS, OTHER), False),
        ("somebody is blocked", panel(READS, OTHER), panel(READS, ASLEEP), True),
        ("output", panel(WRITES), panel(output=b"x"), True),
        ("output", panel(WRITES), panel(), False),
        ("choice", panel(WRITES), panel(WRITES, OTHER), True),
        ("choice", panel(WRITES), panel(WRITES), False),
        ("2 steps", panel(WRITES, number=3), panel(WRITES, number=5), True),
        ("3 steps", panel(WRITES, number=3), panel(WRITES, number=5), False),
    ],
)
def test_when_a_point_is_reached(point, before, now, is_reached):
    assert parse_breakpoint(point).is_reached(before, now) == is_reached
