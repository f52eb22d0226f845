"""Finding a program in PATH and executing it, like execvp(3); explaining why that failed.

Shell, tracer, explorer and graders all execute commands through this file, so that failures have
the same message and exit status everywhere.
"""

from __future__ import annotations

import errno
import os
import stat

from simpsh.base import failed_call
from simpsh.base.phrases import named, seen
from simpsh.kernel.processes import execve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


STANDARD_PATH = "/usr/bin:/bin"
"""The value of PATH if it is not set."""

_NOT_FOUND = frozenset((errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG))
"""The errors that mean status 127, program not found. All others mean 126."""
_UNSEEN = (errno.ENOENT, errno.ENOTDIR, errno.EACCES)
"""Errors in a search along PATH that mean a missing file or a missing search permission."""
_SH = "/bin/sh"
_NO_TEXT = frozenset(range(0x20)) - frozenset(b"\t\n\v\f\r\x0e\x0f\x1b") | {0x7F}
"""Control characters except blanks, shifts and escape, as in dash."""
ONE_ARGUMENT_LIMIT = 32 * os.sysconf("SC_PAGE_SIZE")
"""The longest argument, MAX_ARG_STRLEN of execve(2): 128 KiB with pages of 4 KiB."""


# Finding a program.


def search_path(environment: Mapping[str, str]) -> str:
    """Return the directories to search, from an environment's PATH."""
    return environment.get("PATH", STANDARD_PATH)


def candidates(name: str, path: str) -> Iterator[str]:
    """Yield the files that `name` may mean: itself if it has a slash, else along PATH."""
    if "/" in name:
        yield name
    elif name:
        for directory in path.split(":"):
            yield f"{directory}/{name}" if directory else f"./{name}"


def find_program(name: str, path: str) -> str | None:
    """Return the file that would be executed for `name`, or None. See execvp(3)."""
    return next((file for file in candidates(name, path) if not _obstacle(file)), None)


def locate(name: str, path: str) -> tuple[str, int]:
    """Return the file to execute for `name` and 0, or the failure to report and its errno.

    A name with a slash is not checked. ENOENT comes with the bare name.
    """
    if "/" in name:
        return name, 0
    failure = name, errno.ENOENT
    for file in candidates(name, path):
        error = _obstacle(file)
        if not error:
            return file, 0
        failure = _failure_to_report(failure, file, error)
    return failure


def file_to_execute(name: str, environment: Mapping[str, str]) -> str:
    """Return the file that execvp(3) would try for a name; empty if there is none."""
    file, error = locate(name, search_path(environment))
    return "" if error in _NOT_FOUND else file


def _obstacle(file: str) -> int:
    """Return 0 for a regular file that this process may execute, else an errno."""
    try:
        mode = os.stat(file).st_mode
    except OSError as error:
        return error.errno or errno.EIO
    except ValueError:
        return errno.ENOENT  # a NUL byte, or a character that cannot be encoded
    return 0 if stat.S_ISREG(mode) and os.access(file, os.X_OK) else errno.EACCES


def _failure_to_report(before: tuple[str, int], file: str, error: int) -> tuple[str, int]:
    """Return which of two failures to report: the first one other than a missing file.

    A directory counts as a missing file.
    """
    was_missing = before[1] in (errno.ENOENT, errno.ENOTDIR)
    if not was_missing or (error in _UNSEEN and not os.path.lexists(file)):
        return before
    if error == errno.EACCES and os.path.isdir(file):
        return before
    return file, error


# Executing it.


def execute_along_path(
    argv: Sequence[str], environment: Mapping[str, str], path: str
) -> tuple[str, int]:
    """Execute the first file that `argv[0]` may mean; on failure return message and exit status."""
    failure = argv[0], errno.ENOENT
    for file in candidates(argv[0], path):
        error = execute(file, argv, environment)
        failure = (file, error) if file == argv[0] else _failure_to_report(failure, file, error)
    file, error = failure
    failed_call.note("execve", error, file, argv[0])
    return explanation(argv, file, error)


def execute(file: str, argv: Sequence[str], environment: Mapping[str, str]) -> int:
    """Execute a file, with sh if it is a text without `#!`; return only the errno."""
    error = _execve_error(file, argv, environment)
    if error == errno.ENOEXEC and is_text(file):
        return _execve_error(_SH, script_argv(file, argv), environment)
    return error


def script_argv(file: str, argv: Sequence[str]) -> tuple[str, ...]:
    """Return the command that runs a text file as a shell script, with the same arguments."""
    return (_SH, file, *argv[1:])


def _execve_error(file: str, argv: Sequence[str], environment: Mapping[str, str]) -> int:
    try:
        execve(file, argv, environment)
    except OSError as error:
        return error.errno or errno.EIO
    except ValueError:
        return errno.ENOENT  # a NUL byte, or a character that cannot be encoded


def is_text(file: str) -> bool:
    """Return whether a file's first line has no NUL or control character unusual in text."""
    return not _NO_TEXT.intersection(_first_line(file))


# Explaining a failure.


def explanation(argv: Sequence[str], file: str, error: int) -> tuple[str, int]:
    """Return the error message for a command, tried last as `file`, and its status: 127 or 126."""
    return f"{named(argv[0])}: {_reason(argv, file, error)}", 127 if error in _NOT_FOUND else 126


def _reason(argv: Sequence[str], file: str, error: int) -> str:
    words = os.strerror(error)
    exists = os.path.lexists(file) and "/" in file
    if error in _NOT_FOUND and "/" not in argv[0] and not exists:
        return f"command not found{unseen_character(argv[0])}"
    if error == errno.ENOENT and exists and os.path.exists(file):
        name = next(iter(shebang(file)), "")
        if name.endswith("\r"):
            return f"{words}: its first line names '{named(name)}'; {WINDOWS_LINES}"
        if name:
            return f"its interpreter {name} is missing: {words}"
        return f"the loader that it names is missing: {words}"
    if error == errno.EACCES and os.path.isdir(file):
        return os.strerror(errno.EISDIR)
    if error == errno.E2BIG:
        longest = max(len(os.fsencode(word)) for word in argv)
        if longest >= ONE_ARGUMENT_LIMIT:
            limit = f"at most {ONE_ARGUMENT_LIMIT - 1} are allowed"
            return f"{words}: one argument has {longest} bytes, {limit}"
    return words


def unseen_character(name: str) -> str:
    """Return a remark about a character of an unknown name that a terminal does not show; or ""."""
    if name.startswith("\ufeff"):
        return "; it begins with a byte order mark: save the file without one"
    hidden = [char for char in name if char > "\x7f" and seen(char) != char < "\ud800"]
    if hidden:
        problem = "looks like a blank but is not" if hidden[0].isspace() else "is invisible"
        return f"; {seen(hidden[0])} {problem}: retype it"
    if name.endswith("\r"):
        return f"; it ends in a carriage return: {WINDOWS_LINES}"
    return ""


WINDOWS_LINES = r"if the file has Windows line ends (CR LF), remove them: sed -i 's/\r$//' FILE"
"""The remedy for carriage returns at the ends of lines."""


def shebang(file: str) -> list[str]:
    """Return the words after a script's `#!`; the kernel splits only at spaces and tabs."""
    line = _first_line(file).replace(b"\t", b" ")
    words = line[2:].split(b" ") if line.startswith(b"#!") else []
    return [os.fsdecode(word) for word in words if word]


def _first_line(file: str) -> bytes:
    """Return at most 256 bytes of a file's first line; empty if it cannot be read."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return b""
    try:
        return os.read(descriptor, 256).split(b"\n", 1)[0]
    except OSError:
        return b""
    finally:
        os.close(descriptor)
