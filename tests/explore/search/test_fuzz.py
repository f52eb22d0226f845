"""Random programs: the model, reduced and unreduced, and an independent oracle agree.

SIMPSH_FUZZ is the number of programs, and SIMPSH_PATIENCE a factor for the time limit of each
search.
"""

import os

import pytest

from simpsh.base.patience import patience
from simpsh.explore.control.explored_program import program_of
from tests.explore.oracle.generating import programs
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
