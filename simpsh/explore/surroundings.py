"""What the explorer's own process needs to be like while a run goes on."""

from __future__ import annotations

import os

from simpsh.kernel.processes import is_child_subreaper, sched_setaffinity, set_child_subreaper
from simpsh.kernel.signals import SIG_BLOCK, SIG_SETMASK, sigprocmask

SIGCHLD = 17


class Surroundings:
    """Set up when it is made, until put back."""

    def __init__(self) -> None:
        # Every stop sends it; it is waited for.
        self._mask = sigprocmask(SIG_BLOCK, (SIGCHLD,))
        # Orphans' zombies come to the explorer, which makes them vanish at a fixed moment.
        self._was_subreaper = is_child_subreaper()
        set_child_subreaper(True)
        # One of all goes at a time: on one processor they are woken up fastest.
        self._processors = os.sched_getaffinity(0)
        chosen = sorted(self._processors)[os.getpid() % len(self._processors)]
        sched_setaffinity(0, (chosen,))

    def put_back(self) -> None:
        """Make everything as it was."""
        sched_setaffinity(0, self._processors)
        set_child_subreaper(self._was_subreaper)
        sigprocmask(SIG_SETMASK, self._mask)
