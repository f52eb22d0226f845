"""C programs that tests run."""

from __future__ import annotations

import os
import re
import subprocess

from tests.support.needed_programs import require

WARNINGS = ("-std=gnu17", "-Wall", "-Wno-unused-result")
"""On Ubuntu, gcc warns of ignored results of `write` and `pipe`, which tests do ignore."""

_LAST_KNOWN = 16
"""The newest gcc that has compiled all tests; a newer one may have warnings of its own."""


def compile_c(
    source: str | os.PathLike[str], program: str | os.PathLike[str], *options: str
) -> str:
    """Compile a C file with gcc, and return the program; skip the test if gcc is not installed.

    A warning of a known gcc fails the test.
    """
    require("gcc")
    words = ["gcc", *WARNINGS, *options, "-o", program, source]
    done = subprocess.run(words, stderr=subprocess.PIPE, text=True)
    print(done.stderr, end="")
    done.check_returncode()
    assert not done.stderr or _major_version() > _LAST_KNOWN, done.stderr
    return os.fspath(program)


def _major_version() -> int:
    shown = subprocess.run(["gcc", "-dumpversion"], capture_output=True, text=True, check=True)
    return int(re.split(r"\D", shown.stdout)[0])
