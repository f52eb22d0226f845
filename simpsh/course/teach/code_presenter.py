"""The code of a lesson as it is shown: once in full, and what is new against the one before."""

from __future__ import annotations

from simpsh.base.record import changed
from simpsh.course.lesson.c_beside_python import NotInC, c_listing
from simpsh.course.lesson.code_listing import Listing, listing
from simpsh.course.lesson.lesson_outline import code_spoken_of, listing_of, rows_of
from simpsh.course.lesson.lesson_steps import (
    NO_EDIT,
    AnyStep,
    Ask,
    Code,
    DemonstrationSource,
    Explore,
    Lesson,
    Predict,
    Run,
    Running,
    Say,
)
from simpsh.course.teach.teaching_stage import TeachingStage
from simpsh.view.styled_text import Block, beside, line_width, styled, wrapped


class CodePresenter:
    """Shows listings, and knows which was shown last.

    Args:
        stage: where.
        before: the listing that was shown before the lesson begins here.
    """

    def __init__(self, stage: TeachingStage, before: Listing | None = None) -> None:
        self._stage = stage
        self._listing = before
        self._changed: frozenset[int] = frozenset()
        self._shown: set[str] = set()

    def is_new(self, step: Running) -> bool:
        """Return whether the listing of a step has not been shown yet."""
        return listing_of(step).text not in self._shown

    def changed_lines(self, step: Running) -> frozenset[int]:
        """Return the lines of a step's listing that are new against the listing before it."""
        whole = listing_of(step)
        if self._listing is None or whole.text != self._listing.text:
            before, self._listing = self._listing, whole
            self._changed = whole.changed_since(before) if before is not None else frozenset()
        return self._changed

    def show(self, step: Running, only: Code | None = None) -> None:
        """Show the listing of a step, or one function of it; what is new is marked."""
        whole = listing_of(step)
        new = self.changed_lines(step)
        self._shown.add(whole.text)
        self._stage.show(self._stage.form.code(whole, rows_of(whole, only), new), [()])


_GAP = 3


def lines_spoken_of(stage: TeachingStage, lesson: Lesson, step: AnyStep, text: str) -> Block:
    """Return the lines of code that a text of a step refers to: the listing may be out of sight.

    None where no student turns pages: the listing stands above.
    """
    about = code_spoken_of(lesson, step) if stage.mode != "auto" and "{line:" in text else None
    if about is None:
        return []
    whole = listing(about)
    numbers = whole.spoken_of(text)
    return stage.form.code(whole, numbers, ()) if numbers else []


def show_in_c(stage: TeachingStage, lesson: Lesson, step: AnyStep) -> None:
    """Show what the code that a step speaks of is in C, or say why it is not."""
    spoken_of = code_spoken_of(lesson, step)
    if spoken_of is None:
        stage.show(wrapped(styled("There is no code here.", "dim"), stage.screen.width))
        return
    only = step.code if isinstance(step, Say | Predict | Ask) else None
    try:
        stage.show(code_in_c(stage, spoken_of, only), [()])
    except NotInC as reason:
        stage.show(wrapped(styled(str(reason), "dim"), stage.screen.width))


def code_in_c(stage: TeachingStage, step: Run | Explore, only: Code | None = None) -> Block:
    """Return what a step runs, in C; beside the Python where both fit.

    Raises:
        NotInC: there is no C; the message says why.
    """
    found = c_listing(step, only)
    block = stage.form.code(found, (), ())
    if not isinstance(step.code, DemonstrationSource) and stage.form.is_bounded:
        whole = listing(changed(step, edit=NO_EDIT))
        both = beside(stage.form.code(whole, rows_of(whole, only), ()), block, _GAP)
        if max(map(line_width, both)) <= stage.screen.width:
            block = both
    if step.edit:
        note = styled(f"The run changes the Python: {step.edit}.", "dim")
        block = [*block, *wrapped(note, stage.screen.width)]
    return block
