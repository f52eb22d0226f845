"""The contents page: chapters, what is done, how long each lesson takes, and where to continue.

A. fork
✓ rule-4-copied   Rule 4: memory is copied, not shared         7 min
… rule-5-order    Rule 5: no rule says who goes first      step 7/13
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from simpsh.base.phrases import counted
from simpsh.course.guard.machine_needs import needs_of
from simpsh.course.lesson.lesson_steps import CHAPTERS, Lesson
from simpsh.course.teach.student_progress import StudentProgress
from simpsh.view.styled_text import Block, Line, Piece, cut, line, padded, styled, wrapped

DONE, BEGUN, UNSEEN = "✓", "…", "∅"
_LAST, _WIDEST = 9, 100


@dataclass(frozen=True, slots=True)
class ContentsEntry:
    """A lesson on the contents page."""

    lesson: Lesson
    is_done: bool
    step: int
    """Where one would continue, from 0."""
    unseen: int
    """How many of its steps this machine cannot show."""

    @property
    def mark(self) -> str:
        """Done, begun, or a blank."""
        return DONE if self.is_done else BEGUN if self.step else " "

    @property
    def where(self) -> str:
        """How long it takes, or how far one is."""
        if self.step:
            return f"step {self.step + 1}/{len(self.lesson.steps)}"
        return f"{self.lesson.minutes} min"


def entries(
    lessons: Iterable[Lesson], progress: StudentProgress, lacking: Callable[[Sequence[str]], str]
) -> list[ContentsEntry]:
    """Return an entry for each lesson."""
    found = []
    for lesson in lessons:
        place = progress.place(lesson.id)
        unseen = sum(1 for step in lesson.steps if lacking(needs_of(step)))
        found.append(ContentsEntry(lesson, place.is_done, place.step, unseen))
    return found


def contents(listed: Sequence[ContentsEntry], width: int, command: str, last: str = "") -> Block:
    """Set the contents page.

    Args:
        listed: the lessons, in the order of the course.
        width: the terminal's, in columns.
        command: what begins a lesson, such as `simpsh lesson run`.
        last: the id of the lesson that was open last; empty for none.
    """
    width = min(width, _WIDEST)
    block: Block = [*wrapped(_head(listed), width), ()]
    for chapter, rows in _chapters(listed):
        block.append(styled(chapter, "bold"))
        wide = max(len(entry.lesson.id) for entry in listed)
        block.extend(_row(entry, width, wide) for entry in rows)
        block.append(())
    if any(entry.unseen for entry in listed):
        words = f"{UNSEEN} steps that this machine cannot show: simpsh doctor says which, and why"
        block.extend(wrapped(styled(words, "dim"), width))
    block.extend(wrapped(_going_on(listed, command, last), width))
    return block


def _head(listed: Sequence[ContentsEntry]) -> Line:
    done = sum(entry.is_done for entry in listed)
    minutes = sum(entry.lesson.minutes for entry in listed)
    hours = f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
    words = f"{counted(len(listed), 'lesson')} · {done} done · {hours} in all"
    return line(Piece("The course", "bold"), "   ", Piece(words, "dim"))


def _chapters(listed: Sequence[ContentsEntry]) -> list[tuple[str, list[ContentsEntry]]]:
    """Return the chapters that have lessons, lettered; those of others come last."""
    names = list(dict.fromkeys([*CHAPTERS, *(entry.lesson.chapter for entry in listed)]))
    found = []
    for number, name in enumerate(names):
        rows = [entry for entry in listed if entry.lesson.chapter == name]
        letter = f"{chr(ord('A') + number)}. " if name in CHAPTERS else ""
        if rows:
            found.append((f"{letter}{name}", rows))
    return found


def _row(entry: ContentsEntry, width: int, wide: int) -> Line:
    weight = "dim" if entry.is_done else ""
    unseen = f" {UNSEEN}{entry.unseen}" if entry.unseen else ""
    where = f"{entry.where}{unseen}".rjust(_LAST)
    room = width - wide - len(where) - 6
    head = line(f" {entry.mark} ", Piece(entry.lesson.id.ljust(wide), weight or "bold"), "  ")
    title = padded(cut(styled(entry.lesson.title, weight), room), room)
    return line(head, title, " ", Piece(where, "dim"))


def _going_on(listed: Sequence[ContentsEntry], command: str, last: str) -> Line:
    entry = _next(listed, last)
    if entry is None:
        return styled("You have gone through all of it.", "bold")
    verb = "Go on" if entry.step or any(one.is_done for one in listed) else "Begin"
    step = f"   (step {entry.step + 1} of {len(entry.lesson.steps)})" if entry.step else ""
    said = Piece(f"{command} {entry.lesson.id}", "bold")
    return line(f"{verb} with:  ", said, Piece(step, "dim"))


def _next(listed: Sequence[ContentsEntry], last: str) -> ContentsEntry | None:
    """Return where to continue: what was open last, what is begun, the first that is not done."""
    places = {entry.lesson.id: number for number, entry in enumerate(listed)}
    open_last = listed[places[last]] if last in places else None
    if open_last is not None and open_last.step:
        return open_last
    begun = next((entry for entry in listed if entry.step), None)
    if begun is not None:
        return begun
    after = listed[places[last] + 1 :] if last in places else listed
    waiting = [entry for entry in (*after, *listed) if not entry.is_done]
    return waiting[0] if waiting else None


def plain_contents(
    listed: Sequence[ContentsEntry], width: int, command: str, last: str = ""
) -> Block:
    """Say the contents in sentences, for a screen reader."""
    sentences = [f"The course: {counted(len(listed), 'lesson')}."]
    for chapter, rows in _chapters(listed):
        sentences.append(f"Chapter {chapter}")
        for entry in rows:
            state = {DONE: "done: ", BEGUN: "begun: "}.get(entry.mark, "")
            step = f", going on at step {entry.step + 1}" if entry.step else ""
            unseen = f", {counted(entry.unseen, 'step')} not shown here" if entry.unseen else ""
            minutes = counted(entry.lesson.minutes, "minute")
            sentences.append(
                f"{state}{entry.lesson.id}: {entry.lesson.title}, {minutes}{step}{unseen}."
            )
    block = [row for words in sentences for row in wrapped(styled(words, ""), width)]
    return [*block, *wrapped(_going_on(listed, command, last), width)]
