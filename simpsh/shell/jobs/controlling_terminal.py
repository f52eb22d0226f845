"""The controlling terminal: its foreground group and its modes.

See the job-control chapter of the GNU C library manual, and termios(3).
"""

from __future__ import annotations

import errno
import os
import termios

from simpsh.base.record import suppress
from simpsh.base.signal_names import SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU
from simpsh.base.wait_status import Killed
from simpsh.kernel import descriptors, processes, signals
from simpsh.shell.jobs.job_table import STOPPED, Job

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")
    Modes = list[Any]  # type: ignore[explicit-any]  # as termios has it

IGNORED_BY_SHELL = (SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU)
"""Signals with which a terminal would end or stop the shell, which therefore ignores them."""

_TRIES = 16
"""How often a background process stops itself before it treats its group as orphaned."""

_INPUT, _OUTPUT, _LOCAL, _CHARACTERS = 0, 1, 3, 6
"""Indices into the list that tcgetattr returns."""

_NEEDED = (
    (_LOCAL, termios.ECHO | termios.ICANON | termios.ISIG),
    (_INPUT, termios.ICRNL),
    (_OUTPUT, termios.OPOST | termios.ONLCR),
)
"""Modes without which a terminal is hard to use."""

_ATTEMPTS = 3

PROMPT_TIME = 7
"""VTIME while the prompt edits a line; it identifies the modes of the prompt.

With VMIN=1 it has no effect on a read. A program that reads key by key sets both. A program that
only turns off echo, to ask for a password, keeps this value.
"""


class Terminal:
    """The shell's controlling terminal, lent to one job at a time."""

    def __init__(self, descriptor: int) -> None:
        """Wait until the shell is in the foreground, and give it its own process group."""
        self.descriptor = descriptors.dup_above(descriptor)
        try:
            wait_until_foreground(self.descriptor)
            self.group_before = processes.getpgrp()
            for number in IGNORED_BY_SHELL:
                signals.sigaction(number, signals.SIG_IGN)
            self.lead_a_group()
            self.modes = modes_of(self.descriptor)
            self.reset = b""
            """Written to the terminal after a job that may have left it in a special state."""
        except BaseException:
            descriptors.close(self.descriptor)
            raise

    def lead_a_group(self) -> None:
        """Give the shell its own process group, in the foreground."""
        pid = os.getpid()
        if processes.getpgrp() != pid:
            processes.setpgid(0, pid)
        self.group = pid
        self._return_to_foreground()

    def lend(self, pgid: int) -> None:
        """Make a job's group the foreground group, if the group still exists."""
        with suppress(OSError):  # the group is gone, or the terminal has hung up
            retry(lambda: processes.tcsetpgrp(self.descriptor, pgid))

    def take_back(self) -> None:
        """Make the shell the foreground group again, with the modes from before the job."""
        # If the terminal has hung up, the shell will read end of file and exit.
        with suppress(OSError, termios.error):
            self._return_to_foreground()
            if modes_of(self.descriptor) != self.modes:
                set_modes(self.descriptor, self.modes)

    def take_back_from(self, job: Job) -> None:
        """Make the shell the foreground group again after a job, and repair the terminal.

        The modes of a stopped job are saved for `fg`. A job that exits may change modes, such as
        `stty -ixon`, but only stty itself may leave the terminal hard to use.
        """
        ran_stty = any(os.path.basename(process.program) == "stty" for process in job.processes)
        with suppress(OSError, termios.error):
            self._return_to_foreground()
            left = modes_of(self.descriptor)
            now = self._without_prompt(left)
            is_usable = ran_stty or (
                now == left  # else the job restored the modes of the prompt
                and not any(self.modes[index] & flags & ~now[index] for index, flags in _NEEDED)
            )
            is_stopped = job.state == STOPPED
            was_killed = any(isinstance(process.status, Killed) for process in job.processes)
            if is_stopped:
                job.modes = left
            elif is_usable and not was_killed:
                self.modes = now
            if left != self.modes:
                set_modes(self.descriptor, self.modes)
            if not os.get_blocking(self.descriptor):
                os.set_blocking(self.descriptor, True)
            if is_stopped or was_killed or not is_usable:
                os.write(self.descriptor, self.reset)

    def _return_to_foreground(self) -> None:
        # This does not stop the shell, which ignores SIGTTOU.
        retry(lambda: processes.tcsetpgrp(self.descriptor, self.group))

    def give_modes(self, job: Job) -> None:
        """Restore the modes that a job used when it stopped."""
        if job.modes is not None:
            with suppress(termios.error):
                set_modes(self.descriptor, job.modes)

    def correct_modes(self) -> bool:
        """Correct modes that a program has derived from those of the prompt.

        If a background program asks for a password, it reads the modes in which the prompt edits
        its line, and sets them without echo. Returns whether the modes were corrected.
        """
        with suppress(termios.error):
            now = modes_of(self.descriptor)
            corrected = self._without_prompt(now)
            if corrected != now:
                set_modes(self.descriptor, corrected)
                return True
        return False

    def _without_prompt(self, modes: Modes) -> Modes:
        """Return modes that a program derived from the prompt's, without the prompt's settings."""
        corrected = [*modes]
        characters = [*modes[_CHARACTERS]]
        if modes[_LOCAL] & termios.ICANON or characters[termios.VTIME] != PROMPT_TIME:
            return modes
        for index in (_INPUT, _LOCAL):
            corrected[index] |= self.modes[index] & ~termios.ECHO
        for index in (termios.VMIN, termios.VTIME):
            characters[index] = self.modes[_CHARACTERS][index]
        corrected[_CHARACTERS] = characters
        return corrected

    def return_group(self) -> None:
        """Return to the group in which the shell was started, before `exec`."""
        if self.group_before != self.group:
            self.lend(self.group_before)
            try:
                processes.setpgid(0, self.group_before)
            except PermissionError:
                self.lend(self.group)  # that group has no member left

    def release(self) -> None:
        """Restore the foreground group from before the shell, and close the terminal."""
        self.take_back()
        if self.group_before != self.group:
            self.lend(self.group_before)
        descriptors.close(self.descriptor)


def wait_until_foreground(descriptor: int) -> None:
    """Stop while another group owns the terminal, as a read from it would stop this process.

    Raises OSError: EIO, the kernel does not stop this process, whose group is orphaned. ENOTTY: it
    is not the controlling terminal.
    """
    for _ in range(_TRIES):
        if processes.tcgetpgrp(descriptor) == processes.getpgrp():
            return
        # The parent may have ignored the signal.
        with signals.Handled({SIGTTIN: signals.SIG_DFL}):
            signals.kill(0, SIGTTIN)
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def retry(call: Callable[[], T]) -> T:
    """Return the result of a call on the terminal; retry it a few times if it fails.

    A single failure (EIO, ENOMEM, EINTR) must not end a session.
    """
    for _ in range(_ATTEMPTS - 1):
        with suppress(OSError, termios.error):
            return call()
    return call()


def modes_of(descriptor: int) -> Modes:
    """Return the modes of a terminal. Raises termios.error. See tcgetattr(3)."""
    return retry(lambda: termios.tcgetattr(descriptor))


def set_modes(descriptor: int, modes: Modes, when: int = termios.TCSADRAIN) -> None:
    """Set the modes of a terminal. Raises termios.error. See tcsetattr(3)."""
    retry(lambda: termios.tcsetattr(descriptor, when, modes))
