"""Unusual shells lose no points for their style, only for their behaviour.

A shell may wait in any way, run programs for its prompt, and not support quotes.
"""

import os
import re
import sys
import time

import pytest

from simpsh.grade.assignments.assignment import Language
from simpsh.grade.shells import terminal_session
from simpsh.grade.shells.behaviour_trial import BehaviourTrial
from simpsh.grade.shells.question_lot import Lot
from simpsh.grade.shells.terminal_session import TerminalSession
from simpsh.trace.tracer.traced_command import TracedCommand
from tests.grade.shells.honest_shells import BY_ID, HONEST_SHELLS, examined
from tests.harness.sh import write_program

ROUNDS = int(os.environ.get("SIMPSH_ROUNDS", "0"))
SOME = ("run", "not-found", "statuses", "zombies", "fg", "other-child")
pytestmark = [pytest.mark.needs("ptrace"), pytest.mark.long("each test examines a shell")]

RUN = """
import os, select, sys, time

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
POLLED = """
wake, _ = os.pipe()
def take():
    poll = select.poll()
    poll.register(wake, select.POLLIN)
    poll.register(0, select.POLLIN)
    poll.poll()
    return os.read(0, 1000).decode()
"""


def tried(tmp_path, code: str, behaviour: str, **how):
    path = tmp_path / "mine.py"
    path.write_text(f"{RUN}{code}{LOOP}")
    return examined((sys.executable, str(path)), behaviour, **how)


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    return tmp_path_factory.mktemp("honest")


@pytest.mark.usual("dash", "11 small_shell.c")
@pytest.mark.parametrize("shell", HONEST_SHELLS, ids=lambda shell: shell.name)
def test_an_honest_shell_loses_no_point(shell, programs):
    argv = shell.command(programs)
    for seed in range(ROUNDS or 1):
        for behaviour in BY_ID:
            if ROUNDS or (behaviour in SOME and behaviour not in shell.lacks):
                mark = examined(argv, behaviour, seed=seed, may_be_installed=True)
                lost = {
                    f"{mark.id}.{check.key}": check.instead
                    for check in mark.checks
                    if not check.is_passed
                }
                own = {key for key in lost if key not in shell.lacks}
                assert not own or mark.id in shell.lacks, lost


LOUD = """
def take():
    while True:
        os.write(1, b"x" * 65536)
"""


@pytest.mark.usual
def test_the_reason_names_endless_output(tmp_path):
    mark = tried(tmp_path, LOUD, "exit")
    words = "the shell does not come back to its prompt: it printed more than 1 MiB"
    assert {check.instead for check in mark.checks} == {words}


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


def test_effects_of_a_start_up_file_are_shown_and_the_start_up_is_not(tmp_path):
    mark = tried(tmp_path, STARTED_UP, "empty-line")
    reasons = [check.instead for check in mark.checks if not check.is_passed]
    assert reasons == ["2 processes were made"]
    assert len(re.findall(r" forks P", mark.picture)) == 2
    assert "expr" not in mark.picture
    mark = tried(tmp_path, STARTED_UP, "output")
    checks = {check.key: check.instead for check in mark.checks}
    assert checks["empties"].endswith("; it printed: full: File exists")


SAYS_SO = """
NOT_FOUND = 127
def start(words):
    pid = os.fork()
    if pid == 0:
        try:
            os.execvp(words[0], words)
        except OSError as error:
            print(words[0], error.strerror, flush=True)
            os._exit(NOT_FOUND if isinstance(error, FileNotFoundError) else 126)
    return pid
"""
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


def test_a_shell_without_path_search_is_asked_with_full_paths_or_gets_the_reason(tmp_path):
    for behaviour in ("run", "arguments", "cd"):
        mark = tried(tmp_path, TAKES_PATHS + POLLED, behaviour, paths="full")
        assert mark.is_full, [check.instead for check in mark.checks]
    mark = tried(tmp_path, TAKES_PATHS + POLLED, "run")
    words = "execve(sleep) failed in P1: ENOENT, no such file or directory"
    assert all(check.instead.endswith(words) for check in mark.checks if check.key != "alone")


@pytest.mark.usual("run", "pipeline", "interrupt")
@pytest.mark.parametrize("behaviour", BY_ID)
def test_the_list_shows_the_typed_form(behaviour, tmp_path):
    listed = BehaviourTrial(BY_ID[behaviour], Lot(7, behaviour), Language())
    for name, text in listed.files(is_program=False).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with TerminalSession(TracedCommand(("dash",), {"PATH": os.defpath}, str(tmp_path))) as dash:
        dash.wait_prompt()
        listed.play(dash)
        dash.end()
    assert [keys.removesuffix("\n") for keys in dash.typed] == [*listed.types]


# -------------------------------------------- programs of prompts, and how statuses are reported

STATUSES = """
last = 0

def take():
    prompt()
    return os.read(0, 1000).decode()

def run(line):
    global last
    words = line.replace("$?", str(last)).split()
    if words[:1] == ["cd"]:
        os.chdir(words[1])
        last = 0
    elif words:
        word = os.waitpid(start(words), 0)[1]
        last = os.WEXITSTATUS(word) if os.WIFEXITED(word) else 128 + os.WTERMSIG(word)
"""
PLAIN = "def prompt(): print('$', flush=True)\n"
BUSY = """\
def prompt():
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    os.spawnlp(os.P_WAIT, "true", "true")
"""


LATE = """\
import contextlib, signal

def prompt():
    def collect(*_):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)

    pid = os.fork()
    if pid == 0:
        sum(range(3_000_000))
        os._exit(0)
    signal.signal(signal.SIGCHLD, collect)
    collect()  # It may have ended before.
"""


def test_a_shell_may_collect_a_prompts_processes_when_they_end(tmp_path):
    assert instead(tmp_path, "run", LATE)["collects"] == ""


ASKS_AGAIN = """
def execute(words):
    pid = start(words)
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        {}
"""


@pytest.mark.usual("time.sleep(0.05)")
@pytest.mark.parametrize("nap", ["time.sleep(0.05)", "select.select([], [], [], 0.7)"])
def test_a_shell_may_poll_for_its_child(tmp_path, nap):
    start = "import signal\nsignal.signal(signal.SIGINT, lambda *_: None)\n"
    for behaviour in ("run", "interrupt"):
        mark = tried(tmp_path, start + ASKS_AGAIN.format(nap) + POLLED, behaviour)
        assert mark.is_full, mark.checks


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


def instead(tmp_path, behaviour, prompt=PLAIN, *, not_found=127, seconds=20):
    settings = f"NOT_FOUND = {not_found}\n"
    code = f"{SAYS_SO}{settings}{prompt}{STATUSES}"
    mark = tried(tmp_path, code, behaviour, seconds=seconds)
    return {check.key: check.instead for check in mark.checks}


def test_a_shell_without_quotes_passes_the_statuses(tmp_path):
    found = instead(tmp_path, "statuses", not_found=1)
    assert re.fullmatch(r"after no-\w+-here it says 'status=1'", found.pop("not-found"))
    assert set(found.values()) == {""}


def test_processes_of_the_prompt_are_not_counted_as_work_of_a_line(tmp_path):
    for behaviour in ("cd", "not-found"):
        assert set(instead(tmp_path, behaviour, BUSY).values()) == {""}


HOOKED = """
def take():
    print("$ ", end="", flush=True)
    while not select.select([0], [], [], 0.001)[0]:
        pass
    return os.read(0, 1000).decode()
"""


def test_a_line_editor_that_wakes_up_repeatedly_is_at_its_prompt(tmp_path):
    mark = tried(tmp_path, HOOKED, "run")
    assert mark.is_full, [check.instead for check in mark.checks]


def test_a_shell_whose_other_thread_works_or_naps_is_not_stuck(tmp_path):
    assert set(instead(tmp_path, "empty-line", SLOW).values()) == {""}


def test_time_spent_waiting_for_a_processor_does_not_count(tmp_path, monkeypatch):
    # Pretend that this process has waited for a processor all the time.
    monkeypatch.setattr(terminal_session, "waited_for_processor", time.monotonic)
    slow = "import time\ndef prompt():\n    end = time.monotonic() + 1.5\n"
    slow += "    while time.monotonic() < end:\n        time.sleep(0.01)\n"
    assert set(instead(tmp_path, "empty-line", slow, seconds=0.6).values()) == {""}
    monkeypatch.setattr(terminal_session, "waited_for_processor", lambda: 0.0)
    assert "" not in instead(tmp_path, "empty-line", slow, seconds=0.6).values()


@pytest.mark.usual
def test_an_answer_that_comes_after_the_prompt_is_waited_for(tmp_path):
    text = """\
import os, time
while True:
    words = input('$ ').split()
    if words and os.fork() == 0:
        if words[0] == 'expr':
            time.sleep(0.1)
        try:
            os.execvp(words[0], words)
        except OSError:
            print(words[0], 'is not there', flush=True)
            os._exit(127)
    if words and words[0] != 'expr':
        os.wait()
"""
    path = write_program(tmp_path / "mine", text)
    mark = examined((sys.executable, str(path)), "not-found")
    assert "goes-on" in {check.key for check in mark.checks if check.is_passed}, mark.checks
