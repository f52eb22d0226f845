"""System calls on descriptors and files: which operation a process stands at, by its call.

First reading, writing, closing and duplicating; then opening, changing and looking at files.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from simpsh.explore.control import clock_and_random
from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.run_state import FOREIGN, RunState
from simpsh.explore.control.step_readiness import SURE_BYTES
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.visible_operations import Operation
from simpsh.kernel.machine import ptrace
from simpsh.trace import tracee_proc
from simpsh.trace.tracer.syscall_events import signed

Args = tuple[int, ...]
Arrival = Callable[[RunState, HeldProcess, Args], Operation | None]

USES_TERMINAL, NOT_BLOCKING = "uses the terminal", "uses a descriptor that does not block"
RECORD_LOCKS = "locks records of a file (fcntl)"
READS_OUTSIDE = "uses a pipe from outside"
TEARS = "writes more than 4 KiB at once, which others may tear apart"
_MOST_BYTES, _PIPE_BUF = 1 << 20, 4096
_MOST_VECTORS = 1024
_F_DUPFD, _F_SETFL, _F_DUPFD_CLOEXEC = 0, 4, 1030
_O_NONBLOCK, _O_DIRECT = 0o4000, 0o40000
_CLOSE_RANGE_CLOEXEC = 4
_TERMINALS = ("/dev/tty", "/dev/pts/", "/dev/console")


def is_terminal(name: str) -> bool:
    """Return whether a file is a terminal."""
    return name.startswith(_TERMINALS)


def vectors(process: HeldProcess, address: int, count: int) -> list[tuple[int, int]]:
    """Return the places and sizes that readv and writev are given."""
    count = min(count, _MOST_VECTORS)
    data = ptrace.read_memory(process.pid, address, 16 * count)
    return list(struct.iter_unpack("QQ", data[: len(data) // 16 * 16]))


def buffers(process: HeldProcess) -> list[tuple[int, int]]:
    """Return the places and sizes of what a call reads into, or writes from."""
    address, count = process.args[1:3]
    return vectors(process, address, count) if "v" in process.call else [(address, count)]


def wanted(process: HeldProcess) -> int:
    """Return how many bytes a call is to read or write."""
    return sum(size for _, size in buffers(process))


def _written(process: HeldProcess) -> bytes:
    return b"".join(
        ptrace.read_memory(process.pid, base, min(size, _MOST_BYTES))
        for base, size in buffers(process)
    )


def _looks_inside(run: RunState, process: HeldProcess, name: str) -> bool:
    """Return whether reading this is visible; flag what cannot be followed."""
    if name == ops.OUTSIDE:
        run.flag(READS_OUTSIDE)
    elif name == ops.OUT or is_terminal(name):
        run.flag_call(process, USES_TERMINAL)
    return ops.is_pipe(name) or (ops.is_file(name) and run.is_shared(name))


def _changes(run: RunState, process: HeldProcess, name: str) -> bool:
    """Return whether writing there is visible; flag what cannot be followed."""
    if name == ops.OUTSIDE:
        run.flag(READS_OUTSIDE)
    elif is_terminal(name):
        run.flag_call(process, USES_TERMINAL)
    elif ops.is_file(name):
        return run.changes(name)
    return name == ops.OUT or ops.is_pipe(name)


def _read(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]))
    if name in clock_and_random.DEVICES and process.call == "read":
        clock_and_random.answer_read(run, process, args)
        return None
    # Reading a file may move another process's place in it.
    is_visible = _looks_inside(run, process, name) or (
        ops.is_file(name) and run.has_shared_offset(process, signed(args[0]), name)
    )
    return ops.Read(name, wanted(process)) if is_visible else None


def _write(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]))
    if not _changes(run, process, name):
        return None
    data = _written(process)
    is_flagged_at_the_pipe = ops.is_pipe(name) and len(data) > SURE_BYTES
    is_torn = len(data) > _PIPE_BUF and len(run.living) > 1 and not ops.is_file(name)
    if is_torn and not is_flagged_at_the_pipe:
        run.flag(TEARS)
    names = run.names
    return ops.Write(name, names.printed(data) if name == ops.OUT else names.symbolic(data))


def _pread(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]))
    is_visible = ops.is_file(name) and run.is_shared(name)
    return ops.Pread(name, wanted(process), args[3]) if is_visible else None


def _pwrite(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]))
    if not ops.is_file(name) or not run.changes(name):
        return None
    return ops.Pwrite(name, run.names.symbolic(_written(process)), args[3])


def _given_up(run: RunState, process: HeldProcess, descriptors: list[int]) -> Operation | None:
    """Return the closing of these descriptors, as far as a process may notice it."""
    names = []
    for number in descriptors:
        process.inherited.pop(number, None)
        name = run.names.object_of(process, number)
        if ops.is_pipe(name) or number in process.descriptions:
            process.ends_are_stale = True
            names.append(name)
    return ops.Close(" ".join(dict.fromkeys(names))) if names else None


def _close(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    return _given_up(run, process, [signed(args[0])])


def _close_range(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    if args[2] & _CLOSE_RANGE_CLOEXEC:
        return None
    found = tracee_proc.descriptors(process.pid)
    numbers = sorted(number for number, _ in (*found.pipes, *found.files))
    first, last = args[0] & 0xFFFFFFFF, args[1] & 0xFFFFFFFF
    return _given_up(run, process, [one for one in numbers if first <= one <= last])


def _dup2(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    old, new = signed(args[0]), signed(args[1])
    closing = _given_up(run, process, [new]) if old != new else None
    return closing or (ops.Duplicated(old) if old in process.descriptions else None)


def _dup(run: RunState, process: HeldProcess, args: Args) -> Operation | None:  # noqa: ARG001
    old = signed(args[0])
    return ops.Duplicated(old) if old in process.descriptions else None


def _fcntl(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    command = args[1]
    if command in (_F_DUPFD, _F_DUPFD_CLOEXEC):
        return _dup(run, process, args)
    if command != _F_SETFL:
        run.flag(RECORD_LOCKS)
    elif args[2] & _O_NONBLOCK and ops.is_pipe(run.names.object_of(process, signed(args[0]))):
        run.flag(NOT_BLOCKING)
    return None


def _pipe(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    flags = args[1] if process.call == "pipe2" else 0
    if flags & (_O_NONBLOCK | _O_DIRECT):
        run.flag(NOT_BLOCKING)
    process.ends_are_stale = True
    return ops.PipeMade(args[0])


def _moved(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    """Bytes that the kernel moves from one descriptor to another."""
    places = (1, 0) if process.call == "sendfile" else (0, 2)
    names = [run.names.object_of(process, signed(args[place])) for place in places]
    if process.call == "copy_file_range" and all(map(ops.is_file, names)):
        visible = run.changes(names[1])
        return ops.FileChange(process.call, tuple(names), (args[4],)) if visible else None
    if any(
        ops.is_pipe(name) or name in (ops.OUT, ops.OUTSIDE) or run.is_shared(name) for name in names
    ):
        run.flag(f"calls {process.call}, which is not modelled")
    if ops.is_file(names[1]) or names[1].startswith(FOREIGN):
        run.changes(names[1])
    return None


IO_CALLS: dict[str, Arrival] = {
    "read": _read,
    "readv": _read,
    "write": _write,
    "writev": _write,
    "pread64": _pread,
    "preadv": _pread,
    "pwrite64": _pwrite,
    "pwritev": _pwrite,
    "close": _close,
    "close_range": _close_range,
    "dup": _dup,
    "dup2": _dup2,
    "dup3": _dup2,
    "fcntl": _fcntl,
    "pipe": _pipe,
    "pipe2": _pipe,
    **dict.fromkeys(("sendfile", "splice", "tee", "vmsplice", "copy_file_range"), _moved),
}

LOCKS_WITHOUT_WAITING = "tries locks without waiting (LOCK_NB)"
_AT_FDCWD, _AT_SYMLINK_NOFOLLOW, _O_NOFOLLOW = -100, 0x100, 0o400000
_FLAGS = 0o77777777
_LOCK_BITS = 15


def _opened(run: RunState, process: HeldProcess, given: str, flags: int) -> Operation | None:
    if is_terminal(given):
        run.flag_call(process, USES_TERMINAL)
    name = given if flags & _O_NOFOLLOW else run.names.followed(given)
    operation = ops.Open(name, flags & _FLAGS, _other(run, given, name))
    if operation.is_change:
        visible = run.changes(name)
        if visible and operation.directory and flags & ops.O_CREAT:
            run.changes(operation.directory)
    else:
        visible = run.is_shared(name) or (bool(operation.directory) and not run.is_alone)
    if visible:
        return operation
    return ops.Alone(operation) if name in run.knowledge.locked else None


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
}
_FOLLOWING = ("truncate", "chmod")
_NAMING = ("link", "unlink", "rename")

# The numbers that tell two calls of the same name and paths apart.
_NUMBERS = {"truncate": (1,), "chmod": (1,), "mkdir": (1,), "mkdirat": (2,), "unlinkat": (2,)}


def _changed(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    places = _CHANGES[process.call]
    names = tuple(
        run.names.path(process, args[place], args[base] if base >= 0 else _AT_FDCWD)
        for base, place in places
    )
    numbers = tuple(args[place] & 0xFFFFFFFF for place in _NUMBERS.get(process.call, ()))
    if process.call in _FOLLOWING:
        names = tuple(map(run.names.followed, names))
    elif not run.is_alone and process.call.startswith(_NAMING):
        _note_names(run, process.call, names)
    directories = dict.fromkeys(filter(None, map(run.shared_directory, names)))
    return _change(run, process.call, (*names, *directories), numbers)


def _note_names(run: RunState, call: str, names: tuple[str, ...]) -> None:
    """Note that a file gets a second name, or loses one of several."""
    if call.startswith("link") or any(map(run.names.has_several_names, names)):
        run.knowledge.names_change = True


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
    if not ops.is_file(name) or not run.is_shared(name):
        return None
    return ops.FileChange("lseek", (name,), (args[1], args[2]))


_NOT_FOLLOWING = ("lstat", "readlink", "readlinkat")
_FLAGS_OF_LOOKS = {"newfstatat": 3, "statx": 2, "faccessat2": 3}


def _looked(base: int, place: int) -> Arrival:
    def arrive(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
        if run.is_alone:
            return None
        name = given = run.names.path(process, args[place], args[base] if base >= 0 else _AT_FDCWD)
        if process.call not in _NOT_FOLLOWING and not _says_nofollow(process):
            name = run.names.followed(given)
        return _look(run, process.call, name, given)

    return arrive


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
    return _look(run, process.call, name) if run.is_shared(name) else None


def _listed(run: RunState, process: HeldProcess, args: Args) -> Operation | None:
    name = run.names.object_of(process, signed(args[0]))
    if run.is_alone or not name.startswith("./"):
        return None
    run.knowledge.watch(run.knowledge.shared, name)
    return ops.FileLook("getdents", name)


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
    **dict.fromkeys(("ftruncate", "fallocate", "fchmod"), _changed_open),
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
