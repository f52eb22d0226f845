"""What a check found: one value for each thing that was checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
SHOWS = frozenset(("answer", "claim", "question", "try"))
"""The kinds of check that show a claim of the course, where they pass."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked."""

    kind: str
    """claim, variant (a wrong one), row (of a comparison), question, answer, try, line (a wrong
    one), run, screen, show, lesson; of the course as a whole: course, coverage."""
    sentence: str
    """What is checked, in words."""
    verdict: str
    """passed, failed or skipped."""
    reason: str = ""
    """Why it failed or was skipped."""
    step: int = 0
    """The number of the step, from 1; 0 for the lesson as a whole."""
    where: str = ""
    """The id of the run; empty if the step has none."""
    facts: tuple[str, ...] = ()
    """The claims of the course that it shows."""
    why: tuple[str, ...] = ()
    """What was found, line by line, for `check --why`."""


@dataclass(slots=True)
class LessonReport:
    """Everything that was checked of one lesson."""

    lesson: str
    title: str = ""
    checks: list[Check] = field(default_factory=list)
    said: tuple[str, ...] = ()
    """Claims of the course that only a text names."""
    not_shown: tuple[str, ...] = ()
    """Claims of the course that the lesson says it does not show."""
    seconds: float = 0.0

    def count(self, kinds: Iterable[str], verdict: str = PASSED) -> int:
        """Count the checks of some kinds with a verdict."""
        wanted = frozenset(kinds)
        return sum(one.kind in wanted and one.verdict == verdict for one in self.checks)

    def of(self, verdict: str) -> Sequence[Check]:
        """Return the checks with a verdict."""
        return [one for one in self.checks if one.verdict == verdict]

    @property
    def is_good(self) -> bool:
        """Whether nothing failed."""
        return not self.of(FAILED)


@dataclass(slots=True)
class CourseReport:
    """What a check of several lessons, or of the whole course, found."""

    lessons: list[LessonReport] = field(default_factory=list)
    course: list[Check] = field(default_factory=list)
    """Checks of the course as a whole: what lessons require, which claims are shown where."""
    coverage: dict[str, str] = field(default_factory=dict)
    """Of each claim of the course, where it is shown, in words; empty without a whole course."""
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The claims that are listed one by one, by heading."""
    seconds: float = 0.0
    rounds: int = 1

    @property
    def is_good(self) -> bool:
        """Whether nothing failed."""
        return all(one.is_good for one in self.lessons) and not any(
            one.verdict == FAILED for one in self.course
        )
