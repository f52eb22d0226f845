"""A namespace gives processes a view of their own: of the pids, or of who is who."""

from __future__ import annotations

import ctypes
import os

from simpsh.kernel.observing import observable

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID = 0x0002_0000, 0x1000_0000, 0x2000_0000
"""Namespaces of mounts, of users, and of pids; the last holds for future children only."""
CLONE_NEWIPC, CLONE_NEWNET = 0x0800_0000, 0x4000_0000
"""Namespaces of System V objects, and of the network."""
_PR_SET_DUMPABLE = 4


@observable("unshare")
def unshare(flags: int) -> None:
    """Leave namespaces for new ones: CLONE_NEWUSER, CLONE_NEWPID (of future children) ….

    Raises:
        OSError: EPERM; not without privilege, or forbidden by a container's filter. ENOSPC; too
            many namespaces. EINVAL; this process has threads, or the kernel lacks them.

    See unshare(2).
    """
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(ctypes.c_int(flags)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def keep_own_ids(uid: int, gid: int) -> None:
    """Give a user namespace that was just made the one user and group that it had outside.

    Raises:
        OSError: EPERM; the maps are written already, or may not be.

    See user_namespaces(7).
    """
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="utf-8") as file:
            file.write(text)


@observable("prctl(PR_SET_DUMPABLE)")
def set_dumpable() -> None:
    """Let this process look into its own /proc/self again, after a change of its user.

    See PR_SET_DUMPABLE(2const).
    """
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(_PR_SET_DUMPABLE, *[ctypes.c_ulong(value) for value in (1, 0, 0, 0)])
