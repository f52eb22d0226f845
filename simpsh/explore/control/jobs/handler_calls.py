"""A handler and the code that it interrupts meet in what the kernel keeps for their process.

That is its descriptors, the offsets of its files, its working directory, its umask and the like.
Where a handler uses some of it, one may run between any two calls that use such things, too, though
no other process can notice these calls. What a handler calls is learned from its first run on.
"""

from __future__ import annotations

from simpsh.explore.control.held_process import HeldProcess
from simpsh.explore.control.run_state import RunState
from simpsh.explore.operations.call_classes import USES_OWN_STATE
from simpsh.explore.operations.visible_operations import Operation, OwnCall

_DESCRIPTORS = frozenset(
    (
        *("close", "close_range", "dup", "dup2", "dup3", "fcntl", "pipe", "pipe2"),
        *("open", "creat", "openat", "openat2"),
    )
)


def call_beside_handlers(
    run: RunState, process: HeldProcess, operation: Operation | None
) -> Operation | None:
    """Return the operation that a call is, where a handler may be noticed right after it, too."""
    if process.call not in USES_OWN_STATE or process.is_exiting:
        return operation
    known = run.knowledge.handlers
    if process.handlers:
        if operation is None:
            run.knowledge.watch(known.own_calls, process.call)
        elif not known.use_descriptors:
            # What others notice is read or written by a descriptor.
            known.use_descriptors = True
            run.knowledge.must_restart |= known.come_beside_descriptors
    if operation is not None or not process.caught & run.knowledge.sent:
        return operation
    is_of_descriptors = process.call in _DESCRIPTORS
    known.come_beside_descriptors |= is_of_descriptors
    is_met = known.own_calls or (known.use_descriptors and is_of_descriptors)
    return OwnCall() if is_met else None
