"""A run that is cut off leaves no flag, and a schedule leads to its ending every time."""

import pytest

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.search.exploration import ExplorationLimits, explore, leads_to
from simpsh.explore.search.state_search import StateSearch
from simpsh.explore.step.stepping_session import SteppingSession
from simpsh.explore.workplace.run_limits import OutOfTime, spent_seconds
from tests.explore.control.controlled_runs import knowledge_of


def test_a_confirmation_that_runs_out_of_time_flags_nothing(compiled, tmp_path):
    with knowledge_of(compiled("programs/shared_semaphore.c"), directory=tmp_path) as knowledge:
        search = StateSearch(knowledge)
        while search.advance(1):
            pass
        assert not knowledge.flags
        [(ending, schedule), *_] = search.reality.endings.items()
        given_up = 0
        for milliseconds in range(40):
            knowledge.deadline = spent_seconds() + milliseconds / 1000
            try:
                assert leads_to(search, schedule, ending)
            except OutOfTime:
                given_up += 1
            assert not knowledge.flags
        assert given_up


@pytest.mark.parametrize("name", ["two_flags", "handler_amid_counting"])
def test_a_fresh_session_replays_a_handler_within_own_code(name, compiled, tmp_path):
    program = program_of((compiled(f"programs/{name}.c"),), directory=str(tmp_path))
    result = explore(program, ExplorationLimits(budget_seconds=60, natives=0))
    assert result.has_every_order
    for outcome in result.outcomes:
        with Knowledge(program) as knowledge, SteppingSession(knowledge, name) as session:
            session.follow(outcome.witness)
            assert session.panel.output == outcome.output
