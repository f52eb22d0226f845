"""The files that a submission sees: the root directory of its mount namespace.

Every path names the same file as outside, or none. The root is a tmpfs. A shown directory is a
read-only overlay: its inodes are its own, so sockets, FIFOs and locks of the outside are out of
reach. Where the kernel makes no overlay, the directory is bound with all its mounts, read-only.
/dev, /proc and the pivot are those of explore's root; see private_root.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress

import simpsh
from simpsh.base import surroundings
from simpsh.base.file_facts import is_file, is_folder, is_link, matching, real_path
from simpsh.base.record import Record
from simpsh.kernel import namespaces
from simpsh.kernel.processes import umask
from simpsh.process.private_root import (
    is_at_or_below,
    make_alike,
    mount_devices,
    mount_file_system,
    mount_proc,
    opened,
)

_BASE = "/tmp"
"""The new root is built here; only this mount namespace sees the mount."""
_ROOT, _NOTHING, _CHANGES = f"{_BASE}/root", f"{_BASE}/nothing", f"{_BASE}/changes"
_PRIVATE = ("/tmp", "/var/tmp", "/dev/shm")
_SERVED = "fuse"
"""The beginning of the types of file systems whose server may never answer."""
_OF_KERNEL = frozenset(
    [
        *("autofs", "binder", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs"),
        *("devpts", "devtmpfs", "efivarfs", "mqueue", "nfsd", "nsfs", "proc", "pstore"),
        *("resctrl", "rpc_pipefs", "securityfs", "selinuxfs", "smackfs", "sysfs", "tracefs"),
    ]
)
"""Types of file systems whose files show or change processes and the machine."""
_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt"),
    *("/nix", "/gnu", "/run/current-system"),  # where systems without /usr keep programs
)
_SETTINGS = (
    *("alternatives", "bash.bashrc", "gdb", "group", "host.conf", "hosts", "inputrc", "java*"),
    *("ld.so.cache", "ld.so.preload", "localtime", "locale.conf", "mime.types", "nsswitch.conf"),
    *("os-release", "passwd", "perl", "profile", "protocols", "python*", "services", "shells"),
    *("ssl/openssl.cnf", "terminfo", "timezone", "yashrc", "zsh"),
)
"""Files in /etc that programs read, as patterns of glob(3)."""
_IMPORTED_LATE = "elftools"
"""The library that a judge imports inside the sandbox."""
INODES = 65_536
"""The files of each private directory."""
TERMINALS = 64
"""The pseudo-terminals of a submission and its judge."""


class FileView(Record):
    """Which files processes see. A path that does not exist is ignored."""

    shown: tuple[str, ...]
    """Directories and files that can be read. A file is a copy."""
    hidden: tuple[str, ...] = ()
    """Directories within `shown` that appear empty."""
    discarding: str = ""
    """A directory that can be written; all changes are discarded at the end."""
    room: int = 256
    """MiB for each private directory, and for the discarded changes."""
    terminals_of: int = 0
    """The user who owns the new terminals of /dev/pts; 0 for the user who opens one."""

    def enter(self) -> bool:
        """Build the root and change to it, with all processes in this mount namespace.

        The caller must have its own mount namespace. Return whether sockets and FIFOs of the
        outside can be used. Raises OSError: no privilege over this mount namespace, or a container
        covers parts of /proc.
        """
        umask(0o022)
        links: dict[str, str] = {}
        every = {_resolve(path, links) for path in self.shown if os.path.exists(path)}
        shown = [path for path in every if _nearest(path, {*every, *_PRIVATE}) not in every]
        found = [mount for mount in namespaces.mounts() if _nearest(mount.path, {*shown})]
        system = {mount.path for mount in found if _is_of_system(mount, every)}
        covered = {path for path in system if not _nearest(path, system)}
        paths = {mount.path for mount in found} - system
        shown += [path for path in paths if not _nearest(path, covered)]
        sources = dict[str, int]()
        for path in filter(None, (*shown, self.discarding)):
            with suppress(OSError):  # another program has just removed it
                sources[path] = os.open(path, os.O_PATH | os.O_CLOEXEC)
        hidden = [real_path(path) for path in self.hidden if os.path.isdir(path)]
        namespaces.make_mounts_private()
        # No process can write to this file system once the root is ready.
        namespaces.mount("tmpfs", _BASE, options="mode=755")
        for folder in (_ROOT, _NOTHING, _CHANGES):
            os.mkdir(folder)
        mount_file_system(_ROOT, "tmpfs", "", 0, "mode=755")
        room = f"size={self.room}m,nr_inodes={INODES}"
        shares_inodes = False
        # Parents come before their entries. The kernel mounts /proc while the old one is visible.
        for path in sorted({*sources, *_PRIVATE, "/dev", "/proc"}):
            if path == self.discarding:
                mount_file_system("", "tmpfs", _CHANGES, 0, f"mode=755,{room}")
                _show_changeable(path, opened(sources[path]))
            elif path in sources:
                shares_inodes |= _show(path, opened(sources[path]), covered)
            elif path == "/dev":
                mount_devices(_ROOT, terminals=TERMINALS, terminals_of=self.terminals_of)
            elif path == "/proc":
                # Nobody here is root, except for the judge.
                mount_proc(_ROOT, is_guarded=False)
            else:
                mount_file_system(_ROOT, "tmpfs", path, 0, f"mode=1777,{room}")
        for descriptor in sources.values():
            os.close(descriptor)
        for link, text in links.items():
            if not os.path.lexists(_ROOT + link):
                os.makedirs(os.path.dirname(_ROOT + link), exist_ok=True)
                os.symlink(text, _ROOT + link)
        for path in hidden:
            is_shown = any(is_at_or_below(path, each) for each in shown)
            if is_shown and os.path.isdir(_ROOT + path):
                _cover(path)
        namespaces.remount_read_only(_ROOT)
        namespaces.pivot_root(_ROOT)
        return shares_inodes


def files_of_programs() -> Iterator[str]:
    """Yield the directories and files that programs and the judge need."""
    yield from (*_SYSTEM, os.path.dirname(os.path.abspath(simpsh.__file__)), sys.executable)
    for pattern in _SETTINGS:
        folder, name = os.path.split(f"/etc/{pattern}")
        yield from matching(folder, name) if is_folder(folder) else ()
    try:
        home = surroundings.home()
    except surroundings.NoHome:
        home = ""
    for prefix in {sys.prefix, sys.base_prefix}:
        # If an interpreter's prefix contains the home, show only the interpreter's own folders.
        has_home = bool(home) and f"{home}/".startswith(f"{prefix.rstrip('/')}/")
        parts = ("bin", "include", "lib", "lib64") if has_home else ("",)
        yield from (os.path.join(prefix, part).rstrip("/") for part in parts)
    # `pip install --user` puts libraries into the home.
    for path in sys.path:
        if is_file(path) or is_folder(os.path.join(path, _IMPORTED_LATE)):
            yield path


def _is_of_system(mount: namespaces.Mount, needed: set[str]) -> bool:
    """Return whether a mount is not shown: it is no data, or a server may never answer."""
    is_needed = any(is_at_or_below(path, mount.path) for path in needed)
    return mount.kind in _OF_KERNEL or (mount.kind.startswith(_SERVED) and not is_needed)


def _nearest(path: str, folders: set[str]) -> str:
    """Return the nearest of `folders` that a path is in; empty if it is in none."""
    return next((above for above in _above(path) if above in folders), "")


def _above(path: str) -> Iterator[str]:
    while path != "/":
        path = os.path.dirname(path)
        yield path


# Below the new root.


def _show(path: str, source: str, covered: set[str]) -> bool:
    """Show a directory or file; return whether it shares inodes with the outside."""
    mode = os.stat(source).st_mode
    with suppress(PermissionError):  # it may not be read
        os.makedirs(os.path.dirname(_ROOT + path), exist_ok=True)
        if stat.S_ISREG(mode) and not os.path.exists(_ROOT + path):
            _show_copy(path, source)
    if not stat.S_ISDIR(mode) or not _has_directory(path):
        return False
    try:
        namespaces.overlay(source, _ROOT + path, _NOTHING)
    except OSError:
        namespaces.bind(source, _ROOT + path)
        namespaces.make_read_only(_ROOT + path)
        for below in covered:
            if is_at_or_below(below, path):
                _cover(below)
        return True
    return False


def _has_directory(path: str) -> bool:
    with suppress(PermissionError):
        os.makedirs(_ROOT + path, exist_ok=True)
    return os.path.isdir(_ROOT + path)


def _show_copy(path: str, source: str) -> None:
    """Show a copy of a file; nobody can write it, not even in a private directory."""
    copy = f"{_BASE}/{source.rpartition('/')[2]}"
    make_alike(shutil.copyfile(source, copy), source)
    with open(_ROOT + path, "a", encoding="utf-8"):
        namespaces.bind(copy, _ROOT + path)
    namespaces.remount_read_only(_ROOT + path)


def _show_changeable(path: str, source: str) -> None:
    for name in ("upper", "work"):
        os.mkdir(f"{_CHANGES}/{name}")
    make_alike(f"{_CHANGES}/upper", source)
    os.makedirs(_ROOT + path, exist_ok=True)
    namespaces.overlay(source, _ROOT + path, "", changes=_CHANGES)


def _cover(path: str) -> None:
    """Cover a directory or file with an empty one, without a look at it."""
    try:
        flags = namespaces.MS_READ_ONLY | namespaces.MS_NOSUID | namespaces.MS_NODEV
        namespaces.mount("tmpfs", _ROOT + path, flags, "mode=755,size=4k")
    except NotADirectoryError:
        with open(f"{_BASE}/empty", "a", encoding="utf-8"):
            namespaces.bind(f"{_BASE}/empty", _ROOT + path)
        namespaces.remount_read_only(_ROOT + path)


def _resolve(path: str, links: dict[str, str]) -> str:
    """Return a path that exists without symbolic links; add the links on the way to `links`."""
    done, left = "/", [part for part in path.split("/") if part]
    while left:
        entry = os.path.normpath(os.path.join(done, left.pop(0)))
        if is_link(entry):
            links[entry] = os.readlink(entry)
            if links[entry].startswith("/"):
                done = "/"
            left[:0] = [part for part in links[entry].split("/") if part]
        else:
            done = entry
    return done
