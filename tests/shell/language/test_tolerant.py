"""Tokens for highlighting: of any text, and in agreement with the parser."""

import os

import pytest

from simpsh.base.errors import LeftOut, SyntaxMistake
from simpsh.shell.language.input_source import MAX_DEPTH
from simpsh.shell.language.parser import parse
from simpsh.shell.language.tolerant_lexer import Token, tokens
from tests.shell.language.test_printing import FRAGMENTS
from tests.support.properties import given, settings, st

EXAMPLES = int(os.environ.get("SIMPSH_EXAMPLES", "100"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ls -l", "command:ls word:-l"),
        ("a|b;c", "command:a operator:| command:b operator:; command:c"),
        ("a&&b||c&d", "command:a operator:&& command:b operator:|| command:c operator:& command:d"),
        ("x=y a b=c", "assignment:x= word:y command:a word:b=c"),
        ("x=$y a", "assignment:x= parameter:$y command:a"),
        (">f a 2>>g", "redirection:> word:f command:a redirection:2>> word:g"),
        ("(a b) {", "operator:( command:a word:b operator:) word:{"),
        ("{ a; }", "reserved:{ command:a operator:; reserved:}"),
        ("! time -p a", "reserved:! reserved:time reserved:-p command:a"),
        ("echo ! { time", "command:echo word:! word:{ word:time"),
        ("*.c a?[b-c]d[", "pattern:* command:.c word:a pattern:?[b-c] word:d["),
        ("a=* b[!]]", "assignment:a= word:* command:b pattern:[!]]"),
        ("a ~/b ~c", "command:a tilde:~ word:/b tilde:~c"),
        ("a=~:~b c", "assignment:a= tilde:~ word:: tilde:~b command:c"),
        ("a $x${y}z", "command:a parameter:$x parameter:${y} word:z"),
        ("a 'b'c\"d\"", "command:a single_quoted:'b' word:c double_quoted:\"d\""),
        ('"a"b', 'double_quoted:"a" command:b'),
        (r"a \* b\c", r"command:a escaped:\* word:b escaped:\c"),
        ("a$ b", "command:a$ word:b"),
        ("$(a b)", "substitution:$( command:a word:b substitution:)"),
        ("`a b`", "substitution:` command:a word:b substitution:`"),
        ("a $(b $(c))d", "command:a substitution:$( command:b substitution:$( command:c"
                         " substitution:) substitution:) word:d"),
        ("a # b", ["command:a", "comment:# b"]),
        ("if a", "reserved:if command:a"),
        ("a;done", "command:a operator:; error:done"),
        ("if a; then b; elif c; then d; else e; fi",
         "reserved:if command:a operator:; reserved:then command:b operator:; reserved:elif"
         " command:c operator:; reserved:then command:d operator:; reserved:else command:e"
         " operator:; reserved:fi"),
        ("while a; do b; done; done", "reserved:while command:a operator:; reserved:do command:b"
                                      " operator:; reserved:done operator:; error:done"),
        ("for x in if *; do a; done", "reserved:for word:x reserved:in word:if pattern:* operator:;"
                                      " reserved:do command:a operator:; reserved:done"),
        ("case x in (a|if) b;; *) c;& esac",
         "reserved:case word:x reserved:in operator:( word:a operator:| word:if operator:)"
         " command:b operator:;; pattern:* operator:) command:c operator:;& reserved:esac"),
        ("$(case x in a) b;; esac) d", "substitution:$( reserved:case word:x reserved:in word:a"
         " operator:) command:b operator:;; reserved:esac substitution:) word:d"),
        ("f ( ) { a; }", "command:f operator:( operator:) reserved:{ command:a operator:;"
                         " reserved:}"),
        ("a &>b", "command:a operator:& redirection:> word:b"),
        ("echo (a)", "command:echo operator:( command:a operator:)"),
        ("if a; fi", "reserved:if command:a operator:; error:fi"),
        ("[[ a", "left_out:[[ word:a"),
        ("a $((1+$b))c", "command:a arithmetic:$((1+ parameter:$b arithmetic:)) word:c"),
        ('a "$(((1)))"', 'command:a double_quoted:" arithmetic:$(((1))) double_quoted:"'),
        ("a ${x:-y*}z", "command:a parameter:${x:- word:y* parameter:} word:z"),
        ("a ${#x}${x%%.*}", "command:a parameter:${#x} parameter:${x%% word:.* parameter:}"),
        ('"${x-$(a)}"', 'double_quoted:" parameter:${x- substitution:$( command:a substitution:)'
                        ' parameter:} double_quoted:"'),
        ("x=${y-'a'$b}", "assignment:x= parameter:${y- single_quoted:'a' parameter:$b parameter:}"),
        ("a ${x:1}", "command:a left_out:${x:1}"),
        ("a $((1", "command:a arithmetic:$((1"),
        ("a ${x-b", "command:a parameter:${x- word:b"),
        ("a <(b)", "command:a left_out:<( command:b left_out:)"),
        ("a=(b)", "assignment:a= left_out:( word:b left_out:)"),
        ("a {fd}>b", "command:a left_out:{fd}> word:b"),
        ("for ((;;)) do a; done", "reserved:for left_out:(( arithmetic:;; left_out:)) reserved:do "
            "command:a operator:; reserved:done"),
        ("((a))", "operator:( operator:( command:a operator:) operator:)"),
        ("a;;b", "command:a error:;; word:b"),
        ("a|&b", "command:a left_out:|& command:b"),
        ("a)", "command:a error:)"),
        ("a;}", "command:a operator:; error:}"),
        ("(a;}", "operator:( command:a operator:; error:}"),
        ("a ${b", "command:a error:${b"),
        ("a <<<b", "command:a redirection:<<< word:b"),
        ("a >&2", "command:a redirection:>& word:2"),
        # Double quotes are split at the special parts in them.
        ('a "b $x \\" $(c) d"',
         ["command:a", 'double_quoted:"b ', "parameter:$x", "double_quoted: ", 'escaped:\\"',
          "double_quoted: ", "substitution:$(", "command:c", "substitution:)",
           'double_quoted: d"']),
        # The lines of a here-document are tokens.
        ("a <<E;b\nx $y\nE\nc",
         ["command:a", "redirection:<<", "here_delimiter:E", "operator:;", "command:b",
          "here_document:x ", "parameter:$y", "here_document:\n", "here_delimiter:E", "command:c"]),
        ("a <<-'E'\n\tx $y\n\tE\n",
         ["command:a", "redirection:<<-", "single_quoted:'E'", "here_document:\tx $y\n\t",
          "here_delimiter:E"]),
        ("a <<E\nx\n", ["command:a", "redirection:<<", "here_delimiter:E", "here_document:x\n"]),
        # The backslash of a line continuation is a token.
        ("a\\\nb \\\n c", ["command:a", "escaped:\\\n", "command:b", "escaped:\\\n", "word:c"]),
        # An unclosed quote is an error to the end, except for commands in it.
        ("a 'b\nc", ["command:a", "error:'b\nc"]),
        ('a "b $x | c', ["command:a", 'error:"b $x | c']),
        ('a "b $(c d', ["command:a", 'error:"b ', "substitution:$(", "command:c", "word:d"]),
        ("a `b c", ["command:a", "substitution:`", "command:b", "word:c"]),
        # Backslashes that backquotes remove are shown.
        (r"`a \`b\` \$c`",
         ["substitution:`", "command:a", "escaped:\\", "substitution:`", "command:b", "escaped:\\",
          "substitution:`", "escaped:\\", "parameter:$c", "substitution:`"]),
    ],
)  # fmt: skip
def test_tokens_have_the_kinds_of_the_text(text, expected):
    parts = expected.split(" ") if isinstance(expected, str) else expected
    marked = [(token.kind, text[token.start : token.end]) for token in tokens(text)]
    assert [f"{kind}:{content}" for kind, content in marked] == parts


def test_a_regular_expression_is_a_pattern_up_to_its_last_dollar_sign():
    marked = [token.kind for token in tokens('[[ $a =~ ^b+"c"$ ]]', is_typed=True)]
    assert "text" not in marked
    assert marked.count("pattern") >= 2


def test_beyond_the_limit_of_nesting_everything_is_an_error():
    text = "(" * (MAX_DEPTH + 2) + "a"
    assert tokens(text)[-1] == Token("error", MAX_DEPTH, len(text))
    assert tokens("$(" * 5000)[-1].kind == "error"


@given(FRAGMENTS | st.text(max_size=30))
@settings(max_examples=2 * EXAMPLES)
def test_tokens_of_any_text_leave_out_nothing_but_blanks(text):
    reached = 0
    for kind, start, end in tokens(text):
        assert isinstance(kind, str)
        assert reached <= start < end <= len(text)
        assert not text[reached:start].strip()
        reached = end
    assert not text[reached:].strip()


@given(FRAGMENTS)
@settings(max_examples=2 * EXAMPLES)
def test_tokens_agree_with_the_parser(text):
    kinds = {token.kind for token in tokens(text)}
    try:
        parse(text)
    except LeftOut:
        assert kinds & {"left_out", "error"}
    except SyntaxMistake:
        pass
    else:
        assert not kinds & {"left_out", "error"}
