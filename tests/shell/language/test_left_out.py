"""Forms of bash: a script has dash's answer and a sentence from the table; a prompt runs most."""

import pytest

from simpsh.base.errors import SyntaxMistake
from simpsh.shell.language.bash_forms import FORMS as SENTENCES
from simpsh.shell.language.grammar import parse
from tests.harness.sh import DASH, SIMPSH, run

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
