"""Simple commands: assignments, words and redirections."""

import pytest

from simpsh.shell.language.parser import parse
from simpsh.shell.language.syntax_tree import (
    Assignment,
    DoubleQuoted,
    Escaped,
    FileRedirection,
    HereString,
    Literal,
    Parameter,
    SimpleCommand,
    Word,
)
from tests.shell.language.building import command, lines, parsed_command, word


def test_assignments_come_before_words_only():
    found = parsed_command("a=1 b=$x env c=2")
    assert found.assignments == (
        Assignment("a", word("1")),
        Assignment("b", word(Parameter("x"))),
    )
    assert found.words == (word("env"), word("c=2"))


@pytest.mark.parametrize("text", ["1a=b", "a-b=c", "é=b", "=b", "a+=b", '"a"=b', "a[0]=b", "$a=b"])
def test_what_is_before_the_sign_must_be_a_name(text):
    assert parsed_command(text).assignments == ()
    assert len(parsed_command(text).words) == 1


def test_redirections_may_stand_anywhere_and_keep_their_order():
    found = parsed_command(">a x=1 <b cmd 2>>c arg >&2")
    assert [each.operator for each in found.redirections] == [">", "<", ">>", ">&"]
    assert found.words == (word("cmd"), word("arg"))
    assert found.assignments == (Assignment("x", word("1")),)


@pytest.mark.parametrize("operator", ["<", ">", ">>", "<>", ">|"])
def test_every_file_redirection_is_read(operator):
    expected = (FileRedirection(operator, word("f")),)
    assert parsed_command(f"a {operator}f").redirections == expected
    assert parsed_command(f"a {operator} f").redirections == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a 2>f", FileRedirection(">", word("f"), 2)),
        ("a 2>&1", FileRedirection(">&", word("1"), 2)),
        ("a 0<&-", FileRedirection("<&", word("-"), 0)),
        ("a 12>f", FileRedirection(">", word("f"), 12)),
        ("a >&$x", FileRedirection(">&", word(Parameter("x")))),
        ("a <<<b", HereString(word("b"))),
        ("a 3<<<$x", HereString(word(Parameter("x")), 3)),
        ("a <<<-", HereString(word("-"))),
    ],
)
def test_a_number_directly_before_the_operator_is_the_descriptor(text, expected):
    assert parsed_command(text).redirections == (expected,)


def test_a_number_that_is_not_directly_before_is_a_word():
    assert parsed_command("a 2 >f").words == (word("a"), word("2"))
    assert parsed_command("a b2>f").words == (word("a"), word("b2"))
    assert parsed_command("a '2'>f").redirections == (FileRedirection(">", word("f")),)
    assert parsed_command("a 1234567890>f").words == (word("a"), word("1234567890"))


def test_digits_of_other_scripts_are_no_descriptor():
    assert parsed_command("a ٣>f").words == (word("a"), word("٣"))


def test_ampersand_and_greater_apart_are_two_operators():
    first, second = parse("a & >f").items
    assert first.is_background
    assert second.and_or.first.commands == (
        SimpleCommand(redirections=(FileRedirection(">", word("f")),)),
    )


def test_operators_need_no_blanks():
    assert parse("a>b;c<d|e&") == parse("a >b ; c <d | e &")


@pytest.mark.parametrize("name", ["if", "for", "{", "}", "!", "time", "[["])
def test_reserved_words_are_plain_as_arguments(name):
    assert parse(f"echo {name}") == lines(command("echo", name))


@pytest.mark.parametrize("name", ["if", "!", "{", "}", "time", "do"])
def test_reserved_words_are_plain_behind_an_assignment_or_a_redirection(name):
    assert parsed_command(f"a=b {name}").words == (word(name),)
    assert parsed_command(f">f {name}").words == (word(name),)


def test_a_quoted_reserved_word_is_a_command():
    assert parsed_command(r"\if a").words[0] == word(Escaped("i"), "f")
    assert parsed_command('"for" a').words[0] == word(DoubleQuoted((Literal("for"),)))


def test_a_command_knows_its_line_and_place():
    items = parse("a b\n\n  cc 'd\ne' >f\n").items
    first, second = (each.and_or.first.commands[0] for each in items)
    assert (first.line, first.start, first.end) == (1, 0, 3)
    assert (second.line, second.start, second.end) == (3, 7, 18)


def test_redirections_know_their_place():
    (redirection,) = parsed_command("a 2>  f b").redirections
    assert (redirection.start, redirection.end) == (2, 7)
    assert isinstance(redirection, FileRedirection)
    assert redirection.target == Word((Literal("f"),))
    assert (redirection.target.start, redirection.target.end) == (6, 7)
