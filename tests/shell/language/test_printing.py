"""Trees printed as text, which reads as the same tree."""

import os

import pytest

from simpsh.base.errors import SyntaxMistake
from simpsh.shell.language.parser import parse
from simpsh.shell.language.syntax_tree import (
    CommandSubstitution,
    DoubleQuoted,
    Escaped,
    Literal,
    Parameter,
    SingleQuoted,
    Tilde,
)
from simpsh.shell.language.tree_printing import to_text
from tests.shell.language.building import command, lines, word
from tests.shell.language.trees import lists
from tests.support.properties import given, settings, st

EXAMPLES = int(os.environ.get("SIMPSH_EXAMPLES", "100"))


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("", ""),
        ("a|b&&c&", "a | b && c &"),
        ("a;b\nc&d", "a; b; c & d"),
        ("(a;b)>f", "(a; b) >f"),
        ("{ a;b& }", "{ a; b & }"),
        ("{\na\n}|(b)", "{ a; } | (b)"),
        ("( (a);b)", "((a); b)"),
        ("x $( (a))", "x $( (a))"),
        ("  time   -p !  a", "time -p ! a"),
        ("! time", "time !"),
        (">f a <b c=d", "a c=d >f <b"),
        ("x=1 y='2 3' >f", "x=1 y='2 3' >f"),
        (">f if", ">f if"),
        ("a 2>&1 3<&-", "a 2>&1 3<&-"),
        ("a <<<'b c'", "a <<<'b c'"),
        ("a \\\n b", "a b"),
        ("a $(\nb\nc\n) `d`", "a $(b; c) `d`"),
        ("a `b \\`c\\``", "a `b \\`c\\``"),
        ("cat <<E|a\nb $x\nE\n", "cat <<E | a\nb $x\nE"),
        ("cat <<-'E'\n\tb $x\n\tE\n", "cat <<-'E'\n\tb $x\n\tE"),
        ("a $(cat <<E\nb\nE\n); c", "a $(cat <<E\nb\nE\n); c"),
        ("a <<A <<B\nA\nB\n", "a <<A <<B\nA\nB"),
        ("cat << -E\n-E", "cat << -E\n-E"),
        ("a # b", "a"),
        ("a <<'it'\\''s'\na\nit's", "a <<'it'\\''s'\na\nit's"),
        ("~/a ${x}y$z 'q'\"r\"\\s", "~/a ${x}y$z 'q'\"r\"\\s"),
    ],
)
def test_a_tree_is_printed_on_one_line_with_its_here_documents_below(text, printed):
    tree = parse(text)
    assert to_text(tree) == printed
    assert parse(printed) == tree


@pytest.mark.parametrize(
    ("node", "printed"),
    [
        (word("a", SingleQuoted("b")), "a'b'"),
        (Literal("a*"), "a*"),
        (Escaped("*"), r"\*"),
        (DoubleQuoted((Literal("a "), Parameter("x"))), '"a $x"'),
        (Parameter("x", braced=True), "${x}"),
        (Tilde("root"), "~root"),
        (CommandSubstitution(lines(command("a"))), "$(a)"),
        (CommandSubstitution(lines(command("a")), backquoted=True), "`a`"),
        (command("a", "b"), "a b"),
        (parse("(a)").items[0].and_or.first.commands[0], "(a)"),
        (parse("a|b").items[0].and_or.first, "a | b"),
        (parse("a&&b").items[0].and_or, "a && b"),
    ],
)
def test_every_node_can_be_printed_by_itself(node, printed):
    assert to_text(node) == printed


def test_a_document_inside_another_keeps_its_delimiter_apart_by_tabs():
    tree = parse("cat <<E\n$(cat <<-F\n\tE\n\tF\n)\nE\n")
    assert to_text(tree) == "cat <<E\n$(cat <<-F\n\tE\n\tF\n)\nE"
    assert parse(to_text(tree)) == tree


@pytest.mark.slow
@given(lists())
def test_a_tree_printed_and_read_again_is_the_same(tree):
    assert parse(to_text(tree)) == tree


PIECES = (
    *" \n\n\t=#'\"\\`$(){}|&;<>!~*?[]:-12axé\r\udc80",
    "&&", "||", ">>", "<<E\n", "<<-E\n", "<<'E'\n", "<<<", "2>&1", "\nE\n", "\n\tE\n", "E",
    "$x", "${x}", "$(", '"$@"', "\\\n", "{ ", "; }", "time ", "! ", "a=", "~/", "export ",
    "if", "for", "eval ", "$((", "${x:-", "<(", ";;", "|&", "[[", "-p ",
)  # fmt: skip
FRAGMENTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(FRAGMENTS | st.text(max_size=30))
@settings(max_examples=EXAMPLES)
def test_any_text_is_a_tree_that_prints_or_a_mistake_with_a_place_in_the_text(text):
    mistake = None
    try:
        tree = parse(text)
    except SyntaxMistake as problem:
        mistake = problem
    if mistake is None:
        assert parse(to_text(tree)) == tree
        return
    line = text.split("\n")[mistake.line - 1]
    assert mistake.text == line
    assert 0 <= mistake.column <= len(line)
    assert mistake.column + mistake.width <= max(len(line), mistake.column + 1)
