"""What happened in a class: a journal that only grows, and what is known by it.

A class is a list of entries, values of JSON, a line each. `ClassState.take` is the one place that
says what an entry means: while a class is led, and when it is read again. What a phone or the
teacher is told to be done is on the disk: fdatasync(2). A process that is killed amid a line leaves
a part of it, which is cut off when the class goes on. The files are in
`$XDG_STATE_HOME/simpsh/classes`, mode 0600. A process that appends holds a lock: flock(2).
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from fcntl import LOCK_EX, LOCK_NB
from pathlib import Path

from simpsh.base.errors import SimpshError
from simpsh.base.file_store import make_private, state_path
from simpsh.base.outside_json import BadData, expecting, json_object, list_of, object_of
from simpsh.base.record import changed
from simpsh.course.lesson.ask_step import is_same_answer
from simpsh.course.teach.answer_table import SAID_DONE, AnswerRow
from simpsh.kernel.descriptors import flock, write_all
from simpsh.process.proc import is_ending

Entry = Mapping[str, object]
Said = Mapping[str, Mapping[int, str]]
"""What students have said to a poll, by slot: `1` and `2`, the answers before the talk and after
it, a choice by its place; `why`, the reason. Of a task `wrong`, the first line that did not do it;
`done`, YES or not."""
YES = "yes"
CHANGED = "changed"
"""Told to the teacher's process when students have come or said something, once until it asks."""
_WORDS = ("amber", "cedar", "clover", "comet", "daisy", "lemon", "maple", "olive", "otter", "zebra")
"""A class has a word that is easy to read from a screen and to type on a phone: `otter42`."""
_GOES_ON_SECONDS = 3 * 3600
"""A class that was last led longer ago than this is over."""


class ClassState:
    """One class, as its entries have it."""

    def __init__(self) -> None:
        self.word, self.port = "", 0
        self.leader = 0
        """The pid of the teacher's process."""
        self.asks_ids = False
        self.ids: dict[int, str] = {}
        """What students are called; empty where the teacher asks for no ids."""
        self.tokens: dict[str, int] = {}
        """Which student has a token, by its SHA-256."""
        self.polls: dict[str, Entry] = {}
        """What was asked, by the key of the question or task; `right` is None before the run."""
        self.said: dict[str, dict[str, dict[int, str]]] = defaultdict(lambda: defaultdict(dict))
        """By poll, slot and student."""
        self.now: dict[str, object] = {"phase": "wait"}
        """What phones show."""

    def take(self, entry: Entry) -> None:
        """Let an entry happen; raises KeyError, TypeError or ValueError for what is none."""
        words = {name: str(value) for name, value in entry.items()}
        match entry["do"]:
            case "class":
                self.word = words["word"]
            case "lead":
                self.port, self.leader = int(words["port"]), int(words["pid"])
                self.asks_ids = bool(entry.get("asks_ids"))
            case "join":
                self.tokens[words["token"]] = int(words["student"])
                if "id" in words:
                    self.ids[int(words["student"])] = words["id"]
            case "show":
                self.now = object_of(entry["now"])
            case "poll":
                self.polls[words["key"]] = entry
            case "say":
                slot = self.said[words["key"]][words["slot"]]
                slot[int(words["student"])] = words["text"]
            case unknown:
                raise ValueError(f"{unknown} is no entry of a class")

    def shown(self) -> dict[str, object]:
        """Return what phones show, at the end of a lesson with all that was asked."""
        is_end = self.now["phase"] == "end"
        return self.now | {"polls": [*self.polls.values()] if is_end else []}

    def said_by(self, student: int) -> dict[str, dict[str, str]]:
        """Return all that a student has said, by poll and slot."""
        return {
            key: {slot: said[student] for slot, said in slots.items() if student in said}
            for key, slots in self.said.items()
        }

    def rows(self, name: str) -> Iterator[AnswerRow]:
        """Yield all answers as rows of the table of answers, for `simpsh lesson report`.

        A student is an id there, or a number in the class called `name`. Answers before the talk
        and after it are two rows of a student; so are a line that failed, and that a task is done.
        """
        for key, poll in self.polls.items():
            said, choices, right = self.said[key], list_of(poll["choices"]), poll["right"]
            where = str(poll["lesson"]), int(str(poll["step"])), str(poll["question"])
            guess, tried = AnswerRow("guess", *where), AnswerRow("task", *where)
            answers: list[tuple[int, AnswerRow]] = []
            for slot in ("1", "2"):
                for student, text in said[slot].items():
                    is_last = slot == "2" or student not in said["2"]
                    why = said["why"].get(student, "") if is_last else ""
                    is_right = None if right is None else is_same_answer(text, str(right))
                    answer = str(choices[int(text)]) if choices else text
                    row = changed(guess, answer=answer, is_right=is_right, why=why)
                    answers.append((student, row))
            for student, line in said["wrong"].items():
                answers.append((student, changed(tried, answer=line, is_right=False)))
            for student, word in said["done"].items():
                if word == YES:
                    answers.append((student, changed(tried, answer=SAID_DONE, is_right=True)))
            for student, row in answers:
                own_name = self.ids.get(student, f"{name}/{student}")
                yield changed(row, student=own_name, group=name)


class ClassJournal:
    """The file of one class, open for appending, and the class as it is by now.

    Raises OSError: EAGAIN; another process leads the class. BadData: a line is no entry.
    """

    def __init__(self, path: Path, *, waits: bool = False) -> None:
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            flock(self._file, LOCK_EX | (0 if waits else LOCK_NB))
            self.state, whole = _state_of(path)
            os.ftruncate(self._file, whole)
        except BaseException:
            self.close()
            raise

    def append(self, *entries: Entry) -> None:
        """Let entries happen, all or none; they are safe when sync() has returned.

        Raises OSError: ENOSPC EDQUOT EIO; the disk does not take them.
        """
        text = "".join(f"{json.dumps(entry, ensure_ascii=False)}\n" for entry in entries)
        size = os.fstat(self._file).st_size
        try:
            write_all(self._file, text.encode("utf-8", "backslashreplace"))
        except OSError:
            # A part of a line would spoil the next one.
            os.ftruncate(self._file, size)
            raise
        for entry in entries:
            self.state.take(entry)

    def sync(self) -> None:
        """Wait until the disk has all of it."""
        os.fdatasync(self._file)

    def close(self) -> None:
        """Close the file; a worker that was forked meanwhile keeps it, and the lock."""
        os.close(self._file)


def _state_of(path: Path) -> tuple[ClassState, int]:
    """Return a class, and how many bytes of its file are whole lines; raises BadData."""
    state, data = ClassState(), path.read_bytes()
    whole = data.rfind(b"\n") + 1
    for number, line in enumerate(data[:whole].splitlines(), 1):
        with expecting(f"{path}:{number}: this is not an entry of a class"):
            state.take(json_object(line, str(path)))
    return state, whole


def kept_classes() -> dict[Path, ClassState]:
    """Return the classes that are kept, the oldest first; raises BadData."""
    paths = sorted(Path(state_path("classes")).glob("*.jsonl"))
    return {path: _state_of(path)[0] for path in paths}


def forget_class(path: Path) -> None:
    """Remove all that is kept of a class; raises SimpshError: it is led now. OSError."""
    try:
        journal = ClassJournal(path)
    except BlockingIOError:
        raise SimpshError(f"{path}: this class is led now, and is kept") from None
    path.unlink()
    journal.close()


def lead(*, is_new: bool = False) -> ClassJournal:
    """Return the class to lead: the last one, where that is not over, else a new one.

    A class that another process leads is left to that process. Raises SimpshError, OSError.
    """
    make_private(state_path("classes"))
    folder = Path(state_path("classes"))
    recent = sorted(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime)[-1:]
    for path in [] if is_new else recent:
        with suppress(BlockingIOError, BadData):
            # A server whose teacher was killed ends at once: its lock is waited for.
            state, _ = _state_of(path)
            if time.time() - path.stat().st_mtime < _GOES_ON_SECONDS:
                return ClassJournal(path, waits=is_ending(state.leader))
    word = f"{secrets.choice(_WORDS)}{secrets.randbelow(90) + 10}"
    journal = ClassJournal(folder / f"{time.strftime('%Y-%m-%d-%H%M')}-{word}.jsonl")
    journal.append({"do": "class", "word": word})
    return journal
