"""What the prompt needs of a shell, and nothing more."""

from __future__ import annotations

from typing import Protocol

from simpsh.state import State


class Shell(Protocol):
    """The shell behind the prompt."""

    state: State

    def run(self, text: str) -> int:
        """Run a complete command; raises simpsh.state.Exit to leave."""

    def is_complete(self, text: str) -> bool:
        """Tell whether the text can be run as it is, or more input is needed."""

    def collect(self) -> None:
        """File every child status there is; never blocks."""

    def notices(self) -> list[str]:
        """Return what is new about jobs, a line each; it is new only once."""

    def run_traps(self) -> None:
        """Run the trap actions that are due."""

    def may_leave(self) -> list[str]:
        """Return a warning, if jobs are left that the user was not yet told of."""
