"""C programs that tests run.

path = compiled("int main(void) { return 3; }")        compiled once in a run of the tests
path = compiled(with_headers("int main(void) { pause(); }"), "-pthread")
path = compiled(Path("race.c"), "-O0")
compile_c(source, program, "-g")                        at a place of the test's own
"""

import hashlib
import os
import re
import subprocess
from pathlib import Path

from tests.support.needed_programs import require

WARNINGS = ("-std=gnu17", "-Wall", "-Wno-unused-result")
"""On Ubuntu, gcc warns of ignored results of `write` and `pipe`, which tests do ignore."""

HEADERS = (
    *("errno", "fcntl", "poll", "pthread", "signal", "spawn", "stdio", "stdlib", "string", "time"),
    *("unistd", "sys/mman", "sys/prctl", "sys/resource", "sys/socket", "sys/stat"),
    *("sys/syscall", "sys/types", "sys/wait"),
)

SHARED = "SIMPSH_TESTS_PROGRAMS"
"""The variable with the directory of the compiled programs; all processes of a run share it."""

_LAST_KNOWN = 16
"""The newest gcc that has compiled all tests; a newer one may have warnings of its own."""


def with_headers(body: str) -> str:
    """Return a C program with the declarations of HEADERS before `body`."""
    lines = [f"#include <{name}.h>" for name in HEADERS]
    return "\n".join(["#define _GNU_SOURCE", *lines, body])


def compiled(source: str | Path, *options: str) -> str:
    """Compile a text or a file, once for all tests and workers; return the program's path."""
    text = source.read_text() if isinstance(source, Path) else source
    name = source.stem if isinstance(source, Path) else "program"
    key = hashlib.sha256("\0".join((text, *options)).encode()).hexdigest()[:12]
    program = Path(os.environ[SHARED], key, name)
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        # Another worker may compile the same program: each writes its own and renames it.
        own = program.with_name(f"{name}.{os.getpid()}")
        written = source if isinstance(source, Path) else Path(f"{own}.c")
        if isinstance(source, str):
            written.write_text(source)
        compile_c(written, own, *options)
        own.rename(program)
    return str(program)


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
