"""What the tests of exploration share: C programs, compiled when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.c_programs import compile_c

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Compile a C file of this directory, by its path there; return the program's path."""
    directory = tmp_path_factory.mktemp("compiled")
    done: dict[str, str] = {}

    def compile_one(source: str) -> str:
        if source not in done:
            options = ("-O0", "-pthread", f"-I{HERE / 'programs'}")
            done[source] = compile_c(HERE / source, directory / Path(source).stem, *options)
        return done[source]

    return compile_one
