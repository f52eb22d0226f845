"""The runner of scripts, tried on shells whose behaviour is known."""

from __future__ import annotations

import os

import pytest

from tests.support.shells import BASH, FORMS, DidNotEnd, File, Place, run

pytestmark = pytest.mark.skipif(not BASH.is_installed(), reason="bash is not installed")


@pytest.mark.parametrize("form", FORMS)
def test_everything_that_a_script_leaves_is_collected(form):
    outcome = run(BASH, "printf out; printf err >&2; mkdir d; printf x >d/f; exit 3", form=form)
    assert outcome.stdout == b"out"
    assert outcome.stderr == b"err"
    assert outcome.status == 3
    assert outcome.files == {"d": File("directory", 0o755), "d/f": File("file", 0o644, b"x")}


def test_a_script_has_its_own_name_and_arguments():
    assert run(BASH, 'printf %s, "$0" "$@"', arguments=("a b", "")).text == "script,a b,,"
    assert run(BASH, 'printf %s, "$0" "$@"', arguments=("a",), form="file").text == "../script,a,"


def test_links_fifos_and_unreadable_files_are_told_apart():
    files = run(BASH, "ln -s there link; mkfifo pipe; umask 777; printf x >shut").files
    assert files == {
        "link": File("link", 0o777, b"there"),
        "pipe": File("fifo", 0o644),
        "shut": File("file", 0, b"x"),
    }


def test_a_shell_killed_by_a_signal_is_told_from_one_that_exits_so():
    assert run(BASH, "kill -TERM $$").status == -15
    assert run(BASH, "exit 143").status == 143


def test_the_output_of_those_who_outlive_the_shell_is_waited_for():
    assert (
        run(BASH, "mkfifo p; { read x <p; printf $x; } & (exec >p; echo late) & exit 0").text
        == "late"
    )


def test_a_script_that_hangs_is_ended_at_the_deadline():
    with pytest.raises(DidNotEnd, match="before"):
        run(BASH, "set -m; printf before; sleep 775 & sleep 776", seconds=0.5)


def test_a_silent_orphan_is_not_left():
    run(BASH, "setsid true; sleep 777 >/dev/null 2>&1 &")
    # The watch of conftest.py fails this test if it is.


def test_two_runs_in_a_place_see_the_same_paths_and_no_traces():
    with Place() as place:
        first = run(BASH, "pwd; ls; >f", place=place)
        second = run(BASH, "pwd; ls; >f", place=place)
    assert first == second
    assert not os.path.exists(place.base)


def test_the_environment_holds_nothing_of_the_machine():
    names = {line.partition("=")[0] for line in run(BASH, "env").text.splitlines()}
    assert names == {
        "HOME", "LC_ALL", "PATH", "TERM", "TMPDIR", "PWD", "SHLVL", "_",
        "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME",
    }  # fmt: skip
