"""Loads and stores of memory that processes share, and futex(2) on it.

A place is a region, an offset in it and a width in bytes. An instruction that adds to memory
without locking it is two operations: it loads, and then it stores; another processor may come
between.

A processor may let an access overtake an earlier one to another place, which no order of steps
shows. On x86-64 a store waits in its processor's buffer, while the loads behind it are made
already. So of two processes that each store one place and then load the other's, both may find the
old values: Dekker's and Peterson's algorithms fail so. On aarch64 any access may overtake another
one, unless one of them acquires or releases.

It can be noticed only if, after the second access, another process used its place and then one used
the place of the first, each time with one of the two storing; and all that before the first process
came to what keeps both in order. Such a state is looked for, and named. Fences that are no access
are not seen, nor that an address or a value depends on what was loaded: in doubt it is named. See
the Intel 64 Software Developer's Manual, volume 3, "Memory Ordering"; the Arm Architecture
Reference Manual, B2.3, "Definition of the Arm memory model".
"""

from __future__ import annotations

import errno
from collections.abc import Mapping

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

OVERTAKES = "may let a load of shared memory overtake a store, as processors do without a fence"
DISORDERED = (
    "may let an access to shared memory overtake another one, as this machine's processors do "
    "without acquire and release"
)
FUTEX_SLEEPS = "sleeps"
"""The result of FutexWait where the value is the expected one: FutexSleep follows."""
Order = str
"""How a processor keeps an access in order with others of its process, to other places.

Empty: as x86-64 does; only a load may overtake a store, and an update is a fence. `weak`: not at
all. `acquire`: what follows stays behind it. `release`: what stands before it stays before it.
`both`: a fence.
"""
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

    def act(self, kernel: Kernel, _name: str, _edge: HistoryEdge) -> bytes:
        """Let the region hold it."""
        data = self.contents
        words = {place: data[place : place + _WORD] for place in range(0, len(data), _WORD)}
        kernel.kept[_key(self.region)] = _packed(words)
        return b""


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
        """Note that a process uses these bytes."""
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

    order: Order = ""

    def goes_first(self, kernel: Kernel, node: HistoryNode) -> bool:
        """Return whether no other process uses the bytes, or none stores what is only loaded."""
        if self.stores:
            return _is_alone(kernel, node.name, self)
        return not kernel.learned.memory.is_stored_by_others(node.name, self.places)


class Load(ProgramAccess):
    """Reads; the result is the bytes that were stored there last."""

    stores = False

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"loads {self._place()}"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the bytes."""
        return _read(kernel, self)

    def act(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> bytes:
        """Note it: it may have overtaken a store."""
        note_access(kernel, name, self)
        return b""


class Store(ProgramAccess):
    """Writes; the result is the bytes, which are the process's own doing."""

    loads = False

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"stores {self._place()}"

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Let the place hold it."""
        if isinstance(edge.result, bytes):
            _write(kernel, self, edge.result)
            note_access(kernel, name, self)
        return b""


class StoreBack(Store):
    """Writes what it has made of the value that it loaded before, by the same instruction."""

    can_be_interrupted = False


class Update(ProgramAccess):
    """Reads and writes in one, as a locked instruction does; the result is both, in this order."""

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"updates {self._place()} in one"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return what it finds; what it makes of that is learned."""
        return DependsOn((_read(kernel, self),))

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Let the place hold what it made."""
        is_changed = False
        if isinstance(edge.result, tuple):
            before, after = edge.result
            _write(kernel, self, after)
            is_changed = before != after
        note_access(kernel, name, self, is_changed=is_changed)
        return b""


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
    is_timed: bool

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        number = int.from_bytes(self.value, "little")
        return f"waits at {self._place()} if that is {number} ({self._call()})"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return that it sleeps, or -EAGAIN: it looks and begins to sleep in one."""
        return FUTEX_SLEEPS if _read(kernel, self) == self.value else -errno.EAGAIN

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Let it wait behind the others."""
        fences(kernel, name)
        if edge.result == FUTEX_SLEEPS:
            key = _sleepers_at(self)
            kernel.kept[key] = (*kernel.kept_tuple(key), name)
        return b""


class FutexSleep(FutexOperation):
    """Waits until it is woken, or the time is over: at any moment, if it has set a time."""

    is_timed: bool

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"sleeps at {self._place()} ({self._call()})"

    def _is_woken(self, kernel: Kernel, name: str) -> bool:
        return name not in kernel.kept_tuple(_sleepers_at(self))

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether it was woken, or its time may be over."""
        return self.is_timed or self._is_woken(kernel, name)

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return 0, or -ETIMEDOUT."""
        return 0 if self._is_woken(kernel, name) else -errno.ETIMEDOUT


class FutexWake(FutexOperation):
    """Wakes the processes that wait longest; the result is how many."""

    count: int

    @property
    def places(self) -> list[Byte]:
        """The place that it names, whose bytes it does not use."""
        return [(self.region, self.offset)]

    def _words(self, letters: Mapping[str, str]) -> str:  # noqa: ARG002
        return f"wakes who sleeps at {self._place()} ({self._call()})"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return how many."""
        return min(self.count, len(kernel.kept_tuple(_sleepers_at(self))))

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> bytes:
        """Let those not wait any more."""
        key = _sleepers_at(self)
        if isinstance(edge.result, int) and edge.result > 0:
            kernel.kept[key] = kernel.kept_tuple(key)[edge.result :]
        return b""


# -- whether an access that overtakes another one could be noticed ---------------------------------

Pending = tuple[ProgramAccess, tuple[ProgramAccess, ...]]
"""An access that others may see late, and the releases that have come after it."""
Window = tuple[ProgramAccess, ProgramAccess, bool]
"""An access, a later one that may have overtaken it, and whether another process has met that."""
Buffer = tuple[tuple[Pending, ...], tuple[Window, ...]]
"""What the processor of one process may hold back."""
_STORES = "stores"


def _buffer(kernel: Kernel, name: str) -> Buffer:
    value = kernel.kept.get(OfLiving((_STORES, name)))
    return value if isinstance(value, tuple) else ((), ())


def _keep(kernel: Kernel, name: str, buffer: Buffer) -> None:
    key = OfLiving((_STORES, name))
    if any(buffer):
        kernel.kept[key] = buffer
    else:
        kernel.kept.pop(key, None)


def note_access(
    kernel: Kernel, name: str, access: ProgramAccess, *, is_changed: bool = True
) -> None:
    """Note an access that a process has made.

    An update that has compared, and not stored, has changed nothing.
    """
    for key, value in list(kernel.kept.items()):
        if key[0] == _STORES and key[1] != name and isinstance(value, tuple):
            late, open_windows = value
            if any(is_met and _conflict(first, access) for first, _, is_met in open_windows):
                kernel.learned.doubts.add(DISORDERED if access.order else OVERTAKES)
            now = (
                (first, second, is_met or _conflict(second, access))
                for first, second, is_met in open_windows
            )
            kernel.kept[key] = late, tuple(now)
    order = access.order if is_changed else _WITHOUT_STORE.get(access.order, access.order)
    if isinstance(access, Update) and order in ("", "both"):
        _keep(kernel, name, ((), ()))
        return
    pending, windows = _buffer(kernel, name)
    # Whether it may come early, or late, and another process could notice.
    if isinstance(access, Load):
        can_overtake = kernel.learned.memory.is_stored_by_others(name, access.places)
        may_be_late = can_overtake and access.order == "weak"
    else:
        may_be_late = not _is_alone(kernel, name, access)
        can_overtake = may_be_late and bool(access.order)
    kind = Store if access.stores else Load
    plain = kind(access.region, access.offset, access.width, access.order)
    if order == "acquire":
        pending, windows = _acquired(pending, windows, plain)
    if order == "release":
        pending, windows = _released(pending, plain), ()
    elif can_overtake:
        fresh = [
            (late, plain, False)
            for late, releases in pending
            if not late.meets(plain) and not any(_is_same(plain, release) for release in releases)
        ]
        others = [window for window in windows if window[1] != plain]
        windows = (*others, *fresh) if fresh else windows
    if may_be_late:
        late = plain, (plain,) if order == "release" else ()
        others_late = tuple(other for other in pending if other[0] != plain)
        if late not in pending:
            if len(others_late) >= _MOST_PENDING and plain.order:
                kernel.learned.doubts.add(DISORDERED)
            pending = (*others_late, late)[-_MOST_PENDING:]
    _keep(kernel, name, (pending, windows))


_WITHOUT_STORE = {"both": "acquire", "release": "weak"}
"""How an update is kept in order that only loads."""
_CALL = Store("", 0, 0, "both")
"""What a system call does to the order of accesses, at no place of memory."""


def fences(kernel: Kernel, name: str) -> None:
    """Note a system call that keeps a process's accesses in order with those of others."""
    pending, windows = _buffer(kernel, name)
    if any(access.order for access, _ in pending):
        # The kernel locks and unlocks: what follows stays behind the one, what stands before it
        # stays before the other.
        pending, _ = _acquired(pending, windows, _CALL)
        _keep(kernel, name, (_released(pending, _CALL), ()))
    else:
        _keep(kernel, name, ((), ()))


def _acquired(
    pending: tuple[Pending, ...], windows: tuple[Window, ...], access: ProgramAccess
) -> tuple[tuple[Pending, ...], tuple[Window, ...]]:
    """Return what is left behind an acquire.

    What a release stands behind comes before it. So does an earlier load of the same place: it
    finds nothing newer than this access does.
    """
    before = {
        earlier
        for earlier, releases in pending
        if releases or (not earlier.stores and _is_same(earlier, access))
    }
    return (
        tuple(late for late in pending if late[0] not in before),
        tuple(window for window in windows if window[0] not in before),
    )


def _released(pending: tuple[Pending, ...], access: ProgramAccess) -> tuple[Pending, ...]:
    return tuple(
        (late, releases if access in releases else (*releases, access))
        for late, releases in pending
    )


def _is_same(access: ProgramAccess, other: ProgramAccess) -> bool:
    return (access.region, access.offset, access.width) == (other.region, other.offset, other.width)


def _conflict(access: ProgramAccess, other: ProgramAccess) -> bool:
    return (access.stores or other.stores) and access.meets(other)
