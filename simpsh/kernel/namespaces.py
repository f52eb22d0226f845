"""Namespaces: a separate view of pids, users, mounts and other resources; see namespaces(7).

Mounts in a mount namespace are invisible to processes outside it.
"""

from __future__ import annotations

import _socket
import errno
import os
import struct
from collections.abc import Iterable
from fcntl import ioctl

from simpsh.base.record import Record
from simpsh.base.signal_names import SIGKILL
from simpsh.kernel import signals
from simpsh.kernel.c_library import call
from simpsh.kernel.call_observer import observable
from simpsh.kernel.machine.syscall_table import NUMBERS
from simpsh.kernel.processes import exit_now, fork
from simpsh.kernel.wait_calls import waitpid

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID = 0x0002_0000, 0x1000_0000, 0x2000_0000
"""Namespaces of mounts, of users, and of pids; a pid namespace is for future children only."""
CLONE_NEWIPC, CLONE_NEWNET = 0x0800_0000, 0x4000_0000
"""Namespaces of System V objects, and of the network."""
CLONE_NEWUTS, CLONE_NEWCGROUP, CLONE_NEWTIME = 0x0400_0000, 0x0200_0000, 0x80
"""Namespaces of the host name, of control groups, and of clocks."""
OF_A_SANDBOX = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWCGROUP
"""All that is not shared with the outside, besides users and pids."""
APPARMOR_SETTING = "kernel.apparmor_restrict_unprivileged_userns"
"""If this sysctl of Ubuntu's kernels is 1, unprivileged user namespaces grant no privilege."""
_PR_SET_DUMPABLE = 4
_NS_GET_PARENT = 0xB702
_CAPABILITY_VERSION = 0x20080522
_SIOCSIFFLAGS, _IFF_UP, _KEYCTL_JOIN_SESSION_KEYRING = 0x8914, 1, 1
_PR_CAPBSET_DROP = 24


@observable("unshare")
def unshare(flags: int) -> None:
    """Move to new namespaces; one of pids is for future children. See unshare(2)."""
    call("unshare", flags)


def unshare_users(others: int = 0) -> None:
    """Call unshare() for a user namespace and `others`; keep the user and group ids."""
    uid, gid = os.getuid(), os.getgid()
    unshare(CLONE_NEWUSER | others)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="utf-8") as file:
            file.write(text)


def forbid_users_below() -> bool:
    """Forbid user namespaces below our own, which must be new; return whether that is so.

    Without privileges, its processes can make no namespace of any kind then.
    """
    try:
        with open("/proc/sys/user/max_user_namespaces", "w", encoding="utf-8") as file:
            file.write("0")
    except OSError:
        return False
    return True


def user_namespace_below() -> int:
    """Return a descriptor of a new user namespace below ours, with all our ids."""
    read_end, write_end = os.pipe()
    pid = fork()
    if pid == 0:  # in the child
        try:
            unshare(CLONE_NEWUSER)
            os.write(write_end, b"!")
            signals.pause()
        finally:
            exit_now(0)
    os.close(write_end)
    try:
        if not os.read(read_end, 1):
            raise PermissionError(errno.EPERM, "no user namespace can be made")
        share_users(pid)
        return os.open(f"/proc/{pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(read_end)
        signals.kill(pid, SIGKILL)
        waitpid(pid)


def share_users(pid: int) -> None:
    """Map every id of our user namespace to itself in a process's new user namespace."""
    for name in ("setgroups", "uid_map", "gid_map"):
        with open(f"/proc/self/{name}", encoding="utf-8") as file:
            lines = [line.split() for line in file]
        text = "".join(f"{line[0]} {line[0]} {line[2]}\n" for line in lines if line[2:])
        with open(f"/proc/{pid}/{name}", "w", encoding="utf-8") as file:
            file.write(text or lines[0][0])


@observable("setns")
def enter_users(namespace: int) -> None:
    """Enter the user namespace that a descriptor refers to; see setns(2)."""
    call("setns", namespace, CLONE_NEWUSER)


def drop_rights(rights: Iterable[int]) -> None:
    """Remove capabilities from this process's bounding set; see capabilities(7)."""
    for right in rights:
        call("prctl", _PR_CAPBSET_DROP, right, 0, 0, 0)


def begin_network() -> None:
    """Let the processes of a new network namespace reach each other at 127.0.0.1."""
    # Importing contextlib for closing() would take 1.5 ms in each trace.
    any_socket = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
    try:
        ioctl(any_socket.fileno(), _SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", _IFF_UP))
    finally:
        any_socket.close()


def begin_keyring() -> None:
    """Replace the session keyring, which a user namespace shares, with a new one. See keyctl(2)."""
    call("syscall", NUMBERS["keyctl"], _KEYCTL_JOIN_SESSION_KEYRING, None)


def pid_namespaces_of(pid: int) -> tuple[int, ...]:
    """Return the PID namespaces of a process, from ours inwards, by inode. See ioctl_ns(2)."""
    namespaces = []
    namespace = os.open(f"/proc/{pid}/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    try:
        while True:
            namespaces.append(os.fstat(namespace).st_ino)
            outer = ioctl(namespace, _NS_GET_PARENT)
            os.close(namespace)
            namespace = outer
    except PermissionError:
        # Namespaces outside of ours are not accessible.
        return tuple(reversed(namespaces))
    finally:
        os.close(namespace)


@observable("capset")
def become_user(uid: int) -> None:
    """Become another user, with the group of the same number, permanently; see credentials(7)."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    drop_capabilities()
    # After a change of user ids, a process cannot access its own /proc/self.
    call("prctl", _PR_SET_DUMPABLE, 1, 0, 0, 0)


def drop_capabilities() -> None:
    """Drop all capabilities permanently; see capset(2)."""
    call("capset", struct.pack("Ii", _CAPABILITY_VERSION, 0), bytes(24))


# Mounts, changed in a new mount namespace.

MS_READ_ONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 0x1, 0x2, 0x4, 0x8
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_MS_REMOUNT_READ_ONLY = 0x20 | MS_READ_ONLY | _MS_BIND | MS_NOSUID | MS_NODEV
_MNT_DETACH = 2
_MOUNT_SETATTR = 442  # the same on every architecture
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MOUNT_ATTR_RDONLY, _MOUNT_ATTR_NOSUID, _MOUNT_ATTR_NODEV = 0x1, 0x2, 0x4


class Mount(Record):
    """One line of /proc/self/mountinfo; see proc_pid_mountinfo(5)."""

    path: str
    kind: str
    """The kernel's name of the type of file system, such as ext4."""


def mounts() -> list[Mount]:
    """Return the mounts of this mount namespace, in mount order."""
    with open("/proc/self/mountinfo", "rb") as file:
        return [mount_of(line) for line in file]


def _unescape(word: bytes) -> str:
    first, *escaped = word.split(b"\\")
    return os.fsdecode(first + b"".join(bytes([int(part[:3], 8)]) + part[3:] for part in escaped))


def mount_of(line: bytes) -> Mount:
    r"""Return the mount that a line of mountinfo describes.

    In a path a blank, a tab, a newline and a backslash are escaped: a blank is `\040`. Other
    characters are not, also not those that bytes.split() takes for blanks.
    """
    fields, _, source = line.partition(b" - ")
    words = fields.split(b" ")
    kind = os.fsdecode(source).split(" ")[0]
    return Mount(_unescape(words[4]), kind)


@observable("mount")
def mount(kind: str, target: str, flags: int = 0, options: str = "") -> None:
    """Mount a new file system (tmpfs, proc) on a directory. See mount(2)."""
    _call_mount(kind, target, kind, flags, options)


@observable("mount(MS_BIND)")
def bind(source: str, target: str) -> None:
    """Make a file or directory, with all mounts below, also visible at another path."""
    _call_mount(source, target, "", _MS_BIND | _MS_REC, "")


@observable("mount(overlay)")
def overlay(lower: str, target: str, other: str, *, changes: str = "", more: int = 0) -> None:
    """Show a directory at another path with its own inodes, sockets, FIFOs and locks.

    Mounts below the directory are not shown. `lower` has no `:`, `,` or backslash, like a path in
    /proc/self/fd. For a read-only overlay, `other` is an empty directory. `changes` is a directory
    of a tmpfs with empty directories `upper` and `work`, and receives all changes. `more` are
    further flags of the mount. See Documentation/filesystems/overlayfs.rst of the kernel.
    """
    if changes:
        # Attributes that begin with `trusted.` need privilege in the initial user namespace.
        layers = f"lowerdir={lower},upperdir={changes}/upper,workdir={changes}/work,userxattr"
        flags = MS_NOSUID | MS_NODEV
    else:
        layers, flags = f"lowerdir={lower}:{other}", MS_READ_ONLY | MS_NOSUID | MS_NODEV
    _call_mount("overlay", target, "overlay", flags | more, layers)


@observable("mount(MS_PRIVATE)")
def make_mounts_private() -> None:
    """Hide future mounts of this namespace from other namespaces. See mount_namespaces(7)."""
    _call_mount("none", "/", "", _MS_PRIVATE | _MS_REC, "")


@observable("mount_setattr")
def make_read_only(target: str) -> None:
    """Make a mount and those below read-only, without devices and set-user-id bits."""
    attributes = _MOUNT_ATTR_RDONLY | _MOUNT_ATTR_NOSUID | _MOUNT_ATTR_NODEV
    described = struct.pack("QQQQ", attributes, 0, 0, 0)
    path = os.fsencode(target)
    call("syscall", _MOUNT_SETATTR, _AT_FDCWD, path, _AT_RECURSIVE, described, len(described))


def restrictions_of(path: str) -> int:
    """Return whether the mount of a path is MS_READ_ONLY, MS_NOEXEC, or both."""
    # The flags of statvfs(2) have the same values as those of mount(2).
    return os.statvfs(path).f_flag & (MS_READ_ONLY | MS_NOEXEC)


def remount_read_only(target: str) -> None:
    """Make one mount read-only. See mount(2), MS_REMOUNT."""
    _call_mount("none", target, "", _MS_REMOUNT_READ_ONLY, "")


@observable("pivot_root")
def pivot_root(target: str, old: str = "") -> None:
    """Make a mounted file system the root; detach the old one, or keep it at `old`."""
    os.chdir(target)
    # Without `old`, stack the old root over the new one and detach it.
    call("pivot_root", b".", os.fsencode(old or "."))
    if not old:
        unmount(".")
    os.chdir("/")


@observable("umount2")
def unmount(target: str) -> None:
    """Detach the topmost mount at a path, with all below; files in use stay. See umount2(2)."""
    call("umount2", os.fsencode(target), _MNT_DETACH)


def _call_mount(source: str, target: str, kind: str, flags: int, options: str) -> None:
    encoded = [os.fsencode(text) for text in (source, target, kind)]
    call("mount", *encoded, flags, os.fsencode(options))
