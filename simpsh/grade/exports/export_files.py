"""The files of an export, a zip or a folder: listed and copied within limits.

Nothing in an export is trusted. Links, devices and paths that lead out of the export are skipped
and listed. An export that is larger than the limits is refused before anything is written.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import BinaryIO

from simpsh.base.errors import UsageProblem, naming
from simpsh.base.file_facts import is_link, walk
from simpsh.base.phrases import composed, escaped
from simpsh.base.record import Record, changed
from simpsh.grade.sandbox.guarded_files import kind_of, open_path, opened

MOST_FILES = 200_000
MOST_BYTES = 8 << 30
_DEEPEST = 64
_ENCRYPTED, _UTF_8 = 1, 0x800
"""Flags of an entry: it needs a password; its name is UTF-8."""
_UNIX = 3
"""The system of an entry in which a name may contain a backslash."""
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
"""Errors of zipfile for a zip that is damaged, encrypted, or compressed with an unknown method."""


class ExportFile(Record):
    """A regular file of an export."""

    path: str
    """Relative to the export, with slashes."""
    size: int
    time: float
    """When it was changed, in seconds since 1970: make(1) compares the times of files."""
    is_program: bool
    source: str | zipfile.ZipInfo
    """Its path in a folder, or its entry in a zip."""


@contextmanager
def opened_export(path: str) -> Iterator[Export]:
    """Open a zip or a folder for a block; raise SimpshError if it cannot be read."""
    with ExitStack() as opening:
        with naming(path), _refuse_damage(path):
            archive = None
            if not stat.S_ISDIR(os.stat(path).st_mode):
                if not zipfile.is_zipfile(path):
                    words = "an export is a zip or a folder, and this is neither"
                    raise UsageProblem(f"{path}: {words}")
                archive = opening.enter_context(zipfile.ZipFile(path))
            export = Export(path, archive)
        yield export


class Export:
    """The files of a folder, or of a zip."""

    def __init__(self, path: str, archive: zipfile.ZipFile | None) -> None:
        self.path = path
        self._archive = archive
        self.is_folder = archive is None
        self.left_out: list[str] = []
        """The entries that are skipped, with the reason."""
        found = self._in_folder() if archive is None else self._in_zip(archive)
        self.files: list[ExportFile] = list(found)

    def require_limits(self) -> None:
        """Raise UsageProblem if the files exceed the limits: nothing must be copied then."""
        size = sum(file.size for file in self.files)
        if len(self.files) > MOST_FILES or size > MOST_BYTES:
            raise UsageProblem(
                f"{self.path}: unpacked it has {len(self.files):,} files and {size >> 20:,} MiB; "
                f"{MOST_FILES:,} files and {MOST_BYTES >> 20:,} MiB are accepted"
            )

    def below(self, top: str) -> list[ExportFile]:
        """Return the files in a folder of the export, with paths relative to it."""
        inside = f"{top}/"
        mine = [file for file in self.files if file.path.startswith(inside)]
        return [changed(file, path=file.path.removeprefix(inside)) for file in mine]

    def _in_zip(self, archive: zipfile.ZipFile) -> Iterator[ExportFile]:
        filled: set[str] = set()
        empty: dict[str, None] = {}
        for entry in archive.infolist():
            name = _name_of(entry)
            path, kind = clean_path(name), entry.external_attr >> 28
            has_drive = entry.create_system != _UNIX and name[1:2] == ":"
            if name.endswith("/"):
                empty[path] = None
            elif entry.flag_bits & _ENCRYPTED:
                words = f"{escaped(path)} needs a password; give the unpacked folder"
                raise UsageProblem(f"{self.path}: {words}")
            # The mode is 0 in a zip from a system without Unix modes.
            elif kind not in (0, stat.S_IFREG >> 12):
                self._leave_out(path, f"it is {kind_of(kind << 12)}")
            elif name.startswith("/") or ".." in name.split("/") or has_drive:
                self._leave_out(name, "it leads out of the export")
            else:
                filled |= {path[:index] for index, char in enumerate(path) if char == "/"}
                is_program = bool(entry.external_attr >> 16 & 0o111)
                yield ExportFile(path, entry.file_size, _time_of(entry), is_program, entry)
        for path in empty:
            # A student's folder may be in that of the class.
            if path not in filled and path.count("/") < 2:
                self._leave_out(path, "its folder is empty")

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
                if stat.S_ISREG(status.st_mode):
                    is_program = bool(status.st_mode & 0o111)
                    yield ExportFile(path, status.st_size, status.st_mtime, is_program, source)
                else:
                    self._leave_out(path, f"it is {kind_of(status.st_mode)}")

    def _leave_out(self, path: str, why: str) -> None:
        self.left_out.append(f"{escaped(path)}: {why}")

    def _open(self, file: ExportFile) -> BinaryIO:
        if self._archive is None or isinstance(file.source, str):
            return opened(open_path(str(file.source)))
        return self._archive.open(file.source)  # type: ignore[return-value]  # it reads bytes

    def copy(self, files: Sequence[tuple[ExportFile, str]], folder: str) -> None:
        """Copy files to paths in a new folder, with their times.

        If two files have the same path, the second is skipped. Raises SimpshError: a file is
        damaged, or cannot be written.
        """
        os.mkdir(folder, 0o700)
        for file, path in files:
            target, source = os.path.join(folder, path), f"{self.path}: {escaped(file.path)}"
            with naming(source), _refuse_damage(source):
                try:
                    os.makedirs(os.path.dirname(target), 0o700, exist_ok=True)
                    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
                    copy = os.open(target, flags, 0o755 if file.is_program else 0o644)
                except (FileExistsError, NotADirectoryError):
                    self._leave_out(file.path, "another file has this name")
                    continue
                with open(copy, "wb") as writing, self._open(file) as reading:
                    shutil.copyfileobj(reading, writing)
                os.utime(target, (file.time, file.time))


@contextmanager
def _refuse_damage(source: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise UsageProblem(f"{source}: a damaged zip: {error}; download it again") from error


def clean_path(path: str) -> str:
    """Return a path without empty parts and dots, and composed().

    >>> clean_path("./ann//two.c")
    'ann/two.c'
    """
    parts = (part for part in path.split("/") if part not in ("", "."))
    return composed("/".join(parts))


def _name_of(entry: zipfile.ZipInfo) -> str:
    """Return the path of an entry, with slashes.

    Many programs write UTF-8 without setting the flag for it. Some of Windows write backslashes.
    """
    name = entry.filename
    if not entry.flag_bits & _UTF_8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode()
    return name if entry.create_system == _UNIX else name.replace("\\", "/")


def _time_of(entry: zipfile.ZipInfo) -> float:
    try:
        return max(0.0, time.mktime((*entry.date_time, 0, 0, -1)))
    except (ValueError, OverflowError):
        return 0.0
