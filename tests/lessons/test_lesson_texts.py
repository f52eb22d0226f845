"""Texts of lessons have short sentences, and agree with their pictures."""

import pytest

from simpsh.course.check.lesson_check import LessonCheck
from simpsh.course.lesson.lesson_library import Library
from tests.course.lesson_files import library, write_lesson
from tests.course.records import Say, lesson
from tests.support.lesson_texts import long_sentences, picture_faults, text_faults

THIRTY = "Word" + " word" * 29
CODE = '''
def collected_late() -> None:
    """One child, which is collected at the end."""
    child = os.fork()
    if child == 0:  # in the child
        os._exit(7)  # ①
    os.waitpid(child, 0)  # ②
'''


def test_no_text_of_the_course_breaks_a_rule():
    lessons, _ = Library(()).all()
    faults = [f"{lesson.id}: {fault}" for lesson in lessons for fault in text_faults(lesson)]
    assert not faults, "see docs/CONTRIBUTING.md, Texts:\n  " + "\n  ".join(faults)


def test_each_line_of_the_map_asks():
    heads, _ = Library(()).heads()
    assert not [head.about for head in heads if not head.about.endswith("?")]


def test_long_sentences_are_found():
    assert list(long_sentences(f"{THIRTY}. Two words – `a b c`.")) == []
    texts = [Say("One."), Say(f"{THIRTY} more.")]
    (fault,) = text_faults(lesson("tried", "Tried", 1, texts))
    assert fault.startswith("step 2, text: a sentence of 31 words")


def faults_of(folder, text, shows="picture"):
    run = f'Run(collected_late, id="one", shows="{shows}")'
    write_lesson(folder, "tried", f"{run}, Say({text!r})", CODE)
    check = LessonCheck(library(folder).find("tried"))
    check.run()
    return [fault.partition("”: ")[2] for fault in picture_faults(check.lesson, check.results)]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("At ② the child is stopped.", ["at ② child is drawn as zombie"]),
        ("At ② the child has ended. At ② it is alive.", ["at ② child is drawn as zombie"]),
        ("At ① there is a zombie.", ["the row of ① has no zombie"]),
        ("The sign `◆` is a new program.", ["the picture has no ◆"]),
        ("P2 ends before P1.", ["the picture has no P2", "the picture has no P1"]),
        (
            "The picture has `◀`. At ① the child is alive. At ② it has ended, and it is a zombie. "
            "It would be gone if the parent had waited. Is it stopped?",
            [],
        ),
    ],
)
def test_a_sentence_that_differs_from_the_picture_is_named(tmp_path, text, faults):
    assert faults_of(tmp_path, text) == faults


@pytest.mark.parametrize("text", ["See the picture.", "Compare the two rows."])
def test_a_sentence_about_a_picture_needs_one(tmp_path, text):
    [reason] = faults_of(tmp_path, text, "output")
    assert "is drawn" in reason
