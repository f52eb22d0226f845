"""Narration at the prompt: stops and continues are narrated in the textbook's words."""

from __future__ import annotations

import os
import signal

import pytest


@pytest.fixture
def prompt(start):
    """A narrating shell on a screen that is wide enough for its lines."""
    return start("-v", rows=60, columns=100)


def test_stop_continue_and_end_from_outside_are_narrated_unasked(prompt):
    prompt.send("sleep 100 &\r")
    pid = int(prompt.wait(r"^\[1\]  (\d+)$").group(1))
    begin = rf"^\[v\]:    Child process \({pid}\) status changed: "
    os.kill(pid, signal.SIGSTOP)
    prompt.wait(begin + r"stopped: stop signal: 19 \(SIGSTOP\)$")
    os.kill(pid, signal.SIGCONT)
    prompt.wait(begin + r"\(was stopped\), resumed \(SIGCONT\)$")
    os.kill(pid, signal.SIGTERM)
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


def test_a_pipe_that_is_opened_by_a_path_is_named_as_the_pipe(prompt):
    prompt.send("exec 5> >(cat); echo hi >&5; exec 5>&-; wait\r")
    prompt.wait(r"descriptor 0 goes to the read end of pipe A$")
    prompt.wait(r"descriptor 1 goes to the write end of pipe A$")
