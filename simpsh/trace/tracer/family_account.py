"""The record of one family: its processes, and the logged events.

Causes come before effects in the log: a child that stops before its parent's report is held until
that report. The collection of a zombie is not reported and must be looked for.
"""

from __future__ import annotations

import os

from simpsh.base.events import (
    CallSite,
    Event,
    Exit,
    Fork,
    Reap,
    Reparent,
    ThreadExit,
    Unfinished,
    What,
)
from simpsh.base.record import Mutable, Record, suppress
from simpsh.base.signal_names import SIGCHLD, SIGKILL
from simpsh.base.targets import (
    NO_WAIT_NEEDED,
    Actor,
    File,
    Kernel,
    Member,
    Outsider,
    PipeEnd,
    Recorder,
)
from simpsh.base.wait_status import is_end
from simpsh.kernel.machine import ptrace, registers
from simpsh.kernel.machine.ptrace import Status
from simpsh.kernel.machine.syscall_table import NAMES, NUMBERS, library_name
from simpsh.kernel.processes import is_child_subreaper
from simpsh.process import proc
from simpsh.trace import tracee_proc
from simpsh.trace.recording.event_log import EventLog
from simpsh.trace.tracee_proc import signed
from simpsh.trace.tracer.process_family import Family, PidNamespaces, TracedCall, TracedProcess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simpsh.base.event_kind import RecordLevel
    from simpsh.trace.source.call_sites import CallSites

MOST_EVENTS = 250_000
SHOWN_BYTES = 80
_MOST_THREADS = 8
"""The number of threads per process whose unfinished calls are logged at the end of a recording."""


class TracerOptions(Record):
    """Options and callbacks of a tracer."""

    start_monotonic_ns: int = 0
    """CLOCK_MONOTONIC in the header of the recording; 0 for now."""
    own_name: str = "simpsh"
    """The name of the tracer's process as an adopter and collector."""
    owns_root: bool = True
    """Whether the first process is our child, which waiting collects."""
    most_events: int = MOST_EVENTS
    """Further reads, writes and closes are only counted."""
    other_calls: frozenset[str] = frozenset()
    """Further calls, logged as Call events when they return."""
    shown_bytes: int = SHOWN_BYTES
    """The number of bytes that are kept of a read or a write."""
    read_memory: Callable[[int, int, int], bytes] = ptrace.read_memory
    """Reads a process's memory: thread, address, count."""
    name_child: Callable[[int], str] | None = None
    """Returns the name of the next child of a pid; None for its birth path."""
    call_sites: CallSites | None = None
    """Finds the source line of each call; None if that is not wanted."""
    holds: Callable[[int, int], int] | None = None
    """Returns the parent or its new child, which then waits until all others sleep; or 0."""
    alter_status: Callable[[int], int] | None = None
    """Returns the status word that a wait gives in place of this one; None to change none."""
    when_logged: Callable[[Event], object] | None = None
    """Called with each event at once; the sink may get it later, in order."""
    when_marked: Callable[[TracedProcess, int, bytes], object] | None = None
    """Called with the data of a thread's write(-1, …), while the thread is held."""
    when_stopped: Callable[[TracedProcess], object] | None = None
    before_waiting: Callable[[], object] | None = None
    """Called before the tracer sleeps, when it has handled all reports; and before a first process
    that is not our child ends: then the log must be complete."""
    sleep: Callable[[float | None], bool] | None = None
    """Waits for SIGCHLD instead of the tracer, with a timeout in seconds; returns whether no
    SIGCHLD came."""
    before_killing: Callable[[], object] | None = None


class FamilyAccount:
    """Logs the events of a family, and updates the family.

    `take` handles one wait status. The account calls it out of turn if a cause must be logged
    before its effect.
    """

    def __init__(
        self,
        sink: Callable[[Event], object],
        level: RecordLevel,
        options: TracerOptions,
        take: Callable[[Status], None],
    ) -> None:
        self.level = level
        self.options = options
        self.take = take
        self.log = EventLog(sink, options.start_monotonic_ns, when_logged=options.when_logged)
        self.family = Family(options.name_child)
        self.root: TracedProcess | None = None
        self.root_status: int | None = None
        """The status word of the first process; None while it lives."""
        self.unlogged = 0
        """The number of reads, writes and closes that were only counted."""
        self.numbers = PidNamespaces(self.family)
        self._altered: dict[tuple[int, int], int] = {}
        """The statuses that waits give, by pid and the child's own: each wait gives the same."""
        self.remarks: list[str] = []
        """Remarks on events that are missing, or differ because of the tracer."""
        self.reaping = ReapDetection(self)
        self.early = EarlyBirths(self)

    def log_event(
        self, member: TracedProcess, what: What, tid: int = 0, at: CallSite | None = None
    ) -> int:
        """Log an event of a process; return its number."""
        return self.log.add(member.pid, member.name, what, tid if tid != member.pid else 0, at)

    def altered(self, pid: int, status: int) -> int:
        """Return the status word that a wait gives for a child's."""
        alter = self.options.alter_status
        if alter is None or not is_end(status):
            return status
        if (pid, status) not in self._altered:
            self._altered[pid, status] = alter(status)
        return self._altered[pid, status]

    def call_site(self, member: TracedProcess, tid: int) -> CallSite | None:
        """Return the source line of the call in which a thread is held; None if unknown."""
        sites = self.options.call_sites
        return sites.find(member.image, tid) if sites is not None and member.image else None

    def log_call(self, call: TracedCall, what: What) -> None:
        """Log the event of a call."""
        self.log_event(call.member, what, call.tid, call.at)

    def remark(self, sentence: str) -> None:
        """Add a remark to the recording, once."""
        if sentence not in self.remarks:
            self.remarks.append(sentence)

    def has_room(self) -> bool:
        """Return whether one more read, write or close may be logged; count it if not."""
        if self.log.last < self.options.most_events:
            return True
        self.unlogged += 1
        return False

    def note_birth(
        self, parent: TracedProcess, pid: int, how: str, tid: int = 0, flags: int = 0
    ) -> None:
        """Log a birth; without a `tid`, a birth that the parent died too early to report."""
        if pid in self.family.zombies:
            # The pid is reused, so the last process with it has been collected.
            self.reaping.conclude(self.family.zombies[pid])
        child = self.family.add(pid, parent.pid, parent)
        real: Actor | None = None
        if flags & tracee_proc.CLONE_PARENT:
            # The call made a sibling, not a child.
            self.family.adopt(child, parent.parent)
            real = self.actor(parent.parent)
        else:
            parent.children.add(pid)
        child.wants_no_zombies = parent.wants_no_zombies
        self.numbers.locate(child, parent)
        pipes, files = tracee_proc.descriptors_seen(pid)
        child.had_pipes, child.files = bool(pipes), dict(files or ())
        what = Fork(
            *(pid, child.name, how),
            inferred=not tid,
            pipes=pipes,
            files=files,
            parent=real,
            shares_files=bool(flags & tracee_proc.CLONE_FILES),
        )
        at = self.call_site(parent, tid) if tid else None
        if parent.image is not None:
            child.image = parent.image.copied(pid, at if how == "vfork" else None)
        self.log_event(parent, what, tid, at)
        if how == "vfork":
            parent.vfork_child, parent.vfork_thread, child.lender = pid, tid, parent

    def note_end(self, member: TracedProcess, status: Status) -> None:
        """Record the end of a thread; if it is the first thread, also the end of the process."""
        begun = self.family.calls.begun.get(status.pid)
        self.family.calls.forget(status.pid)
        if status.pid != member.pid:
            self.family.drop_thread(status.pid)
            if self._continues(member):
                self.log_event(member, ThreadExit(), status.pid)
            return
        member.give_memory_back()
        if status.word & 0x7F == SIGKILL and member.ending is None:
            if begun is not None:
                self.log_unfinished(member, status.pid, begun.name, begun.args)
            self._promise_end_of_first(member)
        what = Exit(status.word & 0xFFFF, *member.held_at_end)
        if member.ending is None:
            self.log_event(member, what, at=member.ended_at)
        elif member.ending.is_open:
            self.log.fill(member.ending, member.pid, member.name, what, member.ended_at)
        self.family.end(member)
        self.early.forget_threads(member)
        self.orphan_children(member)
        self.early.parent_died(member)
        if member is self.root:
            self.root_status = status.word & 0xFFFF
        if member is self.root and self.options.owns_root:
            by = Recorder(self.options.own_name)
            self.log.add(os.getpid(), "", Reap(member.pid, member.name, by))
            self.family.collect(member)
        else:
            self.reaping.check_after_death(member)

    def _continues(self, member: TracedProcess) -> bool:
        """Return whether a process continues with other threads, now that one has ended."""
        member.is_group_ending = (
            member.is_group_ending
            or member.ending is not None
            or any(map(ends_all_threads, member.threads))
            or all(map(is_dying, member.threads))
        )
        return not member.is_group_ending

    def _promise_end_of_first(self, dead: TracedProcess) -> None:
        """Reserve the number of process 1's end before the ends that it causes.

        The end of process 1 of a PID namespace kills all others in it, and is reported after
        theirs.
        """
        for first in self.family.living.values() if dead.namespace else ():
            is_earlier = first.is_first and self.numbers.is_seen_from(first, dead)
            if is_earlier and first.ending is None and proc.is_ending(first.pid):
                first.ending = self.log.promise()

    def log_unfinished(
        self, member: TracedProcess, tid: int, name: str, args: Sequence[int]
    ) -> None:
        """Log that a thread is inside a call that will not return."""
        number = signed(args[0]) if name in _ON_DESCRIPTORS else -1
        target = tracee_proc.target_of(tid, number) if number >= 0 else None
        pipe = target.inode if isinstance(target, PipeEnd) else ""
        file = target if isinstance(target, File) else None
        what = Unfinished(name, number, pipe, file, tid != member.pid)
        self.log_event(member, what, tid)

    def log_all_unfinished(self) -> None:
        """Log, once each, the calls that living threads are in when the recording ends."""
        for member in self.family.living.values():
            logged = set()
            for tid in sorted(member.threads)[:_MOST_THREADS]:
                call = tracee_proc.sleeping_call(tid) if tracee_proc.sleeps_in_call(tid) else None
                if call is not None and call.number in NAMES:
                    name = library_name(NAMES[call.number], call.arguments)
                    target = call.arguments[0] if name in _ON_DESCRIPTORS else 0
                    if (key := (name, target, tid == member.pid)) not in logged:
                        logged.add(key)
                        self.log_unfinished(member, tid, name, call.arguments)

    def orphan_children(self, dead: TracedProcess) -> None:
        """Record the new parents, which the kernel gives orphans before it reports the death."""
        for child in self.family.children_of(dead):
            if child.pid in self.reaping.early:
                self._note_adoption(child, dead.pid, os.getpid())
                self.reaping.conclude(child)
                continue
            adopter = proc.parent(child.pid)
            if adopter not in (0, dead.pid):
                self._note_adoption(child, dead.pid, adopter)
            elif child.pid in self.family.zombies:
                # The dying process or an adopter has collected the child; which one is not known.
                self.family.adopt(child, 0)

    def note_collection(
        self, collector: TracedProcess, child: TracedProcess, at: CallSite | None = None
    ) -> None:
        """Record that a wait(2), called `at` a line, returned a dead child.

        If the child had another parent, that one must be dead, too.
        """
        old = child.parent
        if old != collector.pid:
            self.family.adopt(child, collector.pid)
            # First handle the reports of a parent that is about to end, up to its end.
            parent = self.family.living.get(old)
            while parent is not None and len(parent.threads) == 1 and proc.is_ending(old):
                status = ptrace.next_status(old)
                if status is not None:
                    self.take(status)
                parent = self.family.living.get(old)
            self.log_event(child, Reparent(old, collector.pid, Member(collector.name)))
        self.reaping.note_wait(collector, child, at)

    def _note_adoption(self, child: TracedProcess, old: int, new: int) -> None:
        self.family.adopt(child, new)
        self.log_event(child, Reparent(old, new, self.actor(new)))

    def actor(self, pid: int) -> Actor:
        """Return the name of a process; a value if it is not part of the family."""
        if pid == os.getpid():
            return Recorder(self.options.own_name)
        program = "init" if pid == 1 else proc.command_name(pid)
        name = self.family.name_of(pid)
        return Member(name) if name else Outsider(program, pid)


_ON_DESCRIPTORS = frozenset(
    (
        *("read", "readv", "pread64", "write", "writev", "pwrite64", "ioctl", "fcntl", "flock"),
        *("recvfrom", "recvmsg", "sendto", "sendmsg", "accept", "accept4", "connect"),
        *("epoll_wait", "epoll_pwait", "epoll_pwait2", "fsync", "fdatasync"),
    )
)
"""Calls that may wait for the descriptor in their first argument."""


def is_dying(tid: int) -> bool:
    """Return whether a thread is ending, or is about to be killed."""
    pending = int(proc.status_field(tid, "SigPnd") or "0", 16)
    return bool(pending >> SIGKILL - 1 & 1) or proc.is_ending(tid)


def ends_all_threads(tid: int) -> bool:
    """Return whether a thread is stopped in exit_group(2), which ends its whole process."""
    try:
        return registers.getregs(tid)[registers.CALL] == NUMBERS.get("exit_group")
    except OSError:
        return False


class ReapDetection:
    """Finds out which process collected a zombie, and when, since this is not reported.

    At levels with calls, the return of a wait(2) shows it. At level events, and for adopters
    outside the family, the disappearance of the pid shows it.
    """

    def __init__(self, account: FamilyAccount) -> None:
        self._account = account
        self._family = account.family
        self.early: set[int] = set()
        """Orphans that this process has collected before their parent's end was reported."""

    def note_own_collection(self, member: TracedProcess) -> None:
        """Record that this process, a subreaper, has collected an orphan that was dead already.

        The kernel may report it before the parent's end, which made it an orphan.
        """
        if member.parent in self._family.living:
            self.early.add(member.pid)
        else:
            self.conclude(member)

    def check_after_death(self, member: TracedProcess) -> None:
        """Check at once after a death: a child needs no wait if SIGCHLD is ignored."""
        if not proc.is_gone(member.pid):
            member.was_zombie = True
            return
        parent = self._family.living.get(member.parent)
        if (
            parent is not None
            and is_child_subreaper()
            and (
                self._dies_with_parent(member)
                # We may have adopted the dead process when its parent ended; then our wait as its
                # tracer also collected it as its adopter.
                or (
                    self._account.level != "events"
                    and proc.state(parent.pid) == "Z"
                    and tracee_proc.disposition(parent.pid, SIGCHLD) != "ignored"
                )
            )
            and not self._wants_no_zombies(parent)
        ):
            self.early.add(member.pid)
        elif not self._dies_with_parent(member) and not self.is_expected(member):
            self.conclude(member)

    def note_wait(
        self, parent: TracedProcess, child: TracedProcess, at: CallSite | None = None
    ) -> None:
        """Record that a wait(2) of `parent`, called `at` a line, returned its dead child."""
        self._log_reap(child, parent.pid, parent.name, Member(parent.name), at)

    def find_gone(self, parent: TracedProcess) -> list[TracedProcess]:
        """Return the dead children of a process that are no longer zombies."""
        zombies = self._family.zombies
        if not zombies:
            return []
        dead = [child for child in self._family.children_of(parent) if child.pid in zombies]
        return [child for child in dead if child.pid not in self.early and proc.is_gone(child.pid)]

    def look(self, *, is_last: bool = False) -> None:
        """Check all zombies; at the end, also those whose parent is in a wait."""
        for member in list(self._family.zombies.values()):
            if member.pid in self.early or self._dies_with_parent(member):
                continue
            if self.is_expected(member) and not is_last:
                continue
            if proc.is_gone(member.pid):
                self.conclude(member)

    def conclude(self, member: TracedProcess) -> None:
        """Log the collection of a zombie, by the process that must have done it."""
        parent = self._family.living.get(member.parent)
        if self._dies_with_parent(member):
            parent, member.parent = None, 0
        if parent is None and member.parent and self._family.find(member.parent) is None:
            self._log_reap(member, member.parent, "", self._account.actor(member.parent))
        elif parent is None:
            self._log_reap(member, 0, "", None)
        elif member.was_zombie:
            # Only a wait of the parent removes a zombie.
            self._log_reap(member, parent.pid, parent.name, Member(parent.name))
        elif self._wants_no_zombies(parent):
            self._log_reap(member, 0, "", Kernel(NO_WAIT_NEEDED))
        elif self._account.level == "events":
            # Waits are not visible at this level: the parent called a wait that returned quickly.
            self._log_reap(member, parent.pid, parent.name, Member(parent.name))
        else:
            # Waits are visible at this level, and none of them returned this child.
            self._log_reap(member, 0, "", None)

    def _dies_with_parent(self, member: TracedProcess) -> bool:
        parent = self._family.living.get(member.parent)
        return parent is not None and parent.ending is not None

    def is_expected(self, member: TracedProcess) -> bool:
        """Return whether its parent is inside a wait, whose return will name the child."""
        if not member.parent:
            return bool(self._family.calls.inside("wait4", "waitid"))
        parent = self._family.living.get(member.parent)
        return parent is not None and self._family.calls.is_waiting(parent)

    def _wants_no_zombies(self, parent: TracedProcess) -> bool:
        # When the first process of a PID namespace ends, the kernel makes it ignore SIGCHLD.
        return parent.wants_no_zombies or (
            tracee_proc.disposition(parent.pid, SIGCHLD) == "ignored"
            and not proc.is_ending(parent.pid)
        )

    def _log_reap(
        self,
        member: TracedProcess,
        pid: int,
        name: str,
        by: Actor | None,
        at: CallSite | None = None,
    ) -> None:
        self.early.discard(member.pid)
        self._account.log.add(pid, name, Reap(member.pid, member.name, by), at=at)
        self._family.collect(member)


class EarlyBirths:
    """Holds children and threads that stop before their birth is reported.

    The kernel may report a child's first stop before its parent's fork. A parent killed in between
    never reports: the child's birth is inferred, and the event is marked `inferred`. A thread whose
    birth is never reported ends with its process, without an event.
    """

    def __init__(self, account: FamilyAccount) -> None:
        self._account = account
        self.held: dict[int, _EarlyBirth] = {}
        """By thread."""
        self._last_dead: TracedProcess | None = None

    def hold(self, status: Status) -> None:
        """Keep a child's stop, or its end, until its parent is known."""
        tid = status.pid
        held = self.held.get(tid)
        if held is None:
            group = int(proc.status_field(tid, "Tgid") or 0)
            self.held[tid] = held = _EarlyBirth(status, group, proc.parent(tid))
        held.status = status
        if held.is_thread and status.word >> 16 == ptrace.EVENT_EXIT:
            # The thread's process ends or executes a program, which waits for this thread.
            with suppress(ProcessLookupError):
                ptrace.cont(tid)

    def release(self, child: int) -> None:
        """Release a held child whose birth was just reported."""
        held = self.held.pop(child, None)
        if held is not None:
            self._account.take(held.status)

    def forget_threads(self, member: TracedProcess) -> None:
        """Drop the unreported threads of a process that ended, or executed a program."""
        for tid, held in list(self.held.items()):
            if held.is_thread and held.group == member.pid:
                del self.held[tid]

    def parent_died(self, dead: TracedProcess) -> None:
        """Infer the births of children that only this process can have made."""
        self._last_dead = dead
        for tid, held in self._processes():
            if held.parent == dead.pid or not self._possible_makers(tid):
                self._conclude(tid, dead)

    def threads_died(self, member: TracedProcess) -> None:
        """Infer the births of children of threads that an execve ended before they could report."""
        member.lost_threads = True
        for tid, held in self._processes():
            if held.parent == member.pid and not self._awake_makers(tid, but=member):
                self._conclude(tid, member)

    def look(self) -> None:
        """Infer the births of children whose possible parents all sleep.

        A parent that is about to report is running, or stopped at its report; a parent that sleeps
        in a call has nothing to report.
        """
        for tid, _ in self._processes():
            parent = self._account.family.living.get(proc.parent(tid))
            maker = parent if parent is not None and parent.lost_threads else self._last_dead
            if maker is not None and not self._awake_makers(tid):
                self._conclude(tid, maker)

    def _processes(self) -> list[tuple[int, _EarlyBirth]]:
        return [(tid, held) for tid, held in self.held.items() if held.group == tid]

    def _possible_makers(self, tid: int) -> list[TracedProcess]:
        """Return the parent of a held child, and processes that could have used CLONE_PARENT."""
        parent, living = proc.parent(tid), self._account.family.living.values()
        return [member for member in living if parent in (member.pid, member.parent)]

    def _awake_makers(self, tid: int, but: TracedProcess | None = None) -> bool:
        """Return whether a process that could have made a held child may still report it."""
        makers = [maker for maker in self._possible_makers(tid) if maker is not but]
        threads = [thread for maker in makers for thread in maker.threads]
        return not all(tracee_proc.sleeps_in_call(thread) for thread in threads)

    def _conclude(self, tid: int, maker: TracedProcess) -> None:
        if tid not in self.held:
            # The child was released when another birth was inferred.
            return
        self._account.note_birth(maker, tid, "fork")
        if maker.pid not in self._account.family.living:
            self._account.orphan_children(maker)
        self.release(tid)


class _EarlyBirth(Mutable):
    """A child or thread that has stopped, and is not reported yet."""

    status: Status
    group: int
    """The process of the thread, or the process itself; 0 if it was gone at once."""
    parent: int
    """The parent's pid when it was first seen."""

    @property
    def is_thread(self) -> bool:
        return self.group not in (0, self.status.pid)
