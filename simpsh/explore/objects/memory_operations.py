"""Loads and stores of memory that processes share, and futex(2) on it.

A location is a region, an offset in it and a width in bytes. An instruction that adds to memory
without a lock prefix is two operations, a load and a store; another processor may act in between.

On x86-64 a store may wait in its processor's buffer while later loads are made. This is not
modelled, and the verdict says so.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping

from simpsh.explore import flags
from simpsh.explore.objects.held_call import HeldCall
from simpsh.explore.objects.kernel_state import (
    DependsOn,
    HistoryEdge,
    HistoryNode,
    KeptKey,
    Kernel,
    Learned,
    Operation,
    Prediction,
    Quiet,
    Unnoticed,
    follows,
)
from simpsh.explore.objects.learned_uses import Byte
from simpsh.explore.objects.name_words import PLAIN, Naming
from simpsh.explore.objects.process_state import MemoryRegion, Result
from simpsh.explore.objects.symbolic_names import OwnFile, Region
from simpsh.kernel.machine import memory_access

FUTEX_SLEEPS = "sleeps"
"""The result of a FutexWait that found the expected value: FutexSleep follows."""


def region_at(regions: Mapping[int, MemoryRegion], address: int) -> MemoryRegion | None:
    """Return the region that contains an address; None if there is none."""
    return next((region for region in regions.values() if region.has(address)), None)


def region_named(regions: Mapping[int, MemoryRegion], name: Region) -> MemoryRegion:
    """Return a region by its name."""
    return next(region for region in regions.values() if region.name == name)


# -- the contents of a region ----------------------------------------------------------------------


def _key(region: Region) -> KeptKey:
    return KeptKey(("memory", region))


def _contents(kernel: Kernel, region: Region) -> bytes:
    """Return the contents of a region without the zeros at their end."""
    data = kernel.kept.get(_key(region))
    return data if isinstance(data, bytes) else b""


def _read(kernel: Kernel, operation: MemoryOperation) -> bytes:
    first, width = operation.offset, operation.width
    return _contents(kernel, operation.region)[first : first + width].ljust(width, b"\0")


def _write(kernel: Kernel, operation: MemoryOperation, data: bytes) -> None:
    before, first = _contents(kernel, operation.region), operation.offset
    after = before[:first].ljust(first, b"\0") + data + before[first + len(data) :]
    kernel.kept[_key(operation.region)] = after.rstrip(b"\0")


class SharesMemory(Unnoticed):
    """The step before the first fork whose child shares a region."""

    region: Region
    contents: bytes
    """The contents of the region, without the zeros at their end."""

    _phrase = "shares memory with the child that it is about to make"

    def act(self, kernel: Kernel, _name: str, _edge: HistoryEdge) -> None:
        kernel.kept[_key(self.region)] = self.contents

    def prepare(self, kernel: Kernel, stop: HeldCall) -> None:
        """Make the region inaccessible to the process, which is about to fork."""
        region = region_named(stop.process.regions, self.region)
        region.is_closed = True
        stop.process.begin_detour("mprotect", (region.address, region.length, 0))


def about_to_share(stop: HeldCall) -> SharesMemory | None:
    """Return the operation that shares the next unshared region; None if there is none."""
    for region in stop.process.regions.values():
        if not region.is_closed:
            data = stop.read(region.address, region.length)
            return SharesMemory(region.name, data.rstrip(b"\0"))
    return None


_INT, _OWNER = 4, 0x3FFFFFFF


def flag_owner(stop: HeldCall, data: bytes) -> None:
    """End the run if an atomic update stores a pid: the kernel changes such locks at an end."""
    if len(data) == _INT and int.from_bytes(data, "little") & _OWNER == stop.process.pid:
        stop.cut_off(flags.ODD_MEMORY.of("a lock with a pid, as robust mutexes have"))


# -- mapping ---------------------------------------------------------------------------------------


class MemoryMapped(Quiet):
    """Maps anonymous memory that its children will share."""

    length: int

    def came_back(self, stop: HeldCall, result: int) -> Result:
        if result >= 0:
            name = Region(stop.process.name, stop.process.count("regions"))
            stop.process.share(MemoryRegion(name, result, whole_pages(self.length)))
        return result


_PAGE = os.sysconf("SC_PAGE_SIZE")
MOST_BYTES = 1 << 20
_MAP_SHARED, _MAP_ANONYMOUS, _PROT_WRITE, _PROT_READ_WRITE = 1, 0x20, 2, 3
STORES_IN_ORDER = "processors show stores to shared memory at once and in order"


def whole_pages(length: int) -> int:
    """Return a length rounded up to whole pages."""
    return -(-length // _PAGE) * _PAGE


def note_sharing(stop: HeldCall) -> None:
    """Make uses of shared memory visible, and assume that stores take effect in order."""
    stop.known.need("shares_memory")
    stop.known.assumed.add(STORES_IN_ORDER)


@follows("mmap")
def _mmap(stop: HeldCall) -> Operation | None:
    """Follow the mapping of anonymous shared memory; files that processes share are not."""
    address, length, protection, bits = stop.args[:4]
    if bits & _MAP_ANONYMOUS:
        is_plain = protection == _PROT_READ_WRITE and not address and memory_access.IS_KNOWN
        if not bits & _MAP_SHARED:
            return None
        if length > MOST_BYTES:
            stop.cut_off(flags.ODD_MEMORY.of("more than 1 MB"))
        elif is_plain:
            note_sharing(stop)
            return MemoryMapped(length)
        stop.cut_off(flags.ODD_MEMORY.of("a mapping that is not plain, or another machine"))
        return None
    name = stop.object_of(stop.number(4))
    is_written = bits & _MAP_SHARED and (protection & _PROT_WRITE or isinstance(name, OwnFile))
    if is_written or name in stop.known.shared:
        stop.not_examined("mapped files")
    return None


# -- loads and stores ------------------------------------------------------------------------------


class MemoryOperation(Operation):
    """Reads or writes a location in shared memory."""

    region: Region
    offset: int
    width: int

    _named = ("region",)
    loads = True
    stores = True

    @property
    def used(self) -> list[Byte]:
        return [(self.region, self.offset + count) for count in range(self.width)]

    def note(self, learned: Learned, name: str) -> None:
        learned.memory.note(name, self.used, loads=self.loads, stores=self.stores)

    def _location(self) -> str:
        count = f"{self.width} byte{'s' if self.width > 1 else ''}"
        number = self.region.number
        region = "" if number == 1 else f" in region {number}"
        return f"{count} of shared memory at {self.offset}{region}"


class ProgramAccess(MemoryOperation):
    """An instruction of the program that reads or writes a location."""

    is_at_call = False

    def goes_first(self, kernel: Kernel, node: HistoryNode) -> bool:
        """Return whether other processes cannot notice or influence the access.

        They do not store to these bytes and, if this access stores, do not load them.
        """
        memory = kernel.learned.memory
        if memory.is_stored_by_others(node.name, self.used):
            return False
        return not (self.stores and memory.is_loaded_by_others(node.name, self.used))


class Load(ProgramAccess):
    """Reads; the result is the stored bytes."""

    stores = False

    def words(self, naming: Naming = PLAIN) -> str:
        return f"loads {self._location()}"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        return _read(kernel, self)


class Store(ProgramAccess):
    """Writes; the result is the new bytes, which only the process determines."""

    loads = False

    def words(self, naming: Naming = PLAIN) -> str:
        return f"stores {self._location()}"

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        if isinstance(edge.result, bytes):
            _write(kernel, self, edge.result)


class StoreBack(Store):
    """The store of an instruction that has computed it from its own load."""

    can_be_interrupted = False


class Update(ProgramAccess):
    """Reads and writes atomically, as a locked instruction does; returns the old and new bytes."""

    def words(self, naming: Naming = PLAIN) -> str:
        return f"updates {self._location()} atomically"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the old bytes; the new bytes are learned from runs."""
        return DependsOn((_read(kernel, self),))

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        if isinstance(edge.result, tuple):
            _write(kernel, self, edge.result[1])


# -- futex -----------------------------------------------------------------------------------------


class _Sleepers(KeptKey):
    __slots__ = ()

    def remaining(self, kernel: Kernel, value: object) -> object:
        """Return the processes that still sleep; some may have been killed."""
        names = value if isinstance(value, tuple) else ()
        sleeping = {
            name: _sleepers_at(node.operation)
            for name, (node, _) in kernel.procs.items()
            if isinstance(node.operation, FutexSleep)
        }
        return tuple(name for name in names if sleeping.get(name) == self) or None


def _sleepers_at(operation: FutexOperation) -> _Sleepers:
    return _Sleepers(("futex", operation.owner, operation.region, str(operation.offset)))


class FutexOperation(MemoryOperation):
    """A call of futex.

    With FUTEX_PRIVATE_FLAG it concerns one process only: a call by another process, or without this
    flag, does not wake its sleepers.
    """

    owner: str
    """The process that the futex is private to; empty without FUTEX_PRIVATE_FLAG."""

    def _call(self, naming: Naming) -> str:
        return f"futex for {naming.process(self.owner)} alone" if self.owner else "futex"


_WAIT, _WAKE, _WAIT_BITSET, _WAKE_BITSET = 0, 1, 9, 10
_PRIVATE, _REALTIME, _LOW_WORD = 128, 256, 0xFFFFFFFF


@follows("futex")
def _futex(stop: HeldCall) -> Operation | None:
    region = region_at(stop.process.regions, stop.args[0])
    address, bits, value, time, _, mask = stop.args
    command, value = bits & _LOW_WORD & ~(_PRIVATE | _REALTIME), value & _LOW_WORD
    if region is None:
        waits = command in (_WAIT, _WAIT_BITSET) and not time
        is_equal = stop.read(address, _INT) == value.to_bytes(_INT, "little")
        if waits and is_equal:
            stop.not_examined("a wait for a lock in its own memory")
        return None
    if not region.is_closed:
        return None
    has_mask = command in (_WAIT_BITSET, _WAKE_BITSET) and mask & _LOW_WORD != _LOW_WORD
    if time and command in (_WAIT, _WAIT_BITSET):
        stop.not_examined("a wait for a lock with a timeout")
    if has_mask or command not in (_WAIT, _WAKE, _WAIT_BITSET, _WAKE_BITSET):
        stop.not_examined("futexes of another kind")
        return None
    word = region.name, address - region.address, _INT
    owner = stop.process.name if bits & _PRIVATE else ""
    if command in (_WAKE, _WAKE_BITSET):
        return FutexWake(*word, owner, min(value, 0x7FFFFFFF))
    if stop.known.signals_matter:
        stop.flag(flags.SIGNAL_INSIDE.of("a wait for a lock"))
    return FutexWait(*word, owner, value.to_bytes(_INT, "little"))


class FutexWait(FutexOperation):
    """Begins to wait if the futex word has the expected value; else fails with EAGAIN."""

    value: bytes

    def words(self, naming: Naming = PLAIN) -> str:
        number = int.from_bytes(self.value, "little")
        return f"waits at {self._location()} if that is {number} ({self._call(naming)})"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return FUTEX_SLEEPS or -EAGAIN; the test and the beginning of the sleep are one step."""
        return FUTEX_SLEEPS if _read(kernel, self) == self.value else -errno.EAGAIN

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        if edge.result == FUTEX_SLEEPS:
            key = _sleepers_at(self)
            kernel.kept[key] = (*kernel.kept_tuple(key), name)


class FutexSleep(FutexOperation):
    """Waits until it is woken."""

    is_at_call = False
    _reason = "no process has woken it"

    def words(self, naming: Naming = PLAIN) -> str:
        return f"sleeps at {self._location()} ({self._call(naming)})"

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether the process was woken."""
        return name not in kernel.kept_tuple(_sleepers_at(self))

    def result(self, _kernel: Kernel, _name: str) -> Prediction:
        return 0


class FutexWake(FutexOperation):
    """Wakes the processes that have waited longest; the result is their number."""

    count: int

    @property
    def used(self) -> list[Byte]:
        """The location of the futex word; a wake-up does not use its bytes."""
        return [(self.region, self.offset)]

    def words(self, naming: Naming = PLAIN) -> str:
        return f"wakes sleepers at {self._location()} ({self._call(naming)})"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        return min(self.count, len(kernel.kept_tuple(_sleepers_at(self))))

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> None:
        key = _sleepers_at(self)
        if isinstance(edge.result, int) and edge.result > 0:
            kernel.kept[key] = kernel.kept_tuple(key)[edge.result :]
