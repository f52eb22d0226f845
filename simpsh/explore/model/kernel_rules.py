"""The kernel's rules: when each operation can return, with what, and what it changes.

Births and ends; pipes and the output; shared files, whose answers are learned for
each history of theirs, and locks. At the end the table: which rule an operation follows.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass

from simpsh.explore.model.epoll_rules import epoll_rule, note_taken
from simpsh.explore.model.fifo_rules import fifo_rule
from simpsh.explore.model.group_rules import group_rule
from simpsh.explore.model.job_control import take_news
from simpsh.explore.model.kernel_state import (
    ENDED,
    FileHistories,
    HistoryEdge,
    Kernel,
    Lock,
    Prediction,
    Rule,
    parent_of,
)
from simpsh.explore.model.memory import access_order
from simpsh.explore.model.memory.memory_file_rules import memory_file_rule
from simpsh.explore.model.memory.memory_rules import memory_rule
from simpsh.explore.model.pipe_room import has_room, note_read, note_written
from simpsh.explore.model.readiness_rules import blocks, poll_rule
from simpsh.explore.model.record_lock_rules import record_rule
from simpsh.explore.model.signal_rules import signal_rule
from simpsh.explore.model.timer_rules import timer_rule
from simpsh.explore.model.wait_rules import WaitRule
from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.fifo_operations import ReadNow, WriteNow, is_fifo
from simpsh.explore.operations.readiness import TryRead, TryWrite


class BirthRule(Rule):
    """A step whose signals can only come with it: birth is no call of the process's."""

    can_be_interrupted = False


class OwnCodeRule(Rule):
    """Between an operation and the code that follows it, where pending signals always act first."""

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether no signal is in the way."""
        return not kernel.deliverable(name)

    def wakes(self, _kernel: Kernel, _name: str) -> bool:
        """Return False: there is no wait that a signal could end."""
        return False


class ExitingRule(Rule):
    """The process begins to end: from here on no wait tells of its stop or its continuation."""

    def act(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> bytes:
        """Drop what no wait has taken yet."""
        take_news(kernel, name)
        return b""


class DyingRule(ExitingRule):
    """The process is on its way out and gives up its descriptors: no signal reaches it."""

    can_be_interrupted = False
    is_end = True


@dataclass(eq=False)
class EndRule(Rule):
    """The process ends; its descriptors, its zombie and SIGCHLD are others' business."""

    can_be_interrupted = False
    is_end = True

    status: int

    def result(self, _kernel: Kernel, _name: str) -> Prediction:
        """Return that it is the end."""
        return ENDED


class CloseRule(Rule):
    """One call gives up descriptors, maybe of several pipes: the kernel does it one by one."""

    def doubt(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        """Note, before the step, that others may notice one of the pipes without the other."""
        if edge.target is not None:
            lost = kernel.procs[name][0].view.ends - edge.target.view.ends
            pipes = {pipe for pipe, end in lost if _is_missed(kernel, name, pipe, end)}
            locks = [end for _, end in lost if end in "ok"]
            if len(pipes) + max(locks.count("o"), locks.count("k")) > 1:
                kernel.learned.doubts.add(CLOSES_SEVERAL)


def _is_missed(kernel: Kernel, name: str, pipe: str, end: str) -> bool:
    """Return whether no other process holds an end, and one may notice that it is given up."""
    others = (one != name for other in "rw" for one in kernel.holders(pipe, other))
    return end in "rw" and kernel.holders(pipe, end) == [name] and any(others)


class VforkWaitRule(Rule):
    """The parent sleeps in vfork until the child has a memory of its own, or is gone.

    Until then the child writes into the parent's memory: what it did is part of the result.
    """

    can_be_interrupted = False

    def __init__(self, child: str) -> None:
        self.is_vfork_of = child

    def is_ready(self, kernel: Kernel, _name: str) -> bool:
        """Return whether the child has called exec, or ended."""
        return self.is_vfork_of in kernel.released

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the child's history up to there, by its node's number."""
        return "released", kernel.released[self.is_vfork_of]

    def act(self, kernel: Kernel, _name: str, _edge: HistoryEdge) -> bytes:
        """Forget that it was waited for."""
        kernel.released.pop(self.is_vfork_of, None)
        return b""


class GetParentRule(Rule):
    """getppid: a race with the parent's end."""

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return the parent's name while it lives."""
        parent = parent_of(name)
        return parent if parent in kernel.procs else ops.OUTSIDE


# -- pipes and the output --------------------------------------------------------------------------


@dataclass(eq=False)
class WriteOutRule(Rule):
    """A write to the program's output, which always has room."""

    data: bytes

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Print it."""
        access_order.fences(kernel, name)
        # A count that is not the data's length: a pid in it is shown by its process's name.
        return self.data if isinstance(edge.result, int) and edge.result >= 0 else b""


@dataclass(eq=False)
class WritePipeRule(Rule):
    """A write to a pipe: EPIPE without a reader; the explorer flags a pipe that may be full."""

    pipe: str
    data: bytes

    def is_ready(self, kernel: Kernel, _name: str) -> bool:
        """Return whether there is room, or no reader."""
        is_read = kernel.is_held(self.pipe, "r")
        return not is_read or has_room(kernel, self.pipe, len(self.data))

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the count, or -EPIPE."""
        return len(self.data) if kernel.is_held(self.pipe, "r") else -errno.EPIPE

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Put the bytes behind what is there."""
        if isinstance(edge.result, int) and edge.result > 0:
            kernel.pipes[self.pipe] = kernel.pipes.get(self.pipe, b"") + self.data
            note_written(kernel, self.pipe, len(self.data))
        access_order.fences(kernel, name)
        return b""


@dataclass(eq=False)
class ReadPipeRule(Rule):
    """A read from a pipe: what is there, at most `size`; end of file when no writer is left."""

    pipe: str
    size: int

    def is_ready(self, kernel: Kernel, _name: str) -> bool:
        """Return whether there are bytes, or no process that could write any."""
        return self.pipe in kernel.pipes or not kernel.is_held(self.pipe, "w")

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the bytes."""
        return kernel.pipes.get(self.pipe, b"")[: self.size]

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Take them out."""
        if isinstance(edge.result, bytes) and edge.result:
            note_read(kernel, self.pipe, len(edge.result))
            note_taken(kernel, name, self.pipe)
            rest = kernel.pipes.pop(self.pipe, b"")[len(edge.result) :]
            if rest:
                kernel.pipes[self.pipe] = rest
        return b""

    def is_settled(self, kernel: Kernel, name: str) -> bool:
        """Return whether nothing that any process does can change the result."""
        if is_fifo(self.pipe) or self.pipe in kernel.learned.filled:
            return False  # a writer may still open it, or wait for room
        is_alone = kernel.holders(self.pipe, "r") == [name]
        if not is_alone and not kernel.learned.pipes.is_only_reader(name, self.pipe):
            return False
        enough = len(kernel.pipes.get(self.pipe, b"")) >= self.size
        return enough or not kernel.is_held(self.pipe, "w")


class TryWriteRule(WritePipeRule):
    """A write to a pipe that may have been set not to block: EAGAIN where it would wait."""

    def _waits(self, _kernel: Kernel) -> bool:
        return blocks(_kernel, self.pipe, "w")

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether there is an answer, be it EAGAIN."""
        return super().is_ready(kernel, name) or not self._waits(kernel)

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return the count, -EPIPE or -EAGAIN."""
        return super().result(kernel, name) if super().is_ready(kernel, name) else -errno.EAGAIN

    def finds_nothing(self, result: object) -> bool:
        """Return whether it would have had to wait."""
        return result == -errno.EAGAIN


class WriteNowRule(TryWriteRule):
    """A write to a FIFO that was opened not to block."""

    def _waits(self, _kernel: Kernel) -> bool:
        return False


class TryReadRule(ReadPipeRule):
    """A read from a pipe that may have been set not to block: EAGAIN where it would wait."""

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        """Return whether there is an answer, be it EAGAIN."""
        return super().is_ready(kernel, name) or not blocks(kernel, self.pipe, "r")

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return the bytes, or -EAGAIN."""
        return super().result(kernel, name) if super().is_ready(kernel, name) else -errno.EAGAIN

    def finds_nothing(self, result: object) -> bool:
        """Return whether it would have had to wait."""
        return result == -errno.EAGAIN


class ReadNowRule(TryReadRule):
    """A read from a FIFO that was opened not to block."""

    def is_ready(self, _kernel: Kernel, _name: str) -> bool:
        """Return True: there is always an answer."""
        return True

    def result(self, kernel: Kernel, name: str) -> Prediction:
        """Return the bytes, or -EAGAIN."""
        is_there = ReadPipeRule.is_ready(self, kernel, name)
        return ReadPipeRule.result(self, kernel, name) if is_there else -errno.EAGAIN


# -- shared files and locks ------------------------------------------------------------------------


class LookRule(Rule):
    """A call whose answer depends on what was done to its files before."""

    def __init__(self, *paths: str) -> None:
        self.paths = paths

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the histories that the answer depends on."""
        return FileHistories([kernel.files.get(path, 0) for path in self.paths])

    def finds_nothing(self, result: object) -> bool:
        """Return whether the call failed, as open does while another's lock file is there."""
        return isinstance(result, int) and result < 0


class ChangeRule(LookRule):
    """A call that changes its files; the change is told of each, with all their histories.

    `what` names a change that is the same whoever makes it; None for one that depends on the
    place in an open file, which only its process's history knows.
    """

    def __init__(self, what: object, *paths: str) -> None:
        super().__init__(*paths)
        self.what = what
        self._takes_names = isinstance(what, ops.FileChange) and what.call in ops.TAKES_NAMES

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> bytes:
        """Lengthen the histories, unless the call failed."""
        if isinstance(edge.result, int) and edge.result < 0:
            return b""
        if self._takes_names:
            self._doubt_names(kernel, name)
        change = edge.number if self.what is None else (self.what, edge.result)
        histories = tuple(kernel.files.get(path, 0) for path in self.paths)
        if isinstance(self.what, ops.Pwrite):
            histories = (_before_overwritten(kernel, histories[0], self.what, edge.result),)
        for place, path in enumerate(self.paths):
            kernel.files[path] = kernel.learned.histories.after(histories, (place, change))
        return b""

    def _doubt_names(self, kernel: Kernel, name: str) -> None:
        """Locks and descriptors are known by a path, which becomes that of another file."""
        if not kernel.learned.locked.isdisjoint(self.paths) and len(kernel.procs) > 1:
            kernel.learned.doubts.add(REMOVES_LOCKED)
        if any(one != name for path in self.paths for one in kernel.holders(path, "n")):
            kernel.learned.doubts.add(RENAMES_OPEN)


def _before_overwritten(kernel: Kernel, history: int, written: ops.Pwrite, result: object) -> int:
    """Return a file's history without its last change, if that wrote to the same place only.

    What was there is gone, and no process can tell that it ever was. But a path that was removed
    or replaced may name two files: who has the old one open still reads and writes that.
    """
    before, change = kernel.learned.histories.made_of(history)
    match change:
        case (0, (ops.Pwrite(_, data, offset), count)) if count == result == len(written.data):
            is_same = offset == written.offset and len(data) == len(written.data)
            if is_same and not _was_replaced(kernel, before[0]):
                return before[0]
    return history


def _was_replaced(kernel: Kernel, history: int) -> bool:
    """Return whether a file with this path was removed, or another one renamed to it or from it."""
    while history:
        before, change = kernel.learned.histories.made_of(history)
        match change:
            case (_, (ops.FileChange(call), _)) if call in ops.TAKES_NAMES:
                return True
            case (int(place), _):
                history = before[place]
            case _:
                return False
    return False


RENAMES_OPEN = "renames, replaces or removes a file that another process has open"
CLOSES_SEVERAL = "gives up several pipes or locks by one call, of exec or close_range"
REMOVES_LOCKED = "removes or renames a file that is locked, while others may open it"


@dataclass(eq=False)
class FlockRule(Rule):
    """flock: a lock belongs to an open description, and goes with its last descriptor."""

    path: str
    how: int
    description: str

    def _others(self, kernel: Kernel) -> Lock:
        kind, owners = kernel.locks.get(self.path, (ops.LOCK_SH, ()))
        return kind, tuple(owner for owner in owners if owner != self.description)

    def _is_free(self, kernel: Kernel) -> bool:
        kind, owners = self._others(kernel)
        return not owners or (kind == ops.LOCK_SH and bool(self.how & ops.LOCK_SH))

    def is_ready(self, kernel: Kernel, _name: str) -> bool:
        """Return whether the lock can be had, or is not waited for."""
        return bool(self.how & (ops.LOCK_UN | ops.LOCK_NB)) or self._is_free(kernel)

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return 0, or -EWOULDBLOCK."""
        return 0 if self.how & ops.LOCK_UN or self._is_free(kernel) else -errno.EWOULDBLOCK

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> bytes:
        """Give up what this description had, even where the new lock is refused; take the new."""
        kind, owners = self._others(kernel)
        if edge.result == 0 and not self.how & ops.LOCK_UN:
            kind = self.how & (ops.LOCK_SH | ops.LOCK_EX)
            owners = tuple(sorted((*owners, self.description)))
        kernel.locks.pop(self.path, None)
        if owners:
            kernel.locks[self.path] = kind, owners
        return b""

    def finds_nothing(self, result: object) -> bool:
        """Return whether another has the lock."""
        return result == -errno.EWOULDBLOCK


# -- which rule an operation follows ---------------------------------------------------------------

# The same change whoever makes it: all that matters is among the arguments.
_EXPLICIT = frozenset(("unlink", "rename", "mkdir", "rmdir", "truncate"))


def rule_of(operation: ops.Operation) -> Rule:
    """Return the rule of an operation; one that is none of others' business is always ready."""
    match operation:
        case ops.Born():
            return BirthRule()
        case ops.OwnCode():
            return OwnCodeRule()
        case ops.Exiting() | ops.Dying() | ops.GivingUp() | ops.Exit():
            return _end_rule(operation)
        case ops.Close() | ops.Exec():
            return CloseRule()
        case ops.VforkWait(child):
            return VforkWaitRule(child)
        case ops.Wait(target, options):
            return WaitRule(target, options)
        case ops.GetParent():
            return GetParentRule()
        case _:
            return (
                group_rule(operation)
                or signal_rule(operation)
                or timer_rule(operation)
                or _data_rule(operation)
            )


def _end_rule(operation: ops.Operation) -> Rule:
    match operation:
        case ops.Exiting():
            return ExitingRule()
        case ops.Exit(status):
            return EndRule(status)
        case _:
            return DyingRule()


def _data_rule(operation: ops.Operation) -> Rule:
    match operation:
        case ops.Write(thing, data) if thing == ops.OUT:
            return WriteOutRule(data)
        case TryWrite(thing, data):
            kind = WriteNowRule if isinstance(operation, WriteNow) else TryWriteRule
            return kind(thing, data)
        case ops.Write(thing, data) if ops.is_pipe(thing):
            return WritePipeRule(thing, data)
        case TryRead(thing, size):
            reads_now = isinstance(operation, ReadNow)
            return ReadNowRule(thing, size) if reads_now else TryReadRule(thing, size)
        case ops.Read(thing, size) if ops.is_pipe(thing):
            return ReadPipeRule(thing, size)
        case ops.Flock(path, how, description):
            return FlockRule(path, how, description)
        case _:
            return _file_rule(operation)


def _file_rule(operation: ops.Operation) -> Rule:
    match operation:
        case ops.Pread(path) if ops.is_file(path):
            return LookRule(path)
        case ops.Read(path) | ops.Write(path) if ops.is_file(path):
            # It moves the offset of its open description: a change, even if it only reads.
            return ChangeRule(None, path)
        case ops.Pwrite(path) if ops.is_file(path):
            return ChangeRule(operation, path)
        case ops.FileLook():
            return LookRule(*operation.objects)
        case ops.Open():
            what = operation.objects
            return ChangeRule(operation, *what) if operation.is_change else LookRule(*what)
        case ops.FileChange(call, files):
            return ChangeRule(operation if call in _EXPLICIT else None, *files)
        case _:
            makers = record_rule, memory_rule, memory_file_rule, poll_rule, epoll_rule, fifo_rule
            return next(filter(None, (make(operation) for make in makers)), Rule())


_ALWAYS_THE_SAME = (
    *(
        ops.Born,
        ops.OwnCode,
        ops.Forking,
        ops.VforkWait,
        ops.Exec,
        ops.Exiting,
        ops.Dying,
        ops.GivingUp,
        ops.Exit,
    ),
    *(ops.Write, ops.Pwrite, ops.Close, ops.SignalAction, ops.SignalMask, ops.Unwatched),
)


def depends_on_others(operation: ops.Operation) -> bool:
    """Return whether what others did may decide what an operation comes back with.

    Histories branch there; so it is there that those are looked for which come to the same.
    """
    # A loop that looks at what a handler changes comes to the same again and again.
    return operation == ops.OwnCode(is_amid=True) or not isinstance(operation, _ALWAYS_THE_SAME)
