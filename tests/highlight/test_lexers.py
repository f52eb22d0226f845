"""The Pygments lexers: they lose nothing, and name things as the shell sees them."""

from __future__ import annotations

import pytest
from pygments.token import Comment, Error, Generic, Keyword, Name, Operator, String, Text

from simpsh.highlight.lexers import SimpshLexer, SimpshSessionLexer
from tests.support.properties import given, st

TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="ab $(){}`'\"\\|;&<>=\n!#~*E", max_size=60),
    st.lists(st.sampled_from([">> ", ".. ", ">>", "ls 'a\n", "b'\n", "\n", "x\r\n", "[1]+"])).map(
        "".join
    ),
)


@given(TEXTS)
def test_the_pieces_joined_are_the_text(text):
    found = list(SimpshLexer().get_tokens_unprocessed(text))
    assert "".join(piece for _, _, piece in found) == text
    assert [text[start : start + len(piece)] for start, _, piece in found] == [p for *_, p in found]


@given(TEXTS)
def test_the_pieces_of_a_session_joined_are_the_text(text):
    found = list(SimpshSessionLexer().get_tokens_unprocessed(text))
    assert "".join(piece for _, _, piece in found) == text
    assert [text[start : start + len(piece)] for start, _, piece in found] == [p for *_, p in found]


def _named(lexer, text):
    return [(kind, piece) for _, kind, piece in lexer.get_tokens_unprocessed(text) if piece.strip()]


def test_commands_builtins_operators_and_words_are_told_apart():
    assert _named(SimpshLexer(), "cd /tmp && ls *.c | wc >n # count") == [
        (Name.Builtin, "cd"),
        (Text, "/tmp"),
        (Operator, "&&"),
        (Name.Function, "ls"),
        (String.Regex, "*"),
        (Text, ".c"),
        (Operator, "|"),
        (Name.Function, "wc"),
        (Operator.Word, ">"),
        (Text, "n"),
        (Comment, "# count"),
    ]


def test_variables_quotes_and_substitutions_are_told_apart():
    assert _named(SimpshLexer(), "A=1 time echo 'x' $A $(ps) ~") == [
        (Name.Variable, "A="),
        (Text, "1"),
        (Name.Function, "time"),
        (Text, "echo"),
        (String.Single, "'x'"),
        (Name.Variable, "$A"),
        (String.Interpol, "$("),
        (Name.Function, "ps"),
        (String.Interpol, ")"),
        (Name.Constant, "~"),
    ]


def test_reserved_words_are_keywords():
    assert _named(SimpshLexer(), "! time { ls; }")[:3] == [
        (Keyword, "!"),
        (Keyword, "time"),
        (Keyword, "{"),
    ]


@pytest.mark.parametrize("text", ["[[", "'never closed", ")"])
def test_what_the_shell_refuses_is_an_error(text):
    assert _named(SimpshLexer(), text) == [(Error, text)]


def test_a_session_has_prompts_commands_reports_and_output():
    session = ">> cat 'a\n.. b'\nfile\n[1]+  Done    ls\nsimpsh: cat: no\n[v]: Child process\n>>\n"
    assert _named(SimpshSessionLexer(), session) == [
        (Generic.Prompt, ">> "),
        (Name.Function, "cat"),
        (String.Single, "'a\n"),
        (Generic.Prompt, ".. "),
        (String.Single, "b'"),
        (Generic.Output, "file\n"),
        (Generic.Subheading, "[1]+  Done    ls\n"),
        (Generic.Error, "simpsh: cat: no\n"),
        (Generic.Subheading, "[v]: Child process\n"),
        (Generic.Prompt, ">>"),
    ]
