"""The destination of narration: standard error or another descriptor."""

import re

import pytest

from tests.dash.programs import all_programs
from tests.harness.sh import FORK, needs_a_full_device, run, simpsh, through_sh

# Programs that print times, pids or descriptors would differ in any case.
PROGRAMS = [
    program
    for program in all_programs()
    if not re.search(r"/fd|times|ulimit|\$\$|\$!|sleep", program.script)
]
SOME = PROGRAMS[:: len(PROGRAMS) // 20]


@pytest.mark.usual("directories:18 -L after -P", "redirections:91 close standard error")
@pytest.mark.long("programs of every kind run twice")
@pytest.mark.parametrize("program", SOME, ids=lambda program: program.name)
def test_narration_on_another_descriptor_changes_no_output_and_no_status(program, place):
    """Outputs, status and files are the same with and without narration."""
    how = {"form": program.form, "arguments": program.arguments, "place": place}
    plain = run(FORK, program.text, **how)
    narrating = through_sh(simpsh("-v", "--verbose-fd", "9"), "exec 9>../narration")
    assert run(narrating, program.text, **how) == plain
    with open(f"{place.base}/narration") as file:
        assert "Traceback" not in file.read()


def test_narration_goes_to_its_descriptor_whatever_commands_redirect():
    # --verbose-fd receives the whole narration.
    shell = through_sh(simpsh("-v", "--verbose-fd=7"), "exec 7>seven")
    outcome = run(shell, "sh -c 'echo err >&2; exit 3'; exec 7>&- 2>f; true")
    assert outcome.error == "err\n"
    narration = outcome.files["seven"].content.decode()
    # Closing descriptor 7 does not end the narration, because the shell uses a copy.
    assert narration.count("exec-ing") == 2
    assert outcome.files["f"].content == b""
    # Redirections of commands do not redirect the narration.
    outcome = run(simpsh("-v"), "{ true; (true); } 2>f; exec 2>g; true; nosuch")
    assert outcome.error.count("exec-ing") == 4
    assert outcome.files["f"].content == b""
    assert outcome.files["g"].content == b"simpsh: line 1: nosuch: command not found\n"


@pytest.mark.parametrize(
    "prologue",
    ["exec 2>&-", pytest.param("exec 2>/dev/full", marks=needs_a_full_device), "exec 2</dev/null"],
)
def test_narration_that_cannot_be_written_changes_nothing(prologue):
    outcome = run(through_sh(simpsh("-v"), prologue), "printf x | cat; (exit 3); echo $?; exit 4")
    assert (outcome.text, outcome.status) == ("x3\n", 4)
