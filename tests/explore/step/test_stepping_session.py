"""Stepping real programs: which process is ready, and why not; back, forward and to a point."""

import pytest

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.explore.step.panel_snapshot import BLOCKED, END, READY
from simpsh.explore.step.stepping_session import RANDOM, TURNS, parse_schedule
from tests.explore.step.stepping_programs import (
    ENDLESS,
    PIPE_AFTER_CLOSE,
    SIGNALLED,
    THREE,
    TWO_LETTERS,
    compiled,
    stepping,
)


def states(session):
    return {line.name: line.state for line in session.panel.lines}


def test_a_write_wakes_the_process_that_reads_the_pipe():
    with stepping(compiled(THREE)) as session:
        assert states(session) == {"P0": READY, "P1": READY, "P2": READY}
        assert session.panel.line("P2").next == "closes 4, the write end of pipe A"
        assert session.panel.output == b""

        session.choose("P2")
        assert session.panel.line("P2").state == BLOCKED

        session.choose("P1")
        session.choose("P1")

        assert session.panel.line("P2").state == READY
        [pipe] = session.panel.pipes
        assert (pipe.content, pipe.writers) == (b"hello", ("P0", "P1"))


FOLLOWS_CLOCK = """
int main(void) { for (;;) { sleep(1); time(NULL); } }
"""


def test_a_step_that_ends_the_program_can_be_tried_again():
    with stepping(compiled(FOLLOWS_CLOCK)) as session:
        for _ in range(2):
            with pytest.raises(SimpshError, match="reads the clock again and again"):
                session.finish(TURNS)
            assert session.panel.ready == ("P0",)


def test_both_orders_can_be_taken_by_going_back():
    with stepping(compiled(TWO_LETTERS)) as session:
        session.choose("P1")
        assert session.panel.output == b"a"
        session.back()
        assert session.panel.output == b""
        assert session.future == ["P1"]

        session.choose("P0")
        assert session.future == []
        session.finish(TURNS)

        assert session.panel.output == b"bac"
        assert session.panel.verdict == END
        for _ in session.schedule:
            session.back()
        session.choose("P1")
        session.finish(TURNS)
        assert session.panel.output == b"abc"


def test_a_pipe_may_be_made_in_the_step_that_closes_another():
    with stepping(compiled(PIPE_AFTER_CLOSE)) as session:
        session.choose("P0")
        assert {pipe.words for pipe in session.panel.pipes} == {"pipe A", "pipe B"}


def test_an_endless_program_is_reported():
    with stepping(compiled(ENDLESS)) as session:
        session.finish(RANDOM)
        assert session.panel.output == b"x" * 400
        assert session.note == "400 steps were made, and still not: the end."


def test_observed_signals_become_steps_and_steps_that_were_taken_back_can_be_repeated():
    with stepping(compiled(SIGNALLED)) as session:
        session.finish(TURNS)
        first = session.schedule, session.panel.output
        assert session.panel.verdict == END
        session.restart()
        while session.future:
            session.forward()
        assert (session.schedule, session.panel.output) == first

        session.restart()
        session.choose("P1")
        session.choose("P0")
        assert session.panel.line("P1").pending == ("SIGUSR1",)
        session.choose("P1!")
        session.choose("P1")
        assert "SIGUSR1" in session.panel.line("P1").next


def test_each_decisive_choice_leaves_fewer_outputs():
    with stepping(compiled(TWO_LETTERS)) as session:
        assert session.outlook() is None
        while session.look(0.2):
            pass
        here = session.outlook()
        assert sorted(here.rests) == [b"abc", b"bac"]
        assert (here.count, here.is_complete) == (2, True)
        assert (here.left("P0"), here.left("P1")) == ("1 of 2", "1 of 2")

        before = session.panel
        session.choose("P1")
        assert session.moments[0].panel == before, "to look ahead leaves it where it is"

        assert session.outlook().rests == (b"bc",)


@pytest.mark.parametrize("word", ["Q", "P", "P01", "P1.", "P1?", "p"])
def test_an_invalid_word_of_a_schedule_is_refused_with_its_step(word):
    assert parse_schedule("P0 P1!\nP12.3~") == ("P0", "P1!", "P12.3~")
    with pytest.raises(UsageProblem, match="schedule, step 2: "):
        parse_schedule(f"P0 {word}")
