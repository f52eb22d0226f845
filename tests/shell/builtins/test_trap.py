"""trap."""

from __future__ import annotations

import signal

import pytest

from simpsh.shell.state import State
from tests.shell.builtins.builtin_calls import call, restored_process, shell


@pytest.fixture(autouse=True)
def dispositions():
    with restored_process():
        yield


def test_a_subshell_lists_its_parents_traps_until_it_sets_its_own():
    state = shell()
    call(state, "trap", "x", "TERM")
    state.traps.reset_in_child()
    assert call(state, "trap").output == "trap -- 'x' TERM\n"
    call(state, "trap", "y", "USR1")
    assert call(state, "trap").output == "trap -- 'y' USR1\n"


def test_the_other_signals_are_set_if_one_name_is_unknown():
    for operands, status in ((("-x", "TERM"), 2), (("echo hi",), 1)):
        answer = call(shell(), "trap", *operands)
        assert (answer.status, answer.error.count("\n")) == (status, 1)
    state = shell()
    answer = call(state, "trap", "x", "NOSUCH", "TERM", "32")
    assert answer.status == 1
    assert answer.error.count("\n") == 2
    assert call(state, "trap").output == "trap -- 'x' TERM\n"


def test_trap_p_lists_every_condition_and_trap_lists_those_ignored_from_the_start():
    state = State({}, ignored_at_start=frozenset((signal.SIGQUIT,)))
    call(state, "trap", "x", "USR1")
    assert call(state, "trap").output == "trap -- '' QUIT\ntrap -- 'x' USR1\n"
    listed = call(state, "trap", "-p").output.splitlines()
    assert {"trap -- - EXIT", "trap -- '' QUIT", "trap -- 'x' USR1", "trap -- - TERM"} <= {*listed}
    assert not any(line.endswith((" KILL", " STOP")) for line in listed)
    named = call(state, "trap", "-p", "TERM", "USR1")
    assert (named.status, named.output) == (0, "trap -- - TERM\ntrap -- 'x' USR1\n")
