"""Steps that a machine cannot show are described, and the lesson continues."""

import pytest

from simpsh.base.errors import SimpshError
from simpsh.base.record import changed
from simpsh.course import (
    Choice,
    Claim,
    Lesson,
    Predict,
    Say,
    Try,
    happens,
    never,
    processes,
    returns as comes_back,
)
from simpsh.course.claims.observation import Observation
from simpsh.course.lesson.lesson import resumed
from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.course.teach.lesson_teacher import Teacher
from simpsh.course.teach.student_progress import StudentProgress
from simpsh.course.teach.teaching_stage import LessonLeft, TeachingStage
from simpsh.view.styled_text import plain_block
from tests.course.teach.taught_lesson import story, the_order
from tests.support.lesson_screens import Measuring

(parent,) = processes("parent")


class Keyboard:
    """Gives one answer at each stop, and records the prompts; then leaves."""

    def __init__(self, *answers):
        self.answers, self.prompts = list(answers), []

    def __call__(self, prompt):
        self.prompts.append(prompt)
        if not self.answers:
            raise LessonLeft
        return self.answers.pop(0)


def lesson(*, needs=()):
    return Lesson(
        "one-end",
        "One end",
        2,
        [
            Say("It ends."),
            Predict(
                "Does it?",
                Choice("yes", happens(parent.ends), "It must."),
                Choice("no", never(parent.ends), "For ever?"),
            ),
            changed(
                the_order, needs=needs, claims=[Claim("The parent *ends*.", happens(parent.ends))]
            ),
            Say("After it."),
            Try(
                "Type a line.",
                {"it comes back": comes_back},
                hint="echo",
                solution="echo a",
                note="It came back.",
            ),
        ],
        remember="It ends.",
    )


def taught(keyboard, *, needs=(), lacks="", perform=lambda _: story(), progress=None):
    screen = Measuring()

    def lacking(wanted):
        return lacks if set(wanted) & set(needs) else ""

    stage = TeachingStage(screen, ScreenForm(), keyboard, perform, lacking, records=progress)
    is_done = Teacher(lesson(needs=needs), stage).teach()
    return plain_block(screen.lines), is_done


def test_a_section_without_its_need_is_described_and_not_asked():
    keyboard = Keyboard("", "", "")
    text, is_done = taught(keyboard, needs=("second cpu",), lacks="there is one processor")
    assert is_done
    assert (
        """\
It ends.

Not shown here: there is one processor.

Not shown here:
 –  The parent ends.
"""
        in text
    )
    assert "Does it?" not in text
    assert keyboard.prompts == ["[3/5] Enter: go on ", "[5/5] Enter: go on "]


def refused(_step):
    raise SimpshError("ptrace is not permitted here")


def broken(_step):
    run = story()
    return Observation(events=run.events, names=run.names, problem="child: line 4: KeyError: 3")


def unfinished(_step):
    return Observation(events=story().events[:4], names=("parent", "child"))


@pytest.mark.parametrize(
    ("perform", "typed", "words"),
    [
        (
            refused,
            "a",
            ["Not shown here: ptrace is not permitted here.\n", " –  The parent ends.\n"],
        ),
        (broken, "a", ["went wrong: child: line 4: KeyError: 3. What follows may not hold for"]),
        (
            unfinished,
            "b",
            ["✗ 1 claim failed here, this time  (:facts)", " ✗  The parent ends.  (but"],
        ),
        # Without a terminal.
        (
            lambda _: story(),
            "a",
            ["Type a line.\n •  it comes back\n\none way:  echo a\n\nIt came back.\n"],
        ),
    ],
)
def test_failed_runs_and_impossible_steps_are_reported(perform, typed, words):
    more = [":facts"] if perform is unfinished else []
    text, is_done = taught(Keyboard(typed, *more, "", ""), perform=perform)
    assert is_done or perform is unfinished
    assert all(each in text for each in words), text
    assert perform is not refused or "it was" not in text


def test_leaving_in_the_middle_of_a_run_saves_its_question(tmp_path):
    def interrupted(_step):
        raise KeyboardInterrupt

    progress = StudentProgress(tmp_path / "progress.json")
    text, is_done = taught(Keyboard("a"), perform=interrupted, progress=progress)
    assert not is_done
    assert text.endswith("Stopped. Continue here with: simpsh lesson run one-end")
    assert progress.position("one-end").step == 0


def test_a_student_resumes_at_the_same_step_after_the_lesson_has_changed():
    places = ((2, "", 0), (4, "", 3), (99, "", 3), (1, "After it.", 3), (3, "It has gone.", 3))
    for step, text, expected in places:
        assert resumed(lesson(), step, text) == expected
