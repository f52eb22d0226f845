"""timeline: the record of the command before. tests/spec/shell_timeline.spec has its pictures."""

from types import SimpleNamespace

import pytest

from simpsh.trace.recording.last_command import MOST_CALLS, LastCommandLog
from tests.harness.process import children_of, name_of, wait_until
from tests.shell.builtins.builtin_calls import call, shell


def test_only_a_line_that_inspects_nothing_becomes_the_last_command():
    acting = SimpleNamespace(last_run=LastCommandLog(), run_job=lambda plan: len(plan.text))
    acting.last_run.begin("ls", is_watched=False)
    for _ in range(2):
        acting.last_run.begin("timeline", is_watched=False)
        answer = call(shell(), "timeline", acting=acting)
        assert (answer.status, answer.output) == (1, "")
        assert "the last command was not watched" in answer.error
    # A lesson and the like run processes of their own.
    acting.last_run.begin("doctor", is_watched=False)
    assert call(shell(), "doctor", acting=acting).status == len("doctor")
    acting.last_run.begin("timeline", is_watched=False)
    assert acting.last_run.before.text == "ls"


def test_the_number_of_stored_calls_is_limited():
    last = LastCommandLog()
    last.begin("many", is_watched=True)
    for number in range(MOST_CALLS + 10):
        last.keep((10, number, "close", (number,), (0, 0)))
    last.begin("timeline", is_watched=True)
    assert last.before is not None
    assert len(last.before.calls) == MOST_CALLS
    assert last.before.is_cut


@pytest.mark.pty
def test_later_events_of_a_job_belong_to_the_line_that_reported_them(terminal, tmp_path):
    terminal.run("sleep 100 &")
    wait_until(
        lambda: "sleep" in map(name_of, children_of(terminal.pid)), "the job has executed sleep"
    )
    terminal.run("timeline > drawn")
    assert "P1 execs sleep 100" in (tmp_path / "drawn").read_text()
    terminal.run("kill %1; wait; clear")
    terminal.run("timeline > drawn")
    drawn = (tmp_path / "drawn").read_text()
    assert "P1 is killed by SIGTERM" in drawn
    assert "execs sleep" not in drawn
