"""Which command was meant by a name that was not found."""

from __future__ import annotations

import pytest

from simpsh.repl.command_names import Spelling, distance, nearest
from simpsh.shell.builtins import builtin_registry
from simpsh.shell.state import State


@pytest.fixture
def state():
    return State({"PATH": "", "HOME": "/h"})


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


def test_what_is_typed_often_comes_first():
    names = ["llc", "ls", "lld", "mls"]
    assert nearest("lls", names)[0] == "ls"
    assert nearest("lls", names, ["llc", "pwd", "llc"])[0] == "llc"
    assert nearest("gti", ["gtf", "git", "gtk"])[0] == "git"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("$", "leave out the prompt sign $, and type what follows it"),
        ("ll", "did you mean ls -l? alias ll='ls -l' makes it known"),
        ("cd..", "did you mean cd ..?"),
        ("..", "did you mean cd ..?"),
    ],
)
def test_names_that_mean_something_elsewhere_are_explained(state, name, hint):
    assert Spelling(state).hint(name) == hint


def test_a_path_without_the_usual_directories_is_told(state):
    state.assign("PATH", "/wrong")
    found = Spelling(state).hint("cat")
    assert found == "it is /usr/bin/cat, but PATH is '/wrong'; type PATH=/usr/bin:/bin:$PATH"


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
    state.assign("PATH", f"{tmp_path}:/proc/nonexistent")
    spelling = Spelling(state)
    assert spelling.hint("exprot") == "did you mean export?"
    assert spelling.hint("mycomand") == "did you mean mycommand?"
    assert spelling.hint("notthisoen") is None
    assert builtin_registry.is_builtin("export")
