"""A lesson over its channel: questions, guesses, runs, tasks; without Jupyter."""

from __future__ import annotations

import os

import pytest

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.notebook.lesson_client import LessonClient, LessonDone, LessonQuestion, TakeStep
from simpsh.notebook.simpsh_kernel import exercise_line, lesson_request, magic_of
from tests.course.lesson_files import PLAIN_CLAIM, run_of, write_lesson

LESSON = "rule-1-both-continue"


def text_of(shown):
    return "".join(piece["text/plain"] for piece in shown)


@pytest.fixture
def lesson():
    client = LessonClient(LESSON, os.environ)
    yield client
    client.end()


def test_a_guess_is_answered_by_the_run(lesson):
    shown = []
    question = lesson.send(TakeStep(2), shown)
    assert isinstance(question, LessonQuestion)
    assert "your guess (a–c" in question.prompt
    assert lesson.send(":hint", shown) == question
    assert "hint:" in text_of(shown)
    assert lesson.send("b", shown) == LessonDone(())
    shown = []
    assert lesson.send(TakeStep(3), shown) == LessonDone(())
    assert "so it was" in text_of(shown)
    assert "✓" in text_of(shown)
    assert shown[-1]["text/plain"].startswith("1 process started, ")


def test_a_question_may_be_left(lesson):
    assert isinstance(lesson.send(TakeStep(2), []), LessonQuestion)
    lesson.leave_question()
    shown = []
    assert lesson.send(TakeStep(3, with_person=False), shown) == LessonDone(())
    assert "you said" not in text_of(shown)


@pytest.mark.slow
def test_a_task_is_judged_by_what_the_line_does(lesson):
    assert lesson.send(TakeStep(9, with_person=False, line="echo here"), []).failed
    shown = []
    done = lesson.send(TakeStep(9, with_person=False, line="sleep 0.2 & echo here"), shown)
    assert done == LessonDone(())
    assert "here" in text_of(shown)
    shown = []
    no_child = 'import os\n\ndef both():\n    os.write(1, b"before ")'
    assert lesson.send(TakeStep(10, with_person=False, line=no_child), shown).failed
    assert "✗" in text_of(shown)


def test_a_whole_lesson_begins_with_a_question_and_can_be_left(lesson):
    shown = []
    question = lesson.send(TakeStep(0), shown)
    assert "(a–c" in question.prompt
    question = lesson.send("a", shown)
    assert "why do you think so" not in question.prompt
    assert lesson.send(":quit", shown) == LessonDone(())


def test_a_step_or_a_lesson_that_is_not_there_is_said(lesson):
    assert "there is no step 99" in lesson.send(TakeStep(99, with_person=False), []).failed[0]
    with pytest.raises(SimpshError, match="there is no such lesson"):
        LessonClient("no-such-lesson", os.environ)


def test_a_claim_that_does_not_hold_fails_the_step(tmp_path):
    claim = PLAIN_CLAIM.replace('prints("it ended with 7")', 'prints("it ended with 8")')
    write_lesson(tmp_path, "mine", run_of(claim))
    client = LessonClient("mine", os.environ, [str(tmp_path)])
    try:
        assert client.send(TakeStep(1, with_person=False), []).failed == ("The parent gets 7.",)
    finally:
        client.end()


def test_the_messages_of_magics():
    for code in ("ls", "%1", "% lesson", "%unknown", "echo %lesson"):
        assert magic_of(code) is None
    wanted = lesson_request(magic_of("%lesson a step 3 --path 'my dir'\n# a task\n\nls | wc"))
    assert (wanted.name, wanted.step, wanted.line) == ("a", 3, "ls | wc")
    assert wanted.folders == ("my dir",)
    assert lesson_request(magic_of("%lesson a step 3\n# only a task")).line is None
    for code in ("%lesson run", "lesson run"):
        assert lesson_request(magic_of(code)).name == ""
    assert exercise_line(magic_of("%exercise a b.py")) == "lesson exercise check a b.py"
    for code in ("%lesson", "%lesson a b", "%lesson a step x", "%lesson 'a"):
        with pytest.raises(UsageProblem):
            lesson_request(magic_of(code))
    for code in ("%exercise", "%exercise a", "%exercise a 'b;c'"):
        with pytest.raises(UsageProblem):
            exercise_line(magic_of(code))
