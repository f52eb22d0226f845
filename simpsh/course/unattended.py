"""A prompt at which nobody sits: for a lesson that is shown, and asks nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.course.performing import perform_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.course.observation import Observation
    from simpsh.course.steps import Try


class Nobody:
    """Runs solutions, since nobody types another line; see course.prompting.Prompt."""

    def attempt(self, step: Try, command: Callable[[str], bool]) -> tuple[str, Observation] | None:
        """Run the solution, as there is nobody to type another line."""
        del command
        return step.solution, self.line(step, step.solution)

    def line(self, step: Try, line: str) -> Observation:
        """Run one line as if it had been typed."""
        del step
        return perform_line(line)

    def finish(self) -> None:
        """Nothing goes on."""

    def free(self) -> None:
        """Nobody wants a shell."""
