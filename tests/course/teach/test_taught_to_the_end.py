"""A lesson of the course, taught to a student at a terminal from the first step to the last."""

from __future__ import annotations

import json
import re

import pytest

from simpsh.course import Ask, Predict, Try
from simpsh.course.lesson.lesson import filled
from simpsh.course.lesson.lesson_library import Library
from simpsh.process.machine_permits import missing
from simpsh.view.styled_text import marked, plain
from tests.course.handmade_observations import made, prints
from tests.course.teach.taking_lessons import next_stop, type_line

pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.skipif(bool(missing("ptrace")), reason="no process may be traced here"),
]


@pytest.fixture
def student(start_shell, tmp_path):
    """Whoever learns: each lesson on a terminal of its own, the progress in one place."""

    def learn(lesson, **keywords):
        environment = {"XDG_STATE_HOME": f"{tmp_path}/state"}
        return start_shell("lesson", "run", lesson, environment=environment, **keywords)

    return learn


def progress(tmp_path):
    return json.loads((tmp_path / "state/simpsh/progress.json").read_text())


def words_of(screen):
    return " ".join(screen.split())


def take_to(terminal, lesson, last, guess):
    """Answer every stop until the one of step `last` that only waits for Enter.

    Each question gets the choice at the place `guess`, and each task first a line that is refused.
    """
    stop = next_stop(terminal)
    said, number = None, 0
    while True:
        found = re.match(r"\[(\d+)/(\d+)\] (\S+) (\S+)", stop)
        if found is None:
            tried = next(step for step in lesson.steps[number:] if isinstance(step, Try))
            # The commands of the lesson are completed at the prompt of the shell, too.
            for line in (":hin\t", next(iter(tried.wrong))):
                assert type_line(terminal, line) == ">>"
            assert "hint:" in terminal.screen()
            assert "Not yet. Another line, or :hint." in terminal.screen()
            stop = type_line(terminal, tried.solution)
            assert words_of(plain(marked(tried.praise)))[:30] in words_of(terminal.screen())
            # What was typed, what it printed, and the picture are on one screen.
            assert f">> {tried.solution}" in terminal.screen()
            continue
        number, many, words = int(found[1]), int(found[2]), f"{found[3]} {found[4]}"
        assert many == len(lesson.steps)
        step = lesson.steps[number - 1]
        if said is not None and words == "Enter: go":
            # What is said speaks to the choice that was made.
            reason = words_of(plain(marked(filled(lesson, *said))))
            assert reason[:40] in words_of(terminal.screen())
            said = None
        if words == "Enter: go" and number == last:
            return
        line = ""
        if words == "your guess" and isinstance(step, Predict):
            line = "abcdefghij"[guess]
            said = (step, step.choices[guess].because)
        elif words == "your answer" and isinstance(step, Ask):
            line = "0"
        elif words == "why do":
            line = f"reason {number}"
        stop = type_line(terminal, line)


@pytest.mark.slow
def test_a_lesson_to_its_end_with_a_break(student, tmp_path):
    name = "while-in-a-pipeline"
    lesson = Library(()).find(name)
    asked = [n for n, step in enumerate(lesson.steps, 1) if isinstance(step, Predict | Ask)]
    half = next(n for n in range(asked[0], len(lesson.steps)) if n + 1 not in asked)
    terminal = student(name, rows=40, columns=120)
    take_to(terminal, lesson, half + 1, 0)
    terminal.send(":quit\r")
    assert terminal.wait_exit() == 0
    # By whatever name simpsh can be called here.
    assert re.search(
        rf"Go on at this place with: \S*simpsh lesson run {name}$", terminal.screen(), re.M
    )
    assert progress(tmp_path)["lessons"][name]["is_done"] is False

    terminal = student(name)
    take_to(terminal, lesson, len(lesson.steps), 1)
    terminal.send("\r")
    assert terminal.wait_exit() == 0
    screen = words_of(terminal.screen())
    assert words_of(plain(marked(lesson.remember))) in screen
    kept = progress(tmp_path)
    assert kept["lessons"][name]["is_done"] is True
    kinds = {one["step"]: one["kind"] for one in kept["guesses"]}
    assert kinds == dict.fromkeys(asked, "guess") | {len(lesson.steps): "task"}
    guesses = [one for one in kept["guesses"] if one["kind"] == "guess"]
    assert all(one["why"] == f"reason {one['step']}" for one in guesses)
    right = sum(kept["lessons"][name]["guessed"].values())
    if right:
        assert f"{right} of {len(asked)} guessed right." in screen


def test_what_a_lesson_takes_for_right_does_not_depend_on_the_name_of_a_directory():
    *_, question = (
        step for step in Library(()).find("why-cd-is-built-in").steps if isinstance(step, Predict)
    )
    for digit in "0123456789abcdef":
        story = [(1, "echo", prints("1\n")), (1, "pwd", prints(f"/tmp/simpsh-lesson-{digit}\n"))]
        run = made(("shell", "subshell", "echo", "pwd"), story)
        assert question.right({"(x=2; cd /tmp)": run}).text == "1"
