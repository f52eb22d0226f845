"""Fixtures of the tests of the tracer: small C programs, and no orphans left to the test runner."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simpsh.process.machine_permits import missing
from tests.support.c_programs import compile_c
from tests.support.processes import children_of, name_of, wait_for_state

HEADERS = (
    *("signal", "stdio", "stdlib", "string", "unistd", "pthread", "spawn", "errno", "fcntl"),
    *("sys/wait", "sys/types", "sys/prctl", "sys/resource", "sys/syscall"),
)
WITHOUT_TRACER = ("test_recording", "test_damaged_recordings", "test_damaged_files")


@pytest.fixture(scope="session")
def tracer() -> None:
    """Skip the test if tracing is not permitted."""
    if reason := missing("ptrace"):
        pytest.skip(reason)


@pytest.fixture(scope="module", autouse=True)
def tracer_of_most(request: pytest.FixtureRequest) -> None:
    """Skip the tests that need the tracer if tracing is not permitted."""
    if request.module.__name__.rpartition(".")[2] not in WITHOUT_TRACER:
        request.getfixturevalue("tracer")


@pytest.fixture(autouse=True)
def adopted_zombies_are_collected() -> Iterator[None]:
    """Reap the orphans of traced programs; the test runner, a subreaper, adopts them."""
    yield
    while True:
        for pid in children_of(os.getpid()):
            if name_of(pid) == "simpsh-truth":
                # simpsh-truth exits a moment after the last process of its session.
                wait_for_state(pid, "Z")
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return
        except ChildProcessError:
            return


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Return a function that compiles a C program and returns its path."""
    directory = tmp_path_factory.mktemp("programs")

    def compile_(body: str, *flags: str) -> str:
        path = Path(directory, hashlib.sha256(body.encode()).hexdigest()[:12])
        if not path.exists():
            lines = [f"#include <{name}.h>" for name in HEADERS]
            source = Path(f"{path}.c")
            source.write_text("\n".join(["#define _GNU_SOURCE", *lines, body]))
            compile_c(source, path, "-O1", "-pthread", *flags)
        return str(path)

    return compile_
