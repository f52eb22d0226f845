"""What is left out on purpose is named in one line that says what to do instead."""

import pytest

from simpsh.base.errors import LeftOut
from simpsh.shell.language.parser import parse


def left_out(text):
    with pytest.raises(LeftOut) as caught:
        parse(text)
    return caught.value


def test_a_loop_is_named_with_the_reason_and_the_way_out():
    found = left_out("a\nfor i in 1 2; do echo $i; done")
    assert found.message == (
        "'for' loops are not part of simpsh (it teaches processes, not programming);"
        " run bash -c '…'"
    )
    assert (found.line, found.column, found.width) == (2, 0, 3)
    assert found.text == "for i in 1 2; do echo $i; done"


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("if a; then b; fi", "'if' commands are not part"),
        ("while a; do b; done", "'while' loops are not part"),
        ("until a; do b; done", "'until' loops are not part"),
        ("case a in b) c;; esac", "'case' commands are not part"),
        ("select a in b; do c; done", "'select' menus are not part"),
        ("function f { a; }", "functions are not part"),
        ("f() { a; }", "functions are not part"),
        ("f ( ) (a)", "functions are not part"),
        ("then", "'then': 'if' commands are not part"),
        ("else", "'else': 'if' commands are not part"),
        ("elif", "'elif': 'if' commands are not part"),
        ("fi", "'fi': 'if' commands are not part"),
        ("do", "'do': loops are not part"),
        ("done", "'done': loops are not part"),
        ("esac", "'esac': 'case' commands are not part"),
        ("in", "'in': 'for' loops and 'case' commands are not part"),
        ("[[ a = b ]]", "'[[ ]]' is not part"),
        ("a ;; b", "';;' belongs to 'case' commands"),
        ("a ;& b", "';;' belongs to 'case' commands"),
        ("a <(b)", "'<( )' is not part of simpsh; join the commands by a pipe"),
        ("a >(b)", "'>( )' is not part of simpsh; join the commands by a pipe"),
        ("a=(b c)", "arrays are not part"),
        ("return", "'return' is not part"),
        ("break", "'break' is not part"),
        ("continue", "'continue' is not part"),
        ("local a", "'local' is not part"),
        ("x=y >f return", "'return' is not part"),
        ("a | if b", "'if' commands are not part"),
        ("a && while b", "'while' loops are not part"),
        ("! for", "'for' loops are not part"),
        ("time for", "'for' loops are not part"),
        ("(for", "'for' loops are not part"),
        ("a $(for", "'for' loops are not part"),
        ("a `for`", "'for' loops are not part"),
        ("(a) done", "'done': loops are not part"),
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
        "echo [[ a ]]", "echo a=b", "echo '$((1))'", "echo function", "a do", "ifx",
        "echo a;echo b", "command break", "x=for", "echo done; echo fi", "cat <<for\nif\nfor",
    ],
)  # fmt: skip
def test_the_same_words_elsewhere_are_words(text):
    assert parse(text).items
