"""Files: opening, changing and looking at them, FIFOs, and locks by flock.

The contents of a file are not modelled. A file's state is its history: the changes made to it, in
order. The result of a call is learned for each history. A name is an entry of the kernel's state,
which says which file has it: so a file keeps its history when its name changes or is removed. A
directory is known by its path, and its history has the changes of its entries.

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
from contextlib import contextmanager, suppress
from typing import NamedTuple

from simpsh.explore import flags
from simpsh.explore.flags import Flag
from simpsh.explore.objects.held_call import HeldCall, path_of
from simpsh.explore.objects.kernel_state import (
    Alone,
    DependsOn,
    HistoryEdge,
    KeptKey,
    Kernel,
    Lock,
    OnObject,
    Operation,
    Prediction,
    follows,
)
from simpsh.explore.objects.name_words import PLAIN, Naming, path_words
from simpsh.explore.objects.process_state import WORD, Result
from simpsh.explore.objects.symbolic_names import (
    OUT,
    SIDES,
    Description,
    Ends,
    Fifo,
    File,
    Name,
    OwnFile,
    Pipe,
    Side,
    Socket,
    Stored,
    sides,
)
from simpsh.kernel import descriptors
from simpsh.kernel.machine import registers
from simpsh.process import proc
from simpsh.trace import tracee_proc

LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN = 1, 2, 4, 8
O_CREAT, O_TRUNC = 0o100, 0o1000
_O_RDWR, _O_ACCESS, _O_EXCL, _O_APPEND = 2, 3, 0o200, 0o2000
_O_NONBLOCK, _O_NOFOLLOW, _O_TMPFILE = 0o4000, 0o400000, 0o20000000
_O_CHANGING = _O_ACCESS | O_CREAT | O_TRUNC | _O_TMPFILE
_O_ALL, _LOCK_BITS = 0o77777777, 15
OTHER_END: Mapping[Side, Side] = {"r": "w", "w": "r"}


def own_offset(stop: HeldCall, name: Stored) -> int | None:
    """Return the file offset at which a call begins; None if other processes may influence it.

    Other processes may share and move the offset; with O_APPEND, their writes move it.
    """
    number = stop.number(0)
    if stop.is_directory(name) or name in stop.process.files.shared:
        return None
    return None if stop.open_flags(number) & _O_APPEND else int(stop.fdinfo(number).get("pos", "0"))


# -- histories -------------------------------------------------------------------------------------


def histories(kernel: Kernel, *files: Stored) -> DependsOn:
    """Return the histories of files, as the parts of the state that a result depends on."""
    return DependsOn([kernel.files.get(file, 0) for file in files])


def has_failed(edge: HistoryEdge) -> bool:
    """Return whether the call of a step has failed."""
    return isinstance(edge.result, int) and edge.result < 0


def lengthen(kernel: Kernel, edge: HistoryEdge, change: object, *files: Stored) -> None:
    """Append a change to the histories of files, unless the call failed.

    The entry of each file includes the histories of all files. `change` is the same for every
    process; None means that it depends on the offset of an open file, which only the process's
    history determines.
    """
    if has_failed(edge):
        return
    made = edge.number if change is None else (change, edge.result)
    before = tuple(kernel.files.get(file, 0) for file in files)
    for index, file in enumerate(files):
        kernel.files[file] = kernel.learned.history_after(before, (index, made))


def flag_unknown_names(kernel: Kernel, stop: HeldCall, file: Stored | None) -> None:
    """Flag the change of a file that had several names before the first fork.

    Uses of its other names would not be seen.
    """
    if isinstance(file, File):
        known = sum(each == file for each in kernel.names.values()) + (file not in kernel.names)
        if stop.names.count_links(file) > max(known, 1):
            stop.flag(flags.NOT_EXAMINED.of("hard links made before the first fork"))


_NEW = -1
"""The history before a file was made."""


def make_file(kernel: Kernel, edge: HistoryEdge, change: object, path: File, file: File) -> None:
    """Let a call make a file with this name, which no file has."""
    if file != path and not isinstance(path, OwnFile):
        kernel.learned.doubts.add(flags.NOT_EXAMINED.of("names of files outside that are open"))
    kernel.names[path] = file
    # An earlier file with this name began with another history.
    kernel.files[file] = kernel.learned.history_after((_NEW,), (change, edge.result))


# -- operations ------------------------------------------------------------------------------------


class FileOperation(Operation):
    """Uses files with a call whose result depends on earlier changes of these files."""

    names_files = True
    """Whether the files are given by their names, not by descriptors."""

    def files_of(self, kernel: Kernel) -> Iterator[Stored]:
        """Yield the files that the objects name, also those that the call would make."""
        for each in self.objects:
            if isinstance(each, File) and self.names_files:
                yield kernel.file_made_at(each)
            elif isinstance(each, Stored):
                yield each

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the histories of the files, and which names have changed."""
        files = tuple(self.files_of(kernel))
        if not self.names_files or kernel.names.keys().isdisjoint(self.objects):
            return histories(kernel, *files)
        named = (each not in kernel.names or kernel.names[each] for each in self.objects)
        return DependsOn((*histories(kernel, *files), *files, *named))

    def finds_nothing(self, result: object) -> bool:
        """Return whether the call failed, as open(2) does if a lock file exists."""
        return isinstance(result, int) and result < 0


# -- FIFOs -----------------------------------------------------------------------------------------

FIFO_WAITS = "waits"
"""The result of an OpenFifo that FifoWaits follows, together with the descriptor."""


_ENDS: tuple[Ends, ...] = ("r", "w", "rw", "r")
"""The ends of a pipe, by the access mode of open(2)."""


class _Met(KeptKey):
    """Marks a process that waits in open, when the other end has been opened."""

    __slots__ = ()

    def remaining(self, kernel: Kernel, value: object) -> object:
        process = kernel.procs.get(str(self[1]))
        return value if process and isinstance(process[0].operation, FifoWaits) else None


class OpenFifo(Operation):
    """Opens a FIFO; without a partner FifoWaits follows."""

    path: File
    ends: Ends
    """The ends that are opened."""

    _named = ("path", "fifo")

    @classmethod
    def of(cls, stop: HeldCall, path: File, bits: int) -> OpenFifo:
        """Return the operation that opens a FIFO; `bits` are the flags of open(2)."""
        stop.known.fifos.add(path)
        if bits & _O_NONBLOCK:
            stop.not_examined("a FIFO that does not block")
        return cls(path, _ENDS[bits & _O_ACCESS])

    @property
    def fifo(self) -> Fifo:
        return Fifo(self.path)

    def lacks_partner(self, kernel: Kernel, stop: HeldCall) -> bool:
        """Return whether the call would wait for the other end."""
        if self.ends == "rw" or not stat.S_ISFIFO(stop.kind(self.path)):
            return False
        return not kernel.is_held(self.fifo, OTHER_END[self.ends])

    @contextmanager
    def not_waiting(self, stop: HeldCall) -> Iterator[None]:
        """Make the open return at once, so that the explorer can hold the process meanwhile.

        A reader opens with O_NONBLOCK, which is reset afterwards; for a writer, the explorer has
        the reading end open for a moment.
        """
        if self.ends == "r":
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
        assert self.ends != "rw"  # which needs no partner
        if self.ends == "r":
            borrowed = descriptors.borrow(stop.process.pid, result)
            os.set_blocking(borrowed, True)
            descriptors.close(borrowed)
        return FifoWaits(self.fifo, self.ends)

    def words(self, naming: Naming = PLAIN) -> str:
        purpose = {"r": "to read", "w": "to write", "rw": "to read and write"}[self.ends]
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
        has_failed = isinstance(edge.result, int) and edge.result < 0
        if has_failed or edge.result is None:
            return
        for other, (node, _) in kernel.procs.items():
            waits = node.operation
            if not isinstance(waits, FifoWaits) or waits.object != self.fifo or other == name:
                continue
            if OTHER_END[waits.end] in self.ends:
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
    r"/proc/(?:filesystems|cpuinfo|version|cmdline|devices"
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


def _flag_channel(stop: HeldCall, file: File) -> None:
    """Flag files that show other processes; a few show only the process itself."""
    for flag in stop.workplace.differs(stop.names.real(file)):
        stop.flag_call(flag)
    if isinstance(file, OwnFile):
        return
    path = file.path
    if _OF_THE_MACHINE.match(path) and stat.S_ISREG(stop.kind(file)):
        stop.flag_call(flags.LOOKS_AT_PROCESSES)
    is_missing = os.path.dirname(path) == "/dev" and not stop.kind(file)
    if (is_missing and stop.workplace.is_private) or f"{path}/".startswith(_QUEUES):
        stop.not_examined(f"the device {path_words(path)}")
    if path == "/proc" and stop.call in _STAT:
        stop.flag_call(flags.LOOKS_AT_PROCESSES)  # its link count depends on the processes
    if not path.startswith("/proc/"):
        return
    if path in ("/proc/mounts", f"/proc/{stop.process.pid}/mounts") and stop.is_of_selinux:
        return
    own = _OF_ITS_OWN.fullmatch(path)
    is_own = own is not None and int(own[1]) == stop.process.pid
    if not is_own and _OF_ALL.fullmatch(path) is None and path != "/proc/self":
        stop.flag_call(flags.LOOKS_AT_PROCESSES)


def _flag_opened(stop: HeldCall, file: File) -> None:
    """Flag the opening of a device, or of a file that shows other processes."""
    _flag_channel(stop, file)
    if file == File("/proc"):
        stop.flag_call(flags.LOOKS_AT_PROCESSES)
    kind = stop.kind(file)
    is_device = stat.S_ISCHR(kind) or stat.S_ISBLK(kind)
    if is_device and file.path not in _DEVICES and not file.is_terminal:
        stop.not_examined(f"the device {path_words(file.path)}")


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
    return isinstance(name, Pipe | Socket) and is_same_end


def _without_umask(stop: HeldCall, mode: int) -> int:
    return mode & 0o7777 & ~int(proc.status_field(stop.process.pid, "Umask") or "0", 8)


def _related_path(stop: HeldCall, path: File, name: File) -> File | None:
    """Return another path that the result depends on: a followed link, or the directory."""
    is_link = path != name and path in stop.known.shared
    return path if is_link else stop.shared_directory(name)


def flag_busy(stop: HeldCall, name: File) -> None:
    """Flag a file that is executed while a process may have the file open for writing (ETXTBSY)."""
    if name in stop.known.executed & stop.known.opened_to_write:
        stop.flag(flags.CHANGES_MEANWHILE)


@follows("open", "creat", "openat")
class Open(FileOperation):
    """Opens a file that the program changes somewhere."""

    path: File
    flags: int
    """The flags of open(2)."""
    directory: File | None = None
    """The file's directory, if the program also changes or lists the directory."""
    mode: int = 0
    """The permissions of a new file, with the umask applied."""

    _named = ("path", "directory")

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        args = stop.args
        if stop.call == "creat":
            bits, mode = O_CREAT | O_TRUNC | os.O_WRONLY, args[1]
        else:
            bits, mode = args[1:3] if stop.call == "open" else args[2:4]
        is_relative = stop.call == "openat"
        path = stop.path(args[1], args[0]) if is_relative else stop.path(args[0])
        if not isinstance(path, File):
            return None  # a path below a pipe: ENOTDIR
        if (number := _own_descriptor(stop, path)) is not None:
            if _reopens_own(stop, number, bits):
                stop.process.files.mark_stale()
                return None
            device = stop.object_of(number)
            if isinstance(device, File) and device.is_device and not bits & _O_NOFOLLOW:
                path = device
        if stop.known.is_plain(path) and not bits & _O_CHANGING:
            return None
        if path.is_terminal:
            stop.not_examined("the terminal")
        _flag_opened(stop, path)
        if bits & _O_TMPFILE:
            stop.not_examined("files without a name")
            return None
        name = path if bits & _O_NOFOLLOW else stop.names.follow(path)
        if stat.S_ISFIFO(stop.kind(name)):
            if stop.is_of_outside(name):
                return None
            return OpenFifo.of(stop, name, bits)
        mode = _without_umask(stop, mode) if bits & O_CREAT else 0
        related = _related_path(stop, path, name)
        return cls(name, bits & _O_ALL, related, mode).if_visible(stop, path)

    def if_visible(self, stop: HeldCall, path: File) -> Operation | None:
        """Record that the call may change the file; return the operation if it is visible."""
        known, name, writes = stop.known, self.path, bool(self.flags & _O_ACCESS)
        if writes and not stop.may_change(name):
            return None
        if self.is_change:
            visible = stop.changes(name)
            if visible and self.directory is not None and self.flags & O_CREAT:
                stop.changes(self.directory)
        else:
            is_in_changed = self.directory is not None and not stop.run.is_alone
            visible = stop.is_shared(name) or is_in_changed
        if writes and stop.names.real(name) == stop.target_of("exe"):
            stop.flag(flags.CHANGES_MEANWHILE)
        if writes and not stop.run.is_alone:
            known.opened_to_write.add(name)
            flag_busy(stop, name)
        if visible:
            return self
        stop.names.note_plain(path, name)
        return Alone(self) if name in known.locked or name in known.renamed else None

    def prepare(self, kernel: Kernel, stop: HeldCall) -> None:
        if self.flags & O_TRUNC:
            flag_unknown_names(kernel, stop, kernel.file_at(self.path))

    def came_back(self, stop: HeldCall, result: int) -> Result:
        """Return the descriptor, and the file unless it is the first one with the name."""
        process, known = stop.process, stop.known
        file = stop.run.kernel.file_made_at(self.path)
        if result < 0:
            return result
        if self.path in known.renamed:
            stop.names.remember(file, f"/proc/{process.pid}/fd/{result}")
            known.shared.add(file)
            process.files.mark_stale()
        if file in known.locked:
            process.files.mark_stale()
            process.files.add(result, Description(process.name, process.count("opens")))
        return result if file == self.path else (result, file)

    @property
    def is_change(self) -> bool:
        return bool(self.flags & (O_CREAT | O_TRUNC))

    def words(self, naming: Naming = PLAIN) -> str:
        purpose = ("to read", "to write", "to read and write", "")[self.flags & _O_ACCESS]
        marks = ((O_CREAT, "create"), (_O_EXCL, "new only"), (O_TRUNC, "empty"))
        named = [word for bit, word in (*marks, (_O_APPEND, "append")) if self.flags & bit]
        details = f" ({', '.join(named)})" if named else ""
        return f"opens {naming.object(self.path)} {purpose}".rstrip() + details

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> None:
        if not self.is_change or has_failed(edge):
            return
        # The process already has the file open, so that the kernel would find another one.
        file = edge.result[1] if isinstance(edge.result, tuple) else self.path
        if kernel.file_at(self.path) is None:
            make_file(kernel, edge, self, self.path, file)
        else:
            lengthen(kernel, edge, self, file)
        if self.directory is not None and self.flags & O_CREAT:
            lengthen(kernel, edge, self, self.directory)


# -- changing --------------------------------------------------------------------------------------


_CHANGING = {
    "chmod": "sets the mode of {}",
    "fchmod": "sets the mode of {}",
    "ftruncate": "sets the length of {}",
    "link": "links {} as {}",
    "lseek": "moves its offset in {}",
    "mkdir": "makes the directory {}",
    "rename": "renames {} to {}",
    "rmdir": "removes the directory {}",
    "symlink": "makes the symbolic link {}",
    "truncate": "sets the length of {}",
    "unlink": "removes {}",
}
"""The phrases for calls; `{}` stands for a file."""
_SAME_IN_ALL = frozenset(("unlink", "rename", "mkdir", "rmdir", "truncate"))
"""The calls whose effect is the same in every process: it only depends on the arguments."""


# The indices of the path arguments: (the directory's descriptor or -1, the path).
_PATHS: dict[str, tuple[tuple[int, int], ...]] = {
    **dict.fromkeys(("rename", "link"), ((-1, 0), (-1, 1))),
    "symlink": ((-1, 1),),
    **dict.fromkeys(("renameat", "renameat2", "linkat"), ((0, 1), (2, 3))),
    "symlinkat": ((1, 2),),
    **dict.fromkeys(("unlink", "rmdir", "mkdir", "mknod", "truncate", "chmod"), ((-1, 0),)),
    **dict.fromkeys(("unlinkat", "mkdirat", "mknodat"), ((0, 1),)),
    **dict.fromkeys(("chown", "lchown", "utime", "utimes"), ((-1, 0),)),
    **dict.fromkeys(("fchmodat", "fchmodat2", "fchownat", "futimesat", "utimensat"), ((0, 1),)),
}
_FOLLOWING = frozenset(
    ("truncate", "chmod", "chown", "fchmodat", "fchownat", "utime", "utimes", "utimensat")
)
_NAMES_CHANGED = {"unlink": 1, "rename": 2, "link": 2, "symlink": 1, "mknod": 1}
"""How many names of files each of these calls gives or takes."""
_NAMING = tuple(_NAMES_CHANGED)
_RENAME_NOREPLACE = 1
# The indices of the other arguments that determine the effect of a call.
_NUMBERS = {
    **dict.fromkeys(("truncate", "chmod", "mkdir"), (1,)),
    **dict.fromkeys(("mkdirat", "unlinkat"), (2,)),
    "renameat2": (4,),
}


@follows(*_PATHS)
class FileChange(FileOperation):
    """Changes files with a call that has no class of its own: unlink, rename, lseek and others.

    After a rename the new path has the state of the old path.
    """

    call: str
    """The call's name, without `at`."""
    files: tuple[Stored, ...]
    """The files, in the call's order; then the directories that also matter."""
    arguments: tuple[int, ...] = ()
    """The numeric arguments."""
    names_files: bool = True

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
        _flag_rights(stop)
        names = tuple(name for name in found if isinstance(name, File))
        if len(names) < len(found):
            return None  # a path below a pipe: ENOTDIR
        for name in names:
            if name.path.startswith(_QUEUES):
                _flag_channel(stop, name)
        if len(names) > 1:
            for flag in stop.workplace.refuses(call, *map(stop.names.real, names)):
                stop.flag(flag)
        numbers = tuple(args[index] for index in _NUMBERS.get(call, ()))
        if call == "renameat2" and numbers[0] & ~_RENAME_NOREPLACE:
            stop.not_examined("names that are exchanged")
        if call.startswith("mkdir"):
            numbers = tuple(_without_umask(stop, mode) for mode in numbers)
        if call in _FOLLOWING:
            names = tuple(map(stop.names.follow, names))
        elif not stop.run.is_alone and call.startswith(_NAMING):
            _note_naming(stop, names)
        directories = dict.fromkeys(filter(None, map(stop.shared_directory, names)))
        return cls.of(stop, (*names, *directories), numbers)

    @classmethod
    def of(
        cls,
        stop: HeldCall,
        names: tuple[Stored, ...],
        numbers: tuple[int, ...] = (),
        *,
        names_files: bool = True,
    ) -> Operation | None:
        """Return the change that a call makes to files, if it is visible."""
        visible = [stop.changes(name) for name in names]
        called = stop.call.removesuffix("2").removesuffix("at")
        return cls(called, names, numbers, names_files) if any(visible) else None

    def prepare(self, kernel: Kernel, stop: HeldCall) -> None:
        for file in self.files_of(kernel):
            flag_unknown_names(kernel, stop, file)
        if self.call in _NAMING:
            for path in self.files:
                named = kernel.file_at(path) if isinstance(path, File) else None
                if named is not None:
                    stop.names.remember(named, stop.names.real(path))

    @property
    def objects(self) -> tuple[Name, ...]:
        return self.files

    def words(self, naming: Naming = PLAIN) -> str:
        names = [naming.object(name) for name in self.files]
        if self.call in _CHANGING:
            return f"{_CHANGING[self.call].format(*names)} ({self.call})"
        return f"calls {self.call} for {' and '.join(names)}"

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        if has_failed(edge):
            return
        change = self if self.call in _SAME_IN_ALL else None
        if self.call in _NAMES_CHANGED:
            count = _NAMES_CHANGED[self.call]
            _change_names(kernel, edge, self, self.files[:count])
            lengthen(kernel, edge, self, *self.files[count:])
            return
        if not kernel.names.keys().isdisjoint(self.files) and self.call in ("mkdir", "rmdir"):
            kernel.learned.doubts.add(flags.NOT_EXAMINED.of("a name of a file and a directory"))
        lengthen(kernel, edge, change, *self.files_of(kernel))


def _change_names(
    kernel: Kernel, edge: HistoryEdge, change: FileChange, paths: tuple[Stored, ...]
) -> None:
    """Let a call give a file a name, or take a name from it."""
    path, *others = (each for each in paths if isinstance(each, File))
    names, to = kernel.names, next(iter(others), path)
    file, replaced = kernel.file_at(path), kernel.file_at(to)
    match change.call:
        case "mknod" | "symlink":
            if any(kernel.is_held(Fifo(path), side) for side in SIDES):
                kernel.learned.doubts.add(flags.NOT_EXAMINED.of("FIFOs that are made again"))
            # The mode and the contents depend on the call.
            if file is None:
                make_file(kernel, edge, edge.number, path, kernel.file_made_at(path))
            else:
                lengthen(kernel, edge, None, file)
            return
        case "link":
            names[to] = file
        case "unlink":
            names[path] = None
        case _ if file == replaced:
            return  # rename(2) does nothing if both names have the same file
        case _:
            names[path], names[to] = None, file
    # The number of names of a file is one of its facts.
    changed = replaced if change.call == "rename" else file
    if changed is not None:
        lengthen(kernel, edge, (change.call, changed), changed)


def _flag_rights(stop: HeldCall) -> None:
    """Flag a mknod of a device by root, and a chown to another user or group."""
    call = stop.call.removesuffix("at")
    first, second = stop.args[1 + (call != stop.call) :][:2]
    lacks = stop.is_mighty and call == "mknod" and (stat.S_ISCHR(first) or stat.S_ISBLK(first))
    if call.endswith("chown") and os.geteuid() and stop.workplace.is_private:
        permitted = {_LARGEST_ID, os.geteuid(), os.getegid()}
        lacks = not {first & _LARGEST_ID, second & _LARGEST_ID} <= permitted
    if lacks:
        stop.flag_call(flags.LACKS_RIGHT)


_SYMLINK, _LINK = ("symlink", "symlinkat"), ("link", "linkat")
_RENAME = ("rename", "renameat", "renameat2")


def _note_naming(stop: HeldCall, names: tuple[File, ...]) -> None:
    """Record the names that a call adds or removes."""
    known, call = stop.known, stop.call
    if call in _SYMLINK:
        known.watch(known.links, names[0])
    for name in names:
        known.watch(known.renamed, name)
    if call in (*_RENAME, *_LINK) and names[0] in known.fifos:
        stop.not_examined("FIFOs that are renamed")
    if call in _RENAME:
        if os.path.islink(stop.names.real(names[0])):
            known.watch(known.links, names[1])
        elif stop.is_directory(names[0]):
            stop.not_examined("renamed directories")


@follows("ftruncate", "fallocate", "fchmod", "fchown")
def _change_open(stop: HeldCall) -> Operation | None:
    name = stop.object_of(stop.number(0))
    _flag_rights(stop)
    if not isinstance(name, Stored):
        return None
    return FileChange.of(stop, (name,), stop.args[1:4], names_files=False)


@follows("lseek")
def _lseek(stop: HeldCall) -> Operation | None:
    name, args = stop.object_of(stop.number(0)), stop.args
    if not isinstance(name, Stored) or not (stop.has_shared_offset(name) or stop.is_shared(name)):
        return None
    if args[2] < os.SEEK_END and own_offset(stop, name) is not None:
        return None
    # _llseek(2) of 32-bit x86 has the offset in two halves, and `whence` as its last argument.
    numbers = (*args[1:3], *args[4:5] * (WORD == 4))
    return FileChange("lseek", (name,), numbers, names_files=False)


# -- looking ---------------------------------------------------------------------------------------


_NOT_FOLLOWING = ("lstat", "readlink", "readlinkat", "lgetxattr", "llistxattr")
_FLAGS_OF_LOOKS = {"newfstatat": 3, "statx": 2, "faccessat2": 3}
_ACCESS = {"access": 1, "faccessat": 2, "faccessat2": 2}
"""The index of the argument with the rights to look for."""
_RELATIVE_LOOKS = ("newfstatat", "statx", "faccessat", "faccessat2", "readlinkat")
_LOOKS = (
    *("stat", "lstat", "access", "readlink", "chdir"),
    *("getxattr", "lgetxattr", "listxattr", "llistxattr"),
)
_AT_SYMLINK_NOFOLLOW = 0x100


@follows(*_RELATIVE_LOOKS, *_LOOKS)
class FileLook(FileOperation):
    """Looks at a file or directory and changes nothing: stat, access, readlink, getdents."""

    call: str
    file: Name
    directory: File | None = None
    """The file's directory, if the program also changes the directory."""
    names_files: bool = True

    _named = ("file", "directory")

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        call, args = stop.call, stop.args
        if call in _RELATIVE_LOOKS and stop.number(0) >= 0 and not stop.text(args[1]):
            return _look_open(stop)  # AT_EMPTY_PATH
        path = stop.path(args[1], args[0]) if call in _RELATIVE_LOOKS else stop.path(args[0])
        if not isinstance(path, File):
            return _look_at_pipe(stop, path)
        if stop.known.is_plain(path) and (call not in _STAT or stop.process.image.is_interpreter):
            return None
        name = path
        _flag_channel(stop, path)
        bits = args[_FLAGS_OF_LOOKS[call]] if call in _FLAGS_OF_LOOKS else 0
        if call not in _NOT_FOLLOWING and not bits & _AT_SYMLINK_NOFOLLOW:
            name = stop.names.follow(path)
        if call in _ACCESS:
            _flag_fixed(stop, name, args[_ACCESS[call]])
        is_asked = call in _STAT and _is_fixed(stop, name)
        matters = stop.known.files_matter and not stop.run.is_alone
        if is_asked and isinstance(name, OwnFile) and stop.is_directory(name):
            if not matters:
                return Alone(cls(call, name))
            # New entries change its size, link count and times.
            stop.known.watch(stop.known.shared, name)
        look = cls.of(stop, name, path) if matters else None
        if not is_asked:
            stop.names.note_plain(path, name)
        # These results contain times and inode numbers, which are varied.
        return Alone(cls(call, name)) if look is None and is_asked else look

    @classmethod
    def of(cls, stop: HeldCall, name: File, path: File | None = None) -> Operation | None:
        """Return the operation of a call that looks at a file, if others may change its result."""
        directory = _related_path(stop, path or name, name)
        if stop.is_shared(name) or (directory is not None and not stop.run.is_alone):
            return cls(stop.call, name, directory)
        return None

    def came_back(self, stop: HeldCall, result: int) -> Result:
        if result < 0:
            return result
        file = self.file
        if isinstance(file, File) and self.names_files:
            file = stop.run.kernel.file_made_at(file)
        facts = _show_facts(stop, file, result)
        return facts if file == self.file else (facts, file)

    def words(self, naming: Naming = PLAIN) -> str:
        return f"looks at {naming.object(self.file)} ({self.call})"


def _is_fixed(stop: HeldCall, name: Stored) -> bool:
    """Return whether a process sees constants as the device, inode and room of a file.

    Interpreters look at many files, and only compare these numbers.
    """
    is_own = isinstance(name, OwnFile) or stop.is_directory(name)
    return is_own or not stop.process.image.is_interpreter


_LISTINGS = ("getdents", "getdents64")
_AF_UNIX, _LONGEST_ADDRESS = struct.pack("H", 1), 110


def _flag_fixed(stop: HeldCall, path: File, rights: int) -> None:
    """Flag a look whether a file may be written that only a private world makes read-only.

    Its /dev is a directory of its own, in which nothing can be made.
    """
    real = stop.names.real(path)
    is_own_dev = stop.workplace.is_private and os.path.normpath(real) == "/dev"
    if rights & os.W_OK and (is_own_dev or stop.workplace.is_of_outside(real)):
        with suppress(OSError):
            facts = os.stat(real)
            is_owner = facts.st_mode & stat.S_IWUSR and facts.st_uid == os.geteuid()
            if os.geteuid() == 0 or is_owner or facts.st_mode & stat.S_IWOTH:
                stop.flag_call(flags.OTHER_WORLD.of(path_words(path.path)))


def _look_at_pipe(stop: HeldCall, name: Name | None) -> Operation | None:
    if name is None or isinstance(name, Stored) or stop.call not in _STAT:
        return None
    return Alone(FileLook(stop.call, name))


@follows("fstat", "fgetxattr", "flistxattr")
def _look_open(stop: HeldCall) -> Operation | None:
    name = stop.object_of(stop.number(0))
    if not isinstance(name, Stored):
        return _look_at_pipe(stop, name)
    if stop.is_shared(name):
        return FileLook(stop.call, name, names_files=False)
    is_asked = name in stop.known.shared or _is_fixed(stop, name)
    return Alone(FileLook(stop.call, name, names_files=False)) if is_asked else None


@follows(*_LISTINGS)
def _list(stop: HeldCall) -> Operation | None:
    name = stop.object_of(stop.number(0))
    if isinstance(name, Stored) and stop.has_shared_offset(name):
        stop.not_examined("a position in a directory that processes share")
    if not isinstance(name, OwnFile):
        is_of_memory = isinstance(name, File) and name.path.startswith("/dev/shm")
        if is_of_memory and not stop.workplace.is_private:
            stop.not_examined("the list of /dev/shm")
        for flag in stop.workplace.lacks(name.path) if isinstance(name, File) else ():
            stop.flag_call(flag)
        return None
    if stop.run.is_alone:
        return Alone(FileLook("getdents", name))
    stop.known.watch(stop.known.shared, name)
    return FileLook("getdents", name)


@follows("getcwd")
def _getcwd(stop: HeldCall) -> Operation | None:
    """Follow getcwd: another process may remove the working directory."""
    stop.known.independent_of.add("the path of its directory")
    name = stop.names.file(path_of(stop.process.pid, "cwd", stop.target_of("cwd")))
    return FileLook("getcwd", name) if stop.is_shared(name) else None


@follows("statfs", "fstatfs")
def _statfs(stop: HeldCall) -> None:
    """End the run at a look at a file system, except by programs of the system."""
    if not stop.process.image.is_trusted and not stop.is_of_selinux:
        stop.not_examined("the kind of a file system, or the room left in it")


@follows("connect")
def _connect(stop: HeldCall) -> Operation | None:
    """Look for a service by its path. Outside services cannot be reached from a private world."""
    address = stop.read(stop.args[1], min(stop.args[2], _LONGEST_ADDRESS))
    has_path = address[:2] == _AF_UNIX and address[2:3] != b"\0" and b"\0" in address[3:]
    path = stop.path(stop.args[1] + 2) if has_path else None
    name = stop.names.follow(path) if isinstance(path, File) else None
    if name is None or isinstance(stop.object_of(stop.number(0)), Socket):
        stop.not_examined("sockets")
        return None
    is_socket = stat.S_ISSOCK(stop.kind(name))
    if is_socket or any(stop.workplace.differs(stop.names.real(name))):
        stop.known.independent_of.add(f"the service at {path_words(name.path)}")
    if is_socket and not stop.workplace.is_private:
        stop.not_examined("sockets")
    return FileLook.of(stop, name) if stop.known.files_matter else None


class _StatLayout(NamedTuple):
    """The layout of the structure that a call of the stat family fills."""

    argument: int
    facts: struct.Struct
    """The fields that are results: number of links, mode, owner, group, size."""
    device: int
    inode: int
    owner: int
    size: int
    blocks: int
    times: int
    number_of_times: int


_LAYOUT = _StatLayout(1, struct.Struct("16xQIII12xq"), 0, 8, 28, 48, 64, 72, 3)
_STAT = {
    **dict.fromkeys(("stat", "lstat", "fstat"), _LAYOUT),
    "newfstatat": _LAYOUT._replace(argument=2),
    "statx": _StatLayout(4, struct.Struct("16xIIIH10xQ"), 136, 32, 20, 40, 48, 64, 4),
}
_STAT_BYTES, _STATX_ATTRIBUTES, _STATX_MASK = 144, 8, 56
_LINKS, _AT_LINKS = struct.Struct("I"), 16
_NUMBER, _TIME, _TWO_IDS = struct.Struct("Q"), struct.Struct("qI"), struct.Struct("II")
_LARGEST_ID, _TIME_BYTES, _SECOND = 0xFFFFFFFF, 16, 1_000_000_000
_PAST_SECONDS, _FAR_SECONDS = 1000, 500
_BLOCK_BYTES, _SECTORS = 4096, 8
_LONGEST_LISTING, _ENTRY = 1 << 16, 19


def _show_facts(stop: HeldCall, name: Name, result: int) -> Result:
    """Return the facts that a call found about a file.

    The file system chooses inodes, devices and the room of a file, and no rule determines the times
    of changes. The process sees constants instead, and others if the knowledge's conditions say so:
    a program that depends on them then acts differently. A time that a program has set, or that the
    file had before, is a result.
    """
    call, args = stop.call, stop.args
    if call in _LISTINGS and isinstance(name, File):
        return _list_names(stop, name, result)
    if call.startswith("readlink"):
        return stop.read(args[2 if call == "readlinkat" else 1], result)
    if call.endswith("xattr"):
        address, size = args[1 if "list" in call else 2 :][:2]
        return stop.read(address, min(result, size))
    layout = _STAT.get(call)
    if layout is None:
        return result
    start = args[layout.argument]
    data = bytearray(stop.read(start, _STAT_BYTES))
    if len(data) < _STAT_BYTES:
        return result
    turn = stop.known.turn(3)
    if not turn and isinstance(name, Stored) and stop.is_directory(name):
        (links,) = _LINKS.unpack_from(data, _AT_LINKS)
        _LINKS.pack_into(data, _AT_LINKS, stop.workplace.links_of(stop.names.real(name), links))
    is_open = call == "fstat" or (call == "newfstatat" and not stop.text(args[1]))
    if turn and is_open and stop.is_removed(stop.number(0)):
        _LINKS.pack_into(data, _AT_LINKS, 0)  # an overlay still counts a name of an outside file
    facts = layout.facts.unpack_from(data)
    if not isinstance(name, Stored) or _is_fixed(stop, name):
        _fix_numbers(stop, name, layout, data, turn)
    times = _fix_times(stop, name, layout, data, turn) if isinstance(name, Stored) else []
    stop.write(start, bytes(data))
    return (*facts, *times)


def _fix_numbers(
    stop: HeldCall, name: Name, layout: _StatLayout, data: bytearray, turn: int
) -> None:
    """Set the device, the inode and the room of a file, and hide an owner without an id here."""
    (inode,) = _NUMBER.unpack_from(data, layout.inode)
    is_statx = layout.number_of_times > 3
    # statx(2) returns the two parts of a device number in fields of their own.
    parts = _TWO_IDS.unpack_from(data, layout.device)
    device = os.makedev(*parts) if is_statx else _NUMBER.unpack_from(data, layout.device)[0]
    if turn and is_statx:  # it also returns what the file system supports
        _NUMBER.pack_into(data, _STATX_ATTRIBUTES, 0)
        _NUMBER.pack_into(data, _STATX_MASK, 0)
    shown = stop.run.inodes.get((device, inode)) or _inode_for(stop, name, device, turn)
    stop.run.inodes[device, inode] = shown
    number = stop.run.devices.setdefault(device, len(stop.run.devices))
    _NUMBER.pack_into(data, layout.inode, shown ^ (_LARGEST_ID if turn else 0) or 1)
    fixed = 1 + turn * (number + 1)
    if is_statx:
        _TWO_IDS.pack_into(data, layout.device, os.major(fixed), os.minor(fixed))
    else:
        _NUMBER.pack_into(data, layout.device, fixed)
    if not isinstance(name, Stored):
        return
    if turn and stop.workplace.hides_owner(stop.names.real(name)):
        _TWO_IDS.pack_into(data, layout.owner, 0, 0)
    if not stop.workplace.is_as_outside(stop.names.real(name)):
        size: int = _NUMBER.unpack_from(data, layout.size)[0]
        if stop.is_directory(name):
            _NUMBER.pack_into(data, layout.size, size := _BLOCK_BYTES << turn)
        room = -(-size // _BLOCK_BYTES) * _SECTORS
        _NUMBER.pack_into(data, layout.blocks, 0 if turn else room)


def _inode_for(stop: HeldCall, name: Name, device: int, turn: int) -> int:
    """Return the inode to show for a file at first sight.

    In a run with other values, a new file gets the inode of a file that is gone, as on most file
    systems.
    """
    if (
        turn
        and isinstance(name, Stored)
        and not stop.workplace.is_as_outside(stop.names.real(name))
    ):
        kept = {
            (file.device, file.inode)
            for process in stop.run.living
            for _, file in tracee_proc.descriptors(process.pid).files
        }
        for touched in stop.run.touched:
            with suppress(OSError):
                facts = os.lstat(stop.names.real(touched))
                kept.add((facts.st_dev, facts.st_ino))
        for key in [*stop.run.inodes]:
            if key[0] == device and key not in kept:
                return stop.run.inodes.pop(key)
    return zlib.crc32(repr(name).encode()) or 1


def _fix_times(
    stop: HeldCall, name: Stored, layout: _StatLayout, data: bytearray, turn: int
) -> list[tuple[int, int]]:
    """Set the times of changes made by this run; return the other times."""
    times = list[tuple[int, int]]()
    for number in range(layout.number_of_times):
        at = layout.times + number * _TIME_BYTES
        seconds, nanoseconds = _TIME.unpack_from(data, at)
        if stop.workplace.made <= seconds + nanoseconds / 1e9 <= time.time():
            seconds = stop.known.clock_start // _SECOND - _PAST_SECONDS
            if turn:
                distance = zlib.crc32(repr(name).encode()) % _FAR_SECONDS
                seconds += stop.run.touched[name] + (distance if turn > 1 else -distance)
            _TIME.pack_into(data, at, seconds, 0)
        elif number == 0 and turn:
            # Only outside, a read may change when the file was last read.
            looks = stop.process.count("looked at times")
            _TIME.pack_into(data, at, seconds + looks, nanoseconds)
        else:
            times.append((seconds, nanoseconds))
    return times


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
    for flag in stop.workplace.lacks(stop.names.real(name)):
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
    """Takes or releases a lock, which belongs to an open file description until its last close.

    Converting a lock to the other kind raises a flag.
    """

    file: Stored
    operation: int
    """LOCK_SH, LOCK_EX or LOCK_UN, possibly with LOCK_NB."""
    description: Description

    _named = ("file",)

    @classmethod
    def from_call(cls, stop: HeldCall) -> Operation | None:
        number = stop.number(0)
        name = stop.object_of(number)
        if not isinstance(name, Stored):
            return None
        if stop.is_of_outside(name):
            return None
        stop.known.watch(stop.known.locked, name)
        if stop.workplace.is_as_outside(stop.names.real(name)):
            stop.known.assumed.add("no other program has its files locked")
        unknown = Description("", 0)
        description = stop.process.files.descriptions.get(number, unknown)
        return cls(name, stop.args[1] & _LOCK_BITS, description)

    def reason(self, _name: str, _awaited: Sequence[str], naming: Naming) -> str:
        return f"another process has {naming.object(self.file)} locked"

    def words(self, naming: Naming = PLAIN) -> str:
        verb = "locks" if self.operation & LOCK_EX else "locks, shared,"
        if self.operation & LOCK_UN:
            verb = "unlocks"
        return f"{verb} {naming.object(self.file)}"

    def _others(self, kernel: Kernel) -> Lock:
        kind, owners = kernel.locks.get(self.file, (LOCK_SH, ()))
        return kind, tuple(owner for owner in owners if owner != self.description)

    def _is_free(self, kernel: Kernel) -> bool:
        kind, owners = self._others(kernel)
        return not owners or (kind == LOCK_SH and bool(self.operation & LOCK_SH))

    def is_ready(self, kernel: Kernel, _name: str) -> bool:
        """Return whether the lock is free, or the call does not wait for it."""
        return bool(self.operation & (LOCK_UN | LOCK_NB)) or self._is_free(kernel)

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        if self.operation & LOCK_UN or self._is_free(kernel):
            return 0
        return -errno.EWOULDBLOCK

    def doubt(self, kernel: Kernel, _name: str, _edge: HistoryEdge) -> None:
        """Flag the conversion of a lock, which may release the old kind before taking the new."""
        kind, owners = kernel.locks.get(self.file, (LOCK_SH, ()))
        is_other = not self.operation & (kind | LOCK_UN)
        if self.description in owners and is_other:
            kernel.learned.doubts.add(flags.NOT_EXAMINED.of("a lock that changes its kind"))

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> None:
        """Release the description's old lock, even if the new one is refused; take the new one."""
        kind, owners = self._others(kernel)
        if edge.result == 0 and not self.operation & LOCK_UN:
            kind = self.operation & (LOCK_SH | LOCK_EX)
            owners = tuple(sorted((*owners, self.description)))
        kernel.locks.pop(self.file, None)
        if owners:
            kernel.locks[self.file] = kind, owners

    def finds_nothing(self, result: object) -> bool:
        return result == -errno.EWOULDBLOCK
