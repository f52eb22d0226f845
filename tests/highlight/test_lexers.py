"""The Pygments lexers: they lose nothing, and name things as the shell sees them."""

from pygments.lexers import get_lexer_by_name
from pygments.token import (
    STANDARD_TYPES,
    Comment,
    Error,
    Generic,
    Name,
    Operator,
    String,
    Text,
    string_to_tokentype,
)

from simpsh.highlight.lexers import SimpshLexer, SimpshSessionLexer
from simpsh.highlight.token_names import NAMES, pieces
from tests.support.properties import given, st

TEXTS = st.one_of(
    st.text(max_size=60), st.text(alphabet="ab $(){}`'\"\\|;&<>=\n!#~*E", max_size=60)
)


@given(TEXTS)
def test_the_pieces_joined_are_the_text(text):
    found = [*SimpshLexer().get_tokens_unprocessed(text)]
    assert "".join(piece for _, _, piece in found) == text
    assert all(text.startswith(piece, start) for start, _, piece in found)


def _named(lexer, text):
    return [(kind, piece) for _, kind, piece in lexer.get_tokens_unprocessed(text) if piece.strip()]


def test_the_words_of_the_language_are_distinguished():
    # tests/shell/language/test_surface.py tests the tokens themselves.
    assert _named(SimpshLexer(), "cd /tmp && ls *.c # count") == [
        (Name.Builtin, "cd"),
        (Text, "/tmp"),
        (Operator, "&&"),
        (Name.Function, "ls"),
        (Text, "*.c"),
        (Comment, "# count"),
    ]
    # Syntax that the shell refuses is an error.
    for text in ("|&", "'never closed", ")"):
        assert _named(SimpshLexer(), text) == [(Error, text)]


def test_a_session_has_prompts_commands_and_output():
    session = ">> cat 'a\n.. b'\nfile\n>>\n"
    assert _named(SimpshSessionLexer(), session) == [
        (Generic.Prompt, ">> "),
        (Name.Function, "cat"),
        (String.Single, "'a\n"),
        (Generic.Prompt, ".. "),
        (String.Single, "b'"),
        (Generic.Output, "file\n"),
        (Generic.Prompt, ">>"),
    ]


def test_each_kind_of_token_has_a_name_of_pygments():
    assert {string_to_tokentype(name) for name in NAMES.values() if name} <= {*STANDARD_TYPES}
    text = "ls 'a' \"b\" $x $(d) >f # g\nif i; then a &>j; (("
    assert " ".join(name for name, _ in pieces(text) if name).split() == [
        *("Name.Function", "String.Single", "String.Double", "Name.Variable"),
        *("String.Interpol", "Name.Function", "String.Interpol", "Operator.Word", "Comment"),
        *("Keyword", "Name.Function", "Operator", "Keyword", "Name.Function"),
        *("Operator", "Operator.Word", "Operator", "Operator"),
    ]
    # Forms of another shell that this one refuses.
    assert [*pieces("echo ${x^}")] == [("Name.Builtin", "echo"), ("", " "), ("Error", "${x^}")]


def test_each_lexer_is_found_by_its_names():
    for lexer, name in ((SimpshLexer, "simpsh"), (SimpshSessionLexer, "simpsh-session")):
        assert (lexer.name, lexer.aliases) == (name.replace("-", " "), (name,))
        assert (lexer.filenames, lexer.mimetypes) == ((f"*.{name}",), (f"text/x-{name}",))
        assert type(get_lexer_by_name(name)) is lexer
