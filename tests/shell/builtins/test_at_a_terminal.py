"""Builtins that need a keyboard: job control, and ^C while the shell itself blocks."""

from __future__ import annotations

import pytest

READY = r"^>> *\n?(status[^\n]*)?\s*\Z"
"""A prompt with nothing typed behind it, and below it perhaps the toolbar."""


@pytest.fixture
def prompt(start_shell):
    """A simpsh at its first prompt."""
    shell = start_shell()
    shell.wait(READY)
    return shell


def ask(terminal, line: str, pattern: str):
    """Type a line at a prompt and wait for the answer, then for the next prompt."""
    terminal.send(line + "\r")
    terminal.wait(pattern)
    terminal.wait(READY)


def block(terminal, line: str):
    """Type a line whose command does not return, and wait until it has the terminal."""
    terminal.send(line + "\r")
    terminal.wait(rf"^>> {line}$")
    terminal.wait_until(terminal.is_canonical, "the line was never accepted")


def interrupt(terminal):
    terminal.key("C-c")
    terminal.wait(READY)


def test_fg_gives_the_job_the_terminal_and_the_shell_gets_it_back(prompt):
    prompt.send("sleep 100\r")
    prompt.foreground_is("sleep")
    prompt.key("C-z")
    prompt.wait(r"Stopped \(SIGTSTP\)\s+sleep 100")
    prompt.wait(READY)
    prompt.send("fg\r")
    prompt.foreground_is("sleep")
    interrupt(prompt)
    ask(prompt, "printf '<%s>' $?", r"<130>")


def test_bg_lets_a_stopped_job_go_on_behind_the_prompt(prompt):
    prompt.send("sleep 100\r")
    prompt.foreground_is("sleep")
    prompt.key("C-z")
    prompt.wait(r"Stopped \(SIGTSTP\)\s+sleep 100")
    prompt.wait(READY)
    ask(prompt, "bg", r"\[1\] sleep 100 &")
    ask(prompt, "jobs", r"\[1\]\+  Running\s+sleep 100 &")
    ask(prompt, "kill %1", r"Terminated \(SIGTERM\)\s+sleep 100")


def test_ctrl_c_ends_read(prompt):
    block(prompt, "read a")
    interrupt(prompt)
    ask(prompt, "printf '<%s>' $?", r"<130>")


def test_ctrl_c_ends_wait_and_leaves_the_job(prompt):
    ask(prompt, "sleep 100 &", r"^\[1\]  \d+")
    block(prompt, "wait")
    interrupt(prompt)
    ask(prompt, "printf '<%s>' $?", r"<130>")
    ask(prompt, "jobs", r"\[1\]\+  Running\s+sleep 100 &")
    ask(prompt, "kill %1", r"Terminated \(SIGTERM\)\s+sleep 100")


def test_read_takes_a_typed_line(prompt):
    block(prompt, "read a b")
    prompt.send("one two three\r")
    prompt.wait(READY)
    ask(prompt, "printf '<%s>' \"$b\"", r"<two three>")


def test_wait_for_a_stopped_job_does_not_hang(prompt):
    prompt.send("sleep 100\r")
    prompt.foreground_is("sleep")
    prompt.key("C-z")
    prompt.wait(r"Stopped \(SIGTSTP\)\s+sleep 100")
    prompt.wait(READY)
    ask(prompt, "wait %1", r"wait: %1 is stopped and will not end; 'bg %1' lets it")
    ask(prompt, "wait; printf '<%s>' $?", r"<0>")
    ask(prompt, "kill %1", r"Terminated \(SIGTERM\)\s+sleep 100")


@pytest.mark.parametrize("target", ["%1", "$!"])
def test_wait_waits_for_a_stopped_job_that_was_killed(prompt, target):
    ask(prompt, "sleep 100 &", r"\[1\]  \d+")
    ask(prompt, "kill -STOP $!", "kill -STOP")
    ask(prompt, "", r"Stopped \(SIGSTOP\)\s+sleep 100")
    ask(prompt, f"kill -KILL {target}; wait %1; printf '<%s>' $?", r"<137>")


def test_family_marks_the_foreground_group(prompt):
    ask(prompt, "family", r"R running\s+\d+\*\s+\d+\s+\S+")


def test_a_disowned_job_is_no_job_of_fg_any_more(prompt):
    ask(prompt, "sleep 100 &", r"^\[1\]  \d+")
    ask(prompt, "disown", r"^>> disown$")
    ask(prompt, "fg", r"fg: there is no job")
    ask(prompt, "kill -KILL $!; wait $!; printf '<%s>' $?", r"<127>")
