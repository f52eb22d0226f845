"""Submissions: what there is in a folder, what is in one of them, and which file is the program."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.record import Record

_PIECE = 1 << 20


class NotGiven(SimpshError):
    """A submission holds no program; the message says what was looked for."""


class Submission(Record):
    """What one student has handed in: a file or a folder."""

    name: str
    path: str

    @property
    def content(self) -> str:
        """A hash of all that is in it: names, kinds, texts."""
        found = hashlib.sha256()
        for path in _walk(self.path):
            mode = os.lstat(path).st_mode
            kind = f"{os.path.relpath(path, self.path)}\0{stat.S_IFMT(mode)}\0{mode & 0o111}\0"
            found.update(os.fsencode(kind))
            if stat.S_ISLNK(mode):
                found.update(os.fsencode(os.readlink(path)))
            elif stat.S_ISREG(mode):
                with open(path, "rb") as file:
                    while piece := file.read(_PIECE):
                        found.update(piece)
        return found.hexdigest()


def submissions_in(folder: str) -> list[Submission]:
    """Return each entry of a folder that is a file or a folder, by name; hidden ones are not.

    Raises:
        SimpshError: it cannot be read.
        UsageProblem: there is nothing in it.
    """
    try:
        with os.scandir(folder) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if not entry.name.startswith(".")
                and (entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False))
            )
    except OSError as error:
        raise SimpshError(f"{folder}: {error.strerror}") from error
    if not names:
        raise UsageProblem(f"{folder}: there are no submissions in it")
    return [Submission(name, os.path.join(os.path.abspath(folder), name)) for name in names]


def part_of(count: int, part: str) -> range:
    """Return which of so many submissions are those of one part.

    Args:
        count: how many there are.
        part: K/N: the Kth of N parts.

    Raises:
        UsageProblem: it is no such thing.

    >>> list(part_of(7, "2/3"))
    [1, 4]
    """
    first, slash, second = part.partition("/")
    if not (slash and first.isdigit() and second.isdigit() and 1 <= int(first) <= int(second)):
        raise UsageProblem(f"grade: --part {part}: it is K/N, the Kth of N parts, from 1/N on")
    return range(int(first) - 1, count, int(second))


def copy_into(source: str, name: str, directory: str) -> str:
    """Copy a submission; no link is followed, and what is no file, folder or link is left out.

    Args:
        source: where it can be read.
        name: what it is called.
        directory: an empty one.

    Raises:
        OSError: ENOSPC …; it cannot be copied.
    """
    target = os.path.join(directory, name)
    if not os.path.isdir(source):
        # The source is a link itself, of /proc/self/fd; what it leads to is none.
        shutil.copyfile(source, target)
        os.chmod(target, 0o755 if _is_program(source) else 0o644)
        return target
    shutil.copytree(source, target, symlinks=True, ignore=_special, copy_function=_copy)
    return target


def _special(folder: str, names: Sequence[str]) -> list[str]:
    kinds = {name: os.lstat(os.path.join(folder, name)).st_mode for name in names}
    wanted = (stat.S_ISREG, stat.S_ISDIR, stat.S_ISLNK)
    return [name for name, mode in kinds.items() if not any(is_a(mode) for is_a in wanted)]


def _copy(source: str, target: str) -> str:
    shutil.copyfile(source, target, follow_symlinks=False)
    if not os.path.islink(target):
        shutil.copystat(source, target)
        # Never a set-user-id bit; and who may run it may read it.
        os.chmod(target, 0o755 if _is_program(source) else 0o644)
    return target


def _is_program(path: str) -> bool:
    """Return whether a file may be executed, or could: archives often lose the permission."""
    with open(path, "rb") as file:
        return os.fstat(file.fileno()).st_mode & 0o111 != 0 or file.read(4)[:2] in (b"#!", b"\x7fE")


def program_in(place: str, wanted: str, starts: Mapping[str, str]) -> str:
    """Return the source or program of a submission.

    Args:
        place: the file or folder that was handed in.
        wanted: what it is called, without an ending where the language is free: two-children.
        starts: what students began with, by ending; such a file counts only if it was changed.

    Raises:
        NotGiven: it is not there, or it is not clear which file it is.
    """
    if not os.path.isdir(place):
        return place
    named = [os.path.join(place, wanted + end) for end in ("", ".py", ".c")] if wanted else []
    found = [path for path in named if os.path.isfile(path)]
    changed = [path for path in found if not _is_start(path, starts)]
    if changed or found:
        # Of several that were changed, the one that was worked at last.
        return max(changed or found, key=lambda path: os.stat(path).st_mtime)
    every = sorted(os.path.join(place, name) for name in os.listdir(place))
    sources = [path for path in every if path.endswith((".py", ".c")) and os.path.isfile(path)]
    if len(sources) == 1:
        return sources[0]
    if wanted and os.path.isfile(os.path.join(place, "Makefile")):
        return os.path.join(place, wanted)
    names = ", ".join(os.path.basename(path) for path in sources) or "no .py or .c file"
    looked = f"there is no {wanted}, {wanted}.py or {wanted}.c" if wanted else "which program?"
    raise NotGiven(f"{looked}; it holds {names}")


def _is_start(path: str, starts: Mapping[str, str]) -> bool:
    end = path.rpartition(".")[2]
    with open(path, encoding="utf-8", errors="replace") as file:
        return end in starts and file.read() == starts[end]


def _walk(path: str) -> Iterator[str]:
    yield path
    if os.path.isdir(path) and not os.path.islink(path):
        for name in sorted(os.listdir(path)):
            yield from _walk(os.path.join(path, name))
