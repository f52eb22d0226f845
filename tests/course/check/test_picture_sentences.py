"""check: sentences about a picture that is not drawn so."""

from __future__ import annotations

import pytest

from tests.course.lesson_files import check, failures, write_lesson

CODE = '''
def collected_late() -> None:
    """One child, which is collected at the end."""
    child = os.fork()
    if child == 0:  # in the child
        os._exit(7)  # ①
    os.waitpid(child, 0)  # ②
'''


def faults_of(folder, text, shows="picture"):
    run = f'Run(collected_late, id="one", shows="{shows}")'
    write_lesson(folder, "tried", f"{run}, Say({text!r})", CODE)
    return [reason.partition("”: ")[2] for _, _, reason in failures(check(folder))]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("At ② the child is stopped.", "at ② child is drawn as zombie"),
        ("At ① the parent exists, and the child has ended.", "at ① child is drawn as there"),
        ("At ② the child has ended. At ② it is alive.", "at ② child is drawn as zombie"),
        ("At ① there is a zombie.", "the row of ① has no zombie"),
        ("The sign `◆` is a new program.", "the picture has no ◆"),
        ("P2 ends before P1.", "the picture has no P2; step 2, text: “P2 ends before P1.”: the"),
    ],
)
def test_a_sentence_that_differs_from_the_picture_is_named(tmp_path, text, why):
    [reason] = faults_of(tmp_path, text)
    assert reason.startswith(why)


@pytest.mark.parametrize("text", ["See the picture.", "Compare the two rows."])
def test_a_sentence_about_a_picture_needs_one(tmp_path, text):
    [reason] = faults_of(tmp_path, text, "output")
    assert "is drawn" in reason


def test_sentences_that_agree_with_the_picture_pass(tmp_path):
    text = (
        "The picture has `◀`. At ① the child is alive. At ② it has ended, and it is a zombie. "
        "It would be gone if the parent had waited. Is it stopped?"
    )
    assert faults_of(tmp_path, text) == []
