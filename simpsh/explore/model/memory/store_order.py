"""A processor may let a load overtake an earlier store to another place; who could notice is named.

A store waits in its processor's buffer, while the loads behind it are made already. So of two
processes that each store one place and then load the other's, both may find the old values:
Dekker's and Peterson's algorithms fail so. No order of steps shows that. It can be noticed only if,
after the load of y that might have overtaken a store to x, y was changed by another process, and x
is loaded by another one before the first process comes to a fence: a locked instruction, futex or
a write. Such a state is looked for; other fences are not seen, so that in doubt a program is named.
See the Intel 64 Software Developer's Manual, volume 3, "Memory Ordering".
"""

from __future__ import annotations

from simpsh.explore.model.kernel_state import KeptKey, Kernel
from simpsh.explore.operations.memory_steps import Load, MemoryOperation, Store

OVERTAKES = "may let a load of shared memory overtake a store, as processors do without a fence"
_MOST_UNFENCED = 16

Window = tuple[MemoryOperation, MemoryOperation, bool]
"""A store, a load behind it, and whether another process has changed what was loaded since."""
Buffer = tuple[tuple[MemoryOperation, ...], tuple[Window, ...]]
"""The stores of a process since its last fence, and the loads that might have overtaken them."""


class _BufferOf(KeptKey):
    """What the processor of one process may hold back."""

    __slots__ = ()

    def rest(self, kernel: Kernel, value: object) -> object:
        """Return it as long as the process lives."""
        return value if self[1] in kernel.procs else None


def _buffer(kernel: Kernel, name: str) -> Buffer:
    found = kernel.kept.get(_BufferOf(("stores", name)))
    return found if isinstance(found, tuple) else ((), ())


def stores(kernel: Kernel, name: str, place: MemoryOperation) -> None:
    """Note a store; a locked instruction waits until it is seen by all."""
    _changes(kernel, name, place)
    if not kernel.learned.memory.is_loaded_by_others(name, place):
        return
    unfenced, windows = _buffer(kernel, name)
    plain = Store(place.region, place.offset, place.width)
    if plain not in unfenced:
        unfenced = (*unfenced, plain)[-_MOST_UNFENCED:]
        kernel.kept[_BufferOf(("stores", name))] = unfenced, windows


def loads(kernel: Kernel, name: str, place: MemoryOperation) -> None:
    """Note a load."""
    _finds(kernel, name, place)
    unfenced, windows = _buffer(kernel, name)
    if not unfenced or not kernel.learned.memory.is_stored_by_others(name, place):
        return
    plain = Load(place.region, place.offset, place.width)
    fresh = [(store, plain, False) for store in unfenced if not store.meets(place)]
    kept = [one for one in windows if one[1] != plain]
    if fresh:
        kernel.kept[_BufferOf(("stores", name))] = unfenced, (*kept, *fresh)


def updates(kernel: Kernel, name: str, place: MemoryOperation) -> None:
    """Note a locked instruction, which loads and stores, and is a fence."""
    _finds(kernel, name, place)
    _changes(kernel, name, place)
    fences(kernel, name)


def fences(kernel: Kernel, name: str) -> None:
    """Note that all stores of a process are seen by all."""
    kernel.kept.pop(_BufferOf(("stores", name)), None)


def _changes(kernel: Kernel, name: str, place: MemoryOperation) -> None:
    for key, value in list(kernel.kept.items()):
        if isinstance(key, _BufferOf) and key[1] != name and isinstance(value, tuple):
            unfenced, windows = value
            kernel.kept[key] = (
                unfenced,
                tuple((x, y, is_changed or y.meets(place)) for x, y, is_changed in windows),
            )


def _finds(kernel: Kernel, name: str, place: MemoryOperation) -> None:
    for key, value in kernel.kept.items():
        if isinstance(key, _BufferOf) and key[1] != name and isinstance(value, tuple):
            _, windows = value
            if any(is_changed and x.meets(place) for x, _, is_changed in windows):
                kernel.learned.doubts.add(OVERTAKES)
