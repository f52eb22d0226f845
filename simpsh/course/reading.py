"""Reading a line at a stop, with the kernel's own line editing: termios(3), canonical mode.

`^C` and end of input leave the lesson. `^Z` suspends simpsh as it does any program; when it goes
on in the foreground the prompt is shown again.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType

    Handler = Callable[[int, FrameType | None], object]

_INPUT, _OUTPUT = 0, 1
_LINE = 4096


class Left(Exception):
    """The student has left: `:quit`, `^C`, or the end of the input."""


def ask(prompt: str) -> str:
    """Show a prompt and return the line that is typed, without blanks around it.

    Raises:
        Left: at `^C` or at the end of the input.
    """
    sys.stdout.flush()
    _write(prompt)
    with _signals(prompt):
        try:
            line = _read_line()
        except KeyboardInterrupt:
            _write("\n")
            raise Left from None
    if not line:
        _write("\n")
        raise Left
    if not os.isatty(_INPUT):
        # The kernel echoes what is typed; nobody echoes what comes from a pipe.
        _write(line if line.endswith("\n") else f"{line}\n")
    return line.strip()


def _read_line() -> str:
    # A shell opened at the next stop may want the rest of a pipe: nothing is read ahead.
    size = _LINE if os.isatty(_INPUT) else 1
    data = b""
    while not data.endswith(b"\n"):
        part = os.read(_INPUT, size)
        if not part:
            break
        data += part
    return os.fsdecode(data)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGINT raise KeyboardInterrupt, also where this process began with another disposition.

    A lesson that is left while it runs something is left as at a stop: saved, in one line.
    """
    with _handled({signal.SIGINT: signal.default_int_handler}):
        yield


@contextmanager
def _signals(prompt: str) -> Iterator[None]:
    """While a stop waits: SIGINT interrupts, and SIGCONT shows the prompt again."""

    def show_again(_number: int, _frame: FrameType | None) -> None:
        if os.isatty(_OUTPUT) and os.tcgetpgrp(_OUTPUT) == os.getpgrp():
            _write(prompt)

    with _handled({signal.SIGINT: signal.default_int_handler, signal.SIGCONT: show_again}):
        yield


@contextmanager
def _handled(handlers: Mapping[signal.Signals, Handler]) -> Iterator[None]:
    """Have these handlers, and afterwards those that were there before."""
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, disposition in before.items():
            if disposition is not None:
                signal.signal(number, disposition)


def _write(text: str) -> None:
    data = text.encode(errors="replace")
    while data:
        data = data[os.write(_OUTPUT, data) :]
