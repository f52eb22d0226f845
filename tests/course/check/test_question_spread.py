"""Where right answers are, how many options questions have, and which lack one or a hint."""

from __future__ import annotations

import json

from simpsh.course.check import check_report
from simpsh.course.check.check_report import QuestionShape, spread_lines
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
    assert told[0]["right"] in (0, 1)


def test_shares_are_told_beside_those_of_an_even_spread():
    shapes = [
        QuestionShape(2, 0),
        QuestionShape(2, 0),
        QuestionShape(3, 2),
        QuestionShape(3, 1),
        QuestionShape(4, None),
        QuestionShape(0, None),
    ]
    assert list(spread_lines(shapes)) == [
        "right answers by position (if evenly spread): a 50% (42%), b 25% (42%), c 25% (17%)"
    ]
    assert list(spread_lines([])) == []
    assert list(spread_lines(shapes[-1:])) == []
