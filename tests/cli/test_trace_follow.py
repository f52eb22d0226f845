"""`simpsh trace show --follow`; where ptrace is forbidden; what never reaches a terminal."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess

import pytest

from simpsh.cli import command_line
from simpsh.process import proc
from tests.support.processes import (
    children_of,
    kill_and_collect,
    state_of,
    wait_for_state,
    wait_until,
)
from tests.support.shells import simpsh_command
from tests.support.untraceable import without_ptrace

SIMPSH = simpsh_command()
SCRIPT = "read word; /bin/true | cat; sh -c 'exit 3'; read word; exit 7"


class Running:
    """A command that is recorded, and goes on when it is told to."""

    def __init__(self, path, *options):
        self.path = path
        argv = [*SIMPSH, "trace", "-o", str(path), *options, "sh", "-c", SCRIPT]
        self.simpsh = subprocess.Popen(argv, stdin=subprocess.PIPE)
        wait_until(lambda: path.exists() and '"exec"' in path.read_text(), "it runs")

    def go_on(self):
        self.simpsh.stdin.write(b"go\n")
        self.simpsh.stdin.flush()


@pytest.fixture
def running(tmp_path):
    made = Running(tmp_path / "run.jsonl")
    yield made
    made.simpsh.kill()
    made.simpsh.stdin.close()
    made.simpsh.wait()
    # Killed, it takes the tracer and the command with it; they come to the test runner.
    kill_and_collect(lambda: children_of(os.getpid()))


@pytest.fixture
def following(running):
    argv = [*SIMPSH, "trace", "show", "--follow", str(running.path)]
    made = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    yield made
    made.kill()
    made.wait()
    made.stdout.close()
    made.stderr.close()


def read_until(stream, pattern):
    """The lines up to the first that matches; fails at the end of the stream."""
    lines = []
    for line in stream:
        lines.append(line)
        if re.search(pattern, line):
            return lines
    raise AssertionError(f"no line matches {pattern}: {lines}")


def test_each_step_is_drawn_as_it_happens_and_the_end_of_the_recording_ends_it(running, following):
    begun = read_until(following.stdout, "P0 starts: sh -c")
    running.go_on()
    # The command waits for its second word, and what it did until then is there to be read.
    more = read_until(following.stdout, "P0 collects P3: status 3")
    assert running.simpsh.poll() is None
    running.go_on()
    lines = read_until(following.stdout, "simpsh collects P0: status 7")
    assert "P0 exits with status 7" in "".join(lines)
    assert running.simpsh.wait() == 7
    rest = following.stdout.read()
    assert "collected" in rest
    assert (following.wait(), following.stderr.read()) == (0, "")
    # The steps are those that show draws.
    live = "".join([*begun, *more, *lines, rest])
    shown = subprocess.run(
        [*SIMPSH, "trace", "show", str(running.path)], capture_output=True, text=True
    ).stdout
    # Lines are broken at other places; the moments are those of the steps.
    moments = re.compile(r"^ *\d+\.\d", re.MULTILINE)
    assert moments.findall(live) == moments.findall(shown)
    assert len(moments.findall(live)) > 10


def test_a_killed_writer_ends_it_with_a_remark(running, following):
    read_until(following.stdout, "P0 starts")
    running.simpsh.kill()
    assert (
        "note: the recording ends in the middle: its writer was killed" in following.stdout.read()
    )
    assert (following.wait(), following.stderr.read()) == (0, "")


def test_a_lock_that_goes_after_the_file_was_closed_ends_it_too(running, tmp_path):
    # The kernel reports a close before it takes the lock away: here the time between is long.
    begun, _, _ = running.path.read_text().rpartition("\n")
    path = tmp_path / "begun.jsonl"
    path.write_text(begun + "\n")
    with path.open("rb") as locked, path.open("ab") as written:
        fcntl.flock(locked, fcntl.LOCK_EX)
        argv = [*SIMPSH, "trace", "show", "--follow", str(path)]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as following:
            read_until(following.stdout, "P0 starts")
            wait_for_state(following.pid, "S")
            before = proc.times_scheduled(following.pid)
            written.close()
            wait_until(lambda: proc.times_scheduled(following.pid) != before, "it has looked")
            wait_for_state(following.pid, "S")
            locked.close()
            try:
                said, _ = following.communicate(timeout=60)
            finally:
                following.kill()
    assert "note: the recording ends in the middle: its writer was killed" in said
    assert following.returncode == 0


def test_an_interrupt_ends_it_cleanly(running, following):
    read_until(following.stdout, "P0 starts")
    wait_until(lambda: state_of(following.pid) == "S", "it waits for more")
    following.send_signal(signal.SIGINT)
    assert following.wait() == 130
    assert following.stderr.read() == ""
    assert running.simpsh.poll() is None


# -------------------------------------------------------------------------- what is not permitted


def test_where_ptrace_is_forbidden_one_line_says_what_is_missing(tmp_path, capfd):
    words = ["trace", "-o", str(tmp_path / "run.jsonl"), "sh", "-c", "echo out; exit 3"]
    assert without_ptrace(lambda: command_line.run(words)) == 3
    output, error = capfd.readouterr()
    assert output == "out\n"
    assert error == (
        "simpsh: trace: this system lets no process trace its child (Operation not permitted): "
        "only simpsh's own calls are recorded; see simpsh doctor\n"
    )
    assert '"event":"exit"' in (tmp_path / "run.jsonl").read_text()
    assert command_line.run(["trace", "show", words[2]]) == 0
    assert "note: simpsh may not trace here: only the calls of simpsh" in capfd.readouterr()[0]


# --------------------------------------------------------------------------- control characters

EVIL = "\x1b]0;owned\x07\x1b[2J\r\x9b31m"


@pytest.mark.parametrize(
    "argv",
    [
        ["trace", "/bin/true", EVIL],
        ["trace", "--plain", "/bin/true", EVIL],
        ["trace", f"/bin/true '{EVIL}'"],
        ["trace", f"/nowhere/{EVIL}"],
        ["trace", "show", f"/nowhere/{EVIL}"],
        ["-vvv", "-c", f"/bin/true '{EVIL}' 3>&1"],
        ["-c", f"fds; status; explain echo '{EVIL}'", EVIL],
        ["-c", f"/nowhere/'{EVIL}'"],
        ["-c", f"cd '/{EVIL}'"],
        ["explore", "/bin/sh", "-c", f": '{EVIL}'"],
        ["step", "--schedule", EVIL, "/bin/true"],
        [f"--{EVIL}"],
        ["trace", f"--{EVIL}"],
        [f"/nowhere/{EVIL}"],
    ],
)
def test_no_control_character_of_an_argument_reaches_the_terminal(argv):
    done = subprocess.run([*SIMPSH, *argv], capture_output=True, stdin=subprocess.DEVNULL)
    shown = (done.stdout + done.stderr).decode()
    assert shown
    assert {char for char in shown if not char.isprintable()} - {"\n", "\t"} == set()
    assert "Traceback" not in shown
