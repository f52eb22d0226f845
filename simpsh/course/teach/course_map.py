"""The map of the course: what is done in each lesson, the next one, and the rest of the core."""

from __future__ import annotations

from collections.abc import Sequence

from simpsh.base.phrases import counted
from simpsh.base.record import Record
from simpsh.course.lesson.lesson_library import LessonHead, in_chapters, in_hours
from simpsh.course.teach.student_progress import (
    LessonPosition,
    ProgressRecord,
    UnitResult,
    open_words,
)
from simpsh.view.styled_text import Block, Piece, line, styled, wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.course.teach.student_progress import PartKind

_LABEL = 14


class Stone(Record):
    """A lesson, and how far the student is in it."""

    head: LessonHead
    is_done: bool
    step: int
    """The index of the step to continue at."""
    is_ended: bool = False
    """Whether its end was reached."""
    open: tuple[PartKind, ...] = ()
    """The parts that were open at the end."""

    @property
    def command(self) -> str:
        """The subcommand of `lesson` that opens it."""
        return f"run {self.head.id}"

    @property
    def is_begun(self) -> bool:
        """Whether it was opened, and is not done."""
        return not self.is_done and (bool(self.step) or self.is_ended)

    @property
    def is_core(self) -> bool:
        """Whether the lesson belongs to the core."""
        return self.head.kind == "core"


class CourseMap:
    """All lessons by unit, with the progress of one student."""

    def __init__(self, heads: Sequence[LessonHead], record: ProgressRecord) -> None:
        results = record.test.values()
        self.results = record.test
        self.test = UnitResult(sum(one.right for one in results), sum(one.of for one in results))
        """The result of the whole test; of 0 questions if it was not taken to its end."""
        self.units: dict[str, list[Stone]] = {}
        for title, of_unit in in_chapters(heads).items():
            positions = [record.lessons.get(head.id, LessonPosition()) for head in of_unit]
            self.units[title] = [
                Stone(head, at.is_done, at.step, at.is_ended, at.open)
                for head, at in zip(of_unit, positions, strict=True)
            ]
        self.stones = [stone for unit in self.units.values() for stone in unit]
        ids = [stone.head.id for stone in self.stones]
        self._last = ids.index(record.last) if record.last in ids else -1

    @property
    def next(self) -> Stone | None:
        """Return an unfinished lesson, else the next of the core, else any other, or None.

        Lessons whose end was reached come after those that were not, with their open parts.
        """
        if self._last >= 0:
            last = self.stones[self._last]
            if last.step or not (last.is_done or last.is_ended):
                return last
        following = [*self.stones[self._last + 1 :], *self.stones[: self._last + 1]]
        waiting = [stone for stone in following if not stone.is_done]
        waiting.sort(key=lambda stone: (not stone.is_core, stone.is_ended))
        return next(iter(waiting), None)

    @property
    def is_at_the_test(self) -> bool:
        """Whether the end of each core lesson was reached."""
        core = [stone for stone in self.stones if stone.is_core]
        return bool(core) and all(one.is_done or one.is_ended for one in core)

    @property
    def summary(self) -> str:
        """The progress: completed lessons of the core, and the time for the others."""
        core = [stone for stone in self.stones if stone.is_core]
        done = sum(stone.is_done for stone in core)
        left = sum(one.head.minutes for one in core if not one.is_done)
        time = f", {in_hours(left)} left" if left else ""
        unfinished = sum(bool(stone.open) for stone in self.stones)
        parts = f", {unfinished} with open parts" if unfinished else ""
        return f"{done} of {len(core)} core lessons done{parts}{time}"

    def listed(self, width: int) -> Block:
        """Return all lessons by unit, in sentences, which a screen reader can read."""
        texts = [f"The course: {self.summary}."]
        for number, (title, unit) in enumerate(self.units.items(), 1):
            texts.append(f"Unit {number}: {title}")
            for stone in unit:
                state = "done: " if stone.is_done else "begun: " if stone.is_begun else ""
                step = f", continues at step {stone.step + 1}" if stone.step else ""
                if words := open_words(stone.open):
                    step += f", still open: {words}"
                minutes = counted(stone.head.minutes, "minute")
                about = f"{stone.head.title}, {stone.head.kind}, {minutes}"
                texts.append(f"{state}{stone.head.id}: {about}{step}.")
            if result := self.results.get(title):
                texts.append(f"In the test of this unit: {result.right} of {result.of} right.")
        if self.test.of:
            texts.append(f"The test: {self.test.right} of {self.test.of} right.")
        return [row for text in texts for row in wrapped(styled(text, ""), width)]

    def position(self, command: str, width: int) -> Block:
        """Return the progress, the next lesson, and the commands to go on.

        `command` begins a command about lessons: `simpsh lesson`.
        """
        texts, commands = [f"The course: {self.summary}."], {"Go on with:": "run"}
        if stone := self.next:
            step = f", step {stone.step + 1}" if stone.step else ""
            about = f"{stone.head.kind}, {counted(stone.head.minutes, 'minute')}{step}"
            texts.append(f"Next: {stone.head.id}, “{stone.head.title}” ({about}).")
        else:
            commands = {}
        commands |= {"The test:": "test", "All lessons:": "list", "Exercises:": "exercise"}
        block = [row for text in texts for row in wrapped(styled(text, ""), width)]
        for label, word in commands.items():
            block.append(line(label.ljust(_LABEL), Piece(f"{command} {word}", "bold")))
        return block
