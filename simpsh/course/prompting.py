"""What the course asks of a prompt; it knows no shell, and gets one from whoever starts it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.course.observation import Observation
    from simpsh.course.steps import Try


class Prompt(Protocol):
    """The real prompt of simpsh, on the terminal on which the lesson is taught."""

    def attempt(self, step: Try, command: Callable[[str], bool]) -> tuple[str, Observation] | None:
        """Let the student type one line into a simpsh that is watched from outside, and run it.

        The same simpsh goes on at the next attempt, with its jobs and variables, until finish().

        Args:
            step: what is tried.
            command: is given each line that begins with a colon; tells whether to go on asking.

        Returns:
            The line and what was seen of it, the shell's own forks included; None where a
            command ended the asking.

        Raises:
            Left: `^D`, or `exit`.
            NotTraceable: the kernel does not permit it.
            OSError: no process can be made.
        """

    def line(self, step: Try, line: str) -> Observation:
        """Run one line as if it had been typed: a solution, with nobody there."""

    def finish(self) -> None:
        """End the simpsh of the attempts, and its jobs; nothing happens if there is none."""

    def free(self) -> None:
        """Give the student a shell; come back when it ends."""
