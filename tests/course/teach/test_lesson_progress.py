"""What is stored of a lesson that is taken: the place, the answers, and the questions that return.

A lesson is done when its questions, task and repair are done, as far as a machine shows them. The
screens are in tests/spec/course_lesson.spec.
"""

import os

import pytest

from simpsh.base.errors import SimpshError
from simpsh.base.events import Exit
from simpsh.course.claims.observation import Observation
from simpsh.course.lesson.lesson import opening_of
from simpsh.course.lesson.lesson_library import LessonHead
from simpsh.course.lesson.run_steps import recall_question
from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.course.teach.lesson_questions import LessonStop
from simpsh.course.teach.lesson_teacher import Teacher
from simpsh.course.teach.student_progress import GuessRecord, StudentProgress
from simpsh.course.teach.teaching_stage import GoToStep, LessonLeft, TeachingStage
from simpsh.view.styled_text import plain_block
from tests.course.handmade_observations import collects, forks, made, prints, returns, waits
from tests.course.records import Choice, Claim, Predict, Run, Say, Try, lesson
from tests.support.lesson_screens import Measuring


def ordered():
    child = os.fork()
    if child == 0:  # in the child
        os.write(1, b"child ")
        os._exit(0)
    os.waitpid(child, 0)
    os.write(1, b"parent ")


def story():
    """Return a run of the program above."""
    return made(
        ("parent", "child"),
        [
            (3, "parent", forks("child")),
            (7, "parent", waits("child")),
            (5, "child", prints("child ")),
            (6, "child", Exit(0)),
            (7, "parent", returns("child")),
            (7, "parent", collects("child", "parent")),
            (8, "parent", prints("parent ")),
            (8, "parent", Exit(0)),
        ],
        output="child parent ",
    )


CLAIM = Claim("The parent *ends*.", "parent.ends")
ENDS = "Does it **end**?"


def one_end(*needs):
    task = {"hint": "echo", "solution": "echo a", "note": "It came back."}
    steps = [
        Say("It ends."),
        Predict(
            ENDS,
            Choice("yes", "parent.ends", "It must."),
            Choice("no", "not parent.ends", "For ever?"),
        ),
        Run(ordered, id="order", needs=needs, claims=[CLAIM]),
        Try("Type a line.", {"it comes back": "returns"}, **task),
        Say("After it."),
    ]
    return lesson("one-end", "One end", 2, steps, remember="It ends.")


def letter(text, turn=0):
    """Return the letter of a choice of the question."""
    asked = recall_question(one_end(), 1, turn)[0] if turn else one_end()
    return "ab"[[choice.text for choice in asked.steps[1].choices].index(text)]


OTHER = lesson("other", "Another", 1, [Say("Nothing new.")], remember="Ask.")


class Shelf:
    """A library of the two lessons."""

    def heads(self):
        return [LessonHead(one.id, one.title, 1, "fork") for one in (one_end(), OTHER)], []

    def find(self, name):
        return {"one-end": one_end(), "other": OTHER}[name]


def as_recorded(_run):
    return story()


@pytest.fixture
def progress(tmp_path):
    return StudentProgress(tmp_path / "p.json")


def take(progress, *answers, perform=as_recorded, lacks=(), needs=(), taken=None):
    """Take a lesson with these answers at its stops; return the screen and the prompts."""
    screen, left, prompts = Measuring(), list(answers), []

    def ask(prompt):
        prompts.append(prompt)
        if not left:
            raise LessonLeft
        return left.pop(0)

    def lacking(wanted):
        return "it is not there" if {*wanted} & {*lacks} else ""

    stage = TeachingStage(screen, ScreenForm(), ask, perform, lacking, records=progress)
    stage.library = Shelf()
    Teacher(taken or one_end(*needs), stage).teach()
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


def test_answers_and_the_place_are_stored_as_soon_as_they_are_given(progress):
    # The lesson continues where the section with the question begins.
    take(progress, letter("no"))
    assert progress.record.guesses == [GuessRecord("one-end", 2, "Does it end?", "no", False)]
    assert (progress.position("one-end").step, place(progress)) == (0, ("seen", ()))


def test_a_question_returns_before_later_lessons_and_its_answer_counts(progress):
    take(progress, "", "", "", "")
    assert place(progress) == ("seen", ("question", "task"))
    # It does not return before the next lesson; if it is skipped, it waits for another one.
    assert take(progress, "", taken=OTHER)[1] == ["[1/1] Enter: go on "]
    take(progress, ":skip", "", taken=OTHER)
    take(progress, "", taken=OTHER)
    assert progress.record.surprises[0].round == 0
    shown, prompts = take(progress, letter("yes", turn=1), "", "", taken=OTHER)
    assert "Questions from earlier lessons come back first." in shown
    assert prompts[0].startswith("[again 1] your guess")
    [waiting] = progress.record.surprises
    assert (waiting.question, waiting.after, waiting.round) == (ENDS, 3, 1)
    assert place(progress) == ("answered", ("task",))


def test_what_a_machine_cannot_show_is_not_open(progress):
    take(progress, "", "", "", "", lacks={"ptrace"})
    assert place(progress) == ("done", ())


def test_a_section_without_its_need_is_described_and_not_asked(progress):
    shown, prompts = take(progress, *[""] * 3, needs=["second cpu"], lacks=["second cpu"])
    section = "Not shown here: it is not there.\n –  The parent ends.\n"
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


def test_back_leaves_every_screen_for_its_question_or_the_screen_before():
    steps = [
        Say("It begins."),
        *one_end().steps,
        Say("Once more."),
        Run(ordered, id="again", claims=[CLAIM]),
    ]
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
