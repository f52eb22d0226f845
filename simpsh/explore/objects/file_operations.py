"""Files: opening, changing and looking at them, FIFOs, and locks by flock.

Three things: an *inode* is a file or directory; a *name* is an entry of a directory, which says
which inode has it; an *open description* has an offset, which processes share after a fork.

The contents of an inode are not modelled. Its state is its history: the steps that changed it, in
order. The result of a call is learned for each state of the names and inodes that it uses. Two
operations on the same inode or name depend on each other, unless both only read. A read by a shared
description is a change of the inode.

An inode is called by the first name that it had. Hard links after the first fork, renamed
directories, and symbolic links that are changed and followed are not examined, so each inode has at
most one name.

Opening a FIFO waits for its other end. The waiting process already counts as a reader or writer;
see fifo(7).
"""

from __future__ import annotations

import errno
import os
import re
import stat
import struct
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from simpsh.explore import flags
from simpsh.explore.flags import Flag
from simpsh.explore.objects.held_call import HeldCall, path_of
from simpsh.explore.objects.kernel_state import (
    Alone,
    DependsOn,
    HistoryEdge,
    KeptKey,
    Kernel,
    OnObject,
    Operation,
    Prediction,
    follows,
)
from simpsh.explore.objects.name_words import PLAIN, Naming, path_words
from simpsh.explore.objects.process_state import Result
from simpsh.explore.objects.symbolic_names import (
    OUT,
    SIDES,
    Description,
    Fifo,
    File,
    Name,
    OwnFile,
    Pipe,
    Side,
    Stored,
    sides,
)
from simpsh.explore.workplace.private_world import NOBODY
from simpsh.kernel import descriptors
from simpsh.kernel.machine import registers
from simpsh.kernel.machine.syscall_table import ARCHITECTURE

LOCK_EX, LOCK_NB, LOCK_UN = 2, 4, 8
O_CREAT, O_TRUNC = 0o100, 0o1000
_O_ACCESS, _O_EXCL, _O_APPEND = 3, 0o200, 0o2000
_O_NONBLOCK, _O_NOFOLLOW, _O_TMPFILE = 0o4000, 0o400000, 0o20000000
_O_ALL = 0o77777777
OTHER_END: Mapping[Side, Side] = {"r": "w", "w": "r"}


# -- histories -------------------------------------------------------------------------------------


def histories(kernel: Kernel, *files: Stored) -> DependsOn:
    """Return the histories of files, as the parts of the state that a result depends on."""
    return DependsOn([kernel.files.get(file, 0) for file in files])


def has_failed(edge: HistoryEdge) -> bool:
    """Return whether the call of a step has failed."""
    return isinstance(edge.result, int) and edge.result < 0


def lengthen(kernel: Kernel, edge: HistoryEdge, *files: Stored) -> None:
    """Append a step to the histories of files, unless its call failed.

    The entry of each file includes the histories of all files.
    """
    if has_failed(edge):
        return
    before = tuple(kernel.files.get(file, 0) for file in files)
    for index, file in enumerate(files):
        kernel.files[file] = kernel.learned.history_after(before, (index, edge.number))


_NEW = -1
"""The history before a file was made."""


def _make_or_change(kernel: Kernel, edge: HistoryEdge, path: File, file: File) -> None:
    """Let a call change the inode with a name; `file` is the inode that it makes if there is none.

    An earlier inode with this name began with another history.
    """
    if kernel.file_at(path) is not None:
        lengthen(kernel, edge, file)
        return
    if file != path and not isinstance(path, OwnFile):
        kernel.learned.doubts.add(flags.NOT_EXAMINED.of("names of files outside that are open"))
    kernel.names[path] = file
    kernel.files[file] = kernel.learned.history_after((_NEW,), edge.number)


# -- operations ------------------------------------------------------------------------------------


class FileOperation(Operation):
    """Uses files with a call whose result depends on their names and their histories."""

    call: str
    paths: tuple[File, ...] = ()
    """The names in the call; then their directories, if the program changes and uses these."""
    inodes: tuple[Name, ...] = ()
    """What the call uses by descriptors."""

    @property
    def objects(self) -> tuple[Name, ...]:
        return (*self.paths, *self.inodes)

    def files(self, kernel: Kernel) -> tuple[Stored, ...]:
        """Return the inodes that the call uses, also those that it would make."""
        named = map(kernel.file_made_at, self.paths)
        return (*named, *(each for each in self.inodes if isinstance(each, Stored)))

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the inodes, their histories, and which names have none."""
        files = self.files(kernel)
        lacking = (kernel.file_at(path) is None for path in self.paths)
        return DependsOn((*histories(kernel, *files), *files, *lacking))

    def finds_nothing(self, result: object) -> bool:
        """Return whether the call failed, as open(2) does if a lock file exists."""
        return isinstance(result, int) and result < 0


def _with_directories(stop: HeldCall, names: tuple[File, ...]) -> tuple[File, ...]:
    """Return names, and those of their directories that the program changes."""
    directories = filter(None, map(stop.shared_directory, names))
    return tuple(dict.fromkeys((*names, *directories)))


# -- FIFOs -----------------------------------------------------------------------------------------

FIFO_WAITS = "waits"
"""The result of an OpenFifo that FifoWaits follows, together with the descriptor."""


class _Met(KeptKey):
    """Marks a process that waits in open, when the other end has been opened."""

    __slots__ = ()

    def remaining(self, kernel: Kernel, value: object) -> object:
        process = kernel.procs.get(str(self[1]))
        return value if process and isinstance(process[0].operation, FifoWaits) else None


class OpenFifo(Operation):
    """Opens one end of a FIFO; without a partner FifoWaits follows."""

    path: File
    end: Side

    _named = ("path", "fifo")

    @classmethod
    def of(cls, stop: HeldCall, path: File, bits: int) -> OpenFifo:
        """Return the operation that opens a FIFO; `bits` are the flags of open(2)."""
        stop.known.fifos.add(path)
        if bits & _O_NONBLOCK or sides(bits) == SIDES:
            stop.not_examined("a FIFO that does not block")
        return cls(path, "w" if bits & _O_ACCESS else "r")

    @property
    def fifo(self) -> Fifo:
        return Fifo(self.path)

    def lacks_partner(self, kernel: Kernel, stop: HeldCall) -> bool:
        """Return whether the call would wait for the other end."""
        is_fifo = stat.S_ISFIFO(stop.kind(self.path))
        return is_fifo and not kernel.is_held(self.fifo, OTHER_END[self.end])

    @contextmanager
    def not_waiting(self, stop: HeldCall) -> Iterator[None]:
        """Make the open return at once, so that the explorer can hold the process meanwhile.

        A reader opens with O_NONBLOCK, which is reset afterwards; for a writer, the explorer has
        the reading end open for a moment.
        """
        if self.end == "r":
            values = registers.getregs(stop.process.pid)
            values[registers.ARGUMENTS[2 if stop.call == "openat" else 1]] |= os.O_NONBLOCK
            registers.setregs(stop.process.pid, values)
            yield
            return
        path = stop.names.real(self.path)
        held = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            yield
        finally:
            descriptors.close(held)

    def wait_after(self, stop: HeldCall, result: int) -> FifoWaits | None:
        """Return the wait for the other end that follows an open without a partner."""
        if result < 0 or not self.lacks_partner(stop.run.kernel, stop):
            return None
        if self.end == "r":
            borrowed = descriptors.borrow(stop.process.pid, result)
            os.set_blocking(borrowed, True)
            descriptors.close(borrowed)
        return FifoWaits(self.fifo, self.end)

    def words(self, naming: Naming = PLAIN) -> str:
        purpose = "to read" if self.end == "r" else "to write"
        return f"opens {naming.object(self.fifo)} {purpose}"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the history of the name and the open ends of the FIFO."""
        held = tuple(kernel.is_held(self.fifo, side) for side in SIDES)
        named = kernel.names.get(self.path, self.path)
        return DependsOn((named, kernel.files.get(self.path, 0), *held))

    def doubt(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        """Flag a signal that interrupts the wait before it has begun."""
        if isinstance(edge.result, tuple) and kernel.deliverable(name):
            kernel.learned.doubts.add(flags.SIGNAL_INSIDE.of("open of a FIFO"))

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        """Release the processes that wait for an end that is now open."""
        if has_failed(edge) or edge.result is None:
            return
        for other, (node, _) in kernel.procs.items():
            waits = node.operation
            if not isinstance(waits, FifoWaits) or waits.object != self.fifo or other == name:
                continue
            if waits.end != self.end:
                kernel.kept[_Met(("met", other))] = True


class FifoWaits(OnObject):
    """Waits in open, with one end of a FIFO, until a process has opened the other end.

    That process may have closed it again when open returns.
    """

    end: Side

    can_be_interrupted = makes_call = is_at_call = False
    _reason = "no process has opened its other end"

    def words(self, naming: Naming = PLAIN) -> str:
        other = "writes" if self.end == "r" else "reads"
        return f"waits until another process {other} {naming.object(self.object)}"

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        return _Met(("met", name)) in kernel.kept

    def doubt_of_signal(self, kernel: Kernel, name: str) -> Flag | None:
        """Flag a signal before the other end is opened: it would interrupt the open."""
        return None if self.is_ready(kernel, name) else flags.SIGNAL_INSIDE.of("open of a FIFO")


# -- opening ---------------------------------------------------------------------------------------


_OF_ALL = re.compile(
    r"/proc/(?:self|filesystems|cpuinfo|version|cmdline|devices"
    r"|sys/(?:kernel/(?:osrelease|ostype|version|hostname|pid_max|ngroups_max|cap_last_cap"
    r"|overflow[ug]id|seccomp/.*)|vm/overcommit_memory|fs/(?:pipe-max-size|file-max|nr_open)))"
)
_OF_THE_MACHINE = re.compile(r"/sys/(?!devices/system/cpu/(?:online|possible|present)$)")
_OF_ITS_OWN = re.compile(
    r"/proc/(\d+)(?:/task/\1)?(?:/(?:exe|maps|fd|cmdline|environ|auxv|comm|cgroup"
    r"|attr/.*|root|cwd)?)?"
)
_OF_DESCRIPTOR = re.compile(r"/proc/(\d+)/fd/(\d+)")
_QUEUES = "/dev/mqueue/"
"""The directory in which message queues are files, see mq_overview(7)."""
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/ptmx")


def _flag_path(stop: HeldCall, file: File, *, is_opened: bool = False) -> None:
    """Flag devices, and files that show other processes; a few show only the process itself."""
    for flag in stop.workplace.differs(stop.names.real(file)):
        stop.flag_call(flag)
    if isinstance(file, OwnFile):
        return
    path, kind, pid = file.path, stop.kind(file), stop.process.pid
    is_device = stat.S_ISCHR(kind) or stat.S_ISBLK(kind)
    is_missing = os.path.dirname(path) == "/dev" and not kind and stop.workplace.is_private
    is_opened_device = is_opened and is_device and not file.is_terminal
    if is_missing or f"{path}/".startswith(_QUEUES) or (is_opened_device and path not in _DEVICES):
        stop.not_examined(f"the device {path_words(path)}")
    if _OF_THE_MACHINE.match(path) and stat.S_ISREG(kind):
        stop.flag_call(flags.LOOKS_AT_PROCESSES)
    if path == "/proc":  # its names, and its link count, depend on the processes
        if is_opened or stop.call in _BUFFERS_OF_STAT:
            stop.flag_call(flags.LOOKS_AT_PROCESSES)
    elif path.startswith("/proc/"):
        own = _OF_ITS_OWN.fullmatch(path)
        is_own = own is not None and int(own[1]) == pid
        if not (is_own or _OF_ALL.fullmatch(path)):
            stop.flag_call(flags.LOOKS_AT_PROCESSES)


def _own_descriptor(stop: HeldCall, file: File) -> int | None:
    """Return the number of an own descriptor whose link in /proc a path is; None if it is not."""
    match = None if isinstance(file, OwnFile) else _OF_DESCRIPTOR.fullmatch(file.path)
    return int(match[2]) if match and int(match[1]) == stop.process.pid else None


def _reopens_own(stop: HeldCall, number: int, bits: int) -> bool:
    """Return whether a process reopens its own end of an unnamed pipe, or its output, by /dev/fd.

    Such an open never waits.
    """
    if bits & _O_NONBLOCK:
        return False
    name = stop.object_of(number)
    if name == OUT:
        return sides(bits) == ("w",)
    is_same_end = stop.ends_of(number) == sides(bits) != SIDES
    return isinstance(name, Pipe) and is_same_end


@follows("open", "creat", "openat")
class Open(FileOperation):
    """Opens a file that the program changes somewhere."""

    flags: int = 0
    """The flags of open(2)."""

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        args, is_relative = stop.args, stop.call == "openat"
        bits = args[1 + is_relative]
        if stop.call == "creat":
            bits = O_CREAT | O_TRUNC | os.O_WRONLY
        path = stop.path(args[1], args[0]) if is_relative else stop.path(args[0])
        if not isinstance(path, File):
            return None  # a path below a pipe: ENOTDIR
        if (number := _own_descriptor(stop, path)) is not None:
            if _reopens_own(stop, number, bits):
                stop.process.files.are_stale = True
                return None
            device = stop.object_of(number)
            if isinstance(device, File) and device.is_device and not bits & _O_NOFOLLOW:
                path = device
        if path.is_terminal:
            stop.not_examined("the terminal")
        _flag_path(stop, path, is_opened=True)
        if bits & _O_TMPFILE == _O_TMPFILE:
            stop.not_examined("files without a name")
        name = path if bits & _O_NOFOLLOW else stop.names.follow(path)
        if stat.S_ISFIFO(stop.kind(name)):
            return None if stop.is_of_outside(name) else OpenFifo.of(stop, name, bits)
        operation = cls("open", _with_directories(stop, (name,)), (), bits & _O_ALL)
        return operation.if_visible(stop, path)

    def if_visible(self, stop: HeldCall, path: File) -> Operation | None:
        """Record that the call may change the file; return the operation if it is visible."""
        known, name, writes = stop.known, self.paths[0], bool(self.flags & _O_ACCESS)
        if writes and not stop.may_change(name):
            return None
        if self.is_change:
            changed = self.paths if self.flags & O_CREAT else self.paths[:1]
            visible = True in [stop.changes(each) for each in changed]
        else:
            visible = _is_noticed(stop, self.paths)
        if writes and stop.names.real(name) == stop.target_of("exe"):
            stop.flag(flags.CHANGES_MEANWHILE)
        if writes and not stop.run.is_alone:
            known.watch(known.shared, name)  # as long as it is open, no process can execute it
        if visible:
            return self
        return Alone(self) if name in known.locked or name in known.renamed else None

    def came_back(self, stop: HeldCall, result: int) -> Result:
        """Return the descriptor, and the inode unless it is the first one with the name."""
        process, known, path = stop.process, stop.known, self.paths[0]
        file = stop.run.kernel.file_made_at(path)
        if result < 0:
            return result
        if path in known.renamed:
            stop.names.remember(file, f"/proc/{process.pid}/fd/{result}")
            known.shared.add(file)
            process.files.are_stale = True
        if file in known.locked:
            process.files.are_stale = True
            process.files.add(result, Description(process.name, process.count("opens")))
        return result if file == path else (result, file)

    @property
    def is_change(self) -> bool:
        return bool(self.flags & (O_CREAT | O_TRUNC))

    def words(self, naming: Naming = PLAIN) -> str:
        purpose = ("to read", "to write", "to read and write", "")[self.flags & _O_ACCESS]
        marks = ((O_CREAT, "create"), (_O_EXCL, "new only"), (O_TRUNC, "empty"))
        named = [word for bit, word in (*marks, (_O_APPEND, "append")) if self.flags & bit]
        details = f" ({', '.join(named)})" if named else ""
        return f"opens {naming.object(self.paths[0])} {purpose}".rstrip() + details

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> None:
        if not self.is_change or has_failed(edge):
            return
        path, *directories = self.paths
        # The process already has the file open, so that the kernel would find another one.
        file = edge.result[1] if isinstance(edge.result, tuple) else path
        _make_or_change(kernel, edge, path, file)
        if self.flags & O_CREAT:
            lengthen(kernel, edge, *directories)


# -- changing --------------------------------------------------------------------------------------


# The indices of the path arguments: (the directory's descriptor or -1, the path).
_PATHS: dict[str, tuple[tuple[int, int], ...]] = {
    **dict.fromkeys(("rename", "link"), ((-1, 0), (-1, 1))),
    **dict.fromkeys(("renameat", "renameat2", "linkat"), ((0, 1), (2, 3))),
    "symlink": ((-1, 1),),
    "symlinkat": ((1, 2),),
    **dict.fromkeys(("unlink", "rmdir", "mkdir", "mknod", "truncate", "chmod"), ((-1, 0),)),
    **dict.fromkeys(("unlinkat", "mkdirat", "mknodat", "fchmodat", "utimensat"), ((0, 1),)),
}
_MAKES = {
    **dict.fromkeys(("mkdir", "mkdirat"), "makes the directory {}"),
    **dict.fromkeys(("mknod", "mknodat"), "makes {}"),
}
_TAKES = dict.fromkeys(("unlink", "unlinkat", "rmdir"), "removes {}")
_RENAMES = dict.fromkeys(("rename", "renameat", "renameat2"), "renames {} to {}")
_ALIASES = ("link", "linkat", "symlink", "symlinkat")
_CHANGES_NAMES = frozenset((*_MAKES, *_TAKES, *_RENAMES, *_ALIASES))
_VERBS = {
    **_MAKES,
    **_TAKES,
    **_RENAMES,
    **dict.fromkeys(("chmod", "fchmod", "fchmodat"), "sets the mode of {}"),
    **dict.fromkeys(("truncate", "ftruncate"), "sets the length of {}"),
    "utimensat": "sets the times of {}",
    "lseek": "moves its offset in {}",
}
"""The phrases for calls; `{}` stands for a file."""


@follows(*_PATHS)
class FileChange(FileOperation):
    """Changes files with a call that has no class of its own: unlink, rename, lseek and others."""

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        call, args, indices = stop.call, stop.args, _PATHS[stop.call]
        base, first = indices[0]
        if base >= 0 and stop.number(base) >= 0 and not (args[first] and stop.text(args[first])):
            return _change_open(stop)  # futimens, or AT_EMPTY_PATH
        found = [
            stop.path(args[index], args[base]) if base >= 0 else stop.path(args[index])
            for base, index in indices
        ]
        if call in _MODES_OF_NODES and stat.S_IFMT(args[_MODES_OF_NODES[call]]) not in _PLAIN_NODES:
            stop.not_examined("devices")
        names = tuple(name for name in found if isinstance(name, File))
        if len(names) < len(found):
            return None  # a path below a pipe: ENOTDIR
        if len(names) > 1:
            for flag in stop.workplace.refuses(call, *map(stop.names.real, names)):
                stop.flag(flag)
        if call not in _CHANGES_NAMES:
            names = tuple(map(stop.names.follow, names))
        elif not stop.run.is_alone:
            _check_names(stop, names)
        paths = _with_directories(stop, names)
        return cls(call, paths) if True in [stop.changes(path) for path in paths] else None

    def prepare(self, kernel: Kernel, stop: HeldCall) -> None:
        if self.call in _CHANGES_NAMES:
            for path in self.paths:
                if (named := kernel.file_at(path)) is not None:
                    stop.names.remember(named, stop.names.real(path))

    def words(self, naming: Naming = PLAIN) -> str:
        names = [naming.object(name) for name in self.objects]
        return f"{_VERBS[self.call].format(*names)} ({self.call})"

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        """Change inodes, or the names of one; its number of names is one of its facts."""
        if has_failed(edge):
            return
        if self.call not in _CHANGES_NAMES:
            lengthen(kernel, edge, *self.files(kernel))
            return
        path, *directories = self.paths
        file = kernel.file_at(path)
        if self.call in _MAKES:
            if any(kernel.is_held(Fifo(path), side) for side in SIDES):
                kernel.learned.doubts.add(flags.NOT_EXAMINED.of("FIFOs that are made again"))
            _make_or_change(kernel, edge, path, kernel.file_made_at(path))
        elif self.call in _TAKES:
            kernel.names[path] = None
        else:
            to = directories.pop(0)
            file, moved = kernel.file_at(to), file
            kernel.names[path], kernel.names[to] = None, moved
        if self.call not in _MAKES and file is not None:
            lengthen(kernel, edge, file)
        lengthen(kernel, edge, *directories)


_MODES_OF_NODES = {"mknod": 1, "mknodat": 2}
_PLAIN_NODES = 0, stat.S_IFREG, stat.S_IFIFO


def _check_names(stop: HeldCall, names: tuple[File, ...]) -> None:
    """Record the names that a call adds or removes; end the run if files may get several paths."""
    call, known = stop.call, stop.known
    if call in ("link", "linkat"):
        stop.not_examined("hard links")
    if call in _ALIASES or any(os.path.islink(stop.names.real(name)) for name in names):
        stop.not_examined("symbolic links that change")
    if call in _RENAMES:
        if call == "renameat2" and stop.args[4]:
            stop.not_examined("rare ways to rename")
        if stop.is_directory(names[0]):
            stop.not_examined("renamed directories")
        if names[0] in known.fifos:
            stop.not_examined("FIFOs that are renamed")
    for name in names:
        known.watch(known.renamed, name)


@follows("ftruncate", "fchmod")
def _change_open(stop: HeldCall) -> Operation | None:
    name = stop.object_of(stop.number(0))
    is_visible = isinstance(name, Stored) and stop.changes(name)
    return FileChange(stop.call, (), (name,)) if name is not None and is_visible else None


@follows("lseek")
def _lseek(stop: HeldCall) -> Operation | None:
    """Follow a change of an offset that processes share, and questions for the length of a file."""
    number = stop.number(0)
    name = stop.object_of(number)
    if not isinstance(name, Stored):
        return None
    if not stop.has_shared_offset(name) and not stop.is_shared(name):
        return None
    if name in stop.process.files.shared:
        return FileChange(stop.call, (), (name,))
    asks = stop.args[2] >= os.SEEK_END or stop.open_flags(number) & _O_APPEND
    return FileLook(stop.call, (), (name,)) if asks else None


# -- looking ---------------------------------------------------------------------------------------


_NOT_FOLLOWING = ("lstat", "readlink", "readlinkat", "lgetxattr", "llistxattr")
_ACCESS = {"access": 1, "faccessat": 2, "faccessat2": 2}
"""The index of the argument with the rights to look for."""
_RELATIVE = ("newfstatat", "faccessat", "faccessat2", "readlinkat")
_FLAGS_OF_LOOKS = {"newfstatat": 3, "faccessat2": 3}
_LINK_TEXTS = {"readlink": 1, "readlinkat": 2}
_BUFFERS_OF_STAT = {**dict.fromkeys(("stat", "lstat", "fstat"), 1), "newfstatat": 2}
"""For each call, the index of the argument with the address at which it stores its answer."""
_LOOKS = (
    *("stat", "lstat", "access", "readlink", "chdir"),
    *("getxattr", "lgetxattr", "listxattr", "llistxattr"),
)
_AT_SYMLINK_NOFOLLOW = 0x100


def _is_noticed(stop: HeldCall, paths: tuple[File, ...]) -> bool:
    """Return whether others may change what is at the first path, or its directory."""
    return stop.is_shared(paths[0]) or (len(paths) > 1 and not stop.run.is_alone)


@follows(*_RELATIVE, *_LOOKS)
class FileLook(FileOperation):
    """Looks at a file or directory and changes nothing: stat, access, readlink, getdents."""

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        call, args = stop.call, stop.args
        if call in _RELATIVE and stop.number(0) >= 0 and not stop.text(args[1]):
            return _look_open(stop)  # AT_EMPTY_PATH
        path = stop.path(args[1], args[0]) if call in _RELATIVE else stop.path(args[0])
        if not isinstance(path, File):
            return _look_at(stop, path)
        name = path
        _flag_path(stop, path)
        bits = args[_FLAGS_OF_LOOKS[call]] if call in _FLAGS_OF_LOOKS else 0
        if call not in _NOT_FOLLOWING and not bits & _AT_SYMLINK_NOFOLLOW:
            name = stop.names.follow(path)
        if call in _ACCESS and args[_ACCESS[call]] & os.W_OK:
            _flag_read_only(stop, name)
        # Interpreters look at many files, and only compare their numbers.
        is_own = isinstance(name, OwnFile)
        has_numbers = call in _BUFFERS_OF_STAT
        is_shown = has_numbers and (is_own or not stop.process.image.is_interpreter)
        matters = stop.known.files_matter and not stop.run.is_alone
        if has_numbers and matters and is_own and stop.is_directory(name):
            # New entries change its size, link count and times.
            stop.known.watch(stop.known.shared, name)
        look = cls(call, _with_directories(stop, (name,)))
        if matters and _is_noticed(stop, look.paths):
            return look
        return Alone(look) if is_shown else None

    def came_back(self, stop: HeldCall, result: int) -> Result:
        """Return what the call found, and the inode unless it is the first one with the name."""
        if result < 0:
            return result
        looked, call, args = (*self.files(stop.run.kernel), *self.inodes)[0], stop.call, stop.args
        found: Result = result
        if call in LISTINGS and isinstance(looked, File):
            found = _list_names(stop, looked, result)
        elif call in _LINK_TEXTS:
            index = _LINK_TEXTS[call]
            found = stop.read(args[index], min(result, args[index + 1]))
        elif call in _BUFFERS_OF_STAT:
            found = _show_facts(stop, looked, args[_BUFFERS_OF_STAT[call]], is_open=not self.paths)
        return found if looked == self.objects[0] else (found, looked)

    def words(self, naming: Naming = PLAIN) -> str:
        return f"looks at {naming.object(self.objects[0])} ({self.call})"


def _flag_read_only(stop: HeldCall, path: File) -> None:
    """Flag a look whether a file may be written that a private world makes read-only.

    Its /dev is a directory of its own, in which nothing can be made.
    """
    real = stop.names.real(path)
    is_own_dev = stop.workplace.is_private and os.path.normpath(real) == "/dev"
    if is_own_dev or stop.workplace.is_of_outside(real):
        stop.flag_call(flags.OTHER_WORLD.of(path_words(path.path)))


@follows("fstat", "fgetxattr", "flistxattr")
def _look_open(stop: HeldCall) -> Operation | None:
    return _look_at(stop, stop.object_of(stop.number(0)))


def _look_at(stop: HeldCall, name: Name | None) -> Operation | None:
    """Return the look of a call at an open file, or at a pipe."""
    if name is None or (not isinstance(name, Stored) and stop.call not in _BUFFERS_OF_STAT):
        return None
    look = FileLook(stop.call, (), (name,))
    return look if isinstance(name, Stored) and stop.is_shared(name) else Alone(look)


LISTINGS = ("getdents", "getdents64")


@follows(*LISTINGS)
def _list(stop: HeldCall) -> Operation | None:
    """Follow the listing of a directory that the program may change."""
    name = stop.object_of(stop.number(0))
    if not isinstance(name, File):
        return None
    if stop.has_shared_offset(name):
        stop.not_examined("a position in a directory that processes share")
    if not isinstance(name, OwnFile):
        if name.path.startswith("/dev/shm") and not stop.workplace.is_private:
            stop.not_examined("the list of /dev/shm")
        for flag in stop.workplace.differs(name.path, is_listed=True):
            stop.flag_call(flag)
        return None
    if stop.run.is_alone:
        return Alone(FileLook(stop.call, (name,)))
    stop.known.watch(stop.known.shared, name)
    return FileLook(stop.call, (name,))


@follows("getcwd")
def _getcwd(stop: HeldCall) -> Operation | None:
    """Follow getcwd: another process may remove the working directory."""
    stop.known.independent_of.add("the path of its directory")
    name = stop.names.file(path_of(stop.process.pid, "cwd", stop.target_of("cwd")))
    return FileLook(stop.call, (name,)) if stop.is_shared(name) else None


@follows("statfs", "fstatfs")
def _statfs(stop: HeldCall) -> None:
    """End the run at a look at a file system, except by programs of the system."""
    if not stop.process.image.is_trusted:
        stop.not_examined("the kind of a file system, or the room left in it")


# -- what a look shows -----------------------------------------------------------------------------


_LAYOUTS = {"aarch64": "=2Q4IQ8xqi4xq6q8x", "i386": "=Q4x5IQ4xqIQ6IQ"}
_STAT = struct.Struct(_LAYOUTS.get(ARCHITECTURE, "=3Q3I4xQ9q24x"))
"""Device, inode, links, mode, owner, group, special device, size, size of a block, blocks; seconds
and nanoseconds of the last read, the last change, the last change of these facts.

aarch64 and 32-bit x86 have the mode before the links, and the latter the whole inode at the end.
"""
_SECOND, _PAST_SECONDS, _FAR_SECONDS = 1_000_000_000, 1000, 500
_SECTOR, _BLOCK, _FIRST_TIME, _LOW_WORD = 512, 4096, 10, 0xFFFFFFFF
_LONGEST_LISTING, _ENTRY = 1 << 16, 19


def _show_facts(stop: HeldCall, name: Name, address: int, *, is_open: bool) -> Result:
    """Return the facts that a call has stored about a file, and show constants for some of them.

    These are the facts that a file system chooses, or that differ in the private world: device and
    inode, room, times of changes by this run, the links of directories and of open files, owners
    without an id here. The process sees other constants if the knowledge's conditions say so: a
    program that depends on them then acts differently.
    """
    data = stop.read(address, _STAT.size)
    if len(data) < _STAT.size:
        return None
    turn, fields = stop.known.turn(3), _unpack_stat(data)
    device, inode, links, mode, *owners, special, size, block, blocks = fields[:_FIRST_TIME]
    inode = stop.run.inodes.setdefault((device, inode), zlib.crc32(repr(name).encode()))
    inode ^= _LOW_WORD if turn else 0  # the order of inodes is the opposite one
    device = device + turn if turn else 1
    if not isinstance(name, Stored):  # a pipe, or the output
        stop.write(address, _pack_stat(device, inode, *fields[2:]))
        return mode
    if stat.S_ISDIR(mode):
        links, size, blocks = 2 + turn, _BLOCK << turn, (_BLOCK // _SECTOR) << turn
    elif is_open:
        links += turn
    if not stop.workplace.is_as_outside(stop.names.real(name)):
        blocks = 0 if turn else -(-size // block) * (block // _SECTOR)
    facts = mode, *(each - turn if each == NOBODY else each for each in owners), special, size
    times = _times_shown(stop, name, fields[_FIRST_TIME:])
    shown = (links, *facts, block, blocks, *times)
    stop.write(address, _pack_stat(device, inode, *shown))
    return shown


def _unpack_stat(data: bytes) -> list[int]:
    fields = list[int](_STAT.unpack(data))
    if ARCHITECTURE in _LAYOUTS:
        fields[2:4] = fields[3], fields[2]
    if ARCHITECTURE == "i386":
        fields[1] = fields.pop()
    return fields


def _pack_stat(device: int, inode: int, links: int, mode: int, *rest: int) -> bytes:
    pair = (mode, links) if ARCHITECTURE in _LAYOUTS else (links, mode)
    if ARCHITECTURE == "i386":
        return _STAT.pack(device, inode & _LOW_WORD, *pair, *rest, inode)
    return _STAT.pack(device, inode, *pair, *rest)


def _times_shown(stop: HeldCall, name: Stored, times: Sequence[int]) -> Sequence[int]:
    """Return constants for the times in struct stat, but not for a last change before this run."""
    seconds, fraction = times[2:4]
    turn, touched = stop.known.turn(3), stop.run.touched[name]
    distance = zlib.crc32(repr(name).encode()) % _FAR_SECONDS + touched
    past = stop.known.clock_start // _SECOND - _PAST_SECONDS + (0, -distance, distance)[turn]
    if stop.workplace.made <= seconds + fraction / _SECOND <= time.time():
        seconds, fraction = past, 0
    # Outside, a read may change when the file was last read; here the file system may not note it.
    read = past + (stop.process.count("looked at times") if turn else 0)
    return read, 0, seconds, fraction, past, 0


def _list_names(stop: HeldCall, name: File, count: int) -> tuple[object, ...]:
    """Return the names that getdents64 found, and show them sorted, or in the opposite order.

    The copy of a directory may list its files in a different order from the original.
    """
    data = stop.read(stop.args[1], min(count, _LONGEST_LISTING))
    entries, begin = [], 0
    while begin + _ENTRY <= len(data):
        length = int.from_bytes(data[begin + 16 : begin + 18], "little")
        entries.append(data[begin : begin + max(length, 1)])
        begin += len(entries[-1])
    for flag in stop.workplace.differs(stop.names.real(name), is_listed=True):
        stop.flag_call(flag)
    ordered = sorted(entries, key=_name_of_entry, reverse=bool(stop.known.turn()))
    if not stop.workplace.is_as_outside(stop.names.real(name)):
        # The offset of the next entry (d_off) keeps its position.
        pairs = zip(ordered, entries, strict=True)
        stop.write(stop.args[1], b"".join(new[:8] + old[8:16] + new[16:] for new, old in pairs))
    return tuple(sorted(map(_name_of_entry, entries)))


def _name_of_entry(entry: bytes) -> bytes:
    return entry[_ENTRY:].split(b"\0", 1)[0]


# -- locks -----------------------------------------------------------------------------------------


@follows("flock")
class Flock(Operation):
    """Takes or releases a lock, which belongs to an open file description until its last close."""

    file: Stored
    operation: int
    """LOCK_EX or LOCK_UN, possibly with LOCK_NB."""
    description: Description

    _named = ("file",)

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        number, operation = stop.number(0), stop.args[1]
        name = stop.object_of(number)
        if not isinstance(name, Stored) or stop.is_of_outside(name):
            return None
        if operation & ~LOCK_NB not in (LOCK_EX, LOCK_UN):
            stop.not_examined("shared locks")
        stop.known.watch(stop.known.locked, name)
        if stop.workplace.is_as_outside(stop.names.real(name)):
            stop.known.assumed.add("no other program has its files locked")
        unknown = Description("", 0)
        description = stop.process.files.descriptions.get(number, unknown)
        return cls(name, operation, description)

    def reason(self, _name: str, _awaited: Sequence[str], naming: Naming) -> str:
        return f"another process has {naming.object(self.file)} locked"

    def words(self, naming: Naming = PLAIN) -> str:
        verb = "unlocks" if self.operation & LOCK_UN else "locks"
        return f"{verb} {naming.object(self.file)}"

    def _is_free(self, kernel: Kernel) -> bool:
        is_release = bool(self.operation & LOCK_UN)
        return is_release or kernel.locks.get(self.file, self.description) == self.description

    def is_ready(self, kernel: Kernel, _name: str) -> bool:
        """Return whether the lock is free, or the call does not wait for it."""
        return bool(self.operation & LOCK_NB) or self._is_free(kernel)

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        return 0 if self._is_free(kernel) else -errno.EWOULDBLOCK

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> None:
        if edge.result != 0:
            return
        if not self.operation & LOCK_UN:
            kernel.locks[self.file] = self.description
        elif kernel.locks.get(self.file) == self.description:
            del kernel.locks[self.file]

    def finds_nothing(self, result: object) -> bool:
        return result == -errno.EWOULDBLOCK
