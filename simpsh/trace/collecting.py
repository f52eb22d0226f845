"""Who collected the dead, and when: the end of a zombie is no event, and has to be looked for.

At the levels that see calls, a return of wait(2) tells it. Below them, and for adopters outside
the family, a zombie's pid that means nobody any more tells it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.events import Reap
from simpsh.trace import proc_files

if TYPE_CHECKING:
    from simpsh.trace.family import Member
    from simpsh.trace.tracer import Tracer

SIGCHLD = 17


class Collecting:
    """Accounts for the zombies of one tracer."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._early: set[int] = set()
        """Orphans that this process has collected before their parent's end was reported."""

    def collected_here(self, member: Member) -> None:
        """Note that this process, a subreaper, has collected an orphan that was dead already.

        The kernel may tell of it before it tells of the parent's end, which made it an orphan.
        """
        if member.parent in self._tracer.family.living:
            self._early.add(member.pid)
        else:
            self.conclude(member)

    def is_collected_here(self, pid: int) -> bool:
        """Tell whether a dead child of somebody has been collected by this process already."""
        return pid in self._early

    def died(self, member: Member) -> None:
        """Look at once after a death: nobody has to wait for a child whose SIGCHLD is ignored."""
        if not proc_files.is_gone(member.pid):
            return
        parent = self._tracer.family.living.get(member.parent)
        if parent is not None and self._is_dead_already(parent):
            # An orphan: this process is its tracer and its adopter, and has collected it by one
            # wait.
            self._early.add(member.pid)
        elif not self._is_expected(member):
            self.conclude(member)

    def waited(self, parent: Member, child: Member) -> None:
        """Note that a wait(2) of `parent` returned its dead child."""
        self._tell(child, parent.pid, parent.name, parent.name)

    def look_among(self, parent: Member) -> None:
        """Look whether the dead children of one process are still there."""
        for child in self.gone_among(parent):
            self.conclude(child)

    def gone_among(self, parent: Member) -> list[Member]:
        """Return the dead children of one process that are not even zombies any more."""
        zombies = self._tracer.family.zombies
        if not zombies:
            return []
        dead = [one for one in self._tracer.family.children_of(parent) if one.pid in zombies]
        return [one for one in dead if one.pid not in self._early and proc_files.is_gone(one.pid)]

    def look(self, *, is_last: bool = False) -> None:
        """Look at all zombies; in the end, also at those whose parent was seen waiting."""
        for member in list(self._tracer.family.zombies.values()):
            if member.pid in self._early or (self._is_expected(member) and not is_last):
                continue
            if proc_files.is_gone(member.pid):
                self.conclude(member)

    def conclude(self, member: Member) -> None:
        """Log that a zombie is gone, by whoever must have collected it."""
        parent = self._tracer.family.living.get(member.parent)
        if parent is None:
            name = self._tracer.lives.name_outside(member.parent) or "init"
            self._tell(member, member.parent, self._tracer.family.name_of(member.parent), name)
        elif self._was_nobodys_duty(parent):
            self._tell(member, 0, "", "kernel")
        else:
            self._tell(member, parent.pid, parent.name, parent.name)

    def _is_dead_already(self, parent: Member) -> bool:
        """Tell whether a process has ended, and its end is not reported yet."""
        is_dead = self._tracer.level != "events" and proc_files.state(parent.pid) == "Z"
        return is_dead and not proc_files.ignores(parent.pid, SIGCHLD)

    def _is_expected(self, member: Member) -> bool:
        """Tell whether its parent is inside a wait, whose return will tell who was collected."""
        parent = self._tracer.family.living.get(member.parent)
        return parent is not None and self._tracer.calls.is_waiting(parent)

    def _was_nobodys_duty(self, parent: Member) -> bool:
        # SA_NOCLDWAIT is not shown in /proc; where calls are seen, a death that no wait
        # accounts for tells the same.
        return self._tracer.level != "events" or proc_files.ignores(parent.pid, SIGCHLD)

    def _tell(self, member: Member, pid: int, name: str, by: str) -> None:
        self._early.discard(member.pid)
        self._tracer.log.tell(pid, name, Reap(member.pid, member.name, by))
        self._tracer.family.collect(member)
