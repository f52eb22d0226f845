"""The controlling terminal: who owns the keyboard, and in which modes it is.

See the job-control chapter of the GNU C library manual, and termios(3).
"""

from __future__ import annotations

import errno
import os
import termios

from simpsh.base.record import Record, suppress
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

KEPT_FROM_THE_SHELL = (SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU)
"""Signals by which a terminal would end or stop the shell itself: it ignores them."""

_TRIES = 16
"""How often a shell in the background stops itself before it takes its group for orphaned."""

_INPUT, _OUTPUT, _LOCAL, _CHARACTERS = 0, 1, 3, 6
"""Indices into the list that tcgetattr returns."""

_NEEDED = (
    (_LOCAL, termios.ECHO, "echo"),
    (_LOCAL, termios.ICANON, "line editing"),
    (_LOCAL, termios.ISIG, "^C"),
    (_INPUT, termios.ICRNL, "Enter"),
    (_OUTPUT, termios.OPOST | termios.ONLCR, "line breaks"),
)
"""Modes without which a terminal is hard to use, and names for what a person misses."""

_ATTEMPTS = 3

PROMPT_TIME = 7
"""VTIME while the prompt edits a line: it marks the modes of the prompt.

With VMIN=1 it has no effect on a read. A program that wants to read key by key sets both. One that
only turns the echo off, as those do that ask for a password, keeps it.
"""


class Repair(Record):
    """A repair of the terminal after a job."""

    command: str
    missed: tuple[str, ...]
    """Names of the functions that the terminal lacked."""
    is_stopped: bool
    """Whether the job gets its own modes back from `fg`."""


class Terminal:
    """The shell's controlling terminal, lent to one job at a time."""

    def __init__(self, descriptor: int) -> None:
        """Wait until the terminal is ours, and make the shell a group of its own on it."""
        # A copy, out of the way of redirections.
        self.descriptor = descriptors.dup_above(descriptor)
        try:
            self._wait_until_foreground()
            self.group_before = processes.getpgrp()
            for number in KEPT_FROM_THE_SHELL:
                signals.sigaction(number, signals.SIG_IGN)
            self.lead_a_group()
            self.modes = modes_of(self.descriptor)
            self.reset = b""
            """Sent to the terminal after a job that may have left it in a special state."""
            self.repairs: list[Repair] = []
            """Repairs that were not reported yet."""
        except BaseException:
            descriptors.close(self.descriptor)
            raise

    def _wait_until_foreground(self) -> None:
        # Started in the background, the shell stops itself, as a read would stop it.
        for _ in range(_TRIES):
            if processes.tcgetpgrp(self.descriptor) == processes.getpgrp():
                return
            # Whoever started it may have had the signal ignored.
            with signals.Handled({SIGTTIN: signals.SIG_DFL}):
                signals.kill(0, SIGTTIN)
        # The kernel does not stop a group that no process could continue: an orphaned one.
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def lead_a_group(self) -> None:
        """Make the shell a group of its own, and that group the foreground group."""
        own = os.getpid()
        if processes.getpgrp() != own:
            processes.setpgid(0, own)
        self.group = own
        self._return_to_foreground()

    def lend(self, pgid: int) -> None:
        """Make a job's group the foreground group; nothing happens if it is gone already."""
        # OSError: every member has ended and was collected, or the terminal hung up.
        with suppress(OSError):
            retried(lambda: processes.tcsetpgrp(self.descriptor, pgid))

    def take_back(self) -> None:
        """Make the shell the foreground group again, with the modes from before the job."""
        # If the terminal has hung up, the shell will read end of file and leave.
        with suppress(OSError, termios.error):
            self._return_to_foreground()
            if modes_of(self.descriptor) != self.modes:
                self._set_modes(self.modes)

    def take_back_from(self, job: Job, *, ran_stty: bool) -> None:
        """Make the shell the foreground group again after a job, and repair the terminal.

        The modes of a job that has stopped are kept for `fg`. A job that ended in order may change
        modes, as scripts do with `stty -ixon`; but only stty itself may leave modes in which the
        terminal is hard to use.
        """
        with suppress(OSError, termios.error):
            self._return_to_foreground()
            left = modes_of(self.descriptor)
            now = self._without_prompt(left)
            if now != left and not ran_stty:
                now = self.modes  # it restored the modes that it had found: the prompt's
            missed = () if ran_stty else _missed(self.modes, now)
            is_stopped = job.state == STOPPED
            was_killed = any(isinstance(process.status, Killed) for process in job.processes)
            if is_stopped:
                job.modes = left
            elif not was_killed and not missed:
                self.modes = now
            if left != self.modes:
                self._set_modes(self.modes)
            if not os.get_blocking(self.descriptor):
                os.set_blocking(self.descriptor, True)
                missed = (*missed, "blocking reads")
            if is_stopped or was_killed or missed:
                os.write(self.descriptor, self.reset)
            if missed:
                self.repairs.append(Repair(job.text, missed, is_stopped))

    def _return_to_foreground(self) -> None:
        # SIGTTOU is ignored by the shell: this never stops it.
        retried(lambda: processes.tcsetpgrp(self.descriptor, self.group))

    def _set_modes(self, modes: Modes) -> None:
        set_modes(self.descriptor, modes)

    def give_modes(self, job: Job) -> None:
        """Put the terminal into the modes that the job was using when it stopped."""
        if job.modes is not None:
            with suppress(termios.error):
                self._set_modes(job.modes)

    def correct_modes(self) -> bool:
        """Give a program that continues what it meant, if it has taken the prompt's modes.

        A program in the background that asks for a password finds the modes in which the prompt
        edits its line, and turns echo off in them. Returns whether there was something to correct.
        """
        with suppress(termios.error):
            now = modes_of(self.descriptor)
            meant = self._without_prompt(now)
            if meant != now:
                self._set_modes(meant)
                return True
        return False

    def _without_prompt(self, modes: Modes) -> Modes:
        """Replace modes that a program derived from the prompt's: derive them from the shell's."""
        meant = [*modes]
        characters, own = [*modes[_CHARACTERS]], self.modes[_CHARACTERS]
        if modes[_LOCAL] & termios.ICANON or characters[termios.VTIME] != PROMPT_TIME:
            return modes
        for place in (_INPUT, _LOCAL):
            meant[place] |= self.modes[place] & ~termios.ECHO
        for number in (termios.VMIN, termios.VTIME):
            characters[number] = own[number]
        meant[_CHARACTERS] = characters
        return meant

    def return_group(self) -> None:
        """Go back to the group the shell was started in, as the program that replaces it would."""
        if self.group_before != self.group:
            self.lend(self.group_before)
            try:
                processes.setpgid(0, self.group_before)
            except PermissionError:
                # That group has no member left; then the shell's own serves as well.
                self.lend(self.group)

    def release(self) -> None:
        """Leave the terminal as the shell found it."""
        self.take_back()
        if self.group_before != self.group:
            self.lend(self.group_before)
        descriptors.close(self.descriptor)


def _missed(before: Modes, now: Modes) -> tuple[str, ...]:
    """Return what a terminal in these modes lacks that it had before."""
    return tuple(words for place, flags, words in _NEEDED if before[place] & flags & ~now[place])


def retried(call: Callable[[], T]) -> T:
    """Return what a call on the terminal returns; repeat a call that fails, a few times.

    A single failure (EIO, ENOMEM, EINTR) must not end a session. On a terminal that has hung up,
    each attempt fails.
    """
    for _ in range(_ATTEMPTS - 1):
        with suppress(OSError, termios.error):
            return call()
    return call()


def modes_of(descriptor: int) -> Modes:
    """Return the modes of a terminal. Raises termios.error. See tcgetattr(3)."""
    return retried(lambda: termios.tcgetattr(descriptor))


def set_modes(descriptor: int, modes: Modes, when: int = termios.TCSADRAIN) -> None:
    """Put a terminal into modes. Raises termios.error. See tcsetattr(3)."""
    retried(lambda: termios.tcsetattr(descriptor, when, modes))
