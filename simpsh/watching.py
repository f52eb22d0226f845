"""Who watches a shell: the narrator, and the file that is recorded to."""

from __future__ import annotations

import os

from simpsh.errors import SimpshError, UsageProblem
from simpsh.kernel import descriptors, observing
from simpsh.trace.last_run import LastRun
from simpsh.trace.recorder import Recorder
from simpsh.view.narration import Narrator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.events import Event
    from simpsh.state import State


class Watching:
    """Puts observers into place and takes them away, as verbosity and recording want it."""

    def __init__(self, state: State, descriptor: int | None, trace: str | None) -> None:
        """Prepare to narrate and record.

        Args:
            state: the shell to watch.
            descriptor: where to narrate; None for wherever standard error goes.
            trace: the file to record to; None for none.

        Raises:
            UsageProblem: the descriptor is not open.
            SimpshError: the file cannot be written.
        """
        self._state = state
        self._recorder = Recorder()
        self._held: list[str] | None = None
        self._narrator = Narrator(self._write_line, state.shell_pid)
        self._output = self._own_copy(descriptor)
        self._is_recording = trace is not None
        self._remembers = state.is_interactive
        self._recorder.sinks.append(self._narrator)
        if state.is_interactive:
            state.last_run = LastRun()
            self._recorder.sinks.append(state.last_run)
        if trace is not None:
            self._open_recording(trace)
        state.set_verbosity = self.start
        state.narration = self

    def start(self, level: int) -> None:
        """Narrate at this level, 0 to 3, from now on."""
        self._state.verbosity = level
        self._narrator.level = level
        self._recorder.wants_calls = level >= 2 or self._is_recording or self._remembers
        self._recorder.wants_snapshots = level >= 3
        is_needed = level > 0 or self._is_recording
        observing.set_observer(self._recorder if is_needed else None)

    def _own_copy(self, descriptor: int | None) -> int:
        # A copy: the narration must not follow a command's redirections.
        with observing.observing(None):
            try:
                copy = descriptors.dup_above(2 if descriptor is None else descriptor)
            except OSError as error:
                if descriptor is None:
                    return 2
                raise UsageProblem(
                    f"--verbose-fd {descriptor}: {os.strerror(error.errno or 0)}"
                ) from error
        self._state.launcher.context.kept.add(copy)
        return copy

    def hold(self) -> None:
        """Keep the narration back: a line is being edited on the screen."""
        self._held = []

    def let_go(self) -> list[str]:
        """Return the lines that were kept back, and write again what comes."""
        held, self._held = self._held, None
        return held or []

    def _write_line(self, text: str) -> None:
        if self._held is not None:
            self._held += text.splitlines()
            return
        try:
            os.write(self._output, os.fsencode(text))
        except OSError:
            # Nobody reads the narration any more; the commands are to go on as they would.
            return

    def _open_recording(self, path: str) -> None:
        from simpsh.trace.recording import header_line, line_of, new_header

        header = header_line(new_header("shell", command=" ".join(self._state.positional)))
        try:
            opened = os.open(
                path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600
            )
            with observing.observing(None):
                file = descriptors.dup_above(opened)
            os.fchmod(file, 0o600)
            os.close(opened)
            os.write(file, os.fsencode(header))
        except OSError as error:
            raise SimpshError(f"--trace {path}: {os.strerror(error.errno or 0)}") from error
        self._state.launcher.context.kept.add(file)

        def record(event: Event) -> None:
            # One write a line, appended: forked copies of the shell record to the same file.
            try:
                os.write(file, line_of(event).encode())
            except OSError:
                return

        self._recorder.sinks.append(record)
