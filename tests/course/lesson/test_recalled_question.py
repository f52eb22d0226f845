"""A question comes back with another program, or with its choices in another order."""

from __future__ import annotations

import pytest

from simpsh.course.lesson.lesson import target_of
from simpsh.course.lesson.lesson_library import Library
from simpsh.course.lesson.recalled_question import recall_question
from tests.course.lesson_files import check, failures, run_of, write_lesson


def asked(name, index, turn):
    """Return the right choice when a question of the course is asked again."""
    lesson, is_varied = recall_question(Library().find(name), index, turn)
    question = lesson.steps[index]
    run = target_of(lesson, question)
    return question.right_words(run.perform()), is_varied


def test_the_variants_come_first_then_the_lessons_own_program():
    name, index = "rule-1-both-continue", 1
    assert asked(name, index, 1) == ("“before twice, after twice”", True)
    assert asked(name, index, 2) == ("“before once, after once”", True)
    assert asked(name, index, 3) == ("“before once, after twice”", False)


def test_the_choices_are_the_same_in_another_order():
    lesson = Library().find("rule-1-both-continue")
    orders = [
        [c.text for c in recall_question(lesson, 1, turn)[0].steps[1].choices] for turn in range(9)
    ]
    assert {tuple(sorted(order)) for order in orders} == {tuple(sorted(orders[0]))}
    assert len({tuple(order) for order in orders}) > 1


def test_a_question_names_only_what_each_of_its_programs_has(tmp_path):
    steps = f"""Predict("The child calls `os._exit(7)`, and `print` is called. What is printed?",
        Choice("it ended with 7", parent.prints("it ended with 7"), "So it is."),
        Choice("it ended with 0", parent.prints("it ended with 0"), "It is not."),
        hint="?", again=[replace("os._exit(7)", "os._exit(0)")]), {run_of()}"""
    write_lesson(tmp_path, "tried", steps)
    [reason] = [failed for _, _, failed in failures(check(tmp_path))]
    assert "names `os._exit(7)`, which a program of again no longer has" in reason


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        ('replace("os._exit(7)", "os._exit(0)")', None),
        ('replace("it ended", "it  ended")', "0 are"),
        ('insert("pass", above="print(")', "as of the lesson's own program"),
        ('delete("no such line")', "no such line"),
    ],
)
def test_check_proves_each_variant(tmp_path, edit, reason):
    steps = f"""Predict("What is printed?",
        Choice("it ended with 7", parent.prints("it ended with 7"), "So it is."),
        Choice("it ended with 0", parent.prints("it ended with 0"), "It is not."),
        hint="?", again=[{edit}]), {run_of()}"""
    write_lesson(tmp_path, "tried", steps)
    reasons = [failed for _, _, failed in failures(check(tmp_path))]
    assert bool(reasons) is (reason is not None)
    assert reason is None or reason in " ".join(reasons)
