"""A root directory for programs that see all files at the same paths, and change few of them.

    root = PrivateRoot(os.getcwd())
    namespaces.unshare(namespaces.CLONE_NEWNS | namespaces.CLONE_NEWPID)
    ... fork: the first process of the new PID namespace calls root.enter(copy)
    root.renew()  # after a run that changed files

The outside is bound with all its mounts, and can only be read. The working directory and those for
temporary files are overlays, whose changes are kept in memory and discarded by renew(). A directory
that has no overlay is replaced by a copy, if that is possible. /run, /dev and /proc are new.

Sockets, FIFOs and locks of an overlay are its own. Elsewhere FIFOs and locks are those of the
outside, and an empty file covers each UNIX socket that has a path. The old root stays mounted at
/sys, covered by the files of /sys: the overlays are made of it.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from contextlib import suppress

from simpsh.base.file_facts import is_there, real_path
from simpsh.base.phrases import listed
from simpsh.base.record import Mutable
from simpsh.kernel import namespaces
from simpsh.kernel.descriptors import close
from simpsh.kernel.processes import umask

_BASE, _MACHINE = "/run", "/sys"
_ROOT = f"{_BASE}/root"
"""The new root is built in a file system of its own, beside all that is needed later."""
_OWN = ("/dev", "/proc", _BASE)
"""Directories that are not those of the outside."""
_TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm")
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_DEVICE_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "ptmx": "pts/ptmx",
}
OF_THE_MACHINE = ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs")
"""Files that change the machine, and that root of a user namespace may write to."""
_ROOM = "size=256m"
_NO_SUCH_OWNER = (errno.EINVAL, errno.EPERM, errno.EOVERFLOW)


class _Place(Mutable):
    """A directory that can be changed, while the directory outside stays unchanged."""

    number: int
    path: str
    lower: str
    """The directory of the outside, which the overlay shows."""
    flags: int = 0
    """MS_NOEXEC, as outside."""
    changes: str = ""
    """The directory that receives the changes."""
    began: int = 0
    """Birth time of the top directory of its changes, in nanoseconds."""

    @property
    def is_changed(self) -> bool:
        """Whether anything in it was changed since it was mounted."""
        # A child of this process may have renewed it.
        return not os.path.exists(self.top) or (
            os.stat(self.top).st_ctime_ns != self.began or bool(os.listdir(self.top))
        )

    @property
    def top(self) -> str:
        """The directory with its changed files."""
        return f"{self.changes}/upper"


class PrivateRoot:
    """The root of this mount namespace, once enter() was called."""

    def __init__(self, directory: str) -> None:
        paths = filter(os.path.isdir, (directory, *_TEMPORARY, tempfile.gettempdir()))
        self._wanted = sorted({*map(real_path, paths)} - {"/"})
        self._mounts = namespaces.mounts()
        self._sockets = _bound_sockets()
        self.covered: set[str] = set()
        """The sockets of the outside that are covered."""
        self._places: list[_Place] = []
        """Each after those that it is in."""
        self._base = self._outside = self._run = -1
        self._rooms: list[str] = []
        """The file systems with the changes; the first one is for this process."""

    def enter(self) -> None:
        """Build the root and change to it, with all processes in this mount namespace.

        The caller must have its own mount namespace. Raises OSError: no privilege over it, no
        overlays, or a container covers parts of /proc.
        """
        before = umask(0)
        namespaces.make_mounts_private()
        self._run = os.open(_BASE, os.O_PATH | os.O_CLOEXEC)
        self._outside = os.open("/", os.O_PATH | os.O_CLOEXEC)
        wanted = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in self._wanted}
        namespaces.mount("tmpfs", _BASE, namespaces.MS_NOSUID | namespaces.MS_NODEV, "mode=755")
        self._base = os.open(_BASE, os.O_PATH | os.O_CLOEXEC)
        os.mkdir(_ROOT)
        namespaces.bind(opened(self._outside), _ROOT)
        namespaces.make_read_only(_ROOT)
        _mount_run(opened(self._run))
        mount_devices(_ROOT)
        mount_proc(_ROOT)
        self._cover_sockets()
        self._begin_room()
        for number, (path, descriptor) in enumerate(wanted.items()):
            self._add(_Place(number, path, opened(descriptor)))
        if not self._places:
            raise OSError(0, "this kernel makes no overlays for a user")
        namespaces.pivot_root(_ROOT, _MACHINE[1:])
        namespaces.bind(_MACHINE + _MACHINE, _MACHINE)
        namespaces.make_read_only(_MACHINE)
        umask(before)

    def _cover_sockets(self) -> None:
        empty = f"{opened(self._base)}/empty"
        with open(empty, "xb"):
            pass
        for path in self._sockets:
            with suppress(OSError):  # it is gone, or belongs to another root
                if stat.S_ISSOCK(os.lstat(_ROOT + path).st_mode):
                    namespaces.bind(empty, _ROOT + path)
                    namespaces.remount_read_only(_ROOT + path)
                    self.covered.add(path)

    def _add(self, place: _Place) -> None:
        """Let a directory be changed if it can be changed outside; else it can only be read."""
        place.flags = namespaces.restrictions_of(place.lower)
        # An overlay would not show the mounts inside.
        has_mounts = any(is_below(mount.path, place.path) for mount in self._mounts)
        if place.flags & namespaces.MS_READ_ONLY or has_mounts:
            return
        with suppress(OSError):
            self._mount(place, _ROOT)
            self._places.append(place)

    def _begin_room(self) -> None:
        room = tempfile.mkdtemp(dir=opened(self._base))
        flags = namespaces.MS_NOSUID | namespaces.MS_NODEV
        namespaces.mount("tmpfs", room, flags, f"mode=755,{_ROOM}")
        self._rooms.append(room)

    def _mount(self, place: _Place, root: str = "") -> None:
        place.changes = f"{self._rooms[-1]}/{place.number}"
        for name in ("", "upper", "work"):
            os.makedirs(f"{place.changes}/{name}", exist_ok=True)
        make_alike(place.top, place.lower)
        os.makedirs(root + place.path, exist_ok=True)
        namespaces.overlay(
            place.lower, root + place.path, "", changes=place.changes, more=place.flags
        )
        place.began = os.stat(place.top).st_ctime_ns

    def renew(self) -> None:
        """Discard all changes. Only this process may use files of the places."""
        if not any(place.is_changed for place in self._places):
            return
        if len(self._rooms) > 1:
            for place in reversed(self._places):
                namespaces.unmount(place.path)
            with suppress(FileNotFoundError):  # a child has renewed them
                namespaces.unmount(room := self._rooms.pop())
                os.rmdir(room)
        self._begin_room()
        for place in self._places:
            self._mount(place)

    # -- facts about paths, which have no symbolic links

    def outside(self, path: str) -> str:
        """Return a path by which this process sees the file that is at `path` outside."""
        if is_at_or_below(path, _BASE):
            return opened(self._run) + path.removeprefix(_BASE)
        return opened(self._outside) + path

    def place_of(self, path: str) -> str:
        """Return the changeable directory that a path is in; empty if it is in none."""
        place = self._place(path)
        return place.path if place is not None else ""

    def _place(self, path: str) -> _Place | None:
        above = (each for each in reversed(self._places) if is_at_or_below(path, each.path))
        return next(above, None)

    def is_own(self, path: str) -> bool:
        """Return whether a path is not that of the outside, although it cannot be changed."""
        is_machine = any(is_at_or_below(path, each) for each in OF_THE_MACHINE)
        is_own = any(is_at_or_below(path, each) for each in _OWN)
        return is_own and not is_machine and not self.place_of(path)

    def has_changed(self, path: str) -> bool:
        """Return whether a file was made, changed or removed here."""
        place = self._place(path)
        if place is None:
            return False
        within = os.path.relpath(path, place.path)
        return place.is_changed if within == "." else os.path.lexists(f"{place.top}/{within}")

    def was_before(self, path: str) -> bool:
        """Return whether a path of a place is also in the directory that the place shows."""
        place = self._place(path)
        return place is not None and os.path.lexists(
            os.path.join(place.lower, os.path.relpath(path, place.path))
        )


def opened(descriptor: int) -> str:
    """Return the path of an open file, which no mount covers."""
    return f"/proc/self/fd/{descriptor}"


def is_at_or_below(path: str, above: str) -> bool:
    """Return whether a path is a directory, or in it at any depth."""
    return path == above or path.startswith(f"{above.rstrip('/')}/")


def is_below(path: str, above: str) -> bool:
    """Return whether a path is in a directory, at any depth."""
    return path != above and is_at_or_below(path, above)


def make_alike(target: str, source: str) -> None:
    """Give `target`, a new file or directory, the owner, mode and times of `source`.

    If that owner has no id in this user namespace, it is ours, with the owner's permissions.
    """
    # The name of a descriptor in /proc is a link, too.
    follows = not os.path.islink(target)
    facts = os.stat(source, follow_symlinks=follows)
    mode = facts.st_mode & 0o3777
    try:
        os.chown(target, facts.st_uid, facts.st_gid, follow_symlinks=follows)
    except OSError as error:
        if error.errno not in _NO_SUCH_OWNER:
            raise
        rights = (right for right in (os.R_OK, os.W_OK, os.X_OK) if os.access(source, right))
        mode = mode & ~0o700 | sum(rights) << 6
    if follows:
        os.chmod(target, mode)
    os.utime(target, ns=(facts.st_atime_ns, facts.st_mtime_ns), follow_symlinks=follows)


def _bound_sockets() -> set[str]:
    """Return the paths of all UNIX sockets of this network; see proc_pid_net(5)."""
    with suppress(FileNotFoundError), open("/proc/self/net/unix", "rb") as file:
        lines = (line.rstrip(b"\n").partition(b" /") for line in file)
        return {real_path("/" + os.fsdecode(rest)) for _, is_path, rest in lines if is_path}
    return set()


# Parts of a new root.


def _mount_run(outside: str) -> None:
    """Mount an empty /run, but with the symbolic links of `outside`: they may lead to programs."""
    mount_file_system(_ROOT, "tmpfs", _BASE, 0, _ROOM)
    with os.scandir(outside) as entries:
        for entry in filter(os.DirEntry.is_symlink, entries):
            os.symlink(os.readlink(entry.path), f"{_ROOT}{_BASE}/{entry.name}")
    make_alike(_ROOT + _BASE, outside)


def mount_devices(root: str, *, terminals: int = 0, terminals_of: int = 0) -> None:
    """Mount a new /dev below a new root; with at most `terminals`, owned by `terminals_of`."""
    devices = f"{root}/dev"
    mount_file_system(root, "tmpfs", "/dev", 0, "mode=755,size=64k")
    for name in _DEVICES:
        with open(f"{devices}/{name}", "x", encoding="utf-8"):
            pass
        namespaces.bind(f"/dev/{name}", f"{devices}/{name}")
    for name, text in _DEVICE_LINKS.items():
        os.symlink(text, f"{devices}/{name}")
    for folder in ("pts", "shm", "mqueue"):
        os.mkdir(f"{devices}/{folder}")
    owner = f",uid={terminals_of}" if terminals_of else ""
    most = f",max={terminals}" if terminals else ""
    # Not MS_NODEV: terminals are devices.
    flags = namespaces.MS_NOSUID | namespaces.MS_NOEXEC
    options = f"newinstance,ptmxmode=666,mode=620{owner}{most}"
    namespaces.mount("devpts", f"{devices}/pts", flags, options)
    try:
        mount_file_system(root, "mqueue", "/dev/mqueue", namespaces.MS_NOEXEC)
    except OSError as error:
        if error.errno != errno.ENODEV:  # a kernel without message queues
            raise
    namespaces.remount_read_only(devices)


def mount_proc(root: str, *, is_guarded: bool = True) -> None:
    """Mount a new /proc below a new root. Files that configure the machine can only be read.

    /proc/sys/user stays writable: it configures a user namespace only, and forbids further ones.
    If it is not guarded, root can write to all of it, and a namespace within can mount its own.
    Raises OSError, with the reason if a container forbids it.
    """
    try:
        mount_file_system(root, "proc", "/proc", namespaces.MS_NOEXEC)
    except PermissionError as error:
        covered = {each.path for each in namespaces.mounts() if each.path.startswith("/proc/")}
        if not covered:
            raise
        # See mount_too_revealing() in the kernel's fs/namespace.c.
        words = f"parts of /proc are covered here ({listed(sorted(covered))}), as in a container, "
        raise OSError(error.errno, f"{words}so the kernel permits no new /proc") from None
    if not is_guarded:
        return
    of_namespace = os.open(f"{root}/proc/sys/user", os.O_PATH | os.O_CLOEXEC)
    for name in filter(is_there, [root + name for name in OF_THE_MACHINE]):
        namespaces.bind(name, name)
        namespaces.remount_read_only(name)
    namespaces.bind(opened(of_namespace), f"{root}/proc/sys/user")
    close(of_namespace)


def mount_file_system(root: str, kind: str, path: str, flags: int, options: str = "") -> None:
    """Mount a new file system below a new root; make its directory if there is none."""
    os.makedirs(root + path, exist_ok=True)
    flags |= namespaces.MS_NOSUID | namespaces.MS_NODEV
    namespaces.mount(kind, root + path, flags, options)
