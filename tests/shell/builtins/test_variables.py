"""export, unset, shift, set and what they print."""

from __future__ import annotations

import pytest

from tests.shell.builtins.builtin_calls import call, shell
from tests.support.shells import DASH, run


def test_export_marks_a_variable_and_may_set_it():
    state = shell()
    state.assign("A", "1")
    call(state, "export", "A", "B=2", "C")
    environment = state.environment()
    assert (environment["A"], environment["B"]) == ("1", "2")
    assert "C" not in environment


def test_export_lists_in_words_that_can_be_read_back():
    state = shell(A="it's", B="x\ny")
    state.exported = {"A", "B", "C"}
    assert call(state, "export", "-p").output == (
        "export A='it'\"'\"'s'\nexport B='x\ny'\nexport C\n"
    )
    assert call(state, "export").output == call(state, "export", "-p").output


@pytest.mark.parametrize("name", ["1a", "", "a-b", "é", "=x"])
def test_export_and_unset_refuse_what_is_no_name(name):
    assert call(shell(), "export", name).status == 2
    assert call(shell(), "unset", name).status == 2


def test_what_came_before_a_bad_name_is_exported():
    state = shell()
    call(state, "export", "A=1", "1b=2")
    assert state.environment()["A"] == "1"


def test_unset_removes_a_variable_with_its_mark_and_with_f_functions_only():
    state = shell(A="1", f="x")
    assert call(state, "unset", "-f", "f").status == 0
    # There is no variable of this name.
    assert call(state, "unset", "A=B").status == 0
    assert (state.variables["A"], state.variables["f"]) == ("1", "x")
    assert call(state, "unset", "1x").status == 2
    assert call(state, "unset", "PPID").status == 2
    call(state, "unset", "-v", "A", "NOSUCH")
    assert "A" not in state.variables
    state.assign("A", "2")
    assert "A" not in state.environment()


@pytest.mark.parametrize(
    ("operands", "left"),
    [((), ["b", "c"]), (("0",), ["a", "b", "c"]), (("2",), ["c"]), (("3",), [])],
)
def test_shift_drops_the_first_parameters(operands, left):
    state = shell()
    state.positional = ["a", "b", "c"]
    assert call(state, "shift", *operands).status == 0
    assert state.positional == left


@pytest.mark.parametrize("operands", [("4",), ("-1",), ("x",), ("1", "1")])
def test_shift_of_what_cannot_be_is_misuse_and_changes_nothing(operands):
    state = shell()
    state.positional = ["a", "b", "c"]
    assert call(state, "shift", *operands).status == 2
    assert state.positional == ["a", "b", "c"]


@pytest.mark.skipif(not DASH.is_installed(), reason="dash is not installed")
def test_set_lists_every_variable_in_words_that_dash_reads_back():
    state = shell(A="it's $x `y`\n\\", PWD="/")
    state.unset("PWD")
    state.variables.pop("PPID")
    listing = call(state, "set").output
    read_back = run(DASH, listing + 'printf "%s" "$A" "$IFS"')
    assert read_back.text == "it's $x `y`\n\\ \t\n"


@pytest.mark.parametrize(
    ("words", "positional", "letters"),
    [
        (("a", "b"), ["a", "b"], ""),
        (("--",), [], ""),
        (("--", "-e"), ["-e"], ""),
        (("-e",), ["old"], "e"),
        (("-eu", "x"), ["x"], "eu"),
        (("-fC", "+f", "--", "+u"), ["+u"], "C"),
        (("-",), ["old"], ""),
        (("-e", "-", "-u"), ["-u"], "e"),
        (("-o", "noglob", "-o", "nounset", "y"), ["y"], "fu"),
        (("-eo", "pipefail", "y"), ["y"], "e"),
    ],
)
def test_set_takes_options_then_positional_parameters(words, positional, letters):
    state = shell()
    state.positional = ["old"]
    assert call(state, "set", *words).status == 0
    assert state.positional == positional
    assert sorted(state.options.letters()) == sorted(letters)


@pytest.mark.parametrize("words", [("-q",), ("-o", "nosuch"), ("+q",), ("-ez",)])
def test_set_refuses_an_option_it_does_not_have(words):
    assert call(shell(), "set", *words).status == 2


def test_set_o_lists_and_set_plus_o_lists_as_commands():
    state = shell()
    call(state, "set", "-o", "pipefail")
    assert "errexit         off\n" in call(state, "set", "-o").output
    assert "pipefail        on\n" in call(state, "set", "-o").output
    again = call(state, "set", "+o").output
    assert "set -o pipefail\n" in again
    assert "set +o errexit\n" in again


def test_keys_are_those_of_one_editor_only():
    state = shell()
    call(state, "set", "-o", "vi")
    assert (state.options.vi, state.options.emacs) == (True, False)
    call(state, "set", "-o", "emacs")
    assert (state.options.vi, state.options.emacs) == (False, True)
