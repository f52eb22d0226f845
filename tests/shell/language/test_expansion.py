"""Expansion: from words to fields."""

import time

import pytest

from simpsh.base.errors import ExpansionProblem
from simpsh.shell.language.parser import parse
from simpsh.shell.language.word_expansion import fields, needs_substitution, single
from tests.shell.language.building import parsed_command
from tests.shell.language.worlds import World


def expanded(text, world=None, **given):
    """The fields of the arguments of a command."""
    return fields(parsed_command(f"x {text}").words[1:], world or World(**given))


def value(text, **given):
    """The value of an assignment."""
    return single(parsed_command(f"x={text}").assignments[0].value, World(**given))


def body(text, **given):
    """The text of a here-document."""
    document = parsed_command(f"x <<E\n{text}\nE\n").redirections[0]
    return single(document.body, World(**given))


SPACED = {"x": " a  b\tc\n"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b", ["a", "b"]),
        ("'a  b' \"c  d\" e\\ f", ["a  b", "c  d", "e f"]),
        ("''", [""]),
        ('""', [""]),
        ("'' ''", ["", ""]),
        ("$none", []),
        ('"$none"', [""]),
        ("a$none", ["a"]),
        ("$none''", [""]),
        ("$x", ["a", "b", "c"]),
        ('"$x"', [" a  b\tc\n"]),
        ("-$x-", ["-", "a", "b", "c", "-"]),
        ("$x$x", ["a", "b", "c", "a", "b", "c"]),
        ('"-"$x', ["-", "a", "b", "c"]),
        ("''$x", ["", "a", "b", "c"]),
        (r'"a\$x\"\\\a"', ['a$x"\\\\a']),
        ("'$x'", ["$x"]),
        ("a=$x", ["a=", "a", "b", "c"]),
    ],
)
def test_fields_are_made_of_words(text, expected):
    assert expanded(text, variables=SPACED) == expected


@pytest.mark.parametrize(
    ("separators", "content", "expected"),
    [
        (None, "a b:c", ["a", "b:c"]),
        ("", "a b", ["a b"]),
        (":", "a b:c", ["a b", "c"]),
        (":", ":a::b:", ["", "a", "", "b"]),
        (":", "::", ["", ""]),
        (":", ":", [""]),
        (" :", " a : b ", ["a", "b"]),
        (" :", "a  :  : b", ["a", "", "b"]),
        (" :", " : a", ["", "a"]),
        (" :", "a : ", ["a"]),
        ("\t", " a\tb\t\tc ", [" a", "b", "c "]),
        ("\n", "a b\n\nc\n", ["a b", "c"]),
        ("ab", "xaybz", ["x", "y", "z"]),
        ("\\", "a\\b", ["a", "b"]),
        (" ", "", []),
        (":", "", []),
        (" ", "   ", []),
        ("é", "aéb", ["a", "b"]),
    ],
)
def test_ifs_says_where_fields_end(separators, content, expected):
    variables = {"x": content}
    if separators is not None:
        variables["IFS"] = separators
    assert expanded("$x", variables=variables) == expected


def test_what_the_word_itself_holds_is_not_split():
    variables = {"IFS": ":ab", "x": "c:d"}
    assert expanded("a:b$x:a 'a:'$x", variables=variables) == ["a:bc", "d:a", "a:c", "d"]


ALL = ("a b", "", "c")


@pytest.mark.parametrize(
    ("text", "positional", "expected"),
    [
        ('"$@"', ALL, ["a b", "", "c"]),
        ('"$@"', (), []),
        ('"${@}"', (), []),
        ('"$@"', ("",), [""]),
        ('"-$@-"', ALL, ["-a b", "", "c-"]),
        ('"-$@-"', (), ["--"]),
        ('"$@$@"', ("a", "b"), ["a", "ba", "b"]),
        ('"$@$@"', (), []),
        ('"$@"x', ALL, ["a b", "", "cx"]),
        ("\"$@\"''", (), [""]),
        ("$@", ALL, ["a", "b", "c"]),
        ("$*", ALL, ["a", "b", "c"]),
        ("-$@-", ALL, ["-a", "b", "c-"]),
        ("$@", (), []),
        ('"$*"', ALL, ["a b  c"]),
        ('"$*"', (), [""]),
        ("$# $1 $2 ${3} $4", ALL, ["3", "a", "b", "c"]),
        ('"$1" "$2" "$4"', ALL, ["a b", "", ""]),
    ],
)
def test_positional_parameters_make_fields(text, positional, expected):
    assert expanded(text, positional=positional) == expected


@pytest.mark.parametrize(
    ("separators", "quoted", "unquoted"),
    [
        (":", ["a b::c"], ["a b", "c"]),
        ("", ["a bc"], ["a b", "c"]),
        (": ", ["a b::c"], ["a", "b", "c"]),
    ],
)
def test_the_first_character_of_ifs_joins_the_star(separators, quoted, unquoted):
    variables = {"IFS": separators}
    assert expanded('"$*"', variables=variables, positional=ALL) == quoted
    assert expanded("$*", variables=variables, positional=ALL) == unquoted
    assert expanded("$@", variables=variables, positional=ALL) == unquoted


def test_a_value_is_neither_split_nor_a_pattern():
    world = {"variables": {"x": "a  *", "IFS": ":"}, "positional": ("1", "2"), "files": ("f",)}
    assert value("$x*", **world) == "a  **"
    assert value("$@", **world) == "1:2"
    assert value('"$*"', **world) == "1:2"
    assert value("", **world) == ""
    assert value("'a'\\b\"c\"", **world) == "abc"


def test_a_here_document_keeps_its_quotes():
    assert body("'a' \"$x\" \\$x \\\\ \\a *", variables={"x": "1  2"}) == (
        "'a' \"1  2\" $x \\ \\a *\n"
    )
    assert body("$*", positional=("a", "b")) == "a b\n"


def test_an_unset_parameter_is_a_problem_under_nounset_only():
    assert expanded("$none") == []
    world = World(positional=())
    world.is_nounset = True
    for text in ("$none", '"${none}"', "$1", "$!"):
        with pytest.raises(ExpansionProblem) as caught:
            expanded(text, world)
        name = text.strip('"$').strip("{}")
        assert str(caught.value) == f"{name}: parameter not set"
    assert expanded('$@ $* "$@" $#', world) == ["0"]


def test_a_substitution_loses_its_last_newlines_and_is_split():
    outputs = {"a": "1  2\n\n3\n\n\n"}
    assert expanded("$(a)", outputs=outputs) == ["1", "2", "3"]
    assert expanded('"`a`"', outputs=outputs) == ["1  2\n\n3"]
    assert value("$(a)", outputs=outputs) == "1  2\n\n3"
    assert body("$(a)", outputs=outputs) == "1  2\n\n3\n"


def test_substitutions_run_once_each_from_left_to_right():
    world = World(outputs={"a": "1", "b": "2", "c": "3"})
    assert expanded('$(a)"$(b)" `c`', world) == ["12", "3"]
    assert world.ran == ["a", "b", "c"]


HOMES = {"": "/my home", "root": "/root"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("~", ["/my home"]),
        ("~/a", ["/my home/a"]),
        ("~root/a", ["/root/a"]),
        ("~nobody", ["~nobody"]),
        ("'~' \\~ a~", ["~", "~", "a~"]),
        ("a=~", ["a=~"]),
    ],
)
def test_a_tilde_becomes_a_home_that_is_not_split(text, expected):
    assert expanded(text, homes=HOMES) == expected


def test_a_tilde_in_a_value_or_without_a_home():
    assert value("~:~root/b:'~'", homes=HOMES) == "/my home:/root/b:~"
    assert expanded("~ ~/a") == ["~", "~/a"]
    assert expanded("~ ~/a", homes={"": ""}) == ["/a"]


def test_arguments_of_export_are_expanded_as_values():
    words = parsed_command("export A=$x B=~ $x 'C'=$x").words
    world = World({"x": "a b"}, homes=HOMES)
    assert fields(words, world) == ["export", "A=a b", "B=/my home", "a", "b", "C=a", "b"]
    words = parsed_command("command export A=$x").words
    assert fields(words, world) == ["command", "export", "A=a b"]
    words = parsed_command("echo export A=$x").words
    assert fields(words, world) == ["echo", "export", "A=a", "b"]


FILES = ("a.c", "b.c", "c d.c", ".h.c", "sub/", "sub/x.c", "*")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*.c", ["a.c", "b.c", "c d.c"]),
        ("'*'.c", ["*.c"]),
        ("\\*", ["*"]),
        ("$p", ["a.c", "b.c", "c d.c"]),
        ('"$p"', ["*.c"]),
        ("[ab]$e", ["a.c", "b.c"]),
        ("*.x", ["*.x"]),
        ("[", ["["]),
        ("'['ab].c", ["[ab].c"]),
        ("-$m-", ["-", "a.c", "b.c", "c d.c", "-"]),
        ("$q", ["\\*?"]),
        ("~/*.c", ["sub/x.c"]),
        ("~nobody*", ["~nobody*"]),
        ("$(l)", ["a.c", "b.c", "c d.c"]),
    ],
)
def test_unquoted_patterns_become_the_names_they_match(text, expected):
    variables = {"p": "*.c", "e": ".c", "m": " *.c ", "q": "\\*?"}
    homes = {"": "sub"}
    given = {"variables": variables, "files": FILES, "homes": homes, "outputs": {"l": "*.c\n"}}
    assert expanded(text, **given) == expected


def test_a_backslash_that_an_expansion_gave_quotes_in_a_pattern():
    assert expanded("$x", variables={"x": "\\**"}, files=("*a", "ba")) == ["*a"]
    assert expanded("$x", variables={"x": "\\*"}, files=("*",)) == ["\\*"]
    world = World(files=FILES)
    world.is_noglob = True
    assert expanded("*.c 'a'?", world) == ["*.c", "a?"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b 'c' $x >f <<<d", False),
        ("a $(b)", True),
        ("a `b`", True),
        ('a "x$(b)"', True),
        ("x=$(b)", True),
        ("a >$(b)", True),
        ("a <<<`b`", True),
        ("a <<E\n$(b)\nE\n", True),
        ("a <<'E'\n$(b)\nE\n", False),
        ("(a | b && { c; })", False),
        ("(a | b && { c $(d); })", True),
        ("(a) >$(b)", True),
    ],
)
def test_a_substitution_is_found_anywhere_in_a_command(text, expected):
    (item,) = parse(text).items
    assert needs_substitution(item) is expected
    assert needs_substitution(item.and_or.first.commands[0]) is expected


def test_bytes_that_are_no_text_pass_through():
    fields_of_bytes = expanded("a\udc80 $x '\udcff'", variables={"x": "\udc81"})
    assert fields_of_bytes == ["a\udc80", "\udc81", "\udcff"]
    assert expanded("?", files=("\udc80",)) == ["\udc80"]


def test_many_words_and_long_values_take_time_in_proportion():
    words = parsed_command("x" + " word" * 30_000).words
    before = time.monotonic()
    assert len(fields(words, World())) == 30_001
    assert len(expanded("$x", variables={"x": "ab " * 30_000})) == 30_000
    assert len(expanded("$x", variables={"x": "ab:" * 30_000, "IFS": ":"})) == 30_000
    assert time.monotonic() - before < 60
