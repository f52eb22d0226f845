"""The interface of operations to their process, held at a system call, and to the run.

Operations touch no process. A `Stop` gives them access to the arguments of the call, the memory and
descriptors of the process, and the knowledge about the program. HeldCall in simpsh.explore.control
implements it with ptrace(2) and proc(5).
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Literal, Protocol, TypeVar

from simpsh.base.errors import UsageProblem
from simpsh.base.record import Record
from simpsh.base.signal_names import SIGCHLD
from simpsh.explore import flags
from simpsh.explore.flags import Flag
from simpsh.explore.objects.name_words import PLAIN, path_words
from simpsh.explore.objects.process_state import (
    Life,
    MemoryRegion,
    OpenFiles,
    Origin,
    Result,
    SignalState,
)
from simpsh.explore.objects.symbolic_names import (
    File,
    Foreign,
    Name,
    Outsider,
    OwnFile,
    Region,
    Side,
    Stored,
    sides,
)

Watched = TypeVar("Watched")
_SECOND = 1_000_000_000
_AT_FDCWD = -100


class Conditions(Record):
    """Changed conditions for repeating a schedule, to see whether its outcome depends on them."""

    moves_addresses: bool = False
    """Whether programs get different addresses."""
    turns: int = 0
    """Which of two or three answers each fact gets on which nothing should depend."""
    moves_pids: int = 0
    """How far the pids are from the usual ones, and in the opposite order; 0 for the usual ones."""
    changes_adopter: bool = False
    """Whether the explorer itself adopts orphans."""
    moves_clock: int = 0
    """How much later the clock is when the program begins, in units of about a day."""
    clock_step: int = 0
    """How many extra nanoseconds pass between two readings of the clock."""
    draw: int = 0
    """The number of the random sequence that programs get, from exec too; 0 for the usual one."""


_FLAGS_OF_STAT, _AT_EMPTY_PATH = {"stat": 0, "lstat": 0, "newfstatat": 3, "statx": 2}, 0x1000
"""The calls that return the facts of a file by its path, and the index of their flags, or 0."""


class Process(Protocol):
    """The members of HeldProcess that operations use."""

    pid: int
    name: str
    status: int | None
    signals: SignalState
    files: OpenFiles
    life: Life
    regions: dict[int, MemoryRegion]
    prediction: object
    due: int
    clock_shown: int

    def count(self, name: str, most: int | None = None) -> int: ...
    def forget(self, name: str) -> None: ...
    def share(self, region: MemoryRegion) -> None: ...
    def unshare(self, address: int) -> MemoryRegion | None: ...
    def give(self, result: Result) -> None: ...
    def take(self, *signals: int | Origin) -> None: ...
    def read_clock(self, time: int) -> None: ...
    def begin_end(self, signal: int = 0) -> None: ...
    def begin_detour(self, call: str, args: tuple[int, int, int]) -> None: ...


class Known(Protocol):
    """The members of Knowledge that operations use."""

    assumed: set[str]
    independent_of: set[str]
    notes: Counter[str]
    flags: Counter[Flag]
    must_restart: bool
    signals_matter: bool
    origins_matter: bool
    has_groups: bool
    timers_matter: bool
    shares_memory: bool
    asks_as_orphan: bool
    adopter: int
    kills_by_sigchld: bool
    is_timed: bool
    conditions: Conditions
    sent: set[int]
    aimed: dict[str, set[int]]
    shared: set[Name]
    offsets: set[Name]
    users_of_offsets: dict[Name, set[str]]
    locked: set[Name]
    renamed: set[Name]
    links: set[Name]
    fifos: set[Name]
    executed: set[Name]
    opened_to_write: set[Name]
    plain: dict[str, File]

    @property
    def clock_matters(self) -> bool: ...
    @property
    def clock_start(self) -> int: ...
    @property
    def files_matter(self) -> bool: ...
    def is_plain(self, file: File) -> bool: ...
    def turn(self, count: int = 2) -> int: ...
    def watch(self, watched: set[Watched], member: Watched) -> None: ...
    def need(self, fact: str) -> None: ...


class Run(Protocol):
    """The members of RunState that operations use."""

    now: int
    clock_reads: int
    alarms: dict[str, int]
    devices: dict[int, int]
    inodes: dict[tuple[int, int], tuple[int, Stored]]
    places_of_pids: set[tuple[Region, int]]
    left_late: set[Name]
    touched: Counter[Name]

    @property
    def processes(self) -> Mapping[str, Process]: ...
    @property
    def is_alone(self) -> bool: ...
    @property
    def is_renewed(self) -> bool: ...
    def wait_until(self, moment: int) -> None: ...
    def rests_read(self, most: int) -> bool: ...
    def wrote(self, data: bytes, *, is_report: bool) -> None: ...
    def note_time(self, *, reads: bool = False, passes: bool = False) -> None: ...


class Names(Protocol):
    """The members of SymbolicNames that operations use."""

    def real(self, name: Name) -> str: ...
    def follow(self, name: File) -> File: ...
    def has_several_names(self, name: Name) -> bool: ...
    def note_plain(self, *names: File) -> None: ...
    def fixed(self, data: bytes) -> bytes: ...
    def output_text(self, data: bytes) -> bytes: ...


class Workplace(Protocol):
    """The members of Workspace and PrivateWorkplace that operations use."""

    made: float
    device: int

    @property
    def is_private(self) -> bool: ...
    def forbids(self, path: str) -> bool: ...
    def links_of(self, directory: str, links: int) -> int: ...
    def mount_flags(self, path: str) -> int: ...
    def is_as_outside(self, path: str) -> bool: ...
    def hides_owner(self, path: str) -> bool: ...
    def differs(self, path: str) -> Iterator[Flag]: ...
    def lacks(self, directory: str) -> Iterator[Flag]: ...
    def is_of_outside(self, path: str) -> bool: ...
    def refuses(self, call: str, *paths: str) -> Iterator[Flag]: ...


class Stop(Protocol):
    """A process that is held at a call, or whose call has just returned."""

    process: Process
    known: Known
    run: Run
    names: Names
    workplace: Workplace
    call: str
    """The name of the call."""
    args: tuple[int, ...]
    """The values of the six argument registers."""
    has_short_times: bool
    """Whether the call's timespec has two 32-bit words."""

    # ---------------------------------------------------------------------- its memory

    def number(self, index: int) -> int:
        """Return an argument that is a C int."""
        return (self.args[index] & 0xFFFFFFFF ^ 0x80000000) - 0x80000000

    def read(self, address: int, count: int) -> bytes:
        """Return `count` bytes of memory; fewer if not all of them can be read."""

    def text(self, address: int) -> str:
        """Return the string at an address."""

    def write(self, address: int, data: bytes) -> None:
        """Write to memory. Raises OSError: the address is invalid."""

    @property
    def _timespec(self) -> struct.Struct:
        return struct.Struct("ii" if self.has_short_times else "qq")

    def time_at(self, address: int, unit: int = 1) -> int | None:
        """Return a timespec in nanoseconds; None if the timespec is invalid.

        `unit` is the number of nanoseconds in a unit of the second member: 1000 in a timeval.
        """
        data = self.read(address, self._timespec.size)
        if len(data) < self._timespec.size:
            return None
        seconds, fraction = self._timespec.unpack(data)
        if seconds < 0 or not 0 <= fraction * unit < _SECOND:
            return None
        return int(seconds * _SECOND + fraction * unit)

    def time_left(self, address: int, *, is_relative: bool = True, unit: int = 1) -> int:
        """Return the timeout in a call's timespec in nanoseconds; 0 if the timespec is invalid."""
        time = self.time_at(address, unit)
        if time is None:
            return 0
        return max(0, time if is_relative else time - self.process.clock_shown)

    def write_time(self, address: int, nanoseconds: int) -> None:
        """Store a timespec, unless the address is invalid."""
        with suppress(OSError):
            self.write(address, self._timespec.pack(*divmod(nanoseconds, _SECOND)))

    # ------------------------------------------------------------- what the call will do

    def skip(self, result: int) -> None:
        """Let the call return `result`; the kernel does not make the call."""

    def show_result(self, result: int) -> None:
        """Let a call that has just returned show another result."""

    def answer(
        self, address: int, data: bytes, result: int, *, otherwise: int | None = None
    ) -> None:
        """Store data, and skip the call.

        If the address is invalid, the call returns `otherwise`; if `otherwise` is None, the kernel
        makes the call and finds the same fault.
        """
        try:
            if data:
                self.write(address, data)
        except OSError:
            if otherwise is not None:
                self.skip(otherwise)
            return
        self.skip(result)

    def replace(self, call: str, args: tuple[int, ...]) -> tuple[int, ...]:
        """Replace this call with another call; return the registers before the change."""

    def restore_arguments(self, before: Sequence[int]) -> None:
        """Restore the arguments of a call that was replaced."""

    def replace_vfork(self) -> None:
        """Make vfork without the kernel's wait; see HeldCall."""

    def begin_end(self, signal: int = 0) -> None:
        """Begin the end of the process, by exit or `signal`; it closes its descriptors first."""

    def show_outside(self, pid: int) -> Outsider:
        """Let the call return `pid`, which belongs to a process outside the run."""

    # ----------------------------------------------------------------------- descriptors

    def object_of(self, descriptor: int, end: Side | Literal[""] = "") -> Name | None:
        """Return the name of a descriptor's object; None if it is not open.

        For a socket, `r` or `w` selects the pipe that it reads from or writes to.
        """

    def target_of(self, link: str) -> str:
        """Return the target of a link in the process's /proc directory, such as `fd/3`."""

    def is_removed(self, descriptor: int) -> bool:
        """Return whether the name of a descriptor's file was removed."""

    @property
    def working_directory(self) -> File:
        """The process's working directory."""

    def fdinfo(self, descriptor: int) -> Mapping[str, str]:
        """Return the fdinfo of a descriptor in /proc; empty if it is not open."""

    def open_flags(self, descriptor: int) -> int:
        """Return the open(2) flags of a descriptor; 0 if it is not open."""
        return int(self.fdinfo(descriptor).get("flags", "0"), 8)

    def ends_of(self, descriptor: int) -> tuple[Side, ...]:
        """Return which ends of a pipe a descriptor refers to."""
        return sides(self.open_flags(descriptor))

    def open_numbers(self) -> Iterable[int]:
        """Return the open descriptors."""

    def look_at_ends(self) -> None:
        """Find the ends that the process has open, if they may have changed."""

    def add_pipe(self, descriptor: int, other: int | None = None) -> None:
        """Name a pipe or a pair of sockets that was just made."""

    def take_input(self, name: Name | None) -> None:
        """Record or connect the standard input before its first read."""

    # ----------------------------------------------------------------------------- files

    def path(self, address: int, directory: int = _AT_FDCWD) -> Name:
        """Return the name of the file with the path at an address, relative to a directory.

        If that directory is a descriptor of something else, return its name.
        """

    def kind(self, name: Name | None) -> int:
        """Return the st_mode of a file, as stat(2) reports it; 0 if the file does not exist."""
        if not isinstance(name, File):
            return 0
        try:
            return os.stat(self.names.real(name)).st_mode
        except OSError:
            return 0

    def is_directory(self, name: Stored) -> bool:
        return stat.S_ISDIR(self.kind(name))

    def is_shared(self, name: Name) -> bool:
        """Return whether other processes can notice uses of a file.

        The program changes the file, or its processes share an offset in it.
        """
        is_used = name in self.known.shared or name in self.known.offsets
        return is_used and not self.run.is_alone

    def changes(self, name: Stored | Foreign) -> bool:
        """Record a change of a file or directory; return whether the change is visible."""
        if isinstance(name, Stored) and name.is_device:
            return False
        if isinstance(name, OwnFile) and not self.run.is_renewed:
            changed = "it" if name == OwnFile(".") else path_words(name.path)
            raise UsageProblem(
                f"{self.original} is too large to be copied for each run, or "
                "holds what may not be read, and "
                f"the program changes {changed} there; name another directory with --dir"
            )
        if not self.may_change(name):
            return False
        self.run.touched[name] += 1
        if not isinstance(name, OwnFile):
            self.known.plain.clear()
        if self.run.is_alone:
            return False
        if self.names.has_several_names(name):
            self.not_examined("hard links")
        self.known.watch(self.known.shared, name)
        return True

    def may_change(self, name: Stored | Foreign) -> bool:
        """Return whether the run may change a file; otherwise the call fails."""
        real = self.names.real(name)
        for flag in self.workplace.refuses(self.call, real):
            self.flag(flag)
        if self.workplace.is_private or isinstance(name, OwnFile):
            return True
        if isinstance(name, Stored) and name.is_device and not self.workplace.forbids(real):
            return True
        self.flag(flags.REFUSED.of(PLAIN.object(name)))
        if isinstance(name, Stored):
            self.skip(-errno.EROFS)
        return False

    def is_of_outside(self, name: Stored) -> bool:
        """Return whether a file's locks, or a FIFO, are those of the outside; then refuse the call.

        They are if a private world can only show the file read-only.
        """
        if not self.workplace.is_of_outside(self.names.real(name)):
            return False
        self.flag(flags.REFUSED.of(PLAIN.object(name)))
        self.skip(-errno.EPERM)
        return True

    def has_shared_offset(self, name: Name) -> bool:
        """Return whether reading a file may move an offset that other processes use, too."""
        if name not in self.process.files.shared:
            return False
        users = self.known.users_of_offsets.setdefault(name, set())
        users.add(self.process.name)
        if len(users) > 1:
            self.known.watch(self.known.offsets, name)
        return len(users) > 1

    def shared_directory(self, name: Stored) -> File | None:
        """Return a file's directory if the program changes the directory; else None."""
        directory = name.directory if isinstance(name, File) else None
        return directory if directory in self.known.shared else None

    def note_removed(self) -> None:
        """Record the open files that the process has just removed."""

    def is_as_outside(self, name: Stored) -> bool:
        """Return whether a file is unchanged since before the run."""
        return self.workplace.is_as_outside(self.names.real(name))

    def hides_owner(self, name: Stored) -> bool:
        """Return whether the run sees a different owner of a file than processes outside do."""
        return self.workplace.hides_owner(self.names.real(name))

    def inode_left(self, device: int) -> tuple[int, int] | None:
        """Return the device and inode of a file that the run has seen, and that is gone."""

    def varies(self, name: Stored) -> bool:
        """Return whether stat(2) of a file returns values that a run may vary."""
        is_known = isinstance(name, OwnFile) or self.is_directory(name) or self.hides_owner(name)
        return is_known or self.shows_device

    @property
    def shows_device(self) -> bool:
        """Whether the call names a file and returns its device, which a private world changes.

        Interpreters look at many files, and only compare these numbers.
        """
        at = _FLAGS_OF_STAT.get(self.call)
        is_named = at is not None and not (at and self.args[at] & _AT_EMPTY_PATH)
        return is_named and self.workplace.is_private and not self.is_interpreter

    @property
    def is_mighty(self) -> bool:
        """Whether the process runs as root, with fewer rights than root has outside."""
        return self.workplace.is_private and os.geteuid() == 0

    @property
    def original(self) -> str:
        """The path of the program's directory outside the run."""

    @property
    def umask(self) -> int:
        """The process's umask."""

    # ------------------------------------------------------------------- other processes

    def process_with(self, pid: int) -> Process | None:
        """Return the run's process with this pid; None if there is none."""

    def exists(self, pid: int) -> bool:
        return os.path.exists(f"/proc/{pid}")

    def is_gone(self, name: str) -> bool:
        """Return whether a process of the run has been reaped."""

    @property
    def has_children(self) -> bool:
        """Whether the process has unreaped children; see RunState.has_children()."""

    @property
    def has_others(self) -> bool:
        """Whether several processes of the run are alive."""
        return sum(process.status is None for process in self.run.processes.values()) > 1

    @property
    def is_in_front(self) -> bool:
        """Whether the process is in the program's first group, the terminal's foreground group."""

    @property
    def adopter(self) -> int:
        """The pid of the process that adopts orphans outside the exploration."""

    @property
    def processors(self) -> set[int]:
        """The processors that the program may use outside; empty after it changes its affinity."""

    # --------------------------------------------------------------------------- signals

    @property
    def signal_mask(self) -> int:
        """The blocked signals, as bits."""

    def origin_of(self, signal: int) -> Origin:
        """Return the origin of a pending signal."""

    def handlers_that_may_run(self) -> frozenset[int]:
        """Return the signals whose handlers may run asynchronously."""

    def need_signals(self, *sent: int) -> None:
        """From the next run on, make operations visible if signals can affect them."""
        self.known.need("signals_matter")
        for signal in sent:
            self.known.watch(self.known.sent, signal)

    def need_kill(self, signal: int, target: str = "") -> None:
        """From the next run on, make operations visible if `signal` to `target` can affect them."""
        self.need_signals(signal)
        self.known.watch(self.known.aimed.setdefault(target, set()), signal)
        if signal == SIGCHLD:
            self.known.need("kills_by_sigchld")

    # ----------------------------------------------------------------------------- flags

    def flag(self, flag: Flag) -> None:
        """Add a flag against COMPLETE, with the place of the call."""

    def cut_off(self, flag: Flag) -> None:
        """End the run for the reason in a flag."""

    def flag_call(self, flag: Flag) -> None:
        """Flag the call, unless the interpreter itself or a report on the machine makes it."""
        if not self._is_exempt(flag):
            self.flag(flag)

    def _is_exempt(self, flag: Flag) -> bool:
        is_for_report = self.report and flag.is_a(flags.NOT_EXAMINED)
        return bool(is_for_report) or self.is_of_start_up(flag)

    @property
    def is_interpreter(self) -> bool:
        """Whether the process executes a shell or another interpreter."""

    @property
    def is_of_system(self) -> bool:
        """Whether the process executes an interpreter, or a program of the system."""

    @property
    def report(self) -> str:
        """The program's name if the program only reports on the machine, like `ps`; else empty."""

    def not_examined(self, words: str) -> None:
        """End the run at a call of the table, unless the interpreter or a report makes it."""
        flag = flags.NOT_EXAMINED.of(words)
        if not self._is_exempt(flag):
            self.cut_off(flag)

    def is_of_start_up(self, flag: Flag) -> bool:
        """Return whether a call that would be flagged belongs to the interpreter itself."""

    @property
    def is_of_selinux(self) -> bool:
        """Whether the program uses libselinux, which reads what is mounted when it starts."""

    @property
    def mode_outside(self) -> int:
        """The seccomp mode of a process outside; see PR_GET_SECCOMP in prctl(2)."""

    @property
    def personality_outside(self) -> int:
        """The personality(2) of a process outside."""

    @property
    def can_follow_memory(self) -> bool:
        """Whether the explorer can decode this machine's instructions."""

    def is_of_c_library(self, address: int) -> bool:
        """Return whether an address is in the memory of the C library."""
