"""The tracer sees every process of a family from outside, and tells what the kernel reports.

A traced process stops at events – a child is born, a program is replaced, a signal arrives – and
runs on as soon as the tracer has noted it. Cause comes before effect in the log: a child that is
seen before its parent's report waits for that report. See ptrace(2).
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from simpsh.events import Continue, Exec, Exit, Fork, SignalDeliver, Start, Stop
from simpsh.kernel import ptrace
from simpsh.kernel.signals import sigtimedwait
from simpsh.trace import halts, proc_files
from simpsh.trace.calls import Calls
from simpsh.trace.collecting import Collecting
from simpsh.trace.early import EarlyBirths
from simpsh.trace.family import Family, Member
from simpsh.trace.lives import Lives
from simpsh.trace.log import Log

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.events import Event

SIGKILL, SIGCHLD, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU = 9, 17, 19, 20, 21, 22
STOP_SIGNALS = frozenset((SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU))
_FORKS = {
    ptrace.EVENT_FORK: "fork",
    ptrace.EVENT_VFORK: "vfork",
    ptrace.EVENT_CLONE: "clone",
}
MOST_EVENTS = 250_000
_FIRST_PAUSE_SECONDS, _LAST_PAUSE_SECONDS = 0.0005, 0.02
_COLLECTING_SECONDS = 0.1
_STOPPED = 0x7F


def options(level: str, *, dies_with_tracer: bool) -> int:
    """Return the options for PTRACE_SEIZE that a level of looking needs."""
    chosen = ptrace.TRACESYSGOOD | ptrace.TRACEFORK | ptrace.TRACEVFORK | ptrace.TRACECLONE
    chosen |= ptrace.TRACEEXEC
    if level != "events":
        chosen |= ptrace.TRACESECCOMP
    if level == "io":
        # Before its descriptors close: their closing is what others see of its end.
        chosen |= ptrace.TRACEEXIT | ptrace.TRACEVFORKDONE
    if dies_with_tracer:
        chosen |= ptrace.EXITKILL
    return chosen


class Tracer:
    """Follows one process and all that descend from it, until none of them lives."""

    def __init__(self, sink: Callable[[Event], object], level: str = "calls") -> None:
        self.level = level
        self.log = Log(sink)
        self.family = Family()
        self.calls = Calls(self)
        self.collecting = Collecting(self)
        self.root: Member | None = None
        self.root_status: int | None = None
        """The status word that the root ended with; None while it lives."""
        self.owns_root = True
        """Whether the root is this process's own child, which waiting collects."""
        self.when_idle: Callable[[], object] | None = None
        """Called again and again while nothing happens; whether there is a reason to come back."""
        self.before_waiting: Callable[[], object] | None = None
        """Called once before the tracer goes to sleep, when there is nothing left to note."""
        self.before_end: Callable[[], object] | None = None
        """Called before a root that is not ours ends: then everything must be in its place."""
        self.child_options = 0
        """Options of every process but the root, where they differ; else 0."""
        self.deadline: float | None = None
        """When to end everybody, by time.monotonic(); None for never."""
        self.is_overdue = False
        self.most_events = MOST_EVENTS
        """From how many events on, reads, writes and closes are only counted."""
        self.untold = 0
        """How many of them were only counted."""
        self.when_stopped: Callable[[Member], object] | None = None
        """Called after a process stopped."""
        self.early = EarlyBirths(self)
        self.lives = Lives(self)

    def begin(self, pid: int, argv: tuple[str, ...] = ()) -> None:
        """Take `pid`, just seized, as the root of the family.

        Args:
            pid: the process.
            argv: what it is about to execute; empty for one that goes on as it is.
        """
        self.root = self.family.add(pid, proc_files.parent(pid))
        if argv:
            self.tell(self.root, Start(self.root.parent, argv))
            return
        found = proc_files.descriptors(pid)
        argv = proc_files.argv(pid)
        self.tell(self.root, Start(self.root.parent, argv, found.pipes, found.files))

    def tell(self, member: Member, what: object, tid: int = 0) -> int:
        """Log something that this process did, or that happened to it."""
        return self.log.tell(member.pid, member.name, what, tid if tid != member.pid else 0)  # type: ignore[arg-type]

    def has_room(self) -> bool:
        """Tell whether one more read, write or close may be told; count it if not."""
        if self.log.last < self.most_events:
            return True
        self.untold += 1
        return False

    def run(self) -> None:
        """Follow the family until nobody of it lives, and everybody dead is accounted for."""
        while self.family.living:
            status = self._next()
            if status is None:
                break
            self.take(status)
            if self.deadline is not None and time.monotonic() > self.deadline:
                self.is_overdue = True
                self.end_everybody()
        self._await_collectors()
        self.log.finish()

    def _await_collectors(self) -> None:
        """Give adopters outside the family, whom nobody watches, a moment to collect the dead."""
        pause = _FIRST_PAUSE_SECONDS
        while self.family.zombies and pause < _COLLECTING_SECONDS:
            self._collect_adopted()
            self.collecting.look(is_last=True)
            if self.family.zombies:
                sigtimedwait((SIGCHLD,), pause)
                pause *= 2

    def _collect_adopted(self) -> None:
        """Collect the orphans that this process has adopted dead, if it is a subreaper."""
        try:
            status = ptrace.next_status(is_patient=False)
            while status is not None:
                self.take(status)
                status = ptrace.next_status(is_patient=False)
        except ChildProcessError:
            return

    def end_everybody(self) -> None:
        """Kill the whole family and follow it to its end."""
        while self.family.living:
            for member in list(self.family.living.values()):
                _try(lambda pid=member.pid: os.kill(pid, SIGKILL))  # type: ignore[misc]
            # SIGKILL does not release a process that is held at its exit event.
            for tid in [*self.family.by_thread, *self.early.held()]:
                _try(lambda tid=tid: ptrace.resume(tid))  # type: ignore[misc]
            status = ptrace.next_status()
            if status is not None:
                self.take(status)
        self.log.finish()

    def take(self, status: ptrace.Status) -> None:
        """Note one stop or end, and let the process run on."""
        member = self.family.by_thread.get(status.pid)
        if member is None and status.pid in self.family.zombies:
            # This process is a subreaper: it has just collected an orphan that was dead already.
            self.collecting.collected_here(self.family.zombies[status.pid])
            return
        if member is None:
            # Not resumed before its parent's report is in the log: effects would come first.
            self.early.hold(status)
            return
        if status.word & _STOPPED != _STOPPED:
            self.lives.ended(member, status)
            return
        if self.level == "events":
            self.collecting.look_among(member)
        try:
            self._stopped(member, status.pid, status.word)
        except ProcessLookupError:
            # It was killed meanwhile; its end will be reported.
            return

    def _next(self) -> ptrace.Status | None:
        """Wait for the next status; None if the system says that nobody is left to wait for."""
        try:
            status = ptrace.next_status(is_patient=False)
            if status is None and self.before_waiting is not None:
                self.before_waiting()
            pause = _FIRST_PAUSE_SECONDS
            while status is None and self.family.living and not self.is_overdue:
                if self._can_sleep():
                    return ptrace.next_status()
                # Both are looked for, not reported: a zombie's end, and rest.
                sigtimedwait((SIGCHLD,), pause)
                pause = min(2 * pause, _LAST_PAUSE_SECONDS)
                status = ptrace.next_status(is_patient=False)
                if status is None:
                    self._look_around()
        except ChildProcessError:
            return None
        return status

    def _can_sleep(self) -> bool:
        is_watching = self.when_idle is not None or self.deadline is not None
        return not (is_watching or self.family.zombies or self.early.held())

    def _look_around(self) -> None:
        self.collecting.look()
        self.early.look()
        if self.when_idle is not None:
            self.when_idle()
        if self.deadline is not None and time.monotonic() > self.deadline:
            self.is_overdue = True
            self.end_everybody()

    def _stopped(self, member: Member, tid: int, word: int) -> None:
        signal, event = word >> 8 & 0xFF, word >> 16
        if event == ptrace.EVENT_SECCOMP:
            self.calls.entered(member, tid)
        elif signal == ptrace.SYSCALL_STOP and event == 0:
            self.calls.returned(member, tid)
        elif event == 0:
            self._delivered(member, tid, signal)
        elif event in _FORKS:
            self._forked(member, tid, event)
        elif event == ptrace.EVENT_EXEC:
            self._executed(member, tid)
        elif event == ptrace.EVENT_STOP:
            self._halted(member, tid, signal)
        else:
            self._passed(member, tid, event)

    def _delivered(self, member: Member, tid: int, signal: int) -> None:
        info = ptrace.signal_info(tid)
        has_sender = info.code in (ptrace.SI_USER, ptrace.SI_QUEUE, ptrace.SI_TKILL)
        sender = info.sender if has_sender or signal == SIGCHLD else 0
        effect = proc_files.effect_of(member.pid, signal)
        if signal == SIGCHLD:
            halts.told_by_signal(self, sender, info.code)
        self.tell(member, SignalDeliver(signal, sender, info.code, effect), tid)
        self.calls.interrupted(member, signal)
        ptrace.resume(tid, signal)

    def _forked(self, member: Member, tid: int, event: int) -> None:
        child = ptrace.event_message(tid)
        self.calls.forget(tid)
        if event == ptrace.EVENT_CLONE and proc_files.process_of_thread(child) == member.pid:
            self.family.add_thread(member, child)
            self.tell(member, Fork(child, "", "clone", thread=True), tid)
        else:
            self.lives.born(member, child, _FORKS[event], tid)
        try:
            ptrace.resume(tid)
        finally:
            # Also when the parent was killed meanwhile: the report was made.
            self.early.release(child)

    def _executed(self, member: Member, tid: int) -> None:
        if ptrace.event_message(tid) != tid:
            self.family.become_single(member)
        self.calls.forget(tid)
        found = proc_files.descriptors(member.pid)
        argv, exe = proc_files.argv(member.pid), proc_files.executable(member.pid)
        self.tell(member, Exec(argv, exe, found.pipes, found.files))
        member.has_timer = member.has_timer or member.alarm_is_set
        ptrace.resume(tid)

    def _halted(self, member: Member, tid: int, signal: int) -> None:
        """Note a group stop or its end: LISTEN leaves it stopped, as nobody were looking."""
        if signal in STOP_SIGNALS:
            if not member.is_stopped:
                member.is_stopped, member.stop_signal = True, signal
                self.tell(member, Stop(signal))
            try:
                ptrace.listen(tid)
            except ProcessLookupError:
                raise
            except OSError:
                # EIO: killed between the report and this answer; it has to run to its end.
                ptrace.resume(tid)
            if self.when_stopped is not None:
                self.when_stopped(member)
            return
        if member.is_stopped:
            member.is_stopped = False
            self.tell(member, Continue())
        if self.child_options and member is not self.root:
            ptrace.set_options(tid, self.child_options)
        ptrace.resume(tid)

    def _passed(self, member: Member, tid: int, event: int) -> None:
        if event == ptrace.EVENT_EXIT and tid == member.pid and len(member.threads) == 1:
            if member.ending is None:
                member.ending = self.log.promise()
            if member is self.root and not self.owns_root:
                # Whoever waits for the root must find the recording complete.
                self.log.keep(
                    member.ending, member.pid, member.name, Exit(ptrace.event_message(tid))
                )
                if self.before_end is not None:
                    self.before_end()
        elif event == ptrace.EVENT_VFORK_DONE:
            member.vfork_child = 0
        ptrace.resume(tid)


def _try(request: Callable[[], object]) -> None:
    try:
        request()
    except OSError:
        # Gone already, or not in a stop: there is nothing left to do to it.
        return
