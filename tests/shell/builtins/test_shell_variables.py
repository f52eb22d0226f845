"""read, set, export, unset and shift where dash is not the model: errors and their effects."""

from __future__ import annotations

import os
import random

import pytest

from simpsh.base.errors import SimpshError
from simpsh.shell.builtins.builtin_registry import find
from simpsh.shell.builtins.shell_variables import fields
from simpsh.shell.state import Exported
from tests.shell.builtins.builtin_calls import call, services, shell


def test_bytes_that_are_not_text_pass_through_and_nul_is_dropped():
    state = shell()
    call(state, "read", "a", given=b"\xff\0\xfe\n")
    assert os.fsencode(state.variables["a"]) == b"\xff\xfe"


def test_d_ends_the_line_at_another_character_and_leaves_the_rest():
    state = shell()
    assert call(state, "read", "-d", ":", "x", "y", given=b"a b\nc:rest").status == 0
    assert (state.variables["x"], state.variables["y"]) == ("a", "b\nc")
    assert call(state, "read", "-d", "", "x", given=b"a\nb\0rest").status == 0
    assert state.variables["x"] == "a\nb"
    assert call(state, "read", "-d", ":", "x", given=b"a\\:b\\\nc").status == 1
    assert state.variables["x"] == "a:bc"


def test_a_line_is_split_at_blanks_in_the_same_way_whichever_order_ifs_has():
    # The default order has a shorter way.
    chance = random.Random(0)
    for _ in range(2000):
        text = "".join(chance.choices("ab \t\xa0\u3000é\\", k=chance.randrange(9)))
        count = chance.randrange(1, 5)
        assert fields(text, text, " \t\n", count) == fields(text, text, "\n\t ", count), (
            text,
            count,
        )
    assert fields(" a  b c ", " a  b c ", " \t\n", 2) == ["a", "b c"]
    assert fields("", "", "", 2) == ["", ""]


def test_read_reports_why_its_input_cannot_be_read(tmp_path):
    descriptor = os.open(tmp_path, os.O_RDONLY)
    answer = call(shell(), "read", "a", given=descriptor)
    os.close(descriptor)
    assert (answer.status, answer.error) == (1, "read: standard input: Is a directory\n")
    saved = os.dup(0)
    try:
        state = shell()
        acting = services(state)
        os.close(0)
        with pytest.raises(SimpshError, match=r"^standard input: Bad file descriptor$"):
            find("read").run(state, acting, ["a"])
    finally:
        os.dup2(saved, 0)
        os.close(saved)


def test_misuse_of_a_builtin_has_status_2_and_changes_nothing():
    for line in (
        *("read", "read 1a", "read -x a", "read a ''", "read -d", "shift 4", "shift -1", "shift x"),
        *("shift 1 1", "unset 1x", "unset PPID", "set -q", "set -o nosuch", "set +q", "set -ez"),
        *(f"{name} {word}" for name in ("export", "unset") for word in ("1a", "''", "a-b", "é")),
        *("export =x", "unset =x"),
    ):
        state = shell()
        state.positional = ["a", "b", "c"]
        name, *operands = (word.strip("'") for word in line.split())
        assert call(state, name, *operands, given=b"x\n").status == 2, line
        assert state.positional == ["a", "b", "c"]


def test_export_and_unset_mark_and_remove():
    state = shell(A="it's", B="x\ny")
    state.exported = Exported("ABC")
    listing = "export A='it'\"'\"'s'\nexport B='x\ny'\nexport C\n"
    assert call(state, "export", "-p").output == call(state, "export").output == listing
    # Names before an invalid one are exported; a name without a value is not in the environment.
    call(state, "export", "D=1", "1b=2")
    assert state.environment()["D"] == "1"
    assert "C" not in state.environment()
    # There is no variable with this name.
    assert call(state, "unset", "A=B").status == 0
    call(state, "unset", "-v", "A", "NOSUCH")
    state.assign("A", "2")
    assert "A" not in state.environment()


def test_options_are_listed_in_both_forms_and_only_one_editor_mode_is_on():
    state = shell()
    call(state, "set", "-o", "pipefail")
    listing = call(state, "set", "-o").output
    assert "errexit         off\n" in listing
    assert "pipefail        on\n" in listing
    again = call(state, "set", "+o").output
    assert "set -o pipefail\n" in again
    assert "set +o errexit\n" in again
    call(state, "set", "-o", "vi")
    assert (state.options.vi, state.options.emacs) == (True, False)
    call(state, "set", "-o", "emacs")
    assert (state.options.vi, state.options.emacs) == (False, True)
