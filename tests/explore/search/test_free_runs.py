"""COMPLETE rests on free runs, in real time or with their sleeps and alarms skipped."""

import sys

import pytest

from simpsh.explore.control.explored_program import program_of
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.search.exploration_report import ReportStyle, report_lines, verdict_lines
from simpsh.explore.search.native_runs import ENOUGH_RUNS, FreeProgram, FreeRun, native_runs
from simpsh.explore.workplace.private_world import in_private_world
from simpsh.process.worker import WorkerBroken

pytestmark = pytest.mark.long("each test runs a program many times")

LIMITS = ExplorationLimits(budget_seconds=60, natives=5)
TIMED = {
    "killed_after_a_while": {b"ttk"},
    "alarm_before_the_child": {b"1A3e"},
    "three_sleepers": {b"pabe"},
}


def verdict_of(found):
    return " ".join(" ".join(verdict_lines(found, ReportStyle())).split())


@pytest.mark.usual("three_sleepers")
@pytest.mark.needs("held calls")
@pytest.mark.parametrize("name", TIMED)
def test_sleeps_and_alarms_are_skipped_if_too_few_runs_end_in_real_time(name, compiled, tmp_path):
    program = program_of((compiled(f"timed_programs/{name}.c"),), directory=str(tmp_path))
    free = FreeProgram(program, sets_alarms=True, may_skip_time=True)
    # Each of these programs sleeps for two seconds or more.
    made = in_private_world(lambda: native_runs(free, 6, 0.25))
    assert [run.skips_time for run in made] == [True] * len(made)
    assert {run.output for run in made} <= TIMED[name]
    assert len(made) >= ENOUGH_RUNS


@pytest.mark.usual
def test_no_sleep_is_skipped_if_enough_runs_end_in_real_time():
    # If sleeps took no time, the child would print first.
    line = "sleep 0.05 && echo slept & i=0; while [ $i -lt 9999 ]; do i=$((i + 1)); done; wait"
    found = explore(program_of(("sh", "-c", line)), ExplorationLimits(natives=5))
    assert (found.natives, found.skipped, found.seen) == (5, 0, {b"slept\n": 5})


def test_a_defect_during_the_free_runs_is_reported_and_not_taken_for_a_lack_of_time(monkeypatch):
    def break_down(*_):
        raise KeyError("a defect")

    monkeypatch.setattr(FreeRun, "_follow", break_down)
    free = FreeProgram(program_of(("true",)))
    with pytest.raises(WorkerBroken, match=r"KeyError\('a defect'\)"):
        in_private_world(lambda: native_runs(free, 6, 30.0))


def test_a_sleep_of_an_hour_is_checked_by_free_runs():
    found = explore(program_of(("sleep 3600 & sleep 7200; echo a; wait; echo b",)), LIMITS)
    assert found.texts == {"a\nb\n"}
    assert (found.reasons, found.unchecked) == ((), "")
    assert found.is_complete
    assert (found.natives, found.skipped) == (0, LIMITS.natives)
    table = "\n".join(report_lines(found, "x", ReportStyle()))
    assert "in 5 of them sleeps and alarms took no time" in " ".join(table.split())


def test_a_set_without_enough_free_runs_names_the_option_that_makes_more():
    line = "i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done"
    found = explore(program_of((line,)), ExplorationLimits(native_seconds=0.01))
    assert (found.has_every_order, found.is_complete) == (True, False)
    assert found.unchecked.endswith("; --runs 20 gives them 10 seconds")


def test_no_more_free_runs_are_advised_for_a_program_whose_runs_never_end(compiled):
    found = explore(program_of((compiled("programs/sleeps_for_ever.c"),)))
    assert (found.has_every_order, found.is_complete) == (True, False)
    assert "none of them ended in time" in found.unchecked
    [shown] = [line for line in report_lines(found, "x", ReportStyle()) if "endless loop:" in line]
    assert shown.split() == ["endless", "loop:", "P1", "sleeps,", "again", "and", "again"]


@pytest.mark.usual
def test_without_enough_free_runs_the_headline_is_weaker():
    found = explore(program_of(("true",)), ExplorationLimits(natives=ENOUGH_RUNS - 1))
    assert (found.has_every_order, found.is_complete) == (True, False)
    assert verdict_of(found).startswith(
        "EVERY ORDER OF THE MODEL, not checked by a free run (1 output"
    )
    assert found.unchecked == "only 4 free runs were asked for"


@pytest.mark.usual
def test_only_outputs_of_free_runs_count_as_seen_in_a_real_run():
    found = explore(program_of(("echo a & echo b; wait",)), ExplorationLimits(natives=0))
    assert [outcome.is_seen for outcome in found.outcomes] == [False, False]
    assert "Controlled runs led to each." in verdict_of(found)
    seen = explore(program_of(("echo a",)), LIMITS)
    assert [outcome.is_seen for outcome in seen.outcomes] == [True]
    assert "Controlled runs led to it, and 5 free runs to it and to no other." in verdict_of(seen)


def test_a_run_that_measures_its_sleep_takes_real_time():
    line = "import time; a = time.time(); time.sleep(0.2); print(time.time() - a > 0.1)"
    found = explore(program_of((sys.executable, "-c", line)), LIMITS)
    assert found.texts == {"True\n"}
