"""Reading a traced process's memory: the strings and numbers that its calls point to."""

from __future__ import annotations

import os

from simpsh.kernel.ptrace import read_memory

_PAGE = 4096


def number_at(pid: int, address: int) -> int:
    """Return the C int at an address; 0 if it cannot be read."""
    return int.from_bytes(read_memory(pid, address, 4), "little", signed=True)


def string_at(pid: int, address: int, limit: int = _PAGE) -> str:
    """Return the string that begins at an address, up to `limit` bytes of it."""
    found = b""
    while len(found) < limit:
        # A page at a time: what follows the string's last page may not be there.
        count = min(_PAGE - address % _PAGE, limit - len(found))
        piece = read_memory(pid, address, count)
        end = piece.find(b"\0")
        if end >= 0 or not piece:
            found += piece[: max(end, 0)]
            break
        found += piece
        address += len(piece)
    return os.fsdecode(found)
