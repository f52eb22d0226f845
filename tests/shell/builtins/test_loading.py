"""Builtins are loaded when first used, and then load nothing slow."""

from __future__ import annotations

import subprocess
import sys

import pytest

from simpsh.shell.builtins.builtin_registry import NAMES, find
from tests.shell.builtins.builtin_calls import call, shell
from tests.support.shells import PROJECT, simpsh_command

SLOW = {"argparse", "collections", "dataclasses", "enum", "functools", "re", "textwrap", "typing"}
IN_SCRIPTS = (
    ": cd pwd export unset shift set umask ulimit trap read times type command wait kill jobs "
    "disown fg bg exit exec . history verbose status eval readonly getopts hash alias unalias"
)


def test_the_builtins_of_scripts_load_no_slow_module():
    program = (
        f"import sys; sys.path.insert(0, {PROJECT!r}); before = set(sys.modules); "
        "from simpsh.shell.builtins.builtin_registry import find; "
        "[find(name) for name in sys.argv[1:]]; print(*(set(sys.modules) - before))"
    )
    command = [sys.executable, "-I", "-S", "-c", program, *IN_SCRIPTS.split()]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "simpsh.shell.builtins.builtin_registry" in loaded.split()
    assert SLOW & set(loaded.split()) == set()


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"explain"}))
def test_a_builtin_says_how_it_is_used_and_why_it_is_one(name):
    builtin = find(name)
    assert builtin is not None
    assert builtin.usage.split()[0] == name
    assert builtin.reason.endswith(".")


ROOMS = {"lesson", "step", "explore", "doctor"}
"""Each is a program of its own, which takes its options apart itself."""


@pytest.mark.parametrize("name", sorted(ROOMS))
def test_an_option_that_a_room_does_not_have_is_misuse_there(name):
    done = subprocess.run(
        [*simpsh_command(), "-c", f"{name} -@"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    complaint, usage = done.stderr.split("\n", 1)
    assert complaint == f"simpsh: {name}: there is no option -@"
    assert usage.startswith(f"usage: simpsh {name} ")


@pytest.mark.parametrize(
    "name",
    sorted(
        set(NAMES)
        - {"explain", "simpsh", ":", ".", "source", "eval", "exec", "exit", "quit"}
        - ROOMS
    ),
)
def test_an_option_that_a_builtin_does_not_have_is_misuse(name):
    assert call(shell(), name, "-@").status == 2
