"""C programs that tests run."""

from __future__ import annotations

import os
import subprocess

from tests.support.programs import require


def compile_c(
    source: str | os.PathLike[str], program: str | os.PathLike[str], *options: str
) -> str:
    """Compile a C file with gcc, and return the program; skip the test if gcc is not installed."""
    require("gcc")
    subprocess.run(["gcc", "-w", *options, "-o", program, source], check=True)
    return os.fspath(program)
