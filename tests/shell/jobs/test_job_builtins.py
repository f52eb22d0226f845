"""jobs, fg, bg, kill, wait and disown, and the names of jobs."""

from __future__ import annotations

import os
import signal

import pytest

from tests.harness.process import group_of, state_of, wait_for_state
from tests.shell.jobs.prompt import job_line


@pytest.fixture
def two_jobs(start):
    """Two background jobs: `sleep 101` and, the current one, `sleep 102`."""
    prompt = start(rows=90)
    prompt.behind("sleep 101 &")
    prompt.behind("sleep 102 &")
    return prompt


def test_a_stopped_job_is_the_current_one_before_any_running_one(prompt):
    prompt.stop("sleep 101", "sleep")
    prompt.stop("sleep 102", "sleep")
    prompt.behind("sleep 103 &")
    marks = [line[:4] for line in prompt.run("jobs").splitlines()]
    assert marks == ["[1]-", "[2]+", "[3] "]
    # wait does not return because a job is stopped.
    prompt.send("wait %1\r")
    prompt.wait(r"^simpsh: wait: %1 is stopped; \^C ends the wait, then 'bg %1' continues the job$")
    prompt.end("C-c")
    prompt.run("bg %2")
    marks = [line[:4] for line in prompt.run("jobs").splitlines()]
    assert marks == ["[1]+", "[2]-", "[3] "]


def test_jobs_are_listed_and_found_by_each_form_of_their_names(two_jobs):
    # Each form of a job's name finds it.
    for spec in ("%1", "%-", "'%sleep 101'", "%?'p 101'"):
        assert two_jobs.run(f"jobs {spec}") == job_line(1, "-", "Running", "sleep 101 &"), spec
    for spec in ("%2", "%+", "%%", "%", "%?102"):
        assert two_jobs.run(f"jobs {spec}") == job_line(2, "+", "Running", "sleep 102 &"), spec
    # bg of a running job reports that it runs.
    assert two_jobs.run("bg %1") == "[1] sleep 101 & (running already)"
    # jobs lists number, mark, state and text.
    two_jobs.behind("sleep 103 | sleep 104 &")
    two_jobs.stop("sleep 105", "sleep")
    assert two_jobs.run("jobs").splitlines() == [
        job_line(1, " ", "Running", "sleep 101 &"),
        job_line(2, " ", "Running", "sleep 102 &"),
        job_line(3, "-", "Running", "sleep 103 | sleep 104 &"),
        job_line(4, "+", "Stopped (SIGTSTP)", "sleep 105"),
    ]


def test_every_builtin_reports_that_a_name_means_no_job_or_several(two_jobs):
    for builtin in ("jobs", "fg", "bg", "kill", "wait", "disown"):
        assert two_jobs.run(f"{builtin} %9") == f"simpsh: {builtin}: %9: no such job"
        assert two_jobs.status() == (127 if builtin == "wait" else 1)
        assert two_jobs.run(f"{builtin} %sleep") == (
            f"simpsh: {builtin}: %sleep: several jobs have this name; use a number, see jobs"
        )
    assert len(two_jobs.children("sleep")) == 2


# -- fg and bg -----------------------------------------------------------------------------


def test_fg_gives_a_job_the_terminal_and_returns_its_status(prompt):
    for builtin in ("fg", "bg"):
        assert prompt.run(builtin) == f"simpsh: {builtin}: there is no job"
        assert prompt.status() == 1
    for line in ("fg", "fg %1", "fg %+", "fg %cat", "fg %?at"):
        group = prompt.stop("cat", "cat")
        prompt.fresh()
        assert prompt.begin(line, "cat") == group
        prompt.wait(rf"^>> {line.replace('+', '[+]').replace('?', '[?]')}\ncat$")
        prompt.key("C-c")
        prompt.wait_prompts(2)
        assert prompt.status() == 130
        assert prompt.run("jobs") == ""


def test_fg_continues_jobs_and_reports_how_they_end(prompt):
    # fg reports how the job was killed.
    pid = prompt.stop("sleep 100", "sleep")
    prompt.begin("fg", "sleep")
    os.kill(pid, signal.SIGTERM)
    prompt.wait(r"^sleep 100\nTerminated \(SIGTERM\)\n>>$")
    # An interrupt of a job in fg cancels the rest of the line.
    prompt.stop("sleep 100", "sleep")
    prompt.begin("fg; echo no", "sleep")
    assert prompt.end("C-c") == "sleep 100\n^C"
    # fg accepts a running background job.
    pid = prompt.behind("sleep 100 &")
    assert prompt.begin("fg", "sleep") == pid
    prompt.end("C-c")
    assert prompt.run("jobs") == ""
    # After fg and another stop the job has the same number.
    prompt.behind("sleep 101 &")
    group = prompt.stop("cat", "cat")
    for _ in range(3):
        prompt.resume("fg %2", [group])
        assert prompt.end("C-z").endswith(job_line(2, "+", "Stopped (SIGTSTP)", "cat"))


def test_bg_continues_jobs_and_needs_job_control_as_fg_does(prompt):
    group = prompt.stop("sleep 101 | sleep 102", "sleep")
    members = prompt.children()
    other = prompt.stop("sleep 103", "sleep")
    assert prompt.run("bg %1 %2") == "[1] sleep 101 | sleep 102 &\n[2] sleep 103 &"
    assert prompt.owns_the_terminal()
    prompt.wait_states([*members, other], "S")
    assert {group_of(pid) for pid in members} == {group}
    assert prompt.run("jobs %1") == job_line(1, "-", "Running", "sleep 101 | sleep 102 &")
    prompt.run("set +m")
    for builtin in ("fg", "bg"):
        assert prompt.run(builtin).startswith(f"simpsh: {builtin}: no job control here")
        assert prompt.status() == 1


# -- kill ----------------------------------------------------------------------------------


def test_kill_ends_every_process_of_a_stopped_job(start):
    prompt = start(rows=60)
    for spec in ("%1", "%+", "%%", "%cat", "%?sort"):
        prompt.stop("cat | sort", "cat")
        members = prompt.children()
        prompt.send(f"kill {spec}\r")
        # The continuation before its end may be reported or not.
        prompt.wait_until(
            lambda spec=spec: (
                f">> kill {spec}\n" in prompt.screen()
                and prompt.screen()
                .rpartition(">> kill")[2]
                .count("Terminated (SIGTERM) cat | sort")
            ),
            f"kill {spec} was not sent",
        )
        assert [state_of(pid) for pid in members] == [None, None]


def test_kill_takes_jobs_and_processes_together(two_jobs):
    _, second = two_jobs.children()
    two_jobs.send(f"kill %1 {second}\r")
    two_jobs.wait_until(lambda: two_jobs.children() == [], "they live on")
    two_jobs.wait(r"^\[1\]. +Terminated \(SIGTERM\) sleep 101$")
    two_jobs.wait(r"^\[2\]. +Terminated \(SIGTERM\) sleep 102$")
    # The job stops and continues.
    pid = two_jobs.behind("sleep 100 &")
    two_jobs.send("kill -STOP %1\r")
    two_jobs.wait(r"^\[1\]\+  Stopped \(SIGSTOP\) +sleep 100$")
    two_jobs.send("kill -s CONT %1\r")
    two_jobs.wait(r"^\[1\]\+  Running +sleep 100 &$")
    two_jobs.wait_states([pid], "S")
    two_jobs.run("kill -9 %1; wait %1")
    # A stopped job that is killed is not reported as running.
    for line in ("kill %1", "kill -HUP %1", "kill -9 %1", "kill -KILL $!"):
        two_jobs.fresh()
        pid = two_jobs.behind("sleep 100 &")
        two_jobs.run("kill -STOP %1")
        two_jobs.wait(r"^\[1\]\+  Stopped \(SIGSTOP\)")
        two_jobs.send(line + "\r")
        two_jobs.wait(r"^\[1\]\+  (Terminated|Hangup|Killed) \(SIG")
        assert pid not in two_jobs.children()
        assert "Running" not in two_jobs.screen()


# -- wait ----------------------------------------------------------------------------------


def test_wait_returns_the_status_of_a_job_that_ends_or_has_ended(prompt):
    # The job has ended before.
    prompt.send("sh -c 'exit 3' &\r")
    prompt.wait(r"^\[1\]\+  Exit 3 ")
    assert prompt.run("wait $!; echo $?") == "3"
    # The job ends during the wait.
    for operand in ("%1", "%+", "%?exit", "$!"):
        output = prompt.run(f"sh -c 'exit 3' & wait {operand}; echo status $?")
        assert "\nstatus 3\n[1]+  Exit 3 " in output, operand


# -- disown --------------------------------------------------------------------------------


def test_a_disowned_or_finished_job_has_no_name(prompt):
    # A disowned job is no longer listed or reported.
    pid = prompt.behind("sleep 100 &")
    assert prompt.run("disown") == ""
    assert prompt.run("jobs") == ""
    os.kill(pid, signal.SIGTERM)
    prompt.wait_until(lambda: state_of(pid) is None, "it was not collected")
    assert "Terminated" not in prompt.screen()
    # A finished job has no name.
    prompt.send("true &\r")
    prompt.wait(r"^\[1\]\+  Done +true$")
    assert prompt.run("jobs") == ""
    assert prompt.run("fg %1") == "simpsh: fg: %1: no such job"
    # A disowned job outlives the shell.
    pid = prompt.behind("sleep 100 &")
    prompt.run("disown %1")
    prompt.send("exit\r")
    assert prompt.terminal.wait_exit() == 0
    wait_for_state(pid, "S")
    os.kill(pid, signal.SIGKILL)
