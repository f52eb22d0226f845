"""Starts a process with posix_spawn, without a copy of the shell, in unobserved scripts.

This is a fast path: the child itself opens, duplicates and closes, and if anything fails, the fork
engine starts the process again and reports the failure. So no failure is handled here. An action
that may wait, or that cannot be repeated, is left to the fork engine.
"""

from __future__ import annotations

import errno
import os
import stat

from simpsh.kernel import call_observer, descriptors, processes, signals
from simpsh.kernel.program_execution import locate
from simpsh.shell.jobs import redirector
from simpsh.shell.jobs.job_table import ChildProcess
from simpsh.shell.jobs.shell_signals import INTERRUPTING
from simpsh.shell.plan.job_plan import CloseDescriptor, Duplicate, HereText, OpenFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Set

    from simpsh.shell.jobs.job_context import JobContext
    from simpsh.shell.plan.job_plan import Action, JobPlan, ProcessPlan

    Ends = tuple[int | None, int | None]


def can_spawn(plan: JobPlan, context: JobContext) -> bool:
    """Return whether posix_spawn may start processes of this job."""
    if call_observer.observer() is not None:
        return False
    if plan.output is not None and context.has_job_control:
        return False  # the child must ignore the signals that stop processes
    if context.terminal is not None and not plan.is_background:
        return False  # the child must take the terminal before it begins
    # posix_spawn cannot ignore a signal for the child unless the shell ignores it, too.
    ignored, _ = context.dispositions.split(context.dispositions_of_job(plan))
    return all(signals.disposition(number) == signals.SIG_IGN for number in ignored)


def spawned(
    process: ProcessPlan,
    plan: JobPlan,
    context: JobContext,
    ends: Ends,
    group: int | None,
    mask: Set[int] | None = None,
) -> ChildProcess | None:
    """Spawn one process of a job; return None if it must be forked.

    Args:
        process: the process, one of `plan`.
        plan: the job; can_spawn() is true for it.
        context: the state of the shell.
        ends: the descriptors that become its standard input and output, or None.
        group: its process group; 0 for a new one, None for the shell's.
        mask: the signals to block; None for those that the shell blocks.
    """
    if process.body is not None or not all(map(_is_repeatable, process.actions)):
        return None
    environment, path = context.program(process)
    file, error = locate(process.argv[0], path)
    if error:
        return None
    # Name all signals that are not ignored: the C library calls sigaction for every other signal.
    _, defaults = context.dispositions.split(context.dispositions_of_job(plan))
    if plan.is_background and not context.has_job_control:
        # The shell ignores them for the moment, for the child.
        defaults = tuple([number for number in defaults if number not in INTERRUPTING])
    opened: list[int] = []
    try:
        pid = processes.posix_spawn(
            file,
            process.argv,
            environment,
            file_actions=_file_actions(process.actions, ends, opened),
            group=group,
            mask=mask,
            defaults=defaults,
        )
    except (OSError, ValueError):
        return None
    finally:
        for descriptor in opened:
            descriptors.close(descriptor)
    return ChildProcess(pid, process.text, process.argv[0])


def _is_repeatable(action: Action) -> bool:
    """Return whether an action does not wait, and can be carried out again after a failure.

    The open of a FIFO or a serial line waits, and ^C does not reach a process in posix_spawn.
    """
    if not isinstance(action, OpenFile):
        return True
    if action.flags & os.O_EXCL:
        return False
    try:
        facts = os.stat(action.path)
    except (OSError, ValueError):
        return True
    kind = stat.S_IFMT(facts.st_mode)
    is_memory = kind == stat.S_IFCHR and os.major(facts.st_rdev) == _MEMORY_DEVICES
    return kind in (stat.S_IFREG, stat.S_IFDIR) or is_memory


_MEMORY_DEVICES = 1
"""The major number of /dev/null, /dev/zero and the like; see null(4)."""


def _file_actions(
    actions: tuple[Action, ...], ends: Ends, opened: list[int]
) -> list[tuple[object, ...]]:
    """Return the file actions of posix_spawn; add descriptors to close afterwards to `opened`.

    Raises OSError: an action would fail, or only a forked child can carry it out.
    """
    connected = {number: end for number, end in enumerate(ends) if end is not None}
    result: list[tuple[object, ...]] = [
        (os.POSIX_SPAWN_DUP2, end, number) for number, end in connected.items()
    ]
    put = set(connected)
    for action in actions:
        match action:
            case OpenFile(number, path, flags):
                result.append((os.POSIX_SPAWN_OPEN, number, path, flags, 0o666))
            case HereText(number, data):
                opened.append(descriptors.move_above(redirector.readable(data)))
                result.append((os.POSIX_SPAWN_DUP2, opened[-1], number))
            case Duplicate(number, source):
                if source not in put:
                    redirector.check_source(source)
                result.append((os.POSIX_SPAWN_DUP2, source, number))
            case CloseDescriptor(number):
                result.append((os.POSIX_SPAWN_CLOSE, number))
        put.add(action.descriptor)
    if put.intersection(opened):
        # A redirection would replace a text that a later one needs.
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return result
