"""The kernel's side of its shell: starting it, running cells, interrupting, ending.

The kernel has threads, so it does not fork: the shell is spawned. The kernel adopts its orphans.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress

from simpsh.base.errors import SimpshError
from simpsh.base.signal_names import SIGCONT, SIGINT
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, memfd_create, open_file, readable
from simpsh.kernel.signal_pipe import SignalPipe
from simpsh.notebook.cell_output import CellOutput
from simpsh.notebook.cell_shell import BEGAN, CellResult, ShellStarted
from simpsh.process.own_terminal import OwnTerminal
from simpsh.process.pidfd import PidFd
from simpsh.process.subreaper import Subreaper
from simpsh.process.worker import start_simpsh

_AT_ONCE = 1 << 16
_FAREWELL_SECONDS = 2.0
"""How long the shell may take to run its EXIT trap and hang up its jobs."""


class ShellGone(SimpshError):
    """The shell has ended unexpectedly; probably it was killed."""


class CellInterrupted(SimpshError):
    """The cell was interrupted; the rest of it is not run."""


class ShellClient:
    """A shell on its own terminal, and a subreaper for it; raises ShellGone if it did not start."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.terminal = OwnTerminal()
        self.output = CellOutput()
        self._interrupts = 0
        self._record = memfd_create("recording")
        self._subreaper = Subreaper(deadline_seconds=0.5)
        self._subreaper.__enter__()
        words, slave = ["jupyter", "shell", "3", "4"], self.terminal.slave
        nothing = open_file(os.devnull, os.O_RDONLY)
        moves = {0: nothing, 1: slave, 2: slave, 4: self._record}
        self.pid, self.channel = start_simpsh(words, environment, moves)
        close(nothing)
        close(slave)
        self.terminal.slave = -1
        hello = self.channel.receive()
        if not isinstance(hello, ShellStarted):
            self.end()
            raise ShellGone("the shell of this kernel did not start")
        self.refusal = hello.refusal
        """Why there is no recording; empty if there is one."""

    @property
    def record(self) -> str:
        """The path of the recording; empty if there is none."""
        return "" if self.refusal else f"/proc/self/fd/{self._record}"

    def interrupt(self) -> None:
        """Request an interrupt of the running cell, like ^C; called by a signal handler."""
        self._interrupts += 1

    def run(self, text: str, show: Callable[[str], object]) -> CellResult:
        """Run a cell, and pass its output to `show` meanwhile; raise ShellGone."""
        self._interrupts = 0
        try:
            self.channel.send(text)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise ShellGone("the shell of this kernel has ended") from error
        with SignalPipe() as signal_pipe:
            return self._result_of(signal_pipe, show)

    def _result_of(self, signal_pipe: SignalPipe, show: Callable[[str], object]) -> CellResult:
        """Show output and pass on interrupts until the cell has ended and all output has come."""
        result: CellResult | None = None
        has_begun = is_shown = False
        passed_on = 0
        while result is None or not is_shown:
            terminal, channel = self.terminal.master, self.channel.descriptor
            ready = readable((terminal, channel, signal_pipe.descriptor))
            signal_pipe.take()
            # Before BEGAN, an interrupt would end the shell's wait for a cell.
            while has_begun and passed_on < self._interrupts:
                # The shell passes it on to the foreground job, even if that job does not have the
                # terminal yet. A command may have stopped the shell.
                with suppress(OSError):
                    signals.killpg(self.pid, SIGINT)
                    signals.kill(self.pid, SIGCONT)
                passed_on += 1
            if terminal in ready:
                try:
                    data = os.read(terminal, _AT_ONCE)
                except OSError:
                    data = b""  # EIO: no process has the terminal open
                text, is_end = self.output.text_of(data)
                is_shown = is_shown or not data or is_end
                if text:
                    show(text)
            if channel in ready:
                message = self.channel.receive()
                if isinstance(message, CellResult):
                    result = message
                    # A job that outlives the first interrupt ends with a status of its own.
                    result.was_interrupted |= passed_on > 0
                elif message == BEGAN:
                    has_begun = True
                else:
                    raise ShellGone(
                        "the shell of this notebook has ended; the next cell starts a new one"
                    )
        return result

    def hang_up(self) -> None:
        """Make the shell end, from any thread; a running cell ends, too."""
        self.channel.shut()

    def end(self) -> None:
        """End the shell and all its processes; return when nothing is left."""
        self.channel.close()
        # The hang-up sends SIGHUP to the terminal's session.
        self.terminal.close()
        with suppress(OSError), PidFd.open(self.pid) as shell:
            signals.kill(self.pid, SIGCONT)
            readable((shell.fileno(),), _FAREWELL_SECONDS)
        self._subreaper.__exit__()
        if self._record >= 0:
            close(self._record)
            self._record = -1
