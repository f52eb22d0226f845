"""Where a student stopped, what is done, and which questions surprised: one small file.

`$XDG_STATE_HOME/simpsh/progress.json`, mode 0600, replaced as a whole. A file that cannot be
understood is kept beside it under another name, with one line about it; the lesson goes on.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from simpsh.errors import SimpshError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FORMAT = 1
_MOST_SURPRISES = 200


class _OfLaterVersion(Exception):
    """The file was written by a later simpsh."""

    def __str__(self) -> str:
        return "it comes from a later simpsh"


class ProgressProblem(SimpshError):
    """A progress file cannot be read or written."""


@dataclass(slots=True)
class Place:
    """How far somebody has come in a lesson."""

    step: int = 0
    """Where to go on, from 0."""
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
class Record:
    """Everything that is remembered."""

    lessons: dict[str, Place] = field(default_factory=dict)
    surprises: list[Surprise] = field(default_factory=list)
    last: str = ""
    """The lesson that was open last."""


def usual_file(variables: Mapping[str, str] = os.environ) -> Path:
    """Return where progress is kept: XDG Base Directory Specification, state."""
    state = variables.get("XDG_STATE_HOME", "")
    home = Path(variables.get("HOME", "") or "/")
    directory = Path(state) if state.startswith("/") else home / ".local/state"
    return directory / "simpsh" / "progress.json"


class Progress:
    """The progress of one student; every change is on the disk before the next question.

    Args:
        file: where it is kept; None for the usual place.
        complain: what is done with one line about a damaged or unwritable file.
    """

    def __init__(
        self, file: Path | None = None, complain: Callable[[str], object] | None = None
    ) -> None:
        self._file = file or usual_file()
        self._complain = complain or _say
        self._has_complained = False
        self._may_write = True
        self._record: Record | None = None

    @property
    def record(self) -> Record:
        """What is remembered; read when it is first wanted."""
        if self._record is None:
            self._record = self._read()
        return self._record

    def place(self, lesson: str) -> Place:
        """Return how far somebody has come in a lesson."""
        return self.record.lessons.get(lesson, Place())

    def come_to(self, lesson: str, step: int, question: str = "") -> None:
        """Remember the step at which to go on."""
        known = self.place(lesson)
        self.record.lessons[lesson] = Place(step, known.is_done, question)
        self.record.last = lesson
        self._write()

    def finish(self, lesson: str) -> None:
        """Remember that a lesson was gone through to its end."""
        self.record.lessons[lesson] = Place(0, is_done=True)
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
            self._record = Record()
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
            other = _record(json.loads(text))
        except (ValueError, TypeError, KeyError, AttributeError, _OfLaterVersion) as problem:
            raise ProgressProblem(f"this is no exported progress ({problem})") from None
        for lesson, place in other.lessons.items():
            mine = self.record.lessons.get(lesson, Place())
            further = mine if mine.step >= place.step else place
            done = mine.is_done or place.is_done
            self.record.lessons[lesson] = Place(further.step, done, further.question)
        for surprise in other.surprises:
            if surprise not in self.record.surprises:
                self.record.surprises.append(surprise)
        self.record.last = self.record.last or other.last
        self._write()

    # -- the file ---------------------------------------------------------------------------------

    def _read(self) -> Record:
        try:
            # What is not UTF-8 is damaged like any other text that is not ours.
            text = self._file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return Record()
        except OSError as problem:
            self._complain(f"{self._file} cannot be read ({_reason(problem)}): going on without it")
            return Record()
        try:
            return _record(json.loads(text))
        except _OfLaterVersion:
            self._may_write = False
            self._complain(f"{self._file} is a later simpsh's: it is neither read nor changed")
            return Record()
        except (ValueError, TypeError, KeyError, AttributeError):
            kept = self._file.with_suffix(".damaged")
            moved = _moved(self._file, kept)
            where = f"kept as {kept.name}" if moved else "left as it is"
            self._complain(f"{self._file} is damaged: {where}, starting anew")
            return Record()

    def _write(self) -> None:
        if not self._may_write:
            return
        new = self._file.with_name(f"{self._file.name}.{os.getpid()}.new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(_text(self.record))
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._file)
        except OSError as problem:
            with suppress(OSError):
                new.unlink()
            if not self._has_complained:
                self._has_complained = True
                self._complain(f"progress cannot be saved in {self._file} ({_reason(problem)})")


def _text(record: Record) -> str:
    known = {lesson: asdict(place) for lesson, place in sorted(record.lessons.items())}
    surprises = [asdict(surprise) for surprise in record.surprises]
    whole = {"format": FORMAT, "last": record.last, "lessons": known, "surprises": surprises}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _record(found: object) -> Record:
    """Make a record of what a file said; a field of a later version is passed over."""
    if not isinstance(found, dict) or not isinstance(found.get("lessons"), dict):
        raise TypeError("it has no lessons")
    if not isinstance(found.get("format"), int):
        raise TypeError("it does not say its format")
    if found["format"] > FORMAT:
        raise _OfLaterVersion
    lessons = {str(lesson): _place(place) for lesson, place in found["lessons"].items()}
    surprises = [
        Surprise(str(one["lesson"]), str(one["question"])) for one in found.get("surprises", ())
    ]
    return Record(lessons, surprises, str(found.get("last", "")))


def _place(found: object) -> Place:
    if not isinstance(found, dict) or not isinstance(found.get("step", 0), int):
        raise TypeError("a lesson's place is none")
    return Place(
        max(0, found.get("step", 0)), bool(found.get("is_done")), str(found.get("question", ""))
    )


def _moved(file: Path, to: Path) -> bool:
    try:
        file.replace(to)
    except OSError:
        return False
    return True


def _reason(problem: OSError) -> str:
    return problem.strerror or str(problem)


def _say(line: str) -> None:
    print(f"simpsh: {line}", file=sys.stderr)  # noqa: T201 - the user is told once
