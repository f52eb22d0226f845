"""What kind of answer a question takes."""

from __future__ import annotations

import pytest

from simpsh.course import count, processes
from simpsh.course.lesson.ask_step import Ask

parent, child = processes("parent", "child")


@pytest.mark.parametrize(
    ("near", "takes_number"),
    [
        ({}, False),
        ({2: "one", "3": "two"}, True),
        ({"a word": "one"}, False),
        ({2: "one", "a word": "two"}, False),
    ],
)
def test_an_answer_is_a_number_if_all_the_common_wrong_answers_are(near, takes_number):
    question = Ask("How many?", count(parent.collects(child)), "Because.", near=near)
    assert question.takes_number is takes_number
