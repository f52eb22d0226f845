"""The answer to a line at a task's prompt: the author's sentence, or a description."""

from __future__ import annotations

import json

import pytest

from simpsh.cli.typed_line import type_lines
from simpsh.course import Lesson, Try, anyone, before, happens, never, output
from simpsh.course.check.lesson_check import LessonCheck
from simpsh.course.run.line_orders import judged, perform_line
from simpsh.course.screen.screen_forms import ScreenForm
from simpsh.course.teach.student_task import effect
from simpsh.view.styled_text import plain
from tests.course.teach.taking_lessons import next_stop, type_line
from tests.support.lesson_screens import Measuring, task_rows

pytestmark = [pytest.mark.needs("ptrace"), pytest.mark.long("each test runs a line of a student")]


def task(**fields):
    values = {
        "about": "A shell has two ways:\n\n    sh -c 'echo a'\n\nType a line in which:",
        "asks": {"**a** and `b` are printed": output == "a b\n"},
        "hint": "sh",
        "solution": "sh -c 'echo a b'",
        "note": "Two ways.",
        "wrong": {
            "sh -c 'echo a' ; echo b": "Here **`echo`** prints the second word.",
            'sh -c "exit 7"': "`sh` ends before it prints.",
            "sh -c 'echo $x'": "`x` is a variable of `sh`.",
        },
    }
    return Try(**values | fields)


def answer(step, typed, seen=None):
    """The text that follows the picture."""
    seen = perform_line(typed) if seen is None else seen
    verdict = judged(step.claims_of_line, typed, seen)
    block = effect(ScreenForm(80), Measuring(), step, verdict)
    return " ".join(" ".join(plain(row) for row in block).split())


@pytest.mark.parametrize(
    ("typed", "reply"),
    [
        ("sh -c 'echo a'; echo b", "Here echo prints the second word."),
        ('  sh -c "echo a";echo   b', "Here echo prints the second word."),
        pytest.param("sh -c 'exit 7'", "sh ends before it prints.", marks=pytest.mark.usual),
    ],
)
def test_an_expected_wrong_line_gets_the_reply_of_its_author(typed, reply):
    text = answer(task(), typed)
    assert "✗ a and b are printed – the output was" in text
    assert f"{reply} Not yet. Another line, or :hint." in text


@pytest.mark.parametrize(
    ("typed", "reply"),
    [
        pytest.param(
            "x=1; echo $x", "echo ended with status 0. Printed: “1”.", marks=pytest.mark.usual
        ),
        ("sh -c 'exit 7' | sh -c 'kill $$'", "sh ended with status 7; sh 2 was killed by SIGTERM."),
        ("true | true", "true and true 2 ended with status 0. Printed: nothing."),
        ("sleep 1000 & echo a; echo b", "sleep has not ended; echo and echo 2 ended with"),
        ("echo '*a* `b`'", "echo ended with status 0. Printed: “*a* `b`”."),
        ("cd /; cd", "No process was started. Printed: nothing."),
        ("cd /nosuch", "No process was started. The shell printed a message on standard error."),
        ("cat /nosuch", "cat ended with status 1. Printed on standard error: “cat: "),
        ("cat /nosuch . 2>e", "cat ended with status 1. Printed: nothing. Written: e."),
        (
            "echo a; true >f; echo b >g",
            "echo, true and echo 2 ended with status 0. Printed: “a”. W",
        ),
        ("exec sh -c 'exit 7'", "shell became sh and ended with status 7. Printed: nothing."),
        ("printf '\\033[?1049hx'", "No process was started. Printed: a whole screen, with control"),
        ("true; kill -9 $$", "shell was killed by SIGKILL; true ended with status 0."),
        # A quoted semicolon is a word, not an operator.
        ("sh -c 'echo a' ';' echo b", "sh ended with status 0. Printed: “a”."),
        # With other quotes the line differs: the shell expands x itself.
        ('sh -c "echo $x"', "sh ended with status 0. Printed:"),
    ],
)
def test_an_unexpected_line_gets_the_failed_claim_and_a_summary_of_its_effect(typed, reply):
    text = answer(task(), typed)
    assert f"Here: {reply}" in text
    assert "✗ a and b are printed – the output was" in text
    assert text.endswith("Not yet. Another line, or :hint.")


def test_a_job_of_an_earlier_line_does_not_count_for_this_line():
    _, later = type_lines(["sleep 1000 &", "kill $!; wait $!; true"])
    text = answer(task(), "kill $!; wait $!; true", later)
    assert "true ended with status 0. Printed" in text
    assert "sleep ended" not in text
    assert "sleep was killed" not in text


@pytest.mark.usual
def test_praise_consists_of_the_claims_and_of_what_was_seen():
    text = answer(task(), "printf 'a b\\n'")
    reply = "✓ a and b are printed Here: printf ended with status 0. Printed: “a b”. Two ways."
    assert text.endswith(reply)


@pytest.mark.usual
def test_a_line_that_hangs_gets_its_system_call_and_the_reply_of_its_author():
    typed = "x=$(sleep 1000 & echo a)"
    hangs = "It hangs: the shell sleeps in read, and sleep can still write. We have ended it."
    assert f"{hangs} Not yet." in answer(task(), typed)
    assert f"{hangs} Who writes? Not yet." in answer(task(wrong={typed: "Who writes?"}), typed)


def test_a_sub_claim_of_which_nothing_was_seen_is_not_marked_as_true():
    asks = {"`sh` runs": happens(anyone.execs("sh")), "no `cat` runs": never(anyone.execs("cat"))}
    step = task(asks=asks)
    assert "✗ sh runs – it did not happen" in answer(step, ":")
    assert "– no cat runs" in answer(step, ":")
    verdict = judged(step.claims_of_line, ":", perform_line(":"))
    block = effect(ScreenForm(80, is_plain=True), Measuring(), step, verdict)
    assert "Nothing of it was seen: no " in "\n".join(map(plain, block))


def test_a_stopped_program_in_the_place_of_the_shell_does_not_sleep():
    typed = "exec sh -c 'kill -STOP $$'"
    text = answer(task(), typed, *type_lines([typed]))
    assert "It is stopped, and no shell is left that could continue it. We have ended it." in text


def test_the_texts_of_replies_to_lines_are_checked():
    step = task(asks={"`sh` runs": happens(anyone.execs("sh"))}, wrong={"echo": "A *vampire*."})
    report = LessonCheck(Lesson("l", "L", 1, [step], remember="It.")).run()
    reasons = " ".join(check.reason for check in report.of("failed"))
    assert "step 1, wrong: “vampire” is marked as a term" in reasons
    fine = task(wrong={"true | true": "It prints nothing.", "echo": "It prints a newline."})
    assert LessonCheck(Lesson("l", "L", 1, [fine], remember="It.")).run().is_good


@pytest.mark.usual
def test_a_line_that_is_right_by_luck_gets_the_order_that_breaks_it():
    order = before(anyone.writes("a\n"), anyone.writes("b\n"))
    in_order = task(asks={"`a` comes before `b`": order}, note="A chain.")
    text = answer(in_order, "sh -c 'echo a' & sleep 0.1; sh -c 'echo b'")
    assert "In another order, sleep ends, then sh 2 writes “b”, then sh writes “a”." in text
    assert "A chain." in answer(in_order, "sh -c 'echo a' & wait; sh -c 'echo b'")


@pytest.mark.usual
def test_a_task_is_tried_at_the_prompt_of_a_lesson(start_shell, tmp_path):
    variables = {"XDG_STATE_HOME": f"{tmp_path}"}
    terminal = start_shell("lesson", "run", "rule-4", "--from", "10", environment=variables)
    next_stop(terminal)
    typed = "x=1; (x=2; echo $x); echo $x"
    # The commands of the lesson are completed at the prompt of the shell, too.
    for line, reply in (
        (":hin\t", "hint:"),
        ("echo 2", "Not yet."),
        (typed, f">> {typed}\n2\n1\n"),
    ):
        type_line(terminal, line)
        assert reply in terminal.screen()
    guesses = json.loads((tmp_path / "simpsh/progress.json").read_text())["guesses"]
    assert [(one["kind"], one["answer"]) for one in guesses] == [
        ("task", "echo 2"),
        ("task", typed),
    ]


@pytest.mark.parametrize("rows", [1, 4, 8])
def test_the_picture_of_a_line_leaves_room_for_its_task(rows):
    words = "\n\n".join(["A task."] * ((rows + 1) // 2))
    step = task(about=words)
    for typed in ("true | true | true | true | true | true | true", "echo"):
        verdict = judged(step.claims_of_line, typed, perform_line(typed))
        assert task_rows(step, verdict) <= 24


@pytest.mark.parametrize(("claims", "is_drawn"), [(1, True), (2, True), (4, False)])
def test_a_reply_with_many_claims_folds_its_picture_or_leaves_it_out(claims, is_drawn):
    asks = {f"`sh` runs with the number {i}": happens(anyone.execs("sh")) for i in range(claims)}
    step, typed = task(asks=asks), "seq 9; true | true; echo a | cat"
    verdict = judged(step.claims_of_line, typed, perform_line(typed))
    assert task_rows(step, verdict) <= 24
    block = effect(ScreenForm(80), Measuring(), step, verdict)
    assert ("shell forks seq" in " ".join(map(plain, block))) is is_drawn
    sentences = effect(ScreenForm(80, is_plain=True), Measuring(), step, verdict)
    assert "shell forks seq" in " ".join(map(plain, sentences))
