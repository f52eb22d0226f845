"""What a forked child does until it is the command: the textbook's steps between fork and exec.

A child is born with all signals blocked and their dispositions already set (by the parent,
before fork), so that no handler of the shell's can run in it. It never returns to its caller.
"""

from __future__ import annotations

import os

from simpsh.base import failed_call
from simpsh.base.errors import RedirectionProblem, defect_in_a_line
from simpsh.base.record import Record, suppress
from simpsh.base.signal_names import SIGCHLD
from simpsh.kernel import call_observer, descriptors, processes, signals
from simpsh.kernel.program_execution import execute_along_path
from simpsh.shell.jobs import redirector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence, Set
    from typing import NoReturn

    from simpsh.shell.jobs.job_context import JobContext, ShellSide
    from simpsh.shell.jobs.narrated_start import ChildTeller
    from simpsh.shell.plan.job_plan import Action, ProcessPlan

_SHELL_IS_GONE = 125


class JobPlace(Record):
    """Where a child stands in its job."""

    group: int | None
    """The process group to join, 0 to begin one, None to stay in the shell's."""
    terminal: int | None
    """The terminal to take for its group, or None."""
    stdin: int | None
    """The read end of the pipe from its left neighbour, or None."""
    stdout: int | None
    """The write end of the pipe to its right neighbour or to the shell, or None."""
    gate: descriptors.PipeEnds | None
    """It may begin when a byte comes through; end of file means that the shell gave up."""
    mask: Set[int]
    """The signals that were blocked when simpsh started."""
    environment: dict[str, str]
    """The program's environment; made before fork, where it costs no copied pages."""
    path: str
    """Where the program is looked for, or where it was found: directories as in PATH."""


def become(
    process: ProcessPlan, place: JobPlace, context: JobContext, teller: ChildTeller | None
) -> NoReturn:
    """Take the place in the job, redirect, and turn into the command; never return."""
    shell = context.shell
    try:
        failed_call.become_child()
        if teller is not None:
            teller.begin()
        if place.group is not None:
            processes.setpgid(0, place.group)
        if place.terminal is not None:
            # SIGTTOU is blocked here: a background group would be stopped for this. The terminal
            # may have hung up (EIO): the command of a trap runs without it.
            with suppress(OSError):
                processes.tcsetpgrp(place.terminal, processes.getpgrp())
        if place.gate is not None:
            os.close(place.gate.write_end)
            if not os.read(place.gate.read_end, 1):
                processes.exit_now(_SHELL_IS_GONE)
        # From here on ^C and ^Z act, also while a redirection waits for a FIFO's other side.
        signals.sigprocmask(signals.SIG_SETMASK, place.mask)
        if teller is not None:
            teller.tell(teller.birth)
            teller.tell(teller.place)
        if process.actions or place.stdin is not None or place.stdout is not None:
            _redirect(place, process.actions, shell, teller)
        if teller is not None:
            teller.tell_end()
        if process.body is None:
            if context.plain_dispositions()[SIGCHLD] == signals.SIG_IGN:
                signals.sigaction(SIGCHLD, signals.SIG_IGN)
            message, status = execute_along_path(process.argv, place.environment, place.path)
            if teller is not None:
                teller.tell_failure()
            shell.complain(context.with_hint(message, process.argv, status))
            processes.exit_now(status)
        # Else no process would hear of what the copy's observer keeps.
        call_observer.set_observer(None)
        if teller is not None:
            teller.become_copy()
        close_own(context.kept)
        processes.exit_now(process.body())
    except Exception as error:  # noqa: BLE001 - a defect of the shell's, told in one line
        shell.complain(f"in a child: {defect_in_a_line(error)}")
    finally:
        # Whatever happened: a second shell must not run on where the first one does.
        os._exit(_SHELL_IS_GONE)


def _redirect(
    place: JobPlace, actions: Sequence[Action], shell: ShellSide, teller: ChildTeller | None
) -> None:
    try:
        if place.stdin is not None:
            redirector.put(place.stdin, 0)
        if place.stdout is not None:
            redirector.put(place.stdout, 1)
        if teller is None:
            redirector.apply(actions)
        else:
            teller.tell(teller.pipes)
            for number, action in enumerate(actions):
                # Opening a FIFO may take long: what was done before is told before.
                teller.flush()
                redirector.apply((action,))
                teller.tell_step(number)
    except RedirectionProblem as problem:
        if teller is not None:
            teller.flush()
        shell.complain(problem)
        processes.exit_now(1)


def close_own(needed: Set[int]) -> None:
    """Close, in a copy of the shell, what exec would have closed: all but what it still needs.

    A subshell that kept the read end of its own output would never see a broken pipe, and one
    that kept a write end would let its reader wait for ever.
    """
    for number in descriptors.open_descriptors():
        if number <= 2 or number in needed or not descriptors.is_close_on_exec(number):
            continue
        if number < descriptors.OWN_LOWEST:
            descriptors.close(number)
        else:
            # What is kept out of the user's way is kept out of the record, too.
            os.close(number)
