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
        document
        for item in parse(text).items
        for stage in item.and_or.first.commands
        for document in stage.redirections
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cat <<E\na b\n  c\nE\n", HereDocument("E", word("a b\n  c\n"))),
        ("cat <<E\nE\n", HereDocument("E", word())),
        ("cat 3<<E\nE\n", HereDocument("E", word(), descriptor=3)),
        ("cat <<-E\n\t\ta\n\t b\tc\n\n\tE\n",
         HereDocument("E", word("a\n b\tc\n\n"), strips_tabs=True)),
        ("cat <<-'E'\n\t$a\n\tE\n",
         HereDocument("E", word(SingleQuoted("$a\n")), quoted=True, strips_tabs=True)),
    ],
)  # fmt: skip
def test_the_body_is_the_lines_up_to_the_delimiter(text, expected):
    assert documents(text) == [expected]


@pytest.mark.parametrize(
    ("text", "body"),
    [
        # A line is the delimiter only if it is nothing else.
        ("cat <<E\n E\nE \nEE\n\tE\nE\n", word(" E\nE \nEE\n\tE\n")),
        ("cat <<E\na $x $(b c) `d`\nE\n",
         word("a ", Parameter("x"), " ", CommandSubstitution(lines(command("b", "c"))), " ",
              CommandSubstitution(lines(command("d")), backquoted=True), "\n")),
        # Quotes are plain, and a backslash acts before three characters.
        ('cat <<E\n\'a\' "b" \\$x \\` \\\\ \\" \\a\nE\n',
         word("'a' \"b\" ", Escaped("$"), "x ", Escaped("`"), " ", Escaped("\\"), ' \\" \\a\n')),
        # Tabs behind a joined line stay, as in dash.
        ("cat <<-E\n\ta\\\n\tb\n\tE\n", word("a\tb\n")),
        # Joined lines are one line when the delimiter is looked for.
        ("cat <<E\na\\\nE\nE\\\nE\nE\n", word("aE\nEE\n")),
        ("cat <<EF\na\nE\\\nF\n", word("a\n")),
        ("cat <<E\na\\\\\nE\n", word("a", Escaped("\\"), "\n")),
        # In a script the end of the input ends it, too.
        ("cat <<E", word()),
        ("cat <<E\n", word()),
        ("cat <<E\na", word("a\n")),
        ("cat <<E\na\n", word("a\n")),
        ("cat <<E\na\\", word("a", Escaped("\\"), "\n")),
        ("cat <<E\na\\\n", word("a\n")),
        ("cat <<E\n$x", word(Parameter("x"), "\n")),
    ],
)  # fmt: skip
def test_the_body_is_made_of(text, body):
    (document,) = documents(text)
    assert document.body == body


def test_commands_behind_it_are_read_from_the_same_and_later_lines():
    items = parse("cat <<E; a\nx\nE\nb\n").items
    names = [each.and_or.first.commands[0].words[0] for each in items]
    assert names == [word("cat"), word("a"), word("b")]
    several = documents("a <<A | b <<B\n1\nA\n2\nB\n")
    assert [document.body for document in several] == [word("1\n"), word("2\n")]


@pytest.mark.parametrize("delimiter", ["'E'", '"E"', "\\E", "''E", "E''"])
def test_a_quoted_delimiter_turns_expansion_off(delimiter):
    (document,) = documents(f"cat <<{delimiter}\na $x `b` \\\\ \\\nE\n")
    assert document == HereDocument("E", word(SingleQuoted("a $x `b` \\\\ \\\n")), quoted=True)


@pytest.mark.parametrize(
    ("written", "delimiter"),
    [
        ("'a b'", "a b"), ("''", ""), ("a\\ b", "a b"), ("'it'\\''s'", "it's"), ("$x", "$x"),
        ("${x}y", "${x}y"), ("~", "~"), (" -", "-"), ("*", "*"), ("if", "if"),
    ],
)  # fmt: skip
def test_the_delimiter_is_taken_as_it_stands_but_for_quotes(written, delimiter):
    (document,) = documents(f"cat <<{written}\nx\n{delimiter}\n")
    assert (document.delimiter, document.body.parts[0].text) == (delimiter, "x\n")


def test_a_document_in_a_substitution_ends_inside_it():
    substitution = parsed_word("x $(cat <<E\na\nE\n)")
    inner = command("cat", redirections=[HereDocument("E", word("a\n"))])
    assert substitution == word(CommandSubstitution(lines(inner)))
    assert parsed_word('x "$(cat <<E\na\nE\n)"').parts[0].parts == substitution.parts
    quoted = parsed_word("x `cat <<E\na\nE\n`")
    assert quoted == word(CommandSubstitution(lines(inner), backquoted=True))
    # One around a substitution waits for its own newline.
    around = parsed_command("cat <<E $(a\nb)\nx\nE\n")
    assert around.redirections == (HereDocument("E", word("x\n")),)
    assert around.words[1] == word(CommandSubstitution(lines(command("a"), command("b"))))


def test_a_document_in_a_subshell_may_follow_behind_it():
    inner = command("cat", redirections=[HereDocument("E", word("a\n"))])
    after = parse("(cat <<E) | b\na\nE\n").items[0].and_or.first
    assert after == parse("(cat <<E\na\nE\n) | b").items[0].and_or.first
    assert after.commands[0].body == lines(inner)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        # Nothing in a body reaches beyond it.
        ("cat <<E\n$(a\nE\n)\n", (2, 0, "$(a")),
        # A place in a body is found behind its tabs.
        ("a\ncat <<-E\n\tb\n\t\tc $(\n\tE\n", (4, 4, "\t\tc $(")),
    ],
)
def test_a_mistake_in_a_body_has_its_place(text, place):
    with pytest.raises(SyntaxMistake) as caught:
        parse(text)
    assert not isinstance(caught.value, IncompleteInput)
    assert (caught.value.line, caught.value.column, caught.value.text) == place


def test_at_the_prompt_its_end_must_come():
    assert not is_complete("cat <<E")
    assert not is_complete("cat <<E\na\n")
    assert not is_complete("cat <<E; b <<F\nE\n")
    assert is_complete("cat <<E\na\nE")
    with pytest.raises(IncompleteInput, match="the line 'E' that ends the here-document"):
        Parser(iter(["cat <<E\n", "a\n", None]).__next__, at_prompt=True).next_command()
