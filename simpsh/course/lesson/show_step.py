"""Show: another look at an earlier run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from simpsh.course.claims.claim import Result
from simpsh.course.claims.observation import Observation
from simpsh.course.lesson.lesson import Lesson, Running, Step, runs_of
from simpsh.course.lesson.lesson_faults import moment_faults
from simpsh.course.screen import screen_tables
from simpsh.course.screen.answer_lines import Part, RunView

_PARTS: Mapping[str, Callable[[Observation, str], Part]] = {
    "memory": screen_tables.memory,
    "descriptors": screen_tables.descriptors,
    "open files": screen_tables.open_files,
    "family": screen_tables.family,
    "picture": lambda _run, _moment: RunView.PICTURE,
}


class Show(Step):
    """Show the picture, memory, descriptors, open files or the family of an earlier run."""

    what: str
    of: str = ""
    """The id of the run."""
    at: str = "end"
    """The moment; `end` shows all moments if the part is memory."""
    text: str = ""

    begins_anew = True

    def run_shown(self, lesson: Lesson) -> Running | None:
        return runs_of(lesson).get(self.of)

    def texts(self) -> Iterator[tuple[str, str]]:
        yield "text", self.text

    def faults(self, lesson: Lesson) -> Iterator[str]:
        if self.what not in _PARTS:
            yield f"{self.what!r} cannot be shown: it is one of {', '.join(_PARTS)}"
        steps = list(lesson.steps)
        run = self.run_shown(lesson)
        if run is None or run not in steps[: steps.index(self)]:
            yield f"of={self.of!r} is not an earlier run"
        else:
            yield from moment_faults(run, self.at)

    def parts(self, result: Result, run: Running) -> Sequence[Part]:
        if not isinstance(result, Observation):
            return run.parts(result)
        return [_PARTS[self.what](result, self.at)]
