"""Each exercise that a lesson names exists; which exercises no lesson names is known."""

from __future__ import annotations

import ast
from pathlib import Path

from simpsh.course.lesson.lesson_library import Library
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue
from tests.support.shells import PROJECT

# If several follow the same lesson, it names the easiest one.
_WITHOUT_A_LESSON = {"bomb-cgroup", "shell-3", "shell-5"}


def test_lessons_and_exercises_name_each_other_and_exist():
    lessons, problems = Library().all()
    assert not problems
    named = {one.exercise for one in lessons if one.exercise}
    there = set(ExerciseCatalogue().ids)
    assert named <= there
    assert there - named == _WITHOUT_A_LESSON
    exercises, problems = ExerciseCatalogue().all()
    assert not problems
    ids = {one.id for one in lessons}
    assert not [(one.id, lesson) for one in exercises for lesson in one.after if lesson not in ids]


def test_exercises_enter_by_the_front_door():
    for path in Path(PROJECT, "lessons").glob("*/exercises/*/exercise.py"):
        nodes = ast.walk(ast.parse(path.read_text()))
        modules = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
        ours = {name for name in modules if name.partition(".")[0] == "simpsh"}
        assert ours <= {"simpsh.course", "simpsh.grade.exercises"}, path
