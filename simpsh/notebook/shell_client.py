"""The shell of a kernel, as the kernel has it: started, given cells, interrupted, ended.

The kernel has threads, so it forks nothing: the guard is spawned, and forks the shell. While a cell
runs, one poll(2) waits for all that can happen: output, the shell's answer, a signal.
"""

from __future__ import annotations

import os
import termios
import time
from collections.abc import Collection, Mapping
from contextlib import suppress

from simpsh.base.errors import SimpshError
from simpsh.base.phrases import shortened
from simpsh.base.signal_names import SIGCONT, SIGINT, SIGKILL
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, memfd_create, readable, write_all
from simpsh.kernel.signal_pipe import SignalPipe
from simpsh.kernel.wait_calls import waitpid
from simpsh.notebook.cell_output import CellOutput, CellReader, KeyboardRequest
from simpsh.notebook.cell_shell import BEGAN, END_OF_CELL, CellResult, ShellRequest, ShellStarted
from simpsh.process.diagnose.diagnosis import awaits_keyboard
from simpsh.process.own_terminal import OwnTerminal
from simpsh.process.process_snapshot import command
from simpsh.process.process_tree import all_processes
from simpsh.process.worker import start_simpsh

_AT_ONCE = 1 << 16
_PATIENCE = (0.1, 1.0)
"""Seconds of quiet after which is looked for a reader of the keyboard: first, and at most."""
_INSISTING_SECONDS, _SETTLING_SECONDS = 0.1, 0.5
_SCREEN = (
    "{} wants a screen and single keys, which a cell does not have, and was ended: "
    "open a terminal beside the notebook (in JupyterLab: File, New, Terminal)"
)
_NO_KEYBOARD = "{} asked for input, and this run of the notebook has none: it got the end of input"


class ShellGone(SimpshError):
    """The shell has ended without a word: it was killed."""


class CellInterrupted(SimpshError):
    """An interrupt came while the cell ran; what stands below is not run."""


class ShellClient:
    """A shell of its own, at a terminal of its own, under a guard.

    Raises ShellGone: it did not come up. OSError: no process, descriptor or pseudo-terminal is
    left.
    """

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
        """Why there is no record; empty if there is one, or none was wanted."""

    @property
    def record(self) -> str:
        """The path of the record; empty if there is none."""
        has_record = self._record >= 0 and not self.refusal
        return f"/proc/self/fd/{self._record}" if has_record else ""

    # ------------------------------------------------------------------------- questions

    def ask(self, what: str, text: str) -> dict[str, object]:
        """Ask the shell something, while no cell runs, and return its answer; raise ShellGone."""
        self._send(ShellRequest(what, text))
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
        """Have the cell that runs interrupted, as by ^C; for a handler of signals."""
        self._interrupts += 1

    def run(self, text: str, reader: CellReader) -> CellResult:
        """Run a cell, and show what it writes while it runs; raise ShellGone."""
        self._interrupts = 0
        self._send(ShellRequest("run", text))
        with SignalPipe() as news:
            run = _CellRun(self, reader)
            try:
                while run.result is None:
                    ready = run.wait(news.descriptor)
                    news.take()
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
        """Have the shell end, from any thread; a cell that runs ends with it."""
        self.channel.shut()

    def end(self) -> None:
        """End the shell and all that it has started; come back when nothing is left."""
        self.channel.close()
        # Its session is told that the terminal is gone: SIGHUP.
        self.terminal.close()
        if self._guard:
            # A command may have stopped it.
            signals.kill(self._guard, SIGCONT)
            waitpid(self._guard)
            self._guard = 0
        if self._record >= 0:
            close(self._record)
            self._record = -1


class _CellRun:
    """One cell on its way."""

    def __init__(self, client: ShellClient, reader: CellReader) -> None:
        self._terminal = client.terminal
        self._channel = client.channel
        self._output = client.output
        self._reader = reader
        self._shell = client.pid
        self._quiet = _PATIENCE[0]
        self._is_shown = False
        self._found: CellResult | None = None
        self._is_hung_up = False
        self._screens: set[int] = set()
        """The groups that were ended because they want a screen."""
        self._echoes = b""
        """What the terminal will still echo of what was typed for the person, who has seen it."""
        self._interrupted_at: float | None = None
        """When the cell was last interrupted."""
        self._sent_at: float | None = None
        """When a signal was last sent for that."""
        self._told: set[int] = set()
        """The groups that have heard of it."""
        self.has_begun = False

    @property
    def result(self) -> CellResult | None:
        """How it ended: when the shell has said so, and all that it wrote has come."""
        return self._found if self._is_shown or self._is_hung_up else None

    def wait(self, signal_pipe: int) -> list[int]:
        """Wait until something happens; return the descriptors that are ready."""
        written = () if self._is_hung_up else (self._terminal.master,)
        ready = readable((self._channel.descriptor, signal_pipe, *written), self._quiet)
        if ready:
            self._quiet = _PATIENCE[0]
        else:
            self._quiet = min(2 * self._quiet, _PATIENCE[1])
            self._look_for_reader()
        return ready

    def interrupt(self) -> None:
        """Send SIGINT to the job in the foreground, as ^C does; and see that the cell ends.

        Not by a key: when this returns the signals are sent, and the cell runs still. The job may
        be at its end, where it hears nothing any more; so the shell is told, for the next one.
        """
        self._told = {self._terminal.foreground()}
        self._interrupted_at = self._sent_at = time.monotonic()
        with suppress(OSError):
            self._terminal.signal(SIGINT)
            if self._shell not in self._told:
                signals.kill(self._shell, SIGINT)

    def insist(self) -> None:
        """Interrupt once more what runs on and has not heard of it: the shell, or a later job.

        The shell hands an interrupt on to a job that it has just started, and that may be over.
        """
        now = time.monotonic()
        if self._interrupted_at is None or now < self._interrupted_at + _INSISTING_SECONDS:
            return
        self._interrupted_at = now
        group = self._terminal.foreground()
        if self._found is None and (group == self._shell or group not in self._told):
            self._told.add(group)
            self._sent_at = now
            with suppress(OSError):
                self._terminal.signal(SIGINT)

    def take(self, ready: Collection[int]) -> None:
        """Take what has come."""
        if self._terminal.master in ready:
            try:
                data = os.read(self._terminal.master, _AT_ONCE)
            except OSError:
                data = b""  # EIO: no process has the terminal any more
            self._is_hung_up = not data
            if self._output.is_on_screen and self._terminal.foreground() in (0, self._shell):
                # The program that had the screen was ended before it could leave it.
                self._output.is_on_screen = False
            if self._echoes and self._echoes in data:
                data = data.replace(self._echoes, b"", 1)
                self._echoes = b""
            shown, left_out = self._output.text_of(data)
            self._is_shown = self._is_shown or END_OF_CELL in left_out
            for stream, text in shown:
                self._reader.show(text, stream)
            if self._output.is_on_screen:
                self._end_screen()
        if self._channel.descriptor in ready:
            message = self._channel.receive()
            if isinstance(message, CellResult):
                self._found = message
            elif message == BEGAN:
                self.has_begun = True
            else:
                raise ShellGone(
                    "the shell of this notebook has ended; the next cell starts a new one"
                )

    # ------------------------------------------------------------------------ the keyboard

    def _look_for_reader(self) -> None:
        if self._found is not None or not self.has_begun or self._is_hung_up:
            return
        if self._sent_at is not None and time.monotonic() < self._sent_at + _SETTLING_SECONDS:
            # What reads now may not have heard yet that it is to end.
            return
        request = keyboard_request(self._terminal, self._shell)
        if request is None:
            return
        if request.takes_keys:
            self._end_screen(request.name)
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

    def _end_screen(self, name: str = "") -> None:
        """End the program that has made a screen of the terminal, and say why."""
        group = self._terminal.foreground()
        if group in (0, self._shell):
            return
        is_told = group in self._screens
        self._screens.add(group)
        name = name or command(group)
        # Many answer any signal that they can with status 0, and the lines that follow would take
        # it for success.
        with suppress(ProcessLookupError):
            signals.killpg(group, SIGKILL)
        if not is_told:
            self._reader.show(f"simpsh: {_SCREEN.format(name)}\n")


_LOCAL = 3
"""Where tcgetattr has the local modes."""
KEYS = {"^C": "\x03", "^D": "\x04", "^Z": "\x1a", "^\\": "\x1c"}
"""What is typed for a key that a notebook does not have."""


def keyboard_request(terminal: OwnTerminal, shell: int) -> KeyboardRequest | None:
    """Return which command waits for the keyboard now; None if none does."""
    group = terminal.foreground()
    modes = termios.tcgetattr(terminal.master)[_LOCAL]
    members = [member for member in all_processes().values() if member.pgid == group]
    if not modes & termios.ICANON and group not in (0, shell):
        # Whatever it sleeps in (select, a timer), its keys come next. While it runs, it may still
        # be opening its screen, or give the lines back by itself.
        if all(member.state != "S" for member in members):
            return None
        return KeyboardRequest(_named(group), takes_keys=True, is_secret=False)
    for pid in (member.pid for member in members):
        try:
            if awaits_keyboard(pid):
                name = "" if pid == shell else _named(pid)
                return KeyboardRequest(name, takes_keys=False, is_secret=not modes & termios.ECHO)
        except (ProcessLookupError, PermissionError):
            continue  # it has ended meanwhile, or belongs to another user
    return None


def _named(pid: int) -> str:
    return shortened(command(pid), 40)


def typed_for(answer: str) -> str:
    r"""Return what is typed at the terminal for an answer: a line, or a key's name alone.

    >>> typed_for("two words"), typed_for("^D")
    ('two words\n', '\x04')
    """
    return KEYS.get(answer.strip(), f"{answer}\n")
