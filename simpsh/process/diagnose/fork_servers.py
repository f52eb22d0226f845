"""A fork server starts processes for others, and reports to them how each process ended.

A process that asks it for a new one gets the read end of a pipe, whose only write end the server
keeps until that process ends. In return it has the write end of a second pipe, and the new process
has the read end. So a process that reads the first pipe waits for the end of a child of the server.
Python's multiprocessing has such servers.
"""

from __future__ import annotations

from contextlib import suppress

from simpsh.process.open_files import Descriptor, descriptors
from simpsh.process.process_tree import children
from simpsh.process.socket_table import LISTENING, socket_info

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.process.open_files import EndWords


def started_for(reader: int, server: int) -> tuple[int, ...]:
    """Return the processes that a fork server has started for a reader of a pipe of the server's.

    There are none if it does not listen at a socket, or has no child that reads a pipe of the
    reader's, to which the server has no end.
    """
    if not any(_is_listening(server, file) for file in _files(server)):
        return ()
    own = _pipes(reader, "write end") - {file.inode for file in _files(server)}
    return tuple(
        child.pid
        for child in children(server)
        if child.state not in "ZX"
        if own & _pipes(child.pid, "read end") - _pipes(child.pid, "write end")
    )


def _is_listening(pid: int, file: Descriptor) -> bool:
    info = socket_info(pid, file.inode) if file.kind == "socket" else None
    return info is not None and info.state == LISTENING


def _pipes(pid: int, end: EndWords) -> set[int]:
    """Return the inodes of the pipes of which a process has this end."""
    return {file.inode for file in _files(pid) if file.end == end}


def _files(pid: int) -> tuple[Descriptor, ...]:
    with suppress(ProcessLookupError, PermissionError):
        return descriptors(pid)
    return ()
