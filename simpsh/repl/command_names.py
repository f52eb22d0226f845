"""The names of commands: programs in PATH, and similar names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence


def program_names(path: str) -> Iterator[str]:
    """Yield the names in the directories of PATH, with duplicates and non-executable files."""
    for directory in _directories(path):
        yield from _list(directory)


def programs_starting_with(prefix: str, path: str) -> dict[str, str]:
    """Return the programs with this prefix, and the directory where each one is found first."""
    names: dict[str, str] = {}
    for directory in _directories(path):
        for name in _list(directory):
            file = os.path.join(directory, name)
            is_new = name.startswith(prefix) and name not in names
            if is_new and os.access(file, os.X_OK) and os.path.isfile(file):
                names[name] = directory
    return names


def _list(directory: str) -> Sequence[str]:
    try:
        return os.listdir(directory)
    except OSError:
        # The directory is missing or may not be read.
        return ()


def _directories(path: str) -> list[str]:
    # An empty entry means the working directory (POSIX XBD 8.3).
    return list(dict.fromkeys(directory or "." for directory in path.split(":"))) if path else []


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


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """Return the names that a typing error or two turns into `name`, the most probable first.

    A short name may have one error; a name of six or more characters may have two if its first
    letter is right. Ties are broken by whether the name is a common command, has the same letters,
    or begins alike.

    >>> nearest("gerp", ["grep", "getp", "gem", "sort"]), nearest("lls", ["llc", "ls"])
    (['grep', 'getp'], ['ls', 'llc'])
    """
    if len(name) < 2 or "/" in name:
        return []
    limit = 2 if len(name) >= 6 else 1
    letters = sorted(name)
    near = []
    for other in names:
        # Fast path: every error changes the length by at most one.
        if abs(len(other) - len(name)) > limit or other == name or len(other) < 2:
            continue
        errors = distance(name, other, limit)
        if errors <= limit and (errors < 2 or other[0] == name[0]):
            is_unusual = other not in _USUAL
            has_other_letters = sorted(other) != letters
            has_other_start = other[0] != name[0]
            rank = (errors, is_unusual, has_other_letters, has_other_start)
            near.append((rank, other))
    return [other for _, other in sorted(near)]


def distance(word: str, other: str, limit: int) -> int:
    """Return the optimal string alignment distance of two words.

    It counts insertions, deletions, replacements and swaps of neighbouring letters; above `limit`
    the result may be any greater number.

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
