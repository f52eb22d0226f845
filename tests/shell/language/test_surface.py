"""Tokens of any text for colours and completion, in agreement with the parser."""

import os

import pytest

from simpsh.base.errors import SyntaxMistake
from simpsh.shell.language.grammar import parse
from simpsh.shell.language.surface import cursor, tokens
from simpsh.shell.language.syntax_tree import BAD, Parameter, nodes_in
from tests.shell.language.test_printing import FRAGMENTS
from tests.support.properties import given, settings, st

EXAMPLES = int(os.environ.get("SIMPSH_EXAMPLES", "100"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a&&b||c&d', 'command:a operator:&& command:b operator:|| command:c operator:& command:d'),
        ('x=y a b=c', 'word:x=y command:a word:b=c'),
        ('x=$y a', 'word:x= parameter:$y command:a'),
        ('>f a 2>>g', 'redirection:> word:f command:a redirection:2>> word:g'),
        ('(a b) {', 'operator:( command:a word:b operator:) error:{'),
        ('{ a; }', 'reserved:{ command:a operator:; reserved:}'),
        ('a $x${y}z', 'command:a parameter:$x${y} word:z'),
        ('a \'b\'c"d"', 'command:a single_quoted:\'b\' word:c double_quoted:"d"'),
        ('a \\* b\\c', 'command:a word:\\* word:b\\c'),
        ('a$ b', 'command:a$ word:b'),
        ('`a b`', ['substitution:`a b`']),
        ('a $(b $(c))d',
         'command:a substitution:$( command:b substitution:$( command:c substitution:)) '
         'word:d'),
        ('a # b', ['command:a', 'comment:# b']),
        ('if a; then b; elif c; then d; else e; fi',
         'reserved:if command:a operator:; reserved:then command:b operator:; '
         'reserved:elif command:c operator:; reserved:then command:d operator:; '
         'reserved:else command:e operator:; reserved:fi'),
        ('while a; do b; done; done',
         'reserved:while command:a operator:; reserved:do command:b operator:; '
         'reserved:done operator:; error:done'),
        ('for x in if *; do a; done',
         'reserved:for word:x reserved:in word:if word:* operator:; reserved:do '
         'command:a operator:; reserved:done'),
        ('case x in (a|if) b;; *) c;& esac',
         'reserved:case word:x reserved:in operator:( word:a operator:| word:if '
         'operator:) command:b operator:;; word:* operator:) command:c operator:;& '
         'reserved:esac'),
        ('$(case x in a) b;; esac) d',
         'substitution:$( reserved:case word:x reserved:in word:a operator:) command:b '
         'operator:;; reserved:esac substitution:) word:d'),
        ('f ( ) { a; }',
         'command:f operator:( operator:) reserved:{ command:a operator:; reserved:}'),
        ('a &>b', 'command:a operator:& redirection:> word:b'),
        ('echo (a)', 'command:echo error:( word:a)'),
        ('a $((1+$b))c', 'command:a parameter:$((1+$b)) word:c'),
        ('"${x-$(a)}"',
         'double_quoted:" parameter:${x- substitution:$( command:a substitution:) '
         'parameter:} double_quoted:"'),
        ("x=${y-'a'$b}", "word:x= parameter:${y- single_quoted:'a' parameter:$b}"),
        ('a ${x:1}', 'command:a error:${x:1}'),
        ('a <(b)', 'command:a error:<( word:b)'),
        ('a=(b)', 'error:a=( word:b)'),
        ('((a))', 'operator:(( command:a operator:))'),
        ("'' fi; a", "single_quoted:'' word:fi operator:; command:a"),
        ("; fi; 'a", "error:; word:fi; word:'a"),
        ('a|&b', 'command:a error:|& word:b'),
        ('a "b $x \\" $(c) d"',
         ['command:a', 'double_quoted:"b ', 'parameter:$x', 'double_quoted: \\" ',
          'substitution:$(', 'command:c', 'substitution:)', 'double_quoted: d"']),
        ('a <<E;b\nx $y\nE\nc',
         'command:a redirection:<< word:E operator:; command:b word:x word:$y word:E '
         'command:c'),
        ("a <<-'E'\n\tx $y\n\tE\n",
         "command:a redirection:<<- single_quoted:'E' word:x word:$y word:E"),
        ('a\\\nb \\\n c', 'command:a\\\nb word:\\ word:c'),
        ("a 'b\nc", "command:a error:'b\nc"),
        ('a "b $x | c', ['command:a', 'error:"b ', 'parameter:$x', 'error: | c']),
        ('a "b $(c d', ['command:a', 'error:"b ', 'substitution:$(', 'command:c', 'word:d']),
        ('a `b c', ['command:a', 'substitution:`b c']),
        ('`a \\`b\\``', ['substitution:`a \\`b\\``']),
    ],
)  # fmt: skip
def test_tokens_have_the_kinds_of_the_text(text, expected):
    parts = expected.split(" ") if isinstance(expected, str) else expected
    marked = [(token.kind, text[token.start : token.end]) for token in tokens(text)]
    assert [f"{kind}:{content}" for kind, content in marked] == parts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[[ -f a && b ]]; c',
         'reserved:[[ word:-f word:a operator:&& word:b reserved:]] operator:; command:c'),
        ('((i++)); a', 'parameter:((i++)) operator:; command:a'),
        ('for ((;;)) do a', 'reserved:for parameter:((;;)) reserved:do command:a'),
        ('function f { a; }',
         'reserved:function word:f reserved:{ command:a operator:; reserved:}'),
        ('a <(b) |& c &>d',
         'command:a substitution:<( command:b substitution:) operator:|& command:c '
         'redirection:&> word:d'),
        ('select a', 'error:select word:a'),
    ],
)  # fmt: skip
def test_a_typed_text_may_have_forms_of_bash(text, expected):
    marked = [f"{kind}:{text[start:end]}" for kind, start, end in tokens(text, is_typed=True)]
    assert marked == expected.split(" ")


@pytest.mark.parametrize(
    ("text", "kind", "word", "before"),
    [
        ("", "command", "", []),
        ("a", "command", "a", []),
        ("a ", "word", "", ["a"]),
        ("a | b --c d", "word", "d", ["b", "--c"]),
        ("x=1 y=z", "word", "y=z", []),
        ("x=1 a", "command", "a", []),
        ("a >b", "target", "b", ["a"]),
        ("a > b c", "word", "c", ["a"]),
        ("a $(b c", "word", "c", ["b"]),
        ("a $(b) c", "word", "c", ["a", "$(b)"]),
        ("if a; then b 'c d", "word", "'c d", ["b"]),
        ("for x in y", "word", "y", ["in"]),
        ("a\nb", "command", "b", []),
        ("a; # b\nc", "command", "c", []),
        ("f() { a b", "word", "b", ["a"]),
        ("a <<E\nb\nE\nc", "command", "c", []),
        # After a mistake, and in backquotes, the command is not known.
        ("a | | b c", "word", "c", []),
        ("a `b c", "word", "c", []),
    ],
)
def test_the_word_at_the_cursor_belongs_to_its_command(text, kind, word, before):
    found = cursor(text)
    assert (found.kind, text[found.start :]) == (kind, word)
    assert [text[start:end] for start, end in found.words] == before


def test_text_beyond_the_limit_of_nesting_has_an_error():
    for opening in ("(", "$(", '"$(', "${x:-`$(", '"${x:-', "$((", "${a-"):
        assert "error" in [token.kind for token in tokens(opening * 500)]


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
def test_what_the_tokens_call_an_error_is_one(text):
    if "\\\n" in text or not any(token.kind == "error" for token in tokens(text)):
        return
    try:
        tree = parse(text)
    except SyntaxMistake:
        return
    # Such a parameter is an error when it is expanded.
    operators = [node.operator for node in nodes_in(tree) if isinstance(node, Parameter)]
    assert BAD in operators
