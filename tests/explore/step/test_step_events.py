"""The steps of a schedule as events: a timeline of them tells what was chosen, and its causes."""

from __future__ import annotations

import os

from simpsh.chronicle.chronicle_builder import chronicle_of
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.step.run_replay import watched
from simpsh.explore.step.step_events import draw_moments, events_of
from simpsh.view.timeline.timeline_rows import rows_of
from tests.explore.step.stepping_programs import FORGOTTEN, SIGNALLED, THREE, compiled

ORPHAN = r"""
int main(void) {
    if (fork() == 0) { write(1, "o", 1); write(1, "p", 1); _exit(0); }
    return 0;
}
"""


def moments_of(source, schedule):
    path = compiled(source)
    program = program_of((path,), directory=os.path.dirname(path))
    with Knowledge(program) as knowledge:
        return watched(knowledge, schedule.split())


def told(source, schedule):
    chronicle = chronicle_of(events_of(moments_of(source, schedule), "./program"), "io")
    return [row.text for row in rows_of(chronicle)]


def test_a_pipe_is_told_by_its_letter_and_data_come_after_what_wrote_them():
    chronicle = chronicle_of(
        events_of(moments_of(THREE, "P1 P1 P0 P0 P0 P2 P2"), "./program"), "io"
    )
    place = {row.text: row.index for row in rows_of(chronicle)}
    assert "P0 makes pipe A: 3 reads, 4 writes" in place
    assert "P0 closes 3: the read end of pipe A" in place
    writes, reads = place["P1 writes “hello” to pipe A"], place["P2 reads “hello” from pipe A"]
    assert chronicle.before(writes, reads)
    assert chronicle.causes.unordered(writes, place["P0 writes “parent” to stdout"])


def test_signals_adoption_and_a_deadlock_are_told():
    rows = told(SIGNALLED, "P0 P1 P1")
    assert "P0 sends SIGUSR1 to P1" in rows
    assert "P1 is killed by SIGUSR1" in rows
    assert "P1 is adopted by simpsh" in told(ORPHAN, "P0 P1")
    deadlock = "No process can move any more: P0 reads up to 9 bytes from pipe A"
    assert told(FORGOTTEN, "P1 P1 P1 P0 P0 P0")[-1] == deadlock


def test_the_left_column_counts_steps_and_no_line_is_too_long():
    lines = draw_moments(moments_of(THREE, "P0 P0 P0 P1"), "./program", 80)

    assert lines[1].split()[:2] == ["step", "lanes"]
    assert [line[:9] for line in lines if "P1 closes" in line] == ["      4∥ "]
    assert max(map(len, lines)) <= 80
