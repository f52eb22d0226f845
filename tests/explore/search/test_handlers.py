"""Handlers: tried in passing, and headlines of those that use what they interrupt."""

import json
import shutil

import pytest

from simpsh.base.patience import patience
from simpsh.base.signal_names import SIGCHLD
from simpsh.explore.control import handler_memory
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.search import handler_trials, state_search
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.search.exploration_report import ReportStyle, as_json, report_lines
from simpsh.explore.search.state_search import StateSearch
from simpsh.explore.workplace.private_world import in_private_world
from tests.explore.oracle.known import ALARMS, GROUP_SIGNALS, HANDLERS, SIGNAL_SETS, SIGNALS
from tests.explore.search.test_known_sets import LARGEST, exploration, texts, uses

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


# -- handlers are tried in passing and undone: sets stay the same, and need fewer runs ---------


SMALL = [
    each
    for each in (*SIGNAL_SETS, *ALARMS, *GROUP_SIGNALS, *SIGNALS, *HANDLERS)
    if each.program not in LARGEST
]


@pytest.mark.usual(
    "alarm_clock.c",
    "queued_signals.c",
    "sigchld_handler.c",
    "sigsuspend.c",
    "handler_reads.c",
    "lost_wakeup.c",
)
@pytest.mark.long("each handler is tried in every run")
@pytest.mark.parametrize("known", SMALL, ids=str)
def test_trials_in_every_run_change_no_set(known, compiled, tmp_path, monkeypatch):
    monkeypatch.setattr(state_search, "_FEW_RUNS", 0)
    result = exploration(known, compiled, tmp_path)
    assert texts(result) == known.outputs
    assert (result.reasons, result.differences) == ((), ())
    assert uses(result, known) == known.amid


def searched(directory, few_runs, monkeypatch):
    """Return the search of a shell with two jobs, the trials in it, and handlers left untried."""
    monkeypatch.setattr(state_search, "_FEW_RUNS", few_runs)
    words = (shutil.which("dash") or "/bin/sh", "-c", "(exit 1) & (exit 2) & wait; echo $?")
    tried = list[int]()
    really = handler_trials.HandlerTrials._try

    def note(self, name, signal):
        tried.append(signal)
        really(self, name, signal)

    monkeypatch.setattr(handler_trials.HandlerTrials, "_try", note)

    def search():
        with Knowledge(program_of(words, directory=str(directory))) as known:
            search = StateSearch(known)
            while search.advance(60):
                pass
            states = len(search.graph.states)
            ends = {ending.output for ending in search.reality.endings}
            left = {signal for _, signal in known.handlers.do_more}
            # A restart loses runs if a plain number of this memory was drawn as a pid.
            runs = search.reality.runs
            return search.is_finished, states, runs, ends, set(tried), left

    return in_private_world(search)


def test_trials_save_runs(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        finished, states, runs, ends, tried, _ = searched(tmp_path, 10**6, patch)
    assert (finished, ends, tried) == (True, {b"0\n"}, set())
    again, same_states, fewer_runs, same_ends, tried, left = searched(tmp_path, 3, monkeypatch)
    assert (again, same_states, same_ends) == (True, states, ends)
    assert (tried, left) == ({SIGCHLD}, set())
    assert fewer_runs < runs


def test_a_handler_that_cannot_be_undone_is_tried_once(tmp_path, monkeypatch):
    monkeypatch.setattr(handler_trials.SavedProcess, "restore", lambda _: None)
    finished, _, _, ends, tried, left = searched(tmp_path, 3, monkeypatch)
    assert (finished, ends, tried, left) == (True, {b"0\n"}, {SIGCHLD}, {SIGCHLD})
