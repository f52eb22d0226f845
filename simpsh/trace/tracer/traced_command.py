"""Starting a command under the tracer: the child waits at a gate until it is seized.

The filter is installed by the child itself, after the seizing and before execve: it can never be
taken off again, so no process that is to outlive the tracer may have it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from simpsh import console
from simpsh.base.errors import SimpshError
from simpsh.base.signal_names import SIGINT, SIGPIPE, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGXFSZ
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, dup2, pipe2, read, write
from simpsh.kernel.machine import ptrace, seccomp
from simpsh.kernel.processes import chdir, exit_now, fork
from simpsh.kernel.program_execution import execute, explanation, locate, search_path
from simpsh.kernel.signals import CATCHABLE
from simpsh.kernel.wait_calls import waitpid

_NOT_FOUND = 127

TERMINAL_SIGNALS = (SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU)
"""Ignored by the tracer, so that a key of the terminal reaches the command, not its observer."""


class NotTraceable(SimpshError):
    """This process may not trace: the system forbids it, or another tracer is there already."""


@dataclass(frozen=True, slots=True)
class TracedCommand:
    """A command to run under the tracer."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] | None = None
    """None for this process's own."""
    directory: str = ""
    """Where to run it; empty for here."""
    descriptors: tuple[tuple[int, int], ...] = ()
    """Its descriptors that differ from this process's: number there, number here."""
    ignored: frozenset[int] = frozenset()
    """The signals that it finds ignored; all others are at their default."""


def start(command: TracedCommand, level: str, prepare: Callable[[], object] | None = None) -> int:
    """Start a command under this process's eyes, and return its pid; it dies with the tracer.

    Args:
        command: what to run.
        level: events, calls or io.
        prepare: called in the child before its program begins.

    Raises:
        NotTraceable: the kernel refuses to let this process trace its child.
        OSError: EAGAIN EMFILE …; the child cannot be made.
    """
    # Who only seizes a command, as the explorer does, needs nothing of the tracer.
    from simpsh.trace.tracer.process_tracer import seize_options
    from simpsh.trace.tracer.traced_calls import assembled_filter

    options = seize_options(level, dies_with_tracer=True)
    return start_seized(command, options, assembled_filter(level), prepare)


def start_seized(
    command: TracedCommand,
    chosen: int,
    assembled: bytes,
    prepare: Callable[[], object] | None = None,
) -> int:
    """Start a command with these options of PTRACE_SEIZE and this filter, and return its pid.

    Args:
        command: what to run.
        chosen: the options, or'ed.
        assembled: the seccomp filter; empty for none.
        prepare: called in the child before its program begins.

    Raises:
        NotTraceable, OSError: as for start().
    """
    gate = pipe2()
    refusal = ""
    try:
        pid = fork()
        if pid == 0:  # in the child
            _become(command, assembled, (gate.read_end, gate.write_end), prepare)
        refusal = _admit(pid, chosen, gate.write_end)
    finally:
        # At end of file, without the word, the child ends by itself.
        close(gate.write_end)
        close(gate.read_end)
    if refusal:
        waitpid(pid)
        raise NotTraceable(f"this system lets no process trace its child ({refusal})")
    return pid


def _admit(pid: int, chosen: int, gate: int) -> str:
    """Seize the child and open the gate; return the reason if that is refused."""
    try:
        ptrace.seize(pid, chosen)
        write(gate, b"!")
    except OSError as error:
        return error.strerror or "refused"
    return ""


def _become(
    command: TracedCommand,
    assembled: bytes,
    gate: tuple[int, int],
    prepare: Callable[[], object] | None,
) -> NoReturn:
    """Be the child: wait at the gate, then turn into the command."""
    status = _NOT_FOUND
    # What Python ignores itself stays so for Python's code; a program gets it as it should be.
    set_signals(command, CATCHABLE.difference((SIGPIPE, SIGXFSZ)))
    try:
        close(gate[1])
        if read(gate[0], 1) == b"!":
            if prepare is not None:
                prepare()
            status = run_program(command, assembled)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the child must not come back
        console.complain(f"trace: {command.argv[0]}: {error}")
    exit_now(status)


def set_signals(command: TracedCommand, chosen: Iterable[int] = CATCHABLE) -> None:
    """Ignore what a command is to find ignored, and set the others chosen to their default."""
    ignored = command.ignored
    signals.set_dispositions(
        {one: signals.SIG_IGN if one in ignored else signals.SIG_DFL for one in chosen}
    )


def run_program(command: TracedCommand, assembled: bytes) -> int:
    """Change this process into the command; return the exit status if that fails."""
    for theirs, ours in command.descriptors:
        dup2(ours, theirs)
    if command.directory:
        chdir(command.directory)
    set_signals(command)
    environment = os.environ if command.environment is None else command.environment
    # Found before the filter is there: the looking is no part of what the command does.
    file, error = locate(command.argv[0], search_path(environment))
    if not error:
        if assembled:
            seccomp.install(assembled)
        error = execute(file, command.argv, environment)
    message, status = explanation(command.argv, file, error)
    console.complain(message)
    return status
