"""The tracer stops when its command is stopped, so that the shell that waits for it sees it.

The shell's job is the tracer; untraced, it would be the command. What else the command started is
no matter of that shell: in a traced interactive shell `^Z` stops a job of that shell alone.
"""

from __future__ import annotations

import os

from simpsh.base.signal_names import SIGTSTP, SIGTTIN, SIGTTOU
from simpsh.kernel import signals
from simpsh.process import proc
from simpsh.trace import tracee_proc
from simpsh.trace.tracer.family_account import FamilyAccount
from simpsh.trace.tracer.process_family import TracedProcess

_OF_TERMINAL = (SIGTSTP, SIGTTIN, SIGTTOU)


def stop_to_mirror(account: FamilyAccount, group: int) -> TracedProcess | None:
    """Return the process that stands for the command, if the command is stopped as a whole.

    Args:
        account: what is known of the family.
        group: the process group in which the command was started.
    """
    command = _command_of(account, group)
    if command is None or not _is_whole(command) or _others_run(account, command):
        return None
    return command


def _command_of(account: FamilyAccount, here: int) -> TracedProcess | None:
    """Return the process that stands for the job: the first, or one that outlives it."""
    living = account.family.living.values()
    if account.root in living:
        return account.root
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


def stop_as(signal: int) -> None:
    """Stop this process by the signal that stopped the command; return when it is continued.

    What a shell says of a job depends on the signal.
    """
    before = signals.sigaction(signal, signals.SIG_DFL) if signal in _OF_TERMINAL else None
    signals.kill(os.getpid(), signal)
    if before is not None:
        signals.sigaction(signal, before)
