"""Exercises: their examples, their lessons, and programs that outlive their parents."""

import ast
from contextlib import suppress
from pathlib import Path

import pytest

from simpsh.course.lesson.lesson_library import Library
from simpsh.course.run.demonstration_setup import NotObservable
from simpsh.grade.exercises.exercise import PROGRAM
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from simpsh.grade.exercises.exercise_judge import Judgement, NotTried, judge
from simpsh.grade.exercises.solution_marks import SIGNS
from simpsh.grade.sandbox.program_build import program_of
from tests.grade.wrong_programs import asking, wrong_programs
from tests.harness.sh import PROJECT

pytestmark = pytest.mark.long("each test judges programs")


_FORKS = "import os\nfor _ in range(2):\n    if os.fork() == 0:\n        os._exit(0)\n"
_EXAMPLE = Path(PROJECT, "docs/example-course/fork_course")


@pytest.mark.needs("compiler")
@pytest.mark.usual("make-zombie", "one-child")
@pytest.mark.parametrize("exercise", [*ExerciseCatalogue().ids, "one-child"])
def test_starts_fail_solutions_pass_and_printing_the_expected_words_fails(exercise, tmp_path):
    catalogue = ExerciseCatalogue([str(_EXAMPLE)])
    found, folder = catalogue.find(exercise), catalogue.folder(exercise)

    def judged(source: str, name: str, seed: int = 0) -> Judgement:
        (tmp_path / name).write_text(source)
        return judge(found, program_of(str(tmp_path / name)), seed)

    assert folder.file("task.md")
    assert len(found.hints) >= 3
    assert {*folder.starts} == {*folder.solutions} == {*SIGNS}
    try:
        for end, solution in folder.solutions.items():
            for seed in (0, 1) if callable(found.trials) else (0,):
                right = judged(solution, f"solution.{end}", seed)
                assert right.is_full, right.checks
            start = judged(folder.starts[end], f"start.{end}")
            # A program that was not executed at all proves nothing.
            assert not start.is_full
            assert not [run for run in start.runs if PROGRAM in run.broken]
        for code in ("", _FORKS) if right.runs else ():
            printed = judged(f"{code}print({right.runs[0].output!r}, end='')\n", "prints.py")
            assert not printed.is_full
    except (NotObservable, NotTried) as lack:
        pytest.skip(str(lack))


@pytest.mark.parametrize("exercise", ExerciseCatalogue().ids)
def test_each_wrong_program_fails_the_check_that_it_gets_wrong(exercise, tmp_path):
    passed = []
    for wrong in wrong_programs():
        if wrong.exercise == exercise:
            path = tmp_path / wrong.name
            path.write_text(wrong.source)
            with suppress(NotTried):
                mark = judge(
                    asking(ExerciseCatalogue().find(exercise), wrong.fails), program_of(str(path))
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
