"""A task's prompt is a real simpsh whose forks are observed; then the terminal is given back."""

import os
import signal
import sys
import tempfile

import pytest

from tests.harness.process import descendants_of, kill_and_collect, parent_of, state_of, wait_until
from tests.harness.sh import PROJECT

pytestmark = [
    pytest.mark.needs("ptrace"),
    pytest.mark.long("each test watches a prompt on a terminal"),
]
MONITORED = [sys.executable, "-m", "tests.course.run.monitored_prompt"]


@pytest.fixture
def attended(start_shell, tmp_path):
    """A lesson's prompt on a terminal."""

    def start(*options):
        environment = {"PYTHONPATH": str(PROJECT), "TMPDIR": str(tmp_path)}
        terminal = start_shell(
            *options, program=MONITORED, environment=environment, rows=50, columns=160
        )
        terminal.wait_prompt()
        return terminal

    return start


def type_line(terminal, typed):
    terminal.wait_prompt()
    terminal.send(f"{typed}\r")


def observed(terminal, typed):
    """Type a line, wait for the next prompt, and return the description of the line."""
    terminal.wait_prompt()
    before = len(terminal.raw)
    terminal.send(f"{typed}\r")
    end = terminal.wait_raw(rb"LINE [^\r]*\r", after=before)
    start = terminal.raw.rindex(b"LINE ", before, end)
    return terminal.raw[start:end].decode().partition(" names=")[2].rstrip()


@pytest.mark.usual
def test_each_line_is_observed_with_its_processes_output_and_leftovers(attended, tmp_path):
    terminal = attended("--events")
    terminal.send("sh -c 'exit 3' | cat\r")
    terminal.wait(r"LINE .* names=shell,sh,cat hangs=False left= output='' moments=end")
    for event in (
        r"shell forks sh\b",
        r"shell forks cat\b",
        r"sh execs sh -c 'exit 3'",
        r"sh exits with status 3",
        r"shell collects sh\b",
    ):
        terminal.wait(event)
    assert observed(terminal, "echo one; echo two >&2") == (
        r"shell,echo,echo 2 hangs=False left= output='one\ntwo\n' moments=end"
    )
    # The shell begins in an empty directory and runs all lines.
    assert "output='0\\n'" in observed(terminal, "ls | wc -l")
    observed(terminal, "echo a >file; cd /; x=4")
    assert "output='/ 4\\n'" in observed(terminal, 'echo "$(pwd) $x"')
    # A slow line does not hang; many short sleeps may end between two looks.
    assert "hangs=False" in observed(terminal, "sleep 0.3; x=$(sleep 0.3; echo a)")
    sleeps = "import time; [time.sleep(0.004) for _ in range(600)]"
    assert "hangs=False" in observed(terminal, f"x=$({sys.executable} -c '{sleeps}')")
    # The shell's messages about jobs are not part of the line's output.
    assert "output='[7]\\nhi\\n' " in observed(terminal, "sleep 0 & echo '[7]'; wait; echo hi")
    assert b"[1]  " in terminal.raw
    # The newline after ^C and a reset of the terminal are not part of it either.
    interrupted = observed(terminal, "sh -c 'kill -INT $$'")
    assert interrupted == "shell,sh hangs=False left= output='' moments=end"
    # Background processes keep their names in later lines.
    assert observed(terminal, "sleep 1000 &").startswith("shell,sleep hangs=False left=sleep:S")
    assert observed(terminal, "true").startswith("shell,sleep,true hangs=False left=sleep:S")
    # A line that begins with a colon is a command of the lesson; a lone colon is a builtin.
    type_line(terminal, ":hint")
    terminal.wait(r"^COMMAND :hint$")
    assert observed(terminal, ":").startswith("shell,sleep hangs=False")
    type_line(terminal, ":skip")
    terminal.wait(r"^COMMAND :skip\nENDED\nFOREGROUND True\n")
    assert [name for name in os.listdir(tmp_path) if name.startswith("simpsh-try-")] == []


@pytest.mark.usual
def test_a_line_that_hangs_is_ended_and_the_shell_too_if_it_hangs_itself(attended):
    terminal = attended()
    description = observed(terminal, "x=$(sleep 1000 & echo hi)")
    assert "hangs=True left=sleep:S,shell.1:Z" in description
    assert "moments=rest,end" in description
    # The shell is alive, but the sleep has ended.
    assert "left= " in observed(terminal, "true")
    assert "shell,mkfifo hangs=True" in observed(terminal, "mkfifo f; exec 3<f")
    # The pipe is full, and its reader sleeps longer than a student waits.
    assert "shell,yes,sleep hangs=True" in observed(terminal, "yes | sleep 1000")
    assert "shell,true hangs=False" in observed(terminal, "true")


def test_the_prompt_waits_for_a_background_job_that_rarely_runs(attended):
    # Simulate an emulated or busy machine: one processor for all.
    there = f"taskset -c {min(os.sched_getaffinity(0))}"
    work = "i=0; while [ $i -lt 8000 ]; do i=$((i+1)); done; exec sleep 1000"
    terminal = attended("--events")
    observed(terminal, f"{there} sh -c 'while :; do :; done' &")
    observed(terminal, f"{there} nice -n 19 sh -c '{work}' &")
    terminal.wait(r"execs sleep 1000")


def test_the_prompt_waits_for_a_program_that_is_found_by_forty_processes(attended):
    terminal = attended("--events")
    finds = "i=0; while [ $i -lt 40 ]; do i=$((i+1)); x=$(echo $i); done; exec sleep 1000"
    observed(terminal, f"sh -c '{finds}' &")
    terminal.wait(r"execs sleep 1000")


def test_a_background_job_that_computes_is_inspected_while_it_runs(attended):
    terminal = attended()
    assert "left=sh:R" in observed(terminal, "sh -c 'while :; do :; done' &")
    assert "hangs=False" in observed(terminal, "while :; do (true); done &")


def test_keys_belong_to_the_running_job(attended):
    terminal = attended()
    terminal.send("sleep 1000\r")
    terminal.foreground_is("sleep")
    terminal.key("C-z")
    terminal.wait(r"LINE 'sleep 1000' names=shell,sleep hangs=False left=sleep:T")
    type_line(terminal, "fg")
    terminal.foreground_is("sleep")
    terminal.key("C-c")
    terminal.wait(r"LINE 'fg' .*left= ")
    terminal.wait_prompt()
    terminal.key("C-c")
    terminal.wait_prompt()


@pytest.mark.parametrize("how", ["exit\r", "\x04"])
def test_leaving_the_shell_leaves_the_task_and_gives_the_terminal_back(attended, how):
    terminal = attended()
    observed(terminal, "sleep 1000 &")
    terminal.wait_prompt()
    terminal.send(how)
    terminal.wait(r"LEFT\nFOREGROUND True\n")
    terminal.wait_until(terminal.is_canonical, "the kernel edits lines again")
    terminal.send("yes\r")
    terminal.wait(r"^ANSWER yes$")
    assert descendants_of(terminal.pid) == []


def test_a_free_shell_returns_to_the_task_and_a_line_that_ends_its_shell_is_observed(attended):
    terminal = attended("--events")
    observed(terminal, "x=kept")
    type_line(terminal, ":free")
    terminal.wait("type a command, 'help', or 'lesson'")
    type_line(terminal, "echo free $x")
    terminal.wait(r"^free$")
    type_line(terminal, "exit")
    terminal.wait("^BACK$")
    assert "output='kept\\n'" in observed(terminal, "echo $x")
    terminal.send("exec sh -c 'exit 5'\r")
    terminal.wait(r"LINE .* names=shell hangs=False")
    terminal.wait(r"shell execs sh -c 'exit 5'")
    terminal.wait(r"shell exits with status 5")
    # A new shell shows the prompt.
    type_line(terminal, "kill -KILL $$")
    terminal.wait(r"shell is killed by SIGKILL")
    type_line(terminal, ":skip")
    terminal.wait("ENDED\nFOREGROUND True")


@pytest.mark.parametrize(("key", "end"), [("C-c", "killed by SIGINT"), ("C-z", "stopped")])
def test_keys_belong_to_a_program_that_replaced_the_shell(attended, key, end):
    terminal = attended("--events")
    terminal.send("exec sleep 1000\r")
    terminal.foreground_is("sleep")
    terminal.key(key)
    # The report begins a line, although the terminal has echoed the key without a newline.
    terminal.wait(r"^LINE 'exec sleep 1000' ")
    terminal.wait(rf"shell is {end}")
    assert "hangs=False" in observed(terminal, "true")
    type_line(terminal, ":skip")
    terminal.wait("ENDED\nFOREGROUND True")


@pytest.mark.usual("teacher")
@pytest.mark.parametrize("whom", ["teacher", "supervisor"])
def test_killing_any_part_ends_the_shell_and_its_jobs(attended, whom):
    terminal = attended()
    observed(terminal, "sleep 1000 & sleep 1001 &")
    terminal.wait_prompt()
    family = {terminal.pid, *descendants_of(terminal.pid)}
    assert len(family) == 5
    supervisor = next(pid for pid in family if parent_of(pid) == terminal.pid)
    os.kill(terminal.pid if whom == "teacher" else supervisor, signal.SIGKILL)
    rest = family - {terminal.pid, supervisor}
    wait_until(lambda: all((state_of(pid) or "X") in "ZX" for pid in rest), "they all have ended")
    # This process has adopted them.
    kill_and_collect(lambda: [pid for pid in family - {terminal.pid} if state_of(pid)])


@pytest.mark.needs("strace")
def test_a_shell_that_is_traced_already_is_refused_in_one_line(start_shell, tmp_path):
    program = ["strace", "-f", "-qq", "-o", os.devnull, *MONITORED]
    terminal = start_shell(
        program=program,
        environment={"PYTHONPATH": str(PROJECT), "TMPDIR": tempfile.gettempdir()},
        rows=50,
        columns=160,
    )
    terminal.wait("NotTraceable: this process is already traced by strace")
