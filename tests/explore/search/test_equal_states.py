"""Histories that a process has forgotten are one state; nothing that it can still know is lost."""

import math
import shutil
from contextlib import suppress
from itertools import permutations
from pathlib import Path

import pytest

from simpsh.base.process_names import FIRST
from simpsh.explore.control import remembered_state
from simpsh.explore.control.controlled_run import ControlledRun
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.program_knowledge import Knowledge, Restart
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.search.state_search import StateSearch
from simpsh.explore.workplace.private_world import in_private_world, why_not_private
from tests.explore.oracle.derived import all_permutations, dyck_words, two_writers
from tests.explore.oracle.known import FAMILIES
from tests.explore.search.test_known_sets import words_of

pytestmark = pytest.mark.long("each test explores a program")

PROGRAMS = Path(__file__).parent.parent / "programs"
PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31)
LIMITS = ExplorationLimits(natives=0, budget_seconds=60)


@pytest.fixture
def explored(compiled, tmp_path):
    def one(name, *arguments, limits=LIMITS):
        path = compiled(f"programs/{name}.c")
        return explore(program_of((path, *arguments), directory=str(tmp_path)), limits)

    return one


def orders(letters):
    return {f"{''.join(order)}." for order in permutations(letters)}


@pytest.mark.usual("fork_fork---")
@pytest.mark.parametrize(
    ("words", "texts", "most_runs", "most_states"),
    [
        (("fork_fork",), dyck_words(4), 20, math.inf),
        (("children", "4"), all_permutations("abcd"), 60, math.inf),
        # 90 or 95: where the stack begins decides what the dynamic linker leaves on it.
        (("two_writers",), two_writers(), 110, math.inf),
        # The orders of the ends of eight children are forgotten.
        (("collects", "8", "f"), {"."}, 40, 3**8 + 100),
        # Statuses are forgotten after they are printed.
        (("collects", "5", "s"), orders("12345"), 160, math.inf),
        # An order that is remembered is not lost.
        (("collects", "4", "o"), orders("abcd"), math.inf, math.inf),
        # Pipes with one writer and one reader add no outputs.
        (("sieve", "35"), {"".join(f"prime {one}\n" for one in PRIMES)}, math.inf, 500),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_set_needs_few_runs_and_states(words, texts, most_runs, most_states, explored):
    found = explored(*words)
    assert found.texts == texts
    assert found.has_every_order
    assert found.runs <= most_runs
    assert found.states <= most_states


@pytest.mark.usual
def test_what_a_handler_left_on_the_stack_counts(explored):
    assert explored("shows_left_by_handler").texts == {"0", "1"}


@pytest.mark.usual("h")
@pytest.mark.parametrize("how", ["h", "u", "d", "c"])
def test_states_differ_by_facts_that_only_the_kernel_keeps(how, explored):
    found = explored("keeps_in_the_kernel", how)
    assert found.texts == {"1", "2"}
    assert found.reasons == ()


@pytest.mark.usual
def test_with_unreadable_memory_every_history_is_a_state(compiled, monkeypatch, tmp_path):
    monkeypatch.setattr(remembered_state, "_MOST_PAGES", 0)
    program = program_of((compiled("programs/collects.c"), "3", "f"), directory=str(tmp_path))
    with Knowledge(program) as knowledge:
        search = StateSearch(knowledge)
        while search.advance(1):
            pass
    assert search.is_finished
    assert search.reality.runs == 6  # the orders of three children


@pytest.mark.usual("fork_fork.c", "orphan.c")
@pytest.mark.long("two runs of every program with a known set")
@pytest.mark.parametrize("known", FAMILIES, ids=str)
def test_two_runs_give_each_process_the_same_pid(known, compiled, tmp_path):
    if why_not_private():
        pytest.skip(why_not_private())
    tmp_path.joinpath("data").write_text("ab")
    program = program_of(words_of(known, compiled), directory=str(tmp_path))

    def pids():
        with Knowledge(program) as knowledge:
            return pids_in_run(knowledge, min), pids_in_run(knowledge, max)

    first, second = in_private_world(pids)
    assert first[FIRST] == second[FIRST] == 23_571
    for name in first.keys() & second.keys():
        assert first[name] == second[name]


def pids_in_run(knowledge, choose):
    """Return the pid of each process of a run, whose schedule `choose` makes."""
    while True:
        with suppress(Restart), ControlledRun(knowledge) as run:
            for _ in range(200):
                if not (choices := run.list_choices()):
                    break
                run.step(choose(choices))
            return {name: process.pid for name, process in run.processes.items()}


def test_leftovers_of_a_program_of_the_system_do_not_count(tmp_path):
    # Its handler runs at many places, and leaves its frames below the stack pointer.
    program = program_of((shutil.which("timeout"), "5", "true"), directory=str(tmp_path))

    def nodes_at_exit():
        with Knowledge(program) as known:
            search = StateSearch(known)
            while search.advance(60):
                pass
        nodes = {node for state in search.graph.states for _, (node, _) in state[0]}
        ends = [node for node in nodes if node.name == "P0" and node.operation.is_end]
        return search.is_finished, len(ends)

    is_finished, ends = in_private_world(nodes_at_exit)
    assert is_finished
    assert ends <= 12
