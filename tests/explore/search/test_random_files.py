"""Random programs that change names and files have the outputs that files.py counts."""

import os
from random import Random

import pytest

from simpsh.base.patience import patience
from simpsh.explore.control.explored_program import program_of
from simpsh.explore.control.program_knowledge import Knowledge
from simpsh.explore.search.exploration import ExplorationLimits, explore
from simpsh.explore.search.program_outcomes import outcomes_of
from simpsh.explore.search.state_search import StateSearch
from tests.explore.oracle.files import FAMILIES, drawn, outputs

SECONDS = 60 * patience()
LIMITS = ExplorationLimits(budget_seconds=SECONDS, natives=3, most=5000)
ROUNDS = int(os.environ.get("SIMPSH_ROUNDS", "30"))
pytestmark = pytest.mark.timeout(200 * patience())


def explored(word, compiled, directory):
    return program_of((compiled("oracle/files.c"), word), directory=str(directory))


def unreduced(program):
    """Return the outputs of a search that follows every choice; None if it does not end."""
    with Knowledge(program) as knowledge:
        search = StateSearch(knowledge, is_reduced=False)
        while search.advance(SECONDS):
            pass
        if not search.is_finished:
            return None
        return {ending.output.decode() for ending in outcomes_of(search, 5000).endings}


def drawn_words(first, last):
    return [
        pytest.param(drawn(Random(f"{family} {seed}"), family), id=f"{family}-{seed}")
        for family in FAMILIES
        for seed in range(first, last)
    ]


def compare(word, compiled, directory):
    os.utime(directory, (1, 1))  # runs have not made it, however young it is
    program = explored(word, compiled, directory)
    found = explore(program, LIMITS)
    if found.has_every_order:
        assert found.texts == outputs(word)
    else:
        # A flag explains it, also a run that differs, and nothing is shown that cannot be.
        assert found.flags
        assert found.texts <= outputs(word)
    return program, found


@pytest.mark.parametrize(
    "word",
    [
        # A file is replaced, and the directory shows it; a new file gets the name of an old one.
        *(",ba,Ba", "a,mb,BA", "da,DvD,DDv", "ad,aNd,Uxi"),
        # An open file keeps its contents whatever happens to its name.
        *("ka,AK,Kww", ",UB,x", "k,mw,KB"),
    ],
)
def test_each_search_has_the_outputs_of_the_small_file_system(word, compiled, tmp_path):
    program, found = compare(word, compiled, tmp_path)
    every = unreduced(program)
    if found.has_every_order and every is not None:
        assert every == outputs(word)


@pytest.mark.long("thirty drawn programs of each family")
@pytest.mark.parametrize("word", drawn_words(1, 1 + ROUNDS))
def test_a_drawn_program_has_the_outputs_of_the_small_file_system(word, compiled, tmp_path):
    compare(word, compiled, tmp_path)


def test_the_small_file_system_follows_posix():
    assert outputs("a,m,A") == {"+1", "+-", "1+", "-+"}
    # An inode without a name is kept as long as it is open.
    assert outputs("k,uw,K") == {"+0", "0+", "+1"}
    assert outputs("d,r,i") == {"++-", "+-+", "+-"}
