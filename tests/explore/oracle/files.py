"""The language of files.c, and all outputs that its programs can have, by a small file system.

A second opinion, which shares no code with simpsh.explore. A program is a word with three parts:
the letters before the fork, of the parent, and of the child. All orders of their calls are
followed. Files are inodes with a length; names are entries of two directories. Data never move an
offset that processes share, because each write appends or is the first one of its open.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import cache
from random import Random

Call = tuple[str, ...]
Letter = Generator[Call, object, None]
DIRECTORY = -1
FAMILIES = {
    "appends": ("ak", "atAe", "aetAuw"),
    "names": ("ab", "mMuUAaB", "mMuUxAB"),
    "directories": ("da", "drivD", "drvIDN"),
    "open files": ("ka", "kwKmuA", "kwKMuta"),
    "counts": ("ad", "uaNdD", "xUbNri"),
}
"""The letters of the beginning, of the parent and of the child, which interact."""
_OPENS = {"a": ("a", "c"), "b": ("b", "c"), "t": ("a", "ct"), "e": ("a", ""), "x": ("b", "cx")}
_CHANGES = {"m": ("rename", "a", "b"), "M": ("rename", "b", "a"), "v": ("rename", "a", "d/a"),
            "u": ("unlink", "a"), "U": ("unlink", "b"),
            "d": ("mkdir", "d"), "r": ("rmdir", "d")}  # fmt: skip
_LOOKS = {"A": "a", "B": "b", "I": "d/a"}


def drawn(random: Random, family: str) -> str:
    """Return a program of a family."""
    before, parent, child = FAMILIES[family]
    return ",".join((
        "".join(one for one in before if random.random() < 0.5),
        "".join(random.choices(parent, k=random.randint(1, 3))),
        "".join(random.choices(child, k=random.randint(1, 3))),
    ))  # fmt: skip


@dataclass(frozen=True)
class Disk:
    """The names, each with its inode, and the lengths of the inodes."""

    names: frozenset[tuple[str, int]] = frozenset()
    lengths: tuple[int, ...] = ()

    def inode(self, path: str) -> int | None:
        return dict(self.names).get(path)

    def named(self, path: str, inode: int | None) -> Disk:
        """Return the disk with another inode, or none, for a name."""
        rest = {each for each in self.names if each[0] != path}
        return replace(self, names=frozenset(rest if inode is None else rest | {(path, inode)}))

    def sized(self, inode: int, length: int) -> Disk:
        lengths = (*self.lengths[:inode], length, *self.lengths[inode + 1 :])
        return replace(self, lengths=lengths)

    def has_parent(self, path: str) -> bool:
        return "/" not in path or self.inode("d") is not None

    def entries(self, path: str) -> int:
        """Return the number of names in a directory."""
        start = "" if path == "." else f"{path}/"
        return sum(f"{start}{name.rpartition('/')[2]}" == name for name, _ in self.names)


def letter(one: str, kept: list[object]) -> Letter:
    """Make the calls of a letter; what it prints is a call, too. `kept` is the file left open."""
    if one in _OPENS or one == "i":
        path, how = _OPENS.get(one, ("d/a", "c"))
        inode = yield ("open", path, how)
        if inode is None:
            yield ("say", "-")
        else:
            yield ("write", inode, "t" not in how)
    elif one in _CHANGES:
        did = yield _CHANGES[one]
        yield ("say", "+" if did else "-")
    elif one in _LOOKS:
        inode = yield ("open", _LOOKS[one], "")
        length = None if inode is None else (yield ("length", inode))
        yield ("say", "-" if length is None else str(length))
    elif one in "ND":
        path = "." if one == "N" else "d"
        is_there = yield ("enter", path)
        yield ("say", str((yield ("list", path))) if is_there else "-")
    elif one == "k":
        kept[:] = [(yield ("open", "a", "c"))]
    elif one == "w" and kept:
        yield ("write", kept[0], True)
    elif one == "K":
        yield ("say", str((yield ("length", kept[0]))) if kept else "-")
    elif one not in "w":
        yield ("say", one)


def next_call(letters: str, results: tuple[object, ...]) -> Call | None:
    """Return the next call of a process whose calls had these results; None at its end."""
    calls = _calls(letters)
    try:
        call = next(calls)
        for result in results:
            call = calls.send(result)
    except StopIteration:
        return None
    return call


def _calls(letters: str) -> Letter:
    kept = list[object]()
    for one in letters:
        yield from letter(one, kept)


def call(disk: Disk, made: Call) -> tuple[object, str, Disk]:
    """Return the result of a call, what it prints, and the disk after it."""
    match made:
        case ("say", text):
            return None, text, disk
        case ("open", path, how):
            inode = disk.inode(path)
            if inode is None:
                if "c" not in how or not disk.has_parent(path):
                    return None, "", disk
                new = len(disk.lengths)
                return new, "", replace(disk.named(path, new), lengths=(*disk.lengths, 0))
            if "x" in how:
                return None, "", disk
            return inode, "", disk.sized(inode, 0) if "t" in how else disk
        case ("write", inode, appends):
            length = disk.lengths[inode]
            return None, "", disk.sized(inode, length + 1 if appends else max(length, 1))
        case ("length", inode):
            return disk.lengths[inode], "", disk
        case ("enter", path):
            return path == "." or disk.inode(path) is not None, "", disk
        case ("list", path):
            return disk.entries(path), "", disk
    return _change(disk, made)


def _change(disk: Disk, made: Call) -> tuple[bool, str, Disk]:
    first = disk.inode(made[1])
    match made:
        case ("unlink", path) if first is not None:
            return True, "", disk.named(path, None)
        case ("mkdir", path) if first is None:
            return True, "", disk.named(path, DIRECTORY)
        case ("rmdir", path) if first is not None and not disk.entries(path):
            return True, "", disk.named(path, None)
        case ("rename", path, to) if first is not None and disk.has_parent(to):
            return True, "", disk.named(path, None).named(to, first)
    return False, "", disk


def outputs(word: str) -> frozenset[str]:
    """Return every possible output of a program."""
    before, *rest = word.split(",")
    disk, results, printed = Disk(), tuple[object, ...](), ""
    while (made := next_call(before, results)) is not None:
        result, text, disk = call(disk, made)
        results, printed = (*results, result), printed + text
    processes = tuple(before + letters for letters in rest)

    @cache
    def follow(disk: Disk, done: tuple[tuple[object, ...], ...]) -> frozenset[str]:
        found = set[str]()
        for who, letters in enumerate(processes):
            made = next_call(letters, done[who])
            if made is not None:
                result, text, later = call(disk, made)
                both = (*done[:who], (*done[who], result), *done[who + 1 :])
                found |= {text + more for more in follow(later, both)}
        return frozenset(found or {""})

    return frozenset(printed + more for more in follow(disk, (results, results)))
