"""The contents page: chapters, what is done, how long each lesson takes, and where to continue.

A. fork
✓ rule-4-copied   Rule 4: memory is copied, not shared         7 min
… rule-5-order    Rule 5: no rule says who goes first      step 7/13
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from simpsh.base.phrases import counted
from simpsh.course.lesson.lesson import CHAPTERS, Lesson
from simpsh.course.teach.student_progress import StudentProgress
from simpsh.view.styled_text import Block, Line, Piece, cut, line, padded, styled, wrapped

DONE, BEGUN, UNSEEN = "✓", "…", "∅"
_LAST, _WIDEST = 9, 100
_BLANKS = 6
"""The columns beside the id, the title and the last column."""


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
    listed = []
    for lesson in lessons:
        place = progress.place(lesson.id)
        unseen = sum(1 for step in lesson.steps if lacking(step.all_needs))
        listed.append(ContentsEntry(lesson, place.is_done, place.step, unseen))
    return listed


def contents(listed: Sequence[ContentsEntry], width: int, command: str, last: str = "") -> Block:
    """Set the contents page: the lessons in the order of the course, and where to continue.

    `command` begins a lesson, such as `simpsh lesson run`; `last` is the id of the one that was
    open last.
    """
    width = min(width, _WIDEST)
    done = sum(entry.is_done for entry in listed)
    minutes = sum(entry.lesson.minutes for entry in listed)
    hours = f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
    words = f"{counted(len(listed), 'lesson')} · {done} done · {hours} in all"
    head = line(Piece("The course", "bold"), "   ", Piece(words, "dim"))
    block: Block = [*wrapped(head, width), ()]
    id_width = max((len(entry.lesson.id) for entry in listed), default=0)
    for chapter, entries_of_chapter in _chapters(listed):
        block.append(styled(chapter, "bold"))
        for entry in entries_of_chapter:
            weight = "dim" if entry.is_done else ""
            name = Piece(entry.lesson.id.ljust(id_width), weight or "bold")
            unseen = f" {UNSEEN}{entry.unseen}" if entry.unseen else ""
            where = f"{entry.where}{unseen}".rjust(_LAST)
            room = width - id_width - len(where) - _BLANKS
            title = padded(cut(styled(entry.lesson.title, weight), room), room)
            block.append(line(f" {entry.mark} ", name, "  ", title, " ", Piece(where, "dim")))
        block.append(())
    if any(entry.unseen for entry in listed):
        words = f"{UNSEEN} steps that this machine cannot show: simpsh doctor says which, and why"
        block.extend(wrapped(styled(words, "dim"), width))
    block.extend(wrapped(_going_on(listed, command, last), width))
    return block


def _chapters(listed: Sequence[ContentsEntry]) -> list[tuple[str, list[ContentsEntry]]]:
    """Return the chapters that have lessons, lettered; those of others come last."""
    names = list(dict.fromkeys([*CHAPTERS, *(entry.lesson.chapter for entry in listed)]))
    chapters = []
    for number, name in enumerate(names):
        of_chapter = [entry for entry in listed if entry.lesson.chapter == name]
        letter = f"{chr(ord('A') + number)}. " if name in CHAPTERS else ""
        if of_chapter:
            chapters.append((f"{letter}{name}", of_chapter))
    return chapters


def _going_on(listed: Sequence[ContentsEntry], command: str, last: str) -> Line:
    """Say where to continue: what was open last, what is begun, the first that is not done."""
    places = {entry.lesson.id: number for number, entry in enumerate(listed)}
    open_last = [listed[places[last]]] if last in places else []
    begun = [entry for entry in (*open_last, *listed) if entry.step]
    after = listed[places[last] + 1 :] if last in places else listed
    waiting = [entry for entry in (*after, *listed) if not entry.is_done]
    entry = next(iter([*begun, *waiting]), None)
    if entry is None:
        return styled("You have gone through all of it.", "bold")
    verb = "Go on" if entry.step or any(other.is_done for other in listed) else "Begin"
    step = f"   (step {entry.step + 1} of {len(entry.lesson.steps)})" if entry.step else ""
    words = Piece(f"{command} {entry.lesson.id}", "bold")
    return line(f"{verb} with:  ", words, Piece(step, "dim"))


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
