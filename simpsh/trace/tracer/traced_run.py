"""Recording one command with the tracer, in the calling process, which must have no other children.

session_tracer.py watches a whole session, from a process of its own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

from simpsh.base.events import Event
from simpsh.base.signal_names import SIGCHLD, SIGHUP, SIGKILL, SIGTERM
from simpsh.kernel import signals
from simpsh.kernel.machine import ptrace
from simpsh.kernel.processes import fork
from simpsh.kernel.program_execution import locate, search_path
from simpsh.kernel.wait_calls import waitpid
from simpsh.process import proc
from simpsh.trace.tracer.family_account import TracerOptions
from simpsh.trace.tracer.process_tracer import Tracer, seize_options
from simpsh.trace.tracer.rest_detection import RestWatch
from simpsh.trace.tracer.stop_mirroring import mirror_stop
from simpsh.trace.tracer.traced_command import TERMINAL_SIGNALS, TracedCommand, start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.trace.source.call_sites import CallSites

TRACER_NAME = "simpsh-truth"
"""What /proc calls the tracer of a session under --truth."""
_FAILED = 125


class TracerEnded(BaseException):
    """The tracer was asked to end (SIGTERM, SIGHUP); what it traces ends with it."""

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal


@dataclass(frozen=True, slots=True)
class FollowOptions:
    """How to follow a command."""

    level: str = "calls"
    deadline_seconds: float | None = None
    """After how long the family is ended; None for never."""
    until_rest: bool = False
    """End the family as soon as none of it can move any more; needs level io."""
    mirrors_stops: bool = False
    """Stop as the command is stopped, so that a shell that waits for the tracer sees it."""
    call_sites: CallSites | None = None
    """Finds the source line of each call, and keeps the source files; None for no lines."""


@dataclass(frozen=True, slots=True)
class FollowOutcome:
    """How following a command went."""

    status: int
    """The status word of the command's first process."""
    is_overdue: bool = False
    """Whether it was ended because its time was over."""
    untold: int = 0
    """How many reads, writes and closes were too many to be recorded."""
    remarks: tuple[str, ...] = ()
    """What else was not seen, or differs because it was traced, in sentences."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what the recording lacks."""
        if not self.untold:
            return self.remarks
        lost = f"{self.untold} further reads, writes and closes are not in the recording"
        return (*self.remarks, lost)


def who_traces_us() -> str:
    """Return in one line who traces this process already, and what to do; empty for no tracer."""
    tracer = proc.tracer_pid(os.getpid())
    if not tracer:
        return ""
    name = proc.command_name(tracer) or "another program"
    if name == TRACER_NAME:
        return (
            "this session is under --truth, and a process has one tracer at a time: "
            "run the command as it is, then `timeline` draws what the kernel saw of it"
        )
    return (
        f"this process is already traced by {name} (pid {tracer}), and a process has one tracer "
        f"at a time: start simpsh without {name}"
    )


def known_obstacle() -> str:
    """Return in one line what prevents tracing here, as far as it is known without trying."""
    ours = who_traces_us()
    if ours or ptrace.is_known_architecture():
        return ours
    return "the system calls of this machine's architecture are not known here"


def why_not() -> str:
    """Return in one line why this process cannot trace a child; empty if it can.

    One throw-away child is seized to know: Yama, containers and old kernels differ.
    """
    obstacle = known_obstacle()
    if obstacle:
        return obstacle
    pid = fork()
    if pid == 0:  # in the child
        while True:
            signals.pause()
    try:
        ptrace.seize(pid, ptrace.EXITKILL)
    except OSError as error:
        return f"this system lets no process trace its child ({error.strerror})"
    finally:
        signals.kill(pid, SIGKILL)
        waitpid(pid)
    return ""


def follow(
    command: TracedCommand,
    sink: Callable[[Event], object],
    how: FollowOptions | None = None,
    before_waiting: Callable[[], object] | None = None,
) -> FollowOutcome:
    """Run a command and hand each event of its family to `sink`, until it has ended.

    The calling process ignores the terminal's signals meanwhile, and must have no other children.

    Args:
        command: what to run.
        sink: called with each event, while the process it tells of is held: it should be quick.
        how: the level, and when to end.
        before_waiting: called while no process is held; the place for slower work.

    Raises:
        NotTraceable: the kernel refuses.
        OSError: EAGAIN EMFILE …; the child cannot be made.
        TracerEnded: SIGTERM or SIGHUP came; the command has been ended.
    """
    how = how or FollowOptions()
    if how.call_sites is not None:
        environment = os.environ if command.environment is None else command.environment
        file, _ = locate(command.argv[0], search_path(environment))
        how.call_sites.prepare(os.path.join(command.directory, file))

    def look() -> None:
        if watch.look() and how.until_rest:
            tracer.kill_all()

    chosen = seize_options(how.level, dies_with_tracer=True)
    options = TracerOptions(
        child_options=chosen if how.level == "events" else 0,
        parent_options=chosen | ptrace.TRACEEXIT if how.level == "events" else 0,
        when_idle=look if how.level == "io" else None,
        when_stopped=(lambda _: mirror_stop(tracer.account)) if how.mirrors_stops else None,
        before_waiting=before_waiting,
        call_sites=how.call_sites,
    )
    tracer = Tracer(sink, how.level, options)
    watch = RestWatch(tracer.account)
    # Before the terminal's signals are ignored here: what is typed now must reach the command.
    pid = start(command, how.level)
    dispositions = _watch_signals()
    blocked = signals.sigprocmask(signals.SIG_BLOCK, (SIGCHLD,))
    try:
        tracer.begin(pid, command.argv)
        if how.deadline_seconds is not None:
            tracer.deadline = time.monotonic() + how.deadline_seconds
        try:
            tracer.run()
        finally:
            signals.set_dispositions({SIGTERM: signals.SIG_IGN, SIGHUP: signals.SIG_IGN})
            tracer.kill_all()
    finally:
        signals.sigprocmask(signals.SIG_SETMASK, blocked)
        signals.set_dispositions(dispositions)
    return _outcome(tracer)


def _outcome(tracer: Tracer) -> FollowOutcome:
    status = tracer.root_status
    return FollowOutcome(
        _FAILED << 8 if status is None else status,
        is_overdue=tracer.is_overdue,
        untold=tracer.account.untold,
        remarks=tuple(tracer.account.remarks),
    )


def _watch_signals() -> dict[int, signals.Disposition]:
    """Ignore the terminal's signals and turn a request to end into an exception."""
    chosen: dict[int, signals.Disposition] = dict.fromkeys(TERMINAL_SIGNALS, signals.SIG_IGN)
    for number in (SIGTERM, SIGHUP):
        # A signal that is ignored (nohup) stays so.
        if signals.disposition(number) != signals.SIG_IGN:
            chosen[number] = _end
    return signals.set_dispositions(chosen)


def _end(signal: int, _: FrameType | None) -> NoReturn:
    raise TracerEnded(signal)
