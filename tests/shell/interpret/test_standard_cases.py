"""Rules of POSIX.1-2024 on which other shells differ, and what an error or a long loop does.

The page docs/differences.md has further rules, which test_page_of_differences checks.
"""

import pytest

from tests.harness.sh import FORK, SPAWN, both_engines, run, run_cases, run_simpsh

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
        """trap 'n=x' CHLD; sh -c 'until grep -q State:.S /proc/$PPID/status; do :; done' &
        wait; s=$?; trap - CHLD; echo $s $n""",
        "145 x\n",
    ),
    # signals during the last command of a copy of the shell, XCU 2.12
    "a trap at the end of a subshell": (
        """(trap 'echo one' USR1; sh -c 'kill -USR1 $PPID')
        echo $(trap 'echo two' USR1; sh -c 'kill -USR1 $PPID')
        { trap 'echo three' USR1; sh -c 'kill -USR1 $PPID'; } | cat
        { trap 'echo four; exit 4' USR1; sh -c 'kill -USR1 $PPID'; } & wait $! || echo $?
        (trap 'echo five' EXIT; trap 'exit 5' USR1; sh -c 'kill -USR1 $PPID') || echo $?""",
        "one\ntwo\nthree\nfour\n4\nfive\n5\n",
    ),
    # arguments of options, XBD 12.1
    "read -dX": ("printf 'a,b' | { read -d, x; echo $x; }", "a\n"),
    "read -rdX": ("printf '\\\\n,b' | { read -rd, x; printf %s \"$x\"; }", "\\n"),
    "set -oNAME": ("set -onoglob; set -fonounset; echo $-", "fu\n"),
    "set -oe NAME is -e and -o": ("set -oe noglob; echo $-", "ef\n"),
    "set -o nolog": ("set -o nolog; set +o nolog; echo $?", "0\n"),
    # cd -P -e
    "cd -P -e": ("cd -P -e /tmp; cd -Pe /; cd -eP /tmp; cd -P -e -- /; pwd", "/\n"),
    "cd -P -e to a directory without a path": (
        "mkdir x; cd x; rmdir ../x; cd -Pe .; echo $?; cd -P .; echo $?; cd -PLe .; echo $?",
        "1\n0\n1\n",
    ),
    "cd -P -e that fails": ("cd -Pe /nosuch; echo $?; cd -P /nosuch; echo $?", "2\n1\n"),
    # -- ends the options of a builtin that has none
    ". --": ("echo 'echo in $1' >f; . -- ./f a", "in a\n"),
    "break --": ("for i in 1 2; do break -- 1; done; echo $i", "1\n"),
    "return --": ("f() { return -- 3; }; f; echo $?", "3\n"),
    # wait without operands
    "wait forgets a job that ended before": (
        "(exit 3) & sh -c 'while test -e /proc/$1; do :; done' sh $!; wait; "
        "(exit 6) & wait %1; echo $?",
        "6\n",
    ),
    "and one that ends meanwhile": (
        "(sleep 0.2; exit 3) & wait; (exit 6) & wait %1; echo $?",
        "6\n",
    ),
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
    # printf, XBD 5 and printf(3)
    "a precision above the length of a string": (
        "printf '[%.2147483647s][%.*b][%.99999999999999999999c]\\n' abc 99999999999 'd\\te' f",
        "[abc][d\te][f]\n",
    ),
    # eval, XCU 2.3.1: the aliases in effect when each command is read
    "an alias that the text of eval defines and removes": (
        "t='alias say=\"echo \\$v\"\nsay\nunalias say'; t=$(printf '%b' \"$t\"); "
        'for v in 1 2 3; do eval "$t"; done',
        "1\n2\n3\n",
    ),
    # XCU 2.3.1: the word after an alias that ends with a blank, beyond a joined line
    "an alias after a joined line": (
        "alias say='echo ' one='ONE ' two='TWO '; "
        "eval \"$(printf 'say one \\\\\n two one \\\\\n\\\\\n tw\\\\\no; say x \\\\\ntwo')\"",
        "ONE TWO ONE TWO\nx two\n",
    ),
    # cd, in a directory that was removed
    "cd . in a removed directory": (
        "mkdir gone; cd gone; rmdir ../gone; cd . 2>/dev/null; echo $?; cd ./ 2>/dev/null; echo $?",
        "1\n1\n",
    ),
    "cd .. leaves a removed directory": (
        "top=$PWD; mkdir -p a/b; cd a/b; rmdir ../b; rmdir ../../a; cd .. 2>/dev/null; echo $?; "
        'cd ../..; [ "$PWD" = "$top" ] && cd - 2>/dev/null; echo $?',
        "1\n1\n",
    ),
    "cd -P in a removed directory": (
        "mkdir gone; cd gone; rmdir ../gone; cd -P .; echo $?; cd -P -e . 2>/dev/null; echo $?; "
        "pwd -P 2>/dev/null || echo $?",
        "0\n1\n1\n",
    ),
    # the environment of a program
    "a variable that was local keeps its place in the environment": (
        "for n in c1 c2 c3; do export $n=1; done; f() { local c2; unset c2; }; f; g() { c1=2; }; "
        "c1=3 g; env | grep '^c[123]='",
        "c1=1\nc2=1\nc3=1\n",
    ),
    # character classes, XBD 7.3.1
    "the separators of ASCII are no white space": (
        'for o in 034 035 036 037 011 013 040; do x=$(printf "a\\\\$o."); '
        "case $x in a[[:space:]].) printf y;; *) printf n;; esac; done; echo",
        "nnnnyyy\n",
    ),
    "characters of C.UTF-8 by the C library": (
        "LC_ALL=C.UTF-8; for c in é É ½ ٠ ª 中; do for k in alpha upper lower digit punct; do "
        "eval \"case \\$c in [[:$k:]]) printf '%s ' $k;; esac\"; done; echo; done",
        "alpha lower \nalpha upper \npunct \nalpha \nalpha lower \nalpha \n",
    ),
}
"""The output of each script, or its status if it ends the shell before it prints."""


@pytest.fixture(scope="module")
def answers():
    scripts = {name: f"(\n{script}\n)" for name, (script, _) in CASES.items()}
    return {shell.name: run_cases(shell, scripts) for shell in (FORK, SPAWN)}


@both_engines
@pytest.mark.parametrize("name", CASES)
def test_a_standard_case(answers, shell, name):
    answer, expected = answers[shell.name][name], CASES[name][1]
    if isinstance(expected, str):
        assert (answer.text, answer.status) == (expected, 0), answer.error
    else:
        assert (answer.text, answer.status) == ("", expected), answer.error


# -- an error ends the script, the line, or nothing (XCU 2.8.1) ------------------------------------

GOES_ON, ENDS = "on\n", ""
ERRORS = {
    # The output of a script, and of a line at the prompt.
    ": ${x?gone}": (ENDS, ENDS),
    "readonly r=1; r=2": (ENDS, ENDS),
    "for x in ${y?gone}; do :; done": (ENDS, ENDS),
    "a=(1 2)": (ENDS, ENDS),
    ": >/no/such": (ENDS, GOES_ON),
    "{ :; } >/no/such": (GOES_ON, GOES_ON),
    "true >/no/such": (GOES_ON, GOES_ON),
    "no-such-command": (GOES_ON, GOES_ON),
    "export a-b": (ENDS, GOES_ON),
    "command export a-b": (GOES_ON, GOES_ON),
    "printf %d x >/dev/null": (GOES_ON, GOES_ON),
    "export -p >/dev/full": (GOES_ON, GOES_ON),
    "set -e; { :; } >/no/such": (ENDS, ENDS),
    "set -e; if { :; } >/no/such; then :; fi": (GOES_ON, GOES_ON),
}


@pytest.mark.parametrize("command", ERRORS)
def test_an_error_ends_what_the_policy_says(command):
    for option, expected in zip(("-c", "-ic"), ERRORS[command], strict=True):
        done = run_simpsh(option, f"{command}; echo on")
        assert (option, done.stdout) == (option, expected)
        assert done.stderr


# -- a long loop costs no memory; endless recursion ends in one line -------------------------------


@both_engines
def test_endless_recursion_is_one_line_and_2_for_any_function_body(shell):
    for body in (
        "f",
        "g() { if :; then f; fi; }; g",
        "for i in 1; do case x in *) f || f;; esac; done",
        "while :; do until f; do :; done; done",
        "eval f; eval f",
        "x=1 f; f >/dev/null",
        "local x=$1; f a$1; f",
    ):
        outcome = run(shell, f"f() {{ {body}; printf no; }}; f; printf no", form="file")
        assert (body, outcome.status, outcome.text) == (body, 2, "")
        assert len(outcome.lines) == 1, outcome.error
