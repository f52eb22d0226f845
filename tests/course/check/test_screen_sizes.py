"""Screens are measured as they are taught: every text, with the longest guess."""

from __future__ import annotations

import pytest

from simpsh.course import Choice, Lesson, Predict, Run, Say, Try, happens, never, output, processes
from simpsh.course.check.lesson_check import heights, sizes, task_height
from simpsh.course.lesson.lesson import runs_of
from simpsh.course.lesson.try_step import perform_line
from tests.course import demonstrations as demo
from tests.course.teach.taught_lesson import LESSON, ordered, perform, story

(parent,) = processes("parent")
PERFORMED = {name: perform(step) for name, step in runs_of(LESSON).items()}


def lesson(*steps):
    return Lesson("tall", "Tall", 1, steps, remember="It.")


def test_a_lesson_that_fits_has_no_faults():
    assert heights(LESSON, PERFORMED) == []
    assert [size.step for size in sizes(LESSON, PERFORMED)] == [2, 3, 5, 6, 7, 8, 9, 10, 11, 11]


def test_the_longest_guess_counts():
    asked = Predict(
        "Does it end?",
        Choice("yes", happens(parent.ends), "It does."),
        Choice("no", never(parent.ends), "A long reason. " * 50),
    )
    run = Run(ordered, id="order")
    found = heights(lesson(asked, run), {"order": story()})
    assert [size.step for size in found] == [2]
    assert found[0].rows > 22
    assert "you said  no" in found[0].text


def test_a_text_that_is_too_long_is_found():
    (size,) = heights(lesson(Say("word " * 400)), {})
    assert (size.step, size.width <= 80) == (1, True)
    assert str(size).startswith("step 1: ")


def test_a_line_that_is_too_wide_is_found():
    (size,) = heights(lesson(Say("Type this:\n\n    echo " + "x" * 90)), {})
    assert size.width == 99


def test_what_was_not_performed_is_said_and_measured():
    text = "\n".join(size.text for size in sizes(LESSON, {}))
    assert "Not shown here: it was not performed." in text


def test_the_lines_that_a_question_speaks_of_are_put_into_it():
    run = Run(demo.copied, id="x", claims=[])
    question = Predict(
        "What is returned in {line:os.fork()}?",
        Choice("something", happens(parent.forks()), "It is."),
        Choice("nothing", never(parent.forks()), "It is not."),
    )
    screens = [size.text for size in sizes(lesson(question, run), {"x": run.perform()})]
    assert "What is returned in line 2?" in screens[0]


@pytest.mark.parametrize("rows", [1, 4, 8])
def test_the_picture_of_a_line_leaves_room_for_its_task(rows):
    task = Try(
        "\n\n".join(["A task."] * ((rows + 1) // 2)),
        expect=output == "",
        hint="h",
        solution="true | true | true | true | true | true | true",
        praise="So it is.",
    )
    seen = perform_line(task.solution)
    assert task_height(lesson(task), task, task, task.task, seen) <= 24
