"""The outcomes if computing takes no time, and the outcomes of every order."""

from __future__ import annotations

import pytest

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.flags import READS_CLOCK
from simpsh.explore.search.exploration import ExplorationLimits, explore

LIMITS = ExplorationLimits(budget_seconds=60, natives=0)
TIMED = {
    "three_sleepers": {"pabe"},
    "times_of_ends": {"2b 3c 3w 6a 6e "},
    "two_at_once": {"cp", "pc"},
    "polls_while_child_sleeps": {"6", "7"},
    "killed_after_a_while": {"ttk"},
    "alarm_before_the_child": {"1A3e"},
    "limited_wait": {"-s"},
    "until_a_time": {"pc"},
}
"""The outputs of the programs in tests/explore/timed_programs if computing takes no time."""


@pytest.mark.parametrize("name", TIMED)
def test_sleeps_and_alarms_order_processes_if_computing_takes_no_time(name, compiled, tmp_path):
    program = program_of((compiled(f"timed_programs/{name}.c"),), directory=str(tmp_path))
    result = explore(program, LIMITS)
    assert {outcome.text for outcome in result.outcomes if outcome.is_timed} == TIMED[name]
    assert result.has_all_timed
    if name != "two_at_once":
        assert any(not outcome.is_timed for outcome in result.outcomes)
    is_named = any(flag == READS_CLOCK for flag, _ in result.flags)
    assert is_named == (name in ("times_of_ends", "until_a_time"))


def test_a_program_that_never_waits_for_a_time_has_one_answer(compiled, tmp_path):
    program = program_of((compiled("programs/fork_fork.c"),), directory=str(tmp_path))
    result = explore(program, LIMITS)
    assert not any(outcome.is_timed for outcome in result.outcomes)
    assert not result.has_all_timed
