"""Fixtures for the tests of jobs: simpsh at its prompt, and repeated tests."""

import pytest

from tests.shell.jobs.prompt import FRESH, ROUNDS, Prompt, Start


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if ROUNDS > 1:
        metafunc.fixturenames.append("round_number")
        metafunc.parametrize("round_number", range(ROUNDS))


@pytest.fixture
def start(start_shell) -> Start:
    """Start simpsh: `start(*options, rows=…, columns=…, ignored=…, VARIABLE=…)`."""

    def start_at_prompt(*options, rows=80, columns=80, ignored=(), **variables):
        terminal = start_shell(
            *options, environment=variables, rows=rows, columns=columns, ignored=ignored
        )
        terminal.wait(f"^{FRESH}")
        return Prompt(terminal)

    return start_at_prompt


@pytest.fixture
def prompt(start) -> Prompt:
    """An interactive simpsh at its first prompt."""
    return start()
