"""A separate root directory: processes see the files that they need, and change nothing outside.

    namespaces.unshare(namespaces.CLONE_NEWNS | namespaces.CLONE_NEWPID)
    ... fork: the first process of the new PID namespace makes the root
    PrivateRoot(seen=("/usr", "/bin", "/lib64"), private=("/tmp",)).enter()

A submission sees the system's directories and nothing else. For a program that sees everything, and
may change its files without an effect outside, use

    PrivateRoot(seen=("/", "/dev/shm"), private=()).enter(Layers())

Every path names the same file as outside, or none. The root is a tmpfs, and each directory that is
shown is an overlay on it. An overlay has its own inodes, so sockets, FIFOs, locks and inotify
watches of the outside are out of reach, although their names are visible. The order of the steps
matters: open the directories to show, mount them below a new root, mount /proc while the old one is
visible, make the new root read-only, pivot_root(2), and unmount the old root.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat

from simpsh.base.file_facts import is_folder, is_link, is_there, real_path, status_of
from simpsh.base.record import Mutable, Record
from simpsh.kernel import namespaces
from simpsh.kernel.descriptors import close
from simpsh.kernel.processes import umask
from simpsh.process.own_directory import remove_tree

_BASE = "/tmp"
"""The new root is built here; only this mount namespace sees the mount."""
_ROOT, _NOTHING = f"{_BASE}/root", f"{_BASE}/nothing"
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_DEVICE_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "ptmx": "pts/ptmx",
}
_MACHINE = "/sys"
_OF_THE_MACHINE = ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs")
"""Files that change the machine, and that root of a user namespace may write to."""
_OWN = ("/proc", "/dev", "/sys")
"""Directories of the outside that the private root never shows."""
_NO_SUCH_OWNER = (errno.EINVAL, errno.EPERM, errno.EOVERFLOW)
_LARGEST_COPY = 16 << 20
"""Larger files are left out of a directory that is copied."""


class PrivateRoot(Record):
    """Which files processes see. A path that does not exist is ignored."""

    seen: tuple[str, ...]
    """Directories and files that can be read. A file is a copy."""
    own: tuple[str, ...] = ()
    """Directories below `seen` that get a separate layer, since other users own their parents."""
    hidden: tuple[str, ...] = ()
    """Directories within `seen` that appear empty."""
    private: tuple[str, ...] = ("/tmp", "/var/tmp", "/dev/shm")
    """Directories that are empty at the beginning and writable for every user."""
    writable: tuple[tuple[str, str], ...] = ()
    """Directories that are shared with the outside and can be written: the path, and that of the
    outside."""
    room: int = 256
    """MiB for each private directory, and for all changes together."""
    terminals_of: int = 0
    """The user who owns the new terminals of /dev/pts; 0 for the user who opens one."""

    def enter(self, layers: Layers | None = None) -> bool:
        """Build the root and change to it, with all processes in this mount namespace.

        The caller must have its own mount namespace. With `layers`, directories can be changed, and
        renewed later: the changes are kept in memory, and are gone at the end. In a user namespace
        without all users, a file can be changed only if it and all directories above it in its
        layer belong to a user of the namespace. /sys can be read. Without `layers`, all that is
        seen is read-only.

        Return whether all inodes are private: if the kernel makes no overlays, the outside
        directories are shown read-only, and their sockets and FIFOs can be used. Raises OSError: no
        privilege over this mount namespace, or a container hides parts of /proc.
        """
        umask(0o022)
        links: dict[str, str] = {}
        shown = self._shown(links)
        opened = _opened(shown)
        shared = [
            (path, os.open(source, os.O_PATH | os.O_CLOEXEC)) for path, source in self.writable
        ]
        hidden = [real_path(path) for path in self.hidden if is_folder(path)]
        namespaces.make_mounts_private()
        # Without layers, no process can write to these two once they are ready.
        options = f"mode=755,size={self.room}m" if layers is not None else "mode=755"
        namespaces.mount("tmpfs", _BASE, options=options)
        for folder in (_ROOT, _NOTHING):
            os.mkdir(folder)
        if layers is not None:
            layers.base = os.open(_BASE, os.O_PATH | os.O_CLOEXEC)
        _mount("tmpfs", "", 0, options)
        is_own = True
        # Parents come before their entries. /dev and /proc must still be visible.
        for number, path in enumerate(sorted({*shown, *self.private, "/dev", "/proc"})):
            if path in shown:
                is_made, room = shown[path], f"{_BASE}/{number}"
                if layers is not None and not is_made and is_folder(_outside(opened[path])):
                    os.makedirs(_ROOT + path, exist_ok=True)
                    _mount_layer(_outside(opened[path]), _ROOT + path, room)
                    layers.add(path, opened[path], number)
                else:
                    is_own &= self._show(path, _outside(opened[path]), room, is_made=is_made)
                    close(opened[path])
            elif path == "/dev":
                self._mount_devices()
            elif path == "/proc":
                _mount("proc", path, namespaces.MS_NOEXEC)
                _protect_machine()
            else:
                _mount("tmpfs", path, 0, f"mode=1777,size={self.room}m")
        for path, descriptor in shared:
            os.makedirs(_ROOT + path, exist_ok=True)
            namespaces.bind(_outside(descriptor), _ROOT + path)
            close(descriptor)
        for link, text in links.items():
            if status_of(_ROOT + link, follows=False) is None:
                os.makedirs(os.path.dirname(_ROOT + link), exist_ok=True)
                os.symlink(text, _ROOT + link)
        for path in hidden:
            if any(path == target or _is_below(path, target) for target in shown):
                _mount("tmpfs", path, namespaces.MS_READ_ONLY, "mode=755,size=4k")
        if layers is None:
            namespaces.remount_read_only(_ROOT)
            namespaces.pivot_root(_ROOT)
        else:
            # The old root stays mounted, out of reach: it carries the layers.
            os.mkdir(f"{_ROOT}{_MACHINE}")
            namespaces.pivot_root(_ROOT, _MACHINE[1:])
            namespaces.bind(_MACHINE + _MACHINE, _MACHINE)
            namespaces.make_read_only(_MACHINE)
        return is_own

    def _shown(self, links: dict[str, str]) -> dict[str, bool]:
        """Return the real path of all that is shown, and whether it is a new directory.

        Symbolic links on the way are added to `links`.
        """
        named = {_resolved(path, links) for path in self.seen if is_there(path)}
        # stat(2) at another mount may wait for a file server that is gone.
        mounts = {
            path
            for path in namespaces.mount_points()
            if any(_is_below(path, target) for target in named) and is_folder(path)
        }
        shown: dict[str, bool] = {}
        for path in sorted(named):
            above = max(
                (target for target in shown if _is_below(path, target)), key=len, default=""
            )
            is_covered = any(
                _is_below(path, target) and _is_below(target, above) for target in self.private
            )
            if not above or is_covered or shown[above]:
                self._add(path, mounts, shown, links)
        for path in self.own:
            separate = _resolved(path, links)
            if any(_is_below(separate, above) for above, is_made in shown.items() if not is_made):
                shown[separate] = False
        return shown

    def _add(
        self, path: str, mounts: set[str], shown: dict[str, bool], links: dict[str, str]
    ) -> None:
        """Add a directory or file to `shown`.

        An overlay shows one file system, and a user namespace may not uncover what a mount covers.
        So a directory with mounts below it is copied, and its entries are added.
        """
        shown[path] = any(_is_below(target, path) for target in mounts)
        if not shown[path]:
            return
        for name in os.listdir(path):
            entry = os.path.join(path, name)
            status = status_of(entry, follows=False)
            if status is None:
                continue  # another program has just removed it
            try:
                if stat.S_ISLNK(status.st_mode):
                    links[entry] = os.readlink(entry)
                elif entry in (*_OWN, *self.private):
                    continue
                elif stat.S_ISDIR(status.st_mode):
                    self._add(entry, mounts, shown, links)
                elif stat.S_ISREG(status.st_mode) and status.st_size <= _LARGEST_COPY:
                    shown[entry] = False
            except FileNotFoundError:
                if is_there(entry):
                    raise

    def _show(self, path: str, source: str, room: str, *, is_made: bool) -> bool:
        """Show a directory or file below the new root; return whether it has its own inodes.

        `room` is a path outside the new root, for the copy of a file below a private directory.
        """
        target = _ROOT + path
        facts = os.stat(source)
        if stat.S_ISREG(facts.st_mode):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            # The room of a private directory is for the files that processes write.
            is_apart = any(_is_below(path, above) for above in self.private)
            copy = shutil.copyfile(source, room if is_apart else target)
            _make_alike(copy, source)
            if is_apart:
                with open(target, "xb"):
                    namespaces.bind(room, target)
                namespaces.remount_read_only(target)
            return True
        os.makedirs(target, exist_ok=True)
        if is_made:
            _make_alike(target, source)
            return True
        try:
            namespaces.overlay(source, target, _NOTHING)
        except OSError:
            namespaces.bind(source, target)
            namespaces.make_read_only(target)
            return False
        return True

    def _mount_devices(self) -> None:
        devices = f"{_ROOT}/dev"
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
        options = f"newinstance,ptmxmode=666,mode=620{owner}"
        namespaces.mount("devpts", f"{devices}/pts", flags, options)
        try:
            _mount("mqueue", "/dev/mqueue", namespaces.MS_NOEXEC)
        except OSError as error:
            if error.errno != errno.ENODEV:  # a kernel without message queues
                raise
        namespaces.remount_read_only(devices)


def _outside(descriptor: int) -> str:
    """Return the path of a file of the outside, also when the new root covers it."""
    return f"/proc/self/fd/{descriptor}"


def _opened(shown: dict[str, bool]) -> dict[str, int]:
    """Open each path; remove the ones that another program has removed meanwhile."""
    opened = {}
    for path in [*shown]:
        try:
            opened[path] = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            if is_there(path):
                raise
            del shown[path]
    return opened


class Layer(Mutable):
    """A directory that can be changed, while the directory outside stays unchanged."""

    target: str
    below: int
    """A descriptor of the directory outside."""
    room: str
    """The name of the directory with its changes: a number."""
    is_covered: bool = False
    """Whether it was renewed: then only ending processes still use the old mount."""
    began: int = 0
    """Birth time of the top directory of its changes, in nanoseconds."""


class Layers:
    """The changeable directories of the entered private root, which can be renewed."""

    def __init__(self) -> None:
        self.base = -1
        """A descriptor of the file system with the changes."""
        self._layers: list[Layer] = []
        self._made = 0

    def add(self, target: str, below: int, number: int) -> None:
        """Register a directory that was just mounted; `below` is the directory outside."""
        layer = Layer(target, below, str(number))
        layer.began = os.stat(f"{_BASE}/{number}/upper").st_ctime_ns
        self._layers.append(layer)

    def _of(self, layer: Layer) -> str:
        return f"/proc/self/fd/{self.base}/{layer.room}"

    def _is_changed(self, layer: Layer) -> bool:
        upper = f"{self._of(layer)}/upper"
        # A child of this process removes it by renewing the directory.
        is_gone = not os.path.exists(upper)
        return is_gone or os.stat(upper).st_ctime_ns != layer.began or bool(os.listdir(upper))

    def of(self, path: str) -> Layer | None:
        """Return the changeable directory that a path is in, or None."""
        above = (
            each for each in self._layers if path == each.target or _is_below(path, each.target)
        )
        return max(above, key=lambda layer: len(layer.target), default=None)

    def parts(self, path: str, other: str) -> bool:
        """Return whether two paths are in different changeable directories of one file system."""
        layers = [self.of(path), self.of(other)]
        devices = {os.stat(_outside(layer.below)).st_dev for layer in layers if layer}
        return layers[0] is not layers[1] and None not in layers and len(devices) == 1

    def is_made(self, path: str) -> bool:
        """Return whether a directory replaces one whose owner has no id here."""
        for layer in self._layers:
            if layer.target == path:
                return os.stat(_outside(layer.below)).st_uid != os.stat(path).st_uid
        return any(_is_below(layer.target, path) for layer in self._layers)

    def has_changed(self, path: str) -> bool:
        """Return whether a file was made, changed or removed here."""
        layer = self.of(path)
        if layer is None:
            return False
        return os.path.lexists(f"{self._of(layer)}/upper/{os.path.relpath(path, layer.target)}")

    def keep(self) -> None:
        """Let processes that begin now keep their files when directories are renewed."""
        for layer in self._layers:
            layer.is_covered = False

    def renew(self) -> bool:
        """Discard all changes; return whether there were any.

        No process may use a file of a directory that was renewed before. The first processes, see
        keep(), keep their files.
        """
        renewed: list[str] = []
        for layer in self._layers:
            # The mounts below a directory move with it.
            is_lost = any(_is_below(layer.target, target) for target in renewed)
            if not is_lost and not self._is_changed(layer):
                continue
            old = self._of(layer)
            if layer.is_covered and not is_lost:
                namespaces.unmount(layer.target)
            if layer.is_covered and os.path.exists(old):
                remove_tree(old)
            self._made += 1
            layer.room, layer.is_covered = f"renewed-{os.getpid()}-{self._made}", True
            _mount_layer(_outside(layer.below), layer.target, self._of(layer))
            layer.began = os.stat(f"{self._of(layer)}/upper").st_ctime_ns
            renewed.append(layer.target)
        return bool(renewed)


def _mount_layer(source: str, target: str, room: str) -> None:
    """Show a directory at `target`, with its changes in a new directory, the room."""
    for folder in (room, f"{room}/upper", f"{room}/work"):
        os.mkdir(folder)
    _make_alike(f"{room}/upper", source)
    namespaces.overlay(source, target, _NOTHING, changes=room)


def _protect_machine() -> None:
    """Make the files of /proc that configure the machine read-only.

    /proc/sys/user stays writable: it configures a user namespace only, and forbids further ones.
    """
    of_namespace = os.open(f"{_ROOT}/proc/sys/user", os.O_PATH | os.O_CLOEXEC)
    for name in filter(is_there, [_ROOT + name for name in _OF_THE_MACHINE]):
        namespaces.bind(name, name)
        namespaces.remount_read_only(name)
    namespaces.bind(f"/proc/self/fd/{of_namespace}", f"{_ROOT}/proc/sys/user")
    close(of_namespace)


def _mount(kind: str, path: str, flags: int, options: str = "") -> None:
    """Mount a new file system below the new root."""
    os.makedirs(_ROOT + path, exist_ok=True)
    flags |= namespaces.MS_NOSUID | namespaces.MS_NODEV
    namespaces.mount(kind, _ROOT + path, flags, options)


def _make_alike(target: str, source: str) -> None:
    """Give `target`, a new file or directory, the owner, mode and times of `source`.

    If that owner has no id in this user namespace, `target` is ours, with the owner's permissions.
    """
    facts = os.stat(source)
    mode = stat.S_IMODE(facts.st_mode) & 0o3777
    try:
        os.chown(target, facts.st_uid, facts.st_gid)
    except OSError as error:
        if error.errno not in _NO_SUCH_OWNER:
            raise
        rights = (right for right in (os.R_OK, os.W_OK, os.X_OK) if os.access(source, right))
        mode = mode & ~stat.S_IRWXU | sum(rights) << 6
    os.chmod(target, mode)
    os.utime(target, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def _resolved(path: str, links: dict[str, str]) -> str:
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


def _is_below(path: str, above: str) -> bool:
    return path != above and path.startswith(f"{above.rstrip('/')}/")
