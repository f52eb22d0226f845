"""C programs that tests run."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest


def compile_c(
    source: str | os.PathLike[str], program: str | os.PathLike[str], *options: str
) -> str:
    """Compile a C file with gcc, and return the program; skip the test if gcc is not installed."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    subprocess.run(["gcc", "-w", *options, "-o", program, source], check=True)
    return os.fspath(program)
