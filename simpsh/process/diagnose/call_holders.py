"""Which process has to release a call that the kernel holds, whatever the call does?

The holder of a lease on the file, a listener that permits accesses, a process that fills pages, a
supervisor of calls, the server of a file system; or, while a socket is closed, the reader at its
other end. See F_SETLEASE in fcntl(2), fanotify(7), userfaultfd(2), seccomp_unotify(2), fuse(4) and
SO_LINGER in socket(7).
"""

from __future__ import annotations

import os
import re

from simpsh.base import waits
from simpsh.base.record import changed, suppress
from simpsh.kernel.descriptors import kcmp_file
from simpsh.process import proc
from simpsh.process.diagnose import file_servers
from simpsh.process.diagnose.blocked_process import (
    BlockedProcess,
    Finding,
    edges_to,
    fits_one,
    functions_in,
    hold_in,
)
from simpsh.process.diagnose.facts import (
    Deed,
    HeldCall,
    Hold,
    Law,
    LeaseOn,
    Lingers,
    OpensLeased,
    Thing,
    ThingKind,
)
from simpsh.process.file_holders import Holders, all_locks, holders_if, holders_of, possible_heirs
from simpsh.process.open_files import fdinfo_lines
from simpsh.process.proc import ProcDirectory
from simpsh.process.process_tree import all_processes, near_processes
from simpsh.process.socket_table import closing_sockets

_PATHS = {
    **dict.fromkeys(("open", "creat", "truncate", "execve"), (0, None)),
    **dict.fromkeys(("openat", "openat2", "execveat"), (1, 0)),
}
"""By call: the index of its path, and of the directory that the path begins at."""
_CLOSES = ("close", "close_range", "dup2", "dup3")
_SOCKET_CLOSES = ("wait_woken", "stream_wait_close")
"""Functions in which the close of a socket sleeps; that of a file sleeps in others."""
_PERMISSIONS = 0x10000 | 0x20000 | 0x40000 | 0x100000
"""FAN_OPEN_PERM, FAN_ACCESS_PERM, FAN_OPEN_EXEC_PERM, FAN_PRE_ACCESS: events to be answered."""

_NO_FILE = r"^(?!.*\bino:)"
_Lines = list[tuple[str, str]]


def find(case: BlockedProcess) -> Finding | None:
    """Find out which process has to release the call; None if the call waits by itself."""
    match hold_in(case.seen.wchan):
        case Hold.LEASE_HOLDER:
            return _at_lease(case)
        case Hold.FILE_SERVER:
            return file_servers.find(case)
        case Hold.LISTENER:
            return _at_listener(case)
        case Hold.PAGE_FILLER:
            return _at_page(case)
        case Hold.SUPERVISOR:
            # /proc does not show which filter a listener belongs to.
            holders = holders_if("seccomp notify", bool)
            near = {case.process, *near_processes(case.process)}
            seen = tuple(holder for holder in holders.seen if holder.pid in near)
            holders = changed(holders, seen=seen or holders.seen)
            return _held(case, ThingKind.SUPERVISOR, holders, is_its=False)
        case Hold.FREEZER:
            return None
        case None:
            return _lingering(case)


def _at_lease(case: BlockedProcess) -> Finding | None:
    """Find the holders of a lease that a call waits for; None if they are not known."""
    locks = [lock for lock in all_locks() if lock.kind in ("LEASE", "DELEG")]
    # Newer kernels list the waiting process with the number of the lease.
    asked = {lock.number for lock in locks if lock.is_waiting and lock.pid == case.process}
    name, file = case.named_file(*_PATHS.get(case.call, (None, None)))
    # Files of other file systems may have the same inode number, so its holder must have the file.
    openers = set[int]()
    if file is not None:
        openers = {holder.pid for holder in holders_of(file.st_dev, file.st_ino).seen}
    found = [
        lock
        for lock in locks
        if lock.number in asked
        or (file is not None and lock.inode == file.st_ino and lock.pid in openers)
    ]
    pids = dict.fromkeys(lock.pid for lock in found if not lock.is_waiting and lock.pid > 0)
    if not pids:
        return None
    has_limit = proc.contents("sys", "fs/lease-break-time").strip() != b"0"
    return Finding(
        situation=waits.LOCK,
        act=OpensLeased(name, case.call),
        proof=(Law.LEASE_TAKEN,) if has_limit else functions_in(case.seen.wchan),
        edges=edges_to(pids, Deed.HOLDS, LeaseOn(name)),
        wakers=(waits.BY_CLOCK,) if has_limit else (),
    )


def _at_listener(case: BlockedProcess) -> Finding | None:
    """Find the listeners with a mark at the file that a call uses, or else at a whole mount."""
    file = _file_of(case)
    at_file = "" if file is None else rf"\bino:{file.st_ino:x} sdev:{_kernel_device(file):x}\b"
    holders = holders_if("[fanotify]", lambda lines: bool(at_file) and _asks(lines, at_file))
    if holders.seen:
        return _held(case, ThingKind.LISTENER, holders)
    holders = holders_if("[fanotify]", lambda lines: _asks(lines, "" if file is None else _NO_FILE))
    return _held(case, ThingKind.LISTENER, holders, is_its=False)


def _kernel_device(file: os.stat_result) -> int:
    """Return the number of a file's device as fdinfo shows it: a minor has 20 bits."""
    return os.major(file.st_dev) << 20 | os.minor(file.st_dev)


def _asks(lines: _Lines, place: str) -> bool:
    """Return whether a listener has a mark there for events that it has to permit.

    See proc_pid_fdinfo(5).
    """
    marks = (text for key, value in lines if re.search(place, text := f"{key}:{value}"))
    masks = (re.search(r"\bmask:([0-9a-f]+)", mark) for mark in marks)
    return any(mask is not None and int(mask[1], 16) & _PERMISSIONS for mask in masks)


def _file_of(case: BlockedProcess) -> os.stat_result | None:
    """Return the file that the call opens or uses; None if it is not known."""
    if case.call in _PATHS:
        return case.named_file(*_PATHS[case.call])[1]
    number = case.integer(0)
    with suppress(OSError):
        return None if number is None else case.directory.status_of(f"fd/{number}")
    return None


def _at_page(case: BlockedProcess) -> Finding | None:
    """Find the processes that hold the userfaultfd of the missing page."""
    holders = holders_if("[userfaultfd]", lambda lines: _waiting_for_pages(lines) > 0)
    own = next((holder for holder in holders.seen if holder.pid == case.process), None)
    first = own or next(iter(holders.seen), None)
    if first is None:
        return None
    pairs = [(holder, holder.numbers[0]) for holder in holders.seen if holder != first]
    sharing = [it for it, n in pairs if kcmp_file(first.pid, first.numbers[0], it.pid, n)]
    if own is not None:
        # Others may watch the pages of other processes.
        is_its, holders = True, Holders((own, *sharing), holders.not_permitted)
    else:
        with suppress(ProcessLookupError, PermissionError), ProcDirectory(first.pid) as directory:
            count = _waiting_for_pages(fdinfo_lines(directory, first.numbers[0]))
        # The one that is seen counts all who wait, or another one may not be seen.
        is_its = len(sharing) == len(pairs) and count >= len(_all_waiting_for_pages())
    return _held(case, ThingKind.PAGES, holders, is_its=is_its)


def _waiting_for_pages(lines: _Lines) -> int:
    """Return how many threads wait for pages of a userfaultfd, as its fdinfo shows."""
    return int(dict(lines).get("total", "0"))


def _all_waiting_for_pages() -> list[int]:
    """Return all threads that wait for a page, as far as we may see."""
    tasks = (task for pid in all_processes() for task in proc.numbers(pid, "task"))
    wanted = Hold.PAGE_FILLER
    return [it for it in tasks if hold_in(proc.contents(it, "wchan").decode()) == wanted]


def _held(
    case: BlockedProcess, kind: ThingKind, holders: Holders, *, is_its: bool = True
) -> Finding | None:
    """Return the finding that one of these has to release the call; None if none is seen.

    `is_its` is False if they may hold objects of the same kind that have to do with other calls.
    """
    pids = [holder.pid for holder in holders.seen]
    others = [pid for pid in pids if pid != case.process]
    if not pids:
        return None
    return Finding(
        situation=waits.HELD_CALL,
        act=HeldCall(case.call, kind),
        proof=functions_in(case.seen.wchan),
        edges=edges_to(others, Deed.HOLDS, Thing(kind)),
        holders=holders.seen,
        not_permitted=possible_heirs(holders.not_permitted, pids[0], pids),
        is_closed=is_its,
        by_own_threads=is_its and len(others) < len(pids),
        wakers=() if is_its else (waits.BY_UNSEEN,),
    )


def _lingering(case: BlockedProcess) -> Finding | None:
    """Find the reader at the other end of a socket that a process closes; None for other waits."""
    number = case.integer(0)
    is_close = case.call in _CLOSES and case.descriptor(number) is None
    if not is_close or not fits_one(_SOCKET_CLOSES, case.seen.wchan):
        return None
    closing = closing_sockets(case.pid)
    if len(closing) != 1:
        return None
    holders = holders_of(0, closing[0].peer).seen if closing[0].peer else ()
    return Finding(
        situation=waits.SOCKET,
        act=Lingers(closing[0].remote),
        proof=(Law.LINGERS,),
        edges=edges_to((holder.pid for holder in holders), Deed.RECEIVES),
        holders=holders,
        wakers=(waits.BY_CLOCK,),
    )
