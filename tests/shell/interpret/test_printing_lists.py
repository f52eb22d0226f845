"""Subshells that are not forked because they only print; tests/dash compares their effects."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from simpsh.shell.interpret.printing_lists import PrintingLists
from simpsh.shell.language.parser import parse
from simpsh.shell.state import State
from tests.support.shells import SIMPSH


@pytest.mark.parametrize(
    ("text", "is_one", "is_one_or_program"),
    [
        ("echo a; x=$(ls | wc -l); [ $x ] && prints $x", True, True),
        ("while read -r x; do echo $x; done", False, False),
        ("command -v ls >/dev/null 2>&1 || return 1", True, True),
        ("command ls", False, False),
        ("ls", False, True),
        ("ls; echo a", False, False),
        ("runs", False, False),
        ("echo a | cat", False, False),
        ("echo a &", False, False),
        ("(echo a)", False, False),
        ("$x", False, False),
        ("cd /; echo a", False, False),
        ("f() { echo a; }; f", False, False),
        ("time echo a", False, False),
        ("echo a >f", True, True),
        ("trap - EXIT", False, False),
    ],
)
def test_a_list_of_printing_commands_needs_no_copy_of_the_shell(text, is_one, is_one_or_program):
    state = State({})
    bodies = {"prints": "echo $1; prints", "runs": "echo a; cd /; ls"}
    for name, body in bodies.items():
        state.functions[name] = parse(f"{{ {body}; }}").items[0].first.commands[0]
    lists = PrintingLists(state)
    tree = parse(text)
    for _ in range(2):
        assert lists.has(tree, may_be_program=False) is is_one
        assert lists.has(tree, may_be_program=True) is is_one_or_program


@pytest.mark.parametrize("subshell", ["({})", "x=$({})"])
@pytest.mark.parametrize(
    ("trap", "status", "output"),
    [("", -signal.SIGINT, ""), ("trap 'echo trapped' INT; ", 0, "trapped\n130\n")],
)
def test_sigint_ends_an_endless_subshell_that_has_no_process(subshell, trap, status, output):
    loop = subshell.format("echo begun >&2; while :; do :; done")
    argv = [*SIMPSH.argv, "-c", f"{trap}{loop}; echo $?"]
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as shell:
        assert shell.stderr.readline() == "begun\n"
        os.killpg(shell.pid, signal.SIGINT)
        assert shell.communicate(timeout=60)[0] == output
    assert shell.returncode == status
