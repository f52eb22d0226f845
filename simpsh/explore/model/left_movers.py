"""Which operation may always be made first, alone, whatever the others are going to do.

Such a step (a *left mover*) commutes with everything that others can do before it: every order
has a twin with the same outcome in which it comes now. Where there is one, the search follows it
and leaves the other choices of that state alone.

A step that closes a loop is none: the others would wait for ever behind it.

A signal can arrive before or after any step of its target, so whoever a signal can reach has no
left movers; and no process's step is one that would end the wait of such a process in another way
than a signal does. Where process groups matter there are none.
"""

from __future__ import annotations

from simpsh.base.signal_names import SIGCHLD
from simpsh.explore.model.kernel_rules import ReadPipeRule, WritePipeRule
from simpsh.explore.model.kernel_state import HistoryNode, Kernel, Mover, parent_of
from simpsh.explore.model.memory.memory_rules import memory_mover
from simpsh.explore.model.wait_rules import WaitRule
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.record_locks import RecordLock


def left_mover(operation: ops.Operation) -> Mover | None:
    """Return the test for an operation's being a left mover; None if it never is."""
    match operation:
        case ops.Sleep() | ops.Forking() | ops.Born() | ops.VforkWait() | ops.SignalMask():
            return _always
        case ops.SignalAction(signal) if signal != SIGCHLD:
            return _always
        case ops.Close() | ops.Dying() | ops.GivingUp() | ops.Exec() | ops.Exiting():
            return _gives_up_no_reader
        case ops.Flock(_, how) if how & ops.LOCK_UN:
            return _is_harmless_unlock
        case RecordLock(kind="unlock"):
            return _is_harmless_unlock
        case ops.Exit():
            return _is_noticed_by_none
        case _:
            return _settled(operation)


def _settled(operation: ops.Operation) -> Mover | None:
    match operation:
        case ops.Wait():
            return _is_settled_wait
        case ops.Read(thing) if ops.is_pipe(thing):
            return _is_settled_read
        case ops.Write(thing) if ops.is_pipe(thing):
            return _is_written_to_a_channel
        case ops.GetParent():
            return _is_orphan
        case _:
            return memory_mover(operation)


def _always(_kernel: Kernel, _node: HistoryNode) -> bool:
    return True


def _is_settled_wait(kernel: Kernel, node: HistoryNode) -> bool:
    """The eldest child that could be returned is dead, or there is none."""
    rule = node.rule
    if not isinstance(rule, WaitRule) or not rule.is_settled(kernel, node.name):
        return False
    # Whether kill() finds a zombie is another's business.
    return kernel.learned.killed.isdisjoint(kernel.zombies)


def _is_settled_read(kernel: Kernel, node: HistoryNode) -> bool:
    """It alone reads from the pipe, and the bytes are there: more can only come behind them."""
    rule = node.rule
    return isinstance(rule, ReadPipeRule) and rule.is_settled(kernel, node.name)


def _is_written_to_a_channel(kernel: Kernel, node: HistoryNode) -> bool:
    """No other process writes there, no read can be short, and a reader stays to the end."""
    rule, name, learned = node.rule, node.name, kernel.learned
    if not isinstance(rule, WritePipeRule) or not learned.pipes.is_channel_of(name, rule.pipe):
        return False
    readers = kernel.holders(rule.pipe, "r")
    if not learned.reachable.isdisjoint(readers) or learned.memory.extent:
        return False
    return any(one == name or learned.pipes.stays(one, rule.pipe) for one in readers)


def _is_orphan(kernel: Kernel, node: HistoryNode) -> bool:
    return parent_of(node.name) not in kernel.procs


def _gives_up_no_reader(kernel: Kernel, node: HistoryNode) -> bool:
    """Write ends may go early: that only lets a reader see the end where it would still sleep."""
    edge = node.successor(kernel)
    if edge is None or edge.target is None:
        return False
    return _are_harmless(kernel, node.name, node.view.ends - edge.target.view.ends)


def _is_harmless_unlock(kernel: Kernel, _node: HistoryNode) -> bool:
    return _may_unlock(kernel)


def _may_unlock(kernel: Kernel) -> bool:
    """No process can be woken by a signal instead, and none tries a lock without waiting."""
    return kernel.learned.reachable.isdisjoint(kernel.procs) and not kernel.learned.tries_locks


def _is_noticed_by_none(kernel: Kernel, node: HistoryNode) -> bool:
    """No parent to tell, no child that could ask for it, nothing that a reader waits for."""
    name, killed = node.name, kernel.learned.killed
    return (
        parent_of(name) not in kernel.procs
        and name not in killed
        and killed.isdisjoint(kernel.zombies)
        and not kernel.has_living_child(name)
        and _are_harmless(kernel, node.name, node.view.ends)
    )


def _are_harmless(kernel: Kernel, name: str, lost: frozenset[tuple[str, str]]) -> bool:
    for thing, end in lost:
        if end == "r" and not _is_missed_by_no_writer(kernel, name, thing):
            return False
        if end == "n":
            return False  # another may be about to rename the file
        if end in "ok" and not _may_unlock(kernel):
            return False
        if end == "w" and not kernel.learned.pipes.is_plain(thing):
            return False
        if end == "w" and not kernel.learned.reachable.isdisjoint(kernel.holders(thing, "r")):
            return False
    return True


def _is_missed_by_no_writer(kernel: Kernel, name: str, pipe: str) -> bool:
    """Return whether it makes no difference when a process gives up a read end."""
    pipes = kernel.learned.pipes
    if not pipes.is_plain(pipe):
        return False
    if kernel.holders(pipe, "w") in ([], [name]):
        return True
    others = [one for one in kernel.holders(pipe, "r") if one != name]
    return kernel.learned.reachable.isdisjoint(others) and any(
        pipes.stays(one, pipe) for one in others
    )
