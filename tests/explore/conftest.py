"""Shared fixtures: C programs, compiled at their first use."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.c_programs import compile_c

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Compile a C file by its path in this directory; return the program's path.

    The workers of one run share the compiled programs.
    """
    base = tmp_path_factory.getbasetemp()
    directory = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "compiled"

    def compile_one(source: str) -> str:
        program = directory / Path(source).with_suffix("")
        if not program.exists():
            program.parent.mkdir(parents=True, exist_ok=True)
            own = program.with_suffix(f".{os.getpid()}")
            # Bind functions lazily, which is not the default of Ubuntu's gcc.
            words = ("-O0", "-pthread", "-Wl,-z,lazy", f"-I{HERE / 'programs'}")
            compile_c(HERE / source, own, *words)
            # Atomically, because another worker may look for it.
            own.rename(program)
        return str(program)

    return compile_one
