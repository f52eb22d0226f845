"""The headline of programs whose handlers use memory of the code that they interrupt."""

import json

import pytest

from simpsh.base.patience import patience
from simpsh.explore.control import handler_memory
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.search.exploration_report import ReportStyle, as_json, report_lines

LIMITS = ExplorationLimits(budget_seconds=60, natives=8, native_seconds=6 * patience(), attacks=0)


def test_an_output_amid_computing_is_listed_as_seen_and_refutes_no_rule(compiled, tmp_path):
    path = compiled("programs/handler_sees_work.c")
    found = explore(program_of((path,), directory=str(tmp_path)), LIMITS)
    assert (found.reasons, found.has_every_order, found.is_complete) == ((), True, False)
    assert {one.text for one in found.outcomes if not one.is_free} == {"."}
    assert {one.text for one in found.outcomes if one.is_free} == {"!"}
    report = " ".join(" ".join(report_lines(found, path, ReportStyle())).split())
    assert "seen: a handler in the middle of computing" in report
    assert "EVERY ORDER AT SYSTEM CALLS" in report
    assert "tell (SIGUSR1) uses is_busy" in report
    assert report.endswith(f"Next: simpsh step {path}")
    (use,) = json.loads(as_json(found, (path,)))["amid"]
    assert (use["handler"], use["variable"], use["used"]) == ("tell", "is_busy", "memory")


@pytest.mark.parametrize(
    ("program", "uses", "outputs"),
    [
        ("prints_in_handler", "print (SIGUSR1) calls puts", {"h\na\n", "a\nh\n", "a\n"}),
        ("handler_exits", "end (SIGALRM) calls exit", {"-", "-ab"}),
        ("handler_during_end", "end (SIGUSR1) calls exit", {"0\n", "100\n"}),
    ],
)
def test_an_unsafe_function_in_a_handler_is_followed_at_calls_and_named(
    program, uses, outputs, compiled, tmp_path
):
    path = compiled(f"programs/{program}.c")
    found = explore(program_of((path,), directory=str(tmp_path)), LIMITS)
    assert (found.reasons, found.has_every_order, found.is_complete) == ((), True, False)
    assert f"{uses} (not safe in a handler)" in {use.words for use in found.amid}
    assert {one.text for one in found.outcomes if one.is_replayed} >= outputs


def test_a_pid_in_a_register_is_no_saved_context(compiled, tmp_path, monkeypatch):
    # Any pid is in this range.
    addresses = range(handler_memory._NO_CONTEXT.start, 1 << 22)
    monkeypatch.setattr(handler_memory, "_NO_CONTEXT", addresses)
    path = compiled("programs/handler_passes_pid.c")
    found = explore(program_of((path,), directory=str(tmp_path)), LIMITS)
    assert not found.reasons
    assert not found.amid
    assert found.texts == {"."}
