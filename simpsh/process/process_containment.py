"""A fork bomb as a demonstration runs only where it cannot escape.

The demonstration needs both of these guards, or it is refused: a limit on processes, set before it
begins (RLIMIT_NPROC), and a tracer whose end kills all its tracees (PTRACE_O_EXITKILL). A
submission is kept in a PID namespace, which ends with its first process.
"""

from __future__ import annotations

import errno
import os
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from simpsh.base.errors import SimpshError, UsageProblem
from simpsh.base.signal_names import SIGINT, SIGKILL, SIGQUIT, SIGTSTP
from simpsh.base.wait_status import shell_status
from simpsh.kernel import namespaces, signals
from simpsh.kernel.descriptors import HIGHEST, close, close_range, pipe2, readable
from simpsh.kernel.processes import Limit, exit_now, fork, set_pdeathsig, setrlimit
from simpsh.kernel.signals import SIG_BLOCK, SIG_SETMASK, sigprocmask
from simpsh.kernel.wait_calls import wait4, waitpid
from simpsh.process import proc
from simpsh.process.child_changes import DeathWith, carry_out
from simpsh.process.subreaper import own_namespace

_BROKEN = 125


def enclose(parent: int, *, with_users: bool, begin: Callable[[], object] = bool) -> None:
    """Continue in a new PID namespace, as its second process; the caller becomes a helper.

    Two processes are between the caller and the enclosed process, which returns from here. The
    outer one waits, and exits with the enclosed process's status: 128 + n for a signal. The inner
    one is pid 1 of the namespace and collects orphans. When the outer one or `parent` dies, even by
    SIGKILL, the kernel kills the inner one (PR_SET_PDEATHSIG), and with it the whole namespace.

    `with_users` makes a user namespace too, of this user alone. `begin` is called in pid 1, before
    there is another process in it.
    """
    with _reasons():
        if with_users:
            namespaces.unshare_users(namespaces.CLONE_NEWPID)
        else:
            namespaces.unshare(namespaces.CLONE_NEWPID)
    carry_out(DeathWith(parent))
    lifeline = pipe2()
    # Keys of the terminal are for the enclosed process, and must not end the helpers.
    mask = sigprocmask(SIG_BLOCK, (SIGINT, SIGQUIT, SIGTSTP))
    first = fork()
    if first != 0:
        status, changed = _BROKEN, None
        try:
            # A process that reads from the enclosed ones must not wait for our copies of a write
            # end.
            close_range(3, lifeline.write_end - 1)
            close_range(lifeline.write_end + 1, HIGHEST)
            changed = waitpid(first)
            status = shell_status(changed[1]) if changed else _BROKEN
        finally:
            if changed is None:
                # A signal has ended the wait: no enclosed process may outlive this one.
                signals.kill(first, SIGKILL)
                waitpid(first)
            exit_now(status)
    close(lifeline.write_end)
    set_pdeathsig(SIGKILL)
    if readable((lifeline.read_end,), 0):
        # The outer process died before PR_SET_PDEATHSIG was in effect.
        exit_now(_BROKEN)
    close(lifeline.read_end)
    begin()
    second = fork()
    if second != 0:
        status = _BROKEN
        try:
            close_range(3, HIGHEST)
            ended = None
            while ended is None or ended.pid != second:
                ended = wait4(-1)
            status = shell_status(ended.status)
        finally:
            # The end of pid 1 kills all others in the namespace.
            exit_now(status)
    own_namespace()
    sigprocmask(SIG_SETMASK, mask)


@contextmanager
def _reasons() -> Iterator[None]:
    """Name the setting that forbids a namespace; the kernel's error does not."""
    try:
        yield
    except OSError as error:
        reason = ""
        if error.errno == errno.ENOSPC:
            reason = "the limit of namespaces is reached (sysctl user.max_…_namespaces)"
        elif error.errno in (errno.EPERM, errno.EACCES):
            # AppArmor lets users create a namespace without privileges in it, as on Ubuntu since
            # 23.10.
            setting = namespaces.APPARMOR_SETTING
            reason = f"this system refuses namespaces ({os.strerror(error.errno)})"
            if proc.contents("sys", setting.replace(".", "/")).strip() == b"1":
                reason = f"AppArmor gives a user's namespaces no rights (sysctl {setting})"
        if not reason:
            raise
        raise OSError(error.errno, reason) from None


# A control group limits the memory of its processes together. With version 1 the new group is a
# child of this process's group; with version 2 a sibling, since there a group with processes does
# not pass controllers down. See cgroups(7).

_PREFIX, _CONTROLLER = "simpsh-", "memory"
_FORGOTTEN_SECONDS = 86_400 * 2
_LIMIT_FILES = ("memory.max", "memory.limit_in_bytes")


class ControlGroup:
    """A control group of our own, whose processes have at most this many bytes together."""

    def __init__(self, most: int) -> None:
        parent, now = parent_of_new_groups(), int(time.time())
        for name in os.listdir(parent):
            made = name.removeprefix(_PREFIX).partition("-")[0]
            if made != name and made.isdecimal() and int(made) < now - _FORGOTTEN_SECONDS:
                with suppress(OSError):  # EBUSY: its creator was killed, and left a process
                    _remove_with_groups_below(os.path.join(parent, name))
        self.path = os.path.join(parent, f"{_PREFIX}{now}-{os.urandom(8).hex()}")
        os.mkdir(self.path)
        try:
            paths = [os.path.join(self.path, name) for name in _LIMIT_FILES]
            if not any(map(os.path.exists, paths)):
                # Version 2: the parent must enable the controller for its children.
                _write_to(os.path.join(parent, "cgroup.subtree_control"), f"+{_CONTROLLER}")
            _write_to(next(filter(os.path.exists, paths), paths[0]), str(most))
        except BaseException:
            self.remove()
            raise

    def join(self) -> None:
        """Put the calling process, and its future children, into the group; raises OSError."""
        _write_to(os.path.join(self.path, "cgroup.procs"), "0")

    def was_exhausted(self) -> bool:
        """Return whether the kernel has killed a process because the group had no memory left."""
        # Version 2, and version 1; see the kernel's memory.rst of each.
        texts = (
            _text_of(os.path.join(self.path, name))
            for name in ("memory.events", "memory.oom_control")
        )
        return any(
            line.startswith("oom_kill ") and line != "oom_kill 0"
            for text in texts
            for line in text.splitlines()
        )

    def remove(self) -> None:
        """Remove the group and all groups below it; OSError (EBUSY) if a process is in one."""
        _remove_with_groups_below(self.path)


def _remove_with_groups_below(path: str) -> None:
    for folder, _, _ in os.walk(path, topdown=False):
        os.rmdir(folder)


def parent_of_new_groups() -> str:
    """Return the directory for new groups that limit memory.

    Raises OSError: ENOENT; no such controller is mounted. EBUSY; the parent group has processes.
    """
    paths = {}
    for line in proc.contents("self", "cgroup").decode(errors="surrogateescape").splitlines():
        _, names, path = line.split(":", 2)
        # Version 2 has one hierarchy, which has no name.
        paths.update(dict.fromkeys(names.split(","), path))
    mounts = proc.contents("self", "mountinfo").decode(errors="surrogateescape")
    for line in mounts.splitlines():
        mount, _, source = line.partition(" - ")
        root, mount_point = mount.split()[3:5]
        kind, options = source.split()[0], source.split()[-1].split(",")
        group = paths.get("" if kind == "cgroup2" else _CONTROLLER)
        if group is None or kind not in ("cgroup", "cgroup2"):
            continue
        directory = mount_point + group.removeprefix(root.rstrip("/")).rstrip("/")
        if kind == "cgroup" and _CONTROLLER in options:
            return directory
        if _CONTROLLER not in _text_of(os.path.join(directory, "cgroup.controllers")).split():
            continue
        if directory != mount_point:
            return os.path.dirname(directory)
        # Only the real root, which has no such file, may have processes and controlled children.
        if not os.path.exists(os.path.join(mount_point, "cgroup.type")):
            return directory
        raise OSError(errno.EBUSY, "all processes are in the topmost control group seen here")
    raise FileNotFoundError(errno.ENOENT, f"no {_CONTROLLER} controller is mounted here")


def _text_of(path: str) -> str:
    """Return the text of a control group's file; empty if it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read().strip()
    except OSError:
        return ""


def _write_to(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


MOST_ALLOWED = 512
"""The largest limit that a lesson may ask for."""
SPARE_USERS = range(61184, 65520)
"""User ids without an account; systemd takes its "dynamic users" from them, too."""


class NotGuarded(SimpshError):
    """This machine cannot contain a fork bomb; the demonstration is not run."""


def checked_guard(most: int) -> int:
    """Return the most processes that a demonstration may have; raise UsageProblem if out of range.

    Call enter_guard() in the demonstration, which its tracer has seized (EXITKILL).
    """
    if not 1 <= most <= MOST_ALLOWED:
        raise UsageProblem(f"guard {most!r}: the number is between 1 and {MOST_ALLOWED}")
    return most


def enter_guard(most: int) -> None:
    """Limit this process and its future descendants, and make sure that they die with a tracer.

    Import all modules of the demonstration before: afterwards this may be another user, who cannot
    read the files. Raises NotGuarded: the limit did not take effect.
    """
    if not proc.tracer_pid("self"):
        raise NotGuarded("the guard does not hold: no process traces the demonstration")
    try:
        limit_processes(most)
    except OSError as error:
        raise NotGuarded(f"the guard could not be set up: {error.strerror or error}") from error


def limit_processes(most: int) -> None:
    """Set the limit alone, this process included; raises NotGuarded, OSError.

    RLIMIT_NPROC limits the processes of one user, and does not limit root. So root becomes a user
    that owns nothing else, and an ordinary user gets a user namespace.
    """
    if os.geteuid() == 0:
        uid = spare_user(os.getpid())
        if not uid:
            raise NotGuarded("no user without processes was found")
        namespaces.become_user(uid)
        held = [proc.status_field("self", name) for name in ("CapEff", "CapPrm")]
        if any(int(capabilities or "1", 16) for capabilities in held):
            raise NotGuarded("the guard does not hold: it has kept a privilege")
    else:
        with _reasons():
            namespaces.unshare_users()
    try:
        setrlimit(resource.RLIMIT_NPROC, Limit(most, most))
    except PermissionError:
        reason = f"the hard limit of processes is below {most} (ulimit -Hu)"
        raise NotGuarded(reason) from None


def spare_user(start: int) -> int:
    """Return the first user id from `start` on that owns no process; 0 if there is none."""
    taken = {*proc.owners()}
    users = (SPARE_USERS[(start + turn) % len(SPARE_USERS)] for turn in range(len(SPARE_USERS)))
    return next((uid for uid in users if uid not in taken), 0)
