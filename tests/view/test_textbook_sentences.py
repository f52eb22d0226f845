"""`-v` says what happens in the words of the textbook's shell."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess

import pytest

from tests.shell.program_cases import through_sh
from tests.support.processes import wait_for_state
from tests.support.shells import SIMPSH, run, simpsh
from tests.view.narrated import told


def test_a_command_and_its_exit_status():
    story = told("sh -c 'exit 7'")
    assert story.lines == [
        "Parent process (S) issuing the waitpid...",
        'Child process (A) exec-ing cmd "sh" now...',
        "Child process (A) status changed: normal termination: exit status: 7",
    ]
    assert (story.others, story.outcome.status) == ([], 7)


@pytest.mark.parametrize(
    ("name", "number"),
    [("TERM", 15), ("KILL", 9), ("INT", 2), ("PIPE", 13), ("USR1", 10), ("HUP", 1)],
)
def test_a_command_that_is_killed(name, number):
    story = told(f"sh -c 'kill -{name} $$'; true")
    assert story.lines[2] == (
        f"Child process (A) status changed: abnormal termination: "
        f"killer signal: {number} (SIG{name})"
    )
    assert story.outcome.status == 0


def dumps_core(limit, directory):
    """Whether the kernel sets the core bit for a SIGSEGV under this limit: an independent wait."""
    pid = os.fork()
    if pid == 0:
        try:
            os.chdir(directory)
            resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
            signal.signal(signal.SIGSEGV, signal.SIG_DFL)
            os.execv("/bin/sh", ["sh", "-c", "kill -SEGV $$"])
        finally:
            os._exit(1)
    _, word = os.waitpid(pid, 0)
    assert os.WTERMSIG(word) == signal.SIGSEGV
    return os.WCOREDUMP(word)


@pytest.mark.parametrize("limit", ["0", "unlimited"])
def test_core_dumped_is_said_exactly_when_the_bit_is_set(limit, tmp_path):
    number = 0 if limit == "0" else resource.RLIM_INFINITY
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if number != 0 and hard != resource.RLIM_INFINITY:
        pytest.skip("core dumps are limited here")
    expected = dumps_core(number, tmp_path)
    outcome = run(through_sh(simpsh("-v"), f"ulimit -c {limit}"), "sh -c 'kill -SEGV $$'; echo $?")
    last = next(line for line in outcome.error.splitlines() if "SIGSEGV" in line)
    core = ": core dumped" if expected else ""
    assert re.sub(r"\(\d+\)", "(A)", last, count=1) == (
        f"[v]: Child process (A) status changed: abnormal termination: "
        f"killer signal: 11 (SIGSEGV){core}"
    )
    assert outcome.text == "139\n"
    # The message for people says the same.
    assert outcome.error.count("(core dumped)") == int(expected)


def test_a_child_that_is_stopped_and_continued_from_outside(tmp_path):
    """Each is told when it happens, without a command: the shell sits in `wait`."""
    os.mkfifo(tmp_path / "fifo")
    read_end, write_end = os.pipe()
    process = subprocess.Popen(
        [*SIMPSH.argv, "-v", f"--verbose-fd={write_end}", "-c", "sh -c 'read x <fifo' & wait"],
        cwd=tmp_path, pass_fds=[write_end],
    )  # fmt: skip
    os.close(write_end)
    with open(read_end) as narration, open(tmp_path / "fifo", "w", opener=opener) as fifo, process:
        pid = told_pid(narration, 'exec-ing cmd "sh" now...')
        wait_for_state(process.pid, "S")
        for number, name in ((signal.SIGSTOP, "SIGSTOP"), (signal.SIGTSTP, "SIGTSTP")):
            os.kill(pid, number)
            stopped = f"status changed: stopped: stop signal: {int(number)} ({name})"
            assert told_pid(narration, stopped) == pid
            os.kill(pid, signal.SIGCONT)
            resumed = "status changed: (was stopped), resumed (SIGCONT)"
            assert told_pid(narration, resumed) == pid
        fifo.write("end\n")
        fifo.flush()
        assert told_pid(narration, "status changed: normal termination: exit status: 0") == pid
    assert process.returncode == 0


def opener(path, flags):
    # For reading, too: otherwise opening waits for the script to come that far.
    return os.open(path, os.O_RDWR)


def told_pid(narration, ending):
    """The child that the next line with this ending is about."""
    for line in narration:
        if line.endswith(f"{ending}\n"):
            return int(re.search(r"Child process \((\d+)\)", line).group(1))
    raise AssertionError(f"the narration ended without: {ending}")


def test_waiting_without_a_child_is_echild():
    story = told("wait; true")
    assert "waitpid failed: no child processes (ECHILD)" in story.lines
    assert story.outcome.status == 0


def test_a_command_that_is_not_found_exits_with_127():
    story = told("nosuch")
    assert story.lines == [
        "Parent process (S) issuing the waitpid...",
        'Child process (A) exec-ing cmd "nosuch" now...',
        "Child process (A) status changed: normal termination: exit status: 127",
    ]
    assert story.others == ["simpsh: line 1: nosuch: command not found"]


def test_a_pipeline_says_which_descriptor_goes_where():
    story = told("printf x | cat | cat")
    # The processes tell at the same time; each in its own order.
    goes = sorted(story.of("descriptor"), key=lambda line: (line[-1], line.split(": ")[1]))
    assert [line.split(": ", 1)[1] for line in goes] == [
        "descriptor 0 goes to the read end of pipe A",
        "descriptor 1 goes to the write end of pipe A",
        "descriptor 0 goes to the read end of pipe B",
        "descriptor 1 goes to the write end of pipe B",
    ]
    first, last = (
        [line.split("(")[1][0] for line in goes if f"pipe {letter}" in line] for letter in "AB"
    )
    # The middle process holds both.
    assert first[0] == last[1]
    assert len({*first, *last}) == 3


def test_redirections_are_named_in_their_order():
    story = told("sh -c 'echo x; echo y >&2' >out 2>&1 </dev/null")
    assert [line.split(": ", 1)[1] for line in story.of("descriptor")] == [
        "descriptor 1 goes to out",
        "descriptor 2 goes to out",
        "descriptor 0 goes to /dev/null",
    ]
    assert story.outcome.files["out"].content == b"x\ny\n"


def test_with_job_control_it_says_who_leads_the_group():
    story = told("true | true", "-v", "-m")
    # Either child may tell first.
    leads, joins = sorted(story.of("group"), key=lambda line: not line.endswith("of its own"))
    leader = leads.split("(")[1][0]
    assert leads == f"Child process ({leader}) leads a process group of its own"
    assert joins.endswith(f"joins process group {leader}")


def test_a_subshell_is_a_copy_and_tells_of_its_own_children():
    story = told("(sh -c 'exit 3'; exit 4)")
    assert story.lines == [
        "Parent process (S) issuing the waitpid...",
        "Child process (A) continues as a copy of the shell: fork, no exec",
        "Parent process (A) issuing the waitpid...",
        'Child process (B) exec-ing cmd "sh" now...',
        "Child process (B) status changed: normal termination: exit status: 3",
        "Child process (A) status changed: normal termination: exit status: 4",
    ]


def test_builtins_and_assignments_make_no_process():
    assert told("x=1; cd /; : $x; pwd >/dev/null").lines == []


def test_exec_is_told_without_a_fork():
    story = told("exec sh -c 'exit 5'")
    assert len(story.lines) == 1
    assert story.lines[0].endswith('exec-ing cmd "sh" now...')
    assert story.outcome.status == 5


def test_verbose_turns_it_on_and_off():
    story = told("true; verbose 1; true; verbose 0; true", "--engine", "spawn")
    assert len(story.of("exec-ing")) == 1
    assert len(story.lines) == 3


def test_every_waitpid_is_announced_before_its_status():
    story = told("true; false; sh -c 'exit 3' | true")
    kinds = ["waitpid" if "issuing" in line else "status" for line in story.of("issuing", "status")]
    assert kinds == ["waitpid", "status"] * 4
