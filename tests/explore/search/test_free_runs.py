"""COMPLETE rests on free runs, in which sleeps, alarms and limits take no time."""

import mmap
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from simpsh.base.record import changed
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.flags import LIMITS_TIME, LIMITS_USER
from simpsh.explore.search.exploration import OUTSIDE, ExplorationLimits, explore
from simpsh.explore.search.exploration_report import ReportStyle, report_lines, verdict_lines
from simpsh.explore.search.native_runs import ENOUGH_RUNS, FreeProgram, FreeRun, native_runs
from simpsh.explore.search.skipped_time import SkippedTime
from simpsh.explore.workplace.private_world import in_private_world, why_not_private
from simpsh.kernel import landlock
from simpsh.process.worker import WorkerBroken, in_own_process
from tests.explore.oracle.known import KNOWN
from tests.explore.search.test_known_sets import LARGEST, exploration as explored_known
from tests.harness.sh import run_command
from tests.support.ordinary_user import become_user, import_all

pytestmark = pytest.mark.long("each test runs a program many times")

LIMITS = ExplorationLimits(budget_seconds=60, natives=5, attacks=4)
TIMED = {
    "limited_wait": {b"-s"},
    "killed_after_a_while": {b"ttk"},
    "alarm_before_the_child": {b"1A3e"},
    "three_sleepers": {b"pabe"},
    "polls_while_child_sleeps": {b"6", b"7"},
}


def verdict_of(found):
    return " ".join(" ".join(verdict_lines(found, ReportStyle())).split())


@pytest.mark.usual("limited_wait")
@pytest.mark.needs("held calls")
@pytest.mark.parametrize("name", TIMED)
def test_sleeps_alarms_and_limits_take_no_time_in_free_runs(name, compiled, tmp_path, monkeypatch):
    # The runs are made in a process of their own, which shares these bytes.
    skipped = memoryview(mmap.mmap(-1, 8)).cast("q")

    class Counted(SkippedTime):
        def __setattr__(self, name, value):
            if name == "_now":
                skipped[0] += value - getattr(self, name, 0)
            super().__setattr__(name, value)

    monkeypatch.setattr("simpsh.explore.search.native_runs.SkippedTime", Counted)
    program = program_of((compiled(f"timed_programs/{name}.c"),), directory=str(tmp_path))
    free = FreeProgram(program, skips_time=True)
    made = in_private_world(lambda: native_runs(free, 6, 60.0).runs)
    assert len(made) == 6
    outputs = Counter(run.output for run in made)
    assert {*outputs} <= TIMED[name], outputs
    # Each of these programs sleeps for two seconds or more, on the clock of its run.
    assert skipped[0] >= 6 * 2_000_000_000


def test_a_defect_amid_the_free_runs_is_reported_and_not_taken_for_a_lack_of_time(monkeypatch):
    def break_down(*_):
        raise KeyError("a defect")

    monkeypatch.setattr(FreeRun, "has_counted", break_down)
    free = FreeProgram(program_of(("true",)))
    with pytest.raises(WorkerBroken, match=r"KeyError\('a defect'\)"):
        in_private_world(lambda: native_runs(free, 6, 30.0).runs)


def test_a_sleep_of_an_hour_is_checked_by_free_runs():
    found = explore(program_of(("sleep 3600 & sleep 7200; echo a; wait; echo b",)), LIMITS)
    assert found.texts == {"a\nb\n"}
    assert (found.reasons, found.unchecked) == ((), "")
    assert found.is_complete
    assert found.natives == LIMITS.natives


def test_a_set_without_enough_free_runs_ends_with_the_command_that_makes_more():
    line = "i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done"
    found = explore(program_of((line,)), ExplorationLimits(native_seconds=0.01))
    assert (found.has_every_order, found.is_complete, found.more_runs) == (True, False, 30)
    assert [*report_lines(found, "x", ReportStyle())][-1] == "Next: simpsh explore --runs 30 x"


def test_no_more_free_runs_are_advised_for_a_program_whose_runs_never_end(compiled):
    found = explore(program_of((compiled("programs/sleeps_for_ever.c"),)))
    assert (found.has_every_order, found.is_complete, found.more_runs) == (True, False, 0)
    assert found.unchecked == "free runs of an endless loop do not end"
    [shown] = [line for line in report_lines(found, "x", ReportStyle()) if "again and" in line]
    assert shown.split() == ["endless", "loop:", "P1", "sleeps,", "again", "and", "again"]


@pytest.mark.usual
def test_without_enough_free_runs_the_headline_is_weaker():
    found = explore(program_of(("true",)), ExplorationLimits(natives=ENOUGH_RUNS - 1, attacks=0))
    assert (found.has_every_order, found.is_complete) == (True, False)
    assert verdict_of(found).startswith(
        "EVERY ORDER OF THE MODEL, not checked by a free run (1 output"
    )
    assert found.unchecked == "only 4 free runs were asked for"


@pytest.mark.usual
def test_only_outputs_of_free_runs_count_as_seen_in_a_real_run():
    found = explore(program_of(("echo a & echo b; wait",)), ExplorationLimits(natives=0))
    assert [outcome.is_seen for outcome in found.outcomes] == [False, False]
    assert "seen in a real run" not in verdict_of(found)
    assert "Controlled runs led to each." in verdict_of(found)
    seen = explore(program_of(("echo a",)), LIMITS)
    assert [outcome.is_seen for outcome in seen.outcomes] == [True]
    assert "It was seen in a real run, and 5 free runs" in verdict_of(seen)


def test_a_run_that_measures_its_sleep_takes_real_time():
    line = "import time; a = time.time(); time.sleep(0.2); print(time.time() - a > 0.1)"
    found = explore(program_of((sys.executable, "-c", line)), LIMITS)
    assert found.texts == {"True\n"}


@pytest.mark.skipif(bool(why_not_private()), reason="it needs a private world")
@pytest.mark.skipif(not landlock.version(), reason="the kernel has no Landlock")
def test_a_program_that_stays_inside_also_runs_outside():
    import_all()
    limits = ExplorationLimits(budget_seconds=60, natives=5, attacks=0, runs_outside=True)
    lines = {
        "echo a | cat": 2,
        "kill -USR1 $$": 2,
        "date": 2,
        "echo a > made; cat made": 0,
        "mkfifo f; rm f": 0,
    }

    def explored():
        # The user may be unable to enter a clone in root's home.
        os.chdir("/")
        become_user()
        results = []
        for line, count in lines.items():
            found = explore(program_of((line,), directory="/tmp"), limits)
            results.append((line, dict(found.attacks).get(OUTSIDE, 0), count, found.unchecked))
        return results

    for line, ran, count, unchecked in in_own_process(explored, 120):
        assert (ran, unchecked) == (count, ""), line
    if os.geteuid() == 0:
        root = explore(program_of(("true",)), limits)
        assert OUTSIDE not in dict(root.attacks)


@pytest.mark.long("some known sets, beside busy loops")
def test_other_programs_on_the_machine_do_not_change_a_verdict(compiled):
    known = [each for each in KNOWN if each.program not in LARGEST]
    some = known[:: len(known) // 12]
    limits = ExplorationLimits(budget_seconds=60)

    def verdicts():
        results = {}
        for each in some:
            with TemporaryDirectory() as directory:
                found = explored_known(each, compiled, Path(directory), limits)
            results[str(each)] = found.texts, found.is_complete, found.reasons
        return results

    quiet = verdicts()
    busy = [subprocess.Popen((sys.executable, "-c", "while True: pass")) for _ in range(4)]
    try:
        assert verdicts() == quiet
    finally:
        for each in busy:
            each.kill()
            each.wait()
    assert all(is_complete for _, is_complete, _ in quiet.values())


@pytest.mark.usual
def test_no_run_shows_the_filter_or_the_fixed_addresses_of_explore(compiled):
    program = compiled("programs/asks_for_traces.c")
    outside = run_command((program,)).stdout
    found = explore(program_of((program,)), LIMITS)
    assert (found.texts, found.reasons, found.unchecked) == (frozenset({outside}), (), "")


@pytest.mark.parametrize(
    ("resource", "flag"), [("RLIMIT_CPU", LIMITS_TIME), ("RLIMIT_NPROC", LIMITS_USER)]
)
def test_a_limit_of_time_is_no_limit_of_the_user(resource, flag):
    line = f"import resource; resource.setrlimit(resource.{resource}, (99, 99))"
    found = explore(program_of((sys.executable, "-S", "-c", line)), changed(LIMITS, natives=0))
    assert [each for each, _ in found.flags] == [flag]
