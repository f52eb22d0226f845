"""Say: a text with or without code."""

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
