"""Which programs are shells: those that are installed here, and copies of them under any name.

A copy is known by its machine code, the executable segment of its ELF file: a name, a path, a
build id or what is appended to a file can be changed, and it is still the same shell.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache

from simpsh.grade.sandbox.guarded_files import reopen
from simpsh.kernel.program_execution import STANDARD_PATH
from simpsh.process.proc import memory_regions

_NAMES = (
    *("bash", "rbash", "sh", "dash", "ash", "busybox", "toybox", "mksh", "lksh", "ksh", "ksh93"),
    *("oksh", "loksh", "zsh", "yash", "posh", "fish", "tcsh", "csh", "rc", "es", "elvish", "nu"),
)
_BOXES = ("busybox", "toybox")
"""One program with many names: it is a shell only where it is called so."""
_APPLETS = ("sh", "ash", "bash", "hush")
_LOADABLE, _EXECUTABLE = 1, 1
_MOST_HEADERS = 64
_MOST_CODE = 32 << 20
_PIECE = 1 << 20


@cache
def _installed() -> tuple[dict[tuple[int, str], str], frozenset[int]]:
    """Return the shells' files by the size and hash of their code; and all those sizes."""
    found: dict[tuple[int, str], str] = {}
    for path in _paths():
        with suppress(OSError):
            descriptor = _opened(path)
            try:
                first, size = _code(descriptor)
                if size:
                    found.setdefault((size, _hash(descriptor, first, size)), os.path.realpath(path))
            finally:
                os.close(descriptor)
    return found, frozenset(size for size, _ in found)


def _paths() -> Iterator[str]:
    path = f"{os.environ.get('PATH', '')}:{STANDARD_PATH}:/usr/local/bin"
    for folder in dict.fromkeys(filter(os.path.isabs, path.split(":"))):
        yield from (os.path.join(folder, name) for name in _NAMES)
    with suppress(OSError), open("/etc/shells", encoding="utf-8", errors="replace") as file:
        yield from (line.strip() for line in file if line.startswith("/"))


def installed_shell(path: str) -> str:
    """Return the installed shell that a file is, or is a copy of; empty if it is none.

    Args:
        path: of a file, or /proc/PID/exe. What is no regular file is none.
    """
    found, sizes = _installed()
    with suppress(OSError):
        descriptor = _opened(path)
        try:
            first, size = _code(descriptor)
            return found.get((size, _hash(descriptor, first, size)), "") if size in sizes else ""
        finally:
            os.close(descriptor)
    return ""


def is_installed(path: str) -> bool:
    """Return whether a file is an installed shell itself, and no copy of one."""
    return bool(path) and os.path.realpath(path) in map(os.path.realpath, _paths())


def is_called_as_shell(shell: str, argv: Sequence[str]) -> bool:
    """Return whether an installed shell that is executed so is a shell: busybox may be `ls`."""
    if os.path.basename(shell) not in _BOXES:
        return True
    names = [os.path.basename(word).lstrip("-") for word in argv]
    while names and names[0] in _BOXES:
        names = names[1:]
    return bool(names) and names[0] in _APPLETS


def shell_mapped_by(pid: int) -> str:
    """Return the installed shell whose code is mapped by a process; empty if there is none."""
    files = {one.name for one in memory_regions(pid) if "x" in one.permissions and "/" in one.name}
    return next(filter(None, map(installed_shell, sorted(files))), "")


def _opened(path: str) -> int:
    # What a process executes or has mapped is a file that it can choose.
    there = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        return reopen(there)
    finally:
        os.close(there)


def _code(descriptor: int) -> tuple[int, int]:
    """Return where the executable segment of an ELF file begins, and its size; see elf(5)."""
    header = os.pread(descriptor, 64, 0)
    if len(header) < 64 or header[:4] != b"\x7fELF":
        return 0, 0
    is_long, order = header[4] == 2, "<" if header[5] == 1 else ">"
    if is_long:
        (place,) = struct.unpack_from(f"{order}Q", header, 32)
        size, count = struct.unpack_from(f"{order}HH", header, 54)
    else:
        (place,) = struct.unpack_from(f"{order}I", header, 28)
        size, count = struct.unpack_from(f"{order}HH", header, 42)
    wanted = 56 if is_long else 32
    for number in range(min(count, _MOST_HEADERS)):
        entry = os.pread(descriptor, wanted, min(place + number * size, 1 << 62))
        if size < wanted or len(entry) < wanted:
            break
        if is_long:
            kind, flags, first = struct.unpack_from(f"{order}IIQ", entry)
            (length,) = struct.unpack_from(f"{order}Q", entry, 32)
        else:
            kind, first = struct.unpack_from(f"{order}II", entry)
            length, flags = struct.unpack_from(f"{order}I4xI", entry, 16)
        if kind == _LOADABLE and flags & _EXECUTABLE:
            return (first, length) if length <= _MOST_CODE and first < 1 << 62 else (0, 0)
    return 0, 0


def _hash(descriptor: int, first: int, size: int) -> str:
    found = hashlib.sha256()
    for place in range(first, first + size, _PIECE):
        found.update(os.pread(descriptor, min(_PIECE, first + size - place), place))
    return found.hexdigest()
