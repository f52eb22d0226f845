"""Narration is complete and neither blocks nor ends the processes, whatever it is written to."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from tests.harness.process import wait_for_state
from tests.harness.sh import SIMPSH


def narrating(script, write_end):
    return subprocess.Popen(
        [*SIMPSH.argv, "-v", f"--verbose-fd={write_end}", "-c", script],
        pass_fds=[write_end], stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def fill(write_end):
    """Fill a pipe to the last byte; return the number of bytes."""
    os.set_blocking(write_end, False)
    count = 0
    for size in (4096, 1):
        try:
            while True:
                count += os.write(write_end, b"." * size)
        except BlockingIOError:
            continue
    return count


@pytest.mark.parametrize("is_blocking", [True, False], ids=["blocking", "O_NONBLOCK"])
def test_narration_waits_for_a_full_pipe_and_loses_no_line(is_blocking):
    read_end, write_end = os.pipe()
    count = fill(write_end)
    os.set_blocking(write_end, is_blocking)
    with narrating("echo x; echo y | cat; exit 5", write_end) as shell:
        os.close(write_end)
        wait_for_state(shell.pid, "S")
        with open(read_end, "rb") as file:
            assert file.read(count) == b"." * count
            narration = file.read().decode()
        assert shell.stdout.read() == "x\ny\n"
    assert (narration.count("forked"), narration.count("exec-ing"), narration.count("changed")) == (
        3,
        3,
        3,
    )
    assert shell.returncode == 5


def test_a_program_whose_narration_has_no_reader_runs_with_its_usual_signals():
    read_end, write_end = os.pipe()
    os.close(read_end)
    script = "sh -c 'kill -PIPE $$; echo no'; echo $?; (echo in); exit 3"
    with narrating(script, write_end) as shell:
        os.close(write_end)
        assert shell.stdout.read() == "141\nin\n"
    assert shell.returncode == 3


def test_narration_of_a_background_job_does_not_stop_it_under_tostop(start):
    prompt = start("-v", rows=40, columns=100)
    prompt.run("stty tostop")
    prompt.send("sh -c 'exit 3' >/dev/null 2>&1 &\r")
    pid = prompt.wait(r"^\[1\]  (\d+)$").group(1)
    prompt.wait(rf"Child process \({pid}\) status changed: normal termination: exit status: 3$")
    prompt.run("stty -tostop")


def colours(prompt, command):
    before = len(prompt.terminal.raw)
    prompt.run(command)
    drawn = prompt.terminal.raw[before:].decode()
    return re.findall(r"((?:\x1b\[[\d;]+m)?)\[v\]: (?:\x1b\[0m)?", drawn), drawn


def test_on_a_terminal_parent_child_and_statuses_have_colours_unless_no_color_is_set(start):
    prompt = start("-v", rows=60, columns=100)
    parent, child = "\x1b[38;5;32m", "\x1b[38;5;166m"
    tones, drawn = colours(prompt, "sh -c 'exit 7'")
    assert tones == [parent, parent, child, child]
    assert "\x1b[1;38;5;160mnormal termination: exit status: 7\x1b[0m" in drawn
    # The numbers in names restart with the line. The next child has its own colour, and so has a
    # child of a copy of the shell.
    tones, drawn = colours(prompt, "true; (true; :)")
    assert "\x1b[38;5;29mnormal termination: exit status: 0\x1b[0m" in drawn
    assert tones[:4] == [parent, parent, child, child]
    assert {*tones[4:]} == {parent, "\x1b[38;5;134m", "\x1b[38;5;100m"}
    prompt.run("export NO_COLOR=1")
    tones, drawn = colours(prompt, "sh -c 'exit 7'")
    assert tones == [""] * 4
    assert "status changed: normal termination: exit status: 7\r\n" in drawn


def test_long_lines_are_wrapped_with_an_indent_on_a_narrow_terminal(start):
    prompt = start("-v", rows=60, columns=60)
    first, second = prompt.run("sh -c 'exit 7'").splitlines()[-2:]
    assert second.startswith("        ")
    assert re.sub(r"\d+", "N", f"{first} {second.strip()}") == (
        "[v]:    Child process (N) status changed: normal termination: exit status: N"
    )


def test_narration_of_a_process_precedes_the_output_of_its_program():
    script = "i=0; while [ $i -lt 9 ]; do i=$((i + 1)); echo printed | cat; done; "
    argv = [*SIMPSH.argv, "-v", "-c", f"{script} sh -c 'echo printed' & wait; exec echo last"]
    narration = subprocess.run(
        argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True
    ).stdout
    *parts, last = re.split(rb"^printed\n", narration, flags=re.MULTILINE)
    # `[`, `echo` and `cat` in each iteration, then the last `[`, and `sh` in the background.
    assert [part.count(b"exec-ing") for part in parts] == [*[3] * 9, 2]
    assert re.search(rb"exec-ing.*\nlast\n\Z", last)


def test_on_a_terminal_each_process_has_its_lane(start):
    prompt = start("-v", rows=60, columns=100)
    shown = prompt.run("sh -c 'exit 3' | cat; (:)")
    lanes = re.findall(r"\[v\]:( *)(?:Child|Parent) process \((\d+)\)", shown)
    by_pid = {pid: len(indent) for indent, pid in lanes}
    assert sorted(by_pid.values()) == [1, 4, 4, 7]
