"""Opening, changing and looking at files: which operation a process stands at, by its call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore.calls_of_bytes import USES_TERMINAL, is_terminal
from simpsh.explore.operation import (
    LOCK_NB,
    O_CREAT,
    O_TRUNC,
    FileChange,
    FileLook,
    Flock,
    Open,
    is_file,
)
from simpsh.explore.quiet import Alone
from simpsh.kernel import ptrace
from simpsh.trace.call_events import signed

if TYPE_CHECKING:
    from simpsh.explore.caged import Caged
    from simpsh.explore.calls_of_bytes import Args, Arrival
    from simpsh.explore.operation import Operation
    from simpsh.explore.run import Run

LOCKS_WITHOUT_WAITING = "tries locks without waiting (LOCK_NB)"
_AT_FDCWD = -100
_FLAGS = 0o77777777
_LOCK_BITS = 15


def _opened(run: Run, process: Caged, name: str, flags: int) -> Operation | None:
    if is_terminal(name):
        run.flag_call(process, USES_TERMINAL)
    operation = Open(name, flags & _FLAGS, run.shared_directory(name))
    if operation.is_change:
        visible = run.changes(name)
        if visible and operation.directory and flags & O_CREAT:
            run.changes(operation.directory)
    else:
        visible = run.is_shared(name) or (bool(operation.directory) and not run.is_alone)
    if visible:
        return operation
    return Alone(operation) if name in run.knowledge.locked else None


def _open(run: Run, process: Caged, args: Args) -> Operation | None:
    return _opened(run, process, run.naming.path(process, args[0]), args[1])


def _creat(run: Run, process: Caged, args: Args) -> Operation | None:
    return _opened(run, process, run.naming.path(process, args[0]), O_CREAT | O_TRUNC | 1)


def _openat(run: Run, process: Caged, args: Args) -> Operation | None:
    flags = args[2]
    if process.call == "openat2":
        flags = int.from_bytes(ptrace.read_memory(process.pid, args[2], 8), "little")
    return _opened(run, process, run.naming.path(process, args[1], args[0]), flags)


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
# The numbers that tell two calls of the same name and paths apart.
_NUMBERS = {"truncate": (1,), "chmod": (1,), "mkdir": (1,), "mkdirat": (2,), "unlinkat": (2,)}


def _changed(run: Run, process: Caged, args: Args) -> Operation | None:
    places = _CHANGES[process.call]
    names = tuple(
        run.naming.path(process, args[place], args[base] if base >= 0 else _AT_FDCWD)
        for base, place in places
    )
    numbers = tuple(args[place] & 0xFFFFFFFF for place in _NUMBERS.get(process.call, ()))
    directories = dict.fromkeys(filter(None, map(run.shared_directory, names)))
    return _change(run, process.call, (*names, *directories), numbers)


def _change(
    run: Run, call: str, names: tuple[str, ...], numbers: tuple[int, ...] = ()
) -> Operation | None:
    visible = [run.changes(name) for name in names]
    shown = call.removesuffix("2").removesuffix("at")
    return FileChange(shown, names, numbers) if any(visible) else None


def _changed_open(run: Run, process: Caged, args: Args) -> Operation | None:
    name = run.naming.object_of(process, signed(args[0]))
    return _change(run, process.call, (name,), tuple(args[1:4])) if is_file(name) else None


def _lseek(run: Run, process: Caged, args: Args) -> Operation | None:
    name = run.naming.object_of(process, signed(args[0]))
    if not is_file(name) or not run.is_shared(name):
        return None
    return FileChange("lseek", (name,), (args[1], args[2]))


def _looked(base: int, place: int) -> Arrival:
    def arrive(run: Run, process: Caged, args: Args) -> Operation | None:
        if run.is_alone:
            return None
        name = run.naming.path(process, args[place], args[base] if base >= 0 else _AT_FDCWD)
        return _look(run, process.call, name)

    return arrive


def _look(run: Run, call: str, name: str) -> Operation | None:
    directory = run.shared_directory(name)
    if run.is_shared(name) or (directory and not run.is_alone):
        return FileLook(call, name, directory)
    return None


def _looked_open(run: Run, process: Caged, args: Args) -> Operation | None:
    name = run.naming.object_of(process, signed(args[0]))
    return _look(run, process.call, name) if run.is_shared(name) else None


def _listed(run: Run, process: Caged, args: Args) -> Operation | None:
    name = run.naming.object_of(process, signed(args[0]))
    if run.is_alone or not name.startswith("./"):
        return None
    if name not in run.knowledge.shared:
        run.knowledge.shared.add(name)
        run.knowledge.must_restart = True
    return FileLook("getdents", name)


def _flock(run: Run, process: Caged, args: Args) -> Operation | None:
    number = signed(args[0])
    name = run.naming.object_of(process, number)
    if not is_file(name) or (run.is_alone and name not in run.knowledge.locked):
        return None
    if name not in run.knowledge.locked:
        run.knowledge.locked.add(name)
        run.knowledge.must_restart = True
    if args[1] & LOCK_NB:
        run.note(LOCKS_WITHOUT_WAITING)
    description = process.descriptions.get(number, "unknown")
    operation = Flock(name, args[1] & _LOCK_BITS, description)
    return Alone(operation) if run.is_alone else operation


ARRIVALS: dict[str, Arrival] = {
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
