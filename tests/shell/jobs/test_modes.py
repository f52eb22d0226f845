"""The modes of the terminal: changes by a job are undone after it and restored by fg."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import termios
from pathlib import Path

import pytest

REPAIRED = (
    r"terminal repaired after \S+: it had lost echo, line editing, \^C, Enter and line breaks"
)
"""The message after a program that left the terminal in raw mode."""
STOPPED = rf"Stopped \(SIGSTOP\).*\n{REPAIRED}; fg restores its modes\n>>$"

RAW = shlex.join([sys.executable, str(Path(__file__).with_name("raw_mode.py"))])


@pytest.fixture
def prompt(start):
    """A prompt on a screen wide enough for long commands."""
    return start(columns=200)


def modes_of_a_command(prompt):
    """Return the modes of the terminal at the start of a program."""
    prompt.begin("cat", "cat")
    modes = prompt.terminal.modes()
    prompt.end("C-d")
    return modes


def begin_raw(prompt, command=RAW):
    prompt.send(command + "\r")
    prompt.wait(r"^raw$")
    return prompt.terminal.modes()


def test_the_modes_are_restored_after_a_raw_program_was_killed_or_stopped(prompt):
    before = modes_of_a_command(prompt)
    for command in (RAW, f"{RAW} | cat", f"({RAW})"):
        prompt.fresh()
        assert not begin_raw(prompt, command)[3] & (termios.ICANON | termios.ECHO)
        prompt.send("k")
        prompt.wait(r"^>>\n?(status.*)?\Z")
        assert modes_of_a_command(prompt) == before
    for number, message in (
        (signal.SIGTERM, rf"^Terminated \(SIGTERM\)\n{REPAIRED}\n>>$"),
        (signal.SIGSTOP, STOPPED),
    ):
        prompt.fresh()
        begin_raw(prompt)
        os.kill(prompt.children()[0], number)
        prompt.wait(message)
        assert modes_of_a_command(prompt) == before
    # The end of a background job does not change them either.
    os.kill(prompt.children()[0], signal.SIGKILL)
    prompt.wait(r"Killed \(SIGKILL\).*\n>>$")
    assert modes_of_a_command(prompt) == before
    # A program that exits leaves no raw modes either.
    prompt.fresh()
    begin_raw(prompt)
    prompt.send("q")
    prompt.wait(rf"^{REPAIRED}\n>>$")
    assert modes_of_a_command(prompt) == before


def test_fg_restores_the_raw_modes_of_a_stopped_program_for_that_program_alone(prompt):
    before = modes_of_a_command(prompt)
    raw = begin_raw(prompt)
    for _ in range(2):
        prompt.send("s")
        prompt.wait(STOPPED)
        assert modes_of_a_command(prompt) == before
        seen = len(prompt.terminal.raw)
        prompt.send("fg\r")
        prompt.terminal.wait_raw(rb"\nstill raw", after=seen)
        assert prompt.terminal.modes() == raw
    prompt.send("k")
    prompt.wait(r"^>>\n?(status.*)?\Z")
    assert modes_of_a_command(prompt) == before


def test_two_stopped_programs_keep_separate_modes(prompt):
    raw = begin_raw(prompt)
    prompt.send("s")
    prompt.wait(STOPPED)
    prompt.begin("sh -c 'stty -echo; exec cat'", "cat")
    prompt.wait_until(lambda: not prompt.terminal.modes()[3] & termios.ECHO, "echo is on")
    quiet = prompt.terminal.modes()
    prompt.end("C-z")
    assert modes_of_a_command(prompt)[3] & termios.ECHO
    seen = len(prompt.terminal.raw)
    prompt.send("fg %1\r")
    prompt.terminal.wait_raw(rb"\nstill raw", after=seen)
    assert prompt.terminal.modes() == raw
    prompt.send("s")
    prompt.wait(r"status 147.*\Z")
    prompt.begin("fg %2", "cat")
    prompt.wait_until(lambda: prompt.terminal.modes() == quiet, "not its modes")
    prompt.end("C-c")
    prompt.run("kill -KILL %1")


def test_a_stopped_program_that_bg_continued_gets_its_modes_in_fg(prompt):
    raw = begin_raw(prompt)
    prompt.send("s")
    prompt.wait(STOPPED)
    # In the background its next read stops it again.
    prompt.run("bg")
    prompt.wait(r"Stopped \(SIGTTIN\).*\n>>$")
    prompt.send("fg\r")
    prompt.wait_until(lambda: prompt.terminal.modes() == raw, "not its modes")
    prompt.send("r")
    prompt.wait(r"^status 0.*\Z")


def test_changes_by_stty_persist(prompt):
    prompt.run("stty -echo intr ^X")
    modes = modes_of_a_command(prompt)
    assert not modes[3] & termios.ECHO
    assert modes[6][termios.VINTR] == b"\x18"
    # The new interrupt character ends jobs.
    prompt.begin("sleep 100", "sleep")
    prompt.end("C-x")
    assert prompt.status() == 130
    for line in ("(stty -echo)", "stty -echo | cat", "{ stty -echo; true; }"):
        prompt.run("stty echo intr ^C")
        assert modes_of_a_command(prompt)[3] & termios.ECHO
        prompt.run(line)
        assert not modes_of_a_command(prompt)[3] & termios.ECHO, line


def test_only_stty_itself_leaves_a_terminal_that_is_hard_to_use(prompt):
    # A program that sets modes for itself may end between two calls of stty.
    assert prompt.run("sh -c 'stty -echo -icanon'").startswith("terminal repaired after sh -c")
    assert prompt.run("python3 -c 'import os; os.set_blocking(0, False)'").endswith(
        ": it had lost blocking reads"
    )
    # Harmless modes are kept, as in bash.
    prompt.run("sh -c 'stty -ixon'")
    assert not modes_of_a_command(prompt)[0] & termios.IXON
    for line in ("f() { stty -echo; }; f", "eval 'stty -echo'", "command stty -echo"):
        prompt.fresh()
        prompt.run("stty echo")
        assert prompt.run(line) == ""
        assert not modes_of_a_command(prompt)[3] & termios.ECHO, line
    # Modes that were set before the program are not repaired after it.
    assert prompt.run("sh -c 'exit 3'") == ""


def test_a_program_that_asks_for_a_password_in_the_background_works_in_the_foreground(prompt):
    ask = f"{sys.executable} -c 'import getpass; print(len(getpass.getpass()))'"
    before = modes_of_a_command(prompt)
    for command in (ask, f"({ask}; true)"):
        prompt.fresh()
        prompt.run(f"{command} &")
        prompt.wait(r"Stopped \(SIGTTOU\).*\n>>$")
        prompt.send("fg\r")
        prompt.wait(r"^Password:")
        # The user's modes, without echo: the kernel edits the line.
        prompt.wait_until(prompt.terminal.is_canonical, "the modes are not those of a program")
        assert not prompt.terminal.modes()[3] & termios.ECHO
        prompt.send("four\x7fr\r")
        prompt.wait(r"^4\n>>$")
        assert modes_of_a_command(prompt) == before
    prompt.fresh()
    prompt.run(f"{ask} &")
    prompt.wait(r"Stopped \(SIGTTOU\).*\n>>$")
    prompt.send("fg\r")
    prompt.wait(r"^Password:")
    prompt.wait_until(prompt.terminal.is_canonical, "the modes are not those of a program")
    prompt.end("C-c")
    assert prompt.status() == 130
    # A program that reads key by key gets the modes that it sets.
    prompt.run(f"{RAW} &")
    prompt.wait(r"Stopped \(SIGTTOU\).*\n>>$")
    prompt.send("fg\r")
    prompt.wait(r"^raw$")
    assert not prompt.terminal.modes()[3] & (termios.ICANON | termios.ISIG)
    prompt.send("q")
    prompt.wait(r"^>>\n?(status.*)?\Z")
    assert modes_of_a_command(prompt) == before
