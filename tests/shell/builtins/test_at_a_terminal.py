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


def test_a_stopped_job_can_be_continued_in_both_ways_and_is_not_waited_for(prompt):
    prompt.send("sleep 100\r")
    prompt.foreground_is("sleep")
    prompt.key("C-z")
    prompt.wait(r"Stopped \(SIGTSTP\)\s+sleep 100")
    prompt.wait(READY)
    ask(prompt, "wait %1", r"wait: %1 is stopped and will not end; 'bg %1' lets it")
    ask(prompt, "wait; printf '<%s>' $?", r"<0>")
    ask(prompt, "bg", r"\[1\] sleep 100 &")
    ask(prompt, "jobs", r"\[1\]\+  Running\s+sleep 100 &")
    prompt.send("fg\r")
    prompt.foreground_is("sleep")
    interrupt(prompt)
    ask(prompt, "printf '<%s>' $?", r"<130>")
    for target in ("%1", "$!"):
        ask(prompt, "sleep 100 &", r"\[1\]  \d+")
        ask(prompt, "kill -STOP $!", "kill -STOP")
        ask(prompt, "", r"Stopped \(SIGSTOP\)\s+sleep 100")
        ask(prompt, f"kill -KILL {target}; wait %1; printf '<%s>' $?", r"KILL [%$]\S+ .*\n<137>")


def test_ctrl_c_ends_read_and_wait_and_leaves_the_job(prompt):
    block(prompt, "read a b")
    prompt.send("one two three\r")
    prompt.wait(READY)
    ask(prompt, "printf '<%s>' \"$b\"", r"<two three>")
    block(prompt, "read a")
    interrupt(prompt)
    ask(prompt, "printf '<r%s>' $?", r"<r130>")
    ask(prompt, "sleep 100 &", r"^\[1\]  \d+")
    block(prompt, "wait")
    interrupt(prompt)
    ask(prompt, "printf '<w%s>' $?", r"<w130>")
    ask(prompt, "jobs", r"\[1\]\+  Running\s+sleep 100 &")
    ask(prompt, "family", r"R running\s+\d+\*\s+\d+\s+\S+")
    # A disowned job is no job of fg any more.
    ask(prompt, "disown", r"^>> disown$")
    ask(prompt, "fg", r"fg: there is no job")
    ask(prompt, "kill -KILL $!; wait $!; printf '<%s>' $?", r"<127>")
