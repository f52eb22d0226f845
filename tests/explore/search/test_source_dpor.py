"""Source-DPOR finds what every order finds, with fewer runs: on a small kernel and for real."""

from __future__ import annotations

import math
import os
import sys
import time

import pytest

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.program_knowledge import Knowledge, Restart
from simpsh.explore.operations.visible_operations import (
    Exit,
    GetParent,
    Kill,
    Read,
    SignalAction,
    Wait,
    Write,
)
from simpsh.explore.search.source_dpor import ControlledSteppedRun, explore_real, source_dpor
from simpsh.explore.search.step_dependency import StepEvent, depends
from tests.explore.oracle.generating import programs
from tests.explore.oracle.letters import STUCK, Program
from tests.explore.oracle.letters_run import LettersRun, place
from tests.explore.oracle.unreduced import every_order

COUNT = int(os.environ.get("SIMPSH_FUZZ", "40"))
SEED = int(os.environ.get("SIMPSH_SEED", "1"))


@pytest.fixture(autouse=True)
def deep_recursion():
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    yield
    sys.setrecursionlimit(before)


def by_dpor(program, most_runs=200):
    beginning = place(program, program.beginning())
    return source_dpor(lambda: LettersRun(program, beginning), time.monotonic() + 60, most_runs)


def printed(endings):
    return {one.output + (STUCK if one.deadlock else b"") for one in endings}


@pytest.mark.slow
def test_random_programs_on_the_small_kernel():
    unfinished = 0
    for text in programs(SEED, COUNT):
        program = Program(text)
        found, outputs = by_dpor(program), program.outputs()
        assert printed(found.endings) <= outputs, text
        if found.is_complete:
            assert printed(found.endings) == outputs, text
        else:
            assert found.why_not == "the budget was used up", text
            unfinished += 1
    assert unfinished <= COUNT // 4


# Each of these races follows no pair of steps that are next to each other in some run.
@pytest.mark.parametrize(
    ("text", "race"),
    [
        ("(a)(b)ww", "either end may let the wait go on"),
        ("(<)(<)>", "a read never made, because another took the byte"),
        ("(lau)(lbu)W", "lock, unlock, lock"),
        ("(a)Gbe", "a handler set after the end that it is for"),
        ("((a)w)G", "a parent dead before its child"),
        ("(s)In", "SIGCHLD ignored after the end"),
    ],
    ids=lambda value: value if " " in value else "",
)
def test_races_that_are_easily_missed(text, race):
    program = Program(text)
    found = by_dpor(program)
    assert found.is_complete, race
    assert printed(found.endings) == program.outputs(), race


@pytest.mark.parametrize(("children", "runs"), [(1, 1), (2, 4), (3, 36)])
def test_one_run_for_each_class_of_orders(children, runs):
    # n! orders of printing, n! of being collected.
    text = "".join(f"({letter})" for letter in "abe"[:children]) + "W" * children
    assert by_dpor(Program(text)).runs == runs == math.factorial(children) ** 2


def test_every_order_is_really_every_order():
    assert every_order(lambda: LettersRun(Program("ab"))).runs == 1
    found = every_order(lambda: LettersRun(Program("(a)b")))
    assert found.is_complete
    # After the fork each has four steps: the letter, exit, its descriptors, its parent.
    assert found.runs == 70 == math.comb(8, 4)
    assert printed(found.endings) == {b"ab", b"ba"}


def test_a_budget_is_kept_and_said():
    found = source_dpor(
        lambda: LettersRun(Program("(a)(b)(e)WWW")), time.monotonic() + 60, most_runs=5
    )
    assert (found.is_complete, found.why_not, found.runs) == (False, "the budget was used up", 5)


def test_the_dependency_table():
    child, parent = "P.1", "P"

    def event(process, operation, result=None, **more):
        return StepEvent(process, process, operation, result, **more)

    def meet(one, other):
        assert depends(one, other) == depends(other, one)
        return depends(one, other)

    end = event(child, Exit(0))
    assert not meet(event("P", Write("out", b"x")), event(child, Write("out", b"x")))
    assert meet(event("P", Write("out", b"x")), event(child, Write("out", b"y")))
    assert meet(event("P", Write("P|1", b"x")), event(child, Read("P|1", 1), b"x"))
    assert not meet(event("P", Write("P|1", b"x")), event(child, Read("P|2", 1), b"x"))
    closing = event(child, Exit(0), given_up=frozenset({("P|1", "w")}))
    assert meet(closing, event("P.2", Read("P|1", 1), b""))
    assert not meet(closing, event("P.2", Read("P|1", 1), b"x"))
    assert meet(end, event(parent, Wait("any"), (child, 0)))
    assert meet(end, event(parent, Wait("any"), ("P.2", 0)))
    assert not meet(event("P.2", Exit(0)), event(parent, Wait("any"), (child, 0)))
    assert meet(end, event(parent, Wait("any", 1), 0))
    assert not meet(end, event(parent, Wait("P.2"), ("P.2", 0)))
    assert meet(end, event("P.1.1", GetParent(), child))
    assert meet(end, event("P.1.1", Exit(0)))
    assert meet(end, event(parent, SignalAction(17, "ignore")))
    assert not meet(end, event(parent, SignalAction(10, "ignore")))
    assert meet(event("P", Kill(child, 9)), event(child, Write("out", b"")))
    assert not meet(event("P", Kill(child, 9)), event("P.2", Write("out", b"")))


# -- the real program ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "arguments", "most_runs"),
    [
        ("child_parent_end", (), 2),
        ("children", ("3",), 36),
        ("fork_fork", (), 108),
        ("two_readers", (), 36),
        ("one_writer", (), 3),
        ("forgotten_write_end", (), 1),
        ("usr1_against_signal", (), 20),
        ("lost_wakeup", (), 10),
    ],
)
def test_the_real_program_by_dpor(source, arguments, most_runs, compiled, tmp_path):
    from tests.explore.oracle.known import FAMILIES, PIPES, SIGNALS

    known = next(
        one
        for one in (*FAMILIES, *PIPES, *SIGNALS)
        if (one.program, one.arguments) == (f"{source}.c", arguments)
    )
    words = (compiled(f"programs/{source}.c"), *arguments)
    with Knowledge(program_of(words, directory=str(tmp_path))) as knowledge:
        found = explore_real(knowledge, time.monotonic() + 30)
    assert found.is_complete
    assert {text.decode() for text in printed(found.endings)} == known.outputs
    assert found.runs <= most_runs


@pytest.mark.parametrize("source", ["child_parent_end", "one_writer", "usr1_against_signal"])
def test_the_real_program_by_every_order(source, compiled, tmp_path):
    program = program_of((compiled(f"programs/{source}.c"),), directory=str(tmp_path))
    with Knowledge(program) as knowledge:
        reduced = explore_real(knowledge, time.monotonic() + 30)
        while True:
            try:
                every = every_order(lambda: ControlledSteppedRun(knowledge))
            except Restart:
                continue
            break
    assert every.is_complete
    assert every.endings == set(reduced.endings)
