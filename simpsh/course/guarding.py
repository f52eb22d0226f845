"""A demonstration that multiplies runs only where it cannot escape.

Two things are needed. A limit: how many processes there may be, set before the demonstration and
read again. And something that outlives every guard: a tracer whose end kills all it traces
(PTRACE_O_EXITKILL), or a PID namespace that ends with its first process. Where either cannot be
had, the demonstration is refused with the reason.

    bound = prepare(16, dies_with_tracer=True)      # in the supervisor, before it forks
    bound.enter()                                   # in the child, before the demonstration
    bound.leave()                                   # in the supervisor, when all are collected
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simpsh.course import enclosing
from simpsh.course.control_groups import PidsGroup
from simpsh.errors import SimpshError, UsageProblem
from simpsh.kernel import namespaces
from simpsh.kernel.limits import Limit, getrlimit, setrlimit

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_ALLOWED = 512
"""More processes than this no lesson may ask for."""
_FIRST_UID, _UIDS = 61184, 4336  # where systemd's own "dynamic users" live, too
_TRIES = 50
_WAYS = ("limit", "cgroup")


class NotGuarded(SimpshError):
    """This machine has nothing that would contain a bomb; the demonstration is not run."""


class Bound:
    """How a demonstration is bound: by which limit, and by what it dies."""

    def __init__(
        self, most: int, way: str, *, dies_with_tracer: bool, group: PidsGroup | None = None
    ) -> None:
        self.most = most
        """How many processes there may be, the demonstration's first one included."""
        self.way = way
        """uid: a limit under a user who owns nothing else; users: a limit in a user namespace;
        cgroup: pids.max."""
        self._dies_with_tracer = dies_with_tracer
        self._group = group
        self._supervisor = os.getpid()

    @property
    def words(self) -> str:
        """Say in a phrase what holds it."""
        limit = {
            "uid": f"RLIMIT_NPROC {self.most} under a user of its own",
            "users": f"RLIMIT_NPROC {self.most} in a user namespace of its own",
            "cgroup": f"pids.max {self.most} of a control group",
        }[self.way]
        end = "a tracer whose end kills it" if self._dies_with_tracer else "a PID namespace"
        return f"{limit}, and {end}"

    def enter(self) -> None:
        """Bind this process and all that will descend from it; everything is read again.

        Everything that the demonstration imports must be imported already: afterwards this may
        be another user, to whom the files are not readable.

        Raises:
            NotGuarded: something did not take effect; do not run the demonstration.
        """
        try:
            if self._dies_with_tracer:
                self._require(_tracer() > 0, "nobody traces the demonstration")
            else:
                enclosing.enclose(self._supervisor, with_users=self.way == "users")
                self._require(enclosing.is_enclosed(), "it is not in a PID namespace")
            self.limit()
        except OSError as error:
            raise NotGuarded(f"the guard could not be set up: {error.strerror or error}") from error

    def leave(self) -> None:
        """Remove what the guard needed; OSError (EBUSY) if a process is left."""
        if self._group is not None:
            self._group.remove()

    def limit(self) -> None:
        """Set the limit alone, for this process and its descendants, and read it again.

        Raises:
            NotGuarded: it did not take effect.
            OSError: EPERM …; it cannot be set.
        """
        if self._group is not None:
            self._group.join()
            self._require(self._group.holds_us(), "the control group does not hold it")
            return
        count = self.most
        if self.way == "uid":
            _become_somebody_new()
            self._require(_is_plain_user(), "it has kept a privilege")
        elif self._dies_with_tracer:
            uid, gid = os.getuid(), os.getgid()
            namespaces.unshare(namespaces.CLONE_NEWUSER)
            namespaces.keep_own_ids(uid, gid)
        else:
            count += enclosing.HELPERS
        wanted = Limit(count, count)
        setrlimit(_nproc(), wanted)
        self._require(getrlimit(_nproc()) == wanted, "the limit of processes was not taken")

    @staticmethod
    def _require(is_so: bool, else_: str) -> None:  # noqa: FBT001 - reads as a statement
        if not is_so:
            raise NotGuarded(f"the guard does not hold: {else_}")


def prepare(guard: int | str, *, dies_with_tracer: bool) -> Bound:
    """Choose how to bind a demonstration that this process is about to fork.

    Args:
        guard: how many processes there may be: 16, or "limit 16" (RLIMIT_NPROC), or "cgroup 16".
        dies_with_tracer: the child will be seized with EXITKILL before it runs on.

    Raises:
        NotGuarded: this machine permits no such limit.
        UsageProblem: the guard is misspelt, or asks for too many.
    """
    way, most = parse(guard)
    # Now, since afterwards the files of this Python may not be readable.
    _nproc()
    if way != "cgroup" and _is_root():
        return Bound(most, "uid", dies_with_tracer=dies_with_tracer)
    if way != "cgroup":
        return Bound(most, "users", dies_with_tracer=dies_with_tracer)
    try:
        group = PidsGroup(most)
    except OSError as error:
        reason = error.strerror or str(error)
        raise NotGuarded(f"no control group with a limit of processes: {reason}") from error
    return Bound(most, "cgroup", dies_with_tracer=dies_with_tracer, group=group)


def parse(guard: int | str) -> tuple[str, int]:
    """Take a guard apart: the way it asks for ("" for any), and the number.

    >>> parse("cgroup 16"), parse(16)
    (('cgroup', 16), ('', 16))
    """
    way, _, number = "" if isinstance(guard, int) else guard, "", str(guard)
    if way:
        way, _, number = way.partition(" ")
    if way not in ("", *_WAYS) or not (number.isascii() and number.isdigit()):
        raise UsageProblem(f"guard {guard!r}: it is a number, 'limit NUMBER' or 'cgroup NUMBER'")
    if not 1 <= int(number) <= MOST_ALLOWED:
        raise UsageProblem(f"guard {guard!r}: the number is between 1 and {MOST_ALLOWED}")
    return way, int(number)


def _is_root() -> bool:
    """Tell whether this may be the root whom no limit of processes binds.

    Root of a container whose uids are others outside is bound like any user.
    """
    if os.geteuid() != 0:
        return False
    with open("/proc/self/uid_map", encoding="utf-8") as file:
        inside, outside, _ = (file.readline().split() or ["0", "0", "1"])[:3]
    return inside != "0" or outside == "0"


def _nproc() -> int:
    import resource

    return resource.RLIMIT_NPROC


def _tracer() -> int:
    return int(_status("self").get("TracerPid", "0"))


def _status(pid: str) -> dict[str, str]:
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
            pairs = (line.partition(":") for line in file)
            return {name: value.strip() for name, _, value in pairs}
    except OSError:
        return {}  # it has ended meanwhile


def _is_plain_user() -> bool:
    found = _status("self")
    return all(int(found.get(name, "1"), 16) == 0 for name in ("CapEff", "CapPrm")) and (
        0 not in os.getresuid()
    )


def _become_somebody_new() -> None:
    """Change to a user who owns no process and no account, for good.

    Raises:
        NotGuarded: none was found.
        OSError: EPERM EINVAL; this process may not change its user, or to this one.
    """
    known = _known_users()
    os.setgroups([])
    for uid in _candidates():
        if uid in known:
            continue
        # The saved user is kept until it is certain that nobody else has chosen the same.
        os.setresuid(uid, uid, 0)
        if _owners().count(uid) == 1:
            os.setresuid(0, 0, 0)
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            namespaces.set_dumpable()
            return
        os.setresuid(0, 0, 0)
    raise NotGuarded("no user without processes was found")


def _candidates() -> Iterator[int]:
    start = os.getpid()
    step = 1 + start % 97
    return (_FIRST_UID + (start + turn * step) % _UIDS for turn in range(_TRIES))


def _known_users() -> set[int]:
    try:
        with open("/etc/passwd", encoding="utf-8", errors="replace") as file:
            fields = [line.split(":") for line in file]
    except OSError:
        return set()
    return {int(one[2]) for one in fields if len(one) > 2 and one[2].isdigit()}


def _owners() -> list[int]:
    """Return the real user of every process."""
    found = (_status(name).get("Uid", "") for name in os.listdir("/proc") if name.isdigit())
    return [int(line.split()[0]) for line in found if line]
