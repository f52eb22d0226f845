"""Reads lines without an editor: on a dumb terminal, or if the input is not a terminal.

Lines are edited by the kernel (termios(3), canonical mode). The prompt is written to standard
error, as in POSIX, or to the terminal after `exec 2>file`.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from enum import Enum

from simpsh.base.complete_write import write_all
from simpsh.base.record import Record, suppress
from simpsh.kernel.signal_pipe import SignalPipe
from simpsh.repl.prompt_text import continuation, first_prompt, own_prompt
from simpsh.shell.shell import Shell


class KeyAnswer(Enum):
    """The answer to a prompt if it is not a command."""

    END = "end of input: ^D on an empty line, or the terminal is gone"
    INTERRUPT = "^C: the line is discarded"
    AGAIN = "no key: the prompt is shown again after something else"


class Unfinished(Record):
    """A text that ^D ended although something in it is open; nothing of it is run."""

    text: str


Answer = str | Unfinished | KeyAnswer

_LINE = 4096
"""The longest line of canonical mode, in bytes."""


class PlainReader:
    """Reads commands from descriptor 0, prompts on descriptor 2 or on the terminal."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._line = b""
        """The incomplete line."""
        self._text = ""
        """The previous lines of an incomplete command."""

    def read(self, notices: Sequence[str]) -> Answer:
        """Show notices and the prompt; return a command, or the key that ended the prompt."""
        self._show(*notices, "")
        text, self._text = self._text, ""
        with SignalPipe((signal.SIGCHLD,)) as signal_pipe:
            while True:
                if text:
                    own = own_prompt(self._shell, "PS2")
                    shown = continuation(own, self._shell.unfinished(text))
                else:
                    shown = first_prompt(self._shell)
                self._show(shown)
                line = self._read_line(signal_pipe, shown)
                if line is KeyAnswer.AGAIN:
                    self._text = text
                    self._show("\n")
                    return line
                if isinstance(line, KeyAnswer):
                    self._show("\n")
                    self._line = b""
                    return line
                if not line:
                    self._show("\n")
                    return Unfinished(text) if text else KeyAnswer.END
                text += line
                if self._shell.is_complete(text):
                    return text

    def _read_line(self, signal_pipe: SignalPipe, shown: str) -> str | KeyAnswer:
        """Return a line with its newline; empty at the end of input."""
        # A program may read the rest of the input, so do not read ahead.
        size = _LINE if os.isatty(0) else 1
        while not self._line.endswith(b"\n"):
            arrived = signal_pipe.wait_for(0)
            if self._shell.state.traps.pending:
                return KeyAnswer.AGAIN
            if signal.SIGINT in arrived:
                return KeyAnswer.INTERRUPT
            if arrived:
                self._shell.collect()
                lines = self._shell.notices()
                if lines:
                    # The kernel keeps the typed part of the line, so show only the prompt again.
                    self._show("", *lines, shown)
                continue
            try:
                data = os.read(0, size)
            except OSError:
                # EIO, EBADF or EISDIR: no more lines can be read.
                break
            if not data:
                break
            self._line += data
        line, self._line = self._line, b""
        return os.fsdecode(line)

    def _show(self, *lines: str) -> None:
        terminal = self._shell.launcher.context.terminal
        is_hidden = terminal is not None and os.isatty(0) and not os.isatty(2)
        descriptor = terminal.descriptor if terminal is not None and is_hidden else 2
        # Do not use the observable calls of the kernel package: only commands are narrated.
        data = os.fsencode("\n".join(lines))
        # If the terminal has hung up, the next read will report it.
        with suppress(OSError):
            write_all(descriptor, data)
