"""Trees printed as text, which parses to the same tree."""

import os

import pytest

from simpsh.base.errors import SyntaxMistake
from simpsh.shell.language.grammar import parse
from simpsh.shell.language.syntax_tree import HereDocument, nodes_in
from simpsh.shell.language.tree_printing import to_text
from tests.dash import cases, programs
from tests.dash.generate import program
from tests.support.properties import given, settings, st

EXAMPLES = int(os.environ.get("SIMPSH_EXAMPLES", "100"))


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("a|b&&c&", "a | b && c &"),
        ("{\na\n}|(b)", "{ a; } | (b)"),
        ("( (a);b)", "((a); b)"),
        ("x $( (a))", "x $( (a))"),
        ("  time   -p !  a", "time -p ! a"),
        (">f a <b c=d", "a c=d >f <b"),
        ("x=1 y='2 3' >f", "x=1 y='2 3' >f"),
        ("a 2>&1 3<&-", "a 2>&1 3<&-"),
        ("a $(\nb\nc\n) `d`", "a $(b; c) `d`"),
        ("a `b \\`c\\``", "a `b \\`c\\``"),
        ("~/a ${x}y$z 'q'\"r\"\\s", "~/a ${x}y$z 'q'\"r\"\\s"),
        ("if a&then b;else c&fi", "if a & then b; else c & fi"),
        ("until a&do b& done", "until a & do b & done"),
        ("case x in a|b)c&;;(esac)d;&*)esac", "case x in a | b) c & ;; (esac) d;& *) ;; esac"),
        ("{ a \\&; }", "{ a \\&; }"),
    ],
)
def test_a_tree_is_printed_on_one_line(text, printed):
    tree = parse(text)
    assert to_text(tree) == printed
    assert parse(printed) == tree


def test_the_lines_of_here_documents_are_omitted():
    assert to_text(parse("cat <<E|a <<-'F'\nb $x\nE\nF\n")) == "cat <<E | a <<-'F'"


def is_printed_whole(tree):
    return not any(isinstance(node, HereDocument) for node in nodes_in(tree))


AROUND = (
    "{}", "a | {}", "{} | a", "! {}", "time -p {}", "a && {} || b", "({})", "{{ {}\n}}", "a\n{}\nb",
    "if {}\nthen {}\nfi", "$({})", "a \"`{}`\"", "cat <<END\n$({})\nEND", "${{x:-$({}\n)}}",
)  # fmt: skip
"""Constructs that may surround any text."""


def test_every_program_of_the_comparison_with_dash_prints_as_the_same_tree():
    texts = [case.text for case in cases.all_cases()]
    texts += [each.script for each in programs.all_programs()]
    texts += [program(seed) for seed in range(150)]
    count = 0
    for number, plain in enumerate(texts):
        for text in (plain, AROUND[number % len(AROUND)].format(plain, plain)):
            try:
                tree = parse(text)
            except SyntaxMistake:
                continue
            count += 1
            assert not is_printed_whole(tree) or parse(to_text(tree)) == tree, text
    assert count > 5000


PIECES = (
    *" \n\n\t=#'\"\\`$(){}|&;<>!~*?[]:-12axé\r\udc80",
    "&&", "||", ">>", "<<E\n", "<<-E\n", "<<'E'\n", "<<<", "2>&1", "\nE\n", "\n\tE\n", "E",
    "$x", "${x}", "$(", '"$@"', "\\\n", "{ ", "; }", "time ", "! ", "a=", "~/", "export ",
    "if", "for", "eval ", "$((", "${x:-", "<(", ";;", "|&", "[[", "-p ",
)  # fmt: skip
FRAGMENTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(FRAGMENTS | st.text(max_size=30))
@settings(max_examples=EXAMPLES)
def test_any_text_is_a_printable_tree_or_a_mistake_with_a_location(text):
    mistake = None
    try:
        tree = parse(text)
    except SyntaxMistake as problem:
        mistake = problem
    if mistake is None:
        assert not is_printed_whole(tree) or parse(to_text(tree)) == tree
        return
    line = text.split("\n")[mistake.line - 1]
    assert mistake.text == line
    assert 0 <= mistake.column <= len(line)
    assert mistake.column + mistake.width <= max(len(line), mistake.column + 1)
