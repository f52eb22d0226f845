"""Exercises: their examples, their lessons, and programs that outlive their parents."""

import ast
import shutil
from pathlib import Path

import pytest

from simpsh.course.lesson.lesson_library import Library
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.exercises.exercise_judge import judge
from simpsh.grade.sandbox.program_build import program_of
from tests.harness.sh import PROJECT, run_simpsh

pytestmark = pytest.mark.long("each test judges programs")


@pytest.mark.needs("compiler")
def test_the_example_passes_its_check_and_its_wrong_programs_fail_the_named_check(tmp_path):
    def check(status: int) -> str:
        words = ("lesson", "check", "--exercises", "one-child", "--path", ".")
        return run_simpsh(*words, cwd=tmp_path, status=status).stdout

    example = Path(PROJECT, "docs", "example-course", "fork_course", "exercises")
    shutil.copytree(example, tmp_path / "exercises")
    assert "10 programs judged as it should be" in check(status=0)
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
    found = check(status=1)
    assert "it fails nothing, and not collected" in found
    assert "it fails collected, and not one" in found
    text = (folder / "wrong.py").read_text().replace("_exit(3)", "_exit(4)")
    (folder / "wrong.py").write_text(text)
    assert "wrong.py: no_wait.py: “_exit(4)” is not in the code" in check(status=1)


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
