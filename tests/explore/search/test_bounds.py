"""Endless programs are ended soon, with a sentence and without leftovers; huge sets are counted."""

import time

import pytest

from simpsh.base.patience import patience
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.flags import FOLLOWS_CLOCK, LATE_BY_CLOCK, READS_CLOCK
from simpsh.explore.search import native_runs, state_search
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.workplace.directory_copy import DirectoryCopy
from simpsh.process.process_tree import own_children

pytestmark = pytest.mark.long("each program has no end")

ENDED = {
    "fork_bomb": "it is too large for a run: it makes more than 100 processes at once",
    "leaves_zombies": "it is too large for a run: it makes more than 100 processes at once",
    "eats_memory": "it is too large for a run: it takes more than 500 MB of memory",
    **dict.fromkeys(
        ("fills_a_file", "large_hole"),
        "it is too large for a run: it makes files of more than 20 MB",
    ),
    **dict.fromkeys(
        ("prints_for_ever", "writes_for_ever"), "a loop prints, so that outputs have no end"
    ),
}
"""Programs of tests/explore/flagged_programs, and how the first reason of each begins."""


def program(compiled, name, directory):
    return program_of((compiled(name),), directory=str(directory))


@pytest.mark.usual("fork_bomb")
@pytest.mark.parametrize("name", ENDED)
def test_a_program_without_end_is_ended_and_never_run_freely(name, compiled, tmp_path):
    before = own_children()
    # Each program reaches its own bound long before 50 s; how soon depends on the machine's load.
    limits = ExplorationLimits(budget_seconds=50.0)
    found = explore(program(compiled, f"flagged_programs/{name}.c", tmp_path), limits)
    assert found.reasons[0].startswith(ENDED[name])
    assert found.natives == 0
    assert own_children() == before


CLOCK_LOOPS = (
    ("flagged_programs/follows_clock.c",),
    ("dash", "-c", "while :; do sleep 1; date +%s; done"),
)


@pytest.mark.parametrize("words", CLOCK_LOOPS, ids=lambda words: words[0])
def test_a_loop_that_sleeps_and_reads_the_clock_is_named_at_once(words, compiled, tmp_path):
    argv = (compiled(words[0]),) if words[0].endswith(".c") else words
    target = program_of(argv, directory=str(tmp_path))
    found = explore(target, ExplorationLimits(budget_seconds=50.0))
    assert not {FOLLOWS_CLOCK, READS_CLOCK}.isdisjoint(found.flags)
    assert found.runs <= 6
    assert not any("budget" in reason for reason in found.reasons)


@pytest.mark.usual
def test_a_search_with_too_many_states_says_what_to_change(compiled, tmp_path, monkeypatch):
    monkeypatch.setattr(state_search, "MOST_STATES", 10)
    target = program_of((compiled("programs/children.c"), "4"), directory=str(tmp_path))
    found = explore(target, ExplorationLimits(natives=0))
    [reason] = found.reasons
    assert reason == (
        "it has more than 400,000 states; try fewer processes, or fewer rounds of loops"
    )


def test_a_loop_of_empty_writes_is_an_endless_state(compiled, tmp_path):
    found = explore(program(compiled, "programs/writes_nothing.c", tmp_path))
    [outcome] = found.outcomes
    assert outcome.deadlock == (
        ("P0", "waits for a child"),
        ("P1", "writes “” to the output, again and again"),
    )
    assert found.has_every_order


@pytest.mark.usual("prints_for_ever")
@pytest.mark.parametrize("name", ["prints_for_ever", "fills_a_file"])
def test_a_free_run_of_an_endless_program_is_ended(name, compiled, tmp_path):
    before = own_children()
    began = time.monotonic()
    target = program(compiled, f"flagged_programs/{name}.c", tmp_path)
    assert native_runs.native_runs(native_runs.FreeProgram(target), 5, 0.5) == ()
    assert time.monotonic() - began < 60
    assert own_children() == before


@pytest.mark.usual("2.0-children.c")
@pytest.mark.parametrize(("seconds", "name"), [(2.0, "children.c"), (0.01, "large_tree.c")])
def test_a_search_stays_within_its_budget_and_lists_an_output(seconds, name, compiled, tmp_path):
    words = (compiled(f"programs/{name}"), *(["15"] * (name == "children.c")))
    began = time.process_time(), time.monotonic()
    # No free runs, because they have a separate time limit.
    limits = ExplorationLimits(budget_seconds=seconds * patience(), natives=0)
    found = explore(program_of(words, directory=str(tmp_path)), limits)
    took = time.process_time() - began[0], time.monotonic() - began[1]
    assert not found.has_every_order
    # A hundred times the budget is the limit by the clock: other programs may take that time.
    is_late = any(flag.is_a(LATE_BY_CLOCK) for flag in found.flags)
    assert is_late or any("the budget of" in reason for reason in found.reasons), found.reasons
    assert found.outcomes or seconds < 1, "the first output of sixteen processes may take longer"
    # On a busy machine the elapsed time is longer, but not the processor time.
    assert min(took) < max(2.0 * 1.2 * patience(), 3.0)


def test_free_runs_count_outputs_that_differ_only_in_pids(compiled, tmp_path):
    found = explore(
        program(compiled, "programs/pids_of_two.c", tmp_path),
        ExplorationLimits(budget_seconds=60, natives=20),
    )
    assert found.texts == {"<P1>\n<P2>\n", "<P2>\n<P1>\n"}
    # The elder child has the pid that was handed out first.
    assert sum(found.seen.values()) == found.natives
    assert found.has_every_order


def test_free_runs_start_a_program_like_a_shell_and_count_only_if_it_begins(tmp_path, monkeypatch):
    # execve refuses a script without an interpreter line: sh runs it.
    script = tmp_path / "script"
    script.write_text("echo hi\n")
    script.chmod(0o755)
    free = native_runs.FreeProgram(program_of((str(script),), directory=str(tmp_path)))
    assert [(run.output, run.status) for run in native_runs.native_runs(free, 2, 20)] == [
        (b"hi\n", 0),
        (b"hi\n", 0),
    ]

    def refuse(_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(DirectoryCopy, "confine", refuse)
    assert native_runs.native_runs(free, 2, 20) == ()
