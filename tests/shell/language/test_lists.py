"""Lists, pipelines and compound commands; complete commands one at a time."""

import pytest

from simpsh.base.errors import SyntaxMistake
from simpsh.shell.language.parser import Parser, parse
from simpsh.shell.language.syntax_tree import AndOr, FileRedirection, Group, Item, List, Subshell
from tests.shell.language.building import command, item, lines, pipeline, word

A, B, C = command("a"), command("b"), command("c")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", List()),
        ("\n \n# c\n", List()),
        ("a", lines(A)),
        ("a;", lines(A)),
        ("a\n", lines(A)),
        ("a;b\nc", lines(A, B, C)),
        ("a&", List((item(A, is_background=True),))),
        ("a&b", List((item(A, is_background=True), item(B)))),
        ("a & b;c &", List((item(A, is_background=True), item(B), item(C, is_background=True)))),
        ("a|b|c", List((item(A, B, C),))),
        ("a|\n\nb", List((item(A, B),))),
        ("a # b; c\nb", lines(A, B)),
    ],
)
def test_a_text_is_read_as_a_list(text, expected):
    assert parse(text) == expected


def test_and_and_or_are_of_equal_rank_from_left_to_right():
    expected = AndOr(pipeline(A), (("||", pipeline(B)), ("&&", pipeline(C))))
    assert parse("a || b && c") == List((Item(expected),))
    assert parse("a ||\nb &&\n\nc") == List((Item(expected),))


def test_ampersand_takes_the_whole_and_or_list():
    expected = Item(AndOr(pipeline(A), (("&&", pipeline(B, C)),)), is_background=True)
    assert parse("a && b | c &") == List((expected,))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("! a", pipeline(A, is_negated=True)),
        ("! a | b", pipeline(A, B, is_negated=True)),
        ("time a | b", pipeline(A, B, is_timed=True)),
        ("time -p a", pipeline(A, is_timed=True, has_posix_times=True)),
        ("time ! a", pipeline(A, is_negated=True, is_timed=True)),
        ("! time a", pipeline(A, is_negated=True, is_timed=True)),
        ("time", pipeline(is_timed=True)),
        ("time;", pipeline(is_timed=True)),
        ("! time", pipeline(is_negated=True, is_timed=True)),
        ("time -p -p", pipeline(command("-p"), is_timed=True, has_posix_times=True)),
        ("-p", pipeline(command("-p"))),
        ("a | time b", pipeline(A, command("time", "b"))),
        ("!a", pipeline(command("!a"))),
    ],
)
def test_a_pipeline_may_be_negated_and_timed(text, expected):
    assert parse(text) == List((Item(AndOr(expected)),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((text, Subshell(lines(A, B))) for text in ("(a;b)", "( a\nb\n)", "(\n\na;b;)")),
        *(
            (text, Group(lines(A, B)))
            for text in ("{ a;b; }", "{ a\nb\n}", "{\na;b\n}", "{\ta;b;}")
        ),
        ("((a);b)", Subshell(lines(Subshell(lines(A)), B))),
        # A brace is reserved directly behind a compound command.
        ("{ { a; } }", Group(lines(Group(lines(A))))),
        ("{ (a) }", Group(lines(Subshell(lines(A))))),
    ],
)
def test_parentheses_make_a_subshell_and_braces_a_group(text, expected):
    assert parse(text) == lines(expected)


def test_a_compound_command_takes_redirections():
    to_file = FileRedirection(">", word("f"))
    assert parse("(a)>f") == lines(Subshell(lines(A), (to_file,)))
    assert parse("{ a; } >f 2>&1") == lines(
        Group(lines(A), (to_file, FileRedirection(">&", word("1"), 2)))
    )


def test_a_compound_command_can_be_anywhere_in_a_pipeline():
    assert parse("(a) | { b; } | c") == List((item(Subshell(lines(A)), Group(lines(B)), C),))


# ---------------------------------------------------------------- one at a time


class Feed:
    """Gives lines and counts them."""

    def __init__(self, *lines):
        self.waiting = list(lines)

    def __call__(self):
        return self.waiting.pop(0) if self.waiting else None


@pytest.mark.parametrize(
    ("given", "left"),
    [
        (["a\n", "b\n"], ["b\n"]),
        (["a; b &\n", "c\n"], ["c\n"]),
        (["# c\n", "\n", "a\n", "b\n"], ["b\n"]),
        (["a |\n", "b\n", "c\n"], ["c\n"]),
        (["(a\n", ")\n", "c\n"], ["c\n"]),
        (["a 'b\n", "c'\n", "d\n"], ["d\n"]),
        (["a \\\n", "b\n", "c\n"], ["c\n"]),
        (["a <<E\n", "b\n", "E\n", "c\n"], ["c\n"]),
        (["a <<E; b <<F\n", "E\n", "F\n", "c\n"], ["c\n"]),
        (["a $(b\n", ")\n", "c\n"], ["c\n"]),
        (["a `b\n", "`\n", "c\n"], ["c\n"]),
        (["a # $(\n", "b\n"], ["b\n"]),
    ],
)
def test_no_line_is_read_beyond_the_command(given, left):
    feed = Feed(*given)
    assert Parser(feed).next_command() is not None
    assert feed.waiting == left


def test_commands_come_one_after_the_other_and_then_none():
    parser = Parser(Feed("a; b\n", "\n", "c"))
    assert parser.next_command() == lines(A, B)
    assert parser.next_command() == lines(C)
    assert parser.next_command() is None
    assert parser.next_command() is None


def test_the_parser_counts_lines_from_the_first():
    parser = Parser(Feed("a\n", "b 'c\n", "d'\n", "e\n"), first_line=7)
    assert parser.line == 7
    assert parser.next_command().items[0].and_or.first.commands[0].line == 7
    assert parser.line == 8
    assert parser.next_command().items[0].and_or.first.commands[0].line == 8
    assert parser.line == 10


@pytest.mark.parametrize(
    ("given", "left"),
    [
        # The rest of the line is dropped, also inside brackets, and nothing of it remains.
        (["a ) <<E 'b; c\n", "b\n"], [B]),
        (["{ (a | | b\n", "b\n", "c\n"], [B, C]),
        (["x <<E > $(\n", ";\n", "a\n"], [A]),
    ],
)
def test_after_a_mistake_the_next_line_begins_anew(given, left):
    parser = Parser(Feed(*given))
    with pytest.raises(SyntaxMistake):
        parser.next_command()
    assert [parser.next_command() for _ in left] == [lines(each) for each in left]


def test_after_an_interrupt_nothing_of_the_command_remains():
    waiting = ["x <<E; (a |\n", KeyboardInterrupt, "b\n"]

    def read_line():
        line = waiting.pop(0)
        if line is KeyboardInterrupt:
            raise KeyboardInterrupt
        return line

    parser = Parser(read_line)
    with pytest.raises(KeyboardInterrupt):
        parser.next_command()
    assert parser.next_command() == lines(B)
