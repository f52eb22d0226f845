"""Prompts, the toolbar, spelling hints, and the mark for a missing newline."""

from __future__ import annotations

import pyte
import pytest

from simpsh.builtins import registry
from simpsh.jobs.job import Job, Process
from simpsh.repl.column import to_column_zero, wiped
from simpsh.repl.prompts import PS1, banner, expand, prompt
from simpsh.repl.spelling import Spelling, distance, nearest
from simpsh.repl.toolbar import toolbar
from simpsh.state import State
from simpsh.wait_status import Continued, Exited, Killed, Stopped


@pytest.fixture
def state():
    return State({"PATH": "", "HOME": "/h"})


# -- prompts


def test_the_banner_is_one_line_with_the_version():
    assert banner() == "simpsh 1.0 – type a command, 'help', or 'lesson'"


def test_a_prompt_is_the_variable_or_the_default(state):
    assert prompt(state, "PS1", PS1) == ">> "
    state.assign("PS1", "% ")
    assert prompt(state, "PS1", PS1) == "% "
    state.assign("PS1", "")
    assert prompt(state, "PS1", PS1) == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("$HOME> ", "/h> "),
        ("${HOME}x", "/hx"),
        ("[$?] ", "[3] "),
        ("$NOSUCH.", "."),
        ("$ ", "$ "),
        ("a$", "a$"),
        ("${HOME", "${HOME"),
        ("${}", "${}"),
        ("$(date)", "$(date)"),
    ],
)
def test_parameters_in_a_prompt_are_replaced_and_nothing_is_run(state, text, shown):
    state.last_status = 3
    assert expand(text, state) == shown


# -- the toolbar


@pytest.mark.parametrize(
    ("status", "waited", "text"),
    [
        (0, None, "status 0: success"),
        (0, Exited(0), "status 0: success"),
        (1, Exited(1), "status 1: failure"),
        (2, None, "status 2: misuse or syntax error"),
        (77, Exited(77), "status 77: failure"),
        (126, None, "status 126: cannot execute"),
        (127, None, "status 127: not found"),
        (130, None, "status 130: interrupted"),
        (139, Killed(11, dumped_core=True), "status 139: killed by SIGSEGV, core dumped"),
        (143, Killed(15), "status 143: killed by SIGTERM"),
        (143, Exited(143), "status 143: 128 + 15 (SIGTERM)"),
        (148, Stopped(20), "status 148: stopped by SIGTSTP"),
        (0, Continued(), "status 0: success"),
        (1, Killed(15), "status 1: failure"),
        (255, Exited(255), "status 255: failure"),
    ],
)
def test_the_last_status_is_said_in_words(state, status, waited, text):
    state.last_status, state.last_wait = status, waited
    assert toolbar(state) == text


def test_jobs_and_verbosity_are_shown_when_there_are_any(state):
    for pid, status in ((11, None), (12, Stopped(20)), (13, None)):
        process = Process(pid, "sleep")
        process.status = status
        job = Job([process], pid, "sleep")
        state.jobs.add(job)
        state.jobs.give_number(job)
    state.verbosity = 2
    assert toolbar(state) == "status 0: success · 2 running, 1 stopped · -vv"


# -- spelling


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [
        ("grep", "grep", 0),
        ("gerp", "grep", 1),
        ("grp", "grep", 1),
        ("grepp", "grep", 1),
        ("drep", "grep", 1),
        ("sl", "ls", 1),
        ("kitten", "sitting", 3),
        ("ca", "abc", 3),
    ],
)
def test_slips_of_the_finger_are_counted(one, other, slips):
    assert distance(one, other, 9) == slips
    assert distance(other, one, 9) == slips


def test_swapped_letters_come_before_other_slips():
    assert nearest("gerp", ["gerb", "grep", "gasp", "sort"]) == ["grep", "gerb"]


def test_two_slips_are_allowed_in_a_long_name_only():
    assert nearest("pyhtonn", ["python"]) == ["python"]
    assert nearest("caat", ["dog", "coat", "cut"]) == ["coat"]
    assert nearest("abcd", ["abxy"]) == []


@pytest.mark.parametrize("name", ["", "x", "./gerp", "a/b", "zzzzzzzz"])
def test_nothing_is_suggested_where_nothing_was_meant(state, name):
    assert Spelling(state).suggest(name) is None


def test_builtins_and_programs_in_path_are_suggested(state, tmp_path):
    (tmp_path / "mycommand").write_text("")
    (tmp_path / "mycommand").chmod(0o755)
    (tmp_path / "notthisone").write_text("")
    (tmp_path / "notthisone").chmod(0o644)
    state.assign("PATH", f"{tmp_path}:/nonexistent")
    spelling = Spelling(state)
    assert spelling.hint("exprot") == "did you mean export?"
    assert spelling.hint("mycomand") == "did you mean mycommand?"
    assert spelling.hint("notthisoen") is None
    assert registry.is_builtin("export")


# -- column zero


def _after(text, columns=20):
    screen = pyte.Screen(columns, 5)
    stream = pyte.Stream(screen)
    stream.feed(text)
    lines = [line.rstrip() for line in screen.display]
    return "\n".join(lines).rstrip(), (screen.cursor.y, screen.cursor.x)


def test_at_column_zero_nothing_is_left_of_the_mark():
    assert _after("out\r\n" + to_column_zero(20)) == ("out", (1, 0))


def test_elsewhere_the_mark_stays_and_the_next_line_begins():
    assert _after("out" + to_column_zero(20)) == ("out⏎", (1, 0))
    assert _after("x" * 19 + to_column_zero(20)) == ("x" * 19 + "⏎", (1, 0))


def test_behind_a_full_line_the_next_one_begins():
    assert _after("x" * 20 + to_column_zero(20)) == ("x" * 20, (1, 0))


def test_the_echo_of_keys_is_not_marked():
    assert _after("echo" + to_column_zero(20, marks=False)) == ("echo", (1, 0))


def test_where_nothing_was_printed_the_line_is_wiped():
    assert _after("typed" + wiped()) == ("", (0, 0))
