"""The private world of runs: the caller's files at the same paths; changes stay inside.

    result = in_private_world(lambda: explore(program))

The explorer and all processes that it runs have their own namespaces (users, mounts, pids, IPC,
network) and their own keyring. Each directory is an overlay over itself, which is renewed before a
run if the last run changed files. The tracer sees the same pids and files as the program. The
program is in a nested user namespace, so it does not have rights over the tracer or the mounts.

    caller ──► helper ──► pid 1 of the namespace ──► the explorer ──► the program's processes

If the kernel refuses this, runs work in copies of the directory instead; see workspace.
"""

from __future__ import annotations

import fcntl
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TypeVar

from simpsh.base.errors import AskedToEnd, SimpshError
from simpsh.base.phrases import escaped
from simpsh.base.record import Record
from simpsh.base.signal_names import SIGINT
from simpsh.base.wait_status import encode
from simpsh.explore.flags import (
    BELOW_OTHERS,
    GAINS_RIGHT,
    HIDDEN,
    KEEPS_DIRECTORY,
    PARTS_DIRECTORIES,
    PARTS_LINKS,
    PARTS_MOUNTS,
    READS_ONLY,
    Flag,
)
from simpsh.kernel import namespaces, signals
from simpsh.kernel.descriptors import close, pipe2, read, readable, write
from simpsh.kernel.processes import chdir, setsid, umask
from simpsh.kernel.wait_calls import waitpid
from simpsh.process import proc
from simpsh.process.changeable_layers import Layers
from simpsh.process.child_changes import ChildStart
from simpsh.process.mount_manners import Manner, Reason, Shown
from simpsh.process.private_root import OF_THE_MACHINE, PrivateRoot
from simpsh.process.process_containment import enclose
from simpsh.process.worker import WorkerEnded, in_own_process

T = TypeVar("T")

_LAST_PID, _PID_MAX = "/proc/sys/kernel/ns_last_pid", "kernel/pid_max"
_LEAST_PID, _LEAST_ROOM = 10_000, 20_000
"""The first pid, and how many must follow it: the memory of a shell is full of smaller numbers that
are no pids, such as sizes, and states in which a pid could be one of them are never equal."""
_LEAST_IN_LITTLE_ROOM = 1000
"""The first pid otherwise: programs rarely print numbers above it for other reasons."""
_TICK_SECONDS = 0.011
_NOBODY = 65534
"""The id shown for users without an id in the namespace; see user_namespaces(7)."""


class PrivateWorld(Record):
    """The private world of this process and of its runs."""

    layers: Layers
    users: int
    """A descriptor of the user namespace that programs are in."""
    last_pid: int
    """A descriptor of the file that holds the last pid."""
    shown: tuple[Shown, ...]
    """How each directory is shown, and each file that is no copy."""
    mounts: tuple[namespaces.Mount, ...]
    """The mounts of the outside."""
    device: int
    """The device number of the working directory outside."""
    counts_links: bool
    """Whether the file system of the working directory counts the names of a directory."""
    lost_rights: frozenset[int]
    """The capabilities that are not in the bounding set outside."""


class PrivateWorkplace:
    """A directory of the private world, in which runs begin; see Workspace."""

    is_private = is_copied = True

    def __init__(self, world: PrivateWorld, directory: str) -> None:
        self._users, self._layers = world.users, world.layers
        self._refreshed = self._layers.renewals
        # Of the mounts on one path, the last covers the others.
        self._mounts = {each.path: each for each in world.mounts}
        fixed = ((path, "proc") for path in OF_THE_MACHINE)
        self._shown = {
            path: Shown(path, Manner.READ_ONLY, Reason.OF_KERNEL, kind)
            for path, kind in (*fixed, ("/sys", "sysfs"))
        }
        self._shown |= {each.path: each for each in world.shown}
        self.device, self._lost_rights = world.device, world.lost_rights
        self._counts_links = world.counts_links
        self.root = self.directory = directory
        # The clock of the file system is at most one tick late.
        self.made = time.time() - _TICK_SECONDS
        """When the workplace was made; all later changes to files were made by runs."""
        self.is_fresh = False
        """Whether the directory was renewed after the last run."""

    @property
    def shares_sockets(self) -> bool:
        """Whether a program could reach sockets of the outside."""
        return shares_sockets()

    @property
    def renewals(self) -> int:
        """How often files were restored: a process that began before must enter again."""
        return self._layers.renewals

    def refresh(self) -> bool:
        """Restore the original files; return whether any were restored since the last refresh."""
        if not self.is_fresh:
            self._layers.renew()
        self.is_fresh = True
        before, self._refreshed = self._refreshed, self.renewals
        return before != self._refreshed

    def settle(self) -> None:
        """Keep the current files for a process that begins now, even after a later renewal."""
        self._layers.keep()

    def confine(self) -> None:
        """Drop this process's rights over the explorer and the mounts."""
        namespaces.enter_users(self._users)
        # A user namespace has all capabilities, also those that the outside lacks.
        namespaces.drop_rights(self._lost_rights)

    def links_of(self, directory: str, links: int) -> int:
        """Return how many names a directory has outside; in an overlay, it is always one."""
        if self._counts_links:
            with suppress(OSError), _untouched(directory) as entries:
                return 2 + sum(entry.is_dir(follow_symlinks=False) for entry in entries)
        return links

    def mount_flags(self, path: str) -> int:
        """Return the flags that statvfs(3) shows outside for the mount of a file."""
        mounts = (self._mounts.get(each) for each in _at_or_above(path))
        return next(mount.flags for mount in mounts if mount is not None)

    def forbids(self, path: str) -> bool:  # noqa: ARG002
        """Return False: files of the kernel are those of this world; see refuses()."""
        return False

    def is_as_outside(self, path: str) -> bool:
        """Return whether a file is the original one, never changed in this world."""
        return self._manner(path) is not Manner.COPY and not self._layers.has_changed(path)

    def refuses(self, call: str, *paths: str) -> Iterator[Flag]:
        """Yield the reasons why a call on these files fails, or acts differently from outside."""
        for path in paths:
            if self._manner(path) is Manner.READ_ONLY:
                yield READS_ONLY.of(self._words(path))
            with suppress(OSError):
                facts = os.lstat(path)
                is_linked = stat.S_ISREG(facts.st_mode) and facts.st_nlink > 1
                if (is_linked or path in self._layers.linked) and self.is_as_outside(path):
                    yield PARTS_LINKS
            if self._has_several_paths(path):
                yield PARTS_MOUNTS
            if self._gains_right(call, path):
                yield GAINS_RIGHT.of(call)
            if self._cannot_copy(path, moves=call.startswith("rename")):
                yield BELOW_OTHERS.of(escaped(path))
        if paths[1:] and self._layers.parts(*paths):
            yield PARTS_DIRECTORIES.of(call)
        if call.startswith("rename") and self._layers.is_kept_in_place(paths[0]):
            yield KEEPS_DIRECTORY

    def differs(self, path: str) -> Iterator[Flag]:
        """Yield the reason why a path does not lead to what it leads to outside."""
        if self._manner(path) is Manner.HIDDEN:
            yield HIDDEN.of(self._words(path))

    def lacks(self, directory: str) -> Iterator[Flag]:
        """Yield the reasons why a directory lists fewer names than outside."""
        if directory in ("/dev", "/dev/pts"):
            yield HIDDEN.of(f"{directory} (it has devices and terminals of its own)")
        for path, shown in self._shown.items():
            is_hidden = shown.manner is Manner.HIDDEN and os.path.dirname(path) == directory
            if is_hidden and not os.path.lexists(path):
                yield HIDDEN.of(self._words(path))

    def is_of_outside(self, path: str) -> bool:
        """Return whether the locks and FIFOs of a path are those of the outside."""
        return self._manner(path) is Manner.READ_ONLY

    def _nearest(self, path: str) -> Shown | None:
        """Return how the innermost directory that is shown on its own, or the file, is shown."""
        nearest = (self._shown.get(each) for each in _at_or_above(path))
        return next(filter(None, nearest), None)

    def _manner(self, path: str) -> Manner:
        shown = self._nearest(path)
        return Manner.OVERLAY if shown is None else shown.manner

    def _words(self, path: str) -> str:
        shown = self._nearest(path)
        return escaped(path) + (f" ({shown.cause})" if shown is not None else "")

    def _has_several_paths(self, path: str) -> bool:
        """Return whether a file outside is below two mounts of its file system."""
        for own in _at_or_above(path):
            if own in self._mounts:
                mount = self._mounts[own]
                within = os.path.normpath(os.path.join(mount.root, os.path.relpath(path, own)))
                return any(
                    other.device == mount.device
                    and other.path != own
                    and other.root in _at_or_above(within)
                    for other in self._mounts.values()
                )
        return False

    def _gains_right(self, call: str, path: str) -> bool:
        """Return whether only the owner may do this, and the owner is another user outside."""
        if call.startswith(("chmod", "fchmod", "utime", "futime")):
            return path in self._layers.foreign
        directory = os.path.dirname(path)
        if directory not in self._layers.foreign or not call.startswith(("unlink", "rename")):
            return False
        with suppress(OSError):
            is_sticky = bool(os.stat(directory).st_mode & stat.S_ISVTX)
            return is_sticky and _is_of_others(os.lstat(path))
        return False

    def hides_owner(self, path: str) -> bool:
        """Return whether a file's owner differs from outside, lacking an id in this namespace."""
        if os.geteuid() == 0:
            return False
        with suppress(OSError):
            return _is_of_others(os.lstat(path)) or path in self._layers.foreign
        return False

    def _cannot_copy(self, path: str, *, moves: bool) -> bool:
        """Return whether a change or move fails with EOVERFLOW although the permissions allow it.

        Copying a file into the changes copies the directories above it, with their owners.
        """
        layer = self._layers.of(path)
        if os.geteuid() == 0 or layer is None or not self.is_as_outside(os.path.dirname(path)):
            return False
        is_by_entry = moves or not os.path.lexists(path)
        may_change = os.access(os.path.dirname(path) if is_by_entry else path, os.W_OK)
        while may_change and path != layer.target:
            with suppress(FileNotFoundError):
                if _is_of_others(os.lstat(path)):
                    return True
            path = os.path.dirname(path)
        return False

    def close(self) -> None:
        """Do nothing: the private world ends with its first process."""


@contextmanager
def _untouched(directory: str) -> Iterator[Iterator[os.DirEntry[str]]]:
    """Yield a directory's entries; if it is one's own, its access time stays."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    try:
        opened = os.open(directory, flags | os.O_NOATIME)
    except PermissionError:
        opened = os.open(directory, flags)
    try:
        with os.scandir(opened) as entries:
            yield entries
    finally:
        close(opened)


def _at_or_above(path: str) -> list[str]:
    found = [path]
    while path.strip("/"):
        path = os.path.dirname(path)
        found.append(path)
    return found


def _is_of_others(facts: os.stat_result) -> bool:
    return _NOBODY in (facts.st_uid, facts.st_gid)


def _is_below_others(directory: str) -> bool:
    """Return whether other users own a directory or one above it, except one in the root."""
    while len(directory.split("/")) > 2:
        if _is_of_others(os.lstat(directory)):
            return True
        directory = os.path.dirname(directory)
    return False


class NotPrivate(SimpshError):
    """This machine does not permit a private world; the message gives the reason."""


_current: list[PrivateWorld] = []
_is_apart: list[bool] = []
"""Not empty in a process that in_private_world() has made."""
_refusals: list[str] = []


def current_world() -> PrivateWorld | None:
    """Return the private world that this process is in; None outside private worlds."""
    return _current[0] if _current else None


def begin_pids(first: int) -> bool:
    """Let the next process have this pid if it is free; return whether that is possible."""
    world = current_world()
    if world is None:
        return False
    with suppress(OSError):
        return os.pwrite(world.last_pid, b"%d" % (first - 1), 0) > 0
    return False


def other_manners() -> tuple[Shown, ...]:
    """Return what this private world does not show as an overlay; empty outside such a world."""
    shown = _current[0].shown if _current else ()
    return tuple(each for each in shown if each.manner is not Manner.OVERLAY)


def shares_sockets() -> bool:
    """Return whether a program in this private world could reach sockets of the outside."""
    return any(each.may_hold_sockets for each in other_manners())


def in_private_world(work: Callable[[], T], *, keeps_session: bool = False) -> T:
    """Call `work` in a new process in a private world, and return its result; see in_own_process().

    Without private worlds, current_world() returns None in that process. In a process that this
    function has made, it just calls `work`.
    """
    if _is_apart:
        return work()
    if not _refusals:
        try:
            enter = _enter(keeps_session=keeps_session)
            return in_own_process(work, None, begin=enter, keeps_session=keeps_session)
        except NotPrivate as refused:
            _refusals.append(str(refused))
    return in_own_process(
        work, None, begin=lambda: _is_apart.append(True), keeps_session=keeps_session
    )


def interruptible_in_private_world(work: Callable[[], T]) -> T:
    """Like in_private_world(), but pass a SIGINT of this process on to `work`.

    Raises AskedToEnd: the SIGINT ended `work`.
    """
    pipe, received = pipe2(), list[int]()

    def pass_on(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        write(pipe.write_end, b"!")

    def receive_and_work() -> T:
        # A byte in the pipe raises SIGINT in this process; see F_SETSIG in fcntl(2).
        fcntl.fcntl(pipe.read_end, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(pipe.read_end, fcntl.F_SETSIG, SIGINT)
        fcntl.fcntl(pipe.read_end, fcntl.F_SETFL, os.O_ASYNC)
        if readable((pipe.read_end,), 0):
            signals.kill(os.getpid(), SIGINT)
        return work()

    try:
        with signals.Handled({SIGINT: pass_on}):
            return in_private_world(receive_and_work)
    except WorkerEnded:
        if received:
            raise AskedToEnd(SIGINT) from None
        raise
    finally:
        close(pipe.read_end)
        close(pipe.write_end)


def why_not_private() -> str:
    """Return why this machine does not permit a private world; empty if it does."""
    return in_private_world(str) or "".join(_refusals)


class WorldReport(Record):
    """Where programs run on this machine."""

    refused: str
    """Why there is no private world; empty if there is one."""
    shown: tuple[Shown, ...]
    """What it does not show as an overlay."""


def examine_world() -> WorldReport:
    """Begin a world, and return what it is like."""
    shown = in_private_world(other_manners)
    return WorldReport("".join(_refusals), shown)


def _enter(*, keeps_session: bool) -> Callable[[], None]:
    """Return a function that moves a worker into a new world; it may raise NotPrivate."""
    directory, layers, shown, pids = os.getcwd(), Layers(), list[Shown](), list[int]()
    facts = os.stat(directory)
    lost_rights = _lost_rights()
    mounts = tuple(namespaces.mounts())
    most_pids = proc.contents("sys", _PID_MAX)
    has_room = int(most_pids or 0) >= _LEAST_PID + _LEAST_ROOM
    last_pid = least_pid = _LEAST_PID if has_room else _LEAST_IN_LITTLE_ROOM

    def be_apart() -> None:
        namespaces.unshare(
            namespaces.CLONE_NEWNS | namespaces.CLONE_NEWIPC | namespaces.CLONE_NEWNET
        )
        with suppress(OSError):  # the kernel may lack IPv4 or keyrings
            namespaces.begin_network()
        with suppress(OSError):
            namespaces.begin_keyring()
        # Later /proc/sys can only be read.
        pids.append(os.open(_LAST_PID, os.O_WRONLY | os.O_CLOEXEC))
        os.pwrite(pids[0], b"%d" % last_pid, 0)
        # Since Linux 6.14 each PID namespace has its own pid_max.
        with suppress(OSError), open(f"/proc/sys/{_PID_MAX}", "wb") as file:
            file.write(most_pids)
        mask = umask(0)
        own = (directory,) if _is_below_others(directory) else ()
        root = PrivateRoot(("/", "/dev/shm"), own, working=directory, private=())
        shown.extend(root.enter(layers))
        if not any(each.manner is Manner.OVERLAY for each in shown):
            raise OSError(0, "this kernel makes no overlays for a user")
        umask(mask)

    def enter() -> None:
        nonlocal last_pid
        last_pid = max(least_pid, os.getpid())
        try:
            with _mapper() as mapped:
                enclose(os.getppid(), with_users=True, map_ids=mapped, begin=be_apart)
            if not keeps_session:
                setsid()
            chdir(directory)
            users = namespaces.user_namespace_below()
            outside = facts.st_dev, facts.st_nlink > 1, lost_rights
            _current.append(PrivateWorld(layers, users, pids[0], tuple(shown), mounts, *outside))
            _is_apart.append(True)
        except OSError as error:
            raise NotPrivate(error.strerror or str(error)) from None
        # Python must not write compiled modules to the program's files.
        sys.dont_write_bytecode = True

    return enter


def _lost_rights() -> frozenset[int]:
    """Return the capabilities that this process can never have; a user namespace has all."""
    last = int(proc.contents("sys", "kernel/cap_last_cap") or b"0")
    kept = int(proc.status_field("self", "CapBnd") or "0", 16)
    return frozenset(number for number in range(last + 1) if not kept >> number & 1)


@contextmanager
def _mapper() -> Iterator[Callable[[], None] | None]:
    """Yield a function that maps all users into the next user namespace of this process.

    A child outside that namespace writes the maps. Yields None for an unprivileged user.
    """
    if os.geteuid() != 0:
        yield None
        return
    maker, asked = os.getpid(), pipe2()

    def share() -> int:
        close(asked.write_end)
        if not read(asked.read_end, 1):
            return 1
        namespaces.share_users(maker)
        return 0

    pid = ChildStart().fork(share)

    def ask() -> None:
        write(asked.write_end, b"!")
        ended = waitpid(pid)
        if ended is None or encode(ended[1]):
            raise PermissionError("no user ids can be mapped")

    try:
        yield ask
    finally:
        close(asked.read_end)
        close(asked.write_end)
        # ask() may have reaped the child, which is not a child of the enclosed process.
        with suppress(ChildProcessError):
            waitpid(pid)
