"""The traced processes of one family: names, parents, threads, zombies, and calls under way.

A process in a PID namespace has several pids, and uses those of its own namespace. The pids in its
calls (kill, wait, setpgid) are translated to the tracer's, so that each one is unique in the whole
recording. See pid_namespaces(7).
"""

from __future__ import annotations

import os

from simpsh.base.events import CallSite
from simpsh.base.process_names import FIRST, child_name
from simpsh.base.record import Mutable, Node, Record, fresh, suppress
from simpsh.kernel.namespaces import pid_namespaces_of
from simpsh.process import proc
from simpsh.trace import tracee_proc
from simpsh.trace.recording.event_log import PromisedEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.base.targets import File
    from simpsh.trace.source.call_sites import Image
    from simpsh.trace.tracee_proc import Ends, Files


class TracedProcess(Mutable):
    """One traced process, from its birth until it is collected."""

    pid: int
    name: str
    parent: int
    """The pid of its current parent, which may be an adopter."""
    births: int = 0
    children: set[int] = fresh(set)
    """The pids of its living and uncollected children."""
    threads: set[int] = fresh(set)
    is_stopped: bool = False
    stop_signal: int = 0
    stopped_threads: set[int] = fresh(set)
    """Threads that have reported the current stop."""
    first_thread_is_ending: bool = False
    """Whether its first thread has ended; the others may continue without it."""
    newborn: set[int] = fresh(set)
    """Threads whose first stop, at their birth, is still to come."""
    namespace: int = 0
    """Its PID namespace, by inode number; 0 for the tracer's."""
    pids: tuple[int, ...] = ()
    """Its pids in all namespaces, the tracer's first; empty if it has only one."""
    wants_no_zombies: bool = False
    """Whether it was seen to set SA_NOCLDWAIT for SIGCHLD."""
    had_pipes: bool = False
    """Whether it had a pipe end when its descriptors were last read."""
    was_zombie: bool = False
    """Whether it was seen as a zombie."""
    lost_threads: bool = False
    """Whether an execve ended its other threads, which may have had something to report."""
    ending: PromisedEvent | None = None
    """The reserved event of its exit, if that was reserved before its end was complete."""
    alarm_is_set: bool = False
    has_timer: bool = False
    """Whether it ever set a timer that could wake it: then it never counts as at rest."""
    vfork_child: int = 0
    """The vfork(2) child that uses its memory, and that it waits for."""
    vfork_thread: int = 0
    """Its thread in vfork(2), until the child is seen to execute a program or end."""
    lender: TracedProcess | None = None
    """The process whose memory it uses after vfork(2)."""
    files: dict[int, File] = fresh(dict)
    """Its recorded descriptors that are not pipes."""
    is_group_ending: bool = False
    image: Image | None = None
    """Its program, for finding source lines; None if they are not wanted."""
    held_at_end: tuple[Ends, Files] | tuple[None, None] = (None, None)
    """Its pipe ends and other descriptors when it began to end, if they were read."""
    ended_at: CallSite | None = None
    """The source line at which it ended."""

    @property
    def is_first(self) -> bool:
        """Whether it is process 1 of its PID namespace."""
        return (self.pids or (self.pid,))[-1] == 1

    def give_memory_back(self) -> None:
        """Record that it executed a program or ended, so its lender returns from vfork(2)."""
        if self.lender is not None and self.lender.vfork_child == self.pid:
            self.lender.vfork_thread = 0
        self.lender = None


class TracedCall(Node):
    """A system call that a thread makes."""

    member: TracedProcess
    tid: int
    name: str
    args: tuple[int, ...]
    """The six registers that hold arguments."""
    at: CallSite | None = None
    """The source line that it was made from."""
    seconds: float | None = None
    """The time that it names, read when it begins: the kernel may overwrite it. None for none."""


class InterruptedCall(Record):
    """A call that a signal interrupted: the kernel restarts it, or it fails with EINTR."""

    call: TracedCall
    return_address: int
    """The address after its instruction."""
    stack: int
    """The stack pointer of its thread."""
    is_in_handler: bool = False
    """Whether a handler has begun, after which the call fails or is restarted."""


class CallsUnderWay:
    """The calls that threads are inside, as far as the tracer follows them."""

    def __init__(self) -> None:
        self.begun: dict[int, TracedCall] = {}
        """By thread."""
        self.interrupted: dict[int, InterruptedCall] = {}
        """By thread."""

    def inside(self, *names: str) -> list[int]:
        """Return the threads that are inside one of these calls."""
        begun = [tid for tid, call in self.begun.items() if call.name in names]
        return begun + [tid for tid, cut in self.interrupted.items() if cut.call.name in names]

    def is_waiting(self, member: TracedProcess) -> bool:
        """Return whether a thread of this process is inside wait4 or waitid."""
        return not member.threads.isdisjoint(self.inside("wait4", "waitid"))

    def forget(self, tid: int) -> None:
        """Drop the calls of a thread that ended or executed a program."""
        self.begun.pop(tid, None)
        self.interrupted.pop(tid, None)


class Family:
    """The traced processes: the living by pid and by thread, and the zombies.

    `name_child` returns the name of the next child of a pid; None for its birth path.
    """

    def __init__(self, name_child: Callable[[int], str] | None = None) -> None:
        self._name_child = name_child
        self.living: dict[int, TracedProcess] = {}
        self.by_thread: dict[int, TracedProcess] = {}
        self.zombies: dict[int, TracedProcess] = {}
        self.ever: set[int] = set()
        """The pids of all processes that were ever born."""
        self.held: dict[int, str] = {}
        """The threads that the tracer keeps stopped before a mark, by id."""
        self.calls = CallsUnderWay()
        self.pipe_letters: dict[str, str] = {}
        """The displayed letters of the pipes that the family made, by inode."""

    def add(self, pid: int, parent: int, maker: TracedProcess | None = None) -> TracedProcess:
        """Add a new process with its name, and return it."""
        if maker is not None:
            maker.births += 1
        if self._name_child is not None:
            name = self._name_child(parent)
        else:
            name = child_name(maker.name, maker.births) if maker is not None else FIRST
        member = TracedProcess(pid, name, parent, threads={pid})
        self.ever.add(pid)
        self.living[pid] = self.by_thread[pid] = member
        return member

    def add_thread(self, member: TracedProcess, tid: int) -> None:
        """Add a thread, which counts as newborn until its first stop."""
        member.threads.add(tid)
        member.newborn.add(tid)
        self.by_thread[tid] = member

    def drop_thread(self, tid: int) -> None:
        """Forget a thread that ended."""
        member = self.by_thread.pop(tid, None)
        if member is not None:
            member.threads.discard(tid)
            member.newborn.discard(tid)
            member.stopped_threads.discard(tid)

    def become_single(self, member: TracedProcess) -> None:
        """Keep only the first thread, because an execve ended the others."""
        for tid in member.threads - {member.pid}:
            self.by_thread.pop(tid, None)
            self.held.pop(tid, None)
            self.calls.forget(tid)
        member.threads = {member.pid}
        member.newborn.clear()
        member.stopped_threads.clear()
        member.first_thread_is_ending = False

    def end(self, member: TracedProcess) -> None:
        """Move an ended process to the zombies."""
        for tid in member.threads:
            self.by_thread.pop(tid, None)
            self.held.pop(tid, None)
        self.living.pop(member.pid, None)
        self.zombies[member.pid] = member

    def collect(self, member: TracedProcess) -> None:
        """Remove a collected zombie, because its pid may be reused."""
        if self.zombies.get(member.pid) is member:
            del self.zombies[member.pid]
        parent = self.living.get(member.parent)
        if parent is not None:
            parent.children.discard(member.pid)

    def adopt(self, member: TracedProcess, adopter: int) -> None:
        """Give a process a new parent."""
        before = self.find(member.parent)
        if before is not None:
            before.children.discard(member.pid)
        member.parent = adopter
        if adopter in self.living:
            self.living[adopter].children.add(member.pid)

    def find(self, pid: int) -> TracedProcess | None:
        """Return the living process or the zombie with this pid."""
        return self.living.get(pid) or self.zombies.get(pid)

    def name_of(self, pid: int) -> str:
        """Return the symbolic name of a pid; empty for a process outside the family."""
        member = self.find(pid)
        return member.name if member is not None else ""

    def children_of(self, member: TracedProcess) -> list[TracedProcess]:
        """Return the children of a process, living and dead."""
        return [child for pid in sorted(member.children) if (child := self.find(pid)) is not None]


class PidNamespaces:
    """Knows the pids of the family's processes in all PID namespaces."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._ours = tracee_proc.pid_namespace(os.getpid())
        self._outer: dict[int, tuple[int, ...]] = {}
        """By namespace, its chain of ancestors, from ours to the namespace itself."""

    def locate(self, member: TracedProcess, parent: TracedProcess | None) -> None:
        """Find out the namespace of a new process; if the process is gone, take its parent's."""
        namespace = tracee_proc.pid_namespace(member.pid)
        if not namespace and parent is not None:
            member.namespace = parent.namespace
        if namespace in (0, self._ours):
            return
        member.namespace = namespace
        member.pids = tuple(map(int, proc.status_field(member.pid, "NStgid").split()))
        if namespace not in self._outer:
            with suppress(OSError):
                self._outer[namespace] = pid_namespaces_of(member.pid)

    def is_seen_from(self, outer: TracedProcess, inner: TracedProcess) -> bool:
        """Return whether `inner` is in the PID namespace of `outer`, or in a descendant of it."""
        return outer.namespace == inner.namespace or outer.namespace in self._outer.get(
            inner.namespace, ()
        )

    def translate(self, member: TracedProcess, number: int) -> int:
        """Translate a pid (less than -1: a group) that a process uses to ours."""
        if not member.namespace or number in (0, -1):
            return number
        if number < 0:
            return -self.translate(member, -number)
        for other in (*self._family.living.values(), *self._family.zombies.values()):
            namespaces = self._outer.get(other.namespace, ()) if other.namespace else ()
            is_seen = member.namespace in namespaces and len(namespaces) == len(other.pids)
            if is_seen and other.pids[namespaces.index(member.namespace)] == number:
                return other.pid
        return number
