"""Lines of tasks are judged over every order; a sleep, a loop or luck does not suffice."""

from __future__ import annotations

import os
import signal

import pytest

from simpsh.base.events import Exit, Reap, Write
from simpsh.course import (
    Explore,
    all_of,
    anyone,
    before,
    count,
    everyone_called,
    file,
    hangs,
    happens,
    none_of,
    output,
    processes,
    unordered,
)
from simpsh.course.claims.demonstration import function_source
from simpsh.course.claims.expectation import Unknown
from simpsh.course.claims.observation import SeenOutcome, StuckOutput
from simpsh.course.run import line_orders
from simpsh.course.run.line_orders import judged, perform_line
from tests.course import demonstrations as demo
from tests.course.demonstrations import perform

pytestmark = pytest.mark.needs("ptrace")

shell, sleep, sleep_2, echo, echo_2 = processes("shell", "sleep", "sleep 2", "echo", "echo 2")
A_THEN_B = all_of(before(anyone.writes("a\n"), anyone.writes("b\n")), output == "a\nb\n")
BOTH_FIRST = before(everyone_called("sleep").ends, anyone.writes("done\n"))


def verdict(expect, line):
    return judged(expect, line, perform_line(line))


@pytest.mark.parametrize(
    ("expect", "line"),
    [
        (A_THEN_B, "sh -c 'echo a' & wait; sh -c 'echo b'"),
        (A_THEN_B, "sh -c 'echo a' | cat; sh -c 'echo b'"),
        # A FIFO orders the processes although the record has no chain of causes.
        (A_THEN_B, "mkfifo p; sh -c 'echo a; echo >p' & read x <p; sh -c 'echo b'"),
        (BOTH_FIRST, "sleep 0 & sleep 0 & wait; echo done"),
        # The first sleep may have been collected before the second one was born.
        (unordered(sleep.ends, sleep_2.is_born), "sleep 0 & sleep 0 & wait"),
        (file("f").contains("b\n"), "echo aa >>f & echo b >>f; wait"),
    ],
)
def test_a_line_that_is_right_in_every_order_is_accepted(expect, line):
    assert verdict(expect, line).holds, verdict(expect, line).because


@pytest.mark.parametrize(
    ("expect", "line"),
    [
        (A_THEN_B, "sh -c 'echo a' & sleep 0.2; sh -c 'echo b'"),
        (A_THEN_B, "sh -c 'echo a' & for i in $(seq 200); do :; done; sh -c 'echo b'"),
        (A_THEN_B, "sh -c 'echo a' & ls >/dev/null; sh -c 'echo b'"),
        (A_THEN_B, "taskset -c 0 sh -c 'echo a & sleep 0.1; echo b'"),
        (A_THEN_B, "sh -c 'echo a' & sh -c 'echo b'"),
        (BOTH_FIRST, "sleep 0 & sleep 0 & wait %1; echo done"),
        (BOTH_FIRST, "sleep 0 & sleep 0 & wait %2; echo done"),
        (unordered(sleep.ends, sleep_2.is_born), "sleep 0; sleep 0"),
        (file("f").contains("aa\n"), "echo aa >f & echo b >f; wait"),
        (count(anyone.writes("b")) == 1, "(sleep 0.1; kill $$) & sleep 0.3; echo b"),
        (none_of(hangs), "mkfifo f; cat <f & sleep 0.1; cat f & sleep 0.1; echo hi >f; wait"),
    ],
)
def test_a_line_that_is_right_in_one_order_only_is_refused(expect, line):
    assert not verdict(expect, line).holds


def test_the_order_that_breaks_a_line_is_named_and_stored():
    refused = verdict(A_THEN_B, "sh -c 'echo a' & sleep 0.1; sh -c 'echo b'")
    words = "In another order, `sleep` ends, then `sh 2` writes “b”, then `sh` writes “a”."
    assert refused.order == words
    assert refused.breaking.output == "b\na\n"


def test_a_line_with_one_order_is_tried_once():
    assert not verdict(output == "a\nb\n", "echo a; echo b").scope


def test_unexplored_parts_are_reported():
    of_record = verdict(happens(anyone.execs("cat")), "true | cat").scope
    assert of_record.startswith("Not every order could be tried here; this is so in the ")
    assert verdict(output == "b\n", "true & echo b; wait").scope == "This is so in every order."


def test_a_slow_machine_tries_fewer_orders_and_reports_it(monkeypatch):
    seconds = iter(range(0, 1000, 6))
    monkeypatch.setattr(line_orders, "_processor_seconds", lambda: next(seconds))
    scope = verdict(output == "b\n", "true & echo b; wait").scope
    assert scope == "Not every order could be tried here; this is so in the 4 that were."


def test_one_order_shows_only_its_output_its_files_and_a_hang():
    outcome = SeenOutcome("a\n", {"f": "x"})
    assert all_of(output == "a\n", file("f") == "x").judge(outcome).holds
    assert not all_of(happens(echo.ends), output == "b\n").judge(outcome).holds
    assert not none_of(hangs).judge(SeenOutcome("", hangs=True)).holds
    with pytest.raises(Unknown):
        all_of(happens(echo.ends), output == "a\n").judge(outcome)


# Every order that the kernel may choose, and the orders that this machine chooses.


NATIVE = int(os.environ.get("SIMPSH_ROUNDS", "0")) or 20


@pytest.mark.slow
def test_a_race_has_two_outputs_and_an_order_for_each():
    found = perform(Explore(demo.race, id="x", native=NATIVE))
    assert set(found.possible) == {"child parent ", "parent child "}
    assert found.is_complete
    assert found.names == ("parent", "child")
    for printed, steps in found.possible.items():
        assert (steps[0].process, steps[0].words) == ("parent", "forks child")
        whats = [step.event for step in steps if step.event is not None]
        assert "".join(what.text for what in whats if isinstance(what, Write)) == printed
        assert [type(what) for what in whats if isinstance(what, Exit | Reap)] == [Exit, Reap, Exit]
    # The outcomes of free runs are counted.
    assert sum(found.seen.values()) == found.native == NATIVE
    assert set(found.seen) <= set(found.possible)


@pytest.mark.slow
def test_a_process_that_can_never_continue_is_part_of_the_outcome():
    found = perform(Explore(demo.nobody_writes, id="x", native=2))
    assert set(found.possible) == {StuckOutput("x")}
    assert set(found.seen) == {StuckOutput("x")}
    assert found.names == ("parent", "child")


@pytest.mark.slow
def test_the_result_of_a_search_is_cached_until_it_is_cleared():
    step = Explore(demo.race, id="x", native=1)
    found = perform(step)
    assert perform(step) is perform(Explore(demo.race, id="another", native=1)) is found
    line_orders.forget()
    # Knowledge of the interpreter from the first search changes nothing.
    again = perform(step)
    assert again is not found
    assert (again.possible, again.flags, again.is_complete) == (found.possible, (), True)


def test_a_demonstration_may_use_constants_and_functions_of_its_lesson_file():
    found = perform(Explore(demo.uses_its_lesson_file, id="x", native=2))
    assert set(found.possible) == {"az"}
    assert found.is_complete
    assert set(found.seen) == {"az"}


seen: list[int] = []


def says(*_):
    os.write(1, b"told ")


def notes(number, _frame):
    seen.append(number)


def demonstration():
    signal.signal(signal.SIGUSR1, says)


def with_a_handler_inside():
    came = []
    signal.signal(signal.SIGUSR1, lambda *_: came.append(1))


def with_a_list():
    signal.signal(signal.SIGUSR1, notes)


def test_a_handler_that_uses_no_variable_is_distinguished_from_one_that_does():
    functions = (demonstration, with_a_handler_inside, with_a_list)
    texts = [line_orders.python_text(one, function_source(one)) for one in functions]
    verdicts = [line_orders.handlers_use_nothing(text) for text in texts]
    assert verdicts == [True, False, False]
