"""POSIX message queues: free runs have each output of a known set, and no other."""

from __future__ import annotations

import pytest

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.flags import OTHER_LIMITS, SYSTEM_V
from simpsh.explore.search import exploration
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.workplace import private_world
from simpsh.explore.workplace.private_world import in_private_world, why_not_private
from simpsh.kernel import namespaces
from simpsh.process.worker import in_own_process
from tests.explore.oracle.known import QUEUES

ADVERSARIAL = ExplorationLimits(budget_seconds=60, natives=20, attacks=60, native_seconds=30)
FEW = ExplorationLimits(budget_seconds=60, natives=3, attacks=0)
MOST_TRIES = 5
"""A busy machine may show a rare output later."""
AT_ONCE = [known for known in QUEUES if known.program != "queue_with_limit.c"]


@pytest.mark.parametrize("known", AT_ONCE, ids=str)
def test_free_runs_have_each_output_of_the_set(known, compiled, tmp_path):
    if why_not_private():
        pytest.skip(why_not_private())
    program = program_of((compiled(f"programs/{known.program}"),), directory=str(tmp_path))

    def explored():
        """Return the verdict, and the outputs of all free runs, until each was seen."""
        outputs = set()
        free_runs = exploration.native_runs

        def noted(*given):
            runs = free_runs(*given)
            outputs.update(run.output.decode() for run in runs)
            return runs

        exploration.native_runs = noted
        for _ in range(MOST_TRIES):
            found = explore(program, ADVERSARIAL)
            if outputs >= known.outputs:
                break
        return found, outputs

    found, outputs = in_private_world(explored)
    assert (found.reasons, found.texts) == ((), known.outputs)
    assert outputs == known.outputs


def test_without_namespaces_queues_are_named(compiled, tmp_path, monkeypatch):
    monkeypatch.setattr(private_world, "_refusals", ["no namespaces"])
    program = compiled("programs/queue_priorities.c")
    found = explore(program_of((program,), directory=str(tmp_path)), FEW)
    assert [flag for flag, _ in found.flags] == [SYSTEM_V.of("mq_open")]
    assert found.natives == 0


def test_other_limits_outside_are_named(compiled, tmp_path):
    if why_not_private():
        pytest.skip(why_not_private())
    program = program_of((compiled("programs/queue_full.c"),), directory=str(tmp_path))

    def outside():
        namespaces.unshare_users(namespaces.CLONE_NEWIPC)
        try:
            with open("/proc/sys/fs/mqueue/msg_max", "w", encoding="ascii") as file:
                file.write("20")
        except OSError:
            return None  # before Linux 5.19
        return explore(program, FEW)

    found = in_own_process(outside, 120)
    if found is None:
        pytest.skip("the limits cannot be changed")
    assert [flag for flag, _ in found.flags] == [OTHER_LIMITS]
