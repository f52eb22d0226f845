"""Recording one command with the tracer, in the calling process, which must have no other children.

session_tracer.py watches a whole session, from a process of its own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

from simpsh.base.events import Event
from simpsh.base.signal_names import SIGCHLD, SIGHUP, SIGKILL, SIGTERM
from simpsh.kernel import signals
from simpsh.kernel.machine import ptrace
from simpsh.kernel.process_groups import getpgrp, setsid
from simpsh.kernel.processes import fork
from simpsh.kernel.program_execution import locate, search_path
from simpsh.kernel.wait_calls import waitpid
from simpsh.process import proc
from simpsh.trace.tracer.family_account import TracerOptions
from simpsh.trace.tracer.leaving import REQUESTS, EndAll, LeavingDesk, Left, SilentTracer
from simpsh.trace.tracer.process_family import TracedProcess
from simpsh.trace.tracer.process_tracer import Tracer, seize_options
from simpsh.trace.tracer.rest_detection import RestWatch
from simpsh.trace.tracer.stop_mirroring import stop_to_mirror
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
    when_stopped: Callable[[int, int], object] | None = None
    """Called with signal and pid when the command is stopped as a whole; see stop_mirroring.py."""
    desk: LeavingDesk | None = None
    """Where this process, which has no other task, learns that it is to leave; see leaving.py."""
    call_sites: CallSites | None = None
    """Finds the source line of each call, and keeps the source files; None for no lines."""
    start_monotonic_ns: int = 0
    """The moment of CLOCK_MONOTONIC that the header of the recording names; 0 for now."""


@dataclass(frozen=True, slots=True)
class FollowOutcome:
    """How following a command went."""

    status: int
    """The status word of the command's first process."""
    is_root_over: bool = True
    """Whether the first process has ended."""
    is_overdue: bool = False
    """Whether it was ended because its time was over."""
    untold: int = 0
    """How many reads, writes and closes were too many to be recorded."""
    remarks: tuple[str, ...] = ()
    """What else was not seen, or differs because it was traced, in sentences."""
    left: SilentTracer | None = None
    """What lets those pass that were left running; None if all have ended."""

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
            "run the command as it is, then `timeline` draws what the kernel saw of it. "
            "In a notebook, begin the cell with %untraced"
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
    with waiting_child() as pid:
        try:
            ptrace.seize(pid, ptrace.EXITKILL)
        except OSError as error:
            return f"this system lets no process trace its child ({error.strerror})"
    return ""


@contextmanager
def waiting_child() -> Iterator[int]:
    """Make a child that waits for a signal, and yield its pid; at the end it is killed."""
    pid = fork()
    if pid == 0:  # in the child
        while True:
            signals.pause()
    try:
        yield pid
    finally:
        signals.kill(pid, SIGKILL)
        waitpid(pid)


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
    return _CommandRun(command, sink, how, before_waiting).run()


class _CommandRun:
    """One command on its way, and how it is followed."""

    def __init__(
        self,
        command: TracedCommand,
        sink: Callable[[Event], object],
        how: FollowOptions,
        before_waiting: Callable[[], object] | None,
    ) -> None:
        self._command = command
        self._how = how
        self._before_waiting = before_waiting
        self._group = getpgrp()
        desk = how.desk
        chosen = seize_options(how.level, dies_with_tracer=True)
        options = TracerOptions(
            child_options=chosen if how.level == "events" else 0,
            parent_options=chosen | ptrace.TRACEEXIT if how.level == "events" else 0,
            when_idle=self._look_for_rest if how.level == "io" else None,
            when_stopped=self._look_at_stop,
            before_waiting=self._look,
            sleep=self._sleep if desk is not None else None,
            withholds=desk.withholds if desk is not None else None,
            call_sites=how.call_sites,
            start_monotonic_ns=how.start_monotonic_ns,
        )
        self._tracer = Tracer(sink, how.level, options)
        self._watch = RestWatch(self._tracer.account)

    def _look_for_rest(self) -> None:
        if self._watch.look() and self._how.until_rest:
            self._tracer.kill_all()

    def _look_at_stop(self, _: TracedProcess) -> None:
        tell = self._how.when_stopped
        stopped = stop_to_mirror(self._tracer.account, self._group) if tell is not None else None
        if tell is not None and stopped is not None:
            tell(stopped.stop_signal, stopped.pid)

    def _sleep(self, seconds: float | None) -> bool:
        assert self._how.desk is not None
        return self._how.desk.sleep(self._tracer, seconds)

    def _look(self) -> None:
        if self._before_waiting is not None:
            self._before_waiting()
        if self._how.desk is not None:
            self._how.desk.look(self._tracer)

    def run(self) -> FollowOutcome:
        how, tracer = self._how, self._tracer
        # Before the terminal's signals are ignored here: what is typed now must reach the command.
        pid = start(self._command, how.level)
        if how.desk is not None:
            # What the command sends to its group must not reach its tracer. A group of the same
            # session would not do: the command's could not become an orphaned one.
            setsid()
        dispositions = _watch_signals(is_asked=how.desk is None)
        waited_for = (SIGCHLD,) if how.desk is None else REQUESTS
        blocked = signals.sigprocmask(signals.SIG_BLOCK, waited_for)
        try:
            tracer.begin(pid, self._command.argv)
            if how.deadline_seconds is not None:
                tracer.deadline = time.monotonic() + how.deadline_seconds
            left = self._follow()
        finally:
            if how.desk is None:
                # With a desk this process has no other task, and requests may still come.
                signals.sigprocmask(signals.SIG_SETMASK, blocked)
                signals.set_dispositions(dispositions)
        status = tracer.root_status
        return FollowOutcome(
            _FAILED << 8 if status is None else status,
            is_root_over=status is not None,
            is_overdue=tracer.is_overdue,
            untold=tracer.account.untold,
            remarks=tuple(tracer.account.remarks),
            left=left,
        )

    def _follow(self) -> SilentTracer | None:
        """Follow the family to its end, or return what lets those pass that are left running."""
        left: SilentTracer | None = None
        try:
            self._tracer.run()
        except Left:
            self._tracer.log.finish()
            left = SilentTracer(self._tracer, needs_tracer=self._how.level != "events")
        except EndAll:
            pass
        finally:
            signals.set_dispositions({SIGTERM: signals.SIG_IGN, SIGHUP: signals.SIG_IGN})
            if left is None:
                self._tracer.kill_all()
        return left


def _watch_signals(*, is_asked: bool) -> dict[int, signals.Disposition]:
    """Ignore the terminal's signals; turn a request to end into an exception, or ignore it."""
    chosen: dict[int, signals.Disposition] = dict.fromkeys(TERMINAL_SIGNALS, signals.SIG_IGN)
    for number in (SIGTERM, SIGHUP):
        # A signal that is ignored (nohup) stays so.
        if signals.disposition(number) != signals.SIG_IGN:
            chosen[number] = _end if is_asked else signals.SIG_IGN
    return signals.set_dispositions(chosen)


def _end(signal: int, _: FrameType | None) -> NoReturn:
    raise TracerEnded(signal)
