"""The outcomes if computing takes no time, and the outcomes of every order."""

import sys

import pytest

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.flags import HANGS_ON
from simpsh.explore.search import exploration
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.search.exploration_verdict import REFUTED
from simpsh.explore.search.native_runs import Native

pytestmark = pytest.mark.long("each test explores a program that sleeps")

LIMITS = ExplorationLimits(budget_seconds=60, natives=0)
TIMED = {
    "three_sleepers": {"pabe"},
    "two_at_once": {"cp", "pc"},
    "polls_while_child_sleeps": {"6", "7"},
    "killed_after_a_while": {"ttk"},
    "alarm_before_the_child": {"1A3e"},
}
"""The outputs of the programs in tests/explore/timed_programs if computing takes no time."""


@pytest.mark.usual("three_sleepers")
@pytest.mark.parametrize("name", TIMED)
def test_sleeps_and_alarms_order_processes_if_computing_takes_no_time(name, compiled, tmp_path):
    program = program_of((compiled(f"timed_programs/{name}.c"),), directory=str(tmp_path))
    result = explore(program, LIMITS)
    assert {outcome.text for outcome in result.outcomes if outcome.is_timed} == TIMED[name]
    assert result.has_all_timed
    if name != "two_at_once":
        assert any(not outcome.is_timed for outcome in result.outcomes)


@pytest.mark.usual
def test_a_program_that_never_waits_for_a_time_has_one_answer(compiled, tmp_path):
    program = program_of((compiled("programs/fork_fork.c"),), directory=str(tmp_path))
    result = explore(program, LIMITS)
    assert not any(outcome.is_timed for outcome in result.outcomes)
    assert not result.has_all_timed


@pytest.mark.usual("date & wait")
@pytest.mark.parametrize("line", ["date & wait", "date > at; cat at"])
def test_a_program_that_prints_the_time_depends_on_it(line, tmp_path):
    result = explore(program_of(("sh", "-c", line), directory=str(tmp_path)), LIMITS)
    assert [*result.flags] == [HANGS_ON.of("the time of day")]


@pytest.mark.parametrize(
    "words",
    [
        ("perl", "-e", "print $^T % 10 < 5"),
        ("bash", "-c", "printf -v begin '%(%s)T' -2; echo $((begin % 10 < 5))"),
    ],
)
def test_the_time_that_an_interpreter_keeps_of_its_start_is_tried(words, tmp_path):
    result = explore(program_of(words, directory=str(tmp_path)), LIMITS)
    assert [*result.flags] == [HANGS_ON.of("the time of day")]


def test_a_program_is_tried_at_several_times_of_day(compiled, tmp_path, monkeypatch):
    # At two of the other times the program makes the same decision as at the first.
    monkeypatch.setattr("time.time", lambda: 90061.0 * 4 * 5000)
    program = program_of((compiled("flagged_programs/one_day_of_four.c"),), directory=str(tmp_path))
    result = explore(program, LIMITS)
    assert [flag.words for flag in result.flags] == [HANGS_ON.of("the time of day").words]


def test_an_output_to_which_no_order_leads_is_a_reason(tmp_path, monkeypatch):
    monkeypatch.setattr(exploration, "native_runs", lambda *_, **__: (Native(b"c", 0),))
    program = program_of(("dash", "-c", "echo a & echo b; wait"), directory=str(tmp_path))
    result = explore(program, ExplorationLimits(budget_seconds=60))
    assert result.reasons == (f"a free run printed “c”, {REFUTED}",)


def test_the_order_of_a_set_depends_on_random_numbers_of_its_interpreter(tmp_path):
    text = "print({'a', 'b', 'c', 'd', 'e'})"
    program = program_of((sys.executable, "-S", "-c", text), directory=str(tmp_path))
    [reason] = explore(program, ExplorationLimits(budget_seconds=60)).reasons
    assert HANGS_ON.of("random numbers").words in reason
    assert "in sorted order" in reason
