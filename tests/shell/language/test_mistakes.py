"""What is no text of the language: the sentence, the place, and whether more could help."""

import pytest

from simpsh.base.errors import IncompleteInput, LeftOut, SyntaxMistake
from simpsh.shell.language.parser import is_complete, parse

QUOTE_IT = "'(' can only begin a command; to pass it to a program, quote it: '\\('"


def mistake(text, **keywords):
    with pytest.raises(SyntaxMistake) as caught:
        parse(text, **keywords)
    return caught.value


@pytest.mark.parametrize(
    ("text", "message", "line", "column", "width"),
    [
        ("| a", "a command is missing before '|'", 1, 0, 1),
        ("a | | b", "a command is missing between '|' and '|'", 1, 4, 1),
        ("a && || b", "a command is missing between '&&' and '||'", 1, 5, 2),
        ("a ; ; b", "a command is missing between ';' and ';'", 1, 4, 1),
        ("a &; b", "a command is missing between '&' and ';'", 1, 3, 1),
        ("&", "a command is missing before '&'", 1, 0, 1),
        ("a\n&& b", "a command is missing before '&&'", 2, 0, 2),
        ("( )", "a command is missing between '(' and ')'", 1, 2, 1),
        ("{ }", "a command is missing between '{' and '}'", 1, 2, 1),
        ("(a; | b)", "a command is missing between ';' and '|'", 1, 4, 1),
        ("!\n", "a command is missing after '!'", 1, 1, 1),
        ("! | a", "a command is missing between '!' and '|'", 1, 2, 1),
        ("time | a", "a command is missing between 'time' and '|'", 1, 5, 1),
        (")", "')' without '('", 1, 0, 1),
        ("a )", "')' without '('", 1, 2, 1),
        ("a; }", "'}' without '{'", 1, 3, 1),
        ("(a; }", "')' is missing before '}'", 1, 4, 1),
        ("{ a; )", "'}' is missing before ')'", 1, 5, 1),
        ("(a) b", "'b' cannot follow ')'; write ';' between", 1, 4, 1),
        ("{ a; } b", "'b' cannot follow '}'; write ';' between", 1, 7, 1),
        ("(a) (b)", "'(' cannot follow ')'; write ';' between", 1, 4, 1),
        ("{ (a) >f }", "'}' needs ';' or a newline before it", 1, 9, 1),
        ("a |& b", "'|&' is no operator of the standard; write '2>&1 |'", 1, 2, 2),
        ("a b (c)", QUOTE_IT, 1, 4, 1),
        ("x=y (c)", QUOTE_IT, 1, 4, 1),
        ("a | ! b", "'!' can only stand before the first command of a pipeline", 1, 4, 1),
        ("! ! a", "'!' may stand only once before a pipeline", 1, 2, 1),
        ("time time a", "'time' may stand only once before a pipeline", 1, 5, 4),
        ("a >", "a file name is missing after '>'", 1, 2, 1),
        ("a 2>> | b", "a file name is missing after '2>>'", 1, 6, 1),
        ("a > >b", "a file name is missing after '>'", 1, 4, 1),
        ("a <<\n", "a delimiter is missing after '<<'", 1, 2, 2),
        ("a <<< ;", "a word is missing after '<<<'", 1, 6, 1),
        ("a >& ;", "the number of a descriptor is missing after '>&'", 1, 5, 1),
        ("a <&b", "'<&' needs the number of a descriptor or '-', not 'b'", 1, 4, 1),
        (
            "a >&out",
            "'>&' needs the number of a descriptor or '-', not 'out';"
            " both outputs go to a file by '>out 2>&1'",
            1,
            4,
            3,
        ),
        ("a ${x b", "'}' is missing after '${x'", 1, 2, 5),
        ("a ${}", "'${}' names no parameter", 1, 2, 3),
        ("a ${1b}", "'${1b}' names no parameter", 1, 2, 5),
        ("a ${ x}", "'${ x}' names no parameter", 1, 2, 5),
        (
            "a $((b); c)",
            "a ')' is missing: '$((' ends with '))'; for a subshell within '$(', write '$( ('",
            1,
            6,
            1,
        ),
        ("a\nb `c | | d`", "a command is missing between '|' and '|'", 2, 7, 1),
        ("a `b \\`c )\\``", "')' without '('", 1, 9, 1),
        ("a `b 'c`", "the single quote ' is never closed", 1, 5, 1),
        ("a `(b`", "')' is missing: '(' is never closed", 1, 3, 1),
        ("a $(b <<E)\nE\n", "the lines of the here-document 'E' are missing before ')'", 1, 6, 3),
        ("a <<'b\nc'", "a here-document's delimiter cannot hold a newline", 1, 4, 2),
        (
            "a <<`b`",
            "a here-document's delimiter is taken as it stands; no command can be in it",
            1,
            4,
            3,
        ),
        ("a\0b", "a NUL byte cannot be part of a command", 1, 1, 1),
    ],
)
def test_a_mistake_has_a_sentence_and_a_place(text, message, line, column, width):
    problem = mistake(text)
    assert type(problem) is SyntaxMistake
    assert (problem.message, problem.line, problem.column, problem.width) == (
        message,
        line,
        column,
        width,
    )
    assert problem.text == text.split("\n")[line - 1]


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("a 'b\nc", "the single quote ' is never closed", 1, 2),
        ('a\n b "c $x\n', 'the double quote " is never closed', 2, 3),
        ("a `b", "the backquote ` is never closed", 1, 2),
        ("a |", "a command is missing after '|'", 1, 2),
        ("a ||\n\n", "a command is missing after '||'", 1, 2),
        ("a && # b\n", "a command is missing after '&&'", 1, 2),
        ("(a\nb", "')' is missing: '(' is never closed", 1, 0),
        ("a $(b", "')' is missing: '$(' is never closed", 1, 2),
        ('a "$(b \'c" )', "the single quote ' is never closed", 1, 7),
        ("a ${x-b\n", "'}' is missing: '${' is never closed", 1, 2),
        ('a "${x%$(b) ', "'}' is missing: '${' is never closed", 1, 3),
        ("a ${x", "'}' is missing after '${x'", 1, 2),
        ("a\n b $((1 + (2)", "'))' is missing: '$((' is never closed", 2, 3),
        (
            "{ a }",
            "'}' is missing: '{' is never closed; it needs ';' or a newline before it",
            1,
            0,
        ),
    ],
)
def test_an_early_end_is_told_from_other_mistakes(text, message, line, column):
    problem = mistake(text)
    assert type(problem) is IncompleteInput
    assert (problem.message, problem.line, problem.column) == (message, line, column)


@pytest.mark.parametrize(
    "text",
    [
        "a |", "a &&", "a ||\n", "(", "(a", "(a;", "{", "{ a", "{ a;", "{ a }", "a $(", "a $(b",
        "a 'b", 'a "b', 'a "$(b)', "a `b", "a \\", "a \\\n", "a b\\\n", "cat <<E", "cat <<E\nE \n",
        "a $\\\n", "a ${x\\\n", '"\\', "(a &&\n", "a | (b", "! (", "a `b\\\n", "time {",
        "if", "if a", "if a; then", "if a; then b; else", "if a; then b; elif c", "while a",
        "until a; do", "while a; do b", "for", "for x", "for x in", "for x in a", "for x in a\ndo",
        "case", "case a", "case a in", "case a in b", "case a in b)", "case a in b) c;;", "f()",
        "f() {", "f() {\na", "a | while b", "! if", "f() if",
        "a ${x", "a ${x:-", "a ${x:-b\n", 'a "${x%', "a ${x-'", "a $((", "a $((1 +\n", "a $(((1)",
    ],
)  # fmt: skip
def test_unfinished_input_asks_for_another_line(text):
    assert not is_complete(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", "# (", "a", "a;", "a &", "a | b", "(a)", "{ a; }", "a $(b)", "a 'b\nc'",
        "a \\\nb", "a=(b",
        "cat <<E\nE", "a )", "a ;;", "if a; fi", "for 1", "| a", "a | | b", "a ${x b",
        "a ${x!", "a $((1)",
        "!", "time", "a >", "( )", "a `b | | c`", "f() }", "a `(`", "<<E )", "a 2>",
    ],
)  # fmt: skip
def test_finished_or_hopeless_input_does_not(text):
    assert is_complete(text)


def test_the_first_mistake_of_a_line_is_the_one_told():
    assert mistake("a | | ${x:-y}").message == "a command is missing between '|' and '|'"
    assert isinstance(mistake("select a | | b"), LeftOut)
    assert mistake("a ) 'b").message == "')' without '('"


def test_a_missing_here_document_is_asked_for_at_the_prompt_only():
    assert type(mistake("cat <<E\na\n", at_prompt=True)) is IncompleteInput
    assert parse("cat <<E\na\n").items


def test_mistakes_have_status_two():
    assert mistake("a |").status == 2
    assert mistake("for 1").status == 2
