"""No point is lost for what a prompt runs, for quotes that are not there, or for another name."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from simpsh.grade.reports.rubric import Rubric
from simpsh.grade.shells import terminal_session
from simpsh.grade.shells.shell_examination import BEHAVIOURS, ExaminationOptions, examine
from simpsh.process import proc
from simpsh.process.diagnose.diagnosis import awaits_keyboard
from simpsh.process.machine_permits import why_no_tracing
from tests.support.processes import wait_until
from tests.support.shells import run_command

pytestmark = pytest.mark.skipif(bool(why_no_tracing()), reason="no process may be traced here")

BY_ID = {behaviour.id: behaviour for behaviour in BEHAVIOURS}
SHELL = """\
import os, shutil, sys
last = 0

def start(words):
    pid = os.fork()
    if pid == 0:
        try:
            os.execvp(words[0], words)
        except OSError as error:
            print(words[0], error.strerror, file=sys.stderr)
            os._exit(NOT_FOUND if isinstance(error, FileNotFoundError) else 126)
    return pid

def status(word):
    return os.WEXITSTATUS(word) if os.WIFEXITED(word) else 128 + os.WTERMSIG(word)

def run(words):
    if words[0] == "cd":
        os.chdir(words[1])
        return 0
    if LOOKS_FIRST and "/" not in words[0] and shutil.which(words[0]) is None:
        print(words[0], "not found")
        return 127
    return status(os.waitpid(start(words), 0)[1])

while True:
    prompt()
    line = os.read(0, 1000).decode()
    if not line:
        sys.exit(0)
    words = [str(last) if word == LAST else word.replace(LAST, str(last)) for word in line.split()]
    if words:
        last = run(words)
"""
PLAIN = "def prompt(): print('$', flush=True)\n"
BUSY = """\
def prompt():
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    os.spawnlp(os.P_WAIT, "true", "true")
"""


SLOW = """\
import threading, time

def work():
    end = time.thread_time() + 0.8
    while time.thread_time() < end:
        pass

def nap():
    time.sleep(0.8)

def prompt():
    for target in (work, nap):
        other = threading.Thread(target=target)
        other.start()
        other.join()
"""


def tried(tmp_path, behaviour, prompt=PLAIN, *, looks_first=False, not_found=127, last="$?"):
    path = tmp_path / "mine.py"
    settings = f"LOOKS_FIRST, NOT_FOUND, LAST = {looks_first}, {not_found}, {last!r}\n"
    path.write_text(f"import os\n{settings}{prompt}{SHELL}")
    options = ExaminationOptions(seconds=20, status="" if last == "$?" else last)
    mark = examine((sys.executable, str(path)), BY_ID[behaviour], Rubric(), options)
    return {check.key: check.instead for check in mark.checks}


@pytest.mark.parametrize("last", ["$?", "$status"])
def test_statuses_are_earned_without_quotes_and_under_another_name(tmp_path, last):
    assert set(tried(tmp_path, "statuses", last=last).values()) == {""}


def test_who_gives_a_wrong_status_is_told_after_which_line(tmp_path):
    found = tried(tmp_path, "statuses", not_found=1)
    assert found.pop("not-found") == "after no-such-program-here it says '1'"
    assert set(found.values()) == {""}


@pytest.mark.parametrize(
    ("behaviour", "looks_first"), [("cd", False), ("not-found", False), ("not-found", True)]
)
def test_what_the_prompt_makes_is_not_taken_for_the_work_of_a_line(
    tmp_path, behaviour, looks_first
):
    assert set(tried(tmp_path, behaviour, BUSY, looks_first=looks_first).values()) == {""}


@pytest.mark.slow
def test_a_shell_whose_other_thread_works_or_naps_is_not_stuck(tmp_path):
    assert set(tried(tmp_path, "empty-line", SLOW).values()) == {""}


LATE = """\
import os, queue, signal, sys, threading, time

for number in (signal.SIGTTOU, signal.SIGTSTP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
lines, done = queue.Queue(), queue.Queue()

def start(words):
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        for number in (signal.SIGTTOU, signal.SIGTSTP, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.execvp(words[0], words)
    time.sleep(0.4)
    os.tcsetpgrp(0, pid)
    os.waitpid(pid, os.WUNTRACED)
    os.tcsetpgrp(0, os.getpgrp())

def work():
    while True:
        start(lines.get())
        done.put(None)

threading.Thread(target=work, daemon=True).start()
while line := os.read(0, 1000).decode():
    lines.put(line.split())
    done.get()
"""


def test_a_key_is_typed_when_another_thread_has_given_the_terminal_away(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(LATE)
    mark = examine(
        (sys.executable, str(path)), BY_ID["stop"], Rubric(), ExaminationOptions(seconds=20)
    )
    assert mark.is_full, [check.instead for check in mark.checks]


def test_of_a_shell_that_never_prompts_only_that_is_said(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("import os\nos.read(os.pipe()[0], 1)\n")
    mark = examine(
        (sys.executable, str(path)), BY_ID["run"], Rubric(), ExaminationOptions(seconds=4)
    )
    words = "the shell does not come back to its prompt: it sleeps in read"
    assert {check.instead for check in mark.checks} == {words}


@pytest.mark.slow
def test_on_a_busy_machine_time_that_others_had_does_not_count(tmp_path, monkeypatch):
    # As if every second another process had the processor.
    monkeypatch.setattr(terminal_session, "waited_for_processor", time.monotonic)
    slow = "import time\ndef prompt():\n    end = time.monotonic() + 1.5\n"
    slow += "    while time.monotonic() < end:\n        time.sleep(0.01)\n"
    path = tmp_path / "mine.py"
    path.write_text(f"import os\nLOOKS_FIRST, NOT_FOUND, LAST = False, 127, '$?'\n{slow}{SHELL}")
    argv, behaviour = (sys.executable, str(path)), BY_ID["empty-line"]
    assert examine(argv, behaviour, Rubric(), ExaminationOptions(seconds=0.6)).is_full
    monkeypatch.setattr(terminal_session, "waited_for_processor", lambda: 0.0)
    assert examine(argv, behaviour, Rubric(), ExaminationOptions(seconds=0.6)).points == 0


def test_a_child_that_ends_with_another_status_than_127_is_found(tmp_path):
    found = tried(tmp_path, "not-found", BUSY, not_found=0)
    assert found["status"] == "normal termination: exit status: 0"


def test_the_sentence_names_the_programs_that_nobody_asked_for(tmp_path):
    found = tried(tmp_path, "empty-line", BUSY)
    assert found["forks"] == "4 processes were made for empty lines (true)"
    found = tried(tmp_path, "run", BUSY)
    assert found["alone"] == "2 more processes were made for it (true)"


def test_the_list_shows_lines_as_they_are_typed_at_this_shell():
    words = ["--list", "--only", "arguments,statuses", "--full-paths", "--status", "$status"]
    done = run_command([sys.executable, "-m", "simpsh", "grade", "shell", *words])
    typed = [line.strip() for line in done.stdout.splitlines() if "types:" in line]
    assert typed[0].endswith("bin/expr   1 + 2   +  3 + 4 + 5 + 6 + 7 + 8 + 9  '")
    assert typed[2].endswith("bin/echo status=$status")


def test_a_thread_that_is_held_does_not_wait_for_the_terminal():
    master, slave = os.openpty()
    with subprocess.Popen(["cat"], stdin=slave) as reader:
        try:
            wait_until(lambda: awaits_keyboard(reader.pid), "it reads")
            # Its call is still shown then, as it is when a tracer holds it behind the call.
            reader.send_signal(signal.SIGSTOP)
            wait_until(lambda: proc.state(reader.pid) == "T", "it is stopped")
            assert proc.contents(reader.pid, "syscall").split()[0].isdigit()
            assert not awaits_keyboard(reader.pid)
        finally:
            reader.kill()
    os.close(slave)
    os.close(master)
