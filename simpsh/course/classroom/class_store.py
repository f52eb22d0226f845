"""What happens in a class, on the disk before it is confirmed: a file of SQLite for each class.

The files are in `$XDG_STATE_HOME/simpsh/classes`. The process that leads a class holds the lock of
its file; the kernel releases the lock when the process ends.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from simpsh import console
from simpsh.base.file_store import check_folder, locked, open_own, state_path
from simpsh.base.outside_json import BadData, expecting, fields_of, json_object, record_of
from simpsh.base.record import Record
from simpsh.course.teach.answer_report import SAID_DONE, AnswerRow

PollAnswers = Mapping[str, Mapping[int, str]]
"""The answers to a poll, by slot and student. Slots of a question: `1` and `2`, before and after
the discussion (the index of a choice), and `why`, the reason. Slot of a task: `done`,
which is YES or `no`."""
YES = "yes"
CHANGED = "changed"
"""Tells the teacher's process that students joined or answered; sent once until it asks again."""
_TABLES = """
CREATE TABLE IF NOT EXISTS class (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS student (number INTEGER PRIMARY KEY, token TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS poll (key TEXT PRIMARY KEY, facts TEXT);
CREATE TABLE IF NOT EXISTS answer (
    student INTEGER, key TEXT, slot TEXT, text TEXT, PRIMARY KEY (student, key, slot)
);
"""
_SETTINGS = ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL")
_WORDS = (
    *("amber", "apple", "basil", "berry", "birch", "bread", "cedar", "clover", "cloud", "comet"),
    *("coral", "daisy", "eagle", "ember", "fern", "forest", "garden", "ginger", "grape", "hazel"),
    *("honey", "lemon", "lilac", "maple", "melon", "meadow", "olive", "onion", "orange", "otter"),
    *("pepper", "plum", "quartz", "raven", "river", "saffron", "silver", "tiger", "tulip", "zebra"),
)
"""Words for class names that are easy to read from a screen and to type on a phone."""
_RESUMABLE_SECONDS = 3 * 3600
"""A class is over if nobody has led it for this long."""
_LOCK_SECONDS = 2.0
"""How long to wait for the lock: the server of a teacher who was killed may still be ending."""


class Poll(Record):
    """A question or a task that the class was asked."""

    key: str
    lesson: str
    step: int
    """The number of its step, from 1."""
    question: str
    choices: tuple[str, ...] = ()
    right: str | None = None
    """The index of the right choice; None before the run."""


class ClassStore:
    """The file of one class, open and locked; every change is on the disk when its method returns.

    Raises BlockingIOError: another process leads the class. OSError: it cannot be used. BadData: it
    is damaged.
    """

    def __init__(self, path: Path) -> None:
        os.close(open_own(str(path)))
        self.path, self.word = path, path.stem.rpartition("-")[2]
        self._base = sqlite3.connect(path, timeout=_LOCK_SECONDS, isolation_level=None)
        try:
            for setting in _SETTINGS:
                self._do(f"PRAGMA {setting}")
            for table in _TABLES.strip().split(";\n"):
                self._do(table)
            known = {name: value for name, value in self._do("SELECT * FROM class")}  # noqa: C416
            with expecting(f"{path}: this is not a class"):
                self.port = int(known.get("port", "0"))
                self.now = json_object(known.get("now", '{"phase": "wait"}'), str(path))
                """The page that phones show."""
        except BaseException:
            self.close()
            raise

    def _do(self, words: str, *values: object) -> list[tuple[str, ...]]:
        try:
            return self._base.execute(words, values).fetchall()
        except sqlite3.Error as problem:
            # The low byte is the primary code; errors of the module itself have none.
            code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
            kind = errno.EAGAIN if code == sqlite3.SQLITE_BUSY else errno.EIO
            raise OSError(kind, str(problem), str(self.path)) from None

    def close(self) -> None:
        """Close the file, and release its lock."""
        self._base.close()

    # -- changes ----------------------------------------------------------------------------------

    def lead_at(self, port: int) -> None:
        """Store the port, which the class keeps when it continues."""
        self._do("REPLACE INTO class VALUES ('port', ?)", str(port))
        self.port = port

    def show(self, now: dict[str, object]) -> None:
        """Store the page that phones show."""
        self._do("REPLACE INTO class VALUES ('now', ?)", json.dumps(now))
        self.now = now
        os.utime(self.path)  # the changes are in another file, until this one is closed

    def store_poll(self, poll: Poll) -> None:
        """Store a poll in place of the one with its key."""
        words = (
            "INSERT INTO poll VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET facts = excluded.facts"
        )
        self._do(words, poll.key, json.dumps(fields_of(poll)))

    def join(self, token: str) -> None:
        """Add a student with a token."""
        self._do("INSERT INTO student (token) VALUES (?)", token)

    def say(self, student: int, key: str, slot: str, text: str) -> None:
        """Store an answer in place of the one before."""
        self._do("REPLACE INTO answer VALUES (?, ?, ?, ?)", student, key, slot, text)

    # -- facts ------------------------------------------------------------------------------------

    def student_of(self, token: str) -> int:
        """Return the number of the student with a token; 0 if there is none."""
        found = self._do("SELECT number FROM student WHERE token = ?", token)
        return int(found[0][0]) if found else 0

    def count_students(self) -> int:
        """Return how many students have joined."""
        return int(self._do("SELECT count(*) FROM student")[0][0])

    def polls(self) -> dict[str, Poll]:
        """Return all polls by key, in the order of the class."""
        return {
            key: record_of(Poll, json_object(facts, str(self.path)))
            for key, facts in self._do("SELECT key, facts FROM poll ORDER BY rowid")
        }

    def answers(self, key: str) -> PollAnswers:
        """Return the answers to a poll."""
        slots: dict[str, dict[int, str]] = defaultdict(dict)
        words = "SELECT slot, student, text FROM answer WHERE key = ? ORDER BY rowid"
        for slot, student, text in self._do(words, key):
            slots[slot][int(student)] = text
        return slots

    def said_by(self, student: int) -> dict[str, dict[str, str]]:
        """Return all answers of a student, by poll and slot."""
        said: dict[str, dict[str, str]] = defaultdict(dict)
        words = "SELECT key, slot, text FROM answer WHERE student = ?"
        for key, slot, text in self._do(words, student):
            said[key][slot] = text
        return said

    def shown(self) -> dict[str, object]:
        """Return the page for the phones; at the end of a lesson it includes all polls."""
        is_end = self.now["phase"] == "end"
        polls = [fields_of(poll) for poll in self.polls().values()] if is_end else []
        return self.now | {"polls": polls}

    def rows(self) -> Iterator[AnswerRow]:
        """Yield all answers as rows of the table of answers; a student is `CLASS/NUMBER`.

        The answers before and after the discussion have separate rows.
        """
        for key, poll in self.polls().items():
            slots, where = self.answers(key), (poll.lesson, poll.step, poll.question)
            for slot in ("1", "2"):
                for student, text in slots.get(slot, {}).items():
                    is_last = slot == "2" or student not in slots.get("2", {})
                    why = slots.get("why", {}).get(student, "") if is_last else ""
                    is_right = None if poll.right is None else text == poll.right
                    answer = poll.choices[int(text)]
                    name = f"{self.path.stem}/{student}"
                    yield AnswerRow("guess", *where, answer, is_right, why, name)
            for student, word in slots.get("done", {}).items():
                if word == YES:
                    name = f"{self.path.stem}/{student}"
                    yield AnswerRow("task", *where, SAID_DONE, is_right=True, student=name)


def rows_of_classes(complain: Callable[[str], object]) -> list[AnswerRow]:
    """Return the answers of all classes, the oldest first.

    `complain` gets a line about each class that cannot be read.
    """
    rows: list[AnswerRow] = []
    folder = Path(state_path("classes"))
    try:
        check_folder(str(folder))
    except OSError as problem:
        complain(console.in_words(problem))
        return rows
    for path in sorted(folder.glob("*.jsonl")):
        complain(f"{path}: a class of release 1.0, which reports it; then remove this file")
    for path in sorted(folder.glob("*.db")):
        try:
            store = ClassStore(path)
            try:
                with expecting(f"{path}: this is not a class"):
                    rows += store.rows()
            finally:
                store.close()
        except BlockingIOError:
            complain(f"{path}: this class is led now, and is not in the report")
        except (BadData, OSError) as problem:
            words = console.in_words(problem) if isinstance(problem, OSError) else problem
            complain(f"{words}: this class is skipped")
    return rows


def lead(*, is_new: bool = False) -> ClassStore:
    """Return the class to lead: the last one if it is not over, else a new one.

    A class that another process leads is not returned. Raises SimpshError, OSError.
    """
    folder = Path(state_path("classes"))
    with locked(str(folder)):
        changed_at = {path: path.lstat().st_mtime for path in folder.glob("*.db")}
        last = max(changed_at, key=changed_at.__getitem__, default=None)
        if last and not is_new and time.time() - changed_at[last] < _RESUMABLE_SECONDS:
            with suppress(OSError, BadData):
                return ClassStore(last)
        while True:
            words = secrets.choice(_WORDS) + secrets.choice(_WORDS)
            word = f"{words}{secrets.randbelow(90) + 10}"
            path = folder / f"{time.strftime('%Y-%m-%d-%H%M')}-{word}.db"
            if not path.exists():
                os.close(open_own(str(path), os.O_WRONLY | os.O_CREAT))
                return ClassStore(path)
