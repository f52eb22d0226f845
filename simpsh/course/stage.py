"""What stands around a lesson while it is taught: the screen, the keyboard, the engine, the rest.

Everything comes in from outside, so that a lesson is measured (`heights`) and tested exactly as
it is taught.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simpsh.course.lesson import Lesson
    from simpsh.course.progress import Progress
    from simpsh.course.prompting import Prompt
    from simpsh.course.scene import Result
    from simpsh.course.screen.form import Form
    from simpsh.course.screen.styled import Block
    from simpsh.course.steps import Running

Mode = Literal["study", "live", "auto"]
"""One student; a class and its instructor; nobody at all."""

ROWS = 22
"""The most lines between two stops, in the smallest window that the course is made for."""


_MANY = 500


class Screen(Protocol):
    """Where lines are shown; they stay, and scroll."""

    @property
    def width(self) -> int:
        """Columns now."""

    @property
    def height(self) -> int:
        """Lines now."""

    def show(self, block: Block) -> None:
        """Show lines."""

    def wait(self, words: str) -> None:
        """Say what is being waited for, for as long as it lasts."""


@dataclass(slots=True)
class Stage:
    """Everything that a teacher needs."""

    screen: Screen
    form: Form
    ask: Callable[[str], str]
    """Shows a prompt and returns what was typed; raises Left."""
    perform: Callable[[Running], Result]
    lacking: Callable[[Sequence[str]], str]
    """Says why one of these needs is missing on this machine; empty if none is."""
    prompt: Prompt | None = None
    progress: Progress | None = None
    find: Callable[[str], Lesson | None] | None = None
    """Finds another lesson by id, for its questions."""
    follows: Callable[[str], str] | None = None
    """Returns the id of the lesson after one; empty after the last."""
    command: str = "simpsh lesson run"
    """How one goes on, for the last line."""
    mode: Mode = "study"

    @property
    def rows(self) -> int:
        """The most lines between two stops in this window; many where nobody turns pages."""
        if self.mode == "auto" or not self.form.is_bounded:
            return _MANY
        return max(ROWS, self.screen.height - 2)

    def show(self, *blocks: Block) -> None:
        """Show blocks, one below the other."""
        for block in blocks:
            self.screen.show(block)
