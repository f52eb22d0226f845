"""The files of an export: unpacked if it is a zip, listed, and copied.

Links, devices and paths that lead out of it are skipped, each with a note.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Sequence

from simpsh.base.errors import UsageProblem, naming
from simpsh.base.file_facts import is_link, walk
from simpsh.base.phrases import composed, escaped
from simpsh.base.record import Record
from simpsh.grade.sandbox.guarded_files import kind_of
from simpsh.grade.sandbox.unpacking import Refused, unpack

MOST_FILES = 200_000
MOST_BYTES = 8 << 30
_DEEPEST = 64


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
