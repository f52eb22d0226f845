"""The steps of a forked child from fork to exec.

The parent blocks all signals and sets the dispositions before fork, so that no handler of the shell
can run in the child.
"""

from __future__ import annotations

import os

from simpsh.base.errors import RedirectionProblem, defect_in_a_line
from simpsh.base.record import Node, suppress
from simpsh.base.signal_names import SIGCHLD
from simpsh.kernel import call_observer, descriptors, processes, signals
from simpsh.kernel.program_execution import execute_along_path
from simpsh.shell.jobs import redirector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Set
    from typing import NoReturn

    from simpsh.shell.jobs.job_context import JobContext
    from simpsh.shell.jobs.narrator import ChildNarration
    from simpsh.shell.plan.job_plan import ProcessPlan
    from simpsh.shell.state import State

_SHELL_IS_GONE = 125


class ChildSetup(Node):
    """The group, the terminal and the descriptors that a child takes before exec."""

    group: int | None
    """The process group to join, 0 to create one, None to stay in the shell's."""
    terminal: int | None
    """The terminal to take for its group, or None."""
    stdin: int | None
    """The read end of the pipe from its left neighbour, or None."""
    stdout: int | None
    """The write end of the pipe to its right neighbour or to the shell, or None."""
    gate: descriptors.PipeEnds | None
    """The child begins when it reads a byte; end of file means that the start was aborted."""
    mask: Set[int]
    """The signals that were blocked when simpsh started."""
    environment: dict[str, str]
    """The program's environment, built before fork, which saves copies of pages."""
    path: str
    """The directories to search for the program, as in PATH."""


def become(
    process: ProcessPlan, setup: ChildSetup, context: JobContext, narration: ChildNarration | None
) -> NoReturn:
    """Join the job, redirect, and execute the command; never return.

    `narration` is None if nothing is narrated.
    """
    shell = context.shell
    try:
        if shell.record is not None:
            shell.record.become_child()
        if setup.group is not None:
            processes.setpgid(0, setup.group)
        if setup.terminal is not None:
            # SIGTTOU is blocked; otherwise this would stop a background group.
            with suppress(OSError):  # EIO: the terminal has hung up
                processes.tcsetpgrp(setup.terminal, processes.getpgrp())
        if setup.gate is not None:
            os.close(setup.gate.write_end)
            if not os.read(setup.gate.read_end, 1):
                processes.exit_now(_SHELL_IS_GONE)
        # Unblock before redirecting: ^C must end an open(2) that waits for the other end of a FIFO.
        signals.sigprocmask(signals.SIG_SETMASK, setup.mask)
        if process.actions or setup.stdin is not None or setup.stdout is not None:
            _redirect(setup, process, shell)
        if narration is not None:
            narration.write()
        if process.body is None:
            if context.plain_dispositions()[SIGCHLD] == signals.SIG_IGN:
                signals.sigaction(SIGCHLD, signals.SIG_IGN)
            message, status = execute_along_path(process.argv, setup.environment, setup.path)
            context.complain_of(message, process, status)
            processes.exit_now(status)
        if narration is not None:
            narration.become_copy()
            call_observer.set_observer(context.narrator)
        close_own(context.kept_in_copies)
        processes.exit_now(process.body())
    except Exception as error:  # noqa: BLE001 - a defect must not return to the shell's loop
        shell.complain(f"in a child: {defect_in_a_line(error)}")
    finally:
        os._exit(_SHELL_IS_GONE)


def _redirect(setup: ChildSetup, process: ProcessPlan, shell: State) -> None:
    try:
        if setup.stdin is not None:
            redirector.put(setup.stdin, 0)
        if setup.stdout is not None:
            redirector.put(setup.stdout, 1)
        redirector.apply(process.actions)
    except RedirectionProblem as problem:
        shell.complain(problem)
        if shell.record is not None:
            shell.record.failed(problem.status, process.argv, shell.role, problem=problem)
        processes.exit_now(problem.status)


def close_own(needed: Set[int]) -> None:
    """Close, in a copy of the shell, all close-on-exec descriptors but those it needs.

    If a subshell kept the read end of its own output, it would never get SIGPIPE. If it kept a
    write end, the reader would never see end of file.
    """
    for number in descriptors.closed_by_exec():
        if number <= 2 or number in needed:
            continue
        if number < descriptors.OWN_LOWEST:
            descriptors.close(number)
        else:
            os.close(number)  # unobserved: the shell's own descriptors are not recorded
