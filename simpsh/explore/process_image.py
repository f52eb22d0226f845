"""Whether two processes are in the same state, though they came there in different ways.

All that the future of a process depends on, and that no other process can change: registers,
writable memory, open files with their places in them. Pids in memory are replaced by their
processes' names: they are other numbers in every run. Two processes with equal images do the same
from now on, so their histories need not be told apart.
"""

from __future__ import annotations

import hashlib
import os
import struct
from typing import TYPE_CHECKING

from simpsh.kernel.registers import RSP, registers
from simpsh.trace import proc_files

if TYPE_CHECKING:
    from simpsh.explore.cage import Cage
    from simpsh.explore.caged import Caged

_RED_ZONE = 128
_UNREADABLE = ("[vvar]", "[vsyscall]", "[vvar_vclock]", "[vdso]")
_MOST_BYTES = 2_000_000
_PRIVATE = ("Umask", "SigBlk", "SigIgn", "SigCgt", "NoNewPrivs")


def image(cage: Cage, process: Caged) -> bytes | None:
    """Return a digest of a held process's state; None if it is too large to be looked at.

    Args:
        cage: the run.
        process: one of its processes, held.
    """
    spans = _writable(process.pid)
    if sum(end - first for first, end in spans) > _MOST_BYTES:
        return None
    values = registers(process.pid)
    digest = hashlib.blake2b(digest_size=16)
    tokens = [
        (struct.pack("<I", other.pid), hashlib.blake2b(name.encode(), digest_size=4).digest())
        for name, other in cage.processes.items()
    ]
    digest.update(_named(struct.pack(f"<{len(values)}Q", *values), tokens))
    with open(f"/proc/{process.pid}/mem", "rb", 0) as memory:
        for first, end in spans:
            start = max(first, values[RSP] - _RED_ZONE) if first <= values[RSP] < end else first
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except OSError:
                return None
            digest.update(struct.pack("<QQ", start, end))
            digest.update(_named(data, tokens))
    for text in _held(cage, process):
        digest.update(text.encode("utf-8", "surrogateescape") + b"\0")
    return digest.digest()


def _named(data: bytes, tokens: list[tuple[bytes, bytes]]) -> bytes:
    """Put names in the place of pids."""
    for number, name in tokens:
        data = data.replace(number, name)
    return data


def _writable(pid: int) -> list[tuple[int, int]]:
    """Return where a process's writable memory lies."""
    spans = []
    with open(f"/proc/{pid}/maps") as maps:
        for line in maps:
            span, permissions, *rest = line.split()
            if permissions[1] == "w" and rest[-1] not in _UNREADABLE:
                first, end = (int(word, 16) for word in span.split("-"))
                spans.append((first, end))
    return spans


def _held(cage: Cage, process: Caged) -> list[str]:
    """Return what the kernel keeps for a process alone, with symbolic names."""
    found = [
        f"{process.clock} {len(process.children)} {process.pipes_made} {process.opens_made}",
        os.readlink(f"/proc/{process.pid}/cwd"),
        *(f"{key} {proc_files.status_line(process.pid, key)}" for key in _PRIVATE),
    ]
    directory = f"/proc/{process.pid}/fd"
    for number in sorted(os.listdir(directory), key=int):
        target = cage.name_of(os.readlink(f"{directory}/{number}"))
        with open(f"/proc/{process.pid}/fdinfo/{number}") as file:
            place = " ".join(line.strip() for line in file if line.startswith(("pos", "flags")))
        found.append(f"{number} {target} {place} {process.descriptions.get(int(number), '')}")
    return found
