"""Births, ends and adoptions: who lives in the family, as the tracer learns it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simpsh.events import Exit, Fork, Reap, Reparent
from simpsh.trace import proc_files

if TYPE_CHECKING:
    from simpsh.kernel.ptrace import Status
    from simpsh.trace.family import Member
    from simpsh.trace.tracer import Tracer


class Lives:
    """Logs the births and ends of one tracer's family, and keeps the family in step."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._family = tracer.family
        self.own_name = "simpsh"
        """What this process, the tracer, is called as an adopter and collector."""

    def born(self, parent: Member, pid: int, syscall: str, tid: int = 0) -> None:
        """Log a birth; without a `tid`, one that the parent died too early to report."""
        if pid in self._family.zombies:
            # The kernel gave the number again, so its last bearer has been collected.
            self._tracer.collecting.conclude(self._family.zombies[pid])
        child = self._family.add(pid, parent.pid)
        parent.children.add(pid)
        pipes = proc_files.pipe_ends(pid)
        what = Fork(pid, child.name, syscall, pipes=pipes, inferred=not tid)
        self._tracer.tell(parent, what, tid)
        if syscall == "vfork":
            parent.vfork_child = pid
        elif syscall == "clone" and (real := proc_files.parent(pid)) not in (0, parent.pid):
            # clone(2) with CLONE_PARENT: a sibling was made, not a child.
            self._adopted(child, parent.pid, real)
            parent.children.discard(pid)

    def ended(self, member: Member, status: Status) -> None:
        """Note the end of a thread; with a process's first, of the process."""
        self._tracer.calls.forget(status.pid)
        if status.pid != member.pid:
            self._family.drop_thread(status.pid)
            return
        # Who is gone at this moment was collected by the dying, not by an adopter.
        self._tracer.collecting.look_among(member)
        self._tell_exit(member, status)
        self._family.end(member)
        self.orphan_children(member)
        self._tracer.early.parent_died(member)
        if member is self._tracer.root:
            self._tracer.root_status = status.word & 0xFFFF
        if member is self._tracer.root and self._tracer.owns_root:
            self._tracer.log.tell(os.getpid(), "", Reap(member.pid, member.name, self.own_name))
            self._family.collect(member)
        else:
            self._tracer.collecting.died(member)

    def _tell_exit(self, member: Member, status: Status) -> None:
        what = Exit(status.word & 0xFFFF, status.utime, status.stime, status.maxrss)
        if member.ending is None:
            self._tracer.tell(member, what)
        elif member.ending.is_open:
            self._tracer.log.keep(member.ending, member.pid, member.name, what)

    def orphan_children(self, dead: Member) -> None:
        """The kernel gives orphans a new parent before it reports the death."""
        for child in list(self._family.children_of(dead)):
            if self._tracer.collecting.is_collected_here(child.pid):
                self._adopted(child, dead.pid, os.getpid())
                self._tracer.collecting.conclude(child)
                continue
            adopter = proc_files.parent(child.pid)
            if adopter not in (0, dead.pid):
                self._adopted(child, dead.pid, adopter)

    def _adopted(self, child: Member, old: int, new: int) -> None:
        self._family.adopt(child, new)
        self._tracer.tell(child, Reparent(old, new, self.name_outside(new)))

    def name_outside(self, pid: int) -> str:
        """Return what to call a process that may be outside the family."""
        if pid == os.getpid():
            return self.own_name
        return self._family.name_of(pid) or ("init" if pid == 1 else proc_files.command_name(pid))
