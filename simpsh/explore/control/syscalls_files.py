"""System calls on files: which operation a process stands at: opening, changing, looking, locks."""

from __future__ import annotations

import os
import re
import stat

from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.run_state import DELETED, RunState
from simpsh.explore.control.sharing.fifo_calls import opens_fifo
from simpsh.explore.control.sharing.memory_file_calls import needs_memory_files
from simpsh.explore.control.syscalls_io import USES_TERMINAL, Args, Arrival, is_terminal
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.visible_operations import Operation
from simpsh.kernel.machine import ptrace
from simpsh.process import proc
from simpsh.trace.tracee_proc import signed

LOCKS_WITHOUT_WAITING = "tries locks without waiting (LOCK_NB)"
TEXT_BUSY = "executes a file that a process opens for writing (ETXTBSY)"
_O_RDWR, _O_ACCMODE, _O_NONBLOCK = 2, 3, 0o4000
_AT_FDCWD, _AT_SYMLINK_NOFOLLOW, _O_NOFOLLOW = -100, 0x100, 0o400000
_FLAGS = 0o77777777
_LOCK_BITS = 15


def _opened(run: RunState, process: HeldProcess, given: str, flags: int) -> Operation | None:
    if is_terminal(given):
        run.flag_call(process, USES_TERMINAL)
    if needs_memory_files(run, given):
        return ops.Open(given, flags & _FLAGS, "")
    _name_channel(run, process, given)
    _name_kind(run, process, given)
    name = given if flags & _O_NOFOLLOW else run.names.followed(given)
    fifo = opens_fifo(run, name, flags)
    if fifo is not None:
        return fifo
    operation = ops.Open(name, flags & _FLAGS, _other(run, given, name))
    if operation.is_change:
        visible = run.changes(name)
        if visible and operation.directory and flags & ops.O_CREAT:
            run.changes(operation.directory)
    else:
        visible = run.is_shared(name) or (bool(operation.directory) and not run.is_alone)
    if flags & _O_ACCMODE and not run.is_alone:
        run.knowledge.opened_to_write.add(name)
        _name_busy(run, name)
    if visible:
        return operation
    is_held = name in run.knowledge.locked or name in run.knowledge.renamed
    return ops.Alone(operation) if is_held else None


def _name_busy(run: RunState, name: str) -> None:
    if name in run.knowledge.executed & run.knowledge.opened_to_write:
        run.flag(TEXT_BUSY)


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
LOOKS_AT_PROCESSES = "looks at processes through /proc"
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/ptmx")


def _name_channel(run: RunState, process: HeldProcess, path: str) -> None:
    """Flag what tells of processes through a file; a little tells of its own process only."""
    if _OF_THE_MACHINE.match(path) and os.path.isfile(path):
        run.flag_call(process, "reads what the machine tells of itself (/sys)")
    if not path.startswith("/proc/"):
        return
    own = _OF_ITS_OWN.fullmatch(path)
    is_own = own is not None and int(own[1]) == process.pid
    if not is_own and _OF_ALL.fullmatch(path) is None and path != "/proc/self":
        run.flag_call(process, LOOKS_AT_PROCESSES)


def _name_kind(run: RunState, process: HeldProcess, path: str) -> None:
    """Flag a file that holds more than its bytes: a device, /proc."""
    if path == "/proc":
        run.flag_call(process, LOOKS_AT_PROCESSES)
    try:
        mode = os.stat(run.names.real(path)).st_mode
    except OSError:
        return
    is_device = stat.S_ISCHR(mode) or stat.S_ISBLK(mode)
    if is_device and path not in _DEVICES and not is_terminal(path):
        run.flag_call(process, f"uses the device {path}")


def _other(run: RunState, given: str, name: str) -> str:
    """Return what else the answer depends on: a link on the way, or the file's directory."""
    if given != name and given in run.knowledge.shared:
        return given
    return run.shared_directory(name)


def _open(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    return _opened(run, process, run.names.path(process, args[0]), args[1])


def _creat(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    return _opened(run, process, run.names.path(process, args[0]), ops.O_CREAT | ops.O_TRUNC | 1)


def _openat(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    flags = args[2]
    if process.call == "openat2":
        flags = int.from_bytes(ptrace.read_memory(process.pid, args[2], 8), "little")
    return _opened(run, process, run.names.path(process, args[1], args[0]), flags)


# Where the paths are among the arguments: (place of the directory's descriptor or -1, place).
_CHANGES: dict[str, tuple[tuple[int, int], ...]] = {
    "unlink": ((-1, 0),),
    "rmdir": ((-1, 0),),
    "mkdir": ((-1, 0),),
    "mknod": ((-1, 0),),
    "truncate": ((-1, 0),),
    "chmod": ((-1, 0),),
    "rename": ((-1, 0), (-1, 1)),
    "link": ((-1, 0), (-1, 1)),
    "symlink": ((-1, 1),),
    "unlinkat": ((0, 1),),
    "mkdirat": ((0, 1),),
    "mknodat": ((0, 1),),
    "renameat": ((0, 1), (2, 3)),
    "renameat2": ((0, 1), (2, 3)),
    "linkat": ((0, 1), (2, 3)),
    "symlinkat": ((1, 2),),
    **dict.fromkeys(
        (
            *("chown", "lchown", "utime", "utimes", "setxattr", "lsetxattr"),
            *("removexattr", "lremovexattr"),
        ),
        ((-1, 0),),
    ),
    **dict.fromkeys(("fchmodat", "fchmodat2", "fchownat", "futimesat", "utimensat"), ((0, 1),)),
}
_FOLLOWING = frozenset(
    (
        "truncate",
        "chmod",
        "chown",
        "fchmodat",
        "fchownat",
        "utime",
        "utimes",
        "utimensat",
        "setxattr",
        "removexattr",
    )
)
RENAMES_DIRECTORY = "renames a directory, and with it all that is in it"
_NAMING = ("link", "unlink", "rename", "symlink")

# The numbers that tell two calls of the same name and paths apart.
_NUMBERS = {"truncate": (1,), "chmod": (1,), "mkdir": (1,), "mkdirat": (2,), "unlinkat": (2,)}


def _changed(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    places = _CHANGES[process.call]
    base, place = places[0]
    if base >= 0 and not args[place]:
        return _changed_open(run, process, args)  # futimens
    names = tuple(
        run.names.path(process, args[place], args[base] if base >= 0 else _AT_FDCWD)
        for base, place in places
    )
    if any(needs_memory_files(run, name) for name in names):
        return ops.FileChange(process.call, names)
    numbers = tuple(args[place] & 0xFFFFFFFF for place in _NUMBERS.get(process.call, ()))
    if process.call in _FOLLOWING:
        names = tuple(map(run.names.followed, names))
    elif not run.is_alone and process.call.startswith(_NAMING):
        _note_names(run, process.call, names)
        _note_other_files(run, process.call, names)
        source = run.names.real(names[0])
        is_directory = os.path.isdir(source) and not os.path.islink(source)
        if process.call.startswith("rename") and is_directory:
            run.flag(RENAMES_DIRECTORY)
    directories = dict.fromkeys(filter(None, map(run.shared_directory, names)))
    return _change(run, process.call, (*names, *directories), numbers)


def _note_names(run: RunState, call: str, names: tuple[str, ...]) -> None:
    """Note that a file gets a second name, or loses one of several."""
    if call.startswith("link") or any(map(run.names.has_several_names, names)):
        run.knowledge.names_change = True


def _note_other_files(run: RunState, call: str, names: tuple[str, ...]) -> None:
    """Note by which names another file is found after this call, or none."""
    known = run.knowledge
    if call.startswith("symlink"):
        known.watch(known.links, names[0])
    elif not call.startswith("link"):
        for name in names:
            known.watch(known.renamed, name)
    if call.startswith("rename") and os.path.islink(run.names.real(names[0])):
        known.watch(known.links, names[1])


def _change(
    run: RunState, call: str, names: tuple[str, ...], numbers: tuple[int, ...] = ()
) -> Operation | None:
    visible = [run.changes(name) for name in names]
    shown = call.removesuffix("2").removesuffix("at")
    return ops.FileChange(shown, names, numbers) if any(visible) else None


def _changed_open(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]))
    return _change(run, process.call, (name,), tuple(args[1:4])) if ops.is_file(name) else None


def _lseek(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]))
    is_visible = ops.is_file(name) and (run.has_shared_offset(process, name) or run.is_shared(name))
    if not is_visible:
        return None
    return ops.FileChange("lseek", (name,), (args[1], args[2]))


_NOT_FOLLOWING = ("lstat", "readlink", "readlinkat", "lgetxattr", "llistxattr")
_ABOUT_DIRECTORIES = ("stat", "lstat", "fstat", "newfstatat", "statx")
_FLAGS_OF_LOOKS = {"newfstatat": 3, "statx": 2, "faccessat2": 3}


def _looked(base: int, place: int) -> Arrival:
    def arrive(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
        name = given = run.names.path(process, args[place], args[base] if base >= 0 else _AT_FDCWD)
        _name_channel(run, process, given)
        if process.call not in _NOT_FOLLOWING and not _says_nofollow(process):
            name = run.names.followed(given)
        matters = run.knowledge.files_matter and not run.is_alone
        if _is_directory(run, process.call, name):
            if not matters:
                return ops.Alone(ops.FileLook(process.call, name))
            # What is made in it changes its size, its links and its times.
            run.knowledge.watch(run.knowledge.shared, name)
        elif run.is_alone and name in run.knowledge.shared:
            return ops.Alone(ops.FileLook(process.call, name))
        return _look(run, process.call, name, given) if matters else None

    return arrive


def _is_directory(run: RunState, call: str, name: str) -> bool:
    """Return whether a call asks about a directory in the copy: its size there is another."""
    is_asked = call in _ABOUT_DIRECTORIES and name.startswith("./")
    return is_asked and os.path.isdir(run.names.real(name))


def _says_nofollow(process: HeldProcess) -> bool:
    place = _FLAGS_OF_LOOKS.get(process.call, -1)
    return place >= 0 and bool(process.args[place] & _AT_SYMLINK_NOFOLLOW)


def _look(run: RunState, call: str, name: str, given: str = "") -> Operation | None:
    directory = _other(run, given or name, name)
    if run.is_shared(name) or (directory and not run.is_alone):
        return ops.FileLook(call, name, directory)
    return None


def _looked_open(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]))
    if run.is_shared(name):
        return _look(run, process.call, name)
    is_asked = name in run.knowledge.shared or _is_directory(run, process.call, name)
    return ops.Alone(ops.FileLook(process.call, name)) if is_asked else None


def _listed(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]))
    if ops.is_file(name) and run.has_shared_offset(process, name):
        # Where one stops to read the directory, the other goes on.
        return ops.FileChange("getdents", (name,))
    if name.startswith("/dev/shm"):
        run.flag_call(process, "lists /dev/shm, which other processes change, too")
    if not name.startswith("./"):
        return None
    if run.is_alone:
        return ops.Alone(ops.FileLook("getdents", name))
    run.knowledge.watch(run.knowledge.shared, name)
    return ops.FileLook("getdents", name)


def _getcwd(run: RunState, process: HeldProcess, args: Args) -> Operation | None:  # noqa: ARG001
    """The working directory may be removed by another process."""
    where = proc.link(process.pid, "cwd").removesuffix(DELETED)
    name = run.names.file(where)
    return ops.FileLook("getcwd", name) if run.is_shared(name) else None


def _statfs(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    """Outside the directory nothing is changed; there, each change changes what is left."""
    name = run.names.object_of(process, signed(args[0]))
    if process.call == "statfs":
        name = run.names.path(process, args[0])
    if name.startswith("./"):
        run.flag_call(process, "asks how much room is left in its file system")
    return None


def _flock(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    number = signed(args[0])
    name = run.names.object_of(process, number)
    if not ops.is_file(name):
        return None
    run.knowledge.watch(run.knowledge.locked, name)
    if args[1] & ops.LOCK_NB:
        run.note(LOCKS_WITHOUT_WAITING)
    description = process.descriptions.get(number, "unknown")
    how, held = args[1] & _LOCK_BITS, run.locks.get(name, {}).get(description, 0)
    # To convert a lock, the kernel gives it up and then takes the other kind.
    is_conversion = held and how & (ops.LOCK_SH | ops.LOCK_EX) and not how & held
    return ops.Flock(name, ops.LOCK_UN if is_conversion else how, description)


FILE_CALLS: dict[str, Arrival] = {
    "open": _open,
    "creat": _creat,
    "openat": _openat,
    "openat2": _openat,
    **dict.fromkeys(_CHANGES, _changed),
    **dict.fromkeys(
        ("ftruncate", "fallocate", "fchmod", "fchown", "fsetxattr", "fremovexattr"), _changed_open
    ),
    **dict.fromkeys(("getxattr", "lgetxattr", "listxattr", "llistxattr", "chdir"), _looked(-1, 0)),
    **dict.fromkeys(("fgetxattr", "flistxattr"), _looked_open),
    "getcwd": _getcwd,
    **dict.fromkeys(("statfs", "fstatfs"), _statfs),
    "lseek": _lseek,
    **dict.fromkeys(("stat", "lstat", "access", "readlink"), _looked(-1, 0)),
    **dict.fromkeys(
        ("newfstatat", "statx", "faccessat", "faccessat2", "readlinkat"), _looked(0, 1)
    ),
    "fstat": _looked_open,
    "getdents": _listed,
    "getdents64": _listed,
    "flock": _flock,
}
