"""The directories of a private root that processes change, and that are renewed for each run.

A layer is an overlay: it shows a directory, and keeps all changes in another one, its room. The
root directory cannot be covered by a new overlay, so its entries are restored one by one.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from contextlib import suppress

from simpsh.base.record import Mutable, Record
from simpsh.kernel import namespaces
from simpsh.process.own_directory import remove_tree

BASE = "/tmp"
"""The new root is built here; only this mount namespace sees the mount."""
ROOT, NOTHING = f"{BASE}/root", f"{BASE}/nothing"
_NO_SUCH_OWNER = (errno.EINVAL, errno.EPERM, errno.EOVERFLOW)


class Layer(Mutable):
    """A directory that can be changed, while the directory outside stays unchanged."""

    target: str
    below: int
    """A descriptor of the directory outside."""
    lower: str
    """The directory that the overlay shows: that of the outside, or a copy."""
    room: str
    """The name of the directory with its changes."""
    restrictions: int
    """MS_READ_ONLY and MS_NOEXEC, as outside."""
    is_covered: bool = False
    """Whether it was renewed: then only ending processes still use the old mount."""
    began: int = 0
    """Birth time of the top directory of its changes, in nanoseconds."""

    @property
    def is_changeable(self) -> bool:
        """Whether it can be changed outside."""
        return not self.restrictions & namespaces.MS_READ_ONLY


class Fixed(Record):
    """A file or directory of the outside that is shown read-only."""

    target: str
    source: str

    def mount(self, root: str = "") -> None:
        """Show it, below a root that may not be entered yet; raises OSError."""
        namespaces.bind(self.source, root + self.target)
        try:
            namespaces.make_read_only(root + self.target)
        except OSError:
            namespaces.unmount(root + self.target)
            raise


class Layers:
    """The changeable directories of the entered private root, which can be renewed."""

    def __init__(self) -> None:
        self.base = -1
        """A descriptor of the file system with the changes."""
        self.foreign: set[str] = set()
        """Files that belong to others outside; here they belong to this user."""
        self.linked: set[str] = set()
        """Copies of files that have several names outside."""
        self.renewals = 0
        """How often any of them was renewed: who began before is in an older directory."""
        self._mounted: list[Layer | Fixed] = []
        self._top = -1
        self._restored: dict[str, tuple[int, ...]] = {}
        self._made = 0

    @property
    def _layers(self) -> list[Layer]:
        return [each for each in self._mounted if isinstance(each, Layer) and each.is_changeable]

    def mount(self, target: str, below: int, lower: str, number: int, root: str) -> None:
        """Show a directory at `target` below `root`, and register it; raises OSError."""
        restrictions = namespaces.restrictions_of(opened(below))
        layer = Layer(target, below, lower, str(number), restrictions)
        self._mount(layer, root)
        self._mounted.append(layer)

    def fix(self, fixed: Fixed, root: str) -> None:
        """Show something read-only below `root`, and register it; raises OSError."""
        fixed.mount(root)
        self._mounted.append(fixed)

    def _mount(self, layer: Layer, root: str = "") -> None:
        room, target = self._of(layer), root + layer.target
        if not layer.is_changeable:
            nothing = f"/proc/self/fd/{self.base}/{os.path.basename(NOTHING)}"
            namespaces.overlay(layer.lower, target, nothing, more=layer.restrictions)
            return
        for folder in (room, f"{room}/upper", f"{room}/work"):
            os.mkdir(folder)
        try:
            if not make_alike(f"{room}/upper", layer.lower):
                self.foreign.add(layer.target)
            namespaces.overlay(layer.lower, target, "", changes=room, more=layer.restrictions)
            layer.began = os.stat(f"{room}/upper").st_ctime_ns
        except OSError:
            remove_tree(room)
            raise

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
            each for each in self._mounted if path == each.target or is_below(path, each.target)
        )
        found = max(above, key=lambda each: len(each.target), default=None)
        return found if isinstance(found, Layer) and found.is_changeable else None

    def parts(self, path: str, other: str) -> bool:
        """Return whether two paths are in different changeable directories of one file system."""
        layers = [self.of(path), self.of(other)]
        devices = {os.stat(opened(layer.below)).st_dev for layer in layers if layer}
        return layers[0] is not layers[1] and None not in layers and len(devices) == 1

    def is_kept_in_place(self, path: str) -> bool:
        """Return whether a path is a directory of the outside: an overlay does not rename it."""
        layer = self.of(path)
        if layer is None or path == layer.target:
            return False
        return os.path.isdir(os.path.join(layer.lower, os.path.relpath(path, layer.target)))

    def has_changed(self, path: str) -> bool:
        """Return whether a file was made, changed or removed here."""
        layer = self.of(path)
        if layer is None:
            within = path.strip("/")
            return self._top >= 0 and "/" not in within and not self._is_as_restored(within)
        within = os.path.relpath(path, layer.target)
        if within == ".":
            return self._is_changed(layer)
        return os.path.lexists(f"{self._of(layer)}/upper/{within}")

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
        for layer in self._mounted:
            # The mounts below a directory move with it.
            is_lost = any(is_below(layer.target, target) for target in renewed)
            if isinstance(layer, Fixed):
                if is_lost:
                    layer.mount()
                continue
            if not layer.is_changeable:
                if is_lost:
                    self._mount(layer)
                continue
            if not is_lost and not self._is_changed(layer):
                continue
            old = self._of(layer)
            if layer.is_covered and not is_lost:
                namespaces.unmount(layer.target)
            if layer.is_covered and os.path.exists(old):
                remove_tree(old)
            self._made += 1
            layer.room, layer.is_covered = f"renewed-{os.getpid()}-{self._made}", True
            self._mount(layer)
            renewed.append(layer.target)
        is_changed = self._restore_top() or bool(renewed)
        self.renewals += is_changed
        return is_changed

    # -- the root directory

    def keep_top(self, copy: str, root: str) -> None:
        """Fill the root directory from its copy, a directory of the base, and restore it later."""
        self._top = os.open(copy, os.O_PATH | os.O_CLOEXEC)
        self._restore_top(root)

    def _restore_top(self, root: str = "/") -> bool:
        """Restore all changed entries of the root directory; return whether there were any."""
        if self._top < 0 or namespaces.restrictions_of(root) & namespaces.MS_READ_ONLY:
            return False
        copy, is_changed, kept = opened(self._top), False, set[str]()
        device = os.lstat(root).st_dev
        for name in os.listdir(root):
            path = os.path.join(root, name)
            facts = os.lstat(path)
            # What is mounted on an entry is on another device, as in os.path.ismount().
            if facts.st_dev != device or self._restored.get(name) == _version_of(facts):
                kept.add(name)
            else:
                is_changed = True
                _remove(path)
        for name in os.listdir(copy):
            path = os.path.join(root, name)
            if name not in kept:
                is_changed = True
                copy_entry(os.path.join(copy, name), path)
                self._restored[name] = _version(path)
        if is_changed or self._restored.get("") != _version(root):
            is_changed = True
            make_alike(root, copy)
            self._restored[""] = _version(root)
        return is_changed

    def _is_as_restored(self, name: str, root: str = "/") -> bool:
        path = os.path.join(root, name) if name else root
        try:
            return self._restored.get(name) == _version(path) or os.path.ismount(path)
        except FileNotFoundError:
            return name not in self._restored


def _version(path: str) -> tuple[int, ...]:
    """Return what differs once an entry was changed or replaced."""
    return _version_of(os.lstat(path))


def _version_of(facts: os.stat_result) -> tuple[int, ...]:
    return facts.st_ino, facts.st_ctime_ns


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        remove_tree(path)
    else:
        os.unlink(path)


def copy_entry(source: str, target: str) -> bool:
    """Copy a link, file, FIFO, socket, or a directory without its entries; raises OSError.

    Return whether the copy has the owner of the source. A device is not copied: EPERM.
    """
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
    elif stat.S_ISDIR(mode):
        os.mkdir(target)
    else:
        os.mknod(target, mode)
    return make_alike(target, source)


def make_alike(target: str, source: str) -> bool:
    """Give `target`, a new file or directory, the owner, mode and times of `source`.

    If that owner has no id in this user namespace, `target` is ours, with the owner's permissions;
    then return False.
    """
    # The name of a descriptor in /proc is a link, too.
    follows = not os.path.islink(target)
    facts = os.stat(source, follow_symlinks=follows)
    mode, has_owner = stat.S_IMODE(facts.st_mode) & 0o3777, True
    try:
        os.chown(target, facts.st_uid, facts.st_gid, follow_symlinks=follows)
    except OSError as error:
        if error.errno not in _NO_SUCH_OWNER:
            raise
        has_owner = False
        rights = (right for right in (os.R_OK, os.W_OK, os.X_OK) if os.access(source, right))
        mode = mode & ~stat.S_IRWXU | sum(rights) << 6
    if follows:
        os.chmod(target, mode)
    os.utime(target, ns=(facts.st_atime_ns, facts.st_mtime_ns), follow_symlinks=follows)
    return has_owner


def opened(descriptor: int) -> str:
    """Return the path of a file of the outside, also when the new root covers it."""
    return f"/proc/self/fd/{descriptor}"


def is_below(path: str, above: str) -> bool:
    """Return whether a path is in a directory, at any depth."""
    return path != above and path.startswith(f"{above.rstrip('/')}/")
