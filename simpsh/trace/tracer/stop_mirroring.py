"""The tracer stops when its command is stopped, so that the shell that waits for it sees it.

The shell's job is the tracer; untraced, it would be the command. What else the command started is
no matter of that shell: in a traced interactive shell `^Z` stops a job of that shell alone.
"""

from __future__ import annotations

import os
from contextlib import suppress

from simpsh.base.signal_names import SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU
from simpsh.kernel import signals
from simpsh.process import proc
from simpsh.trace import tracee_proc
from simpsh.trace.tracer.family_account import FamilyAccount
from simpsh.trace.tracer.process_family import TracedProcess

_OF_TERMINAL = (SIGTSTP, SIGTTIN, SIGTTOU)


def mirror_stop(account: FamilyAccount) -> None:
    """Stop this process if its command is stopped as a whole; return when it is continued."""
    command = _command_of(account)
    if command is None or not _is_whole(command) or _others_run(account, command):
        return
    _stop_as(command.stop_signal)
    if proc.group(command.pid) not in (0, os.getpgrp()):
        # SIGCONT came to our group; untraced, it would have come to the command's.
        with suppress(OSError):
            signals.kill(command.pid, SIGCONT)


def _command_of(account: FamilyAccount) -> TracedProcess | None:
    """Return the process that stands for the job: the first, or one that outlives it."""
    living = account.family.living.values()
    if account.root in living:
        return account.root
    here = os.getpgrp()
    return next((one for one in living if one.is_stopped and proc.group(one.pid) == here), None)


def _is_whole(command: TracedProcess) -> bool:
    """Return whether a process is stopped, and no thread of it will still report this stop."""
    unstopped = command.threads - command.stopped_threads
    return command.is_stopped and all(proc.state(tid) in ("Z", "X", "") for tid in unstopped)


def _others_run(account: FamilyAccount, command: TracedProcess) -> bool:
    """Return whether another process may still stop, or is there to wake the command."""
    awake = [one for one in account.family.living.values() if not one.is_stopped]
    if command.stop_signal not in _OF_TERMINAL:
        return bool(awake)
    # The key stops the whole group, each process at its own time.
    group = proc.group(command.pid)
    return any(
        proc.group(one.pid) == group and tracee_proc.has_default(one.pid, command.stop_signal)
        for one in awake
    )


def _stop_as(signal: int) -> None:
    """Stop by the signal that stopped the command: what a shell says of a job depends on it."""
    before = signals.sigaction(signal, signals.SIG_DFL) if signal in _OF_TERMINAL else None
    signals.kill(os.getpid(), signal)
    if before is not None:
        signals.sigaction(signal, before)
