"""Answers are edited by GNU Readline: keys, earlier lines, Tab, ^C, ^D and ^Z."""

import os
import sys

import pytest

from simpsh.shell.jobs.interrupts import bytes_waiting
from tests.course.teach.taking_lessons import next_stop
from tests.harness.process import wait_until_at_rest
from tests.harness.sh import PROJECT, run_command, simpsh_command

QUESTION = "[1/2] your guess (a–b, Enter if you have none):"
LESSON = """\
from simpsh.course import *
lesson = Lesson(
    Predict("Which status?",
        Choice("one", "len(parent.exits(1)) == 1", "The program says so."),
        Choice("two", "len(parent.exits(2)) == 1", "The program says 1."),
        hint="Read the last line."),
    Run("one"),
    remember="It.")
"""
WORDS = ("lesson", "run", "zz-asked", "--path", ".")
TWO_QUESTIONS = """\
import sys
from simpsh.cli.lesson_prompt import AnswerPrompt
from simpsh.course.teach import teaching_stage

ask = AnswerPrompt().ask if sys.argv[2:] else teaching_stage.ask
first = ask("first: ")
print("ready", flush=True)
open(sys.argv[1]).read()
print(f"typed {first!r} and {ask('second: ')!r}")
"""


@pytest.fixture
def folder(tmp_path):
    """A folder with a lesson that begins with a question."""
    place = tmp_path / "own" / "zz-asked"
    place.mkdir(parents=True)
    (place / "lesson.py").write_text(LESSON)
    (place / "one.py").write_text("raise SystemExit(1)\n")
    return place.parent


@pytest.fixture
def lesson(start_shell, tmp_path, folder):
    """Begin the lesson at its question."""

    def start(**keywords):
        variables = {"XDG_STATE_HOME": f"{tmp_path}"}
        terminal = start_shell(*WORDS, directory=folder, environment=variables, **keywords)
        assert next_stop(terminal) == QUESTION
        return terminal

    return start


def shows(terminal, *rows):
    """Wait until the last rows of the screen are `rows`."""
    terminal.wait_until(
        lambda: terminal.screen().rstrip().split("\n")[-len(rows) :] == [*rows],
        f"these rows never came: {rows}",
    )


def test_an_answer_is_edited_as_a_command_is(lesson):
    terminal = lesson()
    # ^D within a line deletes.
    terminal.send("ab")
    terminal.key("C-a", "C-d")
    shows(terminal, f"{QUESTION} b")
    terminal.key("C-k")
    # The cursor moves, and earlier lines are recalled.
    terminal.send("m:hi")
    terminal.key("home", "C-d", "end")
    terminal.send("pt")
    terminal.key("left", "left", "right", "backspace")
    terminal.send("n")
    shows(terminal, f"{QUESTION} :hint")
    terminal.send("\r")
    shows(terminal, f"{QUESTION} :hint", "hint:  Read the last line.", QUESTION)
    terminal.key("up")
    shows(terminal, f"{QUESTION} :hint")
    assert b"^[[" not in bytes(terminal.raw)
    # A new window size and a long line are drawn correctly.
    terminal.key("C-u")
    terminal.send("x" * 60)
    terminal.wait(r": x{32}\nx{28}\Z")
    terminal.resize(24, 120)
    terminal.wait(r": x{60}\Z")
    # Tab completes the commands.
    terminal.key("C-u")
    terminal.send(":ti\t")
    shows(terminal, f"{QUESTION} :timeline")
    terminal.key("C-u")
    terminal.send(":h\t\t")
    terminal.wait(r"^:help +:hint *\n\[1/2\] your guess[^\n]*: :h\Z")
    terminal.key("C-u")
    offset = len(terminal.raw)
    terminal.send("x\t")
    terminal.wait_raw(rb"\a", after=offset)


@pytest.mark.parametrize("key", ["C-c", "C-d"])
def test_control_c_and_d_leave_the_lesson(lesson, key):
    terminal = lesson()
    modes = terminal.modes()
    wait_until_at_rest()  # Python looks for a signal when Readline waits, or at the next key
    terminal.key(key)
    assert terminal.wait_exit() == 0
    echo = " ^C" if key == "C-c" else ""
    last = terminal.screen().partition(QUESTION)[2]
    assert last.startswith(f"{echo}\nStopped. Continue here with: ")
    # The line wraps where the path of simpsh has it.
    assert "".join(last.split()).endswith("lessonrunzz-asked--path.")
    assert terminal.modes() != modes
    assert terminal.is_canonical()


def test_control_z_stops_the_job_and_fg_shows_the_line_again(start_shell, tmp_path, folder):
    shell = start_shell(environment={"XDG_STATE_HOME": f"{tmp_path}"})
    shell.wait_prompt()
    shell.run(f"cd {folder}")
    shell.send(f"{' '.join(WORDS)}\r")
    shell.wait(r"^\[1/2\] your guess[^\n]*:\Z")
    shell.send("xy")
    shell.wait(r"^\[1/2\] your guess[^\n]*: xy\Z")
    # The library notices SIGCONT only while it waits for a key.
    wait_until_at_rest()
    shell.key("C-z")
    shell.wait(r"^\[1\]\+  Stopped")
    shell.wait_prompt()
    shell.send("fg\r")
    shell.wait(r"^\[1/2\] your guess[^\n]*: xy\Z")
    shell.send("z")
    shell.wait(r"^\[1/2\] your guess[^\n]*: xyz\Z")
    wait_until_at_rest()
    shell.key("C-c")
    shell.wait_prompt()


@pytest.mark.parametrize("editor", [["--editor"], []], ids=["editor", "kernel"])
def test_keys_typed_before_a_question_do_not_answer_it(start_shell, tmp_path, editor):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    program = [sys.executable, "-c", TWO_QUESTIONS, str(gate), *editor]
    terminal = start_shell(program=program, directory=PROJECT)
    terminal.wait(r"^first:\Z")
    # Some keys arrive together with the answer, and some while the program works.
    terminal.send("a\rearly\r")
    terminal.wait(r"^ready\Z")
    terminal.send("late\r")
    with open(f"/proc/{terminal.pid}/fd/0", "rb", buffering=0) as keyboard:
        count = len("early\nlate\n")
        terminal.wait_until(lambda: bytes_waiting(keyboard.fileno()) == count, "keys are lost")
    gate.write_text("")
    terminal.wait(r"second:\Z")
    terminal.send("b\r")
    terminal.wait(r"^typed 'a' and 'b'$")


def test_the_line_editor_is_loaded_only_to_edit_lines(tmp_path):
    words = ("-X", "importtime", "-m", "simpsh", "lesson", "run", "zombie")
    done = run_command(
        [sys.executable, *words], input="", variables={"XDG_STATE_HOME": f"{tmp_path}"}
    )
    assert done.returncode == 0, done.stderr
    assert "simpsh.course.teach" in done.stderr
    assert "prompt_toolkit" not in done.stderr


def test_on_a_dumb_terminal_the_kernel_edits_the_line(start_shell):
    terminal = start_shell(
        *("lesson", "run", "why-cd"), program=simpsh_command(), environment={"TERM": "dumb"}
    )
    assert next_stop(terminal).endswith("your guess (a–c, Enter if you have none):")
    assert terminal.is_canonical()
    assert b"\x1b[?2004h" not in bytes(terminal.raw)
