"""What is left out on purpose is named in one line that says what to do instead."""

import pytest

from simpsh.base.errors import LeftOut
from simpsh.shell.language.parser import parse


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
        ("a && [[ b", "'[[ ]]' is not part"),
        ("! [[", "'[[ ]]' is not part"),
        ("time [[", "'[[ ]]' is not part"),
        ("(function", "'function' is not part"),
        ("a $([[", "'[[ ]]' is not part"),
        ("a `[[`", "'[[ ]]' is not part"),
        ("if select", "'select' is not part"),
    ],
)
def test_every_construct_left_out_is_named(text, begins):
    assert left_out(text).message.startswith(begins)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${x/a/b}", "'${x/a/b}', a replacement, is not part of simpsh; run sed or tr"),
        (
            "${x:1:2}",
            "'${x:1:2}', a part of a value, is not part of simpsh; run expr or cut for it",
        ),
        (
            "${!x}",
            "'${!x}', a parameter named by another, is not part of simpsh; run bash -c '…'",
        ),
        (
            "${x[1]}",
            "'${x[1]}': arrays are not part of simpsh; use the positional parameters (set -- a b)",
        ),
        ("${x^}", "'${x^}', a change of case, is not part of simpsh; run tr a-z A-Z"),
        ("${x,}", "'${x,}', a change of case, is not part of simpsh; run tr A-Z a-z"),
        ("${x@Q}", "'${x@Q}', a transformation, is not part of simpsh; run bash -c '…'"),
        ("${@:1}", "'${@:1}', a part of a value, is not part of simpsh; run expr or cut for it"),
    ],
)
def test_a_parameter_operator_is_named_with_what_to_type_instead(text, message):
    found = left_out(f"echo {text} b")
    assert found.message == message
    assert (found.column, found.width) == (5, len(text))
    assert left_out(f'echo "{text}"').message == message
    assert left_out(f"cat <<E\n{text}\nE\n").message == message


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
