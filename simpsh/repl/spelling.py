"""Which command was meant by a name that was not found."""

from __future__ import annotations

from simpsh.builtins import registry
from simpsh.repl.commands import ProgramNames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from simpsh.state import State


class Spelling:
    """Guesses among the builtins and the programs in PATH."""

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
        names = dict.fromkeys((*registry.NAMES, *self._programs.names(path)))
        for guess in nearest(name, names):
            if registry.is_builtin(guess) or self._programs.find(guess, path):
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
