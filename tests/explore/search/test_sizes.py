"""How much work exploring takes, and that too much work is never called complete.

SIMPSH_MEASURE=1 asserts the times, too, which is fair on a quiet machine only.
"""

from __future__ import annotations

import os
import time

import pytest

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.search.exploration import ExplorationLimits, explore
from tests.explore.oracle.derived import all_permutations, dyck_words, two_writers

MEASURES = os.environ.get("SIMPSH_MEASURE") == "1"


@pytest.mark.parametrize(
    ("source", "arguments", "outputs", "most_runs", "seconds"),
    [
        ("fork_fork", (), dyck_words(4), 20, 1.0),
        ("children", ("5",), all_permutations("abcde"), 250, 5.0),
        ("two_writers", (), two_writers(), 90, 2.0),
    ],
    ids=["fork-fork", "five-children", "two-writers"],
)
def test_how_many_runs_it_takes(source, arguments, outputs, most_runs, seconds, compiled, tmp_path):
    program = program_of((compiled(f"programs/{source}.c"), *arguments), directory=str(tmp_path))
    began = time.monotonic()
    result = explore(program, ExplorationLimits(budget_seconds=40, natives=0, replays=1000))
    took = time.monotonic() - began
    assert result.texts == outputs
    assert result.is_complete
    assert result.runs + result.replays <= most_runs
    assert took <= seconds or not MEASURES


@pytest.mark.parametrize("budget", [0.01, 0.3])
def test_sixteen_processes_and_a_small_budget_are_never_complete(budget, compiled, tmp_path):
    program = program_of((compiled("programs/large_tree.c"),), directory=str(tmp_path))
    began = time.monotonic()
    result = explore(program, ExplorationLimits(budget_seconds=budget, natives=3, replays=5))
    assert not result.is_complete
    assert any("budget" in reason for reason in result.reasons)
    assert time.monotonic() - began < 30
