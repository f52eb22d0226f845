"""The look ahead: what can still be printed after any schedule."""

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.step.stepping_session import LookAhead


def test_the_search_answers_for_any_schedule_what_is_left(compiled, tmp_path):
    program = program_of((compiled("programs/fork_fork.c"),), directory=str(tmp_path))
    with Knowledge(program) as knowledge:
        look_ahead = LookAhead(knowledge)
        assert look_ahead.outlook(()) is None, "nothing is known yet"
        while look_ahead.advance(0.05):
            pass
        outlook = look_ahead.outlook(())
        assert (outlook.count, outlook.is_complete, outlook.may_deadlock) == (14, True, False)
        assert sorted(outlook.after) == ["P0", "P1", "P1.1", "P2"]
        assert outlook.after["P1.1"].future == outlook.after["P2"].future
        assert outlook.after["P0"].count == 5
        assert look_ahead.outlook(("P2", "P2", "P2")) is not None
        while look_ahead.advance(0.05):
            pass
        late = look_ahead.outlook(("P2", "P2", "P2"))
        assert late.is_complete
        assert 0 < late.count < 14
        assert look_ahead.outlook(("P7",)) is None
