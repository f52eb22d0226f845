"""`simpsh step` in lines: scripted through a pipe, along a schedule, and left in every way."""

import os
import signal
import subprocess

import pytest

from tests.explore.step.stepping_programs import (
    BREEDING,
    CHANGING,
    ENDLESS,
    FORGOTTEN,
    SIGNALLED,
    THREE,
    TWO_LETTERS,
    compiled,
)
from tests.harness.sh import run_command, simpsh_command


def step(source, commands="", *options, environment=None):
    """Run `simpsh step` over a program, with commands on standard input."""
    argv = [*simpsh_command(), "step", *options, "./program"]
    directory = os.path.dirname(compiled(source))
    return run_command(argv, input=commands, cwd=directory, env=environment)


COMMANDS = {
    "nonsense": "nonsense: neither a process nor a command; 'help' lists the commands.",
    "n": "n: neither a process nor a command; 'help' lists the commands.",
    "forward": "There is no step to repeat",
    "P9": "P9 cannot go: there is no such process.",
    "help": "run [random]    run to the end in turns",
}


def test_piped_commands_are_answered_in_a_transcript():
    done = step(
        TWO_LETTERS,
        "\n".join(
            (
                *("P1", *COMMANDS, "schedule", "P0", "P0", "P1", "2", "P0"),
                *("restart", "schedule", "P1", "back", "schedule", "forward", "schedule"),
            )
        ),
    )
    assert (done.returncode, done.stderr) == (0, "")
    out = done.stdout
    lines = out.splitlines()
    assert "1. P0 is ready: next it writes “b” to the output (leaves 1 of 2 outputs possible)." in (
        lines
    )
    assert (
        "What can still be printed (2 outputs): “abc”, “bac”. "
        "This choice matters: it decides what can still be printed."
    ) in lines
    assert "\n> P1\nStep 1, P1: P1 writes “a” to the output.\n" in out
    assert "Output so far: “a”." in out
    for command, answer in COMMANDS.items():
        assert answer in out.partition(f"> {command}\n")[2].partition("\n> ")[0], command
    assert "P0 is blocked: next it waits for a child; its child P1 is still alive." in out
    assert "P0 cannot go: it waits for a child; its child P1 is still alive.\nReady: P1." in out
    assert "P1 ended with status 3: a zombie, for P0 has not collected its status" in out
    schedules = [answer.splitlines()[0] for answer in out.split("> schedule\n")[1:]]
    none = "No steps have been made yet."
    assert schedules == ["P1", none, none, "P1"], "a mistake loses nothing"


def test_run_stops_at_the_end_or_in_a_deadlock(tmp_path):
    done = step(THREE, "run\n", environment=os.environ | {"TMPDIR": str(tmp_path)})
    assert (done.returncode, done.stderr, os.listdir(tmp_path)) == (0, "", [])
    assert "P1 ends with status 3." in done.stdout
    assert "All processes have ended" in done.stdout

    done = step(FORGOTTEN, "run\n")
    assert (
        "pipe A is empty, and no process but P0 itself holds a write end: it waits for itself."
        in (done.stdout)
    )
    assert done.stdout.splitlines()[-2:] == [
        "Deadlock: P0 waits for something that can never come.",
        "6 steps were made.",
    ]


FIFO = """
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    mkfifo("f", 0600);
    if (fork() == 0) { write(open("f", O_WRONLY), "x", 1); _exit(0); }
    open("f", O_RDONLY);
    wait(NULL);
}
"""


def test_fifos_signals_and_changed_files_are_described():
    out = step(FIFO, "P0\nP1\n").stdout
    assert "is blocked: no process has opened its other end." in out
    assert "FIFO f is empty; write end: no process; read end: P0." in out
    assert "Now P0 is ready: what it waited for has come." in out

    out = step(SIGNALLED, "P1\nP0\nP1!\n").stdout
    assert "P1! is ready: first SIGUSR1 acts on P1" in out
    assert "SIGUSR1 acts on P1." in out

    out = step(CHANGING, "P0\nP0\nP1\nP1\n").stdout
    assert [line for line in out.splitlines() if line.startswith("Step ")] == [
        "Step 1, P0: P0 renames x to y (rename).",
        "Step 2, P0: P0 sets the length of y (truncate).",
        "Step 3, P1: P1 removes x (unlink), and that fails: no such file or directory (ENOENT).",
        "Step 4, P1: P1 moves its offset in y (lseek).",
    ]

    lines = step(THREE, "", "--schedule", "P0 P0 P2 P1 P1 P1").stdout.splitlines()
    index = lines.index("Step 6, P1: P1 calls exit(3).")
    assert lines[index + 1] == (
        "No process can write to pipe A any more: once empty, it is at its end."
    )


def test_a_schedule_is_followed_step_by_step_and_an_impossible_one_gets_one_line():
    schedule = "P1 P0 P1 P0 P0 P0"
    done = step(TWO_LETTERS, "", "--schedule", schedule)
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines if line.startswith("Step ")] == [
        f"Step {number}, {name}" for number, name in enumerate(schedule.split(), start=1)
    ]
    assert lines[-2:] == [
        "All processes have ended: P0 ended with status 0 and P1 ended with status 3.",
        "Output so far: “abc”.",
    ]
    assert done.returncode == 0

    done = step(TWO_LETTERS, "", "--schedule", "P0 P0 P0")
    assert done.returncode == 1
    assert done.stderr == (
        "simpsh: the schedule does not fit at step 2: P0 – it waits for a child; "
        "its child P1 is still alive; ready: P1\n"
    )


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--schedule", "P0 X"], "simpsh: schedule, step 2: 'X' is no process; "),
        (["--colour"], "simpsh: step: there is no option --colour\n"),
        (["--dir", "/proc/nonexistent"], "simpsh: "),
    ],
)
def test_an_invalid_command_line_gets_one_line(options, complaint):
    done = step(TWO_LETTERS, "", *options)

    assert done.stderr.startswith(complaint)
    assert done.stderr.partition("usage: simpsh step ")[0].count("\n") == 1
    assert done.returncode in (1, 2)


def test_a_program_that_exceeds_a_limit_gets_one_line():
    done = step(BREEDING)

    complaint = "simpsh: the program was ended: it makes more than 100 processes at once"
    assert (done.returncode, done.stderr) == (1, f"{complaint}; make fewer\n")


def test_without_a_command_an_example_is_named():
    done = subprocess.run([*simpsh_command(), "step"], capture_output=True, text=True)

    assert done.stderr.startswith(
        "simpsh: step: a command is missing; try: simpsh step 'echo a & echo b'\nusage: "
    )
    assert done.returncode == 2


def test_a_signal_ends_all_processes_and_removes_the_working_copy(tmp_path):
    path = compiled(ENDLESS)
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [*simpsh_command(), "step", "--plain", "./program"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=os.path.dirname(path),
        env=environment,
        bufsize=0,
    ) as stepper:
        stepper.stdin.write(b"P0\n")
        seen = b""
        while b"Step 1, P0:" not in seen:
            seen += os.read(stepper.stdout.fileno(), 4096)
        stepper.send_signal(signal.SIGTERM)
        while os.read(stepper.stdout.fileno(), 4096):
            continue
        assert stepper.wait(20) == -signal.SIGTERM
    assert os.listdir(tmp_path) == []


def test_a_reader_that_leaves_early_ends_the_stepper_silently():
    argv = ["sh", "-c", '"$@" step ./program </dev/null | head -n 1', "sh", *simpsh_command()]
    done = run_command(argv, cwd=os.path.dirname(compiled(THREE)))

    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
