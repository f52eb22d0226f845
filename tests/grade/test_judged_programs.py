"""Programs are judged by what they do: the decisive failure first, in each order that counts."""

import os
from pathlib import Path

import pytest

from simpsh.grade.exercises import Asked, Exercise, Trial
from simpsh.grade.exercises.exercise_answer import answer
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.exercises.exercise_judge import Judgement, judge
from simpsh.grade.reports.grade_marks import stored_mark
from simpsh.grade.sandbox.program_build import program_of
from tests.grade.two_children import ONE_WAIT, RIGHT
from tests.grade.wrong_programs import asking
from tests.harness.sh import write_program

pytestmark = [pytest.mark.needs("ptrace"), pytest.mark.long("each test judges a program")]

# The program forks both children, then waits for both, but does not close the pipe.
NO_END_CLOSED = """\
import os, sys
words = sys.argv[1:]
middle = words.index("--")
read_end, write_end = os.pipe()
first = os.fork()
if first == 0:
    os.dup2(write_end, 1)
    os.execvp(words[0], words[:middle])
second = os.fork()
if second == 0:
    os.dup2(read_end, 0)
    os.execvp(words[middle + 1], words[middle + 1 :])
os.waitpid(first, 0)
_, status = os.waitpid(second, 0)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def judged(tmp_path, exercise: str, code: str, name="mine.py", only: str = "") -> Judgement:
    path = write_program(tmp_path / name, code)
    found = ExerciseCatalogue().find(exercise)
    return judge(asking(found, only) if only else found, program_of(str(path)))


def lines_of(found: Judgement, colours: int = 0) -> list[str]:
    return list(answer(found, colours=colours))


@pytest.mark.usual
def test_a_hang_is_the_headline_and_no_check_contradicts_the_picture(tmp_path):
    found = judged(tmp_path, "pipeline", NO_END_CLOSED)
    state = {
        one.key: "passed" if one.is_passed else "open" if one.is_open else "failed"
        for one in found.checks
    }
    assert state == {
        "together": "passed",  # the picture shows both births
        "joined": "passed",
        "extra": "passed",
        "ends": "failed",
        "collected": "open",
        "status": "open",
        "whose": "open",
    }
    # The decisive failure is part of the stored result.
    read = stored_mark(found)
    assert read.decisive == found.decisive
    assert [one.is_open for one in read.checks] == [one.is_open for one in found.checks]
    assert read.points == found.points == 6


@pytest.mark.parametrize("how", [("1", 0, False), ("10", 0, True), ("1", 9, True)])
def test_on_a_slow_or_busy_machine_a_run_may_take_longer(tmp_path, monkeypatch, how):
    factor, load, is_enough = how
    monkeypatch.setenv("SIMPSH_PATIENCE", factor)
    monkeypatch.setattr(os, "getloadavg", lambda: (load * os.cpu_count(), 0.0, 0.0))
    trial = Trial(asks=(Asked("ends", "it ends", "P0.status == 0"),), seconds=0.5)
    (tmp_path / "mine.py").write_text("import time\nfor _ in range(10):\n    time.sleep(0.1)\n")
    exercise = Exercise("ends", "It ends", 5, trials=(trial,))
    found = judge(exercise, program_of(str(tmp_path / "mine.py")))
    assert found.is_full is is_enough
    problem = "" if is_enough else "it was ended after 0.5 seconds"
    assert found.runs[0].problem == problem
    assert found.decisive == (problem and f"your program never ended: {problem}")


def test_the_marked_row_of_a_long_timeline_is_always_shown(tmp_path):
    code = "import os, signal\nos.write(1, '◀ here\\n'.encode())\n"
    code += "for _ in range(25):\n    if os.fork() == 0:\n        os._exit(0)\n"
    code += "    os.wait()\nif os.fork() == 0:\n    signal.pause()\nos.wait()\n"
    lines = lines_of(judged(tmp_path, "two-children", code))
    # The program prints the same sign, above the part that is shown.
    [marked] = [one for one in lines if "◀ here" in one]
    assert "…   …" in marked
    assert any(one.endswith(" steps before") for one in lines)
    assert len(lines) < 80


CRASHES = "#include <stdlib.h>\nint main(void) { abort(); }\n"


@pytest.mark.usual
@pytest.mark.needs("compiler")
@pytest.mark.parametrize(("name", "code"), [("mine", ""), ("mine.c", CRASHES), ("mine.py", "1/0")])
def test_nothing_is_judged_of_a_program_that_fails_at_once(tmp_path, name, code):
    found = judged(tmp_path, "two-children", code, name)
    assert {one.key for one in found.checks if not one.is_open} <= {"two"}
    assert found.points == 0


@pytest.mark.usual
def test_a_check_is_not_judged_without_its_precondition(tmp_path):
    found = judged(tmp_path, "two-children", "import os\n")
    assert [one.is_open for one in found.checks] == [False, True, True, True, True]
    assert "collected" not in " ".join(one.instead for one in found.checks if not one.is_open)


def test_a_printed_status_word_is_recognized(tmp_path):
    code = RIGHT.replace("os.waitstatus_to_exitcode(status)", "status")
    found = judged(tmp_path, "two-children", code)
    (failed,) = (one for one in found.checks if not one.is_passed)
    words = [int(one) >> 8 for one in found.runs[0].output.split()[1::2]]
    assert f"{words[0] << 8} for {words[0]}: that is the whole status word" in failed.instead
    assert "use WEXITSTATUS" in failed.instead


def test_signs_differ_without_colour_and_are_coloured_on_a_terminal(tmp_path):
    found = judged(tmp_path, "two-children", ONE_WAIT)
    plain, coloured = lines_of(found), lines_of(found, colours=256)
    assert {one[2] for one in plain[1:6]} == {"✓", "✗", "?"}
    assert "\x1b" not in "".join(plain)
    good, bad = (
        next(one for one in coloured if sign in one).partition(sign)[0] for sign in ("✓", "✗")
    )
    assert "\x1b[" in good
    assert "\x1b[" in bad
    assert good.strip() != bad.strip()


_WAKEUP = """#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t is_ready;
static void note(int number) { is_ready = number; }

int main(void) {
    sigset_t ready, before;
    int ends[2];
    char bytes[200];
    sigemptyset(&ready);
    sigaddset(&ready, SIGUSR1);
    sigprocmask(SIG_BLOCK, &ready, &before);
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = note}, NULL);
    pid_t worker = fork();
    if (worker == 0)
        pause();
    PREPARE
    while (!is_ready) {
        SLEEP
    }
    puts("ready");
    fflush(stdout);
    kill(worker, SIGTERM);
    waitpid(worker, NULL, 0);
    (void)ends, (void)bytes;
}
"""
_UNBLOCK = "sigprocmask(SIG_SETMASK, &before, NULL);"
_WITH_A_GAP = {
    "pause": ("", "pause();"),
    "poll": ("", "poll(NULL, 0, -1);"),
    "read": ("pipe(ends);", "read(ends[0], bytes, 1);"),
}


def failed(tmp_path: Path, exercise: str, code: str, only: str) -> dict[str, str]:
    """Return the reasons by the keys of the checks that a program fails."""
    name = "program.c" if "#include" in code else "program.py"
    found = judged(tmp_path, exercise, code, name, only=only)
    return {check.key: check.instead for check in found.checks if not check.is_passed}


@pytest.mark.needs("compiler")
@pytest.mark.usual("pause")
@pytest.mark.parametrize("name", _WITH_A_GAP)
def test_a_signal_between_the_test_and_any_other_sleep_is_lost(tmp_path, name):
    prepare, sleep = _WITH_A_GAP[name]
    text = _WAKEUP.replace("PREPARE", prepare + _UNBLOCK).replace("SLEEP", sleep)
    reason = failed(tmp_path, "lost-wakeup", text, "gap")["gap"]
    assert reason.startswith(
        "what your program waits for came right before it slept, and it sleeps"
    )


@pytest.mark.usual("time.sleep(0.5)-False", "pass-False")
@pytest.mark.parametrize(
    ("way", "is_right"),
    [
        ("libc.prctl(1, 10); signal.sigwait({10})", True),
        ("time.sleep(0.5)", False),
        ("pass", False),
    ],
)
def test_an_orphan_waits_for_the_end_of_its_parent_however_late_that_is(tmp_path, way, is_right):
    text = f"""import ctypes, os, select, signal, time
libc = ctypes.CDLL(None)
signal.pthread_sigmask(signal.SIG_BLOCK, {{10}})
before = os.getpid()
read_end, write_end = os.pipe()
if os.fork() == 0:
    os.close(write_end)
    {way}
    print(before, os.getppid(), flush=True)
    os._exit(0)
"""
    found = failed(tmp_path, "make-orphan", text, "certain")
    assert not found if is_right else "certain" in found


_IMPORT = "import sys\n"
_NUMBER = (
    _IMPORT + "import re, os.path\nknown = [int(it) for it in re.findall(r'\\d+', '0' + {})][-1]\n"
)
_TEXT = "open(sys.argv[1]).read() if os.path.exists(sys.argv[1]) else '0'"
_ENDS = "sys.exit(code if"
# A solution, the check that must be lost, and the edits.
PRECOMPUTED = {
    "pipeline: the last number of the words": (
        ("pipeline.py", "status"),
        (_IMPORT, _NUMBER.format("sys.argv[-1]")),
        (_ENDS, "sys.exit(known if"),
    ),
    "capture-server: the words of the command": (
        ("capture-server.py", "captured"),
        ('print("|", line)', "print('|', 'as 5' if line.startswith('as ') else line)"),
    ),
    "two-children: the argument": (
        ("two-children.py", "told"),
        ("if os.fork() == 0:", "if not (child := os.fork()):"),
        ("for _ in sys", "    code_of[child] = code\nfor _ in sys"),
        ("for code in", "code_of = {}\nfor code in"),
        ("os.waitstatus_to_exitcode(status)", "code_of[pid]"),
    ),
    "open-file: the number in the file": (
        ("open-file.py", "status"),
        (_IMPORT, _NUMBER.format(_TEXT)),
        ("{os.WEXITSTATUS(status)}", "{known}"),
    ),
}


@pytest.mark.usual("two-children: the argument")
@pytest.mark.parametrize("name", PRECOMPUTED)
def test_an_answer_that_no_wait_gave_loses_its_check(tmp_path, name):
    (program, key), *edits = PRECOMPUTED[name]
    exercise, _, end = program.partition(".")
    text = Path(ExerciseCatalogue().folder(exercise).file(f"solution.{end}")).read_text()
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    mark = judged(tmp_path, exercise, text, program)
    assert mark.disqualified == ""
    assert key in {check.key for check in mark.checks if not check.is_passed}
    # It is not lost because the program is broken.
    assert mark.decisive == ""
    assert mark.points > mark.of / 2
