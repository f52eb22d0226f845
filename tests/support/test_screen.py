"""The terminal of the tests, tried on programs whose behaviour is known."""

from __future__ import annotations

import signal
import sys

import pytest

from tests.support.processes import ignored_signals, session_members, wait_for_state

BASH = ("bash", "--norc", "--noprofile", "--noediting")
PROMPT = {"PS1": ">> "}


@pytest.fixture
def bash(start_shell):
    terminal = start_shell(program=BASH, environment=PROMPT)
    terminal.wait_prompt()
    return terminal


def test_what_is_typed_and_printed_is_on_the_screen(bash):
    bash.send("echo one two\r")
    bash.wait(r"^>> echo one two\none two\n>>\Z")


def test_a_program_is_stopped_and_brought_back(bash):
    bash.send("cat\r")
    group = bash.foreground_is("cat")
    bash.send("first\r")
    bash.wait(r"^first\nfirst\Z")
    bash.key("C-z")
    bash.wait(r"Stopped +cat\n>>\Z")
    bash.wait_foreground(bash.pid)
    wait_for_state(group, "T")
    bash.send("fg\r")
    assert bash.foreground_is("cat") == group
    bash.key("C-d")
    bash.wait(r"fg\ncat\n>>\Z")


def test_control_c_ends_the_foreground_program(bash):
    bash.send("sleep 1000\r")
    bash.foreground_is("sleep")
    bash.key("C-c")
    bash.wait(r"\^C\n>>\Z")
    bash.send("echo $?\r")
    bash.wait(r"^130\n>>\Z")


def test_the_exit_status_is_collected(bash):
    bash.send("exit 7\r")
    assert bash.wait_exit() == 7


def test_a_hang_up_reaches_the_leader(start_shell):
    terminal = start_shell(program=("sleep", "1000"))
    terminal.foreground_is("sleep")
    terminal.hang_up()
    terminal.close()
    assert terminal.status == -signal.SIGHUP


def test_closing_kills_even_those_who_ignore_the_hang_up(start_shell):
    terminal = start_shell(
        program=("sh", "-c", "trap '' HUP; sleep 1000 & echo up; exec sleep 1001")
    )
    terminal.foreground_is("sleep")
    terminal.wait("up")
    assert len(session_members(terminal.pid)) == 2
    terminal.close(grace_seconds=0.05)
    assert session_members(terminal.pid) == []
    assert terminal.status == -signal.SIGKILL


def test_the_cursor_position_is_reported_to_those_who_ask(start_shell):
    terminal = start_shell(
        program=("sh", "-c", "stty raw -echo; printf 'ab\\033[6n'; head -c 6 | od -An -c")
    )
    terminal.wait(r"033 +\[ +1 +; +3 +R")


def test_the_window_has_the_size_that_was_asked_for(start_shell):
    terminal = start_shell(
        program=("bash", "-c", "stty size; read; stty size"), rows=10, columns=33
    )
    terminal.wait(r"^10 33$")
    terminal.resize(20, 50)
    terminal.key("enter")
    terminal.wait(r"^20 50$")


def test_modes_are_those_of_the_kernel(bash):
    assert bash.is_canonical()
    bash.send("stty -icanon; cat\r")
    bash.foreground_is("cat")
    assert not bash.is_canonical()


def test_signals_start_as_they_do_after_login_unless_asked_otherwise(start_shell):
    plain = start_shell(program=("sleep", "1000"))
    plain.foreground_is("sleep")
    assert ignored_signals(plain.pid) == frozenset()
    deaf = start_shell(program=("sleep", "1000"), ignored=(signal.SIGINT,))
    deaf.foreground_is("sleep")
    assert ignored_signals(deaf.pid) == {signal.SIGINT}


def test_a_long_paste_arrives_whole(start_shell):
    terminal = start_shell(program=("sh", "-c", "stty raw -echo; echo on; head -c 200000 | wc -c"))
    terminal.wait(r"^on$")
    terminal.send("x" * 200_000)
    terminal.wait(r"200000")


def test_a_wait_that_fails_shows_the_screen(bash):
    with pytest.raises(AssertionError, match=r"never matched 'no such text'(?s:.*)\|>> +\|"):
        bash.wait("no such text", seconds=0.05)


def test_a_program_that_is_missing_is_named(start_shell):
    terminal = start_shell(program=("/no/such/program",))
    terminal.wait("cannot start /no/such/program")
    assert terminal.wait_exit() == 127


def test_a_line_editor_that_asks_for_the_cursor_is_answered(start_shell):
    script = (
        "from prompt_toolkit import PromptSession\nprint('got', PromptSession().prompt('? '))\n"
    )
    terminal = start_shell(program=(sys.executable, "-c", script))
    terminal.wait(r"^\?\Z")
    terminal.send("word\r")
    terminal.wait(r"^got word$")
    assert b"\x1b[6n" in terminal.raw
    assert terminal.wait_exit() == 0


def test_private_colour_sequences_do_not_break_the_screen(start_shell):
    terminal = start_shell(program=("printf", "\\033[>4;2ma\\033[31mb"))
    terminal.wait("ab")
    assert terminal.cell(0, 1).fg == "red"
    assert terminal.cursor() == (0, 2)


def test_a_prompt_is_found_whatever_is_below(start_shell):
    terminal = start_shell(program=("sh", "-c", r"printf 'x\n>> \nbelow\033[A\033[2C'; read y"))
    terminal.wait(r"below\Z")
    with pytest.raises(AssertionError, match="never appeared"):
        terminal.wait_prompt(seconds=0.05)
    terminal = start_shell(program=("sh", "-c", r"printf '>> \nbelow\r\033[A\033[3C'; read y"))
    terminal.wait_prompt()
    terminal.wait_prompt(prompt=">> ")


def test_the_shell_of_the_checkout_shows_its_prompt(terminal):
    terminal.send("printf 'from %s' simpsh\r")
    terminal.wait(r"^from simpsh⏎?$")
    terminal.wait_prompt()
