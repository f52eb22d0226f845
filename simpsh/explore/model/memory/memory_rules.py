"""Rules for shared memory: loads, stores and updates are steps; futex waits and wakes.

Processors let each store be seen by all at once, but may let one access of a process overtake
another one, which no order of steps shows: programs in which that can be noticed are named
(access_order).
"""

from __future__ import annotations

import errno

from simpsh.explore.model.kernel_state import (
    FileHistories,
    HistoryEdge,
    HistoryNode,
    KeptKey,
    Kernel,
    Mover,
    Prediction,
    Rule,
)
from simpsh.explore.model.memory import access_order
from simpsh.explore.operations.memory_files import (
    AskMemorySize,
    LinkMemoryFile,
    OpenMemoryFile,
    UnlinkMemoryFile,
)
from simpsh.explore.operations.memory_steps import (
    FUTEX_SLEEPS,
    FutexSleep,
    FutexWait,
    FutexWake,
    Load,
    MemoryOperation,
    Place,
    SharesMemory,
    Store,
    StoreBack,
    Update,
)

BEHIND_END = "may use shared memory beyond the end of its file (SIGBUS)"
_WORD = 8
Words = tuple[tuple[int, bytes], ...]
"""Where words of a region are that are not zero, and what they hold."""


def _key(region: str) -> KeptKey:
    return KeptKey(("memory", region))


def size_key(region: str) -> KeptKey:
    """Return under which name the size of a file is kept that is a region; none of other memory."""
    return KeptKey(("size", region))


def hold(kernel: Kernel, region: str, contents: bytes) -> None:
    """Let a new file in /dev/shm hold this."""
    kernel.kept[size_key(region)] = len(contents)
    kernel.kept[_key(region)] = _words_of(contents)


def _check_size(kernel: Kernel, place: MemoryOperation) -> None:
    size = kernel.kept.get(size_key(place.region))
    if isinstance(size, int) and place.offset + place.width > size:
        kernel.learned.doubts.add(BEHIND_END)


def _read(kernel: Kernel, place: MemoryOperation) -> bytes:
    _check_size(kernel, place)
    value = kernel.kept.get(_key(place.region))
    words: dict[int, bytes] = dict(value) if isinstance(value, tuple) else {}
    first = place.offset // _WORD * _WORD
    end = place.offset + place.width
    data = b"".join(words.get(one, bytes(_WORD)) for one in range(first, end, _WORD))
    return data[place.offset - first : end - first]


def _write(kernel: Kernel, place: MemoryOperation, data: bytes) -> None:
    _check_size(kernel, place)
    value = kernel.kept.get(_key(place.region))
    words: dict[int, bytes] = dict(value) if isinstance(value, tuple) else {}
    for offset, byte in enumerate(data, place.offset):
        first = offset // _WORD * _WORD
        word = bytearray(words.get(first, bytes(_WORD)))
        word[offset - first] = byte
        words[first] = bytes(word)
    kernel.kept[_key(place.region)] = _packed(words)


def _words_of(data: bytes) -> Words:
    return _packed({one: data[one : one + _WORD] for one in range(0, len(data), _WORD)})


def _packed(words: dict[int, bytes]) -> Words:
    return tuple((place, word) for place, word in sorted(words.items()) if any(word))


class SharesRule(Rule):
    """What the region holds when it is shared is its process's own doing."""

    def __init__(self, operation: SharesMemory) -> None:
        self._operation = operation

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:  # noqa: ARG002
        """Let the region hold it."""
        kernel.kept[_key(self._operation.region)] = _words_of(self._operation.contents)
        return b""


class LoadRule(Rule):
    """A load finds what was stored there last."""

    def __init__(self, place: Load) -> None:
        self._place = place

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the bytes."""
        return _read(kernel, self._place)

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:  # noqa: ARG002
        """Note it: it may have overtaken a store."""
        access_order.note(kernel, name, self._place)
        return b""


class StoreRule(Rule):
    """A store; what is stored is the process's own doing, and learned."""

    def __init__(self, place: Store) -> None:
        self._place = place
        # It is one instruction with the load before it.
        self.can_be_interrupted = not isinstance(place, StoreBack)

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Let the place hold it."""
        if isinstance(edge.result, bytes):
            _write(kernel, self._place, edge.result)
            access_order.note(kernel, name, self._place)
        return b""


class _Seen(FileHistories):
    """What a place holds before an update, which decides on what it holds afterwards."""

    __slots__ = ()


class UpdateRule(Rule):
    """A locked instruction: what it makes of what it finds is learned."""

    def __init__(self, place: Update) -> None:
        self._place = place

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return what it finds."""
        return _Seen(_read(kernel, self._place))

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Let the place hold what it made."""
        is_changed = False
        match edge.result:
            case (bytes() as before, bytes(after)):
                _write(kernel, self._place, after)
                is_changed = before != after
            case _:
                pass
        access_order.note(kernel, name, self._place, is_changed=is_changed)
        return b""


# -- futex -----------------------------------------------------------------------------------------


class _Sleepers(KeptKey):
    """Who sleeps at a place, who came first first."""

    __slots__ = ()

    def rest(self, kernel: Kernel, value: object) -> object:
        """Return those who still do: a process that was killed does not."""
        return tuple(name for name in _names(value) if _sleeps(kernel, name, self)) or None


def _names(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _sleepers_at(place: MemoryOperation) -> _Sleepers:
    return _Sleepers(("futex", place.region, str(place.offset)))


def _sleeps(kernel: Kernel, name: str, key: _Sleepers) -> bool:
    if name not in kernel.procs:
        return False
    operation = kernel.procs[name][0].view.operation
    return isinstance(operation, FutexSleep) and _sleepers_at(operation) == key


class FutexWaitRule(Rule):
    """Look at the value and begin to sleep, in one."""

    def __init__(self, operation: FutexWait) -> None:
        self._operation = operation

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return that it sleeps, or -EAGAIN."""
        is_expected = _read(kernel, self._operation) == self._operation.value
        return FUTEX_SLEEPS if is_expected else -errno.EAGAIN

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Let it wait behind the others."""
        access_order.fences(kernel, name)
        if edge.result == FUTEX_SLEEPS:
            key = _sleepers_at(self._operation)
            kernel.kept[key] = (*_names(kernel.kept.get(key)), name)
        return b""


class FutexSleepRule(Rule):
    """Sleep until it is woken; with a time, until any moment."""

    def __init__(self, operation: FutexSleep) -> None:
        self._operation = operation

    def _is_woken(self, kernel: Kernel, name: str) -> bool:
        return name not in _names(kernel.kept.get(_sleepers_at(self._operation)))

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether it was woken, or its time may be over."""
        return self._operation.is_timed or self._is_woken(kernel, name)

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return 0, or -ETIMEDOUT."""
        return 0 if self._is_woken(kernel, name) else -errno.ETIMEDOUT


class FutexWakeRule(Rule):
    """Wake some."""

    def __init__(self, operation: FutexWake) -> None:
        self._operation = operation

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return how many."""
        names = _names(kernel.kept.get(_sleepers_at(self._operation)))
        return min(self._operation.count, len(names))

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> bytes:
        """Let those not wait any more."""
        key = _sleepers_at(self._operation)
        if isinstance(edge.result, int) and edge.result > 0:
            kernel.kept[key] = _names(kernel.kept.get(key))[edge.result :]
        return b""


def memory_rule(operation: object) -> Rule | None:
    """Return the rule of an operation on shared memory; None for any other."""
    match operation:
        case SharesMemory():
            return SharesRule(operation)
        case Load():
            return LoadRule(operation)
        case Store():
            return StoreRule(operation)
        case Update():
            return UpdateRule(operation)
        case FutexWait():
            return FutexWaitRule(operation)
        case FutexSleep():
            return FutexSleepRule(operation)
        case FutexWake():
            return FutexWakeRule(operation)
        case _:
            return None


_MOVERS = Load | Store | Update | OpenMemoryFile | LinkMemoryFile | UnlinkMemoryFile | AskMemorySize


def memory_mover(operation: object) -> Mover | None:
    """Return the test for a step's being none of others' business; None if it always is."""
    if isinstance(operation, _MOVERS):
        return _is_its_own
    return _always if isinstance(operation, SharesMemory) else None


def _is_its_own(kernel: Kernel, node: HistoryNode) -> bool:
    operation = node.view.operation
    if not isinstance(operation, Place):
        return False
    memory = kernel.learned.memory
    if not operation.stores:
        return not memory.is_stored_by_others(node.name, operation)
    return memory.is_alone(node.name, operation)


def _always(_kernel: Kernel, _node: HistoryNode) -> bool:
    return True
