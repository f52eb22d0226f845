"""Finding a program in the directories of PATH, and saying why one cannot be executed."""

from __future__ import annotations

import errno
import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_FOUND = frozenset((errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG))
"""The errors that mean 127: there is no such program. Every other one means 126."""

_ONE_ARGUMENT_LIMIT = 32 * 4096
"""What a single argument may take, MAX_ARG_STRLEN of execve(2): 128 KiB."""


def candidates(name: str, path: str) -> Iterator[str]:
    """Return the files that `name` may mean, in order: itself with a slash, else along PATH.

    An empty entry of PATH is the working directory; see execvp(3).
    """
    if "/" in name:
        yield name
    elif name:
        for directory in path.split(":"):
            yield f"{directory}/{name}" if directory else f"./{name}"


def find_program(name: str, path: str) -> str | None:
    """Return the file that would be executed for `name`, or None. See execvp(3)."""
    for file in candidates(name, path):
        if is_program(file):
            return file
    return None


def is_program(file: str) -> bool:
    """Tell whether the file is a regular one that we may execute."""
    try:
        mode = os.stat(file).st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) and os.access(file, os.X_OK)


def exit_status(error: int) -> int:
    """Return 127 or 126, as POSIX XCU 2.8.2 has it, for the errno of a failed execve."""
    return 127 if error in NOT_FOUND else 126


def explanation(name: str, file: str, error: int, argv: tuple[str, ...]) -> str:
    """Say in one line why `name`, tried last as `file`, cannot be executed."""
    is_there = os.path.lexists(file) and "/" in file
    if error in NOT_FOUND and "/" not in name and not is_there:
        return f"{name}: command not found"
    if error == errno.ENOENT and is_there and os.path.exists(file):
        return f"{name}: {_what_is_missing(file)}: {os.strerror(error)}"
    if error == errno.EACCES and os.path.isdir(file):
        return f"{name}: {os.strerror(errno.EISDIR)}"
    if error == errno.E2BIG:
        longest = max(len(os.fsencode(word)) for word in argv)
        if longest >= _ONE_ARGUMENT_LIMIT:
            why = f"one argument has {longest} bytes, at most {_ONE_ARGUMENT_LIMIT - 1} are allowed"
            return f"{name}: {os.strerror(error)}: {why}"
    return f"{name}: {os.strerror(error)}"


def _what_is_missing(file: str) -> str:
    interpreter = interpreter_of(file)
    if interpreter:
        return f"its interpreter {interpreter} is missing"
    return "the loader that it names is missing"


def interpreter_of(file: str) -> str:
    """Return the program that a script's `#!` line names, or nothing."""
    line = _beginning(file).split(b"\n", 1)[0]
    if not line.startswith(b"#!"):
        return ""
    words = line[2:].split(maxsplit=1)
    return os.fsdecode(words[0]) if words else ""


def is_text(file: str) -> bool:
    """Tell whether a file without a format of its own may be a shell script.

    As POSIX suggests (XCU 2.9.1.4): no NUL byte before the first newline.
    """
    return b"\0" not in _beginning(file).split(b"\n", 1)[0]


def _beginning(file: str) -> bytes:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return b""
    try:
        return os.read(descriptor, 256)
    except OSError:
        return b""
    finally:
        os.close(descriptor)
