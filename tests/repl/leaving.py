"""The end of a shell on a terminal."""

from __future__ import annotations

from tests.support.processes import wait_for_state


def exit_status(terminal):
    """Wait until simpsh has ended; return its exit status."""
    wait_for_state(terminal.pid, "Z")
    return terminal.wait_exit()
