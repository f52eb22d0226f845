"""A sleeping process sleeps in a system call; the call's name says half of what it waits for.

The numbers are those of the kernel's <asm/unistd.h>; see syscalls(2) and proc_pid_syscall(5).
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from simpsh.process.looking import SystemCall
    from simpsh.process.proc_files import ProcDirectory

# Name, number on x86_64, number on aarch64; -1 where there is no such call. aarch64 is untested.
_TABLE = """
read 0 63|readv 19 65|pread64 17 67|preadv 295 69|preadv2 327 286
write 1 64|writev 20 66|pwrite64 18 68|pwritev 296 70|pwritev2 328 287
recvfrom 45 207|recvmsg 47 212|recvmmsg 299 243|sendto 44 206|sendmsg 46 211|sendmmsg 307 269
sendfile 40 71|splice 275 76|tee 276 77|vmsplice 278 75|copy_file_range 326 285
accept 43 202|accept4 288 242|connect 42 203
open 2 -1|openat 257 56|openat2 437 437|creat 85 -1
wait4 61 260|waitid 247 95|vfork 58 -1|clone 56 220|clone3 435 435|execve 59 221
poll 7 -1|ppoll 271 73|select 23 -1|pselect6 270 72
epoll_wait 232 -1|epoll_pwait 281 22|epoll_pwait2 441 441|io_uring_enter 426 426
nanosleep 35 101|clock_nanosleep 230 115|restart_syscall 219 128
futex 202 98|futex_waitv 449 449|futex_wait 455 455
pause 34 -1|rt_sigsuspend 130 133|rt_sigtimedwait 128 137
flock 73 32|fcntl 72 25|ioctl 16 29
semop 65 193|semtimedop 220 192|msgrcv 70 188|msgsnd 69 189
mq_timedreceive 243 183|mq_timedsend 242 182
fsync 74 82|fdatasync 75 83|sync 162 81|close 3 57|exit_group 231 94
"""

_MACHINES = {"x86_64": 1, "aarch64": 2}


def _numbered(machine: str) -> dict[int, str]:
    column = _MACHINES.get(machine)
    if column is None:
        return {}
    entries = (entry.split() for line in _TABLE.split("\n") for entry in line.split("|") if entry)
    return {int(entry[column]): entry[0] for entry in entries if entry[column] != "-1"}


NAMES: Mapping[int, str] = _numbered(os.uname().machine)
"""The calls of this machine that may block, by number; empty if the machine is not known."""

# Where the call was restarted after a signal, or cannot be seen, the kernel function tells.
_BY_WCHAN = {
    "hrtimer_nanosleep": "clock_nanosleep",
    "do_nanosleep": "clock_nanosleep",
    "futex_wait_queue": "futex",
    "futex_wait_queue_me": "futex",
    "futex_do_wait": "futex",
    "do_wait": "wait4",
    "poll_schedule_timeout": "poll",
    "do_sys_poll": "poll",
    "ep_poll": "epoll_wait",
    "sigsuspend": "rt_sigsuspend",
    "do_sigtimedwait": "rt_sigtimedwait",
}


def call_name(directory: ProcDirectory, call: SystemCall, wchan: str) -> str:
    """Return the name of the call that a process sleeps in, as section 2 of the manual has it.

    Returns:
        The name; empty if it sleeps in no call, or in one that is not in the table.
    """
    if call.number < 0 or not _is_native(directory):
        return _BY_WCHAN.get(wchan.partition(".")[0], "")
    name = NAMES.get(call.number, "")
    if name == "restart_syscall":
        return _BY_WCHAN.get(wchan.partition(".")[0], name)
    return name


def arguments_are_known(directory: ProcDirectory, call: SystemCall) -> bool:
    """Tell whether the registers hold the call's arguments: not so after a restart."""
    known = NAMES.get(call.number, "restart_syscall")
    return known != "restart_syscall" and _is_native(directory)


def _is_native(directory: ProcDirectory) -> bool:
    # A 32-bit program has other numbers: its ELF header says so in the fifth byte.
    try:
        header = directory.read("exe", 5)
    except (ProcessLookupError, PermissionError):
        return True
    return header[:4] != b"\x7fELF" or header[4:5] == b"\x02"
