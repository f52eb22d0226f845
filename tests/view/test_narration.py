"""The narration of `-v`: where it goes, and that it comes in time and changes nothing.

Its sentences are in tests/spec/narration.spec.
"""

import contextlib
import os
import re
import signal

import pytest

from tests.dash.programs import all_programs
from tests.harness.process import send, started, wait_for_state
from tests.harness.sh import FORK, SIMPSH, needs_a_full_device, run, simpsh, through_sh

# Programs that print times, pids or descriptors would differ in any case.
PROGRAMS = [
    program
    for program in all_programs()
    if not re.search(r"/fd|times|ulimit|\$\$|\$!|sleep", program.script)
]
OF_EACH_FILE = {program.name.partition(":")[0]: program for program in reversed(PROGRAMS)}
"""The first program of each file."""


@pytest.mark.usual("directories:1 down and back", "redirections:1 out to a new file")
@pytest.mark.long("programs of every kind run twice")
@pytest.mark.parametrize("program", OF_EACH_FILE.values(), ids=lambda program: program.name)
def test_narration_changes_no_output_and_no_status(program, place):
    how = {"form": program.form, "arguments": program.arguments, "place": place}
    plain = run(FORK, program.text, **how)
    narrated = run(simpsh("-v"), program.text, **how)
    for seen in ("stdout", "status", "files"):
        assert getattr(narrated, seen) == getattr(plain, seen)
    lines = [line for line in narrated.error.splitlines() if not line.startswith("[v]:")]
    assert lines == plain.error.splitlines()


def test_redirections_of_commands_do_not_redirect_the_narration():
    outcome = run(simpsh("-v"), "{ /bin/true; (/bin/true); } 2>f; exec 2>g; /bin/true; nosuch")
    assert outcome.error.count("exec-ing") == 4
    assert outcome.files["f"].content == b""
    assert outcome.files["g"].content.count(b"\n") == 1


@pytest.mark.parametrize(
    "prologue",
    ["exec 2>&-", pytest.param("exec 2>/dev/full", marks=needs_a_full_device), "exec 2</dev/null"],
)
def test_narration_that_cannot_be_written_changes_nothing(prologue):
    outcome = run(through_sh(simpsh("-v"), prologue), "printf x | cat; (exit 3); echo $?; exit 4")
    assert (outcome.text, outcome.status) == ("x3\n", 4)


@pytest.mark.parametrize("options", [(), ("-i", "--no-rc")])
def test_narration_that_begins_in_a_subshell_names_it_as_the_parent(options):
    script = "(sh -c 'echo $PPID'; verbose 1; true | true; :)"
    outcome = run(simpsh(*options), script)
    parents = re.findall(r"Parent process \((\d+)\)", outcome.error)
    assert parents == [outcome.text.strip()] * 4


@contextlib.contextmanager
def narrating(script, directory):
    """Start a script that reads a FIFO; yield the shell's pid, and the lines of its narration."""
    os.mkfifo(directory / "fifo")
    read_end, write_end = os.pipe()
    argv = [*SIMPSH.argv, "-v", "-c", script]
    # In a session of its own, the shell's group would be orphaned: SIGTSTP would stop no member.
    keywords = {"cwd": directory, "stderr": write_end, "start_new_session": False}
    with started(argv, **keywords) as shell, open(read_end) as lines:
        os.close(write_end)
        yield shell.pid, lines


def test_a_stop_and_a_continue_from_outside_are_narrated_at_once(tmp_path):
    """Each change is printed immediately, while the shell is in `wait`."""
    with narrating("sh -c 'read x <fifo' & wait", tmp_path) as (shell, lines):

        def told(words):
            """Return the pid in the next line that has these words."""
            line = next(line for line in lines if words in line)
            return int(re.search(r"Child process \((\d+)\)", line)[1])

        pid = told("exec-ing")
        wait_for_state(shell, "S")
        for number in (signal.SIGSTOP, signal.SIGTSTP):
            send(pid, number)
            assert told(f"stop signal: {int(number)} ") == pid
            send(pid, signal.SIGCONT)
            assert told("SIGCONT") == pid
