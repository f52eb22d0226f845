"""`simpsh step` in lines: scripted through a pipe, along a schedule, and left in every way."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from tests.explore.step.stepping_programs import (
    CHANGING,
    ENDLESS,
    FORGOTTEN,
    SIGNALLED,
    THREE,
    TWO_LETTERS,
    compiled,
)
from tests.support.shells import simpsh_command


def step(source, commands="", *options):
    """Run `simpsh step` over a program, with commands on standard input."""
    path = compiled(source)
    return subprocess.run(
        [*simpsh_command(), "step", *options, "./program"],
        input=commands,
        capture_output=True,
        text=True,
        cwd=os.path.dirname(path),
        timeout=50,
    )


def test_a_script_of_choices_is_a_transcript():
    done = step(TWO_LETTERS, "P.1\nP\nP.1\n2\nP\n")

    assert done.stderr == ""
    assert done.returncode == 0
    assert "\n> P.1\nStep 1, P.1: P.1 wrote “a” to the output.\n" in done.stdout
    assert "Output so far: “a”." in done.stdout
    assert "P.1 ended with status 3: a zombie, for P has not collected its status" in done.stdout


def test_the_beginning_says_who_is_ready_and_what_can_be_printed():
    lines = step(TWO_LETTERS).stdout.splitlines()

    assert "1. P is ready: next it writes “b” to the output (leaves 1 of 2 outputs possible)." in (
        lines
    )
    assert (
        "What can still be printed (2 outputs): “abc”, “bac”. "
        "This choice matters: it decides what can still be printed."
    ) in lines


def test_who_is_blocked_is_said_with_the_reason():
    done = step(TWO_LETTERS, "P\nP\n")

    assert "P is blocked: next it waits for a child; its child P.1 is still alive." in done.stdout
    assert "P cannot go: it waits for a child; its child P.1 is still alive.\nReady: P.1." in (
        done.stdout
    )


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("nonsense", "nonsense: neither a process nor a command; 'help' lists the commands."),
        ("n", "n: neither a process nor a command; 'help' lists the commands."),
        ("until pigs fly", "until pigs fly: no such point; say one of: exit of P.1"),
        ("save", "save: into which file? Say: save FILE."),
        ("load nowhere", "nowhere: the schedule cannot be read: No such file or directory."),
        ("forward", "There is no step to repeat"),
        ("P.9", "P.9 cannot go: there is no such process."),
        ("help", "until POINT     run until: exit of P.1"),
    ],
)
def test_every_mistake_is_answered_in_one_line_and_nothing_is_lost(command, answer):
    done = step(TWO_LETTERS, f"P.1\n{command}\nschedule\n")

    assert answer in done.stdout
    assert done.stdout.splitlines()[-1] == "P.1"
    assert (done.returncode, done.stderr) == (0, "")


def test_running_to_a_point_tells_each_step_on_the_way():
    done = step(THREE, "until exit of P.1\n")

    assert "Step 1, P.1: P.1" in done.stdout
    assert "P.1 ended with status 3." in done.stdout


def test_a_deadlock_says_who_waits_for_what():
    done = step(FORGOTTEN, "run\n")

    assert (
        "pipe A is empty, and no process but P itself holds a write end: it waits for itself."
        in (done.stdout)
    )
    assert done.stdout.splitlines()[-2:] == [
        "Deadlock: P waits for something that can never come.",
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


def test_who_waits_for_the_other_end_of_a_fifo():
    out = step(FIFO, "P\nP.1\n").stdout

    assert "is blocked: no process has opened its other end." in out
    assert "FIFO f is empty; write end: no process; read end: P." in out
    assert "Now P is ready: what it waited for has come." in out


def test_back_and_forward_and_restart():
    done = step(TWO_LETTERS, "P.1\nback\nschedule\nforward\nschedule\nrestart\nschedule\n")

    answers = done.stdout.split("> schedule\n")[1:]
    assert [answer.splitlines()[0] for answer in answers] == [
        "No steps have been made yet.",
        "P.1",
        "No steps have been made yet.",
    ]


def test_a_schedule_is_watched_step_by_step_without_a_terminal():
    done = step(TWO_LETTERS, "", "--schedule", "P.1 P P.1 P P P")

    steps = [line for line in done.stdout.splitlines() if line.startswith("Step ")]
    assert [line.split(":")[0] for line in steps] == [
        f"Step {number}, {name}"
        for number, name in enumerate(("P.1", "P", "P.1", "P", "P", "P"), start=1)
    ]
    assert done.stdout.splitlines()[-2:] == [
        "All processes have ended: P ended with status 0 and P.1 ended with status 3.",
        "Output so far: “abc”.",
    ]
    assert done.returncode == 0


def test_a_schedule_from_a_file_that_was_saved(tmp_path):
    step(TWO_LETTERS, f"P\nrun\nsave {tmp_path}/way\n")

    done = step(TWO_LETTERS, "", "--schedule", f"@{tmp_path}/way")

    assert "Output so far: “bac”." in done.stdout.splitlines()[-1]


def test_a_schedule_that_does_not_fit_is_one_line_with_the_place_and_who_was_ready():
    done = step(TWO_LETTERS, "", "--schedule", "P P P")

    assert done.returncode == 1
    assert done.stderr == (
        "simpsh: the schedule does not fit at step 2: P – it waits for a child; "
        "its child P.1 is still alive; ready: P.1\n"
    )


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--schedule", "P X"], "simpsh: schedule, step 2: 'X' is no process; "),
        (["--schedule", "@none"], "simpsh: none: the schedule cannot be read: No such file"),
        (["--colour"], "simpsh: step: there is no option --colour\n"),
        (["--dir", "/proc/nonexistent"], "simpsh: "),
    ],
)
def test_a_wrong_command_line_is_answered_in_one_line(options, complaint):
    done = step(TWO_LETTERS, "", *options)

    assert done.stderr.startswith(complaint)
    assert done.stderr.partition("usage: simpsh step ")[0].count("\n") == 1
    assert done.returncode in (1, 2)


def test_without_a_command_an_example_is_named():
    done = subprocess.run([*simpsh_command(), "step"], capture_output=True, text=True)

    assert done.stderr.startswith(
        "simpsh: step: a command is missing; try: simpsh step 'echo a & echo b'\nusage: "
    )
    assert done.returncode == 2


def test_a_line_is_run_by_a_shell():
    done = subprocess.run(
        [*simpsh_command(), "step", "printf a & printf b; wait"],
        input="run\n",
        capture_output=True,
        text=True,
        cwd=os.path.dirname(compiled(TWO_LETTERS)),
        timeout=50,
    )

    assert done.stderr == ""
    assert done.stdout.splitlines()[-2] in ("Output so far: “ab”.", "Output so far: “ba”.")


def test_signals_can_be_let_in_first():
    done = step(SIGNALLED, "P.1\nP\nP.1!\n")

    assert "P.1! is ready: first SIGUSR1 acts on P.1" in done.stdout
    assert "SIGUSR1 acted on P.1." in done.stdout


def test_the_timeline_shows_lanes():
    done = step(TWO_LETTERS, "run\ntimeline\n")

    assert "├──╮" in done.stdout or "├──P.1" in done.stdout
    assert "P.1 exits with status 3" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_processes_and_removes_the_working_copy(number, tmp_path):
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
        stepper.stdin.write(b"P\n")
        seen = b""
        while b"Step 1, P:" not in seen:
            seen += os.read(stepper.stdout.fileno(), 4096)
        stepper.send_signal(number)
        while os.read(stepper.stdout.fileno(), 4096):
            continue
        assert stepper.wait(20) == 128 + number
    assert os.listdir(tmp_path) == []


def test_an_end_of_input_leaves_in_order(tmp_path):
    path = compiled(THREE)
    done = subprocess.run(
        [*simpsh_command(), "step", "./program"],
        input="P\n",
        capture_output=True,
        text=True,
        cwd=os.path.dirname(path),
        env=os.environ | {"TMPDIR": str(tmp_path)},
        timeout=50,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert os.listdir(tmp_path) == []


def test_a_reader_that_leaves_early_ends_it_without_a_word():
    path = compiled(THREE)
    done = subprocess.run(
        ["sh", "-c", '"$@" step ./program </dev/null | head -n 1', "sh", *simpsh_command()],
        capture_output=True,
        text=True,
        cwd=os.path.dirname(path),
        timeout=50,
    )

    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


def test_changes_of_files_are_told_in_words():
    done = step(CHANGING, "P\nP\nP.1\nP.1\n")

    told = [line for line in done.stdout.splitlines() if line.startswith("Step ")]
    assert told == [
        "Step 1, P: P renamed x to y (rename).",
        "Step 2, P: P set the length of y (truncate).",
        "Step 3, P.1: P.1 removed x (unlink), and that failed: no such file or directory (ENOENT).",
        "Step 4, P.1: P.1 moved its place in y (lseek).",
    ]


def test_an_exit_that_gives_up_the_last_end_of_a_pipe_says_what_that_means():
    told = step(THREE, "", "--schedule", "P P P.2 P.1 P.1 P.1").stdout.splitlines()

    place = told.index("Step 6, P.1: P.1 called exit(3).")
    assert told[place + 1] == (
        "No process can write to pipe A any more: once empty, it is at its end."
    )
