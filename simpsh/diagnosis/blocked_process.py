"""One sleeping process under examination: its system call, and the call's arguments.

The kernel function that the process sleeps in (wchan) must fit the call. A seccomp supervisor may
hold a call before it begins, or a page fault may block in the middle of it; then the call's name
says nothing about the wait. See syscalls(2), proc_pid_syscall(5), proc_pid_wchan(5).
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable

from simpsh.diagnosis.finding import Finding
from simpsh.kernel.machine.syscall_table import NAMES, SHORT_TIMES, library_name
from simpsh.process.open_files import Descriptor, descriptor, descriptors, fdinfo_lines
from simpsh.process.proc import ProcDirectory, process_of
from simpsh.process.process_snapshot import ProcessSnapshot

_OWN_CLASS = b"\x01" if sys.maxsize < 1 << 32 else b"\x02"
"""The fifth byte of this machine's ELF files; see elf(5), ELFCLASS32 and ELFCLASS64."""
_LONGEST_STRING = 4096
_AT_FDCWD = -100


class BlockedProcess:
    """A process, the call that it sleeps in, and ways to look at the call's arguments."""

    def __init__(self, directory: ProcDirectory, seen: ProcessSnapshot) -> None:
        """Examine a process from its snapshot."""
        self.directory = directory
        self.seen = seen
        self.pid = seen.pid
        """The process or the thread that was asked about."""
        self.hides_call = "system_call" in seen.not_permitted
        """Whether we may not see the process's call and memory."""
        by_function = _CALLS.get(seen.wchan.partition(".")[0], "")
        self.call: str = by_function if self.hides_call else ""
        """The name of its call in section 2 of the manual; empty if it is in no known call."""
        self.arguments: tuple[int, ...] = ()
        """The call's arguments that are known."""
        self.waits_of: Callable[[int], tuple[Finding, ...]] = lambda _process: ()
        """The waits of another process's threads; empty if they may not be examined here."""
        self._time_format = "qq"
        """The struct format of a struct timespec."""
        call = seen.system_call
        if call is None:
            return
        if call.number < 0 or self._has_other_numbers():
            self.call = by_function
        elif (name := NAMES.get(call.number, "")) == "restart_syscall":
            # This call restarts only sleeps, polls and futexes; of these, only a sleep may show
            # nothing but entry code as the kernel function.
            is_sleep = tells_nothing(seen.wchan) and seen.wchan
            self.call = by_function or ("clock_nanosleep" if is_sleep else name)
            # The registers belong to the original call. A sleep is one of two calls:
            # clock_nanosleep has a small number (the clock) as first argument, nanosleep has an
            # address.
            if self.call == "clock_nanosleep" and call.arguments[0] >= _LOWEST_ADDRESS:
                self.call = "nanosleep"
            if self.call in ("poll", "futex", "clock_nanosleep", "nanosleep"):
                self.arguments = call.arguments
            if SHORT_TIMES and "nanosleep" in self.call:
                self._time_format = "ii"
        else:
            if call.number in SHORT_TIMES:
                self._time_format = "ii"
            self.call = library_name(name, call.arguments)
            self.arguments = call.arguments if name else ()

    def _has_other_numbers(self) -> bool:
        """Return whether the program's ELF class, and so its call numbers, differ from ours."""
        try:
            header = self.directory.read("exe", 5)
        except (ProcessLookupError, PermissionError):
            return False
        return header[:4] == b"\x7fELF" and header[4:5] != _OWN_CLASS

    @property
    def process(self) -> int:
        """The process that this thread belongs to, and whose descriptor table it uses."""
        return process_of(self.pid)

    def argument(self, index: int) -> int | None:
        """Return an argument of the call as an unsigned number; None if it is not known."""
        return self.arguments[index] if index < len(self.arguments) else None

    def integer(self, index: int) -> int | None:
        """Return an argument that is a C int; None if it is not known."""
        value = self.argument(index)
        if value is None:
            return None
        low = value & 0xFFFFFFFF
        return low - (1 << 32) if low & 0x80000000 else low

    def descriptor(self, number: int | None) -> Descriptor | None:
        """Return a line of its descriptor table; None if it is not open or hidden."""
        if number is None or number < 0:
            return None
        try:
            return descriptor(self.directory, number)
        except (ProcessLookupError, PermissionError):
            return None

    def descriptors(self) -> tuple[Descriptor, ...]:
        """Return its descriptor table; empty if it is hidden."""
        try:
            return descriptors(self.process)
        except (ProcessLookupError, PermissionError):
            return ()

    def memory(self, address: int | None, count: int) -> bytes:
        """Return up to `count` bytes that an argument points to; empty if they cannot be read."""
        if not address or not count:
            return b""
        try:
            return self.directory.memory(address, count)
        except OSError:
            return b""

    def named_file(self, path: int, directory: int | None) -> tuple[str, os.stat_result | None]:
        """Return the path in a call and the file there, None if it cannot be found.

        `path` and `directory` are the indices of the arguments.
        """
        # The string may end just before an unmapped page: a longer read returns what is readable.
        raw = self.memory(self.argument(path), _LONGEST_STRING)
        name = os.fsdecode(raw.partition(b"\0")[0])
        # Relative to /proc/PID, through that process's root or directories.
        at = None if directory is None else self.integer(directory)
        start = "cwd" if at in (_AT_FDCWD, None) else f"fd/{at}"
        try:
            base = "root" if name.startswith("/") else start
            return name, self.directory.status_of(f"{base}/{name}") if name else None
        except OSError:
            return name, None

    def seconds(self, address: int | None, in_a_second: float = 1e9) -> float | None:
        """Return the time in the struct timespec that an argument points to; None for NULL.

        For a struct timeval, pass `in_a_second=1e6`.
        """
        size = struct.calcsize(self._time_format)
        raw = self.memory(address, size)
        if len(raw) < size:
            return None
        seconds, parts = struct.unpack(self._time_format, raw)
        return float(seconds + parts / in_a_second)

    def limit(self, index: int) -> float | None:
        """Return an argument in milliseconds as seconds; None for no limit."""
        milliseconds = self.integer(index)
        return None if milliseconds is None or milliseconds < 0 else milliseconds / 1000

    def fdinfo(self, number: int | None) -> list[tuple[str, str]]:
        """Return a descriptor's fdinfo as pairs of key and value; empty if it cannot be read."""
        try:
            return [] if number is None else fdinfo_lines(self.directory, number)
        except (ProcessLookupError, PermissionError):
            return []

    def process_of(self, pidfd: int) -> int | None:
        """Return the pid of a pidfd, -1 if the process is gone; None if fdinfo cannot be read."""
        return next((int(value) for key, value in self.fdinfo(pidfd) if key == "Pid"), None)


_LOWEST_ADDRESS = 65536

# The call for each kernel function, if the call was restarted after a signal or is hidden.
_CALLS = {
    "hrtimer_nanosleep": "clock_nanosleep",
    "hrtimer_nanosleep_restart": "clock_nanosleep",
    "do_nanosleep": "clock_nanosleep",
    "futex_wait_queue": "futex",
    "futex_wait_queue_me": "futex",
    "futex_do_wait": "futex",
    "do_wait": "wait4",
    "kernel_clone": "vfork",  # only vfork waits there
    "_do_fork": "vfork",
    "poll_schedule_timeout": "poll",
    "do_sys_poll": "poll",
    "do_select": "select",
    "ep_poll": "epoll_wait",
    "do_epoll_wait": "epoll_wait",
    "__do_sys_pause": "pause",
    "sigsuspend": "rt_sigsuspend",
    "do_sigtimedwait": "rt_sigtimedwait",
}

# Entry code of every call: the kernel did not find the function that sleeps.
_ENTRIES = (
    *("do_syscall", "entry_", "invoke_syscall", "el0", "do_el0", "syscall_", "do_trap_"),
    *("do_int80", "__do_int80", "do_fast_syscall", "__do_fast_syscall", "x64_sys_", "ia32_sys_"),
    *("__x64_sys_", "__ia32_sys_", "__arm64_sys_", "__riscv_sys_", "__se_sys_", "__do_sys_"),
)


def tells_nothing(wchan: str) -> bool:
    """Return whether the function is not known, or is only the entry code of every call."""
    return not wchan or wchan.startswith(_ENTRIES)


def fits_one(parts: tuple[str, ...], wchan: str) -> bool:
    """Return whether the function is not known, or has one of these parts in its name."""
    return tells_nothing(wchan) or any(part in wchan for part in parts)
