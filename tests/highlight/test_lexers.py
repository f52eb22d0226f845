"""The Pygments lexers: they lose nothing, and name things as the shell sees them."""

from __future__ import annotations

import pytest
from pygments.token import Comment, Error, Generic, Name, Operator, String, Text

from simpsh.highlight.lexers import SimpshLexer, SimpshSessionLexer
from tests.support.properties import given, st

TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="ab $(){}`'\"\\|;&<>=\n!#~*E", max_size=60),
    st.lists(st.sampled_from([">> ", ".. ", ">>", "ls 'a\n", "b'\n", "\n", "x\r\n", "[1]+"])).map(
        "".join
    ),
)


@pytest.mark.slow
@given(TEXTS)
def test_the_pieces_joined_are_the_text(text):
    for lexer in (SimpshLexer(), SimpshSessionLexer()):
        found = [*lexer.get_tokens_unprocessed(text)]
        assert "".join(piece for _, _, piece in found) == text
        assert all(text.startswith(piece, start) for start, _, piece in found)


def _named(lexer, text):
    return [(kind, piece) for _, kind, piece in lexer.get_tokens_unprocessed(text) if piece.strip()]


def test_the_words_of_the_language_are_distinguished():
    # tests/shell/language/test_tolerant.py tests the tokens themselves.
    assert _named(SimpshLexer(), "cd /tmp && ls *.c # count") == [
        (Name.Builtin, "cd"),
        (Text, "/tmp"),
        (Operator, "&&"),
        (Name.Function, "ls"),
        (String.Regex, "*"),
        (Text, ".c"),
        (Comment, "# count"),
    ]
    # Syntax that the shell refuses is an error.
    for text in ("[[", "'never closed", ")"):
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
