"""What the tests of exploration share: C programs, compiled when they are first asked for."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Compile a C file of this directory, by its path there; return the program's path."""
    directory = tmp_path_factory.mktemp("compiled")
    done: dict[str, str] = {}

    def compile_one(source: str) -> str:
        if source not in done:
            if not shutil.which("gcc"):
                pytest.skip("there is no gcc to compile the program with")
            target = str(directory / Path(source).stem)
            options = ("-O0", "-w", "-pthread", f"-I{HERE / 'programs'}")
            subprocess.run(["gcc", *options, "-o", target, str(HERE / source)], check=True)
            done[source] = target
        return done[source]

    return compile_one
