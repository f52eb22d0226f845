"""The code of a lesson as it is shown: once in full, and what is new against the one before."""

from __future__ import annotations

from simpsh.course.lesson.code_listing import Listing, ListingFault
from simpsh.course.lesson.lesson_outline import listing_of
from simpsh.course.lesson.lesson_steps import Code, DemonstrationSource, Running
from simpsh.course.teach.teaching_stage import TeachingStage


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
        changed = self.changed_lines(step)
        rows: range | tuple[int, ...] = ()
        if only is not None and not isinstance(only, DemonstrationSource):
            try:
                rows = whole.lines_of(only)
            except ListingFault:
                rows = ()
        self._shown.add(whole.text)
        self._stage.show(self._stage.form.code(whole, rows, changed), [()])
