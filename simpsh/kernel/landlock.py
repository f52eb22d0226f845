"""Landlock lets a process give up rights for itself and its future children, without privilege.

The rules are a second wall after namespaces and seccomp: they hold even if a name leads to a file,
a socket or a process of the outside. See landlock(7).
"""

from __future__ import annotations

import os
import struct

from simpsh.kernel.c_library import call
from simpsh.kernel.call_observer import observable
from simpsh.kernel.machine.syscall_table import NUMBERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_VERSION = 1
_RULE_PATH_BENEATH = 1
_SCOPES = 3
"""Abstract UNIX sockets, and signals."""

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_IOCTL_DEVICE = 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14 | _IOCTL_DEVICE
"""The rights that a rule for a file may have; 1 << 14 is truncate(2)."""
_FIRST_VERSION_OF_SCOPES = 6


def _rights(known: int) -> int:
    """Return every right to files that a version of Landlock knows.

    Version 2 has 14 rights; 3 added truncate(2), 5 ioctl(2).
    """
    count = 14 + (known >= 3)
    return (1 << count) - 1 | (_IOCTL_DEVICE if known >= 5 else 0)


def version() -> int:
    """Return the version of this kernel's Landlock; 0 if it has none, or it is switched off.

    Version 1 counts as none: it refuses each rename from one directory to another. See
    landlock_create_ruleset(2), LANDLOCK_CREATE_RULESET_VERSION.
    """
    try:
        known = call("syscall", NUMBERS["landlock_create_ruleset"], None, 0, _VERSION)
    except (OSError, KeyError):
        return 0
    return known if known > 1 else 0


@observable("landlock_restrict_self")
def restrict_self(read: Iterable[str], write: Iterable[str]) -> None:
    """Restrict this process and its future children to these files and directories, for good.

    A process that is restricted sends signals, and connects to abstract sockets, only to processes
    that are restricted together with it; since version 6. It needs no_new_privs, or CAP_SYS_ADMIN.

    Args:
        read: what may be read and executed, with all that is below it.
        write: what may also be changed, with all that is below it.

    Raises OSError: ENOSYS EOPNOTSUPP; there is no Landlock. ENOENT; no such file. See
    landlock_restrict_self(2).
    """
    known = version()
    rights = _rights(known)
    # The fields of struct landlock_ruleset_attr; a kernel knows the first ones of them.
    scopes = _SCOPES if known >= _FIRST_VERSION_OF_SCOPES else 0
    described = struct.pack("QQQ", rights, 0, scopes)[: 8 if not scopes else 24]
    rules = call("syscall", NUMBERS["landlock_create_ruleset"], described, len(described), 0)
    try:
        reading = _EXECUTE | _READ_FILE | _READ_DIR
        for paths, allowed in ((read, reading), (write, rights)):
            for path in paths:
                _allow(rules, path, allowed)
        call("syscall", NUMBERS["landlock_restrict_self"], rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not os.path.isdir(path):
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, descriptor)
        call("syscall", NUMBERS["landlock_add_rule"], rules, _RULE_PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)
