"""Syntax errors: the place, and whether more input could help. The messages: shell_syntax.spec."""

import pytest

from simpsh.base.errors import IncompleteInput, SyntaxMistake
from simpsh.shell.language.grammar import Parser, parse, unfinished

UNFINISHED = (
    "a |", "a &&", "a ||\n", "(", "(a", "(a;", "{", "{ a", "{ a;", "{ a }", "a $(", "a $(b",
    "a 'b", 'a "b', 'a "$(b)', "a `b", "a \\", "a \\\n", "a b\\\n", "cat <<E", "cat <<E\nE \n",
    "a $\\\n", "a ${x\\\n", '"\\', "(a &&\n", "a | (b", "! (", "a `b\\\n", "time {",
    "if", "if a", "if a; then", "if a; then b; else", "if a; then b; elif c", "while a",
    "until a; do", "while a; do b", "for", "for x", "for x in", "for x in a", "for x in a\ndo",
    "case", "case a", "case a in", "case a in b", "case a in b)", "case a in b) c;;", "f()",
    "f() {", "f() {\na", "a | while b", "! if", "f() if",
    "a ${x:-", "a ${x:-b\n", 'a "${x%', "a ${x-'", "a $((", "a $((1 +\n", "a $(((1)",
    "cat <<E\na\n", "cat <<E; b <<F\nE\n",
)  # fmt: skip
FINISHED_OR_HOPELESS = (
    "", "\n", "# (", "a", "a;", "a &", "a | b", "(a)", "{ a; }", "a $(b)", "a 'b\nc'",
    "a \\\nb",
    "cat <<E\nE", "a )", "a ;;", "if a; fi", "for 1", "| a", "a | | b", "a ${x b",
    "a ${x", "a ${x\n", "a ${x!", 'a "${x', "a ${", "a ${x:", "a $((1)",
    "!", "time", "a >", "( )", "a `b | | c`", "f() }", "a `(`", "<<E )", "a 2>",
)  # fmt: skip


def test_enter_ends_the_input_unless_more_could_help():
    assert [text for text in UNFINISHED if unfinished(text) is None] == []
    assert [text for text in FINISHED_OR_HOPELESS if unfinished(text) is not None] == []


def test_a_mistake_knows_its_line_its_place_and_its_status():
    for text, line, column, width in (
        ("a\n&& b", 2, 0, 2), ("a\x00b", 1, 1, 1), ("a; } 'b", 1, 3, 1), ("a 'b\nc", 1, 2, 1),
    ):  # fmt: skip
        with pytest.raises(SyntaxMistake) as caught:
            parse(text)
        problem = caught.value
        assert (problem.line, problem.column, problem.width) == (line, column, width)
        assert (problem.text, problem.status) == (text.split("\n")[line - 1], 2)


def test_a_construct_that_is_left_out_is_reported_before_a_later_mistake():
    with pytest.raises(SyntaxMistake, match="'select' is not part of simpsh"):
        parse("select a | | b", is_typed=True)


def test_a_missing_here_document_is_incomplete_input_only_at_the_prompt():
    with pytest.raises(IncompleteInput):
        parse("cat <<E\na\n", at_prompt=True)
    assert parse("cat <<E\na\n").items
    with pytest.raises(IncompleteInput):
        Parser(iter(["cat <<E\n", "a\n", None]).__next__, at_prompt=True).next_command()


OPENED = {
    "if true": "if",
    "if true; then": "then",
    "if true; then a; elif": "elif",
    "if true; then a; else": "else",
    "for i in 1 2": "for",
    "for i in 1 2; do": "for",
    "while read x; do if a; then": "while then",
    "until a": "until",
    "case x in": "case",
    "case x in a) echo 'b": "case quote",
    "f() {": "function",
    "function f": "function",
    "( ls": "subsh",
    "{ ls": "cursh",
    "ls |": "pipe",
    "ls | while read x": "pipe while",
    "a &&": "cmdand",
    "a || b | if c": "cmdor pipe if",
    "echo 'a": "quote",
    "echo $'a": "quote",
    'echo "a': "dquote",
    "echo `ls": "bquote",
    "echo $(ls": "cmdsubst",
    "echo \"$(ls 'a": "dquote cmdsubst quote",
    "cat < <(ls": "cmdsubst",
    "echo $((1 +": "mathsubst",
    "((1 +": "math",
    "echo ${x:-a b": "braceparam",
    "cat <<EOF\na": "heredoc EOF",
    "if a; then cat <<'E'": "then heredoc E",
    "echo a \\": "",
}


def test_unfinished_input_names_each_construct_that_is_open_the_innermost_last():
    found = {text: unfinished(f"{text}\n", is_typed=True) for text in OPENED}
    named = {text: one and " ".join(one.opened) for text, one in found.items()}
    assert named == OPENED
