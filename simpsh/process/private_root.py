"""A separate root directory: processes see the files that they need, and change nothing outside.

    namespaces.unshare(namespaces.CLONE_NEWNS | namespaces.CLONE_NEWPID)
    ... fork: the first process of the new PID namespace makes the root
    PrivateRoot(seen=("/usr", "/bin", "/lib64"), private=("/tmp",)).enter()

A submission sees the system's directories and nothing else. For a program that sees everything, and
may change its files without an effect outside, use

    PrivateRoot(seen=("/", "/dev/shm"), private=()).enter(Layers())

Every path names the same file as outside, or none. The root is a tmpfs, and each directory that is
shown is an overlay on it, or what comes next to it; see shown_places. An overlay has its own
inodes, so sockets, FIFOs, locks and inotify watches of the outside are out of reach, although their
names are visible. The order of the steps matters: open the directories to show, mount them below a
new root, mount /proc while the old one is visible, make the new root read-only, pivot_root(2), and
unmount the old root.
"""

from __future__ import annotations

import errno
import os

from simpsh.base.file_facts import is_folder, is_there, real_path, status_of
from simpsh.base.phrases import listed
from simpsh.base.record import Record
from simpsh.kernel import namespaces
from simpsh.kernel.descriptors import close
from simpsh.kernel.processes import umask
from simpsh.process.changeable_layers import BASE, NOTHING, ROOT, Layers, is_below, opened
from simpsh.process.mount_manners import Shown
from simpsh.process.shown_places import ShownPlaces

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_DEVICE_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "ptmx": "pts/ptmx",
}
_MACHINE = "/sys"
OF_THE_MACHINE = ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs")
"""Files that change the machine, and that root of a user namespace may write to."""
_MEBI = 1 << 20


class PrivateRoot(Record):
    """Which files processes see. A path that does not exist is ignored."""

    seen: tuple[str, ...]
    """Directories and files that can be read. A file is a copy."""
    own: tuple[str, ...] = ()
    """Directories below `seen` that get a separate layer, since other users own their parents."""
    working: str = ""
    """A directory that is copied, if the one that it is in can only be read."""
    hidden: tuple[str, ...] = ()
    """Directories within `seen` that appear empty."""
    private: tuple[str, ...] = ("/tmp", "/var/tmp", "/dev/shm")
    """Directories that are empty at the beginning and writable for every user."""
    writable: tuple[tuple[str, str], ...] = ()
    """Directories that are shared with the outside and can be written: the path, and that of the
    outside."""
    room: int = 256
    """MiB for each private directory, and for all changes together."""
    inodes: int = 0
    """Files for each private directory; 0 for as many as the kernel permits."""
    terminals: int = 0
    """The number of pseudo-terminals; 0 for as many as the kernel permits."""
    terminals_of: int = 0
    """The user who owns the new terminals of /dev/pts; 0 for the user who opens one."""

    def enter(self, layers: Layers | None = None) -> tuple[Shown, ...]:
        """Build the root and change to it, with all processes in this mount namespace.

        The caller must have its own mount namespace. With `layers`, directories can be changed, and
        renewed later: the changes are kept in memory, and are gone at the end. In a user namespace
        without all users, a file can be changed only if it and all directories above it in its
        layer belong to a user of the namespace. /sys can be read. Without `layers`, all that is
        seen is read-only.

        Return how each directory is shown, and each file that is no copy. Raises OSError: no
        privilege over this mount namespace, or a container covers parts of /proc.
        """
        umask(0o022)
        places = ShownPlaces(self.private, self.own, self.working, self.room * _MEBI // 2, layers)
        places.open(self.seen)
        shared = [
            (path, os.open(source, os.O_PATH | os.O_CLOEXEC)) for path, source in self.writable
        ]
        is_fixed = bool(namespaces.restrictions_of("/") & namespaces.MS_READ_ONLY)
        hidden = [real_path(path) for path in self.hidden if is_folder(path)]
        namespaces.make_mounts_private()
        # Without layers, no process can write to these two once they are ready.
        options = f"mode=755,size={self.room}m" if layers is not None else "mode=755"
        namespaces.mount("tmpfs", BASE, options=options)
        for folder in (ROOT, NOTHING):
            os.mkdir(folder)
        if layers is not None:
            layers.base = os.open(BASE, os.O_PATH | os.O_CLOEXEC)
        _mount("tmpfs", "", 0, options)
        # Parents come before their entries. /dev and /proc must still be visible.
        for number, path in enumerate(sorted({*places.paths, *self.private, "/dev", "/proc"})):
            if path in places.paths:
                places.show(path, number)
            elif path == "/dev":
                self._mount_devices()
            elif path == "/proc":
                _mount_proc()
                _protect_machine()
            else:
                inodes = f",nr_inodes={self.inodes}" if self.inodes else ""
                _mount("tmpfs", path, 0, f"mode=1777,size={self.room}m{inodes}")
        for path, descriptor in shared:
            os.makedirs(ROOT + path, exist_ok=True)
            namespaces.bind(opened(descriptor), ROOT + path)
            close(descriptor)
        for link, text in places.links.items():
            if status_of(ROOT + link, follows=False) is None:
                os.makedirs(os.path.dirname(ROOT + link), exist_ok=True)
                os.symlink(text, ROOT + link)
        for path in hidden:
            if any(path == target or is_below(path, target) for target in places.paths):
                _mount("tmpfs", path, namespaces.MS_READ_ONLY, "mode=755,size=4k")
        if layers is None:
            namespaces.remount_read_only(ROOT)
            namespaces.pivot_root(ROOT)
        else:
            # The old root stays mounted, out of reach: it carries the layers.
            os.makedirs(ROOT + _MACHINE, exist_ok=True)
            if is_fixed:
                namespaces.remount_read_only(ROOT)
            namespaces.pivot_root(ROOT, _MACHINE[1:])
            namespaces.bind(_MACHINE + _MACHINE, _MACHINE)
            namespaces.make_read_only(_MACHINE)
        return places.manners

    def _mount_devices(self) -> None:
        devices = f"{ROOT}/dev"
        _mount("tmpfs", "/dev", 0, "mode=755,size=64k")
        for name in _DEVICES:
            with open(f"{devices}/{name}", "x", encoding="utf-8"):
                pass
            namespaces.bind(f"/dev/{name}", f"{devices}/{name}")
        for name, text in _DEVICE_LINKS.items():
            os.symlink(text, f"{devices}/{name}")
        for folder in ("pts", "shm", "mqueue"):
            os.mkdir(f"{devices}/{folder}")
        owner = f",uid={self.terminals_of}" if self.terminals_of else ""
        # Not MS_NODEV: terminals are devices.
        flags = namespaces.MS_NOSUID | namespaces.MS_NOEXEC
        most = f",max={self.terminals}" if self.terminals else ""
        options = f"newinstance,ptmxmode=666,mode=620{owner}{most}"
        namespaces.mount("devpts", f"{devices}/pts", flags, options)
        try:
            _mount("mqueue", "/dev/mqueue", namespaces.MS_NOEXEC)
        except OSError as error:
            if error.errno != errno.ENODEV:  # a kernel without message queues
                raise
        namespaces.remount_read_only(devices)


def _mount_proc() -> None:
    """Mount a new proc; raises OSError, with the reason if a container forbids it."""
    try:
        _mount("proc", "/proc", namespaces.MS_NOEXEC)
    except PermissionError as error:
        covered = sorted(
            {each.path for each in namespaces.mounts() if is_below(each.path, "/proc")}
        )
        if not covered:
            raise
        # See mount_too_revealing() in the kernel's fs/namespace.c.
        words = f"parts of /proc are covered here ({listed(covered)}), as in a container, so "
        raise OSError(error.errno, words + "the kernel permits no new /proc") from None


def _protect_machine() -> None:
    """Make the files of /proc that configure the machine read-only.

    /proc/sys/user stays writable: it configures a user namespace only, and forbids further ones.
    """
    of_namespace = os.open(f"{ROOT}/proc/sys/user", os.O_PATH | os.O_CLOEXEC)
    for name in filter(is_there, [ROOT + name for name in OF_THE_MACHINE]):
        namespaces.bind(name, name)
        namespaces.remount_read_only(name)
    namespaces.bind(f"/proc/self/fd/{of_namespace}", f"{ROOT}/proc/sys/user")
    close(of_namespace)


def _mount(kind: str, path: str, flags: int, options: str = "") -> None:
    """Mount a new file system below the new root."""
    os.makedirs(ROOT + path, exist_ok=True)
    flags |= namespaces.MS_NOSUID | namespaces.MS_NODEV
    namespaces.mount(kind, ROOT + path, flags, options)
