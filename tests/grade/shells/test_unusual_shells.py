"""Shells that wait in unusual ways are judged by what they do: no point is lost for the way."""

from __future__ import annotations

import os
import sys

import pytest

from simpsh.grade.reports.rubric import Rubric
from simpsh.grade.shells import shell_tracer
from simpsh.grade.shells.shell_examination import (
    BEHAVIOURS,
    ExaminationOptions,
    check_shell,
    examine,
)
from simpsh.grade.shells.terminal_session import TerminalSession
from simpsh.process.machine_permits import why_no_tracing
from tests.grade.shells.honest_shells import HONEST_SHELLS

ROUNDS = int(os.environ.get("SIMPSH_ROUNDS", "0"))
SOME = ("run", "not-found", "statuses", "zombies", "fg", "other-child")
pytestmark = pytest.mark.skipif(bool(why_no_tracing()), reason="no process may be traced here")

BY_ID = {behaviour.id: behaviour for behaviour in BEHAVIOURS}
RUN = """
import os, select, selectors, sys, threading, time

def run(line):
    words = line.split()
    if words[:1] == ["cd"]:
        os.chdir(words[1])
    elif words:
        execute(words)

def start(words):
    pid = os.fork()
    if pid == 0:
        os.execvp(words[0], words)
    return pid

def execute(words):
    os.waitpid(start(words), 0)
"""
LOOP = "while line := take():\n    run(line)\n"
HASTY = """
def take():
    return os.read(0, 1000).decode()

def execute(words):
    # Nobody waits for it, and it is late.
    if os.fork() == 0:
        time.sleep(0.3)
        os.execvp(words[0], words)
"""
SYNCHRONISED = """
def start(words):
    # The shell goes on when the pipe is closed by exec.
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        time.sleep(0.3)
        os.execvp(words[0], words)
    os.close(write_end)
    os.read(read_end, 1)
    os.close(read_end)
    return pid

def take():
    return os.read(0, 1000).decode()
"""
POLLED = """
wake, _ = os.pipe()
def take():
    poll = select.poll()
    poll.register(wake, select.POLLIN)
    poll.register(0, select.POLLIN)
    poll.poll()
    return os.read(0, 1000).decode()
"""
SELECTED = """
wake, _ = os.pipe()
def take():
    select.select([wake, 0], [], [])
    return os.read(0, 1000).decode()
"""
EPOLLED = """
wake, _ = os.pipe()
waiting = selectors.EpollSelector()
waiting.register(wake, selectors.EVENT_READ)
waiting.register(os.open("/dev/tty", os.O_RDWR), selectors.EVENT_READ)
def take():
    waiting.select()
    return os.read(0, 1000).decode()
"""
THREADED = """
def take():
    found = []
    reader = threading.Thread(target=lambda: found.append(os.read(0, 1000).decode()))
    reader.start()
    reader.join()
    return found[0]
"""
LATE = """
# A thread collects what ran in the background, some time after it has ended.
def execute(words):
    is_behind = words[-1] == "&"
    pid = start(words[:-1] if is_behind else words)
    if is_behind:
        threading.Thread(target=collect, args=(pid,), daemon=True).start()
    else:
        os.waitpid(pid, 0)

def collect(pid):
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    time.sleep(0.3)
    os.waitpid(pid, 0)
"""
DECEIVED = """
# Its parent waits for a pipe of its own that never says anything.
def take():
    os.read(os.pipe()[0], 1)
"""


def tried(tmp_path, code: str, behaviour: str, seconds: float = 20):
    path = tmp_path / "mine.py"
    path.write_text(f"{RUN}{code}{LOOP}")
    return examine(
        (sys.executable, str(path)), BY_ID[behaviour], Rubric(), ExaminationOptions(seconds=seconds)
    )


WAYS = {
    "a pipe of its own": SYNCHRONISED,
    "poll": POLLED,
    "select": SELECTED,
    "epoll": EPOLLED,
    "a thread": THREADED,
}


@pytest.mark.parametrize("way", WAYS)
def test_it_gets_full_marks(tmp_path, way):
    for behaviour in ("run", "cd", "empty-line"):
        mark = tried(tmp_path, WAYS[way], behaviour)
        assert mark.is_full, (behaviour, [check.instead for check in mark.checks])


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    return tmp_path_factory.mktemp("honest")


@pytest.mark.parametrize("shell", HONEST_SHELLS, ids=str)
def test_an_honest_shell_loses_no_point(shell, programs):
    if shell.ending == "go" and not ROUNDS:
        pytest.skip("Go compiles its whole library: with SIMPSH_ROUNDS")
    argv = check_shell(shell.command(programs))
    for _ in range(ROUNDS or 1):
        for behaviour in BEHAVIOURS:
            if ROUNDS or behaviour.id in SOME:
                mark = examine(argv, behaviour, Rubric(), ExaminationOptions(seconds=20))
                assert mark.is_full, (behaviour.id, [check.instead for check in mark.checks])


def test_a_shell_that_collects_in_another_thread_leaves_no_zombie(tmp_path):
    mark = tried(tmp_path, LATE + POLLED, "zombies")
    assert mark.is_full, [check.instead for check in mark.checks]


def test_a_shell_that_waits_for_a_pipe_is_not_at_its_prompt(tmp_path):
    mark = tried(tmp_path, DECEIVED, "empty-line", seconds=4)
    assert "does not come back to its prompt: it sleeps in read" in mark.checks[0].instead


LOUD = """
def take():
    while True:
        os.write(1, b"x" * 65536)
"""


def test_a_shell_that_prints_without_end_is_told_so(tmp_path):
    mark = tried(tmp_path, LOUD, "exit")
    words = "the shell does not come back to its prompt: it printed more than 1 MiB"
    assert {check.instead for check in mark.checks} == {words}


WORDY = """
def execute(words):
    long = [str(number) + 100_000 * "x" for number in range(15)]
    os.waitpid(start([words[0], *long]), 0)
    if os.fork() == 0:
        try:
            os.execv("/" + 4000 * "y", words)
        finally:
            os._exit(1)
    os.wait()
"""


def test_what_a_shell_hands_over_is_told_in_a_short_sentence(tmp_path):
    mark = tried(tmp_path, WORDY + POLLED, "arguments")
    assert not mark.is_full
    assert max(len(check.instead) for check in mark.checks) < 400
    mark = tried(tmp_path, WORDY + POLLED, "run")
    assert max(len(check.instead) for check in mark.checks) < 400


CALLING = """
def take():
    while True:
        for _ in range(1000):
            os.dup2(0, 7)
"""


@pytest.mark.slow
def test_a_shell_that_makes_calls_without_end_does_not_fill_our_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(shell_tracer, "_MOST_EVENTS", 2000)
    mark = tried(tmp_path, CALLING, "exit", seconds=2)
    assert mark.points == 0
    assert "it is running" in mark.checks[0].instead or "dup" in mark.checks[0].instead


def test_programs_of_a_start_up_file_are_not_counted(tmp_path):
    mark = tried(tmp_path, "start(['true'])\nos.wait()\n" + POLLED, "empty-line")
    assert mark.is_full, [check.instead for check in mark.checks]


STARTED_UP = """
# As with a start-up file: programs run before the first prompt, a process is made for each
# prompt, and no file is written over.
os.spawnvp(os.P_WAIT, "expr", ["expr", "1"])
def take():
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    os.write(1, b"> ")
    return os.read(0, 1000).decode()

def execute(words):
    if words[-2:] == [">", "full"]:
        return os.write(1, b"full: File exists\\n")
    os.waitpid(start(words), 0)
"""


def test_what_a_start_up_file_causes_is_shown_and_the_start_up_is_not(tmp_path):
    mark = tried(tmp_path, STARTED_UP, "empty-line")
    said = "2 processes were made for empty lines (they execute no program)"
    assert [check.instead for check in mark.checks if not check.is_passed] == [said]
    assert mark.picture.count("forks") == 2
    assert "expr" not in mark.picture
    mark = tried(tmp_path, STARTED_UP, "output")
    checks = {check.key: check.instead for check in mark.checks}
    assert checks["empties"].endswith("; it says full: File exists")


TAKES_PATHS = """
def start(words):
    pid = os.fork()
    if pid == 0:
        try:
            os.execv(words[0], words)
        finally:
            os._exit(127)
    return pid
"""


def test_a_shell_that_searches_no_path_is_typed_at_with_full_paths(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(f"{RUN}{TAKES_PATHS}{POLLED}{LOOP}")
    for behaviour in ("run", "arguments", "cd"):
        how = ExaminationOptions(seconds=20, full_paths=True)
        mark = examine((sys.executable, str(path)), BY_ID[behaviour], Rubric(), how)
        assert mark.is_full, [check.instead for check in mark.checks]


def test_the_sentence_says_which_execve_failed_and_why(tmp_path):
    mark = tried(tmp_path, TAKES_PATHS + POLLED, "run")
    words = "execve(sleep) failed in P1: ENOENT, no such file or directory"
    assert words in mark.checks[0].instead
    assert words in mark.checks[3].instead


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda one: one.id)
def test_the_list_shows_what_is_typed(behaviour, monkeypatch):
    typed = []
    end = TerminalSession.end

    def ended(self):
        typed[:] = [keys.removesuffix("\n") for keys in self.typed]
        return end(self)

    monkeypatch.setattr(TerminalSession, "end", ended)
    how = ExaminationOptions(seconds=20, may_be_installed=True)
    mark = examine(check_shell(["dash"]), behaviour, Rubric(), how)
    assert mark.is_full
    assert tuple(typed) == behaviour.types


def test_a_shell_that_does_not_wait_loses_no_point_for_its_words(tmp_path):
    path = tmp_path / "hasty.py"
    path.write_text(RUN + HASTY + "while True:\n    os.write(1, b'$ ')\n    run(take())\n")
    argv = check_shell([sys.executable, str(path)])
    mark = examine(argv, BY_ID["arguments"], Rubric(), ExaminationOptions(seconds=10))
    assert mark.is_full, mark
