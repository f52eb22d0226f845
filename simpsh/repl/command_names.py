"""The names of commands: the programs in PATH, and which one was meant by a name not found."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from simpsh.kernel.program_execution import STANDARD_PATH, find_program
from simpsh.shell.builtins import builtin_registry
from simpsh.shell.builtins.command_lookup import meaning
from simpsh.shell.state import State


class ProgramNames:
    """The names in the directories of PATH."""

    def __init__(self) -> None:
        self._listings: dict[str, tuple[int, list[str]]] = {}
        """Of each directory when it last changed, in nanoseconds, and the names in it."""

    def names(self, path: str) -> Iterator[str]:
        """Go through the names in each directory of PATH, executable or not, some twice."""
        for directory in _directories(path):
            yield from self._listed(directory)

    def starting_with(self, prefix: str, path: str) -> dict[str, str]:
        """Return the programs whose names begin so, with the directory each would be run from."""
        names: dict[str, str] = {}
        for directory in _directories(path):
            for name in self._listed(directory):
                file = os.path.join(directory, name)
                is_new = name.startswith(prefix) and name not in names
                if is_new and os.access(file, os.X_OK) and os.path.isfile(file):
                    names[name] = directory
        return names

    def _listed(self, directory: str) -> Sequence[str]:
        try:
            changed = os.stat(directory).st_mtime_ns
            if self._listings.get(directory, (-1,))[0] != changed:
                self._listings[directory] = changed, os.listdir(directory)
        except OSError:
            # A directory in PATH that is not there, or may not be read, holds no names for us.
            return ()
        return self._listings[directory][1]


def _directories(path: str) -> list[str]:
    # An empty entry means the working directory (POSIX XBD 8.3).
    return list(dict.fromkeys(directory or "." for directory in path.split(":"))) if path else []


class KnownCommands:
    """Which names are commands, as `type` has it; what was found out holds for one prompt."""

    def __init__(self, state: State, words: Sequence[str] = ()) -> None:
        self._state = state
        self._words = words
        """What else begins a line, at the prompt of a lesson."""
        self._found: dict[str, bool] = {}
        self.prompts = 0
        """How often it began anew."""

    @property
    def is_typed(self) -> bool:
        """Whether the constructs are accepted that people type."""
        return self._state.is_typed

    def begin_prompt(self) -> None:
        """Forget what was found: files may have come and gone."""
        self._found.clear()
        self.prompts += 1

    def __contains__(self, name: str) -> bool:
        if name not in self._found:
            path = self._state.variables.get("PATH", "")
            is_known = name in self._words or meaning(name, self._state, path) is not None
            self._found[name] = is_known
        return self._found[name]


class Spelling:
    """Guesses which command, own or in PATH, was meant by a name that was not found."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._programs = ProgramNames()

    def hint(self, name: str) -> str | None:
        """Return what to tell the user below "command not found", or None."""
        if name in _PROMPT_SIGNS:
            return f"leave out the prompt sign {name}, and type what follows it"
        if name in _ELSEWHERE:
            meant = _ELSEWHERE[name]
            known = f" alias {name}='{meant}' makes it known" if name.isalpha() else ""
            return f"did you mean {meant}?{known}"
        path = self._state.variables.get("PATH", "")
        lost = find_program(name, STANDARD_PATH) if "/" not in name else None
        if lost is not None:
            return f"it is {lost}, but PATH is '{path}'; type PATH={STANDARD_PATH}:$PATH"
        state = self._state
        own = {*builtin_registry.NAMES, *state.functions, *state.aliases}
        names = dict.fromkeys((*own, *self._programs.names(path)))
        lines = state.history[-_LINES_LOOKED_AT:]
        typed = [line.split(maxsplit=1)[0] for line in lines if line.strip()]
        near = nearest(name, names, typed)
        guess = next((other for other in near if other in own or find_program(other, path)), "")
        return f"did you mean {guess}?" if guess else None


_LINES_LOOKED_AT = 1000
_PROMPT_SIGNS = ("$", "%", ">>>")
"""What stands before the commands of a page that was copied."""

_ELSEWHERE = {
    "ll": "ls -l",
    "la": "ls -A",
    "l": "ls -CF",
    "cls": "clear",
    "cd..": "cd ..",
    "..": "cd ..",
}
"""Names that mean a command in other shells' usual settings, or on other systems."""

_USUAL = frozenset(
    """
    awk bash bg cat cd chmod clear cp curl cut date df diff du echo env exit explain explore
    export fg file find gcc git grep head help history jobs kill less lesson ln ls make man mkdir
    more mv nano ping printf ps pwd python3 rm rmdir sed sh simpsh sleep sort ssh status step
    strace sudo tail tar tee test time timeline top touch trace tree type uniq vi vim wait wc
    which xargs
    """.split()  # noqa: SIM905 - a hundred quoted words are harder to read
)
"""Names that are typed often."""


def nearest(name: str, names: Iterable[str], typed: Sequence[str] = ()) -> list[str]:
    """Return the names that are few slips of the finger away, the most probable first.

    One slip is allowed in a short name, two in one of six characters or more that begins alike.
    With the same number of slips, what was typed before goes first, then what is typed often
    everywhere, then a name with the same letters, then one with the same beginning.

    >>> nearest("gerp", ["grep", "getp", "gem", "sort"]), nearest("lls", ["llc", "ls"])
    (['grep', 'getp'], ['ls', 'llc'])
    """
    if len(name) < 2 or "/" in name:
        return []
    limit = 2 if len(name) >= 6 else 1
    letters = sorted(name)
    near = []
    for other in names:
        # A deletion changes the length by one; this sorts out most names at once.
        if abs(len(other) - len(name)) > limit or other == name or len(other) < 2:
            continue
        slips = distance(name, other, limit)
        if slips <= limit and (slips < 2 or other[0] == name[0]):
            is_unusual = other not in _USUAL
            has_other_letters = sorted(other) != letters
            has_other_start = other[0] != name[0]
            rank = (slips, -typed.count(other), is_unusual, has_other_letters, has_other_start)
            near.append((rank, other))
    return [other for _, other in sorted(near)]


def distance(word: str, other: str, limit: int) -> int:
    """Return how many letters must be inserted, deleted, replaced, or swapped with the next one.

    This is the optimal string alignment distance; above `limit` it is any greater number.

    >>> distance("gerp", "grep", 2), distance("sl", "ls", 2), distance("kitten", "sitting", 3)
    (1, 1, 3)
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        before, above, row = row, before, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == wanted:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
        if min(row) > limit + 1:
            return limit + 1
    return row[-1]
