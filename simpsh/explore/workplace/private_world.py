"""The private world of runs: the caller's files at the same paths; changes stay inside.

    result = in_private_world(lambda: explore(program))

The explorer and all processes that it runs have their own namespaces (mounts, pids, IPC, network;
an ordinary user's also users), their own keyring and their own root; see
simpsh.process.private_root. Files are restored before a run if the last run changed some. The
tracer sees the same pids and files as the program. The program is in a user namespace below, so it
does not have rights over the tracer or the mounts.

    caller ──► helper ──► pid 1 of the namespace ──► the explorer ──► the program's processes

If the kernel refuses this, runs work in copies of the directory instead; see directory_copy.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeVar

from simpsh.base.errors import SimpshError
from simpsh.base.phrases import escaped
from simpsh.base.record import Record
from simpsh.explore.flags import OTHER_WORLD, REFUSED, Flag
from simpsh.explore.workplace.run_limits import TICK_SECONDS
from simpsh.kernel import namespaces
from simpsh.kernel.processes import chdir, setsid
from simpsh.process import proc
from simpsh.process.private_root import PrivateRoot
from simpsh.process.process_containment import enclose
from simpsh.process.worker import in_own_process

T = TypeVar("T")

_LAST_PID, _PID_MAX = "/proc/sys/kernel/ns_last_pid", "kernel/pid_max"
_LEAST_PID = 10_000
"""Programs rarely print such numbers for other reasons."""
NOBODY = 65534
"""The id shown for users without an id in the namespace; see user_namespaces(7)."""
_RENAMES = frozenset(("rename", "renameat", "renameat2"))
_OF_RUNS = ("/dev", "/run")
"""Directories that are new in a private world."""


class PrivateWorld(Record):
    """The private world of this process and of its runs."""

    root: PrivateRoot
    users: int
    """A descriptor of the user namespace that programs are in."""
    last_pid: int
    """A descriptor of the file that holds the last pid."""
    lost_rights: frozenset[int]
    """The capabilities that are not in the bounding set outside."""


class PrivateWorkplace:
    """A directory of the private world, in which runs begin."""

    is_private = is_copied = True

    def __init__(self, world: PrivateWorld, directory: str) -> None:
        self.root = self.directory = directory
        self.is_fresh = False
        self._users, self._world, self._lost_rights = world.users, world.root, world.lost_rights
        self.made = time.time() - TICK_SECONDS

    def refresh(self) -> None:
        """Restore the original files, if any might have changed."""
        if not self.is_fresh:
            self._world.renew()
        self.is_fresh = True

    def confine(self) -> None:
        """Drop this process's rights over the explorer and the mounts."""
        namespaces.enter_users(self._users)
        # A user namespace has all capabilities, also those that the outside lacks.
        namespaces.drop_rights(self._lost_rights)

    def forbids(self, _path: str) -> bool:
        """Return False: namespaces protect what the kernel provides."""
        return False

    def is_as_outside(self, path: str) -> bool:
        """Return whether a file was never changed in this world."""
        return not self._world.has_changed(path)

    def refuses(self, call: str, *paths: str) -> Iterator[Flag]:
        """Yield the reasons why a call on these files fails, or acts differently from outside."""
        for path in paths:
            if self.is_of_outside(path):
                yield REFUSED.of(escaped(path))
            yield from self.differs(path)
            if self._is_below_others(path):
                yield OTHER_WORLD.of(escaped(path))
            with suppress(OSError):
                facts = os.lstat(path)
                is_linked = stat.S_ISREG(facts.st_mode) and facts.st_nlink > 1
                if is_linked and self._world.place_of(path) and self.is_as_outside(path):
                    yield REFUSED.of("a file with several names")
        if len({self._world.place_of(path) for path in paths}) > 1:
            yield OTHER_WORLD.of(f"{call} from one to another")
        if call in _RENAMES and os.path.isdir(paths[0]) and self._world.was_before(paths[0]):
            yield OTHER_WORLD.of("a directory of before is renamed")

    def _is_below_others(self, path: str) -> bool:
        """Return whether a file, or a directory above it that must be copied, is another user's."""
        place, above = self._world.place_of(path), os.path.dirname(path)
        if os.geteuid() == 0 or not (os.access(path, os.W_OK) or os.access(above, os.W_OK)):
            return False
        while place and path != place:
            if _is_of_others(path):
                return True
            path = os.path.dirname(path)
        return False

    def differs(self, path: str, *, is_listed: bool = False) -> Iterator[Flag]:
        """Yield the reason why a path does not lead to what it leads to outside.

        If it `is_listed`, it is a directory that must have the same names.
        """
        outside = self._world.outside
        for each in (path, os.path.dirname(path)):
            is_there = os.path.lexists(each) or not os.path.lexists(outside(each))
            is_gone = self._is_emptied(each) and not is_there
            if is_gone or each in self._world.covered or path in _OF_RUNS:
                yield OTHER_WORLD.of(escaped(path))
                return
        if is_listed and self._is_emptied(path) and os.path.isdir(outside(path)):
            yield OTHER_WORLD.of(escaped(path))

    def _is_emptied(self, path: str) -> bool:
        return self._world.is_own(path) and not path.startswith("/proc")

    def is_of_outside(self, path: str) -> bool:
        """Return whether a file can only be read here."""
        return not self._world.place_of(path) and not self._world.is_own(path)

    def close(self) -> None:
        """Do nothing: the world ends with its processes."""


def _is_of_others(path: str) -> bool:
    with suppress(OSError):
        facts = os.lstat(path)
        return NOBODY in (facts.st_uid, facts.st_gid)
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


def in_private_world(
    work: Callable[[], T], directory: str = "", *, keeps_session: bool = False
) -> T:
    """Call `work` in a new process in a private world, and return its result; see in_own_process().

    Programs can change `directory` there, by default the working directory. Without private worlds,
    current_world() returns None in that process. In a process that this function has made, it just
    calls `work`.
    """
    if _is_apart:
        return work()
    if not _refusals:
        try:
            enter = _enter(directory, keeps_session=keeps_session)
            return in_own_process(work, None, begin=enter, keeps_session=keeps_session)
        except NotPrivate as refused:
            _refusals.append(str(refused))
    return in_own_process(
        work, None, begin=lambda: _is_apart.append(True), keeps_session=keeps_session
    )


def why_not_private() -> str:
    """Return why this machine does not permit a private world; empty if it does."""
    return in_private_world(str) or "".join(_refusals)


def _enter(changeable: str, *, keeps_session: bool) -> Callable[[], None]:
    """Return a function that moves a worker into a new world; it may raise NotPrivate."""
    directory, lost_rights, pids = os.getcwd(), _lost_rights(), list[int]()
    root = PrivateRoot(changeable or directory)
    most_pids = proc.contents("sys", _PID_MAX)

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
        os.pwrite(pids[0], b"%d" % _LEAST_PID, 0)
        # Since Linux 6.14 each PID namespace has its own pid_max.
        with suppress(OSError), open(f"/proc/sys/{_PID_MAX}", "wb") as file:
            file.write(most_pids)
        root.enter()

    def enter() -> None:
        try:
            enclose(os.getppid(), with_users=os.geteuid() != 0, begin=be_apart)
            if not keeps_session:
                setsid()
            chdir(directory)
            users = namespaces.user_namespace_below()
            _current.append(PrivateWorld(root, users, pids[0], lost_rights))
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
