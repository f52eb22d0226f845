"""Run a program with what a container's default seccomp profile refuses.

    python container_profile.py [--sys-ptrace] PROGRAM [ARGUMENT ...]

The profile is that of Docker for a container without capabilities that were added: a list of what
is refused, since what is asked here is which of these simpsh needs. Podman's and containerd's
differ in nothing that simpsh uses, in versions since 2022. With --sys-ptrace it is the profile of a
container with `--cap-add SYS_PTRACE`. It needs simpsh, for the numbers of system calls.
"""

from __future__ import annotations

import os
import struct
import sys

from simpsh.kernel.machine import seccomp
from simpsh.kernel.machine.syscall_table import NUMBERS

REFUSED = """
    acct add_key bpf chroot clock_adjtime clock_settime delete_module fanotify_init finit_module
    fsconfig fsmount fsopen fspick get_mempolicy init_module ioperm iopl kexec_file_load kexec_load
    keyctl lookup_dcookie mbind migrate_pages mount mount_setattr move_mount move_pages nfsservctl
    open_by_handle_at open_tree perf_event_open pivot_root quotactl quotactl_fd reboot request_key
    set_mempolicy sethostname setdomainname setns settimeofday swapoff swapon syslog umount2 unshare
    userfaultfd ustat vhangup
""".split()  # noqa: SIM905
"""They fail with EPERM. Some of them a capability would permit."""

WITH_SYS_PTRACE = ("kcmp", "pidfd_getfd", "process_madvise")
"""Permitted with --cap-add SYS_PTRACE. ptrace itself is permitted without it."""

NAMESPACES = 0x7E020000
"""The flags of clone(2) that make namespaces. clone3(2), whose flags no filter sees, has ENOSYS."""

PERSONALITIES = (0, 8, 0x20000, 0x20008, 0xFFFFFFFF)
"""What personality(2) may be told; not ADDR_NO_RANDOMIZE."""

_LOAD, _EQUAL, _SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_FIRST_ARGUMENT = 16
_ALLOW, _EPERM, _ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026


def profile(*, has_sys_ptrace: bool) -> bytes:
    """Return the filter, assembled, for programs of this machine's own architecture."""
    refused = [*REFUSED, *(() if has_sys_ptrace else WITH_SYS_PTRACE)]
    code = [(_LOAD, 0, 0, 0)]
    for name in refused:
        if name in NUMBERS:
            code += [(_EQUAL, 0, 1, NUMBERS[name]), (_RETURN, 0, 0, _EPERM)]
    code += [(_EQUAL, 0, 1, NUMBERS["clone3"]), (_RETURN, 0, 0, _ENOSYS)]
    code += [(_EQUAL, 0, 4, NUMBERS["clone"]), (_LOAD, 0, 0, _FIRST_ARGUMENT)]
    code += [(_SET, 0, 1, NAMESPACES), (_RETURN, 0, 0, _EPERM), (_RETURN, 0, 0, _ALLOW)]
    count = len(PERSONALITIES)
    code += [(_EQUAL, 0, count + 2, NUMBERS["personality"]), (_LOAD, 0, 0, _FIRST_ARGUMENT)]
    code += [(_EQUAL, count - place, 0, value) for place, value in enumerate(PERSONALITIES)]
    code += [(_RETURN, 0, 0, _EPERM), (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code)


if __name__ == "__main__":
    words = sys.argv[1:]
    has_sys_ptrace = words[0] == "--sys-ptrace"
    seccomp.install(profile(has_sys_ptrace=has_sys_ptrace))
    command = words[has_sys_ptrace:]
    os.execvp(command[0], command)
