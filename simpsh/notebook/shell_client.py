"""The kernel's side of its shell: starting it, running cells, interrupting, ending.

The kernel has threads, so it does not fork: the guard is spawned, and forks the shell.
"""

from __future__ import annotations

import os
import termios
import time
from collections.abc import Collection, Mapping
from contextlib import suppress

from simpsh.base.errors import SimpshError
from simpsh.base.phrases import shorten
from simpsh.base.signal_names import SIGCONT, SIGINT, SIGKILL
from simpsh.diagnosis.wait_graph import awaits_keyboard
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, memfd_create, readable, write_all
from simpsh.kernel.signal_pipe import SignalPipe
from simpsh.kernel.wait_calls import waitpid
from simpsh.notebook.cell_output import CellOutput, CellReader, KeyboardRequest
from simpsh.notebook.cell_shell import BEGAN, END_OF_CELL, CellResult, ShellRequest, ShellStarted
from simpsh.process.own_terminal import OwnTerminal
from simpsh.process.process_snapshot import command
from simpsh.process.process_tree import all_processes
from simpsh.process.worker import start_simpsh

_AT_ONCE = 1 << 16
_PATIENCE = (0.1, 1.0)
"""Seconds without output before looking for a reader of the keyboard: at first, and at most."""
_INSISTING_SECONDS, _SETTLING_SECONDS = 0.1, 0.5
_NEEDS_SCREEN = (
    "{} needs a screen and single keys, which a cell does not have, and was killed: "
    "open a terminal next to the notebook (in JupyterLab: File, New, Terminal)"
)
_NO_KEYBOARD = "{} asked for input, but this run of the notebook has none: it got end of input"


class ShellGone(SimpshError):
    """The shell has ended unexpectedly; probably it was killed."""


class CellInterrupted(SimpshError):
    """The cell was interrupted; the rest of it is not run."""


class ShellClient:
    """A shell on its own terminal, under a guard; raises ShellGone if it did not start."""

    def __init__(self, environment: Mapping[str, str], *, is_recorded: bool) -> None:
        self.terminal = OwnTerminal()
        self.output = CellOutput()
        self._interrupts = 0
        self._record = memfd_create("recording") if is_recorded else -1
        words, moves = ["jupyter", "shell", "3"], dict.fromkeys(range(3), self.terminal.slave)
        if self._record >= 0:
            words.append("4")
            moves[4] = self._record
        self._guard, self.channel = start_simpsh(words, environment, moves)
        close(self.terminal.slave)
        self.terminal.slave = -1
        hello = self.channel.receive()
        if not isinstance(hello, ShellStarted):
            self.end()
            raise ShellGone("the shell of this kernel did not start")
        self.pid = hello.pid
        self.refusal = hello.refusal
        """Why there is no recording; empty if there is one, or none was requested."""

    @property
    def record(self) -> str:
        """The path of the recording; empty if there is none."""
        has_record = self._record >= 0 and not self.refusal
        return f"/proc/self/fd/{self._record}" if has_record else ""

    # ------------------------------------------------------------------------- questions

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

    # ---------------------------------------------------------------------------- a cell

    def interrupt(self) -> None:
        """Request an interrupt of the running cell, like ^C; called by a signal handler."""
        self._interrupts += 1

    def run(self, text: str, reader: CellReader) -> CellResult:
        """Run a cell, showing its output meanwhile; raise ShellGone."""
        self._interrupts = 0
        self._send(ShellRequest("run", text))
        with SignalPipe() as signal_pipe:
            run = _CellRun(self, reader)
            try:
                while run.result is None:
                    ready = run.wait(signal_pipe.descriptor)
                    signal_pipe.take()
                    if self._interrupts and run.has_begun:
                        self._interrupts = 0
                        run.interrupt()
                    run.insist()
                    run.take(ready)
            finally:
                reader.finish()
            return run.result

    # ------------------------------------------------------------------------------- end

    def hang_up(self) -> None:
        """Make the shell end, from any thread; a running cell ends, too."""
        self.channel.shut()

    def end(self) -> None:
        """End the shell and all its processes; return when nothing is left."""
        self.channel.close()
        # The hang-up sends SIGHUP to the terminal's session.
        self.terminal.close()
        if self._guard:
            # A command may have stopped the guard.
            signals.kill(self._guard, SIGCONT)
            waitpid(self._guard)
            self._guard = 0
        if self._record >= 0:
            close(self._record)
            self._record = -1


class _CellRun:
    """One running cell."""

    def __init__(self, client: ShellClient, reader: CellReader) -> None:
        self._terminal = client.terminal
        self._channel = client.channel
        self._output = client.output
        self._reader = reader
        self._shell = client.pid
        self._quiet = _PATIENCE[0]
        self._is_shown = False
        self._result: CellResult | None = None
        self._is_hung_up = False
        self._screens: set[int] = set()
        """The groups that were killed because they need a screen."""
        self._echoes = b""
        """The expected echo of typed input, which the user has already seen."""
        self._interrupted_at: float | None = None
        """The time of the last interrupt of the cell."""
        self._sent_at: float | None = None
        """The time of the last signal that was sent for an interrupt."""
        self._interrupted_groups: set[int] = set()
        """The process groups that the signal was sent to."""
        self.has_begun = False

    @property
    def result(self) -> CellResult | None:
        """The result, once the shell has sent it and all output has arrived."""
        return self._result if self._is_shown or self._is_hung_up else None

    def wait(self, signal_pipe: int) -> list[int]:
        """Wait for an event; return the descriptors that are ready."""
        written = () if self._is_hung_up else (self._terminal.master,)
        ready = readable((self._channel.descriptor, signal_pipe, *written), self._quiet)
        if ready:
            self._quiet = _PATIENCE[0]
        else:
            self._quiet = min(2 * self._quiet, _PATIENCE[1])
            self._look_for_reader()
        return ready

    def interrupt(self) -> None:
        """Send SIGINT to the foreground job, like ^C, and make sure that the cell ends.

        Signals are sent directly rather than by a key, so that they have been sent on return. The
        job may already be ending, so the shell receives the signal, too, for the next job.
        """
        self._interrupted_groups = {self._terminal.foreground()}
        self._interrupted_at = self._sent_at = time.monotonic()
        with suppress(OSError):
            self._terminal.signal(SIGINT)
            if self._shell not in self._interrupted_groups:
                signals.kill(self._shell, SIGINT)

    def insist(self) -> None:
        """Repeat the interrupt for the shell or a later job, if it has not received the signal.

        The shell forwards an interrupt to the job that it has just started, which may have ended.
        """
        now = time.monotonic()
        if self._interrupted_at is None or now < self._interrupted_at + _INSISTING_SECONDS:
            return
        self._interrupted_at = now
        group = self._terminal.foreground()
        if self._result is None and (group == self._shell or group not in self._interrupted_groups):
            self._interrupted_groups.add(group)
            self._sent_at = now
            with suppress(OSError):
                self._terminal.signal(SIGINT)

    def take(self, ready: Collection[int]) -> None:
        """Process the descriptors that are ready."""
        if self._terminal.master in ready:
            try:
                data = os.read(self._terminal.master, _AT_ONCE)
            except OSError:
                data = b""  # EIO: no process has the terminal open
            self._is_hung_up = not data
            if self._output.is_on_screen and self._terminal.foreground() in (0, self._shell):
                # The program ended without leaving the alternate screen.
                self._output.is_on_screen = False
            if self._echoes and self._echoes in data:
                data = data.replace(self._echoes, b"", 1)
                self._echoes = b""
            shown, left_out = self._output.text_of(data)
            self._is_shown = self._is_shown or END_OF_CELL in left_out
            for stream, text in shown:
                self._reader.show(text, stream)
            if self._output.is_on_screen:
                self._kill_screen_program()
        if self._channel.descriptor in ready:
            message = self._channel.receive()
            if isinstance(message, CellResult):
                self._result = message
            elif message == BEGAN:
                self.has_begun = True
            else:
                raise ShellGone(
                    "the shell of this notebook has ended; the next cell starts a new one"
                )

    # ------------------------------------------------------------------------ the keyboard

    def _look_for_reader(self) -> None:
        if self._result is not None or not self.has_begun or self._is_hung_up:
            return
        if self._sent_at is not None and time.monotonic() < self._sent_at + _SETTLING_SECONDS:
            # A reader may not have handled the signal yet.
            return
        request = keyboard_request(self._terminal, self._shell)
        if request is None:
            return
        if request.takes_keys:
            self._kill_screen_program(request.name)
            return
        try:
            answer = self._reader.ask(request)
        except KeyboardInterrupt:
            self.interrupt()
            return
        if answer is None:
            self._reader.show(f"simpsh: {_NO_KEYBOARD.format(request.name or 'read')}\n")
            answer = "^D"
        typed = typed_for(answer)
        if typed.endswith("\n") and not request.is_secret:
            self._echoes = typed.encode().replace(b"\n", b"\r\n")
        write_all(self._terminal.master, typed.encode())

    def _kill_screen_program(self, name: str = "") -> None:
        """Kill the program that uses the terminal as a screen, and explain why."""
        group = self._terminal.foreground()
        if group in (0, self._shell):
            return
        was_reported = group in self._screens
        self._screens.add(group)
        name = name or command(group)
        # SIGKILL, because many programs handle other signals and exit with status 0, which the
        # following lines would take for success.
        with suppress(ProcessLookupError):
            signals.killpg(group, SIGKILL)
        if not was_reported:
            self._reader.show(f"simpsh: {_NEEDS_SCREEN.format(name)}\n")


_LOCAL = 3
"""The index of the local modes in the list of tcgetattr."""
KEYS = {"^C": "\x03", "^D": "\x04", "^Z": "\x1a", "^\\": "\x1c"}
"""The input for keys, by the text that a user types for them in a notebook."""


def keyboard_request(terminal: OwnTerminal, shell: int) -> KeyboardRequest | None:
    """Return the command that waits for the keyboard; None if there is none."""
    group = terminal.foreground()
    modes = termios.tcgetattr(terminal.master)[_LOCAL]
    members = [member for member in all_processes().values() if member.pgid == group]
    if not modes & termios.ICANON and group not in (0, shell):
        # It will read keys next, in whatever call it sleeps (select, a timer). While it runs, it
        # may still be opening its screen, or may restore the modes.
        if all(member.state != "S" for member in members):
            return None
        return KeyboardRequest(_name_of(group), takes_keys=True, is_secret=False)
    for pid in (member.pid for member in members):
        try:
            if awaits_keyboard(pid):
                name = "" if pid == shell else _name_of(pid)
                return KeyboardRequest(name, takes_keys=False, is_secret=not modes & termios.ECHO)
        except (ProcessLookupError, PermissionError):
            continue  # it has ended, or belongs to another user
    return None


def _name_of(pid: int) -> str:
    return shorten(command(pid), 40)


def typed_for(answer: str) -> str:
    r"""Return the bytes to type for an answer: a line, or a single key.

    >>> typed_for("two words"), typed_for("^D")
    ('two words\n', '\x04')
    """
    return KEYS.get(answer.strip(), f"{answer}\n")
