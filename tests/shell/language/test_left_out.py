"""What is left out on purpose is named in one line that says what to do instead."""

import pytest

from simpsh.base.errors import LeftOut
from simpsh.shell.language.parser import parse
from tests.support.shells import SIMPSH, run


def left_out(text):
    with pytest.raises(LeftOut) as caught:
        parse(text)
    return caught.value


def test_a_construct_is_named_with_its_place_and_the_way_out():
    found = left_out("a\nselect i in 1 2; do echo $i; done")
    assert found.message == (
        "'select' is not part of simpsh; print a menu and 'read' the answer, or run bash -c '…'"
    )
    assert (found.line, found.column, found.width) == (2, 0, 6)
    assert found.text == "select i in 1 2; do echo $i; done"


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("select a in b; do c; done", "'select' is not part of simpsh; print a menu"),
        ("function f { a; }", "'function' is not part of simpsh; write name() { …; }"),
        ("[[ a = b ]]", "'[[ ]]' is not part"),
        ("a <(b)", "'<( )' is not part of simpsh; join the commands by a pipe"),
        ("a >(b)", "'>( )' is not part of simpsh; join the commands by a pipe"),
        ("a=(b c)", "arrays are not part"),
        ("coproc a", "'coproc' is not part of simpsh; use two FIFOs"),
        ("a &>b", "'&>' is not part of simpsh; both outputs go to a file by '>file 2>&1'"),
        ("a b&>c 2>d", "'&>' is not part"),
        ("exec {fd}>a", "'{fd}>' is not part of simpsh; choose the number of the descriptor"),
        ("{fd}<a b", "'{fd}>' is not part"),
        ("for ((i=0;i<3;i++)); do a; done", "'for (( ))' is not part of simpsh; write i=0; while"),
        ("case a in b) c;;& d) e;; esac", "';;&' is not part of simpsh; ';&' goes on"),
        ("a | select b", "'select' is not part"),
        ("time [[", "'[[ ]]' is not part"),
        ("a $([[", "'[[ ]]' is not part"),
        ("if select", "'select' is not part"),
    ],
)
def test_every_construct_left_out_is_named(text, begins):
    assert left_out(text).message.startswith(begins)


OPERATORS = {
    "${x/a/b}": ", a replacement, is not part of simpsh; run sed or tr",
    "${x:1:2}": ", a part of a value, is not part of simpsh; run expr or cut for it",
    "${!x}": ", a parameter named by another, is not part of simpsh; run bash -c '…'",
    "${x[1]}": ": arrays are not part of simpsh; use the positional parameters (set -- a b)",
    "${#x[1]}": ": arrays are not part of simpsh; use the positional parameters (set -- a b)",
    "${x^}": ", a change of case, is not part of simpsh; run tr a-z A-Z",
    "${x,}": ", a change of case, is not part of simpsh; run tr A-Z a-z",
    "${x@Q}": ", a transformation, is not part of simpsh; run bash -c '…'",
    "${@:1}": ", a part of a value, is not part of simpsh; run expr or cut for it",
    '${x/"}"/\\}${y}}': ", a replacement, is not part of simpsh; run sed or tr",
    **dict.fromkeys(("${}", "${1b}", "${ x}", "${x y}"), " names no parameter"),
}


def test_a_parameter_operator_is_named_where_it_is_reached_with_what_to_type_instead():
    lines = [f"if false; then echo {text}; fi; (echo a{text}b); p $?" for text in OPERATORS]
    lines += ["(cat <<E\n${x/a/b}\nE\n)", 'p on; echo "${x:1:2}"; p no']
    outcome = run(SIMPSH, "p() { printf '%s ' $1; }\n" + "\n".join(lines))
    assert (outcome.text, outcome.status) == ("1 " * len(OPERATORS) + "on ", 1)
    told = [line.partition(": line ")[2].partition(": ")[2] for line in outcome.error.splitlines()]
    expected = [f"'{text}'{message}" for text, message in OPERATORS.items()]
    assert told == [*expected, expected[0], expected[1]]


@pytest.mark.parametrize(
    "text",
    [
        "echo if", "echo for i in", r"\for", "'break' a", "a=b if", ">f while", "echo break",
        "echo [[ a ]]", "echo {a} >b", "echo {a,b}>c", "a & >b", "echo coproc", "echo {}>a",
        "echo a=b", "echo '$((1))'", "echo function", "a do", "ifx", "echo a;echo b",
        "command break", "x=for", "echo done; echo fi", "cat <<for\nif\nfor",
    ],
)  # fmt: skip
def test_the_same_words_elsewhere_are_words(text):
    assert parse(text).items
