"""Rules of POSIX.1-2024 on which other shells differ: each in a subshell, with each engine.

The page docs/differences.md has further rules, which test_page_of_differences checks.
"""

from __future__ import annotations

import pytest

from tests.shell.program_cases import both_engines, run_cases
from tests.support.shells import FORK, SPAWN

CASES = {
    # command, XCU 2.8.1 and 2.9.1.6
    "command -p gives a program the name that was typed": (
        "PATH=/nosuch; command -p sh -c 'echo $0 $PATH'; command -p nosuch; command -p echo $?",
        "sh /nosuch\n127\n",
    ),
    "command -p goes past what is remembered": (
        "printf '#!/bin/sh\\necho own\\n' >sh; chmod +x sh; PATH=$PWD:/bin; sh; "
        "command -p sh -c 'echo $0'; sh",
        "own\nsh\nown\n",
    ),
    "a division by zero in command eval ends the shell": ("command eval ': $((1/0))'; echo no", 1),
    "an unset variable in command eval": ("set -u; command eval ': $nope'; echo no", 1),
    "an expansion error in a file that command . reads": (
        "echo ': ${nope?x}' >f; command . ./f; echo no",
        1,
    ),
    "an expansion error in a function that command eval calls": (
        "f() { : ${nope?x}; }; command eval f; echo no",
        1,
    ),
    "a special builtin's error in command eval": ("command eval 'set -Z'; echo no", 2),
    "exec that fails after command": ("command exec ./nosuch; echo no", 127),
    "a script may close all that it finds open": (
        'for f in /proc/self/fd/*; do eval "exec ${f##*/}>&-"; done; /bin/true >&- && exit 7',
        7,
    ),
    "a number above the limit is closed already": (
        "ulimit -n 256; /bin/echo a 300>&- 99999999>&- 8>&-; /bin/echo b >&- 2>&- 1>&2 || echo c",
        "a\nc\n",
    ),
    "a syntax error in a file that command . reads does not": (
        "echo if >f; command . ./f; echo $?",
        "2\n",
    ),
    "nor a special builtin's own error": (
        "readonly r; command export r=2; command . ./nosuch; command shift 9; echo on",
        "on\n",
    ),
    # set -u and $(( )), XCU 2.6.4
    "an unset variable that is changed under set -u": ("set -u; : $((x += 1)); echo no", 1),
    "one whose value is not needed": ("set -u; echo $((0 && nope)) $((1 ? 2 : nope))", "0 2\n"),
    "one that is assigned": ("set -u; echo $((x = 1)) $x", "1 1\n"),
    "an empty one under set -u": ("set -u; x=; echo $((x))", "0\n"),
    # wait and SIGCHLD, XCU 2.12
    "a trapped SIGCHLD ends wait for all": (
        "trap 'n=x' CHLD; sleep 0.5 & wait; s=$?; trap - CHLD; echo $s $n",
        "145 x\n",
    ),
    # arguments of options, XBD 12.1
    "read -dX": ("printf 'a,b' | { read -d, x; echo $x; }", "a\n"),
    "read -rdX": ("printf '\\\\n,b' | { read -rd, x; printf %s \"$x\"; }", "\\n"),
    "set -oNAME": ("set -onoglob; set -fonounset; echo $-", "fu\n"),
    "set +oNAME": ("set -fu; set +onoglob; echo $-", "u\n"),
    "set -oe NAME is -e and -o": ("set -oe noglob; echo $-", "ef\n"),
    "set -o nolog": ("set -o nolog; set +o nolog; echo $?", "0\n"),
    # cd -P -e
    "cd -P -e": ("cd -P -e /tmp; cd -Pe /; cd -eP /tmp; cd -P -e -- /; pwd", "/\n"),
    "cd -e means nothing without -P": ("cd -e /; cd -PeL /tmp; pwd", "/tmp\n"),
    "cd -P -e to a directory without a path": (
        "mkdir x; cd x; rmdir ../x; cd -Pe .; echo $?; cd -P .; echo $?; cd -PLe .; echo $?",
        "1\n0\n0\n",
    ),
    "cd -P -e that fails": ("cd -Pe /nosuch; echo $?; cd -P /nosuch; echo $?", "2\n1\n"),
    # -- ends the options of a builtin that has none
    "kill -l --": ("kill -l -- 15 143", "TERM\nTERM\n"),
    ". --": ("echo 'echo in $1' >f; . -- ./f a", "in a\n"),
    "break --": ("for i in 1 2; do break -- 1; done; echo $i", "1\n"),
    "continue --": ("for i in 1 2; do continue -- 1; echo no; done; echo $i", "2\n"),
    "return --": ("f() { return -- 3; }; f; echo $?", "3\n"),
    "exit --": ("(exit -- 4); echo $?", "4\n"),
    # wait without operands
    "wait forgets a job that ended before": (
        "(exit 3) & sleep 0.2; wait; (exit 6) & wait %1; echo $?",
        "6\n",
    ),
    "and one that ends meanwhile": (
        "(sleep 0.2; exit 3) & wait; (exit 6) & wait %1; echo $?",
        "6\n",
    ),
    "and lists neither": ("(exit 3) & (sleep 0.2) & sleep 0.1; wait; jobs", ""),
    "both are unknown then": (
        "(exit 3) & p=$!; (sleep 0.2; exit 4) & q=$!; sleep 0.1; wait; "
        "wait $p; echo $?; wait $q; echo $?",
        "127\n127\n",
    ),
    # "$@" without positional parameters, XCU 2.5.2
    '"$@" beside what is empty': ('x=; set --; set -- "$x$@$*${x}${y+z}"; echo $#', "0\n"),
    '"$@" beside an empty string': ('set --; set -- "$@"""; echo $#', "1\n"),
    '"$@" beside a text': ('set --; set -- "a$@$@"; echo $# $1', "1 a\n"),
    # brackets, XBD 9.3.5
    "an equivalence class": (
        "case a in [[=a=]b]) echo y;; esac; case b in [![=a=]]) echo y;; esac",
        "y\ny\n",
    ),
    "a range of collating symbols": ("case b in [[.a.]-[.c.]]) echo y;; esac", "y\n"),
    "one of a special character": (
        "for c in ] - . '['; do case $c in [[.].][.-.][...][.[.]]) echo y;; esac; done",
        "y\ny\ny\ny\n",
    ),
    "one of several characters is none": (
        "case x in [[.xy.]]) echo no;; *) echo none;; esac",
        "none\n",
    ),
    "one in a file's name and a cut": (
        "v=a-b; : >x-y; echo x[[.-.]]y ${v#?[[.-.]]} ${v%[[.-.]]?}",
        "x-y b a\n",
    ),
}
"""The output of each script, or its status if it ends the shell before it prints."""


@pytest.fixture(scope="module")
def answers():
    scripts = {name: f"(\n{script}\n)" for name, (script, _) in CASES.items()}
    return {shell.name: run_cases(shell, scripts) for shell in (FORK, SPAWN)}


@pytest.mark.slow
@both_engines
@pytest.mark.parametrize("name", CASES)
def test_a_standard_case(answers, shell, name):
    answer, expected = answers[shell.name][name], CASES[name][1]
    if isinstance(expected, str):
        assert (answer.text, answer.status) == (expected, 0), answer.error
    else:
        assert (answer.text, answer.status) == ("", expected), answer.error
