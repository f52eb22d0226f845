"""Control characters of arguments never reach a terminal."""

from __future__ import annotations

import subprocess

import pytest

from tests.harness.sh import simpsh_command

EVIL = "\x1b]0;owned\x07\x1b[2J\r\x9b31m"


@pytest.mark.parametrize(
    "argv",
    [
        ["trace", "/bin/true", EVIL],
        ["trace", "--plain", "/bin/true", EVIL],
        ["trace", f"/bin/true '{EVIL}'"],
        ["trace", f"/nowhere/{EVIL}"],
        ["trace", "show", f"/nowhere/{EVIL}"],
        ["-v", "-c", f"/bin/true '{EVIL}' 3>&1"],
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
    done = subprocess.run([*simpsh_command(), *argv], capture_output=True, stdin=subprocess.DEVNULL)
    shown = (done.stdout + done.stderr).decode()
    assert shown
    assert {char for char in shown if not char.isprintable()} - {"\n", "\t"} == set()
    assert "Traceback" not in shown
