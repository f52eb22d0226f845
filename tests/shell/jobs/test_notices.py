"""Changes of background jobs are reported immediately, above the line being typed."""

from __future__ import annotations

import os
import signal

import pytest

from tests.harness.process import state_of
from tests.shell.jobs.prompt import job_line


def waits_for(prompt, *lines):
    """Wait until these lines are on the screen, followed by an empty prompt."""
    wanted = "\n".join([*lines, ">>"])
    prompt.wait_until(
        lambda: f"{prompt.screen()}\n".find(f"{wanted}\n") >= 0, f"never seen: {wanted!r}"
    )


def test_a_background_job_that_ends_or_stops_is_reported(start):
    prompt = start(rows=60)
    for program, words in (
        ("true", "Done"),
        ("sh -c 'exit 3'", "Exit 3"),
        ("sh -c 'kill -TERM $$'", "Terminated (SIGTERM)"),
        ("sh -c 'kill -KILL $$'", "Killed (SIGKILL)"),
        ("sh -c 'kill -PIPE $$'", "Broken pipe (SIGPIPE)"),
        ("sh -c 'ulimit -c 0; kill -SEGV $$'", "Segmentation fault (SIGSEGV)"),
        ("true | sh -c 'exit 4'", "Exit 4"),
        ("sh -c 'exit 5' | true", "Done"),
        ("sh -c 'kill -STOP $$'", "Stopped (SIGSTOP)"),
    ):
        prompt.send(f"{program} &\r")
        waits_for(prompt, job_line(1, "+", words, program))


def test_a_foreground_job_that_ends_or_stops_has_its_message_and_status(prompt):
    for program, message, status in (
        ("sh -c 'exit 3'", "", 3),
        ("sh -c 'kill -TERM $$'", "Terminated (SIGTERM)", 143),
        ("sh -c 'kill -PIPE $$'", "", 141),
        ("sh -c 'kill -USR1 $$'", "User defined signal 1 (SIGUSR1)", 138),
        ("sh -c 'ulimit -c 0; kill -SEGV $$'", "Segmentation fault (SIGSEGV)", 139),
        ("yes | head -n 1", "y", 0),
        ("nosuchcommand_", "simpsh: nosuchcommand_: command not found", 127),
        ("sh -c 'kill -STOP $$'", "\n[1]+  Stopped (SIGSTOP)    sh -c 'kill -STOP $$'", 147),
    ):
        assert prompt.run(program) == message
        assert prompt.status() == status


def test_a_core_dump_is_reported(prompt, tmp_path):
    with open("/proc/sys/kernel/core_pattern", encoding="utf-8") as file:
        pattern = file.read()
    if pattern.startswith(("|", "/")):
        pytest.skip("core dumps of this machine go elsewhere")
    prompt.run("ulimit -c unlimited")
    assert prompt.run("sh -c 'kill -SEGV $$'") == "Segmentation fault (SIGSEGV) (core dumped)"
    prompt.send("sh -c 'kill -SEGV $$' &\r")
    prompt.wait(
        r"^\[1\]\+  Segmentation fault \(SIGSEGV\) \(core dumped\) sh -c 'kill -SEGV \$\$'$"
    )


def test_notices_appear_above_the_line_being_typed(prompt):
    # A stop or continue from outside is reported while a line is being typed.
    pid = prompt.behind("sleep 100 &")
    prompt.send("echo hal\x1b[D\x1b[D")
    prompt.wait(r"^>> echo hal$")
    column = len(">> echo h")
    prompt.wait_until(lambda: prompt.terminal.cursor()[1] == column, "the cursor never moved")
    os.kill(pid, signal.SIGSTOP)
    prompt.wait(r"^\[1\]\+  Stopped \(SIGSTOP\)    sleep 100\n>> echo hal$")
    os.kill(pid, signal.SIGCONT)
    prompt.wait(r"^\[1\]\+  Running              sleep 100 &\n>> echo hal$")
    os.kill(pid, signal.SIGTERM)
    prompt.wait(r"^\[1\]\+  Terminated \(SIGTERM\) sleep 100\n>> echo hal$")
    prompt.wait_until(lambda: prompt.terminal.cursor()[1] == column, "the cursor moved")
    prompt.send("X\r")
    prompt.wait(r"^hXal\n>>$")
    # A notice appears above unfinished input.
    pid = prompt.behind("sleep 100 &")
    prompt.send("echo 'one\rtwo")
    prompt.wait(r"^>> echo 'one\nquote> two$")
    os.kill(pid, signal.SIGTERM)
    prompt.wait(r"^\[1\]\+  Terminated \(SIGTERM\) sleep 100\n>> echo 'one\nquote> two$")
    prompt.send("'\r")
    prompt.wait(r"^one\ntwo\n>>$")
    # During a foreground command the notice is deferred to the next prompt.
    pid = prompt.behind("sleep 100 &")
    prompt.begin("cat", "cat")
    os.kill(pid, signal.SIGTERM)
    prompt.wait_until(lambda: state_of(pid) is None, "it was not collected at once")
    prompt.send("one\r")
    prompt.wait(r"^one\none$")
    assert prompt.end("C-d").endswith("\n" + job_line(1, "+", "Terminated (SIGTERM)", "sleep 100"))


def test_a_job_stopped_or_continued_from_outside_is_reported_at_once(prompt):
    # A finished background job is collected even before the next line.
    pid = prompt.behind("sleep 100 &")
    for _ in range(20):
        os.kill(pid, signal.SIGSTOP)
        os.kill(pid, signal.SIGCONT)
    os.kill(pid, signal.SIGSTOP)
    prompt.wait(r"Stopped \(SIGSTOP\)    sleep 100\n>>\nstatus 0 · 1 stopped · \S+\Z")
    os.kill(pid, signal.SIGKILL)
    prompt.wait_until(lambda: state_of(pid) is None, "it is still there")
    waits_for(prompt, job_line(1, "+", "Killed (SIGKILL)", "sleep 100"))
    # After a foreground job is stopped from outside, the prompt returns.
    pid = prompt.begin("sleep 100", "sleep")
    os.kill(pid, signal.SIGSTOP)
    waits_for(prompt, job_line(1, "+", "Stopped (SIGSTOP)", "sleep 100"))
    assert prompt.status() == 147
    assert prompt.owns_the_terminal()
    os.kill(pid, signal.SIGCONT)
    waits_for(prompt, job_line(1, "+", "Running", "sleep 100 &"))


def test_a_pipeline_is_stopped_when_one_of_its_members_is(prompt):
    group = prompt.begin("sleep 100 | cat | cat", "sleep")
    first, second, third = prompt.wait_members(group, ["sleep", "cat", "cat"])
    os.kill(first, signal.SIGSTOP)
    waits_for(prompt, job_line(1, "+", "Stopped (SIGSTOP)", "sleep 100 | cat | cat"))
    listing = prompt.run("jobs -l").splitlines()
    assert ["Stopped (SIGSTOP)" in line for line in listing] == [True, False, False]
    os.kill(second, signal.SIGSTOP)
    prompt.wait_states([first, second], "T")
    os.kill(first, signal.SIGCONT)
    os.kill(second, signal.SIGCONT)
    waits_for(prompt, job_line(1, "+", "Running", "sleep 100 | cat | cat &"))
    os.kill(second, signal.SIGSTOP)
    prompt.wait(r"status 0 · 1 stopped|stopped by SIGSTOP \(F1: why\?\) · 1 stopped")
    os.kill(first, signal.SIGKILL)
    os.kill(third, signal.SIGKILL)
    os.kill(second, signal.SIGKILL)
    waits_for(prompt, job_line(1, "+", "Killed (SIGKILL)", "sleep 100 | cat | cat"))
    # A pipeline whose first member has ended can be stopped and continued.
    prompt.send("true | sleep 100\r")
    prompt.wait_until(lambda: prompt.children("sleep") == prompt.children() != [], "true runs")
    group = prompt.terminal.foreground_pgid()
    assert group not in prompt.children()
    prompt.end("C-z")
    prompt.wait(r"^\[1\]\+  Stopped \(SIGTSTP\)    true \| sleep 100$")
    prompt.send("fg\r")
    prompt.wait_until(lambda: prompt.terminal.foreground_pgid() == group, "it got no terminal")
    prompt.end("C-c")
    assert prompt.status() == 130


def test_type_ahead_while_a_command_stops_is_kept(prompt):
    pid = prompt.begin("sleep 100", "sleep")
    prompt.send("jobs\r")
    prompt.wait(r"^jobs$")
    os.kill(pid, signal.SIGSTOP)
    prompt.wait(r"^>> jobs\n\[1\]\+  Stopped \(SIGSTOP\)    sleep 100\n>>$")
