"""A run that is cut off leaves no flag that its next call would have withdrawn."""

from simpsh.explore.search.exploration import ExplorationLimits, _Exploring
from simpsh.explore.workplace.run_limits import OutOfTime, spent_seconds
from tests.explore.control.controlled_runs import knowledge_of


def test_a_confirmation_that_runs_out_of_time_flags_nothing(compiled, tmp_path):
    limits = ExplorationLimits(natives=0, budget_seconds=60)
    with knowledge_of(compiled("programs/shared_semaphore.c"), directory=tmp_path) as knowledge:
        exploring = _Exploring(knowledge, limits, None)
        while not exploring.has_gone_through():
            pass
        assert not knowledge.flags
        [(ending, schedule), *_] = exploring.search.reality.endings.items()
        given_up = 0
        for milliseconds in range(40):
            knowledge.deadline = spent_seconds() + milliseconds / 1000
            try:
                assert exploring._leads_to(schedule, ending)
            except OutOfTime:
                given_up += 1
            assert not knowledge.flags
        assert given_up
