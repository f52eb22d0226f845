"""What confines a submission: who it is, what it sees, how much it may use.

The judge and its tracer stay outside: they run as who started them. A submission's process enters
the cage after its fork and before its exec; from then on it is another user, without privileges.
Both share one PID namespace, so that a pid means the same to the program and to its judge.
"""

from __future__ import annotations

import os

from simpsh.grade.limits import Limits, own_processes
from simpsh.grade.memory_group import offer_first
from simpsh.kernel import namespaces
from simpsh.kernel.processes import forbid_new_privileges
from simpsh.record import Record


class Cage(Record):
    """How a submission is confined on this machine."""

    limits: Limits = Limits()
    uid: int = 0
    """The user it becomes; 0 where it stays who started the grader."""
    has_namespaces: bool = False
    """Whether it has pids, mounts, and a /tmp of its own."""
    is_read_only: bool = False
    """Whether it can write nothing outside that /tmp."""
    is_offline: bool = False
    """Whether it has no network."""
    has_group: bool = False
    """Whether a control group bounds the memory of all its processes together."""
    with_users: bool = False
    """Whether the namespaces are made as an ordinary user may make them."""

    @property
    def missing(self) -> tuple[str, ...]:
        """What this machine does not keep apart, in words."""
        found = []
        if not self.uid:
            found.append("user")
        if not self.has_namespaces:
            found += ["process ids", "/tmp", "solutions and results"]
        if not self.is_read_only:
            found.append("files that its user may write")
        if not self.is_offline:
            found.append("network")
        if not self.has_group:
            found.append("memory of all its processes together")
        return tuple(found)

    def enter(self, most: int = 0) -> None:
        """Confine this process and all its descendants; the last step before its program.

        Args:
            most: how many processes there may be; 0 for the limit of the cage.

        Raises:
            OSError: it is not confined; the program must not run.
        """
        already = 0
        if self.uid:
            self._become_user()
        elif self.with_users:
            # The limit of processes counts those of a user namespace by themselves.
            uid, gid = os.getuid(), os.getgid()
            namespaces.unshare(namespaces.CLONE_NEWUSER)
            namespaces.keep_own_ids(uid, gid)
        else:
            already = own_processes()
        forbid_new_privileges()
        if self.has_group:
            offer_first()
        self.limits.hold(most, already)

    def give(self, place: str) -> None:
        """Give a file, or a directory with all that is in it, to the user it becomes."""
        if not self.uid:
            return
        os.chown(place, self.uid, self.uid, follow_symlinks=False)
        for folder, names, files in os.walk(place):
            for name in (*names, *files):
                os.chown(os.path.join(folder, name), self.uid, self.uid, follow_symlinks=False)

    def _become_user(self) -> None:
        if os.isatty(0) and not self.has_namespaces:
            os.fchown(0, self.uid, self.uid)
        os.setgroups([])
        os.setresgid(self.uid, self.uid, self.uid)
        os.setresuid(self.uid, self.uid, self.uid)
        namespaces.set_dumpable()
        if os.getresuid() != (self.uid,) * 3 or _privileges():
            raise OSError(0, "the submission would have kept a privilege")


def _privileges() -> int:
    with open("/proc/self/status", encoding="utf-8", errors="replace") as file:
        found = dict(line.split(":", 1) for line in file if line.startswith("Cap"))
    return int(found.get("CapEff", "1"), 16) | int(found.get("CapPrm", "1"), 16)
