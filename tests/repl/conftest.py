"""Start simpsh at its first prompt, with given variables and a given window size."""

import pytest


@pytest.fixture
def start(start_shell):
    """Start simpsh: `start(rows=…, columns=…, VARIABLE=…)`; it shows its first prompt."""

    def start_at_prompt(*, program=None, rows=24, columns=80, **variables):
        terminal = start_shell(program=program, environment=variables, rows=rows, columns=columns)
        terminal.wait(r"^>>$")
        if variables.get("TERM") != "dumb":
            terminal.wait_editor()
        return terminal

    return start_at_prompt
