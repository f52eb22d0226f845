"""Lines without an editor: on a dumb terminal, or where the input is no terminal.

The kernel's own line editing serves (termios(3), canonical mode); the prompt goes to standard
error, as POSIX has it. After `exec 2>file` it goes to the terminal, where the user still types.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from enum import Enum

from simpsh.base.record import suppress
from simpsh.kernel.signal_pipe import SignalPipe
from simpsh.repl.prompt_text import PS1, PS2, prompt
from simpsh.shell.shell import Shell


class KeyAnswer(Enum):
    """What the user answers to a prompt when it is no command line."""

    END = "end of input: ^D on an empty line, or the terminal is gone"
    INTERRUPT = "^C: the line is given up"
    AGAIN = "no key: something must be done first, then the prompt comes back"


Answer = str | KeyAnswer

_LINE = 4096
"""The longest line that the kernel's editing gives, in bytes."""


class PlainReader:
    """Reads commands from descriptor 0, prompts on descriptor 2 or the terminal."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._line = b""
        """What was read of the line so far."""
        self._text = ""
        """The lines before it, of a command that is unfinished."""

    def read(self, news: Sequence[str]) -> Answer:
        """Show lines of news, then the prompt; return a command, or what was pressed instead."""
        self._show(*news, "")
        text, self._text = self._text, ""
        with SignalPipe((signal.SIGCHLD,)) as signal_pipe:
            while True:
                name, default = ("PS2", PS2) if text else ("PS1", PS1)
                shown = prompt(self._shell, name, default)
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
                    # What is unfinished is for the parser to complain about.
                    return text or KeyAnswer.END
                text += line
                if self._shell.is_complete(text):
                    return text

    def _read_line(self, signal_pipe: SignalPipe, shown: str) -> str | KeyAnswer:
        """Return a line with its newline, or "" at the end of input."""
        # A program in the input may want the rest, so nothing is read ahead of a newline.
        size = _LINE if os.isatty(0) else 1
        while not self._line.endswith(b"\n"):
            came = signal_pipe.wait_for(0)
            if self._shell.state.traps.pending:
                return KeyAnswer.AGAIN
            if signal.SIGINT in came:
                return KeyAnswer.INTERRUPT
            if came:
                self._shell.collect()
                lines = self._shell.notices()
                if lines:
                    # What was typed so far stays with the kernel: only the prompt is shown again.
                    self._show("", *lines, shown)
                continue
            try:
                data = os.read(0, size)
            except OSError:
                # EIO, EBADF, EISDIR: there will never be another line.
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
        # Not by the observable calls of the kernel room: a narration tells of commands alone.
        data = os.fsencode("\n".join(lines))
        # Where the terminal has hung up, the next read will tell.
        with suppress(OSError):
            while data:
                data = data[os.write(descriptor, data) :]
