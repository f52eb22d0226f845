"""The map of the course: completed lessons, the next one, and the rest of the core.

1. fork                                   1 of 2 core, 1 more
 ✓ ● Rule 4: whose variable is it?                      7 min
 → ● Rule 5: which process runs first?                 step 7
   ○ Copy-on-write: the first write copies a page       6 min
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simpsh.base.phrases import counted
from simpsh.base.record import Record
from simpsh.course.lesson.lesson_library import LessonHead, in_chapters, in_hours
from simpsh.course.teach.student_progress import (
    LessonPosition,
    ProgressRecord,
    UnitResult,
    open_words,
)
from simpsh.view.styled_text import (
    Block,
    Line,
    Piece,
    cut,
    line,
    line_width,
    padded,
    styled,
    wrapped,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.course.teach.student_progress import PartKind

DONE, BEGUN, NEXT = "✓", "…", "→"
KIND_MARKS = {"core": "●", "deeper": "○", "reference": "·"}
TEST_MARK = "★"
_WIDEST, _LAST = 100, 13
_NARROWEST = 30
"""With fewer columns, the title is above the id, not next to it."""


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
    def left(self) -> str:
        """The rest of it: minutes, the step to continue at, or the parts that are open."""
        if self.step:
            return f"step {self.step + 1}"
        if parts := self.open:
            return f"{parts[0]} open" if len(parts) == 1 else f"{len(parts)} open"
        return f"{self.head.minutes} min"

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

    def _rows(self, width: int) -> Iterator[Line]:
        """Yield a heading for each unit with its lessons, then the test.

        A title that is too long for a line continues on the next.
        """
        width = min(width, _WIDEST)
        id_width = max((len(stone.head.id) for stone in self.stones), default=0)
        upcoming = None if self.is_at_the_test else self.next
        for number, (title, unit) in enumerate(self.units.items(), 1):
            core = [stone for stone in unit if stone.is_core]
            words = f"{sum(stone.is_done for stone in core)} of {len(core)} core"
            if len(core) < len(unit):
                words += f", {len(unit) - len(core)} more"
            heading = f"{number}. {title}"
            if result := self.results.get(title):
                more = f"test {result.right} of {result.of}   {words}"
                words = more if len(heading) + len(more) < width else words
            head = cut(styled(heading, "bold"), width - len(words) - 1)
            yield line(padded(head, width - len(words)), Piece(words, "dim"))
            for stone in unit:
                done = DONE if stone.is_done else BEGUN if stone.is_begun else " "
                marks = f" {NEXT if stone is upcoming else done} {KIND_MARKS[stone.head.kind]} "
                style = "dim" if stone.is_done else "bold" if stone.is_core else ""
                name = padded(styled(stone.head.id, style), id_width + 2)
                room = width - len(marks) - _LAST - 1
                is_beside = room - line_width(name) >= _NARROWEST
                first = line(marks, name if is_beside else "")
                further = " " * line_width(first)
                room = max(1, width - len(further) - _LAST - 1)
                top, *others = wrapped(styled(stone.head.title, style), room)
                last = Piece(stone.left.rjust(_LAST), "dim")
                yield line(first, padded(top, room), " ", last)
                yield from (line(further, row) for row in others)
                if not is_beside:
                    yield line(further, Piece(stone.head.id, "dim"))
        if self.stones:
            yield self._test_row(width)

    def _test_row(self, width: int) -> Line:
        """Return the line of the test, with its result."""
        right, of = self.test.right, self.test.of
        mark = DONE if of and right == of else BEGUN if of else " "
        mark = NEXT if self.is_at_the_test and not of else mark
        first = f" {mark} {TEST_MARK} "
        last = Piece((f"{right} of {of}" if of else "").rjust(_LAST), "dim")
        room = max(1, width - len(first) - _LAST - 1)
        name = cut(styled("The test of the whole course", "bold"), room)
        return line(first, padded(name, room), " ", last)

    def listed(self, width: int) -> Block:
        """Return all lessons by unit, and a legend."""
        marks = f"{KIND_MARKS['core']} core: for everyone   {KIND_MARKS['deeper']} deeper"
        marks += f"   {KIND_MARKS['reference']} reference   {DONE} done   {BEGUN} begun, or open   "
        marks += f"{NEXT} next   {TEST_MARK} test"
        head = wrapped(line(Piece("The course", "bold"), f"   {self.summary}"), width)
        return [*head, *self._rows(width), *wrapped(styled(marks, "dim"), width)]

    def sentences(self, width: int) -> Block:
        """Return all lessons in sentences, for a screen reader."""
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

    def position_in_words(self, command: str, width: int) -> Block:
        """Return the current position, the next lesson, and how to list all.

        `command` begins a command about lessons: `simpsh lesson`.
        """
        texts = [f"The course: {self.summary}."]
        if self._last >= 0:
            last = self.stones[self._last]
            words = open_words(last.open)
            state = ", done" if last.is_done else f", still open: {words}" if words else ""
            texts.append(f"Open last: {last.head.id}{state}.")
        if stone := self.next:
            step = f", step {stone.step + 1}" if stone.step else ""
            minutes = counted(stone.head.minutes, "minute")
            about = f"{stone.head.kind}, {minutes}{step}"
            texts.append(f"Next: {stone.head.id}, “{stone.head.title}” ({about}).")
        elif self.stones:
            texts.append("You have done all lessons.")
        if self.test.of:
            texts.append(f"The test: {self.test.right} of {self.test.of} right.")
        block = [row for text in texts for row in wrapped(styled(text, ""), width)]
        if self.is_at_the_test:
            block.append(line("Test:         ", Piece(f"{command} test", "bold")))
        if self.next:
            label = "Go on with:   " if self.next.is_core else "Go deeper:    "
            block.append(line(label, Piece(f"{command} run", "bold")))
        if self.stones and self._last < 0 and not self.test.of:
            # A student who begins may know the subject already.
            block.append(line("Test first:   ", Piece(f"{command} test", "bold")))
        block.append(line("All lessons:  ", Piece(f"{command} list", "bold")))
        return [*block, line("Exercises:    ", Piece(f"{command} exercise", "bold"))]
