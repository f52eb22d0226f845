"""The directories and mounts that a submission's root shows: as overlays, copies or read-only.

An overlay shows one file system, and a user namespace may not uncover what a mount covers, be it on
a directory or on a file. So a directory with mounts in it is rebuilt: its files are copied, and its
directories are shown one by one.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from simpsh.base.file_facts import is_link, real_path
from simpsh.base.record import Record
from simpsh.kernel import namespaces
from simpsh.kernel.descriptors import close
from simpsh.kernel.processes import NOFILE, Limit, getrlimit, setrlimit
from simpsh.process.private_root import is_at_or_below, make_alike, opened

BASE = "/tmp"
"""The new root is built here; only this mount namespace sees the mount."""
ROOT, NOTHING = f"{BASE}/root", f"{BASE}/nothing"
OWN = ("/proc", "/dev", "/sys")
"""Directories of the outside that the root never shows."""
_LARGEST_COPY = 16 << 20
"""Larger files are not copied."""
_MANY = 64
_SERVED = "fuse"
"""The beginning of the types of file systems for which a program answers."""
_OF_THE_MACHINE = (errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EINTR)
"""Errors that say nothing about a file: nothing may be hidden for them."""
_OF_KERNEL = frozenset(
    [
        *("autofs", "binder", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs"),
        *("devpts", "devtmpfs", "efivarfs", "fusectl", "mqueue", "nfsd", "nsfs", "proc", "pstore"),
        *("resctrl", "rpc_pipefs", "securityfs", "selinuxfs", "smackfs", "sysfs", "tracefs"),
    ]
)
"""Types of file systems whose files are no data: they show or change processes and the machine."""


class _Place(Record):
    """A directory or file of the outside that gets a mount of its own."""

    descriptor: int
    is_rebuilt: bool
    facts: os.stat_result


class ShownPlaces:
    """What is shown below ROOT.

    Args:
        private: directories that begin empty, and hide those of the outside.
        room: how many bytes all copies may take.
    """

    def __init__(self, private: tuple[str, ...], room: int) -> None:
        self._private, self._room = private, room
        self.links: dict[str, str] = {}
        """The symbolic links on the way to what is shown."""
        self.shares_inodes = False
        """Whether sockets, FIFOs or locks of the outside can be used below some directory."""
        self._places: dict[str, _Place] = {}
        self._hidden: set[str] = set()
        self._mounts = {mount.number: mount for mount in namespaces.mounts()}
        self._served = {each.path for each in self._mounts.values() if self._is_served(each)}
        """Mounts that are not looked at: that may take for ever."""
        self._mounted_on = {
            each.path for each in self._mounts.values() if self._is_there(each.path)
        }
        self._above = {above for path in self._mounted_on for above in _parents(path)}

    def _is_served(self, mount: namespaces.Mount) -> bool:
        """Return whether another program answers for a mount, which nothing here needs."""
        if not mount.kind.startswith(_SERVED) or mount.kind in _OF_KERNEL:
            return False
        needed = map(real_path, filter(None, (sys.prefix, *os.get_exec_path())))
        return not any(is_at_or_below(path, mount.path) for path in needed)

    def _is_there(self, path: str) -> bool:
        return any(each in self._served for each in (path, *_parents(path))) or _exists(path)

    @property
    def paths(self) -> list[str]:
        """The real paths that show() expects, after open()."""
        return sorted(self._places)

    # -- before anything is mounted

    def open(self, seen: tuple[str, ...]) -> None:
        """Open all that is shown, while it can be reached."""
        with _many_descriptors():
            for path in sorted({_resolve(path, self.links) for path in seen if _exists(path)}):
                above = next((each for each in _parents(path) if each in self._places), "")
                is_covered = any(
                    is_at_or_below(path, target) and path != target and _is_below(target, above)
                    for target in self._private
                )
                if not above or is_covered or self._places[above].is_rebuilt:
                    self._add(path)

    def _add(self, path: str) -> None:
        """Add a directory or file, and what is in a directory that must be rebuilt."""
        if path in self._places or path in self._hidden:
            return
        if path in self._served:
            self._hidden.add(path)
            return
        descriptor = -1
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
            if len(self._places) > _MANY:
                descriptor = _out_of_the_way(descriptor)
            is_of_kernel = self._kind(descriptor) in _OF_KERNEL
            facts = None if is_of_kernel else os.stat(opened(descriptor))
        except FileNotFoundError:  # Another program has just removed it.
            return
        except OSError as error:  # Such as the FUSE of another user: nobody else may look at it.
            _must_be_of_file(error)
            facts = None
        if facts is None:
            self._hidden.add(path)
            if descriptor >= 0:
                close(descriptor)
            return
        is_rebuilt = stat.S_ISDIR(facts.st_mode) and path in self._above
        self._places[path] = _Place(descriptor, is_rebuilt, facts)
        for entry in self._directories_in(path) if is_rebuilt else ():
            if entry not in (*OWN, *self._private):
                self._add(entry)

    def _directories_in(self, path: str) -> list[str]:
        try:
            with os.scandir(path) as entries:
                return [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError as error:
            _must_be_of_file(error)
            known = self._above | self._mounted_on
            return sorted(each for each in known if os.path.dirname(each) == path != each)

    def _kind(self, descriptor: int) -> str:
        """Return the type of the file system that an open file is in; empty if it is unknown."""
        with open(f"/proc/self/fdinfo/{descriptor}", encoding="ascii") as file:
            [number] = [line.split()[1] for line in file if line.startswith("mnt_id:")]
        mount = self._mounts.get(int(number))
        return mount.kind if mount is not None else ""

    # -- below the new root

    def show(self, path: str, number: int) -> None:
        """Show one of the paths; those above it come first.

        `number` is the name of a file of the base for it.
        """
        place = self._places[path]
        if stat.S_ISREG(place.facts.st_mode):
            self._show_file(path, opened(place.descriptor), f"{BASE}/{number}")
        elif stat.S_ISDIR(place.facts.st_mode):
            os.makedirs(ROOT + path, exist_ok=True)
            if place.is_rebuilt:
                self._rebuild(path, ROOT + path)
            else:
                self._show_directory(path, opened(place.descriptor))
        close(place.descriptor)

    def _show_file(self, path: str, source: str, room: str) -> None:
        target = ROOT + path
        os.makedirs(os.path.dirname(target), exist_ok=True)
        # The room of a private directory is for the files that processes write.
        is_apart = any(is_at_or_below(path, above) for above in self._private)
        copy = shutil.copyfile(source, room if is_apart else target)
        make_alike(copy, source)
        if is_apart:
            with open(target, "xb"):
                namespaces.bind(room, target)
            namespaces.remount_read_only(target)

    def _show_directory(self, path: str, source: str) -> None:
        """Show a directory as an overlay, or read-only, or hide it."""
        try:
            namespaces.overlay(source, ROOT + path, NOTHING)
        except OSError as error:
            _must_be_of_file(error)
            self._bind(path, source)

    def _bind(self, path: str, source: str) -> None:
        is_bound = False
        try:
            namespaces.bind(source, ROOT + path)
            is_bound = True
            namespaces.make_read_only(ROOT + path)
            self.shares_inodes = True
        except OSError as error:
            if is_bound:
                namespaces.unmount(ROOT + path)
            _must_be_of_file(error)

    # -- directories with mounts in them

    def _rebuild(self, path: str, target: str) -> None:
        """Give a new directory the entries of one outside: copies, and places for mounts."""
        source = opened(self._places[path].descriptor)
        with suppress(PermissionError):
            for name in os.listdir(source):
                with suppress(FileNotFoundError):  # Another program has just removed it.
                    self._rebuild_entry(
                        os.path.join(path, name), f"{source}/{name}", f"{target}/{name}"
                    )
        for below, place in self._places.items():
            if os.path.dirname(below) == path != below and stat.S_ISDIR(place.facts.st_mode):
                os.makedirs(f"{target}/{os.path.basename(below)}", exist_ok=True)
        make_alike(target, source)

    def _rebuild_entry(self, path: str, source: str, target: str) -> None:
        """Copy a file, or make a place for a mount; leave out what cannot be copied."""
        if path in self._places or path in self._hidden:
            place = self._places.get(path)
            if place is None or stat.S_ISDIR(place.facts.st_mode):
                os.mkdir(target)
                with suppress(OSError):  # It cannot be reached.
                    if path not in self._served:
                        make_alike(target, source)
            return
        try:
            facts = os.lstat(source)
        except PermissionError:
            return
        if stat.S_ISDIR(facts.st_mode):
            os.mkdir(target)
            make_alike(target, source)
        elif self._is_copied(path, source, facts):
            try:
                _copy_entry(source, target)
            except FileNotFoundError:
                raise
            except OSError as error:
                _must_be_of_file(error)
            else:
                self._room -= facts.st_size

    def _is_copied(self, path: str, source: str, facts: os.stat_result) -> bool:
        if stat.S_ISCHR(facts.st_mode) or stat.S_ISBLK(facts.st_mode):
            return False
        if path in self._mounted_on and self._kind_at(source) in _OF_KERNEL:
            return False
        is_large = facts.st_size > min(_LARGEST_COPY, self._room)
        return not (is_large and stat.S_ISREG(facts.st_mode))

    def _kind_at(self, path: str) -> str:
        descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            return self._kind(descriptor)
        finally:
            close(descriptor)


def _copy_entry(source: str, target: str) -> None:
    """Copy a link, file, FIFO or socket; raises OSError."""
    mode = os.lstat(source).st_mode
    if stat.S_ISREG(mode):
        try:
            shutil.copyfile(source, target)
        except OSError:
            with suppress(FileNotFoundError):
                os.unlink(target)
            raise
    elif stat.S_ISLNK(mode):
        os.symlink(os.readlink(source), target)
    else:
        os.mknod(target, mode)
    make_alike(target, source)


def _must_be_of_file(error: OSError) -> None:
    if error.errno in _OF_THE_MACHINE:
        raise error


def _is_below(path: str, above: str) -> bool:
    return path != above and is_at_or_below(path, above)


def _parents(path: str) -> Iterator[str]:
    """Yield the directories that a path is in, from the nearest to the root."""
    while path != "/":
        path = os.path.dirname(path)
        yield path


def _exists(path: str) -> bool:
    """Return whether a path exists; also if nobody may look at what is there."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        _must_be_of_file(error)
    return True


@contextmanager
def _many_descriptors() -> Iterator[None]:
    """Permit as many descriptors as possible for a while: each mount needs one."""
    limit = getrlimit(NOFILE)
    setrlimit(NOFILE, Limit(limit.hard, limit.hard))
    try:
        yield
    finally:
        setrlimit(NOFILE, limit)


def _out_of_the_way(descriptor: int) -> int:
    """Move a descriptor above the usual limit, so that enough are left below it."""
    usual = 1024
    try:
        moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, usual)
    except OSError:  # The limit cannot be raised.
        return descriptor
    close(descriptor)
    return moved


def _resolve(path: str, links: dict[str, str]) -> str:
    """Return a path that exists without symbolic links; add the links on the way to `links`."""
    done, left = "/", [part for part in path.split("/") if part]
    while left:
        name = left.pop(0)
        entry = os.path.normpath(os.path.join(done, name))
        if is_link(entry):
            links[entry] = os.readlink(entry)
            if links[entry].startswith("/"):
                done = "/"
            left[:0] = [part for part in links[entry].split("/") if part]
        else:
            done = entry
    return done
