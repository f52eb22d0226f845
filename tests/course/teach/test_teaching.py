"""Teaching on a real terminal: what is shown meanwhile, what is stored, and a class.

The screens of a lesson are in tests/spec/course_lesson.spec.
"""

import json
import sys
from pathlib import Path

import pytest

from tests.course.teach.taking_lessons import WHOLE, choose

pytestmark = pytest.mark.long("each test teaches a lesson")

HERE = Path(__file__).resolve().parents[3]


@pytest.fixture
def teach(start_shell, tmp_path):
    """Start the lesson of tests/course/teach/taught_lesson.py on a new terminal."""

    def start(*options, **keywords):
        progress = f"{tmp_path}/progress.json"
        program = [sys.executable, "-m", "tests.course.teach.taught_lesson", progress]
        return start_shell(*options, program=program, **{"directory": HERE, **keywords})

    return start


def saved(tmp_path):
    return json.loads((tmp_path / "progress.json").read_text())


def stop(terminal, number, words="Enter: go on", of=11):
    """Wait until the lesson is at a stop, with nothing typed yet."""
    terminal.wait(rf"^\[{number}/{of}\] (?={words}){WHOLE}\Z")


def answer(terminal, line=""):
    """Type a line, and wait until it is read, because earlier input is dropped at a prompt."""
    offset = len(terminal.raw)
    terminal.send(f"{line}\r")
    terminal.wait_raw(rb"\n", after=offset)


def go_on(terminal, *stops):
    for number in stops:
        stop(terminal, number)
        answer(terminal)


def test_each_run_says_what_is_waited_for_until_its_result_is_shown(teach):
    terminal = teach(environment={"NO_COLOR": "1"})
    stop(terminal, 2, "your guess")
    answer(terminal)
    stop(terminal, 3)
    answer(terminal)
    stop(terminal, 5, "your guess")
    answer(terminal)
    stop(terminal, 6)
    raw = bytes(terminal.raw).decode()
    for words in ("trying every order …", "running the program …"):
        assert words in raw
        assert words not in terminal.screen()
    # Without colours, bold text stays bold.
    assert "\x1b[1m" in raw
    assert "38;" not in raw


RIGHT, WRONG = "the child is first", "the parent is first"


def to_the_order(terminal, guess, first="two"):
    stop(terminal, 2, "your guess")
    choose(terminal, first)
    go_on(terminal, 3)
    stop(terminal, 5, "your guess")
    choose(terminal, guess)
    stop(terminal, 6)


@pytest.mark.usual
def test_a_lesson_that_is_left_keeps_its_answers_and_its_place(teach, tmp_path):
    terminal = teach()
    stop(terminal, 2, "your guess")
    choose(terminal, "one")
    go_on(terminal, 3)
    stop(terminal, 5, "your guess")
    choose(terminal, RIGHT)
    stop(terminal, 6)
    raw = bytes(terminal.raw)
    assert b"38;5;32m" in raw or b"38;2;0;135;215m" in raw
    assert not any(line.endswith(b"  ") for line in raw.split(b"\r\n"))
    terminal.key("C-c")
    assert terminal.wait_exit() == 1
    assert saved(tmp_path)["guesses"][0] == {
        "lesson": "first-things",
        "step": 2,
        "question": "How many outputs are possible?",
        "answer": "one",
        "is_right": False,
        "why": "",
        "kind": "guess",
    }
    # The lesson resumes at the question, with which the section begins, not at its run.
    assert saved(tmp_path)["lessons"]["first-things"]["step"] == 3
    terminal = teach()
    stop(terminal, 5, "your guess")
    terminal.key("C-d")
    assert terminal.wait_exit() == 1


def test_wrong_guesses_are_repeated_before_later_lessons_until_they_are_right(teach, tmp_path):
    terminal = teach()
    to_the_order(terminal, WRONG, "one")
    go_on(terminal, 6, 7)
    stop(terminal, 8, "your answer")
    for no_number in ("2 times", "two", "٢"):
        answer(terminal, no_number)
        stop(terminal, 8, "your answer")
    answer(terminal)
    go_on(terminal, 9, 10, 11)
    assert terminal.wait_exit() == 0
    assert saved(tmp_path)["lessons"]["first-things"] == {
        "step": 0,
        "is_done": False,
        "question": "",
        "guessed": {"How many outputs are possible?": False, "And now?": False},
        "is_ended": True,
        "settled": ["How many outputs are possible?", "And now?"],
        "open": ["question", "task"],
    }
    # No question is repeated before the next lesson.
    terminal = teach("--other")
    go_on_to_the_end(terminal)
    terminal = teach("--other")
    stop(terminal, "again 1", "your guess", of=2)
    choose(terminal, "two")
    stop(terminal, "again 1", of=2)
    answer(terminal)
    stop(terminal, "again 2", "your guess", of=2)
    answer(terminal, ":skip")
    go_on_to_the_end(terminal)
    # The third question did not fit before the last lesson; the skipped one waits for another.
    terminal = teach("--other")
    stop(terminal, "again 1", "your answer", of=1)
    answer(terminal, "2")
    stop(terminal, "again 1", of=1)
    answer(terminal)
    go_on_to_the_end(terminal)
    rounds = {entry["question"]: entry["round"] for entry in saved(tmp_path)["surprises"]}
    assert rounds == {
        "How many outputs are *possible*?": 1,
        "And now?": 0,
        "How many processes were there?": 1,
    }
    # An answer before another lesson counts: only the task is left.
    assert saved(tmp_path)["lessons"]["first-things"]["open"] == ["task"]


def go_on_to_the_end(terminal):
    """Take the other lesson, which has one step."""
    stop(terminal, 1, of=1)
    answer(terminal)
    assert terminal.wait_exit() == 0
