"""A process in a PID namespace has several numbers, and uses those of its own namespace.

What a call names or returns there (kill, wait, setpgid) is translated to the number that the
tracer sees, so that it means one process in the whole recording. See pid_namespaces(7).
"""

from __future__ import annotations

import os
from contextlib import suppress

from simpsh.kernel.namespaces import pid_namespaces_of
from simpsh.trace import tracee_proc
from simpsh.trace.tracer.process_family import Family, TracedProcess


class PidNamespaces:
    """Knows the numbers of the family's processes in the namespaces that see them."""

    def __init__(self, family: Family) -> None:
        self._family = family
        self._ours = tracee_proc.pid_namespace(os.getpid())
        self._outer: dict[int, tuple[int, ...]] = {}
        """By namespace, the namespaces that see its processes, from ours to itself."""

    def place(self, member: TracedProcess, parent: TracedProcess | None) -> None:
        """Find out which namespace a process was born in; its parent's, if it is gone."""
        found = tracee_proc.pid_namespace(member.pid)
        if not found and parent is not None:
            member.namespace = parent.namespace
        if found in (0, self._ours):
            return
        member.namespace, member.pids = found, tracee_proc.numbers_of(member.pid)
        if found not in self._outer:
            with suppress(OSError):
                self._outer[found] = pid_namespaces_of(member.pid)

    def meant(self, member: TracedProcess, number: int) -> int:
        """Return the pid of the process (less than -1: the group) that a process calls so."""
        if not member.namespace or number in (0, -1):
            return number
        if number < 0:
            return -self.meant(member, -number)
        for family in (self._family.living, self._family.zombies):
            for one in family.values():
                if self._number_in(one, member.namespace) == number:
                    return one.pid
        return number

    def _number_in(self, member: TracedProcess, namespace: int) -> int:
        """Return the number of a process in a namespace; 0 if that does not see it."""
        if not member.namespace:
            return 0
        seen_in = self._outer.get(member.namespace, ())
        if namespace not in seen_in or len(seen_in) != len(member.pids):
            return 0
        return member.pids[seen_in.index(namespace)]
