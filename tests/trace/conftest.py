"""Fixtures of the tests of the tracer: small C programs, and no orphans left to the test runner."""

import os
from collections.abc import Callable, Iterator

import pytest

from simpsh.process.machine_permits import missing
from tests.harness import compiled as harness
from tests.harness.process import children_of, name_of, wait_for_state

WITHOUT_TRACER = ("test_recording", "test_damaged_recordings", "test_damaged_files")


@pytest.fixture(scope="module", autouse=True)
def tracer_of_most(request: pytest.FixtureRequest) -> None:
    """Skip the tests that need the tracer if tracing is not permitted."""
    is_needed = request.module.__name__.rpartition(".")[2] not in WITHOUT_TRACER
    if is_needed and (reason := missing("ptrace")):
        pytest.skip(reason)


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


@pytest.fixture
def compiled() -> Callable[..., str]:
    """Return a function that compiles a C program, and returns its path."""

    def compile_(body: str, *flags: str) -> str:
        return harness.compiled(harness.with_headers(body), "-O1", "-pthread", *flags)

    return compile_
