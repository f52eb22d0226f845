"""Each exercise that a lesson names exists; which exercises no lesson names is known."""

from __future__ import annotations

from simpsh.course.lesson.lesson_library import Library
from simpsh.grade.exercises.exercise_catalogue import ExerciseCatalogue

# Of two that follow the same lesson, it names the easier one.
_WITHOUT_A_LESSON = {"bomb-cgroup"}


def test_lessons_name_exercises_that_exist_and_every_exercise_has_a_lesson():
    lessons, problems = Library().all()
    assert not problems
    named = {one.exercise for one in lessons if one.exercise}
    there = set(ExerciseCatalogue().ids)
    assert named <= there
    assert there - named == _WITHOUT_A_LESSON


def test_every_exercise_comes_after_lessons_that_exist():
    exercises, problems = ExerciseCatalogue().all()
    assert not problems
    ids = Library().ids
    assert not [(one.id, lesson) for one in exercises for lesson in one.after if lesson not in ids]
