"""Shared memory in a controlled run: each use of it is a step, made by the program itself."""

import pytest

from simpsh.explore.control.controlled_run import ControlledRun
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.program_knowledge import Knowledge, Restart
from simpsh.explore.objects.memory_operations import STORES_IN_ORDER
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.kernel.machine import memory_access, ptrace

pytestmark = pytest.mark.skipif(not memory_access.IS_KNOWN, reason="its instructions are not known")


def two_counters(compiled, tmp_path):
    return program_of((compiled("programs/shared_counter.c"),), directory=str(tmp_path))


def begun(knowledge):
    """A run in which both processes are about to load the counter."""
    try:
        run = ControlledRun(knowledge)
        run.step("P0")  # shares the memory, and forks
    except Restart:
        return begun(knowledge)
    return run


def test_an_interrupt_requested_before_an_access_makes_no_difference(compiled, tmp_path):
    with Knowledge(two_counters(compiled, tmp_path)) as knowledge, begun(knowledge) as run:
        ptrace.interrupt(run.processes["P0"].pid)
        assert run.step("P0").result == bytes(4)
        assert run.step("P0").result == b"\1\0\0\0"


def test_the_order_of_stores_is_an_assumption_of_the_verdict(compiled, tmp_path):
    program = program_of((compiled("programs/store_buffer.c"),), directory=str(tmp_path))
    result = explore(program, ExplorationLimits(budget_seconds=60, natives=0))
    assert result.has_every_order
    assert STORES_IN_ORDER in result.assumptions
    assert "00" not in result.texts
