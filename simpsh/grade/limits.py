"""How much a submission may use, and that it may not use more."""

from __future__ import annotations

import os
import resource

from simpsh.kernel.limits import Limit, getrlimit, setrlimit
from simpsh.record import Record

_MEBI = 1 << 20
_JUDGE = 512  # MiB; a tracer remembers what it saw


class Limits(Record):
    """What one submission may use; each process has its own memory, time and files."""

    seconds: int = 120
    """How long all of it may take; and the most a process may compute."""
    memory: int = 1024
    """MiB of address space."""
    file_size: int = 64
    """MiB of one file; all files together may have four times that."""
    processes: int = 64
    """How many processes and threads there may be at a time."""

    @property
    def room(self) -> int:
        """MiB that the private /tmp has."""
        return 4 * self.file_size

    @property
    def together(self) -> int:
        """Bytes of memory that all processes, the judge's included, and the private /tmp have."""
        return (self.memory + self.room + _JUDGE) * _MEBI

    @property
    def words(self) -> str:
        """Say what the limits are, so that two of them can be compared."""
        return (
            f"{self.seconds} s, {self.memory} MiB, files of {self.file_size} MiB, "
            f"{self.processes} processes"
        )

    def hold(self, most: int = 0, already: int = 0) -> None:
        """Limit this process and its descendants, for good.

        Args:
            most: how many processes there may be; 0 for what is said here.
            already: how many others the system counts as this user's.

        Raises:
            OSError: a limit was not taken.
        """
        count = min(most or self.processes, self.processes) + already
        wanted = {
            resource.RLIMIT_CPU: self.seconds,
            resource.RLIMIT_AS: self.memory * _MEBI,
            resource.RLIMIT_FSIZE: self.file_size * _MEBI,
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_NPROC: count,
        }
        for number, value in wanted.items():
            hardest = getrlimit(number).hard
            value = value if hardest < 0 else min(value, hardest)
            setrlimit(number, Limit(value, value))
            if getrlimit(number) != Limit(value, value):
                raise OSError(0, "a limit of the submission was not taken")


def own_processes() -> int:
    """Return how many processes of this user the system counts."""
    count = 0
    for name in os.listdir("/proc"):
        try:
            count += name.isdigit() and os.stat(f"/proc/{name}").st_uid == os.getuid()
        except OSError:
            continue  # it has ended meanwhile
    return count
