"""A command is shown as it was typed; a mistake has a location in its text."""

import os

import pytest

from simpsh.base.errors import SyntaxMistake
from simpsh.shell.language.grammar import parse
from simpsh.shell.language.tree_printing import as_written, to_text
from tests.support.properties import given, settings, st

EXAMPLES = int(os.environ.get("SIMPSH_EXAMPLES", "100"))


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        (" a|b&&c& # d", "a|b&&c"),
        ("a >f  b 2>&1;", "a >f  b 2>&1"),
        ("! time -p a", "a"),
        ("{\na\n} | b", "{ …"),
        ("a $(b\nc)", "a $(b …"),
        ("a\\\n b", "a b"),
        ("f() { a; } >g  ; f", "f() { a; } >g  ; f"),
        ("if a; then b; fi <c # d", "if a; then b; fi <c"),
        ("time", ""),
        ("", ""),
        # The lines of a here-document are not part of a command.
        ("cat <<E|a <<-'F'\nb $x\nE\nF\n", "cat <<E|a <<-'F'"),
        ("{ cat <<E; } >f\nb\nE\n", "{ cat <<E; } >f"),
    ],
)
def test_a_tree_has_the_text_that_was_read(text, printed):
    assert to_text(parse(text)) == printed


def test_the_text_of_an_alias_is_its_name():
    assert to_text(parse("a x | b", aliases={"a": "c | d", "b": "e"})) == "a x | b"


def test_each_command_has_its_own_part_of_the_text():
    pipeline = parse("(a; b) | c d >e && f").items[0].first
    assert [to_text(command) for command in pipeline.commands] == ["(a; b)", "c d >e"]
    (subshell, _) = pipeline.commands
    assert to_text(subshell.body) == "a; b"


def test_a_word_is_written_without_quotes_and_with_its_expansions():
    text = "~/a'b'\"c\"\\d${x}y$z${x:-a'b'}${#x}$(e  f)`g`$((1+$h))${x:1}"
    parts = parse(f"a {text}").items[0].first.commands[0].words[1].parts
    assert as_written(parts) == "~/abcd${x}y$z${x:-ab}${#x}$(e  f)`g`$((1+$h))${x:1}"


PIECES = (
    *" \n\n\t=#'\"\\`$(){}|&;<>!~*?[]:-12axé\r\udc80",
    "&&", "||", ">>", "<<E\n", "<<-E\n", "<<'E'\n", "<<<", "2>&1", "\nE\n", "\n\tE\n", "E",
    "$x", "${x}", "$(", '"$@"', "\\\n", "{ ", "; }", "time ", "! ", "a=", "~/", "export ",
    "if", "for", "eval ", "$((", "${x:-", "<(", ";;", "|&", "[[", "-p ",
)  # fmt: skip
FRAGMENTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(FRAGMENTS | st.text(max_size=30))
@settings(max_examples=EXAMPLES)
def test_any_text_is_a_tree_with_a_text_or_a_mistake_with_a_location(text):
    mistake = None
    shown = ""
    try:
        shown = to_text(parse(text)).removesuffix(" …")
    except SyntaxMistake as problem:
        mistake = problem
    if mistake is not None:
        line = text.split("\n")[mistake.line - 1]
        assert mistake.text == line
        assert 0 <= mistake.column <= len(line)
        assert mistake.column + mistake.width <= max(len(line), mistake.column + 1)
    else:
        assert shown in text.replace("\\\n", "")
