"""Forms of bash: a script has dash's answer and a sentence from the table; a prompt runs most."""

import pytest

from simpsh.base.errors import SyntaxMistake
from simpsh.shell.language.bash_forms import FORMS as SENTENCES
from simpsh.shell.language.grammar import parse
from tests.harness.sh import DASH, FORMS, SIMPSH, run, simpsh

REFUSED = {
    "a=(b c)": "NAME=(", "a+=(b)": "NAME=(", "local a=(b)": "NAME=(", "a <(b)": "<(",
    "a > >(b)": ">(", "a |& b": "|&", "((a=(b+c)*2))": "((", "case a in a) b;;& esac": ";;&",
    "for ((i=0;i<3;i++)); do a; done": "for ((", "function f { a; }": "function",
    "select a in b; do c; done": "select", "coproc X { a; }": "coproc", "[[ a =~ ^(b|c) ]]": "[[",
}  # fmt: skip
"""Syntax errors of a script, with the form in the table whose sentence is in the message."""
NOT_FOUND = {
    "[[ a = b ]]": "[[", "[[": "[[", "function f": "function", "select a": "select",
    "coproc a": "coproc",
}  # fmt: skip
"""Commands of a script that are not found."""
TYPED_REFUSED = (
    "select a in b; do c; done", "coproc a", "a=(b c)", "a+=(b)", "local a=(b)", "exec {fd}>a",
    "{fd}<a b", "case a in a) b;;& c) d;; esac",
)  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_a_script_is_refused_as_by_dash_even_in_a_branch_that_never_runs(text):
    script = f"echo before\nif false; then {text}; fi; echo never\n"
    outcome = run(SIMPSH, script)
    assert (outcome.text, outcome.status) == ("before\n", 2)
    assert SENTENCES[REFUSED[text]] in outcome.error
    if DASH.is_installed():
        assert run(DASH, script).status == 2


@pytest.mark.parametrize("text", NOT_FOUND)
def test_a_word_of_bash_is_a_command_that_is_not_found(text):
    outcome = run(SIMPSH, f"{text}; echo $?; if false; then {text}; fi")
    assert (outcome.text, outcome.status) == ("127\n", 0)
    assert SENTENCES[NOT_FOUND[text]] in outcome.error


TABLE = {
    "[[ a = a ]] && echo yes": ("", "yes"),
    "((1)) && echo yes": ("", "yes"),
    "for ((i=0; i<2; i++)); do echo $i; done": ("", "0 1"),
    "n=1; echo $((++n))": ("1", "2"),
    "echo {a,b} {1..3}": ("{a,b} {1..3}", "a b 1 2 3"),
    "function f { echo in; }; f": ("", "in"),
    "[ a == a ] && echo yes": ("", "yes"),
    "echo out &>/dev/null; wait": ("out", ""),
    "{ echo err >&2; } |& cat": ("", "err"),
    "cat <(echo in)": ("", "in"),
    "echo out > >(cat); wait": ("", "out"),
    'echo in >f; echo $(<f) "`< f`"': ("", "in in"),
    "echo ${RANDOM:+set}": ("", "set"),
}
"""The output of each construct in a script, and when it is typed."""


@pytest.mark.usual("[[ a = a ]] && echo yes", "((1)) && echo yes", "cat <(echo in)")
@pytest.mark.long("each construct in a hundred contexts")
@pytest.mark.parametrize("text", TABLE)
def test_each_construct_means_the_same_in_every_context(text):
    in_a_script, typed = TABLE[text]
    sourced = f"cat <<'E' >file\n{text}\nE\n. ./file"
    scripts = [run(SIMPSH, text, form=form) for form in FORMS]
    scripts.append(run(SIMPSH, sourced))
    assert {" ".join(outcome.text.split()) for outcome in scripts} == {in_a_script}
    at_the_prompt = [run(simpsh("-o", "typed"), text, form=form) for form in FORMS]
    at_the_prompt.append(run(simpsh("-o", "typed"), f"eval '{text}'"))
    assert {" ".join(outcome.text.split()) for outcome in at_the_prompt} == {typed}


def test_text_with_another_meaning_in_a_script_keeps_that_meaning():
    script = """
    cat() { printf '<%s>' "$@"; }; cat {a,b} {1..3} x{fd}; echo
    echo a &>f; wait; command cat f
    ((echo b); echo c)
    ((echo d) | command cat)
    function() { echo "f $1"; }; function x; select() { echo "s $*"; }; select a in b
    echo "$((++x)) $((--x)) $RANDOM"
    """
    for shell in (SIMPSH, DASH):
        if shell.is_installed():
            outcome = run(shell, script)
            assert outcome.text.split("\n")[:-1] == [
                "<{a,b}><{1..3}><x{fd}>", "a", "b", "c", "d", "f x", "s a in b", "0 0 ",
            ]  # fmt: skip


def test_a_prompt_rejects_an_invalid_answer_at_once():
    for text in TYPED_REFUSED:
        with pytest.raises(SyntaxMistake) as caught:
            parse(f"echo a; {text}", is_typed=True)
        assert caught.value.column >= 8
    with pytest.raises(SyntaxMistake, match="did you mean 2>&1"):
        parse("a 2&>1", is_typed=True)


def test_a_parameter_operator_that_is_not_reached_stops_no_script():
    script = """
    if false; then echo ${x/a/b} ${!x} ${x^} ${1b}; fi; echo on
    (echo a${x/a/b}b; echo never) || echo failed; echo "${x:1:2}"; echo never
    """
    outcome = run(SIMPSH, script)
    assert (outcome.text, outcome.status) == ("on\nfailed\n", 1)


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
