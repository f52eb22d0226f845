"""How course systems name submitted files: an export becomes submissions with the systems' ids.

The patterns are from the sources of the systems; docs/how-to/course-systems.md lists them. An id
always comes from the system's part of a name, never from the student's file name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

from simpsh.base.errors import UsageProblem
from simpsh.base.phrases import escaped
from simpsh.base.record import Record
from simpsh.grade.exports.export_files import Export, ExportFile

TITLES = {"moodle": "Moodle", "canvas": "Canvas", "plain": "plain files"}
_MOODLE = re.compile(
    r"(?P<label>[^_/]*)(?:_(?P<id>\d+))?_assignsubmission_[a-z]+(?:_/|/|_)(?P<path>.+)", re.S
)
_CANVAS = re.compile(
    r"(?=(?:^|_)(?:(?P<late>LATE)_)?(?P<id>\d+|anon_[0-9A-Za-z]+)_"
    r"(?:(?P<file>\d+)_(?P<path>.+)|(?P<text>(?:text|link)\.html)$))",
    re.S,
)
_NAME_AND_ID = re.compile(r"(?P<label>[^_/]+)_(?P<id>[^_/]+)_(?P<path>.+)", re.S)
RosterNames = Mapping[str, str]
"""The name of each student in the roster by id, in lower case."""


class ExportEntry(Record):
    """A submission of an export."""

    id: str
    """The id that the system gives it."""
    label: str
    """The text that the system writes before the id, such as the student's name."""
    files: tuple[tuple[ExportFile, str], ...]
    """The files, each with its path in the submission, in the system's order."""
    is_late: bool = False


class Piece(Record):
    """The parts of a file's name."""

    id: str
    label: str
    path: str
    """The path in the submission."""
    is_late: bool = False
    order: int = 0


Reader = Callable[[str], Piece | None]


def recognize_system(export: Export) -> str:
    """Return which of TITLES an export is from; enters the folder that contains everything."""
    if system := _system_of(export):
        return system
    if top := export.top_folder():
        original = export.name, export.files
        export.enter(top)
        if system := _system_of(export):
            return system
        # If there is only one student, the student's folder looks the same but directly has files.
        is_class = top == original[0] or all("/" in file.path for file in export.files)
        if export.is_folder or not is_class:
            export.name, export.files = original
    return "plain"


def _system_of(export: Export) -> str:
    """Return the system whose form the files have as they are; empty for none."""
    tops = {file.path.partition("/")[0]: file.path for file in export.files}
    paths = [path for top, path in tops.items() if not is_noise(top)]
    for system in ("moodle", "canvas"):
        # Most names must match, not all: a stray file does not change the system.
        if sum(_reader(system, {})(path) is not None for path in paths) * 2 > len(paths):
            return system
    return ""


def submissions_of(
    export: Export, system: str, roster: RosterNames
) -> tuple[list[ExportEntry], list[str]]:
    """Return the submissions of an export, and a sentence for each other entry.

    Raises UsageProblem: one id has two submissions.
    """
    read = _reader(system, roster)
    pieces: dict[str, list[tuple[Piece, ExportFile]]] = {}
    unmatched: dict[str, str] = {}
    for file in export.files:
        top = file.path.partition("/")[0]
        if is_noise(top):
            continue
        if (piece := read(file.path)) is None:
            unmatched[top] = f"{escaped(top)}: no submission by its name"
        else:
            pieces.setdefault(piece.id.casefold(), []).append((piece, file))
    submissions = []
    for several in pieces.values():
        first = several[0][0]
        for piece, _ in several:
            if (piece.label, piece.is_late) != (first.label, first.is_late):
                names = " and ".join(escaped(each.label or each.id) for each in (first, piece))
                raise UsageProblem(
                    f"grade: two submissions have the id {escaped(first.id)}, of {names}: "
                    "remove one from the export"
                )
        several.sort(key=lambda each: each[0].order)
        files = tuple((file, piece.path) for piece, file in several)
        submissions.append(ExportEntry(first.id, first.label, files, first.is_late))
    return submissions, [*unmatched.values()]


_OF_FILE_MANAGERS = frozenset(("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini"))
_DOCUMENT = re.compile(
    r"(?i)(?:read.?me|index|license)\b.*|.*\.(?:csv|tsv|xlsx?|ods|pdf|html?|log)"
)


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


# ------------------------------------------------------------------- the names of each system


def _reader(system: str, roster: RosterNames) -> Reader:
    if system == "moodle":
        return _moodle
    return partial(_canvas if system == "canvas" else _plain, roster=roster)


def _moodle(path: str) -> Piece | None:
    """Read `Jane Doe_4711_assignsubmission_file/two.py`, or with `_` in place of the slash.

    A team has its name and the number of the group, or no number: `Default group`. Older versions
    have a copy for each member: `Team-Jane Doe_4711_…`.
    """
    match = _MOODLE.fullmatch(path)
    return Piece(match["id"] or match["label"], match["label"], match["path"]) if match else None


def _canvas(path: str, roster: RosterNames) -> Piece | None:
    """Read `doejane_LATE_101_9001_two.py`: the student's id comes before the file's.

    A student's name may hold such numbers, too: the roster decides between the readings.
    """
    readings = []
    for match in _CANVAS.finditer(path):
        label = path[: match.start()]
        inside = match["path"] or match["text"]
        piece = Piece(match["id"], label, inside, bool(match["late"]), int(match["file"] or 0))
        name = letters(roster.get(piece.id, ""))
        readings.append((bool(name) and name == letters(label), piece.id in roster, piece))
    return max(readings, key=lambda each: each[:2])[2] if readings and "/" not in path else None


def _plain(path: str, roster: RosterNames) -> Piece | None:
    """Read `jdoe.py` or `jdoe/two.py`.

    `Jane Doe_4711_two.py`, as before Moodle 2.3, has the id 4711 if the roster has it with this
    name.
    """
    match = _NAME_AND_ID.fullmatch(path)
    named = roster.get(match["id"].casefold(), "") if match else ""
    if match and named and letters(named) == letters(match["label"]):
        return Piece(match["id"], match["label"], match["path"])
    name, _, inside = path.partition("/")
    if inside:
        return Piece(name, name, inside)
    return None if is_document(name) else Piece(stem_of(name), name, name)
