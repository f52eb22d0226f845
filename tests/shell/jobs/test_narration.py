"""Narration (-v) at the prompt and into pipes."""

import os
import re
import signal
import subprocess

import pytest

from tests.harness.process import send, started, wait_for_state
from tests.harness.sh import SIMPSH, run, simpsh, through_sh


@pytest.fixture
def prompt(start):
    """A narrating shell on a screen that is wide enough for its lines."""
    return start("-v", rows=60, columns=100)


def test_stop_continue_and_end_from_outside_are_narrated_unasked(prompt):
    prompt.send("sleep 100 &\r")
    pid = int(prompt.wait(r"^\[1\]  (\d+)$").group(1))
    begin = rf"^\[v\]:    Child process \({pid}\) status changed: "
    send(pid, signal.SIGSTOP)
    prompt.wait(begin + r"stopped: stop signal: 19 \(SIGSTOP\)$")
    send(pid, signal.SIGCONT)
    prompt.wait(begin + r"\(was stopped\), resumed \(SIGCONT\)$")
    send(pid, signal.SIGTERM)
    prompt.wait(begin + r"abnormal termination: killer signal: 15 \(SIGTERM\)$")
    prompt.wait(r">>\nstatus 0 · -v · \S+\Z")


def test_a_narrated_pipeline_is_stopped_and_continued_as_a_whole(prompt):
    group = prompt.begin("cat | cat", "cat")
    members = prompt.wait_members(group, ["cat", "cat"])
    prompt.key("C-z")
    # The echo of the key has its own line.
    lines = r"\[v\]: +Child process \(\d+\) status changed: stopped: stop signal: 20 \(SIGTSTP\)\n"
    prompt.wait(rf"^\^Z\n{lines}(.*\n)?{lines}")
    for pid in members:
        prompt.wait(rf"Child process \({pid}\) status changed: stopped: stop signal: 20")
    prompt.wait(r"Stopped \(SIGTSTP\)    cat \| cat\n>>")
    prompt.resume("fg", members)
    prompt.send("one\r")
    prompt.wait(r"^one\n(\[[^\n]*\n)*one$")
    prompt.key("C-d")
    for pid in members:
        prompt.wait(rf"Child process \({pid}\) status changed: normal termination: exit status: 0$")


# -- the descriptor of the narration ----------------------------------------------------------


def narrating(script, write_end):
    """Start a shell that narrates the script into a pipe."""
    words = [*SIMPSH.argv, "-v", "-c", script]
    return started(words, stderr=write_end, stdout=subprocess.PIPE, text=True)


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
    with narrating("/bin/echo x; /bin/echo y | cat; exit 5", write_end) as shell:
        os.close(write_end)
        wait_for_state(shell.pid, "S")
        with open(read_end, "rb") as file:
            assert file.read(count) == b"." * count
            narration = file.read().decode()
        assert shell.stdout.read() == "x\ny\n"
        assert shell.wait() == 5
    assert [narration.count(word) for word in ("forked", "exec-ing", "changed")] == [3, 3, 3]


def test_a_program_whose_narration_has_no_reader_runs_with_its_usual_signals():
    read_end, write_end = os.pipe()
    os.close(read_end)
    script = "sh -c 'kill -PIPE $$; echo no'; echo $?; (echo in); exit 3"
    with narrating(script, write_end) as shell:
        os.close(write_end)
        assert shell.stdout.read() == "141\nin\n"
        assert shell.wait() == 3


def test_narration_of_a_process_precedes_the_output_of_its_program():
    script = "i=0; while [ $i -lt 9 ]; do i=$((i + 1)); /bin/echo printed | cat; done; "
    script += "sh -c 'echo printed' & wait; exec echo last"
    narration = run(through_sh(simpsh("-v"), "exec 2>&1"), script).text
    *parts, last = re.split(r"^printed\n", narration, flags=re.MULTILINE)
    # `echo` and `cat` in each iteration, then `sh` in the background.
    assert [part.count("exec-ing") for part in parts] == [*[2] * 9, 1]
    assert re.search(r"exec-ing.*\nlast\n\Z", last)


# -- lanes and colours on a terminal ----------------------------------------------------------


def test_narration_of_a_background_job_does_not_stop_it_under_tostop(prompt):
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


def test_on_a_terminal_parent_child_and_statuses_have_colours_unless_no_color_is_set(prompt):
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


def test_on_a_terminal_each_process_has_its_lane(prompt):
    shown = prompt.run("sh -c 'exit 3' | cat; (:)")
    lanes = re.findall(r"\[v\]:( *)(?:Child|Parent) process \((\d+)\)", shown)
    by_pid = {pid: len(indent) for indent, pid in lanes}
    assert sorted(by_pid.values()) == [1, 4, 4, 7]
