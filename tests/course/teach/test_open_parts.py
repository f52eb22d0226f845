"""A lesson is done when its questions were answered, and its task and repair were done."""

import pytest

from simpsh.base.record import changed
from simpsh.course import Choice, Lesson, Predict, Say, Try, happens, never, processes, returns
from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.course.teach.lesson_teacher import teach
from simpsh.course.teach.student_progress import GuessRecord, StudentProgress
from simpsh.course.teach.teaching_stage import LessonLeft, TeachingStage
from simpsh.view.styled_text import plain_block
from tests.course.teach.taught_lesson import story, the_order
from tests.support.lesson_screens import Measuring

(parent,) = processes("parent")
LESSON = Lesson(
    "one-end",
    "One end",
    2,
    [
        Predict(
            "Does it **end**?",
            Choice("yes", happens(parent.ends), "It must."),
            Choice("no", never(parent.ends), "For ever?"),
        ),
        changed(the_order, claims=[]),
        Try("Type a line.", {"it comes back": returns}, hint="echo", solution="echo a"),
        Say("After it."),
    ],
    remember="It ends.",
)


def taught(progress, *answers, lacks=()):
    """Teach with these answers at the stops; return the screen."""
    screen, left = Measuring(), list(answers)

    def ask(_prompt):
        if not left:
            raise LessonLeft
        return left.pop(0)

    def lacking(needs):
        return "no ptrace here" if {*needs} & {*lacks} else ""

    perform = lambda _: story()  # noqa: E731
    stage = TeachingStage(screen, ScreenForm(), ask, perform, lacking, records=progress)
    teach(LESSON, stage)
    return plain_block(screen.lines)


@pytest.fixture
def progress(tmp_path):
    return StudentProgress(tmp_path / "p.json")


def place(progress):
    position = progress.position("one-end")
    return position.state, position.open


def test_pages_turned_are_no_lesson_done(progress):
    assert place(progress) == ("seen", ())
    shown = taught(progress, "", "", "", "")
    assert "Still open here: 1 question and the task." in " ".join(shown.split())
    assert place(progress) == ("seen", ("question", "task"))
    # It begins at the first part that is open, and answers are kept.
    taught(progress, "a", "", "", ":skip", "")
    assert place(progress) == ("answered", ("task",))
    assert "After it." in taught(progress, ":skip", "")
    assert place(progress) == ("answered", ("task",))
    progress.note_guess(GuessRecord("one-end", 3, "Type a line.", "no", False, kind="task"))
    taught(progress, ":skip", "")
    assert place(progress) == ("answered", ("task",))
    progress.note_guess(GuessRecord("one-end", 3, "Type a line.", "echo a", True, kind="task"))
    taught(progress, "", "", ":skip", "")
    assert place(progress) == ("done", ())
    # What was done stays done.
    taught(progress, "", "", ":skip", "")
    assert place(progress) == ("done", ())


def test_what_a_machine_cannot_show_is_not_open(progress):
    shown = taught(progress, "", "", "", "", lacks={"ptrace"})
    assert "Still open" not in shown
    assert place(progress) == ("done", ())
