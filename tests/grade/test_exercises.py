"""Exercises: their examples, their lessons, and programs that outlive their parents."""

import ast
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from simpsh.course.lesson.lesson_library import Library
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.exercises.exercise_judge import NotTried, judge
from simpsh.grade.exercises.solution_marks import start_of
from simpsh.grade.sandbox.program_build import program_of
from tests.grade.wrong_programs import wrong_programs
from tests.harness.sh import PROJECT, run_simpsh

pytestmark = pytest.mark.long("each test judges programs")


@pytest.mark.needs("compiler")
def test_the_example_passes_its_check_and_a_broken_solution_fails_it(tmp_path):
    def check(status: int) -> str:
        words = ("lesson", "check", "--exercises", "one-child", "--path", ".")
        return run_simpsh(*words, cwd=tmp_path, status=status).stdout

    example = Path(PROJECT, "docs", "example-course", "fork_course", "exercises")
    shutil.copytree(example, tmp_path / "exercises")
    assert "6 programs judged as it should be" in check(status=0)
    solution = tmp_path / "exercises/one-child/solution.py"
    solution.write_text(solution.read_text().replace("os.wait()", ""))
    assert "solution.py passes" in check(status=1)
    # Without solutions, the starts are files.
    for path in solution.parent.glob("solution.*"):
        path.with_stem("start").write_text(start_of(path.read_text()))
        path.unlink()
    assert "2 skipped" in check(status=0)


@pytest.mark.parametrize("exercise", ExerciseCatalogue().ids)
def test_each_wrong_program_fails_the_check_that_it_gets_wrong(exercise, tmp_path):
    passed = []
    for wrong in wrong_programs():
        if wrong.exercise == exercise:
            path = tmp_path / wrong.name
            path.write_text(wrong.source)
            with suppress(NotTried):
                mark = judge(
                    ExerciseCatalogue().find(exercise), program_of(str(path)), only=wrong.fails
                )
                state = {check.key: check.is_passed for check in mark.checks}
                passed += [wrong.name] if state[wrong.fails] else []
    assert not passed


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


def test_lessons_and_exercises_name_each_other_and_exist():
    lessons, problems = Library().all()
    assert not problems
    named = {one.exercise for one in lessons if one.exercise}
    ids = set(ExerciseCatalogue().ids)
    assert named == ids
    _, problems = ExerciseCatalogue().all()
    assert not problems


def test_exercises_import_only_the_public_packages():
    for path in Path(PROJECT, "lessons").glob("*/exercises/*/exercise.py"):
        nodes = ast.walk(ast.parse(path.read_text()))
        modules = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
        ours = {name for name in modules if name.partition(".")[0] == "simpsh"}
        assert ours <= {"simpsh.course", "simpsh.grade.exercises"}, path
