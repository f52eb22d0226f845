"""How a private root shows each directory and mount of the outside, and why not as an overlay.

Each is tried on its own: an overlay, a copy, read-only, hidden. No change goes outside.
"""

from __future__ import annotations

from enum import Enum

from simpsh.base.record import Record


class Manner(Enum):
    """How a directory or file is shown, the best first."""

    OVERLAY = "overlay"
    """Changes stay inside, and all inodes are its own."""
    COPY = "copy"
    """Changes stay inside. The files of a directory are copies; its directories have manners of
    their own, or are copies too."""
    READ_ONLY = "read-only"
    """It is that of the outside. Changes fail (EROFS); its sockets, FIFOs and locks are shared."""
    HIDDEN = "hidden"
    """A directory is empty, a file does not exist."""


class Reason(Enum):
    """Why something is not shown as an overlay: a clause, in which `{}` stands for the detail."""

    NONE = ""
    MOUNTED_IN = "something is mounted in it"
    NO_LAYER = "no overlay can be made of its file system ({})"
    SERVED = "a program answers for its files ({}), and may never answer"
    OF_KERNEL = "its file system ({}) shows what the kernel knows about the outside"
    TOO_LARGE = "it is too large to be copied"
    UNREADABLE = "its user may not read it"
    DEVICE = "it is a device"
    UNREACHABLE = "it cannot be reached ({})"


class Shown(Record):
    """A directory or file of the outside, as the private root shows it."""

    path: str
    manner: Manner
    reason: Reason = Reason.NONE
    detail: str = ""
    """The type of the file system, or the kernel's error."""

    @property
    def shares_inodes(self) -> bool:
        """Whether sockets, FIFOs or locks of the outside can be used there."""
        return self.manner is Manner.READ_ONLY

    @property
    def may_hold_sockets(self) -> bool:
        """Whether sockets and FIFOs of the outside may be in it."""
        return (
            self.shares_inodes
            and self.reason is Reason.NO_LAYER
            and (self.detail not in _WITHOUT_SOCKETS)
        )

    @property
    def cause(self) -> str:
        """The reason as a clause."""
        return self.reason.value.format(self.detail)


_WITHOUT_SOCKETS = frozenset(["exfat", "iso9660", "msdos", "udf", "vfat"])
"""Types of file systems that hold only files and directories."""
OF_KERNEL = frozenset(
    [
        *("autofs", "binder", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs"),
        *("devpts", "devtmpfs", "efivarfs", "fusectl", "mqueue", "nfsd", "nsfs", "proc", "pstore"),
        *("resctrl", "rpc_pipefs", "securityfs", "selinuxfs", "smackfs", "sysfs", "tracefs"),
    ]
)
"""Types of file systems whose files are no data: they show or change processes and the machine."""
