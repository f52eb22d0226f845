"""An open file lives as long as any process has a descriptor for it: the holders and the locks.

The kernel keeps no list of holders, so this reads the descriptor table of every process, and counts
the tables that we may not read. `hiding_places` lists other places for descriptors.

/proc/locks names the process that took a lock, fdinfo shows which still hold it. A flock belongs to
the open file description: forked children share it, and it may outlive the process that took it. A
record lock (fcntl) belongs to the process.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from itertools import takewhile

from simpsh.base.given_numbers import whole_number
from simpsh.base.record import Record
from simpsh.kernel.descriptors import kcmp_file
from simpsh.process import open_files, proc
from simpsh.process.open_files import Descriptor, fdinfo_lines, numbers
from simpsh.process.proc import ProcDirectory, ProcessStat, state
from simpsh.process.process_snapshot import argv_of, command_of
from simpsh.process.process_tree import all_processes, seen_lately

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal


class Holder(Record):
    """A process that holds a file open; see proc_pid_fd(5)."""

    pid: int
    command: str
    """Its command line, on one line."""
    ppid: int
    descriptors: tuple[Descriptor, ...]
    """Its descriptors for the file."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of these descriptors."""
        return tuple(file.number for file in self.descriptors)

    def at(self, end: Literal["read end", "write end"]) -> Holder | None:
        """Return the holder with its descriptors for one end, or None.

        No errors. See pipe(7).
        """
        letter = end[0]
        ends = tuple(file for file in self.descriptors if letter in file.mode)
        return Holder(self.pid, self.command, self.ppid, ends) if ends else None


class Holders(Record):
    """All visible holders of a file, and the processes that could not be inspected."""

    seen: tuple[Holder, ...]
    not_permitted: tuple[int, ...]
    """Processes that we may not inspect; any of them may hold the file as well."""


class PipeHolders(Record):
    """The processes that hold an end of a pipe or FIFO; see pipe(7)."""

    inode: int
    readers: tuple[Holder, ...]
    """The processes with a read end; while there is one, writing does not fail."""
    writers: tuple[Holder, ...]
    """The processes with a write end; while there is one, a reader gets no end of file."""
    not_permitted: tuple[int, ...]
    """Processes that we may not inspect; any of them may hold an end as well."""


def pipe_holders(
    pipe: Descriptor | None = None, *, descriptor: int | None = None, inode: int | None = None
) -> PipeHolders:
    """Find every process that holds an end of a pipe, and its descriptors.

    Name the pipe by a line of descriptors(), which may be a FIFO; by `descriptor`, an open
    descriptor of this process; or by `inode`, the N of `pipe:[N]`. If the pipe is gone, there are
    no holders. A process outside our PID namespace may hold an end unseen, and a UNIX socket may
    carry the descriptor (SCM_RIGHTS). Raises TypeError: the pipe is not named in one of these ways.
    ValueError: the descriptor is neither a pipe's nor a FIFO's. ProcessLookupError: it is not open.
    See pipe(7), proc_pid_fd(5).
    """
    if [pipe, descriptor, inode].count(None) != 2 or not isinstance(pipe, Descriptor | None):
        raise TypeError(
            "name a pipe by a line of descriptors(), by descriptor=N (of this process), or by "
            "inode=N (of pipe:[N]); a plain number could be either"
        )
    if inode is not None:
        inode = whole_number(inode, "the inode of a pipe is a number")
    if descriptor is not None:
        descriptor = whole_number(descriptor, "a descriptor is a number")
        try:
            with ProcDirectory(os.getpid()) as directory:
                pipe = open_files.descriptor(directory, descriptor)
        except ProcessLookupError:
            reason = f"descriptor {descriptor} of this process is not open"
            raise ProcessLookupError(errno.ESRCH, reason) from None
    if pipe is not None:
        if not pipe.end and pipe.kind not in ("pipe", "fifo"):
            raise ValueError(
                f"descriptor {pipe.number} is a {pipe.kind}, not a pipe: {pipe.target}"
            )
        inode, holders = pipe.inode, holders_of(pipe.device, pipe.inode)
    else:
        assert inode is not None
        holders = _search(f"pipe:[{inode}]".__eq__)
    return PipeHolders(
        inode=inode,
        readers=tuple(filter(None, (holder.at("read end") for holder in holders.seen))),
        writers=tuple(filter(None, (holder.at("write end") for holder in holders.seen))),
        not_permitted=holders.not_permitted,
    )


def holders_of(device: int, inode: int) -> Holders:
    """Find every process that holds a file, a pipe or a socket open."""
    nameless = (f"pipe:[{inode}]", f"socket:[{inode}]")

    def is_it(directory: ProcDirectory, number: int, target: str) -> bool:
        if target in nameless:
            return True
        # Compare inodes: a file may have several names.
        status = directory.status_of(f"fd/{number}")
        return (status.st_dev, status.st_ino) == (device, inode)

    # No named file is on device 0, where sockets are.
    return _search(lambda it: it in nameless or (device != 0 and it.startswith("/")), is_it)


def holders_of_messages() -> Holders:
    """Find every process with a UNIX socket at which sent descriptors wait. See unix(7)."""

    def is_it(directory: ProcDirectory, number: int, _: str) -> bool:
        return dict(fdinfo_lines(directory, number)).get("scm_fds", "0") != "0"

    return _search(lambda target: target.startswith("socket:["), is_it)


def holders_of_kind(target_end: str) -> Holders:
    """Find every process with a descriptor whose target in /proc ends like this."""
    return seen_lately(lambda: _search(lambda it: it.endswith(target_end)), _search, target_end)


def holders_of_copies(pid: int, file: Descriptor) -> Holders:
    """Find every process with a copy of this descriptor of `pid`, by kcmp(2).

    Files without a name, such as an eventfd or an epoll instance, have no inode of their own.
    """

    def is_it(directory: ProcDirectory, number: int, _: str) -> bool:
        return bool(kcmp_file(pid, file.number, directory.pid, number))

    return _search(file.target.__eq__, is_it)


_PSEUDO = "/dev/pts/"


def terminal_of(directory: ProcDirectory, file: Descriptor) -> str:
    """Return the /dev/pts/N of a pseudo-terminal's slave or master; empty for another file."""
    if file.kind == "terminal":
        return file.target if file.target.startswith(_PSEUDO) else ""
    return _terminal_name(directory, file.number)


def _terminal_name(directory: ProcDirectory, master: int) -> str:
    index = dict(fdinfo_lines(directory, master)).get("tty-index", "")
    return index and _PSEUDO + index


_PTMX = os.makedev(5, 2)


def is_master(directory: ProcDirectory, number: int) -> bool:
    """Return whether a descriptor is a pseudo-terminal's master: /dev/ptmx, by any name."""
    status = directory.status_of(f"fd/{number}")
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == _PTMX


def terminal_holders(directory: ProcDirectory, file: Descriptor) -> Holders:
    """Find the processes at the other end of a pseudo-terminal's master or slave.

    A terminal window, sshd, tmux or script holds the master. See pty(7).
    """
    name = terminal_of(directory, file)
    if not name:
        return Holders((), ())
    instance = _file_system(directory, file.number, file.target)

    def is_other_side(other: ProcDirectory, number: int, target: str) -> bool:
        if file.kind == "terminal":
            is_it = is_master(other, number) and _terminal_name(other, number) == name
        else:
            is_it = True
        return is_it and _file_system(other, number, target) == instance

    may_be = name.__eq__ if file.kind != "terminal" else lambda target: target.startswith("/")
    return _search(may_be, is_other_side)


def _file_system(directory: ProcDirectory, number: int, target: str) -> int:
    """Return the device of the devpts of a master or slave: each container has its own /dev/pts/0.

    A /dev/ptmx outside any devpts belongs to the devpts at /dev/pts.
    """
    is_part = target.startswith(_PSEUDO) or target.endswith("pts/ptmx")
    return directory.status_of(f"fd/{number}" if is_part else "root/dev/pts").st_dev


class _Table(Record):
    """The descriptors of a process."""

    process: ProcessStat
    links: tuple[tuple[int, int, str], ...] | None
    """Thread, number and target; None if they are hidden."""


def _tables() -> tuple[_Table, ...]:
    """Return the descriptors of each process."""
    tables = []
    for pid, process in all_processes().items():
        if process.state in "ZXx" and process.threads <= 1:
            continue  # a dead process holds nothing
        try:
            tables.append(_Table(process, tuple(_links(pid, process.threads))))
        except ProcessLookupError:
            continue
        except PermissionError:
            if not process.is_kernel_thread:
                tables.append(_Table(process, None))
    return tuple(tables)


def _links(pid: int, threads: int) -> Iterator[tuple[int, int, str]]:
    # A first thread that has ended has no table, but another thread has one.
    others = proc.numbers(pid, "task") if threads > 1 else ()
    for task in (pid, *(task for task in others if task != pid)):
        with suppress(ProcessLookupError), ProcDirectory(task) as directory:
            for number in numbers(directory):
                # The descriptor may have been closed since the listing.
                with suppress(ProcessLookupError):
                    yield task, number, directory.link(f"fd/{number}")
        if proc.state(task) != "Z":
            break


def _search(
    may_be: Callable[[str], bool],
    is_it: Callable[[ProcDirectory, int, str], bool] = lambda *_: True,
) -> Holders:
    """Find the processes with a descriptor whose target may be it, and that is it."""
    holders, not_permitted = [], []
    for table in seen_lately(_tables):
        pid = table.process.pid
        found: list[Descriptor] = []
        if table.links is None:
            not_permitted.append(pid)
            continue
        try:
            for task, number, target in table.links:
                if may_be(target):
                    found += _checked(task, number, target, is_it)
            if found:
                with ProcDirectory(pid) as directory:
                    command = command_of(pid, argv_of(directory), table.process.comm)
                holders.append(Holder(pid, command, table.process.ppid, tuple(found)))
        except ProcessLookupError:
            continue
        except PermissionError:
            # It has become another user's meanwhile.
            not_permitted.append(pid)
    return Holders(tuple(holders), _not_ended(not_permitted))


def _not_ended(hidden: Iterable[int]) -> tuple[int, ...]:
    """Return the hidden processes that still hold files: many run for a moment, such as sudo."""
    return tuple(pid for pid in hidden if not proc.is_ending(pid))


def _checked(
    task: int, number: int, target: str, is_it: Callable[[ProcDirectory, int, str], bool]
) -> Iterator[Descriptor]:
    """Yield the descriptor if it is still there, and is the one."""
    with suppress(ProcessLookupError), ProcDirectory(task) as directory:
        if directory.link(f"fd/{number}") == target and is_it(directory, number, target):
            yield open_files.descriptor(directory, number)


def processes_that_map(file: tuple[str, str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the processes that have mapped a file, as in MemoryRegion, and those not permitted."""
    device, inode = file
    # A line ends with them, or with a space and the path.
    wanted = f" {device} {inode} ".encode()
    pids, not_permitted = [], []
    for pid, process in all_processes().items():
        with suppress(ProcessLookupError):
            try:
                with ProcDirectory(pid) as directory:
                    maps = directory.read("maps")
            except PermissionError:
                if not process.is_kernel_thread:
                    not_permitted.append(pid)
            else:
                if wanted in maps.replace(b"\n", b" \n"):
                    pids.append(pid)
    return tuple(pids), _not_ended(not_permitted)


def possible_heirs(hidden: Collection[int], pid: int, sharing: Collection[int]) -> tuple[int, ...]:
    """Return the `hidden` processes (which we may not inspect) that may share a file with `pid`.

    fork(2) shares a file: with an ancestor, with a descendant of a process that we may inspect,
    or with an orphan: its ancestors are unknown, but its age is known. Files sent by unix(7) are
    left out. `sharing` are the processes that visibly have the file. If a login shell does not, the
    file is taken not to come from its ancestors, such as sshd or su. An orphan that is older than
    all of `sharing` is taken not to have the file.
    """
    processes = all_processes()
    unseen, ancestors = {*hidden} & processes.keys(), [pid]
    while processes.get(ancestors[-1]) and processes[ancestors[-1]].ppid not in ancestors:
        ancestors.append(processes[ancestors[-1]].ppid)
    visible = [*takewhile(lambda ancestor: ancestor not in unseen, ancestors)]
    strangers = unseen.difference(ancestors)
    is_from_outside = not visible or visible[-1] in (pid, *sharing)

    def is_younger(member: int, others: Iterable[int]) -> bool:
        born = (processes[other].start_time for other in others if other in processes)
        return processes[member].start_time >= min(born, default=0)

    def may_share(other: int) -> bool:
        if other in ancestors:
            # A service manager starts services in a new session, without shared pipes.
            return is_from_outside and (other != 1 or processes[1].sid == processes[pid].sid)
        line = [other]
        while (parent := processes[line[-1]].ppid) in strangers and parent not in line:
            line.append(parent)
        topmost = line[-1]
        if parent in (0, 1):
            return is_younger(topmost, (pid, *sharing))
        if parent in ancestors:
            return (is_from_outside or parent in visible) and is_younger(topmost, visible)
        return parent in processes and not processes[parent].is_kernel_thread

    return tuple(filter(may_share, unseen))


# The inode of the first PID namespace; see PROC_PID_INIT_INO of <linux/proc_ns.h>.
_FIRST_PID_NAMESPACE = 0xEFFFFFFC


def hiding_places() -> tuple[str, ...]:
    """Return in words which processes may have a descriptor that no table shows us.

    An io_uring may have one, too, and is not considered. See holders_of_messages() for sockets.
    """
    places = []
    namespace = proc.status_of("self", "ns/pid")
    if namespace is not None and namespace.st_ino != _FIRST_PID_NAMESPACE:
        places.append("a process outside of this PID namespace")
    if not proc.beginning(1, "stat", 1):
        places.append("a process that /proc hides")
    return tuple(places)


# Locks.


class FileLock(Record):
    """A line of /proc/locks or of fdinfo; see proc_locks(5)."""

    number: int
    """A waiting process has the number of the lock that it waits for."""
    is_waiting: bool
    kind: str
    """FLOCK, POSIX, OFDLCK, LEASE or DELEG."""
    pid: int
    """The process that asked for the lock; -1 for an OFDLCK, 0 if it is not visible."""
    inode: int


def parse_lock(line: str) -> FileLock | None:
    """Parse a line of /proc/locks; None if it has another form.

    >>> lock = parse_lock("2: -> POSIX  ADVISORY  WRITE 77 fe:00:1234 0 EOF")
    >>> lock.is_waiting, lock.kind, lock.pid, lock.inode
    (True, 'POSIX', 77, 1234)
    """
    words = line.replace(" -> ", " ").split()
    try:
        inode = int(words[5].rpartition(":")[2])
        return FileLock(int(words[0].rstrip(":")), " -> " in line, words[1], int(words[4]), inode)
    except (ValueError, IndexError):
        return None  # a lease without a file, or the format of a later kernel


def all_locks() -> tuple[FileLock, ...]:
    """Return the locks of /proc/locks, which omits those taken outside our PID namespace."""
    with open("/proc/locks", encoding="utf-8", errors="replace") as lines:
        return tuple(filter(None, map(parse_lock, lines)))


def has_flock(pid: int, numbers: Iterable[int]) -> bool:
    """Return whether fdinfo of one of these descriptors shows a lock of flock(2)."""
    for number in numbers:
        with suppress(ProcessLookupError, PermissionError), ProcDirectory(pid) as directory:
            lines = fdinfo_lines(directory, number)
            locks = (parse_lock(value) for key, value in lines if key == "lock")
            if any(lock and lock.kind == "FLOCK" and not lock.is_waiting for lock in locks):
                return True
    return False


def flock_holders(path: str) -> tuple[int, ...] | None:
    """Return the holders of a flock(2) on a file, eldest first; None if it is not locked."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    named = [it for it in all_locks() if it.inode == status.st_ino and it.kind == "FLOCK"]
    takers = [lock.pid for lock in named if not lock.is_waiting]
    births = {pid: process.start_time for pid, process in all_processes().items()}
    holders = holders_of(status.st_dev, status.st_ino).seen
    pids = {holder.pid for holder in holders if has_flock(holder.pid, holder.numbers)}
    if not pids:
        # The descriptors are hidden from us, but /proc/locks names the process that took the lock.
        pids = {pid for pid in takers if state(pid) not in ("", "Z", "X")}
    eldest_first = sorted(pids, key=lambda pid: (births.get(pid, 0), pid))
    return tuple(eldest_first) if takers or pids else None
