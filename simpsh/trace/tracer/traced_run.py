"""Recording one command with the tracer, in the calling process, which must have no other children.

session_tracer.py watches a whole session, from a process of its own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

from simpsh.base.events import Event
from simpsh.base.signal_names import (
    SIGCHLD,
    SIGHUP,
    SIGINT,
    SIGKILL,
    SIGTERM,
    SIGTSTP,
    SIGTTIN,
    SIGTTOU,
    SIGUSR1,
    SIGUSR2,
    STOP_SIGNALS,
)
from simpsh.base.wait_status import is_end
from simpsh.kernel import signals
from simpsh.kernel.machine import ptrace
from simpsh.kernel.processes import getpgrp, setsid
from simpsh.kernel.program_execution import locate, search_path
from simpsh.kernel.signals import kill, sigtimedwait
from simpsh.process import proc
from simpsh.trace import tracee_proc
from simpsh.trace.source.call_sites import CallSites
from simpsh.trace.tracer.family_account import FamilyAccount, TracerOptions
from simpsh.trace.tracer.process_family import TracedProcess
from simpsh.trace.tracer.process_tracer import Tracer, seize_options
from simpsh.trace.tracer.rest_detection import RestWatch
from simpsh.trace.tracer.traced_command import TERMINAL_SIGNALS, TracedCommand, start

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
    """Called with signal and pid when the command is stopped as a whole; see stop_to_mirror()."""
    desk: LeavingDesk | None = None
    """Where this process, which has no other task, learns that it is to leave; see LeavingDesk."""
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
        self._watch = RestWatch(self._tracer.account) if how.level == "io" else None

    def _look_for_rest(self) -> None:
        if self._watch is not None and self._watch.look() and self._how.until_rest:
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
        # A request to end becomes an exception; with a desk, the desk hears of it.
        chosen: dict[int, signals.Disposition] = dict.fromkeys(TERMINAL_SIGNALS, signals.SIG_IGN)
        for number in (SIGTERM, SIGHUP):
            # A signal that is ignored (nohup) stays so.
            if signals.disposition(number) != signals.SIG_IGN:
                chosen[number] = _end if how.desk is None else signals.SIG_IGN
        dispositions = signals.set_dispositions(chosen)
        waited_for = (SIGCHLD,) if how.desk is None else REQUESTS
        blocked = signals.sigprocmask(signals.SIG_BLOCK, waited_for)
        try:
            tracer.begin(pid, self._command.argv)
            if how.deadline_seconds is not None:
                tracer.deadline = time.monotonic() + how.deadline_seconds
            left: SilentTracer | None = None
            try:
                tracer.run()
            except Left:
                tracer.log.finish()
                left = SilentTracer(tracer, needs_tracer=how.level != "events")
            except EndAll:
                pass
            finally:
                signals.set_dispositions({SIGTERM: signals.SIG_IGN, SIGHUP: signals.SIG_IGN})
                if left is None:
                    tracer.kill_all()
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


def _end(signal: int, _: FrameType | None) -> NoReturn:
    raise TracerEnded(signal)


# The tracer stops when its command is stopped, so that the shell that waits for it sees it. The
# shell's job is the tracer; untraced, it would be the command. What else the command started is no
# matter of that shell: in a traced interactive shell `^Z` stops a job of that shell alone.

_OF_TERMINAL = (SIGTSTP, SIGTTIN, SIGTTOU)


def stop_to_mirror(account: FamilyAccount, group: int) -> TracedProcess | None:
    """Return the process that stands for the command, if the command is stopped as a whole."""
    living = account.family.living.values()
    command = account.root
    if command not in living:
        stopped = (member for member in living if member.is_stopped)
        command = next((member for member in stopped if proc.group(member.pid) == group), None)
    if command is None or not command.is_stopped:
        return None
    # A thread that lives and has not stopped will still report this stop.
    unstopped = command.threads - command.stopped_threads
    if any(proc.state(tid) not in ("Z", "X", "") for tid in unstopped):
        return None
    # Another process may still stop, or is there to wake the command.
    awake = [member for member in living if not member.is_stopped]
    if command.stop_signal in _OF_TERMINAL:
        # The key stops the whole group, each process at its own time.
        signal, stopped_group = command.stop_signal, proc.group(command.pid)
        awake = [member for member in awake if proc.group(member.pid) == stopped_group]
        awake = [member for member in awake if tracee_proc.has_default(member.pid, signal)]
    return None if awake else command


def stop_as(signal: int) -> None:
    """Stop this process by the signal that stopped the command; return when it is continued.

    What a shell says of a job depends on the signal.
    """
    before = signals.sigaction(signal, signals.SIG_DFL) if signal in _OF_TERMINAL else None
    signals.kill(os.getpid(), signal)
    if before is not None:
        signals.sigaction(signal, before)


# Leaving: the recording stops, and what the command left behind goes on as if never watched.
#
# At level events every thread is let go (PTRACE_DETACH). At the other levels that is impossible:
# the filter that stops chosen calls for the tracer is never taken off, and without a tracer these
# calls fail with ENOSYS (seccomp(2), SECCOMP_RET_TRACE). There the tracer stays, silent: it lets
# each call pass, until the last of these processes has ended. See ADR 15.

LEAVE, END = SIGUSR1, SIGUSR2
"""What a tracer's process is told by: leave the processes as they are; end them all."""
REQUESTS = (SIGCHLD, LEAVE, END)
"""The signals that it blocks, and waits for."""
_FOR_LONG = 3600.0
_MOST_READ = 4096


class Left(Exception):
    """The recording is to stop here, and the processes are to go on."""


class EndAll(Exception):
    """All processes are to be ended."""


class LeavingDesk:
    """Where a tracer learns between two stops that it is to leave, or to end all.

    Args:
        requests: a pipe from the process that waits for the recording, which does not block: the
            signals that asked it to end, as numbers, each with its sender's.
        follows: whether to follow the others when the command has ended.
        when_begun: called once with the pid of the command.
        when_alone: called once when the command has ended and others live.
    """

    def __init__(
        self,
        requests: int,
        *,
        follows: bool,
        when_begun: Callable[[int], object],
        when_alone: Callable[[Tracer], object],
    ) -> None:
        self.is_asked_to_end = False
        """Whether the whole family is to end with the command, or has been ended."""
        self._requests = requests
        self._follows = follows
        self._when_begun = when_begun
        self._when_alone = when_alone
        self._is_begun = self._is_alone = self._is_over = False

    def look(self, tracer: Tracer) -> None:
        """Tell how far the command is; called while no process is held.

        Raises:
            Left: the command has ended, and the others are not to be followed.
            EndAll: it has ended, and the others are to end with it.
        """
        root = tracer.root
        if not self._is_begun and root is not None:
            self._is_begun = True
            self._when_begun(root.pid)
        if tracer.root_status is None or self._is_over:
            return
        self._is_over = True
        if not tracer.family.living:
            return
        self._take_requests(tracer)
        if self.is_asked_to_end:
            raise EndAll
        if not self._follows:
            raise Left
        self._is_alone = True
        self._when_alone(tracer)

    def sleep(self, tracer: Tracer, seconds: float | None) -> bool:
        """Wait for the next stop, at most so long; return whether none came.

        Raises:
            Left: the process that waits for the recording asks for it.
            EndAll: it asks to end all; while the command runs, it asks twice: the command was
                told to end, and may do so by itself.
        """
        number = sigtimedwait(REQUESTS, _FOR_LONG if seconds is None else seconds)
        if number in (END, LEAVE):
            self._take_requests(tracer)
        return number is None

    def _take_requests(self, tracer: Tracer) -> None:
        try:
            lines = os.read(self._requests, _MOST_READ).splitlines()
        except BlockingIOError:
            return
        for number, sender in (map(int, line.split()) for line in lines):
            if sender in tracer.family.ever:
                continue  # the command sent it to its group: that asks for nothing
            if self._is_alone and number:
                raise Left
            if self._is_over or self.is_asked_to_end:
                self.is_asked_to_end = True
                raise EndAll
            self.is_asked_to_end = True
            with suppress(OSError):
                if tracer.root is not None:
                    # It may end as it would untraced.
                    kill(tracer.root.pid, number)

    def withholds(self, signal: int, info: ptrace.SignalInfo) -> bool:
        """Return whether a signal is kept from its process: a ^C that was meant for simpsh.

        Once the command has ended, ^C stops the recording. The terminal sends it to all of the
        group, those too that untraced would be in the background by now.
        """
        return self._is_alone and signal == SIGINT and info.code == ptrace.SI_KERNEL


def request(number: int, sender: int) -> bytes:
    """Return the line that tells a tracer of a signal and its sender, which it may know."""
    return b"%d %d\n" % (number, sender)


def names_of(tracer: Tracer) -> tuple[str, ...]:
    """Return the living processes of a family, each as `PID:NAME`."""
    return tuple(f"{member.pid}:{member.name}" for member in tracer.family.living.values())


class SilentTracer:
    """Lets everything pass that stops for a tracer, and tells nothing; then lets go, if it can.

    Args:
        tracer: the one that recorded; it held no process but the early-born.
        needs_tracer: whether a filter is on these processes.
    """

    def __init__(self, tracer: Tracer, *, needs_tracer: bool) -> None:
        self.names = names_of(tracer)
        """Those that were left."""
        self._needs_tracer = needs_tracer
        self._living = dict.fromkeys(tracer.family.by_thread)
        """The threads that are known, as keys."""
        self._ends_all = self._lets_go = False
        for tid in tracer.account.early.held():
            self._answer(tid, ptrace.EVENT_STOP << 16)

    def run(self) -> None:
        """Let pass until asked to let go; return when no process is traced any more."""
        is_asked = False
        while True:
            try:
                status = ptrace.next_status(is_patient=False)
            except ChildProcessError:
                return
            if status is not None:
                self._take(status)
                continue
            # A ^C that is to be withheld may still have to reach a process.
            if is_asked and not self._lets_go and not any(map(_awaits_interrupt, self._living)):
                self._lets_go = True
                # Only a stopped thread can be let go: each reports the stop, and is let go then.
                for tid in () if self._needs_tracer else tuple(self._living):
                    with suppress(OSError):
                        ptrace.interrupt(tid)
            number = sigtimedwait(REQUESTS, _FOR_LONG)
            if number == END or (number == LEAVE and sigtimedwait((END,), 0) == END):
                self._ends_all = True
                for tid in self._living:
                    with suppress(OSError):
                        kill(tid, SIGKILL)
            is_asked = is_asked or number == LEAVE

    def _take(self, status: ptrace.Status) -> None:
        if is_end(status.word):
            self._living.pop(status.pid, None)
            return
        self._living[status.pid] = None
        if self._ends_all:
            # Born meanwhile, or held at its end.
            with suppress(OSError):
                kill(status.pid, SIGKILL)
        self._answer(status.pid, status.word)

    def _answer(self, tid: int, word: int) -> None:
        """Answer a stop as the kernel would without a tracer; a process may be gone already."""
        signal, event = word >> 8 & 0xFF, word >> 16
        is_delivery = event == 0 and signal != ptrace.SYSCALL_STOP
        with suppress(OSError):
            is_interrupt = is_delivery and not self._lets_go and signal == SIGINT
            if is_interrupt and ptrace.getsiginfo(tid).code == ptrace.SI_KERNEL:
                # The ^C that asked to leave; see LeavingDesk.withholds().
                signal = 0
            if self._lets_go and not self._needs_tracer and not self._ends_all:
                ptrace.detach(tid, signal if is_delivery else 0)
                self._living.pop(tid, None)
            elif event == ptrace.EVENT_STOP and signal in STOP_SIGNALS:
                ptrace.leave_stopped(tid)
            else:
                ptrace.cont(tid, signal if is_delivery else 0)


def _awaits_interrupt(pid: int) -> bool:
    bit = 1 << (SIGINT - 1)
    pending = int(proc.status_field(pid, "ShdPnd") or "0", 16)
    blocked = int(proc.status_field(pid, "SigBlk") or "0", 16)
    # One that is stopped takes it only when it continues.
    return bool(pending & ~blocked & bit) and proc.state(pid) not in ("T", "t", "Z", "X", "")
