"""The project as a whole: sizes, what is shipped, what a start loads."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.shells import PROJECT, run_command, simpsh_command

UNWANTED = frozenset(
    """
    argparse asyncio ctypes dataclasses importlib.metadata inspect json logging prompt_toolkit
    pygments rich subprocess typing
    """.split()  # noqa: SIM905
)
"""Modules that a script's start must not load: each costs a tenth of it or more (DESIGN.md)."""


def sources() -> list[Path]:
    root = Path(PROJECT)
    page = (root.glob(f"simpsh/view/**/*.{suffix}") for suffix in ("html", "css", "js"))
    python = (root.glob(f"{folder}/**/*.py") for folder in ("simpsh", "lessons"))
    return sorted(path for paths in (*page, *python) for path in paths)


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
    assert "simpsh.shell.shell" in modules, "the list of modules is not that of a shell that ran"
    return modules


@pytest.mark.parametrize("engine", [(), ("--engine", "fork"), ("--engine", "spawn")])
def test_a_script_loads_no_heavy_module(tmp_path, engine):
    for command in ("true", "A=1; cd /; /bin/true | cat >/dev/null && printf '%s' \"$(pwd)\" *"):
        assert loaded(*engine, "-c", command, cwd=tmp_path) & UNWANTED == set()


def test_a_script_file_loads_no_heavy_module(tmp_path):
    (tmp_path / "script").write_text("cat <<E | cat\ntext\nE\n")
    assert loaded("script", cwd=tmp_path) & UNWANTED == set()


@pytest.fixture(scope="module")
def builder(tmp_path_factory):
    """How to start the build back end: from this environment, or fetched for the occasion."""
    if importlib.util.find_spec("hatchling"):
        return dict(os.environ)
    target = tmp_path_factory.mktemp("hatchling")
    fetched = subprocess.run(
        [sys.executable, "-m", "pip", "install", "-qq", "--target", str(target), "hatchling>=1.27"],
        capture_output=True,
        timeout=50,
        check=False,
    )
    if fetched.returncode != 0:
        pytest.skip("hatchling is neither installed nor to be had: no wheel can be built")
    return os.environ | {"PYTHONPATH": str(target)}


def wheel_in(folder: Path, environment: dict[str, str]) -> Path:
    built = run_command(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=PROJECT,
        env=environment,
    )
    assert built.returncode == 0, built.stderr
    [wheel] = folder.glob("simpsh-*.whl")
    return wheel


def test_a_wheel_for_students_holds_no_solutions(tmp_path, builder):
    wheel = wheel_in(tmp_path, {**builder, "SIMPSH_WITHOUT_SOLUTIONS": "1"})
    names = [name for name in zipfile.ZipFile(wheel).namelist() if "/exercises/" in name]
    assert "lessons/exercises/two-children/task.md" in names
    assert "lessons/exercises/two-children/start.c" in names
    assert not [name for name in names if "/solution." in name or "/wrong/" in name]


def test_the_wheel_holds_the_shell_the_lessons_and_the_types(tmp_path, builder):
    wheel = wheel_in(tmp_path, builder)
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "lessons/exercises/two-children/solution.c" in names
    assert {"simpsh/__init__.py", "simpsh/__main__.py", "simpsh/py.typed"} <= names
    missing = {str(path.relative_to(PROJECT)) for path in sources()} - names
    assert missing == set()
    assert not {name for name in names if name.startswith("tests/")}
    [entry_points] = [name for name in names if name.endswith("entry_points.txt")]
    text = zipfile.ZipFile(wheel).read(entry_points).decode()
    assert "simpsh = simpsh.__main__:main" in text
    assert "course = lessons" in text
