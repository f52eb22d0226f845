"""Which processes were meant to use an end of a pipe, and which have only inherited it?

A captured command may leave a process behind, which keeps the output open.
"""

from __future__ import annotations

from contextlib import suppress

from simpsh.process.open_files import Descriptor, descriptors
from simpsh.process.proc import ProcessStat
from simpsh.process.process_tree import all_processes, children
from simpsh.process.socket_table import LISTENING, socket_info

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.process.open_files import EndWords


def is_left_over(pid: int, reader: int) -> bool:
    """Return whether a process neither started `reader` nor was started with it.

    It is an orphan, or descends from one: a daemon's children are left over with it. Such a process
    has inherited a descriptor that another one was to use. If the facts leave doubt, return False.
    """
    processes, above = all_processes(), _ancestors(reader)
    seen = set[int]()
    while pid in processes and pid not in above and pid != reader and pid not in seen:
        if _is_orphan(processes[pid], reader):
            return True
        seen.add(pid)
        pid = processes[pid].ppid
    return False


def _is_orphan(process: ProcessStat, reader: int) -> bool:
    """Return whether a process is an orphan that was not started together with `reader`.

    The kernel forgets an orphan's parent, but two facts still show it. A child is born into its
    parent's session and leaves it only to lead its own, so a parent in another session is an
    adopter. A zombie of the same group that the reader has not collected may have been the parent,
    if the present one is an ancestor of both.
    """
    processes = all_processes()
    reading = processes.get(reader)
    if reading is None or process.ppid == reader:
        return False
    # In the group that the reader leads, other children of that ancestor are at most as old.
    if process.pgid == reader and _has_dead_parent(process, reader):
        return True
    adopter = processes.get(process.ppid)
    # A parent that is no ancestor of the reader may have begun its session after the birth.
    if adopter is None or process.ppid not in _ancestors(reader):
        return False
    is_sibling = process.ppid == reading.ppid
    if process.sid == process.pid:
        # It began a session. A service of process 1 is not younger than a reader of its output.
        return process.ppid == 1 and process.start_time > reading.start_time and not is_sibling
    # If the reader is an orphan, too, both may have been started together.
    is_reader_orphan = is_sibling and reading.sid not in (reading.pid, adopter.sid)
    return process.sid != adopter.sid and not is_reader_orphan


def _has_dead_parent(process: ProcessStat, reader: int) -> bool:
    """Return whether a child that the reader has not collected may have been the parent."""
    # Only an ancestor of a dead process adopts its children.
    return process.ppid in _ancestors(reader) and any(
        other.state == "Z" and other.ppid == reader and other.start_time <= process.start_time
        for other in all_processes().values()
        if (other.sid, other.pgid) == (process.sid, process.pgid)
    )


def _ancestors(pid: int) -> set[int]:
    """Return the ancestors of a process."""
    processes, found = all_processes(), set[int]()
    while pid in processes and processes[pid].ppid not in found:
        pid = processes[pid].ppid
        found.add(pid)
    return found


def started_for(reader: int, server: int) -> tuple[int, ...]:
    """Return the processes that a fork server has started for a reader of a pipe of the server's.

    A process that asks a fork server of Python's multiprocessing for a new one gets the read end of
    a pipe, whose only write end the server keeps until that process ends. In return it has the
    write end of a second pipe, and the new process has the read end. A fork server listens at a
    socket.
    """
    sockets = (socket_info(server, it.inode) for it in _files(server) if it.kind == "socket")
    if not any(info is not None and info.state == LISTENING for info in sockets):
        return ()
    own = _pipes(reader, "write end") - {file.inode for file in _files(server)}
    living = (child.pid for child in children(server) if child.state not in "ZX")
    return tuple(pid for pid in living if own & _pipes(pid, "read end") - _pipes(pid, "write end"))


def _pipes(pid: int, end: EndWords) -> set[int]:
    return {file.inode for file in _files(pid) if file.end == end}


def _files(pid: int) -> tuple[Descriptor, ...]:
    with suppress(ProcessLookupError, PermissionError):
        return descriptors(pid)
    return ()
