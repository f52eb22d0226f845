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


def test_cd_through_a_link_keeps_the_links_name(place):
    state = shell(PWD=place)
    assert call(state, "cd", "link").status == 0
    assert state.variables["PWD"] == f"{place}/link"
    assert os.getcwd() == f"{place}/real"


def test_cd_P_goes_by_the_kernels_name(place):
    state = shell(PWD=place)
    call(state, "cd", "-P", "link")
    assert state.variables["PWD"] == f"{place}/real"


def test_the_last_of_L_and_P_counts(place):
    state = shell(PWD=place)
    call(state, "cd", "-PL", "link")
    assert state.variables["PWD"] == f"{place}/link"


def test_dot_dot_goes_back_over_the_link(place):
    state = shell(PWD=place)
    call(state, "cd", "link")
    call(state, "cd", "..")
    assert os.getcwd() == place


def test_dot_dot_with_P_goes_to_the_parent_of_what_the_link_means(place):
    state = shell(PWD=place)
    os.symlink("real/inner", "deep")
    call(state, "cd", "deep")
    call(state, "cd", "-P", "..")
    assert os.getcwd() == f"{place}/real"


def test_what_stands_before_dot_dot_must_exist(place):
    state = shell(PWD=place)
    answer = call(state, "cd", "nosuch/..")
    assert (answer.status, answer.error) == (1, "cd: nosuch/..: No such file or directory\n")
    assert os.getcwd() == place


def test_what_stands_before_dot_dot_must_be_a_directory(place):
    Path("file").touch()
    answer = call(shell(PWD=place), "cd", "file/..")
    assert (answer.status, answer.error) == (1, "cd: file/..: Not a directory\n")


def test_cd_minus_goes_back_and_says_where_that_is(place):
    state = shell(PWD=place)
    call(state, "cd", "real")
    answer = call(state, "cd", "-")
    assert (answer.status, answer.output) == (0, f"{place}\n")
    assert state.variables["OLDPWD"] == f"{place}/real"


def test_cd_minus_needs_a_directory_before(place):
    assert call(shell(PWD=place), "cd", "-").status == 1


def test_cd_alone_goes_home(place):
    state = shell(PWD=place, HOME=f"{place}/real")
    call(state, "cd")
    assert os.getcwd() == f"{place}/real"


@pytest.mark.parametrize("variables", [{}, {"HOME": ""}])
def test_cd_alone_without_a_home_fails(place, variables):
    assert call(shell(PWD=place, **variables), "cd").status == 1
    assert os.getcwd() == place


def test_an_empty_operand_names_no_directory(place):
    assert call(shell(PWD=place), "cd", "").status == 1


def test_two_operands_are_misuse(place):
    assert call(shell(PWD=place), "cd", "real", "link").status == 2


def test_a_directory_found_along_cdpath_is_told(place):
    state = shell(PWD=place, CDPATH=f"{place}/nosuch:{place}/real")
    answer = call(state, "cd", "inner")
    assert (answer.status, answer.output) == (0, f"{place}/real/inner\n")


def test_an_empty_entry_of_cdpath_is_the_working_directory_and_is_not_told(place):
    answer = call(shell(PWD=place, CDPATH=f":{place}/real"), "cd", "real")
    assert (answer.status, answer.output) == (0, "")
    assert os.getcwd() == f"{place}/real"


def test_cdpath_does_not_hold_for_names_that_begin_with_a_dot(place):
    answer = call(shell(PWD=place, CDPATH=f"{place}/real"), "cd", "./inner")
    assert answer.status == 1


def test_a_failing_cd_changes_nothing(place):
    state = shell(PWD=place)
    answer = call(state, "cd", "nosuch")
    assert (answer.status, answer.error) == (1, "cd: nosuch: No such file or directory\n")
    assert state.variables["PWD"] == place
    assert "OLDPWD" not in state.variables


def test_the_working_directory_is_passed_on_to_programs(place):
    state = shell(PWD=place)
    call(state, "cd", "real")
    assert state.environment()["PWD"] == f"{place}/real"
    assert state.environment()["OLDPWD"] == place


def test_a_removed_directory_can_be_left_upwards(place):
    state = shell(PWD=place)
    os.mkdir("gone")
    call(state, "cd", "gone")
    os.rmdir(f"{place}/gone")
    assert call(state, "cd", "..").status == 0
    assert (os.getcwd(), state.variables["PWD"]) == (place, place)


def test_pwd_P_fails_in_a_removed_directory_and_pwd_tells_its_last_name(place):
    state = shell(PWD=place)
    os.mkdir("gone")
    call(state, "cd", "gone")
    os.rmdir(f"{place}/gone")
    assert call(state, "pwd").output == f"{place}/gone\n"
    assert call(state, "pwd", "-P").status == 1


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
