"""Leaving the shell, and the hang-up of the terminal: warnings, ended jobs, surviving jobs."""

import signal

import pytest

from tests.harness.process import (
    descendants_of,
    name_of,
    send,
    session_members,
    state_of,
    wait_for_state,
    wait_until,
)
from tests.harness.sh import PYTHON

pytestmark = pytest.mark.long("each test ends a session on a terminal")

WARNING = r"^simpsh: there are stopped jobs; leave again to hang them up:\n"


@pytest.fixture
def prompt(start):
    """A prompt on a screen wide enough for the warning."""
    return start(columns=100)


def is_gone(pid):
    return state_of(pid) in (None, "Z", "X")


@pytest.mark.usual
def test_the_first_exit_warns_of_stopped_jobs_and_names_them(prompt, tmp_path):
    # A job that has ended causes no warning.
    prompt.send("true &\r")
    prompt.wait(r"^\[1\]\+  Done")
    prompt.stop("sleep 101 | sleep 102", "sleep")
    pids = prompt.children()
    running = prompt.behind("sleep 103 &")
    # After another command the warning is repeated; a subshell exits without it.
    for _ in range(2):
        prompt.send("exit\r")
        prompt.wait(WARNING + r"\[1\]\+  Stopped \(SIGTSTP\)    sleep 101 \| sleep 102\n>>$")
        assert prompt.run("(exit 3)") == ""
        assert prompt.status() == 3
        prompt.fresh()
    assert len(prompt.children()) == 3
    # The EXIT trap runs before jobs get SIGHUP; `quit` after ^D counts as the second request.
    prompt.run("trap 'jobs >jobs' EXIT")
    prompt.key("C-d")
    prompt.wait(WARNING)
    prompt.wait(r">>\nstatus [^\n]*\Z")
    prompt.send("quit 3\r")
    assert prompt.terminal.wait_exit() == 3
    wait_until(lambda: all(map(is_gone, pids)), "all are gone")
    assert "Stopped (SIGTSTP)    sleep 101" in (tmp_path / "jobs").read_text()
    # A running job continues.
    wait_for_state(running, "S")
    send(running, signal.SIGKILL)


@pytest.mark.usual
def test_end_of_file_warns_of_stopped_jobs_again_after_a_command(prompt):
    prompt.stop("sleep 101", "sleep")
    for _ in range(2):
        prompt.run("true")
        prompt.key("C-d")
        prompt.wait(WARNING + r"\[1\]\+  Stopped \(SIGTSTP\)    sleep 101\n>>$")
    prompt.key("C-d")
    prompt.terminal.wait_exit()


@pytest.mark.usual("exit\\r")
@pytest.mark.parametrize("keys", ["exit\r", "\x04"])
def test_running_jobs_cause_no_warning_and_continue(prompt, keys):
    pid = prompt.behind("sleep 100 &")
    prompt.send(keys)
    assert prompt.terminal.wait_exit() == 0
    wait_for_state(pid, "S")
    send(pid, signal.SIGKILL)


def test_a_stopped_job_is_hung_up_and_then_continued_so_that_it_can_act(prompt, tmp_path):
    (tmp_path / "program").write_text(
        "import os, signal\n"
        "got = os.open('got', os.O_WRONLY | os.O_CREAT)\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])\n"
        "print('ready', flush=True)\n"
        "signal.sigwait([signal.SIGHUP])\n"
        "os.write(got, b'hung up')\n"
    )
    prompt.send(f"{PYTHON} program\r")
    prompt.wait(r"^ready$")
    prompt.end("C-z")
    prompt.run("exit")
    prompt.send("exit\r")
    prompt.terminal.wait_exit()
    wait_until(lambda: (tmp_path / "got").read_text() == "hung up", "it was hung up")


def test_a_command_that_replaces_the_shell_has_the_terminal_and_its_modes(prompt):
    prompt.send("exec cat\r")
    prompt.foreground_is("cat")
    prompt.wait_until(prompt.terminal.is_canonical, "the editor's modes were left")
    prompt.send("one\r")
    prompt.wait(r"^one\none$")
    prompt.key("C-d")
    assert prompt.terminal.wait_exit() == 0


# -- hang-up -------------------------------------------------------------------------------


def hang_up(prompt):
    """Hang up the terminal and wait until the shell has exited."""
    prompt.terminal.hang_up()
    wait_for_state(prompt.pid, "Z")


ENDED = (
    *("sleep 101 | sleep 102", "( sleep 101; sleep 102 )", ": $(sleep 101; sleep 102)"),
    *("while :; do sleep 101; done", "f() { sleep 101; sleep 102; }; f"),
    *("echo $(sleep 101; sleep 102) &", "trace sleep 101", "trace 'sleep 101 | sleep 102'"),
    *("read a", "some text"),
)


@pytest.mark.usual("sleep 101 | sleep 102")
@pytest.mark.parametrize("line", ENDED)
def test_a_hang_up_ends_everything_of_the_session(prompt, line):
    prompt.stop("sleep 103", "sleep")
    prompt.behind("sleep 104 | sleep 105 &")
    before = len(descendants_of(prompt.pid))
    prompt.send(line + ("" if line == "some text" else "\r"))
    if line == "read a":
        prompt.wait_until(prompt.terminal.is_canonical, "read does not wait")
    elif line == "some text":
        prompt.wait(r"^>> some text$")
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


def test_the_programs_of_a_trap_run_when_the_terminal_is_gone(prompt, tmp_path):
    prompt.run(f"trap 'cat /dev/null; sh -c \"echo hup >>{tmp_path}/told\"' HUP")
    prompt.run(f"trap 'sh -c \"echo left >>{tmp_path}/told\"' EXIT")
    hang_up(prompt)
    assert (tmp_path / "told").read_text() == "hup\nleft\n"


@pytest.mark.usual
def test_a_disowned_job_and_one_that_ignores_the_hang_up_outlive_it(prompt):
    pids = []
    for disown in ("disown %1", "disown"):
        pids.append(prompt.behind("sleep 100 &"))
        prompt.run(disown)
    pids.append(prompt.behind("nohup sleep 100 >/dev/null 2>&1 &"))
    prompt.wait_until(lambda: name_of(pids[-1]) == "sleep", "it never ran")
    other = prompt.behind("sleep 101 &")
    prompt.send("nohup sleep 102 >/dev/null 2>&1\r")
    pids.append(prompt.foreground_is("sleep"))
    hang_up(prompt)
    wait_until(lambda: is_gone(other), "the other is gone")
    for pid in pids:
        # SIGCONT restarts its sleep.
        wait_for_state(pid, "S")
        send(pid, signal.SIGKILL)


def test_sighup_from_a_process_is_a_hang_up_too(prompt):
    pid = prompt.behind("sleep 100 &")
    send(prompt.pid, signal.SIGHUP)
    assert prompt.terminal.wait_exit() == -signal.SIGHUP
    wait_until(lambda: is_gone(pid), "the job is gone")
