"""cd and pwd."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.shell.builtins.builtin_calls import call, restored_process, shell


@pytest.fixture
def directory(tmp_path: Path):
    """A working directory that contains a directory and a link to it."""
    top = tmp_path.resolve()
    (top / "real").mkdir()
    (top / "link").symlink_to("real")
    with restored_process():
        os.chdir(top)
        yield str(top)


def test_a_failing_cd_changes_nothing_and_says_why(directory):
    Path("file").touch()
    for operands, variables, error in (
        (("nosuch/..",), {}, "nosuch/..: No such file or directory"),
        (("file/..",), {}, "file/..: Not a directory"),
        (("nosuch",), {}, "nosuch: No such file or directory"),
        (("-",), {}, "OLDPWD is not set: no directory before this one is known"),
        ((), {}, "HOME is not set, so there is no directory to go to"),
        ((), {"HOME": ""}, "HOME is empty, so there is no directory to go to"),
        (("",), {}, "'': an empty string names no directory"),
        (("real", "link"), {}, "link: one directory is enough"),
    ):
        state = shell(PWD=directory, **variables)
        answer = call(state, "cd", *operands)
        assert (answer.status, answer.error) == (2 if "link" in operands else 1, f"cd: {error}\n")
        assert (os.getcwd(), state.variables["PWD"]) == (directory, directory)
        assert "OLDPWD" not in state.variables


def test_cd_and_pwd_of_names_that_are_not_text_and_of_a_wrong_PWD(directory):
    name = os.fsdecode(b"\xff\xfe")
    os.mkdir(name)
    state = shell(PWD=directory)
    assert call(state, "cd", name).status == 0
    state.variables["PWD"] = "/"
    answer = call(state, "pwd", "x")
    assert (answer.status, answer.output, answer.error) == (0, f"{directory}/{name}\n", "")


def test_a_path_longer_than_the_kernels_limit_is_reached_step_by_step(directory):
    state = shell(PWD=directory)
    part = "d" * 200
    for _ in range(25):
        os.mkdir(part)
        answer = call(state, "cd", part)
        assert answer.status == 0, answer.error
    assert state.variables["PWD"] == "/".join([directory, *[part] * 25])
