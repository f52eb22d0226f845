"""jobs, fg, bg, kill, wait and disown; the notices about jobs."""

import signal

import pytest

from tests.harness.process import group_of, send, state_of, wait_for_state
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


# -- fg and bg -----------------------------------------------------------------------------


def test_fg_gives_a_job_the_terminal_and_returns_its_status(prompt):
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
    send(pid, signal.SIGTERM)
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


def test_bg_continues_jobs_and_the_shell_keeps_the_terminal(prompt):
    group = prompt.stop("sleep 101 | sleep 102", "sleep")
    members = prompt.children()
    other = prompt.stop("sleep 103", "sleep")
    assert prompt.run("bg %1 %2") == "[1] sleep 101 | sleep 102 &\n[2] sleep 103 &"
    assert prompt.owns_the_terminal()
    prompt.wait_states([*members, other], "S")
    assert {group_of(pid) for pid in members} == {group}
    assert prompt.run("jobs %1") == job_line(1, "-", "Running", "sleep 101 | sleep 102 &")


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
    # Of jobs that had one number, it means the last.
    for code in (4, 5):
        prompt.send(f"sh -c 'exit {code}' &\r")
        prompt.wait(rf"^\[1\]\+  Exit {code} ")
    assert prompt.run("wait %1; echo $?") == "5"
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
    send(pid, signal.SIGTERM)
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
    send(pid, signal.SIGKILL)


# -- notices -------------------------------------------------------------------------------


def waits_for(prompt, *lines):
    """Wait until these lines are on the screen, followed by an empty prompt."""
    wanted = "\n".join([*lines, ">>"])
    prompt.wait_until(
        lambda: f"{prompt.screen()}\n".find(f"{wanted}\n") >= 0, f"never seen: {wanted!r}"
    )


def test_notices_appear_above_the_line_being_typed(prompt):
    # A stop or continue from outside is reported while a line is being typed.
    pid = prompt.behind("sleep 100 &")
    prompt.send("echo hal\x1b[D\x1b[D")
    prompt.wait(r"^>> echo hal$")
    column = len(">> echo h")
    prompt.wait_until(lambda: prompt.terminal.cursor()[1] == column, "the cursor never moved")
    send(pid, signal.SIGSTOP)
    prompt.wait(r"^\[1\]\+  Stopped \(SIGSTOP\)    sleep 100\n>> echo hal$")
    send(pid, signal.SIGCONT)
    prompt.wait(r"^\[1\]\+  Running              sleep 100 &\n>> echo hal$")
    send(pid, signal.SIGTERM)
    prompt.wait(r"^\[1\]\+  Terminated \(SIGTERM\) sleep 100\n>> echo hal$")
    prompt.wait_until(lambda: prompt.terminal.cursor()[1] == column, "the cursor moved")
    prompt.send("X\r")
    prompt.wait(r"^hXal\n>>$")
    # A notice appears above unfinished input.
    pid = prompt.behind("sleep 100 &")
    prompt.send("echo 'one\rtwo")
    prompt.wait(r"^>> echo 'one\nquote> two$")
    send(pid, signal.SIGTERM)
    prompt.wait(r"^\[1\]\+  Terminated \(SIGTERM\) sleep 100\n>> echo 'one\nquote> two$")
    prompt.send("'\r")
    prompt.wait(r"^one\ntwo\n>>$")
    # During a foreground command the notice is deferred to the next prompt.
    pid = prompt.behind("sleep 100 &")
    prompt.begin("cat", "cat")
    send(pid, signal.SIGTERM)
    prompt.wait_until(lambda: state_of(pid) is None, "it was not collected at once")
    prompt.send("one\r")
    prompt.wait(r"^one\none$")
    assert prompt.end("C-d").endswith("\n" + job_line(1, "+", "Terminated (SIGTERM)", "sleep 100"))


def test_a_job_stopped_or_continued_from_outside_is_reported_at_once(prompt):
    # A finished background job is collected even before the next line.
    pid = prompt.behind("sleep 100 &")
    for _ in range(20):
        send(pid, signal.SIGSTOP)
        send(pid, signal.SIGCONT)
    send(pid, signal.SIGSTOP)
    prompt.wait(r"Stopped \(SIGSTOP\)    sleep 100\n>>\nstatus 0 · 1 stopped · \S+\Z")
    send(pid, signal.SIGKILL)
    prompt.wait_until(lambda: state_of(pid) is None, "it is still there")
    waits_for(prompt, job_line(1, "+", "Killed (SIGKILL)", "sleep 100"))
    # After a foreground job is stopped from outside, the prompt returns.
    pid = prompt.begin("sleep 100", "sleep")
    send(pid, signal.SIGSTOP)
    waits_for(prompt, job_line(1, "+", "Stopped (SIGSTOP)", "sleep 100"))
    assert prompt.status() == 147
    assert prompt.owns_the_terminal()
    send(pid, signal.SIGCONT)
    waits_for(prompt, job_line(1, "+", "Running", "sleep 100 &"))


def test_a_pipeline_is_stopped_when_all_of_its_members_are(prompt):
    group = prompt.begin("sleep 100 | cat", "sleep")
    first, second = prompt.wait_members(group, ["sleep", "cat"])
    send(first, signal.SIGSTOP)
    prompt.wait_states([first], "T")
    assert not prompt.owns_the_terminal()
    send(second, signal.SIGSTOP)
    waits_for(prompt, job_line(1, "+", "Stopped (SIGSTOP)", "sleep 100 | cat"))
    send(first, signal.SIGCONT)
    waits_for(prompt, job_line(1, "+", "Running", "sleep 100 | cat &"))
    listing = prompt.run("jobs -l").splitlines()
    assert ["Stopped (SIGSTOP)" in line for line in listing] == [False, True]
    send(first, signal.SIGKILL)
    send(second, signal.SIGKILL)
    waits_for(prompt, job_line(1, "+", "Killed (SIGKILL)", "sleep 100 | cat"))
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
