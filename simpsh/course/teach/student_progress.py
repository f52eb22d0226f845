"""What a student has done: kept in one small file, and shown on the contents page.

The file, `$XDG_STATE_HOME/simpsh/progress.json`, mode 0600, is replaced as a whole. One that cannot
be understood is kept beside it under another name, with one line about it; the lesson continues.
The page shows chapters, what is done, how long each lesson takes, and where to continue:

    A. fork
    ✓ rule-4-copied   Rule 4: memory is copied, not shared         7 min
    … rule-5-order    Rule 5: no rule says who goes first      step 7/13
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from simpsh import console
from simpsh.base.atomic_write import replace_file
from simpsh.base.errors import SimpshError
from simpsh.base.outside_json import BadData, expecting, json_object
from simpsh.base.phrases import counted
from simpsh.base.private_state import state_path
from simpsh.course.guard.machine_needs import needs_of
from simpsh.course.lesson.lesson_steps import CHAPTERS, Lesson
from simpsh.view.styled_text import Block, Line, Piece, cut, line, padded, styled, wrapped

FORMAT = 1
_MOST_SURPRISES = 200


class _OfLaterVersion(Exception):
    """The file was written by a later simpsh."""

    def __str__(self) -> str:
        return "it comes from a later simpsh"


class ProgressProblem(SimpshError):
    """A progress file cannot be read or written."""


@dataclass(slots=True)
class LessonPlace:
    """How far a student has come in a lesson."""

    step: int = 0
    """Where to continue, from 0."""
    is_done: bool = False
    """Whether it was once gone through to the end."""
    question: str = ""
    """The text of the step, by which it is found again if the lesson has changed."""


@dataclass(frozen=True, slots=True)
class Surprise:
    """A question that surprised: it is asked again at the start of another lesson."""

    lesson: str
    question: str


@dataclass(slots=True)
class ProgressRecord:
    """Everything that is remembered."""

    lessons: dict[str, LessonPlace] = field(default_factory=dict)
    surprises: list[Surprise] = field(default_factory=list)
    last: str = ""
    """The lesson that was open last."""


def usual_file(variables: Mapping[str, str] = os.environ) -> Path:
    """Return where progress is kept."""
    return Path(state_path("progress.json", variables))


class StudentProgress:
    """The progress of one student; every change is on the disk before the next question.

    Args:
        file: where it is kept; None for the usual place.
        complain: what is done with one line about a damaged or unwritable file.
    """

    def __init__(
        self, file: Path | None = None, complain: Callable[[str], object] | None = None
    ) -> None:
        self._file = file or usual_file()
        self._complain = complain or console.complain
        self._has_complained = False
        self._may_write = True
        self._record: ProgressRecord | None = None

    @property
    def record(self) -> ProgressRecord:
        """What is remembered; read when it is first wanted."""
        if self._record is None:
            self._record = self._read()
        return self._record

    def place(self, lesson: str) -> LessonPlace:
        """Return how far the student has come in a lesson."""
        return self.record.lessons.get(lesson, LessonPlace())

    def come_to(self, lesson: str, step: int, question: str = "") -> None:
        """Remember the step at which to continue."""
        known = self.place(lesson)
        self.record.lessons[lesson] = LessonPlace(step, known.is_done, question)
        self.record.last = lesson
        self._write()

    def finish(self, lesson: str) -> None:
        """Remember that a lesson was gone through to its end."""
        self.record.lessons[lesson] = LessonPlace(0, is_done=True)
        self.record.last = lesson
        self._write()

    def remember_surprise(self, surprise: Surprise) -> None:
        """Let a question come back."""
        if surprise not in self.record.surprises:
            self.record.surprises.append(surprise)
            del self.record.surprises[:-_MOST_SURPRISES]
            self._write()

    def settle(self, surprise: Surprise) -> None:
        """Forget a question: it was answered right."""
        if surprise in self.record.surprises:
            self.record.surprises.remove(surprise)
            self._write()

    def postpone(self, surprise: Surprise) -> None:
        """Put a question behind the others that wait."""
        self.settle(surprise)
        self.remember_surprise(surprise)

    def reset(self, lesson: str = "") -> None:
        """Forget a lesson and its questions; everything without one."""
        if not lesson:
            self._record = ProgressRecord()
        else:
            self.record.lessons.pop(lesson, None)
            self.record.surprises = [one for one in self.record.surprises if one.lesson != lesson]
            self.record.last = "" if self.record.last == lesson else self.record.last
        self._write()

    def exported(self) -> str:
        """Return everything as text, for import_text() elsewhere."""
        return _text(self.record)

    def import_text(self, text: str) -> None:
        """Take over what was exported elsewhere: what is done here or there is done.

        Raises:
            ProgressProblem: the text is none of ours; nothing is changed.
        """
        try:
            other = _record(text)
        except (BadData, _OfLaterVersion) as problem:
            raise ProgressProblem(f"this is no exported progress ({problem})") from None
        for lesson, place in other.lessons.items():
            mine = self.record.lessons.get(lesson, LessonPlace())
            further = mine if mine.step >= place.step else place
            done = mine.is_done or place.is_done
            self.record.lessons[lesson] = LessonPlace(further.step, done, further.question)
        for surprise in other.surprises:
            if surprise not in self.record.surprises:
                self.record.surprises.append(surprise)
        self.record.last = self.record.last or other.last
        self._write()

    # -- the file ---------------------------------------------------------------------------------

    def _read(self) -> ProgressRecord:
        try:
            # What is not UTF-8 is damaged like any other text that is not ours.
            text = self._file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ProgressRecord()
        except OSError as problem:
            self._complain(f"{self._file} cannot be read ({_reason(problem)}): going on without it")
            return ProgressRecord()
        try:
            return _record(text)
        except _OfLaterVersion:
            self._may_write = False
            self._complain(f"{self._file} is a later simpsh's: it is neither read nor changed")
            return ProgressRecord()
        except BadData:
            kept = self._file.with_suffix(".damaged")
            where = f"kept as {kept.name}"
            try:
                self._file.replace(kept)
            except OSError:
                where = "left as it is"
            self._complain(f"{self._file} is damaged: {where}, starting anew")
            return ProgressRecord()

    def _write(self) -> None:
        if not self._may_write:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            replace_file(str(self._file), _text(self.record), 0o600, is_durable=True)
        except OSError as problem:
            if not self._has_complained:
                self._has_complained = True
                self._complain(f"progress cannot be saved in {self._file} ({_reason(problem)})")


def _text(record: ProgressRecord) -> str:
    known = {lesson: asdict(place) for lesson, place in sorted(record.lessons.items())}
    surprises = [asdict(surprise) for surprise in record.surprises]
    whole = {"format": FORMAT, "last": record.last, "lessons": known, "surprises": surprises}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _record(text: str) -> ProgressRecord:
    """Return the record that a text holds; a field of a later version is passed over.

    Raises:
        BadData: it is no text of ours.
        _OfLaterVersion: a later simpsh wrote it.
    """
    with expecting("this is no progress"):
        found = json_object(text, "progress")
        version, places, waiting = found["format"], found["lessons"], found.get("surprises", [])
        if not (
            isinstance(version, int) and isinstance(places, dict) and isinstance(waiting, list)
        ):
            raise TypeError
        if version > FORMAT:
            raise _OfLaterVersion
        lessons = {
            lesson: LessonPlace(
                max(0, int(place.get("step", 0))),
                bool(place.get("is_done")),
                str(place.get("question", "")),
            )
            for lesson, place in places.items()
        }
        surprises = [Surprise(str(one["lesson"]), str(one["question"])) for one in waiting]
        return ProgressRecord(lessons, surprises, str(found.get("last", "")))


def _reason(problem: OSError) -> str:
    return problem.strerror or str(problem)


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
