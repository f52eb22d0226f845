"""Time that other programs use does not count.

A limit by the clock is only for hangs, and the verdict names it.
"""

import time
from unittest.mock import Mock

import pytest

from simpsh.base.patience import patience
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.flags import LATE_BY_CLOCK
from simpsh.explore.search import exploration, native_runs
from simpsh.explore.search.exploration import explore
from simpsh.explore.search.native_runs import Allowance
from simpsh.explore.workplace.run_limits import OutOfTime, RunCutOff, spent_seconds


def let_pass(seconds, monkeypatch):
    """Advance only the clock, as if other programs had the processors."""
    later = time.monotonic() + seconds
    monkeypatch.setattr(time, "monotonic", lambda: later)


def test_time_of_other_programs_is_not_spent(monkeypatch):
    before = spent_seconds()
    let_pass(10_000, monkeypatch)
    assert spent_seconds() - before < 1


def test_free_runs_end_by_the_clock_only_without_progress(monkeypatch):
    allowance = Allowance(5.0)
    let_pass(14 * patience(), monkeypatch)
    allowance.check(())
    allowance.clock_limit.note_progress()
    let_pass(14 * patience(), monkeypatch)
    allowance.check(())
    let_pass(2 * patience(), monkeypatch)
    with pytest.raises(OutOfTime):
        allowance.check(())


def test_the_verdict_names_a_limit_by_the_clock(compiled, tmp_path, monkeypatch):
    program = program_of((compiled("programs/fork_fork.c"),), directory=str(tmp_path))
    cut_off = RunCutOff(LATE_BY_CLOCK.of("7 seconds"))
    no_time = Mock(seconds=7.0, is_over=True, check=Mock(side_effect=cut_off))
    monkeypatch.setattr(native_runs, "ClockLimit", Mock(return_value=no_time))
    found = explore(program)
    assert not found.is_complete
    assert "none of them ended in time" in found.unchecked
    monkeypatch.setattr(exploration, "ClockLimit", Mock(return_value=no_time))
    assert [*explore(program).flags] == [LATE_BY_CLOCK.of("7 seconds")]
