"""Starting a command under the tracer: the child waits at a gate until it is seized.

The child itself installs the filter, after it is seized and before execve. A filter can never be
removed, so a process that may outlive the tracer must not have one.
"""

from __future__ import annotations

import os

from simpsh import console
from simpsh.base.errors import SimpshError
from simpsh.base.record import Record
from simpsh.base.signal_names import SIGINT, SIGPIPE, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGXFSZ
from simpsh.kernel import signals
from simpsh.kernel.descriptors import (
    close,
    close_all_but,
    dup2,
    is_open,
    open_file,
    pipe2,
    read,
    write,
)
from simpsh.kernel.processes import chdir, exit_now, fork
from simpsh.kernel.program_execution import execute, explanation, locate, search_path
from simpsh.kernel.signals import CATCHABLE
from simpsh.kernel.wait_calls import waitpid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import NoReturn

NOT_FOUND = 127
"""The exit status of a command whose program does not exist."""

TERMINAL_SIGNALS = (SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU)
"""Ignored by the tracer, so that keys of the terminal affect only the command."""


class NotTraceable(SimpshError):
    """This process may not trace: the system forbids it, or another tracer is attached."""


class TracedCommand(Record):
    """A command to run under the tracer."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] | None = None
    """None for the environment of this process."""
    directory: str = ""
    """Its working directory; empty for the current one."""
    descriptors: tuple[tuple[int, int], ...] = ()
    """Its descriptors that differ from ours: the number there and ours; -1 for closed."""
    ignored: frozenset[int] = frozenset()
    """The signals that it ignores at its start; all others have their default."""


def start(command: TracedCommand, level: str, prepare: Callable[[], object] | None = None) -> int:
    """Start a command, traced by this process, and return its pid; it dies with the tracer."""
    # The explorer only seizes a command, and needs nothing of the tracer.
    from simpsh.trace.tracer.process_tracer import seize_options
    from simpsh.trace.tracer.syscall_events import followed_calls

    options = seize_options(level, dies_with_tracer=True)
    assembled = followed_calls(level).filter()
    return start_seized(command, options, assembled, prepare)


def start_seized(
    command: TracedCommand,
    chosen: int,
    assembled: bytes,
    prepare: Callable[[], object] | None = None,
) -> int:
    """Start a command with these options of PTRACE_SEIZE and this filter, and return its pid."""
    # The process that waits for a tracer needs neither import.
    from simpsh.kernel.machine import ptrace

    if not ptrace.is_known_architecture():
        from simpsh.process.machine_permits import known_obstacle

        raise NotTraceable(known_obstacle())

    gate, refusal = pipe2(), ""
    try:
        pid = fork()
        if pid == 0:  # in the child
            _become(command, assembled, (gate.read_end, gate.write_end), prepare)
        try:
            ptrace.seize(pid, chosen)
        except OSError as error:
            from simpsh.process.machine_permits import refused

            reason = f"this system lets no process trace its child ({error.strerror})"
            refusal = refused("ptrace") or reason
        else:
            refusal = ptrace.why_not_followed(pid)
        if not refusal:
            write(gate.write_end, b"!")
    finally:
        # At end of file, without the go-ahead, the child exits.
        close(gate.write_end)
        close(gate.read_end)
    if refusal:
        waitpid(pid)
        raise NotTraceable(refusal)
    return pid


def _become(
    command: TracedCommand,
    assembled: bytes,
    gate: tuple[int, int],
    prepare: Callable[[], object] | None,
) -> NoReturn:
    status = NOT_FOUND
    # Signals that Python ignores stay ignored for Python code; a program gets the original
    # disposition.
    set_signals(command, CATCHABLE.difference(_OVERWRITTEN))
    try:
        close(gate[1])
        if read(gate[0], 1) == b"!":
            if prepare is not None:
                prepare()
            status = run_program(command, assembled)
    except BaseException as error:  # noqa: BLE001 - no exception may reach the parent's code
        console.complain(f"{command.argv[0]}: {error}")
    exit_now(status)


def set_signals(command: TracedCommand, chosen: Iterable[int] = CATCHABLE) -> None:
    """Ignore the command's ignored signals, and set the other chosen ones to their default."""
    signals.set_dispositions(
        {
            number: signals.SIG_IGN if number in command.ignored else signals.SIG_DFL
            for number in chosen
        }
    )


def run_program(command: TracedCommand, assembled: bytes) -> int:
    """Execute the command in this process; return the exit status if that fails."""
    take_descriptors(command)
    if command.directory:
        chdir(command.directory)
    set_signals(command)
    environment = os.environ if command.environment is None else command.environment
    # Search PATH before the filter is installed: the search is not part of the command.
    file, error = locate(command.argv[0], search_path(environment))
    if not error:
        if assembled:
            from simpsh.kernel.machine import seccomp

            seccomp.install(assembled)
        error = execute(file, command.argv, environment)
    message, status = explanation(command.argv, file, error)
    console.complain(message)
    return status


def take_descriptors(command: TracedCommand) -> None:
    """Set up the command's descriptors in this process."""
    for theirs, ours in command.descriptors:
        if ours >= 0:
            dup2(ours, theirs)
        elif is_open(theirs):
            close(theirs)


def hold_nothing_but(*kept: int) -> None:
    """Go to /, and close every descriptor except these; 0 to 2 become /dev/null."""
    chdir("/")
    nothing = open_file(os.devnull, os.O_RDWR)
    for number in range(3):
        dup2(nothing, number)
    close_all_but(kept)


_OVERWRITTEN = (SIGPIPE, SIGXFSZ)
"""Signals that the interpreter ignores at its start."""


def ignored_at_start() -> frozenset[int]:
    """Return the signals that were ignored when this program began, for its commands to ignore.

    Not known for SIGPIPE and SIGXFSZ, and for signals whose disposition was set since. See
    signal(7), "Signal dispositions".
    """
    others = CATCHABLE.difference(_OVERWRITTEN)
    return frozenset(number for number in others if signals.disposition(number) == signals.SIG_IGN)
