"""Who uses each pipe, and how: where that is a channel, its order decides nothing.

Processes that have a pipe for one writer, and read from it in units that are never short, come to
the same whoever goes first (Kahn 1974). What was learned so far decides whether a pipe is such a
channel. When more is learned, the search begins again.
"""

from __future__ import annotations

from collections.abc import Iterable

from simpsh.explore.operations import visible_operations as ops
from simpsh.explore.operations.fifo_operations import is_fifo
from simpsh.explore.operations.readiness import TryRead, TryWrite


class PipeUsers:
    """What all processes do with pipes, as far as it was learned."""

    def __init__(self) -> None:
        self._readers: set[tuple[str, str]] = set()
        """Pipe and process."""
        self._writers: set[tuple[str, str]] = set()
        self._read_sizes: set[tuple[str, int]] = set()
        self._write_sizes: set[tuple[str, int]] = set()
        self._others: set[str] = set()
        """The pipes that are used in yet another way."""
        self._leavers: set[tuple[str, str]] = set()
        """Who gives up a read end without having read the end of file."""

    @property
    def extent(self) -> int:
        """How much is known; it only grows."""
        used = len(self._readers) + len(self._writers) + len(self._others) + len(self._leavers)
        return used + len(self._read_sizes) + len(self._write_sizes)

    def note(self, name: str, operation: ops.Operation) -> None:
        """Note what a process is about to do."""
        match operation:
            case ops.Close() | ops.Exiting() | ops.Dying():
                pass
            case TryRead(pipe) | TryWrite(pipe):
                self._others.add(pipe)
            case ops.Read(pipe) | ops.Write(pipe) if is_fifo(pipe):
                self._others.add(pipe)
            case ops.Read(pipe, size) if ops.is_pipe(pipe):
                self._readers.add((pipe, name))
                self._read_sizes.add((pipe, size))
            case ops.Write(pipe, data) if ops.is_pipe(pipe):
                self._writers.add((pipe, name))
                self._write_sizes.add((pipe, len(data)))
            case _:
                self._others.update(filter(ops.is_pipe, operation.objects))

    def note_filled(self, pipes: Iterable[str]) -> None:
        """Note pipes that may become full: then it matters when they are read."""
        self._others.update(pipes)

    def note_left(self, name: str, pipe: str) -> None:
        """Note that a process gives up a read end, and has not read the end of file."""
        self._leavers.add((name, pipe))

    def stays(self, name: str, pipe: str) -> bool:
        """Return whether a process that holds a read end keeps it until the end of file."""
        return (name, pipe) not in self._leavers

    def is_only_reader(self, name: str, pipe: str) -> bool:
        """Return whether no other process reads from a pipe, or looks at it in another way."""
        return pipe not in self._others and not any(
            one == pipe and reader != name for one, reader in self._readers
        )

    def is_channel_of(self, name: str, pipe: str) -> bool:
        """Return whether a process alone writes to a pipe, and no read from it can be short."""
        if pipe in self._others:
            return False
        if any(one == pipe and writer != name for one, writer in self._writers):
            return False
        units = {size for one, size in self._read_sizes if one == pipe}
        sizes = {size for one, size in self._write_sizes if one == pipe}
        return len(units) <= 1 and not any(size % max(unit, 1) for unit in units for size in sizes)

    def is_plain(self, pipe: str) -> bool:
        """Return whether a pipe is only read, written and closed."""
        return pipe not in self._others
