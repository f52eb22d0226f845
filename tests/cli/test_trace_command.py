"""`simpsh trace` at the command line; tests/spec/cli_trace.spec has what it prints."""

import os
import shlex
import subprocess
import sys

import pytest

from tests.harness.sh import run_simpsh, simpsh_command
from tests.harness.terminal import Terminal
from tests.support.needed_programs import is_installed


def traced(*argv):
    return [*simpsh_command(), "trace", *argv]


def test_the_command_line_that_is_shown_can_be_typed_again(tmp_path):
    words = ["printf", "<%s>", b"\xff", "it's $HOME", "it's", "two\nlines\t", "a|b*", "", "\u202e"]
    done = subprocess.run(
        traced("--plain", *words), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    shown = done.stderr.decode().splitlines()[0].partition("ran: ")[2]
    assert shown.isascii()
    for shell in (["bash", "-c"], [sys.executable, "-m", "simpsh", "-c"]):
        if is_installed(shell[0]):
            again = subprocess.run([*shell, shown], capture_output=True, check=True)
            assert again.stdout == subprocess.run(words, capture_output=True, check=True).stdout


@pytest.mark.needs("root")
def test_an_ordinary_user_may_trace():
    # Import the modules first: another user may be unable to read their directory.
    code = (
        "import os, sys, json, tempfile; "
        "import simpsh.cli.command_line, simpsh.cli.trace_command, simpsh.trace.tracer.traced_run; "
        "import simpsh.trace.tracer.rest_detection, simpsh.view.timeline.terminal_timeline; "
        "import simpsh.chronicle.chronicle_builder; "
        "import ctypes, importlib, locale, mmap, resource, select, textwrap, unicodedata; "
        "from simpsh.kernel.namespaces import become_user; become_user(65534); "
        "words = ['--level', 'io', '/bin/sh', '-c', 'true | false; exit 4']; "
        "sys.exit(simpsh.cli.trace_command.TraceCommand.answer_to(words))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="/")
    assert done.returncode == 4
    assert "P0 makes pipe A" in done.stderr
    assert "P2 writes" not in done.stderr


def test_on_a_terminal_the_address_of_a_page_or_picture_is_printed(tmp_path):
    line = "; ".join(
        shlex.join(traced("-o", name, "/bin/true")) for name in ("a run.html", "b.svg")
    )
    with Terminal(("sh", "-c", line), directory=tmp_path, columns=250) as terminal:
        for name in ("a%20run.html", "b.svg"):
            terminal.wait(
                f"simpsh: open it in a browser: file://{os.path.realpath(tmp_path)}/{name}"
            )
        terminal.wait_exit()


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
    done = run_simpsh(*argv, stdin=subprocess.DEVNULL)
    shown = done.stdout + done.stderr
    assert shown
    assert {char for char in shown if not char.isprintable()} - {"\n", "\t"} == set()
    assert "Traceback" not in shown
