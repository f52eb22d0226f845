"""Record locks (fcntl): which operation a process stands at, what came of it, who must wait.

Who holds which is asked of the kernel: /proc/locks lists them. A wait that would never end fails
with EDEADLK in the kernel only if those it waits for sleep there; held processes do not, so the
explorer gives that answer.
"""

from __future__ import annotations

import errno
import os

from simpsh.explore.control.held_process import AT, HeldProcess, Result
from simpsh.explore.control.run_state import RunState
from simpsh.explore.model.record_lock_rules import FREE
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.record_locks import (
    END,
    F_GETLK,
    F_SETLKW,
    FLOCK_BYTES,
    SEEK_CUR,
    SEEK_END,
    RecordLock,
    RecordLook,
    lock_request,
)
from simpsh.explore.operations.visible_operations import Operation
from simpsh.kernel.machine import ptrace, registers
from simpsh.process import proc
from simpsh.trace.tracee_proc import signed

FROM_THE_END = "locks records by their distance from the end of a file"
FROM_SHARED_PLACE = "locks records from a place in a file that processes share"


def locks_records(
    run: RunState, process: HeldProcess, name: str, args: tuple[int, ...]
) -> Operation | None:
    """Return the operation of fcntl with F_GETLK, F_SETLK or F_SETLKW."""
    asked = lock_request(ptrace.read_memory(process.pid, args[2], FLOCK_BYTES))
    number = signed(args[0])
    if asked is None or not ops.is_file(name):
        return None  # which fails
    base = 0
    if asked.whence == SEEK_CUR:
        base = int(proc.fdinfo(process.pid, number).get("pos", "0"))
        known = run.knowledge
        if name in process.shared_files and name in known.offsets | known.shared and base:
            run.flag(FROM_SHARED_PLACE)
    elif asked.whence == SEEK_END:
        run.flag(FROM_THE_END)
        base = os.stat(run.names.real(name)).st_size
    place = asked.place(base)
    if place is None:
        return None
    run.knowledge.watch(run.knowledge.locked, name)
    if args[1] == F_GETLK:
        return RecordLook(name, asked.kind, *place)
    return RecordLock(name, asked.kind, *place, args[1] == F_SETLKW and asked.kind != "unlock")


def found_lock(run: RunState, process: HeldProcess) -> Result:
    """Return what F_GETLK has found: kind, place and owner."""
    found = lock_request(ptrace.read_memory(process.pid, process.args[2], FLOCK_BYTES))
    place = found.place(0) if found is not None else None
    if found is None or place is None or found.kind == "unlock":
        return FREE
    owner = run.names.by_pid.get(found.pid)
    return found.kind, *place, owner.name if owner is not None else ops.OUTSIDE


def note_record_lock(process: HeldProcess, operation: RecordLock) -> None:
    """Note a request that was granted: from now on, closing the file is noticed."""
    if operation.kind != "unlock":
        process.record_locks.setdefault(operation.object, frozenset())
        process.ends_are_stale = True


def waits_for_record(run: RunState, process: HeldProcess, operation: RecordLock) -> bool:
    """Return whether a process must wait for a lock, and others can still let it continue."""
    waits = _owners(run, process, operation)
    return bool(waits) and not _closes_circle(run, process, operation)


def is_circle(run: RunState, process: HeldProcess, operation: RecordLock) -> bool:
    """Return whether a wait would never end, for it closes a circle."""
    return bool(_owners(run, process, operation)) and _closes_circle(run, process, operation)


def refuse_circle(process: HeldProcess) -> None:
    """Let the wait fail that would close a circle."""
    registers.skip_call(process.pid, -errno.EDEADLK)


def _closes_circle(run: RunState, process: HeldProcess, operation: RecordLock) -> bool:
    who, asked = process, operation
    for _ in run.processes:
        owners = _owners(run, who, asked)
        if not owners:
            return False
        who = owners[0]
        if who is process:
            return True
        waiting = who.operation
        if who.state != AT or not isinstance(waiting, RecordLock) or not waiting.is_patient:
            return False
        asked = waiting
    return False


def _owners(run: RunState, process: HeldProcess, wanted: RecordLock) -> list[HeldProcess]:
    """Return whose locks are in the way, by what the kernel lists."""
    if wanted.kind == "unlock":
        return []
    try:
        inode = os.stat(f"/proc/{process.pid}/fd/{signed(process.args[0])}").st_ino
        with open("/proc/locks") as file:
            lines = file.readlines()
    except OSError:
        return []
    found = []
    for line in lines:
        # 1: POSIX  ADVISORY  WRITE 1234 fd:00:5678 0 EOF
        fields = line.split()
        if len(fields) < 8 or fields[1] != "POSIX" or not fields[5].endswith(f":{inode}"):
            continue
        owner = run.names.by_pid.get(int(fields[4]))
        first, behind = int(fields[6]), END if fields[7] == "EOF" else int(fields[7]) + 1
        meets = first < wanted.end and wanted.start < behind
        excludes = fields[3] == "WRITE" or wanted.kind == "write"
        if owner is not None and owner is not process and meets and excludes:
            found.append(owner)
    return found
