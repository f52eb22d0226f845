"""A schedule is a witness: following it leads to the same ending, every time.

SIMPSH_ROUNDS is the number of replays.
"""

from __future__ import annotations

import os
from random import Random

import pytest

from simpsh.explore.control.controlled_run import ControlledRun
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.program_knowledge import Knowledge, Restart
from simpsh.explore.search.exploration import ExplorationLimits, explore, statuses_of
from simpsh.explore.search.outcome_automaton import ending_of
from simpsh.explore.step.run_replay import watched
from tests.explore.oracle.known import FAMILIES, FILES, PIPES, SIGNALS

ROUNDS = int(os.environ.get("SIMPSH_ROUNDS", "60"))
NAMES = (
    *("child_parent_end.c", "fork_fork.c", "two_readers.c", "reader_leaves.c"),
    *("forgotten_write_end.c", "usr1_against_signal.c", "kill_9_two_writes.c"),
    *("sigchld_handler.c", "lost_wakeup.c", "counter_unlocked.c", "lock_file.c", "exec_echo.c"),
)


@pytest.fixture(scope="module")
def found(compiled, tmp_path_factory):
    """Programs, each with all its outcomes."""
    directory = tmp_path_factory.mktemp("empty")
    results = []
    for known in (*FAMILIES, *PIPES, *SIGNALS, *FILES):
        if known.program in NAMES:
            words = (compiled(f"programs/{known.program}"),)
            program = program_of(words, directory=str(directory))
            results.append(
                (program, explore(program, ExplorationLimits(budget_seconds=30, natives=0)))
            )
    assert all(result.is_complete for _, result in results)
    return results


@pytest.mark.parametrize("name", ["two_flags", "handler_amid_counting", "handler_ends_spinning"])
def test_a_handler_amid_own_code_is_replayed_by_who_knows_nothing_yet(name, compiled, tmp_path):
    program = program_of((compiled(f"programs/{name}.c"),), directory=str(tmp_path))
    result = explore(program, ExplorationLimits(budget_seconds=60, natives=0))
    assert result.is_complete
    for outcome in result.outcomes:
        with Knowledge(program) as knowledge:
            assert watched(knowledge, outcome.witness)[-1].panel.output == outcome.output


def replayed(knowledge, schedule):
    with ControlledRun(knowledge) as held_run:
        for choice in schedule:
            held_run.step(choice)
        assert not held_run.enabled()
        return ending_of(held_run)


@pytest.mark.slow
@pytest.mark.timeout(60 + ROUNDS)
def test_a_replayed_witness_never_deviates(found):
    random = Random(1)
    deviations = 0
    for program, result in found:
        with Knowledge(program) as knowledge:
            done = 0
            while done < -(-ROUNDS // len(found)):
                outcome = random.choice(result.outcomes)
                try:
                    ending = replayed(knowledge, outcome.witness)
                except Restart:
                    continue
                except ValueError:
                    # Too little of the program is visible yet: simpsh finds that out by itself.
                    watched(knowledge, outcome.witness)
                    ending = replayed(knowledge, outcome.witness)
                done += 1
                now = ending.output, statuses_of(ending), ending.files, ending.deadlock
                then = outcome.output, outcome.statuses, outcome.files, outcome.deadlock
                deviations += now != then
    assert deviations == 0
