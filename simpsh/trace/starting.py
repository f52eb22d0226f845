"""Starting a command under the tracer: the child waits at a gate until it is seized.

The filter is installed by the child itself, after the seizing and before execve: it can never be
taken off again, so no process that is to outlive the tracer may have it.
"""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simpsh.errors import SimpshError
from simpsh.kernel import ptrace, seccomp, signals
from simpsh.kernel.descriptors import close, dup2, pipe2, read, write
from simpsh.kernel.processes import chdir, execve, exit_now, fork
from simpsh.kernel.waiting import waitpid
from simpsh.trace.calls import assembled_filter
from simpsh.trace.tracer import options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import NoReturn

_ENOEXEC = 8
_FOUND_BUT_NOT_RUN, _NOT_FOUND = 126, 127
# Ignored by the tracer, so that a key of the terminal reaches the command and not its observer.
TERMINAL_SIGNALS = (2, 3, 20, 21, 22)


class NotTraceable(SimpshError):
    """This process may trace nobody: the system forbids it, or somebody traces already."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command to run under the tracer."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] | None = None
    """None for this process's own."""
    directory: str = ""
    """Where to run it; empty for here."""
    descriptors: tuple[tuple[int, int], ...] = ()
    """Its descriptors that differ from this process's: number there, number here."""


def find_program(name: str, environment: Mapping[str, str]) -> str:
    """Return the file that execvp(3) would run for a name; empty if PATH leads to none."""
    if "/" in name:
        return name
    found = ""
    for directory in os.get_exec_path(environment):
        path = os.path.join(directory, name)
        try:
            mode = os.stat(path).st_mode
        except OSError:
            continue
        if stat.S_ISREG(mode) and os.access(path, os.X_OK):
            return path
        found = found or path
    return found


def start(command: Command, level: str) -> int:
    """Start a command under this process's eyes, and return its pid; it dies with the tracer.

    Raises:
        NotTraceable: the kernel refuses to let this process trace its child.
        OSError: EAGAIN EMFILE …; the child cannot be made.
    """
    return start_seized(command, options(level, dies_with_tracer=True), assembled_filter(level))


def start_seized(
    command: Command, chosen: int, assembled: bytes, prepare: Callable[[], object] | None = None
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
    command: Command,
    assembled: bytes,
    gate: tuple[int, int],
    prepare: Callable[[], object] | None,
) -> NoReturn:
    """Be the child: wait at the gate, then turn into the command."""
    status = _NOT_FOUND
    signals.set_dispositions(dict.fromkeys(TERMINAL_SIGNALS, signals.SIG_DFL))
    try:
        close(gate[1])
        if read(gate[0], 1) == b"!":
            if prepare is not None:
                prepare()
            status = run_program(command, assembled)
    except BaseException as error:  # noqa: BLE001 - whatever it is, the child must not come back
        complain(f"{command.argv[0]}: {error}")
    exit_now(status)


def run_program(command: Command, assembled: bytes) -> int:
    """Change this process into the command; return the exit status if that fails."""
    for theirs, ours in command.descriptors:
        dup2(ours, theirs)
    if command.directory:
        chdir(command.directory)
    environment = os.environ if command.environment is None else command.environment
    path = find_program(command.argv[0], environment)
    if not path:
        complain(f"{command.argv[0]}: command not found")
        return _NOT_FOUND
    if assembled:
        seccomp.install(assembled)
    try:
        _execute(path, command.argv, environment)
    except FileNotFoundError:
        complain(f"{command.argv[0]}: no such file, or its interpreter is missing")
        return _NOT_FOUND
    except OSError as error:
        complain(f"{command.argv[0]}: {error.strerror}")
        return _FOUND_BUT_NOT_RUN


def _execute(path: str, argv: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    try:
        execve(path, argv, environment)
    except OSError as error:
        if error.errno != _ENOEXEC:
            raise
    # execvp(3): a file without a `#!` line is read by the shell.
    execve("/bin/sh", ("sh", path, *argv[1:]), environment)


def complain(message: str) -> None:
    """Write one line to standard error, in one write(2)."""
    sys.stderr.flush()
    write(2, f"simpsh: trace: {message}\n".encode("utf-8", "surrogateescape"))
