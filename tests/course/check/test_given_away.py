"""The texts before the first question do not state its answer."""

from __future__ import annotations

import pytest

from simpsh.course import Choice, Lesson, Predict, Say, returns
from simpsh.course.check.given_away import words_given_away
from tests.course.lesson_files import check, run_of, write_lesson

pytestmark = pytest.mark.long("each case is a lesson that is checked")

CHOICES = ("a new parent", "its child", "no process at all")
RIGHT = 1


def lesson(title="A title", before="A thought."):
    choices = [Choice(text, returns, "So it is.") for text in CHOICES]
    question = Predict("Which process is the orphan's parent?", *choices, hint="?")
    return Lesson("tried", title, 1, [Say(before), question, Say("A child.")], remember="A child.")


@pytest.mark.parametrize(
    ("title", "before", "about", "words"),
    [
        ("An orphan has a child", "A thought.", "", ["child"]),
        ("Orphans", "It has children, or one child.", "", ["child"]),
        ("Orphans", "A thought.", "The child is it.", ["child"]),
        # Neither the question's words nor later texts give an answer away.
        ("Orphans and parents", "A parent.", "Which process?", []),
        # Nor do texts that name the other choices as well.
        ("A child, or something new?", "A thought.", "", []),
    ],
)
def test_a_title_a_text_or_the_map_can_state_the_right_choice(title, before, about, words):
    assert [*words_given_away(lesson(title, before), about, RIGHT)] == words


@pytest.mark.usual
def test_check_refuses_a_lesson_whose_first_text_has_the_answer(tmp_path):
    steps = """Say("{}"), Predict("What does it do?",
        Choice("it hangs", hangs, "No."), Choice("it returns", returns, "Yes."), hint="?"), """
    for text, is_good in (("It always returns.", False), ("A thought.", True)):
        write_lesson(tmp_path, "tried", steps.format(text) + run_of())
        report = check(tmp_path, "tried")
        failed = [result.reason for result in report.of("failed")]
        assert failed == ([] if is_good else ["they state what the right choice says: return"])
