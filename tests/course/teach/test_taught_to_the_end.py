"""Two lessons of the course, taught to a student at a terminal from the first step to the last."""

from __future__ import annotations

import json

import pytest

from simpsh.course.guard import machine_needs
from tests.course.teach.choices_on_screen import choose

pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.skipif(
        bool(machine_needs.missing("ptrace")), reason="no process may be traced here"
    ),
]
SECONDS = 60.0
"""For what a machine with much else to do needs to perform a run."""


@pytest.fixture
def student(start_shell, tmp_path):
    """Whoever learns: each lesson on a terminal of its own, the progress in one place."""

    def learn(lesson, **keywords):
        environment = {"XDG_STATE_HOME": f"{tmp_path}/state"}
        return start_shell("lesson", "run", lesson, environment=environment, **keywords)

    return learn


def progress(tmp_path):
    return json.loads((tmp_path / "state/simpsh/progress.json").read_text())


def stop(terminal, place, words="Enter: go on"):
    """Wait until the lesson stands at a stop, and return the screen."""
    terminal.wait(rf"^\[{place}\] {words}[^\n]*\Z", SECONDS)
    return terminal.screen()


def type_at_the_task(terminal, typed, words):
    """Type a line at the task's prompt, and wait for what is said of it."""
    terminal.wait_prompt(seconds=SECONDS)
    terminal.send(f"{typed}\r")
    terminal.wait(words, SECONDS)


def test_rule_7_with_wrong_guesses_facts_and_a_break(student, tmp_path):
    terminal = student("rule-7-wait-for-every-child")
    assert "All five have ended. How many of them are still there?" in stop(
        terminal, "2/9", "your guess"
    )
    choose(terminal, "none: who has ended is gone")
    screen = stop(terminal, "3/9")
    assert "you said  none: who has ended is gone\n  it was  all five, as zombies\n" in screen
    assert "\n     but  That would be so if nobody could ever want their status." in screen
    assert "now ended and collected: parent (asleep), child" in screen
    assert "no process can move any more" in screen
    terminal.send(":facts\r")
    terminal.wait(r"\n ✓  [^\n]*\n(?s:.*)\n\[3/9\] Enter: go on\Z")
    terminal.send("\r")
    assert "  child 5   Z zombie            parent" in stop(terminal, "4/9")
    terminal.send("\r")
    stop(terminal, "6/9", "Enter: run it")
    terminal.send(":quit\r")
    assert terminal.wait_exit() == 0
    assert "Go on at this place with: simpsh lesson run rule-7" in terminal.screen()
    assert progress(tmp_path)["lessons"]["rule-7-wait-for-every-child"]["is_done"] is False

    terminal = student("rule-7-wait-for-every-child")
    assert "going on at step 5" in stop(terminal, "6/9", "Enter: run it")
    terminal.send("\r")
    assert "parent prints “all collected”" in stop(terminal, "6/9")
    terminal.send("\r")
    stop(terminal, "7/9", "your guess")
    choose(terminal, "it collects the child")
    assert "you said  it collects the child – and so it was.\n" in stop(terminal, "8/9")
    terminal.send("\r")
    type_at_the_task(terminal, "echo done", r"collects a child was 1, not at least 3\.\nNot yet\.")
    type_at_the_task(terminal, ":hint", r"^hint:  & starts a command behind")
    type_at_the_task(terminal, "sleep 0 & sleep 0 & wait; echo done", "^✓ Three forks, three waits")
    stop(terminal, "9/9")
    terminal.send("\r")
    assert terminal.wait_exit() == 0
    assert "Every fork is a promise to wait, once for each child." in terminal.screen()
    assert "The question that surprised you comes back" in terminal.screen()
    assert progress(tmp_path)["lessons"]["rule-7-wait-for-every-child"]["is_done"] is True


def test_why_cd_is_built_in_with_a_question_that_comes_back(student, tmp_path):
    terminal = student("why-cd-is-built-in")
    stop(terminal, "2/7", "your guess")
    choose(terminal, "in /tmp")
    screen = stop(terminal, "3/7")
    assert "you said  in /tmp\n  it was  where it was\n" in screen
    terminal.key("C-c")
    assert terminal.wait_exit() == 0
    assert len(progress(tmp_path)["surprises"]) == 1

    # Left behind an answer: one goes on at its question, with the lesson's own code.
    terminal = student("why-cd-is-built-in", rows=40, columns=120)
    assert "Where is the shell at ②?" in stop(terminal, "2/7", "your guess")
    choose(terminal, "where it was")
    assert " – and so it was.\n" in stop(terminal, "3/7")
    terminal.send("\r")
    assert "  child   held                shell" in stop(terminal, "4/7")
    terminal.send("\r")
    stop(terminal, "5/7", "your guess")
    terminal.send("a\r")
    assert "(x=2; cd /tmp)      3           1                where it was\n" in stop(
        terminal, "6/7"
    )
    terminal.send("\r")
    type_at_the_task(terminal, "cd /; pwd", r"is born\.\nNot yet\.")
    type_at_the_task(terminal, "(cd /; pwd)", "^✓ The subshell went to /")
    stop(terminal, "7/7")
    terminal.send("\r")
    assert terminal.wait_exit() == 0
    assert "What a child changes of itself, it changes of itself alone." in terminal.screen()
    assert progress(tmp_path)["lessons"]["why-cd-is-built-in"]["is_done"] is True
