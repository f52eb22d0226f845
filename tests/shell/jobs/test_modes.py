"""The terminal's modes belong to whoever owns it: what a job changed is undone, and given back."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import termios
from pathlib import Path

import pytest

RAW = shlex.join([sys.executable, str(Path(__file__).with_name("raw_mode.py"))])


@pytest.fixture
def prompt(start):
    """A prompt on a screen wide enough for long commands."""
    return start(columns=200)


def modes_of_a_command(prompt):
    """The modes in which a program finds the terminal."""
    prompt.begin("cat", "cat")
    modes = prompt.terminal.modes()
    prompt.end("C-d")
    return modes


def begin_raw(prompt, command=RAW):
    prompt.send(command + "\r")
    prompt.wait(r"^raw$")
    return prompt.terminal.modes()


def is_raw(modes):
    return not modes[3] & (termios.ICANON | termios.ECHO)


@pytest.mark.parametrize("command", [RAW, f"{RAW} | cat", f"({RAW})"])
def test_the_modes_come_back_after_a_raw_program_was_killed(prompt, command):
    before = modes_of_a_command(prompt)
    assert is_raw(begin_raw(prompt, command))
    prompt.send("k")
    prompt.wait(r"^>>\n?(status.*)?\Z")
    assert modes_of_a_command(prompt) == before


def test_the_modes_come_back_after_a_raw_program_was_killed_from_outside(prompt):
    before = modes_of_a_command(prompt)
    begin_raw(prompt)
    os.kill(prompt.children()[0], signal.SIGTERM)
    prompt.wait(r"^Terminated \(SIGTERM\)\n>>$")
    assert modes_of_a_command(prompt) == before


def test_a_stopped_raw_program_has_its_modes_back_in_fg_and_nobody_else_has(prompt):
    before = modes_of_a_command(prompt)
    raw = begin_raw(prompt)
    for _ in range(2):
        prompt.send("s")
        prompt.wait(r"Stopped \(SIGSTOP\).*\n>>$")
        assert modes_of_a_command(prompt) == before
        seen = len(prompt.terminal.raw)
        prompt.send("fg\r")
        prompt.terminal.wait_raw(rb"\nstill raw", after=seen)
        assert prompt.terminal.modes() == raw
    prompt.send("k")
    prompt.wait(r"^>>\n?(status.*)?\Z")
    assert modes_of_a_command(prompt) == before


def test_two_stopped_programs_have_modes_of_their_own(prompt):
    raw = begin_raw(prompt)
    prompt.send("s")
    prompt.wait(r"Stopped \(SIGSTOP\).*\n>>$")
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


def test_a_raw_program_stopped_by_another_process_leaves_the_modes_as_they_were(prompt):
    before = modes_of_a_command(prompt)
    begin_raw(prompt)
    os.kill(prompt.children()[0], signal.SIGSTOP)
    prompt.wait(r"Stopped \(SIGSTOP\).*\n>>$")
    assert modes_of_a_command(prompt) == before


def test_a_stopped_program_that_went_on_behind_gets_its_modes_in_fg(prompt):
    raw = begin_raw(prompt)
    prompt.send("s")
    prompt.wait(r"Stopped \(SIGSTOP\).*\n>>$")
    # Behind the prompt its next read stops it again.
    prompt.run("bg")
    prompt.wait(r"Stopped \(SIGTTIN\).*\n>>$")
    prompt.send("fg\r")
    prompt.wait_until(lambda: prompt.terminal.modes() == raw, "not its modes")
    prompt.send("r")
    prompt.wait(r"^status 0.*\Z")


def test_what_stty_changed_is_kept(prompt):
    prompt.run("stty -echo intr ^X")
    modes = modes_of_a_command(prompt)
    assert not modes[3] & termios.ECHO
    assert modes[6][termios.VINTR] == b"\x18"
    prompt.run("stty echo intr ^C")
    assert modes_of_a_command(prompt)[3] & termios.ECHO


@pytest.mark.parametrize("line", ["(stty -echo)", "stty -echo | cat", "{ stty -echo; true; }"])
def test_what_stty_changed_in_a_list_is_kept(prompt, line):
    prompt.run(line)
    assert not modes_of_a_command(prompt)[3] & termios.ECHO


def test_the_interrupt_character_that_stty_chose_ends_jobs_and_clears_lines(prompt):
    prompt.run("stty intr ^X")
    prompt.begin("sleep 100", "sleep")
    assert prompt.end("C-x") == "^X"
    assert prompt.status() == 130


def test_the_modes_at_the_prompt_do_not_depend_on_what_a_program_left(prompt):
    begin_raw(prompt)
    prompt.send("q")
    prompt.wait(r"^>>\n?(status.*)?\Z")
    # The editor sets its own modes; nothing is lost on the screen.
    prompt.run("stty sane")
    assert prompt.run("echo on") == "on"


def test_a_background_job_that_ends_changes_no_modes(prompt):
    before = modes_of_a_command(prompt)
    begin_raw(prompt)
    prompt.send("s")
    prompt.wait(r"Stopped \(SIGSTOP\).*\n>>$")
    os.kill(prompt.children()[0], signal.SIGKILL)
    prompt.wait(r"Killed \(SIGKILL\).*\n>>$")
    assert modes_of_a_command(prompt) == before
