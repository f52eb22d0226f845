"""The runner of scripts, tried on shells whose behaviour is known."""

from __future__ import annotations

import pytest

from tests.support.shells import BASH, FORMS, DidNotEnd, File, run

pytestmark = pytest.mark.skipif(not BASH.is_installed(), reason="bash is not installed")


@pytest.mark.parametrize("form", FORMS)
def test_everything_that_a_script_leaves_is_collected(form):
    outcome = run(BASH, "printf out; printf err >&2; mkdir d; printf x >d/f; exit 3", form=form)
    assert outcome.stdout == b"out"
    assert outcome.stderr == b"err"
    assert outcome.status == 3
    assert outcome.files == {"d": File("directory", 0o755), "d/f": File("file", 0o644, b"x")}


def test_links_fifos_and_unreadable_files_are_told_apart():
    files = run(BASH, "ln -s there link; mkfifo pipe; umask 777; printf x >shut").files
    assert files == {
        "link": File("link", 0o777, b"there"),
        "pipe": File("fifo", 0o644),
        "shut": File("file", 0, b"x"),
    }


def test_a_script_that_hangs_is_ended_at_the_deadline():
    with pytest.raises(DidNotEnd, match="before"):
        run(BASH, "set -m; printf before; sleep 775 & sleep 776", seconds=0.5)

    # The watch of conftest.py fails this test if it is.


def test_the_environment_holds_nothing_of_the_machine():
    names = {line.partition("=")[0] for line in run(BASH, "env").text.splitlines()}
    assert names == {
        "HOME", "LC_ALL", "PATH", "TERM", "TMPDIR", "PWD", "SHLVL", "_",
        "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME",
    }  # fmt: skip
