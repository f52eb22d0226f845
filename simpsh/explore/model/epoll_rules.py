"""Rules for epoll: how a pipe comes into the ready list, and what epoll_wait makes of the list.

A write is two steps where a pipe is watched: the bytes are there, then the list is told. Whoever
gives up the last descriptor of an end tells it at once. What is not in the rules is a doubt: a pipe
that is watched twice, room that has to be waited for, bytes that another process takes.
"""

from __future__ import annotations

from simpsh.explore.model.kernel_state import (
    HistoryEdge,
    KeptKey,
    Kernel,
    Prediction,
    Rule,
)
from simpsh.explore.model.readiness_rules import readiness
from simpsh.explore.operations.epolls import (
    REMOVE,
    EpollChanges,
    EpollDisarms,
    EpollItem,
    EpollLooks,
    EpollOperation,
    EpollPutsBack,
    EpollSleeps,
    EpollTakes,
    PipeWakes,
    ReadyList,
)
from simpsh.explore.operations.readiness import (
    LATE,
    SOME_TIME,
    WOKEN,
    WRITABLE,
    Watched,
)

WATCHED_TWICE = "watches a pipe twice (epoll_ctl)"
CLOSES_WATCHED = "closes a pipe that epoll watches, and that others have open"
LEAVES_SEVERAL = "gives up the other ends of several pipes at once that epoll watches"
WAITS_FOR_ROOM = "waits for room in a pipe by epoll"
TAKES_WATCHED = "reads from a pipe that another process watches by epoll"
_OTHER = {"r": "w", "w": "r"}


class _Epoll(KeptKey):
    """An epoll instance: its name, which begins with its owner's."""

    __slots__ = ()

    def rest(self, kernel: Kernel, value: object) -> object:
        """Return it after a step, by which ends of pipes may have been given up."""
        owner = self[2]
        if owner not in kernel.procs or not isinstance(value, ReadyList):
            return None
        ends = kernel.procs[owner][0].view.ends
        found, gone, alone = value.after_step(lambda pipe, end: (pipe, end) in ends, kernel.is_held)
        if any(kernel.is_held(one.pipe, one.end) for one in gone):
            kernel.learned.doubts.add(CLOSES_WATCHED)
        if len(alone) > 1:
            kernel.learned.doubts.add(LEAVES_SEVERAL)
        return found


def _key(epoll: str) -> _Epoll:
    return _Epoll(("epoll", epoll, epoll.partition(":")[0]))


def _list(kernel: Kernel, epoll: str) -> ReadyList:
    found = kernel.kept.get(_key(epoll))
    return found if isinstance(found, ReadyList) else ReadyList()


def note_taken(kernel: Kernel, name: str, pipe: str) -> None:
    """Note that a process has read from a pipe: its owner alone is to do that where it watches."""
    for key, value in kernel.kept.items():
        if isinstance(value, ReadyList) and key[2] != name and value.item(pipe) is not None:
            kernel.learned.doubts.add(TAKES_WATCHED)


def _found(kernel: Kernel, one: Watched) -> int:
    found = readiness(kernel, one)
    if one.end == "w" and one.wanted & WRITABLE and not found & WRITABLE:
        kernel.learned.doubts.add(WAITS_FOR_ROOM)
    return found


class EpollChangesRule(Rule):
    """epoll_ctl: what is added or changed, and is ready, comes to the end of the list."""

    def __init__(self, operation: EpollChanges) -> None:
        self._operation = operation

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> bytes:
        """Change what is watched, unless the call has failed."""
        if edge.result != 0:
            return b""
        made = self._operation
        others = [
            one
            for value in kernel.kept.values()
            if isinstance(value, ReadyList)
            for one in value.items
        ]
        item = EpollItem(
            *(made.object, made.end, made.wanted, made.how),
            kernel.is_held(made.object, _OTHER[made.end]),
        )
        before = _list(kernel, made.epoll)
        known = before.item(made.object)
        if sum(one.pipe == made.object for one in others) > (known is not None) or (
            known is not None and (known.end != made.end or made.action == "add")
        ):
            kernel.learned.doubts.add(WATCHED_TWICE)
        found = before.changed(made.action, item)
        if made.action != REMOVE:
            watched = Watched(0, made.object, made.end, made.wanted)
            if _found(kernel, watched):
                found = found.woken(made.object)
        kernel.kept[_key(made.epoll)] = found
        return b""


class EpollTakesRule(Rule):
    """The list as it is; a signal may come before the call, but not between its rounds."""

    def __init__(self, operation: EpollTakes) -> None:
        self._operation = operation
        self.can_be_interrupted = operation.is_first

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the pipes in the list."""
        return _list(kernel, self._operation.epoll).linked

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> bytes:
        """Take it."""
        if edge.result:
            key = _key(self._operation.epoll)
            kernel.kept[key] = _list(kernel, self._operation.epoll).taken()
        return b""

    def finds_nothing(self, result: object) -> bool:
        """Return whether the list was empty."""
        return result == ()


class EpollLooksRule(Rule):
    """One look."""

    can_be_interrupted = False

    def __init__(self, operation: EpollLooks) -> None:
        self._operation = operation

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return what it finds."""
        return _found(kernel, self._operation.rest[0])


class EpollDisarmsRule(Rule):
    """What is watched once, and was ready: until this step it may still come into the list."""

    can_be_interrupted = False

    def __init__(self, operation: EpollDisarms) -> None:
        self._operation = operation

    def result(self, _kernel: Kernel, _name: str) -> Prediction:
        """Return 0."""
        return 0

    def act(self, kernel: Kernel, _name: str, _edge: HistoryEdge) -> bytes:
        """Watch it for nothing."""
        epoll = self._operation.epoll
        kernel.kept[_key(epoll)] = _list(kernel, epoll).disarmed(self._operation.objects[0])
        return b""


class EpollPutsBackRule(Rule):
    """The end of a round of looks."""

    can_be_interrupted = False

    def __init__(self, operation: EpollPutsBack) -> None:
        self._operation = operation

    def result(self, _kernel: Kernel, _name: str) -> Prediction:
        """Return 0."""
        return 0

    def act(self, kernel: Kernel, _name: str, _edge: HistoryEdge) -> bytes:
        """Put back what is ready, or was not looked at."""
        made = self._operation
        again = tuple(pipe for pipe, _ in made.found)
        kernel.kept[_key(made.epoll)] = _list(kernel, made.epoll).put_back(made.rest, again)
        return b""


class EpollSleepsRule(Rule):
    """The sleep between two rounds."""

    def __init__(self, operation: EpollSleeps) -> None:
        self._operation = operation

    def lets_signals_first(self, _kernel: Kernel, _name: str) -> bool:
        """Return False: its call is under way already, and a signal can only break it off."""
        return False

    def _is_woken(self, kernel: Kernel) -> bool:
        return bool(_list(kernel, self._operation.epoll).linked)

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether something is in the list; or its time may be over before a signal."""
        is_late = self._operation.patience == SOME_TIME and not kernel.deliverable(name)
        return is_late or self._is_woken(kernel)

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return which."""
        return WOKEN if self._is_woken(kernel) else LATE

    def finds_nothing(self, result: object) -> bool:
        """Return whether the time was over."""
        return result == LATE


class PipeWakesRule(Rule):
    """The second half of a write: who watches the pipe has it in the list."""

    can_be_interrupted = False

    def __init__(self, pipe: str) -> None:
        self._pipe = pipe

    def result(self, _kernel: Kernel, _name: str) -> Prediction:
        """Return 0."""
        return 0

    def act(self, kernel: Kernel, _name: str, _edge: HistoryEdge) -> bytes:
        """Put it there."""
        for key, value in tuple(kernel.kept.items()):
            if isinstance(value, ReadyList):
                kernel.kept[key] = value.written(self._pipe)
        return b""


def epoll_rule(operation: object) -> Rule | None:
    """Return the rule of an operation on epoll; None for any other."""
    match operation:
        case PipeWakes(pipe):
            return PipeWakesRule(pipe)
        case EpollOperation():
            return _of_instance(operation)
        case _:
            return None


def _of_instance(operation: EpollOperation) -> Rule | None:
    match operation:
        case EpollChanges():
            return EpollChangesRule(operation)
        case EpollTakes():
            return EpollTakesRule(operation)
        case EpollLooks():
            return EpollLooksRule(operation)
        case EpollDisarms():
            return EpollDisarmsRule(operation)
        case EpollPutsBack():
            return EpollPutsBackRule(operation)
        case EpollSleeps():
            return EpollSleepsRule(operation)
        case _:
            return None
