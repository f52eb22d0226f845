"""A construct that simpsh leaves out is named in one line with an alternative."""

import pytest

from simpsh.base.errors import LeftOut, SyntaxMistake
from simpsh.shell.language.parser import parse
from tests.harness.sh import DASH, FORMS, SIMPSH, run, simpsh

TYPED = "is bash's; in an sh script: "
CONSTRUCTS = {
    "select a in b; do c; done": "'select' is not part of simpsh; print a menu",
    "coproc a": "'coproc' is not part of simpsh; use two FIFOs",
    "coproc X { a; }": "'coproc' is not part",
    "a=(b c)": "arrays are not part",
    "a+=(b)": "arrays are not part",
    "local a=(b)": "arrays are not part",
    "exec {fd}>a": "'{fd}>' is not part of simpsh; choose the number of the descriptor",
    "{fd}<a b": "'{fd}>' is not part",
    "case a in a) b;;& c) d;; esac": "';;&' is not part of simpsh; ';&' continues",
    "function f { a; }": f"'function' {TYPED}name() {{ …; }}",
    "[[ a = b ]]": f"'[[ ]]' {TYPED}[ \"$a\" = b ]",
    "[[ a =~ ^(b|c) ]]": "'[[ ]]' is bash's",
    "[[ a ]] b": "'[[ ]]' is bash's",
    "[[": "'[[ ]]' is bash's",
    "a <(b)": f"'<( )' {TYPED}a pipe, or mkfifo",
    "a >(b)": "'>( )' is bash's",
    "a |& b": f"'|&' {TYPED}2>&1 |",
    "for ((i=0;i<3;i++)); do a; done": f"'for (( ))' {TYPED}i=0; while",
    "((i++))": f"'(( ))' {TYPED}i=$((i + 1))",
    "((a=(b+c)*2))": "'(( ))' is bash's",
    "((1))": "'(( ))' is bash's",
}
"""Constructs, and the message about each when it is reached."""


def test_a_construct_that_is_not_reached_stops_no_script():
    lines = [f"if [ -n \"$NO\" ]; then {text}; fi; echo {index}" for index, text in
             enumerate(CONSTRUCTS)]  # fmt: skip
    for form in FORMS:
        outcome = run(SIMPSH, "\n".join(lines) + "\n", form=form)
        assert outcome.text.split() == [str(index) for index in range(len(CONSTRUCTS))]
        assert (outcome.error, outcome.status) == ("", 0)


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
    read = [run(simpsh("-n"), text, form=form) for form in FORMS]
    is_silent = text.startswith(("echo {", "echo ${"))
    for outcome in read:
        assert (outcome.text, outcome.status) == ("", 0)
        assert bool(outcome.error) is not is_silent


def test_a_construct_is_named_with_a_caret_when_it_is_reached():
    for text, begins in CONSTRUCTS.items():
        outcome = run(SIMPSH, f"echo a\n{text}\n")
        assert outcome.text == "a\n"
        line, shown, caret = outcome.error.splitlines()
        assert line.startswith(f"simpsh: line 2: {begins}")
        assert shown == f"  {text}"
        assert set(caret) == {" ", "^"}
        assert outcome.status == (127 if text in ("((i++))", "((1))") else 2)


def test_a_command_that_is_left_out_fails_and_a_word_that_is_left_out_ends_the_script():
    for text in ("[[ a ]]", "coproc a", "function f { a; }", "a |& b", "for ((;;)) do a; done"):
        assert run(SIMPSH, f"{text}; echo $?").text == "2\n"
        assert run(SIMPSH, f"{text} || echo no; (set -e; {text}; echo never)").text == "no\n"
    for text in ("a=(b)", "echo <(b)", "echo {fd}>a", "for x in <(a); do b; done"):
        outcome = run(SIMPSH, f"({text}; echo never); echo $?; {text}; echo never")
        assert (outcome.text, outcome.status) == ("2\n", 2)


def test_the_option_n_warns():
    for text, begins in CONSTRUCTS.items():
        outcome = run(SIMPSH, f"set -n\nif a; then {text}; fi")
        assert outcome.error.startswith(f"simpsh: line 2: {begins}")
        assert outcome.status == 0
    lengths = run(SIMPSH, 'set -n\na ${b:0:1} ${c/d} "${e^}"').error
    assert [line for line in lengths.splitlines() if "is not part of simpsh" not in line][1::2] == [
        "    ^^^^^^^^", "             ^^^^^^", "                     ^^^^^",
    ]  # fmt: skip
    for text, words in {
        "a &>b": f"'&>' {TYPED}>file 2>&1",
        "a=$((b++))": f"'++' {TYPED}i=$((i + 1))",
        'a=$((--b)) "$(c)"': f"'--' {TYPED}i=$((i - 1))",
        "[ a == b ] && c": f"'==' {TYPED}[ \"$a\" = b ]",
        "test a == b": f"'==' {TYPED}[ \"$a\" = b ]",
    }.items():
        warned = run(SIMPSH, f"set -n\n{text}").error.splitlines()
        assert warned[0] == f"simpsh: line 2: {words}"
        assert set(warned[2]) == {" ", "^"}
    assert run(SIMPSH, "set -n\n[ a = b ] || echo a == b $((b - -c)); ((ls))").error == ""


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
    for text, begins in CONSTRUCTS.items():
        if "is bash's" in begins or TYPED in begins:
            continue
        with pytest.raises(LeftOut) as caught:
            parse(f"echo a; {text}", is_typed=True)
        assert caught.value.message.startswith(begins)
        assert caught.value.column >= 8
    with pytest.raises(SyntaxMistake, match="did you mean 2>&1"):
        parse("a 2&>1", is_typed=True)


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
    **dict.fromkeys(("${}", "${1b}", "${ x}", "${x y}"), " does not name a parameter"),
}


def test_a_parameter_operator_is_named_when_it_is_reached_with_an_alternative():
    lines = [f"if false; then echo {text}; fi; (echo a{text}b); p $?" for text in OPERATORS]
    lines += ["(cat <<E\n${x/a/b}\nE\n)", 'p on; echo "${x:1:2}"; p no']
    outcome = run(SIMPSH, "p() { printf '%s ' $1; }\n" + "\n".join(lines))
    assert (outcome.text, outcome.status) == ("1 " * len(OPERATORS) + "on ", 1)
    messages = [
        line.partition(": line ")[2].partition(": ")[2] for line in outcome.error.splitlines()
    ]
    expected = [f"'{text}'{message}" for text, message in OPERATORS.items()]
    assert messages == [*expected, expected[0], expected[1]]


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
