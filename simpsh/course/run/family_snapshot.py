"""Looking at all processes of a demonstration while none of them runs.

Looking changes things, so there is an order: the page tables of all first, contents after, and
contents by /proc/PID/mem, which leaves a page shared that is copied only when written. Which
descriptors share one open file description is told by kcmp(2).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from simpsh.course.lesson.observation import OUTPUT, REAPER, ProcessLook, SeenDescriptor, SeenPage
from simpsh.kernel.descriptors import kcmp_file
from simpsh.kernel.machine.syscall_table import NAMES, library_name
from simpsh.process import open_files, proc
from simpsh.process.proc import stat
from simpsh.trace import tracee_proc
from simpsh.trace.tracer.process_family import TracedProcess
from simpsh.trace.tracer.process_tracer import Tracer

_CLOSE_ON_EXEC = 0o2000000

HELD = "held"
_PRESENT, _MAPPED_ONCE, _NUMBER = 1 << 63, 1 << 56, (1 << 55) - 1
_SHOWN_BYTES = 24
_ACCESS = {"r": "read", "w": "write", "rw": "both", "path": "path"}
_LONGEST_FILE, _MOST_FILES = 65536, 50
_MOST_FOLDERS, _MOST_ENTRIES = 1000, 1000
_LIMITS = {
    "Max cpu time": "CPU",
    "Max file size": "FSIZE",
    "Max data size": "DATA",
    "Max stack size": "STACK",
    "Max core file size": "CORE",
    "Max resident set": "RSS",
    "Max processes": "NPROC",
    "Max open files": "NOFILE",
    "Max locked memory": "MEMLOCK",
    "Max address space": "AS",
    "Max file locks": "LOCKS",
    "Max pending signals": "SIGPENDING",
    "Max msgqueue size": "MSGQUEUE",
    "Max nice priority": "NICE",
    "Max realtime priority": "RTPRIO",
    "Max realtime timeout": "RTTIME",
}


@dataclass(slots=True)
class ReportedValues:
    """What a process told of itself: its line, its variables, where memory of its own lies."""

    line: int = 0
    values: dict[str, object] = field(default_factory=dict)
    addresses: dict[str, int] = field(default_factory=dict)


def look_at_all(
    tracer: Tracer, told: Mapping[str, ReportedValues], output_targets: Iterable[str]
) -> dict[str, ProcessLook]:
    """Return how every process is now: the living, and the dead that were not collected.

    Args:
        tracer: whose family; all must be stopped or asleep.
        told: what they told, by name.
        output_targets: what /proc shows for a descriptor that leads to the output.
    """
    family = tracer.family
    members = [*family.living.values(), *family.zombies.values()]
    pages = {one.name: _pages(one.pid, told.get(one.name)) for one in members}
    outputs = frozenset(output_targets)
    tables = {one.name: _table(tracer, one.pid, outputs) for one in members}
    same = descriptions({one.name: (one.pid, tables[one.name]) for one in members})
    return {
        one.name: _look(tracer, one, told.get(one.name), pages[one.name], same[one.name])
        for one in sorted(members, key=lambda one: one.pid)
    }


def _look(
    tracer: Tracer,
    member: TracedProcess,
    told: ReportedValues | None,
    pages: Mapping[str, SeenPage],
    descriptors: Mapping[int, SeenDescriptor],
) -> ProcessLook:
    pid = member.pid
    try:
        now = stat(pid)
    except OSError:
        return ProcessLook(pid, "X")
    is_dead = now.state in "ZX"
    told = told or ReportedValues()
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
        line=told.line,
        values={} if is_dead else _values(pid, told),
        pages=pages,
        status=status,
        cwd=proc.link(pid, "cwd"),
        argv=proc.argv(pid),
        umask=int(status.get("Umask", "0"), 8),
        threads=int(status.get("Threads", "0")),
        limits={} if is_dead else _limits(pid),
    )


def _values(pid: int, told: ReportedValues) -> dict[str, object]:
    """Return its variables; what lies in memory of its own as it is now."""
    values = dict(told.values)
    for name, address in told.addresses.items():
        found = proc.memory(pid, address, _SHOWN_BYTES)
        # As in C a text ends at its first NUL; what comes after it was never set.
        text = found.split(b"\0", 1)[0] or found.rstrip(b"\0")
        values[name] = text.decode(errors="backslashreplace")
    return values


def _pages(pid: int, told: ReportedValues | None) -> dict[str, SeenPage]:
    if told is None or not told.addresses:
        return {}
    found = {}
    try:
        with open(f"/proc/{pid}/pagemap", "rb", buffering=0) as table:
            for name, address in told.addresses.items():
                table.seek(address // os.sysconf("SC_PAGESIZE") * 8)
                (entry,) = struct.unpack("<Q", table.read(8))
                if entry & _PRESENT:
                    shared = not entry & _MAPPED_ONCE
                    found[name] = SeenPage(address, shared, entry & _NUMBER)
    except (OSError, struct.error):
        return {}
    return found


def _table(tracer: Tracer, pid: int, outputs: frozenset[str]) -> dict[int, SeenDescriptor]:
    try:
        table = open_files.descriptors(pid)
    except OSError:
        return {}
    found = {}
    for one in table:
        inode = one.target[6:-1] if one.kind == "pipe" else ""
        letter = tracer.family.pipe_letters.get(inode, "")
        target = f"pipe {letter}" if letter else one.target
        info = proc.fdinfo(pid, one.number)
        found[one.number] = SeenDescriptor(
            OUTPUT if one.target in outputs else target,
            _ACCESS.get(one.mode, one.mode),
            one.offset,
            int(info.get("flags", "0"), 8),
            letter,
        )
    return found


def descriptions(
    tables: Mapping[str, tuple[int, Mapping[int, SeenDescriptor]]],
) -> dict[str, dict[int, SeenDescriptor]]:
    """Number the open file descriptions: equal numbers, one description; 0 where kcmp is refused.

    Args:
        tables: by name, the pid and its descriptors.
    """
    if not _can_tell(tables):
        return {name: dict(table) for name, (_, table) in tables.items()}
    first_of: dict[tuple[object, ...], list[tuple[int, int, int]]] = {}
    numbered: dict[str, dict[int, SeenDescriptor]] = {}
    count = 0
    for name, (pid, table) in tables.items():
        numbered[name] = {}
        for number, one in table.items():
            # The flag of close-on-exec is the descriptor's own; all else is the description's.
            looks = (one.target, one.access, one.offset, one.flags & ~_CLOSE_ON_EXEC)
            known = first_of.setdefault(looks, [])
            found = _known(known, pid, number)
            if found is None:
                count += 1
                found = count
                known.append((found, pid, number))
            numbered[name][number] = replace(one, description=found)
    return numbered


def _can_tell(tables: Mapping[str, tuple[int, Mapping[int, SeenDescriptor]]]) -> bool:
    """Return whether kcmp answers for a descriptor compared with itself."""
    some = ((pid, number) for pid, table in tables.values() for number in table)
    return any(kcmp_file(*one, *one) for one in some)


def _known(known: list[tuple[int, int, int]], pid: int, number: int) -> int | None:
    """Return the number of the description that this is; None if new, 0 if that is unknown."""
    for found, other, theirs in known:
        same = kcmp_file(other, theirs, pid, number)
        if same is None:
            return 0
        if same:
            return found
    return None


def _limits(pid: int) -> dict[str, int]:
    found = {}
    for line in os.fsdecode(proc.contents(pid, "limits")).split("\n"):
        name = _LIMITS.get(line[:26].strip())
        soft = line[26:].split()[:1]
        if name and soft:
            found[name] = -1 if soft[0] == "unlimited" else int(soft[0])
    return found


def call_of(pid: int) -> str:
    """Return the call that a process sleeps in; empty if it is in none."""
    call = tracee_proc.sleeping_call(pid)
    if call is None or call.number < 0:
        return ""
    return library_name(NAMES.get(call.number, f"call {call.number}"), call.arguments)


def state_words(tracer: Tracer) -> dict[str, str]:
    """Return the state letter of every process that is still there, by name."""
    found = {}
    for member in [*tracer.family.living.values(), *tracer.family.zombies.values()]:
        state = proc.state(member.pid)
        if state:
            found[member.name] = _own_state(member, state)
    return found


def _own_state(member: TracedProcess, state: str) -> str:
    """Return the state that a process would be in without a tracer, by the letter of /proc."""
    if state in "ZX":
        return state
    if member.is_stopped:
        return "T"
    # It stands at a report that the tracer has not taken yet.
    return "R" if state == "t" else state


def files_in(directory: str) -> dict[str, str]:
    """Return the contents of the regular files below a directory, by relative path.

    Links are not followed, and no more than a number of folders is looked into.
    """
    found: dict[str, str] = {}
    folders, seen = [directory], 0
    while folders and seen < _MOST_FOLDERS and len(found) < _MOST_FILES:
        seen += 1
        try:
            with os.scandir(folders.pop()) as entries:
                inside = sorted(islice(entries, _MOST_ENTRIES), key=lambda entry: entry.name)
        except OSError:
            continue
        folders += [entry.path for entry in inside if entry.is_dir(follow_symlinks=False)][::-1]
        for entry in inside:
            if len(found) < _MOST_FILES and entry.is_file(follow_symlinks=False):
                found[os.path.relpath(entry.path, directory)] = _contents(entry.path)
    return found


def _contents(path: str) -> str:
    try:
        # Were it a FIFO or a link by now, it would hold nothing.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            return file.read(_LONGEST_FILE).decode(errors="backslashreplace")
    except OSError:
        return ""
