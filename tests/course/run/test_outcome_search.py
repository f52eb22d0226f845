"""Every order that the kernel may choose, and the orders that this machine chooses."""

from __future__ import annotations

import os
import signal

import pytest

from simpsh.course import Explore
from simpsh.course.claims.demonstration import function_source
from simpsh.course.claims.observation import STUCK
from simpsh.course.run import line_orders
from tests.course import demonstrations as demo
from tests.course.demonstrations import perform

NATIVE = int(os.environ.get("SIMPSH_ROUNDS", "0")) or 20


@pytest.mark.slow
def test_a_race_has_two_outputs_and_a_way_to_each():
    found = perform(Explore(demo.race, id="x", native=NATIVE))
    assert set(found.possible) == {"child parent ", "parent child "}
    assert found.is_complete
    assert found.names == ("parent", "child")
    for output, way in found.possible.items():
        assert way[0] == ("parent", "forks child", "")
        assert "".join(text for _, _, text in way) == output
    # Free runs are counted, and come out as they may.
    assert sum(found.seen.values()) == found.native == NATIVE
    assert set(found.seen) <= set(found.possible)


@pytest.mark.slow
def test_a_process_that_can_never_continue_is_part_of_the_outcome():
    found = perform(Explore(demo.nobody_writes, id="x", native=2))
    assert set(found.possible) == {"x" + STUCK}
    assert set(found.seen) == {"x" + STUCK}
    assert found.names == ("parent", "child")


@pytest.mark.slow
def test_a_search_is_made_once_until_the_results_are_forgotten():
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
    told = [line_orders.handlers_use_nothing(one, function_source(one)) for one in functions]
    assert told == [True, False, False]
