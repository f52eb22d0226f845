"""The lines typed before: kept in a file that several shells write to.

An entry is a line; the further lines of one that has several begin with a tab. Each shell appends
its entries, so none overwrites another's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from simpsh import console
from simpsh.base.file_store import append_own, is_news, open_own, state_path
from simpsh.base.phrases import counted

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
            descriptor = open_own(path)
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
            damaged = [line for line in lines if "\0" in line]
            if damaged:
                self.problem = f"history: {path}: {counted(len(damaged), 'damaged line')} skipped"
            for line in lines:
                if "\0" in line:
                    continue
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
                append_own(self.path, entry.replace("\n", "\n\t") + "\n")
            except OSError as error:
                self._give_up(error)
        return True

    def take_problem(self) -> str | None:
        """Return what the user must be told, once."""
        problem, self.problem = self.problem, None
        return problem

    def _give_up(self, error: OSError) -> None:
        if is_news(error):
            words = f"{console.in_words(error)}: lines are forgotten when the shell ends"
            self.problem = f"history: {words}"
        self.path = None


def history_path(variables: Mapping[str, str]) -> str | None:
    """Return where the history is kept; None if these variables name no place for it."""
    has_place = variables.get("HOME") or variables.get("XDG_STATE_HOME", "").startswith("/")
    return state_path("history", variables) if has_place else None
