"""The files of an export: unpacked, copied, and read as submissions by their names.

Links, devices and paths that lead out of an export are skipped, each with a note. The patterns of
names are from the sources of Moodle and Canvas. An id always comes from the system's part of a
name, never from the student's file name.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Sequence

from simpsh.base.errors import UsageProblem, naming
from simpsh.base.file_facts import is_link, walk
from simpsh.base.phrases import composed, escaped
from simpsh.base.record import Record, changed
from simpsh.grade.sandbox.guarded_files import kind_of
from simpsh.grade.sandbox.unpacking import Refused, unpack

MOST_FILES = 200_000
MOST_BYTES = 8 << 30
_DEEPEST = 64
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
    r"(?:\d+_(?P<path>[^/]+)|(?P<text>(?:text|link)\.html))",
    re.S,
)
"""`doejane_LATE_101_9001_two.py`: the student's id comes before the file's."""
_PATTERNS = {"moodle": _MOODLE, "canvas": _CANVAS}
_OF_FILE_MANAGERS = frozenset(("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini"))
_DOCUMENT = re.compile(
    r"(?i)(?:read.?me|index|license)\b.*|.*\.(?:csv|tsv|xlsx?|ods|pdf|html?|log)"
)


class ExportFile(Record):
    """A regular file of an export."""

    path: str
    """Relative to the export, composed()."""
    source: str


def unpack_export(path: str, folder: str) -> list[str]:
    """Unpack a zip; return a sentence for each entry that is skipped.

    Raises UsageProblem: it is no zip, damaged, encrypted, or larger than the limits.
    """
    try:
        return [escaped(note) for note in unpack(path, folder, MOST_FILES, MOST_BYTES)]
    except Refused as refusal:
        words = f"{path}: {refusal}; download it again, or give the unpacked folder"
        raise UsageProblem(words) from refusal


def files_below(top: str) -> tuple[list[ExportFile], list[str]]:
    """Return the regular files in a folder, and a sentence for each other entry."""
    files, skipped = list[ExportFile](), list[str]()
    for folder, folders, names in walk(top):
        inside = os.path.relpath(folder, top)
        if inside.count("/") >= _DEEPEST:
            skipped.append(f"{escaped(inside)}: it is more than {_DEEPEST} folders deep")
            folders.clear()
        # A student's folder may be in the folder of the class.
        if inside != "." and not folders and not names and inside.count("/") < 2:
            skipped.append(f"{escaped(inside)}: its folder is empty")
        links = [each for each in folders if is_link(os.path.join(folder, each))]
        for name in sorted([*names, *links]):
            source = os.path.join(folder, name)
            path, mode = composed(os.path.relpath(source, top)), os.lstat(source).st_mode
            if stat.S_ISREG(mode):
                files.append(ExportFile(path, source))
            else:
                skipped.append(f"{escaped(path)}: it is {kind_of(mode)}")
    return sorted(files, key=lambda file: file.path), skipped


def copy_files(files: Sequence[tuple[ExportFile, str]], folder: str) -> list[str]:
    """Copy files to paths in a new folder, with their times, which make(1) compares.

    Return a sentence for each file that has another one's path. Raises SimpshError.
    """
    os.mkdir(folder, 0o700)
    skipped = []
    for file, path in files:
        target = os.path.join(folder, path)
        if os.path.lexists(target):
            skipped.append(f"{escaped(file.path)}: another file has this name")
            continue
        with naming(file.source):
            os.makedirs(os.path.dirname(target), 0o700, exist_ok=True)
            shutil.copy2(file.source, target, follow_symlinks=False)
    return skipped


# ------------------------------------------------------------------ the names of submitted files


class ExportEntry(Record):
    """A submission of an export."""

    id: str
    """The id that the system gives it."""
    label: str = ""
    """The text that the system writes before the id, such as the student's name."""
    files: tuple[tuple[ExportFile, str], ...] = ()
    """The files, each with its path in the submission."""


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
    for system, pattern in _PATTERNS.items():
        if sum(pattern.fullmatch(path) is not None for path in paths) * 2 > len(paths):
            return system
    return ""


def entries_of(
    files: Sequence[ExportFile], system: str
) -> tuple[list[ExportEntry], dict[str, str]]:
    """Return the submissions among the files of an export, and a sentence for each other entry.

    Raises UsageProblem: one id has two submissions.
    """
    entries: dict[str, ExportEntry] = {}
    unmatched = {}
    for file in files:
        match = _PATTERNS[system].fullmatch(file.path)
        if match is None:
            unmatched[_top(file)] = f"{escaped(_top(file))}: no submission by its name"
            continue
        found = match.groupdict("")
        id_, label = found["id"] or found["label"], found["label"]
        before = entries.get(id_.casefold(), ExportEntry(id_, label))
        if before.label != label:
            names = " and ".join(escaped(each or id_) for each in (before.label, label))
            raise UsageProblem(
                f"grade: two submissions have the id {escaped(id_)}, of {names}: "
                "remove one from the export"
            )
        its_files = (*before.files, (file, found["path"] or found.get("text", "")))
        entries[id_.casefold()] = changed(before, files=its_files)
    return [*entries.values()], unmatched


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
