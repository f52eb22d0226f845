"""No run without a tracer comes to something outside a set that was called complete.

Each program races through a rule, or through what is named because there is no rule. It runs
freely, with delays by chance before and after its calls. SIMPSH_ROUNDS is how often each runs; and
how many programs are drawn for each family of rules, beyond the first; SIMPSH_SEED is where they
begin.
"""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest

from simpsh.base.record import changed
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.model.file_operations import RENAMES_OPEN
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.search.native_runs import native_runs, prints
from tests.explore.oracle import known
from tests.explore.oracle.racing import QUICK, racing
from tests.support.c_programs import compile_c

ROUNDS = int(os.environ.get("SIMPSH_ROUNDS", "6"))
ORACLE = Path(__file__).parent.parent / "oracle"
MORE = range(int(os.environ.get("SIMPSH_ROUNDS", "0")))
BY_CHANCE = pytest.mark.long("delays by chance: what more free runs find, more minutes find")
EXTRA = (known.GROUPS, known.STOPS, known.GROUP_SIGNALS, known.SIGNAL_SETS, known.MEMORY)
"""The drawn programs stand for these, unless more is asked for."""
SETS = (known.FAMILIES, known.PIPES, known.SIGNALS, known.FILES, *(EXTRA if MORE else ()))
KNOWN = {
    one.program: one.outputs
    for one in (one for some in SETS for one in some)
    if not any("[deadlock]" in output for output in one.outputs)
    if not one.arguments and not one.has_terminal and not one.program.startswith("sleep_")
}


@pytest.fixture(scope="module")
def delays(tmp_path_factory):
    target = tmp_path_factory.mktemp("delays") / "delays.so"
    return compile_c(ORACLE / "delays.c", target, "-shared", "-fPIC", "-ldl")


def free_runs(program, delays, rounds):
    """Run a program with delays by chance, and return what the runs came to."""
    for seed in range(1, rounds + 1):
        environment = {**os.environ, "LD_PRELOAD": delays, "DELAY_SEED": str(seed)}
        yield from native_runs(changed(program, environment=environment), 1, 60.0)


def program_in(directory, words):
    (directory / "data").write_text("ab")
    return program_of(words, directory=str(directory))


@BY_CHANCE
@pytest.mark.parametrize("name", sorted(KNOWN), ids=lambda one: Path(one).stem)
def test_no_native_run_leaves_a_known_set(name, compiled, delays, tmp_path):
    # That this is the set which is found, and called complete: test_known_sets.py.
    program = program_in(tmp_path, (compiled(f"programs/{name}"),))
    runs = list(free_runs(program, delays, ROUNDS))
    assert len(runs) == ROUNDS
    assert strange({run.output for run in runs}, [one.encode() for one in KNOWN[name]]) == set()


def strange(outputs, possible):
    return {one for one in outputs if not any(prints(one, other) for other in possible)}


@BY_CHANCE
@pytest.mark.parametrize("number", [None, *MORE])
@pytest.mark.parametrize("family", QUICK)
def test_no_race_through_a_rule_leaves_a_complete_set(family, number, compiled, delays, tmp_path):
    words = (
        compiled("oracle/racing.c"),
        *racing(QUICK[family] if number is None else number, family),
    )
    limits = ExplorationLimits(natives=0, replays=0, budget_seconds=60, most=5000)
    program = program_in(tmp_path, words)
    found = explore(program, limits)
    assert found.differences == ()
    if number is None:
        assert found.reasons == ()
    if found.is_complete:
        seen = {run.output for run in free_runs(program, delays, ROUNDS)}
        assert strange(seen, [one.output for one in found.outcomes]) == set(), words[1:]


@pytest.mark.slow
def test_a_signal_that_ends_a_process_at_the_beginning_of_its_handler_is_given_to_it(
    compiled, tmp_path
):
    # Two signals come at once: the handler of one is followed, and the other ends the process.
    words = (compiled("oracle/racing.c"), "h", "12", "a")
    limits = ExplorationLimits(natives=0, replays=0, budget_seconds=60)
    found = explore(program_in(tmp_path, words), limits)
    assert found.differences == ()
    assert found.is_complete
    assert len(found.outcomes) == 12


DRAWN = int(os.environ.get("SIMPSH_ROUNDS", "2"))
SEED = int(os.environ.get("SIMPSH_SEED", "1"))
LIMITS = ExplorationLimits(natives=0, replays=0, budget_seconds=20, most=20_000)
NATIVE_RUNS = 4
"""How often each drawn program runs freely."""
LETTERS = {
    "shared memory": ("iIloOwptnNm", 2),
    "fifos": ("ABCDEFGHAB", 4),
    "readiness": ("abrRqQTkK", 3),
    "files": ("$%**&<>/;^^!?-", 3),
}
"""Letters of races.c, how many of them a process has at most, and the child's if they differ."""


def drawn(random, letters, most, of_child=""):
    parts = [random.randint(0, 1), random.randint(1, most), random.randint(1, most)]
    families = (letters, letters, of_child or letters)
    return ",".join(
        "".join(random.choices(family, k=count))
        for family, count in zip(families, parts, strict=True)
    )


def strangers(program, outcomes, delays):
    """Return what free runs came to that is not among the outcomes."""
    return {
        (run.output, run.is_stuck)
        for run in free_runs(program, delays, NATIVE_RUNS)
        if not any(
            prints(run.output, one.output) and bool(one.deadlock) == run.is_stuck
            for one in outcomes
        )
    }


@BY_CHANCE
@pytest.mark.parametrize("family", LETTERS)
@pytest.mark.timeout(120 + 20 * ROUNDS)
def test_no_free_run_of_a_drawn_program_leaves_a_complete_set(family, compiled, delays, tmp_path):
    random = Random(f"{family} {SEED}")
    complete = judged = 0
    for _ in range(DRAWN):
        word = drawn(random, *LETTERS[family])
        program = program_of((compiled("oracle/races.c"), word), directory=str(tmp_path))
        found = explore(program, LIMITS)
        if found.is_complete:
            complete += 1
            assert (word, strangers(program, found.outcomes, delays)) == (word, set())
            judged += 1
        else:
            is_wrong = f"it {RENAMES_OPEN}" in found.reasons  # so much else may stand against it
            others = {each for each in found.reasons if not each.startswith(OUT_OF_TIME)}
            assert is_wrong or others <= ALLOWED, (word, found.reasons)
            judged += len(others) == len(found.reasons)
    # A loaded machine may be too slow for some; of the others, few may be incomplete.
    assert complete >= judged * 0.5


ALLOWED = {
    "it may let a load of shared memory overtake a store, as processors do without a fence",
    "it blocks in a call that is not followed: futex",
}
"""Why a drawn program need not be complete."""
OUT_OF_TIME = "the budget of 20 seconds of processor time was used up"
