"""Where right answers are, how many options questions have, and which have no hint."""

from __future__ import annotations

import json

from simpsh.course.check import check_report
from simpsh.course.check.check_report import CourseReport, QuestionShape, spread_lines
from tests.course.lesson_files import GOOD_CLAIM, check_whole, run_of, write_lesson

QUESTION = """Predict(
    "What does the parent get?",
    Choice("seven", parent.prints("it ended with 7"), "It is what the child gave."),
    Choice("nought", parent.prints("it ended with 0"), "Only if the child had given it."),
    hint="Look at the child's last line.",
)"""


def test_two_choices_and_a_missing_hint_are_faults(tmp_path):
    free = 'Ask("How many?", how_many_processes, "Two.")'
    write_lesson(tmp_path, "asks", f"{QUESTION}, {free}, {run_of(GOOD_CLAIM)}")
    (report,) = check_whole(tmp_path).lessons
    assert [one.reason for one in report.checks if one.verdict == "failed"] == [
        "step 1 (Predict): it has 2 choices; a third one makes it a question",
        "step 2 (Ask): it needs a hint: where to look, or which rule to think of",
    ]


def test_shares_are_told_beside_those_of_an_even_spread():
    shapes = [
        QuestionShape(2, 0, has_hint=True),
        QuestionShape(2, 0, has_hint=False),
        QuestionShape(3, 2, has_hint=True),
        QuestionShape(3, 1, has_hint=True),
        QuestionShape(4, None, has_hint=True),
        QuestionShape(0, None, has_hint=False),
    ]
    assert list(spread_lines(shapes)) == [
        "6 questions: with two options: 2, without a hint: 2",
        "right answers by position (if evenly spread): a 50% (42%), b 25% (42%), c 25% (17%)",
    ]
    assert list(spread_lines([])) == []
    assert len(list(spread_lines(shapes[-1:]))) == 1


def test_a_check_finds_the_right_answer_of_each_question_once_in_many_rounds(tmp_path):
    write_lesson(tmp_path, "asks", f"{QUESTION}, {run_of(GOOD_CLAIM)}")
    report = check_whole(tmp_path)
    (shape,) = report.questions
    assert (shape.options, shape.has_hint) == (2, True)
    lesson = report.lessons[0]
    right = next(one for one in lesson.checks if one.kind == "question").why
    assert right == ("right is “seven”",)
    both = CourseReport([lesson, lesson], rounds=2)
    assert both.questions == [shape]
    told = json.loads(check_report.as_json(both))["questions"]
    assert told == [{"options": 2, "right": shape.right, "has_hint": True}]
    assert "1 question: with two options: 1, without a hint: 0\n" in check_report.as_text(
        report, with_why=False
    )
