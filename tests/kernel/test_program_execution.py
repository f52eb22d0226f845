"""Programs are found along PATH as execvp(3) finds them, and a failure is explained."""

import errno

import pytest

from simpsh.kernel.program_execution import (
    execute_along_path,
    explanation,
    file_to_execute,
    find_program,
    is_text,
    locate,
    search_path,
)
from tests.harness.process import as_ordinary_user


@pytest.fixture
def directories(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for directory in (first, second):
        directory.mkdir()
    (first / "plain").write_text("")
    (first / "both").write_text("")
    (second / "both").write_text("#!/bin/sh\n")
    (second / "both").chmod(0o755)
    (first / "folder").mkdir()
    (second / "dangling").symlink_to("nowhere")
    (second / "plain").symlink_to("nowhere")
    return f"{first}:{second}"


def test_the_first_program_is_found_or_the_first_failure_other_than_a_missing_file(
    directories, monkeypatch
):
    first, second = directories.split(":")
    assert locate("both", directories) == (f"{second}/both", 0)
    assert find_program("both", directories) == f"{second}/both"
    assert locate("plain", directories) == (f"{first}/plain", errno.EACCES)
    assert locate("dangling", directories) == (f"{second}/dangling", errno.ENOENT)
    for name in ("nosuch", "folder"):
        assert locate(name, directories) == (name, errno.ENOENT)
    assert find_program("plain", directories) is None
    # A name with a slash is not searched for; an empty entry of PATH is the working directory.
    assert locate("./nosuch", directories) == ("./nosuch", 0)
    assert file_to_execute("./nosuch", {"PATH": directories}) == "./nosuch"
    monkeypatch.chdir(second)
    assert locate("both", ":/nonexistent") == ("./both", 0)
    assert search_path({}) == "/usr/bin:/bin"
    # POSIX defines the statuses.
    assert explanation(("x",), "x", errno.ENOENT)[1] == 127
    assert explanation(("./x",), "./x", errno.EACCES)[1] == 126


def test_a_directory_that_may_not_be_searched_holds_no_program(directories, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    path = f"{closed}:/usr/bin"

    def as_somebody_else():
        assert find_program("true", path) == "/usr/bin/true"
        assert locate("nosuch", path) == ("nosuch", errno.ENOENT)
        assert execute_along_path(("nosuch",), {}, path)[1] == 127
        assert explanation((f"{closed}/x",), f"{closed}/x", errno.EACCES)[1] == 126

    as_ordinary_user(as_somebody_else)


@pytest.mark.parametrize(
    ("content", "is_so"),
    [
        (b"", True),
        (b"echo \xc3\xa4\t\x1b[31m\n", True),
        (b"echo\n\0", True),
        (b"\x7fELF\0\1", False),
        (b"\0\n", False),
    ],
)
def test_a_file_is_text_by_its_first_line(content, is_so, tmp_path):
    (tmp_path / "file").write_bytes(content)
    assert is_text(str(tmp_path / "file")) is is_so
