"""Builtins are loaded when first used, and then load nothing slow."""

from __future__ import annotations

import sys

from simpsh.shell.builtins.builtin_registry import NAMES, UTILITIES, find
from tests.shell.builtins.builtin_calls import call, shell
from tests.support.shells import PROJECT, run_command

SLOW = {"argparse", "collections", "dataclasses", "enum", "functools", "re", "textwrap", "typing"}
IN_SCRIPTS = (
    ": cd pwd export unset shift set umask ulimit trap read times type command wait kill jobs "
    "disown fg bg exit exec . history verbose status eval readonly getopts hash alias unalias "
    "echo true false test ["
)


def test_the_builtins_of_scripts_load_no_slow_module():
    program = (
        f"import sys; sys.path.insert(0, {PROJECT!r}); before = set(sys.modules); "
        "from simpsh.shell.builtins.builtin_registry import find; "
        "[find(name) for name in sys.argv[1:]]; print(*(set(sys.modules) - before))"
    )
    command = [sys.executable, "-I", "-S", "-c", program, *IN_SCRIPTS.split()]
    loaded = run_command(command).stdout
    assert "simpsh.shell.builtins.builtin_registry" in loaded.split()
    assert SLOW & set(loaded.split()) == set()


def test_a_script_that_runs_a_program_loads_no_module_of_the_library_for_it(tmp_path):
    # Each is a file that every child of a fork has mapped, in most builds of Python.
    (tmp_path / "script").write_text("/bin/true\nx=$(/bin/echo out)\n/bin/echo $x\n")
    program = (
        f"import sys; sys.path.insert(0, {PROJECT!r})\n"
        "from simpsh.cli.command_line import run\n"
        "run(sys.argv[1:]); print(*sys.modules)"
    )
    for engine in ("fork", "spawn"):
        words = ["--engine", engine, str(tmp_path / "script")]
        command = [sys.executable, "-I", "-S", "-c", program, *words]
        said, loaded = run_command(command).stdout.splitlines()
        assert said == "out"
        assert f"simpsh.shell.jobs.{engine}_engine" in loaded.split()
        assert not {"resource", "termios"} & set(loaded.split())


ROOMS = {"lesson", "step", "explore", "doctor"}
"""Each is a program of its own, which takes its options apart itself."""
ANY_WORD = {"simpsh", "explain", ":", ".", "source", "eval", "exec", "exit", "quit"}
"""Built-ins to which `-@` is a word like others, or a mistake of another kind."""


def test_a_builtin_says_what_it_is_for_and_refuses_an_option_that_it_does_not_have():
    for name in NAMES:
        builtin = find(name)
        assert builtin is not None
        assert builtin.usage.split()[0] == name
        assert builtin.reason.endswith(".")
        if name not in ROOMS | ANY_WORD | UTILITIES:
            assert call(shell(), name, "-@").status == 2, name
