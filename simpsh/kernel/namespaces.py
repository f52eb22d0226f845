"""A namespace gives processes a view of their own: of the pids, of who is who, of the files.

What is mounted in a mount namespace is seen by no process outside it. See namespaces(7).
"""

from __future__ import annotations

import errno
import os
import struct
from fcntl import ioctl

from simpsh.kernel.c_library import call
from simpsh.kernel.call_observer import observable

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID = 0x0002_0000, 0x1000_0000, 0x2000_0000
"""Namespaces of mounts, of users, and of pids; the last holds for future children only."""
CLONE_NEWIPC, CLONE_NEWNET = 0x0800_0000, 0x4000_0000
"""Namespaces of System V objects, and of the network."""
APPARMOR_SETTING = "kernel.apparmor_restrict_unprivileged_userns"
"""Where this sysctl of Ubuntu's kernels is 1, a user's namespace of users gives no privilege."""
_PR_SET_DUMPABLE = 4
_NS_GET_PARENT = 0xB702
_CAPABILITY_VERSION = 0x20080522


@observable("unshare")
def unshare(flags: int) -> None:
    """Leave namespaces for new ones: CLONE_NEWUSER, CLONE_NEWPID (of future children) and others.

    Raises OSError: EPERM; not without privilege, or forbidden by a container's filter. ENOSPC; too
    many namespaces. EINVAL; this process has threads, or the kernel lacks them. See unshare(2).
    """
    call("unshare", flags)


def unshare_users(others: int = 0) -> None:
    """Leave the user namespace, and others, as unshare() does; keep the user and the group.

    Raises OSError: as unshare(); EPERM; the maps may not be written. See user_namespaces(7).
    """
    uid, gid = os.getuid(), os.getgid()
    unshare(CLONE_NEWUSER | others)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="utf-8") as file:
            file.write(text)


def pid_namespaces_of(pid: int) -> tuple[int, ...]:
    """Return the PID namespaces that a process is seen in, from ours inwards, by inode number.

    Raises OSError: ENOENT EACCES; the process is gone, or we may not look. See pid_namespaces(7)
    and ioctl_ns(2), NS_GET_PARENT.
    """
    namespaces = []
    namespace = os.open(f"/proc/{pid}/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    try:
        while True:
            namespaces.append(os.fstat(namespace).st_ino)
            outer = ioctl(namespace, _NS_GET_PARENT)
            os.close(namespace)
            namespace = outer
    except PermissionError:
        # What is outside ours is not shown.
        return tuple(reversed(namespaces))
    finally:
        os.close(namespace)


@observable("capset")
def become_user(uid: int) -> None:
    """Become another user for good, in the group of the same number alone; raises OSError.

    See credentials(7), capset(2), PR_SET_DUMPABLE(2const).
    """
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    # Who was not called root keeps them otherwise.
    call("capset", struct.pack("Ii", _CAPABILITY_VERSION, 0), bytes(24))
    # After a change of its user it may not even look into its own /proc/self.
    call("prctl", _PR_SET_DUMPABLE, 1, 0, 0, 0)


# What a process sees as its files: mounts, changed in a mount namespace of its own.

MS_NOSUID, MS_NODEV, MS_NOEXEC = 0x2, 0x4, 0x8
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_MS_REMOUNT_READ_ONLY = 0x20 | 0x1 | _MS_BIND | MS_NOSUID
_MOUNT_SETATTR = 442  # the same number on every architecture
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MOUNT_ATTR_RDONLY, _MOUNT_ATTR_NOSUID = 0x1, 0x2


@observable("mount")
def mount(kind: str, place: str, flags: int = 0, options: str = "") -> None:
    """Mount a new file system of a kind (tmpfs, proc) at a directory.

    Raises OSError: EPERM; not without privilege over this mount namespace. ENOENT ENOTDIR … See
    mount(2).
    """
    _call_mount(kind, place, kind, flags, options)


@observable("mount(MS_BIND)")
def bind(source: str, place: str) -> None:
    """Let a directory or file be seen at another place, too, with all that is mounted below it.

    Raises OSError: EPERM ENOENT ENOTDIR … See mount(2), MS_BIND.
    """
    _call_mount(source, place, "", _MS_BIND | _MS_REC, "")


@observable("mount(MS_PRIVATE)")
def make_mounts_private() -> None:
    """Let no mount made in this namespace from now on be seen in another; raises OSError.

    See mount_namespaces(7).
    """
    _call_mount("none", "/", "", _MS_PRIVATE | _MS_REC, "")


@observable("mount_setattr")
def make_mounts_read_only() -> None:
    """Let no process in this mount namespace write to what is mounted now; devices can be written.

    Raises OSError: EPERM; not without privilege. EROFS; what could not be made so. See
    mount_setattr(2), and mount(2), MS_REMOUNT, for a kernel before 5.12.
    """
    described = struct.pack("QQQQ", _MOUNT_ATTR_RDONLY | _MOUNT_ATTR_NOSUID, 0, 0, 0)
    try:
        call("syscall", _MOUNT_SETATTR, _AT_FDCWD, b"/", _AT_RECURSIVE, described, len(described))
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise
        _make_each_read_only()


def _make_each_read_only() -> None:
    with open("/proc/self/mountinfo", "rb") as file:
        escaped = [line.split()[4] for line in file]
    for path in escaped:
        # A blank, for instance, is written there as `\040`.
        place = os.fsdecode(path.decode("unicode_escape").encode("latin-1"))
        try:
            # Of what lies on top there, whose flags may be locked.
            locked_flags = os.statvfs(place).f_flag & (MS_NODEV | MS_NOEXEC)
            _call_mount("none", place, "", _MS_REMOUNT_READ_ONLY | locked_flags, "")
        except (FileNotFoundError, NotADirectoryError):
            continue  # another file system covers it: no path leads to it
        if not os.statvfs(place).f_flag & os.ST_RDONLY:
            raise OSError(errno.EROFS, "it does not become read-only", place)


def _call_mount(source: str, place: str, kind: str, flags: int, options: str) -> None:
    encoded = [os.fsencode(text) for text in (source, place, kind)]
    call("mount", *encoded, flags, os.fsencode(options))
