"""cd and pwd."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.shell.builtins.builtin_calls import call, kept, shell


@pytest.fixture
def place(tmp_path: Path):
    """A directory `real/inner`, a link `link` to `real`, and this as working directory."""
    top = tmp_path.resolve()
    (top / "real" / "inner").mkdir(parents=True)
    (top / "link").symlink_to("real")
    with kept():
        os.chdir(top)
        yield str(top)


@pytest.mark.parametrize(
    ("steps", "name", "directory"),
    [
        ([("link",)], "/link", "/real"),
        ([("-P", "link")], "/real", "/real"),
        ([("-PL", "link")], "/link", "/real"),
        ([("link",), ("..",)], "", ""),
        ([("deep",), ("..",)], "", ""),
        ([("deep",), ("-P", "..")], "/real", "/real"),
        ([()], "/real", "/real"),
    ],
)
def test_cd_keeps_a_links_name_but_with_P_and_goes_home_without_an_operand(
    place, steps, name, directory
):
    os.symlink("real/inner", "deep")
    state = shell(PWD=place, HOME=f"{place}/real")
    for operands in steps:
        assert call(state, "cd", *operands).status == 0
    assert state.variables["PWD"] == f"{place}{name}"
    assert os.getcwd() == f"{place}{directory}"


@pytest.mark.parametrize(
    ("operands", "variables", "status", "error"),
    [
        (("nosuch/..",), {}, 1, "cd: nosuch/..: No such file or directory\n"),
        (("file/..",), {}, 1, "cd: file/..: Not a directory\n"),
        (("nosuch",), {}, 1, "cd: nosuch: No such file or directory\n"),
        (("-",), {}, 1, None),
        ((), {}, 1, None),
        ((), {"HOME": ""}, 1, None),
        (("",), {}, 1, None),
        (("real", "link"), {}, 2, None),
        # CDPATH does not hold for names that begin with a dot.
        (("./inner",), {"CDPATH": "real"}, 1, None),
    ],
)
def test_a_failing_cd_changes_nothing(place, operands, variables, status, error):
    Path("file").touch()
    state = shell(PWD=place, **variables)
    answer = call(state, "cd", *operands)
    assert answer.status == status
    assert error is None or answer.error == error
    assert (os.getcwd(), state.variables["PWD"]) == (place, place)
    assert "OLDPWD" not in state.variables


def test_cd_minus_goes_back_and_says_where_that_is(place):
    state = shell(PWD=place)
    call(state, "cd", "real")
    answer = call(state, "cd", "-")
    assert (answer.status, answer.output) == (0, f"{place}\n")
    assert state.variables["OLDPWD"] == f"{place}/real"


def test_a_directory_found_along_cdpath_is_told(place):
    state = shell(PWD=place, CDPATH=f"{place}/nosuch:{place}/real")
    answer = call(state, "cd", "inner")
    assert (answer.status, answer.output) == (0, f"{place}/real/inner\n")


def test_an_empty_entry_of_cdpath_is_the_working_directory_and_is_not_told(place):
    answer = call(shell(PWD=place, CDPATH=f":{place}/real"), "cd", "real")
    assert (answer.status, answer.output) == (0, "")
    assert os.getcwd() == f"{place}/real"


def test_the_working_directory_is_passed_on_to_programs(place):
    state = shell(PWD=place)
    call(state, "cd", "real")
    assert state.environment()["PWD"] == f"{place}/real"
    assert state.environment()["OLDPWD"] == place


def test_in_a_removed_directory_pwd_tells_its_last_name_and_cd_leaves_it(place):
    state = shell(PWD=place)
    os.mkdir("gone")
    call(state, "cd", "gone")
    os.rmdir(f"{place}/gone")
    assert call(state, "pwd").output == f"{place}/gone\n"
    assert call(state, "pwd", "-P").status == 1
    assert call(state, "cd", "..").status == 0
    assert (os.getcwd(), state.variables["PWD"]) == (place, place)


def test_pwd_tells_the_logical_path_and_pwd_P_the_physical_one(place):
    state = shell(PWD=place)
    call(state, "cd", "link/inner")
    assert call(state, "pwd").output == f"{place}/link/inner\n"
    assert call(state, "pwd", "-P").output == f"{place}/real/inner\n"


def test_pwd_does_not_believe_a_wrong_PWD(place):
    state = shell(PWD=place)
    state.variables["PWD"] = "/"
    assert call(state, "pwd").output == f"{place}\n"


def test_pwd_heeds_no_operand(place):
    answer = call(shell(PWD=place), "pwd", "x")
    assert (answer.status, answer.output, answer.error) == (0, f"{place}\n", "")


def test_a_path_longer_than_the_kernel_takes_is_reached_step_by_step(place):
    state = shell(PWD=place)
    part = "d" * 200
    for _ in range(25):
        os.mkdir(part)
        answer = call(state, "cd", part)
        assert answer.status == 0, answer.error
    assert state.variables["PWD"] == "/".join([place, *[part] * 25])


def test_two_leading_slashes_are_kept_and_three_are_one(place):
    state = shell(PWD=place)
    call(state, "cd", "//tmp")
    assert state.variables["PWD"] == "//tmp"
    call(state, "cd", "///tmp//./")
    assert state.variables["PWD"] == "/tmp"


def test_the_root_is_its_own_parent(place):
    state = shell(PWD=place)
    call(state, "cd", "/")
    for target in ("..", ".", "tmp", "/../.."):
        assert call(state, "cd", target).status == 0
        assert state.variables["PWD"] == ("/tmp" if target == "tmp" else "/")


def test_a_name_that_is_no_text_passes_through(place):
    name = os.fsdecode(b"\xff\xfe")
    os.mkdir(name)
    state = shell(PWD=place)
    assert call(state, "cd", name).status == 0
    assert call(state, "pwd").output == f"{place}/{name}\n"
