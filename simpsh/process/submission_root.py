"""The root directory of a submission: it sees the files that it needs, and changes nothing outside.

    namespaces.unshare(namespaces.CLONE_NEWNS | namespaces.CLONE_NEWPID)
    ... fork: the first process of the new PID namespace makes the root
    SubmissionRoot(seen=("/usr", "/bin", "/lib64"), private=("/tmp",)).enter()

Every path names the same file as outside, or none. The root is a tmpfs, and each directory that is
shown is an overlay on it, or what comes next to it; see shown_places. An overlay has its own
inodes, so sockets, FIFOs, locks and inotify watches of the outside are out of reach, although their
names are visible. The order of the steps matters: open the directories to show, mount them below a
new root, mount /proc while the old one is visible, make the new root read-only, pivot_root(2), and
unmount the old root.
"""

from __future__ import annotations

import os

from simpsh.base.file_facts import is_folder, real_path, status_of
from simpsh.base.record import Record
from simpsh.kernel import namespaces
from simpsh.kernel.descriptors import close
from simpsh.kernel.processes import umask
from simpsh.process.private_root import (
    is_at_or_below,
    mount_devices,
    mount_file_system,
    mount_proc,
    opened,
)
from simpsh.process.shown_places import BASE, NOTHING, ROOT, ShownPlaces

_MEBI = 1 << 20


class SubmissionRoot(Record):
    """Which files processes see. A path that does not exist is ignored."""

    seen: tuple[str, ...]
    """Directories and files that can be read. A file is a copy."""
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

    def enter(self) -> bool:
        """Build the root and change to it, with all processes in this mount namespace.

        The caller must have its own mount namespace. All that is seen is read-only. Return whether
        sockets and FIFOs of the outside can be used. Raises OSError: no privilege over this mount
        namespace, or a container covers parts of /proc.
        """
        umask(0o022)
        places = ShownPlaces(self.private, self.room * _MEBI // 2)
        places.open(self.seen)
        shared = [
            (path, os.open(source, os.O_PATH | os.O_CLOEXEC)) for path, source in self.writable
        ]
        hidden = [real_path(path) for path in self.hidden if is_folder(path)]
        namespaces.make_mounts_private()
        # No process can write to these two once they are ready.
        namespaces.mount("tmpfs", BASE, options="mode=755")
        for folder in (ROOT, NOTHING):
            os.mkdir(folder)
        mount_file_system(ROOT, "tmpfs", "", 0, "mode=755")
        # Parents come before their entries. /dev and /proc must still be visible.
        for number, path in enumerate(sorted({*places.paths, *self.private, "/dev", "/proc"})):
            if path in places.paths:
                places.show(path, number)
            elif path == "/dev":
                mount_devices(ROOT, terminals=self.terminals, terminals_of=self.terminals_of)
            elif path == "/proc":
                mount_proc(ROOT)
            else:
                inodes = f",nr_inodes={self.inodes}" if self.inodes else ""
                options = f"mode=1777,size={self.room}m{inodes}"
                mount_file_system(ROOT, "tmpfs", path, 0, options)
        for path, descriptor in shared:
            os.makedirs(ROOT + path, exist_ok=True)
            namespaces.bind(opened(descriptor), ROOT + path)
            close(descriptor)
        for link, text in places.links.items():
            if status_of(ROOT + link, follows=False) is None:
                os.makedirs(os.path.dirname(ROOT + link), exist_ok=True)
                os.symlink(text, ROOT + link)
        for path in hidden:
            if any(is_at_or_below(path, target) for target in places.paths):
                options = "mode=755,size=4k"
                mount_file_system(ROOT, "tmpfs", path, namespaces.MS_READ_ONLY, options)
        namespaces.remount_read_only(ROOT)
        namespaces.pivot_root(ROOT)
        return places.shares_inodes
