"""One line says the most about a process: its state, parent, group, session, terminal and age.

It is /proc/PID/stat, which everybody may read, and which one read gets whole.
"""

from __future__ import annotations

import os

from simpsh.process.proc_files import ProcDirectory, gone
from simpsh.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

STATE_WORDS: Mapping[str, str] = {
    "R": "running",
    "S": "asleep",
    "D": "asleep, not to be interrupted",
    "T": "stopped",
    "t": "stopped by its tracer",
    "Z": "zombie",
    "X": "dead",
    "x": "dead",
    "I": "idle",
    "K": "wakekill",
    "W": "waking",
    "P": "parked",
}
"""What the state letters of proc_pid_stat(5) mean."""

_PF_EXITING, _PF_KTHREAD = 0x4, 0x00200000


class ProcessStat(Record):
    """What /proc/PID/stat says, which anybody may read; see proc_pid_stat(5)."""

    pid: int
    comm: str
    """The program's name, at most 15 bytes, which may hold any character but NUL."""
    state: str
    """A letter: R S D T t Z X I."""
    ppid: int
    """The parent, or whoever adopted the process; 0 where it is outside our PID namespace."""
    pgid: int
    sid: int
    tty: int
    """The controlling terminal's device number; 0 without one."""
    tpgid: int
    """The foreground group of that terminal; -1 without one."""
    threads: int
    start_time: int
    """Clock ticks (usually 1/100 s) from boot to the process's birth. With the pid it tells a
    process from a stranger that was given its number, to within one tick."""
    is_kernel_thread: bool
    """Whether it is a thread of the kernel itself, without memory or descriptors of its own."""
    is_ending: bool
    """Whether it is in exit(2) or past it: its memory and descriptors are being given back."""
    exit_status: int
    """A zombie's status word, a stopped process's stop signal; 0 if we may not look."""

    @property
    def state_words(self) -> str:
        """The state in words, such as `asleep`."""
        return STATE_WORDS.get(self.state, f"state {self.state}")

    @property
    def tty_name(self) -> str:
        """The controlling terminal as /dev has it, such as `pts/3`; empty without one."""
        return terminal_name(self.tty)

    @property
    def is_foreground(self) -> bool:
        """Whether its group is its terminal's foreground group."""
        return self.tty != 0 and self.pgid == self.tpgid


def parse_stat(raw: bytes) -> ProcessStat:
    r"""Take the line of /proc/PID/stat apart; the name in it may hold spaces and parentheses.

    Raises:
        ValueError: this is no such line.

    >>> line = b"7 (a) b\nS (x) T 1 7 5 34816 7 " + b"0 " * 11 + b"1 0 99 " + b"0 " * 29 + b"19"
    >>> stat = parse_stat(line)
    >>> stat.comm, stat.state, stat.ppid, stat.pgid, stat.start_time, stat.tty_name
    ('a) b\nS (x', 'T', 1, 7, 99, 'pts/0')
    """
    begin, end = raw.index(b"("), raw.rindex(b")")
    fields = raw[end + 2 :].split()
    if len(fields) < 20:
        raise ValueError("a line of /proc/PID/stat has more fields")
    return ProcessStat(
        pid=int(raw[:begin]),
        comm=os.fsdecode(raw[begin + 1 : end]),
        state=fields[0].decode("ascii"),
        ppid=int(fields[1]),
        pgid=int(fields[2]),
        sid=int(fields[3]),
        tty=int(fields[4]) & 0xFFFFFFFF,
        tpgid=int(fields[5]),
        threads=int(fields[17]),
        start_time=int(fields[19]),
        is_kernel_thread=bool(int(fields[6]) & _PF_KTHREAD),
        is_ending=bool(int(fields[6]) & _PF_EXITING),
        exit_status=int(fields[49]) if len(fields) > 49 else 0,
    )


def stat_of(directory: ProcDirectory) -> ProcessStat:
    """Return what stat says; a file that is cut short means that the process is going."""
    raw = directory.read("stat")
    try:
        return parse_stat(raw)
    except ValueError:
        raise gone(directory.pid) from None


def stat(pid: int) -> ProcessStat:
    """Return the part of a snapshot that anybody may see, with one read.

    Raises:
        ProcessLookupError: ESRCH; there is no such process.
        PermissionError: EPERM; /proc hides it from us.

    See proc_pid_stat(5).
    """
    with ProcDirectory(pid) as directory:
        return stat_of(directory)


def terminal_name(device: int) -> str:
    """Return what /dev calls a terminal's device number.

    >>> terminal_name(136 << 8 | 3), terminal_name(4 << 8 | 1), terminal_name(0)
    ('pts/3', 'tty1', '')
    """
    major, minor = device >> 8 & 0xFFF, device & 0xFF | device >> 12 & 0xFFF00
    if device == 0:
        return ""
    if 136 <= major <= 143:
        return f"pts/{(major - 136) * 256 + minor}"
    if major == 4:
        return f"tty{minor}" if minor < 64 else f"ttyS{minor - 64}"
    return {(5, 1): "console"}.get((major, minor), f"device {major}:{minor}")
