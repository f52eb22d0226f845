"""The kernel shows every process as a directory of small files: /proc/PID; see proc_pid(5).

All reading and parsing of these files is here. Between two reads the process may end, its pid may
be reused, or a file may change its owner. `ProcDirectory` opens the directory first and reads
everything through it: it never reads another process's files, and distinguishes a process that is
gone (ProcessLookupError) from a hidden file (PermissionError). `contents` and the functions below
it are for a tracer that holds a process meanwhile: one open, one read, and an empty result if the
process is gone or the file hidden. They raise only if no descriptor is left.
"""

from __future__ import annotations

import errno
import os
import sys
import time

from simpsh.base.given_numbers import whole_number
from simpsh.base.phrases import STATE_WORDS
from simpsh.base.record import Record
from simpsh.base.signal_names import LAST, Signal
from simpsh.kernel.file_status import status_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeVar

    T = TypeVar("T")

_GONE = (errno.ENOENT, errno.ESRCH)
_HIDDEN = (errno.EACCES, errno.EPERM)
_FULL = (errno.EMFILE, errno.ENFILE)
PATH_TOO_LONG = "(a path longer than a page)"
"""The target of a link if the kernel cannot name it."""
_BLOCK = 65536
_LONGEST_STAT = 4096
_WORD_BYTES = 4 if sys.maxsize < 1 << 32 else 8
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class ProcDirectory:
    """An open /proc/PID: all reads through it are of the same process, or fail.

    Raises ProcessLookupError: there is no such process. PermissionError: /proc hides it.
    """

    __slots__ = ("_descriptor", "pid")

    def __init__(self, pid: int) -> None:
        self.pid = pid = process_number(pid)
        self._descriptor = -1
        if pid <= 0:
            raise gone(pid)
        try:
            self._descriptor = os.open(f"/proc/{pid}", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            # hidepid=2 hides other users' directories; signal 0 shows whether the process exists.
            if is_gone(pid):
                raise gone(pid) from None
            reason = f"not permitted to look into process {pid}: it is hidden"
            raise PermissionError(errno.EPERM, reason) from None

    def __enter__(self) -> ProcDirectory:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the directory's descriptor; see close(2)."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def is_own(self, number: int) -> bool:
        """Return whether this is the descriptor of this object, in our own descriptor table."""
        return number == self._descriptor and self.pid == os.getpid()

    def read(self, name: str, limit: int = 1 << 24) -> bytes:
        """Return the bytes of a file, at most `limit`; errors as for the directory."""
        return self._through(name, os.O_RDONLY, lambda opened: _read_all(opened, limit))

    def link(self, name: str) -> str:
        """Return where a symbolic link points; errors as for read()."""

        def target() -> str:
            try:
                return os.readlink(name, dir_fd=self._descriptor)
            except OSError as error:
                # The kernel writes a link's target into one page: a longer path cannot be read.
                if error.errno == errno.ENAMETOOLONG:
                    return PATH_TOO_LONG
                raise

        return self._explaining(target)

    def numbers(self, name: str) -> list[int]:
        """Return the entries of a directory of numbers (fd, task), sorted; errors as for read()."""
        return sorted(map(int, self._through(name, os.O_RDONLY | os.O_DIRECTORY, os.listdir)))

    def status_of(self, name: str) -> os.stat_result:
        """Return the stat(2) result of the file that a link leads to, without times.

        A file system of FUSE is not asked: its server may be stopped. Errors as for read().
        """
        return self._explaining(lambda: status_at(self._descriptor, name))

    def memory(self, address: int, count: int) -> bytes:
        """Return up to `count` bytes of the process's memory; EIO if nothing is mapped there."""
        return self._through("mem", os.O_RDONLY, lambda opened: os.pread(opened, count, address))

    def open(self, name: str) -> int:
        """Return a descriptor of a file, for reads at several offsets; errors as for read()."""
        flags = os.O_RDONLY | os.O_CLOEXEC
        return self._explaining(lambda: os.open(name, flags, dir_fd=self._descriptor))

    def _through(self, name: str, flags: int, look: Callable[[int], T]) -> T:
        return self._explaining(lambda: _read_with(name, look, flags, self._descriptor))

    def _explaining(self, look: Callable[[], T]) -> T:
        try:
            return look()
        except OSError as error:
            if error.errno in _GONE:
                raise gone(self.pid) from None
            if error.errno in _HIDDEN:
                reason = f"not permitted to look into process {self.pid}"
                raise PermissionError(error.errno, reason) from None
            raise


def process_number(pid: object) -> int:
    """Return the pid as an int; raise TypeError with its value if it is not an integer."""
    return whole_number(pid, "a process is named by its pid, a whole number")


def gone(pid: int) -> ProcessLookupError:
    """Return the error for a process `pid` that does not exist."""
    return ProcessLookupError(errno.ESRCH, f"there is no process {pid}")


def _read_with(
    path: str, look: Callable[[int], T], flags: int = os.O_RDONLY, directory: int | None = None
) -> T:
    """Return the result of `look` with a descriptor of a file: twice as fast as a file object."""
    descriptor = os.open(path, flags | os.O_CLOEXEC, dir_fd=directory)
    try:
        return look(descriptor)
    finally:
        os.close(descriptor)


def _read_all(descriptor: int, limit: int = 1 << 24) -> bytes:
    # Most files fit one read; join the pieces of longer ones once.
    first = os.read(descriptor, min(_BLOCK, limit))
    parts, total = [first], len(first)
    while parts[-1] and total < limit:
        parts.append(os.read(descriptor, min(_BLOCK, limit - total)))
        total += len(parts[-1])
    return first if total == len(first) else b"".join(parts)


# /proc/PID/stat: any user may read it, and one read returns all of it.

_PF_EXITING, _PF_KTHREAD = 0x4, 0x00200000
_PROCESSOR = 36
"""Index of the processor in stat_fields(): field 39 of /proc/PID/stat."""


class ProcessStat(Record):
    """The content of /proc/PID/stat, which any user may read; see proc_pid_stat(5)."""

    pid: int
    comm: str
    """The program's name, at most 15 bytes, which may hold any character but NUL."""
    state: str
    """A letter: R S D T t Z X I."""
    ppid: int
    """The parent, or the process that adopted this one; 0 if it is outside our PID namespace."""
    pgid: int
    sid: int
    tty: int
    """The controlling terminal's device number; 0 without one."""
    tpgid: int
    """The foreground group of that terminal; -1 without one."""
    threads: int
    start_time: int
    """Clock ticks (usually 1/100 s) from boot to the process's birth. Together with the pid it
    identifies the process, even if the pid is reused (to within one tick)."""
    is_kernel_thread: bool
    """Whether it is a kernel thread, without memory or descriptors."""
    is_ending: bool
    """Whether it is in exit(2) or past it: its memory and descriptors are being released."""
    exit_status: int
    """A zombie's status word, a stopped process's stop signal; 0 without permission."""

    @property
    def state_words(self) -> str:
        """The state in words, such as `asleep`."""
        return STATE_WORDS.get(self.state, f"state {self.state}")

    @property
    def tty_name(self) -> str:
        """The name below /dev of the controlling terminal, such as `pts/3`; empty without one."""
        return terminal_name(self.tty)

    @property
    def is_foreground(self) -> bool:
        """Whether its group is its terminal's foreground group."""
        return self.tty != 0 and self.pgid == self.tpgid


def parse_stat(raw: bytes) -> ProcessStat:
    r"""Parse the line of /proc/PID/stat; the name in it may hold spaces and parentheses.

    Raises ValueError: the line is malformed.

    >>> line = b"7 (a) b\nS (x) T 1 7 5 34816 7 " + b"0 " * 11 + b"1 0 99 " + b"0 " * 29 + b"19"
    >>> stat = parse_stat(line)
    >>> stat.comm, stat.state, stat.ppid, stat.pgid, stat.start_time, stat.tty_name
    ('a) b\nS (x', 'T', 1, 7, 99, 'pts/0')
    """
    fields = stat_fields(raw)
    if len(fields) < 20:
        raise ValueError("a line of /proc/PID/stat has more fields")
    begin, end = raw.index(b"("), raw.rindex(b")")
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


def stat_fields(raw: bytes) -> list[bytes]:
    """Return the fields of a line of /proc/PID/stat from the third on; ValueError if malformed."""
    # Only the name, the second field, may hold spaces and parentheses.
    return raw[raw.rindex(b")") + 2 :].split()


def stat_of(directory: ProcDirectory) -> ProcessStat:
    """Return the parsed stat; a truncated file means that the process is ending."""
    raw = directory.read("stat")
    try:
        return parse_stat(raw)
    except ValueError:
        raise gone(directory.pid) from None


def stat(pid: int) -> ProcessStat:
    """Return the part of a snapshot that any user may see; errors as for ProcDirectory."""
    with ProcDirectory(pid) as directory:
        return stat_of(directory)


def terminal_name(device: int) -> str:
    """Return the name below /dev of a terminal's device number.

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


# Parsing of the other files.


class SystemCall(Record):
    """The call that a sleeping process is in; see proc_pid_syscall(5)."""

    number: int
    """The number in this machine's table; -1 outside any call, as in a page fault."""
    arguments: tuple[int, ...]
    """Six registers, as unsigned numbers; calls with fewer arguments leave the rest undefined."""


class MemoryRegion(Record):
    """A range of addresses that a process has mapped; see proc_pid_maps(5)."""

    first: int
    end: int
    """The first address after the region."""
    permissions: str
    """Such as `r-xp`: readable, not writable, executable, private."""
    offset: int
    """The file offset of its first byte."""
    file: tuple[str, str]
    """The file's device and inode, as text of /proc."""
    name: str
    """The file's path, `[stack]` and the like, or empty."""


def parse_fields(raw: bytes) -> dict[str, str]:
    """Return the lines `KEY: VALUE` of status or fdinfo; the last one of a repeated key."""
    return dict(parse_field_lines(raw))


def parse_field_lines(raw: bytes) -> list[tuple[str, str]]:
    r"""Return the lines `KEY: VALUE` of status or fdinfo.

    >>> parse_field_lines(b"pos:\t0\nflags:\t02\n")
    [('pos', '0'), ('flags', '02')]
    """
    # A newline in a process's name is escaped by the kernel, so that each line is one field.
    parts = (line.partition(":") for line in os.fsdecode(raw).split("\n") if line)
    return [(key.strip(), value.strip()) for key, _, value in parts]


def field_of(raw: bytes, name: str) -> str:
    r"""Return the value of one line `NAME: VALUE` of status; empty if there is none.

    >>> field_of(b"Name:\ta\nSigIgn:\t0\nSigCgt:\t7\n", "SigIgn")
    '0'
    """
    key = f"\n{name}:".encode()
    # Search instead of parsing every line: a tracer holds a process meanwhile.
    begin = (b"\n" + raw).find(key)
    if begin < 0:
        return ""
    end = raw.find(b"\n", begin)
    return os.fsdecode(raw[begin + len(key) - 1 : end if end >= 0 else None]).strip()


def parse_argv(raw: bytes) -> tuple[str, ...]:
    r"""Parse cmdline, where each argument ends with a NUL.

    A program may overwrite it with a title, padded with blanks or NULs.

    >>> parse_argv(b"sh\0-c\0\0")
    ('sh', '-c', '')
    >>> parse_argv(b"nginx: worker process   \0\0\0")
    ('nginx: worker process',)
    """
    title = raw.rstrip(b" \0")
    if b" " in title and b"\0" not in title:
        return (os.fsdecode(title),)
    return tuple(map(os.fsdecode, raw.removesuffix(b"\0").split(b"\0"))) if raw else ()


def parse_system_call(raw: bytes) -> SystemCall | None:
    """Parse the line of /proc/PID/syscall; None if the process runs.

    >>> parse_system_call(b"61 0xffffffff 0x0 0x2 0x0 0x0 0x0 0x7f 0x7e").arguments[:3]
    (4294967295, 0, 2)
    >>> parse_system_call(b"running")
    """
    words = raw.split()
    if not words or words[0] == b"running":
        return None
    numbers = [int(word, 16) for word in words[1:]]
    # A sleep outside any call (-1) has two addresses, without registers before them.
    if len(numbers) <= 2:
        return SystemCall(int(words[0]), ())
    return SystemCall(int(words[0]), tuple(numbers[:6]))


def parse_kernel_function(wchan: bytes) -> str:
    """Return the kernel function that a process sleeps in; empty if the kernel hides it (0)."""
    return "" if wchan == b"0" else os.fsdecode(wchan)


def signals_in(mask: str) -> tuple[Signal, ...]:
    """Return the signals of a mask as /proc prints it: bit 0 is signal 1.

    >>> signals_in("0000000000014002")
    (SIGINT, SIGTERM, SIGCHLD)
    """
    bits = int(mask, 16)
    return tuple(Signal(number) for number in range(1, LAST + 1) if bits >> number - 1 & 1)


# Single reads: the result is empty if the process is gone or the file hidden.


def pids() -> Iterator[int]:
    """Yield the pid of every process that /proc shows, in ascending order. See proc(5)."""
    yield from sorted(int(name) for name in os.listdir("/proc") if name.isdecimal())


def contents(pid: int | str, name: str, look: Callable[[int], bytes] = _read_all) -> bytes:
    """Return a file of /proc/PID (or self), or what `look` reads of it; empty if unreadable."""
    try:
        return _read_with(f"/proc/{pid}/{name}", look)
    except OSError as error:
        if error.errno in _FULL:
            raise
        return b""


def beginning(pid: int | str, name: str, count: int) -> bytes:
    """Return up to `count` bytes of a file of /proc/PID; empty if it cannot be read."""
    return contents(pid, name, lambda opened: os.read(opened, count))


def stat_line(pid: int | str) -> bytes:
    """Return /proc/PID/stat by one read; empty if the process is gone."""
    return beginning(pid, "stat", _LONGEST_STAT)


def link(pid: int | str, name: str) -> str:
    """Return the target of a link of /proc/PID (exe, cwd, fd/3); empty if there is none."""
    try:
        return os.readlink(f"/proc/{pid}/{name}")
    except OSError:
        return ""


def status_of(pid: int | str, name: str) -> os.stat_result | None:
    """Return the stat(2) result of the file that a link of /proc/PID leads to, or None."""
    try:
        return os.stat(f"/proc/{pid}/{name}")
    except (OSError, ValueError):
        return None


def links(pid: int) -> list[tuple[int, str, int]]:
    """Return the descriptors of a process, ascending: number, target, own mode bits."""
    directory, entries = f"/proc/{pid}/fd", []
    try:
        numbers = sorted(map(int, os.listdir(directory)))
    except OSError:
        return []
    for number in numbers:
        path = f"{directory}/{number}"
        try:
            target = os.readlink(path)
            # The mode bits show how a pipe was opened; for other files the target is enough.
            mode = os.lstat(path).st_mode if target.startswith("pipe:") else 0
        except OSError:
            continue
        entries.append((number, target, mode))
    return entries


def numbers(pid: int | str, name: str) -> list[int]:
    """Return the entries of a directory of numbers in /proc/PID, such as fd or task, ascending."""
    try:
        return sorted(map(int, os.listdir(f"/proc/{pid}/{name}")))
    except OSError as error:
        if error.errno in _FULL:
            raise
        return []


def memory(pid: int, address: int, count: int) -> bytes:
    """Return up to `count` bytes of a process's memory; empty if they cannot be read.

    Unlike process_vm_readv(2), this does not break the sharing of a copy-on-write page.
    """
    return contents(pid, "mem", lambda opened: os.pread(opened, count, address))


class HeldMemory:
    """The memory of a held process, as memory() reads it; each page is read once."""

    def __init__(self, pid: int) -> None:
        self._descriptor, self._pages = -1, dict[tuple[int, int], bytes]()
        try:
            self._descriptor = os.open(f"/proc/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            if error.errno in _FULL:
                raise

    def bytes_at(self, address: int, count: int) -> bytes:
        """Return exactly `count` bytes; empty if they cannot all be read."""
        page, offset = divmod(address, _PAGE_BYTES)
        span = page, (offset + count - 1) // _PAGE_BYTES + 1
        if span not in self._pages:
            try:
                data = os.pread(self._descriptor, span[1] * _PAGE_BYTES, page * _PAGE_BYTES)
            except (OSError, OverflowError):
                data = b""
            self._pages[span] = data
        data = self._pages[span][offset : offset + count]
        return data if len(data) == count else b""

    def word_at(self, address: int) -> int:
        """Return the machine word at an address; raises LookupError: the address is not mapped."""
        data = self.bytes_at(address, _WORD_BYTES)
        if not data:
            raise LookupError("memory that cannot be read")
        return int.from_bytes(data, "little")

    def __enter__(self) -> HeldMemory:
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)


def status_field(pid: int | str, name: str) -> str:
    """Return the value of one line of /proc/PID/status; empty if there is none."""
    return field_of(contents(pid, "status"), name)


_CAP_SYS_PTRACE = 19


def may_trace_others() -> bool:
    """Return whether this process has CAP_SYS_PTRACE; root of a container often lacks it."""
    return bool(int(status_field("self", "CapEff") or "0", 16) >> _CAP_SYS_PTRACE & 1)


def process_of(task: int) -> int:
    """Return the process of a thread; the number itself if the thread is gone."""
    return int(status_field(task, "Tgid") or task)


def tracer_pid(pid: int | str) -> int:
    """Return the pid of the process that traces `pid`; 0 if none does."""
    return int(status_field(pid, "TracerPid") or 0)


def processor(pid: int | str) -> int:
    """Return the processor that a process runs on, or ran on last. See proc_pid_stat(5)."""
    return int(stat_fields(stat_line(pid))[_PROCESSOR])


def times_scheduled(tid: int) -> str:
    """Return a thread's counts of voluntary and involuntary context switches, as text."""
    status = contents(tid, "status")
    names = ("voluntary_ctxt_switches", "nonvoluntary_ctxt_switches")
    return " ".join(field_of(status, name) for name in names)


def argv(pid: int) -> tuple[str, ...]:
    """Return the arguments that the process was started with."""
    # One read gets all of it, if the buffer is large enough.
    raw = beginning(pid, "cmdline", _BLOCK)
    return parse_argv(raw if len(raw) < _BLOCK else contents(pid, "cmdline"))


def command_name(pid: int) -> str:
    """Return the program's short name, at most 15 bytes."""
    return os.fsdecode(contents(pid, "comm").removesuffix(b"\n"))


def state(pid: int) -> str:
    """Return the letter of proc_pid_stat(5) for the state."""
    return _stat_fields_now(pid)[0].decode()


def is_ending(pid: int) -> bool:
    """Return whether a process is in exit(2) or past it, or gone."""
    fields = _stat_fields_now(pid)
    return not fields[0] or bool(int(fields[6]) & _PF_EXITING)


def parent(pid: int) -> int:
    """Return the parent's pid; 0 if the process is gone."""
    return int(_stat_fields_now(pid)[1])


def group(pid: int) -> int:
    """Return the process group; 0 if the process is gone."""
    return int(_stat_fields_now(pid)[2])


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process; 0 if it is gone. See clock_getcpuclockid(3)."""
    try:
        return time.clock_gettime(~pid << 3 | _SCHEDULER_CLOCK)
    except OSError:
        return 0.0


_NO_STATE_AND_ZEROS = [b"", *[b"0"] * 49]


def resident_bytes(pid: int) -> int:
    """Return how much memory a process has in use; 0 if it is gone. See proc_pid_statm(5)."""
    fields = contents(pid, "statm").split()
    return int(fields[1]) * _PAGE_BYTES if len(fields) > 1 else 0


def bytes_written(pid: int) -> int:
    """Return the number of bytes that a process has written; 0 if that is hidden."""
    return int(parse_fields(contents(pid, "io")).get("wchar", "0"))


def _stat_fields_now(pid: int) -> list[bytes]:
    line = stat_line(pid)
    return stat_fields(line) if line else _NO_STATE_AND_ZEROS


def fdinfo(pid: int | str, number: int) -> dict[str, str]:
    """Return the fields of a descriptor in /proc/PID/fdinfo; empty if it is not open."""
    return parse_fields(contents(pid, f"fdinfo/{number}"))


_MOST_MAPS = 64
_last_regions: dict[bytes, tuple[MemoryRegion, ...]] = {}
"""Cache of parsed files: the same content is read again and again."""


def memory_regions(pid: int) -> tuple[MemoryRegion, ...]:
    """Return the mapped regions of a process, by ascending address. See proc_pid_maps(5)."""
    return regions_in(contents(pid, "maps"))


def regions_in(maps: bytes) -> tuple[MemoryRegion, ...]:
    """Return the regions in the contents of a maps file, by ascending address."""
    if maps not in _last_regions:
        regions = []
        for line in os.fsdecode(maps).splitlines():
            span, permissions, offset, device, inode, *name = line.split(maxsplit=5)
            first, end = (int(word, 16) for word in span.split("-"))
            file = int(offset, 16), (device, inode), "".join(name)
            regions.append(MemoryRegion(first, end, permissions, *file))
        if len(_last_regions) >= _MOST_MAPS:
            _last_regions.clear()
        _last_regions[maps] = tuple(regions)
    return _last_regions[maps]


def owners() -> list[int]:
    """Return the real user of each visible process."""
    lines = (status_field(pid, "Uid").split() for pid in pids())
    return [int(uids[0]) for uids in lines if uids]


def count_threads(uid: int) -> int:
    """Return the number of threads of all processes of a user; see RLIMIT_NPROC in getrlimit(2)."""
    statuses = [contents(pid, "status") for pid in pids()]
    owned = [status for status in statuses if field_of(status, "Uid").split()[:1] == [str(uid)]]
    return sum(int(field_of(status, "Threads") or 0) for status in owned)


def is_gone(pid: int) -> bool:
    """Return whether no process has this pid, not even a zombie."""
    for _ in range(2):  # a mark may depend on it, so one answer does not count
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, OverflowError):
            continue
        except PermissionError:
            pass  # the process belongs to another user
        return False
    return True


_MICROSECONDS = 1_000_000
_SCHEDULER_CLOCK = 2


def waited_for_processor() -> float:
    """Return the seconds for which processes of this machine have waited for a processor.

    0 if the kernel does not measure that; see Documentation/accounting/psi.rst of the kernel.
    """
    try:
        with open("/proc/pressure/cpu", encoding="utf-8") as file:
            line = file.readline()
    except OSError:
        return 0.0
    total = line.rpartition("total=")[2].strip()
    return int(total) / _MICROSECONDS if total.isdigit() else 0.0
