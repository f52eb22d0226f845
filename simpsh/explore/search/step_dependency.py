"""Which steps of different processes may not change places: the dependency table.

Two steps are independent if making them in either order leads to the same state. The table is
asked about steps that were made, with their results known: what came of a read or a wait tells
more than what was asked. In doubt it says "dependent", which costs runs, never an outcome.
docs/adr/0007 gives the table in prose, with the reasons.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass, field

from simpsh.base.signal_names import DUMPS_CORE, IGNORED_BY_DEFAULT, SIGCHLD, SIGCONT
from simpsh.explore.control.held_process import Result
from simpsh.explore.model.kernel_state import birth_number, parent_of
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.epolls import EpollOperation, PipeWakes
from simpsh.explore.operations.fifo_operations import FifoWaits, OpenFifo
from simpsh.explore.operations.group_operations import (
    GROUP_CALLS,
    GetGroup,
    GetSession,
    KillOn,
    NewSession,
    SetGroup,
)
from simpsh.explore.operations.group_targets import is_group
from simpsh.explore.operations.memory_steps import Place
from simpsh.explore.operations.readiness import AsksBlocking, Polls, PollSleeps, SetsBlocking
from simpsh.explore.operations.record_locks import RecordLock
from simpsh.explore.operations.stop_operations import STOP_STATES


@dataclass(slots=True, eq=False)
class StepEvent:
    """A step that was made, with all that its being dependent on others hangs on."""

    choice: str
    process: str
    operation: ops.Operation
    result: Result = None
    born: tuple[str, ...] = ()
    given_up: frozenset[tuple[str, str]] = frozenset()
    """The pipe ends and open descriptions that it held before and not after."""
    unlocked: frozenset[str] = frozenset()
    """The files whose locks it may have released by giving up descriptions."""
    signals_matter: bool = False
    """Whether the program sends signals, so that an end may be noticed by SIGCHLD."""
    is_of_jobs: bool = False
    """Whether it stops or continues a process, or signals a group: others may notice that."""
    index: int = 0
    """Its place in the run."""
    clock: dict[str, int] = field(default_factory=dict)
    """By process: the place of that one's last step which happens before this one, or is it."""

    def is_after(self, other: StepEvent) -> bool:
        """Return whether another event happens before this one: in every order, given the table."""
        return self.clock.get(other.process, -1) >= other.index


def depends(first: StepEvent, second: StepEvent) -> bool:
    """Return whether two events of different processes may not change places.

    >>> a = StepEvent("P", "P", ops.Write("out", b"x"))
    >>> b = StepEvent("P.1", "P.1", ops.Write("out", b"y"))
    >>> depends(a, b), depends(a, a)
    (True, False)
    """
    of_all = EpollOperation | PipeWakes
    if isinstance(first.operation, of_all) or isinstance(second.operation, of_all):
        return first.process != second.process
    if first.is_of_jobs or second.is_of_jobs:
        return first.process != second.process
    return (
        _meet_in_bytes(first, second)
        or _meet_in_groups(first, second)
        or _meet_in_files(first, second)
        or _meet_in_memory(first, second)
        or _is_looked_at(first, second)
        or _is_looked_at(second, first)
        or _touches(first, second)
        or _touches(second, first)
    )


def _meet_in_bytes(first: StepEvent, second: StepEvent) -> bool:
    """Whether both read or write the same pipe, or print bytes that do not commute."""
    one, other = first.operation, second.operation
    if not isinstance(one, ops.Read | ops.Write) or not isinstance(other, ops.Read | ops.Write):
        return False
    if one.object != other.object or ops.is_file(one.object):
        return False
    if one.object == ops.OUT and isinstance(one, ops.Write) and isinstance(other, ops.Write):
        return one.data + other.data != other.data + one.data
    return True


def is_of_jobs_alone(operation: ops.Operation) -> bool:
    """Return whether an operation stops, continues or signals others than those it names.

    What may end a process drops what a wait would have told of its stop.
    """
    match operation:
        case ops.Kill(target, signal):
            return is_group(target) or signal not in DUMPS_CORE | IGNORED_BY_DEFAULT - {SIGCONT}
        case _:
            return isinstance(operation, STOP_STATES | KillOn | ops.Exiting | ops.Dying)


def _meet_in_groups(first: StepEvent, second: StepEvent) -> bool:
    """Whether one is about process groups, and the other may change or ask for them, too.

    Who begins in a group, has called exec, or is gone decides on what setpgid finds.
    """
    for one, other in ((first, second), (second, first)):
        if not isinstance(one.operation, GROUP_CALLS):
            continue
        match other.operation:
            case SetGroup() | NewSession() | ops.Forking() | ops.Exec() | ops.Exit() | ops.Wait():
                return True
            case GetGroup() | GetSession():
                return isinstance(one.operation, SetGroup | NewSession)
            case _:
                pass
    return False


def _only_looks(operation: ops.Operation) -> bool:
    return isinstance(operation, ops.Pread | ops.FileLook) or (
        isinstance(operation, ops.Open) and not operation.is_change
    )


def _meet_in_files(first: StepEvent, second: StepEvent) -> bool:
    """Whether both are about the same file, and one of them changes it or its locks."""
    if not (_only_looks(first.operation) and _only_looks(second.operation)):
        mine = {name for name in first.operation.objects if ops.is_file(name)} | first.unlocked
        if mine and not mine.isdisjoint((*second.operation.objects, *second.unlocked)):
            return True
    return False


def _meet_in_memory(first: StepEvent, second: StepEvent) -> bool:
    """Whether both use the same place in shared memory, and one of them changes it."""
    one, other = first.operation, second.operation
    if not isinstance(one, Place) or not isinstance(other, Place):
        return False
    return one.meets(other) and (one.stores or other.stores)


def _is_looked_at(look: StepEvent, other: StepEvent) -> bool:
    """Whether one looks if a pipe is ready, or asks for its flags, and the other uses the pipe."""
    kinds = Polls | PollSleeps | SetsBlocking | AsksBlocking | OpenFifo | FifoWaits
    if not isinstance(look.operation, kinds):
        return False
    used = {*other.operation.objects, *(thing for thing, _ in other.given_up)}
    return not used.isdisjoint(look.operation.objects)


def _touches(actor: StepEvent, other: StepEvent) -> bool:
    """Whether one event does something to the other's process, family or pipes."""
    operation = actor.operation
    if _frees_vfork(actor, other) or (actor.given_up and _breaks_pipe(actor, other)):
        return True
    if isinstance(operation, ops.Exit):
        return _ends(actor, other)
    if isinstance(operation, ops.Kill):
        return _kills(operation, other)
    return isinstance(operation, ops.Exec) and _frees_vfork(actor, other)


def _breaks_pipe(actor: StepEvent, other: StepEvent) -> bool:
    """Whether giving up ends is noticed by a read or write of the same pipe.

    The last writer's leaving is seen by who reads end of file, or would have; a reader's leaving
    by every writer, also if another reader is left: that one may leave before.
    """
    match other.operation:
        case ops.Read(pipe, _) if ops.is_pipe(pipe) and (pipe, "w") in actor.given_up:
            return other.result in (b"", ops.INTERRUPTED, -errno.EAGAIN)
        case ops.Write(pipe, _):
            return (pipe, "r") in actor.given_up
        case _:
            return False


def _frees_vfork(actor: StepEvent, other: StepEvent) -> bool:
    return isinstance(other.operation, ops.VforkWait) and other.operation.child == actor.process


def _ends(actor: StepEvent, other: StepEvent) -> bool:
    """Whether a process's end is noticed: by its parent, its brothers, its children."""
    operation = other.operation
    parent = parent_of(actor.process)
    if other.process == parent:
        return actor.signals_matter or _is_noticed_by_parent(actor, other)
    if isinstance(operation, ops.Exit):
        # An orphan ends in another way than a child; and two SIGCHLDs may be one.
        brothers = actor.signals_matter and parent_of(other.process) == parent
        return brothers or parent_of(other.process) == actor.process
    if isinstance(operation, ops.GetParent):
        return parent_of(other.process) == actor.process
    if isinstance(operation, ops.Kill):
        # Its children's zombies go with it; its parent's other signals may be one with SIGCHLD.
        return operation.target == parent or parent_of(operation.target) == actor.process
    return _frees_vfork(actor, other)


def _is_noticed_by_parent(actor: StepEvent, other: StepEvent) -> bool:
    """Whether a step of its parent's meets a child's end: a wait, or what SIGCHLD does."""
    operation = other.operation
    if isinstance(operation, ops.VforkWait):
        return operation.child == actor.process
    if isinstance(operation, ops.SignalAction):
        return operation.signal == SIGCHLD
    if not isinstance(operation, ops.Wait):
        return False
    if operation.target not in (ops.ANY, actor.process) and not is_group(operation.target):
        return False
    if isinstance(other.result, tuple):
        # It took the eldest: a younger one's end makes no difference to it.
        return birth_number(actor.process) <= birth_number(str(other.result[0]))
    return True


def _kills(kill: ops.Kill, other: StepEvent) -> bool:
    """Whether a signal meets the other step: its target's, or one that decides what it finds."""
    if other.process == kill.target:
        return True
    match other.operation:
        case ops.Kill(target, _):
            return target == kill.target
        case ops.Wait():
            return isinstance(other.result, tuple) and other.result[0] == kill.target
        case _:
            return False


def may_replace(earlier: StepEvent, event: StepEvent) -> bool:
    """Return whether two ends commute, and yet either may be the one that lets a wait continue."""
    return (
        isinstance(earlier.operation, ops.Exit)
        and isinstance(event.operation, ops.Exit)
        and earlier.process != event.process
        and parent_of(earlier.process) == parent_of(event.process)
    )


def takes_what_it_waits_for(taker: StepEvent, waiting: ops.Operation) -> bool:
    """Return whether an event may be why an operation never became ready: it took bytes, a lock."""
    match waiting:
        case ops.Read(pipe, _) if ops.is_pipe(pipe):
            return isinstance(taker.operation, ops.Read) and taker.operation.object == pipe
        case ops.Flock(path, _, _):
            return isinstance(taker.operation, ops.Flock) and taker.operation.object == path
        case RecordLock(path):
            return isinstance(taker.operation, RecordLock) and taker.operation.object == path
        case _:
            return False
