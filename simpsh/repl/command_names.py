"""The names of commands: the programs in PATH, and which one was meant by a name not found."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from simpsh.base.record import Record
from simpsh.kernel.program_execution import find_program
from simpsh.shell.builtins import builtin_registry
from simpsh.shell.state import State


class _Listing(Record):
    changed: int
    """When the directory last changed: its modification time in nanoseconds."""
    names: tuple[str, ...]


class ProgramNames:
    """The names in the directories of PATH."""

    def __init__(self) -> None:
        self._listings: dict[str, _Listing] = {}

    def names(self, path: str) -> Iterator[str]:
        """Go through the names in each directory of PATH, executable or not, some twice."""
        for directory in _directories(path):
            yield from self._listed(directory)

    def starting_with(self, prefix: str, path: str) -> dict[str, str]:
        """Return the programs whose names begin so, with the directory each would be run from."""
        found: dict[str, str] = {}
        for directory in _directories(path):
            for name in self._listed(directory):
                if name.startswith(prefix) and name not in found and _is_program(directory, name):
                    found[name] = directory
        return found

    def _listed(self, directory: str) -> tuple[str, ...]:
        try:
            changed = os.stat(directory).st_mtime_ns
            known = self._listings.get(directory)
            if known is None or known.changed != changed:
                known = _Listing(changed, tuple(os.listdir(directory)))
                self._listings[directory] = known
        except OSError:
            # A directory in PATH that is not there, or may not be read, holds no names for us.
            return ()
        return known.names


def _directories(path: str) -> list[str]:
    # An empty entry means the working directory (POSIX XBD 8.3).
    return list(dict.fromkeys(directory or "." for directory in path.split(":"))) if path else []


def _is_program(directory: str, name: str) -> bool:
    file = os.path.join(directory, name)
    return os.access(file, os.X_OK) and os.path.isfile(file)


class Spelling:
    """Guesses which builtin or program in PATH was meant by a name that was not found."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._programs = ProgramNames()

    def hint(self, name: str) -> str | None:
        """Return what to tell the user below "command not found", or None."""
        guess = self.suggest(name)
        return f"did you mean {guess}?" if guess else None

    def suggest(self, name: str) -> str | None:
        """Return the command that was probably meant, or None if there is no good guess."""
        path = self._state.variables.get("PATH", "")
        names = dict.fromkeys((*builtin_registry.NAMES, *self._programs.names(path)))
        for guess in nearest(name, names):
            if builtin_registry.is_builtin(guess) or find_program(guess, path):
                return guess
        return None


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """Return the names that are few slips of the finger away, the most probable first.

    One slip is allowed in a short name, two in one of six characters or more; with the same
    number of slips, a name with the same letters goes first, then one with the same beginning.

    >>> nearest("gerp", ["grep", "getp", "gem", "sort"])
    ['grep', 'getp']
    """
    if len(name) < 2 or "/" in name:
        return []
    limit = 2 if len(name) >= 6 else 1
    letters = sorted(name)
    found = []
    for other in names:
        # A deletion changes the length by one; this sorts out most names at once.
        if abs(len(other) - len(name)) > limit or other == name or len(other) < 2:
            continue
        slips = distance(name, other, limit)
        if slips <= limit:
            has_other_letters = sorted(other) != letters
            found.append((slips, has_other_letters, other[0] != name[0], other))
    return [other for *_, other in sorted(found)]


def distance(one: str, other: str, limit: int) -> int:
    """Return how many letters must be inserted, deleted, replaced, or swapped with the next one.

    This is the optimal string alignment distance.

    Args:
        one: a name.
        other: another.
        limit: more slips than these need not be counted; the answer is then any greater number.

    >>> distance("gerp", "grep", 2), distance("sl", "ls", 2), distance("kitten", "sitting", 3)
    (1, 1, 3)
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, above, row = row, before, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
        if min(row) > limit + 1:
            return limit + 1
    return row[-1]
