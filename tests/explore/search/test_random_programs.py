"""Random programs: every search agrees, and no free run refutes the sets that were found.

SIMPSH_FUZZ is the number of programs that are searched, SIMPSH_PATIENCE a factor for the time of
each search, and SIMPSH_ROUNDS the number of programs that are drawn from each family.
"""

import os

import pytest

from simpsh.base.patience import patience
from simpsh.base.record import changed
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.search.exploration import ExplorationLimits, explore
from tests.explore.oracle.generating import programs
from tests.explore.oracle.hunting import FAMILIES, LIMITS, drawn, hunt, pairs
from tests.explore.oracle.judging import Tally, judge

COUNT = int(os.environ.get("SIMPSH_FUZZ", "20"))
PATIENCE = patience()

# Each of these programs was generated once, and showed a difference in an earlier version.
ONCE_WRONG = (
    "q(G(c))rK>",
    "(s)In",
    "(gab)mKMb",
    "(bb)nG",
    "(fK)9r",
    pytest.param("(gm)h(mkk)Z", marks=pytest.mark.long("three searches of 40 s in all")),
    "m(k)Za",
)


def judged(texts, compiled, directory):
    tally = Tally()
    for text in texts:
        program = program_of((compiled("oracle/letters.c"), text), directory=str(directory))
        judge(text, program, tally, budget_seconds=30.0 * PATIENCE)
    return tally


@pytest.mark.timeout(60 + 10 * COUNT * PATIENCE)
def test_random_programs_have_the_same_outcomes_by_every_search(compiled, tmp_path):
    tally = judged(programs(1, COUNT), compiled, tmp_path)
    assert tally.differences == []
    # How many searches end within their budget depends on the programs and on the machine.
    assert tally.complete
    assert tally.by_unreduced_model


@pytest.mark.usual("(s)In", "m(k)Za")
@pytest.mark.long("each program is searched in every way")
@pytest.mark.parametrize("text", ONCE_WRONG)
def test_a_program_that_once_showed_a_difference_shows_none(text, compiled, tmp_path):
    tally = judged([text], compiled, tmp_path)
    assert tally == Tally(complete=1, by_unreduced_model=1)


# -- no free run of a drawn program refutes the set that was found


ROUNDS = int(os.environ.get("SIMPSH_ROUNDS", "110"))
SAMPLE = ("letters files", "letters children", "names", "duplicates", "ends")
"""Families whose third program has few states, but several outcomes."""
ONCE_REFUTED = (("pipes", 30), ("letters exec", 2), ("ends", 20261207))


@pytest.mark.long("eight programs, each run freely many times")
def test_no_program_of_the_sample_is_refuted(compiled):
    programs = [drawn(*each) for each in (*((family, 3) for family in SAMPLE), *ONCE_REFUTED)]
    counts, wrong = hunt(programs, compiled, changed(LIMITS, budget_seconds=60))
    assert wrong == []
    assert counts["complete"] == len(programs)


@pytest.mark.long("3,000 drawn programs, and 2,000 with one call in each of two processes")
@pytest.mark.timeout(60_000)
@pytest.mark.parametrize("family", [*FAMILIES, "pairs"])
def test_no_drawn_program_is_refuted(family, compiled):
    drawn_ones = (drawn(family, seed) for seed in range(1, 1 + ROUNDS))
    counts, wrong = hunt(pairs() if family == "pairs" else drawn_ones, compiled)
    assert wrong == []
    # How many are complete within their budget depends on the machine.
    assert counts["complete"]


def test_a_signal_that_ends_a_process_at_the_beginning_of_its_handler_is_given_to_it(
    compiled, tmp_path
):
    # Two signals come at once: the handler of one is followed, and the other ends the process.
    words = (compiled("oracle/racing.c"), "h", "12", "a")
    limits = ExplorationLimits(natives=0, budget_seconds=60)
    found = explore(program_of(words, directory=str(tmp_path)), limits)
    assert found.has_every_order
    assert len(found.outcomes) == 12
