"""Reading, writing, closing: which operation a process stands at, by its call."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from simpsh.explore import chance
from simpsh.explore.naming import FOREIGN
from simpsh.explore.operation import (
    OUT,
    OUTSIDE,
    Close,
    FileChange,
    Operation,
    Pread,
    Pwrite,
    Read,
    Write,
    is_file,
    is_pipe,
)
from simpsh.explore.quiet import Duplicated, PipeMade
from simpsh.explore.readiness import SURE_BYTES
from simpsh.kernel import ptrace
from simpsh.trace import proc_files
from simpsh.trace.call_events import signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.explore.caged import Caged
    from simpsh.explore.run import Run

    Args = tuple[int, ...]
    Arrival = Callable[[Run, Caged, Args], Operation | None]

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
    """Tell whether a file is a terminal."""
    return name.startswith(_TERMINALS)


def vectors(process: Caged, address: int, count: int) -> list[tuple[int, int]]:
    """Return the places and sizes that readv and writev are given."""
    count = min(count, _MOST_VECTORS)
    data = ptrace.read_memory(process.pid, address, 16 * count)
    return list(struct.iter_unpack("QQ", data[: len(data) // 16 * 16]))


def _gathered(process: Caged, address: int, count: int) -> bytes:
    return b"".join(
        ptrace.read_memory(process.pid, base, min(size, _MOST_BYTES))
        for base, size in vectors(process, address, count)
    )


def _looks_inside(run: Run, process: Caged, name: str) -> bool:
    """Tell whether reading this is visible; flag what cannot be followed."""
    if name == OUTSIDE:
        run.flag(READS_OUTSIDE)
    elif name == OUT or is_terminal(name):
        run.flag_call(process, USES_TERMINAL)
    return is_pipe(name) or (is_file(name) and run.is_shared(name))


def _changes(run: Run, process: Caged, name: str) -> bool:
    """Tell whether writing there is visible; flag what cannot be followed."""
    if name == OUTSIDE:
        run.flag(READS_OUTSIDE)
    elif is_terminal(name):
        run.flag_call(process, USES_TERMINAL)
    elif is_file(name):
        return run.changes(name)
    return name == OUT or is_pipe(name)


def _read(run: Run, process: Caged, args: Args) -> Operation | None:
    name = run.naming.object_of(process, signed(args[0]))
    if name in chance.DEVICES:
        chance.answer_read(run, process, args)
        return None
    is_visible = _looks_inside(run, process, name)
    return Read(name, args[2]) if is_visible or _moves(run, process, args, name) else None


def _moves(run: Run, process: Caged, args: Args, name: str) -> bool:
    """Tell whether reading a file moves somebody else's place in it."""
    return is_file(name) and run.has_shared_offset(process, signed(args[0]), name)


def _readv(run: Run, process: Caged, args: Args) -> Operation | None:
    name = run.naming.object_of(process, signed(args[0]))
    size = sum(size for _, size in vectors(process, args[1], args[2]))
    is_visible = _looks_inside(run, process, name)
    return Read(name, size) if is_visible or _moves(run, process, args, name) else None


def _write(run: Run, process: Caged, args: Args) -> Operation | None:
    name = run.naming.object_of(process, signed(args[0]))
    if not _changes(run, process, name):
        return None
    data = ptrace.read_memory(process.pid, args[1], min(args[2], _MOST_BYTES))
    return _writing(run, name, data)


def _writing(run: Run, name: str, data: bytes) -> Operation:
    is_flagged_at_the_pipe = is_pipe(name) and len(data) > SURE_BYTES
    is_torn = len(data) > _PIPE_BUF and len(run.living) > 1 and not is_file(name)
    if is_torn and not is_flagged_at_the_pipe:
        run.flag(TEARS)
    naming = run.naming
    return Write(name, naming.printed(data) if name == OUT else naming.symbolic(data))


def _writev(run: Run, process: Caged, args: Args) -> Operation | None:
    name = run.naming.object_of(process, signed(args[0]))
    if not _changes(run, process, name):
        return None
    return _writing(run, name, _gathered(process, args[1], args[2]))


def _pread(run: Run, process: Caged, args: Args) -> Operation | None:
    name = run.naming.object_of(process, signed(args[0]))
    size = args[2]
    if process.call == "preadv":
        size = sum(size for _, size in vectors(process, args[1], args[2]))
    return Pread(name, size, args[3]) if is_file(name) and run.is_shared(name) else None


def _pwrite(run: Run, process: Caged, args: Args) -> Operation | None:
    name = run.naming.object_of(process, signed(args[0]))
    if not is_file(name) or not run.changes(name):
        return None
    if process.call == "pwritev":
        data = _gathered(process, args[1], args[2])
    else:
        data = ptrace.read_memory(process.pid, args[1], min(args[2], _MOST_BYTES))
    return Pwrite(name, run.naming.symbolic(data), args[3])


def _given_up(run: Run, process: Caged, descriptors: list[int]) -> Operation | None:
    """Return the closing of these descriptors, as far as somebody may notice it."""
    names = []
    for number in descriptors:
        process.inherited.pop(number, None)
        name = run.naming.object_of(process, number)
        if is_pipe(name) or number in process.descriptions:
            process.ends_are_stale = True
            names.append(name)
    return Close(" ".join(dict.fromkeys(names))) if names else None


def _close(run: Run, process: Caged, args: Args) -> Operation | None:
    return _given_up(run, process, [signed(args[0])])


def _close_range(run: Run, process: Caged, args: Args) -> Operation | None:
    if args[2] & _CLOSE_RANGE_CLOEXEC:
        return None
    found = proc_files.descriptors(process.pid)
    numbers = sorted(number for number, _ in (*found.pipes, *found.files))
    first, last = args[0] & 0xFFFFFFFF, args[1] & 0xFFFFFFFF
    return _given_up(run, process, [one for one in numbers if first <= one <= last])


def _dup2(run: Run, process: Caged, args: Args) -> Operation | None:
    old, new = signed(args[0]), signed(args[1])
    closing = _given_up(run, process, [new]) if old != new else None
    return closing or (Duplicated(old) if old in process.descriptions else None)


def _dup(run: Run, process: Caged, args: Args) -> Operation | None:  # noqa: ARG001
    old = signed(args[0])
    return Duplicated(old) if old in process.descriptions else None


def _fcntl(run: Run, process: Caged, args: Args) -> Operation | None:
    command = args[1]
    if command in (_F_DUPFD, _F_DUPFD_CLOEXEC):
        return _dup(run, process, args)
    if command != _F_SETFL:
        run.flag(RECORD_LOCKS)
    elif args[2] & _O_NONBLOCK and is_pipe(run.naming.object_of(process, signed(args[0]))):
        run.flag(NOT_BLOCKING)
    return None


def _pipe(run: Run, process: Caged, args: Args) -> Operation | None:
    flags = args[1] if process.call == "pipe2" else 0
    if flags & (_O_NONBLOCK | _O_DIRECT):
        run.flag(NOT_BLOCKING)
    process.ends_are_stale = True
    return PipeMade(args[0])


def _moved(run: Run, process: Caged, args: Args) -> Operation | None:
    """Bytes that the kernel moves from one descriptor to another."""
    places = (1, 0) if process.call == "sendfile" else (0, 2)
    names = [run.naming.object_of(process, signed(args[place])) for place in places]
    if process.call == "copy_file_range" and all(map(is_file, names)):
        visible = run.changes(names[1])
        return FileChange(process.call, tuple(names), (args[4],)) if visible else None
    if any(is_pipe(name) or name in (OUT, OUTSIDE) or run.is_shared(name) for name in names):
        run.flag(f"calls {process.call}, which is not modelled")
    if is_file(names[1]) or names[1].startswith(FOREIGN):
        run.changes(names[1])
    return None


ARRIVALS: dict[str, Arrival] = {
    "read": _read,
    "readv": _readv,
    "write": _write,
    "writev": _writev,
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
