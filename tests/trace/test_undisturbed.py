"""A traced command gets the same descriptors, signals, keys and errors as without the tracer."""

import signal
import subprocess

import pytest

from simpsh.base.events import ExecError, Exit
from simpsh.base.wait_status import Exited, decode
from simpsh.kernel.program_execution import ONE_ARGUMENT_LIMIT
from tests.harness.process import name_of, session_members, state_of
from tests.harness.recorded import recorded, whats
from tests.harness.sh import simpsh_command
from tests.harness.terminal import Terminal

SHOWN = ("grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status")


def traced(path, level="calls"):
    return (*simpsh_command(), "trace", "--level", level, "-o", str(path / "run.jsonl"))


def under_shell(prefix, *argv):
    """Return the output of a command that bash runs as a child after `prefix`."""
    line = f'{prefix} "$@"; :'
    done = subprocess.run(["bash", "-c", line, "bash", *argv], capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("names", ["", "INT QUIT TSTP TTIN TTOU HUP TERM CHLD USR1"])
def test_the_signals_ignored_at_the_start_are_ignored_in_the_command(names, tmp_path):
    prefix = f"trap '' {names};" if names else ""
    untraced = under_shell(prefix, *SHOWN)
    mask = int(untraced.split()[3], 16)
    assert all(mask >> signal.Signals[f"SIG{name}"] - 1 & 1 for name in names.split())
    for level in ("events", "calls", "io"):
        assert under_shell(prefix, *traced(tmp_path, level), *SHOWN) == untraced


def test_the_signals_blocked_at_the_start_are_blocked_in_the_command(tmp_path):
    blocked = {signal.SIGUSR2, signal.SIGCHLD, signal.SIGTERM, signal.SIGINT}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
    try:
        untraced = subprocess.run(SHOWN, capture_output=True, text=True).stdout
        seen = subprocess.run((*traced(tmp_path), *SHOWN), capture_output=True, text=True).stdout
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    mask = int(untraced.split()[1], 16)
    assert all(mask >> number - 1 & 1 for number in blocked)
    assert seen == untraced


SHELL = ("bash", "--norc", "--noprofile", "-i")
OUTER = {"PS1": "outer> ", "PATH": "/usr/bin:/bin", "HISTFILE": ""}


@pytest.fixture
def outer():
    with Terminal(SHELL, environment=OUTER) as terminal:
        terminal.wait_prompt("outer> ")
        yield terminal


def type_line(terminal, line):
    terminal.send(line + "\r")


@pytest.mark.parametrize("level", ["events", "calls"])
def test_keys_reach_the_job_of_a_traced_shell(outer, tmp_path, level):
    type_line(outer, " ".join(["PS1='inner> '", *traced(tmp_path, level), *SHELL]))
    outer.wait_prompt("inner> ")
    type_line(outer, "sleep 100")
    outer.foreground_is("sleep")
    outer.key("C-z")
    outer.wait(r"^\[1\]\+ +Stopped +sleep 100")
    outer.wait_prompt("inner> ")
    type_line(outer, "fg")
    outer.foreground_is("sleep")
    outer.key("C-\\")
    outer.wait(r"Quit")
    outer.wait_prompt("inner> ")
    type_line(outer, "clear; sleep 100")
    outer.foreground_is("sleep")
    outer.key("C-c")
    outer.wait(r"\^C\s*inner>")
    type_line(outer, "echo =$?")
    outer.wait(r"^=130$")
    type_line(outer, "exit 5")
    outer.wait_prompt("outer> ")
    type_line(outer, "echo =$?")
    outer.wait(r"^=5$")


def test_a_stopped_command_stops_its_tracer_and_both_continue(outer, tmp_path):
    type_line(outer, f"{' '.join(traced(tmp_path))} sh -c 'sleep 100 | cat; exit 7'")
    outer.wait_until(lambda: "S" in states_of(outer, "sleep"), "sleep never ran")
    outer.key("C-z")
    outer.wait(r"^\[1\]\+ +Stopped")
    outer.wait_prompt("outer> ")
    assert states_of(outer, "sleep") <= {"T", "t"}
    type_line(outer, "fg")
    outer.wait_until(lambda: "S" in states_of(outer, "sleep"), "sleep never went on")
    outer.key("C-c")
    # Between ^C and the prompt the path of the recording is printed.
    outer.wait(r"\^C[^>]*outer>")
    type_line(outer, "echo =$?")
    outer.wait(r"^=130$")


def states_of(terminal, name):
    """Return the states of the processes on a terminal that run program `name`."""
    pids = session_members(terminal.pid)
    return {state_of(pid) for pid in pids if name_of(pid) == name}


# -- a recording of a command that cannot be executed ------------------------------------------


def test_an_argument_that_is_too_long_ends_the_program_with_126():
    (ended,) = whats(recorded("/bin/true", "x" * ONE_ARGUMENT_LIMIT), Exit)
    assert decode(ended.status) == Exited(126)


def test_the_search_for_the_program_is_not_recorded():
    assert whats(recorded("sh", "-c", "exit 3", level="io"), ExecError) == []
