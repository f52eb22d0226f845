"""How well a question is guessed by its form, and which questions lack a choice or a hint."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from simpsh.course.check import course_check
from simpsh.course.check.check_report import CourseReport, LessonReport, QuestionShape, gains
from simpsh.course.check.course_check import check_course
from tests.course.lesson_files import (
    GOOD_CLAIM,
    check_whole,
    library,
    run_of,
    text_of,
    write_lesson,
)

QUESTION = """Predict(
    "What does the parent get?",
    Choice("seven", parent.prints("it ended with 7"), "It is what the child gave."),
    Choice("nought", parent.prints("it ended with 0"), "Only if the child had given it."),
    hint="Look at the child's last line.",
)"""


def test_a_check_counts_each_question_once_and_faults_two_choices_and_a_missing_hint(tmp_path):
    free = 'Ask("How many?", how_many_processes, "Two.")'
    write_lesson(tmp_path, "asks", f"{QUESTION}, {free}, {run_of(GOOD_CLAIM)}")
    report = check_whole(tmp_path, rounds=2)
    lesson = report.lessons[0]
    assert [one.reason for one in lesson.of("failed")] == [
        "step 1 (Predict): it has 2 choices; a third one makes it a question",
        "step 2 (Ask): it needs a hint: where to look, or which rule to think of",
    ]
    right = next(one for one in lesson.checks if one.kind == "question").why
    assert right == ("right is “seven”",)
    assert [sorted(shape.choices) for shape in report.questions] == [["nought", "seven"], []]
    assert report.questions[0].right in (0, 1)


def test_each_way_of_guessing_is_compared_with_chance():
    shapes = [
        QuestionShape(("2", "it may be three: or four"), 0),
        QuestionShape(("yes", "no, not always", "never"), 2),
        QuestionShape(("aa", "bb", "cc", "dd"), 0),
        QuestionShape(("left", "out"), None),
        QuestionShape((), None),
    ]
    # By chance 1/2, 1/3 and 1/4 of these three are right.
    assert gains(shapes) == {
        "the shortest": 5.6,
        "the longest": -27.8,
        "one with a colon": -16.7,
        "one without a colon": 16.7,
        "one with a comma": -11.1,
        "one with a number": 16.7,
        "the most hedged": -27.8,
        "the most absolute": 5.6,
        "the first": 30.6,
        "the last": -2.8,
    }
    assert gains([]) == gains(shapes[-1:]) == {}
    report = CourseReport([LessonReport("a", questions=tuple(shapes))])
    text = text_of(report)
    assert "guessing by form in 3 questions, against chance:\n  the shortest           +5.6" in text


@pytest.mark.parametrize(("questions", "kind"), [(40, ["course"]), (39, [])])
def test_a_course_whose_answers_are_guessed_by_their_form_fails(
    monkeypatch, questions, kind, tmp_path
):
    def reports(*_):
        right = [int(number % 5 == 0) for number in range(questions)]
        shapes = [QuestionShape(("a", "it is long"), place) for place in right]
        return nullcontext(iter([LessonReport("a", questions=tuple(shapes))]))

    monkeypatch.setattr(course_check, "checked", reports)
    report = check_course(library(tmp_path), ())
    failed = [check for check in report.course if check.verdict == "failed"]
    assert [check.kind for check in failed] == kind
    assert all("the shortest +30" in check.reason for check in failed)
