"""Where right answers are, how many options questions have, and which have no hint."""

from __future__ import annotations

import json

from simpsh.course.check import check_report
from simpsh.course.check.check_report import QuestionShape, course_lines, spread_lines
from tests.course.lesson_files import GOOD_CLAIM, check_whole, run_of, write_lesson

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
    told = json.loads(check_report.as_form(report, "json", with_why=False))["questions"]
    assert [question["options"] for question in told] == [2, 0]
    assert [question["has_hint"] for question in told] == [True, False]
    assert told[0]["right"] in (0, 1)
    assert "2 questions: with two options: 1, without a hint: 1" in [*course_lines(report)]


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
