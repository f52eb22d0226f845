"""The decisive failure comes first. Checks that depend on it are not judged."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from simpsh.course import processes
from simpsh.grade.exercises import Asked, Exercise, Trial
from simpsh.grade.exercises.exercise_answer import answer
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.exercises.exercise_judge import Judgement, judge
from simpsh.grade.reports.grade_marks import mark_from, value_of
from simpsh.grade.sandbox.program_build import program_of
from simpsh.kernel.machine import ptrace
from tests.grade.two_children import IN_A_THREAD, ONE_WAIT, RIGHT

pytestmark = pytest.mark.long("each test judges a program")

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
(program,) = processes("P0")
CRASHES = """\
#include <unistd.h>
int main(void) {
    volatile int *nowhere = 0;
    if (fork() == 0)
        _exit(1);
    return *nowhere;
}
"""


def judged(tmp_path, exercise: str, code: str, name="mine.py", encoding="utf-8") -> Judgement:
    (tmp_path / name).write_text(code, encoding=encoding)
    (tmp_path / name).chmod(0o755)
    return judge(ExerciseCatalogue().find(exercise), program_of(str(tmp_path / name)))


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
    lines = lines_of(found)
    assert lines[0] == "✗ Your program never ended."
    assert lines[1].startswith("  No process can move any more: P0 waits for P2")
    assert "  ? both are collected: could not be judged" in lines
    text = "\n".join(lines)
    assert "status word" not in text
    assert "without having collected" not in text
    assert "first both, then wait for both" not in text
    assert "close(2) in the parent" in text
    assert "◀ here" in next(one for one in lines if "…  " in one)
    assert max(map(len, lines)) <= 80
    # The decisive failure is part of the stored result.
    read = mark_from(value_of(found))
    assert (read.decisive, read.mistake) == (found.decisive, "your program never ended")
    assert [one.is_open for one in read.checks] == [one.is_open for one in found.checks]
    assert read.points == found.points == 6


def test_a_polling_program_gets_the_reason_why_nothing_happened(tmp_path):
    folder = ExerciseCatalogue().folder("two-pidfds").path
    found = judged(tmp_path, "two-pidfds", Path(folder, "wrong", "asks_again.py").read_text())
    lines = lines_of(found)
    assert re.fullmatch(r"✗ Your program never ended: it was ended after \d+.* seconds\.", lines[0])
    assert lines[1:3] == [
        "  It asks again and again, or computes, instead of sleeping in a call until",
        "  something happens.",
    ]
    assert "No process can move" not in "\n".join(lines)


def test_a_hang_that_loses_a_child_is_shown_with_the_child(tmp_path):
    wrong = {one.name: one for one in ExerciseCatalogue().folder("lose-no-child").wrong()}
    found = judged(tmp_path, "lose-no-child", wrong["one_each.py"].source)
    (lost,) = (one for one in found.checks if one.key == "collected")
    assert not lost.is_open
    assert "your program got 2 SIGCHLD and collected 2 of them" in lost.instead
    assert lost.event >= 0


@pytest.mark.parametrize("how", [("1", 0, False), ("10", 0, True), ("1", 9, True)])
def test_on_a_slow_or_busy_machine_a_run_may_take_longer(tmp_path, monkeypatch, how):
    factor, load, is_enough = how
    monkeypatch.setenv("SIMPSH_PATIENCE", factor)
    monkeypatch.setattr(os, "getloadavg", lambda: (load * os.cpu_count(), 0.0, 0.0))
    trial = Trial(asks=(Asked("ends", "it ends", program.status == 0),), seconds=0.5)
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
    assert any(one.endswith(" lines before") for one in lines)
    assert len(lines) < 80


@pytest.mark.usual
@pytest.mark.parametrize(
    ("code", "first", "shown"),
    [
        ("import os\nfor i in range(2)\n    os.fork()\n", "SyntaxError: ", "  File"),
        ("import os\nif os.fork():\n    os.wiat()\n", "AttributeError: ", "    os.wiat()"),
        # The colours of a message do not reach the terminal.
        ('raise ValueError("\\x1b[32m✓ all of it")\n', r"ValueError: \x1b[32m✓ all of it", ""),
    ],
)
def test_an_exception_is_the_headline_with_the_end_of_its_traceback(tmp_path, code, first, shown):
    found = judged(tmp_path, "two-children", code)
    lines = lines_of(found)
    assert lines[0].startswith(f"✗ An exception ended your program: {first}")
    assert any(one.startswith(f"  {shown}") for one in lines)
    text = "\n".join(lines)
    assert '    File "mine.py", line ' in text
    assert str(tmp_path) not in text
    assert "\x1b" not in text
    assert not any(one.is_passed for one in found.checks if one.key != "codes")


def test_a_source_that_python_cannot_read_is_an_exception_with_one_line(tmp_path):
    lines = lines_of(judged(tmp_path, "two-children", "print(1)\n", encoding="utf-16"))
    assert lines[0].startswith("✗ An exception ended your program: SyntaxError: ")
    assert "\n".join(lines).count("SyntaxError") == 1
    assert lines[-1] == "0 of 7 points: nothing could be judged."


@pytest.mark.usual
def test_a_failed_exec_is_the_headline_without_advice(tmp_path):
    found = judged(tmp_path, "two-children", "", "mine")
    lines = lines_of(found)
    assert lines[0] == "✗ Your program could not be executed: Exec format error."
    assert all(check.is_open for check in found.checks)
    assert "What to look at" not in lines


@pytest.mark.usual
@pytest.mark.needs("compiler")
def test_a_crash_is_the_headline_with_its_line(tmp_path):
    found = judged(tmp_path, "two-children", CRASHES, "mine.c")
    location = " (mine.c:6)" if ptrace.is_known_architecture() else ""
    assert lines_of(found)[0] == f"✗ Your program crashed: SIGSEGV{location}."
    assert {one.is_open for one in found.checks} == {True}


@pytest.mark.needs("compiler")
def test_abort_and_assert_are_crashes_and_a_thread_may_print_after_mains_end(tmp_path):
    code = "#include <assert.h>\nint main(int n, char **v) { assert(n == 99); }\n"
    lines = lines_of(judged(tmp_path, "two-children", code, "mine.c"))
    assert lines[0].startswith("✗ Your program crashed: SIGABRT")
    assert lines[1] == "  main: Assertion `n == 99' failed."
    found = judged(tmp_path, "two-children", IN_A_THREAD, "mine.c")
    assert found.is_full, lines_of(found)


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


def test_a_helper_that_is_looked_for_in_the_directory_of_the_run_is_no_wrong_status(tmp_path):
    helper = tmp_path / "child"
    helper.write_text(f"#!{sys.executable}\nimport sys\nsys.exit(int(sys.argv[1]))\n")
    helper.chmod(0o755)
    here = RIGHT.replace("os._exit(int(code))", "os.execv('./child', ['child', code])")
    found = judged(tmp_path, "two-children", here)
    assert found.decisive.startswith("P1 cannot execute ./child: No such file or directory\n")
    assert "Each run begins in an empty directory." in found.decisive
    by_check = {check.key: check for check in found.checks}
    assert by_check["codes"].is_open
    beside = here.replace("'./child'", "os.path.join(os.path.dirname(sys.argv[0]), 'child')")
    assert judged(tmp_path, "two-children", beside).is_full
    # A file that is nowhere is a mistake of the program.
    missing = here.replace("'./child'", "'./other'")
    assert "FileNotFoundError" in judged(tmp_path, "two-children", missing).decisive
