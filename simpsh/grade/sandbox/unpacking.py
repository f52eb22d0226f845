"""Unpacks a zip or a tar, without links, devices, and paths that lead out of it.

An archive of a submission is unpacked in the sandbox, where simpsh's files are hidden. So this
module imports nothing of simpsh, and its text is a program: python -c TEXT PATH FOLDER FILES BYTES.
"""

from __future__ import annotations

import os
import shutil
import sys
import tarfile
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

_WITHOUT_MODES = (0, 10, 11, 14)
"""The systems of zips in which a name cannot contain a backslash, and a path may have a drive."""
_ENCRYPTED, _UTF_8 = 1, 0x800
"""Flags of an entry: it needs a password; its name is UTF-8."""
_FILE = 8
"""The type bits of a regular file's mode, shifted; a zip of a system without modes has 0."""
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Refused(Exception):
    """An archive cannot be unpacked; the message says why."""


def unpack(path: str, folder: str, most_files: int, most_bytes: int) -> Iterator[str]:
    """Unpack an archive into a folder; yield a sentence for each entry that is skipped.

    Raises Refused.
    """
    try:
        with open(path, "rb") as file:
            is_zip = file.read(2) == b"PK"
        os.makedirs(folder, exist_ok=True)
        files, room = most_files, most_bytes
        for name, size, moment, mode, data in _zipped(path) if is_zip else _tarred(path):
            files, room = files - 1, room - size
            if files < 0 or room < 0:
                most = f"{most_files} files" if files < 0 else f"{most_bytes >> 20} MiB"
                raise Refused(f"unpacked it has more than {most}")
            target = os.path.join(folder, name)
            try:
                if name.startswith("/") or ".." in name.split("/"):
                    yield f"{name!a} was left out: it leads out of the archive"
                elif name.endswith("/"):
                    os.makedirs(target, exist_ok=True)
                elif data is None:
                    yield f"{name!a} was left out: it is a link or a device"
                else:
                    os.makedirs(os.path.dirname(target), exist_ok=True)
                    _write(target, data, mode)
                    os.utime(target, (moment, moment))
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                yield f"{name!a} was left out: another file has this name"
    except (zipfile.BadZipFile, tarfile.ReadError, zlib.error, EOFError) as error:
        raise Refused("it is damaged") from error
    except OSError as error:
        raise Refused(error.strerror or str(error)) from error
    except (NotImplementedError, RuntimeError, ValueError) as error:
        raise Refused(str(error)) from error


_Entry = tuple[str, int, float, int, "IO[bytes] | None"]
"""The path, with a slash at the end of a folder's; size, time and mode; a regular file's data."""


def _zipped(path: str) -> Iterator[_Entry]:
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.flag_bits & _ENCRYPTED:
                raise Refused("it needs a password")
            name, kind = entry.filename, entry.external_attr >> 28
            if not entry.flag_bits & _UTF_8:
                try:
                    # Many programs write UTF-8 without its flag.
                    name = name.encode("cp437").decode()
                except UnicodeError:
                    pass
            # Macs write two characters for one with an accent.
            name = unicodedata.normalize("NFC", name)
            if entry.create_system in _WITHOUT_MODES:
                name = name.replace("\\", "/")
                name = f"/{name}" if name[1:2] == ":" else name
            try:
                moment = max(0.0, time.mktime((*entry.date_time, 0, 0, -1)))
            except (ValueError, OverflowError):
                moment = 0.0
            is_file = kind in (0, _FILE) and not name.endswith("/")
            data = archive.open(entry) if is_file else None
            yield name, entry.file_size, moment, entry.external_attr >> 16, data


def _tarred(path: str) -> Iterator[_Entry]:
    with tarfile.open(path) as archive:
        for entry in archive:
            name = f"{entry.name}/" if entry.isdir() else entry.name
            data = archive.extractfile(entry) if entry.isreg() else None
            yield name, entry.size, entry.mtime, entry.mode, data


def _write(path: str, data: IO[bytes], mode: int) -> None:
    """Write a new file; programs can be executed, although archives often lose this permission."""
    with data, open(os.open(path, _NEW, 0o644), "wb") as file:
        beginning = data.read(4)
        file.write(beginning)
        shutil.copyfileobj(data, file)
        if mode & 0o111 or beginning[:2] in (b"#!", b"\x7fE"):
            os.fchmod(file.fileno(), 0o755)


if __name__ == "__main__":
    try:
        archive, target, *most = sys.argv[1:]
        notes = unpack(archive, target, *map(int, most))
        sys.stdout.writelines(f"{note}\n" for note in notes)
    except Refused as refusal:
        sys.exit(str(refusal))
