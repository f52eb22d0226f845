"""What Linux counts for a user or for the machine, and what bounds it for a submission.

A submission could use up what others need: other submissions, the judge, and all else that runs
here. Each row has a limit that the sandbox sets, or names the isolation that bounds it. Limits,
settings and refused calls are made from the rows. Sandbox.missing says which isolations are not
there, and a test holds each name in a row to it. See getrlimit(2), namespaces(7),
proc_sys_fs(5), proc_sys_kernel(5) and proc_sys_user(5).

The limits are far below those of a user, so that several submissions at a time fit into them.
"""

from __future__ import annotations

import errno
import os
import resource

from simpsh.base.record import Record

MEMORY = "memory of all its processes together"
USER = "user"
POOLS = "what Linux counts for a user: pipe buffers, epoll watches, descriptors in messages"
NAMESPACES = "process ids"
COUNT = "number of its processes"
_SETTINGS = "/proc/sys/user"


class Resource(Record):
    """Something countable, and its limit for a submission."""

    name: str
    counted: str
    """For what Linux counts it, and the setting or limit of the whole."""
    isolation: str = ""
    """The part of the isolation without which nothing bounds it; a name in Sandbox.missing."""
    rlimit: int = -1
    """The resource limit that bounds it, with the value `most`; -1 for none."""
    setting: str = ""
    """The setting of a user namespace that bounds it, with the value `most`."""
    most: int = 0
    refused: tuple[str, ...] = ()
    """The system calls that a submission cannot make."""
    error: int = errno.ENOSYS
    """The error of these calls; 0 if they seem to succeed."""
    words: str = ""
    """What bounds it, if that is neither a limit, nor a setting, nor refused calls."""

    @property
    def limit(self) -> str:
        """The limit in words."""
        if self.rlimit >= 0:
            return f"{_NAMES[self.rlimit]}: {self.most:,}"
        if self.setting:
            return f"{self.setting} of its user namespace: {self.most:,}"
        if self.refused:
            verb = "do nothing" if not self.error else "are refused"
            return f"{', '.join(self.refused)} {verb}"
        return self.words


_NAMES = {value: name for name, value in vars(resource).items() if name.startswith("RLIMIT_")}
INODES = 65_536
"""The files of each private directory."""
TERMINALS = 64
"""The pseudo-terminals of a submission and its judge."""
BUDGET = (
    Resource("processes and threads", "user; kernel.pid_max", COUNT, words="processes"),
    Resource("memory", "machine", MEMORY, words="memory, and a control group for all together"),
    Resource("kernel memory of files, locks, timers, sockets", "machine", MEMORY, words="the same"),
    Resource("files, bytes", "machine", NAMESPACES, words="private tmpfs, of four times file-size"),
    Resource("files, inodes", "machine", NAMESPACES, words=f"private tmpfs, nr_inodes: {INODES:,}"),
    Resource("bytes of one file", "process", words="file-size (RLIMIT_FSIZE)"),
    Resource("processor time", "process", words="seconds (RLIMIT_CPU), and the same in all"),
    Resource("real-time priority", "process", rlimit=resource.RLIMIT_RTPRIO),
    Resource("negative nice value", "process", rlimit=resource.RLIMIT_NICE),
    Resource("open descriptors", "process; fs.file-max", rlimit=resource.RLIMIT_NOFILE, most=4096),
    Resource("queued signals, POSIX timers", "user", rlimit=resource.RLIMIT_SIGPENDING, most=512),
    Resource(
        "bytes of POSIX message queues", "user", rlimit=resource.RLIMIT_MSGQUEUE, most=256 << 10
    ),
    Resource(
        "message queues", "IPC namespace; fs.mqueue", NAMESPACES, words="a namespace of its own"
    ),
    Resource("System V objects", "IPC namespace", NAMESPACES, words="a namespace of its own"),
    Resource("locked memory", "user, process", rlimit=resource.RLIMIT_MEMLOCK, most=1 << 20),
    Resource("core files", "process", rlimit=resource.RLIMIT_CORE),
    Resource("inotify instances", "user", NAMESPACES, setting="max_inotify_instances", most=16),
    Resource("inotify watches", "user", NAMESPACES, setting="max_inotify_watches", most=4096),
    Resource("fanotify groups", "user", NAMESPACES, setting="max_fanotify_groups"),
    Resource("fanotify marks", "user", NAMESPACES, setting="max_fanotify_marks"),
    Resource("namespaces", "user", NAMESPACES, setting="max_user_namespaces"),
    Resource("terminals", "machine; kernel.pty.max", NAMESPACES, words=f"devpts, max: {TERMINALS}"),
    Resource("ports", "network namespace", NAMESPACES, words="a namespace of its own"),
    Resource("pipe buffers", "user; fs.pipe-user-pages-soft", POOLS, words="a user of its own"),
    Resource("epoll watches", "user; fs.epoll.max_user_watches", POOLS, words="a user of its own"),
    Resource("descriptors in messages of sockets", "user", POOLS, words="a user of its own"),
    Resource(
        "events of asynchronous I/O",
        "machine; fs.aio-max-nr",
        refused=(
            "io_setup",
            "io_destroy",
            "io_submit",
            "io_cancel",
            "io_getevents",
            "io_pgetevents",
        ),
    ),
    Resource("keys", "user; kernel.keys", refused=("add_key", "keyctl", "request_key")),
    Resource("rings", "user", refused=("io_uring_setup", "io_uring_enter", "io_uring_register")),
    Resource("writing back all files", "machine", refused=("sync", "syncfs"), error=0),
    Resource("huge pages", "machine; vm.nr_hugepages", words="the flags for them are refused"),
)
"""Each row has a hog in tests/grade/sandbox/hogs.py, or says what refuses it."""


def rlimits() -> dict[int, int]:
    """Return the values of the resource limits that are the same for every submission."""
    return {each.rlimit: each.most for each in BUDGET if each.rlimit >= 0}


def limit_user_namespace() -> None:
    """Bound what this user namespace counts, permanently for all that are in it.

    What a user namespace counts, its creator's user is charged, too. Raises OSError: a setting
    cannot be written; at the top it would be the system's.
    """
    for each in BUDGET:
        path = os.path.join(_SETTINGS, each.setting)
        # Some settings are newer than the oldest kernel.
        if each.setting and os.path.exists(path):
            with open(path, "w", encoding="utf-8") as file:
                file.write(str(each.most))


def refused_calls() -> dict[str, int]:
    """Return the errors of the calls that are refused."""
    return {call: each.error for each in BUDGET for call in each.refused}
