"""What a student has done, guessed and said: kept in one small file.

The file, `$XDG_STATE_HOME/simpsh/progress.json`, mode 0600, is replaced as a whole. One that cannot
be understood is kept beside it under another name, with one line about it; the lesson continues.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from pathlib import Path
from typing import TypeVar, get_args, get_origin, get_type_hints

from simpsh import console
from simpsh.base.atomic_write import keep_damaged, replace_file
from simpsh.base.outside_json import BadData, expecting, json_object, list_of, object_of
from simpsh.base.phrases import spreadsheet_cell
from simpsh.base.private_state import state_path

FORMAT = 1
_MOST_SURPRISES = 200
_MOST_RECORDS = 5000
_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True)
class GuessRecord:
    """One answer of a student, judged by the run that followed."""

    lesson: str
    step: int
    """The number of the question's step, from 1."""
    question: str
    answer: str
    """The text of the choice, or what was typed."""
    is_right: bool | None
    """None if the run could not tell."""
    why: str = ""
    """Why the student thought so; empty if that was skipped."""


@dataclass(frozen=True, slots=True)
class VoteRecord:
    """The hands of a class for each choice of a question."""

    lesson: str
    step: int
    question: str
    choices: tuple[str, ...]
    right: int | None
    """The place of the right choice, from 0; None if the run could not tell."""
    first: tuple[int, ...]
    second: tuple[int, ...] = ()
    """After the discussion; empty if there was no second vote."""


@dataclass(slots=True)
class LessonPlace:
    """How far a student has come in a lesson."""

    step: int = 0
    """Where to continue, from 0."""
    is_done: bool = False
    """Whether it was once gone through to the end."""
    question: str = ""
    """The text of the step, by which it is found again if the lesson has changed."""
    guessed: dict[str, bool] = field(default_factory=dict)
    """Whether the guess was right, by question, since the lesson was begun."""


@dataclass(frozen=True, slots=True)
class Surprise:
    """A question that surprised: it is asked again at the start of another lesson."""

    lesson: str
    question: str


@dataclass(slots=True)
class ProgressRecord:
    """Everything that is remembered."""

    last: str = ""
    """The lesson that was open last."""
    asks_why: bool = True
    """Whether the student is asked for a reason after each guess."""
    lessons: dict[str, LessonPlace] = field(default_factory=dict)
    surprises: list[Surprise] = field(default_factory=list)
    guesses: list[GuessRecord] = field(default_factory=list)
    votes: list[VoteRecord] = field(default_factory=list)


class StudentProgress:
    """The progress of one student; every change is on the disk before the next question.

    `complain` gets one line about a damaged or unwritable file.
    """

    def __init__(
        self, file: Path | None = None, complain: Callable[[str], object] | None = None
    ) -> None:
        self._file = file or Path(state_path("progress.json", os.environ))
        self._complain = complain or console.complain
        self._has_complained = False
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
        self.record.lessons[lesson] = LessonPlace(step, known.is_done, question, known.guessed)
        self.record.last = lesson
        self._write()

    def begin(self, lesson: str) -> None:
        """Begin a lesson at its first step: its guesses are counted anew."""
        known = self.place(lesson)
        self.record.lessons[lesson] = LessonPlace(0, known.is_done)
        self._write()

    def note_guess(self, guess: GuessRecord) -> None:
        """Keep a guess, and count it for its lesson."""
        _keep(self.record.guesses, guess)
        if guess.is_right is not None:
            place = self.record.lessons.setdefault(guess.lesson, LessonPlace())
            place.guessed[guess.question] = guess.is_right
        self._write()

    def note_vote(self, vote: VoteRecord) -> None:
        """Keep the hands of a class."""
        _keep(self.record.votes, vote)
        self._write()

    def ask_why(self, *, is_on: bool) -> None:
        """Remember whether the student wants to be asked for reasons."""
        self.record.asks_why = is_on
        self._write()

    def finish(self, lesson: str) -> None:
        """Remember that a lesson was gone through to its end."""
        guessed = self.place(lesson).guessed
        self.record.lessons[lesson] = LessonPlace(0, is_done=True, guessed=guessed)
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
            self._record = ProgressRecord(asks_why=self.record.asks_why)
        else:
            self.record.lessons.pop(lesson, None)
            self.record.surprises = [
                surprise for surprise in self.record.surprises if surprise.lesson != lesson
            ]
            self.record.guesses = [guess for guess in self.record.guesses if guess.lesson != lesson]
            self.record.votes = [vote for vote in self.record.votes if vote.lesson != lesson]
            self.record.last = "" if self.record.last == lesson else self.record.last
        self._write()

    # -- the file ---------------------------------------------------------------------------------

    def _read(self) -> ProgressRecord:
        try:
            # What is not UTF-8 is damaged like any other text that is not ours.
            text = self._file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ProgressRecord()
        except OSError as problem:
            reason = problem.strerror or problem
            self._complain(f"{self._file} cannot be read ({reason}): going on without it")
            return ProgressRecord()
        try:
            return _record(text)
        except BadData:
            where = keep_damaged(str(self._file))
            self._complain(f"{self._file} is damaged: {where}, starting anew")
            return ProgressRecord()

    def _write(self) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            whole = {"format": FORMAT, **asdict(self.record)}
            text = json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
            replace_file(str(self._file), text, 0o600)
        except OSError as problem:
            if not self._has_complained:
                self._has_complained = True
                reason = problem.strerror or problem
                self._complain(f"progress cannot be saved in {self._file} ({reason})")


def _keep(records: list[_Entry], record: _Entry) -> None:
    """Add a record; of very many, the oldest goes."""
    records.append(record)
    del records[:-_MOST_RECORDS]


def _record(text: str) -> ProgressRecord:
    """Return the record that a text holds; a field of a later version is passed over."""
    with expecting("this is not a progress"):
        data = json_object(text, "progress")
        if data["format"] != FORMAT:
            raise BadData("it has another format")
        object_of(data["lessons"])  # never missing in what we have written
        record = _value_as(ProgressRecord, data)
        assert isinstance(record, ProgressRecord)
        return record


def _value_as(kind: object, value: object) -> object:
    """Return a value of JSON as the kind of a field; raises TypeError if it is of another one."""
    inside = get_args(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        data, kinds = object_of(value), get_type_hints(kind)
        return kind(**{name: _value_as(kinds[name], data[name]) for name in kinds if name in data})
    if get_origin(kind) is dict:
        return {key: _value_as(inside[1], held) for key, held in object_of(value).items()}
    if get_origin(kind) in (list, tuple):
        held_values = [_value_as(inside[0], held) for held in list_of(value)]
        return held_values if get_origin(kind) is list else tuple(held_values)
    if type(value) not in (inside or (kind,)):
        raise TypeError(f"{value!r} is no {kind}")
    return value


# Answers as CSV. No name is in it unless it is asked for.

COLUMNS = ("lesson", "step", "question", "choice", "right", "first_vote", "second_vote", "why")
_WORDS = {True: "yes", False: "no", None: ""}


def csv_of(guesses: Sequence[GuessRecord], votes: Sequence[VoteRecord], name: str = "") -> str:
    """Return guesses, a row each, and votes, a row for each choice, as CSV (RFC 4180).

    A name, of a student, makes a first column.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*(["name"] if name else []), *COLUMNS])
    rows: list[list[str]] = []
    for guess in guesses:
        right = _WORDS[guess.is_right]
        where = [guess.lesson, str(guess.step), guess.question, guess.answer]
        rows.append([*where, right, "", "", guess.why])
    for vote in votes:
        for place, choice in enumerate(vote.choices):
            right = _WORDS[None if vote.right is None else place == vote.right]
            hands = [
                str(counts[place]) if place < len(counts) else ""
                for counts in (vote.first, vote.second)
            ]
            rows.append([vote.lesson, str(vote.step), vote.question, choice, right, *hands, ""])
    for row in rows:
        cells = [name, *row] if name else row
        writer.writerow(map(spreadsheet_cell, cells))
    return text.getvalue()
