"""Every order the kernel may choose, beside what this machine does by itself."""

from __future__ import annotations

import os

from simpsh.course import Compare, Edit, Explore, insert, move
from simpsh.course.observation import STUCK
from simpsh.course.performing import perform
from tests.course import demonstrations as demo

NATIVE = int(os.environ.get("SIMPSH_ROUNDS", "0")) or 20
WAIT_FIRST = move("os.waitpid(child, 0)", above='os.write(1, b"parent ")')
SLEEP_FIRST = insert("time.sleep(0.01)", above='os.write(1, b"parent ")')


def test_a_race_has_two_outputs_and_a_way_to_each():
    found = perform(Explore(demo.race, id="x", native=NATIVE))
    assert set(found.possible) == {"child parent ", "parent child "}
    assert found.is_complete
    assert found.names == ("parent", "child")
    for output, way in found.possible.items():
        assert way.steps[0] == ("parent", "forks child", "")
        assert "".join(text for _, _, text in way.steps) == output


def test_plain_runs_are_counted_and_come_out_as_they_may():
    found = perform(Explore(demo.race, id="x", native=NATIVE))
    assert sum(found.seen.values()) == found.native == NATIVE
    assert set(found.seen) <= set(found.possible)


def test_wait_takes_an_output_away_and_a_sleep_does_not():
    base = Explore(demo.race, id="x", native=3)
    rows = Compare(
        base,
        id="y",
        variants={"wait": WAIT_FIRST, "sleep": SLEEP_FIRST, "nothing": Edit()},
        columns={},
    )
    found = perform(rows)
    assert set(found["wait"].possible) == {"child parent "}
    assert set(found["sleep"].possible) == {"child parent ", "parent child "}
    assert set(found["nothing"].possible) == {"child parent ", "parent child "}
    assert set(found["wait"].seen) == {"child parent "}


def test_that_somebody_can_never_go_on_is_part_of_what_comes_of_it():
    found = perform(Explore(demo.nobody_writes, id="x", native=2))
    assert set(found.possible) == {"x" + STUCK}
    assert set(found.seen) == {"x" + STUCK}
    assert found.names == ("parent", "child")


def test_the_same_search_is_made_once():
    step = Explore(demo.race, id="x", native=4)
    assert perform(step) is perform(Explore(demo.race, id="another", native=4))


def test_a_demonstration_may_use_constants_and_functions_of_its_lesson_file():
    found = perform(Explore(demo.uses_its_lesson_file, id="x", native=2))
    assert set(found.possible) == {"az"}
    assert found.is_complete
    assert set(found.seen) == {"az"}
