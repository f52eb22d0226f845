"""Write the files that a kernel finds in its memory when it starts: cpio(5), the format "newc"."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path


def archive(root: Path) -> Iterator[bytes]:
    """Yield the files as an archive that the kernel unpacks: cpio(5), "newc"."""
    links: dict[tuple[int, int], int] = {}
    for path in [root, *sorted(root.rglob("*"))]:
        state = path.lstat()
        name = "." if path == root else str(path.relative_to(root))
        data = b""
        if stat.S_ISLNK(state.st_mode):
            data = os.readlink(path).encode()
        elif stat.S_ISREG(state.st_mode):
            data = path.read_bytes()
        number = links.setdefault((state.st_dev, state.st_ino), len(links) + 1)
        yield _entry(name, number, state.st_mode, data)
    yield _entry("TRAILER!!!", 0, 0, b"")


def _entry(name: str, number: int, mode: int, data: bytes) -> bytes:
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name.encode()) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)
