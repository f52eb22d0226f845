"""The end of a run: whoever is left is ended and collected, and that nobody is left is proved."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from simpsh.kernel import ptrace, signals
from simpsh.process.kinship import family
from simpsh.trace.tracer import SIGKILL

if TYPE_CHECKING:
    from collections.abc import Callable


def collect_all() -> None:
    """End and collect every process below this one, and so prove that nobody is left.

    This process is a subreaper: whoever is left is its child, or below one.
    """
    try:
        status = ptrace.next_status(is_patient=False)
        while True:
            if status is None:
                kill_all_below()
                # Whose stop was taken and never answered is asleep in it, in its last one for ever.
                for one in family(os.getpid())[1:]:
                    _quietly(partial(ptrace.resume, one.process.pid))
                status = ptrace.next_status()
            if status is not None and status.word & 0x7F == 0x7F:
                # A stop: whoever is to end must be let go.
                for request in (lambda pid: signals.kill(pid, SIGKILL), ptrace.resume):
                    _quietly(partial(request, status.pid))
            status = ptrace.next_status(is_patient=False)
    except ChildProcessError:
        # ECHILD is the proof.
        return


def kill_all_below() -> None:
    """Send SIGKILL to every process below this one."""
    for one in family(os.getpid())[1:]:
        _quietly(partial(signals.kill, one.process.pid, SIGKILL))


def _quietly(request: Callable[[], object]) -> None:
    try:
        request()
    except ProcessLookupError:
        # It has ended by itself, and will be collected.
        return
