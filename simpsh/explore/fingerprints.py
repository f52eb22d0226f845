"""Whether a process has come back to the same state: a hash of all that its future depends on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simpsh.kernel.registers import RSP, registers

if TYPE_CHECKING:
    from simpsh.explore.caged import Caged

_RED_ZONE = 128
_UNREADABLE = ("[vvar]", "[vsyscall]", "[vvar_vclock]")


def fingerprint(process: Caged) -> int:
    """Return a hash of a held process's registers, writable memory, and what it holds."""
    values = registers(process.pid)
    found: list[object] = [tuple(values)]
    with (
        open(f"/proc/{process.pid}/maps") as maps,
        open(f"/proc/{process.pid}/mem", "rb", 0) as memory,
    ):
        for line in maps:
            span, permissions, *_ = words = line.split()
            if permissions[1] != "w" or words[-1] in _UNREADABLE:
                continue
            first, end = (int(word, 16) for word in span.split("-"))
            if words[-1] == "[stack]":
                # Below the red zone lies what returned functions left.
                first = max(first, values[RSP] - _RED_ZONE)
            try:
                memory.seek(first)
                found.append((first, memory.read(end - first)))
            except OSError:
                continue
    where = os.readlink(f"/proc/{process.pid}/cwd")
    signals = process.caught, process.ignored, process.blocked, process.pending
    made = len(process.children), process.pipes_made
    return hash((tuple(found), _descriptors(process), process.ends, where, signals, made))


def _descriptors(process: Caged) -> tuple[bytes, ...]:
    """Return what the kernel tells of each descriptor: a loop may only move an offset."""
    found = []
    for number in sorted(os.listdir(f"/proc/{process.pid}/fdinfo")):
        with open(f"/proc/{process.pid}/fdinfo/{number}", "rb") as file:
            found.append(number.encode() + file.read())
    return tuple(found)
