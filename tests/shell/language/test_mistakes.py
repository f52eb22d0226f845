"""Syntax errors: the message, the location, and whether more input could help."""

import pytest

from simpsh.base.errors import IncompleteInput, LeftOut, SyntaxMistake
from simpsh.shell.language.parser import Parser, parse, unfinished


def mistake(text, **keywords):
    with pytest.raises(SyntaxMistake) as caught:
        parse(text, **keywords)
    return caught.value


MISTAKES = (
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
    ("a b (c)", "'(' can only begin a command; to pass it to a program, quote it: '\\('", 1, 4, 1),
    ("x=y (c)", "'(' can only begin a command; to pass it to a program, quote it: '\\('", 1, 4, 1),
    ("a | ! b", "'!' is only allowed before the first command of a pipeline", 1, 4, 1),
    ("! ! a", "'!' is allowed only once before a pipeline", 1, 2, 1),
    ("time time a", "'time' is allowed only once before a pipeline", 1, 5, 4),
    ("a >", "a file name is missing after '>'", 1, 2, 1),
    ("a 2>> | b", "a file name is missing after '2>>'", 1, 6, 1),
    ("a > >b", "a file name is missing after '>'", 1, 4, 1),
    ("a <<\n", "a delimiter is missing after '<<'", 1, 2, 2),
    ("a <<< ;", "a word is missing after '<<<'", 1, 6, 1),
    ("a >& ;", "the number of a descriptor is missing after '>&'", 1, 5, 1),
    ("a ${x b", "'}' is missing after '${x'", 1, 2, 5),
    ("a ${x", "'}' is missing after '${x'", 1, 2, 3),
    ("a $((b); c)",
     "a ')' is missing: '$((' ends with '))'; for a subshell within '$(', write '$( ('", 1, 6, 1),
    ("a\nb `c | | d`", "a command is missing between '|' and '|'", 2, 7, 1),
    ("a `b \\`c )\\``", "')' without '('", 1, 9, 1),
    ("a `b 'c`", "the single quote ' is never closed", 1, 5, 1),
    ("a `(b`", "')' is missing: '(' is never closed", 1, 3, 1),
    ("a $(b <<E)\nE\n", "the lines of the here-document 'E' are missing before ')'", 1, 6, 3),
    ("a <<'b\nc'", "a here-document's delimiter cannot hold a newline", 1, 4, 2),
    ("a <<`b`",
     "a here-document's delimiter is taken literally; no command can be in it", 1, 4, 3),
    ("a\x00b", "a NUL byte cannot be part of a command", 1, 1, 1),
    ("fi", "'fi' without 'if'", 1, 0, 2),
    ("a; then b", "'then' without 'if'", 1, 3, 4),
    ("else", "'else' without 'if'", 1, 0, 4),
    ("a\ndone", "'done' without 'while', 'until' or 'for'", 2, 0, 4),
    ("do", "'do' without 'while', 'until' or 'for'", 1, 0, 2),
    ("esac", "'esac' without 'case'", 1, 0, 4),
    ("in a", "'in' without 'for' or 'case'", 1, 0, 2),
    ("a ;; b", "';;' without 'case'", 1, 2, 2),
    (
        "if a then b; fi",
        "'then' of 'if' is missing before 'fi'; write ';' before it", 1, 13, 2,
    ),
    (
        "for x in 1 do a; done",
        "'do' is missing after 'for', before 'done'; write ';' before it", 1, 17, 4,
    ),
    ("for x in 1; a; done", "'do' is missing after 'for', before 'a'", 1, 12, 1),
    ("if a; then b; done", "'fi' of 'if' is missing before 'done'", 1, 14, 4),
    ("while a; do b; fi", "'done' of 'while' is missing before 'fi'", 1, 15, 2),
    ("(if a; then b; )", "'fi' of 'if' is missing before ')'", 1, 15, 1),
    ("{ while a; do b; }", "'done' of 'while' is missing before '}'", 1, 17, 1),
    ("if a; then b; else c; else d; fi", "'fi' of 'if' is missing before 'else'", 1, 22, 4),
    ("if; then b; fi", "a command is missing between 'if' and ';'", 1, 2, 1),
    ("if a; then fi", "a command is missing between 'then' and 'fi'", 1, 11, 2),
    ("while do a; done", "a command is missing between 'while' and 'do'", 1, 6, 2),
    ("while a; do done", "a command is missing between 'do' and 'done'", 1, 12, 4),
    ("if a; then b; fi c", "'c' cannot follow 'fi'; write ';' between", 1, 17, 1),
    ("for 1 in a; do b; done",
     "the name of a variable is missing after 'for', before '1'", 1, 4, 1),
    ("for $x in a; do b; done",
     "the name of a variable is missing after 'for', before this word", 1, 4, 2),
    ("for\nx in a", "the name of a variable is missing after 'for'", 1, 0, 3),
    ("for x in (a b); do c; done",
     "'do' is missing after 'for', before '('; a list has no ( ) around it", 1, 9, 1),
    ("for x in a b)", "'do' is missing after 'for', before ')'", 1, 12, 1),
    ("for x a b; do c; done", "'do' is missing after 'for', before 'a'", 1, 6, 1),
    ("for x in a; b; done", "'do' is missing after 'for', before 'b'", 1, 12, 1),
    ("case\nx in a", "a word is missing after 'case'", 1, 0, 4),
    ("case x; a", "'in' is missing after 'case', before ';'", 1, 6, 1),
    ("case x in a b) c;; esac", "')' is missing after 'case', before 'b'", 1, 12, 1),
    ("case x in a) b;; ;; esac", "'esac' is missing after 'case', before ';;'", 1, 17, 2),
    ("case x in a | ) b;; esac", "a pattern is missing after 'case', before ')'", 1, 14, 1),
    ("case x in a) b; fi", "'esac' of 'case' is missing before 'fi'", 1, 16, 2),
    ("1() { a; }", "'1' cannot name a function", 1, 0, 1),
    ("a-b() { a; }", "'a-b' cannot name a function", 1, 0, 3),
    ("f() }", "a command is missing between ')' and '}'", 1, 4, 1),
    ("cat <<E\n$(a\nE\n)\n", "')' is missing: '$(' is never closed", 2, 0, 2),
    ("a\ncat <<-E\n\tb\n\t\tc $(\n\tE\n", "')' is missing: '$(' is never closed", 4, 4, 2),
)  # fmt: skip
"""Each text, its message, and the line, column and width of the marked part."""

EARLY_ENDS = (
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
    ("a\n b $((1 + (2)", "'))' is missing: '$((' is never closed", 2, 3),
    ("{ a }", "'}' is missing: '{' is never closed; write ';' before it", 1, 0),
    ("a\nwhile b; do\nc\n", "'done' is missing: 'while' is never closed", 2, 0),
    ("a\nif b\n", "'then' is missing after 'if'", 2, 0),
    ("if a; then\n(for x in b; do c\n", "'done' is missing: 'for' is never closed", 2, 1),
    ("f() {\na\n", "'}' is missing: '{' is never closed", 1, 4),
    ("f()\n", "the body of the function 'f' is missing", 1, 1),
    ("case a in\nb) c\n", "'esac' is missing: 'case' is never closed", 1, 0),
    ("case a in b) c;;\n", "'esac' is missing after 'case'", 1, 0),
    ("for x in a\n", "'do' is missing after 'for'", 1, 0),
    ("if a; then\r", "'then' is missing after 'if'", 1, 0),
    ("if a then b\n", "'then' is missing after 'if'; write ';' before it", 1, 0),
)  # fmt: skip
"""Each text, its message, line and column: more input could help."""

UNFINISHED = (
    "a |", "a &&", "a ||\n", "(", "(a", "(a;", "{", "{ a", "{ a;", "{ a }", "a $(", "a $(b",
    "a 'b", 'a "b', 'a "$(b)', "a `b", "a \\", "a \\\n", "a b\\\n", "cat <<E", "cat <<E\nE \n",
    "a $\\\n", "a ${x\\\n", '"\\', "(a &&\n", "a | (b", "! (", "a `b\\\n", "time {",
    "if", "if a", "if a; then", "if a; then b; else", "if a; then b; elif c", "while a",
    "until a; do", "while a; do b", "for", "for x", "for x in", "for x in a", "for x in a\ndo",
    "case", "case a", "case a in", "case a in b", "case a in b)", "case a in b) c;;", "f()",
    "f() {", "f() {\na", "a | while b", "! if", "f() if",
    "a ${x:-", "a ${x:-b\n", 'a "${x%', "a ${x-'", "a $((", "a $((1 +\n", "a $(((1)",
    "cat <<E\na\n", "cat <<E; b <<F\nE\n",
)  # fmt: skip
FINISHED_OR_HOPELESS = (
    "", "\n", "# (", "a", "a;", "a &", "a | b", "(a)", "{ a; }", "a $(b)", "a 'b\nc'",
    "a \\\nb",
    "cat <<E\nE", "a )", "a ;;", "if a; fi", "for 1", "| a", "a | | b", "a ${x b",
    "a ${x", "a ${x\n", "a ${x!", 'a "${x', "a ${", "a ${x:", "a $((1)",
    "!", "time", "a >", "( )", "a `b | | c`", "f() }", "a `(`", "<<E )", "a 2>",
)  # fmt: skip


@pytest.mark.parametrize(("text", "message", "line", "column", "width"), MISTAKES)
def test_a_mistake_has_a_message_and_a_location(text, message, line, column, width):
    problem = mistake(text)
    assert type(problem) is SyntaxMistake
    assert (problem.message, problem.line, problem.column) == (message, line, column)
    assert (problem.width, problem.status) == (width, 2)
    assert problem.text == text.split("\n")[line - 1]


@pytest.mark.parametrize(("text", "message", "line", "column"), EARLY_ENDS)
def test_an_early_end_differs_from_other_mistakes(text, message, line, column):
    problem = mistake(text)
    assert type(problem) is IncompleteInput
    assert (problem.message, problem.line, problem.column) == (message, line, column)


def test_enter_ends_the_input_unless_more_could_help():
    assert [text for text in UNFINISHED if unfinished(text) is None] == []
    assert [text for text in FINISHED_OR_HOPELESS if unfinished(text) is not None] == []


def test_the_first_mistake_of_a_line_is_reported():
    assert mistake("a | | ${x:-y}").message == "a command is missing between '|' and '|'"
    assert isinstance(mistake("select a | | b", is_typed=True), LeftOut)
    assert mistake("a ) 'b").message == "')' without '('"


def test_a_missing_here_document_is_incomplete_input_only_at_the_prompt():
    assert type(mistake("cat <<E\na\n", at_prompt=True)) is IncompleteInput
    assert parse("cat <<E\na\n").items
    with pytest.raises(IncompleteInput, match="the line 'E' that ends the here-document"):
        Parser(iter(["cat <<E\n", "a\n", None]).__next__, at_prompt=True).next_command()


OPENED = {
    "if true": "if",
    "if true; then": "then",
    "if true; then a; elif": "elif",
    "if true; then a; else": "else",
    "for i in 1 2": "for",
    "for i in 1 2; do": "for",
    "while read x; do if a; then": "while then",
    "until a": "until",
    "case x in": "case",
    "case x in a) echo 'b": "case quote",
    "f() {": "function",
    "function f": "function",
    "( ls": "subsh",
    "{ ls": "cursh",
    "ls |": "pipe",
    "ls | while read x": "pipe while",
    "a &&": "cmdand",
    "a || b | if c": "cmdor pipe if",
    "echo 'a": "quote",
    "echo $'a": "quote",
    'echo "a': "dquote",
    "echo `ls": "bquote",
    "echo $(ls": "cmdsubst",
    "echo \"$(ls 'a": "dquote cmdsubst quote",
    "cat < <(ls": "cmdsubst",
    "echo $((1 +": "mathsubst",
    "((1 +": "math",
    "echo ${x:-a b": "braceparam",
    "cat <<EOF\na": "heredoc EOF",
    "if a; then cat <<'E'": "then heredoc E",
    "echo a \\": "",
}


def test_unfinished_input_names_each_construct_that_is_open_the_innermost_last():
    found = {text: unfinished(f"{text}\n", is_typed=True) for text in OPENED}
    named = {text: one and " ".join(one.opened) for text, one in found.items()}
    assert named == OPENED


SEPARATORS = {
    "if true then": "then",
    "if a; then b fi": "fi",
    "if a; then\nb fi": "fi",
    "for i in 1 2 do": "do",
    "while a do": "do",
    "for i in a; do b done; c": "done",
    "until a; do b done": "done",
    "{ a }": "}",
    "case x in a) b esac": "esac",
    "f() { a }": "}",
    # The word is no argument here, or there is none.
    "if true": "",
    "if a; then echo 'fi'": "",
    'if a; then echo "b fi c"': "",
    "if a; then b; elif c": "",
    "for i in 1 2; do # done": "",
}


def test_a_missing_separator_before_a_reserved_word_is_named():
    messages = {text: str(unfinished(f"{text}\n")) for text in SEPARATORS}
    assert {text for text in messages if "; write ';' before it" in messages[text]} == {
        text for text, word in SEPARATORS.items() if word
    }
    assert all(f"'{word}'" in messages[text] for text, word in SEPARATORS.items() if word)
