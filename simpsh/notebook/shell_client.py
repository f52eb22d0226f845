"""The kernel's side of its shell: starting it, running cells, interrupting, ending.

The kernel has threads, so it does not fork: the shell is spawned. The kernel adopts its orphans.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress

from simpsh.base.errors import SimpshError
from simpsh.base.signal_names import SIGCONT, SIGINT, SIGKILL
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, memfd_create, open_file, readable
from simpsh.kernel.signal_pipe import SignalPipe
from simpsh.notebook.cell_output import CellOutput, CellReader
from simpsh.notebook.cell_shell import BEGAN, END_OF_CELL, CellResult, ShellRequest, ShellStarted
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

    def __init__(self, environment: Mapping[str, str], *, is_recorded: bool) -> None:
        self.terminal = OwnTerminal()
        self.output = CellOutput()
        self._interrupts = 0
        self._record = memfd_create("recording") if is_recorded else -1
        self._subreaper = Subreaper(deadline_seconds=0.5)
        self._subreaper.__enter__()
        words, slave = ["jupyter", "shell", "3"], self.terminal.slave
        nothing = open_file(os.devnull, os.O_RDONLY)
        moves = {0: nothing, 1: slave, 2: slave}
        if self._record >= 0:
            words.append("4")
            moves[4] = self._record
        self.pid, self.channel = start_simpsh(words, environment, moves)
        close(nothing)
        close(slave)
        self.terminal.slave = -1
        hello = self.channel.receive()
        if not isinstance(hello, ShellStarted):
            self.end()
            raise ShellGone("the shell of this kernel did not start")
        self.refusal = hello.refusal
        """Why there is no recording; empty if there is one, or none was requested."""

    @property
    def record(self) -> str:
        """The path of the recording; empty if there is none."""
        has_record = self._record >= 0 and not self.refusal
        return f"/proc/self/fd/{self._record}" if has_record else ""

    def ask(self, kind: str, text: str) -> dict[str, object]:
        """Send a request while no cell runs, and return the answer; raise ShellGone."""
        self._send(ShellRequest(kind, text))
        answer = self.channel.receive()
        if not isinstance(answer, dict):
            raise ShellGone("the shell of this kernel has ended")
        return answer

    def _send(self, message: ShellRequest) -> None:
        try:
            self.channel.send(message)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise ShellGone("the shell of this kernel has ended") from error

    def interrupt(self) -> None:
        """Request an interrupt of the running cell, like ^C; called by a signal handler."""
        self._interrupts += 1

    def run(self, text: str, reader: CellReader) -> CellResult:
        """Run a cell, showing its output meanwhile; raise ShellGone."""
        self._interrupts = 0
        self.output.is_on_screen = False
        self._send(ShellRequest("run", text))
        with SignalPipe() as signal_pipe:
            try:
                return self._result_of(signal_pipe, reader)
            finally:
                reader.finish()

    def _result_of(self, signal_pipe: SignalPipe, reader: CellReader) -> CellResult:
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
                self._pass_on_interrupt(is_first=passed_on == 0)
                passed_on += 1
            if terminal in ready:
                try:
                    data = os.read(terminal, _AT_ONCE)
                except OSError:
                    data = b""  # EIO: no process has the terminal open
                shown, sequences = self.output.text_of(data)
                is_shown = is_shown or not data or END_OF_CELL in sequences
                for stream, text in shown:
                    reader.show(text, stream)
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

    def _pass_on_interrupt(self, *, is_first: bool) -> None:
        """Send SIGINT to the shell's group; from the second time on, kill the job.

        The shell passes it on to the foreground job, even if that job does not have the terminal
        yet. The second time, the shell is continued, because a command may have stopped it.
        """
        with suppress(OSError):
            signals.killpg(self.pid, SIGINT)
            if not is_first:
                signals.kill(self.pid, SIGCONT)
                if (job := self.terminal.foreground()) not in (0, self.pid):
                    signals.killpg(job, SIGKILL)

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
