"""Teaching on a real terminal: questions, runs, every command, leaving and resuming."""

import json
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.course.teach.taking_lessons import WHOLE, choose, give_reason, letter_of

pytestmark = pytest.mark.long("each test teaches a lesson")

KEY = "left of the code: p parent, c child ran that line"
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


def after_reason(screen):
    """Return the screen after the last guess, without the question for a reason."""
    after = re.split(r"\(a–., Enter if you have none\): [^\n]*\n", screen)[-1]
    return re.sub(r"\[[^\n]*\] why did you think so\? [^\n]*\n\n?", "", after)


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
    terminal = teach()
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


@pytest.mark.usual
def test_a_question_is_shown_with_its_code_then_all_outputs_and_the_reason(teach):
    terminal = teach()
    stop(terminal, 2, "your guess")
    assert (
        terminal.screen()
        == """\
First things first
3 minutes · 11 steps · Enter continues, :help shows what else you can type

Two processes, a word each. Who is first?

  1   child = os.fork()
  2   if child == 0:  # in the child
  3       os.write(1, b"child ")
  4       os._exit(0)
  5   os.write(1, b"parent ")
  6   os.waitpid(child, 0)

How many outputs are possible?
  a  one
  b  two
[2/11] your guess (a–b, Enter if you have none):"""
    )
    choose(terminal, "one")
    stop(terminal, 3)
    assert (
        after_reason(terminal.screen())
        == """\

parent  child                parent  child
   ┣━━━━━━┓                     ┣━━━━━━┓
   ┃      ┠     “child ”        ┠      ┃     “parent ”
   ┠      ┃     “parent ”       ┃      ┠     “child ”
seen here: 0 of 400          seen here: 400 of 400
  ┃ runs or sleeps  ┠ acts  ┣━┓ forks

2 outputs are possible, and no order gives another.

you said  one
  it was  two
 because  Nothing in line 5 waits for the child.
     but  That would need a cause.
  5   os.write(1, b"parent ")

[3/11] Enter: go on"""
    )


RIGHT, WRONG = "the child is first", "the parent is first"


def to_the_order(terminal, guess, first="two"):
    stop(terminal, 2, "your guess")
    choose(terminal, first)
    go_on(terminal, 3)
    stop(terminal, 5, "your guess")
    choose(terminal, guess)
    stop(terminal, 6)


def test_a_changed_line_is_marked_and_a_right_guess_is_confirmed(teach):
    terminal = teach(rows=60)
    to_the_order(terminal, RIGHT)
    before, after = terminal.screen().split("[5/11] your guess")
    assert "  5 ▸ os.waitpid(child, 0)\n  6   os.write" in before
    assert "[3/11] Enter: go on\n\nNow with a cause.\n\n  1   child" in before
    assert (
        after_reason(after).removeprefix("\n")
        == """\
line  parent  child
  1      ┣━━━━━━┓      parent forks child
  5      ┊      ┃      parent waits for child
  3 ∥    ┊      ┠      child prints “child ”
  4      ┊      ●      child exits with status 0
  5      ┃◀━━━━━┛      parent collects child: status 0
  6      ┠             parent prints “parent ”
  6      ●             parent exits with status 0
  ┊ asleep  ● ends  ◀┛ collected  ∥ could come before the line above
  bold: a chain of causes

you said  the child is first – and so it was.
 because  waitpid waits.

✓ 2 facts about this run checked  (:facts)
[6/11] Enter: go on"""
    )


def test_a_guess_is_optional_and_an_invalid_one_is_asked_for_again(teach):
    terminal = teach(environment={"NO_COLOR": "1"})
    stop(terminal, 2, "your guess")
    answer(terminal, "maybe")
    terminal.wait(rf"please; or Enter if you have no guess\n\[2/11\] {WHOLE}\Z")
    answer(terminal)
    stop(terminal, 3)
    feedback = terminal.screen().split("no order gives another.\n")[1]
    assert feedback.startswith("\n  it was  two\n because  Nothing in line 5")
    assert "but" not in feedback
    assert "you said" not in feedback
    # Without colours, code has backquotes and bold text stays bold.
    assert b"\x1b[1m" in bytes(terminal.raw)
    assert b"38;" not in bytes(terminal.raw)


def test_a_reason_for_a_wrong_guess_is_kept(teach, tmp_path):
    terminal = teach()
    stop(terminal, 2, "your guess")
    terminal.send(f"{letter_of(terminal, 'one')}\r")
    stop(terminal, 3, r"why did you think so\? \(Enter: skip\):")
    answer(terminal, ":hint")
    stop(terminal, 3, "why did you think so")
    answer(terminal, "=each goes its way")
    stop(terminal, 3)
    assert saved(tmp_path)["guesses"] == [
        {
            "lesson": "first-things",
            "step": 2,
            "question": "How many outputs are possible?",
            "answer": "one",
            "is_right": False,
            "why": "=each goes its way",
            "kind": "guess",
        }
    ]
    answer(terminal)
    stop(terminal, 5, "your guess")
    terminal.send(f"{letter_of(terminal, RIGHT)}\r")
    stop(terminal, 6)
    assert [one["why"] for one in saved(tmp_path)["guesses"]] == ["=each goes its way", ""]


def test_a_run_can_be_shown_again_and_back_leads_to_its_question(teach, tmp_path):
    terminal = teach(rows=100, environment={"PYTHONPATH": f"{HERE}"}, directory=tmp_path)
    to_the_order(terminal, WRONG)
    coloured = bytes(terminal.raw)
    assert b"38;5;32m" in coloured or b"38;2;0;135;215m" in coloured
    assert not any(line.endswith(b"  ") for line in coloured.split(b"\r\n"))
    answer(terminal, ":facts")
    terminal.wait(r"There is one child\.\n\n\[6/11\] Enter: go on\Z")
    assert (
        terminal.screen().split("go on :facts\n")[1]
        == """\
 ✓  The child's word comes first.
    child prints “child ” → child exits with status 0 → the parent collects
    child: status 0 → the parent prints “parent ”
 ✓  There is one child.

[6/11] Enter: go on"""
    )
    answer(terminal, ":who")
    terminal.wait(rf"parent \"\)\n  {KEY}\n\n\[6/11\] Enter: go on\Z")
    assert terminal.screen().split("go on :who\n")[1].splitlines()[:2] == [
        "p   1   child = os.fork()",
        "pc  2   if child == 0:  # in the child",
    ]
    answer(terminal, ":who")
    # The meaning of the letters is shown once; so is the legend.
    terminal.wait(r"parent \"\)\n\n\[6/11\] Enter: go on\Z")
    answer(terminal, ":timeline")
    terminal.wait(r"parent exits with status 0\n\n\[6/11\] Enter: go on\Z")
    answer(terminal, ":page")
    terminal.wait(r"Written: first-things-order\.html in this directory; open it in a browser\.")
    assert "<svg" in (tmp_path / "first-things-order.html").read_text()
    stop(terminal, 6)
    answer(terminal, ":back")
    stop(terminal, 5, "your guess")
    for _ in range(2):
        answer(terminal, ":back")
        stop(terminal, 2, "your guess")


@pytest.mark.usual
def test_help_hint_and_skip_work_and_unknown_commands_are_refused(teach):
    terminal = teach(rows=60)
    times = Counter[str]()
    for command, words in (
        (":hint", "hint:  The two processes run at the same time: line 5 waits for nothing."),
        (":hint", "hint:  The two processes run at the same time: line 5 waits for nothing."),
        (":what", "Terms so far: possible"),
        (":what Possible", "possible: Some order of the processes gives this output. sched(7)"),
        (":what posible", "posible: the glossary has no such term; did you mean possible?"),
        (":nonsense", "there is no :nonsense; :help shows what you can type"),
        (":b:q", "there is no :b:q; :help shows what you can type"),
        (":", "there is no :; :help shows what you can type"),
        (":c", "there is no c/taught_lesson.c yet"),
        (":facts", "Nothing has run yet."),
        (":who", "This command needs a single run; the last thing shown was none."),
        (":free", "There is no terminal for a shell here."),
        (":help", "Letters left of the code: which process ran the line, as p parent, c child"),
    ):
        stop(terminal, 2, "your guess")
        answer(terminal, command)
        # Wait for both answers of a command: the first does not imply the second.
        times[words] += 1
        pattern = rf"(?s)(?:\n{re.escape(words)}\n.*?){{{times[words]}}}"
        terminal.wait(rf"{pattern}\[2/11\] {WHOLE}\Z")
    assert re.search(r"^ *what you type +what you get$", terminal.screen(), re.MULTILINE)
    # :skip leaves out a question with its run.
    stop(terminal, 2, "your guess")
    answer(terminal, ":skip")
    stop(terminal, 5, "your guess")
    answer(terminal, ":s")
    # The code of the run has been shown, so there is no stop before the run.
    stop(terminal, 7)


def test_the_end_shows_the_main_sentence_and_wrong_guesses_are_repeated_until_right(
    teach, tmp_path
):
    terminal = teach()
    to_the_order(terminal, WRONG, "one")
    go_on(terminal, 6, 7)
    stop(terminal, 8, "your answer")
    for no_number in ("2 times", "two", "٢"):
        answer(terminal, no_number)
        terminal.wait(
            rf"{no_number}\na number, please; or Enter if you have no guess\n\[8/11\] {WHOLE}\Z"
        )
    answer(terminal)
    go_on(terminal, 9, 10, 11)
    assert terminal.wait_exit() == 0
    assert (
        terminal.screen().split("[11/11] Enter: go on\n")[1]
        == """\

What it is good for
  Programs that work on Mondays, too.

Remember
  An order that matters must be made.

Read on
  fork(2) · wait(2)

3 questions come back before later lessons. Still open here: 1 question and
the task.

Exercise  simpsh lesson exercise start two-children
Next      simpsh lesson run second-thoughts"""
    )
    assert saved(tmp_path)["lessons"]["first-things"] == {
        "step": 0,
        "is_done": False,
        "question": "",
        "guessed": {"How many outputs are possible?": False, "And now?": False},
        "is_ended": True,
        "settled": ["How many outputs are possible?", "And now?"],
        "open": ["question", "task"],
    }
    let_a_lesson_pass(teach)
    terminal = teach("--other")
    stop(terminal, "again 1", "your guess", of=2)
    assert "2 questions from earlier lessons come back first.\n" in terminal.screen()
    choose(terminal, "two")
    # Read the answer before the next question scrolls it away.
    stop(terminal, "again 1", of=2)
    assert "you said  two – and so it was." in terminal.screen()
    answer(terminal)
    stop(terminal, "again 2", "your guess", of=2)
    answer(terminal, ":skip")
    terminal.wait(r"Now the lesson\.\n\nNothing new\.\n\n\[1/1\] Enter: go on\Z")
    answer(terminal)
    assert terminal.wait_exit() == 0
    # The third question did not fit before the last lesson; the skipped one waits for another.
    terminal = teach("--other")
    stop(terminal, "again 1", "your answer", of=1)
    assert (
        "1 question from an earlier lesson comes back first.\n\nFrom “First things first”:\n"
    ) in terminal.screen()
    answer(terminal, "2")
    stop(terminal, "again 1", of=1)
    answer(terminal)
    terminal.wait(r"Now the lesson\.\n\nNothing new\.\n\n\[1/1\] Enter: go on\Z")
    answer(terminal)
    assert terminal.wait_exit() == 0
    rounds = {entry["question"]: entry["round"] for entry in saved(tmp_path)["surprises"]}
    assert rounds == {
        "How many outputs are *possible*?": 1,
        "And now?": 0,
        "How many processes were there?": 1,
    }
    # An answer before another lesson counts: only the task is left.
    assert saved(tmp_path)["lessons"]["first-things"]["open"] == ["task"]


def let_a_lesson_pass(teach):
    """Run the other lesson to its end; no question is repeated before it yet."""
    terminal = teach("--other")
    terminal.wait(r"Nothing new\.\n\n\[1/1\] Enter: go on\Z")
    assert "come back first" not in terminal.screen()
    answer(terminal)
    assert terminal.wait_exit() == 0


@pytest.mark.usual
def test_a_lesson_continues_where_it_stopped_and_the_end_counts_all_right_guesses(teach, tmp_path):
    terminal = teach()
    to_the_order(terminal, WRONG)
    terminal.key("C-c")
    assert terminal.wait_exit() == 1
    assert terminal.screen().endswith("Stopped. Continue here with: simpsh lesson run first-things")
    # The lesson resumes at the question, with which the section begins, not at its run.
    assert saved(tmp_path)["lessons"]["first-things"]["step"] == 3
    terminal = teach()
    stop(terminal, 5, "your guess")
    terminal.key("C-d")
    assert terminal.wait_exit() == 1
    again = teach()
    stop(again, 5, "your guess")
    assert again.screen().startswith("""\
First things first
3 minutes · 11 steps · continues at step 4 · Enter continues, :help shows what
else you can type

Now with a cause.
""")
    assert "  5 ▸ os.waitpid(child, 0)" in again.screen()
    answer(again)
    go_on(again, 6, 7)
    stop(again, 8, "your answer")
    answer(again, "2")
    give_reason(again)
    go_on(again, 9, 10, 11)
    assert again.wait_exit() == 0
    assert (
        """
2 of 3 guessed right. 1 question comes back before a later lesson. Still
open here: the task.
""".strip()
        in again.screen()
    )


def test_a_class_raises_hands_twice_and_sees_the_picture_before_the_reason(teach, tmp_path):
    terminal = teach("--live", rows=60)
    stop(terminal, 2, "hands for a b, or Enter to reveal:")
    answer(terminal, "many")
    terminal.wait(
        r"as many numbers as there are choices, please: 9 14 5 1\n\[2/11\] hands[^\n]*:\Z"
    )
    answer(terminal, "3 12")
    stop(terminal, 2, "discuss; hands once more")
    assert "  a ███ 3\n  b ████████████ 12\n" in terminal.screen()
    assert "so it was" not in terminal.screen()
    answer(terminal, "1 14")
    stop(terminal, 3, "who can say why")
    assert "    ██████████████ 14   ← so it was\n" in terminal.screen()
    answer(terminal)
    stop(terminal, 3)
    assert "you said" not in terminal.screen()
    assert saved(tmp_path)["surprises"] == []
    # A class has no position in the lesson, but its votes are stored.
    assert saved(tmp_path)["lessons"] == {}
    (vote,) = saved(tmp_path)["votes"]
    both = zip(vote["first"], vote["second"], strict=True)
    hands = dict(zip(vote["choices"], both, strict=True))
    assert sorted(hands.values()) == [(3, 1), (12, 14)]
    assert vote["choices"][vote["right"]] == "two"


def test_a_wide_window_has_the_code_next_to_the_picture_and_the_facts_below(teach):
    terminal = teach(rows=40, columns=120)
    to_the_order(terminal, WRONG)
    picture, _, facts = after_reason(terminal.screen()).partition("you said  the parent is first")
    assert "p   5 ▸ os.waitpid(child, 0)               4      ┊      ●   " in picture
    assert " ✓  The child's word comes first." in facts
