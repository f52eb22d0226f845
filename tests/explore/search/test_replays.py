"""A schedule is a witness: following it leads to the same ending, every time, on any machine load.

SIMPSH_ROUNDS is the number of replays; a third as many are made with both processors busy.
"""

from __future__ import annotations

import os
import subprocess
import sys
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


@pytest.fixture
def two_busy_loops():
    loops = [subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"]) for _ in range(2)]
    yield
    for loop in loops:
        loop.kill()
        loop.wait()


def replayed(knowledge, schedule):
    with ControlledRun(knowledge) as held_run:
        for choice in schedule:
            held_run.step(choice)
        assert not held_run.enabled()
        return ending_of(held_run)


def rounds(found, count):
    """Replay random witnesses of the programs; return how many led elsewhere."""
    random = Random(1)
    deviations = 0
    for program, result in found:
        with Knowledge(program) as knowledge:
            done = 0
            while done < -(-count // len(found)):
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
    return deviations


@pytest.mark.slow
@pytest.mark.timeout(60 + ROUNDS)
def test_a_replayed_witness_never_deviates(found):
    assert rounds(found, ROUNDS) == 0


@pytest.mark.slow
@pytest.mark.timeout(60 + ROUNDS)
def test_nor_with_both_processors_busy(found, two_busy_loops):
    assert rounds(found, max(1, ROUNDS // 3)) == 0
