"""The append-only journal of a class, and the state of the class that its entries describe.

A class is a list of entries, one JSON value per line. Only `ClassState.take` interprets entries,
both new and stored ones. An entry is on the disk before a phone or the teacher gets a confirmation:
fdatasync(2). If a process is killed during a write, the next leader cuts off the incomplete line.
The files are in `$XDG_STATE_HOME/simpsh/classes`. A process that appends holds a lock: flock(2).
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from simpsh import console
from simpsh.base.errors import SimpshError
from simpsh.base.file_store import (
    is_news,
    lock,
    locked,
    open_own,
    read_own,
    replace_file,
    state_path,
    write_all_or_nothing,
)
from simpsh.base.outside_json import BadData, expecting, json_object, list_of, object_of
from simpsh.base.record import changed
from simpsh.course.teach.answer_report import SAID_DONE, AnswerRow
from simpsh.process.proc import is_ending

Entry = Mapping[str, object]
PollAnswers = Mapping[str, Mapping[int, str]]
"""The answers to a poll, by slot and student. Slots of a question: `1` and `2`, before and after
the discussion (the index of a choice, or text), and `why`, the reason. Slots of a task: `wrong`,
the first line that did not solve it, and `done`, which is YES or `no`."""
YES = "yes"
CHANGED = "changed"
"""Tells the teacher's process that students joined or answered; sent once until it asks again."""
_WORDS = (
    *("amber", "apple", "basil", "berry", "birch", "bread", "cedar", "clover", "cloud", "comet"),
    *("coral", "daisy", "eagle", "ember", "fern", "forest", "garden", "ginger", "grape", "hazel"),
    *("honey", "lemon", "lilac", "maple", "melon", "meadow", "olive", "onion", "orange", "otter"),
    *("pepper", "plum", "quartz", "raven", "river", "saffron", "silver", "tiger", "tulip", "zebra"),
)
"""Words for class names that are easy to read from a screen and to type on a phone."""
_RESUMABLE_SECONDS = 3 * 3600
"""A class is over if nobody has led it for this long."""


class ClassState:
    """The state of one class that its entries describe."""

    def __init__(self) -> None:
        self.word, self.port = "", 0
        self.leader = 0
        """The pid of the teacher's process."""
        self.asks_ids = False
        self.ids: dict[int, str] = {}
        """The ids of students, by number; empty if the teacher does not ask for ids."""
        self.tokens: dict[str, int] = {}
        """The numbers of students, by the SHA-256 of their tokens."""
        self.last = 0
        """The number of the student who joined last."""
        self.is_locked = False
        """Whether no further student may join."""
        self.polls: dict[str, Entry] = {}
        """The polls, by the key of the question or task; `right` is None before the run."""
        self.answers: dict[str, dict[str, dict[int, str]]] = defaultdict(lambda: defaultdict(dict))
        """The answers by poll, slot and student."""
        self.now: dict[str, object] = {"phase": "wait"}
        """The page that phones show."""

    def take(self, entry: Entry) -> None:
        """Apply an entry; raises KeyError, TypeError or ValueError if it is invalid."""
        words = {name: str(value) for name, value in entry.items()}
        match entry["do"]:
            case "class":
                self.word = words["word"]
            case "lead":
                self.port, self.leader = int(words["port"]), int(words["pid"])
                self.asks_ids = bool(entry.get("asks_ids"))
            case "join":
                self.tokens[words["token"]] = int(words["student"])
                self.last = max(self.last, int(words["student"]))
                if "id" in words:
                    self.ids[int(words["student"])] = words["id"]
            case "leave":
                # Of earlier releases: students who had no page for long, or were removed.
                self._leave({int(str(student)) for student in list_of(entry["students"])})
            case "lock":
                self.is_locked = bool(entry["is_locked"])
            case "show":
                now = object_of(entry["now"])
                self.now = now | {"phase": str(now["phase"])}
            case "poll":
                self.polls[words["key"]] = entry
            case "say":
                slot = self.answers[words["key"]][words["slot"]]
                slot[int(words["student"])] = words["text"]
            case unknown:
                raise ValueError(f"{unknown} is no entry of a class")

    def _leave(self, students: set[int]) -> None:
        self.tokens = {
            token: student for token, student in self.tokens.items() if student not in students
        }
        by_student = [slot for slots in self.answers.values() for slot in slots.values()]
        for student in students:
            for texts in (self.ids, *by_student):
                texts.pop(student, None)

    def shown(self) -> dict[str, object]:
        """Return the page for the phones; at the end of a lesson it includes all polls."""
        is_end = self.now["phase"] == "end"
        return self.now | {"polls": [*self.polls.values()] if is_end else []}

    def said_by(self, student: int) -> dict[str, dict[str, str]]:
        """Return all answers of a student, by poll and slot."""
        return {
            key: {slot: texts[student] for slot, texts in slots.items() if student in texts}
            for key, slots in self.answers.items()
        }

    def rows(self, name: str) -> Iterator[AnswerRow]:
        """Yield all answers as rows of the table of answers, for `simpsh lesson report`.

        A student without an id is `NAME/NUMBER`. The answers before and after the discussion have
        separate rows, and so do a wrong line and the report that a task is done.
        """
        for key, poll in self.polls.items():
            slots, choices, right = self.answers[key], list_of(poll["choices"]), poll["right"]
            where = str(poll["lesson"]), int(str(poll["step"])), str(poll["question"])
            guess, tried = AnswerRow("guess", *where), AnswerRow("task", *where)
            rows: list[tuple[int, AnswerRow]] = []
            for slot in ("1", "2"):
                for student, text in slots[slot].items():
                    is_last = slot == "2" or student not in slots["2"]
                    why = slots["why"].get(student, "") if is_last else ""
                    # Classes of simpsh 1 also have free answers, without choices.
                    is_right = None if right is None or not choices else text == right
                    answer = _choice(choices, text) if choices else text
                    row = changed(guess, answer=answer, is_right=is_right, why=why)
                    rows.append((student, row))
            for student, line in slots["wrong"].items():
                rows.append((student, changed(tried, answer=line, is_right=False)))
            for student, word in slots["done"].items():
                if word == YES:
                    rows.append((student, changed(tried, answer=SAID_DONE, is_right=True)))
            for student, row in rows:
                yield changed(row, student=self.ids.get(student, f"{name}/{student}"))


def _choice(choices: Sequence[object], text: str) -> str:
    """Return the choice that an answer names by its index; raises ValueError or IndexError."""
    if not text.isdecimal():
        raise ValueError(f"{text} is not the index of a choice")
    return str(choices[int(text)])


class ClassJournal:
    """The file of one class, open for appending, and the current state of the class.

    Raises BlockingIOError: another process leads the class. BadData: the file is damaged.
    NotTrusted, OSError: it cannot be used.
    """

    def __init__(self, path: Path, *, waits: bool = False) -> None:
        self.path = path
        self._file = open_own(str(path), os.O_RDWR | os.O_APPEND)
        try:
            lock(self._file, waits=waits)
            self.state, whole = _state_of(path)
            os.ftruncate(self._file, whole)
        except BaseException:
            self.close()
            raise

    def append(self, *entries: Entry) -> None:
        """Apply entries, all or none; they are on the disk when sync() has returned.

        Raises OSError if they cannot be written: ENOSPC, EDQUOT, EIO.
        """
        write_all_or_nothing(self._file, "".join(map(_line, entries)).encode())
        for entry in entries:
            self.state.take(entry)

    def sync(self) -> None:
        """Wait until all entries are on the disk."""
        os.fdatasync(self._file)

    def close(self) -> None:
        """Close the file; a worker that was forked before keeps it open, with the lock."""
        os.close(self._file)


def _line(entry: Entry) -> str:
    text = json.dumps(entry, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
    return f"{text}\n"


def _state_of(path: Path) -> tuple[ClassState, int]:
    """Return a class, and the size of the complete lines of its file; raises BadData, OSError."""
    state, data = ClassState(), read_own(str(path))
    whole = data.rfind(b"\n") + 1
    for number, line in enumerate(data[:whole].splitlines(), 1):
        with expecting(f"{path}:{number}: this is not an entry of a class"):
            state.take(json_object(line, str(path)))
    if not state.word:
        raise BadData(f"{path}: this class has no word")
    with expecting(f"{path}: its answers do not fit its questions"):
        # Readers rely on this: every answer becomes a row.
        list(state.rows(""))
    return state, whole


def load_classes(complain: Callable[[str], object] = console.complain) -> dict[Path, ClassState]:
    """Return the stored classes, the oldest first; report each damaged file to `complain`."""
    classes: dict[Path, ClassState] = {}
    for path in sorted(Path(state_path("classes")).glob("*.jsonl")):
        try:
            classes[path] = _state_of(path)[0]
        except (BadData, OSError) as problem:
            words = console.in_words(problem) if isinstance(problem, OSError) else problem
            if is_news(problem):
                complain(f"{words}: this class is skipped")
    return classes


def forget_class(path: Path) -> None:
    """Remove the files of a class; raises SimpshError if it is being led, and OSError."""
    with locked(str(path.parent)):
        try:
            journal = ClassJournal(path)
        except BlockingIOError:
            raise SimpshError(f"{path}: this class is led now, and is kept") from None
        path.unlink()
        journal.close()


def lead(*, is_new: bool = False) -> ClassJournal:
    """Return the class to lead: the last one if it is not over, else a new one.

    A class that another process leads is not returned. Raises SimpshError, OSError.
    """
    folder = Path(state_path("classes"))
    with locked(str(folder)):
        if not is_new and (journal := _last_class()):
            return journal
        while True:
            words = secrets.choice(_WORDS) + secrets.choice(_WORDS)
            word = f"{words}{secrets.randbelow(90) + 10}"
            path = folder / f"{time.strftime('%Y-%m-%d-%H%M')}-{word}.jsonl"
            if not path.exists():
                # Create the file atomically, with its first line.
                replace_file(str(path), _line({"do": "class", "word": word}))
                return ClassJournal(path)


def _last_class() -> ClassJournal | None:
    """Return the class that was led last, if it is not over and no process leads it."""
    changed_at = {path: path.stat().st_mtime for path in load_classes()}
    for path, changed_last in sorted(changed_at.items(), key=lambda item: -item[1])[:1]:
        if time.time() - changed_last < _RESUMABLE_SECONDS:
            leader = _state_of(path)[0].leader
            with suppress(BlockingIOError):
                # If the teacher was killed, its server ends at once, so wait for the lock.
                return ClassJournal(path, waits=leader > 0 and is_ending(leader))
    return None
