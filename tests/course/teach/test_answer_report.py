"""Answers as CSV, written and read back, and the report of a class."""

import re
from contextlib import nullcontext

import pytest

from simpsh.base.record import changed
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.teach import student_progress as progress
from simpsh.course.teach.answer_report import (
    AnswerRow,
    NoAnswers,
    csv_of,
    rows_in,
    rows_of,
    summary_lines,
)
from simpsh.view.styled_text import plain

RULE_4 = "rule-4-copied"
ASKED = "Which value of x does the parent print?"
RIGHT, SHARED = "1, as before the fork", "2, as in the child"
HEAD = "lesson,step,question,choice,right,why,kind"


def guess(student, answer, **more):
    return AnswerRow("guess", RULE_4, 2, ASKED, answer, answer == RIGHT, student=student, **more)


def test_the_table_has_a_row_for_each_answer_and_is_read_back_as_it_was():
    record = progress.ProgressRecord(
        lessons={
            "fork": progress.LessonPosition(4),
            "wait": progress.LessonPosition(0, is_done=True),
        },
        guesses=[
            progress.GuessRecord(
                "fork", 2, 'What is ","?', "a\nb", is_right=None, why='so "it" is'
            ),
            progress.GuessRecord("fork", 9, "Print it", "echo 1", is_right=False, kind="task"),
            *(
                progress.GuessRecord("f", 1, why, why, is_right=True, why=why)
                for why in ("=1+1", "\tx", "-1")
            ),
        ],
    )
    rows = [*rows_of(record)]
    text = csv_of(rows)
    assert [*rows_in(text)] == rows
    lines = text.splitlines()
    assert lines[0] == f"name,{HEAD}"
    # No cell is a formula.
    assert lines[4] == ",f,1,'=1+1,'=1+1,yes,'=1+1,guess"
    assert lines[7:] == [",fork,5,,seen,,,place", ",wait,1,,done,,,place"]
    named = [changed(row, student="ada") for row in rows]
    assert [*rows_in(csv_of(named), "a file")] == named


def test_a_table_of_release_1_0_is_read_without_its_votes():
    head = "lesson,step,question,choice,right,first_vote,second_vote,why,kind"
    rows = ["fork,2,q,two,yes,3,11,,vote", "fork,2,q,one,no,,,because,guess"]
    read = [AnswerRow("guess", "fork", 2, "q", "one", False, "because", "a file")]
    assert [*rows_in("\ufeff" + "\n".join((head, *rows)), "a file")] == read


def test_a_file_that_is_not_a_table_is_reported_in_one_line():
    row = "fork,2,q,c,yes,,guess"
    for change, why in (
        ((row, ""), ""),
        ((HEAD, "a,b"), "it has no column choice"),
        (("2,q", "two,q"), "line 2: invalid literal"),
        (("yes", "maybe"), "line 2: “maybe” is neither yes nor no"),
    ):
        with pytest.raises(NoAnswers, match=why) if why else nullcontext():
            list(rows_in(f"{HEAD}\n{row}\n".replace(*change)))


def test_a_summary_has_first_answers_and_the_most_frequent_wrong_one():
    rows = [guess(f"s{n}", SHARED, why="one x") for n in range(6)]
    # s4 and s5 are asked again.
    rows += [guess(f"s{n}", RIGHT) for n in range(4, 12)]
    tried = [("s1", "echo 1", False), ("s1", "echo 2", True), ("s2", "echo 1", False)]
    rows += [AnswerRow("task", RULE_4, 9, "Do it", a, ok, student=s) for s, a, ok in tried]
    rows += [AnswerRow("place", RULE_4, 3, student="s1"), AnswerRow("place", RULE_4, 1, "", "done")]
    rows += [AnswerRow("guess", RULE_4, 1, "Not judged", "x", student="s1")]
    shown = [plain(row) for row in summary_lines(rows, Library(()), 100)]
    assert max(map(len, shown)) <= 100
    assert [re.split("  +", row.strip()) for row in shown if "rule-4-copied" in row] == [
        ["rule-4-copied, 1", "Not judged"],
        [
            "rule-4-copied, 2",
            "Which value of x does the parent print?",
            "6 of 12",
            "2, as in the child (6)",
        ],
        ["rule-4-copied, 9", "Do it", "0 of 2", "echo 1 (2)"],
    ]
