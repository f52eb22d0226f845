"""A terminal gives a line when it is complete, or single bytes if a program has asked for that."""

from __future__ import annotations

import os
import termios

from simpsh.process.diagnose.blocked_process import BlockedProcess, Finding, file_words
from simpsh.process.open_files import Descriptor

KEYBOARD = "it waits for the keyboard"
"""What a finding says of a process that reads a terminal, or polls it for input."""

_CONSOLE = "/dev/console"
_LOCAL, _CHARACTERS = 3, 6
_SERIAL_LINES = 64
_END_OF_FILE_KEY = b"\x04"


def reads_terminal(case: BlockedProcess, one: Descriptor, *, is_polled: bool) -> Finding:
    """Find out which key lets a read from a terminal return, and whether it may read there."""
    act = "polls" if is_polled else "reads"
    brief = f"{act} {file_words(one)} as descriptor {one.number}: {KEYBOARD}"
    begin = "It becomes ready" if is_polled else "read(2) returns"
    return Finding("keyboard", brief, (f"{begin} {_when(case, one)}.", *_group_rule(case, one)))


def is_own_terminal(case: BlockedProcess, one: Descriptor) -> bool:
    """Return whether a descriptor leads to the controlling terminal of the process."""
    if not case.seen.tty or one.kind != "terminal":
        return False
    device = _device(case, one)
    if device is None:
        return False
    major, minor = os.major(device), os.minor(device)
    is_dev_tty = (major, minor) == (5, 0)
    return is_dev_tty or minor & 0xFF | major << 8 | (minor & ~0xFF) << 12 == case.seen.tty


def _device(case: BlockedProcess, one: Descriptor) -> int | None:
    try:
        return case.directory.status_of(f"fd/{one.number}").st_rdev
    except OSError:
        return None


def _group_rule(case: BlockedProcess, one: Descriptor) -> tuple[str, ...]:
    if one.target == _CONSOLE or not is_own_terminal(case, one):
        return ()
    if case.seen.is_foreground:
        return ("Its group is the terminal's foreground group.",)
    foreground = f"the terminal's foreground group is {case.seen.tpgid}"
    return (f"It is in group {case.seen.pgid}, {foreground}.",)


def _when(case: BlockedProcess, one: Descriptor) -> str:
    modes = _modes(case, one)
    if modes is None:
        return "when a line is typed, or sooner if the terminal does not wait for lines"
    local, characters = modes
    if local & termios.ICANON:
        has_key = characters[termios.VEOF] == _END_OF_FILE_KEY
        return f"when a line is typed{', or at ^D' if has_key else ''}"
    # Without ICANON tcgetattr gives these two as numbers; of others as bytes.
    least, tenths = (_number(characters[place]) for place in (termios.VMIN, termios.VTIME))
    if least <= 1:
        limit = f", or after {tenths / 10:g} s" if tenths and not least else ""
        return f"as soon as one byte is typed{limit}: the terminal does not wait for lines"
    return f"when {least} bytes are typed (MIN in termios(3)): the terminal does not wait for lines"


def _number(value: int | bytes) -> int:
    return value if isinstance(value, int) else value[0]


def _modes(case: BlockedProcess, one: Descriptor) -> tuple[int, list[bytes | int]] | None:
    """Return the terminal's local modes and special characters; None if it is not to be opened."""
    device = _device(case, one)
    # Opening a serial line sets its control lines; /dev/tty would be our own terminal.
    is_console = device is not None and os.major(device) == 4 and os.minor(device) < _SERIAL_LINES
    if device is None or not (is_console or 136 <= os.major(device) <= 143):
        return None
    flags = os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        opened = os.open(f"/proc/{case.pid}/fd/{one.number}", flags)
    except OSError:
        return None
    try:
        found = termios.tcgetattr(opened)
        return found[_LOCAL], found[_CHARACTERS]
    except termios.error:
        return None
    finally:
        os.close(opened)
