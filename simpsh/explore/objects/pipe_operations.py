"""Pipes, FIFOs and the output: bytes that are read and written in order; giving up ends.

A pipe that may become full is named, not followed.

Opening a FIFO waits for its other end. A process without a partner counts as a reader or writer at
once; see fifo(7).
"""

from __future__ import annotations

import errno
import select
from collections.abc import Mapping

from simpsh.base.phrases import listed
from simpsh.base.process_names import FIRST
from simpsh.explore import flags
from simpsh.explore.flags import Flag
from simpsh.explore.objects.file_operations import bytes_shown, histories, lengthen
from simpsh.explore.objects.kernel_state import (
    ANYTHING,
    DependsOn,
    HistoryEdge,
    HistoryNode,
    KeptKey,
    Kernel,
    Learned,
    OnObject,
    Operation,
    Prediction,
)
from simpsh.explore.objects.signal_operations import group_and_session
from simpsh.explore.objects.symbolic_names import (
    OUT,
    OUTSIDE,
    TERMINAL,
    fifo_name,
    is_fifo,
    is_file,
    is_pipe,
    is_socket,
    quoted,
    shown,
)

_OTHER = {"r": "w", "w": "r"}

# -- reading and writing ---------------------------------------------------------------------------


class _Moves(OnObject):
    def finds_nothing(self, result: object) -> bool:
        """Return whether a file's call failed."""
        return isinstance(result, int) and result < 0 and is_file(self.object)


class Read(_Moves):
    """Reads from a pipe or a file at its offset.

    A read from a pipe returns at most `size` of its bytes; end of file if no writer is left.
    """

    size: int

    def note(self, learned: Learned, name: str) -> None:
        """Note which process reads from a plain pipe, and how much at once."""
        learned.pipes.note_use(name, self.object, "r", self.size)

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"reads {bytes_shown(self.size)} from {shown(self.object, letters)}"

    def is_ready(self, kernel: Kernel, _name: str) -> bool:
        """Return whether there are bytes, or no process that could write any."""
        pipe = self.object
        return pipe in kernel.pipes or not is_pipe(pipe) or not kernel.is_held(pipe, "w")

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return the bytes; of a file, what they depend on."""
        if is_pipe(self.object):
            return kernel.pipes.get(self.object, b"")[: self.size]
        return histories(kernel, self.object) if is_file(self.object) else ANYTHING

    def act(self, kernel: Kernel, _name: str, edge: HistoryEdge) -> None:
        """Take them out; in a file, move the offset, which is a change for all who share it."""
        if is_file(self.object):
            lengthen(kernel, edge, None, self.object)
        elif is_pipe(self.object) and isinstance(edge.result, bytes) and edge.result:
            pipe = self.object
            rest = kernel.pipes.pop(pipe, b"")[len(edge.result) :]
            if rest:
                kernel.pipes[pipe] = rest

    def doubt(self, kernel: Kernel, name: str, _edge: HistoryEdge) -> None:
        """Note that a process reads the terminal which the shell may have put in the background."""
        group, session = group_and_session(kernel, name)
        is_in_front = group == FIRST and FIRST in kernel.procs
        if self.object == TERMINAL and session == OUTSIDE and not is_in_front:
            kernel.learned.doubts.add(flags.IN_BACKGROUND)

    def goes_first(self, kernel: Kernel, node: HistoryNode) -> bool:
        """Return whether it alone reads from the pipe, and the pipe holds the bytes."""
        pipe, name = self.object, node.name
        if not is_pipe(pipe) or is_fifo(pipe):
            return False  # a writer may still open it
        is_alone = kernel.holders(pipe, "r") == [name]
        pipes = kernel.learned.pipes
        if not is_alone and not pipes.is_only_reader(name, pipe):
            return False
        enough = len(kernel.pipes.get(pipe, b"")) >= self.size
        return enough or not kernel.is_held(pipe, "w")


class Write(_Moves):
    """Writes to the output, a pipe, or a file at its offset.

    The output always has room. A write to a pipe without a reader fails with EPIPE.
    """

    data: bytes
    """With pids of this run as `<P1>`."""

    depends_on_others = False

    def note(self, learned: Learned, name: str) -> None:
        """Note which process writes to a plain pipe, and how much at once."""
        learned.pipes.note_use(name, self.object, "w", len(self.data))

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"writes {quoted(self.data)} to {shown(self.object, letters)}"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        if not is_pipe(self.object):
            return histories(kernel, self.object) if is_file(self.object) else ANYTHING
        if not kernel.is_held(self.object, "r"):
            return -errno.EPIPE
        there, more = len(kernel.pipes.get(self.object, b"")), len(self.data)
        return more if there + more <= flags.SURE_BYTES else ANYTHING

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        """Append the bytes to the pipe, print them, or change the file."""
        if is_file(self.object):
            lengthen(kernel, edge, None, self.object)
            return
        if not isinstance(edge.result, int) or edge.result < 0:
            return
        if self.object == OUT:
            # A count that is not the data's length: a pid in it is shown by its process's name.
            kernel.printed = self.data
        elif edge.result > 0:
            pipe, before = self.object, kernel.pipes.get(self.object, b"")
            kernel.pipes[pipe] = before + self.data[: edge.result]
            doubts, has_two = kernel.learned.doubts, kernel.learned.pipes.has_two_users(pipe)
            if is_socket(pipe) and len(before) > flags.SURE_WRITES:
                doubts.add(flags.FILLS_SOCKET)
            if len(kernel.pipes[pipe]) > flags.SURE_BYTES:
                doubts.add(flags.FILLS_PIPE)
            elif len(self.data) > select.PIPE_BUF and not has_two:
                doubts.add(flags.TEARS)

    def goes_first(self, kernel: Kernel, node: HistoryNode) -> bool:
        """Return whether the pipe is a channel whose reader stays to the end.

        No other process writes there, and no read can be short.
        """
        pipe, name, learned = self.object, node.name, kernel.learned
        if not is_pipe(pipe) or not learned.pipes.is_channel(pipe):
            return False
        readers = kernel.holders(pipe, "r")
        if not learned.reachable.isdisjoint(readers) or learned.memory.extent:
            return False
        return any(reader == name or learned.pipes.stays(reader, pipe) for reader in readers)


class Poll(Operation):
    """Waits until one of several pipes can be used, or has lost its other end; see poll(2)."""

    objects: tuple[str, ...]
    """In the order of the descriptors."""
    ends: str
    """For each `r` or `w`."""

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"waits for {listed([shown(name, letters) for name in self.objects], 'or')} (poll)"

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        return any(self.result(kernel, name))

    def result(self, kernel: Kernel, _name: str) -> tuple[int, ...]:
        """Return what is true of each pipe, as poll stores it; a full one is named elsewhere."""
        return tuple(
            (select.POLLOUT if end == "w" else select.POLLIN if pipe in kernel.pipes else 0)
            | (0 if kernel.is_held(pipe, _OTHER[end]) else _LOST[end])
            for pipe, end in zip(self.objects, self.ends, strict=True)
        )


_LOST = {"r": select.POLLHUP, "w": select.POLLERR}


# -- FIFOs -----------------------------------------------------------------------------------------

FIFO_WAITS = "waits"
"""The result of OpenFifo where FifoWaits follows, with the descriptor."""


class _Met(KeptKey):
    """That a partner has come since a process began to wait in open."""

    __slots__ = ()

    def rest(self, kernel: Kernel, value: object) -> object:
        """Return it until the process is back."""
        process = kernel.procs.get(self[1])
        return value if process and isinstance(process[0].operation, FifoWaits) else None


class OpenFifo(Operation):
    """Opens a FIFO; without a partner FifoWaits follows, or ENXIO where it may not block."""

    path: str
    ends: str
    """`r`, `w`, or both."""
    blocks: bool

    _named = ("path", "fifo")

    @property
    def fifo(self) -> str:
        return fifo_name(self.path)

    def _words(self, letters: Mapping[str, str]) -> str:
        how = {"r": "to read", "w": "to write", "rw": "to read and write"}[self.ends]
        return f"opens {shown(self.fifo, letters)} {how}"

    def result(self, kernel: Kernel, _name: str) -> Prediction:
        """Return what the answer depends on: the name's history, and its open ends."""
        held = tuple(kernel.is_held(self.fifo, end) for end in "rw")
        return DependsOn((kernel.files.get(self.path, 0), *held))

    def doubt(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        """Note a signal that breaks the wait off before it has begun."""
        if isinstance(edge.result, tuple) and kernel.deliverable(name):
            kernel.learned.doubts.add(flags.BREAKS_OFF_OPEN)

    def act(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        """Release the processes that wait for this end."""
        has_failed = isinstance(edge.result, int) and edge.result < 0
        if has_failed or edge.result is None:
            return
        for other, (node, _) in kernel.procs.items():
            waits = node.operation
            if not isinstance(waits, FifoWaits) or waits.object != self.fifo or other == name:
                continue
            if _OTHER[waits.end] in self.ends:
                kernel.kept[_Met(("met", other))] = True


class FifoWaits(OnObject):
    """Has one end of a FIFO, and is back from open once a process has opened the other.

    That process may be gone again by then.
    """

    end: str

    can_be_interrupted = False

    def _words(self, letters: Mapping[str, str]) -> str:
        other = "writes" if self.end == "r" else "reads"
        return f"waits until another process {other} {shown(self.object, letters)}"

    def is_ready(self, kernel: Kernel, name: str) -> bool:
        return _Met(("met", name)) in kernel.kept

    def doubt_of_signal(self, kernel: Kernel, name: str) -> Flag | None:
        """Return that it would be broken off, and the end be given up, if no partner has come."""
        return None if self.is_ready(kernel, name) else flags.BREAKS_OFF_OPEN


# -- giving up -------------------------------------------------------------------------------------


class GivesUp(Operation):
    """Gives up descriptors."""

    depends_on_others = False

    def goes_first(self, kernel: Kernel, node: HistoryNode) -> bool:
        """Return whether no process misses what it gives up.

        Write ends may go early: that only lets a reader see the end where it would still sleep.
        """
        edge = node.successor(kernel)
        if edge is None or edge.target is None:
            return False
        return are_harmless(kernel, node.name, node.view.ends - edge.target.view.ends)


class GivesUpAtOnce(GivesUp):
    """Gives up descriptors by one call."""

    def doubt(self, kernel: Kernel, name: str, edge: HistoryEdge) -> None:
        """Note that others may notice one of several pipes without the other.

        The kernel gives them up one by one.
        """
        if edge.target is None:
            return
        lost = kernel.procs[name][0].view.ends - edge.target.view.ends
        missed = set()
        for thing, end in lost:
            others = (other != name for side in "rw" for other in kernel.holders(thing, side))
            if end in "rw" and kernel.holders(thing, end) == [name] and any(others):
                missed.add(thing.split("=")[0] if is_socket(thing) else thing)
        locks = [end for _, end in lost if end == "o"]
        if len(missed) + len(locks) > 1:
            kernel.learned.doubts.add(flags.CLOSES_SEVERAL)


class Close(GivesUpAtOnce):
    """Gives up a descriptor of a pipe or of a file that matters.

    The object may be several pipes, with a blank between two. HeldProcess.ends has
    the ends that the process still holds: it may have another descriptor of the same end.
    """

    object: str

    @property
    def objects(self) -> tuple[str, ...]:
        return tuple(self.object.split(" ")) if is_pipe(self.object) else (self.object,)

    def _words(self, letters: Mapping[str, str]) -> str:
        return f"closes {' and '.join(shown(name, letters) for name in self.objects)}"

    def note(self, learned: Learned, name: str) -> None:
        """Note nothing: a pipe that is closed is used as plain ones are."""


def are_harmless(kernel: Kernel, name: str, lost: frozenset[tuple[str, str]]) -> bool:
    """Return whether it makes no difference to others when a process gives up these ends."""
    learned = kernel.learned
    for thing, end in lost:
        if end == "r" and not _is_missed_by_no_writer(kernel, name, thing):
            return False
        if end in ("n", "o"):
            return False  # another may be about to rename the file, or to ask for its lock
        if end == "w" and not learned.pipes.is_plain(thing):
            return False
        if end == "w" and not learned.reachable.isdisjoint(kernel.holders(thing, "r")):
            return False
    return True


def _is_missed_by_no_writer(kernel: Kernel, name: str, pipe: str) -> bool:
    """Return whether it makes no difference when a process gives up a read end."""
    pipes = kernel.learned.pipes
    if not pipes.is_plain(pipe):
        return False
    if kernel.holders(pipe, "w") in ([], [name]):
        return True
    others = [holder for holder in kernel.holders(pipe, "r") if holder != name]
    return kernel.learned.reachable.isdisjoint(others) and any(
        pipes.stays(holder, pipe) for holder in others
    )
