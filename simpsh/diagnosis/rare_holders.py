"""Calls that the kernel holds, whatever they do, until another process has acted.

The holder of a lease on the file, a listener that permits accesses, a process that fills pages, a
supervisor of calls, the server of a file system. Such a process is a candidate: the kernel does not
show to which call its object belongs. See F_SETLEASE in fcntl(2), fanotify(7), userfaultfd(2),
seccomp_unotify(2) and fuse(4).
"""

from __future__ import annotations

from collections.abc import Mapping

from simpsh.base import waits
from simpsh.base.record import Record, changed
from simpsh.diagnosis.blocked_process import BlockedProcess
from simpsh.diagnosis.file_locks import lease_holders
from simpsh.diagnosis.finding import Edge, Finding, Statement
from simpsh.process import proc
from simpsh.process.file_holders import holders_if


class Hold(Record):
    """A way in which the kernel holds any call."""

    until: str
    """What ends it, in words that follow “until”."""
    target: str = ""
    """The end of the link in /proc of a descriptor by which a process may end it."""
    holds: str = ""


_LEASE = Hold("the holder of a lease on the file gives it up (F_SETLEASE in fcntl(2))")
_FREEZER = Hold("its control group is thawed (cgroups(7))")
_SERVER = Hold("the server of the file system answers (fuse(4))", "/fuse", "serves a file system")
_HOLDS: Mapping[str, Hold] = {
    "seccomp": Hold(
        "a supervisor answers the call (seccomp_unotify(2))",
        "seccomp notify",
        "holds a listener of seccomp filters",
    ),
    "handle_userfault": Hold(
        "a process fills a page of its memory (userfaultfd(2))",
        "[userfaultfd]",
        "holds a userfaultfd",
    ),
    "break_lease": _LEASE,
    "fanotify": Hold(
        "a listener permits the access (fanotify(7))", "[fanotify]", "holds a fanotify listener"
    ),
    **dict.fromkeys(("fuse", "request_wait_answer"), _SERVER),
    **dict.fromkeys(("get_signal", "freezer_trap", "refrigerator"), _FREEZER),
}
"""By a part of the name of the kernel function that sleeps."""
_OF_SERVERS = ("fuse_dev", "seccomp_notify_ioctl", "seccomp_notify_recv")
"""The server of a FUSE file system, and a supervisor, sleep there until there is a request."""
_PATHS: Mapping[str, tuple[int, int | None]] = {
    **dict.fromkeys(("open", "creat", "truncate", "execve"), (0, None)),
    **dict.fromkeys(("openat", "openat2", "execveat"), (1, 0)),
}
"""By call: the index of its path, and of the directory that the path begins at."""


def hold_in(wchan: str) -> Hold | None:
    """Return how the call that sleeps in a kernel function is held; None if it is not."""
    if wchan.startswith(_OF_SERVERS):
        return None
    return next((hold for part, hold in _HOLDS.items() if part in wchan), None)


def function_statements(wchan: str) -> tuple[Statement, ...]:
    """Return the statement that names the kernel function in which a process sleeps."""
    return (Statement(f"The kernel function it sleeps in is {wchan}."),) if wchan else ()


def find(case: BlockedProcess) -> Finding | None:
    """Find out which processes may have to release the call; None if the call waits by itself."""
    hold = hold_in(case.seen.wchan)
    if hold is None:
        return None
    where = f" in {case.call}(2)" if case.call else ""
    finding = Finding(
        waits.HELD_CALL,
        f"is held{where} until {hold.until}",
        function_statements(case.seen.wchan),
        wakers=(waits.BY_UNSEEN,),
    )
    if hold is _LEASE:
        return _at_lease(case, finding)
    holders = holders_if(hold.target, bool).seen if hold.target else ()
    others = [holder.pid for holder in holders if holder.pid != case.process]
    edges = tuple(Edge(pid, hold.holds, is_candidate=True) for pid in others)
    return changed(finding, edges=edges)


def _at_lease(case: BlockedProcess, finding: Finding) -> Finding:
    """Return the finding with the holders of the lease, which the kernel takes after a time."""
    name, file = case.named_file(*_PATHS.get(case.call, (None, None)))
    pids = lease_holders(file.st_ino if file is not None else 0, case.process)
    has_limit = proc.contents("sys", "fs/lease-break-time").strip() != b"0"
    why = f"holds a lease on {name or 'the file'}"
    return changed(
        finding,
        situation=waits.LOCK,
        edges=tuple(Edge(pid, why, is_candidate=True) for pid in pids),
        wakers=(waits.BY_CLOCK,) if has_limit else (waits.BY_UNSEEN,),
    )
