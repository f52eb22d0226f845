"""What every check asks of a step and of what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from simpsh.course.observation import Observation, Search
from simpsh.course.steps import Ask, Compare, Explore, Predict, Run, Try
from simpsh.course.walking import parts_of
from simpsh.record import changed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simpsh.course.expectation import Expectation
    from simpsh.course.lesson import Lesson
    from simpsh.course.scene import Result
    from simpsh.course.steps import AnyStep, Running

NATIVE_RUNS = 40
"""How many plain runs of a race are enough for a check."""
_MISTAKES = (
    "SyntaxError",
    "IndentationError",
    "NameError",
    "UnboundLocalError",
    "AttributeError",
    "ImportError",
    "ModuleNotFoundError",
)
"""What a variant ends with that was never meant to run."""


def small(step: Running) -> Running:
    """Return a step that costs less and shows the same: races are run fewer times."""
    if isinstance(step, Explore):
        return changed(step, native=min(step.native, NATIVE_RUNS))
    if isinstance(step, Compare) and isinstance(step.run, Explore):
        return changed(step, run=changed(step.run, native=min(step.run.native, NATIVE_RUNS)))
    return step


def problems_of(step: Running, result: Result) -> Iterator[str]:
    """Yield what went wrong in a run: its end, and whom it left behind."""
    if isinstance(result, Mapping):
        for row, one in result.items():
            base = step.run if isinstance(step, Compare) else step
            yield from (f"row “{row}”: {problem}" for problem in problems_of(base, one))
        return
    if result.problem:
        yield result.problem
    if isinstance(result, Observation) and isinstance(step, Run):
        unmeant = [
            f"{name} ({state})"
            for name, state in result.left.items()
            if not any(process.is_one(name) for process in step.leaves)
        ]
        if unmeant and (not result.hangs or step.at_rest):
            yield f"it leaves behind: {', '.join(unmeant)}"
    if isinstance(result, Search) and not result.is_complete:
        yield f"not every order was tried: {'; '.join(result.flags) or 'there are too many'}"


def dull_reason(result: Result) -> str:
    """Return why a wrong variant did not even run; empty if it did."""
    results = result.values() if isinstance(result, Mapping) else (result,)
    return next(
        (one.problem for one in results if any(word in one.problem for word in _MISTAKES)), ""
    )


def rows_spoken_of(expectation: Expectation) -> Sequence[Expectation]:
    """Return the parts of an expectation that each speak of one row of a comparison."""
    return [part for part in parts_of(expectation) if part.variant]


def facts_of_texts(lesson: Lesson) -> tuple[str, ...]:
    """Return the claims of the course that only a text of the lesson names."""
    told = (step for step in lesson.steps if not _proves(step))
    return tuple(fact for step in told for fact in getattr(step, "facts", ()))


def _proves(step: AnyStep) -> bool:
    """Tell whether something is checked at a step that may fail."""
    return isinstance(step, Predict | Ask | Try) or bool(getattr(step, "claims", ()))


def listed(rows: Sequence[str]) -> str:
    """Return rows as a sentence lists them.

    >>> listed(["setsid", "nothing"])
    '“setsid”, “nothing”'
    """
    return ", ".join(f"“{row}”" for row in rows)
