"""Handlers run at system calls, and the verdict names their signals."""

import json

import pytest

from simpsh.base.patience import patience
from simpsh.base.signal_names import SIGALRM, SIGUSR1
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.search.exploration_report import ReportStyle, as_json, report_lines

LIMITS = ExplorationLimits(budget_seconds=60, natives=8, native_seconds=6 * patience())


def test_an_output_during_a_computation_is_listed_as_seen_and_refutes_no_rule(compiled, tmp_path):
    path = compiled("programs/handler_sees_work.c")
    found = explore(program_of((path,), directory=str(tmp_path)), LIMITS)
    assert (found.reasons, found.has_every_order, found.is_complete) == ((), True, False)
    assert {one.text for one in found.outcomes if not one.is_free} == {"."}
    assert {one.text for one in found.outcomes if one.is_free} == {"!"}
    report = " ".join(" ".join(report_lines(found, path, ReportStyle())).split())
    assert "seen: a handler in the middle of computing" in report
    assert "EVERY ORDER AT SYSTEM CALLS" in report
    assert "a handler of SIGUSR1 in the middle of computing is not examined" in report
    assert json.loads(as_json(found, (path,)))["amid"] == ["SIGUSR1"]


@pytest.mark.parametrize(
    ("program", "signal", "outputs"),
    [
        ("handler_exits", SIGALRM, {"-", "-ab"}),
        ("handler_during_end", SIGUSR1, {"0\n", "100\n"}),
        ("handler_passes_pid", SIGUSR1, {"."}),
    ],
)
def test_a_handler_is_followed_at_calls_and_named(program, signal, outputs, compiled, tmp_path):
    path = compiled(f"programs/{program}.c")
    found = explore(program_of((path,), directory=str(tmp_path)), LIMITS)
    assert (found.reasons, found.has_every_order, found.is_complete) == ((), True, False)
    assert found.amid == (signal,)
    assert {one.text for one in found.outcomes if one.is_replayed} >= outputs
