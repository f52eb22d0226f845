"""Shared fixtures: C programs, compiled at their first use."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness import compiled as c_programs

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def compiled() -> Callable[[str], str]:
    """Compile a C file by its path in this directory; return the program's path."""
    # Bind functions lazily, which is not the default of Ubuntu's gcc.
    options = ("-O0", "-pthread", "-Wl,-z,lazy", f"-I{HERE / 'programs'}")
    return lambda source: c_programs.compiled(HERE / source, *options)
