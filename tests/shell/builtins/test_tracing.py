"""timeline: the record of the line before. tests/spec/shell_timeline.spec has its pictures."""

import pytest

from tests.harness.process import children_of, name_of, wait_until


@pytest.mark.pty
def test_an_end_in_a_later_line_belongs_to_that_line(terminal, tmp_path):
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
