"""Writing to the user: output, error messages, colour, progress, the size of the screen.

`say` writes text unchanged, for programs; `show` writes for people, and escapes control characters
in names, arguments and file contents.
"""

from __future__ import annotations

import errno
import os
import sys
import time

from simpsh.base.complaint import Complaint
from simpsh.base.errors import OutputClosed, OutputError, SimpshError
from simpsh.base.phrases import printable
from simpsh.base.screen_cells import fitted
from simpsh.kernel.descriptors import write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_USUAL_WIDTH, _NARROWEST, _USUAL_HEIGHT = 80, 20, 24


def say(text: str, descriptor: int = 1) -> None:
    """Write text, unbuffered, after what `print` still holds back; raises OutputError."""
    write_output(encoded(text), descriptor)


def write_output(data: bytes, descriptor: int = 1) -> None:
    """Write bytes as say() writes text. Raises OutputError."""
    try:
        if descriptor == 1 and sys.stdout is not None:
            sys.stdout.flush()
        write_all(descriptor, data)
    except OSError as error:
        kind = OutputClosed if error.errno == errno.EPIPE else OutputError
        raise kind(error.errno, error.strerror) from None


def show(text: str, descriptor: int = 1, *, is_painted: bool = False) -> None:
    """Write text for people, with control characters escaped; raises OutputError.

    A painted text may contain colours (SGR sequences) of ours; its other parts must be escaped
    already.
    """
    say(shown(text) if is_painted else printable(text), descriptor)


def show_lines(lines: Iterable[str], descriptor: int = 1, *, is_painted: bool = False) -> None:
    """Write lines for people, each with a newline. Raises OutputError."""
    show("".join(f"{line}\n" for line in lines), descriptor, is_painted=is_painted)


def shown(text: str) -> str:
    """Escape all control characters of a text except colours (SGR sequences)."""
    if "\x1b" not in text:
        return printable(text)
    import re

    parts = re.split(r"(\x1b\[[0-9;]*m)", text)
    return "".join(part if index % 2 else printable(part) for index, part in enumerate(parts))


def put(text: str, path: str, mode: int | None = 0o600) -> None:
    """Replace a file, completely or not at all; write to stdout if `path` is empty."""
    if path:
        from simpsh.base.file_store import write_whole

        write_whole(path, text, mode)
    else:
        say(text)


def complain(message: object, origin: str = "simpsh: ", descriptor: int = 2) -> None:
    """Write an error message, after its origin, to standard error; ignore errors of the write.

    On a terminal sentences are wrapped; elsewhere each sentence is one line.
    """
    if isinstance(message, SimpshError):
        complaint = message.complaint()
    elif isinstance(message, Complaint):
        complaint = message
    else:
        complaint = Complaint(in_words(message) if isinstance(message, OSError) else str(message))
    is_terminal = os.isatty(descriptor)
    lines = complaint.lines(origin, width(descriptor) if is_terminal else 0)
    echo("".join(f"{line}\n" for line in lines), descriptor)


def warn(lines: Iterable[str]) -> None:
    """Write lines to standard error; ignore errors of the write."""
    try:
        show_lines(lines, 2)
    except OSError:
        # Standard error is closed; the exit status still reports what happened.
        return


def echo(text: str, descriptor: int = 2) -> None:
    """Write a text unchanged to standard error; ignore errors of the write."""
    try:
        say(text, descriptor)
    except OSError:
        # Standard error is closed or full; the exit status still reports the error.
        return


def in_words(error: OSError) -> str:
    """Return the message for an OSError: `FILE: No such file or directory`."""
    if isinstance(error, OutputError):
        return f"write error: {why(error)}"
    # If no descriptor is left, the file is not at fault.
    is_full = error.errno in (errno.EMFILE, errno.ENFILE)
    if is_full or not isinstance(error.filename, str | bytes):
        return why(error)
    return f"{os.fsdecode(error.filename)}: {why(error)}"


def why(error: OSError) -> str:
    """Return the kernel's words for an error: `No such file or directory`."""
    if str(error.strerror).startswith("No usable temporary directory"):
        # tempfile hides the reason.
        if (most := _most_bytes()) <= _TRIED_BYTES:
            return _too_large(most)
        return "no directory for temporary files can be written to; set TMPDIR to one that can"
    if error.errno == errno.EFBIG and (most := _most_bytes()) < sys.maxsize:
        return _too_large(most)
    return os.strerror(error.errno) if error.errno else str(error)


_TRIED_BYTES = 3
"""tempfile writes one byte more into each directory that it tries."""


def _most_bytes() -> int:
    """Return the limit on the size of a file; see getrlimit(2), RLIMIT_FSIZE."""
    # Imported here because a start needs no limits.
    import resource

    most = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    return sys.maxsize if most == resource.RLIM_INFINITY else most


def _too_large(most: int) -> str:
    return f"{os.strerror(errno.EFBIG)}: a file may have {most} bytes (RLIMIT_FSIZE, `ulimit -f`)"


def encoded(text: str) -> bytes:
    """Encode text for a terminal or a file; surrogate escapes become the original bytes."""
    try:
        return os.fsencode(text)
    except UnicodeEncodeError:
        return text.encode(sys.getfilesystemencoding(), "backslashreplace")


def width(descriptor: int = 1, *, narrowest: int = _NARROWEST) -> int:
    """Return the number of columns: the terminal's, else COLUMNS, else 80."""
    try:
        columns = os.get_terminal_size(descriptor).columns
    except OSError:
        columns = 0
    if not columns:
        # There is no terminal, or its size is unknown. Imported here: a start needs no width.
        from simpsh.base import surroundings

        columns = surroundings.size("COLUMNS", _USUAL_WIDTH)
    return max(narrowest, columns)


def room(descriptor: int = 1) -> int:
    """Return the terminal's columns; without a terminal, a number so large that nothing wraps."""
    return width(descriptor) if os.isatty(descriptor) else sys.maxsize


def height() -> int:
    """Return the number of lines: the terminal's, else LINES, else 24."""
    try:
        lines = os.get_terminal_size(1).lines
    except OSError:
        lines = 0
    if not lines:
        from simpsh.base import surroundings

        lines = surroundings.size("LINES", _USUAL_HEIGHT)
    return lines


def wants_plain(variables: Mapping[str, str] = os.environ) -> bool:
    """Return whether to use the plain form unasked, because the terminal cannot do more."""
    return variables.get("TERM", "") in ("", "dumb", "unknown")


def is_in_colour(descriptor: int = 1, variables: Mapping[str, str] = os.environ) -> bool:
    """Return whether to write in colour; see colours()."""
    return colours(descriptor, variables) > 0


def colours(descriptor: int = 1, variables: Mapping[str, str] = os.environ) -> int:
    """Return how many colours to use: 256, 16, or 0: no terminal, none known by TERM, NO_COLOR."""
    term = variables.get("TERM", "")
    if variables.get("NO_COLOR") or wants_plain(variables) or not os.isatty(descriptor):
        return 0
    has_many = variables.get("COLORTERM") in ("truecolor", "24bit")
    return 256 if has_many or "256color" in term or "kitty" in term else 16


class ProgressLine:
    """A progress line on standard error, redrawn in place, or repeated without a terminal."""

    def __init__(self, *, plain_seconds: float = 0.0) -> None:
        self._is_redrawn = os.isatty(2) and not wants_plain()
        self._between = plain_seconds
        self._next = time.monotonic() + plain_seconds

    def show(self, text: str) -> None:
        """Redraw the line; if that is impossible, write a line at intervals."""
        if self._is_redrawn:
            # A longer line would wrap, and its second row would stay.
            line = fitted(printable(text), width(2) - 1)
            write_all(2, encoded(f"\r\x1b[K{line}"))
        elif self._between and time.monotonic() >= self._next:
            self._next = time.monotonic() + self._between
            warn([text])

    def clear(self) -> None:
        """Erase the line."""
        if self._is_redrawn:
            self.show("")
