"""Rules for files in /dev/shm: which region a name stands for, and how large that is."""

from __future__ import annotations

import errno
import os

from simpsh.explore.model.kernel_state import HistoryEdge, KeptKey, Kernel, Prediction, Rule
from simpsh.explore.model.memory.memory_rules import hold, size_key
from simpsh.explore.operations.memory_files import (
    AskMemorySize,
    LinkMemoryFile,
    OpenMemoryFile,
    SetMemorySize,
    UnlinkMemoryFile,
)

CUTS_OFF = "makes a file in /dev/shm smaller, which others may have mapped"


def _named(path: str) -> KeptKey:
    return KeptKey(("name", path))


def _size(kernel: Kernel, region: str) -> int:
    size = kernel.kept.get(size_key(region))
    return size if isinstance(size, int) else 0


def _resize(kernel: Kernel, region: str, size: int) -> None:
    if size < _size(kernel, region):
        kernel.learned.doubts.add(CUTS_OFF)
    kernel.kept[size_key(region)] = size


class OpenRule(Rule):
    """shm_open, and sem_open of what is there."""

    def __init__(self, operation: OpenMemoryFile) -> None:
        self._operation = operation

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the region; -ENOENT or -EEXIST."""
        found = kernel.kept.get(_named(self._operation.region))
        flags = self._operation.flags
        if found is None:
            return self._operation.makes if flags & os.O_CREAT else -errno.ENOENT
        is_refused = flags & os.O_CREAT and flags & os.O_EXCL
        return -errno.EEXIST if is_refused else found

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> bytes:
        """Make what was not there."""
        if isinstance(edge.result, str):
            if edge.result == self._operation.makes:
                kernel.kept[_named(self._operation.region)] = edge.result
                hold(kernel, edge.result, b"")
            elif self._operation.flags & os.O_TRUNC:
                _resize(kernel, edge.result, 0)
        return b""

    def finds_nothing(self, result: object) -> bool:
        """Return whether there is no such name, or there is one already."""
        return isinstance(result, int)


class LinkRule(Rule):
    """link of a file without a name, as sem_open makes a semaphore."""

    def __init__(self, operation: LinkMemoryFile) -> None:
        self._operation = operation

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return 0, or -EEXIST."""
        return -errno.EEXIST if _named(self._operation.region) in kernel.kept else 0

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> bytes:
        """Let the name stand for it."""
        if edge.result == 0:
            kernel.kept[_named(self._operation.region)] = self._operation.target
            hold(kernel, self._operation.target, self._operation.contents)
        return b""


class UnlinkRule(Rule):
    """shm_unlink and sem_unlink: who has it open or mapped keeps it."""

    def __init__(self, operation: UnlinkMemoryFile) -> None:
        self._operation = operation

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return 0, or -ENOENT."""
        return 0 if _named(self._operation.region) in kernel.kept else -errno.ENOENT

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> bytes:
        """Let the name stand for nothing."""
        if edge.result == 0:
            del kernel.kept[_named(self._operation.region)]
        return b""


class SetSizeRule(Rule):
    """ftruncate."""

    def __init__(self, operation: SetMemorySize) -> None:
        self._operation = operation

    def result(self, _kernel: Kernel, _name: str) -> Prediction:
        """Return 0."""
        return 0

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> bytes:
        """Let it be so large."""
        if edge.result == 0:
            _resize(kernel, self._operation.region, self._operation.size)
        return b""


class AskSizeRule(Rule):
    """fstat."""

    def __init__(self, operation: AskMemorySize) -> None:
        self._operation = operation

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the size."""
        return _size(kernel, self._operation.region)


def memory_file_rule(operation: object) -> Rule | None:
    """Return the rule of an operation on a file in /dev/shm; None for any other."""
    match operation:
        case OpenMemoryFile():
            return OpenRule(operation)
        case LinkMemoryFile():
            return LinkRule(operation)
        case UnlinkMemoryFile():
            return UnlinkRule(operation)
        case SetMemorySize():
            return SetSizeRule(operation)
        case AskMemorySize():
            return AskSizeRule(operation)
        case _:
            return None
