"""The controlling terminal: who owns the keyboard, and in which modes it is.

See the job-control chapter of the GNU C library manual, and termios(3).
"""

from __future__ import annotations

import errno
import os
import termios

from simpsh.base.record import suppress
from simpsh.base.signal_names import SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU
from simpsh.kernel import descriptors, processes, signals
from simpsh.shell.jobs.job_table import Job

KEPT_FROM_THE_SHELL = (SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU)
"""Signals by which a terminal would end or stop the shell itself: it ignores them."""

_TRIES = 16
"""How often a shell in the background stops itself before it takes its group for orphaned."""


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
            self.modes = termios.tcgetattr(self.descriptor)
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
        processes.tcsetpgrp(self.descriptor, own)

    def lend(self, pgid: int) -> None:
        """Make a job's group the foreground group; nothing happens if it is gone already."""
        # OSError: every member has ended and was collected, or the terminal hung up.
        with suppress(OSError):
            processes.tcsetpgrp(self.descriptor, pgid)

    def take_back(self, job: Job | None = None, *, is_adopted: bool = False) -> None:
        """Make the shell the foreground group again, with the terminal as it should be.

        The modes of a job that has stopped are kept for `fg`. Those that were left are adopted, so
        that `stty` has an effect; else the modes from before the job come back.
        """
        # Where the terminal has hung up, the shell will read end of file and leave.
        with suppress(OSError, termios.error):
            # SIGTTOU is ignored by the shell: this never stops it.
            processes.tcsetpgrp(self.descriptor, self.group)
            now = termios.tcgetattr(self.descriptor)
            if job is not None:
                job.modes = now
            if is_adopted:
                self.modes = now
            elif now != self.modes:
                termios.tcsetattr(self.descriptor, termios.TCSADRAIN, self.modes)

    def give_modes(self, job: Job) -> None:
        """Put the terminal into the modes that the job was using when it stopped."""
        if job.modes is not None:
            with suppress(termios.error):
                termios.tcsetattr(self.descriptor, termios.TCSADRAIN, job.modes)

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
