"""Scripts behave as in dash: generated programs.

SIMPSH_PROGRAMS is their number (120 by default). Batches alternate between the engines.
"""

import os

import pytest

from tests.dash.cases import Case, complaints
from tests.dash.comparing import compare, needs_dash, together
from tests.dash.generate import program
from tests.harness.sh import DASH, FORK, SPAWN, cut, run

SIZE = 20
COUNT = int(os.environ.get("SIMPSH_PROGRAMS", "120"))
BATCHES = range(0, COUNT, SIZE)
ENGINES = (FORK, SPAWN)


@pytest.mark.usual("0")
@pytest.mark.long("six batches of generated programs")
@needs_dash
@pytest.mark.parametrize("first", BATCHES)
def test_generated_programs_do_what_they_do_in_dash(first, place):
    seeds = range(first, min(first + SIZE, COUNT))
    programs = [Case("seed", seed, program(seed)) for seed in seeds]
    found = list(complaints(programs, ENGINES[first // SIZE % 2], place))
    assert not found, "\n\n".join(found)


@needs_dash
@pytest.mark.parametrize("form", ["-c", "file", "stdin"])
@pytest.mark.parametrize("seed", range(10_000, 10_004))
def test_a_generated_program_alone_does_what_it_does_in_dash(seed, form, place):
    script = f"{program(seed)}\n"
    found = compare(script, ENGINES[seed % 2], place, form=form, seconds=60)
    assert not found, f"seed {seed}\n{script}\n" + "\n".join(found)


@needs_dash
def test_generated_programs_are_valid_and_deterministic(place):
    """dash accepts the programs, finishes, and has the same outcome twice."""
    trees = [program(seed) for seed in range(40)]
    first = run(DASH, together(trees), place=place)
    again = run(DASH, together(trees), place=place)
    assert b"yntax error" not in first.stderr
    assert cut(first, 40) is not None
    assert first == again
