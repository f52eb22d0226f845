"""A task: what is stored of a line, and how much of the screen its reply takes.

The replies are in tests/spec/course_tasks.spec.
"""

import json

import pytest

from simpsh.course.run.typed_line import judged, perform_line
from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.course.teach.student_task import effect
from simpsh.view.styled_text import plain
from tests.course.records import Try
from tests.course.teach.taking_lessons import next_stop, type_line
from tests.support.lesson_screens import Measuring, task_rows

pytestmark = [pytest.mark.needs("ptrace"), pytest.mark.long("each test runs a line of a student")]


def task(about="Type it.", asks=None):
    asks = asks or {"**a** and `b` are printed": "output == 'a b\\n'"}
    return Try(about, asks, hint="sh", solution="sh -c 'echo a b'", note="Two ways.")


def reply(step, verdict, form=None):
    """Return the reply to a line as it is shown, as one row."""
    block = effect(form or ScreenForm(), Measuring(), step, verdict)
    return " ".join(" ".join(map(plain, block)).split())


@pytest.mark.usual
def test_praise_consists_of_the_claims_and_of_what_was_seen():
    typed = "printf 'a b\\n'"
    shown = reply(task(), judged(task().asks, typed, perform_line(typed)))
    praise = "✓ a and b are printed Two ways."
    assert shown.endswith(praise)


@pytest.mark.usual
def test_a_task_is_tried_at_the_prompt_of_a_lesson(start_shell, tmp_path):
    variables = {"XDG_STATE_HOME": f"{tmp_path}"}
    terminal = start_shell("lesson", "run", "rule-4", "--from", "10", environment=variables)
    next_stop(terminal)
    typed = "x=1; (x=2; echo $x); echo $x"
    # The commands of the lesson are completed at the prompt of the shell, too.
    for line, seen in ((":hin\t", "hint:"), ("echo 2", "Not yet."), (typed, f">> {typed}\n2\n1\n")):
        type_line(terminal, line)
        assert seen in terminal.screen()
    guesses = json.loads((tmp_path / "simpsh/progress.json").read_text())["guesses"]
    answers = [(one["kind"], one["answer"]) for one in guesses]
    assert answers == [("task", "echo 2"), ("task", typed)]


@pytest.mark.parametrize("rows", [1, 4, 8])
def test_the_picture_of_a_line_leaves_room_for_its_task(rows):
    step = task("\n\n".join(["A task."] * ((rows + 1) // 2)))
    for typed in ("true | true | true | true | true | true | true", "echo"):
        verdict = judged(step.asks, typed, perform_line(typed))
        assert task_rows(step, verdict) <= 24


@pytest.mark.parametrize(("claims", "is_drawn"), [(1, True), (2, True), (8, False)])
def test_a_reply_with_many_claims_folds_its_picture_or_leaves_it_out(claims, is_drawn):
    asks = {f"`sh` runs with the number {i}": "anyone.execs('sh')" for i in range(claims)}
    step = task(asks=asks)
    typed = "seq 9; true | true; echo a | cat"
    verdict = judged(step.asks, typed, perform_line(typed))
    assert task_rows(step, verdict) <= 24
    assert ("shell forks seq" in reply(step, verdict)) is is_drawn
    assert "shell forks seq" in reply(step, verdict, ScreenForm(is_plain=True))
