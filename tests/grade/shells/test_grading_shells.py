"""Real shells get full marks, and each mistake seeded in a small one is found by name."""

import re
import subprocess
import sys
import time

import pytest

from simpsh.trace.tracer.process_tracer import Tracer
from tests.grade.shells.honest_shells import SOURCES, examined
from tests.harness.compiled import compile_c, compiled
from tests.harness.sh import run_simpsh

pytestmark = pytest.mark.long("each test examines a shell")

SIMPSH = [sys.executable, "-m", "simpsh"]


def small_shell(defect: int, also: int = 0) -> str:
    """Return the path of the small shell with a mistake, or with two."""
    options = ("-O1", f"-DDEFECT={defect}", f"-DALSO={also}")
    return str(compiled(SOURCES / "small_shell.c", *options))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("is_own", [True, False])
def test_a_shell_without_a_mistake_gets_full_marks(is_own):
    words = SIMPSH if is_own else [small_shell(0)]
    done = run_simpsh("grade", "shell", *words, status=0, timeout=280)
    assert done.stdout.splitlines()[-1] == "111 of 111 points"


@pytest.mark.parametrize(
    ("defect", "check", "instead"),
    [
        pytest.param(1, "other-child.waits", "has ended", marks=pytest.mark.usual),
        (2, "not-found.one", "does not come back to its prompt"),
        pytest.param(3, "groups.own", "its group is the shell's", marks=pytest.mark.usual),
        (4, "groups.terminal", "the terminal's group is the shell's"),
        (5, "groups.signals", "ignores or blocks SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU"),
        (6, "pipe.shell", "it still holds descriptor 4 (write end) of the pipe"),
        (7, "pipe.first", "it still holds descriptor 3 (read end) of a pipe"),
        (8, "pipe.together", "2 × sleep are not running"),
        (9, "output.empties", "ext is in the way"),
        (10, "other-child.waits", "the shell does not wait for the program: it sleeps in read"),
        (11, "stop.prompt", "does not come back to its prompt: it sleeps in wait4"),
        (12, "fg.continues", "after fg job is stopped"),
        (13, "zombies.background", "1 zombie was left over"),
        (14, "descriptors.plain", "it also has 3"),
        (15, "cd.moves", "it printed: "),
        (16, "statuses.code", "it says 'status=512'"),
        (17, "interrupt.prompt", "has ended"),
        (18, "groups.own", "its group is the shell's (in 1 of 2 orders it passes, and not in: "),
    ],
)
def test_each_seeded_mistake_is_found_and_named(defect, check, instead):
    identity, key = check.split(".")
    mark = examined([small_shell(defect)], identity, seconds=4)
    (found,) = (check for check in mark.checks if check.key == key)
    assert not found.is_passed
    assert instead in found.instead
    if defect == 6:
        # No data came out of a pipeline that hangs, though each program was executed.
        pipeline = examined([small_shell(6)], "pipeline", seconds=5)
        assert [one.key for one in pipeline.checks if one.is_passed] == ["all"]
    if defect == 9:
        # A shell that does not truncate a file may still append to it.
        assert [one.key for one in mark.checks if not one.is_passed] == ["empties"]
    assert mark.picture


def test_a_shell_that_has_stopped_is_named_as_stopped(tmp_path):
    shell = tmp_path / "stops.py"
    shell.write_text(
        "import os, signal\nos.write(1, b'$ ')\nos.kill(os.getpid(), signal.SIGSTOP)\n"
    )
    [check] = examined([sys.executable, str(shell)], "output", seconds=1).checks[:1]
    assert "it is stopped" in check.instead


@pytest.mark.usual("0-run.waits")
@pytest.mark.parametrize(
    ("also", "check"),
    [(5, "groups.own"), (7, "pipe.group"), (0, "run.waits"), (0, "background.spared")],
)
def test_a_check_that_fails_in_one_order_fails_despite_another_mistake(also, check):
    identity, key = check.split(".")
    mark = examined([small_shell(18, also)], identity, seconds=4)
    (found,) = (one for one in mark.checks if one.key == key)
    assert re.search(r" \(in [13] of [24] orders it passes, and not in: ", found.instead), mark


def test_a_job_that_ends_before_the_shell_notes_it_is_found_each_time(tmp_path, monkeypatch):
    let_go = Tracer._let_go

    def late(tracer):
        """Delay each look and each wait, as on a busy machine."""
        time.sleep(0.01)
        let_go(tracer)
        time.sleep(0.01)

    monkeypatch.setattr(Tracer, "_let_go", late)
    code = (SOURCES / "handlers.c").read_text()
    for left_out in ("    sigaddset(&mask, SIGCHLD);\n", "    setpgid(pid, pid);\n"):
        assert left_out in code
        code = code.replace(left_out, "")
    (tmp_path / "unblocked.c").write_text(code)
    compile_c(tmp_path / "unblocked.c", tmp_path / "shell", "-O1")
    mark = examined([str(tmp_path / "shell")], "end-of-file", paths="full")
    assert "children first" in mark.checks[0].instead, mark


def test_a_shell_that_does_nothing_gets_points_for_an_empty_line_and_the_end_of_file(tmp_path):
    shell = tmp_path / "nothing.py"
    shell.write_text("import os\nwhile os.write(1, b'$ ') and os.read(0, 1000):\n    pass\n")
    asked = ("not-found", "cd", "output", "end-of-file")
    points = [examined([sys.executable, str(shell)], key, seconds=5).points for key in asked]
    assert points == [0, 0, 0, 2]


KILLS = """
import os, signal
pid = 0
signal.signal(signal.SIGINT, lambda *_: pid and os.kill(pid, signal.SIGKILL))
while os.write(1, b"$ ") and (words := os.read(0, 1000).split()):
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.execvp(words[0], words)
    os.waitpid(pid, 0)
    pid = 0
"""


def test_a_program_that_the_shell_kills_differs_from_one_that_does_not_end(tmp_path):
    reasons = []
    for number, code in enumerate((KILLS, KILLS.replace("SIGKILL", "SIGURG"))):
        shell = tmp_path / f"{number}.py"
        shell.write_text(code)
        mark = examined([sys.executable, str(shell)], "interrupt", seconds=5)
        reasons.append(mark.checks[0].instead)
    assert "SIGKILL" in reasons[0]
    assert "SIGKILL" not in reasons[1]
    assert "after ^C job is running" in reasons[1]


@pytest.mark.usual
@pytest.mark.needs("ps")
def test_a_wrong_status_is_reported_and_left_processes_end_with_the_shell(tmp_path):
    shell = tmp_path / "leaving.py"
    shell.write_text(
        # Popen returns after the exec: a program that begins after the first key is the line's.
        "import subprocess\nsubprocess.Popen(['sleep', '86398'], start_new_session=True)\n"
        "while not input('$ ').startswith('exit'):\n    pass\nraise SystemExit(121)\n"
    )
    done = run_simpsh("grade", "shell", "--only", "exit", sys.executable, str(shell))
    assert done.returncode == 1
    assert "  Its own status is: normal termination: exit status: 121." in done.stdout
    lines = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert "sleep 86398" not in lines.stdout


def test_a_shell_that_recognizes_known_lines_gets_few_points(tmp_path):
    """The same seed gives the same lines; another seed gives lines that the shell does not know."""
    listed = run_simpsh("grade", "shell", "--list", "--seed", "1").stdout.splitlines()
    known = [line.partition("types: ")[2].strip(" '").split() for line in listed]
    code = (SOURCES / "small_shell.py").read_text()
    asked = "        if not line.strip():\n"
    assert asked in code
    table = f"        if line.split() not in {known}:\n            continue\n"
    shell = tmp_path / "table.py"
    shell.write_text(code.replace(asked, table + asked))
    words = ["--only", "run,arguments,pipeline,exit,cd,interrupt", sys.executable, str(shell)]
    assert run_simpsh("grade", "shell", "--seed", "1", *words).stdout.endswith(
        "\n27 of 27 points\n"
    )
    done = run_simpsh("grade", "shell", "--seed", "2", *words)
    assert float(done.stdout.splitlines()[-1].split()[0]) <= 27 / 3, done.stdout


@pytest.mark.parametrize("key", ["interrupt", "quit"])
def test_a_shell_that_a_key_ends_loses_the_same_points_each_time(tmp_path, key):
    shell = tmp_path / "plain.py"
    shell.write_text(
        "import os, signal\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\n"
        "while line := input('$ '):\n"
        "    if not os.fork():\n        os.execvp(line.split()[0], line.split())\n"
        "    os.wait()\n"
    )
    for seed in range(4):
        mark = examined([sys.executable, str(shell)], key, seed=seed)
        lost = [check.key for check in mark.checks if not check.is_passed]
        assert lost == (["shell", "prompt"] if key == "interrupt" else ["shell", "job"]), mark
