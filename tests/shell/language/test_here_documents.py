"""Here-documents: where their lines are, where they end, and what their bodies are made of."""

import pytest

from simpsh.base.errors import IncompleteInput, SyntaxMistake
from simpsh.shell.language.parser import Parser, is_complete, parse
from simpsh.shell.language.syntax_tree import (
    CommandSubstitution,
    Escaped,
    HereDocument,
    Parameter,
    SingleQuoted,
)
from tests.shell.language.building import command, lines, parsed_command, parsed_word, word


def documents(text):
    """The here-documents of all commands of one pipeline each."""
    return [
        each
        for item in parse(text).items
        for stage in item.and_or.first.commands
        for each in stage.redirections
    ]


def test_the_body_is_the_lines_up_to_the_delimiter():
    assert documents("cat <<E\na b\n  c\nE\n") == [HereDocument("E", word("a b\n  c\n"))]
    assert documents("cat <<E\nE\n") == [HereDocument("E", word())]
    assert documents("cat 3<<E\nE\n") == [HereDocument("E", word(), descriptor=3)]


def test_commands_behind_it_are_read_from_the_same_and_later_lines():
    found = parse("cat <<E; a\nx\nE\nb\n")
    assert [each.and_or.first.commands[0].words[0] for each in found.items] == [
        word("cat"),
        word("a"),
        word("b"),
    ]


def test_several_documents_follow_in_the_order_of_their_operators():
    found = documents("a <<A | b <<B\n1\nA\n2\nB\n")
    assert [each.body for each in found] == [word("1\n"), word("2\n")]


def test_a_line_is_the_delimiter_only_if_it_is_nothing_else():
    (found,) = documents("cat <<E\n E\nE \nEE\n\tE\nE\n")
    assert found.body == word(" E\nE \nEE\n\tE\n")


def test_parameters_and_substitutions_are_read_in_the_body():
    (found,) = documents("cat <<E\na $x $(b c) `d`\nE\n")
    assert found.body == word(
        "a ",
        Parameter("x"),
        " ",
        CommandSubstitution(lines(command("b", "c"))),
        " ",
        CommandSubstitution(lines(command("d")), backquoted=True),
        "\n",
    )


def test_quotes_are_plain_in_the_body_and_backslashes_act_before_three_characters():
    (found,) = documents('cat <<E\n\'a\' "b" \\$x \\` \\\\ \\" \\a\nE\n')
    assert found.body == word(
        "'a' \"b\" ", Escaped("$"), "x ", Escaped("`"), " ", Escaped("\\"), ' \\" \\a\n'
    )


@pytest.mark.parametrize("delimiter", ["'E'", '"E"', "\\E", "''E", "E''"])
def test_a_quoted_delimiter_turns_expansion_off(delimiter):
    (found,) = documents(f"cat <<{delimiter}\na $x `b` \\\\ \\\nE\n")
    assert found == HereDocument("E", word(SingleQuoted("a $x `b` \\\\ \\\n")), quoted=True)


@pytest.mark.parametrize(
    ("written", "delimiter"),
    [
        ("'a b'", "a b"),
        ("''", ""),
        ("a\\ b", "a b"),
        ("'it'\\''s'", "it's"),
        ("$x", "$x"),
        ("${x}y", "${x}y"),
        ("~", "~"),
        (" -", "-"),
        ("*", "*"),
        ("if", "if"),
    ],
)
def test_the_delimiter_is_taken_as_it_stands_but_for_quotes(written, delimiter):
    (found,) = documents(f"cat <<{written}\nx\n{delimiter}\n")
    assert (found.delimiter, found.body.parts[0].text) == (delimiter, "x\n")


def test_a_dash_takes_leading_tabs_away():
    (found,) = documents("cat <<-E\n\t\ta\n\t b\tc\n\n\tE\n")
    assert found == HereDocument("E", word("a\n b\tc\n\n"), strips_tabs=True)
    (found,) = documents("cat <<-'E'\n\t$a\n\tE\n")
    assert found == HereDocument("E", word(SingleQuoted("$a\n")), quoted=True, strips_tabs=True)


def test_tabs_behind_a_joined_line_stay_as_in_dash():
    (found,) = documents("cat <<-E\n\ta\\\n\tb\n\tE\n")
    assert found.body == word("a\tb\n")


def test_joined_lines_are_one_line_when_the_delimiter_is_looked_for():
    (found,) = documents("cat <<E\na\\\nE\nE\\\nE\nE\n")
    assert found.body == word("aE\nEE\n")
    (found,) = documents("cat <<EF\na\nE\\\nF\n")
    assert found.body == word("a\n")
    (found,) = documents("cat <<E\na\\\\\nE\n")
    assert found.body == word("a", Escaped("\\"), "\n")


def test_a_document_in_a_substitution_ends_inside_it():
    found = parsed_word("x $(cat <<E\na\nE\n)")
    inner = command("cat", redirections=[HereDocument("E", word("a\n"))])
    assert found == word(CommandSubstitution(lines(inner)))
    assert parsed_word('x "$(cat <<E\na\nE\n)"').parts[0].parts == found.parts
    quoted = parsed_word("x `cat <<E\na\nE\n`")
    assert quoted == word(CommandSubstitution(lines(inner), backquoted=True))


def test_a_document_around_a_substitution_waits_for_its_own_newline():
    found = parsed_command("cat <<E $(a\nb)\nx\nE\n")
    assert found.redirections == (HereDocument("E", word("x\n")),)
    assert found.words[1] == word(CommandSubstitution(lines(command("a"), command("b"))))


def test_a_document_in_a_subshell_may_follow_behind_it():
    inner = command("cat", redirections=[HereDocument("E", word("a\n"))])
    after = parse("(cat <<E) | b\na\nE\n").items[0].and_or.first
    inside = parse("(cat <<E\na\nE\n) | b").items[0].and_or.first
    assert after == inside
    assert after.commands[0].body == lines(inner)


def test_nothing_in_the_body_reaches_beyond_it():
    with pytest.raises(SyntaxMistake) as caught:
        parse("cat <<E\n$(a\nE\n)\n")
    assert not isinstance(caught.value, IncompleteInput)
    assert (caught.value.line, caught.value.column, caught.value.text) == (2, 0, "$(a")


def test_a_place_in_a_body_is_found_behind_its_tabs():
    with pytest.raises(SyntaxMistake) as caught:
        parse("a\ncat <<-E\n\tb\n\t\tc $(\n\tE\n")
    assert (caught.value.line, caught.value.column, caught.value.text) == (4, 4, "\t\tc $(")


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("cat <<E", word()),
        ("cat <<E\n", word()),
        ("cat <<E\na", word("a\n")),
        ("cat <<E\na\n", word("a\n")),
        ("cat <<E\na\\", word("a", Escaped("\\"), "\n")),
        ("cat <<E\na\\\n", word("a\n")),
        ("cat <<E\n$x", word(Parameter("x"), "\n")),
    ],
)
def test_in_a_script_the_end_of_input_ends_it_too(text, body):
    (found,) = documents(text)
    assert found.body == body


def test_at_the_prompt_its_end_must_come():
    assert not is_complete("cat <<E")
    assert not is_complete("cat <<E\na\n")
    assert not is_complete("cat <<E; b <<F\nE\n")
    assert is_complete("cat <<E\na\nE")
    with pytest.raises(IncompleteInput, match="the line 'E' that ends the here-document"):
        Parser(iter(["cat <<E\n", "a\n", None]).__next__, at_prompt=True).next_command()


def test_the_word_before_the_body_knows_its_place():
    text = "cat <<E\na\nb\nE\n"
    (found,) = documents(text)
    assert text[found.start : found.end] == "<<E"
    assert text[found.body.start : found.body.end] == "a\nb\n"
