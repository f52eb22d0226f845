"""A schedule is a witness: following it leads to the same ending, every time."""

import pytest

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.step.stepping_session import SteppingSession


@pytest.mark.parametrize("name", ["two_flags", "handler_amid_counting", "handler_ends_spinning"])
def test_a_fresh_session_replays_a_handler_within_own_code(name, compiled, tmp_path):
    program = program_of((compiled(f"programs/{name}.c"),), directory=str(tmp_path))
    result = explore(program, ExplorationLimits(budget_seconds=60, natives=0))
    assert result.has_every_order
    for outcome in result.outcomes:
        with Knowledge(program) as knowledge, SteppingSession(knowledge, name) as session:
            session.follow(outcome.witness)
            assert session.panel.output == outcome.output
