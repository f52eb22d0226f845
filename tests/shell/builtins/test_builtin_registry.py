"""Built-ins are imported at first use, import no slow modules, and take the options they show."""

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


def python(code, *words):
    """Run code without modules of site-packages; return the lines that it prints."""
    code = f"import sys; sys.path.insert(0, {PROJECT!r}); {code}"
    return run_command([sys.executable, "-I", "-S", "-c", code, *words]).stdout.splitlines()


def test_the_builtins_of_scripts_load_no_slow_module():
    [line] = python(
        "before = set(sys.modules); from simpsh.shell.builtins.builtin_registry import find; "
        "[find(name) for name in sys.argv[1:]]; print(*(set(sys.modules) - before))",
        *IN_SCRIPTS.split(),
    )
    assert "simpsh.shell.builtins.builtin_registry" in line.split()
    assert SLOW & set(line.split()) == set()


RUN = "from simpsh.cli.command_line import run; run(sys.argv[1:])"
SCRIPT = (
    "x=/a/b.c; case $x in *.c | [[:alpha:]]) y=${x##*/}${x%.*};; esac; set -- /*; i=$((1 + 2)); "
    "x=$(echo $i | cat); (cd /; :); for i in 1; do f() { return 3; }; f; done; cat <<E\n$x\nE\n"
)


def test_the_language_of_scripts_loads_no_slow_module():
    *_, line = python(f"{RUN}; print(*sys.modules)", "-c", f"{SCRIPT}#{10_000 * 'x'}\n:\n")
    assert "simpsh.base.character_classes" in line.split()
    assert SLOW & set(line.split()) == set()


def test_a_script_that_runs_a_program_loads_no_module_of_the_library_for_it(tmp_path):
    # In most builds of Python, each is a file that every forked child has mapped.
    (tmp_path / "script").write_text("/bin/true\nx=$(/bin/echo out)\n/bin/echo $x\n")
    for engine, options in (("fork", ["-o", "visible"]), ("spawn", [])):
        words = [*options, str(tmp_path / "script")]
        output, loaded = python(f"{RUN}; print(*sys.modules)", *words)
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
