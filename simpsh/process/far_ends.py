"""The processes and objects at the other end of a descriptor, which `fds` prints below it."""

from __future__ import annotations

from collections.abc import Iterator

from simpsh.base.record import Record
from simpsh.process.file_holders import (
    Holder,
    Holders,
    hiding_places,
    holders_of,
    parse_lock,
    pipe_holders,
    terminal_holders,
    terminal_of,
)
from simpsh.process.open_files import Descriptor, fdinfo_lines
from simpsh.process.proc import ProcDirectory
from simpsh.process.process_snapshot import command
from simpsh.process.socket_table import socket_info

_OTHER_END = {"read end": "write end", "write end": "read end"}
_ABSENT = {"read end": "writing raises SIGPIPE", "write end": "end of file"}


class FarEnd(Record):
    """One end of an object that a descriptor leads to."""

    name: str
    """`write end`, `master`, `terminal /dev/pts/3`, `other end`, `process`, `lock`, `socket`."""
    words: str = ""
    """The address of the end, or the reason why no process has it."""
    holders: tuple[Holder, ...] = ()
    not_permitted: tuple[int, ...] = ()
    """Processes that we may not inspect; any of them may hold it as well."""


def far_ends(pid: int, file: Descriptor) -> Iterator[FarEnd]:
    """Yield the ends that a descriptor of a process leads to; errors as for descriptors()."""
    if file.end:
        yield from _of_pipe(file)
    elif file.kind == "socket":
        yield from _of_socket(pid, file)
    with ProcDirectory(pid) as directory:
        info = fdinfo_lines(directory, file.number)
        name = terminal_of(directory, file)
        if name:
            side = "master" if file.kind == "terminal" else f"terminal {name}"
            yield _far_end(side, terminal_holders(directory, file))
    for key, value in info:
        if key == "Pid":
            words = f"{value} {command(int(value))}" if int(value) > 0 else "it has ended"
            yield FarEnd("process", words)
        elif key == "lock" and (lock := parse_lock(value)) is not None:
            taker = f" by {lock.pid} {command(lock.pid)}" if lock.pid > 0 else ""
            bytes_of = "" if lock.kind == "FLOCK" else f" {lock.first}-{lock.last or 'EOF'}"
            yield FarEnd("lock", f"{lock.kind} {lock.access}{bytes_of}{taker}")


def _of_pipe(file: Descriptor) -> Iterator[FarEnd]:
    pipe = pipe_holders(file)
    is_sure = not pipe.not_permitted and not hiding_places()
    wanted = _OTHER_END.get(file.end)
    for end, holders in (("read end", pipe.readers), ("write end", pipe.writers)):
        if wanted in (None, end):
            words = f"no process: {_ABSENT[end]}" if is_sure else "no process that can be seen"
            yield FarEnd(end, "" if holders else words, holders, pipe.not_permitted)


def _of_socket(pid: int, file: Descriptor) -> Iterator[FarEnd]:
    info = socket_info(pid, file.inode)
    if info is None:
        return
    remote = f" to {info.remote}" if info.remote else ""
    yield FarEnd("socket", " ".join(filter(None, (info.kind, info.state, info.local))) + remote)
    if info.peer == 0:
        yield FarEnd("other end", "no process has accepted the connection")
    elif info.peer:
        yield _far_end("other end", holders_of(0, info.peer))


def _far_end(name: str, holders: Holders) -> FarEnd:
    words = "" if holders.seen else "no process that can be seen"
    return FarEnd(name, words, holders.seen, holders.not_permitted)
