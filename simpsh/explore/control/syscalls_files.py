"""The operations of system calls on files: opening, changing, looking, locks."""

from __future__ import annotations

import os
import re
import stat
import struct
from contextlib import suppress

from simpsh.explore import flags
from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.run_state import ARRIVALS, DELETED, Args, RunState, ends_of
from simpsh.explore.control.syscalls_io import is_terminal, opens_fifo, own_offset
from simpsh.explore.objects.file_operations import (
    O_CREAT,
    O_TRUNC,
    FileChange,
    FileLook,
    Flock,
    Open,
)
from simpsh.explore.objects.kernel_state import Operation
from simpsh.explore.objects.process_operations import Alone
from simpsh.explore.objects.symbolic_names import is_device, is_fifo, is_file, is_pipe, is_socket
from simpsh.kernel.machine import ptrace, registers
from simpsh.process import proc
from simpsh.trace.tracee_proc import signed

_O_RDWR, _O_ACCMODE, _O_NONBLOCK = 2, 3, 0o4000
_AT_FDCWD, _AT_SYMLINK_NOFOLLOW, _O_NOFOLLOW, _O_TMPFILE = -100, 0x100, 0o400000, 0o20000000
_CHANGING = _O_ACCMODE | O_CREAT | O_TRUNC | _O_TMPFILE
_FLAGS = 0o77777777
_LOCK_BITS = 15
_OPEN_HOW = struct.Struct("=QQ")
_AF_UNIX, _LONGEST_ADDRESS = struct.pack("H", 1), 110


def _opened(
    run: RunState, process: HeldProcess, given: str, bits: int, mode: int
) -> Operation | None:
    if given in run.knowledge.plain and not bits & _CHANGING:
        return None
    if is_terminal(given):
        run.flag_call(process, flags.USES_TERMINAL)
    if _opens_end_anew(run, process, given, bits):
        process.files.mark_stale()
        return None
    _name_channel(run, process, given)
    # A file that holds more than its bytes is named: a device, /proc.
    if given == "/proc":
        run.flag_call(process, flags.LOOKS_AT_PROCESSES)
    with suppress(OSError):
        kind = os.stat(run.names.real(given)).st_mode
        is_device = stat.S_ISCHR(kind) or stat.S_ISBLK(kind)
        if is_device and given not in _DEVICES and not is_terminal(given):
            run.flag_call(process, flags.USES_DEVICE.of(given))
    if bits & _O_TMPFILE:
        run.flag_call(process, flags.UNNAMED_FILE)
        return None
    name = given if bits & _O_NOFOLLOW else run.names.followed(given)
    fifo = opens_fifo(run, name, bits)
    if fifo is not None:
        return fifo
    left = _left_by_umask(process, mode) if bits & O_CREAT else 0
    operation = Open(name, bits & _FLAGS, _other(run, given, name), left)
    if bits & _O_ACCMODE and not run.may_change(name):
        return None
    if operation.is_change:
        visible = run.changes(name)
        if visible and operation.directory and bits & O_CREAT:
            run.changes(operation.directory)
    else:
        visible = run.is_shared(name) or (bool(operation.directory) and not run.is_alone)
    if bits & _O_ACCMODE and not run.is_alone:
        run.knowledge.opened_to_write.add(name)
        _name_busy(run, name)
    if visible:
        return operation
    is_held = name in run.knowledge.locked or name in run.knowledge.renamed
    run.names.note_plain(given, name)
    return Alone(operation) if is_held else None


def _opens_end_anew(run: RunState, process: HeldProcess, path: str, bits: int) -> bool:
    """Return whether it opens by /dev/fd an end of a pipe that it has: one more descriptor of it.

    Such an open never waits, for the pipe has no name.
    """
    own = _OF_DESCRIPTOR.fullmatch(path)
    if own is None or int(own[1]) != process.pid or bits & _O_NONBLOCK:
        return False
    name, number = run.names.object_of(process, int(own[2])), int(own[2])
    has_it = ends_of(process, number) == ("r", "w", "")[min(bits & _O_ACCMODE, _O_RDWR)]
    return is_pipe(name) and not is_fifo(name) and has_it


def _name_busy(run: RunState, name: str) -> None:
    if name in run.knowledge.executed & run.knowledge.opened_to_write:
        run.flag(flags.TEXT_BUSY)


def note_executed(run: RunState, name: str) -> None:
    """Note that a process executes a file; while one has it open for writing, that fails."""
    run.knowledge.executed.add(name)
    _name_busy(run, name)


_OF_ALL = re.compile(
    r"/proc/(?:filesystems|cpuinfo|version|cmdline|mounts|devices"
    r"|sys/(?:kernel/(?:osrelease|ostype|version|hostname|pid_max|ngroups_max|cap_last_cap"
    r"|overflow[ug]id|seccomp/.*)|vm/overcommit_memory|fs/(?:pipe-max-size|file-max|nr_open)))"
)
_OF_THE_MACHINE = re.compile(r"/sys/(?!devices/system/cpu/(?:online|possible|present)$)")
_OF_ITS_OWN = re.compile(
    r"/proc/(\d+)(?:/task/\1)?(?:/(?:exe|maps|fd|cmdline|environ|auxv|comm|mountinfo|mounts|cgroup"
    r"|attr/.*|root|cwd)?)?"
)
_OF_DESCRIPTOR = re.compile(r"/proc/(\d+)/fd/(\d+)")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/ptmx")


def _name_channel(run: RunState, process: HeldProcess, path: str) -> None:
    """Flag files that show other processes; a few show only their own process."""
    if _OF_THE_MACHINE.match(path) and os.path.isfile(path):
        run.flag_call(process, flags.READS_MACHINE)
    if not path.startswith("/proc/"):
        return
    own = _OF_ITS_OWN.fullmatch(path)
    is_own = own is not None and int(own[1]) == process.pid
    if not is_own and _OF_ALL.fullmatch(path) is None and path != "/proc/self":
        run.flag_call(process, flags.LOOKS_AT_PROCESSES)


def _other(run: RunState, given: str, name: str) -> str:
    """Return what else the answer depends on: a link on the way, or the file's directory."""
    if given != name and given in run.knowledge.shared:
        return given
    return run.shared_directory(name)


@ARRIVALS.of("open", "creat")
def _open(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    path = run.names.path(process, args[0])
    if process.call == "creat":
        return _opened(run, process, path, O_CREAT | O_TRUNC | os.O_WRONLY, args[1])
    return _opened(run, process, path, args[1], args[2])


@ARRIVALS.of("openat", "openat2")
def _openat(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    bits, mode = args[2:4]
    if process.call == "openat2":
        how = ptrace.read_memory(process.pid, args[2], _OPEN_HOW.size)
        bits, mode = _OPEN_HOW.unpack(how.ljust(_OPEN_HOW.size, b"\0"))
    return _opened(run, process, run.names.path(process, args[1], args[0]), bits, mode)


# The places of the paths among the arguments: (the directory's descriptor or -1, the path).
_CHANGES: dict[str, tuple[tuple[int, int], ...]] = {
    **dict.fromkeys(("rename", "link"), ((-1, 0), (-1, 1))),
    "symlink": ((-1, 1),),
    **dict.fromkeys(("renameat", "renameat2", "linkat"), ((0, 1), (2, 3))),
    "symlinkat": ((1, 2),),
    **dict.fromkeys(("unlink", "rmdir", "mkdir", "mknod", "truncate", "chmod"), ((-1, 0),)),
    **dict.fromkeys(("unlinkat", "mkdirat", "mknodat"), ((0, 1),)),
    **dict.fromkeys((*("chown", "lchown", "utime", "utimes"),), ((-1, 0),)),
    **dict.fromkeys(("fchmodat", "fchmodat2", "fchownat", "futimesat", "utimensat"), ((0, 1),)),
}
_FOLLOWING = frozenset(
    ("truncate", "chmod", "chown", "fchmodat", "fchownat", "utime", "utimes", "utimensat")
)
_NAMING = ("link", "unlink", "rename", "symlink")

# The arguments, besides paths, that decide the effect of a call.
_NUMBERS = {
    **dict.fromkeys(("truncate", "chmod", "mkdir"), (1,)),
    **dict.fromkeys(("mkdirat", "unlinkat"), (2,)),
    "renameat2": (4,),
}
_WITH_UMASK = ("mkdir", "mkdirat")


def _left_by_umask(process: HeldProcess, mode: int) -> int:
    """Return what a process's umask leaves of the permissions that it asks for."""
    return mode & 0o7777 & ~int(proc.status_field(process.pid, "Umask") or "0", 8)


@ARRIVALS.of(*_CHANGES)
def _changed(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    places = _CHANGES[process.call]
    base, place = places[0]
    if base >= 0 and not args[place]:
        return _changed_open(run, process, args)  # futimens
    names = tuple(
        run.names.path(process, args[place], args[base] if base >= 0 else _AT_FDCWD)
        for base, place in places
    )
    numbers = tuple(args[place] for place in _NUMBERS.get(process.call, ()))
    if process.call in _WITH_UMASK:
        numbers = tuple(_left_by_umask(process, mode) for mode in numbers)
    if process.call in _FOLLOWING:
        names = tuple(map(run.names.followed, names))
    elif not run.is_alone and process.call.startswith(_NAMING):
        if process.call.startswith("link"):
            run.flag(flags.SEVERAL_NAMES)
        known = run.knowledge
        if process.call.startswith("symlink"):
            known.watch(known.links, names[0])
        elif not process.call.startswith("link"):
            for name in names:
                known.watch(known.renamed, name)
        if process.call.startswith("rename") and os.path.islink(run.names.real(names[0])):
            known.watch(known.links, names[1])
        source = run.names.real(names[0])
        is_directory = os.path.isdir(source) and not os.path.islink(source)
        if process.call.startswith("rename") and is_directory:
            run.flag(flags.RENAMES_DIRECTORY)
    directories = dict.fromkeys(filter(None, map(run.shared_directory, names)))
    return _change(run, process.call, (*names, *directories), numbers)


def _change(
    run: RunState, call: str, names: tuple[str, ...], numbers: tuple[int, ...] = ()
) -> Operation | None:
    visible = [run.changes(name) for name in names]
    shown = call.removesuffix("2").removesuffix("at")
    return FileChange(shown, names, numbers) if any(visible) else None


@ARRIVALS.of("ftruncate", "fallocate", "fchmod", "fchown")
def _changed_open(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]))
    return _change(run, process.call, (name,), tuple(args[1:4])) if is_file(name) else None


@ARRIVALS.of("lseek")
def _lseek(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]))
    is_visible = is_file(name) and (run.has_shared_offset(process, name) or run.is_shared(name))
    if not is_visible or (args[2] < os.SEEK_END and own_offset(run, process, name) is not None):
        return None
    # _llseek(2) of 32-bit x86 has a place in two halves, and says last where it counts from.
    return FileChange("lseek", (name,), (*args[1:3], *args[4:5] * (registers.WORD == 4)))


_NOT_FOLLOWING = ("lstat", "readlink", "readlinkat", "lgetxattr", "llistxattr")
_ABOUT_DIRECTORIES = ("stat", "lstat", "fstat", "newfstatat", "statx")
_FLAGS_OF_LOOKS = {"newfstatat": 3, "statx": 2, "faccessat2": 3}


_RELATIVE_LOOKS = ("newfstatat", "statx", "faccessat", "faccessat2", "readlinkat")


_ATTRIBUTES = ("getxattr", "lgetxattr", "listxattr", "llistxattr")


@ARRIVALS.of("stat", "lstat", "access", "readlink", "chdir", *_RELATIVE_LOOKS, *_ATTRIBUTES)
def _looked(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    if process.call in _RELATIVE_LOOKS:
        given = run.names.path(process, args[1], args[0])
    else:
        given = run.names.path(process, args[0])
    if given in run.knowledge.plain:
        return None
    name = given
    _name_channel(run, process, given)
    bits = args[_FLAGS_OF_LOOKS[process.call]] if process.call in _FLAGS_OF_LOOKS else 0
    if process.call not in _NOT_FOLLOWING and not bits & _AT_SYMLINK_NOFOLLOW:
        name = run.names.followed(given)
    difference = run.knowledge.setup.workspace.difference_at(run.names.real(name))
    if difference and process.call in _ABOUT_DIRECTORIES:
        run.knowledge.assumed.add(difference)
    matters = run.knowledge.files_matter and not run.is_alone
    if _is_directory(run, process.call, name):
        if not matters:
            return Alone(FileLook(process.call, name))
        # New entries change its size, its links and its times.
        run.knowledge.watch(run.knowledge.shared, name)
    look = _look(run, process.call, name, given) if matters else None
    # Results about files of the directory are examined, because of the times.
    is_asked = process.call in _ABOUT_DIRECTORIES and name.startswith("./")
    run.names.note_plain(given, name)
    return Alone(FileLook(process.call, name)) if look is None and is_asked else look


def _is_directory(run: RunState, call: str, name: str) -> bool:
    """Return whether a call asks about a directory in the copy: its size there is another."""
    is_asked = call in _ABOUT_DIRECTORIES and name.startswith("./")
    return is_asked and os.path.isdir(run.names.real(name))


def _look(run: RunState, call: str, name: str, given: str = "") -> Operation | None:
    directory = _other(run, given or name, name)
    if run.is_shared(name) or (directory and not run.is_alone):
        return FileLook(call, name, directory)
    return None


@ARRIVALS.of("fstat", "fgetxattr", "flistxattr")
def _looked_open(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]))
    if run.is_shared(name):
        return _look(run, process.call, name)
    is_asked = name in run.knowledge.shared or name.startswith("./")
    return Alone(FileLook(process.call, name)) if is_asked else None


@ARRIVALS.of("getdents", "getdents64")
def _listed(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]))
    if is_file(name) and run.has_shared_offset(process, name):
        # Both share the place in the directory.
        return FileChange("getdents", (name,))
    if name.startswith("/dev/shm") and not run.knowledge.setup.workspace.is_private:
        run.flag_call(process, flags.LISTS_MEMORY_FILES)
    if not name.startswith("./"):
        return None
    if run.is_alone:
        return Alone(FileLook("getdents", name))
    run.knowledge.watch(run.knowledge.shared, name)
    return FileLook("getdents", name)


@ARRIVALS.of("getcwd")
def _getcwd(run: RunState, process: HeldProcess, args: Args) -> Operation | None:  # noqa: ARG001
    """The working directory may be removed by another process."""
    run.knowledge.assumed.add("the path of its directory does not matter")
    where = proc.link(process.pid, "cwd").removesuffix(DELETED)
    name = run.names.file(where)
    return FileLook("getcwd", name) if run.is_shared(name) else None


@ARRIVALS.of("statfs", "fstatfs")
def _statfs(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    """Every change of a file changes how much room is left: it is varied from run to run."""
    name = run.names.object_of(process, signed(args[0]))
    if process.call == "statfs":
        name = run.names.path(process, args[0])
    has_room = is_file(name) and not is_device(name) and not _OF_THE_MACHINE.match(name)
    return Alone(FileLook(process.call, name)) if has_room else None


@ARRIVALS.of("connect")
def _connect(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    """Look for a service by its path. Outside services cannot be reached from a private world."""
    address = ptrace.read_memory(process.pid, args[1], min(args[2], _LONGEST_ADDRESS))
    has_path = address[:2] == _AF_UNIX and address[2:3] != b"\0" and b"\0" in address[3:]
    if not has_path or is_socket(run.names.object_of(process, signed(args[0]))):
        run.flag_call(process, flags.SOCKETS.of("connect"))
        return None
    name = run.names.followed(run.names.path(process, args[1] + 2))
    with suppress(OSError):
        if stat.S_ISSOCK(os.stat(run.names.real(name)).st_mode):
            run.knowledge.assumed.add(f"the service at {name} does not matter")
            if not run.knowledge.setup.workspace.is_private:
                run.flag_call(process, flags.SOCKETS.of("connect"))
    return _look(run, process.call, name) if run.knowledge.files_matter else None


@ARRIVALS.of("flock")
def _flock(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    number = signed(args[0])
    name = run.names.object_of(process, number)
    if not is_file(name):
        return None
    run.knowledge.watch(run.knowledge.locked, name)
    description = process.files.descriptions.get(number, "unknown")
    return Flock(name, args[1] & _LOCK_BITS, description)
