"""Leaving the shell, and the terminal's hang-up: who is warned, who is ended, who lives on."""

from __future__ import annotations

import os
import signal

import pytest

from tests.support.processes import (
    descendants_of,
    name_of,
    session_members,
    state_of,
    wait_for_state,
    wait_until,
)
from tests.support.shells import PYTHON

WARNING = r"^simpsh: there are stopped jobs; leave again to hang them up:\n"


@pytest.fixture
def prompt(start):
    """A prompt on a screen wide enough for the warning."""
    return start(columns=100)


def ended(prompt):
    """Wait until simpsh has ended; return its exit status."""
    wait_for_state(prompt.pid, "Z")
    return prompt.terminal.wait_exit()


def is_gone(pid):
    return state_of(pid) in (None, "Z", "X")


def test_exit_warns_of_stopped_jobs_and_names_them(prompt):
    prompt.stop("sleep 101", "sleep")
    prompt.behind("sleep 102 &")
    prompt.send("exit\r")
    prompt.wait(WARNING + r"\[1\]\+  Stopped \(SIGTSTP\)    sleep 101\n>>$")
    assert len(prompt.children("sleep")) == 2


@pytest.mark.parametrize("leave", ["exit\r", "exit 3\r", "\x04"])
def test_running_jobs_are_no_reason_to_stay_and_run_on(prompt, leave):
    pid = prompt.behind("sleep 100 &")
    prompt.send(leave)
    assert ended(prompt) == (3 if "3" in leave else 0)
    wait_for_state(pid, "S")
    os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("leave", ["exit\r", "quit 3\r", "\x04"])
def test_the_second_time_jobs_are_hung_up(prompt, leave):
    stopped = prompt.stop("sleep 101 | sleep 102", "sleep")
    pids = prompt.children()
    prompt.run("true")
    prompt.send(leave)
    prompt.wait(WARNING)
    prompt.wait(r">>\nstatus [^\n]*\Z")
    prompt.send(leave)
    assert ended(prompt) == (3 if "3" in leave else 0)
    assert stopped in pids
    wait_until(lambda: all(map(is_gone, pids)), "all are gone")


def test_after_another_command_the_warning_comes_again(prompt):
    prompt.stop("sleep 100", "sleep")
    for _ in range(2):
        assert "there are stopped jobs" in prompt.run("exit")
        prompt.run("true")


def test_keys_of_both_kinds_count_as_leaving_again(prompt):
    prompt.stop("sleep 100", "sleep")
    prompt.key("C-d")
    prompt.wait(WARNING)
    prompt.send("exit\r")
    ended(prompt)


def test_a_stopped_job_is_hung_up_and_then_continued_so_that_it_can_act(prompt, tmp_path):
    (tmp_path / "program").write_text(
        "import os, signal, sys\n"
        "got = os.open('got', os.O_WRONLY | os.O_CREAT)\n"
        "signal.signal(signal.SIGHUP, lambda *_: (os.write(got, b'hung up'), os._exit(0)))\n"
        "print('ready', flush=True)\n"
        "while True: signal.pause()\n"
    )
    prompt.send(f"{PYTHON} program\r")
    prompt.wait(r"^ready$")
    prompt.end("C-z")
    prompt.run("exit")
    prompt.send("exit\r")
    ended(prompt)
    wait_until(lambda: (tmp_path / "got").read_text() == "hung up", "it was hung up")


def test_exit_without_jobs_warns_of_nothing(prompt):
    prompt.send("true &\r")
    prompt.wait(r"^\[1\]\+  Done")
    prompt.send("exit 5\r")
    assert ended(prompt) == 5


def test_a_subshell_leaves_without_a_warning(prompt):
    prompt.stop("sleep 100", "sleep")
    assert prompt.run("(exit 3)") == ""
    assert prompt.status() == 3


def test_the_exit_trap_runs_before_jobs_are_hung_up(prompt):
    prompt.stop("sleep 100", "sleep")
    prompt.run("trap 'jobs' EXIT")
    prompt.run("exit")
    prompt.send("exit\r")
    ended(prompt)
    assert prompt.screen().count("Stopped (SIGTSTP)    sleep 100") == 3


def test_a_command_that_replaces_the_shell_has_the_terminal_and_its_modes(prompt):
    prompt.send("exec cat\r")
    prompt.foreground_is("cat")
    prompt.wait_until(prompt.terminal.is_canonical, "the editor's modes were left")
    prompt.send("one\r")
    prompt.wait(r"^one\none$")
    prompt.key("C-d")
    assert ended(prompt) == 0


# -- hang-up -------------------------------------------------------------------------------


def hang_up(prompt):
    """Take the terminal away and wait until the shell has gone."""
    prompt.terminal.hang_up()
    wait_for_state(prompt.pid, "Z")


@pytest.mark.parametrize(
    "line", ["cat", "sleep 101 | sleep 102", "(sleep 101; true)", ": $(sleep 101)", "read a"]
)
def test_a_hang_up_leaves_nothing_of_the_session_behind(prompt, line):
    prompt.stop("sleep 103", "sleep")
    prompt.behind("sleep 104 | sleep 105 &")
    before = len(descendants_of(prompt.pid))
    prompt.send(line + "\r")
    if line == "read a":
        prompt.wait_until(prompt.terminal.is_canonical, "read does not wait")
    else:
        prompt.wait_until(
            lambda: (
                len(descendants_of(prompt.pid)) > before
                and {*map(name_of, descendants_of(prompt.pid)[before:])} & {"cat", "sleep"}
            ),
            "it never ran",
        )
    hang_up(prompt)
    wait_until(lambda: session_members(prompt.pid, zombies=False) == [], "nothing is left")
    assert prompt.terminal.wait_exit() == -signal.SIGHUP


def test_a_hang_up_at_the_prompt_leaves_nothing_of_the_session_behind(prompt):
    prompt.stop("sleep 103", "sleep")
    prompt.behind("sleep 104 | sleep 105 &")
    prompt.send("some text")
    prompt.wait(r"^>> some text$")
    hang_up(prompt)
    wait_until(lambda: session_members(prompt.pid, zombies=False) == [], "nothing is left")
    assert prompt.terminal.wait_exit() == -signal.SIGHUP


@pytest.mark.parametrize("disown", ["disown %1", "disown -h %1", "disown"])
def test_a_disowned_job_outlives_the_hang_up(prompt, disown):
    pid = prompt.behind("sleep 100 &")
    prompt.run(disown)
    other = prompt.behind("sleep 101 &")
    hang_up(prompt)
    wait_until(lambda: is_gone(other), "the other is gone")
    wait_for_state(pid, "S")
    os.kill(pid, signal.SIGKILL)


def test_a_job_that_ignores_the_hang_up_outlives_it(prompt):
    pid = prompt.behind("nohup sleep 100 >/dev/null 2>&1 &")
    prompt.wait_until(lambda: name_of(pid) == "sleep", "it never ran")
    hang_up(prompt)
    # SIGCONT has it begin its sleep anew.
    wait_for_state(pid, "S")
    os.kill(pid, signal.SIGKILL)


def test_a_hang_up_sent_by_a_process_is_one(prompt):
    pid = prompt.behind("sleep 100 &")
    os.kill(prompt.pid, signal.SIGHUP)
    assert ended(prompt) == -signal.SIGHUP
    wait_until(lambda: is_gone(pid), "the job is gone")


def test_a_hang_up_ends_a_command_string_and_its_commands(start_shell):
    terminal = start_shell("-c", "sleep 100 | sleep 101; sleep 102")
    terminal.wait_until(
        lambda: [*map(name_of, descendants_of(terminal.pid))] == ["sleep"] * 2, "they never ran"
    )
    terminal.hang_up()
    wait_for_state(terminal.pid, "Z")
    wait_until(lambda: session_members(terminal.pid, zombies=False) == [], "nothing is left")
