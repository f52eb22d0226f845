"""A subshell without a process has the same effects as one with a process: generated programs.

SIMPSH_SUBSHELLS is the number of programs. If one reason to end a trial is removed from the shell,
some of the same programs notice it.
"""

import os

import pytest

from simpsh.shell.builtins.builtin_registry import NAMES
from simpsh.shell.subshell_trial import ADMITTED, REFUSED
from tests.harness.sh import FORK, SPAWN
from tests.shell.interpret.changed_shell import changed
from tests.shell.interpret.subshell_programs import NOTICING, differing, program

SIZE = 30
MANY = int(os.environ.get("SIMPSH_SUBSHELLS", "5000"))

FOCUS = {
    **{why: why for why in REFUSED.keys() & NOTICING.keys()},
    # Few programs have a job that `jobs` and `wait` could find.
    **{name: name for name in NOTICING.keys() & set(NAMES) - {"read", ".", "jobs", "wait"}},
    "builtin": "set",
}
"""For each change of changed_shell.py, the kind of commands that notice it."""


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


@pytest.mark.long("several hundred programs run in two shells")
@pytest.mark.parametrize("first", range(0, 600, 100))
def test_programs_do_not_notice_whether_exec_replaces_the_subshell(first, place):
    """Except by their parent's pid, and the message if a signal kills the program, as in dash."""
    noticing = ("PPID", "kill -")
    seeds = [
        seed
        for seed in range(first, first + 100)
        if not any(word in program(seed) for word in noticing)
    ]
    found = _found(seeds, changed("no-exec-in-place"), SPAWN, place)
    assert not found, found


def _some_program_notices(change: str, place) -> bool:
    """Return whether a program does something else in a shell with this change."""
    focus = FOCUS[change]
    for first in range(0, 6 * SIZE, SIZE):
        seeds = range(first, first + SIZE)
        if any(True for _ in differing(seeds, SPAWN, changed(change), place, focus)):
            return True
    return False


@pytest.mark.long("each reason takes up to 180 programs")
@pytest.mark.parametrize("change", sorted(FOCUS))
def test_some_program_notices_if_a_reason_to_end_a_trial_is_removed(change, place):
    assert _some_program_notices(change, place)


def test_every_reason_has_programs_that_notice_it():
    # An exception and the number of commands have tests of their own in test_tried_subshells.py.
    assert REFUSED.keys() - FOCUS.keys() == {"length", "error"}
    assert ADMITTED.isdisjoint(FOCUS)
