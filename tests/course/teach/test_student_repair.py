"""Repairs of a program by a student: the reply to each attempt, in Python and in C."""

import os
import re
import subprocess
import textwrap
from importlib.util import decode_source

import pytest

from simpsh.base.record import changed
from simpsh.base.wait_status import Exited, Killed
from simpsh.course.check.lesson_check import LessonCheck
from simpsh.course.claims.claim import verdict_of
from simpsh.course.claims.demonstration import ListingFault, Python, listing
from simpsh.course.lesson.lesson_faults import faults
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.run_steps import Repair
from simpsh.course.run.c_compilation import CompilerSays
from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.course.teach.lesson_teacher import Teacher
from simpsh.course.teach.teaching_stage import TeachingStage
from simpsh.course.teach.text_editor import chosen_editor, is_vi
from simpsh.view.styled_text import plain
from tests.course.records import Edit
from tests.harness.sh import run_command

pytestmark = [
    pytest.mark.needs("ptrace"),
    pytest.mark.long("each test checks programs of a student"),
]

ZOMBIE = Library().find("zombie")
[REPAIR] = [step for step in ZOMBIE.steps if isinstance(step, Repair)]
IN_C = pytest.param("c", marks=pytest.mark.needs("compiler"))
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

    width, height = 80, 24

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

    def edit(self, _command, path):
        self.screens.append("")
        self.path = path
        with open(path, encoding="utf-8") as file:
            text = file.read()
        old, new = self.edits.pop(0)
        assert old in text, "the file is as the student left it"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))
        return Exited(0)

    def mend(self):
        stage = TeachingStage(
            self, ScreenForm(), self.ask, lambda run: run.perform(), lambda _: "", prompt=self
        )
        Teacher(changed(ZOMBIE, steps=[REPAIR]), stage).teach()
        return [" ".join(screen.split()) for screen in self.screens[1:]]


@pytest.fixture(autouse=True)
def _in_a_directory_with_an_editor(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # A student edits in any editor; the machine may have none.
    monkeypatch.setenv("EDITOR", "true")


@pytest.mark.usual("py")
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
    assert ("line 6: '(' was never closed" if end == "py" else "error: expected") in broken
    # The sleep hides the race in runs, but not from the explorer.
    assert ORDER_HINT in slept
    assert "✗ In every order it prints code 42." in slept
    assert PRAISE not in slept
    assert "✓ In every order it prints code 42." in mended
    assert PRAISE in mended
    # The reply to a good program fits on a screen, from the first claim to the praise.
    last = student.screens[-1]
    assert last[: last.index("What it is good for")].count("\n") <= 22
    # The program runs on its own.
    program = ["python3", student.path] if end == "py" else ["./mended"]
    if end == "c":
        assert run_command(["cc", "-o", "mended", student.path], cwd=tmp_path).returncode == 0
    assert run_command(program, cwd=tmp_path).stdout == "code 42\n"


def test_a_program_that_cannot_be_read_or_compiled_or_that_raises_gets_one_line():
    other, raised, returns, latin = Student(
        "py",
        ("worker = os.fork()", "worker = other"),
        ("worker = other", "os.nothing"),
        ("os.nothing", "return"),
        ("return", "# -*- coding: nothing -*-"),
    ).mend()
    assert "NameError: name 'other' is not defined" in other
    assert "AttributeError" in raised
    assert "repair-zombie.py: line 3: 'return' outside function" in returns
    # Python reads the declaration of an encoding in the first two lines only.
    assert "nothing" not in latin


SOLUTION = REPAIR.program("py", is_broken=False)
RIGHT = {
    "C in a comment": f"# in C: #include <unistd.h>\n{SOLUTION}",
    "C in a string": f'TEXT = """\n#include <unistd.h>\nint main(void) {{\n"""\n{SOLUTION}',
    "nested": f"def outer():\n{textwrap.indent(SOLUTION, '    ')}\nouter()\n",
    "other names": SOLUTION.replace("worker", "kid").replace(
        "os.fork()", "__import__('os').fork()"
    ),
    "a byte order mark and a mark of a lesson": f"\ufeff{SOLUTION}# ① the end\n",
}
C_SOLUTION = REPAIR.program("c", is_broken=False)
RIGHT_IN_C = {
    "blanks": C_SOLUTION.replace("#include", "  #  include"),
    "no include": "#define A(n) <n.h>\n"
    + C_SOLUTION.replace("#include <", "#in\\\nclude A(").replace(".h>", ")"),
}


def _signs(program, end):
    """Return the verdicts of the claims about one run, and the run's other problems."""
    run = REPAIR.judging_runs(program, end)[0]
    result = run.perform()
    verdicts = [verdict_of(claim.proof, result).holds for claim in run.claims]
    return [*verdicts, *run.problems(result)], result.output


def test_a_right_program_is_accepted_however_it_is_spelled():
    for name, program in RIGHT.items():
        text = decode_source(program.encode())
        assert _signs(text, "py") == ([True], "code 42\n"), name


@pytest.mark.needs("compiler")
def test_a_program_that_the_student_chose_to_write_in_c_is_c_however_it_is_spelled():
    for name, program in RIGHT_IN_C.items():
        assert _signs(program, "c") == ([True], "code 42\n"), name
    with pytest.raises(CompilerSays):
        REPAIR.judging_runs(SOLUTION, "c")[0].perform()
    with pytest.raises(ListingFault):
        REPAIR.judging_runs("#include <unistd.h>\nint main(void) { return 0; }\n", "py")


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("return 1\n", "line 1: 'return' outside function"),
        ("x = 1\0\n", "null"),
        ("x = " + "(" * 5000, "nested|never closed|parentheses"),
        ("x is 1\nif x\n", "line 2: expected ':'"),
    ],
)
def test_a_program_that_is_not_python_gets_one_line(program, words):
    with pytest.raises(ListingFault, match=words):
        REPAIR.judging_runs(program, "py")


class ShellStudent(Student):
    """A student whose editors are programs, and who presses e once, then Enter."""

    def __init__(self):
        super().__init__("py", ("", ""))

    def edit(self, command, path):
        self.screens.append(f"{command} begins ")
        code = subprocess.run(
            ["/bin/sh", "-c", f'{command} "$1"', "sh", path], check=False
        ).returncode
        return Exited(code) if code >= 0 else Killed(-code)

    def mend(self):
        return " ".join(super().mend())

    def mend_without_blanks(self):
        """A long path is broken at the end of a line."""
        return "".join(self.mend().split())


def _install(folder, name, script):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A directory that is the only one in PATH; VISUAL and EDITOR are unset."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for variable in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path / "bin"


@pytest.mark.usual
def test_the_editor_of_a_variable_comes_before_an_installed_one(installed, monkeypatch):
    assert "begins" not in ShellStudent().mend()
    for name in ("ed", "vi"):
        _install(installed, name, "exit 0")
    monkeypatch.setenv("EDITOR", " ")
    assert re.match("vi begins .*✗ ", ShellStudent().mend())
    monkeypatch.setenv("VISUAL", "ed")
    assert re.match("ed begins .*✗ ", ShellStudent().mend())


def test_an_editor_gets_its_arguments_and_may_fail(installed, monkeypatch):
    _install(installed, "my editor", 'printf "%s\\n" "$@" > arguments')
    monkeypatch.setenv("VISUAL", f"X=1 '{installed}/my editor' -f \"a b\"")
    assert "✗" in ShellStudent().mend()
    with open("arguments", encoding="utf-8") as file:
        assert file.read() == "-f\na b\nrepair-zombie.py\n"
    _install(installed, "vi", "exit 3")
    for command, status in ((f"{installed}/vi", 3), ("no-such-editor", 127)):
        monkeypatch.setenv("VISUAL", command)
        seen = ShellStudent().mend_without_blanks()
        assert f"{command}endedwithstatus{status}.Presstto" in seen
        assert "✗" not in seen


def test_without_an_editor_one_line_says_what_to_set(installed):
    student = ShellStudent()
    Student.mend(student)
    screen = "".join(student.screens[0].split())
    assert "SetVISUALorEDITORtothecommandofaninstalledEDITOR".lower() in screen.lower()
    assert "/repair-zombie.pyinanotherwindow,thenpresst." in screen
    assert "✗" not in screen


def test_vi_is_recognized_under_another_name(installed):
    _install(installed, "vim.basic", "exit 0")
    (installed / "editor").symlink_to("vim.basic")
    assert chosen_editor(os.environ) == "editor"
    assert is_vi("editor -f", os.environ)
    (installed / "nano").symlink_to("/bin/true")
    assert not is_vi(chosen_editor(os.environ), os.environ)


def test_a_repair_that_is_not_broken_or_gives_no_hint_is_found():
    code = Python(listing(REPAIR.run).source, REPAIR.run.code.in_c)
    claims = [changed(claim, hint="") for claim in REPAIR.run.claims]
    run = changed(REPAIR.run, code=code, edit=Edit(), claims=claims)
    whole = changed(REPAIR, run=run, every_order=())
    lesson = changed(ZOMBIE, steps=[whole])
    [fault] = faults(lesson, lesson.requires)
    assert fault.endswith("it needs a hint for a program that fails it")
    failed = LessonCheck(lesson).run().of("failed")
    failures = [(check.sentence, check.reason) for check in failed]
    assert ("the broken program fails (py)", "every claim holds of it") in failures
