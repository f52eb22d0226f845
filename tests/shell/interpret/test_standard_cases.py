"""What POSIX.1-2024 asks for where other shells differ: each in a subshell, with each engine."""

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
    "an expansion error in command eval ends the shell": (
        "command eval ': ${nope?x}'; echo no",
        1,
    ),
    "a division by zero in command eval": ("command eval ': $((1/0))'; echo no", 1),
    "an unset variable in command eval": ("set -u; command eval ': $nope'; echo no", 1),
    "an assignment error in command eval": ("readonly r=1; command eval r=2; echo no", 2),
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
    "a syntax error in command eval does not": ("command eval 'if'; echo $?", "2\n"),
    "nor one in a file that command . reads": ("echo if >f; command . ./f; echo $?", "2\n"),
    "nor a special builtin's own error": (
        "readonly r; command export r=2; command . ./nosuch; command shift 9; echo on",
        "on\n",
    ),
}
"""Each with what it prints; or, where it ends the shell before it prints, with its status."""


@pytest.fixture(scope="module")
def answers():
    scripts = {name: f"(\n{script}\n)" for name, (script, _) in CASES.items()}
    return {shell.name: run_cases(shell, scripts) for shell in (FORK, SPAWN)}


@both_engines
@pytest.mark.parametrize("name", CASES)
def test_a_standard_case(answers, shell, name):
    answer, expected = answers[shell.name][name], CASES[name][1]
    if isinstance(expected, str):
        assert (answer.stdout, answer.status) == (expected, 0), answer.stderr
    else:
        assert (answer.stdout, answer.status) == ("", expected), answer.stderr
