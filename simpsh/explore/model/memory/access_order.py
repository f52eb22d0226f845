"""A processor may let an access overtake an earlier one to another place; who could notice is told.

On x86-64 a store waits in its processor's buffer, while the loads behind it are made already. So
of two processes that each store one place and then load the other's, both may find the old values:
Dekker's and Peterson's algorithms fail so. On aarch64 any access may overtake another one, unless
one of them acquires or releases. No order of steps shows that.

It can be noticed only if, after the second access, another process used its place and then one used
the place of the first, each time with one of the two storing; and all that before the first process
came to what keeps both in order. Such a state is looked for, and named. Fences that are no access
are not seen, nor that an address or a value depends on what was loaded: in doubt it is named. See
the Intel 64 Software Developer's Manual, volume 3, "Memory Ordering"; the Arm Architecture
Reference Manual, B2.3, "Definition of the Arm memory model".
"""

from __future__ import annotations

from simpsh.explore.model.kernel_state import KeptKey, Kernel
from simpsh.explore.operations.memory_steps import Load, ProgramAccess, Store, Update

OVERTAKES = "may let a load of shared memory overtake a store, as processors do without a fence"
DISORDERED = (
    "may let an access to shared memory overtake another one, as this machine's processors do "
    "without acquire and release"
)
_MOST_PENDING = 16

Pending = tuple[ProgramAccess, tuple[ProgramAccess, ...]]
"""An access that others may see late, and the releases that have come after it."""
Window = tuple[ProgramAccess, ProgramAccess, bool]
"""An access, a later one that may have overtaken it, and whether another process has met that."""
Buffer = tuple[tuple[Pending, ...], tuple[Window, ...]]


class _BufferOf(KeptKey):
    """What the processor of one process may hold back."""

    __slots__ = ()

    def rest(self, kernel: Kernel, value: object) -> object:
        """Return it as long as the process lives."""
        return value if self[1] in kernel.procs else None


def _buffer(kernel: Kernel, name: str) -> Buffer:
    found = kernel.kept.get(_BufferOf(("stores", name)))
    return found if isinstance(found, tuple) else ((), ())


def _keep(kernel: Kernel, name: str, buffer: Buffer) -> None:
    key = _BufferOf(("stores", name))
    if any(buffer):
        kernel.kept[key] = buffer
    else:
        kernel.kept.pop(key, None)


def note(kernel: Kernel, name: str, access: ProgramAccess, *, is_changed: bool = True) -> None:
    """Note an access that a process has made.

    Args:
        kernel: the state.
        name: the process.
        access: the access.
        is_changed: of an update, whether it has stored: a comparison that fails does not.
    """
    _meet(kernel, name, access)
    order = access.order if is_changed else _WITHOUT_STORE.get(access.order, access.order)
    if isinstance(access, Update) and order in ("", "both"):
        _keep(kernel, name, ((), ()))
        return
    pending, windows = _buffer(kernel, name)
    plain = _plain(access)
    if order == "acquire":
        pending, windows = _acquired(pending, windows, plain)
    if order == "release":
        pending, windows = _released(pending, plain), ()
    elif _can_overtake(kernel, name, access):
        windows = _overtaking(pending, windows, plain)
    if _may_be_late(kernel, name, access):
        pending = _with(kernel, pending, (plain, (plain,) if order == "release" else ()))
    _keep(kernel, name, (pending, windows))


_WITHOUT_STORE = {"both": "acquire", "release": "weak"}
"""How an update is kept in order that only loads."""
_CALL = Store("", 0, 0, "both")
"""What a system call does to the order of accesses, at no place of memory."""


def fences(kernel: Kernel, name: str) -> None:
    """Note a system call that keeps a process's accesses in order with those of others."""
    pending, windows = _buffer(kernel, name)
    if any(one.order for one, _ in pending):
        # The kernel locks and unlocks: what follows stays behind the one, what stands before it
        # stays before the other.
        pending, _ = _acquired(pending, windows, _CALL)
        _keep(kernel, name, (_released(pending, _CALL), ()))
    else:
        _keep(kernel, name, ((), ()))


def _plain(access: ProgramAccess) -> ProgramAccess:
    kind = Store if access.stores else Load
    return kind(access.region, access.offset, access.width, access.order)


def _acquired(
    pending: tuple[Pending, ...], windows: tuple[Window, ...], access: ProgramAccess
) -> tuple[tuple[Pending, ...], tuple[Window, ...]]:
    """Return what is left behind an acquire.

    What a release stands behind comes before it. So does an earlier load of the same place: it
    finds nothing newer than this access does.
    """
    before = {
        one for one, releases in pending if releases or (not one.stores and _is_same(one, access))
    }
    return (
        tuple(one for one in pending if one[0] not in before),
        tuple(one for one in windows if one[0] not in before),
    )


def _released(pending: tuple[Pending, ...], access: ProgramAccess) -> tuple[Pending, ...]:
    return tuple(
        (one, releases if access in releases else (*releases, access)) for one, releases in pending
    )


def _is_same(one: ProgramAccess, other: ProgramAccess) -> bool:
    return (one.region, one.offset, one.width) == (other.region, other.offset, other.width)


def _can_overtake(kernel: Kernel, name: str, access: ProgramAccess) -> bool:
    """Return whether an access may come early, and another process could notice."""
    memory = kernel.learned.memory
    if isinstance(access, Load):
        return memory.is_stored_by_others(name, access)
    return bool(access.order) and not memory.is_alone(name, access)


def _may_be_late(kernel: Kernel, name: str, access: ProgramAccess) -> bool:
    """Return whether an access may come late, and another process could notice."""
    memory = kernel.learned.memory
    if isinstance(access, Load):
        return access.order == "weak" and memory.is_stored_by_others(name, access)
    return not memory.is_alone(name, access)


def _overtaking(
    pending: tuple[Pending, ...], windows: tuple[Window, ...], access: ProgramAccess
) -> tuple[Window, ...]:
    """Return the windows with those in which an access may have overtaken an earlier one.

    Accesses to the same place stay in order. So does what a release stands behind with what uses
    the place of that release: whoever changes it then finds what was released.
    """
    fresh = [
        (one, access, False)
        for one, releases in pending
        if not one.meets(access) and not any(_is_same(access, release) for release in releases)
    ]
    kept = [one for one in windows if one[1] != access]
    return (*kept, *fresh) if fresh else windows


def _with(kernel: Kernel, pending: tuple[Pending, ...], one: Pending) -> tuple[Pending, ...]:
    if one in pending:
        return pending
    others = tuple(other for other in pending if other[0] != one[0])
    if len(others) >= _MOST_PENDING and one[0].order:
        kernel.learned.doubts.add(DISORDERED)
    return (*others, one)[-_MOST_PENDING:]


def _meet(kernel: Kernel, name: str, access: ProgramAccess) -> None:
    """Look at the windows of the other processes."""
    for key, value in list(kernel.kept.items()):
        if not isinstance(key, _BufferOf) or key[1] == name or not isinstance(value, tuple):
            continue
        pending, windows = value
        if any(is_met and _conflict(first, access) for first, _, is_met in windows):
            kernel.learned.doubts.add(DISORDERED if access.order else OVERTAKES)
        kernel.kept[key] = (
            pending,
            tuple(
                (first, second, is_met or _conflict(second, access))
                for first, second, is_met in windows
            ),
        )


def _conflict(one: ProgramAccess, other: ProgramAccess) -> bool:
    return (one.stores or other.stores) and one.meets(other)
