"""The maps, the examples in docstrings, what installs simpsh, and what a start of it loads."""

import ast
import doctest
import importlib
import re
import sys
import tomllib
from pathlib import Path

import pytest

from tests.harness.sh import run_command, simpsh_command
from tests.house.source_tree import HOUSE, ROOT, entries, folders_below, shown


def map_of(folder):
    """Return the names in the lines `name – what it holds` of a folder's `__init__.py`."""
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
    named = re.findall(r"^([\w./]+(?:, [\w./]+)*) – ", text, re.MULTILINE)
    return [name.rstrip("/") for names in named for name in names.split(", ")]


def test_each_init_file_is_the_map_of_its_folder():
    wrong = []
    for folder in folders_below(HOUSE):
        if not (folder / "__init__.py").exists():
            continue
        named, files = map_of(folder), {path.name for path in entries(folder)}
        there = {path.stem for path in entries(folder) if path.suffix == ".py"} - {"__init__"}
        there |= {path.name for path in entries(folder) if path.is_dir() and entries(path)}
        wrong += [f"{shown(folder)}: {name} is not named" for name in sorted(there - {*named})]
        nowhere = sorted({*named} - there - files)
        wrong += [f"{shown(folder)}: {name} does not exist" for name in nowhere]
    assert not wrong, "the map is `name – what it holds`, a line for each:\n  " + "\n  ".join(wrong)


def test_the_drawing_in_architecture_has_the_rooms_in_the_order_of_the_contract():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    [layers] = [one["layers"] for one in config["contracts"] if one.get("containers") == ["simpsh"]]
    drawing = (ROOT / "docs/ARCHITECTURE.md").read_text().partition("    The door")[2]
    drawn = re.findall(r"^.{17}(\w+)  ", "    The door" + drawing.partition("\n\n")[0], re.M)
    assert ["__main__", *drawn] == layers


MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in HOUSE.rglob("*.py")
    if ">>> " in path.read_text("utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name):
    done = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert done.attempted > 0
    assert done.failed == 0


INSTALLS = re.compile(
    # An installer, its verb and other words, then the bare name: a path or FILE.whl is no name.
    r"\b(?:pip3?|pipx|uv|poetry|conda|brew|apt|apt-get|npm)\b[^\n;|&]*?\s(?:install|add|run)"
    r"(?:[ \t]+(?!-e\b)[^\s;|&]+)*?[ \t]+[\"']*simpsh(?![\w/.-])"
    r"|\buvx\s+simpsh\b|(?<![\w/}])simpsh\[(?:class|jupyter)\b"
)
READ = {".md", ".py", ".txt", ".toml", ".yml", ".json"}


def test_no_file_installs_from_an_index():
    assert INSTALLS.search("pip install --user 'simpsh[class]'")
    assert not INSTALLS.search("pip install '.[class]'; pipx install ./simpsh; docker run simpsh")
    folders = ("docs", "lessons", "simpsh", "tools", "containers", ".github", ".devcontainer")
    files = [path for name in folders for path in (ROOT / name).rglob("*.*")]
    read = [path for path in (*ROOT.glob("*.*"), *files) if path.suffix in READ]
    found = {shown(path): INSTALLS.findall(path.read_text()) for path in read}
    assert {name: texts for name, texts in found.items() if texts} == {}


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


@pytest.mark.parametrize("options", [(), ("-o", "visible")])
def test_a_script_imports_no_slow_module(tmp_path, options):
    for command in ("true", "A=1; cd /; /bin/true | cat >/dev/null && printf '%s' \"$(pwd)\" *"):
        assert loaded(*options, "-c", command, cwd=tmp_path) & UNWANTED == set()
    (tmp_path / "script").write_text("cat <<E | cat\ntext\nE\n")
    assert loaded(*options, "script", cwd=tmp_path) & UNWANTED == set()


def test_a_trace_imports_only_the_modules_that_it_needs(tmp_path):
    # ptrace(2) is called by ctypes. A recording is JSON: json, with collections and functools, is
    # loaded while the other process starts the command, and both write to this list at once.
    modules = loaded("trace", "-o", "run.txt", "true", cwd=tmp_path)
    heavy = UNWANTED | {"contextlib", "shutil", "warnings"}
    assert modules & heavy - {"json"} == {"ctypes"}
