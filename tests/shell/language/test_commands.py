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
)
from tests.shell.language.building import command, lines, parsed_command, word


@pytest.mark.parametrize("text", ["1a=b", "a-b=c", "é=b", "=b", "a+=b", '"a"=b', "a[0]=b", "$a=b"])
def test_what_is_before_the_sign_must_be_a_name(text):
    assert parsed_command(text).assignments == ()
    assert len(parsed_command(text).words) == 1


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
        ("a '2'>f", FileRedirection(">", word("f"))),
        ("a <<<b", HereString(word("b"))),
        ("a 3<<<$x", HereString(word(Parameter("x")), 3)),
        ("a <<<-", HereString(word("-"))),
    ],
)
def test_a_number_directly_before_the_operator_is_the_descriptor(text, expected):
    assert parsed_command(text).redirections == (expected,)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # Only digits directly before an operator, few enough and of ASCII, are a descriptor.
        ("a 2 >f", ["a", "2"]),
        ("a b2>f", ["a", "b2"]),
        ("a 1234567890>f", ["a", "1234567890"]),
        ("a ٣>f", ["a", "٣"]),
        # An assignment comes before words only; a redirection may stand anywhere.
        ("a=1 b=$x env c=2", ["env", "c=2"]),
        (">a x=1 <b cmd 2>>c arg >&2", ["cmd", "arg"]),
        # Reserved words are plain as arguments, and behind an assignment or a redirection.
        *((f"echo {name}", ["echo", name]) for name in ("if", "for", "{", "}", "!", "time", "[[")),
        *((f"a=b {name}", [name]) for name in ("if", "!", "{", "}", "time", "do")),
        *((f">f {name}", [name]) for name in ("if", "!", "{", "}", "time", "do")),
        (r"\if a", [word(Escaped("i"), "f"), "a"]),
        ('"for" a', [word(DoubleQuoted((Literal("for"),))), "a"]),
    ],
)
def test_the_words_of_a_command_are(text, words):
    assert parsed_command(text).words == command(*words).words


def test_assignments_and_redirections_keep_their_order():
    several = parsed_command("a=1 b=$x env c=2")
    expected = (Assignment("a", word("1")), Assignment("b", word(Parameter("x"))))
    assert several.assignments == expected
    mixed = parsed_command(">a x=1 <b cmd 2>>c arg >&2")
    assert [each.operator for each in mixed.redirections] == [">", "<", ">>", ">&"]
    assert mixed.assignments == (Assignment("x", word("1")),)


def test_operators_need_no_blanks_and_blanks_part_them():
    assert parse("a>b;c<d|e&") == parse("a >b ; c <d | e &")
    first, second = parse("a & >f").items
    assert first.is_background
    to_file = SimpleCommand(redirections=(FileRedirection(">", word("f")),))
    assert second.and_or.first.commands == (to_file,)
    assert parse("echo if") == lines(command("echo", "if"))
