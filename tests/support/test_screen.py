"""The terminal of the tests, tried on programs whose behaviour is known."""

from __future__ import annotations

import pytest

BASH = ("bash", "--norc", "--noprofile", "--noediting")
PROMPT = {"PS1": ">> "}


@pytest.fixture
def bash(start_shell):
    terminal = start_shell(program=BASH, environment=PROMPT)
    terminal.wait_prompt()
    return terminal


def test_a_wait_that_fails_shows_the_screen(bash):
    with pytest.raises(AssertionError, match=r"never matched 'no such text'(?s:.*)\|>> +\|"):
        bash.wait("no such text", seconds=0.05)


def test_a_program_that_is_missing_is_named(start_shell):
    terminal = start_shell(program=("/no/such/program",))
    terminal.wait("cannot start /no/such/program")
    assert terminal.wait_exit() == 127
