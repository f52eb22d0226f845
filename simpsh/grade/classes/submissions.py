"""Submissions: what there is in a folder, and which file of one is the program."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.record import Record
from simpsh.grade.sandbox.guarded_files import read_beginning


class NotGiven(SimpshError):
    """A submission holds no program; the message says what was looked for."""


class Submission(Record):
    """What one student has handed in: a file or a folder."""

    name: str
    path: str


def submissions_in(folder: str) -> list[Submission]:
    """Return each entry of a folder, by name; hidden ones are not.

    What is no file and no folder is one, too: its report says that it cannot be judged.

    Raises:
        SimpshError: it cannot be read.
        UsageProblem: there is nothing in it.
    """
    try:
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    except OSError as error:
        raise SimpshError(f"{folder}: {error.strerror}") from error
    if not names:
        raise UsageProblem(f"{folder}: there are no submissions in it")
    return [Submission(name, os.path.join(os.path.abspath(folder), name)) for name in names]


def part_of(count: int, part: str) -> range:
    """Return which of so many submissions are those of one part; raise UsageProblem.

    >>> list(part_of(7, "2/3"))
    [1, 4]
    """
    # Other digits, such as a raised 2, are none for int().
    match = re.fullmatch(r"([0-9]+)/([0-9]+)", part)
    first, parts = map(int, match.groups()) if match else (0, 0)
    if not 1 <= first <= parts:
        raise UsageProblem(f"grade: --part {part}: it is K/N, the Kth of N parts, from 1/N on")
    return range(first - 1, count, parts)


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
    files = [path for path in named if os.path.isfile(path)]
    starts_as_bytes = {ending: text.encode() for ending, text in starts.items()}
    changed = []
    for path in files:
        start = starts_as_bytes.get(path.rpartition(".")[2])
        with suppress(OSError):
            if start is not None and read_beginning(path, len(start) + 1) == start:
                continue
        changed.append(path)
    if changed or files:
        # Of several that were changed, the one that was worked at last.
        return max(changed or files, key=lambda path: os.stat(path).st_mtime)
    every = sorted(os.path.join(place, name) for name in os.listdir(place))
    sources = [path for path in every if path.endswith((".py", ".c")) and os.path.isfile(path)]
    if len(sources) == 1:
        return sources[0]
    if wanted and os.path.isfile(os.path.join(place, "Makefile")):
        return os.path.join(place, wanted)
    names = ", ".join(os.path.basename(path) for path in sources) or "no .py or .c file"
    looked = f"there is no {wanted}, {wanted}.py or {wanted}.c" if wanted else "which program?"
    raise NotGiven(f"{looked}; it holds {names}")
