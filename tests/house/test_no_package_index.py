"""No text installs `simpsh` from an index of packages, where anyone could register the name.

Read are the files of the tree and what commands print. Texts of a program may be split over lines
and have inserted values.
"""

from __future__ import annotations

import ast
import os
import re
import sys

import pytest

from simpsh.cli.command_line import SUBCOMMANDS
from tests.house.source_tree import ROOT
from tests.house.test_texts import text_of
from tests.support.shells import run_command, simpsh_command

INSTALLERS = re.compile(
    # An installer, its verb and other words, then the bare name: a path or FILE.whl is no name.
    r"\b(?:(?:pip3?|pipx|uv|poetry|pdm|conda|mamba|micromamba|brew|apt|apt-get|dnf|npm)\b"
    r"[^\n;|&]*?\s(?:install|add|run|inject|upgrade|download)|uvx|easy_install)"
    r"(?:[ \t]+(?!-e\b)[^\s;|&]+)*?[ \t]+[\"']*simpsh(?![\w/.-])"
)
OTHERS = (
    re.compile(r"(?<![\w/}])simpsh\s*\[\s*(?:class|jupyter|notebook|all)\b"),
    re.compile(r"(?<![\w/])simpsh\s*(?:==|~=|>=)\s*(?:\d|\{|X)"),
    # The first word after sudo and its options.
    re.compile(r"\bsudo(?:\s+-\S+)*\s+simpsh\b"),
    re.compile(r"pypi\.org/(?:project|simple)/simpsh"),
)
FOLDERS = (
    *("README.md", "CHANGELOG.md", "SECURITY.md", "Makefile", "pyproject.toml", "hatch_build.py"),
    *("docs", "lessons", "containers", "tools", "simpsh", ".github", ".devcontainer", ".ci"),
)


def found_in(text: str) -> list[str]:
    """Return the parts of a text that install simpsh from an index, or run it by sudo's PATH."""
    if "simpsh" not in text:
        return []
    joined = re.sub(r"\\\n\s*", " ", text)
    return [match[0] for pattern in (INSTALLERS, *OTHERS) for match in pattern.finditer(joined)]


def texts_of(path) -> list[str]:
    text = path.read_text(errors="replace")
    if "install" not in text and "sudo" not in text:
        return [text]  # nothing to put together
    if path.suffix != ".py":
        return [text]
    constants = (text_of(node) for node in ast.walk(ast.parse(text)))
    return [text, *filter(None, constants)]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "pip install simpsh",
            "pipx install simpsh",
            "uvx simpsh lesson",
            "uv tool install simpsh",
        ),
        *("pip install 'simpsh[class]'", 'python -m pip install --user "simpsh==1.0"'),
        *(
            "pip install a simpsh",
            "pip install \\\n    simpsh",
            "sudo simpsh doctor",
            "pipx run simpsh",
        ),
        *(
            "sudo -E simpsh doctor",
            "needs `simpsh[jupyter]`",
            "simpsh>=1.0",
            "uv pip install -U simpsh",
        ),
        "conda install -c forge simpsh",
    ],
)
def test_such_texts_are_found(text):
    assert found_in(text)


@pytest.mark.parametrize(
    "text",
    [
        *("pip install '.[class]'", "pipx install ./simpsh", "pipx uninstall simpsh", "simpsh[1]"),
        *('sudo "$(command -v simpsh)" doctor', "pip install simpsh-1.0-py3-none-any.whl"),
        *(
            "brew install lima\nlimactl shell simpsh",
            "pip install jupyterlab; simpsh jupyter install",
        ),
        *("docker run simpsh", "simpsh jupyter install", "sudo .venv/bin/simpsh doctor"),
    ],
)
def test_other_texts_are_not(text):
    assert not found_in(text)


def test_no_file_of_the_tree_has_one():
    paths = [ROOT / name for name in FOLDERS if (ROOT / name).exists()]
    files = [file for path in paths for file in (path.rglob("*") if path.is_dir() else [path])]
    read = [file for file in files if file.is_file() and file.suffix not in (".pyc", ".png")]
    assert len(read) > 800
    lines = [
        f"{file.relative_to(ROOT)}: {part}"
        for file in read
        if "__pycache__" not in file.parts
        for text in texts_of(file)
        for part in found_in(text)
    ]
    assert lines == []


HELP = """
from simpsh.cli.command_line import SUBCOMMANDS, run
run(["--help"])
run(["-c", "help overview; help typed"])
for name in SUBCOMMANDS:
    run([name, "--help"])
"""


def test_no_command_prints_one(tmp_path):
    done = run_command([sys.executable, "-c", HELP], cwd=tmp_path)
    assert done.stdout.count("simpsh") > len(SUBCOMMANDS), done.stderr
    # Without the libraries of the extras, commands say how to install these.
    for name in ("aiohttp", "segno", "yaml", "ipykernel", "jupyter_client"):
        (tmp_path / f"{name}.py").write_text(f"raise ImportError({name!r}, name={name!r})")
    printed = done.stdout + done.stderr
    for words in (("jupyter", "install"), ("doctor",), ("diagnose", "1")):
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        done = run_command([*simpsh_command(), *words], cwd=tmp_path, env=environment)
        printed += done.stdout + done.stderr
    assert "pip install '.[jupyter]'" in printed
    assert found_in(printed) == []
