"""A subshell without a process has the same effects as one with a process: generated programs.

SIMPSH_SUBSHELLS is the number of programs.
"""

import os

import pytest

from tests.harness.sh import FORK, SPAWN
from tests.shell.interpret.subshell_programs import differing

SIZE = 30
MANY = int(os.environ.get("SIMPSH_SUBSHELLS", "5000"))


def _found(seeds, first, second, place) -> str:
    return "\n\n".join(report for _, report in differing(seeds, first, second, place))


def test_a_sample_of_programs_does_not_notice_whether_subshells_have_processes(place):
    found = _found(range(SIZE), FORK, SPAWN, place)
    assert not found, found


@pytest.mark.long("5,000 programs run in two shells")
@pytest.mark.parametrize("first", range(0, MANY, 100))
def test_programs_do_not_notice_whether_subshells_have_processes(first, place):
    found = _found(range(first, first + 100), FORK, SPAWN, place)
    assert not found, found
