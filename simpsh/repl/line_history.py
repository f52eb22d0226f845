"""The lines typed before: kept in a file that several shells write to.

An entry is a line; the further lines of one that has several begin with a tab. Each shell adds
its entries at the end with one write(2) (O_APPEND), so none overwrites another's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from simpsh import console
from simpsh.process.own_directory import state_path

ENTRIES = 2000
"""How many entries are kept in memory, to go back to and to suggest."""

_TAIL = 1 << 20
"""How much of the end of the file is read at the start, in bytes."""


class LineHistory:
    """The entries, oldest first, and the file they are kept in."""

    def __init__(self, path: str | None, entries: list[str] | None = None) -> None:
        """Read the file, as far as that is possible; it is made when the first entry is added."""
        self.path = path
        """None if there is no place for a file."""
        # The shell hands its own, empty list in, to see the lines as well.
        self.entries: list[str] = [] if entries is None else entries
        self.problem: str | None = None
        """Why lines are not kept, until the user was told."""
        if path is None:
            self.problem = "history: HOME is not set: lines are forgotten when the shell ends"
            return
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK)
            try:
                size = os.fstat(descriptor).st_size
                start = max(0, size - _TAIL)
                text = os.fsdecode(os.pread(descriptor, _TAIL, start))
            finally:
                os.close(descriptor)
            lines = text.split("\n")
            if start:
                # The first line is the rest of one that was cut.
                del lines[0]
            for line in lines:
                if line.startswith("\t") and self.entries:
                    self.entries[-1] += "\n" + line[1:]
                elif line:
                    self.entries.append(line)
            del self.entries[:-ENTRIES]
        except FileNotFoundError:
            return
        except OSError as error:
            self._give_up(error)

    def add(self, entry: str) -> bool:
        """Remember what was typed; return whether it is the last entry now.

        Nothing is remembered that is empty, begins with a blank, or is repeated.
        """
        entry = entry.rstrip("\n")
        if not entry or entry[0].isspace() or self.entries[-1:] == [entry]:
            return self.entries[-1:] == [entry]
        self.entries.append(entry)
        # The list is the shell's view of it too: it must stay the same object.
        del self.entries[:-ENTRIES]
        if self.path is not None:
            try:
                _append(self.path, entry)
            except OSError as error:
                self._give_up(error)
        return True

    def take_problem(self) -> str | None:
        """Return what the user must be told, once."""
        problem, self.problem = self.problem, None
        return problem

    def _give_up(self, error: OSError) -> None:
        reason = console.why(error)
        self.problem = f"history: {self.path}: {reason}: lines are forgotten when the shell ends"
        self.path = None


def history_path(variables: Mapping[str, str]) -> str | None:
    """Return where the history is kept; None if these variables name no place for it."""
    has_place = variables.get("HOME") or variables.get("XDG_STATE_HOME", "").startswith("/")
    return state_path("history", variables) if has_place else None


def _append(path: str, entry: str) -> None:
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
    descriptor = os.open(path, flags, 0o600)
    try:
        status = os.fstat(descriptor)
        if status.st_mode & 0o077:
            # What was typed may hold secrets; a file made by other means may be open to all.
            os.fchmod(descriptor, 0o600)
        text = os.fsencode(entry.replace("\n", "\n\t") + "\n")
        if status.st_size and os.pread(descriptor, 1, status.st_size - 1) not in (b"\n", b""):
            # An entry was cut, on a full disk perhaps: this one must not become its end.
            text = b"\n" + text
        os.write(descriptor, text)
    finally:
        os.close(descriptor)
