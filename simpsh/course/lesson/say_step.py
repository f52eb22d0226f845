"""Say: a text with or without code. NotShown: a claim that is stated but not shown."""

from __future__ import annotations

from collections.abc import Iterator

from simpsh.course.lesson.lesson import Lesson, Step


class Say(Step):
    """A text of 20 to 50 words with `**bold**`, `*emphasis*` and code between backticks."""

    text: str
    part: str | None = None
    """A part of the next run's program, shown with the text; see Step.part."""

    begins_anew = True

    @property
    def prose(self) -> str:
        return self.text

    @property
    def flows_on(self) -> bool:
        return self.part is None

    def texts(self) -> Iterator[tuple[str, str]]:
        yield "text", self.text

    def faults(self, lesson: Lesson) -> Iterator[str]:
        if not self.text.strip():
            yield "it says nothing"


class NotShown(Step):
    """A claim without a demonstration: stated with its source, never counted as passed."""

    why: str
    """The claim, the reason why it is not shown, and a reference."""

    def texts(self) -> Iterator[tuple[str, str]]:
        yield "why", self.why

    def faults(self, lesson: Lesson) -> Iterator[str]:
        if not self.why.strip():
            yield "it needs the claim, and why it is not shown here"

    @property
    def words(self) -> str:
        """The claim as the student reads it."""
        return f"Not shown here: {self.why}"
