"""Which operation may always be made first, alone, whatever the others are going to do.

Such a step (a *left mover*) commutes with everything that others can do before it: every order
has a twin with the same outcome in which it comes now. Where there is one, the search follows it
and leaves the other choices of that state alone.

A step that closes a loop is none: the others would wait for ever behind it.

A signal can arrive before or after any step of its target, so whoever a signal can reach has no
left movers; and nobody's is one that would end the wait of such a process in another way than a
signal does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsh.explore import process_rules
from simpsh.explore.kernel_state import SIGCHLD, parent_of
from simpsh.explore.operation import (
    LOCK_UN,
    Born,
    Close,
    Dying,
    Exec,
    Exit,
    Exiting,
    Flock,
    Forking,
    GetParent,
    Operation,
    Read,
    SignalAction,
    SignalMask,
    Sleep,
    VforkWait,
    Wait,
    is_pipe,
)
from simpsh.explore.pipe_rules import ReadPipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from simpsh.explore.kernel_state import Kernel
    from simpsh.explore.learning import Node

    Mover = Callable[[Kernel, Node], bool]
    """Whether a node that can go may go first, alone."""


def left_mover(operation: Operation) -> Mover | None:
    """Return the test for an operation's being a left mover; None if it never is."""
    match operation:
        case Sleep() | Forking() | Born() | VforkWait() | SignalMask():
            return _always
        case SignalAction(signal) if signal != SIGCHLD:
            return _always
        case Close() | Dying() | Exec() | Exiting():
            return _gives_up_no_reader
        case Flock(_, how) if how & LOCK_UN:
            return _is_harmless_unlock
        case Exit():
            return _is_nobodys_business
        case _:
            return _settled(operation)


def _settled(operation: Operation) -> Mover | None:
    match operation:
        case Wait():
            return _is_settled_wait
        case Read(thing) if is_pipe(thing):
            return _is_settled_read
        case GetParent():
            return _is_orphan
        case _:
            return None


def _always(_kernel: Kernel, _node: Node) -> bool:
    return True


def _is_settled_wait(kernel: Kernel, node: Node) -> bool:
    """The eldest child that could be returned is dead, or there is none."""
    rule = node.rule
    if not isinstance(rule, process_rules.Wait) or not rule.is_settled(kernel, node.name):
        return False
    # Whether kill() finds a zombie is another's business.
    return kernel.learned.killed.isdisjoint(kernel.zombies)


def _is_settled_read(kernel: Kernel, node: Node) -> bool:
    """It alone holds the read end, and the bytes are there: more can only come behind them."""
    rule = node.rule
    return isinstance(rule, ReadPipe) and rule.is_settled(kernel, node.name)


def _is_orphan(kernel: Kernel, node: Node) -> bool:
    return parent_of(node.name) not in kernel.procs


def _gives_up_no_reader(kernel: Kernel, node: Node) -> bool:
    """Write ends may go early: that only lets a reader see the end where it would still sleep."""
    edge = node.successor(kernel)
    if edge is None or edge.target is None:
        return False
    return _are_harmless(kernel, node.stance.ends - edge.target.stance.ends)


def _is_harmless_unlock(kernel: Kernel, _node: Node) -> bool:
    return _may_unlock(kernel)


def _may_unlock(kernel: Kernel) -> bool:
    """Nobody can be woken by a signal instead, and nobody takes no for an answer."""
    return kernel.learned.reachable.isdisjoint(kernel.procs) and not kernel.learned.tries_locks


def _is_nobodys_business(kernel: Kernel, node: Node) -> bool:
    """No parent to tell, no child that could ask for it, nothing that a reader waits for."""
    name, killed = node.name, kernel.learned.killed
    return (
        parent_of(name) not in kernel.procs
        and name not in killed
        and killed.isdisjoint(kernel.zombies)
        and not kernel.has_living_child(name)
        and _are_harmless(kernel, node.stance.ends)
    )


def _are_harmless(kernel: Kernel, lost: frozenset[tuple[str, str]]) -> bool:
    for thing, end in lost:
        if end == "r":
            return False
        if end == "o" and not _may_unlock(kernel):
            return False
        if end == "w" and not kernel.learned.reachable.isdisjoint(kernel.holders(thing, "r")):
            return False
    return True
