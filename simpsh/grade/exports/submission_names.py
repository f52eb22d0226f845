"""How course systems name submitted files: an export becomes submissions with the systems' ids.

The patterns are from the sources of the systems; docs/how-to/course-systems.md lists them. An id
always comes from the system's part of a name, never from the student's file name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from simpsh.base.errors import UsageProblem
from simpsh.base.phrases import escaped
from simpsh.base.record import Record, changed
from simpsh.grade.exports.export_files import ExportFile

TITLES = {"moodle": "Moodle", "canvas": "Canvas", "plain": "plain files"}
_MOODLE = re.compile(
    r"(?P<label>[^_/]*)(?:_(?P<id>\d+))?_assignsubmission_[a-z]+(?:_/|/|_)(?P<path>.+)", re.S
)
"""`Jane Doe_4711_assignsubmission_file/two.py`, or with `_` in place of the slash.

A team has its name and the number of the group, or no number: `Default group`. Older versions have
a copy for each member: `Team-Jane Doe_4711_…`.
"""
_CANVAS = re.compile(
    r"(?P<label>[^/]*?)(?:^|_)(?:LATE_)?(?P<id>\d+|anon_[0-9A-Za-z]+)_"
    r"(?:(?P<file>\d+)_(?P<path>[^/]+)|(?P<text>(?:text|link)\.html))",
    re.S,
)
"""`doejane_LATE_101_9001_two.py`: the student's id comes before the file's."""
_OF_FILE_MANAGERS = frozenset(("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini"))
_DOCUMENT = re.compile(
    r"(?i)(?:read.?me|index|license)\b.*|.*\.(?:csv|tsv|xlsx?|ods|pdf|html?|log)"
)


class ExportEntry(Record):
    """A submission of an export."""

    id: str
    """The id that the system gives it."""
    label: str = ""
    """The text that the system writes before the id, such as the student's name."""
    files: tuple[tuple[ExportFile, str], ...] = ()
    """The files, each with its path in the submission, in the system's order."""


class _Name(Record):
    """The parts of a file's name."""

    id: str
    label: str
    path: str
    """The path in the submission."""
    order: int = 0


def recognize(every: Sequence[ExportFile]) -> tuple[str, Sequence[ExportFile]]:
    """Return which of TITLES an export is from, and its files; `plain` if from no system.

    Their paths are relative to the folder that contains everything, which zip programs often add.
    """
    files = [file for file in every if not is_noise(_top(file))]
    tops = {_top(file) for file in files}
    whole = f"{min(tops)}/" if len(tops) == 1 else "/"
    inside = [
        changed(file, path=file.path.removeprefix(whole))
        for file in files
        if file.path.startswith(whole)
    ]
    for each in (files, inside):
        if system := _system_of(each):
            return system, each
    return "plain", files


def _top(file: ExportFile) -> str:
    return file.path.partition("/")[0]


def _system_of(files: Sequence[ExportFile]) -> str:
    """Return the system that most names are from, as a stray file may be there; empty for none."""
    paths = {_top(file): file.path for file in files}.values()
    for system in ("moodle", "canvas"):
        if sum(_read(system, path) is not None for path in paths) * 2 > len(paths):
            return system
    return ""


def entries_of(
    files: Sequence[ExportFile], system: str
) -> tuple[list[ExportEntry], dict[str, str]]:
    """Return the submissions among the files of an export, and a sentence for each other entry.

    Raises UsageProblem: one id has two submissions.
    """
    pieces: dict[str, list[tuple[_Name, ExportFile]]] = {}
    unmatched = {}
    for file in files:
        if (name := _read(system, file.path)) is None:
            unmatched[_top(file)] = f"{escaped(_top(file))}: no submission by its name"
        else:
            pieces.setdefault(name.id.casefold(), []).append((name, file))
    entries = []
    for several in pieces.values():
        first = several[0][0]
        for name, _ in several:
            if name.label != first.label:
                names = " and ".join(escaped(each.label or each.id) for each in (first, name))
                raise UsageProblem(
                    f"grade: two submissions have the id {escaped(first.id)}, of {names}: "
                    "remove one from the export"
                )
        several.sort(key=lambda each: each[0].order)
        its_files = tuple((file, name.path) for name, file in several)
        entries.append(ExportEntry(first.id, first.label, its_files))
    return entries, unmatched


def _read(system: str, path: str) -> _Name | None:
    """Return the parts of a file's name; None if it is no name of this system."""
    if system == "moodle":
        match = _MOODLE.fullmatch(path)
        return match and _Name(match["id"] or match["label"], match["label"], match["path"])
    match = _CANVAS.fullmatch(path)
    if match is None:
        return None
    own_path, order = match["path"] or match["text"], int(match["file"] or 0)
    return _Name(match["id"], match["label"], own_path, order)


def is_noise(top: str) -> bool:
    """Return whether an archiver or a file manager added an entry, by its name."""
    return top.startswith(".") or top.casefold() in _OF_FILE_MANAGERS


def is_document(name: str) -> bool:
    """Return whether a file at the top is about the class, and no submission."""
    return _DOCUMENT.fullmatch(name) is not None


def stem_of(name: str) -> str:
    """Return the name of a plain file without its ending.

    >>> stem_of("ann.tar.gz"), stem_of("ann"), stem_of("ann.c.txt")
    ('ann', 'ann', 'ann')
    """
    ending = re.search(r"(?:\.(?:tar|c|py))?\.\w+$", name)
    return name[: ending.start()] if ending else name


def letters(name: str) -> str:
    """Return a name without the characters that course systems remove from file names."""
    return re.sub(r"[\W_]", "", name).casefold()
