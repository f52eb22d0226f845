"""Nested shells: each takes the terminal and gives it back to its parent."""

from __future__ import annotations

import os
import signal

import pytest

from tests.harness.process import children_of, descendants_of, group_of, state_of
from tests.harness.sh import simpsh_words

SIMPSH = simpsh_words()
INNER = {"simpsh": (f"PS1='in> ' {SIMPSH}", "in>"), "bash": ("PS1='in$ ' bash --norc -i", "in\\$")}


@pytest.fixture(params=["simpsh", "bash"])
def inner(request, prompt):
    """Start a shell inside simpsh; `inner` is a pattern of its prompt."""
    line, looks = INNER[request.param]
    prompt.send(line + "\r")
    prompt.wait(rf"^{looks}\n?(status [^\n]*)?\Z")
    return rf"{looks}\n?(status [^\n]*)?\Z"


def test_an_inner_shell_is_a_job_whose_jobs_have_their_own_groups(prompt, inner):
    shell = prompt.children()[0]
    assert prompt.terminal.foreground_pgid() == shell
    group = prompt.begin("sleep 100 | sleep 101", "sleep")
    assert group not in (shell, prompt.pid)
    prompt.wait_members(group, ["sleep", "sleep"])
    assert {group_of(pid) for pid in children_of(shell)} == {group}
    prompt.key("C-c")
    # In some runs bash prints one more newline.
    prompt.wait(r"\^C\n\n?" + inner)
    assert prompt.terminal.foreground_pgid() == shell
    # ^Z stops the inner shell's job only.
    sleep = prompt.begin("sleep 100", "sleep")
    prompt.key("C-z")
    prompt.wait(r"Stopped.*sleep 100\n" + inner)
    assert state_of(sleep) == "T"
    prompt.wait_states([shell], "S")
    assert prompt.terminal.foreground_pgid() == shell
    prompt.send("fg\r")
    prompt.foreground_is("sleep")
    # The key discards output that has not been read yet; see NOFLSH in termios(3).
    prompt.wait(r"^sleep 100$")
    prompt.key("C-c")
    prompt.wait(r"sleep 100\n\^C\n\n?" + inner)
    # After a stop from outside, fg continues it.
    os.kill(shell, signal.SIGSTOP)
    prompt.wait(r"^\[1\]\+  Stopped \(SIGSTOP\)(.*\n)+>>\n?(status [^\n]*)?\Z")
    assert prompt.owns_the_terminal()
    assert prompt.run("echo on") == "on"
    prompt.send("fg\r")
    prompt.terminal.wait_foreground(shell)
    prompt.send("echo inner\r")
    prompt.wait(r"^inner\n" + inner)
    prompt.send("exit\r")
    prompt.terminal.wait_foreground(prompt.pid)
    assert prompt.run("echo over").endswith("over")


def test_a_script_is_stopped_and_continued_with_its_commands(prompt):
    prompt.begin_below(f"{SIMPSH} -c 'cat; echo after'", "cat")
    members = descendants_of(prompt.pid)
    group = prompt.terminal.foreground_pgid()
    assert {group_of(pid) for pid in members} == {group}
    prompt.end("C-z")
    prompt.wait_states(members, "T")
    assert prompt.status() == 148
    prompt.send("fg\r")
    prompt.wait_states(members, "S")
    prompt.send("one\r")
    prompt.wait(r"^one\none$")
    assert prompt.end("C-d").endswith("one\none\nafter")
    # An interrupt ends the inner shell with status 130.
    prompt.begin_below(f"{SIMPSH} -c 'sleep 100; echo no'; echo no", "sleep")
    assert prompt.end("C-c").endswith("^C")
    assert prompt.status() == 130


def test_the_terminal_returns_through_three_nested_shells(prompt):
    for level in ("a", "b"):
        prompt.send(f"PS1='{level}> ' {SIMPSH}\r")
        prompt.wait(rf"^{level}>\n?(status [^\n]*)?\Z")
    prompt.begin("sleep 100", "sleep")
    prompt.key("C-z")
    prompt.wait(r"Stopped.*\nb>")
    prompt.send("exit\rexit\r")
    prompt.wait(r"^a>\n?(status [^\n]*)?\Z")
    prompt.send("exit\r")
    prompt.terminal.wait_foreground(prompt.pid)
    assert prompt.run("echo on").endswith("on")
    assert descendants_of(prompt.pid) == []
