"""The sandbox of a submission: its user, its limits, the calls that it may make.

The judge and its tracer stay outside: they run as the user who started them. A submission's process
enters the sandbox after its fork and before its exec; from then on it has no privileges and, if
root grades, another user. Both share one PID namespace, so that a pid means the same to the program
and to its judge. A tutor's check is the exception: it makes the sandbox of the program within its
own; see nested_program. Limits bound each process; a control group bounds the memory of all of them
together.
"""

from __future__ import annotations

import os
import random
import resource
import tempfile

import simpsh
from simpsh.base.errors import SimpshError
from simpsh.base.file_facts import is_folder, walk
from simpsh.base.record import Record, changed
from simpsh.grade.sandbox.permitted_calls import call_filter
from simpsh.kernel import landlock, namespaces
from simpsh.kernel.machine import seccomp
from simpsh.kernel.processes import Limit, getrlimit, sched_getaffinity, set_no_new_privs, setrlimit
from simpsh.process.child_changes import ChangeFailed, ChildStart, NotExecuted
from simpsh.process.proc import count_threads, status_field
from simpsh.process.process_containment import SPARE_USERS, spare_user

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.grade.sandbox.closed_set import ClosedSet

_MEBI = 1 << 20
_LANDLOCK_WITH_SIGNALS = 6
_OURS = os.path.dirname(os.path.abspath(simpsh.__file__))
_WRITABLE = ("/dev", "/dev/mqueue", "/proc", "/tmp", "/var/tmp")
"""Landlock lets a submission write here, and in its own directory. Message queues need their own
rule, because mq_open(3) does not walk through /dev."""
_CLOCK, _MOST_LOAD = 2, 20
_JUDGE = 512  # MiB for the tracer, which stores all events
_RLIMITS = {
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_MEMLOCK: 1 << 20,
    resource.RLIMIT_MSGQUEUE: 256 << 10,
    resource.RLIMIT_NICE: 0,
    resource.RLIMIT_NOFILE: 4096,
    resource.RLIMIT_RTPRIO: 0,
    resource.RLIMIT_SIGPENDING: 512,
}
"""The limits that are the same for every submission, and far below those of a user: several
submissions at a time fit into them. See getrlimit(2)."""
MEMORY = "memory of all its processes together"
USER = "user"
POOLS = "what Linux counts for a user: pipe buffers, epoll watches, descriptors in messages"
NAMESPACES = "process ids"
COUNT = "number of its processes"


class SubmissionRefused(SimpshError):
    """The submission is the reason why it gets no points.

    It cannot be read or built, has no program, or exceeds a limit. The message says which.
    """


class JudgeRefused(SimpshError):
    """The judge failed, or the machine refused it something: the submission gets no mark."""


def require_start(start: ChildStart, otherwise: str = "") -> None:
    """Raise JudgeRefused if a child failed as the judge's code, before its program.

    Nothing else distinguishes a judge that could not confine the program from a program that ends
    at once. `otherwise` is the reason if the child did not get as far as its changes.
    """
    try:
        start.require(otherwise)
    except NotExecuted:
        pass  # the program's fault, which its status shows
    except ChangeFailed as problem:
        raise JudgeRefused(f"the program could not be started: {problem}") from None


def load_factor() -> float:
    """Return by how many times longer than on an idle machine something takes here now."""
    return min(max(os.getloadavg()[0] / len(sched_getaffinity()), 1), _MOST_LOAD)


class SubmissionLimits(Record):
    """The limits of one submission; each process has its own memory, time and files."""

    seconds: int = 120
    """Processor seconds of the whole submission with its judge, and of each process."""
    memory: int = 1024
    """MiB of address space."""
    file_size: int = 64
    """MiB of one file; all files together may have four times that."""
    processes: int = 64
    """The maximum of simultaneous processes and threads."""

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of the limits, as assignment files write them."""
        return tuple(name.replace("_", "-") for name in cls._fields)

    @property
    def clock(self) -> int:
        """The limit by the clock for the whole submission, longer on a busy machine."""
        return int(_CLOCK * load_factor() * self.seconds)

    @property
    def room(self) -> int:
        """The size of the private /tmp in MiB."""
        return 4 * self.file_size

    @property
    def together(self) -> int:
        """Bytes of memory for all processes, including the judge, and the private /tmp."""
        return (self.memory + self.room + _JUDGE) * _MEBI

    def hold(self, most: int = 0, already: int = 0, *, bounds_memory: bool = True) -> None:
        """Limit this process and its descendants permanently; raise OSError if that fails.

        There may be `most` processes, 0 for the limit of this record, in addition to those that the
        system counts `already`. If a control group bounds the memory, the address space is not
        limited: AddressSanitizer reserves terabytes of it, and uses little.
        """
        count = min(most or self.processes, self.processes) + already
        wanted = {
            resource.RLIMIT_CPU: self.seconds,
            **({resource.RLIMIT_AS: self.memory * _MEBI} if bounds_memory else {}),
            resource.RLIMIT_FSIZE: self.file_size * _MEBI,
            resource.RLIMIT_NPROC: count,
            **_RLIMITS,
        }
        for number, value in wanted.items():
            hardest = getrlimit(number).hard
            value = value if hardest < 0 else min(value, hardest)
            setrlimit(number, Limit(value, value))
            if getrlimit(number) != Limit(value, value):
                raise OSError(0, "a limit of the submission was not taken")


class Sandbox(Record):
    """How a submission is confined on this machine."""

    limits: SubmissionLimits = SubmissionLimits()
    uid: int = 0
    """The submission's user id; 0 if it keeps the user who started the grader."""
    has_namespaces: bool = False
    """Whether it has its own pids and /tmp, cannot write elsewhere, and has no network."""
    has_group: bool = False
    """Whether a control group bounds the memory of all its processes together."""
    landlock_version: int = 0
    """The version of the kernel's Landlock; 0 if there is none."""
    shares_inodes: bool = False
    """Whether sockets and FIFOs of the system can be used; see FileView.enter()."""
    is_of_check: bool = False
    """Whether a tutor's check is in it, which makes another sandbox for each program."""
    closed: ClosedSet | None = None
    """The programs that it may execute; None for all of them, as for a compiler."""

    @property
    def may_signal_judge(self) -> bool:
        """Whether a process of the submission could signal its judge."""
        return not self.uid and self.landlock_version < _LANDLOCK_WITH_SIGNALS

    @property
    def missing(self) -> tuple[str, ...]:
        """A description of the parts of the machine that are not isolated."""
        isolated = {
            USER: self.uid,
            NAMESPACES: self.has_namespaces,
            "/tmp": self.has_namespaces,
            "solutions and results": self.has_namespaces,
            "files that its user may write": self.has_namespaces,
            "sockets of other programs": self.has_namespaces and not self.shares_inodes,
            "shared memory and message queues": self.has_namespaces,
            "network": self.has_namespaces,
            COUNT: self.uid or self.has_namespaces,
            MEMORY: self.has_group,
            POOLS: self.uid,
            "what Landlock guards: programs that the task does not name": self.landlock_version,
        }
        return tuple(part for part, is_isolated in isolated.items() if not is_isolated)

    def enter(self, most: int = 0) -> None:
        """Confine this process and its descendants; the last step before exec.

        There may be `most` processes; 0 for the limit of the sandbox.

        Raises OSError: it is not confined; the program must not run.
        """
        # A check has the processes of its programs, too.
        already = self.limits.processes if self.is_of_check else 0
        if not (self.uid or self.has_namespaces):
            already += count_threads(os.getuid())
        if self.has_namespaces and not self.is_of_check:
            # This program is a shell and contains solutions: hide it from the submission.
            namespaces.unshare(namespaces.CLONE_NEWNS)
            flags = namespaces.MS_NOSUID | namespaces.MS_READ_ONLY
            namespaces.mount("tmpfs", _OURS, flags, "mode=755,size=4k")
        if self.uid:
            if os.isatty(0) and not self.has_namespaces:
                os.fchown(0, self.uid, self.uid)
            namespaces.become_user(self.uid)
        if self.has_namespaces:
            # Since Linux 5.14 it has its own count of processes: those of an earlier run, which
            # are still ending, take none from this one.
            namespaces.unshare_users()
        may_clone3 = (
            self.has_namespaces and not self.is_of_check and namespaces.forbid_users_below()
        )
        namespaces.drop_capabilities()
        privileges = (status_field(os.getpid(), name) for name in ("CapEff", "CapPrm"))
        if os.getresuid() != (self.uid or os.getuid(),) * 3 or any(
            int(privilege or "1", 16) for privilege in privileges
        ):
            raise OSError(0, "the submission would have kept a privilege")
        set_no_new_privs()
        if self.has_group:
            # The kernel kills it first when its group has no memory left; see
            # proc_pid_oom_score_adj(5).
            with open("/proc/self/oom_score_adj", "w", encoding="utf-8") as file:
                file.write("1000")
        self.limits.hold(most, already, bounds_memory=not self.has_group)
        # Landlock permits no mounts.
        if self.landlock_version and not self.is_of_check:
            self._restrict()
        seccomp.install(call_filter(may_nest=self.is_of_check, may_clone3=may_clone3))

    def _restrict(self) -> None:
        """Limit the files that may be read, written and executed."""
        folders = {*filter(is_folder, _WRITABLE), tempfile.gettempdir()}
        if self.closed is None:
            landlock.restrict_self(("/",), folders, ("/",))
        else:
            execute = filter(os.path.exists, self.closed.executable())
            landlock.restrict_self(self.closed.readable(), folders, execute)

    def give(self, path: str) -> None:
        """Give a file, or a directory with its contents, to the submission's user."""
        if not self.uid:
            return
        os.chown(path, self.uid, self.uid, follow_symlinks=False)
        for folder, names, files in walk(path):
            for name in (*names, *files):
                os.chown(os.path.join(folder, name), self.uid, self.uid, follow_symlinks=False)


def with_user(sandbox: Sandbox) -> Sandbox:
    """Return the sandbox with a user that has no processes, if the sandbox needs its own user.

    Raises SimpshError: there is no such user left.
    """
    if not sandbox.uid:
        return sandbox
    # Not by pid: two graders in different containers have the same ones.
    free = spare_user(random.SystemRandom().randrange(len(SPARE_USERS)))
    if not free:
        raise SimpshError("there is no user without processes left")
    return changed(sandbox, uid=free)
