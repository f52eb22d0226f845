"""What a forked child does until it is the command: the textbook's steps between fork and exec.

A child is born with all signals blocked and their dispositions already set (by the parent,
before fork), so that no handler of the shell's can run in it. It never returns to its caller.
"""

from __future__ import annotations

import errno
import os

from simpsh.errors import RedirectionProblem
from simpsh.jobs import redirecting, search
from simpsh.kernel import descriptors, groups, observing, processes, signals
from simpsh.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence, Set
    from typing import NoReturn

    from simpsh.jobs.context import Context, ShellSide
    from simpsh.jobs.watch import Watched
    from simpsh.plan.values import Action, ProcessPlan

_SHELL_IS_GONE = 125
_SH = "/bin/sh"


class Place(Record):
    """Where a child stands in its job."""

    group: int | None
    """The process group to join, 0 to begin one, None to stay in the shell's."""
    terminal: int | None
    """The terminal to take for its group, or None."""
    stdin: int | None
    """The read end of the pipe from its left neighbour, or None."""
    stdout: int | None
    """The write end of the pipe to its right neighbour or to the shell, or None."""
    gate: descriptors.Pipe | None
    """It may begin when a byte comes through; end of file means that the shell gave up."""
    has_neighbours: bool
    """Whether it is one of several that must all be in place before any may begin."""
    mask: Set[int]
    """The signals that were blocked when simpsh started."""
    environment: dict[str, str]
    """The program's environment; made before fork, where it costs no copied pages."""
    path: str
    """Where the program is looked for, or where it was found: directories as in PATH."""


def become(
    process: ProcessPlan, place: Place, context: Context, watched: Watched | None
) -> NoReturn:
    """Take the place in the job, redirect, and turn into the command; never return."""
    shell = context.shell
    if watched is not None:
        observing.set_observer(watched.reporter)
    try:
        _take_place(place, watched)
        if process.actions or place.stdin is not None or place.stdout is not None:
            _redirect(place, process.actions, shell)
        if process.body is None:
            message, status = try_to_execute(process.argv, place.environment, place.path)
            if watched is not None:
                watched.reporter.flush()
            shell.complain(with_hint(shell, message, process.argv[0], status))
            processes.exit_now(status)
        if watched is not None:
            watched.reporter.entering("subshell", ())
            watched.recorder.go_on_in_copy()
            observing.set_observer(watched.recorder)
        close_own(context.kept)
        processes.exit_now(process.body())
    except Exception as error:  # noqa: BLE001 - a defect of the shell's, told in one line
        shell.complain(f"internal error in a child: {error!r}")
    finally:
        # Whatever happened: a second shell must not go on where the first one does.
        os._exit(_SHELL_IS_GONE)


def _take_place(place: Place, watched: Watched | None) -> None:
    if place.group is not None:
        groups.setpgid(0, place.group)
    if place.terminal is not None:
        # SIGTTOU is blocked here: a background group would be stopped for this.
        groups.tcsetpgrp(place.terminal, groups.getpgrp())
    if watched is not None and place.has_neighbours:
        is_let_in = watched.reporter.await_start()
    elif place.gate is not None:
        os.close(place.gate.write_end)
        is_let_in = bool(os.read(place.gate.read_end, 1))
    else:
        is_let_in = True
    if not is_let_in:
        processes.exit_now(_SHELL_IS_GONE)
    # From here on ^C and ^Z act, also while a redirection waits for a FIFO's other side.
    signals.sigprocmask(signals.SIG_SETMASK, place.mask)


def _redirect(place: Place, actions: Sequence[Action], shell: ShellSide) -> None:
    try:
        if place.stdin is not None:
            redirecting.put(place.stdin, 0)
        if place.stdout is not None:
            redirecting.put(place.stdout, 1)
        redirecting.apply(actions)
    except RedirectionProblem as problem:
        shell.complain(problem)
        processes.exit_now(1)


def close_own(kept: Set[int]) -> None:
    """Close, in a copy of the shell, what exec would have closed: all but what it still needs.

    A subshell that kept the read end of its own output would never see a broken pipe, and one
    that kept a write end would let its reader wait for ever.
    """
    for name in os.listdir("/proc/self/fd"):
        number = int(name)
        if number <= 2 or number in kept or not descriptors.is_close_on_exec(number):
            continue
        if number < descriptors.OWN_LOWEST:
            descriptors.close(number)
        else:
            # What is kept out of the user's way is kept out of the record, too.
            os.close(number)


def with_hint(shell: ShellSide, message: str, name: str, status: int) -> str:
    """Add to a complaint, at the prompt, which command was meant by a name that was not found."""
    hint = shell.suggest(name) if status == 127 and shell.suggest is not None else None
    return f"{message}\nhint: {hint}" if hint else message


def try_to_execute(
    argv: tuple[str, ...], environment: dict[str, str], path: str
) -> tuple[str, int]:
    """Try the files that `argv[0]` may mean, as execvp(3) does.

    Returns:
        Only on failure: why, and the exit status that it means.
    """
    name = argv[0]
    error, failed = errno.ENOENT, name
    for file in search.candidates(name, path):
        try:
            processes.execve(file, argv, environment)
        except OSError as problem:
            number = problem.errno or errno.EIO
            if number == errno.ENOEXEC and search.is_text(file):
                number = _execute_script(file, argv, environment)
            if number not in (errno.ENOENT, errno.ENOTDIR) or "/" in name:
                # The first telling failure wins: a later directory may still have the program.
                if error in (errno.ENOENT, errno.ENOTDIR):
                    error, failed = number, file
            elif os.path.lexists(file):
                error, failed = number, file
        except (ValueError, UnicodeEncodeError):
            error, failed = errno.ENOENT, file
    status = 127 if failed == name and "/" not in name else search.exit_status(error)
    return search.explanation(name, failed, error, argv), status


def _execute_script(file: str, argv: tuple[str, ...], environment: dict[str, str]) -> int:
    # POSIX XCU 2.9.1.4: a text file that has no format of its own is a shell script.
    try:
        processes.execve(_SH, (_SH, file, *argv[1:]), environment)
    except OSError as problem:
        return problem.errno or errno.EIO
