"""`simpsh trace` where ptrace is forbidden; what never reaches a terminal."""

from __future__ import annotations

import subprocess

import pytest

from simpsh.cli import command_line
from tests.support.shells import simpsh_command
from tests.support.untraceable import without_ptrace

SIMPSH = simpsh_command()


def test_where_ptrace_is_forbidden_one_line_says_so_and_nothing_runs(tmp_path, capfd):
    words = ["trace", "-o", str(tmp_path / "run.jsonl"), "sh", "-c", "echo out; exit 3"]
    assert without_ptrace(lambda: command_line.run(words)) == 1
    assert capfd.readouterr() == (
        "",
        "simpsh: trace: this system lets no process trace its child (Operation not permitted)\n",
    )


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
