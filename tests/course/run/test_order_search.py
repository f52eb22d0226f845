"""Every order that the kernel may choose, and the orders that this machine chooses."""

import os

import pytest

from simpsh.course.claims.observation import StuckOutput
from simpsh.course.run import order_search
from simpsh.course.run.search_progress import reporting_to
from tests.course import demonstrations as demo
from tests.course.demonstrations import perform
from tests.course.records import Explore, Shell

pytestmark = [pytest.mark.needs("ptrace"), pytest.mark.long("each test searches every order")]

NATIVE = int(os.environ.get("SIMPSH_ROUNDS", "0")) or 20


@pytest.mark.usual
def test_a_race_has_two_outputs_and_an_order_for_each():
    found = perform(Explore(demo.race, id="x", native=NATIVE))
    assert set(found.possible) == {"child parent ", "parent child "}
    assert found.is_complete
    for text, who in found.possible.items():
        # The process that writes first acts first.
        assert (who[0], {*who}) == (text.split()[0], {"parent", "child"})
    # The outcomes of free runs are counted.
    assert sum(found.seen.values()) == found.native == NATIVE
    assert set(found.seen) <= set(found.possible)


@pytest.mark.usual
def test_a_process_that_can_never_continue_is_part_of_the_outcome():
    found = perform(Explore(demo.nobody_writes, id="x", native=2))
    assert set(found.possible) == {StuckOutput("x")}
    assert set(found.seen) == {StuckOutput("x")}


def test_the_result_of_a_search_is_cached_until_it_is_cleared():
    step = Explore(demo.race, id="x", native=1)
    found = perform(step)
    assert perform(step) is perform(Explore(demo.race, id="another", native=1)) is found
    order_search.forget()
    # Knowledge of the interpreter from the first search changes nothing.
    again = perform(step)
    assert again is not found
    assert (again.possible, again.flags, again.is_complete) == (found.possible, (), True)


def test_a_search_reports_its_phases_and_each_run(capfd):
    step = Explore(Shell("echo a"), id="progress")
    with reporting_to(lambda words: os.write(2, f"{words};".encode())):
        order_search.search(step, 2)
    seen = capfd.readouterr().err.split(";")
    assert seen[0] == "the first run"
    # Runs that confirm an order, or try another time of day, are counted, too.
    runs = [words for words in seen if words.endswith(" in chosen orders")]
    assert len({*runs}) > 1
    assert seen[-3:] == ["1 of 2 free runs", "2 of 2 free runs", ""]
