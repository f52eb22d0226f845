"""What a process sees as its files: mounts, changed in a mount namespace of its own."""

from __future__ import annotations

import ctypes
import os
import struct

from simpsh.kernel.observing import observable

MS_NOSUID, MS_NODEV, MS_NOEXEC = 0x2, 0x4, 0x8
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_MOUNT_SETATTR = 442  # the same number on every architecture
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MOUNT_ATTR_RDONLY, _MOUNT_ATTR_NOSUID = 0x1, 0x2


@observable("mount")
def mount(kind: str, place: str, flags: int = 0, options: str = "") -> None:
    """Mount a new file system of a kind (tmpfs, proc) at a directory.

    Raises:
        OSError: EPERM; not without privilege over this mount namespace. ENOENT ENOTDIR …

    See mount(2).
    """
    _call_mount(kind, place, kind, flags, options)


@observable("mount(MS_BIND)")
def bind(source: str, place: str) -> None:
    """Let a directory or file be seen at another place, too, with all that is mounted below it.

    Raises:
        OSError: EPERM ENOENT ENOTDIR …

    See mount(2), MS_BIND.
    """
    _call_mount(source, place, "", _MS_BIND | _MS_REC, "")


@observable("mount(MS_PRIVATE)")
def keep_mounts_private() -> None:
    """Let no mount made in this namespace from now on be seen in another; raises OSError.

    See mount_namespaces(7).
    """
    _call_mount("none", "/", "", _MS_PRIVATE | _MS_REC, "")


@observable("mount_setattr")
def forbid_writing() -> None:
    """Let nobody in this mount namespace write to what is mounted now; devices can be written.

    Raises:
        OSError: ENOSYS; this kernel is older than 5.12. EPERM; not without privilege.

    See mount_setattr(2).
    """
    library = ctypes.CDLL(None, use_errno=True)
    described = struct.pack("QQQQ", _MOUNT_ATTR_RDONLY | _MOUNT_ATTR_NOSUID, 0, 0, 0)
    words = [ctypes.c_long(_MOUNT_SETATTR), ctypes.c_long(_AT_FDCWD), ctypes.c_char_p(b"/")]
    size = ctypes.c_size_t(len(described))
    _check(library.syscall(*words, ctypes.c_ulong(_AT_RECURSIVE), described, size))


def _call_mount(source: str, place: str, kind: str, flags: int, options: str) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    texts = [ctypes.c_char_p(os.fsencode(one)) for one in (source, place, kind, options)]
    _check(library.mount(*texts[:3], ctypes.c_ulong(flags), texts[3]))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
