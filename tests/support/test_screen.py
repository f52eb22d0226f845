"""The terminal of the tests, tried on programs whose behaviour is known."""

from __future__ import annotations

import signal

import pytest

from tests.support.processes import session_members, wait_for_state

BASH = ("bash", "--norc", "--noprofile", "--noediting")
PROMPT = {"PS1": ">> "}


@pytest.fixture
def bash(start_shell):
    terminal = start_shell(program=BASH, environment=PROMPT)
    terminal.wait_prompt()
    return terminal


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
