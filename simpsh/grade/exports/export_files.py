"""The files of an export, a zip or a folder: listed and copied within limits.

Nothing in an export is trusted. Links, devices and paths that lead out of the export are skipped
and listed. An export that is larger than the limits is refused before anything is written.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import struct
import time
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import BinaryIO

from simpsh.base.errors import SimpshError, UsageProblem, naming
from simpsh.base.file_facts import is_link, walk
from simpsh.base.phrases import composed, escaped
from simpsh.base.record import Record, changed
from simpsh.grade.sandbox.guarded_files import kind_of, open_path, opened

MOST_FILES = 200_000
MOST_BYTES = 8 << 30
_DEEPEST = 64
_TOP = 2
"""The most slashes in the name of a student's folder, which may be in that of the class."""
_ENCRYPTED = 1
"""The bit of an entry's flags that says that it needs a password."""
_WINDOWS = (0, 10, 11, 14)
"""The systems of Microsoft in the field "version made by" of a zip: FAT, NTFS and VFAT."""
_EXTENDED_TIME = 0x5455
"""The extra field of a zip that has the time of a file in seconds since 1970, in UTC."""
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
"""Errors of zipfile for a zip that is damaged, encrypted, or compressed with an unknown method."""


class ExportFile(Record):
    """A regular file of an export."""

    path: str
    """Relative to the export, with slashes."""
    size: int
    time: float
    """When it was changed, as the export records it: seconds since 1970."""
    is_program: bool
    source: str | zipfile.ZipInfo
    """Its path in a folder, or its entry in a zip."""


class Export:
    """A zip or a folder; raises SimpshError if it cannot be read."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.name = os.path.basename(os.path.abspath(path)).removesuffix(".zip")
        self.left_out: list[str] = []
        """The entries that are skipped, with the reason."""
        self._zip: zipfile.ZipFile | None = None
        with naming(path):
            self.is_folder = stat.S_ISDIR(os.stat(path).st_mode)
            if not self.is_folder and not zipfile.is_zipfile(path):
                raise UsageProblem(f"{path}: an export is a zip or a folder, and this is neither")
            self.files = list(self._in_folder() if self.is_folder else self._in_zip())

    def require_limits(self) -> None:
        """Raise UsageProblem if the files exceed the limits: nothing must be copied then."""
        size = sum(file.size for file in self.files)
        if len(self.files) > MOST_FILES or size > MOST_BYTES:
            raise UsageProblem(
                f"{self.path}: unpacked it has {len(self.files):,} files and {size >> 20:,} MiB; "
                f"{MOST_FILES:,} files and {MOST_BYTES >> 20:,} MiB are accepted"
            )

    def close(self) -> None:
        """Close the zip."""
        if self._zip is not None:
            self._zip.close()

    def top_folder(self) -> str:
        """Return the folder that contains all files; empty if there is none."""
        tops = {file.path.partition("/")[0] for file in self.files}
        is_one = len(tops) == 1 and all("/" in file.path for file in self.files)
        return tops.pop() if is_one else ""

    def enter(self, top: str) -> None:
        """Make the paths relative to the only folder, which zip programs often add."""
        self.name = top
        inside = len(top) + 1
        self.files = [changed(file, path=file.path[inside:]) for file in self.files]

    def _in_zip(self) -> Iterator[ExportFile]:
        try:
            self._zip = zipfile.ZipFile(self.path)
        except _DAMAGE as error:
            raise UsageProblem(f"{self.path}: a damaged zip: {error}; download it again") from None
        entries = self._zip.infolist()
        names = [_name_of(entry) for entry in entries]
        filled = {clean_path(name.rpartition("/")[0]) for name in names if name[-1:] != "/"}
        above = {path[: match.start()] for path in filled for match in re.finditer("/|$", path)}
        for entry, name in zip(entries, names, strict=True):
            path, kind = clean_path(name), entry.external_attr >> 28
            if name.endswith("/"):
                if path not in above and path.count("/") < _TOP:
                    self._leave_out(path, "its folder is empty")
                continue
            if entry.flag_bits & _ENCRYPTED:
                self.close()
                words = f"{escaped(path)} needs a password; give the unpacked folder"
                raise UsageProblem(f"{self.path}: {words}")
            # The mode is 0 in a zip from a system without Unix modes.
            if kind not in (0, stat.S_IFREG >> 12):
                self._leave_out(path, f"it is {kind_of(kind << 12)}")
            elif name.startswith("/") or ".." in name.split("/") or _has_drive(entry):
                self._leave_out(name, "it leads out of the export")
            else:
                mode = entry.external_attr >> 16
                yield ExportFile(path, entry.file_size, _time_of(entry), bool(mode & 0o111), entry)

    def _in_folder(self) -> Iterator[ExportFile]:
        for folder, folders, names in walk(self.path):
            inside = os.path.relpath(folder, self.path)
            if inside.count("/") >= _DEEPEST:
                self._leave_out(inside, f"it is more than {_DEEPEST} folders deep")
                folders.clear()
            if inside != "." and not folders and not names and inside.count("/") < 1:
                self._leave_out(inside, "its folder is empty")
            links = [each for each in folders if is_link(os.path.join(folder, each))]
            for name in sorted([*names, *links]):
                source = os.path.join(folder, name)
                status = os.lstat(source)
                path = clean_path(os.path.join(inside, name))
                if not stat.S_ISREG(status.st_mode):
                    self._leave_out(path, f"it is {kind_of(status.st_mode)}")
                    continue
                is_program = bool(status.st_mode & 0o111)
                yield ExportFile(path, status.st_size, status.st_mtime, is_program, source)

    def _leave_out(self, path: str, why: str) -> None:
        self.left_out.append(f"{escaped(path)}: {why}")

    def open(self, file: ExportFile) -> BinaryIO:
        """Open a file for reading; raise OSError, or an error of _DAMAGE."""
        if self._zip is None or isinstance(file.source, str):
            return opened(open_path(str(file.source)))
        return self._zip.open(file.source)  # type: ignore[return-value]  # it reads bytes

    def copy(self, files: Sequence[tuple[ExportFile, str]], folder: str) -> None:
        """Copy files to paths in a new folder, with their times.

        If two files have the same path, the second is skipped. Raises SimpshError: a file is
        damaged, or cannot be written.
        """
        os.mkdir(folder, 0o700)
        for index, (file, path) in enumerate(files):
            target = os.path.join(folder, path)
            with naming(f"{self.path}: {escaped(file.path)}"), _refuse_damage(self, file):
                try:
                    os.makedirs(os.path.dirname(target), 0o700, exist_ok=True)
                    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
                    copy = os.open(target, flags, 0o755 if file.is_program else 0o644)
                except (FileExistsError, NotADirectoryError):
                    self._leave_out(file.path, "another file has this name")
                    continue
                with open(copy, "wb") as writing, self.open(file) as reading:
                    shutil.copyfileobj(reading, writing)
                # The index keeps files with the same time in the order of the system.
                moment = max(0, int(file.time)) * 1_000_000_000 + index
                os.utime(target, ns=(moment, moment))


@contextmanager
def _refuse_damage(export: Export, file: ExportFile) -> Iterator[None]:
    """Raise UsageProblem for a damaged zip."""
    try:
        yield
    except SimpshError:
        raise
    except _DAMAGE as error:
        words = f"{export.path}: {escaped(file.path)}: {error}"
        raise UsageProblem(f"{words}; download the export again") from error


def clean_path(path: str) -> str:
    """Return a path without empty parts and dots, and composed().

    >>> clean_path("./ann//two.c")
    'ann/two.c'
    """
    parts = (part for part in path.split("/") if part not in ("", "."))
    return composed("/".join(parts))


def _name_of(entry: zipfile.ZipInfo) -> str:
    """Return the path of an entry, with slashes.

    Many programs write UTF-8 without setting the flag for it. Some of Windows write backslashes,
    which no name there can contain.
    """
    name = entry.filename
    if not entry.flag_bits & 0x800:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode()
    return name.replace("\\", "/") if entry.create_system in _WINDOWS else name


def _has_drive(entry: zipfile.ZipInfo) -> bool:
    return entry.create_system in _WINDOWS and entry.filename[1:2] == ":"


def _time_of(entry: zipfile.ZipInfo) -> float:
    """Return when an entry was changed: in UTC if the zip has it, else as local time."""
    extra = entry.extra
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        if kind == _EXTENDED_TIME and size >= 5 and extra[4] & 1:
            return float(struct.unpack("<i", extra[5:9])[0])
        extra = extra[4 + size :]
    try:
        return time.mktime((*entry.date_time, 0, 0, -1))
    except (ValueError, OverflowError):
        return 0.0
