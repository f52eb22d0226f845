"""Loads and stores of memory that processes share, and futex(2) on it.

A place is a region, an offset in it and a width in bytes. An instruction that adds to memory
without locking it is two operations: it loads, and then it stores; another processor may come
between.

On x86-64 a store waits in its processor's buffer, while the loads behind it are made already; no
order of steps shows that. So of two processes that each store one place and then load the other's,
both may find the old values: Dekker's and Peterson's algorithms fail so.

It can be noticed only if, after the load, another process stored to its place and then one used the
place of the store; and all that before the first process came to what keeps both in order. Such a
state is looked for, and named. Fences that are no access are not seen: in doubt it is named. See
the Intel 64 Software Developer's Manual, volume 3, "Memory Ordering".
"""

from __future__ import annotations

import errno
from collections.abc import Mapping

from simpsh.explore.flags import OVERTAKES
from simpsh.explore.model.kernel_state import (
    Byte,
    DependsOn,
    HistoryEdge,
    HistoryNode,
    KeptKey,
    Kernel,
    Learned,
    OfLiving,
    Operation,
    Prediction,
    Unnoticed,
)

FUTEX_SLEEPS = "sleeps"
"""The result of FutexWait where the value is the expected one: FutexSleep follows."""
_WORD = 8
_MOST_PENDING = 16
Words = tuple[tuple[int, bytes], ...]
"""Where words of a region are that are not zero, and what they hold."""


# -- what a region holds ---------------------------------------------------------------------------


def _key(region: str) -> KeptKey:
    return KeptKey(("memory", region))


def _words_at(kernel: Kernel, place: MemoryOperation) -> dict[int, bytes]:
    value = kernel.kept.get(_key(place.region))
    return dict(value) if isinstance(value, tuple) else {}


def _read(kernel: Kernel, place: MemoryOperation) -> bytes:
    words = _words_at(kernel, place)
    first = place.offset // _WORD * _WORD
    end = place.offset + place.width
    data = b"".join(words.get(offset, bytes(_WORD)) for offset in range(first, end, _WORD))
    return data[place.offset - first : end - first]


def _write(kernel: Kernel, place: MemoryOperation, data: bytes) -> None:
    words = _words_at(kernel, place)
    for offset, byte in enumerate(data, place.offset):
        first = offset // _WORD * _WORD
        word = bytearray(words.get(first, bytes(_WORD)))
        word[offset - first] = byte
        words[first] = bytes(word)
    kernel.kept[_key(place.region)] = _packed(words)


def _packed(words: dict[int, bytes]) -> Words:
    return tuple((place, word) for place, word in sorted(words.items()) if any(word))


class SharesMemory(Unnoticed):
    """Is about to make its first child that shares a region of its memory."""

    region: str
    contents: bytes
    """What the region holds then is its process's own doing."""

    _said = "shares memory with the child that it is about to make"

    def act(self, kernel: Kernel, _name: str, _edge: HistoryEdge) -> None:
        data = self.contents
        words = {place: data[place : place + _WORD] for place in range(0, len(data), _WORD)}
        kernel.kept[_key(self.region)] = _packed(words)


# -- loads and stores ------------------------------------------------------------------------------


class MemoryOperation(Operation):
    """Reads or writes a place in shared memory."""

    region: str
    offset: int
    width: int

    _named = ("region",)
    loads = True
    stores = True

    @property
    def places(self) -> list[Byte]:
        """The bytes that it uses."""
        return [(self.region, self.offset + count) for count in range(self.width)]

    def meets(self, other: MemoryOperation) -> bool:
        """Return whether two places have bytes in common."""
        return (
            self.region == other.region
            and self.offset < other.offset + other.width
            and other.offset < self.offset + self.width
        )

    def note(self, learned: Learned, name: str) -> None:
        learned.memory.note(name, self.places, loads=self.loads, stores=self.stores)

    def _place(self) -> str:
        count = f"{self.width} byte{'s' if self.width > 1 else ''}"
        number = self.region.rpartition("~")[2]
        region = "" if number == "1" else f" in region {number}"
        return f"{count} of shared memory at {self.offset}{region}"


def _is_alone(kernel: Kernel, name: str, place: MemoryOperation) -> bool:
    memory = kernel.learned.memory
    return not (
        memory.is_loaded_by_others(name, place.places)
        or memory.is_stored_by_others(name, place.places)
    )


class ProgramAccess(MemoryOperation):
    """An instruction of the program that reads or writes a place."""

    def goes_first(self, kernel: Kernel, node: HistoryNode) -> bool:
        """Return whether no other process uses the bytes, or none stores what is only loaded."""
        if self.stores:
            return _is_alone(kernel, node.name, self)
        return not kernel.learned.memory.is_stored_by_others(node.name, self.places)


class Load(ProgramAccess):
    """Reads; the result is the bytes that were stored there last."""

    stores = False

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"loads {self._place()}"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        return _read(kernel, self)

    def act(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> None:
        """Note it: it may have overtaken a store."""
        note_access(kernel, name, self)


class Store(ProgramAccess):
    """Writes; the result is the bytes, which are the process's own doing."""

    loads = False

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"stores {self._place()}"

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        if isinstance(edge.result, bytes):
            _write(kernel, self, edge.result)
            note_access(kernel, name, self)


class StoreBack(Store):
    """Writes what it has made of the value that it loaded before, by the same instruction."""

    can_be_interrupted = False


class Update(ProgramAccess):
    """Reads and writes in one, as a locked instruction does; the result is both, in this order."""

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"updates {self._place()} in one"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return what it finds; what it makes of that is learned."""
        return DependsOn((_read(kernel, self),))

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        if isinstance(edge.result, tuple):
            _write(kernel, self, edge.result[1])
        note_access(kernel, name, self)


# -- futex -----------------------------------------------------------------------------------------


class _Sleepers(KeptKey):
    __slots__ = ()

    def rest(self, kernel: Kernel, value: object) -> object:
        """Return the processes that still do: one that was killed does not."""
        names = value if isinstance(value, tuple) else ()
        sleeping = {
            name: _sleepers_at(node.operation)
            for name, (node, _) in kernel.procs.items()
            if isinstance(node.operation, FutexSleep)
        }
        return tuple(name for name in names if sleeping.get(name) == self) or None


def _sleepers_at(place: FutexOperation) -> _Sleepers:
    return _Sleepers(("futex", place.owner, place.region, str(place.offset)))


class FutexOperation(MemoryOperation):
    """A call of futex.

    With FUTEX_PRIVATE_FLAG it is about the processes of one memory only: whoever sleeps with it is
    not woken by another process, nor by a call without it.
    """

    owner: str
    """The process whose memory is meant; empty without that flag."""

    def _call(self) -> str:
        return f"futex for {self.owner} alone" if self.owner else "futex"


class FutexWait(FutexOperation):
    """Begins to wait, if the place holds an expected value; else fails with EAGAIN."""

    value: bytes
    time: int | None
    """For how many nanoseconds it will sleep at most."""

    def _words(self, letters: Mapping[str, str]) -> str:
        number = int.from_bytes(self.value, "little")
        return f"waits at {self._place()} if that is {number} ({self._call()})"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return that it sleeps, or -EAGAIN: it looks and begins to sleep in one."""
        return FUTEX_SLEEPS if _read(kernel, self) == self.value else -errno.EAGAIN

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        """Let it wait behind the others."""
        fences(kernel, name)
        if edge.result == FUTEX_SLEEPS:
            key = _sleepers_at(self)
            kernel.kept[key] = (*kernel.kept_tuple(key), name)


class FutexSleep(FutexOperation):
    """Waits until it is woken, or the time is over: at any moment, if it has set a time."""

    limit: int | None

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"sleeps at {self._place()} ({self._call()})"

    def _is_woken(self, kernel: Kernel, name: str) -> bool:
        return name not in kernel.kept_tuple(_sleepers_at(self))

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether it was woken, or its time may be over."""
        return self.limit is not None or self._is_woken(kernel, name)

    def waits_for_time(self, kernel: Kernel, name: str) -> bool:
        return not self._is_woken(kernel, name)

    def result(self, kernel: Kernel, name: str) -> Prediction:
        return 0 if self._is_woken(kernel, name) else -errno.ETIMEDOUT


class FutexWake(FutexOperation):
    """Wakes the processes that wait longest; the result is how many."""

    count: int

    @property
    def places(self) -> list[Byte]:
        """The place that it names, whose bytes it does not use."""
        return [(self.region, self.offset)]

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"wakes who sleeps at {self._place()} ({self._call()})"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        return min(self.count, len(kernel.kept_tuple(_sleepers_at(self))))

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> None:
        """Let those not wait any more."""
        key = _sleepers_at(self)
        if isinstance(edge.result, int) and edge.result > 0:
            kernel.kept[key] = kernel.kept_tuple(key)[edge.result :]


# -- whether a load that overtakes a store could be noticed ----------------------------------------

Window = tuple[ProgramAccess, ProgramAccess, bool]
"""A store, a later load that may have overtaken it, and whether another process has met that."""
_STORES = "stores"


def note_access(kernel: Kernel, name: str, access: ProgramAccess) -> None:
    """Note an access that a process has made."""
    for key, value in list(kernel.kept.items()):
        if key[0] == _STORES and key[1] != name and isinstance(value, tuple):
            late, open_windows = value
            if any(is_met and _conflict(store, access) for store, _, is_met in open_windows):
                kernel.learned.doubts.add(OVERTAKES)
            now = (
                (store, load, is_met or _conflict(load, access))
                for store, load, is_met in open_windows
            )
            kernel.kept[key] = late, tuple(now)
    if isinstance(access, Update):
        fences(kernel, name)
        return
    key = OfLiving((_STORES, name))
    value = kernel.kept.get(key)
    pending, windows = value if isinstance(value, tuple) else ((), ())
    # Whether another process could notice that it comes early, or late.
    if isinstance(access, Load):
        if kernel.learned.memory.is_stored_by_others(name, access.places):
            fresh = [(store, access, False) for store in pending if not store.meets(access)]
            others = [window for window in windows if window[1] != access]
            windows = (*others, *fresh) if fresh else windows
    elif not _is_alone(kernel, name, access):
        store = Store(access.region, access.offset, access.width)
        if store not in pending:
            pending = (*pending, store)[-_MOST_PENDING:]
    if pending or windows:
        kernel.kept[key] = pending, windows


def fences(kernel: Kernel, name: str) -> None:
    """Note what keeps a process's accesses in order: a locked instruction, or a system call."""
    kernel.kept.pop(OfLiving((_STORES, name)), None)


def _conflict(access: ProgramAccess, other: ProgramAccess) -> bool:
    return (access.stores or other.stores) and access.meets(other)
