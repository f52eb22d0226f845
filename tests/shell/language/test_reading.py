"""Reading commands one at a time, and looking at words without running anything."""

import os

import pytest

from simpsh.base.errors import SyntaxMistake
from simpsh.shell.language.glob_pattern import has_pattern, matches, quoted, unquote
from simpsh.shell.language.grammar import Parser, parse
from simpsh.shell.language.tree_printing import to_text
from simpsh.shell.language.word_expansion import needs_substitution
from tests.support.properties import given, settings, st


class Feed:
    """Returns lines; raises a line that is an exception."""

    def __init__(self, *lines):
        self.waiting = list(lines)

    def __call__(self):
        line = self.waiting.pop(0) if self.waiting else None
        if line is KeyboardInterrupt:
            raise KeyboardInterrupt
        return line


def test_commands_are_read_one_by_one_with_their_lines_and_then_none():
    parser = Parser(Feed("a; b\n", "\n", "b 'c\n", "d'\n", "c"), first_line=7)
    first, second, third = (parser.next_command() for _ in range(3))
    assert list(map(to_text, (first, second, third))) == ["a; b", "b 'c …", "c"]
    lines = [each.items[0].first.commands[0].line for each in (first, second, third)]
    assert (lines, parser.line) == ([7, 9, 11], 11)
    assert (parser.next_command(), parser.next_command()) == (None, None)


@pytest.mark.parametrize(
    ("given", "error", "left"),
    [
        # The rest of the line is dropped, even inside brackets, without a trace.
        (["a ) <<E 'b; c\n", "b\n"], SyntaxMistake, ["b"]),
        (["{ (a | | b\n", "b\n", "c\n"], SyntaxMistake, ["b", "c"]),
        (["x <<E > $(\n", ";\n", "a\n"], SyntaxMistake, ["a"]),
        (["x <<E; (a |\n", KeyboardInterrupt, "b\n"], KeyboardInterrupt, ["b"]),
    ],
)
def test_after_a_mistake_or_an_interrupt_the_next_line_begins_a_command(given, error, left):
    parser = Parser(Feed(*given))
    with pytest.raises(error):
        parser.next_command()
    assert [to_text(parser.next_command()) for _ in left] == left


MAY_RUN_OR_SET = (
    "echo $(b)", "echo `b`", "cat <(b)", "a=$(b)", "echo ${a=b}", "echo ${a:=b}", "echo ${a:-$(b)}",
    "echo $((a = 2))", "echo $((a++ + 1))", "echo $((--a))",
    # The value of a variable may be an assignment.
    "echo $(($a))",
)  # fmt: skip
PURE = ("echo a", "echo $a ${a-b} ${#a} *", "echo $((1 + 2 * a))")


def test_an_expansion_needs_a_substitution_if_it_may_run_or_set_anything():
    assert [
        text for text in MAY_RUN_OR_SET if not needs_substitution(parse(text, is_typed=True))
    ] == []
    assert [text for text in PURE if needs_substitution(parse(text, is_typed=True))] == []


EXAMPLES = int(os.environ.get("SIMPSH_EXAMPLES", "100"))


@given(st.text("ab*?[]!-\\:^é", max_size=8), st.text("ab*?[]!-\\:^é", max_size=8))
@settings(max_examples=3 * EXAMPLES)
def test_quoted_text_matches_itself_only(text, other):
    assert matches(quoted(text), text)
    assert matches(quoted(text), other) is (text == other)
    assert not has_pattern(quoted(text))
    assert unquote(quoted(text)) == text
