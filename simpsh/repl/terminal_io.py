"""Keyboard and screen without an editor: raw mode, and the first prompt.

This file must not import prompt_toolkit, which takes most of the start.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import termios

from simpsh.base.complete_write import write_all
from simpsh.base.record import suppress
from simpsh.base.screen_cells import width_of
from simpsh.console import shown
from simpsh.kernel.descriptors import OWN_LOWEST
from simpsh.shell.jobs.controlling_terminal import PROMPT_TIME, modes_of, retry, set_modes
from simpsh.shell.jobs.interrupts import bytes_waiting
from simpsh.shell.jobs.terminal_reset import KEYS_RESET, to_column_zero

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from io import TextIOWrapper

    from simpsh.shell.jobs.controlling_terminal import Modes, Terminal

_INPUT, _LOCAL, _CHARACTERS = 0, 3, 6
"""Indices into the list of tcgetattr."""


def enter_raw_mode(descriptor: int, terminal: Terminal | None) -> Modes:
    """Enter raw mode; return the previous modes.

    Nothing is flushed: typed bytes stay in the terminal's queue. `terminal` has the modes for jobs,
    if the terminal is shared with them. Raises EOFError: the terminal has hung up, or this process
    is in an orphaned background group. See termios(3).
    """
    try:
        before = modes_of(descriptor)
        raw = [*before]
        raw[_INPUT] &= ~(termios.IXON | termios.IXOFF | termios.INLCR | termios.IGNCR)
        raw[_INPUT] |= termios.ICRNL
        raw[_LOCAL] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
        raw[_CHARACTERS] = [*before[_CHARACTERS]]
        raw[_CHARACTERS][termios.VMIN] = 1
        raw[_CHARACTERS][termios.VTIME] = 0 if terminal is None else PROMPT_TIME
        set_modes(descriptor, raw, termios.TCSANOW)
    except termios.error as error:
        raise EOFError from error
    return before


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def paint_early(
    screen: TextIOWrapper, terminal: Terminal, prompt: str, notices: Sequence[str]
) -> bool:
    """Enter raw mode, and show notices and the prompt; return whether that was done.

    From here on keys are not echoed, and stay in the terminal's queue until the editor reads them.
    The editor draws its first prompt over this one, so the prompt must fit in a row.
    """
    with suppress(OSError, EOFError):  # the terminal has hung up, which the editor will report
        columns = os.get_terminal_size(screen.fileno()).columns
        text = _COLOUR.sub("", prompt)
        if not text.isprintable() or width_of(text) >= columns:
            return False
        enter_raw_mode(0, terminal)
        # The echo of keys that were typed early is no output without a newline.
        begin = to_column_zero(columns, marks=not bytes_waiting(0))
        lines = "".join(f"{shown(line)}\r\n" for line in notices)
        data = f"{KEYS_RESET}{begin}{lines}\x1b[1m{prompt}\x1b[0m"
        write_all(screen.fileno(), data.encode(errors="replace"))
        return True
    return False


def has_input(descriptor: int) -> bool:
    """Return whether a read would not block."""
    return bool(retry(lambda: select.select([descriptor], (), (), 0)[0]))


def has_hung_up(descriptor: int) -> bool:
    """Return whether the terminal has hung up."""
    hang_up = select.poll()
    hang_up.register(descriptor, 0)
    return bool(retry(lambda: hang_up.poll(0)))


def is_foreground(descriptor: int) -> bool:
    """Return whether this process may read from the terminal. See tcgetpgrp(3)."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        # ENOTTY: it is not our controlling terminal, so process groups do not matter.
        return True


def open_screen() -> TextIOWrapper:
    """Open a stream to the terminal that is independent of `exec 2>file`."""
    terminal = 2 if os.isatty(2) else 1
    descriptor = fcntl.fcntl(terminal, fcntl.F_DUPFD_CLOEXEC, OWN_LOWEST)
    # Replace characters that cannot be encoded.
    return open(descriptor, "w", encoding="utf-8", errors="replace", newline="")
