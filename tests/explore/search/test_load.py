"""Other programs that compute change neither the verdict of a search, nor outcomes and reasons.

A limit by the clock is only for hangs, and the verdict names it.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import Mock

import pytest

from simpsh.base.patience import patience
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.flags import LATE_BY_CLOCK
from simpsh.explore.search import exploration, native_runs
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.search.native_runs import Allowance
from simpsh.explore.workplace.run_limits import OutOfTime, RunCutOff, spent_seconds
from simpsh.process.worker import Channel, Worker

BUSY = 4
SLEEPS = """
import os, time
if os.fork() == 0:
    time.sleep(0.2)
    os.write(1, b"c")
    os._exit(0)
time.sleep(0.1)
os.write(1, b"p")
os.wait()
"""
SETS = {
    "a Python program that sleeps": (("python", "-c", SLEEPS), {}),
    "a C program that sleeps": (("sleep_sync.c",), {}),
    "free runs of an orphan": (("orphan.c",), {}),
    "near the budget": (("children.c", "5"), {"budget_seconds": 2.0}),
}


def spin(_: Channel) -> None:
    while True:
        pass


@contextmanager
def busy_loops() -> Iterator[None]:
    """Compute in four other processes."""
    workers = [Worker(spin) for _ in range(BUSY)]
    try:
        yield
    finally:
        for worker in workers:
            worker.end(at_once=True)


def verdict_of(words, limits, directory):
    """Return what a search has found, without the numbers of its runs."""
    found = explore(program_of(words, directory=str(directory)), ExplorationLimits(**limits))
    outcomes = {(one.text, one.statuses, one.files, one.deadlock) for one in found.outcomes}
    return found.is_complete, outcomes, found.reasons, found.unchecked, found.amid


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
    assert found.unchecked.startswith("none of them ended in time")
    monkeypatch.setattr(exploration, "ClockLimit", Mock(return_value=no_time))
    assert [*explore(program).flags] == [LATE_BY_CLOCK.of("7 seconds")]


@pytest.mark.long("two searches of each program, one beside four loops")
@pytest.mark.parametrize("name", SETS)
def test_load_does_not_change_a_verdict(name, compiled, tmp_path):
    (program, *arguments), limits = SETS[name]
    first = (sys.executable, "-E", "-S")
    if program.endswith(".c"):
        first = (compiled(f"programs/{program}"),)
    words = (*first, *arguments)
    alone = verdict_of(words, limits, tmp_path)
    with busy_loops():
        beside = verdict_of(words, limits, tmp_path)
    assert beside == alone
    assert alone[0], alone[2:]
