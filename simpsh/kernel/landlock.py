"""Landlock restricts a process and its future children, without privilege.

The rules are a second barrier after namespaces and seccomp: they also apply to outside files,
sockets and processes that a process reaches by another name. See landlock(7).
"""

from __future__ import annotations

import errno
import os
import stat
import struct

from simpsh.kernel.c_library import call
from simpsh.kernel.call_observer import observable
from simpsh.kernel.machine.syscall_table import NUMBERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_VERSION = 1
_MISSING = (errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.EACCES)
"""The kernel's answers, and those of a container's filter."""
_RULE_PATH_BENEATH = 1
_SCOPES = 3
"""Abstract UNIX sockets, and signals."""

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_IOCTL_DEVICE = 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14 | _IOCTL_DEVICE
"""The rights that apply to files rather than directories; 1 << 14 is truncate(2)."""
_FIRST_VERSION_OF_SCOPES = 6


def version() -> int:
    """Return the version of this kernel's Landlock; 0 if it is missing, disabled or too old.

    Version 1 is too old: it forbids renaming between directories.
    """
    try:
        number = call("syscall", NUMBERS["landlock_create_ruleset"], None, 0, _VERSION)
    except KeyError:
        return 0
    except OSError as error:
        if error.errno not in _MISSING:
            raise
        return 0
    return number if number > 1 else 0


@observable("landlock_restrict_self")
def restrict_self(
    read: Iterable[str], write: Iterable[str], execute: Iterable[str] | None = None
) -> None:
    """Restrict this process and its future children to files and directories, permanently.

    Files below `read` may be read, and those below `write` also changed. Files below `execute` may
    be read and executed, as the loader of a program needs, too, and each directory may be listed.
    Without it, all that may be read may be executed. Since version 6 a restricted process can
    signal only processes restricted with it. Needs no_new_privs or CAP_SYS_ADMIN. See
    landlock_restrict_self(2).
    """
    number = version()
    if not number:
        raise OSError(errno.EOPNOTSUPP, "this kernel has no Landlock")
    # Version 3 added truncate(2), 5 ioctl(2).
    rights = (1 << (14 + (number >= 3))) - 1 | (_IOCTL_DEVICE if number >= 5 else 0)
    # The fields of struct landlock_ruleset_attr; older kernels have only the first ones.
    scopes = _SCOPES if number >= _FIRST_VERSION_OF_SCOPES else 0
    attributes = struct.pack("QQQ", rights, 0, scopes)[: 8 if not scopes else 24]
    rules = call("syscall", NUMBERS["landlock_create_ruleset"], attributes, len(attributes), 0)
    try:
        running = _EXECUTE if execute is None else 0
        for paths, allowed in (
            (() if execute is None else ("/",), _READ_DIR),
            (read, _READ_FILE | _READ_DIR | running),
            (write, rights & ~_EXECUTE | running),
            (execute or (), _READ_FILE | _EXECUTE),
        ):
            for path in paths:
                _allow(rules, path, allowed)
        call("syscall", NUMBERS["landlock_restrict_self"], rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, descriptor)
        call("syscall", NUMBERS["landlock_add_rule"], rules, _RULE_PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)
