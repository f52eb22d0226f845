"""`lesson new` gives an instructor a lesson that stands already."""

import os
import subprocess
import sys

import pytest

from simpsh.base.errors import UsageProblem
from simpsh.course import Claim, Predict, Run
from simpsh.course.lesson.lesson import answer_to
from simpsh.course.lesson.lesson_library import Library, create
from tests.course.demonstrations import perform


def test_a_new_lesson_loads_and_has_no_faults_and_its_claims_hold_and_can_fail(tmp_path):
    path = create("my-first-fork", str(tmp_path))
    assert path == str(tmp_path / "my_first_fork.py")
    library = Library([str(tmp_path)])
    lesson = library.find("my-first-fork")
    assert lesson.title == "My first fork"
    assert library.faults(lesson) == []
    (step,) = (step for step in lesson.steps if isinstance(step, Run))
    seen = perform(step)
    for claim in step.claims:
        assert isinstance(claim, Claim)
        assert claim.expectation.holds(seen), claim.sentence
        for wrong in claim.wrongs:
            assert not claim.expectation.holds(perform(step, wrong)), claim.sentence
    (question,) = (step for step in lesson.steps if isinstance(step, Predict))
    assert answer_to(lesson, question) is step
    assert question.right(seen).text == "the child ended with 7"


@pytest.mark.slow
def test_a_new_lesson_passes_the_check_as_it_is(tmp_path):
    create("my-first-fork", str(tmp_path))
    command = ("-m", "simpsh", "lesson", "check", "--path", str(tmp_path), "my-first-fork")
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 claims, 4 wrong variants refused, 1 question" in done.stdout


def test_a_file_that_is_there_is_never_overwritten(tmp_path):
    (tmp_path / "mine.py").write_text("precious")
    with pytest.raises(UsageProblem, match=r"mine\.py is there already"):
        create("mine", str(tmp_path))
    assert (tmp_path / "mine.py").read_text() == "precious"
    assert os.listdir(tmp_path) == ["mine.py"]


@pytest.mark.parametrize("name", ["", "Mine", "my_own", "../x", "a b", "1st", "-x"])
def test_an_id_that_is_none_writes_nothing(tmp_path, name):
    with pytest.raises(UsageProblem, match="lower-case words joined by dashes"):
        create(name, str(tmp_path))
    assert os.listdir(tmp_path) == []
