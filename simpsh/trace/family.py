"""Who is who among the traced: names, parents, threads, the dead that nobody has collected yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simpsh.trace.log import Promise


class Member:
    """One traced process, from its birth until it is collected."""

    __slots__ = (
        "alarm_is_set",
        "children",
        "ending",
        "has_timer",
        "is_stopped",
        "name",
        "parent",
        "pid",
        "stop_signal",
        "threads",
        "vfork_child",
    )

    def __init__(self, pid: int, name: str, parent: int) -> None:
        self.pid = pid
        self.name = name
        self.parent = parent
        """The pid of whoever would collect it now: the parent, or the adopter."""
        self.children: set[int] = set()
        """The living and the uncollected, by pid."""
        self.threads: set[int] = {pid}
        self.is_stopped = False
        self.stop_signal = 0
        self.ending: Promise | None = None
        """The place of its exit in the log, where that was taken before its end was complete."""
        self.alarm_is_set = False
        self.has_timer = False
        """Whether it ever armed a timer that could wake it: then it never counts as at rest."""
        self.vfork_child = 0
        """The child that it lent its memory to, and waits for in vfork(2)."""


class Family:
    """The traced processes: the living by pid and by thread, and the zombies."""

    def __init__(self) -> None:
        self.living: dict[int, Member] = {}
        self.by_thread: dict[int, Member] = {}
        self.zombies: dict[int, Member] = {}
        self.held: dict[int, str] = {}
        """The threads that the tracer keeps stopped before a mark, by id."""
        self.naming: Callable[[int], str] | None = None
        """Gives the child of a pid a name; None for P0, P1 … in order of birth."""
        self._born = 0

    def add(self, pid: int, parent: int) -> Member:
        """Let a process be born; return it, with the next name."""
        name = f"P{self._born}" if self.naming is None else self.naming(parent)
        member = Member(pid, name, parent)
        self._born += 1
        self.living[pid] = self.by_thread[pid] = member
        return member

    def add_thread(self, member: Member, tid: int) -> None:
        """Let a process have another thread."""
        member.threads.add(tid)
        self.by_thread[tid] = member

    def drop_thread(self, tid: int) -> None:
        """Forget a thread that ended."""
        member = self.by_thread.pop(tid, None)
        if member is not None:
            member.threads.discard(tid)

    def become_single(self, member: Member) -> None:
        """Keep only the first thread: an execve ended the others."""
        for tid in member.threads - {member.pid}:
            self.by_thread.pop(tid, None)
        member.threads = {member.pid}

    def end(self, member: Member) -> None:
        """Let a process die; it is a zombie now."""
        for tid in member.threads:
            self.by_thread.pop(tid, None)
            self.held.pop(tid, None)
        self.living.pop(member.pid, None)
        self.zombies[member.pid] = member

    def collect(self, member: Member) -> None:
        """Let a zombie be gone: its pid may be used again."""
        if self.zombies.get(member.pid) is member:
            del self.zombies[member.pid]
        parent = self.living.get(member.parent)
        if parent is not None:
            parent.children.discard(member.pid)

    def adopt(self, member: Member, adopter: int) -> None:
        """Give an orphan another parent."""
        member.parent = adopter
        if adopter in self.living:
            self.living[adopter].children.add(member.pid)

    def find(self, pid: int) -> Member | None:
        """Return the living process or the zombie with this pid."""
        return self.living.get(pid) or self.zombies.get(pid)

    def name_of(self, pid: int) -> str:
        """Return the symbolic name of a pid; empty for a process outside the family."""
        member = self.find(pid)
        return member.name if member is not None else ""

    def children_of(self, member: Member) -> Iterator[Member]:
        """Go through the children of a process, living and dead."""
        for pid in sorted(member.children):
            child = self.find(pid)
            if child is not None:
                yield child
