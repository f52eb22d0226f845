"""Screens are measured as they are taught: every text, with the longest guess."""

from __future__ import annotations

import pytest

from simpsh.course import Choice, Lesson, Predict, Run, Say, Try, happens, never, output, processes
from simpsh.course.check.lesson_check import LessonCheck, screens
from simpsh.course.lesson.lesson import runs_of
from simpsh.course.run.line_orders import perform_line
from tests.course.screen.test_pictures import two_looks
from tests.course.teach.taught_lesson import LESSON, perform, race, story, the_order

(parent,) = processes("parent")


def lesson(*steps):
    return Lesson("tall", "Tall", 1, steps, remember="It.")


def test_every_screen_of_a_lesson_is_measured_and_what_was_not_performed_is_said():
    performed = {name: perform(step) for name, step in runs_of(LESSON).items()}
    sizes = screens(LESSON, performed)
    assert [size.step for size in sizes] == [2, 3, 5, 6, 7, 8, 9, 10, 11, 11]
    assert not any(size.is_too_large for size in sizes)
    text = "\n".join(size.text for size in screens(LESSON, {}))
    assert "Not shown here: it was not performed." in text


def test_texts_that_are_too_long_or_too_wide_and_the_longest_guess_are_found():
    size, *_ = screens(lesson(Say("word " * 400)), {})
    assert (size.is_too_large, size.width <= 80) == (True, True)
    assert str(size).startswith("step 1 has ")
    size, *_ = screens(lesson(Say("Type this:\n\n    echo " + "x" * 90)), {})
    assert (size.is_too_large, size.width) == (True, 99)
    asked = Predict(
        "Does {line:os.waitpid} end?",
        Choice("yes", happens(parent.ends), "It does."),
        Choice("no", never(parent.ends), "A long reason. " * 50),
    )
    sizes = screens(lesson(asked, the_order), {"order": story()})
    assert "Does line 5 end?" in sizes[0].text
    (large,) = [size for size in sizes if size.is_too_large]
    assert (large.step, large.rows > 22) == (2, True)
    assert "you said  no" in large.text


def test_a_run_whose_picture_differs_from_a_look_fails(monkeypatch):
    monkeypatch.setattr(Run, "perform", lambda *_: two_looks(state="Z"))
    report = LessonCheck(lesson(Run(race, id="lies"))).run()
    (failed,) = report.of("failed")
    assert (failed.kind, failed.where) == ("run", "lies")
    assert failed.reason == "at ① child is in state Z, and drawn as there"


@pytest.mark.parametrize("rows", [1, 4, 8])
def test_the_picture_of_a_line_leaves_room_for_its_task(rows):
    task = Try(
        "\n\n".join(["A task."] * ((rows + 1) // 2)),
        expect=output == "",
        hint="h",
        solution="true | true | true | true | true | true | true",
        praise="So it is.",
        wrong={"echo": "It prints a newline."},
    )
    lines = {line: perform_line(line) for line in (task.solution, "echo")}
    check = LessonCheck(lesson(task), run_lines=lambda typed: [lines[line] for line in typed])
    assert [one.reason for one in check.run().of("failed") if one.kind == "screen"] == []
