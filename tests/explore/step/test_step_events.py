"""The steps of a schedule as events: a timeline of them tells what was chosen, and its causes."""

from __future__ import annotations

import os

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.step.run_replay import watched
from simpsh.explore.step.step_events import chronicle_of_moments, draw_moments
from simpsh.view.timeline.timeline_rows import rows_of
from tests.explore.step.stepping_programs import FORGOTTEN, SIGNALLED, THREE, TWO_LETTERS, compiled

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
    chronicle = chronicle_of_moments(moments_of(source, schedule), "./program")
    return [row.text for row in rows_of(chronicle)]


def test_births_writes_waits_ends_and_collections_are_told():
    assert told(TWO_LETTERS, "P0 P1 P1 P0") == [
        "P0 starts: ./program",
        "P0 forks P1",
        "P0 writes “b” to stdout",
        "P0 waits for any child",
        "P1 writes “a” to stdout",
        "P1 exits with status 3",
        "P0 collects P1: status 3",
    ]


def test_a_pipe_is_made_written_read_and_closed_by_its_letter():
    rows = told(THREE, "P0 P1 P1 P2 P2")

    assert "P0 makes pipe A: 3 reads, 4 writes" in rows
    assert "P0 closes 3: the read end of pipe A" in rows
    assert "P1 writes “hello” to pipe A" in rows
    assert "P2 reads “hello” from pipe A" in rows


def test_data_comes_after_what_wrote_it_and_other_steps_are_free():
    moments = moments_of(THREE, "P1 P1 P0 P0 P0 P2 P2")
    chronicle = chronicle_of_moments(moments, "./program")
    place = {row.text: row.index for row in rows_of(chronicle)}
    writes, reads = place["P1 writes “hello” to pipe A"], place["P2 reads “hello” from pipe A"]
    prints = place["P0 writes “parent” to stdout"]

    assert chronicle.before(writes, reads)
    assert chronicle.unordered(writes, prints)


def test_a_signal_is_sent_and_kills():
    rows = told(SIGNALLED, "P0 P1 P1")

    assert "P0 sends SIGUSR1 to P1" in rows
    assert "P1 is killed by SIGUSR1" in rows


def test_an_orphan_is_adopted():
    assert "P1 is adopted by simpsh" in told(ORPHAN, "P0 P1")


def test_a_deadlock_ends_the_timeline():
    rows = told(FORGOTTEN, "P1 P1 P1 P0 P0 P0")

    assert rows[-1] == "No process can move any more: P0 reads up to 9 bytes from pipe A"


def test_the_left_column_counts_steps_and_no_line_is_too_long():
    lines = draw_moments(moments_of(THREE, "P0 P0 P0 P1"), "./program", 80)

    assert lines[1].split()[:2] == ["step", "lanes"]
    assert [line[:9] for line in lines if "P1 closes" in line] == ["      4∥ "]
    assert max(map(len, lines)) <= 80
