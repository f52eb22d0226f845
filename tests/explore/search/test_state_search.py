"""The model beside the real program: how few runs it needs; that it notices when it is wrong."""

from __future__ import annotations

import pytest

from simpsh.base.patience import patience
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.model.program_model import Model
from simpsh.explore.search import exploration
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.search.program_outcomes import Outcomes, story_of
from simpsh.explore.search.state_search import StateSearch
from tests.support.c_programs import compile_c

QUIET = ExplorationLimits(budget_seconds=60, natives=0)


@pytest.fixture
def program(compiled, tmp_path):
    """Make a program of a C file in `programs`, run in an empty directory."""

    def make(name, *arguments):
        path = compiled(f"programs/{name}")
        return program_of((path, *arguments), directory=str(tmp_path))

    return make


@pytest.fixture
def written(tmp_path, tmp_path_factory):
    """Compile a C program given as text."""

    def make(text):
        place = tmp_path_factory.mktemp("written")
        (place / "program.c").write_text(text)
        target = compile_c(place / "program.c", place / "program")
        return program_of((target,), directory=str(tmp_path))

    return make


def test_fork_fork_needs_two_learning_runs_and_one_for_each_other_output(program):
    found = explore(program("fork_fork.c"), QUIET)
    assert (len(found.outcomes), found.count) == (14, 14)
    assert found.runs + found.replays <= 20
    assert found.is_complete
    assert all(outcome.is_replayed for outcome in found.outcomes)


@pytest.mark.slow
def test_sixteen_processes_are_never_called_complete_within_a_small_budget(program):
    budget = 2 * patience()  # a loaded machine needs its time for the first output, too
    found = explore(
        program("children.c", "15"), ExplorationLimits(natives=0, budget_seconds=budget, replays=3)
    )
    assert not found.is_complete
    assert found.reasons[0].startswith(f"the budget of {budget:g} seconds was used up")
    assert found.outcomes


@pytest.mark.parametrize(
    ("name", "saves"),
    [
        ("two_writers.c", True),
        ("counter_flock.c", True),
        ("sigchld_handler.c", True),
        ("orphan.c", False),
        ("pipeline_kept_open.c", True),
    ],
)
def test_left_movers_leave_out_no_outcome(program, name, saves):
    # Two searches may have different numbers of states: see memory_pages.py. So states are counted
    # by what one of them has learned.
    endings = {}
    for is_reduced in (True, False):
        with Knowledge(program(name)) as knowledge:
            search = StateSearch(knowledge, is_reduced=is_reduced)
            while search.advance(30.0):
                pass
            assert search.trouble == ""
            endings[is_reduced] = Outcomes(search, 200, 20).endings
    assert endings[True] == endings[False]
    every = len(search.graph.states)
    assert states_of(Model(search.model.learned, is_reduced=False)) == every
    assert (states_of(Model(search.model.learned)) < every) == saves


def states_of(model):
    """Return how many states a search must see, by what is learned already."""
    beginning = model.begin(model.learned.roots)
    seen, todo = {beginning}, [beginning]
    while todo:
        state = todo.pop()
        for choice, edge in model.moves(state):
            _, _, after = model.after(state, choice, edge)
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return len(seen)


def test_an_outcome_tells_statuses_files_and_the_way_there(program):
    found = explore(program("counter_unlocked.c"), QUIET)
    first, second = found.outcomes
    assert (first.text, second.text) == ("1", "2")
    assert [contents for _, contents in (*first.files, *second.files)] == [b"1", b"2"]
    assert sorted(dict(first.statuses)) == ["P0", "P1", "P2"]
    assert [step.printed for step in first.story if step.printed] == [b"1"]
    assert len(first.story) == len(first.witness)


def test_a_witness_stops_deciding_where_only_one_outcome_is_left(program):
    found = explore(program("child_parent_end.c"), QUIET)
    assert [(one.text, one.deciding, one.witness[0]) for one in found.outcomes] == [
        ("CPE", 1, "P1"),
        ("PCE", 1, "P0"),
    ]


@pytest.mark.parametrize(("name", "expected"), [("ping_pong.c", 10), ("child_parent_end.c", 100)])
def test_a_single_outcome_needs_few_free_runs(name, expected, program, monkeypatch):
    counts = []

    def noted(_program, count, *_rest, **_named):
        counts.append(count)
        return ()

    monkeypatch.setattr(exploration, "native_runs", noted)
    explore(program(name), ExplorationLimits(budget_seconds=60))
    assert counts == [expected]


def test_a_free_run_that_hangs_agrees_with_the_deadlock(program):
    found = explore(
        program("forgotten_write_end.c"),
        ExplorationLimits(budget_seconds=60, natives=1, native_seconds=20),
    )
    assert (found.natives, found.outcomes[0].native) == (1, 1)
    assert found.is_complete


PID_DECIDES = """
#include <stdlib.h>
#include <unistd.h>
#include <sys/wait.h>
int main(void) {
    if (fork() == 0) _exit(0);
    wait(NULL);
    if (fork() == 0) _exit(0);
    wait(NULL);
    write(1, getpid() % 2 ? "o" : "e", 1);
    return 0;
}
"""


def test_a_program_that_its_pid_decides_is_never_complete(written):
    # Three processes a run: the free runs' first pids are odd and even in turns.
    found = explore(
        written(PID_DECIDES), ExplorationLimits(budget_seconds=60, natives=20, native_seconds=20)
    )
    assert not found.is_complete


CHANCE = """
#include <unistd.h>
#include <sys/wait.h>
int main(void) {
    for (int i = 0; i < 3; i++)
        if (fork() == 0) {
            char c = "ab"[getpid() & 1];
            write(1, &c, 1);
            _exit(i);
        }
    int order = 0, status;
    while (wait(&status) > 0) order = 4 * order + WEXITSTATUS(status);
    return order;
}
"""


def test_where_model_and_reality_differ_the_reason_names_it_and_what_was_printed_is_listed(written):
    found = explore(written(CHANCE), ExplorationLimits(natives=0, budget_seconds=6.0))
    assert not found.is_complete
    assert found.differences
    assert any("not all of its orders could be followed" in reason for reason in found.reasons)
    assert found.outcomes


LIVELOCK = """
#include <unistd.h>
#include <sys/wait.h>
int main(void) {
    int p[2]; char c;
    pipe(p);
    if (fork() == 0) { read(p[0], &c, 1); _exit(0); }
    write(1, "p", 1);
    while (waitpid(-1, NULL, WNOHANG) == 0) {}
    write(1, "never", 5);
    return 0;
}
"""


def test_a_loop_that_is_never_left_is_an_outcome(written):
    found = explore(written(LIVELOCK), QUIET)
    [outcome] = found.outcomes
    assert outcome.text == "p"
    assert dict(outcome.deadlock)["P0"].endswith("again and again")
    assert outcome.is_replayed
    assert found.is_complete


ENDLESS = """
#include <unistd.h>
int main(void) {
    if (fork() == 0) _exit(0);
    for (;;) write(1, ".", 1);
}
"""


def test_a_program_that_never_ends_is_not_complete(written):
    found = explore(written(ENDLESS), QUIET)
    assert not found.is_complete
    assert any("may never end" in reason for reason in found.reasons)


def test_a_story_says_what_each_step_does(program):
    with Knowledge(program("child_parent_end.c")) as knowledge:
        search = StateSearch(knowledge)
        search.advance(20.0)
        [schedule] = search.reality.endings.values()
        steps = story_of(search.model, schedule, knowledge.letters)
    assert {step.process for step in steps} == {"P0", "P1"}
    assert b"".join(step.printed for step in steps) in (b"CPE", b"PCE")
    assert "writes “E” to the output" in [step.operation for step in steps]
