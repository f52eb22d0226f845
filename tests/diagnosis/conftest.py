"""Skip the tests of diagnose that must read a process's system call, if the system hides it."""

from __future__ import annotations

import pytest

from tests.process.diagnosed_children import skip_without_calls

WITHOUT_CALLS = ("test_diagnose_permission", "test_kept_calls")


@pytest.fixture(scope="module", autouse=True)
def calls(request: pytest.FixtureRequest) -> None:
    """Skip tests that need the calls of processes if the system hides them."""
    if request.module.__name__.rpartition(".")[2] not in WITHOUT_CALLS:
        skip_without_calls()
