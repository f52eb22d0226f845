"""The observer of a shell: the narrator, and its output."""

from __future__ import annotations

import os
import stat

from simpsh import console
from simpsh.base.errors import UsageProblem
from simpsh.base.record import suppress
from simpsh.base.signal_names import SIGPIPE, SIGTTOU, SIGXFSZ
from simpsh.kernel import call_observer, descriptors, signals
from simpsh.shell.jobs.narrator import Narrator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.shell.jobs.launcher import Launcher
    from simpsh.shell.state import State


class ShellObservers:
    """Installs and removes the narrator."""

    def __init__(self, state: State, launcher: Launcher, descriptor: int | None) -> None:
        """Prepare to narrate to a descriptor, None for standard error.

        A forked copy of the shell keeps the descriptor. Raises UsageProblem: it is not open.
        """
        self._state = state
        self.held: list[str] | None = None
        """Collects the narration while a line is edited on the screen; None: it is written."""
        self._output = -1
        # Duplicate it, because redirections of a command must not redirect the narration.
        with call_observer.observing(None):
            try:
                self._output = descriptors.dup_above(2 if descriptor is None else descriptor)
                launcher.context.kept_in_copies.add(self._output)
            except OSError as error:
                # If standard error is closed, narrate nothing.
                if descriptor is not None:
                    reason = os.strerror(error.errno or 0)
                    raise UsageProblem(f"--verbose-fd {descriptor}: {reason}") from error
        self._is_terminal = self._output >= 0 and os.isatty(self._output)
        self._harmful: tuple[int, ...] = ()
        """The signals that a write to this descriptor can raise."""
        if self._output >= 0:
            is_file = stat.S_ISREG(os.fstat(self._output).st_mode)
            self._harmful = (
                (SIGXFSZ,) if is_file else (SIGTTOU,) if self._is_terminal else (SIGPIPE,)
            )
        self.narrator = Narrator(self._write_lines, self._screen, state.shell_pid)
        launcher.context.narrator = self.narrator

    def start(self, *, is_narrated: bool) -> None:
        """Narrate, or do not, from now on."""
        self._state.is_narrated = is_narrated
        self.narrator.turn(is_on=is_narrated)
        self.narrator.has_names = self._state.narrates_names
        call_observer.set_observer(self.narrator if is_narrated else None)

    def _screen(self) -> tuple[int, int] | None:
        if not self._is_terminal:
            return None
        return console.width(self._output), console.colours(self._output, self._state.variables)

    def _write_lines(self, text: str) -> None:
        if self.held is not None:
            self.held += text.split("\n")[:-1]
            return
        data = console.encoded(text)
        # If the reader of the narration is gone, ignore the error: commands must run as without -v.
        with suppress(OSError):
            signals.write_unharmed(self._output, data, self._harmful)
