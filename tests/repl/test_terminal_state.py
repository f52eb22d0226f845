"""The terminal between commands: type-ahead, changes of size, modes that programs left on."""

import os
import signal
import subprocess
import sys

import pytest

from simpsh.process.proc import tracer_pid
from tests.harness.process import wait_for_state, wait_until

_PRIVATE = 5
"""The shift of a private mode's number, see Terminal.screen_modes."""

PYTHON = sys.executable


def modes_on(terminal, *numbers):
    """Return which of these private modes of the terminal are on."""
    return {number for number in numbers if number << _PRIVATE in terminal.screen_modes}


# ------------------------------------------------------------------------------ type-ahead


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("cat\rline\r", r"^>> cat\nline$"),
        ("\x1b[200~cat\x1b[201~\rline\r", r"^>> cat\nline$"),
        ("cat\rüber\r", r"^>> cat\nüber$"),
        ("true\rcat\rline\r", r"^>> true\n>> cat\nline$"),
    ],
)
def test_text_typed_together_with_a_command_reaches_its_program(start, typed, shown):
    terminal = start()
    terminal.send(typed)
    terminal.wait(shown)
    terminal.foreground_is("cat")
    terminal.key("C-d")
    terminal.wait_foreground(terminal.pid)
    terminal.wait_prompt()
    assert "not found" not in terminal.screen()


def test_a_command_that_reads_one_line_leaves_the_next_to_the_prompt(start):
    terminal = start()
    terminal.send("read x\rvalue\recho got $x\r")
    terminal.wait(r"^>> read x\n(value\n)?>> echo got \$x\ngot value\n>>$")
    terminal.send("sh -c 'read y; echo has $y'\rmore\recho after\r")
    terminal.wait(r"^has more\n>> echo after\nafter\n>>$")
    terminal.send(f"{PYTHON} -c 'print(input() * 2)'\rab\r")
    terminal.wait(r"^abab\n>>$")
    # The paste completes an unfinished line.
    terminal.send("\x0cfor i in 1 2\rdo echo n$i\rdone\recho end\r")
    terminal.wait(r"^n1\nn2\n>> echo end\nend\n>>$")
    # Long pastes arrive whole.
    text = "x" * 3000
    terminal.send(f"\x0c\x1b[200~echo {text} | wc -c\x1b[201~\r")
    terminal.wait(r"^3001\n>>$")


# ---------------------------------------------------------------------------------- resize

WORDS = "echo " + " ".join(f"word{number:02}" for number in range(20))


def test_a_resize_keeps_the_output_and_leaves_no_ghost(start):
    terminal = start(rows=14, columns=90)
    terminal.run("seq 5")
    terminal.send(WORDS)
    terminal.wait(r"word19\nstatus 0")
    sizes = [30, 90, *range(89, 30, -7), *range(31, 91, 5), 30, 90]
    for columns in sizes:
        terminal.resize(14, columns)
        terminal.pump()
    terminal.wait_until(lambda: shows_line_once(terminal.screen()), "the line is not there once")
    terminal.resize(14, 30)
    terminal.wait_until(lambda: shows_line_once(terminal.screen()), "the line is not there once")


def shows_line_once(screen):
    """Return whether output, line and toolbar are visible once each, even if wrapped."""
    text = "".join(screen.split())
    return f"5>>{''.join(WORDS.split())}status0" in text and text.count("word00") == 1


def test_the_toolbar_is_no_wider_than_its_text(start):
    terminal = start(columns=90)
    terminal.run("cd /")
    # A terminal that rewraps when resized treats dim blanks as text.
    assert "\x1b[0;2mstatus 0 · /\x1b[12D".encode() in bytes(terminal.raw)


def test_a_resize_erases_no_row_above_the_drawing(start):
    # These variables do not prove that the terminal rewraps its text: programs inherit them.
    terminal = start(columns=90, TMUX="/tmp/socket,1,0", VTE_VERSION="7600")
    terminal.send(WORDS)
    terminal.wait(r"word19\nstatus 0")
    terminal.wait_until(lambda: terminal.cursor()[1] == 57, "the line is not drawn")
    wait_for_state(terminal.pid, "S")
    seen = len(terminal.raw)
    terminal.resize(24, 40)
    end = terminal.wait_raw(rb"\x1b\[57D\x1b\[A\x1b\[J", after=seen)
    assert b"A" not in bytes(terminal.raw[seen:end]).removesuffix(b"\x1b[57D\x1b[A\x1b[J")


def test_an_unfinished_line_stays_if_the_width_is_unknown(start):
    terminal = start(columns=120)
    terminal.run("stty cols 0")
    terminal.send("printf abc\r")
    terminal.wait(r"^abc\n>>\nstatus")
    terminal.send("sh -c 'printf def; kill -9 $$'\r")
    terminal.wait(r"^def\nKilled \(SIGKILL\)\n\n>>\nstatus")


# ------------------------------------------------------------------ modes that a program left on

LEFT_ON = r"\033[?1049h\033[?1003h\033[?1006h\033[?1h\033=\033[?25l\033[?7l\033[4h"


def test_a_killed_or_stopped_program_leaves_no_mode_of_the_terminal_on(start):
    terminal = start(columns=120)
    for ending in ("KILL", "TERM", "STOP"):
        terminal.run(f"sh -c 'printf \"{LEFT_ON}\"; kill -{ending} $$'")
        assert not modes_on(terminal, 1049, 1003, 1006, 1)
        # Autowrap is on, insert mode off, the cursor shown.
        assert modes_on(terminal, 7)
        assert 4 not in terminal.screen_modes
        assert terminal.has_cursor()
        # The shell does not report a repair of modes that it cannot observe.
        assert "repaired" not in terminal.screen()
    # Modes that make the keyboard unusable are reset even if the program exited.
    terminal.run(r"printf '\033[?1003h\033[?1004h\033[?1h\033[?25l'")
    assert not modes_on(terminal, 1003, 1004, 1)
    assert terminal.has_cursor()
    # An alternate screen that a command selected stays on.
    terminal.run(r"printf '\033[?1049h'")
    assert modes_on(terminal, 1049)


# ------------------------------------------------------------------------- single failures


@pytest.mark.needs("strace")
@pytest.mark.parametrize(
    "failure",
    ["poll:error=ENOMEM", "ioctl:error=EIO", "ioctl:error=EINTR", "select,pselect6:error=ENOMEM"],
)
def test_single_failures_of_calls_on_the_terminal_do_not_end_the_session(start, failure):
    terminal = start()
    calls = failure.split(":")[0]
    argv = ("strace", "-qq", "-p", f"{terminal.pid}", "-o", os.devnull)
    argv += ("-e", f"trace={calls}", "-e", f"inject={failure}:when=2+7")
    with subprocess.Popen(argv) as tracer:
        try:
            wait_until(lambda: tracer_pid(terminal.pid), "it is traced")
            for number in range(5):
                terminal.send(f"echo a$((1{number}))b\r")
                terminal.wait(rf"^a1{number}b$")
            terminal.send("cat\r")
            terminal.foreground_is("cat")
            terminal.send("text\r")
            terminal.wait(r"^text\ntext$")
            terminal.key("C-z")
            terminal.wait(r"Stopped \(SIGTSTP\)  *cat$")
            terminal.send("fg\r")
            terminal.foreground_is("cat")
            terminal.key("C-d")
            terminal.wait_foreground(terminal.pid)
            terminal.send("exit 7\r")
            assert terminal.wait_exit() == 7
        finally:
            tracer.send_signal(signal.SIGTERM)
    assert not {"write error", "Traceback", "problem", "defect"} & {*terminal.screen().split("\n")}
