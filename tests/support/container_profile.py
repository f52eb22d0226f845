"""Run a program that is refused system calls, as in some containers.

    python container_profile.py CALLS PROGRAM [ARGUMENT ...]

CALLS is like `clone3,kcmp=ENOSYS,docker`; without its own error a call fails with EPERM.
"""

import errno
import os
import sys

from simpsh.kernel.machine import seccomp
from simpsh.kernel.machine.syscall_table import NUMBERS

_SYS_PTRACE = "clone3=ENOSYS,mount,mount_setattr,personality,setns,umount2,unshare,userfaultfd"
_DOCKER = f"{_SYS_PTRACE},kcmp,pidfd_getfd"
PROFILES = {
    "docker": _DOCKER,
    "docker-sys-ptrace": _SYS_PTRACE,
    "docker-19.03": (
        f"clone3,{_DOCKER},close_range,faccessat2,openat2,pidfd_open,pidfd_send_signal,"
        "process_vm_readv,process_vm_writev"
    ),
    "podman": (
        "kcmp,membarrier,mount_setattr=ENOSYS,personality=ENOSYS,process_vm_readv,"
        "process_vm_writev,ptrace,setns,userfaultfd,vmsplice"
    ),
    "gvisor": (
        "copy_file_range=ENOSYS,kcmp,mount_setattr=ENOSYS,process_madvise=ENOSYS,"
        "userfaultfd=ENOSYS,vmsplice=ENOSYS"
    ),
    "linux-5.3": "close_range=ENOSYS,faccessat2=ENOSYS,openat2=ENOSYS,pidfd_getfd=ENOSYS",
}
"""Calls that matter here and that known containers refuse, or that a kernel lacks.

The profiles are Docker's (today's, with and without `--cap-add SYS_PTRACE`, and that of 2019) and
podman's. The kernels are gVisor's own and Linux 5.3.
"""


def refuse(calls: str) -> None:
    """Refuse these calls to this process and its children; a call's first error counts."""
    errors: dict[str, str] = {}
    for word in ",".join(PROFILES.get(part, part) for part in calls.split(",")).split(","):
        name, _, error = word.partition("=")
        assert name in NUMBERS, name
        errors.setdefault(name, error or "EPERM")
    for error in {*errors.values()}:
        names = [name for name in errors if errors[name] == error]
        seccomp.install(seccomp.refusing(names, getattr(errno, error)))


if __name__ == "__main__":
    refuse(sys.argv[1])
    os.execvp(sys.argv[2], sys.argv[2:])
