"""Right programs in many styles get all points; with a mistake they lose the right checks."""

import os
import shutil
import sys
from pathlib import Path

import elftools
import pytest

from simpsh.grade.exercises.exercise_judge import NotTried, judge
from simpsh.grade.sandbox.program_build import program_of
from simpsh.grade.sandbox.sandbox import Sandbox
from simpsh.trace.tracer import process_tracer
from tests.grade.confinement import accepted
from tests.grade.fairness_corpus import CATALOGUE, CORPUS, refused
from tests.harness.sh import PROJECT, run_command, write_program
from tests.support.needed_programs import require

pytestmark = [
    pytest.mark.needs("ptrace"),
    pytest.mark.long("right programs in every style are judged"),
]


@pytest.mark.usual("open-file")
@pytest.mark.long("compiles and runs some hundred programs, and examines fifteen shells")
@pytest.mark.parametrize("exercise", CATALOGUE.ids)
def test_no_right_program_is_refused(tmp_path, exercise):
    assert refused(exercise, tmp_path) == {}


# ------------------------------------------------------ the marks of right programs with a mistake


def lost(tmp_path, exercise: str, source: str, *changes: tuple[str, str]) -> dict[str, str]:
    """Judge a right program after replacements in its text; return the lost checks, and why."""
    text = (CORPUS / exercise / source).read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    path = tmp_path / f"mine{Path(source).suffix}"
    path.write_text(text)
    found = judge(CATALOGUE.find(exercise), program_of(str(path)))
    return {check.key: check.instead for check in found.checks if not check.is_passed}


@pytest.mark.usual
@pytest.mark.needs("compiler")
def test_a_line_that_stays_in_a_buffer_is_reported(tmp_path):
    choice = ("enum { PSELECT", "#define WAY PSELECT\nenum { PSELECT")
    found = lost(tmp_path, "lost-wakeup", "ways.c", choice, ("fflush(stdout);", ""))
    assert list(found) == ["collected"]
    assert "printf keeps the text in a buffer until fflush or the end" in found["collected"]


@pytest.mark.usual
def test_every_order_must_pass_and_a_failing_order_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(process_tracer, "LONGEST_HOLD_SECONDS", 60.0)
    # The children have ended before the program calls waitpid, unless it computes before they run.
    asks_once = ("pid, status = os.wait()", "pid, status = os.waitpid(-1, os.WNOHANG)")
    late = ("for _ in sys", "import time\nwhile time.process_time() < 0.3:\n    pass\nfor _ in sys")
    where = "parents first; first the child, then the parent)"
    for others in ((), (("_exit(int(code))", "_exit(7)"),)):
        found = lost(tmp_path, "two-children", "os_fork.py", late, asks_once, *others)
        assert found["collected"].endswith(f" (in 3 of 5 orders it passes, and not in: {where}")
        assert ("codes" in found) is bool(others)
    # Bash reaps a child that ends early before it forks the other one, but `wait` reports both.
    script = str(CORPUS / "two-children/bash.sh")
    judged = judge(CATALOGUE.find("two-children"), ("/bin/bash", script))
    assert judged.is_full, judged.checks
    assert judged.title.endswith(": in 5 of 5 orders")
    orphan = CATALOGUE.folder("make-orphan").file("solution.py")
    judged = judge(CATALOGUE.find("make-orphan"), program_of(orphan))
    assert judged.title.endswith(": in 3 of 3 orders")


def test_a_cut_recording_is_reported(tmp_path):
    much = "import os\nfor _ in range(80):\n    os.write(2, 60_000 * b'x')\nimport os"
    found = lost(tmp_path, "two-children", "os_fork.py", ("import os", much))
    assert found["told"].startswith("not shown: the record of this run was cut: it holds ")


@pytest.mark.needs("compiler")
def test_missing_addresses_for_a_sanitizer_are_blamed_on_the_machine(tmp_path):
    source = CORPUS / "two-children/fork.c"
    words = ["cc", "-fsanitize=address", "-o", tmp_path / "mine", source]
    if run_command([*map(str, words)]).returncode:
        pytest.skip("cc builds no program with AddressSanitizer here")
    exercise = CATALOGUE.find("two-children")
    with pytest.raises(NotTried, match="AddressSanitizer reserves terabytes of addresses; here"):
        judge(exercise, (str(tmp_path / "mine"),), sandbox=Sandbox())
    assert judge(exercise, (str(tmp_path / "mine"),)).is_full


@pytest.mark.needs("compiler")
def test_a_library_in_the_hidden_home_can_be_used(tmp_path):
    """As after `pip install --user`: pyelftools is in the home, which is hidden."""
    site = tmp_path / "home" / ".local" / "lib"
    shutil.copytree(os.path.dirname(elftools.__file__), site / "elftools")
    (tmp_path / "handed").mkdir()
    source = CORPUS / "two-children/fork.c"
    shutil.copy(source, tmp_path / "handed" / "two-children.c")
    own = {"HOME": str(tmp_path / "home"), "PYTHONPATH": f"{site}:{PROJECT}"}
    # With -S, Python does not use the libraries of this virtual environment.
    words = [os.path.realpath(sys.executable), "-SPm", "simpsh", "grade", *accepted()]
    words += ["--exercise", "two-children", "handed"]
    done = run_command(words, cwd=tmp_path, env=os.environ | own)
    assert "7/7  two-children.c\n" in done.stdout, done.stdout + done.stderr


def test_a_pipe_that_is_closed_before_a_sleep_is_no_sign_of_the_end(tmp_path):
    require("perl")
    text = (CORPUS / "make-orphan/closes_as_it_ends.pl").read_text()
    program = write_program(tmp_path / "mine", f"{text}close($write_end);\nsleep 1;\n")
    found = judge(CATALOGUE.find("make-orphan"), program_of(str(program)))
    assert [check.key for check in found.checks if not check.is_passed] == ["certain"]
