"""Starting a command under the tracer: the child waits at a gate until it is seized.

The child itself installs the filter, after it is seized and before execve. A filter can never be
removed, so a process that may outlive the tracer must not have one.
"""

from __future__ import annotations

from simpsh.base.errors import SimpshError
from simpsh.base.record import Record
from simpsh.base.signal_names import SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU
from simpsh.kernel import signals
from simpsh.kernel.descriptors import close, pipe2, read, write
from simpsh.kernel.processes import exit_now, fork
from simpsh.kernel.signals import CATCHABLE
from simpsh.kernel.wait_calls import waitpid
from simpsh.process.child_changes import (
    IGNORED_BY_PYTHON,
    NOT_EXECUTED,
    Descriptors,
    Directory,
    Execute,
    Signals,
    carry_out,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from simpsh.kernel.descriptors import PipeEnds
    from simpsh.process.child_changes import Change, ChildStart

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
    """Its descriptors that differ from ours: the number there and ours, or CLOSED."""
    ignored: frozenset[int] = frozenset()
    """The signals that it ignores at its start; all others have their default."""

    def changes(
        self, *more: Change, last: Callable[[], object] | None = None
    ) -> tuple[Change, ...]:
        """Return the changes that execute it, with `more` before; see Execute for `last`."""
        directory = (Directory(self.directory),) if self.directory else ()
        own = (Descriptors(self.descriptors), *directory, Signals(self.ignored, blocked=None))
        return (*own, *more, Execute(self.argv, self.environment, last))


def with_filter(assembled: bytes) -> Callable[[], object] | None:
    """Return what Execute calls last to install this filter; None for an empty one."""
    if not assembled:
        return None
    from simpsh.kernel.machine import seccomp

    return lambda: seccomp.install(assembled)


def start_seized(start: ChildStart, chosen: int, body: Callable[[], int] | None = None) -> int:
    """Start a child with these options of PTRACE_SEIZE, and return its pid; raises NotTraceable.

    It waits until it is seized, then carries out its changes and calls `body`.
    """
    # The process that waits for a tracer needs neither import.
    from simpsh.kernel.machine import ptrace

    if not ptrace.is_known_architecture():
        from simpsh.process.machine_permits import known_obstacle

        raise NotTraceable(known_obstacle())

    gate, refusal = pipe2(), ""
    # A signal for the command that comes before it is seized, or while it still ignores what its
    # tracer ignores, must not be lost. A blocked signal is kept even if it is ignored.
    mask = signals.sigprocmask(signals.SIG_BLOCK, CATCHABLE)
    try:
        pid = fork()
        if pid == 0:  # in the child
            _await_tracer(start, gate, mask)
            start.become(body)
        signals.sigprocmask(signals.SIG_SETMASK, mask)
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
        signals.sigprocmask(signals.SIG_SETMASK, mask)
        # At end of file, without the go-ahead, the child exits.
        close(gate.write_end)
        close(gate.read_end)
    if refusal:
        waitpid(pid)
        raise NotTraceable(refusal)
    return pid


def _await_tracer(start: ChildStart, gate: PipeEnds, mask: Iterable[int]) -> None:
    is_seized = False
    try:
        # No handler of the parent may run here. The child ignores what the command will ignore.
        given = (change for change in start.changes if isinstance(change, Signals))
        ignored = next((change.ignored for change in given), frozenset())
        carry_out(Signals(ignored, left=IGNORED_BY_PYTHON, blocked=None))
        close(gate.write_end)
        is_seized = read(gate.read_end, 1) == b"!"
        close(gate.read_end)
        signals.sigprocmask(signals.SIG_SETMASK, mask)
    finally:
        if not is_seized:
            exit_now(NOT_EXECUTED)


def ignored_at_start() -> frozenset[int]:
    """Return the signals that were ignored when this program began, for its commands to ignore.

    Not known for SIGPIPE and SIGXFSZ, and for signals whose disposition was set since. See
    signal(7), "Signal dispositions".
    """
    others = CATCHABLE - IGNORED_BY_PYTHON
    return frozenset(number for number in others if signals.disposition(number) == signals.SIG_IGN)
