"""NotShown: a claim that no demonstration here shows."""

from __future__ import annotations

from collections.abc import Iterator

from simpsh.course.lesson.lesson import (
    Lesson,
    NotebookCell,
    Step,
    StepPage,
    Teaching,
    one_line,
)


class NotShown(Step):
    """A claim that no demonstration here shows: said with its source, never counted as passed."""

    fact: str
    """Its id in lessons/claims.py."""
    why: str
    """The claim, why it is not shown here, and where to read about it."""

    @property
    def title(self) -> str:
        return self.why

    @property
    def fact_not_shown(self) -> str:
        return self.fact

    def texts(self) -> Iterator[tuple[str, str]]:
        yield "why", self.why

    def faults(self, lesson: Lesson) -> Iterator[str]:
        if not (self.fact and self.why.strip()):
            yield "it needs the id of the claim, and why it is not shown here"

    def claim_lines(self, claim: str, where: str) -> Iterator[str]:
        if claim == self.fact:
            yield f"- not shown, said in {where}: {one_line(self.why)}"

    def teach(self, teaching: Teaching) -> None:
        teaching.say(self, f"Not shown here: {self.why}")

    def section(self, page: StepPage) -> tuple[str, str]:
        return "Read", page.notice(self, f"Not shown here: {self.why}")

    def cell(self) -> NotebookCell:
        return NotebookCell(f"*Not shown here:* {self.why}", is_text=True)
