"""Which programs are shells: those that are installed here, and copies of them under any name.

A copy is known by its machine code, the pages of the executable segment of its ELF file. A name, a
path, a build id, what is appended to a file, and some of the code can be changed: it is still the
same shell.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache, partial

from simpsh.grade.sandbox.guarded_files import reopen
from simpsh.kernel.program_execution import STANDARD_PATH
from simpsh.process.proc import memory, memory_regions

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
_PAGE = 4096
_MOST_LOOKED_AT = 64
_ENOUGH = 4  # one page in so many


@cache
def _installed() -> dict[bytes, str]:
    """Return the shells' files by the hashes of the pages of their code."""
    found: dict[bytes, str] = {}
    for path in _paths():
        with suppress(OSError):
            descriptor = _opened(path)
            try:
                first, size = _code(descriptor)
                shell = os.path.realpath(path)
                for place in range(first, first + size, _PAGE):
                    found.setdefault(_hash(os.pread(descriptor, _PAGE, place)), shell)
            finally:
                os.close(descriptor)
    return found


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
    with suppress(OSError):
        descriptor = _opened(path)
        try:
            return _shell_with(*_code(descriptor), partial(_read, descriptor))
        finally:
            os.close(descriptor)
    return ""


def _read(descriptor: int, place: int) -> bytes:
    return os.pread(descriptor, _PAGE, place)


def _shell_with(first: int, size: int, page_at: Callable[[int], bytes]) -> str:
    """Return the installed shell of which code is a copy: of some of its pages, many are the same.

    Args:
        first: where the code begins.
        size: how many bytes it has.
        page_at: returns the page at a place.
    """
    step = _PAGE * max(1, size // (_PAGE * _MOST_LOOKED_AT))
    pages = [page_at(place) for place in range(first, first + size, step)]
    # Pages of one byte are no shell's own.
    hashes = [_hash(page) for page in pages if page.strip(page[:1])]
    found = Counter(shell for one in hashes if (shell := _installed().get(one)))
    shell, count = next(iter(found.most_common(1)), ("", 0))
    return shell if count * _ENOUGH > len(hashes) else ""


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
    """Return the installed shell whose code is in a process's memory; empty if there is none.

    The memory tells, and not the names of files: code may have been copied there.
    """
    for one in memory_regions(pid):
        # The kernel's own page lies beyond what pread(2) can name.
        if "x" in one.permissions and one.name != "[vsyscall]":
            size = min(one.end - one.first, _MOST_CODE)
            if shell := _shell_with(one.first, size, lambda place: memory(pid, place, _PAGE)):
                return shell
    return ""


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


def _hash(page: bytes) -> bytes:
    return hashlib.blake2b(page, digest_size=16).digest()
