"""Builtins are imported at first use, and import no slow modules."""

import sys

from simpsh.shell.builtins.builtin_registry import NAMES, UTILITIES, find
from tests.harness.sh import PROJECT, run_command
from tests.shell.builtins.builtin_calls import call, shell

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


SCRIPT = (
    "x=/a/b.c; case $x in *.c | [[:alpha:]]) y=${x##*/}${x%.*};; esac; set -- /*; i=$((1 + 2)); "
    "x=$(echo $i | cat); (cd /; :); for i in 1; do f() { return 3; }; f; done; cat <<E\n$x\nE\n"
)


def test_the_language_of_scripts_loads_no_slow_module():
    program = (
        f"import sys; sys.path.insert(0, {PROJECT!r}); from simpsh.cli.command_line import run; "
        "run(['-c', sys.argv[1]]); print(*sys.modules)"
    )
    script = f"{SCRIPT}#{10_000 * 'x'}\n:\n"
    loaded = run_command([sys.executable, "-I", "-S", "-c", program, script]).stdout.split()
    assert "simpsh.base.character_classes" in loaded
    assert SLOW & set(loaded) == set()


def test_a_script_that_runs_a_program_loads_no_module_of_the_library_for_it(tmp_path):
    # In most builds of Python, each is a file that every forked child has mapped.
    (tmp_path / "script").write_text("/bin/true\nx=$(/bin/echo out)\n/bin/echo $x\n")
    program = (
        f"import sys; sys.path.insert(0, {PROJECT!r})\n"
        "from simpsh.cli.command_line import run\n"
        "run(sys.argv[1:]); print(*sys.modules)"
    )
    for engine in ("fork", "spawn"):
        words = ["--engine", engine, str(tmp_path / "script")]
        command = [sys.executable, "-I", "-S", "-c", program, *words]
        output, loaded = run_command(command).stdout.splitlines()
        assert output == "out"
        assert f"simpsh.shell.jobs.{engine}_engine" in loaded.split()
        assert not {"resource", "termios"} & set(loaded.split())


ROOMS = {"lesson", "step", "explore", "doctor"}
"""Builtins that are separate programs and parse their own options."""
ANY_WORD = {"simpsh", "explain", ":", ".", "source", "eval", "exec", "exit", "quit"}
"""Built-ins for which `-@` is an ordinary word, or a mistake of another kind."""


def test_a_builtin_gives_its_reason_and_refuses_an_unknown_option():
    for name in NAMES:
        builtin = find(name)
        assert builtin is not None
        assert builtin.usage.split()[0] == name
        assert builtin.reason.endswith(".")
        if name not in ROOMS | ANY_WORD | UTILITIES:
            assert call(shell(), name, "-@").status == 2, name
