"""Inspects all processes of a demonstration while none of them runs.

Inspection can have side effects, so the order matters: first all page tables, then contents, which
are read from /proc/PID/mem because that does not break copy-on-write sharing. kcmp(2) shows which
descriptors share an open file description.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from contextlib import suppress
from itertools import islice
from stat import S_ISREG

from simpsh.base.record import Mutable, changed, fresh
from simpsh.course.claims.observation import (
    HELD,
    OUTPUT,
    REAPER,
    Access,
    ProcessLook,
    SeenDescriptor,
    SeenPage,
)
from simpsh.kernel.descriptors import kcmp_file
from simpsh.kernel.machine.syscall_table import NAMES, library_name
from simpsh.process import open_files, proc
from simpsh.process.proc import stat
from simpsh.trace import tracee_proc
from simpsh.trace.tracer.process_family import TracedProcess
from simpsh.trace.tracer.process_tracer import Tracer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from simpsh.process.open_files import Mode

_PRESENT, _MAPPED_ONCE, _NUMBER = 1 << 63, 1 << 56, (1 << 55) - 1
_ENTRY_BYTES = 8
"""The size of an entry of /proc/PID/pagemap; see proc(5)."""
_SHOWN_BYTES = 24
_ACCESS: Mapping[Mode, Access] = {"r": "read", "w": "write", "rw": "both", "path": "path"}
_LONGEST_FILE, _MOST_FILES = 65536, 50
_AS_IT_IS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_FOLDERS = 1000
_DEEPEST = 50


class ReportedValues(Mutable):
    """The values that a process reported: its line, its variables, addresses of its mmaps."""

    line: int = 0
    values: dict[str, object] = fresh(dict)
    addresses: dict[str, int] = fresh(dict)


def look_at_all(
    tracer: Tracer, reported: Mapping[str, ReportedValues], output_target: str
) -> dict[str, ProcessLook]:
    """Return the current state of every process, including zombies.

    All must be stopped or asleep. `output_target` is the link in /proc of a descriptor for the
    output.
    """
    family = tracer.family
    members = [*family.living.values(), *family.zombies.values()]
    pages = {member.name: _pages(member.pid, reported[member.name].addresses) for member in members}
    tables = {
        member.name: (member.pid, _table(tracer, member.pid, output_target)) for member in members
    }
    same = descriptions(tables)
    return {
        member.name: _look(
            tracer, member, reported[member.name], pages[member.name], same[member.name]
        )
        for member in sorted(members, key=lambda member: member.pid)
    }


def _look(
    tracer: Tracer,
    member: TracedProcess,
    reported: ReportedValues,
    pages: Mapping[str, SeenPage],
    descriptors: Mapping[int, SeenDescriptor],
) -> ProcessLook:
    pid = member.pid
    try:
        now = stat(pid)
    except OSError:
        return ProcessLook(pid, "X")
    is_dead = now.state in "ZX"
    values = dict(reported.values)
    for name, address in reported.addresses.items():
        # An mmap: read its current contents.
        memory = proc.memory(pid, address, _SHOWN_BYTES)
        # As in C, a text ends at its first NUL.
        text = memory.split(b"\0", 1)[0] or memory.rstrip(b"\0")
        values[name] = text.decode(errors="backslashreplace")
    status = proc.parse_fields(proc.contents(pid, "status"))
    is_held = pid in tracer.family.held
    return ProcessLook(
        pid,
        HELD if is_held else _own_state(member, now.state),
        call="" if is_held or is_dead or member.is_stopped else call_of(pid),
        parent=tracer.family.name_of(now.ppid) or REAPER,
        group=now.pgid,
        session=now.sid,
        terminal=now.tty_name,
        descriptors=descriptors,
        line=reported.line,
        values={} if is_dead else values,
        pages=pages,
        status=status,
        cwd=proc.link(pid, "cwd"),
        argv=proc.argv(pid),
        umask=int(status.get("Umask", "0"), 8),
    )


def _pages(pid: int, addresses: Mapping[str, int]) -> dict[str, SeenPage]:
    pages: dict[str, SeenPage] = {}
    # A process that has ended has no pages.
    with suppress(OSError, struct.error), open(f"/proc/{pid}/pagemap", "rb", buffering=0) as table:
        for name, address in addresses.items():
            table.seek(address // os.sysconf("SC_PAGESIZE") * _ENTRY_BYTES)
            (entry,) = struct.unpack("<Q", table.read(_ENTRY_BYTES))
            if entry & _PRESENT:
                pages[name] = SeenPage(address, not entry & _MAPPED_ONCE, entry & _NUMBER)
    return pages


def _table(tracer: Tracer, pid: int, output: str) -> dict[int, SeenDescriptor]:
    try:
        table = open_files.descriptors(pid)
    except OSError:
        return {}
    inspected = {}
    for descriptor in table:
        is_pipe = descriptor.kind == "pipe"
        inode = descriptor.target.removeprefix("pipe:[").removesuffix("]") if is_pipe else ""
        letter = tracer.family.pipe_letters.get(inode, "")
        target = f"pipe {letter}" if letter else descriptor.target
        info = proc.fdinfo(pid, descriptor.number)
        inspected[descriptor.number] = SeenDescriptor(
            OUTPUT if descriptor.target == output else target,
            _ACCESS[descriptor.mode],
            descriptor.offset,
            int(info.get("flags", "0"), 8),
            letter,
            kind=descriptor.kind,
        )
    return inspected


def descriptions(
    tables: Mapping[str, tuple[int, Mapping[int, SeenDescriptor]]],
) -> dict[str, dict[int, SeenDescriptor]]:
    """Number the open file descriptions: equal numbers mean one; 0 if kcmp is not permitted."""
    descriptors = ((pid, number) for pid, table in tables.values() for number in table)
    if not any(kcmp_file(*descriptor, *descriptor) for descriptor in descriptors):
        # kcmp fails even if both descriptors are the same.
        return {name: dict(table) for name, (_, table) in tables.items()}
    known: list[tuple[int, int, str]] = []
    return {
        name: {
            number: changed(seen, description=_description(known, pid, number, seen.target))
            for number, seen in table.items()
        }
        for name, (pid, table) in tables.items()
    }


def _description(known: list[tuple[int, int, str]], pid: int, number: int, target: str) -> int:
    """Return the place of a descriptor's description in `known`, or add it; 0 if unknown."""
    for place, (other, its_number, its_target) in enumerate(known, 1):
        if its_target == target:
            is_same = kcmp_file(other, its_number, pid, number)
            if is_same is not False:
                return place if is_same else 0
    known.append((pid, number, target))
    return len(known)


def call_of(pid: int) -> str:
    """Return the call in which a process sleeps; empty if it does not sleep in one."""
    call = tracee_proc.sleeping_call(pid)
    if call is None or call.number < 0:
        return ""
    return library_name(NAMES.get(call.number, f"call {call.number}"), call.arguments)


def _own_state(member: TracedProcess, state: str) -> str:
    """Return the state that a process would have without a tracer, as a letter of /proc."""
    if state in "ZX":
        return state
    if member.is_stopped:
        return "T"
    # It has stopped at a report that the tracer has not read yet.
    return "R" if state == "t" else state


def files_in(directory: str) -> dict[str, str]:
    """Return the contents of the regular files in a directory, by relative path.

    Symbolic links are not followed, and the numbers of folders and files, and the depth, are
    limited.
    """
    files: dict[str, str] = {}
    for folder, folders, names in islice(os.walk(directory), _MOST_FOLDERS):
        folders.sort()
        if folder.count("/") - directory.count("/") >= _DEEPEST:
            folders.clear()  # os.walk() recurses
        for path in (os.path.join(folder, name) for name in sorted(names)):
            # Open without blocking: it may be a FIFO or a link.
            with suppress(OSError), open(os.open(path, _AS_IT_IS), "rb") as file:
                if len(files) < _MOST_FILES and S_ISREG(os.fstat(file.fileno()).st_mode):
                    contents = file.read(_LONGEST_FILE).decode(errors="backslashreplace")
                    files[os.path.relpath(path, directory)] = contents
    return files
