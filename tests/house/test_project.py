"""Modules that a start of simpsh loads."""

import sys
from pathlib import Path

import pytest

from tests.harness.sh import run_command, simpsh_command

UNWANTED = frozenset(
    """
    argparse asyncio ctypes dataclasses importlib.metadata inspect json logging prompt_toolkit
    pygments rich subprocess typing
    """.split()  # noqa: SIM905
)
"""Modules that a script's start must not load: each makes it a tenth slower or more."""


def loaded(*arguments: str, cwd: Path) -> set[str]:
    """The modules that a run imports, and their packages, as `-X importtime` names them."""
    launcher = simpsh_command()
    argv = [sys.executable, "-X", "importtime", *launcher[len(launcher) > 1 :], *arguments]
    done = run_command(argv, cwd=cwd)
    lines = done.stderr.splitlines()
    complaint = "\n".join(line for line in lines if not line.startswith("import time:"))
    assert done.returncode == 0, complaint
    lines = [line for line in lines if line.startswith("import time:")]
    modules = {line.rpartition("|")[2].strip() for line in lines}
    last = "trace.tracer.recorded_run" if arguments[0] == "trace" else "shell.shell"
    assert f"simpsh.{last}" in modules, "the list of modules is not that of a run"
    return modules


@pytest.mark.parametrize("engine", [(), ("--engine", "fork"), ("--engine", "spawn")])
def test_a_script_imports_no_slow_module(tmp_path, engine):
    for command in ("true", "A=1; cd /; /bin/true | cat >/dev/null && printf '%s' \"$(pwd)\" *"):
        assert loaded(*engine, "-c", command, cwd=tmp_path) & UNWANTED == set()
    (tmp_path / "script").write_text("cat <<E | cat\ntext\nE\n")
    assert loaded(*engine, "script", cwd=tmp_path) & UNWANTED == set()


def test_a_trace_imports_only_the_modules_that_it_needs(tmp_path):
    # ptrace(2) is called by ctypes. A recording is JSON: json, with collections and functools, is
    # loaded while the other process starts the command, and both write to this list at once.
    modules = loaded("trace", "-o", "run.txt", "true", cwd=tmp_path)
    heavy = UNWANTED | {"contextlib", "shutil", "warnings"}
    assert modules & heavy - {"json"} == {"ctypes"}
