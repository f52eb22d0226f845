"""Words: how quotes, backslashes, parameters, substitutions and tildes are read."""

import pytest

from simpsh.base.errors import IncompleteInput
from simpsh.shell.language.parser import parse
from simpsh.shell.language.syntax_tree import (
    Assignment,
    CommandSubstitution,
    DollarQuoted,
    DoubleQuoted,
    Escaped,
    List,
    Literal,
    Parameter,
    SingleQuoted,
    Tilde,
)
from tests.shell.language.building import command, lines, parsed_command, parsed_word, word


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc", word("abc")),
        ("a*b?[c]", word("a*b?[c]")),
        ("'a $x \"b\" \\'", word(SingleQuoted('a $x "b" \\'))),
        ("''", word(SingleQuoted(""))),
        ('""', word(DoubleQuoted(()))),
        ('"a $x b"', word(DoubleQuoted((Literal("a "), Parameter("x"), Literal(" b"))))),
        ('"it\'s"', word(DoubleQuoted((Literal("it's"),)))),
        (r"\*a\'", word(Escaped("*"), "a", Escaped("'"))),
        (r"a\ b", word("a", Escaped(" "), "b")),
        ("a'b'\"c\"d", word("a", SingleQuoted("b"), DoubleQuoted((Literal("c"),)), "d")),
        ("a#b", word("a#b")),
        ("{}", word("{}")),
        ("a{b,c}", word("a{b,c}")),
        ("=", word("=")),
        ("é\udc80", word("é\udc80")),
        ("a\rb\x0bc\xa0d", word("a\rb\x0bc\xa0d")),
    ],
)
def test_a_word_is_read_in_its_parts(text, expected):
    assert parsed_word(f"x {text}") == expected


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (r'"\$"', (Escaped("$"),)),
        (r'"\`"', (Escaped("`"),)),
        (r'"\""', (Escaped('"'),)),
        (r'"\\"', (Escaped("\\"),)),
        (r'"\a\*"', (Literal(r"\a\*"),)),
        (r'"\'"', (Literal(r"\'"),)),
    ],
)
def test_a_backslash_in_double_quotes_acts_before_four_characters_only(text, parts):
    assert parsed_word(f"x {text}") == word(DoubleQuoted(parts))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$x", word(Parameter("x"))),
        ("$x1_y.z", word(Parameter("x1_y"), ".z")),
        ("${x}y", word(Parameter("x", braced=True), "y")),
        ("$1a", word(Parameter("1"), "a")),
        ("$10", word(Parameter("1"), "0")),
        ("${10}", word(Parameter("10", braced=True))),
        ("$@$*", word(Parameter("@"), Parameter("*"))),
        ("$#$?$!$-$$", word(*(Parameter(name) for name in "#?!-$"))),
        ("${#}${@}", word(Parameter("#", braced=True), Parameter("@", braced=True))),
        ("$0", word(Parameter("0"))),
        ("$", word("$")),
        ("a$", word("a$")),
        ("$.", word("$.")),
        ("$é", word("$é")),
        ("$%", word("$%")),
        ('"$"', word(DoubleQuoted((Literal("$"),)))),
        ("$$x", word(Parameter("$"), "x")),
    ],
)
def test_a_dollar_begins_a_parameter_where_a_name_follows(text, expected):
    assert parsed_word(f"x {text}") == expected


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("", ""),
        (r"a\nb", "a\nb"),
        (r"\a\b\e\f\n\r\t\v", "\x07\x08\x1b\x0c\n\r\t\x0b"),
        (r"it\'s \"so\" \\", 'it\'s "so" \\'),
        (r"\101\1012\x41\x411\cA\ca", "AA2AA1\x01\x01"),
        (r"\303\251", "é"),
        (r"\xff", "\udcff"),
        (r"a\0b", "a"),
        (r"\q\(", r"\q\("),
        ("$x `y` \n", "$x `y` \n"),
    ],
)
def test_in_dollar_quotes_a_backslash_stands_for_a_character(inside, text):
    assert parsed_word(f"x $'{inside}'") == word(DollarQuoted(text))


def test_a_dollar_before_a_quote_stands_for_itself_in_double_quotes():
    assert parsed_word('x $"a"') == word("$", DoubleQuoted((Literal("a"),)))
    assert parsed_word("x \"$'a'\"") == word(DoubleQuoted((Literal("$'a'"),)))
    with pytest.raises(IncompleteInput):
        parsed_word("x $'a")


def test_a_substitution_holds_a_list():
    assert parsed_word("x $(ls -l; pwd)") == word(
        CommandSubstitution(lines(command("ls", "-l"), command("pwd")))
    )
    assert parsed_word("x $()") == word(CommandSubstitution(List()))
    assert parsed_word("x $(\n\nls\n)") == word(CommandSubstitution(lines(command("ls"))))


def test_quotes_inside_a_substitution_inside_quotes_begin_anew():
    inner = DoubleQuoted((Literal(")"),))
    substitution = CommandSubstitution(lines(command("a", word(inner), word(SingleQuoted(")")))))
    assert parsed_word("""x "$(a ")" ')')" """) == word(DoubleQuoted((substitution,)))


def test_a_comment_in_a_substitution_hides_its_parenthesis():
    assert parsed_word("x $(a # b)\n)") == word(CommandSubstitution(lines(command("a"))))


def test_parentheses_inside_a_substitution_are_counted():
    found = parsed_word("x $( (a); (b))").parts[0]
    assert isinstance(found, CommandSubstitution)
    assert len(found.body.items) == 2


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("`ls -l`", command("ls", "-l")),
        (r"`a \`b\``", command("a", word(CommandSubstitution(lines(command("b")), True)))),
        (r"`a \$x`", command("a", word(Parameter("x")))),
        (r"`a \\$x`", command("a", word(Escaped("$"), "x"))),
        (r"`a '\`'`", command("a", word(SingleQuoted("`")))),
        (r"`a \"b`", command("a", word(Escaped('"'), "b"))),
    ],
)
def test_backquotes_take_their_own_backslashes_away(text, inner):
    found = parsed_word(f"x {text}")
    assert found == word(CommandSubstitution(lines(inner), backquoted=True))


def test_backquotes_in_double_quotes_also_free_the_double_quote():
    inner = CommandSubstitution(lines(command("a", word(DoubleQuoted((Literal("b c"),))))), True)
    assert parsed_word(r'x "`a \"b c\"`"') == word(DoubleQuoted((inner,)))


def test_backquotes_go_over_lines_and_lose_joined_ones():
    found = parsed_word("x `a\nb \\\nc`")
    assert found == word(CommandSubstitution(lines(command("a"), command("b", "c")), True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("~", word(Tilde(""))),
        ("~/a", word(Tilde(""), "/a")),
        ("~root/a", word(Tilde("root"), "/a")),
        ("~a:b", word(Tilde("a:b"))),
        ("a~", word("a~")),
        ("~'a'", word("~", SingleQuoted("a"))),
        ("~a'b'/c", word("~a", SingleQuoted("b"), "/c")),
        ("~$x", word("~", Parameter("x"))),
        ("~/'a'~", word(Tilde(""), "/", SingleQuoted("a"), "~")),
        ("a=~", word("a=~")),
        (r"\~", word(Escaped("~"))),
    ],
)
def test_a_tilde_prefix_begins_a_word_and_is_not_quoted(text, expected):
    assert parsed_word(f"x {text}") == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=~", word(Tilde(""))),
        ("a=~:~b/c:d:~", word(Tilde(""), ":", Tilde("b"), "/c:d:", Tilde(""))),
        ("a=b~", word("b~")),
        ('a=$x:~:"~"', word(Parameter("x"), ":", Tilde(""), ":", DoubleQuoted((Literal("~"),)))),
        ("a=", word()),
        ("a==b=c", word("=b=c")),
    ],
)
def test_an_assignment_has_tildes_behind_its_sign_and_every_colon(text, value):
    assert parsed_command(text).assignments == (Assignment("a", value),)


def test_arguments_of_export_have_the_tildes_of_assignments():
    assert parsed_word("export a=~:~") == word("a=", Tilde(""), ":", Tilde(""))
    assert parsed_word("command export a=~") == word("a=", Tilde(""))
    assert parsed_word("echo export a=~") == word("a=~")


def test_a_redirection_has_a_tilde_and_a_here_document_has_none():
    assert parsed_command("a >~/b").redirections[0].target == word(Tilde(""), "/b")
    assert parsed_command("a <<~\n~\n").redirections[0].body == word()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x a\\\nb", "x ab"),
        ("x \\\n b", "x b"),
        ('x "a\\\nb"', 'x "ab"'),
        ("x $a\\\nb", "x $ab"),
        ("x $\\\na", "x $a"),
        ("x ${\\\na\\\n}", "x ${a}"),
        ("x $\\\n(\\\na)", "x $(a)"),
        ("a |\\\n| b", "a || b"),
        ("a >\\\n> b", "a >> b"),
        ("a 2\\\n>b", "a 2>b"),
        ("a\\\n=b c", "a=b c"),
        ("{\\\n a;\\\n}", "{ a; }"),
        ("\\\nx", "x"),
        ("x \\\n\\\n\\\ny", "x y"),
        ("! \\\n x", "! x"),
        ("x `a\\\nb`", "x `ab`"),
    ],
)
def test_a_backslash_before_a_newline_joins_lines_everywhere(text, expected):
    assert parse(text) == parse(expected)


def test_a_backslash_before_a_newline_stays_in_single_quotes_and_comments():
    assert parsed_word("x 'a\\\nb'") == word(SingleQuoted("a\\\nb"))
    assert parse("a # b \\\nc") == lines(command("a"), command("c"))


def test_a_backslash_at_the_very_end_stands_for_itself_in_a_script():
    assert parsed_word("x a\\") == word("a", Escaped("\\"))
    assert parse("x a\\\n") == parse("x a")
