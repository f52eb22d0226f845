"""Opening, changing and looking at files: which operation a process stands at, by its call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore.calls_of_bytes import USES_TERMINAL, is_terminal
from simpsh.explore.operation import (
    LOCK_EX,
    LOCK_NB,
    LOCK_SH,
    LOCK_UN,
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
_AT_FDCWD, _AT_SYMLINK_NOFOLLOW, _O_NOFOLLOW = -100, 0x100, 0o400000
_FLAGS = 0o77777777
_LOCK_BITS = 15


def _opened(run: Run, process: Caged, given: str, flags: int) -> Operation | None:
    if is_terminal(given):
        run.flag_call(process, USES_TERMINAL)
    name = given if flags & _O_NOFOLLOW else run.naming.followed(given)
    operation = Open(name, flags & _FLAGS, _other(run, given, name))
    if operation.is_change:
        visible = run.changes(name)
        if visible and operation.directory and flags & O_CREAT:
            run.changes(operation.directory)
    else:
        visible = run.is_shared(name) or (bool(operation.directory) and not run.is_alone)
    if visible:
        return operation
    return Alone(operation) if name in run.knowledge.locked else None


def _other(run: Run, given: str, name: str) -> str:
    """Return what else the answer depends on: a link on the way, or the file's directory."""
    if given != name and given in run.knowledge.shared:
        return given
    return run.shared_directory(name)


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
_FOLLOWING = ("truncate", "chmod")
_NAMING = ("link", "unlink", "rename")
# The numbers that tell two calls of the same name and paths apart.
_NUMBERS = {"truncate": (1,), "chmod": (1,), "mkdir": (1,), "mkdirat": (2,), "unlinkat": (2,)}


def _changed(run: Run, process: Caged, args: Args) -> Operation | None:
    places = _CHANGES[process.call]
    names = tuple(
        run.naming.path(process, args[place], args[base] if base >= 0 else _AT_FDCWD)
        for base, place in places
    )
    numbers = tuple(args[place] & 0xFFFFFFFF for place in _NUMBERS.get(process.call, ()))
    if process.call in _FOLLOWING:
        names = tuple(map(run.naming.followed, names))
    elif not run.is_alone and process.call.startswith(_NAMING):
        _note_names(run, process.call, names)
    directories = dict.fromkeys(filter(None, map(run.shared_directory, names)))
    return _change(run, process.call, (*names, *directories), numbers)


def _note_names(run: Run, call: str, names: tuple[str, ...]) -> None:
    """Note that a file gets a second name, or loses one of several."""
    if call.startswith("link") or any(map(run.naming.has_several_names, names)):
        run.knowledge.names_change = True


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


_NOT_FOLLOWING = ("lstat", "readlink", "readlinkat")
_FLAGS_OF_LOOKS = {"newfstatat": 3, "statx": 2, "faccessat2": 3}


def _looked(base: int, place: int) -> Arrival:
    def arrive(run: Run, process: Caged, args: Args) -> Operation | None:
        if run.is_alone:
            return None
        name = given = run.naming.path(process, args[place], args[base] if base >= 0 else _AT_FDCWD)
        if process.call not in _NOT_FOLLOWING and not _says_nofollow(process):
            name = run.naming.followed(given)
        return _look(run, process.call, name, given)

    return arrive


def _says_nofollow(process: Caged) -> bool:
    place = _FLAGS_OF_LOOKS.get(process.call, -1)
    return place >= 0 and bool(process.args[place] & _AT_SYMLINK_NOFOLLOW)


def _look(run: Run, call: str, name: str, given: str = "") -> Operation | None:
    directory = _other(run, given or name, name)
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
    if not is_file(name):
        return None
    if name not in run.knowledge.locked:
        run.knowledge.locked.add(name)
        run.knowledge.must_restart = True
    if args[1] & LOCK_NB:
        run.note(LOCKS_WITHOUT_WAITING)
    description = process.descriptions.get(number, "unknown")
    how, held = args[1] & _LOCK_BITS, run.locks.get(name, {}).get(description, 0)
    # To convert a lock, the kernel gives it up and then takes the other kind.
    is_conversion = held and how & (LOCK_SH | LOCK_EX) and not how & held
    return Flock(name, LOCK_UN if is_conversion else how, description)


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
