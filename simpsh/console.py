"""Writing to a person: output, complaints, the width of the screen, colour, a line of progress.

Every room writes through this file. `say` writes what a program may read, as it is; `show` writes
for a person, so that no control character of a name, an argument or a file reaches the terminal.
Text that cannot be encoded is written with backslash escapes: what can be said is better than a
traceback.
"""

from __future__ import annotations

import errno
import os
import sys
import time

from simpsh.base import descriptor_limit
from simpsh.base.complaint import Complaint
from simpsh.base.errors import OutputClosed, OutputError, SimpshError
from simpsh.base.phrases import printable
from simpsh.base.screen_cells import fitted
from simpsh.kernel.descriptors import write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_USUAL_WIDTH, _NARROWEST = 80, 20


def say(text: str, descriptor: int = 1) -> None:
    """Write text, unbuffered, after what `print` still holds back.

    Raises OutputError: EPIPE, ENOSPC, EBADF …
    """
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
    """Write text for a person: whatever names, arguments or files hold, the terminal obeys none.

    A painted text has colours of ours (SGR sequences), which pass. Who paints a text that came from
    elsewhere escapes it first. Raises OutputError.
    """
    say(shown(text) if is_painted else printable(text), descriptor)


def show_lines(lines: Iterable[str], descriptor: int = 1, *, is_painted: bool = False) -> None:
    """Write lines for a person, each with a newline. Raises OutputError."""
    show("".join(f"{line}\n" for line in lines), descriptor, is_painted=is_painted)


def shown(text: str) -> str:
    """Return a text that has colours of ours (SGR sequences) with all else of it escaped."""
    if "\x1b" not in text:
        return printable(text)
    import re

    parts = re.split(r"(\x1b\[[0-9;]*m)", text)
    return "".join(part if place % 2 else printable(part) for place, part in enumerate(parts))


def put(text: str, path: str, mode: int | None = 0o600) -> None:
    """Write a text into a file, whole or not at all; to standard output if `path` is empty.

    Raises SimpshError: the file cannot be written. OutputError.
    """
    if path:
        from simpsh.base.file_store import write_whole

        write_whole(path, text, mode)
    else:
        say(text)


def complain(message: object, origin: str = "simpsh: ", descriptor: int = 2) -> None:
    """Write an error message to standard error, as far as it can be written to.

    It begins with its origin: the program, in a script also the file and line. An OSError is
    described in the kernel's words. Only on a terminal sentences are wrapped: a program gets each
    as one line.
    """
    if isinstance(message, OSError) and not isinstance(message, SimpshError):
        message = in_words(message)
    complaint = message if isinstance(message, Complaint) else Complaint(str(message))
    is_terminal = os.isatty(descriptor)
    lines = complaint.lines(origin, width(descriptor) if is_terminal else 0)
    before, after = _marks if is_terminal else ("", "")
    echo("".join((before, *(f"{line}\n" for line in lines), after)), descriptor)


_marks = ("", "")


def mark_complaints(before: str, after: str) -> None:
    """Have complaints stand between marks on a terminal, by which a notebook knows them."""
    global _marks
    _marks = before, after


def warn(lines: Iterable[str]) -> None:
    """Write lines to standard error, as far as it can be written to."""
    try:
        show_lines(lines, 2)
    except OSError:
        # No process reads standard error; the exit status still tells what happened.
        return


def echo(text: str, descriptor: int = 2) -> None:
    """Write a text to standard error as it is, as far as it can be written to."""
    try:
        say(text, descriptor)
    except OSError:
        # No process reads it, or the device is full; the exit status still reports the error.
        return


def in_words(error: OSError) -> str:
    """Return an error of the kernel's as people read it: `FILE: No such file or directory`."""
    if isinstance(error, OutputError):
        return f"write error: {why(error)}"
    # If no descriptor is left, the file that was to be opened is not at fault.
    if descriptor_limit.is_met(error) or not isinstance(error.filename, str | bytes):
        return why(error)
    return f"{os.fsdecode(error.filename)}: {why(error)}"


def why(error: OSError) -> str:
    """Return the kernel's own words for an error: `No such file or directory`.

    One error is of the tempfile module: none of its directories can be written to.
    """
    if str(error.strerror).startswith("No usable temporary directory"):
        return "no directory for temporary files can be written to; set TMPDIR to one that can"
    if descriptor_limit.is_met(error):
        return descriptor_limit.limit_words(error.errno)
    return os.strerror(error.errno) if error.errno else str(error)


def encoded(text: str) -> bytes:
    """Return text as bytes for a terminal or a file; bytes that were no UTF-8 come back as such."""
    try:
        return os.fsencode(text)
    except UnicodeEncodeError:
        return text.encode(sys.getfilesystemencoding(), "backslashreplace")


def width(descriptor: int = 1, *, narrowest: int = _NARROWEST) -> int:
    """Return how many columns there are: the terminal's, else COLUMNS, else 80."""
    try:
        columns = os.get_terminal_size(descriptor).columns
    except OSError:
        columns = 0
    if not columns:
        # No terminal, or one to which no size was given.
        told = os.environ.get("COLUMNS", "")
        columns = int(told) if told.isdecimal() and len(told) < 6 else _USUAL_WIDTH
    return max(narrowest, columns)


def room(descriptor: int = 1) -> int:
    """Return the columns of the terminal; without one a large number: lines need no end."""
    return width(descriptor) if os.isatty(descriptor) else sys.maxsize


def height() -> int:
    """Return how many lines there are: the terminal's, else LINES, else 24."""
    try:
        return os.get_terminal_size(1).lines
    except OSError:
        lines = os.environ.get("LINES", "")
        return int(lines) if lines.isdecimal() and len(lines) < 6 else 24


def wants_plain(variables: Mapping[str, str] = os.environ) -> bool:
    """Return whether the plain form is the better one unasked: the terminal can only print."""
    return variables.get("TERM", "") in ("", "dumb", "unknown")


def is_in_colour(descriptor: int = 1, variables: Mapping[str, str] = os.environ) -> bool:
    """Return whether colour is wanted and shown: see colours()."""
    return colours(descriptor, variables) > 0


def colours(descriptor: int = 1, variables: Mapping[str, str] = os.environ) -> int:
    """Return how many colours are wanted and shown: 256, 16, or 0.

    None without a terminal, on one that is dumb, and under NO_COLOR (no-color.org).
    """
    term = variables.get("TERM", "")
    if variables.get("NO_COLOR") or term == "dumb" or not os.isatty(descriptor):
        return 0
    has_many = variables.get("COLORTERM") in ("truecolor", "24bit")
    return 256 if has_many or "256color" in term or "kitty" in term else 16


class ProgressLine:
    """One line on standard error that is written over; without a terminal, one now and then."""

    def __init__(self, *, plain_seconds: float = 0.0) -> None:
        self._is_redrawn = os.isatty(2) and os.environ.get("TERM", "dumb") != "dumb"
        self._between = plain_seconds
        self._next = time.monotonic() + plain_seconds

    def show(self, text: str) -> None:
        """Write the line in place of the one before; where it cannot be, a line at intervals."""
        if self._is_redrawn:
            # A longer one would go on in the next line, which is not written over.
            line = fitted(printable(text), width(2) - 1)
            write_all(2, encoded(f"\r\x1b[K{line}"))
        elif self._between and time.monotonic() >= self._next:
            self._next = time.monotonic() + self._between
            warn([text])

    def clear(self) -> None:
        """Leave an empty line behind."""
        if self._is_redrawn:
            self.show("")
