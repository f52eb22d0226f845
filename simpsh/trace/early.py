"""Children that are seen before their parent reports them.

The kernel may tell of a child's first stop before it tells of its parent's fork. The child is
held until then. A parent killed in between will never report: its child is concluded, and the
event says so (`inferred`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.trace import proc_files

if TYPE_CHECKING:
    from collections.abc import Iterable

    from simpsh.kernel.ptrace import Status
    from simpsh.trace.family import Member
    from simpsh.trace.tracer import Tracer


class EarlyBirths:
    """Holds the children that nobody has reported yet."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._held: dict[int, tuple[Status, int]] = {}
        self._last_dead: Member | None = None

    def held(self) -> Iterable[int]:
        """Return who is held, by thread."""
        return tuple(self._held)

    def hold(self, status: Status) -> None:
        """Keep a child's stop, or its end, until it is known whose child it is."""
        _, parent = self._held.get(status.pid, (status, 0))
        self._held[status.pid] = (status, parent or proc_files.parent(status.pid))

    def release(self, child: int) -> None:
        """Take up a child that has just been reported."""
        if child in self._held:
            status, _ = self._held.pop(child)
            self._tracer.take(status)

    def parent_died(self, dead: Member) -> None:
        """Conclude the children that only this process can have made."""
        self._last_dead = dead
        for tid, (_, parent) in list(self._held.items()):
            if parent == dead.pid or proc_files.parent(tid) not in self._tracer.family.living:
                self._conclude(tid, dead)

    def look(self) -> None:
        """Conclude the children whose parent, an adopter in the family, sleeps and made none.

        A parent that is about to report runs, or stands at its report; one that sleeps in a call
        has nothing to report.
        """
        for tid in self.held():
            parent = self._tracer.family.living.get(proc_files.parent(tid))
            if parent is None or self._last_dead is None:
                continue
            if all(proc_files.sleeps_in_call(one) for one in parent.threads):
                self._conclude(tid, self._last_dead)

    def _conclude(self, tid: int, dead: Member) -> None:
        self._tracer.lives.born(dead, tid, "fork")
        self._tracer.lives.orphan_children(dead)
        self.release(tid)
