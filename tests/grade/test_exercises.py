"""Exercises: starting one, judging a program by its actions, hints one at a time."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from simpsh.course.lesson.lesson_library import Library
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.exercises.exercise_judge import judge
from simpsh.grade.sandbox.program_build import program_of
from simpsh.kernel.machine import ptrace
from tests.grade.two_children import ONE_WAIT, RIGHT
from tests.harness.sh import PROJECT, run_command
from tests.support.needed_programs import require

pytestmark = pytest.mark.long("each test judges programs")

_WRONG = {one.name: one.source for one in ExerciseCatalogue().folder("two-children").wrong()}
ONE_AFTER_THE_OTHER = _WRONG["one_after_the_other.c"]
THE_SAME_IN_PYTHON = _WRONG["one_after_the_other.py"]
SIMPSH = [sys.executable, "-m", "simpsh"]


@pytest.fixture
def exercise(tmp_path):
    """Run `simpsh lesson exercise …` in its own directory and with its own progress file."""
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state"), "NO_COLOR": "1"}

    def run(*words: str, cwd: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        return run_command([*SIMPSH, "lesson", "exercise", *words], cwd=cwd, env=environment)

    return run


@pytest.mark.usual
@pytest.mark.needs("make", "compiler")
def test_start_writes_a_task_and_a_start_program_in_two_languages(exercise, tmp_path):
    done = exercise("start", "two-children")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "two-children"
    names = sorted(path.name for path in folder.iterdir())
    assert names == [".simpsh-exercise", "Makefile", "task.md", "two-children.c", "two-children.py"]
    assert done.stdout.endswith("  cd two-children; simpsh lesson exercise check\n")
    # A changed start program is judged, as a source and as a program.
    source = folder / "two-children.c"
    source.write_text(source.read_text().replace("return 0;", "puts(argv[1]); return 0;"))
    subprocess.run(["make", "-sC", folder], check=True)
    renamed = tmp_path / "homework of week 3"
    shutil.copytree(folder, renamed)
    for directory, words in (
        (folder, ("two-children",)),
        (folder, ("two-children", ".")),
        (folder, ("two-children", "./two-children")),
        (tmp_path, ("two-children",)),
        (tmp_path, ("two-children", "two-children/")),
        (tmp_path, ("two-children", str(folder))),
        (renamed, ()),
        (renamed, ("./two-children",)),
        (renamed, ("two-children.c", "1", "2")),
        (tmp_path, ("homework of week 3",)),
    ):
        done = exercise("check", *words, cwd=directory)
        assert "The number of times that P0 forks was 0, not 2" in done.stdout
    again = exercise("start", "two-children")
    assert again.returncode == 1
    assert again.stderr == ("simpsh: two-children: it already exists; choose another directory\n")


def test_a_folder_that_start_did_not_make_needs_the_id(exercise, tmp_path):
    folder = tmp_path / "two-children"
    folder.mkdir()
    (folder / "two-children.py").write_text("")
    for command in ("check", "hint", "solution"):
        done = exercise(command, cwd=folder)
        assert done.returncode == 2
        assert "the id is missing: this is not a folder that `start` made" in done.stderr
    marker = folder / ".simpsh-exercise"
    for make, words in (
        (lambda: marker.write_text("no-such\n"), "there is no exercise 'no-such'"),
        (lambda: marker.write_bytes(b"\xff\n" * 10**4), "there is no exercise"),
        (lambda: marker.write_text(""), "there is no exercise ''"),
        (lambda: (marker.unlink(), os.mkfifo(marker)), "it is not a regular file"),
        (lambda: (marker.unlink(), marker.mkdir()), "name the exercise"),
    ):
        make()
        done = exercise("check", cwd=folder)
        assert (done.returncode, done.stdout) == (2, "")
        assert words in done.stderr
        assert done.stderr.count("\n") == 1, done.stderr


@pytest.mark.usual
def test_a_right_program_gets_all_points_and_a_tick_whatever_the_seed(exercise, tmp_path):
    (tmp_path / "mine.py").write_text(RIGHT)
    answers = set()
    for seed in ("1", "2"):
        done = exercise("check", "two-children", "mine.py", "--seed", seed)
        assert done.returncode == 0, done.stdout
        assert "All of it: 7 of 7 points." in done.stdout
        answers.add(done.stdout)
    # A variant has different numbers for a different seed.
    assert len(answers) == 2
    assert " ✓ two-children " in exercise("list").stdout


@pytest.mark.usual
def test_the_answer_to_a_wrong_program_describes_its_run_and_then_the_solution(exercise, tmp_path):
    refused = exercise("solution", "two-children")
    assert refused.returncode == 1
    assert "try it first: simpsh lesson exercise check two-children PROGRAM" in refused.stderr
    (tmp_path / "mine.py").write_text(ONE_WAIT)
    done = exercise("check", "two-children", "mine.py")
    assert done.returncode == 1
    asked, _, rest = done.stdout.partition("What your program did")
    assert "✓ your program has exactly two children" in asked
    assert "✗ it collects both" in asked
    assert "Your program ended without having collected P" in rest
    assert "◀ here" in rest
    assert "What to look at" in rest
    assert "os.waitstatus_to_exitcode(status)" in exercise("solution", "two-children").stdout


@pytest.mark.parametrize(
    ("text", "file", "wait", "end", "shown"),
    [
        (ONE_AFTER_THE_OTHER, "mine.c", "= wait(", "_exit(", ("./mine 95 34",)),
        (
            THE_SAME_IN_PYTHON,
            "mine.py",
            "os.wait()",
            "os._exit",
            ("P0 execs python3 mine.py 95 34",),
        ),
    ],
)
def test_the_answer_to_a_wrong_program_names_the_line_and_uses_its_names(
    exercise, tmp_path, text, file, wait, end, shown
):
    if file == "mine.c":
        require("gcc")
    if file == "mine.c" and not ptrace.is_known_architecture():
        pytest.skip("no source lines are found on this machine")
    if file == "mine.py" and sys.version_info[:2] > (3, 14):
        pytest.skip("its frames are not known")
    (tmp_path / file).write_text(text)
    lines = text.splitlines()
    wait, end = (
        next(number for number, line in enumerate(lines, 1) if word in line) for word in (wait, end)
    )
    done = exercise("check", "two-children", file)
    mistake = f"Your program collected P1 before it had made all children ({file}:{wait})."
    assert mistake in " ".join(done.stdout.split())
    assert f"{file}:{end}\n" in done.stdout
    for words in shown:
        assert words in done.stdout
    for own in ("importlib", ".cache", str(tmp_path), sys.executable, "-demonstration"):
        assert own not in done.stdout


@pytest.mark.usual
def test_hints_come_one_at_a_time_and_the_stored_progress_is_private(exercise, tmp_path):
    first = exercise("hint", "two-children").stdout.splitlines()
    path = tmp_path / "state" / "simpsh" / "progress.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text())["exercises"]["two-children"]["hints"] == 1
    second = exercise("hint", "two-children").stdout.splitlines()
    assert (len(first), len(second)) == (1, 2)
    assert second[0] == first[0]
    # A damaged file does no harm.
    path.write_text("{ damaged")
    done = exercise("list")
    assert done.returncode == 0
    words = f"simpsh: {path} is damaged: continuing without it\n"
    assert done.stderr == words
    exercise("hint", "two-children")
    assert path.with_suffix(".damaged").read_text() == "{ damaged"


@pytest.mark.parametrize(
    ("words", "complaint", "status"),
    [
        (("fly",), "exercise: 'fly' is none of list, start, check, hint, solution", 2),
        (("start", "no-such"), "there is no exercise no-such; 'lesson exercise list' has all", 2),
        (("check", "two-children"), "This folder and ./two-children have no two-children.py or", 2),
        (("check", "two-children", "none.py"), "none.py: there is no such file", 1),
        (("check", "two-children", "/etc"), "/etc has no two-children.py or two-children.c", 2),
        (("check", "two-children", "/etc/passwd"), "it is no .py or .c file, and may not be", 1),
    ],
)
def test_misuse_gets_one_line(exercise, words, complaint, status):
    done = exercise(*words)
    assert complaint in done.stderr
    assert done.stderr.partition("usage: simpsh lesson exercise ")[0].count("\n") == 1
    assert done.returncode == status


@pytest.mark.needs("compiler")
def test_a_program_that_does_not_compile_gets_the_compilers_lines_with_its_caret(
    exercise, tmp_path
):
    (tmp_path / "mine.c").write_text("int main(void) { return nothing; }\n")
    done = exercise("check", "two-children", "mine.c")
    assert done.returncode == 1
    assert "✗ mine.c does not compile" in done.stdout
    assert "mine.c:1:25: error:" in done.stdout
    # The compiler's caret, below the cause of the error.
    line, caret = (one.partition("|")[2] for one in done.stdout.splitlines()[4:6])
    assert line[caret.index("^") :].startswith("nothing")


def test_an_instructors_exercise_is_found_by_path(exercise, tmp_path):
    folder = tmp_path / "mine" / "exercises" / "one-child"
    folder.mkdir(parents=True)
    (folder / "exercise.py").write_text(
        "from simpsh.course import count, processes\n"
        "from simpsh.grade.exercises import Asked, Exercise, Trial\n"
        "(program,) = processes('P0')\n"
        "EXERCISE = Exercise('one-child', 'One child', 5, trials=(Trial(asks=(Asked('one', "
        "'it has one child', count(program.forks()) == 1),)),))\n"
    )
    (tmp_path / "none.py").write_text("pass\n")
    done = exercise("check", "one-child", "none.py", "--path", str(tmp_path / "mine"))
    assert "✗ it has one child" in done.stdout
    assert done.stderr == ""
    mine = folder.parent / "two-children"
    mine.mkdir()
    text = (folder / "exercise.py").read_text().replace("one-child", "two-children")
    (mine / "exercise.py").write_text(text)
    done = exercise("check", "two-children", "none.py", "--path", str(tmp_path / "mine"))
    assert "✗ it has one child" in done.stdout
    (folder / "exercise.py").write_text("EXERCISE = 3\n")
    done = exercise("check", "one-child", "none.py", "--path", str(tmp_path / "mine"))
    assert done.stderr.endswith("exercise.py: it has no EXERCISE = Exercise(…)\n")


@pytest.mark.needs("compiler")
def test_the_example_passes_its_check_and_its_wrong_programs_fail_the_named_check(tmp_path):
    def lesson(*words: str) -> subprocess.CompletedProcess[str]:
        argv = [*SIMPSH, "lesson", *words]
        return run_command(argv, cwd=tmp_path)

    example = Path(PROJECT, "docs", "example-course", "fork_course", "exercises")
    shutil.copytree(example, tmp_path / "exercises")
    done = lesson("check", "--exercises", "one-child", "--path", ".")
    assert done.returncode == 0, done.stdout
    assert "10 programs judged as it should be" in done.stdout
    assert "\n1 exercise: 1" in done.stdout
    # A wrong program that is right, or that fails a different check from the one it names, is
    # reported; so is an edit of a text that the solution does not have.
    folder = tmp_path / "exercises" / "one-child"
    (folder / "wrong.py").write_text(
        "from simpsh.course import replace\n"
        "from simpsh.grade.exercises import Wrong\n"
        'WRONG = [Wrong("no_wait.py", "collected", replace("_exit(3)", "_exit(1 + 2)"))]\n'
    )
    (folder / "wrong").mkdir()
    other = (folder / "solution.py").read_text().replace("os.wait()", "")
    (folder / "wrong" / "no_child.py").write_text(f"# fails: one\n{other}")
    done = lesson("check", "--exercises", "one-child", "--path", ".")
    assert done.returncode == 1
    text = (folder / "wrong.py").read_text().replace("_exit(3)", "_exit(4)")
    (folder / "wrong.py").write_text(text)
    misfit = lesson("check", "--exercises", "one-child", "--path", ".")
    assert "wrong.py: no_wait.py: “_exit(4)” is not in the code" in misfit.stdout
    assert "it fails nothing, and not collected" in done.stdout
    assert "it fails collected, and not one" in done.stdout


@pytest.mark.needs("compiler")
@pytest.mark.parametrize(
    "becomes_daemon",
    ["daemon(0, 0);", 'if (fork()) _exit(0); setsid(); if (fork()) _exit(0); chdir("/");'],
)
def test_a_daemon_outlives_the_program_that_a_terminal_started_as_a_job(tmp_path, becomes_daemon):
    source = tmp_path / "daemon.c"
    source.write_text(
        "#define _DEFAULT_SOURCE\n#include <unistd.h>\n"
        f"int main(void) {{ {becomes_daemon} for (;;) pause(); }}\n"
    )
    mark = judge(ExerciseCatalogue().find("daemon"), program_of(str(source)))
    passed = {check.key for check in mark.checks if check.is_passed}
    assert {"lives", "directory"} <= passed, [check.instead for check in mark.checks]
    assert ("session" in passed) == ("setsid" in becomes_daemon)


# The exercises that no lesson names. If several follow the same lesson, it names the easiest one.
_WITHOUT_A_LESSON = {"bomb-cgroup", "shell-3", "shell-5"}


def test_lessons_and_exercises_name_each_other_and_exist():
    lessons, problems = Library().all()
    assert not problems
    named = {one.exercise for one in lessons if one.exercise}
    ids = set(ExerciseCatalogue().ids)
    assert named <= ids
    assert ids - named == _WITHOUT_A_LESSON
    exercises, problems = ExerciseCatalogue().all()
    assert not problems
    ids = {one.id for one in lessons}
    assert not [(one.id, lesson) for one in exercises for lesson in one.after if lesson not in ids]


def test_exercises_import_only_the_public_packages():
    for path in Path(PROJECT, "lessons").glob("*/exercises/*/exercise.py"):
        nodes = ast.walk(ast.parse(path.read_text()))
        modules = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
        ours = {name for name in modules if name.partition(".")[0] == "simpsh"}
        assert ours <= {"simpsh.course", "simpsh.grade.exercises"}, path
