"""Record locks, as operations: fcntl(2) with F_SETLK, F_SETLKW and F_GETLK.

They belong to the process, and go with the first descriptor of the file that it closes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from simpsh.explore.operations.visible_operations import OnObject, Operation, shown

F_GETLK, F_SETLK, F_SETLKW = 5, 6, 7
_KINDS = ("read", "write", "unlock")
_LAYOUT = struct.Struct("hh4xqqi")
FLOCK_BYTES = _LAYOUT.size
END = 2**63 - 1
"""Where a lock ends that reaches to the end of the file, wherever that will be."""
SEEK_SET, SEEK_CUR, SEEK_END = 0, 1, 2


class RecordLock(OnObject):
    """Locks or unlocks bytes of a file for its process."""

    kind: str
    """`read`, `write` or `unlock`."""
    start: int
    end: int
    """The first byte that is not meant."""
    is_patient: bool
    """Whether it waits until the lock can be had (F_SETLKW)."""

    def _words(self, letters: Mapping[str, str]) -> str:
        verb = {"read": "locks, shared,", "write": "locks", "unlock": "unlocks"}[self.kind]
        return f"{verb} {_place(self.start, self.end)}{shown(self.object, letters)} (fcntl)"


class RecordLook(OnObject):
    """Asks which lock of another process would be in the way (F_GETLK)."""

    kind: str
    start: int
    end: int

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"asks who locks {_place(self.start, self.end)}{shown(self.object, letters)} (fcntl)"


def _place(start: int, end: int) -> str:
    if (start, end) == (0, END):
        return ""
    return f"bytes {start} to {end - 1} of " if end != END else f"all from byte {start} of "


class LockRequest(Operation):
    """What a call passes: struct flock."""

    kind: str
    whence: int
    start: int
    length: int
    pid: int

    def place(self, base: int) -> tuple[int, int] | None:
        """Return the first byte and the one behind the last; None if there is no such place.

        Args:
            base: the byte that `start` counts from.
        """
        first = base + self.start
        end = first + self.length if self.length else END
        first, end = min(first, end), max(first, end)
        return (first, end) if first >= 0 else None


def lock_request(data: bytes) -> LockRequest | None:
    """Return what a struct flock says; None if it is none."""
    if len(data) < FLOCK_BYTES:
        return None
    kind, whence, start, length, pid = _LAYOUT.unpack(data[:FLOCK_BYTES])
    if kind not in range(len(_KINDS)) or whence not in (SEEK_SET, SEEK_CUR, SEEK_END):
        return None
    return LockRequest(_KINDS[kind], whence, start, length, pid)
