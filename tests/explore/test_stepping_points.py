"""Points to run to: how they are said, and when they are reached."""

from __future__ import annotations

import pytest

from simpsh.errors import UsageProblem
from simpsh.explore.panel import BLOCKED, READY, ZOMBIE, Panel, ProcessLine
from simpsh.explore.points import Point, parse


def process(name, state, words):
    choices = (name,) if state == READY else ()
    return ProcessLine(name, name.rpartition(".")[0], state, None, words, "", choices)


def panel(*lines, number=0, output=b"", statuses=None):
    return Panel(number, tuple(lines), (), (), output, statuses or {})


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("exit of P.1", Point("exit", "P.1")),
        ("the end of P", Point("exit", "P")),
        ("until P.1.2 exits", Point("exit", "P.1.2")),
        ("P.1 ends", Point("exit", "P.1")),
        ("P.1 reads", Point("verb", "P.1", "reads")),
        ("P.1  read", Point("verb", "P.1", "reads")),
        ("P execs", Point("verb", "P", "executes")),
        ("somebody waits", Point("verb", "", "waits")),
        ("anybody writes", Point("verb", "", "writes")),
        ("P.1 is blocked", Point("blocked", "P.1")),
        ("somebody is blocked", Point("blocked")),
        ("output", Point("output")),
        ("choice", Point("choice")),
        ("12", Point("steps", "", "", 12)),
        ("1 step", Point("steps", "", "", 1)),
        ("end", Point("end")),
    ],
)
def test_a_point_is_said_in_plain_words(text, point):
    assert parse(text) == point


@pytest.mark.parametrize("text", ["", "P.1 sings", "exit of Q", "0 steps", "tomorrow"])
def test_what_is_no_point_is_refused_with_examples(text):
    with pytest.raises(UsageProblem, match=r"no such point; say one of: exit of P\.1"):
        parse(text)


def test_an_exit_is_reached_by_zombies_and_by_those_who_are_no_more():
    point = parse("exit of P.1")
    before = panel(process("P", READY, "writes"), process("P.1", READY, "ends"))

    assert not point.is_reached(before, before)
    zombie = panel(process("P.1", ZOMBIE, "ended with status 0"), statuses={"P.1": 0})
    assert point.is_reached(before, zombie)


def test_an_operation_is_reached_when_it_is_next():
    before = panel(process("P", READY, "writes x"))

    assert parse("P reads").is_reached(before, panel(process("P", BLOCKED, "reads 1 byte")))
    assert parse("somebody reads").is_reached(before, panel(process("P.4", READY, "reads")))
    assert not parse("P.1 reads").is_reached(before, panel(process("P", READY, "reads 1 byte")))


def test_somebody_is_blocked_means_somebody_who_was_not():
    before = panel(process("P", BLOCKED, "waits"), process("P.1", READY, "reads"))
    after = panel(process("P", BLOCKED, "waits"), process("P.1", BLOCKED, "reads"))

    assert not parse("somebody is blocked").is_reached(before, before)
    assert parse("somebody is blocked").is_reached(before, after)


def test_output_choice_and_steps():
    before = panel(process("P", READY, "writes"), number=3)

    assert parse("output").is_reached(before, panel(output=b"x"))
    assert not parse("output").is_reached(before, panel())
    two = panel(process("P", READY, "writes"), process("P.1", READY, "writes"), number=5)
    assert parse("choice").is_reached(before, two)
    assert not parse("choice").is_reached(before, before)
    assert parse("2 steps").is_reached(before, two)
    assert not parse("3 steps").is_reached(before, two)
