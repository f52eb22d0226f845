"""The tracer follows a family of processes from outside and logs the reports of the kernel.

A traced process stops at events – a child is born, a program is replaced, a signal arrives – and
continues as soon as the tracer has noted it. See ptrace(2).

The calls of 32-bit programs on a 64-bit machine are not followed. A set-user-ID program does not
change its user while a process without CAP_SYS_PTRACE traces it; see execve(2).
"""

from __future__ import annotations

import os
import stat
import time

from simpsh.base.events import (
    Continue,
    Event,
    Exec,
    Exit,
    Fork,
    SignalDeliver,
    Start,
    Stop,
    ThreadExit,
)
from simpsh.base.record import Record, suppress
from simpsh.base.signal_names import (
    SIGALRM,
    SIGCHLD,
    SIGCONT,
    SIGHUP,
    SIGKILL,
    SIGSTOP,
    STOP_SIGNALS,
)
from simpsh.base.wait_status import is_end
from simpsh.kernel.machine import ptrace, registers
from simpsh.kernel.machine.syscall_table import ARCHITECTURE
from simpsh.kernel.signals import sigtimedwait
from simpsh.process import proc
from simpsh.trace import tracee_proc
from simpsh.trace.tracer import syscall_events
from simpsh.trace.tracer.family_account import (
    FamilyAccount,
    TracerOptions,
    ends_all_threads,
    is_dying,
)
from simpsh.trace.tracer.process_family import TracedProcess
from simpsh.trace.tracer.syscall_events import TracedCalls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.base.event_kind import RecordLevel
    from simpsh.base.events import Effect
    from simpsh.trace.tracee_proc import Disposition

_FORKS = {ptrace.EVENT_FORK: "fork", ptrace.EVENT_VFORK: "vfork", ptrace.EVENT_CLONE: "clone"}
_FIRST_PAUSE_SECONDS, _LAST_PAUSE_SECONDS = 0.0005, 0.02
_PAUSE_PER_LOOK = 4
"""How much longer a pause is than the processor time of a look at the family. Otherwise looks would
take half of the processor on a slow machine, where each takes longer than a pause."""
LONGEST_HOLD_SECONDS = 0.1
"""A process that has used this much processor time during a hold counts as asleep."""
_MOST_WHILE_HELD = 2000
"""After this many events, processes that make calls count as asleep: they are polling."""
_COLLECTING_SECONDS, _PATIENT_COLLECTING_SECONDS = 0.1, 5.0


def seize_options(level: RecordLevel, *, dies_with_tracer: bool) -> int:
    """Return the options for PTRACE_SEIZE that a level needs."""
    chosen = ptrace.TRACESYSGOOD | ptrace.TRACEFORK | ptrace.TRACEVFORK | ptrace.TRACECLONE
    # Stop before an end, because others notice that the descriptors close before the end itself.
    chosen |= ptrace.TRACEEXEC | ptrace.TRACEEXIT
    if level != "events":
        chosen |= ptrace.TRACESECCOMP
    if level == "io":
        chosen |= ptrace.TRACEVFORKDONE
    if dies_with_tracer:
        chosen |= ptrace.EXITKILL
    return chosen


class Tracer:
    """Follows a process and its descendants; passes each event to the sink, in order."""

    def __init__(
        self,
        sink: Callable[[Event], object],
        level: RecordLevel = "calls",
        options: TracerOptions | None = None,
    ) -> None:
        self.options = options or TracerOptions()
        self.account = FamilyAccount(sink, level, self.options, self.take)
        self.family = self.account.family
        self.log = self.account.log
        self._calls = TracedCalls(self.account)
        self._programs: dict[str, _Program] = {}
        self.when_idle: Callable[[], object] | None = None
        """Called repeatedly while nothing happens; returns whether there is a reason to wake up."""
        self.when_busy: Callable[[], object] | None = None
        """Called after each status. A family that never rests leaves no moment without one."""
        self.deadline: float | None = None
        """When to end the family, by time.monotonic(); None for never."""
        self.is_overdue = False
        self.held_mark = ""
        """The mark at which the first process is held, before a call or its end."""
        self.is_late_to_end = False
        """Whether the first process is held before its end."""
        self._put_back: set[int] = set()
        """Threads that are about to be put back before their calls."""
        self._held: set[int] = set()
        """Threads that stay stopped until all others sleep; see `holds`."""
        self._held_at = 0
        """The number of the last event when a thread was last held."""
        self._dying: set[int] = set()
        """Processes that continue after their exit event and have not ended yet."""
        self._shortest_pause = _FIRST_PAUSE_SECONDS
        """Depends on the processor time of the last look at the family."""
        self._computed: dict[int, float] = {}
        """The processor time of each other process at the first check after a thread was last
        held."""

    def begin(self, pid: int, argv: tuple[str, ...] = ()) -> None:
        """Take `pid`, just seized, as the first process, and log its start.

        `argv` is the command that it will execute; empty if it continues with its program.
        """
        root = self.begin_unlogged(pid, proc.parent(pid))
        if argv:
            self.account.log_event(root, Start(root.parent, argv, pgid=proc.group(pid)))
        else:
            self.log_start(root)

    def log_start(self, member: TracedProcess) -> None:
        """Log the presence of a process at the start of the recording."""
        table, argv = tracee_proc.descriptors(member.pid), proc.argv(member.pid)
        member.had_pipes, member.files = bool(table.pipes), dict(table.files)
        held, pgid = (table.pipes, table.files), proc.group(member.pid)
        state = "T" if member.is_stopped else proc.state(member.pid)
        self.account.log_event(member, Start(member.parent, argv, *held, pgid, state))

    def begin_unlogged(self, pid: int, parent: int) -> TracedProcess:
        """Take `pid`, just seized, as the first process, without logging, and return it."""
        root = self.account.root = self.family.add(pid, parent)
        self.account.numbers.locate(root, None)
        return root

    def run(self) -> None:
        """Follow the family until none of its processes lives and all collections are logged."""
        while self.family.living:
            status = self._next()
            if status is None:
                break
            self.take(status)
            if self.when_busy is not None:
                self.when_busy()
            if self.deadline is not None:
                self._end_if_overdue()
        # Adopters outside the family are not traced, and get a moment to collect the dead. If the
        # first process is not our child, no process waits for this one: a busy parent gets more
        # time.
        pause = _FIRST_PAUSE_SECONDS
        seconds = _COLLECTING_SECONDS if self.options.owns_root else _PATIENT_COLLECTING_SECONDS
        deadline = time.monotonic() + seconds
        while self.family.zombies and time.monotonic() < deadline:
            # This process itself may have adopted orphans, if it is a subreaper.
            with suppress(ChildProcessError):
                while (status := ptrace.next_status(is_patient=False)) is not None:
                    self.take(status)
            self.account.reaping.look(is_last=True)
            if self.family.zombies:
                sigtimedwait((SIGCHLD,), pause)
                pause = min(2 * pause, _LAST_PAUSE_SECONDS)
        self.log.finish()

    def kill_all(self) -> None:
        """Kill the whole family and follow it to its end."""
        if self.options.before_killing is not None:
            self.options.before_killing()
        while self.family.living:
            for member in list(self.family.living.values()):
                with suppress(OSError):
                    os.kill(member.pid, SIGKILL)
            # SIGKILL does not continue a process that is stopped at its exit event.
            for tid in [*self.family.by_thread, *self.account.early.held]:
                # Gone already, or not in a stop: nothing is left to do.
                with suppress(OSError):
                    ptrace.cont(tid)
            try:
                status = ptrace.next_status()
            except ChildProcessError:
                # This process cannot wait for any of them any more.
                break
            if status is not None:
                self.take(status)
        self.log.finish()

    def put_back(self) -> None:
        """Put the first process back before the calls in which it sleeps, and hold it there."""
        root = self.account.root
        if root is not None and root.pid in self.family.living and not root.is_stopped:
            # vfork(2) cannot be interrupted: waiting for a stop of its thread would never end.
            for tid in root.threads - {root.vfork_thread}:
                with suppress(ProcessLookupError):
                    ptrace.interrupt(tid)
                    self._put_back.add(tid)
        while self._put_back:
            tid = next(iter(self._put_back))
            status = ptrace.next_status(tid) if tid in self.family.by_thread else None
            if status is None:
                # It ended.
                self._put_back.discard(tid)
            else:
                self.take(status)

    def _hold_before_call(self, tid: int) -> None:
        self.family.held[tid] = self.held_mark
        registers.return_before_call(tid)

    def take(self, status: ptrace.Status) -> None:
        """Handle one stop or end, and let the process continue."""
        member = self.family.by_thread.get(status.pid)
        if member is None and is_end(status.word) and status.pid in self.family.zombies:
            # This process is a subreaper: it has just collected an already dead orphan.
            self.account.reaping.note_own_collection(self.family.zombies[status.pid])
            return
        if member is None:
            # Do not resume it before its parent's report is logged: effects would come first.
            self.account.early.hold(status)
            return
        if is_end(status.word):
            self._dying.discard(status.pid)
            if status.word & 0x7F == SIGKILL:
                # The signal may be the one that PR_SET_PDEATHSIG requested.
                self._take_ends(self.family.living.get(member.parent))
            self.account.note_end(member, status)
            return
        # Any stop of a thread takes the place of the interruption.
        is_put_back = status.pid in self._put_back
        self._put_back.discard(status.pid)
        if status.pid == member.vfork_thread:
            self._take_borrower(member)
        try:
            signal, event = status.word >> 8 & 0xFF, status.word >> 16
            if event == ptrace.EVENT_SECCOMP:
                self._calls.note_entry(member, status.pid)
            elif signal == ptrace.SYSCALL_STOP and event == 0:
                self._take_call(member, status.pid, is_put_back=is_put_back)
            elif event == 0:
                self._take_delivery(member, status.pid, signal)
            elif event in _FORKS:
                self._take_birth(member, status.pid, event)
            elif event == ptrace.EVENT_EXEC:
                self._take_exec(member, status.pid)
            elif event == ptrace.EVENT_STOP:
                self._take_stop(member, status.pid, signal, is_put_back=is_put_back)
            else:
                self._take_event_stop(member, status.pid, event)
        except ProcessLookupError:
            # The process was killed meanwhile; its end will be reported.
            return

    def _take_call(self, member: TracedProcess, tid: int, *, is_put_back: bool) -> None:
        """Handle a stop at the beginning or the end of a call."""
        if is_put_back and self._calls.cut_off(tid):
            self._hold_before_call(tid)
        else:
            self._calls.note_return(member, tid)

    def _take_delivery(self, member: TracedProcess, tid: int, signal: int) -> None:
        """Log a delivered signal, after its cause."""
        info = ptrace.getsiginfo(tid)
        has_sender = info.code in (ptrace.SI_USER, ptrace.SI_QUEUE, ptrace.SI_TKILL)
        has_sender = has_sender or signal == SIGCHLD
        sender = self.account.numbers.translate(member, info.sender) if has_sender else 0
        if signal == SIGCHLD:
            syscall_events.log_stop_before_signal(self.account, sender, info.code)
        elif info.code == ptrace.SI_USER and sender == member.parent:
            # The signal may be the one that PR_SET_PDEATHSIG requested.
            self._take_ends(self.family.living.get(sender))
        elif info.code == ptrace.SI_KERNEL and signal in (SIGHUP, SIGCONT):
            self._take_ends_of_parents()
        action = tracee_proc.disposition(member.pid, signal)
        effect = _effect_of(action, signal, info, is_first=member.is_first)
        if action == "default" and not effect and signal not in _NOT_FATAL:
            self._calls.log_interrupted(member, tid)
        self.account.log_event(member, SignalDeliver(signal, sender, info.code, effect), tid)
        if signal == SIGALRM:
            # An alarm that rang is not set any more.
            member.alarm_is_set = False
        is_dropped = signal == SIGSTOP and effect == "dropped"
        self._calls.deliver(member, tid, 0 if is_dropped else signal)

    def _next(self) -> ptrace.Status | None:
        """Wait for the next status; None if no child or tracee is left."""
        try:
            status = self._next_at_once()
            if status is None and self.options.before_waiting is not None:
                self.options.before_waiting()
            pause = self._shortest_pause
            while status is None and self.family.living and not self.is_overdue:
                if self._held:
                    # Do not sleep: an observer takes a sleeping tracer for one without stopped
                    # tracees.
                    if self.options.sleep is None:
                        sigtimedwait((SIGCHLD,), self._shortest_pause)
                    began = time.process_time()
                    self._let_go()
                    self._space_looks(began)
                    status = self._next_at_once()
                    self._end_if_overdue()
                    continue
                is_watching = self.when_idle is not None or self.deadline is not None
                held = self.family.zombies or self.account.early.held
                # Poll for collected zombies and for rest: no status reports them.
                can_sleep = not (is_watching or held)
                if self.options.sleep is not None:
                    is_quiet = self.options.sleep(None if can_sleep else pause)
                elif can_sleep:
                    return ptrace.next_status()
                else:
                    is_quiet = sigtimedwait((SIGCHLD,), pause) is None
                status = self._next_at_once()
                if status is None and is_quiet and not can_sleep:
                    # Otherwise SIGCHLD came for a status that was taken before.
                    began = time.process_time()
                    self.account.reaping.look()
                    self.account.early.look()
                    if self.when_idle is not None:
                        self.when_idle()
                    self._space_looks(began)
                    pause = max(self._shortest_pause, min(2 * pause, _LAST_PAUSE_SECONDS))
                    self._end_if_overdue()
        except ChildProcessError:
            return None
        return status

    def _space_looks(self, began: float) -> None:
        """Derive the next pause from the processor time of a look; it began at this time."""
        used = time.process_time() - began
        self._shortest_pause = max(_FIRST_PAUSE_SECONDS, _PAUSE_PER_LOOK * used)

    def _let_go(self) -> None:
        """Continue the held threads if all others sleep, or are busy for long."""
        is_restless = self.log.last - self._held_at > _MOST_WHILE_HELD
        for member in () if is_restless else self.family.living.values():
            time_used = proc.cpu_seconds(member.pid)
            before = self._computed.setdefault(member.pid, time_used)
            if time_used - before > LONGEST_HOLD_SECONDS:
                continue
            for thread in member.threads:
                if thread in (*self._held, *self.family.held, *member.stopped_threads):
                    continue
                with suppress(ProcessLookupError):
                    now = proc.stat(thread)
                    # D: an execve(2) that waits for a disk. Z: its parent is not notified yet.
                    is_late = not member.vfork_child if now.state == "D" else now.threads == 1
                    if now.state in "Rt" or (now.state in "DZ" and is_late):
                        return
        held, self._held = self._held, set()
        for tid in held:
            # Do not hold a process that has not reached its stop yet.
            with suppress(ProcessLookupError):
                ptrace.cont(tid)

    def _next_at_once(self) -> ptrace.Status | None:
        # Take ends first. Until the tracer has reaped a dead tracee, its parent cannot, not even by
        # ignoring SIGCHLD; but processes that poll its pidfd continue already.
        for pid in tuple(self._dying):
            with suppress(ChildProcessError):
                if (status := ptrace.next_status(pid, is_patient=False)) is not None:
                    return status
        if self.account.level != "events" or not self.family.zombies:
            return ptrace.next_status(is_patient=False)
        reporter = ptrace.next_reporter()
        if not reporter:
            return None
        # The call that collects a zombie is not visible, and this report may be its effect. So log
        # the ends so far; a parent cannot see an end that this process has not taken.
        self.account.reaping.look()
        return ptrace.next_status(reporter, is_patient=False)

    def _end_if_overdue(self) -> None:
        if self.deadline is not None and time.monotonic() > self.deadline:
            self.is_overdue = True
            self.kill_all()

    def _take_birth(self, member: TracedProcess, tid: int, event: int) -> None:
        child = ptrace.geteventmsg(tid)
        flags = tracee_proc.clone_flags(tid)
        if ptrace.getsiginfo(tid).code >> 8 != event:
            # The process was killed meanwhile and is already stopped at its end: the message is its
            # status.
            return
        self.family.calls.forget(tid)
        if flags & tracee_proc.CLONE_THREAD:
            self.family.add_thread(member, child)
            at = self.account.call_site(member, tid)
            self.account.log_event(member, Fork(child, "", "clone", thread=True), tid, at)
        elif child not in self.family.living:
            # Otherwise the child's birth was inferred already: this report is late.
            self.account.note_birth(member, child, _FORKS[event], tid, flags)
        try:
            stays = self.options.holds(tid, child) if self.options.holds is not None else 0
            if stays:
                self._computed.clear()
                self._held.add(stays)
                self._held_at = self.log.last
            if stays != tid:
                ptrace.cont(tid)
        finally:
            # Do this even if the parent was killed meanwhile, because it has reported the birth.
            self.account.early.release(child)

    def _take_borrower(self, lender: TracedProcess) -> None:
        """Handle the exec or the end of a child that ended its lender's vfork(2)."""
        while lender.vfork_thread:
            child = self.family.living.get(lender.vfork_child)
            if child is None or len(child.threads) > 1:
                lender.vfork_thread = 0
                return
            status = ptrace.next_status(child.pid)
            if status is not None:
                self.take(status)

    def _take_ends(self, member: TracedProcess | None) -> None:
        """Handle the reported ends of a process and its threads."""
        for tid in tuple(member.threads) if member is not None else ():
            if proc.is_ending(tid):
                with suppress(ChildProcessError):
                    status = ptrace.next_status(tid, is_patient=False)
                    if status is not None:
                        self.take(status)

    def _take_ends_of_parents(self) -> None:
        """Handle the ends that may have orphaned a process group; see setpgid(2)."""
        for member in tuple(self.family.living.values()):
            if member.children:
                self._take_ends(member)

    def _take_exec(self, member: TracedProcess, tid: int) -> None:
        call = self.family.calls.begun.get(ptrace.geteventmsg(tid))
        if len(member.threads) > 1:
            self.family.become_single(member)
            self.account.early.forget_threads(member)
            self.account.early.threads_died(member)
        self.family.calls.forget(tid)
        member.give_memory_back()
        table = tracee_proc.descriptors(member.pid)
        member.had_pipes, member.files = bool(table.pipes), dict(table.files)
        argv, exe = proc.argv(member.pid), proc.link(member.pid, "exe")
        what = Exec(argv, exe, table.pipes, table.files)
        self.account.log_event(member, what, at=call.at if call is not None else None)
        program = self._programs.get(exe)
        if program is None:
            program = self._programs[exe] = _program_of(member.pid)
        if program.unseen and self.account.level != "events":
            self.account.remark(f"{member.name} runs {exe}, {program.unseen}")
        effective = proc.status_field(member.pid, "Uid").split()[1:2] if program.user >= 0 else []
        if effective and int(effective[0]) != program.user:
            self.account.remark(
                f"{member.name} runs {exe} without the rights that its set-user-ID bit gives it: "
                "a traced program gets no privilege"
            )
        if self.options.call_sites is not None:
            member.image = self.options.call_sites.image_of(member.pid, exe)
        member.has_timer = member.has_timer or member.alarm_is_set
        member.wants_no_zombies = False
        if member.pid not in self.family.held:
            ptrace.cont(tid)

    def _take_stop(
        self, member: TracedProcess, tid: int, signal: int, *, is_put_back: bool
    ) -> None:
        if signal in STOP_SIGNALS:
            # A group stop: the thread stays stopped, as if it were not traced.
            member.newborn.discard(tid)
            member.stopped_threads.add(tid)
            if not member.is_stopped:
                member.is_stopped, member.stop_signal = True, signal
                self.account.log_event(member, Stop(signal))
            ptrace.leave_stopped(tid)
            if self.options.when_stopped is not None:
                self.options.when_stopped(member)
            return
        # Otherwise it is the first stop of a new process or thread, or the end of a group stop.
        if is_put_back:
            self._hold_before_call(tid)
        elif tid in member.newborn:
            member.newborn.discard(tid)
        elif member.is_stopped:
            self._take_ends_of_parents()
            member.is_stopped = False
            member.stopped_threads.clear()
            self.account.log_event(member, Continue())
        if tid not in self._held and tid not in self.family.held:
            ptrace.cont(tid)

    def _take_event_stop(self, member: TracedProcess, tid: int, event: int) -> None:
        is_exit = event == ptrace.EVENT_EXIT
        others = member.threads - {tid}
        is_of_all = is_exit and ends_all_threads(tid)
        member.is_group_ending = member.is_group_ending or is_of_all
        if is_exit and tid == member.pid:
            member.first_thread_is_ending = True
            if others and not member.is_group_ending and not all(map(is_dying, others)):
                self.account.log_event(member, ThreadExit())
        is_last = not others or (member.first_thread_is_ending and others == {member.pid})
        if is_exit and (is_last or is_of_all):
            member.ended_at = member.ended_at or self.account.call_site(member, tid)
        if is_exit and is_last:
            self._dying.add(member.pid)
            if ptrace.geteventmsg(tid) & 0x7F == SIGKILL:
                self._take_ends(self.family.living.get(member.parent))
                self._calls.log_interrupted(member, tid)
            if self.account.level == "io":
                member.held_at_end = tracee_proc.descriptors_seen(tid)
            if member.ending is None:
                member.ending = self.log.promise()
                member.give_memory_back()
            if member is self.account.root and not self.options.owns_root:
                # When the process that waits for the root continues, the recording must be
                # complete.
                self.log.fill(member.ending, member.pid, member.name, Exit(ptrace.geteventmsg(tid)))
                if self.options.before_waiting is not None:
                    self.options.before_waiting()
            if self.is_late_to_end and member is self.account.root:
                self.family.held[tid] = self.held_mark
                return
        elif event == ptrace.EVENT_VFORK_DONE:
            member.vfork_child = 0
        ptrace.cont(tid)


_NOT_FATAL = (*STOP_SIGNALS, SIGCONT)


def _effect_of(
    action: Disposition, signal: int, info: ptrace.SignalInfo, *, is_first: bool
) -> Effect:
    """Return the effect of a delivery with a disposition; empty for the usual one."""
    if action == "ignored":
        return action
    if action == "default" and signal in tracee_proc.HARMLESS:
        return "nothing"
    # Process 1 of a PID namespace: see pid_namespaces(7). Untraced, it would not even get a SIGSTOP
    # from inside the namespace.
    is_from_within = info.code <= 0 and info.sender > 0
    if is_first and action == "default" and (signal != SIGSTOP or is_from_within):
        return "dropped"
    return ""


_HEADER_BYTES, _CLASS, _CLASS_32 = 5, 4, 1
"""The header of an ELF file; see elf(5)."""
_BITS = 32 if ARCHITECTURE == "i386" else 64


class _Program(Record):
    """Facts from the file and the header of an executed program."""

    unseen: str = ""
    """The part that is not visible, in words; empty if everything is visible."""
    user: int = -1
    """The user id of a set-user-ID program; -1 for none."""


def _program_of(pid: int) -> _Program:
    file = proc.status_of(pid, "exe")
    if file is None:
        # The process was killed meanwhile.
        return _Program()
    unseen = ""
    # Empty if the file may be executed but not read.
    header = proc.beginning(pid, "exe", _HEADER_BYTES)
    is_elf = len(header) == _HEADER_BYTES and header[:4] == b"\x7fELF"
    bits = 32 if is_elf and header[_CLASS] == _CLASS_32 else 64
    if is_elf and bits != _BITS:
        unseen = (
            f"a {bits}-bit program: its system calls are not seen, only births, programs, signals "
            "and ends"
        )
    return _Program(unseen, file.st_uid if file.st_mode & stat.S_ISUID else -1)
