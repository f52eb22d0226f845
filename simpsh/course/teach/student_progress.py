"""A student's progress, guesses and answers, in one small file.

The file `$XDG_STATE_HOME/simpsh/progress.json` is written through `simpsh/base/file_store.py`, so
concurrent sessions do not lose each other's changes. An unreadable file is renamed at the next
change, with a one-line message; the lesson continues.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from itertools import filterfalse

from simpsh import console
from simpsh.base.file_store import is_news, keep_damaged, locked, read_own, replace_file, state_path
from simpsh.base.outside_json import (
    BadData,
    expecting,
    fields_of,
    json_object,
    object_of,
    record_of,
)
from simpsh.base.phrases import counted, listed
from simpsh.base.record import Mutable, Record, changed, fresh

TYPE_CHECKING = False
if TYPE_CHECKING:
    # Every list of lessons loads the progress, so slow imports are avoided here.
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Literal, TypeVar

    _Entry = TypeVar("_Entry")
    _OfLesson = TypeVar("_OfLesson", "Surprise", "GuessRecord")
    PartKind = Literal["question", "task", "repair"]
    LessonState = Literal["seen", "answered", "done"]
    """seen: opened. answered: each question. done: the task and the repair, too."""

FORMAT = 1
_MOST_SURPRISES = 200
_MOST_RECORDS = 5000


class GuessRecord(Record):
    """One answer of a student, judged by the run that followed."""

    lesson: str
    step: int
    """The number of the question's step, from 1."""
    question: str
    answer: str
    """The text of the choice, the typed text, or the first claim that a repair fails."""
    is_right: bool | None
    """None if the run could not decide."""
    why: str = ""
    """The student's reason; empty if skipped."""
    kind: Literal["guess", "task", "repair"] = "guess"
    """An answer to a question, a line at a task, or an attempt at a repair."""


class LessonPosition(Record):
    """The position of a student in a lesson."""

    step: int = 0
    """The index of the step to continue at."""
    is_done: bool = False
    """Whether each question was answered, and the task and the repair were done."""
    is_ended: bool = False
    """Whether its end was reached."""
    settled: tuple[str, ...] = ()
    """The questions that were ever answered, and the tasks and repairs that were done."""
    open: tuple[Literal["question", "task", "repair"], ...] = ()
    """The parts that were left open when the end was reached, in order."""

    @property
    def state(self) -> LessonState:
        """Return how far the student is, as a class report says it."""
        if self.is_done:
            return "done"
        return "answered" if self.is_ended and "question" not in self.open else "seen"


def open_words(parts: Sequence[PartKind]) -> str:
    """Return open parts in words.

    >>> open_words(["question", "question", "task"]), open_words(["repair"])
    ('2 questions and the task', 'the repair')
    """
    words = [f"the {kind}" for kind in ("task", "repair") if kind in parts]
    if questions := [*parts].count("question"):
        words.insert(0, counted(questions, "question"))
    return listed(words)


LESSONS_BETWEEN = (1, 3, 7)
"""After how many further lessons a question comes back: at first, then after each right answer."""


class Surprise(Record):
    """A question that comes back before later lessons."""

    lesson: str
    question: str
    after: int = LESSONS_BETWEEN[0]
    """How many further lessons begin before it is asked."""
    round: int = 0
    """How often in a row it was answered right."""

    def is_same(self, other: Surprise) -> bool:
        """Return whether both are the same question."""
        return (self.lesson, self.question) == (other.lesson, other.question)


class ExerciseProgress(Mutable):
    """The progress of a student in an exercise."""

    hints: int = 0
    tries: int = 0
    is_done: bool = False


class UnitResult(Record):
    """The result of the last test in one unit."""

    right: int
    of: int


class ProgressRecord(Mutable):
    """All stored data."""

    last: str = ""
    lessons: dict[str, LessonPosition] = fresh(dict)
    surprises: list[Surprise] = fresh(list)
    guesses: list[GuessRecord] = fresh(list)
    votes: list[object] = fresh(list)
    """The record that release 1.0 stored of a class's raised hands; it is kept, and not used."""
    exercises: dict[str, ExerciseProgress] = fresh(dict)
    test: dict[str, UnitResult] = fresh(dict)
    """By unit; empty if no test was taken to its end."""


class StudentProgress:
    """The progress of one student; every change is on disk before the next question.

    `complain` receives a one-line message about a damaged or unwritable file.
    """

    def __init__(
        self, file: str | os.PathLike[str] = "", complain: Callable[[str], object] | None = None
    ) -> None:
        self._chosen = os.fspath(file)
        self._complain = complain or console.complain
        self._has_complained = False
        self._is_unsaved = False
        """Whether the record has changes that could not be written; the next change writes them."""
        self._record: ProgressRecord | None = None

    @property
    def _file(self) -> str:
        """The path of the stored data; raises NoHome."""
        return self._chosen or state_path("progress.json")

    @property
    def record(self) -> ProgressRecord:
        """The stored data, read at the first access."""
        if self._record is None:
            self._record = ProgressRecord()
            try:
                self._record = self._load(to_change=False)
            except OSError as problem:
                if is_news(problem):
                    self._complain(f"{console.in_words(problem)}: continuing without it")
        return self._record

    def position(self, lesson: str) -> LessonPosition:
        """Return the position of the student in a lesson."""
        return self.record.lessons.get(lesson, LessonPosition())

    def store_position(self, lesson: str, step: int) -> None:
        """Store the step to continue at."""
        with self._changing() as record:
            record.last = lesson
            _change_position(record, lesson, step=step)

    def begin(self, lesson: str) -> None:
        """Start a lesson at its first step."""
        self.store_position(lesson, 0)

    def note_guess(self, guess: GuessRecord) -> None:
        """Store an answer or attempt; answers to questions count for their lesson."""
        with self._changing() as record:
            _keep(record.guesses, guess)
            position = record.lessons.get(guess.lesson, LessonPosition())
            if guess.kind == "guess" or guess.is_right:
                settled = dict.fromkeys((*position.settled, guess.question))
                position = changed(position, settled=tuple(settled))
            record.lessons[guess.lesson] = position

    def finish(self, lesson: str, parts: Sequence[PartKind] = ()) -> None:
        """Note that the end of a lesson was reached, with these parts open; without, it is done."""
        with self._changing() as record:
            record.last = lesson
            _change_position(record, lesson, step=0, is_ended=True)
        self.note_open(lesson, parts)

    def note_open(self, lesson: str, parts: Sequence[PartKind]) -> None:
        """Store the open parts of a lesson; a lesson that was done stays done."""
        with self._changing() as record:
            position = record.lessons.get(lesson, LessonPosition())
            is_done = position.is_done or (position.is_ended and not parts)
            left = () if is_done else tuple(parts)
            record.lessons[lesson] = changed(position, open=left, is_done=is_done)

    def exercise(self, name: str) -> ExerciseProgress:
        """Return the student's progress in an exercise."""
        return self.record.exercises.get(name, ExerciseProgress())

    def note_try(self, name: str, *, is_done: bool) -> None:
        """Count an attempt at an exercise; a completed exercise stays completed."""
        with self._changing() as record:
            progress = record.exercises.setdefault(name, ExerciseProgress())
            progress.tries += 1
            progress.is_done |= is_done

    def note_hints(self, name: str, count: int) -> None:
        """Store how many hints of an exercise were shown."""
        with self._changing() as record:
            progress = record.exercises.setdefault(name, ExerciseProgress())
            progress.hints = max(progress.hints, count)

    def note_test(self, by_unit: Mapping[str, UnitResult]) -> None:
        """Store the result of a test in place of the last one."""
        with self._changing() as record:
            record.test = {**by_unit}

    def remember_surprise(self, surprise: Surprise) -> None:
        """Store a question that is to be repeated; one that waits already stays as it is."""
        with self._changing() as record:
            if not any(map(surprise.is_same, record.surprises)):
                record.surprises.append(surprise)
                del record.surprises[:-_MOST_SURPRISES]

    def release_surprises(self, lesson: str) -> None:
        """Count the beginning of a lesson for the waiting questions of the others."""
        with self._changing() as record:
            record.surprises = [
                changed(surprise, after=surprise.after - (surprise.lesson != lesson))
                for surprise in record.surprises
            ]

    def settle(self, surprise: Surprise) -> None:
        """Remove a question that was answered correctly."""
        with self._changing() as record:
            record.surprises = [*filterfalse(surprise.is_same, record.surprises)]

    def postpone(self, surprise: Surprise, rounds: int) -> None:
        """Move a question to the end of the queue; after enough rounds it does not come back."""
        self.settle(surprise)
        if rounds < len(LESSONS_BETWEEN):
            self.remember_surprise(changed(surprise, after=LESSONS_BETWEEN[rounds], round=rounds))

    def reset(self, lesson: str = "") -> None:
        """Delete the data of a lesson, or everything."""
        with self._changing() as record:

            def is_kept(entry: Surprise | GuessRecord) -> bool:
                return lesson not in ("", entry.lesson)

            record.surprises = [*filter(is_kept, record.surprises)]
            record.guesses = [*filter(is_kept, record.guesses)]
            if lesson:
                record.lessons.pop(lesson, None)
            else:
                record.lessons, record.exercises, record.test, record.votes = {}, {}, {}, []
            record.last = "" if lesson in ("", record.last) else record.last

    # -- the file ---------------------------------------------------------------------------------

    def _load(self, *, to_change: bool) -> ProgressRecord:
        """Return the stored data; a damaged file is renamed before a change. Raises OSError."""
        try:
            return _record(read_own(self._file))
        except FileNotFoundError:
            pass
        except BadData:
            kept = f"{keep_damaged(self._file)}, starting again" if to_change else ""
            self._complain(f"{self._file} is damaged: {kept or 'continuing without it'}")
        return ProgressRecord()

    @contextmanager
    def _changing(self) -> Iterator[ProgressRecord]:
        """Change the record, and the file, which another process may have changed."""
        problem: OSError | None = None
        with ExitStack() as whole:
            try:
                whole.enter_context(locked(os.path.dirname(self._file)))
                # A file that cannot be read is not replaced.
                stored = self._load(to_change=True)
                if not self._is_unsaved:
                    self._record = stored
            except OSError as error:
                problem = error
            yield self.record
            if problem is None:
                try:
                    replace_file(self._file, _text_of(self.record))
                except OSError as error:
                    problem = error
        self._is_unsaved = problem is not None
        if problem is not None and not self._has_complained:
            self._has_complained = True
            if is_news(problem):
                self._complain(f"progress cannot be saved: {console.in_words(problem)}")


def _text_of(record: ProgressRecord) -> str:
    import json  # slow to import, and not needed to list lessons

    whole = {"format": FORMAT, **object_of(fields_of(record))}
    return json.dumps(whole, indent=1, ensure_ascii=False, default=fields_of) + "\n"


def _change_position(record: ProgressRecord, lesson: str, **changes: object) -> None:
    record.lessons[lesson] = changed(record.lessons.get(lesson, LessonPosition()), **changes)


def _keep(records: list[_Entry], record: _Entry) -> None:
    """Append a record, and drop the oldest beyond the limit."""
    records.append(record)
    del records[:-_MOST_RECORDS]


def _record(data: bytes) -> ProgressRecord:
    """Return the record in a file; fields of later versions are ignored."""
    with expecting("this is not a progress"):
        whole = json_object(data, "progress")
        if whole["format"] != FORMAT:
            raise BadData("it has another format")
        object_of(whole["lessons"])  # always present in files that we wrote
        return _with_merged(record_of(ProgressRecord, whole))


def _with_merged(record: ProgressRecord) -> ProgressRecord:
    """Count the records of former lessons for the lessons that now contain them.

    The end of a former lesson is not that of the lesson, which has other parts.
    """
    from simpsh.course.lesson.lesson_library import course_index

    merged = course_index().merged
    for former in merged.keys() & record.lessons.keys():
        lesson, old = merged[former], record.lessons.pop(former)
        new = record.lessons.get(lesson, LessonPosition())
        # The student continues where the last stop was.
        place = old if record.last == former else new
        record.lessons[lesson] = changed(
            new, step=place.step, settled=tuple(dict.fromkeys((*new.settled, *old.settled)))
        )
    record.last = merged.get(record.last, record.last)

    def moved(entries: list[_OfLesson]) -> list[_OfLesson]:
        return [
            changed(entry, lesson=merged[entry.lesson]) if entry.lesson in merged else entry
            for entry in entries
        ]

    record.surprises = moved(record.surprises)
    record.guesses = moved(record.guesses)
    return record
