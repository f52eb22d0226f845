"""The C files of tests and lessons compile in C17 without a warning, with each compiler here."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.grade.fairness_corpus import CORPUS
from tests.support.needed_programs import require

ROOT = Path(__file__).parents[2]
FILES = sorted(
    str(path.relative_to(ROOT))
    for folder in ("lessons", "tests", "docs/example-course")
    for path in (ROOT / folder).rglob("*.c")
)
_COMPILER = re.compile(r"(gcc|clang)(-\d+)?")
_STRICT = ("-std=c17", "-Wall", "-Wno-unused-result", "-O1", "-S", "-o", os.devnull)
_SYSTEM = ("-D_DEFAULT_SOURCE", "-D_XOPEN_SOURCE=700")
"""What `gnu17` declares by default; a file may define others itself."""


def compilers() -> set[str]:
    """Return the paths of all gcc and clang in PATH, each once."""
    folders = [Path(folder) for folder in os.get_exec_path() if Path(folder).is_dir()]
    found = (path for folder in folders for path in folder.iterdir())
    return {os.path.realpath(path) for path in found if _COMPILER.fullmatch(path.name)}


def options(source: Path) -> list[str]:
    """Return the options that a file needs to be complete."""
    text = source.read_text()
    words = [] if "#define _DEFAULT_SOURCE" in text else [*_SYSTEM]
    if source.is_relative_to(CORPUS):
        words += re.findall(r"^//.*? (-DWAY=\d)", text, re.MULTILINE)[:1]
    return [*words, f"-I{ROOT / 'tests/explore/programs'}"]


@pytest.mark.drawn(40)
@pytest.mark.parametrize("name", FILES)
def test_a_file_compiles_without_a_warning(name):
    require("gcc")
    source = ROOT / name
    for compiler in sorted(compilers()):
        words = [compiler, *_STRICT, *options(source), str(source)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), compiler
