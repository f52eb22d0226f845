"""Looking at all processes of a demonstration while nobody of them runs.

Looking changes things, so there is an order: the page tables of everybody first, contents after,
and contents by /proc/PID/mem, which leaves a page shared that is copied only when written.
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

from simpsh.course.observation import OUTPUT, REAPER, Descriptor, Look, Page
from simpsh.course.same_file import descriptions
from simpsh.kernel.syscall_table import NAMES
from simpsh.process import open_files
from simpsh.process.proc_files import ProcDirectory
from simpsh.process.process_stat import stat
from simpsh.trace import proc_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simpsh.trace.family import Member
    from simpsh.trace.tracer import Tracer

HELD = "held"
_PRESENT, _MAPPED_ONCE, _NUMBER = 1 << 63, 1 << 56, (1 << 55) - 1
_SHOWN_BYTES = 24
_ACCESS = {"r": "read", "w": "write", "rw": "both", "path": "path"}
_LONGEST_FILE, _MOST_FILES = 65536, 50
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


class Told:
    """What a process told of itself: its line, its variables, where memory of its own lies."""

    __slots__ = ("addresses", "line", "values")

    def __init__(self, inherited: Told | None = None) -> None:
        self.line: int = inherited.line if inherited is not None else 0
        self.values: dict[str, object] = dict(inherited.values) if inherited is not None else {}
        self.addresses: dict[str, int] = dict(inherited.addresses) if inherited is not None else {}


def look_at_all(
    tracer: Tracer, told: Mapping[str, Told], output_targets: Iterable[str]
) -> dict[str, Look]:
    """Return how every process is now: the living, and the dead that nobody has collected.

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
    member: Member,
    told: Told | None,
    pages: Mapping[str, Page],
    descriptors: Mapping[int, Descriptor],
) -> Look:
    pid = member.pid
    try:
        now = stat(pid)
    except OSError:
        return Look(pid, "X")
    is_dead = now.state in "ZX"
    told = told or Told()
    status = _status(pid)
    is_held = pid in tracer.family.held
    return Look(
        pid,
        HELD if is_held else "T" if member.is_stopped and not is_dead else now.state,
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
        cwd=_link(pid, "cwd"),
        exe=_link(pid, "exe"),
        argv=proc_files.argv(pid),
        umask=int(status.get("Umask", "0"), 8),
        threads=int(status.get("Threads", "0")),
        limits={} if is_dead else _limits(pid),
    )


def state_words(tracer: Tracer) -> dict[str, str]:
    """Return the state letter of every process that is still there, by name."""
    found = {}
    for member in [*tracer.family.living.values(), *tracer.family.zombies.values()]:
        state = proc_files.state(member.pid)
        if state:
            found[member.name] = "T" if member.is_stopped and state != "Z" else state
    return found


def call_of(pid: int) -> str:
    """Return the call that a process sleeps in; empty if it is in none."""
    number, *_ = proc_files.call_under_way(pid).split() or [""]
    if not number.isdigit():
        return ""
    return NAMES.get(int(number), f"call {number}")


def _values(pid: int, told: Told) -> dict[str, object]:
    """Return its variables; what lies in memory of its own as it is now."""
    values = dict(told.values)
    for name, address in told.addresses.items():
        found = proc_files.memory(pid, address, _SHOWN_BYTES)
        values[name] = found.rstrip(b"\0").decode(errors="backslashreplace")
    return values


def _pages(pid: int, told: Told | None) -> dict[str, Page]:
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
                    found[name] = Page(address, shared, entry & _NUMBER)
    except (OSError, struct.error):
        return {}
    return found


def _table(tracer: Tracer, pid: int, outputs: frozenset[str]) -> dict[int, Descriptor]:
    try:
        table = open_files.descriptors(pid)
    except OSError:
        return {}
    found = {}
    for one in table:
        inode = one.target[6:-1] if one.kind == "pipe" else ""
        letter = tracer.calls.letters.get(inode, "")
        target = f"pipe {letter}" if letter else one.target
        info = proc_files.descriptor_info(pid, one.number)
        found[one.number] = Descriptor(
            OUTPUT if one.target in outputs else target,
            _ACCESS.get(one.mode, one.mode),
            one.offset,
            int(info.get("flags", "0"), 8),
            letter,
        )
    return found


def _status(pid: int) -> dict[str, str]:
    try:
        with ProcDirectory(pid) as directory:
            text = os.fsdecode(directory.read("status"))
    except OSError:
        return {}
    parts = (line.partition(":") for line in text.split("\n") if line)
    return {name: value.strip() for name, _, value in parts}


def _limits(pid: int) -> dict[str, int]:
    try:
        with ProcDirectory(pid) as directory:
            lines = os.fsdecode(directory.read("limits")).split("\n")
    except OSError:
        return {}
    found = {}
    for line in lines:
        name = _LIMITS.get(line[:26].strip())
        soft = line[26:].split()[:1]
        if name and soft:
            found[name] = -1 if soft[0] == "unlimited" else int(soft[0])
    return found


def _link(pid: int, name: str) -> str:
    try:
        return os.readlink(f"/proc/{pid}/{name}")
    except OSError:
        return ""


def files_in(directory: str) -> dict[str, str]:
    """Return the contents of the regular files below a directory, by relative path."""
    found: dict[str, str] = {}
    for folder, _, names in os.walk(directory):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if len(found) < _MOST_FILES and os.path.isfile(path) and not os.path.islink(path):
                found[os.path.relpath(path, directory)] = _contents(path)
    return found


def _contents(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return file.read(_LONGEST_FILE).decode(errors="backslashreplace")
    except OSError:
        return ""
