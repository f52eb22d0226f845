"""Narration changes no output, no order and no status of a program, and can go elsewhere."""

from __future__ import annotations

import re

import pytest

from tests.dash.programs import all_programs
from tests.shell.program_cases import through_sh
from tests.support.shells import FORK, Place, needs_a_full_device, run, simpsh

# Programs of every kind; the two that measure time or look at descriptors would differ anyway.
PROGRAMS = [
    program
    for program in all_programs()
    if not re.search(r"/fd|times|ulimit|\$\$|\$!|sleep", program.script)
]
SOME = PROGRAMS[:: len(PROGRAMS) // 20]


@pytest.fixture(scope="module")
def place():
    with Place() as one:
        yield one


@pytest.mark.parametrize("program", SOME, ids=lambda program: program.name)
def test_a_program_does_the_same_when_it_is_narrated_elsewhere(program, place):
    """Outputs, order, status and files are equal; only the descriptor of the narration differs."""
    how = {"form": program.form, "arguments": program.arguments, "place": place}
    plain = run(FORK, program.text, **how)
    level = ("-v", "-vv", "-vvv")[program.line % 3]
    narrating = through_sh(simpsh(level, "--verbose-fd", "9"), "exec 9>../narration")
    assert run(narrating, program.text, **how) == plain
    with open(f"{place.base}/narration") as file:
        assert "Traceback" not in file.read()


def test_narration_goes_to_its_descriptor_whatever_commands_redirect():
    # Verbose fd takes all of it.
    shell = through_sh(simpsh("-vv", "--verbose-fd=7"), "exec 7>seven")
    outcome = run(shell, "sh -c 'echo err >&2; exit 3'; exec 7>&- 2>f; true")
    assert outcome.error == "err\n"
    told_there = outcome.files["seven"].content.decode()
    # Not even closing that descriptor ends it: the shell has a copy out of the way.
    assert told_there.count("exec-ing") == 2
    assert outcome.files["f"].content == b""
    # Narration does not follow redirections of the commands.
    outcome = run(simpsh("-v"), "{ true; (true); } 2>f; exec 2>g; true; nosuch")
    assert outcome.error.count("exec-ing") == 4
    assert outcome.files["f"].content == b""
    assert outcome.files["g"].content == b"simpsh: line 1: nosuch: command not found\n"


@pytest.mark.parametrize(
    "prologue",
    ["exec 2>&-", pytest.param("exec 2>/dev/full", marks=needs_a_full_device), "exec 2</dev/null"],
)
def test_narration_that_cannot_be_written_changes_nothing(prologue):
    outcome = run(through_sh(simpsh("-vvv"), prologue), "printf x | cat; (exit 3); echo $?; exit 4")
    assert (outcome.text, outcome.status) == ("x3\n", 4)
