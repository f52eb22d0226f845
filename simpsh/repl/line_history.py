"""The history of typed lines, in a file that several shells append to; `!!` and `!3`.

An entry is a line; further lines of a multi-line entry begin with a tab. Lines that begin with a
blank are skipped: release 1 wrote the statuses and directories of entries there. Shells only
append, so no shell overwrites the entries of another.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

from simpsh import console
from simpsh.base.errors import SimpshError
from simpsh.base.file_store import append_own, is_news, open_own, state_path

ENTRIES = 2000
"""The maximum number of entries in memory."""

NOT_SUGGESTED = (2, 126, 127)
"""Statuses of a line that was wrong itself: misuse, not executable, not found."""

_TAIL = 1 << 20
"""The number of bytes at the end of the file that are read initially."""


class LineHistory:
    """The entries, oldest first, and their file."""

    def __init__(self, path: str | None, entries: list[str] | None = None) -> None:
        """Read the file, if it is readable; the first entry creates a missing file."""
        self.path = path
        """None if the history has no file."""
        # The shell passes its own empty list, so that it sees the entries.
        self.entries: list[str] = [] if entries is None else entries
        self.failed: set[str] = set()
        """The entries of this session whose last run ended with one of NOT_SUGGESTED."""
        self.problem: str | None = None
        """Why lines are not saved, as a message; None after take_problem()."""
        if path is None:
            self.problem = (
                "history: HOME is no directory's path: lines are forgotten when the shell ends"
            )
            return
        try:
            descriptor = open_own(path)
            try:
                size = os.fstat(descriptor).st_size
                start = max(0, size - _TAIL)
                text = os.fsdecode(os.pread(descriptor, _TAIL, start))
            finally:
                os.close(descriptor)
            lines = text.split("\n")
            if start:
                # The first line is incomplete.
                del lines[0]
            # After a crash, a file may have zeros.
            for line in (line for line in lines if "\0" not in line):
                if line.startswith("\t") and self.entries:
                    self.entries[-1] += "\n" + line[1:]
                elif line and not line.startswith(" "):
                    self.entries.append(line)
            del self.entries[:-ENTRIES]
        except FileNotFoundError:
            return
        except OSError as error:
            self._give_up(error)

    def add(self, entry: str) -> bool:
        """Add a typed command; return whether it is now the last entry.

        Lines that are empty, begin with a blank or repeat the last entry are not added.
        """
        entry = entry.rstrip("\n")
        if not entry or entry[0].isspace() or self.entries[-1:] == [entry]:
            return self.entries[-1:] == [entry]
        self.entries.append(entry)
        # Delete in place, because the shell uses the same list.
        del self.entries[:-ENTRIES]
        self._append(entry.replace("\n", "\n\t"))
        return True

    def note_status(self, entry: str, status: int) -> None:
        """Note with which status an entry ended, for suggestions."""
        change = self.failed.add if status in NOT_SUGGESTED else self.failed.discard
        change(entry.rstrip("\n"))

    def _append(self, lines: str) -> None:
        if self.path is not None:
            try:
                append_own(self.path, lines + "\n")
            except OSError as error:
                self._give_up(error)

    def take_problem(self) -> str | None:
        """Return the problem to report, once."""
        problem, self.problem = self.problem, None
        return problem

    def _give_up(self, error: OSError) -> None:
        if is_news(error):
            words = f"{console.in_words(error)}: lines are forgotten when the shell ends"
            self.problem = f"history: {words}"
        self.path = None


def history_path(variables: Mapping[str, str]) -> str | None:
    """Return the path of the history file; None if no variable names a directory for it."""
    names = ("XDG_STATE_HOME", "HOME")
    has_directory = any(variables.get(name, "").startswith("/") for name in names)
    return state_path("history", variables) if has_directory else None


_PIECE = re.compile(r"'[^']*'?|\\.|[$][{]?!|!(!|-?[0-9]+)|.", re.DOTALL)
"""A quoted text, an escaped character, `$!`, a reference to the history, or a character."""


def expanded(text: str, entries: Sequence[str]) -> str:
    """Return a line with each `!!`, `!3` and `!-3` replaced with the line that it means.

    Raises SimpshError: the history has no such line.

    >>> expanded("sudo !!; echo '!!' $! !1", ["ls", "make install"])
    "sudo make install; echo '!!' $! ls"
    """
    pieces = []
    is_in_double_quotes = False
    at = 0
    while at < len(text):
        match = _PIECE.match(text, at)
        assert match is not None
        piece = match[0]
        if is_in_double_quotes and piece[0] == "'":
            piece = "'"
        at += len(piece)
        is_in_double_quotes ^= piece == '"'
        pieces.append(_entry(match[1], entries) if match[1] else piece)
    return "".join(pieces)


def _entry(name: str, entries: Sequence[str]) -> str:
    number = -1 if name == "!" else int(name)
    index = number - 1 if number > 0 else len(entries) + number
    if not (number and 0 <= index < len(entries)):
        raise SimpshError(f"!{name}: the history has no such line; 'history' lists them")
    return entries[index]
