"""What a student has done, guessed and said: kept in one small file.

The file, `$XDG_STATE_HOME/simpsh/progress.json`, mode 0600, is replaced as a whole. One that cannot
be understood is kept beside it under another name, with one line about it; the lesson continues.
"""

from __future__ import annotations

import os

from simpsh import console
from simpsh.base.atomic_write import keep_damaged, replace_file
from simpsh.base.outside_json import BadData, expecting, json_object, list_of, object_of
from simpsh.base.record import Mutable, Record, changed, fresh
from simpsh.process.own_directory import state_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    # Each list of lessons asks for the progress: what is slow to import is not imported here.
    from collections.abc import Callable, Mapping
    from typing import Literal, TypeVar

    _Entry = TypeVar("_Entry")

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
    """The text of the choice, what was typed, or the first claim that a repair fails."""
    is_right: bool | None
    """None if the run could not tell."""
    why: str = ""
    """Why the student thought so; empty if that was skipped."""
    kind: Literal["guess", "task", "repair"] = "guess"
    """An answer to a question, a line that was tried at a task, or a try of a repair."""


class VoteRecord(Record):
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


class LessonPlace(Record):
    """How far a student has come in a lesson."""

    step: int = 0
    """Where to continue, from 0."""
    is_done: bool = False
    """Whether it was once gone through to the end."""
    question: str = ""
    """The text of the step, by which it is found again if the lesson has changed."""
    guessed: Mapping[str, bool] = {}
    """Whether the guess was right, by question, since the lesson was begun."""


class Surprise(Record):
    """A question that surprised: it is asked again at the start of another lesson."""

    lesson: str
    question: str


class ExerciseProgress(Mutable):
    """How far a student is with an exercise."""

    hints: int = 0
    tries: int = 0
    is_done: bool = False


class ProgressRecord(Mutable):
    """Everything that is remembered."""

    last: str = ""
    """The lesson that was open last."""
    asks_why: bool = True
    """Whether the student is asked for a reason after each guess."""
    lessons: dict[str, LessonPlace] = fresh(dict)
    surprises: list[Surprise] = fresh(list)
    guesses: list[GuessRecord] = fresh(list)
    votes: list[VoteRecord] = fresh(list)
    exercises: dict[str, ExerciseProgress] = fresh(dict)


class StudentProgress:
    """The progress of one student; every change is on the disk before the next question.

    `complain` gets one line about a damaged or unwritable file.
    """

    def __init__(
        self, file: str | os.PathLike[str] = "", complain: Callable[[str], object] | None = None
    ) -> None:
        self._file = os.fspath(file) or state_path("progress.json", os.environ)
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
        self.record.last = lesson
        self._change_place(lesson, step=step, question=question)

    def begin(self, lesson: str) -> None:
        """Begin a lesson at its first step: its guesses are counted anew."""
        self._change_place(lesson, step=0, question="", guessed={})

    def _change_place(self, lesson: str, **changes: object) -> None:
        self.record.lessons[lesson] = changed(self.place(lesson), **changes)
        self._write()

    def note_guess(self, guess: GuessRecord) -> None:
        """Keep what was answered or tried; an answer to a question is counted for its lesson."""
        _keep(self.record.guesses, guess)
        if guess.kind == "guess" and guess.is_right is not None:
            guessed = self.place(guess.lesson).guessed
            answered = {**guessed, guess.question: guess.is_right}
            self._change_place(guess.lesson, guessed=answered)
        else:
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
        self.record.last = lesson
        self._change_place(lesson, step=0, is_done=True, question="")

    def exercise(self, name: str) -> ExerciseProgress:
        """Return how far the student is with an exercise."""
        return self.record.exercises.get(name, ExerciseProgress())

    def note_exercise(self, name: str, progress: ExerciseProgress) -> None:
        """Remember how far the student is with an exercise."""
        self.record.exercises[name] = progress
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
            with open(self._file, encoding="utf-8", errors="replace") as lines:
                text = lines.read()
        except FileNotFoundError:
            return ProgressRecord()
        except OSError as problem:
            reason = problem.strerror or problem
            self._complain(f"{self._file} cannot be read ({reason}): going on without it")
            return ProgressRecord()
        try:
            return _record(text)
        except BadData:
            where = keep_damaged(self._file)
            self._complain(f"{self._file} is damaged: {where}, starting anew")
            return ProgressRecord()

    def _write(self) -> None:
        import json  # slow to load: a list of lessons writes nothing

        try:
            os.makedirs(os.path.dirname(self._file), exist_ok=True, mode=0o700)
            whole = {"format": FORMAT, **_fields(self.record)}
            text = json.dumps(whole, indent=1, ensure_ascii=False, default=_fields) + "\n"
            replace_file(self._file, text, 0o600)
        except OSError as problem:
            if not self._has_complained:
                self._has_complained = True
                reason = problem.strerror or problem
                self._complain(f"progress cannot be saved in {self._file} ({reason})")


def _keep(records: list[_Entry], record: _Entry) -> None:
    """Add a record; of very many, the oldest goes."""
    records.append(record)
    del records[:-_MOST_RECORDS]


def _fields(record: object) -> dict[str, object]:
    """Return a record as an object of JSON; what is in it is turned in its turn."""
    assert isinstance(record, Record | Mutable)
    return {name: getattr(record, name) for name in type(record)._fields}


def _record(text: str) -> ProgressRecord:
    """Return the record that a text holds; a field of a later version is passed over."""
    with expecting("this is not a progress"):
        data = json_object(text, "progress")
        if data["format"] != FORMAT:
            raise BadData("it has another format")
        object_of(data["lessons"])  # never missing in what we have written
        return _read(ProgressRecord, data)


_RECORDS: dict[str, type[Record] | type[Mutable]] = {
    "GuessRecord": GuessRecord,
    "VoteRecord": VoteRecord,
    "LessonPlace": LessonPlace,
    "Surprise": Surprise,
    "ExerciseProgress": ExerciseProgress,
}
_PLAIN = {"str": str, "int": int, "bool": bool, "None": type(None)}


def _read(kind: type[_Entry], value: object) -> _Entry:
    """Return an object of JSON as a record of a kind; raises TypeError if a field does not fit."""
    data, kinds = object_of(value), kind.__annotations__
    return kind(**{name: _value_as(kinds[name], data[name]) for name in kinds if name in data})


def _value_as(kind: str, value: object) -> object:
    """Return a value of JSON as the kind that a field's annotation says; raises TypeError."""
    outer, _, inner = kind.removesuffix("]").partition("[")
    if outer in ("dict", "Mapping"):
        of_each = inner.partition(", ")[2]
        return {name: _value_as(of_each, entry) for name, entry in object_of(value).items()}
    if outer in ("list", "tuple"):
        entries = [_value_as(inner.removesuffix(", ..."), entry) for entry in list_of(value)]
        return entries if outer == "list" else tuple(entries)
    if kind in _RECORDS:
        return _read(_RECORDS[kind], value)
    is_fit = (
        repr(value) in inner
        if outer == "Literal"
        else type(value) in (_PLAIN[name] for name in kind.split(" | "))
    )
    if not is_fit:
        raise TypeError(f"{value!r} is no {kind}")
    return value
