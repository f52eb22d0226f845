"""Repairs of a program by a student: the reply to each attempt, in Python and in C."""

from __future__ import annotations

import re
import shutil
import sys

import pytest

from lessons.orphans_and_zombies import zombie
from simpsh.base.record import changed
from simpsh.course import Edit
from simpsh.course.check.lesson_check import LessonCheck
from simpsh.course.lesson.run_step import Repair
from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.course.teach.lesson_teacher import Teacher
from simpsh.course.teach.teaching_stage import TeachingStage
from simpsh.view.styled_text import plain
from tests.support.shells import run_command

pytestmark = pytest.mark.needs("ptrace")

[REPAIR] = [step for step in zombie.LESSON.steps if isinstance(step, Repair)]
IN_C = pytest.param("c", marks=pytest.mark.skipif(not shutil.which("cc"), reason="needs cc"))
WAIT = {"py": "os.waitpid(worker, os.WNOHANG)", "c": "waitpid(worker, &status, WNOHANG)"}
LATER = {
    "py": f"(__import__('time').sleep(0.3), {WAIT['py']})[1]",
    "c": f"usleep(300000);\n    {WAIT['c']}",
}
PRAISE = "✓ The parent sleeps in waitpid until the worker has ended."
NO_WAIT_HINT = "What does waitpid return if the child has not ended yet"
ORDER_HINT = "The parent may run first, however long it sleeps."


class Student:
    """A student who chooses a language, edits the file, and reads the screen."""

    width, height, editor = 80, 24, "ed"

    def __init__(self, end, *edits):
        self.edits = list(edits)
        self.keys = ["p" if end == "py" else "c", *"e" * (len(edits) - 1)]
        self.screens = [""]
        self.path = ""

    def show(self, block):
        self.screens[-1] += "".join(f"{plain(row)}\n" for row in block)

    def wait(self, words):
        """Show nothing while the orders are searched."""

    def ask(self, _prompt):
        return self.keys.pop(0) if self.keys else ""

    def edit(self, path):
        self.screens.append("")
        self.path = path
        with open(path, encoding="utf-8") as file:
            text = file.read()
        old, new = self.edits.pop(0)
        assert old in text, "the file is as the student left it"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))

    def mend(self):
        stage = TeachingStage(
            self, ScreenForm(80), self.ask, lambda run: run.perform(), lambda _: "", prompt=self
        )
        Teacher(changed(zombie.LESSON, steps=[REPAIR]), stage).teach()
        return [" ".join(screen.split()) for screen in self.screens[1:]]


@pytest.fixture(autouse=True)
def _in_a_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("end", ["py", IN_C])
def test_a_student_with_three_mistakes_gets_the_next_step_each_time(end, tmp_path):
    wait = WAIT[end]
    student = Student(
        end,
        ("worker", "worker"),
        (wait, wait[:-1]),
        (wait[:-1], LATER[end]),
        (wait, wait.replace("os.WNOHANG", "0").replace("WNOHANG", "0")),
    )
    unchanged, broken, slept, mended = student.mend()
    # In some runs the worker ends in time; the explorer finds the other orders.
    assert "✗ The parent collects its worker" in unchanged or "✗ In every order" in unchanged
    assert NO_WAIT_HINT in unchanged or ORDER_HINT in unchanged
    assert student.path == f"repair-zombie.{end}"
    assert f"repair-zombie.{end}:" in broken
    assert ("line 8: '(' was never closed" if end == "py" else "error: expected") in broken
    # The sleep hides the race in runs, but not from the explorer.
    assert ORDER_HINT in slept
    assert "✗ In every order it prints code 42." in slept
    assert PRAISE not in slept
    assert "✓ In every order it prints code 42." in mended
    assert PRAISE in mended
    # The program runs on its own.
    program = ["python3", student.path] if end == "py" else ["./mended"]
    if end == "c":
        assert run_command(["cc", "-o", "mended", student.path], cwd=tmp_path).returncode == 0
    assert run_command(program, cwd=tmp_path).stdout == "code 42\n"


def test_a_program_without_its_function_and_one_that_raises_get_one_line():
    other, raised = Student(
        "py",
        ("def collect_a_worker", "def other"),
        ("def other", "os.nothing\n\ndef collect_a_worker"),
    ).mend()
    assert "repair-zombie.py: there is no function collect_a_worker(): keep its name" in other
    assert "AttributeError" in raised


def test_the_solution_of_a_repair_passes_its_check():
    argv = [sys.executable, "-m", "simpsh", "lesson", "check", "--repairs", "rule-2", "fork-can"]
    done = run_command(argv, timeout=100)
    assert done.returncode == 0, done.stdout
    assert re.search(
        r"ok    rule-2-return-value  +2 claims, \d\d wrong variants refused", done.stdout
    )


def test_a_repair_that_is_not_broken_or_gives_no_hint_is_found():
    run = changed(REPAIR.run, claims=[changed(claim, hint="") for claim in REPAIR.run.claims])
    whole = changed(REPAIR, run=run, broken=Edit(), every_order=())
    lesson = changed(zombie.LESSON, steps=[whole])
    [fault] = whole.faults(lesson)
    assert fault.endswith("it needs a hint for a program that fails it")
    failed = LessonCheck(lesson).prove_repairs().of("failed")
    failures = [(check.sentence, check.reason) for check in failed]
    assert ("the broken program fails (py)", "every claim holds of it") in failures
