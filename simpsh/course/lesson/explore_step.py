"""Explore: every order that the kernel may choose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simpsh.base.record import changed
from simpsh.course.claims.claim import Result
from simpsh.course.claims.demonstration import NO_EDIT, Claim, Code, Edit
from simpsh.course.claims.observation import SearchResult
from simpsh.course.lesson.lesson import Lesson, Running
from simpsh.course.lesson.lesson_faults import claim_faults, edit_faults
from simpsh.course.screen.answer_lines import Part


class Explore(Running):
    """Every order that the kernel may choose, compared with free runs on this machine."""

    code: Code
    id: str
    claims: Sequence[Claim] = ()
    native: int = 60
    """The number of free runs, without a tracer."""
    edit: Edit = NO_EDIT
    main: str = "parent"
    births: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    heading = "Every order"
    waiting_words = "trying every order …"
    observer = "orders of Python"

    @property
    def demonstration(self) -> Explore:
        return self

    def faults(self, lesson: Lesson) -> Iterator[str]:
        yield from [*edit_faults(self, NO_EDIT)] or claim_faults(self)

    def perform(self, edit: Edit = NO_EDIT) -> SearchResult:
        from simpsh.course.run.order_search import search

        return search(self, self.native, edit)

    def parts(self, result: Result) -> Sequence[Part]:
        return [result] if isinstance(result, SearchResult) else []

    def problems(self, result: Result) -> Iterator[str]:
        if not isinstance(result, SearchResult):
            return
        if not result.is_complete:
            yield f"not every order was tried: {'; '.join(result.flags) or 'there are too many'}"

    def with_fewer_runs(self, runs: int) -> Explore:
        return changed(self, native=min(self.native, runs))
