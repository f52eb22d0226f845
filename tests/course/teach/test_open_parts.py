"""A lesson is done when its questions, task and repair are done, as far as a machine shows them."""

import pytest

from simpsh.base.errors import SimpshError
from simpsh.base.record import changed
from simpsh.course.claims.observation import Observation
from simpsh.course.lesson.lesson import opening_of, resumed
from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.course.teach.lesson_questions import LessonStop
from simpsh.course.teach.lesson_teacher import Teacher
from simpsh.course.teach.student_progress import GuessRecord, StudentProgress
from simpsh.course.teach.teaching_stage import GoToStep, LessonLeft, TeachingStage
from simpsh.view.styled_text import plain_block
from tests.course.records import Choice, Claim, Predict, Say, Try, lesson
from tests.course.teach.taught_lesson import story, the_order
from tests.support.lesson_screens import Measuring


def one_end(*needs):
    claim = Claim("The parent *ends*.", "parent.ends")
    task = {"hint": "echo", "solution": "echo a", "note": "It came back."}
    steps = [
        Say("It ends."),
        Predict(
            "Does it **end**?",
            Choice("yes", "parent.ends", "It must."),
            Choice("no", "not parent.ends", "For ever?"),
        ),
        changed(the_order, needs=needs, claims=[claim]),
        Try("Type a line.", {"it comes back": "returns"}, **task),
        Say("After it."),
    ]
    return lesson("one-end", "One end", 2, steps, remember="It ends.")


def as_recorded(_run):
    return story()


@pytest.fixture
def progress(tmp_path):
    return StudentProgress(tmp_path / "p.json")


def take(progress, *answers, perform=as_recorded, lacks=(), needs=()):
    """Take the lesson with these answers at its stops; return the screen and the prompts."""
    screen, left, prompts = Measuring(), list(answers), []

    def ask(prompt):
        prompts.append(prompt)
        if not left:
            raise LessonLeft
        return left.pop(0)

    def lacking(wanted):
        return "it is not there" if {*wanted} & {*lacks} else ""

    stage = TeachingStage(screen, ScreenForm(), ask, perform, lacking, records=progress)
    Teacher(one_end(*needs), stage).teach()
    return plain_block(screen.lines), prompts


def place(progress):
    position = progress.position("one-end")
    return position.state, position.open


def test_pages_turned_are_no_lesson_done(progress):
    take(progress, "", "", "", "")
    assert place(progress) == ("seen", ("question", "task"))
    # It begins at the first part that is open, and answers are kept.
    take(progress, "a", "", "", ":skip", "")
    assert place(progress) == ("answered", ("task",))
    shown, _ = take(progress, ":skip", "")
    assert "After it." in shown
    progress.note_guess(GuessRecord("one-end", 4, "Type a line.", "no", False, kind="task"))
    take(progress, ":skip", "")
    assert place(progress) == ("answered", ("task",))
    progress.note_guess(GuessRecord("one-end", 4, "Type a line.", "echo a", True, kind="task"))
    # A part that was done stays done.
    for _ in range(2):
        take(progress, "", "", ":skip", "")
        assert place(progress) == ("done", ())


def test_what_a_machine_cannot_show_is_not_open(progress):
    take(progress, "", "", "", "", lacks={"ptrace"})
    assert place(progress) == ("done", ())


def test_a_section_without_its_need_is_described_and_not_asked(progress):
    shown, prompts = take(progress, *[""] * 3, needs=["second cpu"], lacks=["second cpu"])
    section = "Not shown here: it is not there.\n\nNot shown here:\n –  The parent ends.\n"
    assert section in shown
    assert prompts == ["[3/5] Enter: go on ", "[4/5] Enter: go on ", "[5/5] Enter: go on "]


def refused(_run):
    raise SimpshError("ptrace is not permitted here")


def broken(_run):
    run = story()
    return Observation(events=run.events, names=run.names, problem="child: line 4: KeyError: 3")


def unfinished(_run):
    return Observation(events=story().events[:4], names=("parent", "child"))


@pytest.mark.parametrize(
    ("perform", "words"),
    [
        (refused, "Not shown here: ptrace is not permitted here.\n"),
        (broken, "went wrong: child: line 4: KeyError: 3. What follows may not hold for"),
        (unfinished, "✗ 1 claim failed here, this time  (:facts)"),
    ],
)
def test_a_run_that_fails_is_reported_and_the_lesson_continues(progress, perform, words):
    shown, prompts = take(progress, "b", *[""] * 4, perform=perform)
    assert words in shown
    assert prompts[-1].startswith("[5/5]")


def test_leaving_in_the_middle_of_a_run_saves_its_question(progress):
    def interrupted(_run):
        raise KeyboardInterrupt

    take(progress, "a", perform=interrupted)
    assert progress.position("one-end").step == 0


def test_a_student_resumes_at_the_same_step_after_the_lesson_has_changed():
    places = ((2, "", 0), (3, "", 3), (99, "", 4), (1, "After it.", 4), (3, "It has gone.", 3))
    for step, text, expected in places:
        assert resumed(one_end(), step, text) == expected, (step, text)


def test_back_leaves_every_screen_for_its_question_or_the_screen_before():
    steps = [Say("It begins."), *one_end().steps, Say("Once more."), changed(the_order, id="again")]
    longer = lesson("one-end", "One end", 2, steps, remember="It ends.")
    stage = TeachingStage(Measuring(), ScreenForm(), str, as_recorded, lambda _: "")
    reached = []
    for step in range(len(steps)):
        with pytest.raises(GoToStep) as gone:
            LessonStop(longer, stage, step).obey(":back")
        reached.append(gone.value.step)
    openings_of = [opening_of(longer, step) for step in range(len(steps))]
    # The run at index 3 answers the question at 2; the last two steps are one screen.
    assert openings_of == [0, 1, 1, 1, 4, 5, 6, 6]
    assert reached == [0, 0, 0, 1, 1, 4, 5, 5]
