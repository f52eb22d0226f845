"""Conditions, loops, case and functions: their trees, and what is wrong where they are not."""

import pytest

from simpsh.base.errors import IncompleteInput, SyntaxMistake
from simpsh.shell.language.parser import Parser, parse
from simpsh.shell.language.syntax_tree import (
    Case,
    CaseItem,
    For,
    FunctionDefinition,
    If,
    List,
    Loop,
    Parameter,
    SingleQuoted,
    Subshell,
    Tilde,
)
from simpsh.shell.language.tree_printing import to_text
from tests.shell.language.building import command, item, lines, parsed_command, word

A, B, C, D, E = (command(name) for name in "abcde")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("if a; then b; fi", If(((lines(A), lines(B)),))),
        (
            "if a\nthen b\nelif c; then d\nelse\n\ne; fi",
            If(((lines(A), lines(B)), (lines(C), lines(D))), lines(E)),
        ),
        ("if (a) then (b) fi", If(((lines(Subshell(lines(A))), lines(Subshell(lines(B)))),))),
        ("if a& then b& fi", If(((List((item(A, is_background=True),)),
                                  List((item(B, is_background=True),))),))),
        ("while a; b\ndo c; done", Loop(lines(A, B), lines(C))),
        ("until a; do\n# b\nc\ndone", Loop(lines(A), lines(C), is_until=True)),
        ("for x in a 'b' $c; do d; done",
         For("x", (word("a"), word(SingleQuoted("b")), word(Parameter("c"))), lines(D))),
        ("for x in if do; do d; done", For("x", (word("if"), word("do")), lines(D))),
        ("for x in; do d; done", For("x", (), lines(D))),
        ("for x\n\nin a\n\ndo d; done", For("x", (word("a"),), lines(D))),
        ("for x; do d; done", For("x", None, lines(D))),
        ("for x\ndo d; done", For("x", None, lines(D))),
        ("for x do d; done", For("x", None, lines(D))),
        ("for in in in; do d; done", For("in", (word("in"),), lines(D))),
        ("case a in esac", Case(word("a"))),
        ("case a\nin\n\nb) c;; esac", Case(word("a"), (CaseItem((word("b"),), lines(C)),))),
        ("case a in (b | c) d; e;& d) esac",
         Case(word("a"), (CaseItem((word("b"), word("c")), lines(D, E), ";&"),
                          CaseItem((word("d"),), List())))),
        ("case in in (esac) ;; esac", Case(word("in"), (CaseItem((word("esac"),), List()),))),
        ("case ~ in ~) a\nesac",
         Case(word(Tilde("")), (CaseItem((word(Tilde("")),), lines(A)),))),
        ("f() { a; }", FunctionDefinition("f", parsed_command("{ a; }"))),
        ("f ( )\n\n( a ) >b", FunctionDefinition("f", parsed_command("(a) >b"))),
        ("f() if a; then b; fi", FunctionDefinition("f", parsed_command("if a; then b; fi"))),
        ("f() a", FunctionDefinition("f", A)),
        ("f() g() a", FunctionDefinition("f", FunctionDefinition("g", A))),
        ("f\\\n(\\\n) { a; }", FunctionDefinition("f", parsed_command("{ a; }"))),
        ("export() { a; }", FunctionDefinition("export", parsed_command("{ a; }"))),
    ],
)  # fmt: skip
def test_a_construct_is_this_tree_and_prints_back(text, tree):
    assert parsed_command(text) == tree
    assert parsed_command(to_text(tree)) == tree


@pytest.mark.parametrize(
    "text",
    ["if a; then b; fi", "while a; do b; done", "for x in a; do b; done", "case x in a) b;; esac",
     "f() { a; }"],
)  # fmt: skip
def test_a_construct_stands_wherever_a_command_does(text):
    for around in ("{}", "a | {}", "{} | a", "! {}", "time {}", "a && {} || b", "{} &", "({})",
                   "{{ {}; }}", "if {}; then {}; fi", "$({})", "a `{}`", "a\n{}\nb"):  # fmt: skip
        tree = parse(around.format(text, text))
        assert parse(to_text(tree)) == tree


def test_redirections_after_a_construct_are_its_own():
    for text in ("if a; then b; fi", "while a; do b; done", "for x; do b; done", "case x in esac"):
        found = parsed_command(f"{text} >f 2>&1 <<E\ng\nE")
        assert found.redirections == parsed_command("a >f 2>&1 <<E\ng\nE").redirections


def test_here_documents_inside_follow_the_line_that_announces_them():
    text = "while a <<A; do b <<B; done <<C\n1\nA\n2\nB\n3\nC\n"
    found = parsed_command(text)
    printed = to_text(found)
    assert printed == "while a <<A; do b <<B; done <<C\n1\nA\n2\nB\n3\nC"
    assert parsed_command(printed) == found
    over_lines = parsed_command("if a <<A\n1\nA\nthen\nb <<B\n2\nB\nfi")
    assert to_text(over_lines) == "if a <<A; then b <<B; fi\n1\nA\n2\nB"


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("if a&then b;else c&fi", "if a & then b; else c & fi"),
        ("until a&do b& done", "until a & do b & done"),
        ("case x in a|b)c&;;(esac)d;&*)esac", "case x in a | b) c & ;; (esac) d;& *) ;; esac"),
        ("f ( ) { a&}", "f() { a & }"),
        ("{ a \\&; }", "{ a \\&; }"),
    ],
)
def test_separators_are_printed_where_they_are_needed(text, printed):
    assert to_text(parse(text)) == printed
    assert parse(printed) == parse(text)


def test_reserved_words_are_words_everywhere_else():
    for text in ("echo if then else fi do done case esac in", "a >if", "x=if", "'if' a", "i\\f",
                 "x=1 if", ">f while", "a | \\done", "for if in do; do a; done",
                 "case if in then|else) a;; esac", "if() a".replace("if", "ifx")):  # fmt: skip
        assert parse(text).items


def test_a_construct_is_read_to_its_end_and_no_further():
    given = iter(["if a\n", "then b\n", "fi\n", "c\n"])
    parser = Parser(lambda: next(given, None))
    assert isinstance(parser.next_command().items[0].and_or.first.commands[0], If)
    assert next(given) == "c\n"


@pytest.mark.parametrize(
    ("text", "message", "column", "width"),
    [
        ("fi", "'fi' without 'if'", 0, 2),
        ("a; then b", "'then' without 'if'", 3, 4),
        ("else", "'else' without 'if'", 0, 4),
        ("a\ndone", "'done' without 'while', 'until' or 'for'", 0, 4),
        ("do", "'do' without 'while', 'until' or 'for'", 0, 2),
        ("esac", "'esac' without 'case'", 0, 4),
        ("in a", "'in' without 'for' or 'case'", 0, 2),
        ("a ;; b", "';;' without 'case'", 2, 2),
        ("if a then b; fi", "'then' of 'if' is missing before 'fi'", 13, 2),
        ("if a; then b; done", "'fi' of 'if' is missing before 'done'", 14, 4),
        ("while a; do b; fi", "'done' of 'while' is missing before 'fi'", 15, 2),
        ("(if a; then b; )", "'fi' of 'if' is missing before ')'", 15, 1),
        ("{ while a; do b; }", "'done' of 'while' is missing before '}'", 17, 1),
        ("if a; then b; else c; else d; fi", "'fi' of 'if' is missing before 'else'", 22, 4),
        ("if; then b; fi", "a command is missing between 'if' and ';'", 2, 1),
        ("if a; then fi", "a command is missing between 'then' and 'fi'", 11, 2),
        ("while do a; done", "a command is missing between 'while' and 'do'", 6, 2),
        ("while a; do done", "a command is missing between 'do' and 'done'", 12, 4),
        ("if a; then b; fi c", "'c' cannot follow 'fi'; write ';' between", 17, 1),
        ("for 1 in a; do b; done",
         "the name of a variable is missing after 'for', before '1'", 4, 1),
        ("for $x in a; do b; done",
         "the name of a variable is missing after 'for', before this word", 4, 2),
        ("for\nx in a", "the name of a variable is missing after 'for'", 0, 3),
        ("for x in a b)", "'do' is missing after 'for', before ')'", 12, 1),
        ("for x a b; do c; done", "'do' is missing after 'for', before 'a'", 6, 1),
        ("for x in a; b; done", "'do' is missing after 'for', before 'b'", 12, 1),
        ("case\nx in a", "a word is missing after 'case'", 0, 4),
        ("case x; a", "'in' is missing after 'case', before ';'", 6, 1),
        ("case x in a b) c;; esac", "')' is missing after 'case', before 'b'", 12, 1),
        ("case x in a) b;; ;; esac", "'esac' is missing after 'case', before ';;'", 17, 2),
        ("case x in a | ) b;; esac", "a pattern is missing after 'case', before ')'", 14, 1),
        ("case x in a) b; fi", "'esac' of 'case' is missing before 'fi'", 16, 2),
        ("1() { a; }", "'1' cannot name a function", 0, 1),
        ("a-b() { a; }", "'a-b' cannot name a function", 0, 3),
        ("f() }", "a command is missing between ')' and '}'", 4, 1),
        ("echo (a)",
         "'(' can only begin a command; to pass it to a program, quote it: '\\('", 5, 1),
        ("a | ! if b; then c; fi",
         "'!' can only stand before the first command of a pipeline", 4, 1),
    ],
)  # fmt: skip
def test_a_mistake_names_what_is_missing_and_where(text, message, column, width):
    with pytest.raises(SyntaxMistake) as caught:
        parse(text)
    found = caught.value
    assert type(found) is SyntaxMistake
    assert (found.message, found.column, found.width) == (message, column, width)


@pytest.mark.parametrize(
    ("text", "message", "line", "width"),
    [
        ("a\nwhile b; do\nc\n",
         "'done' is missing: 'while' is never closed", 2, 5),
        ("a\nif b\n", "'then' is missing after 'if'", 2, 2),
        ("if a; then\n(for x in b; do c\n",
         "'done' is missing: 'for' is never closed", 2, 3),
        ("f() {\na\n", "'}' is missing: '{' is never closed",
         1, 1),
        ("f()\n", "what the function 'f' runs is missing", 1, 1),
        ("case a in\nb) c\n",
         "'esac' is missing: 'case' is never closed", 1, 4),
        ("case a in b) c;;\n", "'esac' is missing after 'case'", 1, 4),
        ("for x in a\n", "'do' is missing after 'for'", 1, 3),
        ("if a then b\n",
         "'then' is missing after 'if'; it needs ';' or a newline before it", 1, 2),
    ],
)  # fmt: skip
def test_what_is_not_closed_is_shown_where_it_begins(text, message, line, width):
    with pytest.raises(IncompleteInput) as caught:
        parse(text)
    found = caught.value
    assert (found.message, found.line, found.width) == (message, line, width)


def test_a_long_chain_of_branches_and_items_is_no_nesting():
    chain = "if a; then b; " + "elif c; then d; " * 2000 + "fi"
    assert len(parsed_command(chain).branches) == 2001
    assert len(parsed_command("case a in " + "b) c;; " * 2000 + "esac").items) == 2000
    assert len(parse("while a; do b; done; " * 500).items) == 500
    assert len(parse("f() { a; }; " * 500).items) == 500
