"""Prompts, the banner, the toolbar, and colours."""

import os

import pytest
from prompt_toolkit.output import ColorDepth

from simpsh.repl.line_editor import painted
from simpsh.repl.prompt_style import BUILTIN, STYLE, TOKENS, colour_depth
from simpsh.repl.prompt_text import directory_words, first_prompt, toolbar
from simpsh.shell.language import surface
from simpsh.shell.state import State
from tests.shell.builtins.builtin_calls import services


@pytest.fixture
def state():
    return State({"PATH": "", "HOME": "/h"})


def test_a_prompt_for_another_shell_is_not_inherited_and_a_typed_one_gets_a_remark(
    monkeypatch, capfd
):
    for given, shown in {
        r"(.venv) \u@\h:\w\$ ": ">> ",
        r"\[\e[31m\]> ": ">> ",
        "(.venv) %n@%m %1~ %# ": ">> ",
        "mine> ": "mine> ",
        "% ": "% ",
    }.items():
        monkeypatch.setenv("PS1", given)
        asking = services(State({"PS1": given}))
        assert first_prompt(asking) == shown
        asking.state.assign("PS1", given + "!!")
        assert first_prompt(asking) == asking.prompted(given) + "!"
        assert ("in PS1 are bash's" in capfd.readouterr().err) == (shown == ">> ")


def test_a_prompt_is_expanded_without_side_effects(state):
    asking = services(state)
    state.last_status, state.history = 3, ["a", "b"]
    for text, shown in {
        "${HOME}$NOSUCH [$?]> ": "/h [3]> ",
        "$((1 + 1)) $(echo a; exit 4)`echo b` ": "2 ab ",
        "!:!!$! ": "3:! ",
        **{text: text for text in ("$ ", "a$", "${HOME", "${nosuch?}")},
    }.items():
        state.assign("PS1", text)
        assert first_prompt(asking) == shown, text
    assert (state.last_status, state.last_substitution) == (3, None)


def test_the_record_of_a_line_has_no_process_of_a_prompt():
    asking = services(State({"PATH": "/usr/bin:/bin"}, is_interactive=True))
    asking.keep_record()
    try:
        assert asking.prompted("$(sh -c 'exit 3')> ") == "> "
        assert asking.state.record.acts(asking.state.record.present) == []
    finally:
        for file in asking.launcher.context.kept_in_copies:
            os.close(file)


# -- the toolbar


def test_a_failure_names_the_key_that_explains_it(state):
    for status, shown in ((0, "status 0"), (3, "status 3 (F1: why?)")):
        state.last_status = status
        assert toolbar(state, "", 10) == shown
    state.last_status = 127
    whole, short = toolbar(state, "", 80), "status 127 (F1: why?)"
    assert (len(whole) > len(short), toolbar(state, "", len(whole))) == (True, short)


def test_a_long_directory_is_shortened_to_its_end(state):
    for columns, directory in {
        30: " · ~/lab/fork-and-exec",
        29: " · …lab/fork-and-exec",
        23: " · …rk-and-exec",
        22: "",
    }.items():
        shown = toolbar(state, "~/lab/fork-and-exec", columns)
        assert shown == f"status 0{directory}"


def test_a_directory_is_abbreviated_with_a_tilde(state, tmp_path, monkeypatch):
    (tmp_path / "a\tb").mkdir()
    state.variables["HOME"] = str(tmp_path)
    for directory, words in ((tmp_path, "~"), (tmp_path / "a\tb", "~/a\\tb"), ("/usr", "/usr")):
        monkeypatch.chdir(directory)
        state.variables["PWD"] = str(directory)
        assert directory_words(state) == words
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    state.variables["PWD"] = f"{tmp_path}/gone"
    (tmp_path / "gone").rmdir()
    assert directory_words(state) == f"{tmp_path}/gone (it was removed)"


def test_every_kind_of_token_has_a_colour_of_the_palette_but_neither_black_nor_white():
    for kind, style in TOKENS.items():
        look = STYLE.get_attrs_for_style_str(style)
        assert look.color or look.bold or look.dim or kind == surface.WORD, kind
        assert look.color not in ("ansiblack", "ansibrightblack", "ansigray", "ansiwhite"), kind


def test_no_color_and_a_vt100_have_no_colours():
    for variables, depth in (
        ({"TERM": "xterm-256color"}, ColorDepth.DEPTH_4_BIT),
        ({"TERM": "vt100"}, ColorDepth.DEPTH_1_BIT),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, ColorDepth.DEPTH_1_BIT),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, ColorDepth.DEPTH_4_BIT),
    ):
        assert colour_depth(variables) is depth, variables


def test_a_line_is_painted_by_the_shells_own_tokens():
    builtin, quoted = TOKENS[BUILTIN], TOKENS[surface.SINGLE_QUOTED]
    assert painted("cd 'a\nb' x") == [
        [(builtin, "cd"), ("", " "), (quoted, "'a")],
        [(quoted, "b'"), ("", " "), ("", "x")],
    ]
    # A quote that is still being typed is not an error; a left-out construct is.
    assert painted('echo "a b')[0][-1] == (quoted, '"a b')
    assert painted("select")[0] == [(TOKENS[surface.ERROR], "select")]
