"""read: how a line becomes variables, and what is left for the next reader."""

from __future__ import annotations

import os

import pytest

from simpsh.base.errors import SimpshError
from simpsh.shell.builtins.builtin_registry import find
from tests.shell.builtins.builtin_calls import call, services, shell
from tests.support.shells import DASH, run

CASES = [
    # IFS (None: as it is), the variables' names, the line; then their values and the status.
    (None, "ab", b"x y\n", "x|y|0"),
    (None, "ab", b"  x   y  \n", "x|y|0"),
    (None, "ab", b"x y z  \n", "x|y z|0"),
    (None, "a", b"  x  y  \n", "x  y|0"),
    (None, "abc", b"x\n", "x|||0"),
    (None, "ab", b"\n", "||0"),
    (None, "ab", b"x\\ y z\n", "x y|z|0"),
    (None, "ab", b"x y\\ \n", "x|y |0"),
    (None, "ab", b"x\\\ny z\n", "xy|z|0"),
    (None, "ab", b"x \\\\ z\n", "x|\\ z|0"),
    (":", "ab", b"x:y\n", "x|y|0"),
    (":", "ab", b"x:y:\n", "x|y|0"),
    (":", "ab", b"x:y:z:\n", "x|y:z:|0"),
    (":", "ab", b"::x\n", "|:x|0"),
    (":", "ab", b":\n", "||0"),
    (":", "a", b"x:\n", "x|0"),
    (":", "a", b"x::\n", "x::|0"),
    (":", "ab", b"x\\:y:z\n", "x:y|z|0"),
    (", ", "ab", b" x , y , \n", "x|y|0"),
    (", ", "ab", b" x , y ,, \n", "x|y ,,|0"),
    (", ", "ab", b"x ,, y\n", "x|, y|0"),
    (", ", "a", b"x, \n", "x|0"),
    (", ", "a", b"x ,y, \n", "x ,y,|0"),
    ("", "ab", b"  x  y \n", "  x  y ||0"),
    ("x", "ab", b"axbxc\n", "a|bxc|0"),
    (" x", "ab", b" a x b x \n", "a|b|0"),
    (" \\", "ab", b"a\\\\b c\n", "a\\b|c|0"),
    ("\n", "ab", b"x y\n", "x y||0"),
]


@pytest.mark.parametrize(("separators", "names", "line", "expected"), CASES)
def test_a_line_is_split_as_posix_says(separators, names, line, expected):
    state = shell()
    if separators is not None:
        state.assign("IFS", separators)
    status = call(state, "read", *names, given=line).status
    assert "|".join([*(state.variables[name] for name in names), str(status)]) == expected


@pytest.mark.skipif(not DASH.is_installed(), reason="dash is not installed")
@pytest.mark.parametrize(("separators", "names", "line", "expected"), CASES)
def test_dash_splits_the_same_line_the_same_way(separators, names, line, expected):
    prefix = "" if separators is None else f"IFS='{separators}' "
    values = "|".join(f"${{{name}}}" for name in names)
    script = f'{prefix}read {" ".join(names)}; s=$?; printf "%s" "{values}|$s"'
    assert run(DASH, script, given=line).text == expected


def test_r_leaves_backslashes_as_they_are():
    state = shell()
    call(state, "read", "-r", "a", "b", given=b"x\\ y\\\n")
    assert (state.variables["a"], state.variables["b"]) == ("x\\", "y\\")


def test_end_of_file_before_a_newline_is_1_and_the_variables_are_set():
    state = shell()
    assert call(state, "read", "a", given=b"last").status == 1
    assert state.variables["a"] == "last"
    assert call(state, "read", "a", given=b"").status == 1
    assert state.variables["a"] == ""


def test_without_IFS_the_default_separators_hold():
    state = shell()
    state.unset("IFS")
    call(state, "read", "a", "b", given=b"x\ty\n")
    assert (state.variables["a"], state.variables["b"]) == ("x", "y")


def test_from_a_pipe_not_a_byte_more_than_the_line_is_taken():
    read_end, write_end = os.pipe()
    os.write(write_end, b"one\\\nmore\nthe rest")
    os.close(write_end)
    state = shell()
    call(state, "read", "a", given=read_end)
    assert state.variables["a"] == "onemore"
    assert os.read(read_end, 100) == b"the rest"
    os.close(read_end)


def test_in_a_file_the_offset_is_left_right_behind_the_line(tmp_path):
    (tmp_path / "file").write_bytes(b"one\n" + b"x" * 10000)
    descriptor = os.open(tmp_path / "file", os.O_RDONLY)
    call(shell(), "read", "a", given=descriptor)
    assert os.lseek(descriptor, 0, os.SEEK_CUR) == 4
    os.close(descriptor)


def test_a_line_longer_than_a_block_is_read_whole():
    state = shell()
    call(state, "read", "a", given=b"x" * 10000 + b"\n")
    assert len(state.variables["a"]) == 10000


def test_bytes_that_are_no_text_pass_through_and_nul_is_dropped():
    state = shell()
    call(state, "read", "a", given=b"\xff\0\xfe\n")
    assert os.fsencode(state.variables["a"]) == b"\xff\xfe"


@pytest.mark.parametrize("operands", [(), ("1a",), ("-x", "a"), ("a", "")])
def test_read_needs_names(operands):
    assert call(shell(), "read", *operands, given=b"x\n").status == 2


def test_read_of_what_cannot_be_read_says_why(tmp_path):
    descriptor = os.open(tmp_path, os.O_RDONLY)
    answer = call(shell(), "read", "a", given=descriptor)
    os.close(descriptor)
    assert (answer.status, answer.error) == (1, "read: standard input: Is a directory\n")


def test_read_of_a_closed_descriptor_says_why():
    saved = os.dup(0)
    try:
        builtin = find("read")
        state = shell()
        acting = services(state)
        os.close(0)
        with pytest.raises(SimpshError, match=r"^standard input: Bad file descriptor$"):
            builtin.run(state, acting, ["a"])
    finally:
        os.dup2(saved, 0)
        os.close(saved)


def test_d_ends_the_line_at_another_character_and_leaves_the_rest():
    state = shell()
    assert call(state, "read", "-d", ":", "x", "y", given=b"a b\nc:rest").status == 0
    assert (state.variables["x"], state.variables["y"]) == ("a", "b\nc")
    assert call(state, "read", "-d", "", "x", given=b"a\nb\0rest").status == 0
    assert state.variables["x"] == "a\nb"
    assert call(state, "read", "-d", ":", "x", given=b"a\\:b\\\nc").status == 1
    assert state.variables["x"] == "a:bc"
